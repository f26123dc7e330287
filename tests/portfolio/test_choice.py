"""The plan within a budget: known optima, brute force, and floors."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.toy import WEIGHTS, Toy
from treeplan.errors import PlanError
from treeplan.portfolio import Choice, choose
from treeplan.vocabulary import BENEFITS


def choice(
    costs: list[float],
    gains: dict[str, list[float]],
    budget: float,
    districts: list[str] | None = None,
    deprived: list[bool] | None = None,
    settings: list[str] | None = None,
    unranked: list[int] | None = None,
    **plan: Any,
) -> Choice:
    n = len(costs)
    sites = pd.DataFrame({"district_name": districts or ["D"] * n, "setting": settings or ["urban"] * n})
    scores = pd.DataFrame({f"gain_{b}": gains.get(b, [0.0] * n) for b in BENEFITS} | {"rank": np.arange(1.0, n + 1)})
    scores.loc[unranked or [], "rank"] = np.nan
    weights = {name: float(name in gains) for name in WEIGHTS}
    study = Toy().study(weights=weights, plan={"budget_gbp": budget, **plan})
    return choose(
        sites,
        scores,
        np.array(costs, dtype=float),
        np.array(deprived or [False] * n),
        sorted(set(districts or ["D"] * n)),
        study,
    )


def test_the_known_optimum_of_maximum_cover() -> None:
    # METHODS.md 8.2: costs 1, 2, 4, budget 3; the second gives all of one benefit, the first is locked out.
    found = choice([1, 2, 4], {"carbon": [1, 1, 1], "nature": [1, 0, 1]}, 3, unranked=[0])
    assert found.chosen.tolist() == [False, True, False]


def test_money_buys_the_most_for_what_it_costs() -> None:
    found = choice([10, 6, 5], {"carbon": [10, 6, 6]}, 11)
    assert found.chosen.tolist() == [False, True, True]
    assert found.achieved == {"carbon": pytest.approx(1)}
    assert found.value == pytest.approx(1)


def test_the_shares_are_of_what_the_budget_could_do_for_each_alone() -> None:
    found = choice([1, 1], {"carbon": [10, 1], "heat": [1, 4]}, 1)
    # The first does 10/10 of carbon and 1/4 of heat; the second 1/10 and 4/4: the first is worth more.
    assert found.chosen.tolist() == [True, False]
    assert found.achieved == {"carbon": pytest.approx(1), "heat": pytest.approx(0.25)}
    assert found.value == pytest.approx((1 + 0.25) / 2)


@pytest.mark.parametrize("seed", range(40))
def test_brute_force_finds_nothing_better(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 8
    costs = rng.integers(1, 20, n).astype(float)
    gains = {"carbon": rng.random(n).tolist(), "heat": rng.random(n).tolist()}
    deprived = rng.random(n) < 0.5
    budget = float(costs.sum() * 0.4)
    floor = 0.2

    def value(which: np.ndarray, name: str) -> float:
        return float(np.array(gains[name])[which].sum())

    sets = [np.array(bits, dtype=bool) for bits in itertools.product([0, 1], repeat=n)]
    affordable = [s for s in sets if costs[s].sum() <= budget]
    best = {name: max(value(s, name) for s in affordable) for name in gains}
    fair = [s for s in affordable if costs[s & deprived].sum() >= floor * budget]
    if not fair:
        with pytest.raises(PlanError):
            choice(costs.tolist(), gains, budget, deprived=deprived.tolist(), min_share_most_deprived_fifth=floor)
        return
    most = max(sum(value(s, name) / best[name] / 2 for name in gains) for s in fair)
    found = choice(costs.tolist(), gains, budget, deprived=deprived.tolist(), min_share_most_deprived_fifth=floor)
    assert found.value == pytest.approx(most, rel=2e-4)
    assert costs[found.chosen].sum() <= budget + 1e-6
    assert costs[found.chosen & deprived].sum() >= floor * budget - 1e-6


def test_floors_hold_and_their_price_is_told() -> None:
    costs, gains = [10, 10, 10, 10], {"carbon": [10, 9, 1, 1]}
    fair = choice(costs, gains, 20, deprived=[False, False, True, True], min_share_most_deprived_fifth=0.5)
    assert fair.chosen.sum() == 2
    assert fair.chosen[2:].sum() == 1
    assert fair.cost_of_floors == pytest.approx(1 - 11 / 19)


def test_every_district_gets_its_part() -> None:
    found = choice([10, 10, 10], {"carbon": [9, 8, 1]}, 20, districts=["A", "A", "B"], min_share_by_district=0.4)
    assert found.chosen.tolist() == [True, False, True]


def test_a_cap_by_setting_holds() -> None:
    found = choice(
        [10, 10, 10],
        {"carbon": [9, 8, 1]},
        20,
        settings=["rural", "rural", "urban"],
        max_share_by_setting={"rural": 0.5},
    )
    assert found.chosen.tolist() == [True, False, True]


def test_a_loss_stays_a_loss() -> None:
    found = choice([1, 1], {"carbon": [-5, 2], "heat": [1, 0]}, 2)
    assert found.chosen.tolist() == [False, True]  # the first would lose 5/2 of carbon to gain all of heat
    both = choice([1, 1], {"carbon": [-0.5, 2], "heat": [1, 0]}, 2)
    assert both.achieved == {"carbon": pytest.approx(0.75), "heat": pytest.approx(1)}


def test_a_district_without_sites_is_told() -> None:
    study = Toy().study(
        weights={**dict.fromkeys(WEIGHTS, 0.0), "carbon": 1.0}, plan={"budget_gbp": 10, "min_share_by_district": 0.4}
    )
    sites = pd.DataFrame({"district_name": ["D"], "setting": ["urban"]})
    scores = pd.DataFrame({f"gain_{b}": [1.0] for b in BENEFITS} | {"rank": [1.0]})
    with pytest.raises(PlanError, match="district E: £4 is asked for, but its sites come to £0"):
        choose(sites, scores, np.array([5.0]), np.array([False]), ["D", "E"], study)


def test_floors_for_districts_need_districts() -> None:
    study = Toy().study(plan={"budget_gbp": 10, "min_share_by_district": 0.4})
    scores = pd.DataFrame({f"gain_{b}": [1.0] for b in BENEFITS} | {"rank": [1.0]})
    sites = pd.DataFrame({"district_name": [None], "setting": ["urban"]})
    with pytest.raises(PlanError, match="have no districts"):
        choose(sites, scores, np.array([5.0]), np.array([False]), [], study)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"budget": 0.5}, "pays for no site"),
        ({"budget": 2, "deprived": [False, False], "min_share_most_deprived_fifth": 0.5}, "the most deprived fifth"),
        (
            {"budget": 20, "districts": ["A", "B"], "min_share_by_district": 0.6},
            "come to more than the budget|is asked for",
        ),
        ({"budget": 2, "unranked": [0, 1]}, "no site has a rank"),
    ],
)
def test_what_cannot_be_met_is_told(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(PlanError, match=said):
        choice([1, 1], {"carbon": [1, 2]}, **changes)


def test_whole_sites_that_fit_no_floor_and_cap_are_told() -> None:
    with pytest.raises(PlanError, match="no set of whole sites"):
        choice([7, 7], {"carbon": [1, 2]}, 10, districts=["A", "B"], min_share_by_district=0.4)
