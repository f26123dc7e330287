"""The report's part on the Tree Equity Score and kinds of neighbourhood says what the tables of the plan hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.outputs.plans import small_plan
from treeplan.outputs import report
from treeplan.outputs.report_equity import equity_sentences
from treeplan.outputs.report_tables import Section
from treeplan.outputs.tables import neighbourhood_table
from treeplan.plan import Plan
from treeplan.tree_equity import STEPS


def part(plan: Plan, wanted: str) -> Section:
    return next(p for p in report.sections(plan) if p.id == wanted)


def test_bands_count_every_neighbourhood_in_both_groupings(demo_plan: Plan) -> None:
    scores = demo_plan.tree_equity
    assert scores is not None
    rows = part(demo_plan, "tree_equity").tables[0].rows
    assert [r[1] for r in rows] == ["0–69", "70–79", "80–89", "90–99", "100"]
    known = int(scores["tes_country"].notna().sum())
    assert sum(int(r[2]) for r in rows) == sum(int(r[3]) for r in rows) == known
    assert {r[0]: int(r[2]) for r in rows if r[2] != "0"} == scores.loc[
        scores["band"] != "", "band"
    ].value_counts().to_dict()


def test_the_lowest_scores_come_first(demo_plan: Plan) -> None:
    scores = demo_plan.tree_equity
    assert scores is not None
    rows = part(demo_plan, "tree_equity").tables[1].rows
    assert [r[6] for r in rows] == [f"{v:.0f}" for v in scores["tes_district"].nsmallest(10)]


def test_what_moves_a_rank_adds_up(demo_plan: Plan) -> None:
    table = part(demo_plan, "tree_equity").tables[3]
    for row in table.rows:
        moved = [float(cell.replace("−", "-")) for cell in row[3:]]
        assert sum(moved[1:]) == pytest.approx(moved[0])
    far = [abs(float(row[3].replace("−", "-"))) for row in table.rows]
    assert far == sorted(far, reverse=True)


def test_it_says_what_was_left_out_and_that_a_score_may_be_unknown(demo_plan: Plan) -> None:
    said = " ".join(part(demo_plan, "tree_equity").said)
    assert "heat above the district's mean" in said  # the demo has heat in °C, and nothing is left out
    assert "left out:" not in said
    assert "factors of the United States" in said
    assert "In 1 of 40 neighbourhoods canopy was not measured" in said


def test_one_neighbourhood_is_answered_in_words(demo_plan: Plan) -> None:
    scores = demo_plan.tree_equity
    assert scores is not None
    code = str(scores["rank_difference"].abs().idxmax())
    first, second = equity_sentences(demo_plan, code)
    assert f"{scores.loc[code, 'tes_district']:.0f} against the largest gap of the district" in first
    assert f"By the score it ranks {scores.loc[code, 'tes_rank']:,.0f}" in second
    unknown = str(scores.index[scores["tes_country"].isna()][0])
    assert "not stated" in equity_sentences(demo_plan, unknown)[0]


def test_without_canopy_it_says_why_there_is_no_score() -> None:
    plan = small_plan(sites=0)
    bare = replace(plan, neighbourhoods=plan.neighbourhoods.drop(columns=["canopy_pct"]))
    assert "canopy is not known" in part(bare, "tree_equity").said[1]
    assert "income and employment are not known" in part(plan, "tree_equity").said[1]  # it has no table of deprivation


def test_the_files_carry_the_score_under_its_own_names(demo_plan: Plan) -> None:
    table = neighbourhood_table(demo_plan).set_index("lsoa21_code")
    scores = demo_plan.tree_equity
    assert scores is not None
    for ours in (
        "goal_pct",
        "gap_pp",
        "trees_to_goal",
        "e",
        "band",
        "rank_difference",
        *(f"moved_by_{s}" for s in STEPS),
    ):
        assert f"tes_{ours}" in table
    code = scores.index[0]
    assert table.loc[code, "tes_district"] == scores.loc[code, "tes_district"]
    assert "canopy_pct" in table
    assert "tes_canopy_pct" not in table


def test_kinds_are_listed_with_how_clearly_they_stand_apart(demo_plan: Plan) -> None:
    section = part(demo_plan, "kinds")
    kinds, like = section.tables
    zones = demo_plan.neighbourhoods
    assert sum(int(r[1]) for r in kinds.rows) == (zones["neighbourhood_type"] != "").sum()
    assert "stand apart: 0." in kinds.note
    assert all(row[2].count(", ") == 4 for row in like.rows)


def test_too_few_neighbourhoods_have_no_kinds_and_it_is_said() -> None:
    section = part(small_plan(sites=0), "kinds")
    assert not section.tables
    assert "at least 20" in section.said[0]
