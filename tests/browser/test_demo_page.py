"""The demo's own page: opens without internet, and is the picture at the head of the README."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.browser.conftest import Open
from tests.conftest import ROOT
from treeplan.plan import Plan

pytestmark = pytest.mark.browser


def test_the_demo_s_page_opens_offline_and_has_its_picture_taken(
    open_page: Open, demo_plan: Plan, demo_folder: Path
) -> None:
    page = open_page(demo_folder / "map.html", 1280, 800)
    page.wait_for_selector("#list .name")
    public = demo_plan.public
    assert page.locator("#list .name").first.text_content() == public.sort_values("rank")["name"].iloc[0]
    assert "invented" in page.locator("body").inner_text()
    picture = ROOT / "build" / "readme-map.png"
    picture.parent.mkdir(exist_ok=True)
    page.screenshot(path=picture)
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_the_demo_s_report_opens_offline(open_page: Open, demo_folder: Path) -> None:
    page = open_page(demo_folder / "report.html", 1000, 800)
    assert page.locator("h1").count() == 1
    assert page.locator("table").count() > 5


def test_a_street_is_drawn_by_its_trees(open_page: Open, demo_plan: Plan, demo_folder: Path) -> None:
    from playwright.sync_api import expect

    street = demo_plan.public[demo_plan.public["land_use"] == "footway"].sort_values("rank").iloc[0]
    page = open_page(demo_folder / "map.html", 1280, 800)
    page.wait_for_selector("#list .name")
    page.get_by_label("Find by name or place").fill(street["name"])
    page.locator("#list .name", has_text=street["name"]).first.click()
    page.wait_for_selector("#card h2")
    assert page.locator("#card h2").inner_text() == street["name"]
    expect(page.locator(".leaflet-control-scale-line")).to_have_text(
        re.compile(r"^[1-9]\d{0,2} m$")
    )  # it has zoomed in
    assert page.locator(".leaflet-sites-pane path").count() >= street["trees"]
