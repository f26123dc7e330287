"""The demo's own page: opens without internet, and is the picture at the head of the README."""

from __future__ import annotations

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
