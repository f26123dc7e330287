"""A raster cut into windows along its tiles, for zones: which cells are read together, and how. One unit is one metre."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.windows
import shapely
from rasterio.errors import RasterioIOError

from treeplan.errors import DataError
from treeplan.rasters import Raster, Tile

Numbers = npt.NDArray[np.float64]

WINDOW_BYTES = 8 * 1024**2
"""Most that one window takes: its cells, and what is worked out for each."""

WINDOW_ROWS = 512
"""Height of a window where tiles are lower; higher ones would hold fewer columns, and each zone is met once per window."""


class Window(NamedTuple):
    """Rows and columns of a grid that are read together, and the zones that touch them."""

    top: int
    bottom: int
    left: int
    right: int
    zones: npt.NDArray[np.int64]


class Grid(NamedTuple):
    """Where a file's cells lie and how it stores them."""

    west: float
    north: float
    width_m: float
    height_m: float
    rows: int
    columns: int
    tile_rows: int
    tile_columns: int
    dtype: np.dtype[Any]


def _grid_of_file(file: Any) -> Grid:
    west, south, east, north = file.bounds
    tile_rows, tile_columns = file.block_shapes[0]
    return Grid(
        west=west,
        north=north,
        width_m=(east - west) / file.width,
        height_m=(north - south) / file.height,
        rows=file.height,
        columns=file.width,
        tile_rows=int(tile_rows),
        tile_columns=int(tile_columns),
        dtype=np.dtype(file.dtypes[0]),
    )


def windows(grid: Grid, bounds: Numbers, cell_bytes: int) -> Iterator[Window]:
    """The tiles that the boxes of zones touch, in windows along the rows of tiles, with the zones that touch each."""
    top, bottom = (grid.north - bounds[:, 3]) / grid.height_m, (grid.north - bounds[:, 1]) / grid.height_m
    left, right = (bounds[:, 0] - grid.west) / grid.width_m, (bounds[:, 2] - grid.west) / grid.width_m
    most = WINDOW_BYTES // cell_bytes
    tall = _whole_tiles(min(WINDOW_ROWS, most), grid.tile_rows)
    wide = _whole_tiles(max(most // tall, 1), grid.tile_columns)
    if grid.tile_columns >= grid.columns:  # rows lie one after the other: the fewer and the longer, the better
        wide = grid.columns
        tall = _whole_tiles(max(most // wide, 1), grid.tile_rows)
    for row in range(0, grid.rows, tall):
        end = min(row + tall, grid.rows)
        zones = np.flatnonzero((top < end) & (bottom > row) & (left < grid.columns) & (right > 0))
        if not len(zones):
            continue
        for start, stop in _touched(grid, left[zones], right[zones], wide):
            yield Window(row, end, start, stop, zones[(left[zones] < stop) & (right[zones] > start)])


def _whole_tiles(cells: int, tile: int) -> int:
    """As many cells as make whole tiles; a tile that is larger is cut, and GDAL keeps what it has decoded."""
    return cells // tile * tile if tile <= cells else cells


def _touched(grid: Grid, left: Numbers, right: Numbers, wide: int) -> Iterator[tuple[int, int]]:
    """Runs of columns of whole tiles that zones touch, none wider than `wide`."""
    tile = grid.tile_columns
    last = (grid.columns - 1) // tile
    steps = np.zeros(last + 2, dtype=np.int64)
    np.add.at(steps, np.clip(left // tile, 0, last).astype(np.int64), 1)
    np.add.at(steps, np.clip(right // tile, 0, last).astype(np.int64) + 1, -1)
    edges = np.flatnonzero(np.diff((np.cumsum(steps) > 0).astype(np.int8), prepend=0))
    for start, stop in zip(edges[::2] * tile, np.minimum(edges[1::2] * tile, grid.columns), strict=True):
        for begin in range(int(start), int(stop), wide):
            yield begin, min(begin + wide, int(stop))


class Part(NamedTuple):
    """A grid of cells that one reader reads: a tile as it is, or a raster whose tiles are warped or overlap."""

    grid: Grid
    nodata: float
    opened: Callable[[], AbstractContextManager[Callable[[Window], npt.NDArray[Any]]]]


def parts_of(raster: Raster) -> list[Part]:
    """The tiles of a raster, each on its own; where they are warped or overlap, the raster as it is put together."""
    boxes = np.array([tile.box for tile in raster.tiles])
    pairs = shapely.STRtree(boxes).query(boxes, predicate="intersects")
    first, second = pairs[:, pairs[0] < pairs[1]]
    overlap = shapely.area(shapely.intersection(boxes[first], boxes[second])) > 0
    if overlap.any() or any(tile.warped_from for tile in raster.tiles):
        return [Part(_grid_of_all(raster), math.nan, partial(_opened_raster, raster))]
    parts = []
    for tile in raster.tiles:
        with rasterio.open(tile.path) as file:
            parts.append(Part(_grid_of_file(file), tile.nodata, partial(_opened_tile, tile)))
    return parts


def _grid_of_all(raster: Raster) -> Grid:
    west, south, east, north = raster.bounds
    kinds = [np.dtype(tile.kind) for tile in raster.tiles]
    return Grid(
        west=west,
        north=north,
        width_m=raster.cell_m,
        height_m=raster.cell_m,
        rows=round((north - south) / raster.cell_m),
        columns=round((east - west) / raster.cell_m),
        tile_rows=WINDOW_ROWS,
        tile_columns=WINDOW_ROWS,
        dtype=exact_float(np.result_type(*kinds)),
    )


@contextmanager
def _opened_tile(tile: Tile) -> Iterator[Callable[[Window], npt.NDArray[Any]]]:
    with rasterio.open(tile.path) as file:
        yield partial(_cells, file, tile.path.name)


@contextmanager
def _opened_raster(raster: Raster) -> Iterator[Callable[[Window], npt.NDArray[Any]]]:
    """Windows of the whole raster, NaN where no tile surveyed."""
    kind, inset = _grid_of_all(raster).dtype, raster.cell_m / 4
    west, north = raster.bounds[0], raster.bounds[3]

    def cells(window: Window) -> npt.NDArray[Any]:
        found, _ = read(
            west + window.left * raster.cell_m + inset,
            north - window.bottom * raster.cell_m + inset,
            west + window.right * raster.cell_m - inset,
            north - window.top * raster.cell_m - inset,
        )
        return np.ma.filled(found.astype(kind), np.nan)

    with raster.opened() as read:
        yield cells


def _cells(file: Any, name: str, window: Window) -> npt.NDArray[Any]:
    place = rasterio.windows.Window.from_slices((window.top, window.bottom), (window.left, window.right))
    try:
        return file.read(1, window=place)
    except RasterioIOError as err:
        raise DataError(
            f"{name} cannot be read to its end ({str(err).splitlines()[0][:160]})", "download it again."
        ) from err


def exact_float(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The smallest decimal type that holds every value of a raster's type: fewer types are fewer kernels to compile."""
    return np.result_type(dtype, np.float32)
