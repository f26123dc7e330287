"""The report: its sums are the plan's, nothing in it runs, and it stands without land too."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from tests.outputs.plans import small_plan, with_sites
from treeplan.outputs import report
from treeplan.outputs.report_needs import TIED
from treeplan.outputs.words import out_of_100, whole
from treeplan.plan import Plan
from treeplan.vocabulary import BENEFITS


@pytest.fixture(scope="module")
def plan() -> Plan:
    return small_plan(sites=8, study={"plan": {"budget_gbp": 15_000, "min_share_by_district": 0.1}})


class Page(HTMLParser):
    """What a reader of the page gets: text, tables by caption, tags with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.tags, self.rows = [], [], []
        self.tables: dict[str, list[list[str]]] = {}
        self._cell: list[str] | None = None
        self._caption: list[str] | None = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "caption":
            self._caption = []
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._cell = []

    def handle_endtag(self, tag):
        if tag == "caption":
            self.rows = self.tables.setdefault("".join(self._caption or []), [])
            self._caption = None
        if tag in ("td", "th") and self._cell is not None:
            self.rows[-1].append("".join(self._cell).strip())
            self._cell = None

    def handle_data(self, data):
        self.text.append(data)
        for heap in (self._cell, self._caption):
            if heap is not None:
                heap.append(data)


def part(plan: Plan, wanted: str) -> report.Section:
    return next(p for p in report.sections(plan) if p.id == wanted)


def test_the_report_writes_one_page_that_asks_for_nothing(plan, tmp_path):
    report.report(plan, tmp_path)
    html = (tmp_path / "report.html").read_text("utf-8")
    page = Page(html)
    names = [tag for tag, _ in page.tags]
    assert "script" not in names
    assert "link" not in names
    for _, attrs in page.tags:
        for key in ("src", "href"):
            assert attrs.get(key, "#").startswith(("#", "data:image/svg+xml;base64,"))
        assert not [key for key in attrs if key.startswith("on")]
    policy = next(a["content"] for t, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy


def test_the_page_can_be_read_without_seeing_it(plan):
    page = Page(report.render(plan))
    assert ("html", {"lang": "en-GB"}) in page.tags
    levels = [int(t[1]) for t, _ in page.tags if re.fullmatch(r"h[1-6]", t)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert all(attrs.get("alt") for tag, attrs in page.tags if tag == "img")
    ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    assert {attrs["href"][1:] for tag, attrs in page.tags if tag == "a"} <= ids
    assert all(attrs.get("scope") in ("row", "col") for tag, attrs in page.tags if tag == "th")


def test_the_same_plan_gives_the_same_page(plan):
    assert report.render(plan) == report.render(plan)


def test_the_chosen_sites_add_up_to_the_plan(plan):
    rows = part(plan, "plan").tables[1].rows
    named = plan.chosen["owner_tier"] < 3
    assert len(rows) == named.sum() + 1 + (not named.all())
    assert rows[-1][4] == whole(plan.chosen["trees"].sum())
    assert rows[-1][5] == whole(plan.chosen["cost_gbp"].sum())
    assert sum(int(row[4].split()[0].replace(",", "")) for row in rows[:-1]) == plan.chosen["trees"].sum()


def test_the_audit_adds_up_to_a_hundred(plan):
    table = part(plan, "audit").tables[0]
    assert table.rows[-1][2] == "100.0"
    assert table.rows[-1][1] == f"{plan.audit['area_ha'].sum():,.1f}"
    assert plan.audit["share_pct"].sum() == pytest.approx(100)
    assert [row[0] for row in table.rows[:-1]] == list(plan.audit["reason"])
    assert max(bar for bar in table.bars if bar is not None) == 1


def test_what_was_achieved_is_said_for_every_benefit(plan):
    rows = {row[0]: row[2] for row in part(plan, "plan").tables[0].rows}
    assert set(rows) == {facts.label for facts in BENEFITS.values()}
    for name, share in plan.choice.achieved.items():
        assert rows[BENEFITS[name].label] == out_of_100(share)
    assert "at least 10 % for district Eastborough" in " ".join(part(plan, "plan").said)


def test_bands_count_every_ranked_site(plan):
    bands, *sure = part(plan, "certainty").tables
    assert sum(int(row[2]) for row in bands.rows) == len(plan.ranked)
    listed = sure[0].rows if sure else []
    sure_sites = plan.sites[plan.sites["p_top_k"] > 0.9]
    assert len(listed) == (sure_sites["owner_tier"] < 3).sum() + (sure_sites["owner_tier"] >= 3).any()


def test_land_of_private_owners_is_counted_but_not_named(plan):
    private = with_sites(plan, owner_tier=3)
    table = part(private, "plan").tables[1]
    assert len(table.rows) == 2
    assert "on private land" in table.rows[0][1]
    assert table.rows[-1][4] == whole(plan.chosen["trees"].sum())
    html = report.render(private)
    assert not [name for name in plan.sites["name"] if name in html]


def test_missing_layers_sources_and_hash_are_told(plan):
    text = "".join(Page(report.render(plan)).text)
    for missing in plan.missing:
        assert missing.label in text
        assert missing.how_to_get in text
    for edition in plan.layers.editions:
        assert edition.title in text
        assert edition.sha256[:12] in text
        assert edition.attribution in text
    assert plan.config_hash in text


def test_a_figure_of_the_study_s_own_is_marked():
    plan = small_plan(
        study={"coefficients": {"street_tree_spacing_m": {"low": 7, "central": 9, "high": 11, "source": "our guide"}}}
    )
    own = replace(
        plan.figures["street_tree_spacing_m"], low=7.0, central=9.0, high=11.0, source="our guide", overridden=True
    )
    plan = replace(plan, figures={**plan.figures, "street_tree_spacing_m": own})
    row = next(r for r in part(plan, "figures").tables[0].rows if r[0] == own.plain)
    assert row[1:] == ("7 – 9 – 11 (in place of 8 – 10 – 12)", "m", "this study's own", "our guide (2026-11)")
    assert own.plain in part(plan, "figures").said[1]
    assert "lookup tables v2.0" in part(plan, "figures").said[2]


def test_without_land_the_report_says_so_and_ranks_neighbourhoods():
    plan = small_plan(sites=0)
    html = report.render(plan)
    assert "No planting site can be named yet" in html
    ids = [p.id for p in report.sections(plan)]
    need = ["need", "indicators", "kinds", "tree_equity"]
    assert ids == ["findings", "counts", *need, "missing", "figures", "sources", "limits"]


def test_hostile_names_stay_names(plan):
    evil = with_sites(plan, name="<script>alert(1)</script>", p_top_k=0.95)
    html = report.render(evil)
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_the_report_says_what_counts_as_deprivation(demo_plan: Plan, demo_folder: Path) -> None:
    page = (demo_folder / "report.html").read_text("utf-8")
    assert "What counts as deprivation" in page
    counted = demo_plan.record()["needs"]
    assert counted["benefits"]["health"] == ["bad_health_ratio", "mental_health"]
    assert counted["benefits"]["heat"] == ["young_and_old_pct", "heat_degc"]
    assert [row["domain"] for row in counted["domains"] if row["overlaps"]] == ["health", "environment"]
    assert "rates by age are the study&#39;s own: 1.0 % at 0 to 15" in page


def test_the_report_shows_indicators_with_their_intervals(demo_plan: Plan, demo_folder: Path) -> None:
    first = demo_plan.neighbourhoods.sort_values("need_rank").iloc[0]
    value, low, high = (first[f"bad_health_ratio{end}"] for end in ("", "_low", "_high"))
    told = f'{value:.0f} <span class="range">({low:.0f}{TIED}–{TIED}{high:.0f})</span>'
    assert told in (demo_folder / "report.html").read_text("utf-8")
