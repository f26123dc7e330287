"""Pictures of several bands, read window by window. One unit is one metre."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioIOError
from rasterio.windows import Window

from treeplan import rasters
from treeplan.errors import DataError
from treeplan.rasters import Bounds, Cells


@dataclass(frozen=True)
class Image:
    """A handle on some bands of a picture file: what and where it is, without its cells.

    Attributes
    ----------
    path : Path
        The file.
    bounds : tuple of float
        West, south, east, north, metres.
    cell_m : float
        Side of a cell, metres.
    nodata : float
        The value that means "not seen"; NaN cells always do. All bands must hold it, for 0 is a colour too; a value below 0
        is none.
    bands : tuple of int
        The bands that are read together, in this order.
    alpha : int
        The band that is 0 where nothing was seen; 0 where there is none.
    """

    path: Path
    bounds: Bounds
    cell_m: float
    nodata: float
    bands: tuple[int, ...]
    alpha: int = 0

    @property
    def reach(self) -> shapely.Geometry:
        """The ground that it covers."""
        return shapely.box(*self.bounds)

    @contextmanager
    def opened(self) -> Iterator[Callable[..., Cells]]:
        """A `read` that keeps the file open, for many windows: tiles that were decoded are not decoded again."""
        with rasterio.open(self.path) as file:
            yield partial(self._read, file)

    def read(self, west: float, south: float, east: float, north: float) -> Cells:
        """The cells that meet a box by band, row and column, as a masked array (masked = not seen), with their transform."""
        with self.opened() as read:
            return read(west, south, east, north)

    def _read(self, file: Any, west: float, south: float, east: float, north: float) -> Cells:
        window = rasterio.windows.from_bounds(west, south, east, north, file.transform)
        rows = math.floor(window.row_off), math.ceil(window.row_off + window.height)
        columns = math.floor(window.col_off), math.ceil(window.col_off + window.width)
        window = Window.from_slices(rows, columns, boundless=True)
        beyond = min(rows[0], columns[0]) < 0 or rows[1] > file.height or columns[1] > file.width
        cells = file.read(
            list(self.bands), window=window, boundless=beyond, masked=False, fill_value=0 if beyond else None
        )
        hidden = np.isnan(cells) if np.issubdtype(cells.dtype, np.floating) else np.zeros(cells.shape, dtype=bool)
        if not math.isnan(self.nodata):
            gap = cells == self.nodata
            hidden |= gap.all(axis=0) if self.nodata >= 0 else gap
        if self.alpha:
            hidden |= file.read(self.alpha, window=window, boundless=beyond, masked=False) == 0
        hidden |= _outside(rows, file.height)[:, None] | _outside(columns, file.width)
        hidden[:] = hidden.any(axis=0)
        return np.ma.MaskedArray(cells, hidden), file.window_transform(window)


def _outside(lines: tuple[int, int], size: int) -> npt.NDArray[np.bool_]:
    """Which rows (or columns) of a window lie beyond a raster of so many."""
    number = np.arange(*lines)
    return (number < 0) | (number >= size)


def band_colours(path: Path) -> list[str]:
    """What a file calls each of its bands: "red", "green", "blue", "alpha" (0 where nothing was seen), or nothing, "".

    Raises
    ------
    DataError
        The file is no readable raster.
    """
    colours = (ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha)
    try:
        with rasterio.open(path) as file:
            return [said.name if said in colours else "" for said in file.colorinterp]
    except RasterioIOError as err:
        raise DataError(
            f"{path.name} is not a readable raster ({str(err).splitlines()[0][:160]})", "download it again."
        ) from err


def open_image(path: Path, bands: tuple[int, ...], nodata: float | None = None) -> Image:
    """A handle on some bands of a picture in British National Grid.

    Parameters
    ----------
    path : Path
        A GeoTIFF, square cells, not rotated.
    bands : tuple of int
        The bands wanted, which the file must have.
    nodata : float, optional
        The value that means "not seen", where neither the file nor a band of transparency says.

    Raises
    ------
    DataError
        Unreadable, in degrees or another grid, rotated, or silent about which value means "not seen".
    """
    alpha = next((n for n, said in enumerate(band_colours(path), 1) if said == "alpha" and n not in bands), 0)
    if nodata is None and alpha:
        with rasterio.open(path) as file:
            nodata = file.nodata if file.nodata is not None else math.nan
    tile = rasters.open_tile(path, nodata)
    return Image(path, tile.bounds, tile.cell_m, tile.nodata, bands, alpha)
