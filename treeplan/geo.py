"""British National Grid, rasters read window by window, and the arithmetic of areas. One unit is one metre."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import rasterio
import shapely
from pyproj import CRS
from rasterio.errors import RasterioIOError
from rasterio.windows import Window

from treeplan.errors import DataError

BNG = "EPSG:27700"
BRITAIN = (-100_000.0, -100_000.0, 800_000.0, 1_400_000.0)
"""West, south, east and north beyond which nothing in Britain lies, metres."""

Shapes = npt.NDArray[np.object_]

NO_SHAPES: Shapes = np.array([], dtype=object)


def is_bng(crs: Any) -> bool:
    """True when a coordinate reference system is British National Grid, whichever way it is written."""
    if crs is None:
        return False
    given = CRS.from_user_input(crs)
    return given.to_epsg() == 27700 or (given.is_projected and "British National Grid" in given.name)


def require_bng(table: gpd.GeoDataFrame, what: str) -> None:
    """Stop where a table is not in British National Grid: an area in degrees is no area.

    Raises
    ------
    DataError
        The table has no coordinate reference system or another one.
    """
    if not is_bng(table.crs):
        said = "no coordinate reference system" if table.crs is None else table.crs.to_string()
        raise DataError(
            f"{what} must be in British National Grid (EPSG:27700); it has {said}", "convert it: table.to_crs(27700)."
        )


# ---------------------------------------------------------------- areas


def areal_part(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a shape; lines and points that cutting leaves behind are dropped."""
    kind = shapely.get_type_id(shape)
    if kind in (3, 6):
        return shape
    parts = [p for p in shapely.get_parts(shape) if shapely.get_type_id(p) in (3, 6)]
    return shapely.union_all(parts) if parts else shapely.Polygon()


def subtract(shapes: Shapes, takers: Shapes) -> Shapes:
    """Each shape less every taker that meets it.

    Takers are found with a tree, cut to the box of the shape they meet and taken away together, so that the cost follows
    the overlaps and not the number of shapes times takers.
    """
    left = shapes.copy()
    if not len(shapes) or not len(takers):
        return left
    which, taker = shapely.STRtree(takers).query(shapes, predicate="intersects")
    if not len(which):
        return left
    order = np.argsort(which, kind="stable")
    which, taker = which[order], taker[order]
    starts = np.flatnonzero(np.r_[True, which[1:] != which[:-1]])
    for start, stop in zip(starts, [*starts[1:], len(which)], strict=True):
        i = which[start]
        near = takers[taker[start:stop]]
        box = shapely.bounds(shapes[i])
        if len(near) > 8:
            near = shapely.clip_by_rect(near, *box)
            near = np.where(shapely.is_valid(near), near, shapely.make_valid(near))
        left[i] = areal_part(shapely.difference(shapes[i], shapely.union_all(near)))
    return left


def without_overlaps(shapes: Shapes) -> Shapes:
    """Shapes of which each has lost what an earlier one already covers: every square metre once."""
    if len(shapes) < 2:
        return shapes.copy()
    tree = shapely.STRtree(shapes)
    later, earlier = tree.query(shapes, predicate="intersects")
    keep = earlier < later
    later, earlier = later[keep], earlier[keep]
    left = shapes.copy()
    for i in np.unique(later):
        covers = shapes[earlier[later == i]]
        left[i] = areal_part(shapely.difference(shapes[i], shapely.union_all(covers)))
    return left


def compactness(shapes: Shapes) -> npt.NDArray[np.float64]:
    """4πA/P²: 1 for a circle, near 0 for a sliver."""
    perimeter = shapely.length(shapes)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(perimeter > 0, 4 * math.pi * shapely.area(shapes) / perimeter**2, 0.0)


def wide_part(shapes: Shapes, width_m: float) -> Shapes:
    """The part of each shape that is at least `width_m` wide (opened by half the width, mitred so that corners stay).

    A centimetre is forgiven, so that a strip of exactly that width counts.
    """
    half = (width_m - 0.01) / 2
    inner = shapely.buffer(shapes, -half, join_style="mitre")
    opened = shapely.buffer(inner, half, join_style="mitre")
    crossed = ~shapely.is_valid(opened)  # long mitres can cross where a shape has many holes
    opened[crossed] = shapely.make_valid(opened[crossed])
    return shapely.intersection(opened, shapes)


def inside_points(shapes: Shapes) -> Shapes:
    """A point inside each shape."""
    return shapely.point_on_surface(shapes)


def grid_reference(easting: float, northing: float, digits: int = 4) -> str:
    """National Grid reference: two letters, then `digits` figures each of easting and northing (4 = 10 m).

    Raises
    ------
    DataError
        The point lies off the National Grid.
    """
    e, n = math.floor(easting), math.floor(northing)
    if not (0 <= e < 700_000 and 0 <= n < 1_300_000):
        raise DataError(
            f"easting {easting:.0f}, northing {northing:.0f} lies off the National Grid", "check the coordinates."
        )
    e100, n100 = e // 100_000, n // 100_000
    first = (19 - n100) - (19 - n100) % 5 + (e100 + 10) // 5
    second = (19 - n100) * 5 % 25 + e100 % 5
    letters = "".join(chr(ord("A") + (i + 1 if i > 7 else i)) for i in (first, second))  # the grid has no letter I
    step = 10 ** (5 - digits)
    return f"{letters}{e % 100_000 // step:0{digits}d}{n % 100_000 // step:0{digits}d}"


def share_within(zones: gpd.GeoDataFrame, cover: Shapes) -> npt.NDArray[np.float64]:
    """Share (0–1) of each zone's area under the union of `cover`; overlapping covers count once."""
    require_bng(zones, "zones")
    shapes = zones.geometry.to_numpy()
    area = shapely.area(shapes)
    return np.clip((area - shapely.area(subtract(shapes, cover))) / area, 0, 1)


# ---------------------------------------------------------------- rasters


@dataclass(frozen=True)
class Raster:
    """A handle on one band of a raster file: what and where it is, without its cells.

    Attributes
    ----------
    path : Path
        The file.
    bounds : tuple of float
        West, south, east, north, metres.
    cell_m : float
        Side of a cell, metres.
    nodata : float
        The value that means "not surveyed"; NaN cells always do.
    """

    path: Path
    bounds: tuple[float, float, float, float]
    cell_m: float
    nodata: float

    def read(
        self, west: float, south: float, east: float, north: float
    ) -> tuple[np.ma.MaskedArray[Any, Any], rasterio.Affine]:
        """The cells that meet a box, as a masked array (masked = not surveyed), with their transform."""
        with rasterio.open(self.path) as file:
            window = rasterio.windows.from_bounds(west, south, east, north, file.transform)
            window = Window.from_slices(
                (math.floor(window.row_off), math.ceil(window.row_off + window.height)),
                (math.floor(window.col_off), math.ceil(window.col_off + window.width)),
                boundless=True,
            )
            cells = file.read(1, window=window, boundless=True, masked=False, fill_value=self.nodata)
            hidden = np.isnan(cells) if np.issubdtype(cells.dtype, np.floating) else np.zeros(cells.shape, dtype=bool)
            if not math.isnan(self.nodata):
                hidden |= cells == self.nodata
            return np.ma.MaskedArray(cells, hidden), file.window_transform(window)


def open_raster(path: Path, nodata: float | None = None) -> Raster:
    """A handle on the first band of a raster in British National Grid.

    Parameters
    ----------
    path : Path
        A GeoTIFF, square cells, not rotated.
    nodata : float, optional
        The value that means "not surveyed", where the file does not declare one.

    Raises
    ------
    DataError
        Unreadable, in degrees or another grid, rotated, or silent about which value means "not surveyed".
    """
    try:
        with rasterio.open(path) as file:
            crs, transform, declared, bounds = file.crs, file.transform, file.nodata, tuple(file.bounds)
            floating = np.issubdtype(np.dtype(file.dtypes[0]), np.floating)
    except RasterioIOError as err:
        raise DataError(
            f"{path.name} is not a readable raster ({str(err).splitlines()[0][:160]})", "download it again."
        ) from err
    if not is_bng(crs.to_wkt() if crs else None):
        said = crs.to_string() if crs else "no coordinate reference system"
        raise DataError(
            f"{path.name} must be in British National Grid (EPSG:27700); it has {said}",
            f"convert it first, for example: gdalwarp -t_srs EPSG:27700 -r near {path.name} new.tif",
        )
    if transform.b or transform.d or not math.isclose(transform.a, -transform.e, rel_tol=1e-6):
        raise DataError(
            f"{path.name} is rotated or its cells are not square", "resample it to a straight square grid first."
        )
    value = nodata if nodata is not None else declared
    if value is None:
        raise DataError(
            f"{path.name} does not say which value means 'not surveyed', so a gap would look like no trees",
            "find out, and write it into the study file (nodata = -9999); where every cell was surveyed, write nodata = "
            + ("nan" if floating else "255 or another value that never occurs")
            + ".",
        )
    return Raster(path, bounds, float(transform.a), float(value))


def zonal_share(raster: Raster, zones: gpd.GeoDataFrame, at_least: float) -> pd.DataFrame:
    """How much of each zone has cells of at least a value, and how much of it was surveyed at all.

    Cells on a border count by the part inside (exactextract).

    Returns
    -------
    DataFrame
        `share` (0–1 of the surveyed part; NaN where nothing was surveyed) and `seen_share` (0–1 of the zone), by zone.
    """
    from exactextract import exact_extract

    require_bng(zones, "zones")
    rows = []
    for shape in zones.geometry:
        cells, transform = raster.read(*shape.bounds)
        height, width = cells.shape
        if not height or not width:
            rows.append((math.nan, 0.0))
            continue
        high = np.where(cells.mask, np.nan, (cells.data >= at_least).astype("float32"))
        rows.append(_share(exact_extract, high, transform, shape))
    return pd.DataFrame(rows, columns=["share", "seen_share"], index=zones.index)


def seen_share(raster: Raster, zones: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    """Part (0–1) of each zone that was surveyed; where its box has no gap, nothing more is worked out."""
    require_bng(zones, "zones")
    gaps = np.array([_has_gap(raster, shape) for shape in zones.geometry], dtype=bool)
    seen = np.ones(len(zones))
    if gaps.any():
        seen[gaps] = zonal_share(raster, zones[gaps], 0)["seen_share"].to_numpy()
    return seen


def _has_gap(raster: Raster, shape: shapely.Geometry) -> bool:
    cells, _ = raster.read(*shape.bounds)
    return not cells.size or bool(np.ma.getmaskarray(cells).any())


def _share(
    extract: Any, cells: npt.NDArray[Any], transform: rasterio.Affine, shape: shapely.Geometry
) -> tuple[float, float]:
    from exactextract.raster import NumPyRasterSource

    height, width = cells.shape
    west, north = transform.c, transform.f
    source = NumPyRasterSource(
        cells, xmin=west, ymax=north, xmax=west + width * transform.a, ymin=north + height * transform.e, nodata=np.nan
    )
    zone = gpd.GeoDataFrame(geometry=[shape], crs=BNG)
    answer = extract(source, zone, ["sum", "count"])[0]["properties"]
    seen = float(answer["count"]) * transform.a**2 / shape.area
    share = float(answer["sum"]) / float(answer["count"]) if answer["count"] else math.nan
    return share, min(seen, 1.0)


def raster_shapes(raster: Raster, within: shapely.Geometry, at_least: float) -> Shapes:
    """Polygons of the cells of at least a value in the box of a shape; cells that were not surveyed are left out."""
    from rasterio.features import shapes as outlines

    cells, transform = raster.read(*within.bounds)
    high = (~np.ma.getmaskarray(cells) & (cells.data >= at_least)).astype("uint8")
    if not high.any():
        return NO_SHAPES
    found = [shapely.geometry.shape(outline) for outline, _ in outlines(high, mask=high == 1, transform=transform)]
    return np.array(found, dtype=object)


# ---------------------------------------------------------------- ranks


def midrank_share(
    values: npt.NDArray[np.float64], reference: npt.NDArray[np.float64], upwards: bool = True
) -> npt.NDArray[np.float64]:
    """Where each value stands among a reference population, 0–1: the share below it, and half of those equal to it.

    Parameters
    ----------
    values : array
        What to place; NaN stays NaN.
    reference : array
        The population; its NaN are left out. NaN everywhere when it is empty.
    upwards : bool
        True when the greatest value gets the greatest share.
    """
    known = np.sort(reference[~np.isnan(reference)])
    if not len(known):
        return np.full(len(values), np.nan)
    below = np.searchsorted(known, values, side="left")
    up_to = np.searchsorted(known, values, side="right")
    share = (below + up_to) / 2 / len(known)
    return np.where(np.isnan(values), np.nan, share if upwards else 1 - share)
