"""The report's part on walks: it says how they were measured, with the figures of the plan."""

from __future__ import annotations

import math
from dataclasses import replace

from tests.outputs.plans import small_plan
from treeplan.outputs.report import render, sections
from treeplan.outputs.report_walks import walks_picture, walks_said, walks_table
from treeplan.outputs.words import caveats
from treeplan.plan import Plan


def test_the_demo_says_how_walks_compare(demo_plan: Plan) -> None:
    walks = demo_plan.walks
    assert walks is not None
    said = " ".join(walks_said(demo_plan, walks))
    share = walks.compared["network"].sum() / walks.compared["straight_line"].sum()
    assert f"{100 * share:.0f} people are within a 500 m walk for every 100" in said
    assert f"walk {walks.detour:.2f} times as far" in said
    assert ("residents live too far from every mapped way" in said) == (walks.residents_off >= 1)
    assert "short pieces" not in said, "the demo has none"


def test_what_is_not_known_is_not_said(demo_plan: Plan) -> None:
    walks = demo_plan.walks
    assert walks is not None
    bare = replace(walks, detour=math.nan, cut_off_share=math.nan, residents_off=0.0)
    said = walks_said(demo_plan, bare)
    assert len(said) == 2
    assert not any("nan" in line for line in said)


def test_the_table_lists_the_best_sites_with_both_measures(demo_plan: Plan) -> None:
    walks = demo_plan.walks
    assert walks is not None
    table = walks_table(demo_plan, walks)
    assert len(table.rows) == 20
    first = demo_plan.sites.set_index("site_id").loc[demo_plan.public.sort_values("rank")["site_id"].iloc[0]]
    rank, name, network, _, ratio, method = table.rows[0]
    assert (rank, name, method) == ("1", first["name"], first["served_method"])
    assert (
        abs(float(network.replace(",", "")) - first["residents_served"]) <= 0.55
    )  # rounded once to whole people, once to tenths
    assert 0 < float(ratio) < 2


def test_the_picture_says_its_finding_in_its_title(demo_plan: Plan) -> None:
    walks = demo_plan.walks
    assert walks is not None
    picture = walks_picture(demo_plan, walks)
    assert picture is not None
    assert "people live within a 500 m walk; a straight line would say" in picture.title
    assert picture.alt.endswith("people.")
    assert len({tint for tint, _ in picture.key}) >= 3  # the site, those within the walk, those only the line reaches


def test_the_report_tells_of_walks_only_where_there_is_a_network(demo_plan: Plan) -> None:
    assert "walks" in {part.id for part in sections(demo_plan)}
    assert "walks" not in {part.id for part in sections(small_plan())}
    assert 'id="walks"' in render(demo_plan)


def test_the_caveats_say_which_way_walks_were_measured(demo_plan: Plan) -> None:
    on_foot = [line for line in caveats(demo_plan) if line.startswith("Walks ")]
    by_line = [line for line in caveats(small_plan()) if line.startswith("Walks ")]
    assert [len(on_foot), len(by_line)] == [1, 1]
    assert on_foot[0].startswith("Walks go along mapped streets and paths")
    assert "not seen" in by_line[0]
