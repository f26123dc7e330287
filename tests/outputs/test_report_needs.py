"""The report's part on need: raw values side by side, districts, what each need is, what was filled, sources of canopy."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from tests.outputs.plans import small_plan
from treeplan.needs import NEEDS
from treeplan.outputs import report, report_needs
from treeplan.outputs.report_tables import Section, Table
from treeplan.plan import Plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    return small_plan(sites=0, neighbourhoods=25)


def part(plan: Plan, wanted: str) -> Section:
    return next(p for p in report.sections(plan) if p.id == wanted)


def row(table: Table, start: str) -> list[str]:
    return next(list(r) for r in table.rows if r[0].startswith(start))


def test_ten_of_each_end_stand_side_by_side_with_every_raw_value(plan: Plan) -> None:
    top, bottom, _ = part(plan, "need").tables
    zones = plan.neighbourhoods.sort_values("need_rank")
    assert list(top.columns[1:-1]) == zones["name"].head(10).tolist()
    assert list(bottom.columns[1:-1]) == zones["name"].tail(10).tolist()[::-1]
    for name, facts in NEEDS.items():
        values = row(top, facts.label + ",")
        assert facts.unit in values[0]
        assert values[1] == report_needs.raw(plan, name, zones[name].iloc[0])
        assert values[-1] == report_needs.raw(plan, name, zones[name].median())


def test_the_bar_below_a_value_is_its_need(plan: Plan) -> None:
    top = part(plan, "need").tables[0]
    first = plan.neighbourhoods.sort_values("need_rank").iloc[0]
    for label, bars in zip((r[0] for r in top.rows), top.cell_bars, strict=True):
        name = next((n for n in NEEDS if report_needs.heading(n) == label), None)
        if name:
            assert bars[1] == first[f"need_{name}"]
    assert report.render(plan).count('height="10" fill="#eceeed"') > 100


def test_districts_have_the_means_of_their_neighbourhoods(plan: Plan) -> None:
    table = part(plan, "need").tables[-1]
    assert list(table.columns[1:]) == ["Eastborough", "Westborough"]
    assert sum(int(n) for n in row(table, "Neighbourhoods")[1:]) == 25
    zones = plan.neighbourhoods
    mean = zones.loc[zones["district_name"] == "Eastborough", "canopy_pct"].mean()
    assert row(table, "Tree canopy,")[1] == f"{mean:.1f}"


def test_many_districts_stand_ten_to_a_table() -> None:
    plan = small_plan(sites=0, neighbourhoods=23)
    many = replace(plan, neighbourhoods=plan.neighbourhoods.assign(district_name=[f"D{i:02d}" for i in range(23)]))
    assert [len(t.columns) - 1 for t in report_needs.district_tables(many)] == [10, 10, 3]


def test_each_need_says_its_direction_and_what_it_is_compared_with(plan: Plan) -> None:
    rows = {r[0]: r for r in part(plan, "indicators").tables[0].rows}
    assert rows["Tree canopy"][2:4] == ("low", "this study")
    assert rows["Nitrogen dioxide"][2] == "high"
    assert rows["Nitrogen dioxide"][4] == f"{plan.neighbourhoods['no2_ugm3'].min():.1f}"
    england = replace(plan, study=plan.study.model_copy(update={"reference": "england"}))
    rows = {r[0]: r for r in part(england, "indicators").tables[0].rows}
    assert rows["Nitrogen dioxide"][3] == "England"
    assert rows["Tree canopy"][3] == "this study"  # nobody has measured it for all of England here


def test_filled_values_are_marked_and_stand_with_their_error(plan: Plan) -> None:
    assert "filled" not in [p.id for p in report.sections(plan)]
    filled = pd.DataFrame({"filled": [1], "error": [1.234], "error_of_mean": [3.0]}, index=["canopy_pct"])
    first = plan.neighbourhoods["need_rank"] == 1
    marked = replace(
        plan,
        filled=filled,
        neighbourhoods=plan.neighbourhoods.assign(filled=first.map({True: "canopy_pct", False: ""})),
    )
    assert part(marked, "filled").tables[0].rows == [("Tree canopy", "%", "1", "1.2", "3.0")]
    top, bottom, _ = part(marked, "need").tables
    assert row(top, "Tree canopy,")[1].endswith("†")
    assert row(top, "Tree canopy below")[1].endswith("†")  # made from it
    assert not row(top, "Tree canopy,")[2].endswith("†")
    assert "†" in top.note
    assert "†" not in bottom.note


def test_sources_of_canopy_stand_side_by_side_where_there_are_several(plan: Plan) -> None:
    assert "canopy" not in [p.id for p in report.sections(plan)]
    sources = pd.DataFrame(
        {"lsoa21_code": ["E1", "E2"], "name": ["One", "Two"], "heights_pct": [10.0, 20.0], "shapes_pct": [4.0, 19.0]}
    )
    differences = pd.DataFrame(
        {
            "kind": ["shapes", "heights"],  # the plan's own kind first
            "neighbourhoods": [2, 2],
            "study_pct": [11.5, 15.0],
            "mean_difference_pp": [0.0, 3.5],
            "mean_absolute_difference_pp": [0.0, 3.5],
        }
    )
    both = replace(plan, canopy_sources=sources, canopy_differences=differences)
    summary, apart = part(both, "canopy").tables
    assert summary.rows[1] == ("Height survey", "2", "15.0", "+3.5", "3.5")
    assert apart.rows == [("One", "4.0", "10.0", "6.0"), ("Two", "19.0", "20.0", "1.0")]


@pytest.mark.realdata
def test_south_yorkshire_s_districts_have_the_published_mean_scores(real_plan) -> None:  # type: ignore[no-untyped-def]
    top, bottom, districts = part(real_plan("south_yorkshire"), "need").tables
    assert list(districts.columns[1:]) == ["Barnsley", "Doncaster", "Rotherham", "Sheffield"]
    assert row(districts, "Index of Multiple Deprivation")[1:] == ["30.2", "30.5", "29.5", "27.0"]
    assert row(districts, "Neighbourhoods")[1:] == ["148", "199", "170", "343"]
    assert len(top.columns) == len(bottom.columns) == 12
