"""The report on money and claims: only where the study asks, to two figures, with what is left out and why."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.outputs.plans import small_plan
from treeplan.outputs import report
from treeplan.outputs.words import two_figures
from treeplan.plan import Plan
from treeplan.vocabulary import CARBON_UNITS, NET_ZERO

GRANTS = {"ewco": {"gbp_per_ha": 10_200, "as_of": "2024-03", "source": "gov.uk"}}


def with_money(**study: Any) -> Plan:
    return small_plan(sites=8, study={"plan": {"budget_gbp": 15_000}, **study})


@pytest.fixture(scope="module")
def plan() -> Plan:
    return with_money(
        money={"count": ["carbon", "air", "recreation"], "grants": GRANTS}, claims={"woodland": [CARBON_UNITS]}
    )


def part(plan: Plan, wanted: str) -> report.Section:
    return next(p for p in report.sections(plan) if p.id == wanted)


def test_nothing_about_money_or_claims_stands_where_nobody_asks() -> None:
    plan = with_money()
    assert not {"money", "claims"} & {p.id for p in report.sections(plan)}
    assert "Green Book" not in report.render(plan)
    assert "Green Book" in report.render(with_money(money={}))


def test_the_table_is_the_sum_of_the_chosen_sites_to_two_figures(plan: Plan) -> None:
    rows = {row[0]: row[1:] for row in part(plan, "money").tables[0].rows}
    for label, column in (
        ("Carbon taken up", "pv_carbon_gbp"),
        ("Net present value, worth less cost: worst, middle, best", "npv_gbp"),
    ):
        sums = [plan.chosen[f"{column}_{level}"].sum() for level in ("low", "central", "high")]
        assert list(rows[label]) == [two_figures(s).replace("-", "−") for s in sums]
    for cell in (cell for cells in rows.values() for cell in cells):
        assert len(re.sub(r"[^0-9]", "", cell).strip("0")) <= 2


def test_years_prices_and_rates_are_said(plan: Plan) -> None:
    said = " ".join(part(plan, "money").said)
    assert "50 years from planting in 2027, in prices of 2022" in said
    assert "3.5 % a year, later ones at 3 %" in said
    assert "of the same trees, the middle number. Worst: the least worth with the greatest cost" in said
    assert "association, and is not put in money" in said
    assert "residents near several of them count once" in said
    assert "near several" not in " ".join(part(with_money(money={"count": ["carbon"]}), "money").said)


def test_another_year_of_prices_is_said_with_its_factors() -> None:
    asked = with_money(money={"price_year": 2024, "deflator": 1.105, "cost_factor": 0.9})
    said = " ".join(part(asked, "money").said)
    assert "Figures of 2022, costs too, are multiplied by 1.105 to come to prices of 2024" in said
    assert "in the same prices; they are paid in year 0. The study takes them times 0.9." in said
    assert "The study takes them" not in " ".join(part(with_money(money={}), "money").said)


def test_what_is_left_out_is_said_with_its_reason(plan: Plan) -> None:
    items = part(plan, "money").items
    assert any(line.startswith("Wellbeing: left out. It is association only") for line in items)
    assert any(line.startswith("Amenity of standing trees (CAVAT): left out.") for line in items)
    assert any(line.startswith("Carbon to be sold as units is counted once") for line in items)
    assert any(
        line.startswith("Cleaner air: left out")
        for line in part(with_money(money={"count": ["carbon"]}), "money").items
    )


def test_a_grant_stands_beside_with_the_date_of_its_rate(plan: Plan) -> None:
    table = part(plan, "money").tables[1]
    ha = plan.chosen.loc[plan.chosen["site_type"] == "woodland", "area_m2"].sum() / 1e4
    assert table.rows == [("ewco", "woodland", "10,200", "2024-03", f"{ha:,.1f}", two_figures(10_200 * ha), "gov.uk")]
    assert "in none of the figures above" in table.note


def test_wellbeing_is_called_no_worth_of_the_plan() -> None:
    asked = part(with_money(money={"count": ["wellby"], "health_as_association": True}), "money")
    assert asked.said[0].startswith("This is no worth of the plan.")
    assert "1.5 % a year, later ones at 1.29 %" in asked.said[1]
    assert [row[0] for row in asked.tables[0].rows] == ["Wellbeing", "Cost of planting and care"]


def test_each_claim_has_its_own_carbon() -> None:
    plan = with_money(claims={"woodland": [CARBON_UNITS], "park": [NET_ZERO], "school": ["biodiversity net gain"]})
    rows = {row[0]: row for row in part(plan, "claims").tables[0].rows}
    counted = plan.chosen["claim"].value_counts().to_dict()
    assert {name: int(row[2]) for name, row in rows.items()} == {name or "no claim": n for name, n in counted.items()}
    sold = plan.chosen.loc[plan.chosen["claim"] == CARBON_UNITS, "carbon_claimable_tco2e_central"].sum()
    assert rows[CARBON_UNITS][3].startswith(two_figures(sold))
    parks = plan.chosen.loc[plan.chosen["claim"] == NET_ZERO, "carbon_tco2e_central"].sum()
    assert rows[NET_ZERO][3].startswith(two_figures(parks))
