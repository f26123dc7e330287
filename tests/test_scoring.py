from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.toy import CODES, WEIGHTS, Toy
from treeplan.certainty import rank_certainty
from treeplan.effects import measure_effects
from treeplan.errors import StudyError
from treeplan.formulas import FORMULAS
from treeplan.homes import place_residents
from treeplan.land import free_land
from treeplan.needs import measure_needs
from treeplan.people import ByReach, residents_by_reach, residents_served
from treeplan.scoring import EPSILON, benefit_scores, priority, rank_neighbourhoods, score
from treeplan.sites import candidate_sites
from treeplan.study import Study
from treeplan.vocabulary import AGGREGATORS, BENEFITS, NORMALISERS

EQUAL = np.full(8, 1 / 8)
THOUSANDTHS = st.integers(0, 1000).map(lambda n: n / 1000)


def run(toy: Toy, **changes: Any) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    study = toy.study(**changes)
    sites, _ = candidate_sites(free_land(toy.layers, study, toy.figures), toy.layers, study, toy.figures)
    needs = measure_needs(toy.layers, study, toy.figures)
    effects = measure_effects(sites, toy.layers, study, toy.figures)
    return score(sites, by_reach(toy, sites, study), needs, effects, study)


def by_reach(toy: Toy, sites: gpd.GeoDataFrame, study: Study) -> ByReach:
    served = residents_served(sites, toy.layers, study, toy.figures)
    return residents_by_reach(sites, place_residents(toy.layers, study, toy.figures), served, toy.figures)


def alike(values: Any) -> pd.DataFrame:
    """The same qualities for every benefit."""
    return pd.DataFrame({name: np.asarray(values, dtype=float) for name in BENEFITS})


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


def test_the_means_of_two_benefits_by_hand() -> None:
    two, half = np.array([[0.03, 0.24]]), np.array([0.5, 0.5])  # with epsilon 0.04 and 0.25
    assert priority(two, half).tolist() == [0.09]  # √(0.04 × 0.25) − 0.01
    assert priority(two, half, "arithmetic").tolist() == [0.135]
    assert priority(two, half, "power", -1).tolist() == [0.059]  # 2 ÷ (25 + 4) − 0.01
    assert priority(two, half, epsilon=0.06).tolist() == [0.104]  # √(0.09 × 0.3) − 0.06


@settings(max_examples=40)
@given(arrays(float, (6, 8), elements=THOUSANDTHS), arrays(float, 8, elements=st.floats(0.01, 1)))
def test_the_power_mean_ends_at_the_two_others(benefits: np.ndarray, weight: np.ndarray) -> None:
    share = weight / weight.sum()
    geometric, arithmetic = priority(benefits, share), priority(benefits, share, "arithmetic")
    assert priority(benefits, share, "power", 0).tolist() == geometric.tolist()
    assert priority(benefits, share, "power", 1e-9) == pytest.approx(geometric, abs=0.0011)
    assert priority(benefits, share, "power", 1).tolist() == arithmetic.tolist()
    strict, between = priority(benefits, share, "power", -5), priority(benefits, share, "power", 0.5)
    assert (strict <= geometric).all()
    assert (geometric <= between).all()
    assert (between <= arithmetic).all()


@pytest.mark.parametrize("aggregator", AGGREGATORS)
@settings(max_examples=40)
@given(data=st.data())
def test_a_benefit_that_rises_never_lowers_a_priority(aggregator: Any, data: st.DataObject) -> None:
    benefits = data.draw(arrays(float, (5, 8), elements=THOUSANDTHS))
    weight = data.draw(arrays(float, 8, elements=st.floats(0, 1)).filter(lambda w: w.sum() > 0))
    row, column = data.draw(st.integers(0, 4)), data.draw(st.integers(0, 7))
    raised = benefits.copy()
    raised[row, column] = data.draw(st.integers(round(1000 * benefits[row, column]), 1000)) / 1000
    share = weight / weight.sum()
    before, after = (priority(b, share, aggregator, -2.0) for b in (benefits, raised))
    assert (after >= before).all()


@pytest.mark.parametrize("aggregator", AGGREGATORS)
@given(
    benefits=arrays(float, (7, 8), elements=THOUSANDTHS), order=st.permutations(range(7)), factor=st.floats(0.01, 99)
)
def test_the_order_of_rows_and_the_size_of_weights_change_no_priority(
    aggregator: Any, benefits: np.ndarray, order: list[int], factor: float
) -> None:
    weight = np.array([1, 2, 1, 1, 2, 3, 3, 2.0])
    found = priority(benefits, weight / weight.sum(), aggregator)
    scaled = weight * factor
    assert priority(benefits[order], scaled / scaled.sum(), aggregator).tolist() == found[order].tolist()


@pytest.mark.parametrize("aggregator", AGGREGATORS)
def test_a_benefit_of_no_weight_counts_for_nothing(aggregator: Any) -> None:
    some = np.random.default_rng(5).integers(0, 1001, (30, 7)) / 1000
    share = np.full(7, 1 / 7)
    with_nought = priority(np.column_stack([some, np.zeros(30)]), np.append(share, 0), aggregator)
    assert with_nought.tolist() == priority(some, share, aggregator).tolist()


@pytest.mark.parametrize("aggregator", AGGREGATORS)
def test_the_one_benefit_with_weight_is_the_priority(aggregator: Any) -> None:
    benefits = np.random.default_rng(6).integers(0, 1001, (50, 8)) / 1000
    assert priority(benefits, np.eye(8)[3], aggregator, -3.0).tolist() == benefits[:, 3].tolist()


def test_a_rule_that_there_is_not_is_refused() -> None:
    with pytest.raises(StudyError, match="no aggregator 'median'") as caught:
        priority(np.ones((1, 8)), EQUAL, "median")  # type: ignore[arg-type]
    assert caught.value.remedy == "name one of these: geometric, arithmetic, power."
    with pytest.raises(StudyError, match="no normaliser 'z'"):
        benefit_scores(alike([1]), "z")  # type: ignore[arg-type]


def test_winsorised_scores_by_hand() -> None:
    """Of 0 to 200 the 2.5 and 97.5 percentiles are 5 and 195."""
    found = alike(np.arange(201.0))
    scores = benefit_scores(found, "winsorised")[:, 0]
    assert scores[[0, 5, 100, 195, 200]].tolist() == [0, 0, 0.5, 1, 1]
    assert scores[24] == 0.1  # 19 of 190
    percentiles = benefit_scores(found)[:, 0]
    assert percentiles[[100, 200]].tolist() == [0.5, 0.998]  # 200.5 of 201


def test_sites_that_are_all_equal_score_a_half_and_none_where_nothing_is_done() -> None:
    for normaliser in NORMALISERS:
        assert benefit_scores(alike([2.0] * 3), normaliser).tolist() == [[0.5] * 8] * 3
        assert benefit_scores(alike([0.0] * 3), normaliser).tolist() == [[0.0] * 8] * 3
        assert benefit_scores(alike([5.0]), normaliser).tolist() == [[0.5] * 8]
        assert benefit_scores(alike([np.nan] * 2), normaliser).tolist() == [[0.0] * 8] * 2


@pytest.mark.parametrize("normaliser", NORMALISERS)
@settings(max_examples=40)
@given(known=st.lists(st.floats(0, 1e6), min_size=1, max_size=30), missing=st.integers(1, 5))
def test_what_is_missing_scores_no_better_than_three_quarters_of_what_is_known(
    normaliser: Any, known: list[float], missing: int
) -> None:
    values = [*known, *[np.nan] * missing]
    scores = benefit_scores(alike(values), normaliser)[:, 0]
    told, guessed = scores[: len(known)], scores[len(known) :]
    assert len(set(guessed)) == 1
    assert (told >= guessed[0]).mean() >= 0.75


@pytest.mark.parametrize("normaliser", NORMALISERS)
@settings(max_examples=40)
@given(values=st.lists(st.floats(-1e3, 1e6), min_size=2, max_size=30), rise=st.floats(0, 1e6))
def test_a_quality_that_rises_never_lowers_its_own_score(normaliser: Any, values: list[float], rise: float) -> None:
    before = benefit_scores(alike(values), normaliser)[0, 0]
    after = benefit_scores(alike([values[0] + rise, *values[1:]]), normaliser)[0, 0]
    assert after >= before


def test_the_study_says_how_it_is_scored(toy: Toy) -> None:
    study = toy.study()
    sites, _ = candidate_sites(free_land(toy.layers, study, toy.figures), toy.layers, study, toy.figures)
    found = (
        sites,
        by_reach(toy, sites, study),
        measure_needs(toy.layers, study, toy.figures),
        measure_effects(sites, toy.layers, study, toy.figures),
    )

    def scored(**scoring: Any) -> pd.DataFrame:
        return score(*found, toy.study(scoring=scoring))[0]

    geometric = scored()["priority"]
    arithmetic = scored(aggregator="arithmetic", normaliser="winsorised")
    expected = arithmetic[[f"benefit_{name}" for name in BENEFITS]].mean(axis=1)
    assert arithmetic["priority"].tolist() == expected.round(9).round(3).tolist()
    assert geometric.tolist() != arithmetic["priority"].tolist()
    mild, strict = (scored(aggregator="power", power=power)["priority"] for power in (1, -5))
    assert (strict < mild).any()
    assert (scored(epsilon=0.1)["priority"] > geometric).any()


def test_the_percentile_of_what_is_missing_is_a_setting() -> None:
    found = alike([1, 2, 3, 4, 5, np.nan])
    assert benefit_scores(found, missing_percentile=0)[5, 0] == 0.1
    assert benefit_scores(found, missing_percentile=50)[5, 0] == 0.5


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
    certain = rank_certainty(scores, qualities, toy.study(), top=10).table
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
