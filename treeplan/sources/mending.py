"""Mends the shapes of a map: flat, valid, of the kind that its layer needs. What cannot be mended is counted aloud."""

from __future__ import annotations

import logging
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from treeplan import geo
from treeplan.errors import DataError
from treeplan.sources.spoilt import BROKEN

log = logging.getLogger(__name__)

_DIMENSIONS = {"points": 0, "lines": 1, "areas": 2}
_AREAS, _MIXTURE = (3, 6), 7  # GEOS numbers of polygons and multipolygons, and of collections


def shaped(table: gpd.GeoDataFrame, path: Path) -> gpd.GeoDataFrame:
    """The features that have a shape; those without are counted aloud."""
    shaped = table[~(table.geometry.isna() | table.geometry.is_empty)]
    if shaped.empty:
        raise DataError(f"{path.name} holds only features without a shape", BROKEN)
    if len(shaped) < len(table):
        log.warning(
            "%s: %d of %d features have no shape and are left out.", path.name, len(table) - len(shaped), len(table)
        )
    return shaped


def mend(table: gpd.GeoDataFrame, path: Path, shape: str = "any", strict: bool = False) -> gpd.GeoDataFrame:
    """Flat, valid geometry; areas keep only their areal parts. Each kind of mending is told in one line.

    Parameters
    ----------
    table : GeoDataFrame
        Features that all have a shape.
    path : Path
        The file, for the messages.
    shape : {"areas", "lines", "points", "any"}
        What the layer needs; features of another kind are left out.
    strict : bool, optional
        True where one of another kind is too many: a neighbourhood that is left out is people left out.

    Raises
    ------
    DataError
        Nothing of use is left.
    """
    shapes = table.geometry.to_numpy()
    heights = int(shapely.has_z(shapes).sum())
    if heights:
        log.info("%s: %d shapes carry heights, which are not used.", path.name, heights)
    shapes = shapely.force_2d(shapes)
    areal = np.isin(shapely.get_type_id(shapes), _AREAS)
    shapes, crossed = _uncrossed(shapes, areal)
    flat = areal & shapely.is_empty(shapes)
    if flat.all():
        raise DataError(f"{path.name} holds only shapes that enclose no area", BROKEN)
    if crossed - flat.sum():
        log.warning(
            "%s: %d shapes crossed themselves and were mended; areas may differ a little.",
            path.name,
            crossed - int(flat.sum()),
        )
    if flat.any():
        log.warning("%s: %d of %d shapes enclose no area and are left out.", path.name, int(flat.sum()), len(table))
    shapes = _unmixed(shapes, path)
    table = table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=table.crs))[~flat]
    return shaped(of_shape(table, shape, path, strict), path)


def _uncrossed(shapes: geo.Shapes, areal: npt.NDArray[np.bool_]) -> tuple[geo.Shapes, int]:
    """Valid shapes, and how many were not; what is no number, and areas without any area, become empty."""
    broken = np.flatnonzero(~shapely.is_valid(shapes))
    for i in broken:
        if not np.isfinite(shapely.get_coordinates(shapes[i])).all():
            shapes[i] = shapely.Polygon()
            continue
        shapes[i] = shapely.make_valid(shapes[i])
        if areal[i]:
            shapes[i] = geo.areal_part(shapes[i])
    return shapes, len(broken)


def _unmixed(shapes: geo.Shapes, path: Path) -> geo.Shapes:
    """Mixtures of areas, lines and points in one shape are cut down to the areas, else the lines, else the points."""
    mixed = np.flatnonzero((shapely.get_type_id(shapes) == _MIXTURE) & ~shapely.is_empty(shapes))
    for i in mixed:
        parts = _flattened(shapes[i])
        rank = shapely.get_dimensions(parts)
        shapes[i] = shapely.union_all(parts[rank == rank.max()])
    if len(mixed):
        log.warning(
            "%s: %d shapes mix areas, lines or points; only their areas (without any, their lines) are kept.",
            path.name,
            len(mixed),
        )
    return shapes


def _flattened(shape: shapely.Geometry) -> geo.Shapes:
    """The parts of a mixture, however deep they lie."""
    parts = shapely.get_parts(shape)
    while (shapely.get_type_id(parts) == _MIXTURE).any():
        parts = shapely.get_parts(parts)
    return parts


def of_shape(table: gpd.GeoDataFrame, shape: str, path: Path, strict: bool = False) -> gpd.GeoDataFrame:
    """The features of the kind of shape that is wanted; a few others among them are counted aloud.

    Raises
    ------
    DataError
        The file holds another kind of shape, or (`strict`) one feature is of another kind.
    """
    if shape == "any":
        return table
    kinds = shapely.get_dimensions(table.geometry.to_numpy())
    wrong = (kinds != _DIMENSIONS[shape]) & ~shapely.is_empty(table.geometry.to_numpy())
    if not wrong.any():
        return table
    found = " and ".join(name for name, number in _DIMENSIONS.items() if (kinds[wrong] == number).any())
    if strict or wrong.all():
        raise DataError(
            f"{path.name} must hold {shape}; {int(wrong.sum()):,} of its {len(table):,} features are {found}",
            f"use the publisher's map of {shape}; it may be another layer of the same file (inside = …).",
        )
    log.warning(
        "%s: %d of %d features are %s where %s are wanted, and are left out.",
        path.name,
        int(wrong.sum()),
        len(table),
        found,
        shape,
    )
    return table[~wrong]
