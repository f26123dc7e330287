from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.toy import WEIGHTS, Toy
from treeplan import draws
from treeplan.certainty import Certainty, best_count, rank_certainty, sites_paid_for, steadfast
from treeplan.coefficients import LEVELS
from treeplan.plan import Plan
from treeplan.scoring import benefit_scores, priority
from treeplan.study import Study
from treeplan.vocabulary import BENEFITS


def quick(toy: Toy, draws: int = 1_000, **changes: Any) -> Study:
    return toy.study(certainty={"draws": draws}, **changes)


def made_up(n: int = 40, seed: int = 3) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    central = pd.DataFrame(np.random.default_rng(seed).random((n, len(BENEFITS))), columns=list(BENEFITS))
    ranks = pd.Series(-priority(benefit_scores(central), np.full(8, 1 / 8))).rank(method="first")
    scores = pd.DataFrame({"site_id": [f"S{i:03}" for i in range(n)], "rank": ranks})
    return scores, {"low": central * 0.5, "central": central, "high": central * 2}


def test_a_site_best_in_everything_is_always_on_top(toy: Toy) -> None:
    scores, qualities = made_up()
    qualities = {level: q.copy() for level, q in qualities.items()}
    for q in qualities.values():
        q.iloc[7] = 9.0
    certain = rank_certainty(scores, qualities, quick(toy), top=1).table
    assert certain["p_top_k"].iloc[7] == 1
    assert certain["band"].iloc[7] == "A"
    assert (certain["rank_p05"].iloc[7], certain["rank_p95"].iloc[7]) == (1, 1)


def test_places_on_top_add_up_to_k(toy: Toy) -> None:
    scores, qualities = made_up()
    certain = rank_certainty(scores, qualities, quick(toy), top=12).table
    assert certain["p_top_k"].sum() == pytest.approx(12, abs=0.03)


def test_a_figure_too_high_everywhere_moves_no_rank(toy: Toy) -> None:
    """Low, central and high that differ by one factor for all sites change nothing; only weights do."""
    scores, qualities = made_up()
    steady = dict.fromkeys(LEVELS, qualities["central"])
    a = rank_certainty(scores, qualities, quick(toy), top=10).table
    b = rank_certainty(scores, steady, quick(toy), top=10).table
    pd.testing.assert_frame_equal(a, b)


def test_the_same_seed_gives_the_same_answer_and_another_does_not(toy: Toy) -> None:
    scores, qualities = made_up()
    first, again = (rank_certainty(scores, qualities, quick(toy), top=10).table for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(rank_certainty(scores, qualities, quick(toy, seed=2), top=10).table)


def test_bands_follow_their_bounds(toy: Toy) -> None:
    scores, qualities = made_up()
    certain = rank_certainty(scores, qualities, quick(toy), top=10).table
    assert (certain.loc[certain["band"] == "A", "p_top_k"] >= 0.8).all()
    assert (certain.loc[certain["band"] == "C", "p_top_k"] < 0.2).all()
    assert set(certain["band"]) == {"A", "B", "C"}


def test_an_unmeasured_benefit_makes_a_rank_less_sure(toy: Toy) -> None:
    scores, qualities = made_up()
    hidden = {level: q.copy() for level, q in qualities.items()}
    for q in hidden.values():
        q.loc[0, "health"] = np.nan
    sure, unsure = (rank_certainty(scores, q, quick(toy), top=10).table.iloc[0] for q in (qualities, hidden))
    assert unsure["rank_p95"] - unsure["rank_p05"] > sure["rank_p95"] - sure["rank_p05"]


@pytest.mark.parametrize(("ranked", "k"), [(1, 1), (9, 4), (30, 15), (60, 20)])
def test_the_best_are_never_more_than_half(toy: Toy, ranked: int, k: int) -> None:
    scores = pd.DataFrame({"rank": np.arange(1.0, ranked + 1)})
    assert best_count(scores, np.full(ranked, 2_500.0), toy.study()) == k  # £50,000 pays for 20


def test_how_many_sites_a_budget_pays_for() -> None:
    scores = pd.DataFrame({"rank": [1.0, 2.0, 3.0, np.nan]})
    assert sites_paid_for(scores, np.array([60.0, 50.0, 30.0, 1.0]), 100) == 3  # 60, not 50, then 30 and the unranked 1


def test_no_order_of_rows_matters(toy: Toy) -> None:
    scores, qualities = made_up()
    qualities = {level: q.mask(np.random.default_rng(1).random(q.shape) < 0.05) for level, q in qualities.items()}
    qualities["low"] = qualities["central"] * 0.5
    qualities["high"] = qualities["central"] * 2
    mixed = np.random.default_rng(2).permutation(len(scores))
    straight = rank_certainty(scores, qualities, quick(toy), top=10)
    other = rank_certainty(
        scores.iloc[mixed].reset_index(drop=True),
        {level: q.iloc[mixed].reset_index(drop=True) for level, q in qualities.items()},
        quick(toy),
        top=10,
    )
    back = other.table.sort_values("site_id").reset_index(drop=True)
    pd.testing.assert_frame_equal(back, straight.table)
    pd.testing.assert_frame_equal(other.central_weights, straight.central_weights)
    pd.testing.assert_frame_equal(other.pairwise, straight.pairwise)
    assert other.record() == straight.record()


@given(st.integers(0, 2**32 - 1), st.integers(2, 12), st.integers(1, 12))
@settings(max_examples=15, deadline=None)
def test_a_site_no_worse_in_anything_is_no_less_often_on_top(seed: int, sites: int, top: int) -> None:
    scores, qualities = made_up(sites, seed)
    for level in LEVELS:
        qualities[level].iloc[0] = qualities[level].iloc[1] * 1.5
    table = rank_certainty(scores, qualities, Toy().study(certainty={"draws": 100}), top).table
    assert table["p_top_k"].iloc[0] >= table["p_top_k"].iloc[1]
    assert table["rank_p05"].iloc[0] <= table["rank_p05"].iloc[1]
    assert table["p_top_k"].sum() == pytest.approx(min(top, sites), abs=0.001 * sites)


def two_sites(toy: Toy, **certainty: Any) -> Certainty:
    """Two benefits: site A is the better in heat, B in water; with two sites, percentiles are 0.75 and 0.25."""
    values = pd.DataFrame(0.0, index=range(2), columns=list(BENEFITS))
    values["heat"], values["water"] = [2.0, 1.0], [1.0, 2.0]
    scores = pd.DataFrame({"site_id": ["A", "B"], "rank": [1.0, 2.0]})
    drawn = {"concentration": 1, "normalisers": ["percentile"], "aggregators": ["arithmetic"], "draws": 20_000}
    study = toy.study(
        weights=dict.fromkeys(BENEFITS, 0) | {"heat": 1, "water": 1},
        scoring={"aggregator": "arithmetic"},
        certainty=drawn | certainty,
    )
    return rank_certainty(scores, dict.fromkeys(LEVELS, values), study, top=1)


def test_two_sites_under_even_weights_by_hand(toy: Toy) -> None:
    """A leads where heat weighs more: in half of the draws, on average with 3/4 of the weight on heat."""
    certain = two_sites(toy)
    assert certain.table["p_top_k"].tolist() == pytest.approx([0.5, 0.5], abs=0.015)
    assert certain.table["p_top_k_error"].tolist() == pytest.approx([0.0069, 0.0069], abs=1e-4)  # 1.96 √(¼ ÷ 20,000)
    own = certain.central_weights.set_index("site_id")
    assert own["weight_heat"].tolist() == pytest.approx([0.75, 0.25], abs=0.01)
    assert own["basis"].tolist() == ["first", "first"]
    assert own["confidence"].tolist() == [1, 1], "nothing else is drawn"
    assert certain.pairwise.loc["A", "B"] == pytest.approx(certain.table["p_top_k"].iloc[0], abs=5e-4)
    assert certain.pairwise.loc["A", "B"] + certain.pairwise.loc["B", "A"] == pytest.approx(1)
    moved = certain.sensitivity.set_index("input")["first_order"]
    assert moved[["weight_heat", "weight_water"]].tolist() == pytest.approx([1, 1], abs=0.06), (
        "one class of twenty holds both"
    )
    assert moved["place_runoff_m3"] < 0.01


def test_sites_that_never_lead_say_under_what_weights_they_are_among_the_best(toy: Toy) -> None:
    scores, qualities = made_up()
    for q in qualities.values():
        q.iloc[7] = 9.0
        q.iloc[8] = 0.0
    own = rank_certainty(scores, qualities, quick(toy), top=10).central_weights.set_index("site_id")
    assert own.loc["S007", ["basis", "p_first", "confidence"]].tolist() == ["first", 1, 1]
    assert own.loc["S008", "basis"] == "never"
    weight = own[[f"weight_{name}" for name in BENEFITS]]
    assert weight.loc["S008"].isna().all()
    assert weight[own["basis"] == "top"].sum(axis=1).to_numpy() == pytest.approx(1)
    assert (own["basis"] == "top").sum() > 10
    assert own.loc[own["basis"] != "first", "confidence"].isna().all()


def test_the_weights_of_a_group_change_bands_where_they_differ(toy: Toy) -> None:
    scores, qualities = made_up()
    groups = {"alike": WEIGHTS, "nature alone": dict.fromkeys(BENEFITS, 0.0) | {"nature": 1.0}}
    certain = rank_certainty(scores, qualities, quick(toy), 10, groups)
    told = {(r["switch"], r["choice"]): r["sites"] for r in certain.record()["sites_that_change_band"]}
    assert told["weights of", "alike"] == 0, "the same weights are drawn alike"
    changes = certain.changes[certain.changes["choice"] == "nature alone"]
    assert told["weights of", "nature alone"] == len(changes) > 5
    best = qualities["central"]["nature"].nlargest(10).index
    gone = changes[changes["band_settled"] == "A"]["site_id"]
    assert set(gone) <= set(scores["site_id"].iloc[best])


def test_a_switch_that_is_not_drawn_settles_nothing(toy: Toy) -> None:
    assert two_sites(toy).switches == ()
    both = two_sites(toy, normalisers=["percentile", "winsorised"])
    assert both.switches == (("normaliser", "percentile"), ("normaliser", "winsorised"))
    assert both.changes.empty, "it is a toss-up either way"


def test_eleven_places_are_enough(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty-one places between low and high for the same draws move no share by more than 2 in 100, ranges as wide as they are."""
    scores, qualities = made_up()
    chance = np.random.default_rng(8)
    central = qualities["central"]
    wide = {
        "low": central * chance.uniform(0.2, 1, central.shape),
        "high": central * chance.uniform(1, 3, central.shape),
    }
    few = rank_certainty(scores, qualities | wide, quick(toy, 4_000), 10).table["p_top_k"]
    monkeypatch.setattr(draws, "RUNGS", 41)
    many = rank_certainty(scores, qualities | wide, quick(toy, 4_000), 10).table["p_top_k"]
    assert (few - many).abs().max() < 0.02
    assert (few - many).abs().max() > 0


def test_sites_on_top_under_nearly_all_weightings() -> None:
    table = pd.DataFrame({"site_id": ["d", "c", "b", "a"], "p_top_k": [0.95, 0.9, 0.95, np.nan]})
    assert steadfast(table)["site_id"].tolist() == ["b", "d"]


def odd(kind: str) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    scores, qualities = made_up(1 if kind == "one site" else 12)
    if kind == "all equal":
        qualities = {level: q * 0 + 0.4 for level, q in qualities.items()}
    if kind == "all nought":
        qualities = {level: q * 0 for level, q in qualities.items()}
    if kind == "a column of NaN":
        qualities = {level: q.assign(heat=np.nan) for level, q in qualities.items()}
    if kind == "none ranked":
        scores["rank"] = np.nan
    return scores, qualities


@pytest.mark.parametrize("top", [1, 12, 40])
@pytest.mark.parametrize("kind", ["one site", "all equal", "all nought", "a column of NaN", "none ranked"])
def test_odd_studies_get_an_answer(toy: Toy, kind: str, top: int) -> None:
    scores, qualities = odd(kind)
    certain = rank_certainty(scores, qualities, toy.study(certainty={"draws": 150}), top, {"some": WEIGHTS})
    table, record = certain.table, certain.record()
    assert table["site_id"].tolist() == scores["site_id"].tolist()
    assert record["draws"] == 150
    json.dumps(record, allow_nan=False)
    if kind == "none ranked":
        assert table[["p_top_k", "band"]].isna().all(axis=None)
        assert certain.central_weights.empty
    else:
        assert table["p_top_k"].sum() == pytest.approx(min(top, len(scores)), abs=0.01)
    if kind in ("all equal", "all nought"):
        assert (table["p_top_k"] == ([1.0] * min(top, 12) + [0.0] * (12 - min(top, 12)))).all(), "ties go by site_id"
        assert certain.sensitivity["first_order"].isna().all(), "nothing moves"


def test_one_benefit_alone_leaves_its_figures_to_chance(toy: Toy) -> None:
    scores, qualities = made_up()
    study = toy.study(weights=dict.fromkeys(BENEFITS, 0) | {"water": 1}, certainty={"draws": 200})
    certain = rank_certainty(scores, qualities, study, top=10)
    best = qualities["central"]["water"].nlargest(10).index
    assert (certain.table["p_top_k"] == scores.index.isin(best)).all()


@pytest.mark.realdata
def test_the_top_of_trafford_is_known_to_one_in_a_hundred(real_plan: Callable[[str], Plan]) -> None:
    plan = real_plan("trafford")
    certain = plan.certainty
    assert certain is not None
    assert certain.table["p_top_k_error"].max() <= 0.0098 + 1e-9
    assert certain.table["p_top_k"].sum() == pytest.approx(plan.top, abs=0.001 * len(plan.sites))
    moved = certain.sensitivity.set_index("input")
    assert moved["first_order"].between(0, 1).all()
    assert moved["first_order"].idxmax() == "aggregator", "the kind of mean moves ranks most"
    assert plan.record()["certainty"]["draws"] == 10_000
