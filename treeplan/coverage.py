"""How far each layer reaches: where a map ends inside the study, nothing there is no proof that nothing is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from treeplan import geo, rasters
from treeplan.errors import DataError
from treeplan.sources import opening
from treeplan.study import Study

WALL_TO_WALL = ("farmland_class",)
"""Layers that cover the ground without a gap, so that they reach as far as their areas do."""

NOT_OF_LAND = ("image",)
"""Layers by which nothing is taken from the land: where a picture ends is told with the canopy that is read from it."""

LEAST_SHARE = 0.001
"""A part of the study smaller than this is a matter of how borders are drawn, and is not told."""


def reaches(
    filled: Mapping[str, list[tuple[str, Any]]], study: Study, area: shapely.Geometry
) -> dict[str, shapely.Geometry]:
    """How far the layers reach that say so, EPSG:27700; of the others nothing is known, and they are taken as whole.

    A raster reaches as far as its tiles, an OpenStreetMap extract to its own, a layer without gaps as far as its areas, and any
    source as far as the study file says (`covers`). A layer of several sources reaches as far as all of them together; where
    one of them does not say, the layer is taken as whole.

    Parameters
    ----------
    filled : mapping
        Layer to the sources that fill it and their tables, not yet clipped.
    study : Study
        Its `sources`.
    area : Polygon or MultiPolygon
        The study area, EPSG:27700.
    """
    found = {}
    for layer, tables in filled.items():
        if layer in NOT_OF_LAND:
            continue
        parts = [_reach(layer, name, table, study, area) for name, table in tables]
        if all(part is not None for part in parts):
            found[layer] = shapely.union_all(parts)
    return found


def _said_in_the_study(study: Study, name: str, area: shapely.Geometry) -> shapely.Geometry | None:
    """How far the study file says that a source reaches."""
    said = study.sources[name].covers if name in study.sources else None
    if said is None:
        return None
    reach = shapely.union_all(opening.open_map(study.find(said), shape="areas").geometry.to_numpy())
    if not reach.intersects(area):
        raise DataError(
            f"[sources.{name}] covers = {said!r} lies somewhere else than the study area",
            "name the area that the file is complete for, or leave covers out.",
        )
    return reach


def _reach(layer: str, name: str, table: Any, study: Study, area: shapely.Geometry) -> shapely.Geometry | None:
    said = _said_in_the_study(study, name, area)
    if said is not None:
        return said
    if isinstance(table, rasters.Raster):
        return table.reach
    if layer in WALL_TO_WALL:
        shapes = table.geometry.to_numpy()
        return shapely.union_all(shapes[shapely.intersects(shapes, area)])
    return getattr(table, "attrs", {}).get("covers")


def blind_parts(
    area: shapely.Geometry, covers: Mapping[str, shapely.Geometry], zones: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Where layers do not reach, the layers that end at one place together.

    Parameters
    ----------
    area : Polygon or MultiPolygon
        The study area.
    covers : mapping
        From `reaches`.
    zones : GeoDataFrame
        Neighbourhoods of the study, with `district_name` and `name`.

    Returns
    -------
    DataFrame
        `layers` (tuple), `area_ha`, `share_pct` (of the study), `where` (districts with the part of each that is blind).
    """
    ends: dict[str, tuple[shapely.Geometry, list[str]]] = {}
    for layer, reach in covers.items():
        gap = geo.areal_part(shapely.difference(area, reach))
        if gap.area >= LEAST_SHARE * area.area:
            ends.setdefault(shapely.to_wkt(gap, rounding_precision=0), (gap, []))[1].append(layer)
    rows = [
        {
            "layers": tuple(sorted(layers)),
            "area_ha": gap.area / 1e4,
            "share_pct": 100 * gap.area / area.area,
            "where": _where(gap, zones),
        }
        for gap, layers in ends.values()
    ]
    table = pd.DataFrame(rows, columns=["layers", "area_ha", "share_pct", "where"])
    return table.sort_values("area_ha", ascending=False, ignore_index=True)


def _where(gap: shapely.Geometry, zones: gpd.GeoDataFrame) -> str:
    """Districts (else neighbourhoods) with the part of each that lies in a gap, the largest part first."""
    named = zones["district_name"].where(zones["district_name"].notna(), zones["name"])
    shapes = zones.geometry.to_numpy()
    table = pd.DataFrame(
        {"name": named, "whole": shapely.area(shapes), "blind": shapely.area(shapely.intersection(shapes, gap))}
    )
    sums = table.groupby("name")[["whole", "blind"]].sum()
    share = (100 * sums["blind"] / sums["whole"]).round()
    share = share[share >= 1].sort_values(ascending=False, kind="stable")
    return ", ".join(f"{name} ({part:.0f} %)" for name, part in share.items())


def beyond(shapes: geo.Shapes, covers: Mapping[str, shapely.Geometry], layers: set[str]) -> np.ndarray:
    """Whether each shape lies, wholly or in part, where one of these layers does not reach."""
    out = np.zeros(len(shapes), dtype=bool)
    for reach in {shapely.to_wkb(covers[layer]): covers[layer] for layer in sorted(layers & set(covers))}.values():
        shapely.prepare(reach)
        out |= ~shapely.covers(reach, shapes)
    return out


BORDER_STEP_M = 50.0
"""Steps in which it is found how far a map goes beyond the border, metres."""


def beyond_border_m(shapes: geo.Shapes, area: shapely.Geometry, most_m: float) -> float:
    """How far beyond the study's border a map has anything, in steps of 50 m: a file that was cut at the border shows it so.

    Parameters
    ----------
    shapes : array of geometry
        The map, EPSG:27700.
    area : Polygon or MultiPolygon
        The study area.
    most_m : float
        How far to look, metres.
    """
    shapely.prepare(area)
    left, metres = shapes[shapely.disjoint(area, shapes)], 0.0
    while metres < most_m:
        left = left[~shapely.dwithin(area, left, metres + BORDER_STEP_M)]
        if not len(left):
            return metres
        metres += BORDER_STEP_M
    return most_m
