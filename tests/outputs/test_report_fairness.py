"""What the report says fairness costs: honest about what the search has proven."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.outputs.plans import small_plan, with_sites
from treeplan.outputs.report_fairness import fairness_section
from treeplan.outputs.report_tables import Section
from treeplan.plan import Plan

PRICE = {"label": "district A", "setting": "min_share_by_district", "unit": "gbp", "at_most": False, "asked": 3_000.0}


def with_choice(plan: Plan, **changes: object) -> Plan:
    assert plan.choice is not None
    return replace(plan, choice=replace(plan.choice, **changes))  # type: ignore[arg-type]


def priced(lost: float, most_lost: float, within_gap: bool, **changes: object) -> Section:
    told = PRICE | {"met": 3_300.0, "lost": lost, "most_lost": most_lost, "within_gap": within_gap} | changes
    return fairness_section(with_choice(small_plan(), prices=pd.DataFrame([told, told | {"setting": "", "label": ""}])))


@pytest.mark.parametrize(
    ("lost", "most_lost", "within_gap", "said"),
    [
        (0.031, 0.033, False, "3.1 %"),
        (0.0087, 0.009, False, "0.87 %"),
        (0.001, 0.004, True, "at most 0.40 %"),
        (0.0, 0.00002, True, "less than 0.01 %"),
        (0.0, 0.0, True, "nothing"),
        (np.nan, np.nan, False, "not worked out in the time"),
    ],
)
def test_a_price_is_told_as_far_as_it_is_proven(lost: float, most_lost: float, within_gap: bool, said: str) -> None:
    rows = priced(lost, most_lost, within_gap).tables[0].rows
    assert rows[0] == ("district A", "at least 20.0 %", "22.0 %", said)  # of £15,000
    assert rows[-1] == ("All rules together", "", "", said)


@pytest.mark.parametrize(("unit", "asked"), [("trees", "at most 3,000 trees"), ("ha", "at most 3,000.0 ha")])
def test_targets_are_told_in_their_unit(unit: str, asked: str) -> None:
    assert priced(0.1, 0.1, False, unit=unit, at_most=True).tables[0].rows[0][1] == asked


def test_a_plan_without_rules_says_so() -> None:
    section = fairness_section(with_choice(small_plan(), prices=pd.DataFrame(), tradeoff=pd.DataFrame()))
    assert "No fairness rules were set." in section.said
    assert not section.pictures


def test_the_curve_says_what_the_first_and_the_last_step_cost() -> None:
    curve = pd.DataFrame(
        {"least_share": [0, 0.3, 0.6], "share": [0.1, 0.3, 0.6], "value": [0.8, 0.796, 0.4], "gap": 0.0}
    )
    section = fairness_section(with_choice(small_plan(), tradeoff=curve))
    picture = section.pictures[0]
    assert picture.title == (
        "Up to 30 % for the most deprived fifth cost less than 1 % of the plan's value; 60 %, the most there can be, cost 50 %"
    )
    assert b64decode(picture.data).startswith(b"<?xml")
    assert section.tables[-1].rows == [("0", "10", "100.0"), ("30", "30", "99.5"), ("60", "60", "50.0")]
    assert picture == fairness_section(with_choice(small_plan(), tradeoff=curve)).pictures[0]


def test_years_come_to_the_whole_plan() -> None:
    plan = small_plan(study={"plan": {"budget_gbp": 15_000, "phases": {"2027": 9_000, "2028": 6_000}}})
    table = next(t for t in fairness_section(plan).tables if t.caption == "What is planted when")
    assert [row[:2] for row in table.rows] == [("2027", "9,000"), ("2028", "6,000")]
    assert sum(int(row[2]) for row in table.rows) == len(plan.chosen)


def test_a_missed_target_is_told() -> None:
    section = fairness_section(with_choice(small_plan(), shortfall={"heat": 0.25}))
    assert ("Cooling", "25.0 %") in [row for table in section.tables for row in table.rows]


def test_nothing_is_said_of_evenness_where_nobody_is_served() -> None:
    plan = small_plan()
    alone = replace(plan, served=plan.served.assign(residents=0.0))
    assert any("Gini" in line for line in fairness_section(with_sites(plan)).said)
    assert not any("Gini" in line for line in fairness_section(alone).said)
