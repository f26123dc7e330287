"""The report on effects: sums of the chosen sites, costs of one unit, and what is not claimed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.outputs.plans import small_plan
from treeplan.effects import EFFECTS
from treeplan.outputs.report_effects import effects_section, more_effects_section
from treeplan.outputs.words import spread
from treeplan.plan import Plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    return small_plan(sites=8, study={"plan": {"budget_gbp": 15_000, "min_share_by_district": 0.1}})


def chosen_at_2050(plan: Plan, effect: str) -> pd.DataFrame:
    table = plan.effects.long()
    own = table[(table["effect"] == effect) & (table["year"] == 2050)]
    return own[own["site_id"].isin(plan.chosen["site_id"])]


def test_the_effects_are_the_sums_over_the_chosen_sites(plan):
    table = effects_section(plan).tables[0]
    assert list(table.columns[2:]) == ["2030", "2040", "2050"]
    row = next(r for r in table.rows if r[0] == "Carbon held, net")
    own = chosen_at_2050(plan, "carbon_tco2e")
    assert row[4] == spread(own["low"].sum(), own["central"].sum(), own["high"].sum())
    assert "Trees planted now hold little carbon by 2040" in " ".join(effects_section(plan).said)


def test_a_cooling_is_a_mean_and_never_a_sum(plan):
    row = next(r for r in effects_section(plan).tables[0].rows if "cooling" in r[0])
    assert "mean of a site" in row[0]
    own = chosen_at_2050(plan, "cooling_degc")
    assert row[4] == spread(own["low"].mean(), own["central"].mean(), own["high"].mean())


def test_nothing_measured_is_not_drawn_as_nothing(plan):
    assert plan.effects is not None
    unknown = {**plan.effects.values, "runoff_m3": np.full_like(plan.effects.values["runoff_m3"], np.nan)}
    blind = replace(plan, effects=replace(plan.effects, values=unknown))
    row = next(r for r in effects_section(blind).tables[0].rows if r[0].startswith("Rain"))
    assert row[2:] == ("not known",) * 3


def with_effect(plan: Plan, name: str, low: float, central: float, high: float) -> Plan:
    """The plan with an effect that each site has alike."""
    assert plan.effects is not None
    values = np.broadcast_to(np.array([low, central, high])[:, None, None], plan.effects.values[name].shape)
    return replace(plan, effects=replace(plan.effects, values={**plan.effects.values, name: values}))


def cost_of_one(plan: Plan, name: str) -> str:
    table = effects_section(plan).tables[2]
    return next(row[2] for row in table.rows if row[0] == EFFECTS[name].label)


def with_trees(plan: Plan, low: float, central: float, high: float) -> Plan:
    return replace(plan, sites=plan.sites.assign(trees_low=low, trees_central=central, trees_high=high))


def test_the_cost_of_one_unit_is_cost_over_effect(plan):
    half = with_effect(with_effect(plan, "cost_gbp", 100, 200, 400), "carbon_tco2e", 1, 2, 10)
    assert cost_of_one(with_trees(half, 5, 5, 5), "carbon_tco2e") == "100 (10–400)"  # 200 / 2, 100 / 10, 400 / 1


def test_doubt_about_how_many_trees_fit_is_not_counted_twice(plan):
    # A tree costs £10 and holds 1 t at every level: only how many fit is in doubt, and a tonne costs £10.
    half = with_effect(with_effect(plan, "cost_gbp", 100, 200, 400), "carbon_tco2e", 10, 20, 40)
    assert cost_of_one(with_trees(half, 10, 20, 40), "carbon_tco2e") == "10"


def test_a_cost_has_no_upper_end_where_perhaps_nothing_is_gained(plan):
    doubtful = with_effect(with_effect(with_trees(plan, 5, 5, 5), "cost_gbp", 100, 200, 400), "carbon_tco2e", -1, 2, 10)
    assert cost_of_one(doubtful, "carbon_tco2e") == "100 (10 or more)"
    assert cost_of_one(with_effect(plan, "carbon_tco2e", -3, -2, 1), "carbon_tco2e") == "nothing is gained"


def test_the_trees_are_told_by_their_age(plan):
    table = effects_section(plan).tables[1]
    assert list(table.columns[1:]) == ["5 years", "10 years", "15 years", "25 years", "50 years"]
    assert plan.effects is not None
    own = plan.effects.total("trees_alive", plan.chosen["site_id"].tolist())[:, plan.effects.years.index(2032)]
    assert table.rows[0][1] == spread(*own)  # planted 2027
    assert [row[0] for row in table.rows] == ["Trees alive", "Tree canopy, ha", "Carbon held, net, tonnes of CO₂e"]


def test_weak_evidence_and_what_is_not_claimed_are_said(plan):
    said = " ".join(effects_section(plan).said)
    assert "volunteer hours" in said
    assert "Nobody can promise that a tree here makes someone well" in said
    assert "next to no rain" in said


def test_every_effect_is_told_once_and_shared_residents_are_no_sum(plan):
    told = [row[0] for section in (effects_section(plan), more_effects_section(plan)) for row in section.tables[0].rows]
    assert plan.effects is not None
    assert len(told) == len(set(told)) == len(plan.effects.values)
    cooled = next(label for label in told if label.startswith("Residents cooled"))
    assert cooled == "Residents cooled (each counted once)"
    row = next(r for r in effects_section(plan).tables[0].rows if r[0] == cooled)
    assert row[4] == spread(*plan.joint["residents_cooled"][:, plan.effects.years.index(2050)])
    assert row[4] != spread(*plan.effects.values["residents_cooled"].sum(axis=2)[:, plan.effects.years.index(2050)])
