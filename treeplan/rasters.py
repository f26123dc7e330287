"""Rasters read window by window. One unit is one metre."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from rasterio.errors import RasterioIOError
from rasterio.windows import Window

from treeplan.errors import DataError
from treeplan.geo import Shapes, is_bng

Cells = tuple["np.ma.MaskedArray[Any, Any]", rasterio.Affine]


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

    @contextmanager
    def opened(self) -> Iterator[Callable[..., Cells]]:
        """A `read` that keeps the file open, for many windows: tiles that were decoded are not decoded again."""
        with rasterio.open(self.path) as file:
            yield partial(self._read, file)

    def read(self, west: float, south: float, east: float, north: float) -> Cells:
        """The cells that meet a box, as a masked array (masked = not surveyed), with their transform."""
        with self.opened() as read:
            return read(west, south, east, north)

    def _read(self, file: Any, west: float, south: float, east: float, north: float) -> Cells:
        window = rasterio.windows.from_bounds(west, south, east, north, file.transform)
        rows = math.floor(window.row_off), math.ceil(window.row_off + window.height)
        columns = math.floor(window.col_off), math.ceil(window.col_off + window.width)
        window = Window.from_slices(rows, columns, boundless=True)
        beyond = min(rows[0], columns[0]) < 0 or rows[1] > file.height or columns[1] > file.width
        cells = file.read(1, window=window, boundless=beyond, masked=False, fill_value=self.nodata if beyond else None)
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
