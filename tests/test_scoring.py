from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from tests.toy import CODES, WEIGHTS, Toy
from treeplan.certainty import rank_certainty
from treeplan.effects import measure_effects
from treeplan.formulas import FORMULAS
from treeplan.homes import place_residents
from treeplan.land import free_land
from treeplan.needs import measure_needs
from treeplan.people import ByReach, residents_by_reach, residents_served
from treeplan.scoring import EPSILON, benefit_scores, priority, rank_neighbourhoods, score
from treeplan.sites import candidate_sites
from treeplan.study import Study
from treeplan.vocabulary import BENEFITS


def run(toy: Toy, **changes: Any) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    study = toy.study(**changes)
    sites, _ = candidate_sites(free_land(toy.layers, study, toy.figures), toy.layers, study, toy.figures)
    needs = measure_needs(toy.layers, study, toy.figures)
    effects = measure_effects(sites, toy.layers, study, toy.figures)
    return score(sites, by_reach(toy, sites, study), needs, effects, study)


def by_reach(toy: Toy, sites: gpd.GeoDataFrame, study: Study) -> ByReach:
    served = residents_served(sites, toy.layers, study, toy.figures)
    return residents_by_reach(sites, place_residents(toy.layers, study, toy.figures), served, toy.figures)


def only(**weights: float) -> dict[str, float]:
    return {**dict.fromkeys(WEIGHTS, 0.0), **weights}


def test_the_park_in_the_neediest_place_comes_first(toy: Toy) -> None:
    scores, _ = run(toy, weights=only(health=1))
    assert scores["rank"].tolist() == [1, 2, 3]
    assert scores["benefit_health"].tolist() == [0.833, 0.5, 0.167]  # midranks of three


def test_the_gain_in_health_by_hand(toy: Toy) -> None:
    scores, _qualities = run(toy)
    study = toy.study()
    sites, _ = candidate_sites(free_land(toy.layers, study, toy.figures), toy.layers, study, toy.figures)
    points = measure_effects(sites, toy.layers, study, toy.figures).at(2050)["canopy_pp"].iloc[0]
    residents = residents_served(sites, toy.layers, study, toy.figures)["residents"].iloc[0]
    assert scores["gain_health"].iloc[0] == pytest.approx(residents * (5 / 6) * points)


def test_cooling_counts_those_near_and_not_the_walk(toy: Toy) -> None:
    scores, _ = run(toy)
    study = toy.study()
    sites, _ = candidate_sites(free_land(toy.layers, study, toy.figures), toy.layers, study, toy.figures)
    found = measure_effects(sites, toy.layers, study, toy.figures).at(2050)
    near = by_reach(toy, sites, study)["cooling"]["residents"].iloc[0]
    assert near == found["residents_cooled"].iloc[0]
    degrees = found["person_degrees"].iloc[0]
    assert scores["gain_heat"].iloc[0] == pytest.approx(5 / 6 * degrees)
    assert degrees == pytest.approx(near * found["cooling_degc"].iloc[0])


def test_priority_by_hand() -> None:
    benefits = np.array([[0.5] * 8, [1.0] * 8, [0.0] * 8, [1, 0, 1, 1, 1, 1, 1, 1]])
    share = np.full(8, 1 / 8)
    mixed = (1 + EPSILON) ** (7 / 8) * EPSILON ** (1 / 8) - EPSILON
    assert priority(benefits, share).tolist() == pytest.approx([0.5, 1, 0, round(mixed, 3)])


def test_a_benefit_without_weight_moves_no_rank(toy: Toy) -> None:
    before, _ = run(toy, weights=only(health=1))
    del toy.tables["community_places"]
    after, _ = run(toy, weights=only(health=1))
    assert before["rank"].tolist() == after["rank"].tolist()


def test_weights_are_relative(toy: Toy) -> None:
    assert run(toy)[0]["priority"].tolist() == run(toy, weights=dict.fromkeys(WEIGHTS, 7))[0]["priority"].tolist()


def test_missing_never_helps(toy: Toy) -> None:
    measured, _ = run(toy)
    del toy.tables["community_places"]
    unmeasured, _ = run(toy)
    assert unmeasured["benefit_community"].tolist() == [0] * 3  # nobody knows it for any site
    assert unmeasured["not_measured"].tolist() == ["community"] * 3
    best = measured["priority"].idxmax()
    assert unmeasured["priority"][best] <= measured["priority"][best]
    assert unmeasured["gain_community"].isna().all()


def test_a_site_with_most_of_its_weight_unmeasured_has_no_rank(toy: Toy) -> None:
    del toy.tables["community_places"]
    scores, qualities = run(toy, weights=only(community=3, health=1))
    assert scores["rank"].isna().all()
    assert scores["priority"].isna().all()
    certain = rank_certainty(scores, qualities, toy.study(), top=10)
    assert certain["band"].isna().all()


def test_a_site_that_serves_nobody_scores_nought_not_missing(toy: Toy) -> None:
    toy.tables["residents"] = pd.DataFrame({"lsoa21_code": CODES, "residents": [1000.0, 1000.0, 0.0]})
    scores, _ = run(toy)
    assert scores["benefit_health"].tolist()[2] == 0
    assert "health" not in scores["not_measured"].iloc[2]


def test_an_unknown_need_makes_the_benefit_unknown(toy: Toy) -> None:
    study = toy.study()
    sites, _ = candidate_sites(free_land(toy.layers, study, toy.figures), toy.layers, study, toy.figures)
    needs = measure_needs(toy.layers, study, toy.figures)
    needs.loc[1, "need_canopy_gap_pp"] = np.nan
    effects = measure_effects(sites, toy.layers, study, toy.figures)
    scores, _ = score(sites, by_reach(toy, sites, study), needs, effects, study)
    assert scores["not_measured"].tolist() == ["", "equity", ""]


def test_raising_a_need_never_lowers_a_priority(toy: Toy) -> None:
    before, _ = run(toy)
    worse = toy.tables["health"].copy()
    worse.loc[1, "bad"] = 500.0
    toy.tables["health"] = worse
    after, _ = run(toy)
    assert after["priority"].iloc[1] >= before["priority"].iloc[1]


def test_a_missing_benefit_counts_as_the_25th_percentile_of_the_others() -> None:
    found = pd.DataFrame({name: [0.0, 0, 0, 0, np.nan, 1, 2, 3] for name in BENEFITS})
    assert benefit_scores(found)[4].tolist() == [0] * 8  # the 25th percentile does nothing, and scores nothing
    found = pd.DataFrame({name: [1.0, 2, 3, 4, np.nan] for name in BENEFITS})
    assert benefit_scores(found)[4].tolist() == [0.125] * 8  # the lowest quarter ends at the first of four


def test_ties_go_by_site_id() -> None:
    equal = pd.DataFrame({name: [1.0, 1.0] for name in BENEFITS})
    assert benefit_scores(equal).tolist() == [[0.5] * 8] * 2


def test_neighbourhoods_are_ranked_by_need(toy: Toy) -> None:
    needs = measure_needs(toy.layers, toy.study(), toy.figures)
    zones = rank_neighbourhoods(needs, toy.study())
    assert zones["need_rank"].tolist() == [1, 2, 3]
    # heat 5/6, air 5/6, health 5/6, equity the mean of 5/6 and 2/3
    assert zones["need"].iloc[0] == round((5 / 6 * 3 + (5 / 6 + 2 / 3) / 2) / 4, 3)


def test_every_formula_names_an_effect_and_needs_there_are() -> None:
    from treeplan.effects import EFFECTS
    from treeplan.needs import NEEDS

    assert list(FORMULAS) == list(BENEFITS)
    assert all(f.effect in EFFECTS and set(f.names) <= set(NEEDS) for f in FORMULAS.values())
