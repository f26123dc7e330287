"""The web map as a reader meets it: with a mouse, a keyboard, a phone, and names that try to be markup."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Open
from tests.outputs.plans import small_plan, with_sites
from treeplan.needs import NEEDS
from treeplan.outputs import words
from treeplan.outputs.map_data import best_first
from treeplan.outputs.maps import map_page
from treeplan.plan import Plan

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)> \"'&🌳</script>{{7*7}}"


@pytest.fixture
def show(open_page: Open, tmp_path: Path) -> Open:
    """Writes the map of a plan and opens it."""

    def writing(plan: Plan, width: int = 1280, height: int = 800, **settings: Any) -> Any:
        map_page(plan, tmp_path)
        return open_page(tmp_path / "map.html", width, height, **settings)

    return writing


def names(page: Any) -> list[str]:
    return page.locator("#list .name").all_text_contents()


def test_the_page_opens_and_lists_sites_by_rank(show: Open) -> None:
    plan = small_plan(20, 5)
    page = show(plan)
    assert names(page) == best_first(plan)["name"].tolist()
    ranks = [int(text) for text in page.locator("#list .rank").all_text_contents()]
    assert ranks == sorted(ranks)
    assert page.title() == words.say("map.page_title", place="Smallton")


def test_first_fifty_then_all(show: Open) -> None:
    plan = small_plan(100, 8)
    page = show(plan)
    assert len(names(page)) == 50
    page.locator("#more").click()
    assert len(names(page)) == len(best_first(plan))


def test_a_site_is_chosen_with_the_keyboard_and_left_again(show: Open) -> None:
    plan = small_plan()
    page = show(plan)
    second = page.locator("#list button").nth(1)
    second.focus()
    page.keyboard.press("Enter")
    site = best_first(plan).iloc[1]
    assert page.locator("#card h2").text_content() == site["name"]
    assert page.evaluate("document.activeElement.id") == "card-name"
    card = page.locator("#card").text_content()
    for line in (*words.paragraph(plan, site), site["site_id"], site["grid_reference"], site["neighbourhood_name"]):
        assert line in card
    page.keyboard.press("Escape")
    assert page.locator("#card").is_hidden()
    assert page.evaluate("document.activeElement.className") == "item"


def test_a_mark_on_the_map_opens_the_same_card(show: Open) -> None:
    plan = small_plan(1, 1)
    page = show(plan)
    page.locator(".leaflet-sites-pane path").last.click(force=True)
    assert page.locator("#card h2").text_content() == plan.sites["name"].iloc[0]


def test_filters_act_on_list_and_map(show: Open) -> None:
    plan = small_plan(20, 4)
    page = show(plan)
    before = page.locator(".leaflet-sites-pane path").count()
    page.locator("#district").select_option("Eastborough")
    public = best_first(plan)
    assert names(page) == public.loc[public["district_name"] == "Eastborough", "name"].tolist()
    assert page.locator(".leaflet-sites-pane path").count() < before
    page.locator("#district").select_option("")
    page.get_by_role("switch").check()
    assert names(page) == public.loc[public["chosen"], "name"].tolist()
    page.get_by_role("switch").uncheck()
    page.locator("#search").fill("no such place")
    assert names(page) == []
    assert page.locator("#listed").text_content() == words.say("map.none_listed")


def test_the_choropleth_selector_changes_legend_and_map(show: Open) -> None:
    page = show(small_plan())
    legend, fills = (
        page.locator("#legend"),
        "[...document.querySelectorAll('.leaflet-zones-pane path')].map(p => p.getAttribute('fill'))",
    )
    first, colours = legend.text_content(), page.evaluate(fills)
    page.locator("#measure").select_option(label="Tree canopy")
    assert legend.text_content() != first
    assert words.say("map.darker_high") in legend.text_content()
    assert len(set(colours)) == 4
    page.locator("#measure").select_option(label=words.say("map.nothing"))
    assert legend.text_content() == ""


def test_neighbourhoods_without_data_are_hatched(show: Open) -> None:
    plan = small_plan()
    zones = plan.neighbourhoods.assign(canopy_pct=[10.0, float("nan"), 20.0, 30.0])
    page = show(replace(plan, neighbourhoods=zones))
    page.locator("#measure").select_option(label="Tree canopy")
    assert page.locator(".leaflet-zones-pane path[fill='url(#hatch)']").count() == 1
    assert words.say("map.no_data") in page.locator("#legend").text_content()


def test_tables_sort_by_their_headings(show: Open) -> None:
    plan = small_plan()
    page = show(plan)
    page.locator("#sites-table summary").click()
    heading = page.locator("#sites-table thead th", has_text=words.say("map.col_trees"))
    trees = sorted(best_first(plan)["trees"].tolist())
    for order, expected in (("ascending", trees), ("descending", trees[::-1])):
        heading.locator("button").press("Enter")
        assert heading.get_attribute("aria-sort") == order
        assert [int(t) for t in page.locator("#sites-table tbody td:nth-child(5)").all_text_contents()] == expected


def test_a_hostile_name_shows_as_text(show: Open) -> None:
    plan = with_sites(small_plan(), name=HOSTILE, ward_name=HOSTILE, district_name=HOSTILE, neighbourhood_name=HOSTILE)
    zones = plan.neighbourhoods.assign(name=HOSTILE)
    places = plan.layers["place_names"].assign(name=HOSTILE)
    layers = replace(plan.layers, tables={**plan.layers.tables, "place_names": places})
    page = show(replace(plan, neighbourhoods=zones, layers=layers))
    assert set(names(page)) == {HOSTILE}
    page.locator("#list button").first.click()
    assert page.locator("#card h2").text_content() == HOSTILE
    assert page.locator(".place").first.text_content() == HOSTILE
    page.locator(".leaflet-zones-pane path").first.hover(force=True)
    assert page.locator("img").count() == 0


@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 256)])
def test_narrow_screens_do_not_scroll_sideways(show: Open, width: int, height: int) -> None:
    page = show(with_sites(small_plan(), name="Llan" * 125), width, height)
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.locator("#list button").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_without_sites_neighbourhoods_are_listed_by_need(show: Open) -> None:
    plan = small_plan(0)
    page = show(plan)
    assert names(page) == plan.neighbourhoods.sort_values("need_rank")["name"].tolist()
    assert words.say("no_land.headline") in page.locator(".notice").text_content()
    page.locator("#list button").first.press("Enter")
    assert page.locator("#card h2").text_content() == "Smallton 001A"
    assert page.locator("#card .why li").count() == 1 + len(NEEDS)  # need, and each indicator


def test_the_skip_link_comes_first_and_leads_to_the_list(show: Open) -> None:
    page = show(small_plan())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == words.say("map.skip_list")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "results"


def test_every_control_has_a_name(show: Open) -> None:
    page = show(small_plan())
    unnamed = page.evaluate(
        """[...document.querySelectorAll('button, select, input, a, summary')].filter((control) =>
            !control.textContent.trim() && !control.getAttribute('aria-label') && !(control.labels && control.labels.length)
        ).map((control) => control.outerHTML)"""
    )
    assert unnamed == []


def test_reduced_motion_is_honoured(show: Open) -> None:
    page = show(small_plan(), reduced_motion="reduce")
    page.locator("#list button").first.click()
    assert page.locator(".leaflet-zoom-anim .leaflet-zoom-animated").count() == 0 or not page.evaluate(
        "document.querySelector('.leaflet-zoom-anim')"
    )


def test_without_script_the_tables_still_stand(show: Open, chromium: Any) -> None:
    page = show(small_plan(), java_script_enabled=False)
    assert page.locator("noscript").count() == 1
    assert page.locator("#sites-table tbody tr").count() == len(best_first(small_plan()))
