"""Maps for print: the same bytes each time, and names that cannot break them."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pytest
import shapely

from tests.outputs.plans import small_plan
from treeplan.outputs import drawing, labels, sheet
from treeplan.plan import Plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    return small_plan(sites=8)


def numbered(plan: Plan, first: int = 4) -> gpd.GeoDataFrame:
    numbers = np.arange(1, len(plan.sites) + 1, dtype=float)
    return plan.sites.assign(number=np.where(numbers <= first, numbers, np.nan))


@pytest.mark.parametrize("draw", [drawing.place_map, drawing.setting_map])
def test_the_same_plan_gives_the_same_drawing(plan, draw):
    once, again = (draw(plan, plan.layers.area, numbered(plan), 180, 100) for _ in range(2))
    assert once == again
    assert "<dc:date>" not in once
    root = ElementTree.fromstring(once)
    assert root.get("width") == f"{180 / 25.4 * 72:g}pt"[:6] or root.get("width", "").startswith("510")


def test_a_sheet_holds_its_place_at_one_scale():
    opened = sheet.open_sheet((1000, 2000, 3000, 2500), 200, 100, 0.0)
    west, south, east, north = opened.frame
    assert (east - west) / 200 == pytest.approx((north - south) / 100) == pytest.approx(opened.m_per_mm)
    assert west <= 1000
    assert east >= 3000
    assert (south + north) / 2 == pytest.approx(2250)


def test_discs_that_crowd_are_moved_apart_and_stay_on_the_sheet():
    anchors = np.array([[50.0, 50.0]] * 5 + [[0.0, 0.0]])
    spots = labels.spread_out(anchors, 2.0, (0, 0, 100, 100))
    gaps = [math.dist(a, b) for i, a in enumerate(spots) for b in spots[i + 1 :]]
    assert min(gaps) > 3.5
    assert ((spots >= 0) & (spots <= 100)).all()


def test_labels_do_not_cover_one_another():
    opened = sheet.open_sheet((0, 0, 1000, 1000), 100, 100, 0)
    assert labels.label(opened, 500, 500, "Mill Lane", 8, "black")
    assert not labels.label(opened, 505, 502, "Mill Road", 8, "black")
    assert not labels.label(opened, 1, 1, "Off the edge of the sheet", 8, "black")


def test_holes_stay_holes():
    ring = shapely.Point(0, 0).buffer(10).difference(shapely.Point(0, 0).buffer(5))
    outline = sheet.outline([ring])
    assert outline is not None
    outside, inside = outline.to_polygons(closed_only=True)
    assert shapely.LinearRing(outside).is_ccw != shapely.LinearRing(inside).is_ccw


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Mill Lane", "Mill Lane"),
        ("#panic()", "#panic()"),
        ("a\tb\nc\x00d\u200b", "a b cd"),
        ("Oak 🌳 Park", "Oak □ Park"),
        ("Łódź Straße Ελλάδα", "Łódź Straße Ελλάδα"),
        ("\u202eevil", "evil"),
    ],
)
def test_only_signs_that_the_font_has_are_printed(given, shown):
    assert sheet.printable(given) == shown


def test_long_names_are_cut_at_a_word():
    assert sheet.shortened("The Old Recreation Ground", 15) == "The Old…"
    assert sheet.shortened("Park", 15) == "Park"
    assert len(sheet.shortened("x" * 99, 20)) == 20


def test_need_classes_are_fifths_with_the_greatest_need_last():
    plan = small_plan(sites=0, neighbourhoods=10)
    classes = drawing.need_classes(plan)
    assert classes.value_counts().to_dict() == {0: 2, 1: 2, 2: 2, 3: 2, 4: 2}
    assert classes[plan.neighbourhoods["need_rank"] == 1].iloc[0] == 4


def test_a_name_that_looks_like_mathematics_is_only_a_name(plan):
    named = plan.layers["place_names"].assign(name=r"$\frac{a}{$ & <b> 🌳")
    tables = {**plan.layers.tables, "place_names": named}
    layers = type(plan.layers)(plan.layers.area, tables, plan.layers.editions)
    svg = drawing.place_map(
        type(plan)(**{**plan.__dict__, "layers": layers}), plan.layers.area, numbered(plan), 180, 100
    )
    assert ElementTree.fromstring(svg) is not None
