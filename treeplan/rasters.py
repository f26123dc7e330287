"""Rasters read window by window, and what of them lies in zones. One unit is one metre."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import rasterio
import shapely
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioIOError
from rasterio.windows import Window

from treeplan.errors import DataError
from treeplan.geo import BNG, Shapes, is_bng, require_bng

Cells = tuple["np.ma.MaskedArray[Any, Any]", rasterio.Affine]


@dataclass(frozen=True)
class Raster:
    """A handle on a raster file, on one band or several: what and where it is, without its cells.

    Attributes
    ----------
    path : Path
        The file.
    bounds : tuple of float
        West, south, east, north, metres.
    cell_m : float
        Side of a cell, metres.
    nodata : float
        The value that means "not surveyed"; NaN cells always do. Of several bands all must hold it, for 0 is a colour too;
        a value below 0 is none.
    bands : tuple of int
        The bands that are read together, in this order; none stands for the first alone.
    alpha : int
        The band that is 0 where nothing was seen; 0 where there is none.
    """

    path: Path
    bounds: tuple[float, float, float, float]
    cell_m: float
    nodata: float
    bands: tuple[int, ...] = ()
    alpha: int = 0

    @contextmanager
    def opened(self) -> Iterator[Callable[..., Cells]]:
        """A `read` that keeps the file open, for many windows: tiles that were decoded are not decoded again."""
        with rasterio.open(self.path) as file:
            yield partial(self._read, file)

    def read(self, west: float, south: float, east: float, north: float) -> Cells:
        """The cells that meet a box, as a masked array (masked = not surveyed), with their transform.

        By row and column; where the handle has several bands, by band first.
        """
        with self.opened() as read:
            return read(west, south, east, north)

    def _read(self, file: Any, west: float, south: float, east: float, north: float) -> Cells:
        window = rasterio.windows.from_bounds(west, south, east, north, file.transform)
        rows = math.floor(window.row_off), math.ceil(window.row_off + window.height)
        columns = math.floor(window.col_off), math.ceil(window.col_off + window.width)
        window = Window.from_slices(rows, columns, boundless=True)
        beyond = min(rows[0], columns[0]) < 0 or rows[1] > file.height or columns[1] > file.width
        bands: Any = list(self.bands) or 1
        cells = file.read(bands, window=window, boundless=beyond, masked=False, fill_value=0 if beyond else None)
        hidden = np.isnan(cells) if np.issubdtype(cells.dtype, np.floating) else np.zeros(cells.shape, dtype=bool)
        if not math.isnan(self.nodata):
            gap = cells == self.nodata
            hidden |= gap.all(axis=0) if self.bands and self.nodata >= 0 else gap
        if self.alpha:
            hidden |= file.read(self.alpha, window=window, boundless=beyond, masked=False) == 0
        hidden |= _outside(rows, file.height)[:, None] | _outside(columns, file.width)
        if self.bands:
            hidden[:] = hidden.any(axis=0)
        return np.ma.MaskedArray(cells, hidden), file.window_transform(window)


def _outside(lines: tuple[int, int], size: int) -> npt.NDArray[np.bool_]:
    """Which rows (or columns) of a window lie beyond a raster of so many."""
    number = np.arange(*lines)
    return (number < 0) | (number >= size)


@contextmanager
def _readable(path: Path) -> Iterator[Any]:
    """The opened file, or a message that it is no raster."""
    try:
        with rasterio.open(path) as file:
            yield file
    except RasterioIOError as err:
        raise DataError(
            f"{path.name} is not a readable raster ({str(err).splitlines()[0][:160]})", "download it again."
        ) from err


def band_colours(path: Path) -> list[str]:
    """What a file calls each of its bands: "red", "green", "blue", "alpha" (0 where nothing was seen), or nothing, ""."""
    colours = (ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha)
    with _readable(path) as file:
        return [said.name if said in colours else "" for said in file.colorinterp]


def open_raster(path: Path, nodata: float | None = None, bands: tuple[int, ...] = ()) -> Raster:
    """A handle on a raster in British National Grid.

    Parameters
    ----------
    path : Path
        A GeoTIFF, square cells, not rotated.
    nodata : float, optional
        The value that means "not surveyed", where the file does not declare one.
    bands : tuple of int, optional
        The bands wanted, which the file must have; else its first.

    Raises
    ------
    DataError
        Unreadable, in degrees or another grid, rotated, or silent about which value means "not surveyed".
    """
    with _readable(path) as file:
        crs, transform, declared, bounds = file.crs, file.transform, file.nodata, tuple(file.bounds)
        floating = np.issubdtype(np.dtype(file.dtypes[0]), np.floating)
        seen = [n for n, said in enumerate(file.colorinterp, 1) if said == ColorInterp.alpha and n not in bands]
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
    if value is None and seen:
        value = math.nan
    if value is None:
        raise DataError(
            f"{path.name} does not say which value means 'not surveyed', so a gap would look like no trees",
            "find out, and write it into the study file (nodata = -9999); where every cell was surveyed, write nodata = "
            + ("nan" if floating else "255 or another value that never occurs")
            + ".",
        )
    return Raster(path, bounds, float(transform.a), float(value), bands, seen[0] if seen else 0)


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
    with raster.opened() as read:
        for shape in zones.geometry:
            cells, transform = read(*shape.bounds)
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
    with raster.opened() as read:
        gaps = np.array([_has_gap(read(*shape.bounds)[0]) for shape in zones.geometry], dtype=bool)
    seen = np.ones(len(zones))
    if gaps.any():
        seen[gaps] = zonal_share(raster, zones[gaps], 0)["seen_share"].to_numpy()
    return seen


def _has_gap(cells: np.ma.MaskedArray[Any, Any]) -> bool:
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


def raster_shapes(raster: Raster, within: Shapes, at_least: float) -> Shapes:
    """Polygons of the cells of at least a value in the boxes of shapes; cells that were not surveyed are left out."""
    from rasterio.features import shapes as outlines

    found = []
    with raster.opened() as read:
        for shape in within:
            cells, transform = read(*shape.bounds)
            high = (~np.ma.getmaskarray(cells) & (cells.data >= at_least)).astype("uint8")
            found += [
                shapely.geometry.shape(outline) for outline, _ in outlines(high, mask=high == 1, transform=transform)
            ]
    return np.array(found, dtype=object)
