"""Plans side by side: figures and movements that can be worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from shapely import affinity

from tests.outputs.plans import small_plan, with_sites
from treeplan.comparison import Moves, compare_plans
from treeplan.errors import StudyError
from treeplan.plan import Plan

SITES = [f"G{number:04d}-1" for number in range(6)]


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Six sites ranked in order of their ids; the first two are chosen."""
    return ranked(small_plan(), [1, 2, 3, 4, 5, 6], [True, True, False, False, False, False])


def ranked(plan: Plan, ranks: list[float], chosen: list[bool]) -> Plan:
    return with_sites(plan, rank=[float(r) for r in ranks], chosen=chosen, band=["A", "A", "B", "B", "C", "C"])


def test_a_plan_beside_itself_does_not_move(plan: Plan) -> None:
    found = compare_plans({"one": plan, "again": plan})
    moves = found.sites["again"]
    assert moves.spearman == 1
    assert (moves.changed_band, moves.dropped, moves.added, moves.kept) == (0, 0, 0, 2)
    assert (moves.rows["moved"] == 0).all()
    assert moves.most().empty
    assert found.neighbourhoods["again"].spearman == 1
    assert found.differing("again") == []
    one, again = (found.figures[found.figures["plan"] == label].drop(columns="plan") for label in ("one", "again"))
    pd.testing.assert_frame_equal(one.reset_index(drop=True), again.reset_index(drop=True))


def test_the_first_two_change_places(plan: Plan) -> None:
    other = ranked(plan, [2, 1, 3, 4, 5, 6], [True, False, True, True, False, False])
    other = with_sites(other, band=["B", "A", "B", "B", "C", "C"])
    moves = compare_plans({"before": plan, "after": other}).sites["after"]
    assert moves.spearman == pytest.approx(1 - 6 * 2 / (6 * 35))
    assert moves.rows["moved"].tolist() == [-1, 1, 0, 0, 0, 0]
    assert moves.most().index.tolist() == SITES[:2]
    assert (moves.kept, moves.dropped, moves.added, moves.changed_band) == (1, 1, 2, 1)


def test_new_sites_push_nobody_down(plan: Plan) -> None:
    other = ranked(plan, [2, 3, 4, 5, 6, 1], [True, False, False, False, False, True])
    fewer = replace(plan, sites=plan.sites.iloc[:5])
    moves = compare_plans({"before": fewer, "after": other}).sites["after"]
    assert moves.rows.index.tolist() == SITES[:5]
    assert (moves.rows["moved"] == 0).all()
    assert moves.rows["rank_after"].tolist() == [2, 3, 4, 5, 6]
    assert (moves.only_before, moves.only_after) == (0, 1)
    assert (moves.kept, moves.dropped, moves.added) == (1, 1, 1)


def test_another_piece_of_ground_under_the_same_id_is_another_site(plan: Plan) -> None:
    shapes = plan.sites.geometry.to_numpy().copy()
    shapes[0] = affinity.translate(shapes[0], 40, 0)  # 60 m wide: a third of it is shared
    shapes[2] = affinity.translate(shapes[2], 20, 0)  # two thirds
    other = replace(plan, sites=plan.sites.set_geometry(shapes, crs=plan.sites.crs))
    moves = compare_plans({"before": plan, "after": other}).sites["after"]
    assert moves.rows.index.tolist() == SITES[1:]
    assert (moves.only_before, moves.only_after, moves.dropped, moves.added) == (1, 1, 1, 1)


def test_a_site_without_a_rank_moves_nowhere(plan: Plan) -> None:
    other = ranked(plan, [1, math.nan, 2, 3, 4, 5], [True, False, False, False, False, False])
    moves = compare_plans({"before": plan, "after": other}).sites["after"]
    assert math.isnan(moves.rows.loc[SITES[1], "moved"])
    assert moves.spearman == 1


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(1, 9)))
def test_the_correlation_is_scipys(order: list[int]) -> None:
    moved = [float(i + 1 - place) for i, place in enumerate(order)]
    moves = Moves("before", pd.DataFrame({"moved": moved}), 0, 0)
    assert moves.spearman == pytest.approx(spearmanr(range(1, 9), order).statistic)


# ---------------------------------------------------------------- figures


@pytest.fixture(scope="module")
def priced(plan: Plan) -> Plan:
    """Each site costs £100 (low), £200 or £400 (high) and holds −1, 2 or 10 tonnes; 400 people are reached, 100 of the most deprived fifth."""
    cost = {"cost_gbp_low": 100.0, "cost_gbp_central": 200.0, "cost_gbp": 200.0, "cost_gbp_high": 400.0}
    carbon = {"carbon_tco2e_low": -1.0, "carbon_tco2e_central": 2.0, "carbon_tco2e_high": 10.0}
    reached = pd.DataFrame(
        {
            "lsoa21_code": ["E01000001", "E01000002"],
            "residents": [100.0, 300.0],
            "most_deprived_fifth": [True, False],
        }
    )
    deprived = [True, False, False, False, False, False]
    return replace(with_sites(plan, **cost, **carbon, most_deprived_fifth=deprived), reached=reached)


def test_figures_by_hand(priced: Plan) -> None:
    # The first site is a park of 12 trees (6 to 24), the second a school of 7 (3 to 14); 3,000 m² each.
    found = compare_plans({"a": priced, "b": priced})
    assert found.figure("a", "trees_planted") == (9, 19, 38)
    assert found.figure("a", "candidate_sites") == (6, 6, 6)
    assert found.figure("a", "chosen_sites") == (2, 2, 2)
    assert found.figure("a", "planted_ha") == pytest.approx((0.6, 0.6, 0.6))
    assert found.figure("a", "residents_reached") == (400, 400, 400)
    assert found.figure("a", "reached_most_deprived_pct") == (25, 25, 25)
    assert found.figure("a", "cost_most_deprived_pct") == (50, 50, 50)


def test_the_price_of_a_tree_and_of_a_tonne_by_hand(priced: Plan) -> None:
    # £200 for 9 trees, £400 for 19, £800 for 38: a tree costs £22.2, £21.1, £21.1. They hold −2, 4 or 20 tonnes.
    found = compare_plans({"a": priced, "b": priced})
    assert found.figure("a", "cost_per_tree_gbp") == pytest.approx((800 / 38, 400 / 19, 200 / 9))
    low, central, high = found.figure("a", "cost_per_tco2e_gbp")
    assert (low, central) == pytest.approx(
        (800 / 38 / (20 / 38), 400 / 4)
    )  # the cheapest tree, and the one that holds most
    assert math.isnan(high)  # at the low figures no carbon is held


def test_effects_are_those_of_the_chosen_sites(plan: Plan) -> None:
    found = compare_plans({"a": plan, "b": plan})
    alive = plan.effects.total("trees_alive", SITES[:2])[:, plan.effects.years.index(2040)]
    assert found.figure("a", "trees_alive", 2040) == pytest.approx(tuple(alive))
    assert found.horizons == [2040, 2050]
    assert found.figure("a", "achieved_health")[1] == pytest.approx(100 * plan.choice.achieved["health"])
    assert math.isnan(found.figure("a", "no_such_figure")[1])


def test_every_figure_has_a_unit_and_a_range_in_order(priced: Plan) -> None:
    table = compare_plans({"a": priced, "b": priced}).table()
    assert table["unit"].str.len().gt(0).all()
    known = table.dropna(subset=["low", "central", "high"])
    assert (known["low"] <= known["central"]).all()
    assert (known["central"] <= known["high"]).all()
    assert set(table.loc[table["compared_with"] == "a", "plan"]) == {"b"}
    assert "sites_rank_correlation" in set(table["figure"])


# ---------------------------------------------------------------- places, settings, mistakes


def test_ranks_of_another_place_are_not_compared(plan: Plan) -> None:
    elsewhere = small_plan(neighbourhoods=6)
    found = compare_plans({"here": plan, "there": elsewhere, "there again": elsewhere})
    assert found.first == {"here": "here", "there": "there", "there again": "there"}
    assert list(found.sites) == ["there again"]
    assert found.sites["there again"].against == "there"
    assert found.figure("there", "chosen_sites")[1] == len(elsewhere.chosen)


def test_the_settings_that_differ_are_named(plan: Plan) -> None:
    other = small_plan(study={"plan": {"budget_gbp": 20_000}, "land": {"take_in": ["golf"]}})
    found = compare_plans({"a": plan, "b": other})
    assert found.differing("b") == [("land.take_in", "none", "golf"), ("plan.budget_gbp", "15,000", "20,000")]


def test_without_land_neighbourhoods_are_compared(plan: Plan) -> None:
    bare = small_plan(sites=0)
    found = compare_plans({"a": bare, "b": bare})
    assert found.sites == {}
    assert found.neighbourhoods["b"].spearman == 1
    assert math.isnan(found.figure("a", "trees_planted")[1])
    assert found.table()["figure"].str.startswith("neighbourhoods").all()


def test_one_plan_is_nothing_to_compare(plan: Plan) -> None:
    with pytest.raises(StudyError, match=r"only one plan to compare \(alone\)"):
        compare_plans({"alone": plan})


def test_the_plans_are_left_as_they_were(plan: Plan) -> None:
    before = plan.sites.copy()
    compare_plans({"a": plan, "b": plan})
    pd.testing.assert_frame_equal(pd.DataFrame(plan.sites), pd.DataFrame(before))
