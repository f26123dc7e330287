"""What the report says of how sure ranks are; private sites are not named."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from tests.outputs.plans import small_plan, with_sites
from treeplan.outputs.report_certainty import certainty_section, hangs_on_section
from treeplan.outputs.why import other_weights, tries, would_lead
from treeplan.plan import Plan
from treeplan.vocabulary import BENEFITS


def told(plan: Plan, title: str) -> list[tuple[str, ...]]:
    """The rows of the table that begins so."""
    return [tuple(row) for t in hangs_on_section(plan).tables for row in t.rows if t.caption.startswith(title)]


def with_certainty(plan: Plan, **changes: object) -> Plan:
    assert plan.certainty is not None
    return replace(plan, certainty=replace(plan.certainty, **changes))  # type: ignore[arg-type]


def test_every_site_is_in_one_band() -> None:
    bands = certainty_section(small_plan()).tables[0]
    assert [row[0] for row in bands.rows] == ["A", "B", "C"]
    assert sum(int(row[2]) for row in bands.rows) == 6


def test_the_sites_that_stay_are_those_above_ninety_of_a_hundred() -> None:
    plan = small_plan()
    assert plan.certainty is not None
    table = plan.certainty.table.assign(p_top_k=[0.9, 0.91, 0.2, 0.1, 0.95, 0.0])
    sure = certainty_section(with_certainty(with_sites(plan, owner_tier=1), table=table)).tables[1]
    kept = plan.sites.set_index("site_id")["name"][[table["site_id"][4], table["site_id"][1]]]
    assert [row[1] for row in sure.rows] == kept.tolist()
    none = certainty_section(with_certainty(plan, table=table.assign(p_top_k=0.5)))
    assert "No site is in the best" in none.said[-1]


def test_inputs_are_named_in_words_and_the_strongest_comes_first() -> None:
    found = pd.DataFrame(
        [("weight_heat", 0.2, 0.01), ("place_carbon_tco2e", 0.05, 0.01), ("aggregator", 0.6, 0.02)],
        columns=["input", "first_order", "error"],
    )
    rows = told(with_certainty(small_plan(), sensitivity=found), "What moves ranks most")
    assert rows == [
        ("How benefits are joined to a priority", "60", "±2"),
        ("Weight of cooling", "20", "±1"),
        ("Figures for carbon held, net", "5", "±1"),
    ]


def test_a_switch_says_how_many_sites_join_band_a_and_leave_it() -> None:
    moves = [("A", "B"), ("B", "A"), ("C", "A"), ("B", "C")]
    changes = pd.DataFrame(
        [("weights of", "residents", f"S{n}", one, other, 0.5, 0.5) for n, (one, other) in enumerate(moves)],
        columns=["switch", "choice", "site_id", "band", "band_settled", "p_top_k", "p_top_k_settled"],
    )
    plan = with_certainty(
        small_plan(), changes=changes, switches=(("weights of", "residents"), ("aggregator", "geometric"))
    )
    assert told(plan, "Sites that change band once") == [
        ("The weights of residents", "4", "2", "1"),
        ("Geometric mean: every benefit must be there", "0", "0", "0"),
    ]


def test_a_leader_s_weights_are_set_beside_the_study_s() -> None:
    plan = small_plan()  # weights of 15: heat 2 (13 %), health 3 (20 %)
    row = {f"weight_{name}": plan.study.weights.relative()[name] / 15 for name in BENEFITS}
    assert other_weights(plan, row) == "much the study's own"
    row |= {"weight_heat": 0.25, "weight_health": 0.08}
    assert other_weights(plan, row) == "more for cooling 25 (13); less for health 8 (20)"


def test_a_few_tries_are_not_told_as_none() -> None:
    assert [tries(share) for share in (0.37, 0.01, 0.004)] == ["37", "1", "<1"]


def test_a_site_that_never_leads_says_nothing_of_leading() -> None:
    plan = small_plan()
    assert plan.certainty is not None
    central = plan.certainty.central_weights
    plan = with_certainty(plan, central_weights=central.assign(basis=["first", *["top"] * 5], p_first=0.5))
    assert would_lead(plan, central["site_id"][1]) == []
    assert "leads in 50 of 100 tries" in would_lead(plan, central["site_id"][0])[0]


@pytest.mark.parametrize("table", ["What would have to be true", "How often each of the best"])
def test_private_land_is_not_named(table: str) -> None:
    plan = small_plan()
    assert plan.certainty is not None
    central = plan.certainty.central_weights.assign(basis="first", p_first=0.2)
    named = with_certainty(with_sites(plan, owner_tier=1), central_weights=central)
    hidden = with_certainty(with_sites(plan, owner_tier=4), central_weights=central)
    assert told(named, table)
    assert told(hidden, table) == []


def test_without_zones_nothing_is_said_of_zonings() -> None:
    assert told(replace(small_plan(), zoned=None), "If needs were known") == []
