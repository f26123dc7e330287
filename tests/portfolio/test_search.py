"""The search: everything tried on small problems, the bound a bound, every plan checked by other code."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.portfolio.problems import all_plans, breaks, budget, floor, many_groups, random_problem
from treeplan.portfolio.problem import Pairs, Problem
from treeplan.portfolio.search import ENOUGH, search


@pytest.mark.parametrize("batch", range(20))
def test_nothing_is_better_when_everything_is_tried(batch: int) -> None:
    for seed in range(20 * batch, 20 * batch + 20):
        problem = random_problem(seed)
        best = all_plans(problem)[1].max()
        found = search(problem)
        assert found.bound >= best - 1e-9, f"seed {seed}: the bound is none"
        if found.chosen is None:
            assert best == -np.inf, f"seed {seed}: there is a plan"
            assert found.impossible
        else:
            assert breaks(problem, found.chosen) == [], f"seed {seed}"
            assert found.value == pytest.approx(problem.worth(found.chosen))
            assert found.value >= best - ENOUGH * abs(best) - 1e-12, f"seed {seed}"


def test_the_optimum_of_least_shortfall() -> None:
    # METHODS.md 8.2: costs 1, 2, 2, budget 4.23, targets 2 and 11; the second locked in, the first out: the other two.
    cost = np.array([1.0, 2, 2])
    rows = [
        floor("a", [0, 1, 2], np.array([2.0, 1, 1]), 2, penalty=0.5),
        floor("b", [0, 1, 2], np.full(3, 10.0), 11, penalty=0.5),
    ]
    free, locked = np.array([False, True, True]), np.array([False, True, False])
    found = search(Problem(np.zeros(3), (budget(cost, 4.23), *rows), free, locked))
    assert found.chosen is not None
    assert found.chosen.tolist() == [False, True, True]
    assert found.value == 0


@pytest.mark.parametrize("groups", [8, 60])
def test_many_groups_leave_a_small_gap(groups: int) -> None:
    problem = many_groups(1, groups, 30)
    found = search(problem)
    assert found.chosen is not None
    assert breaks(problem, found.chosen) == []
    assert found.gap <= 0.005


def test_whole_sites_in_groups_bound_more_tightly_than_parts_do() -> None:
    # Ten groups of two sites; each floor is met by one site of 3, though 2 are asked for: parts would do with two thirds of it.
    cost = np.full(20, 3.0)
    value = np.tile([1.0, 0.9], 10)
    rows = [floor(f"g{k}", [2 * k, 2 * k + 1], cost, 2, setting="g") for k in range(10)]
    problem = Problem(value, (budget(cost, 31), *rows), np.ones(20, dtype=bool))
    found = search(problem)
    assert found.value == pytest.approx(10)
    assert found.bound == pytest.approx(10, rel=ENOUGH)


@pytest.mark.parametrize("sites", [1, 2, 500])
def test_equal_sites_fill_the_budget(sites: int) -> None:
    cost = np.full(sites, 10.0)
    found = search(Problem(np.ones(sites), (budget(cost, 10 * sites / 2 + 5),), np.ones(sites, dtype=bool)))
    assert found.chosen is not None
    assert found.chosen.sum() == (10 * sites / 2 + 5) // 10


def test_a_budget_for_everything_buys_all_that_gains() -> None:
    value = np.array([3.0, -1, 2, 0])
    found = search(Problem(value, (budget(np.full(4, 1e3), 1e9),), np.ones(4, dtype=bool)))
    assert found.chosen is not None
    assert found.chosen[[0, 2]].all()
    assert not found.chosen[1]
    assert found.gap <= 1e-9


def test_sites_without_value_or_cost() -> None:
    every = np.ones(3, dtype=bool)
    nothing = search(Problem(np.zeros(3), (budget(np.ones(3), 2),), every))
    assert (nothing.value, nothing.gap) == (0, 0)
    free = search(Problem(np.ones(3), (budget(np.zeros(3), 1),), every))
    assert free.value == 3


def test_the_order_of_sites_does_not_matter() -> None:
    problem = many_groups(2, 12, 20)
    turn = np.random.default_rng(5).permutation(len(problem.value))
    back = np.argsort(turn)
    rows = []
    for f in problem.floors:
        at = np.sort(back[f.members])
        amounts = dict(zip(back[f.members].tolist(), f.amounts.tolist(), strict=True))
        rows.append(replace(f, members=at, amounts=np.array([amounts[k] for k in at.tolist()])))
    turned = search(Problem(problem.value[turn], tuple(rows), problem.free[turn]))
    found = search(problem)
    assert found.chosen is not None
    assert turned.chosen is not None
    assert (turned.chosen[back] == found.chosen).all()
    assert turned.bound == pytest.approx(found.bound, rel=1e-6)


@pytest.mark.parametrize("seed", range(30))
def test_pairs_that_are_worth_more_together(seed: int) -> None:
    draw = np.random.default_rng(seed)
    n = 9
    one, other = np.triu_indices(n, 1)
    some = draw.random(len(one)) < 0.3
    pairs = Pairs(one[some], other[some], draw.random(some.sum()) * 0.3)
    cost = draw.integers(1, 9, n).astype(float)
    problem = Problem(draw.random(n), (budget(cost, cost.sum() / 2),), np.ones(n, dtype=bool), pairs=pairs)
    best, found = all_plans(problem)[1].max(), search(problem)
    assert found.chosen is not None
    assert breaks(problem, found.chosen) == []
    assert found.value <= best + 1e-9 <= found.bound + 2e-9


def test_the_clock_ends_it_with_a_plan_and_a_bound() -> None:
    problem = many_groups(3, 12, 20)
    hasty, patient = search(problem, until=0.0), search(problem)
    assert hasty.chosen is not None
    assert breaks(problem, hasty.chosen) == []
    assert hasty.bound >= patient.value
