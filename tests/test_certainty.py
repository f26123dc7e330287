from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.toy import Toy
from treeplan.certainty import best_count, rank_certainty, sites_paid_for
from treeplan.coefficients import LEVELS
from treeplan.scoring import benefit_scores, priority
from treeplan.vocabulary import BENEFITS


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
    certain = rank_certainty(scores, qualities, toy.study(), top=1).table
    assert certain["p_top_k"].iloc[7] == 1
    assert certain["band"].iloc[7] == "A"
    assert (certain["rank_p05"].iloc[7], certain["rank_p95"].iloc[7]) == (1, 1)


def test_places_on_top_add_up_to_k(toy: Toy) -> None:
    scores, qualities = made_up()
    certain = rank_certainty(scores, qualities, toy.study(), top=12).table
    assert certain["p_top_k"].sum() == pytest.approx(12, abs=0.03)


def test_a_figure_too_high_everywhere_moves_no_rank(toy: Toy) -> None:
    """Low, central and high that differ by one factor for all sites change nothing; only weights do."""
    scores, qualities = made_up()
    steady = dict.fromkeys(LEVELS, qualities["central"])
    a = rank_certainty(scores, qualities, toy.study(), top=10).table
    b = rank_certainty(scores, steady, toy.study(), top=10).table
    pd.testing.assert_frame_equal(a, b)


def test_the_same_seed_gives_the_same_answer_and_another_does_not(toy: Toy) -> None:
    scores, qualities = made_up()
    first, again = (rank_certainty(scores, qualities, toy.study(), top=10).table for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(rank_certainty(scores, qualities, toy.study(seed=2), top=10).table)


def test_bands_follow_their_bounds(toy: Toy) -> None:
    scores, qualities = made_up()
    certain = rank_certainty(scores, qualities, toy.study(), top=10).table
    assert (certain.loc[certain["band"] == "A", "p_top_k"] >= 0.8).all()
    assert (certain.loc[certain["band"] == "C", "p_top_k"] < 0.2).all()
    assert set(certain["band"]) == {"A", "B", "C"}


def test_an_unmeasured_benefit_makes_a_rank_less_sure(toy: Toy) -> None:
    scores, qualities = made_up()
    hidden = {level: q.copy() for level, q in qualities.items()}
    for q in hidden.values():
        q.loc[0, "health"] = np.nan
    sure, unsure = (rank_certainty(scores, q, toy.study(), top=10).table.iloc[0] for q in (qualities, hidden))
    assert unsure["rank_p95"] - unsure["rank_p05"] > sure["rank_p95"] - sure["rank_p05"]


@pytest.mark.parametrize(("ranked", "k"), [(1, 1), (9, 4), (30, 15), (60, 20)])
def test_the_best_are_never_more_than_half(toy: Toy, ranked: int, k: int) -> None:
    scores = pd.DataFrame({"rank": np.arange(1.0, ranked + 1)})
    assert best_count(scores, np.full(ranked, 2_500.0), toy.study()) == k  # £50,000 pays for 20


def test_how_many_sites_a_budget_pays_for() -> None:
    scores = pd.DataFrame({"rank": [1.0, 2.0, 3.0, np.nan]})
    assert sites_paid_for(scores, np.array([60.0, 50.0, 30.0, 1.0]), 100) == 3  # 60, not 50, then 30 and the unranked 1
