"""What floors cost, the trade-off curve, and how evenly things are spread."""

from __future__ import annotations

import math
import time

import numpy as np
import pandas as pd
import pytest

from tests.portfolio.problems import budget, floor, many_groups
from treeplan.portfolio import fairness
from treeplan.portfolio.exact import solve
from treeplan.portfolio.fairness import by_neighbourhood, gini, price_of_floors, trade_off
from treeplan.portfolio.problem import Problem

LATER = time.monotonic() + 600
DEPRIVED = "min_share_most_deprived_fifth"


def four_sites() -> Problem:
    """Each costs 10 of a budget of 20; the last two serve the most deprived, and must have half."""
    cost = np.full(4, 10.0)
    rows = [
        floor("the most deprived fifth", [2, 3], cost, 10, setting=DEPRIVED),
        floor("the first two", [0, 1], cost, 5, setting="other"),
    ]
    return Problem(np.array([10.0, 9, 1, 1]), (budget(cost, 20), *rows), np.ones(4, dtype=bool))


def test_each_floor_has_its_price() -> None:
    problem = four_sites()
    prices = price_of_floors(problem, solve(problem, LATER), LATER).set_index("label")
    assert prices.loc["the most deprived fifth", "lost"] == pytest.approx(1 - 11 / 19)
    assert prices.loc["all together", "lost"] == pytest.approx(1 - 11 / 19)
    assert prices.loc["the first two", "lost"] == 0
    assert prices["within_gap"].to_dict() == {
        "the most deprived fifth": False,
        "the first two": True,
        "all together": False,
    }
    assert prices.loc["the most deprived fifth", ["asked", "met"]].tolist() == [10, 10]


def test_no_price_is_below_nothing_and_none_above_what_it_can_be() -> None:
    problem = many_groups(4, 6, 12)
    prices = price_of_floors(problem, solve(problem, LATER), LATER)
    assert (prices["lost"] >= 0).all()
    assert (prices["most_lost"] >= prices["lost"]).all()
    together = prices.iloc[-1]
    assert (prices["lost"].iloc[:-1] <= together["most_lost"] + 1e-9).all()


def test_of_many_floors_the_dearest_are_priced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fairness, "PRICED", 2)
    prices = price_of_floors(problem := many_groups(5, 6, 12), solve(problem, LATER), LATER)
    assert len(prices) == len(problem.floors)
    assert prices["lost"].notna().iloc[-1]
    assert prices["lost"].isna().any()
    assert not prices["within_gap"][prices["lost"].isna()].any()


def test_the_curve_falls_from_the_best_to_the_fairest() -> None:
    problem = four_sites()
    deprived = np.array([False, False, True, True])
    curve = trade_off(problem, deprived, np.full(4, 10.0), solve(problem, LATER), LATER)
    assert len(curve) == 11
    # The first two must have something, so at most half goes to the deprived; without the floor 10 + 9 is best.
    assert curve["value"].tolist() == pytest.approx([19.0] + [11.0] * 10)
    assert curve["least_share"].tolist() == pytest.approx(np.linspace(0, 0.495, 11).tolist())
    assert (curve["share"] >= curve["least_share"] - 1e-9).all()
    assert (curve["gap"] <= 1e-4).all()


def test_the_curve_never_rises() -> None:
    problem = many_groups(6, 6, 12)
    deprived = np.zeros(len(problem.value), dtype=bool)
    deprived[problem.floors[-1].members] = True
    cost = problem.floors[0].amounts
    curve = trade_off(problem, deprived, cost, solve(problem, LATER), LATER)
    assert (curve["value"].diff().dropna() <= 1e-9).all()
    assert (curve["share"] >= curve["least_share"] - 1e-9).all()


def test_without_deprived_sites_there_is_no_curve() -> None:
    problem = four_sites()
    plain = Problem(problem.value, problem.floors[:1], problem.free)
    assert trade_off(plain, np.zeros(4, dtype=bool), np.full(4, 10.0), solve(plain, LATER), LATER).empty


@pytest.mark.parametrize(
    ("amounts", "residents", "expected"),
    [
        ([10, 20, 30], [100, 200, 300], 0.0),  # the same for each resident
        ([0, 10], [100, 100], 0.5),  # half of the people have all
        ([0, 0, 0, 8], [5, 5, 5, 5], 0.75),
        ([0, 10, 7], [100, 100, 0], 0.5),  # nobody lives in the third
        ([0, 0], [5, 5], math.nan),
        ([], [], math.nan),
    ],
)
def test_gini(amounts: list[float], residents: list[float], expected: float) -> None:
    found = gini(np.array(amounts, dtype=float), np.array(residents, dtype=float))
    assert found == pytest.approx(expected, nan_ok=True)


def test_sites_are_shared_among_those_they_serve() -> None:
    served = pd.DataFrame(
        {"site_id": ["a", "a", "b", "c"], "lsoa21_code": ["X", "Y", "Y", "X"], "residents": [30, 10, 5, 9]}
    )
    got = by_neighbourhood(pd.Series({"a": 100.0, "b": 7.0}), served, pd.Index(["X", "Y", "Z"]))
    assert got.to_dict() == {"X": 75.0, "Y": 32.0, "Z": 0.0}
