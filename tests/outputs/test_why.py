from __future__ import annotations

import math

import numpy as np
import pytest

from tests.outputs.plans import small_plan, with_sites
from treeplan.outputs import why
from treeplan.reasons import reasons_of
from treeplan.vocabulary import BENEFITS


def reasons(plan, number=0):
    return reasons_of(plan.sites, plan.study, plan.sites["site_id"].iloc[number])


def test_what_each_benefit_gives_adds_up_and_comes_greatest_first():
    plan = small_plan()
    rows = why.given(plan, reasons(plan))
    assert sorted(row.label for row in rows) == sorted(facts.label for facts in BENEFITS.values())
    assert sum(row.share for row in rows) == pytest.approx(1)
    assert [row.share for row in rows] == sorted((row.share for row in rows), reverse=True)


def test_where_a_site_stands_is_told_by_the_way_of_scoring():
    plan = with_sites(small_plan(), benefit_heat=0.967, benefit_water=0.0, not_measured="air")
    stands = {row.label: row.stands for row in why.given(plan, reasons(plan))}
    assert stands["Cooling"] == "better than 96 of 100 sites"
    assert stands["Rain"] == "nothing comes of it here"
    assert stands["Cleaner air"] == "not measured, counted low"
    plan = with_sites(small_plan(study={"scoring": {"normaliser": "winsorised"}}), benefit_heat=0.967)
    assert "96 of 100 points" in [row.stands for row in why.given(plan, reasons(plan))]


def test_what_would_raise_a_site_is_told_below_a_line_that_promises_nothing():
    plan = small_plan(sites=14)
    number = next(i for i in range(14) if reasons(plan, i).would_raise)
    some = reasons(plan, number)
    first, *rows = why.would_raise(some)
    assert "no map can say" in first
    assert 1 <= len(rows) <= why.MOST_RAISES
    best = some.would_raise[0]
    assert rows[0].startswith(f"number {best.rank_if_good:.0f} with {BENEFITS[best.benefit].label.lower()} (")
    unknown = with_sites(plan, not_measured=best.benefit)
    told = why.would_raise(reasons(unknown, number))
    assert told[1].endswith("which nobody has measured here")


def test_nothing_raises_the_first_nor_a_site_like_all_others():
    plan = small_plan()
    assert why.would_raise(reasons(plan, int(plan.sites["rank"].argmin()))) == ["Nothing: it is the first."]
    alike = with_sites(plan, priority=0.5, **{f"benefit_{name}": 0.5 for name in BENEFITS})
    alike = with_sites(alike, rank=np.arange(1.0, len(alike.sites) + 1))
    (said,) = why.would_raise(reasons(alike, 3))
    assert said.startswith("No single thing would")


def test_a_site_without_a_rank_says_so():
    plan = with_sites(small_plan(), rank=math.nan, priority=math.nan)
    assert why.would_raise(reasons(plan)) == []
    assert why.sure(plan, plan.sites.iloc[0]) == ["No rank: more than half of what counts could not be measured here."]
    assert all(math.isnan(row.share) for row in why.given(plan, reasons(plan)))


def test_how_sure_a_rank_is():
    plan = with_sites(small_plan(), p_top_k=0.82, band="A", rank_p05=1.0, rank_p95=1204.0)
    first, second = why.sure(plan, plan.sites.iloc[0])
    assert first.startswith("It is among the best 3 in 82 of 100 tries")
    assert first.endswith("That is band A.")
    assert second == "In 90 of 100 tries it is between number 1 and 1,204."


def test_what_it_does_leaves_out_money_and_what_comes_to_nothing():
    plan = with_sites(small_plan(), trees_alive_low=0.0, trees_alive_central=0.0, trees_alive_high=0.0)
    rows = why.does(plan, plan.sites.iloc[0])
    labels = [label for label, _, _ in rows]
    assert "Tree canopy" in labels
    assert "Trees alive" not in labels
    assert not [unit for _, _, unit in rows if unit == "£"]


def test_what_no_map_says_is_named_in_short():
    plan = with_sites(small_plan(), unknowns="peat; flood risk")
    assert why.unknown(plan.sites.iloc[0]) == "Not known from maps: peat, flood risk."


def test_what_it_costs_by_hand():
    plan = with_sites(
        small_plan(), cost_gbp_low=1_000.0, cost_gbp_central=2_000.0, cost_gbp_high=3_500.0, trees_central=8.0
    )
    said = why.cost(plan, plan.sites.iloc[0])
    assert said == "£2,000 (1,000–3,500), with 3 years of watering and care; about £250 for a tree."
