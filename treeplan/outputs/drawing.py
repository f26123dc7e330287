"""Maps for print, drawn from the study's own layers as SVG: the same plan gives the same bytes."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.patches import Circle, PathPatch

from treeplan import geo
from treeplan.outputs.labels import (
    frame_marks,
    point_names,
    scale_and_north,
    spread_out,
    street_names,
    ward_names,
    write,
)
from treeplan.outputs.sheet import INK, Sheet, lay, open_sheet, outline, to_svg
from treeplan.plan import Plan

SITE, WOOD, WATER, OPEN = "#12436d", "#d5e3c8", "#cfe1ee", "#eef2e6"
OTHER_SITE, BUILDING = "#9db8d2", "#d9d6d0"
NEED_TINTS = ("#f3f1ec", "#dfe6df", "#b9d3cb", "#82b5ab", "#43897f")
"""Five classes of need, least first: one hue, darker is more."""

_ROAD_RANK = {"motorway": 0, "trunk": 0, "primary": 0, "secondary": 1, "tertiary": 1}


def place_map(plan: Plan, place: shapely.Geometry, sites: gpd.GeoDataFrame, width_mm: float, height_mm: float) -> str:
    """The place with its sites: the first ones numbered from 1 in the order given (column `number`, NaN is unnumbered)."""
    bounds = shapely.total_bounds(np.array([place, *sites.geometry], dtype=object))
    sheet = open_sheet(tuple(bounds), width_mm, height_mm, 0.06)
    _ground(plan, sheet)
    _roads(plan, sheet)
    _mask_outside(sheet, place)
    _sites(sheet, sites)
    frame_marks(sheet)
    street_names(plan, sheet)
    point_names(plan, sheet)
    return to_svg(sheet)


def setting_map(
    plan: Plan, place: shapely.Geometry, sites: gpd.GeoDataFrame, width_mm: float, height_mm: float, air: float = 0.35
) -> str:
    """Where the place lies: neighbourhoods around it in five classes of need, wards named, sites as dots."""
    sheet = open_sheet(shapely.bounds(place), width_mm, height_mm, air)
    zones = sheet.near(plan.neighbourhoods)
    classes = need_classes(plan).reindex(zones.index)
    for step, tint in enumerate(NEED_TINTS):
        lay(sheet, zones.geometry[classes == step].to_numpy(), 1, fill=tint, edge="white", width=0.5)
    lay(sheet, zones.geometry[classes.isna()].to_numpy(), 1, fill="#ffffff", edge="#9aa3ab", width=0.3, hatch="////")
    for layer, tint in (("water", WATER), ("watercourses", "none")):
        lay(sheet, plan.layers.shapes(layer), 2, fill=tint, edge="#8fb6d3", width=0.5)
    lay(sheet, np.array([place], dtype=object), 4, edge="white", width=3.4)
    lay(sheet, np.array([place], dtype=object), 5, edge=INK, width=1.7)
    if len(sites):
        points = geo.inside_points(sites.geometry.to_numpy())
        sheet.axes.plot(
            shapely.get_x(points),
            shapely.get_y(points),
            "o",
            color=SITE,
            markersize=3.6,
            markeredgecolor="white",
            markeredgewidth=0.5,
            zorder=6,
        )
    scale_and_north(sheet)
    ward_names(plan, sheet)
    return to_svg(sheet)


def need_classes(plan: Plan) -> pd.Series:
    """Each neighbourhood's class of need, 0 (least) to 4: a fifth of the study's neighbourhoods each; NaN where unknown."""
    order = plan.neighbourhoods["need_rank"]
    known = order.notna().sum()
    return np.floor((known - order) * 5 / known).clip(0, 4) if known else order


# ---------------------------------------------------------------- layers


def _ground(plan: Plan, sheet: Sheet) -> None:
    layers = plan.layers
    lay(sheet, layers.shapes("open_land"), 1, fill=OPEN)
    lay(sheet, layers.shapes("woodland"), 2, fill=WOOD)
    lay(sheet, layers.shapes("water"), 3, fill=WATER, edge="#a9c8dd", width=0.3)
    lay(sheet, layers.shapes("watercourses"), 3, edge="#a9c8dd", width=1.0)
    if sheet.m_per_mm < 25:
        lay(sheet, layers.shapes("buildings"), 3.5, fill=BUILDING)
    lay(sheet, layers.shapes("railways"), 4, edge="#9a9a9a", width=0.9)
    lay(sheet, layers.shapes("railways"), 4.1, edge="white", width=0.45, dash=(0, (4, 4)))  # type: ignore[arg-type]
    lay(sheet, sheet.near(layers["neighbourhoods"]).geometry.to_numpy(), 4.2, edge="#b9bec3", width=0.35, dash=":")


def _roads(plan: Plan, sheet: Sheet) -> None:
    if "roads" not in plan.layers:
        return
    roads = sheet.near(plan.layers["roads"])
    kind = roads["highway"] if "highway" in roads else pd.Series("", index=roads.index)
    rank = kind.map(lambda k: _ROAD_RANK.get(str(k).removesuffix("_link"), 2)).to_numpy()
    for step, width in ((2, 0.9), (1, 1.5), (0, 2.1)):
        shapes = roads.geometry.to_numpy()[rank == step]
        lay(sheet, shapes, 4.4, edge="#c4c4c4", width=width + 0.6)
        lay(sheet, shapes, 4.5, edge="white", width=width)


def _mask_outside(sheet: Sheet, place: shapely.Geometry) -> None:
    """Fade what lies outside the place, and draw its border."""
    west, south, east, north = sheet.frame
    rest = shapely.difference(shapely.box(west, south, east, north), place)
    path = outline([rest])
    if path is not None:
        sheet.axes.add_artist(PathPatch(path, facecolor="white", edgecolor="none", alpha=0.55, zorder=5))
    lay(sheet, np.array([place], dtype=object), 5.1, edge="white", width=2.6)
    lay(sheet, np.array([place], dtype=object), 5.2, edge=INK, width=1.2, dash=(0, (5, 2)))  # type: ignore[arg-type]


def _sites(sheet: Sheet, sites: gpd.GeoDataFrame) -> None:
    """Sites as solid marks; numbers in discs that keep off one another, with a line to the site when moved."""
    if sites.empty:
        return
    numbered = sites[sites["number"].notna()]
    lay(sheet, sites.geometry[sites["number"].isna()].to_numpy(), 6, fill=OTHER_SITE, edge=SITE, width=0.5)
    lay(sheet, numbered.geometry.to_numpy(), 6.1, fill=SITE, edge=SITE, width=0.9)
    radius = 2.5 * sheet.m_per_mm
    anchors = shapely.get_coordinates(geo.inside_points(numbered.geometry.to_numpy()))
    for number, anchor, spot in zip(numbered["number"], anchors, spread_out(anchors, radius, sheet.frame), strict=True):
        x, y = spot
        if math.hypot(*(spot - anchor)) > radius:
            sheet.axes.plot([anchor[0], x], [anchor[1], y], color=SITE, linewidth=0.7, zorder=7)
        sheet.axes.add_artist(Circle((x, y), radius, facecolor=SITE, edgecolor="white", linewidth=0.9, zorder=8))
        write(sheet, x, y, f"{int(number)}", 7, "white", bold=True, order=9, halo=False)
        sheet.taken.append((x - radius, y - radius, x + radius, y + radius))
