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


def seeds(count: int, everywhere: int = 6) -> list[Any]:
    """Seeds, of which only the first few are tried outside CI: each asks the solver a dozen times."""
    return [pytest.param(seed, marks=pytest.mark.heavy if seed >= everywhere else ()) for seed in range(count)]


def choice(
    costs: list[float],
    gains: dict[str, list[float]],
    budget: float,
    districts: list[str] | None = None,
    deprived: list[bool] | None = None,
    settings: list[str] | None = None,
    unranked: list[int] | None = None,
    columns: dict[str, list[Any]] | None = None,
    **plan: Any,
) -> Choice:
    n = len(costs)
    sites = pd.DataFrame({"district_name": districts or ["D"] * n, "setting": settings or ["urban"] * n})
    sites["site_id"] = [f"S{k}" for k in range(n)]
    sites = sites.assign(**(columns or {}))
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


@pytest.mark.parametrize("seed", seeds(40))
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


def test_the_known_optimum_of_least_shortfall() -> None:
    # METHODS.md 8.2, with targets as parts of the most: 2 of 1 + 1, and 11 of 10 + 10; the first is locked out.
    found = choice(
        [1, 2, 2],
        {"carbon": [2, 1, 1], "nature": [10, 10, 10]},
        4.23,
        objective="least shortfall",
        targets={"carbon": 1.0, "nature": 0.55},
        lock_in=["S1"],
        lock_out=["S0"],
    )
    assert found.chosen.tolist() == [False, True, True]
    assert found.shortfall == {"carbon": 0, "nature": 0}
    assert found.gap == pytest.approx(0, abs=1e-9)


def test_the_least_shortfall_is_fairer_than_the_most() -> None:
    # Two sites for £2 of four: the most is 5 + 5 of carbon (all of it) with 0 of heat; the targets ask for half of each.
    gains = {"carbon": [5, 5, 0, 0], "heat": [0, 0, 4, 4]}
    found = choice([1] * 4, gains, 2, objective="least shortfall", targets={"carbon": 0.5, "heat": 0.5})
    assert found.achieved == {"carbon": pytest.approx(0.5), "heat": pytest.approx(0.5)}
    assert sum(found.shortfall.values()) == pytest.approx(0)


def test_what_is_left_when_targets_are_met_is_put_to_use() -> None:
    found = choice(
        [1, 1, 1], {"carbon": [1, 1, 0], "heat": [0, 0, 1]}, 2, objective="least shortfall", targets={"carbon": 0.5}
    )
    assert found.chosen.sum() == 2
    assert found.chosen[2], "all of heat is worth more than the other half of carbon"


@pytest.mark.parametrize("seed", seeds(20))
def test_brute_force_finds_no_lesser_shortfall(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 8
    costs = rng.integers(1, 20, n).astype(float)
    gains = {"carbon": rng.random(n).tolist(), "heat": rng.random(n).tolist()}
    budget, targets = float(costs.sum() * 0.4), {"carbon": 0.8, "heat": 0.9}
    sets = np.array(list(itertools.product([0, 1], repeat=n)))
    sets = sets[sets @ costs <= budget]
    missed = np.zeros(len(sets))
    for name, target in targets.items():
        got = sets @ np.array(gains[name])
        missed += np.maximum(0, target - got / got.max()) / target / 2
    found = choice(costs.tolist(), gains, budget, objective="least shortfall", targets=targets)
    assert sum(found.shortfall.values()) / 2 == pytest.approx(missed.min(), abs=2e-4)
    assert found.gap >= sum(found.shortfall.values()) / 2 - missed.min() - 1e-9


def test_locks_and_conflicts_hold() -> None:
    gains = {"carbon": [9, 8, 7, 1]}
    assert choice([1] * 4, gains, 2, lock_in=["S3"]).chosen.tolist() == [True, False, False, True]
    assert choice([1] * 4, gains, 2, lock_out=["S0"]).chosen.tolist() == [False, True, True, False]
    assert choice([1] * 4, gains, 2, conflicts=[["S0", "S1"]]).chosen.tolist() == [True, False, True, False]
    locked = choice([1] * 4, gains, 2, conflicts=[["S0", "S1"]], lock_in=["S1"])
    assert locked.chosen.tolist() == [False, True, True, False]


def test_conflicts_count_in_what_the_budget_could_do_and_floors_do_not() -> None:
    found = choice([1, 1, 1], {"carbon": [4, 3, 1]}, 2, conflicts=[["S0", "S1"]])
    assert found.achieved == {"carbon": pytest.approx(1)}


def test_a_target_in_trees_and_one_in_hectares() -> None:
    columns = {"trees_central": [1.0, 30, 2], "area_m2": [100.0, 200, 30_000]}
    gains = {"carbon": [9, 2, 1]}
    assert choice([1] * 3, gains, 1, columns=columns).chosen.tolist() == [True, False, False]
    assert choice([1] * 3, gains, 1, columns=columns, min_trees=20).chosen.tolist() == [False, True, False]
    found = choice([1] * 3, gains, 1, columns=columns, min_hectares=3)
    assert found.chosen.tolist() == [False, False, True]
    assert found.targets[0].unit == "ha"
    assert found.cost_of_floors == pytest.approx(1 - 1 / 9)
    with pytest.raises(PlanError, match=r"trees: 40 trees is asked for, but its sites come to 33 trees"):
        choice([1] * 3, gains, 1, columns=columns, min_trees=40)
    with pytest.raises(PlanError, match=r"(?s)trees at least 32 trees.*trees by 2 trees of 32 trees"):
        choice([1] * 3, gains, 1, columns=columns, min_trees=32)


def test_floors_and_caps_by_any_group() -> None:
    columns = {
        "ward_name": ["W", "W", "X"],
        "owner_tier": [1, 1, 3],
        "site_type": ["park", "park", "street"],
        "field_status": ["desk"] * 3,
    }
    gains = {"carbon": [9, 8, 1]}
    for asked in (
        {"min_share_by_ward": 0.5},
        {"min_share_by_ward": {"X": 0.3}},
        {"max_share_by_ward": {"W": 0.5}},
        {"min_share_by_owner_tier": {"3": 0.5}},
        {"max_share_by_owner_tier": {"1": 0.5}},
        {"min_share_by_site_type": {"street": 0.2}},
        {"max_share_by_site_type": 0.5},
    ):
        found = choice([10] * 3, gains, 20, columns=columns, **asked)
        assert found.chosen.tolist() == [True, False, True], asked
        assert found.cost_of_floors == pytest.approx(1 - 10 / 17), asked
    assert choice([10] * 3, gains, 20, columns=columns, max_share_by_owner_tier={"3": 0}).chosen.tolist() == [
        True,
        True,
        False,
    ]


def test_near_sites_are_preferred_where_closeness_counts() -> None:
    columns = {"easting": [0, 9_000, 100], "northing": [0, 0, 0]}
    gains = {"carbon": [10, 9, 8.5]}
    assert choice([1] * 3, gains, 2, columns=columns).chosen.tolist() == [True, True, False]
    found = choice([1] * 3, gains, 2, columns=columns, closeness=0.5)
    assert found.chosen.tolist() == [True, False, True]
    assert found.value == pytest.approx(18.5 / 19), "the reward is no value"


def test_every_chosen_site_has_a_year() -> None:
    found = choice([10, 6, 10], {"carbon": [2, 1.8, 1]}, 26, phases={"2027": 10, "2028": 10, "2029": 6})
    assert found.plant_year is not None
    assert found.plant_year.tolist() == [2028, 2027, 2029]
    assert choice([1], {"carbon": [1]}, 1).plant_year is None


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"lock_in": ["S7"]}, "lock_in names S7, which is no site of this run; its sites are like S0, S1"),
        ({"lock_out": ["T", "U"]}, "lock_out names T, U, which are no sites"),
        ({"conflicts": [["S0", "X"]]}, "conflicts names X"),
        ({"lock_in": ["S0", "S1"]}, "the sites of .* lock_in cost £12, more than the budget of £10"),
        ({"min_share_by_district": {"Nowhere": 0.1}}, "names district Nowhere, which has no site; there are D"),
        ({"objective": "least shortfall", "targets": {"heat": 0.5}}, "targets names heat, which no site here provides"),
    ],
)
def test_what_is_not_there_is_told(plan: dict[str, Any], said: str) -> None:
    with pytest.raises(PlanError, match=said):
        choice([6, 6], {"carbon": [1, 2]}, 10, **plan)


def test_a_locked_site_that_cannot_be_judged_is_told() -> None:
    with pytest.raises(PlanError, match="holds 1 site that cannot be judged"):
        choice([1, 1], {"carbon": [1, 2]}, 2, unranked=[1], lock_in=["S1"])


def test_private_land_may_be_locked_and_is_not_suggested() -> None:
    columns = {"owner_tier": [1, 3], "field_status": ["desk", "desk"]}
    assert choice([1, 1], {"carbon": [2, 1]}, 1, columns=columns, lock_in=["S1"]).chosen.tolist() == [False, True]
    with pytest.raises(PlanError) as err:
        choice([1, 1], {"carbon": [2, 1]}, 1, columns=columns, lock_in=["S11"])
    assert "S0" in str(err.value)
    assert "S1," not in str(err.value)


@pytest.mark.parametrize("cost", [-1.0, np.nan])
def test_a_cost_that_cannot_be_is_refused(cost: float) -> None:
    with pytest.raises(PlanError, match="1 site cost less than nothing, or an unknown sum"):
        choice([1, cost], {"carbon": [1, 2]}, 2)


def test_unknown_gains_count_as_nothing() -> None:
    found = choice([1, 1], {"carbon": [np.nan, 2], "heat": [np.nan, np.nan]}, 2)
    assert found.achieved == {"carbon": pytest.approx(1)}


def test_a_budget_of_a_billion_and_one_site() -> None:
    found = choice([7], {"carbon": [3]}, 1e9)
    assert found.chosen.tolist() == [True]
    assert (found.value, found.gap) == (pytest.approx(1), pytest.approx(0, abs=1e-9))


def test_the_same_question_has_the_same_answer() -> None:
    draw = np.random.default_rng(3)
    costs, gains = (
        draw.integers(1, 30, 60).astype(float).tolist(),
        {"carbon": draw.random(60).tolist(), "heat": draw.random(60).tolist()},
    )
    deprived = (draw.random(60) < 0.3).tolist()
    first, second = (choice(costs, gains, 120, deprived=deprived, min_share_most_deprived_fifth=0.4) for _ in range(2))
    assert (first.chosen == second.chosen).all()
    assert (first.value, first.gap, first.stopped_by) == (second.value, second.gap, "")
    pd.testing.assert_frame_equal(first.prices, second.prices)
    pd.testing.assert_frame_equal(first.tradeoff, second.tradeoff)


def test_with_no_time_at_all_there_is_still_a_plan() -> None:
    draw = np.random.default_rng(4)
    costs = draw.integers(1, 30, 200).astype(float).tolist()
    found = choice(costs, {"carbon": draw.random(200).tolist()}, 300, seconds=1e-6)
    assert np.array(costs)[found.chosen].sum() <= 300
    assert 0 < found.value <= 1 + 1e-9
    assert found.stopped_by in ("", "time")
