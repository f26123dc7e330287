"""When there is no plan: which rows clash, and the least that must give."""

from __future__ import annotations

import time

import numpy as np
import pytest

from tests.portfolio.problems import all_plans, budget, floor
from treeplan.errors import PlanError
from treeplan.portfolio.clashes import clash, require_reachable
from treeplan.portfolio.problem import Floor, Problem


def told(cost: list[float], most: float, *rows: Floor, locked: list[int] | None = None, value: float = 1.0) -> str:
    amounts = np.array(cost, dtype=float)
    lock = np.zeros(len(cost), dtype=bool)
    lock[locked or []] = True
    problem = Problem(np.full(len(cost), value), (budget(amounts, most), *rows), np.ones(len(cost), dtype=bool), lock)
    assert all_plans(problem)[1].max() == -np.inf, "there is a plan"
    return str(clash(problem, time.monotonic() + 20))


def test_two_floors_that_do_not_go_together_are_named_and_a_third_is_not() -> None:
    cost = np.array([7.0, 7, 1])
    rows = [
        floor("district A", [0], cost, 4, share=0.4, setting="min_share_by_district"),
        floor("district B", [1], cost, 4, share=0.4, setting="min_share_by_district"),
        floor("owner tier 1", [2], cost, 1, share=0.1, setting="min_share_by_owner_tier"),
    ]
    said = told([7, 7, 1], 10, *rows)
    assert "district A at least 40%, £4 (min_share_by_district)" in said
    assert "district B at least 40%, £4" in said
    assert "owner tier" not in said
    assert "by £4 of £4" in said  # one of the districts goes without
    assert "change [plan] min_share_by_district" in said


def test_a_target_beyond_the_budget_says_by_how_many_trees() -> None:
    # £10 buy 20 trees at most; the target is 25.
    rows = [floor("trees", [0, 1, 2], np.array([10.0, 10, 10]), 25, unit="trees", setting="min_trees")]
    said = told([5, 5, 5], 10, *rows)
    assert "trees at least 25 trees (min_trees)" in said
    assert "trees by 5 trees of 25 trees" in said


def test_a_floor_and_a_cap_that_clash() -> None:
    cost = np.array([6.0, 6])
    rows = [
        floor("district A", [0, 1], cost, 5, share=0.5, setting="min_share_by_district"),
        floor("rural sites", [0, 1], cost, 5, share=0.5, at_most=True, setting="max_share_by_setting"),
    ]
    said = told([6, 6], 10, *rows)
    assert "district A at least" in said
    assert "rural sites at most" in said
    assert "rural sites by £1 of £5" in said


def test_locked_sites_that_conflict() -> None:
    rows = [floor("one of a, b", [0, 1], np.ones(2), 1.0, at_most=True, unit="sites", setting="conflicts")]
    assert "2 of [plan] lock_in" in told([1, 1], 10, *rows, locked=[0, 1])


@pytest.mark.parametrize("seed", range(15))
def test_the_least_that_must_give_is_the_least(seed: int) -> None:
    draw = np.random.default_rng(seed)
    cost = draw.integers(3, 12, 8).astype(float)
    group = draw.integers(0, 3, 8)
    rows = [
        floor(f"group {k}", np.flatnonzero(group == k), cost, 8, share=0.4, setting=f"floor {k}")
        for k in range(3)
        if (group == k).any()
    ]
    most = 20.0
    sets = ((np.arange(256)[:, None] >> np.arange(8)) & 1).astype(bool)
    sets = sets[sets @ cost <= most]
    missed = sum(np.maximum(0, 8 - sets[:, f.members] @ f.amounts) for f in rows)
    if missed.min() == 0:
        pytest.skip("there is a plan")
    said = told(cost.tolist(), most, *rows).split("The least that must give: ")[1].split("\n")[0]
    amounts = [float(part.split(" by £")[1].split(" of")[0]) for part in said.split("; ")]
    assert sum(amounts) == missed.min()


def test_a_floor_beyond_its_sites_is_told_at_once() -> None:
    cost = np.array([5.0, 50])
    rows = (budget(cost, 20), floor("district E", [0, 1], cost, 10, share=0.5, setting="min_share_by_district"))
    with pytest.raises(PlanError, match="district E: £10 is asked for, but its sites come to £5"):
        require_reachable(rows, cost)
    require_reachable((budget(cost, 60), rows[1]), cost)
