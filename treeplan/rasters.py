"""Rasters of one file or many tiles, read window by window. One unit is one metre."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from rasterio.enums import Resampling
from rasterio.errors import RasterioIOError
from rasterio.vrt import WarpedVRT
from rasterio.warp import calculate_default_transform
from rasterio.windows import Window

from treeplan.errors import DataError
from treeplan.geo import BNG, Shapes, is_bng, require_bng

Cells = tuple["np.ma.MaskedArray[Any, Any]", rasterio.Affine]
Part = tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]
Bounds = tuple[float, float, float, float]

MOST_OPEN = 32
"""Tiles that are kept open at a time."""

WINDOW_CELLS = 2_048
"""Side of the largest window that is read at once, cells."""


@dataclass(frozen=True)
class Tile:
    """One file of a raster, in British National Grid as it is or as it is warped to.

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
    declared : float or None
        The same as the file itself says it.
    kind : str
        The type of its numbers ("float32").
    warped_from : str or None
        The grid it is warped from, on purpose, by nearest neighbour; None for a tile that is read as it is.
    year : int or None
        The year of flight, where name or tags carry it.
    """

    path: Path
    bounds: Bounds
    cell_m: float
    nodata: float
    declared: float | None
    kind: str
    warped_from: str | None = None
    year: int | None = None

    @property
    def box(self) -> shapely.Polygon:
        """The ground it covers."""
        return shapely.box(*self.bounds)

    @contextmanager
    def opened(self) -> Iterator[Callable[[Window], Part]]:
        """A `read` of windows that lie wholly within the tile: cells, and which of them were not surveyed."""
        with ExitStack() as stack:
            file = stack.enter_context(rasterio.open(self.path))
            if self.warped_from is None:
                yield partial(self._read, file)
                return
            west, south, east, north = self.bounds
            yield partial(
                self._read_warped,
                stack.enter_context(
                    WarpedVRT(
                        file,
                        crs=BNG,
                        transform=rasterio.Affine(self.cell_m, 0, west, 0, -self.cell_m, north),
                        width=round((east - west) / self.cell_m),
                        height=round((north - south) / self.cell_m),
                        resampling=Resampling.nearest,
                        src_nodata=self.nodata,
                        add_alpha=True,
                    )
                ),
            )

    def _read(self, file: Any, window: Window) -> Part:
        cells = file.read(1, window=window)
        return cells, self._hidden(cells)

    def _read_warped(self, file: Any, window: Window) -> Part:
        cells, seen = file.read((1, 2), window=window)
        return cells, self._hidden(cells) | (seen == 0)

    def _hidden(self, cells: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        hidden = np.isnan(cells) if np.issubdtype(cells.dtype, np.floating) else np.zeros(cells.shape, dtype=bool)
        if not math.isnan(self.nodata):
            hidden |= cells == self.nodata
        return hidden


class _Opened:
    """Tiles that are open, the last used ones kept, so that blocks that were decoded are not decoded again."""

    def __init__(self) -> None:
        self._open: OrderedDict[Tile, tuple[Callable[[Window], Part], ExitStack]] = OrderedDict()

    def reader(self, tile: Tile) -> Callable[[Window], Part]:
        if tile not in self._open:
            if len(self._open) >= MOST_OPEN:
                self._open.popitem(last=False)[1][1].close()
            stack = ExitStack()
            self._open[tile] = (stack.enter_context(tile.opened()), stack)
        self._open.move_to_end(tile)
        return self._open[tile][0]

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1][1].close()


@dataclass(frozen=True)
class Raster:
    """A handle on one band of a raster, of one file or many tiles: what and where it is, without its cells.

    Attributes
    ----------
    path : Path
        The file, or the folder of the tiles.
    bounds : tuple of float
        West, south, east, north, metres.
    cell_m : float
        Side of a cell, metres.
    nodata : float
        The value that means "not surveyed"; NaN cells and ground between tiles always do.
    tiles : tuple of Tile
        Its files, on one grid; where they overlap, they agree.
    """

    path: Path
    bounds: Bounds
    cell_m: float
    nodata: float
    tiles: tuple[Tile, ...]

    @property
    def reach(self) -> shapely.Geometry:
        """The ground that its tiles cover."""
        return shapely.union_all([tile.box for tile in self.tiles])

    @property
    def years(self) -> dict[int, int]:
        """Years of flight that are known, and how many tiles are of each."""
        known = sorted(tile.year for tile in self.tiles if tile.year is not None)
        return {year: known.count(year) for year in known}

    @contextmanager
    def opened(self) -> Iterator[Callable[..., Cells]]:
        """A `read` that keeps files open, for many windows: tiles that were decoded are not decoded again."""
        files = _Opened()
        try:
            yield partial(self._read, files, np.array([tile.bounds for tile in self.tiles]))
        finally:
            files.close()

    def read(self, west: float, south: float, east: float, north: float) -> Cells:
        """The cells that meet a box, as a masked array (masked = not surveyed), with their transform."""
        with self.opened() as read:
            return read(west, south, east, north)

    def _read(
        self, files: _Opened, boxes: npt.NDArray[np.float64], west: float, south: float, east: float, north: float
    ) -> Cells:
        left, top = self.bounds[0], self.bounds[3]
        columns = math.floor((west - left) / self.cell_m), math.ceil((east - left) / self.cell_m)
        rows = math.floor((top - north) / self.cell_m), math.ceil((top - south) / self.cell_m)
        meets = (boxes[:, 0] < east) & (boxes[:, 2] > west) & (boxes[:, 1] < north) & (boxes[:, 3] > south)
        cells, hidden = self._pieced([self.tiles[k] for k in np.flatnonzero(meets)], files, rows, columns)
        transform = rasterio.Affine(
            self.cell_m, 0, left + columns[0] * self.cell_m, 0, -self.cell_m, top - rows[0] * self.cell_m
        )
        return np.ma.MaskedArray(cells, hidden), transform

    def _pieced(self, tiles: list[Tile], files: _Opened, rows: tuple[int, int], columns: tuple[int, int]) -> Part:
        """A window of the whole raster, put together from the tiles that meet it; the first that surveyed a cell counts."""
        places = [self._place(tile) for tile in tiles]
        if len(tiles) == 1 and _within(rows, places[0][0]) and _within(columns, places[0][1]):
            (row, _), (column, _) = places[0]
            return files.reader(tiles[0])(_window(rows, row, columns, column))
        kinds = {tile.kind for tile in self.tiles}
        cells = np.zeros((rows[1] - rows[0], columns[1] - columns[0]), dtype=np.result_type(*kinds))
        hidden = np.ones(cells.shape, dtype=bool)
        for tile, (own_rows, own_columns) in zip(tiles, places, strict=True):
            down = max(rows[0], own_rows[0]), min(rows[1], own_rows[1])
            across = max(columns[0], own_columns[0]), min(columns[1], own_columns[1])
            if down[0] >= down[1] or across[0] >= across[1]:
                continue
            part, gone = files.reader(tile)(_window(down, own_rows[0], across, own_columns[0]))
            at = (slice(down[0] - rows[0], down[1] - rows[0]), slice(across[0] - columns[0], across[1] - columns[0]))
            np.copyto(cells[at], part, where=hidden[at] & ~gone)
            hidden[at] &= gone
        return cells, hidden

    def _place(self, tile: Tile) -> tuple[tuple[int, int], tuple[int, int]]:
        """The rows and the columns of the raster that a tile fills."""
        west, south, east, north = tile.bounds
        row, column = round((self.bounds[3] - north) / self.cell_m), round((west - self.bounds[0]) / self.cell_m)
        high, wide = round((north - south) / self.cell_m), round((east - west) / self.cell_m)
        return (row, row + high), (column, column + wide)

    def windows(self, within: Bounds) -> Iterator[Bounds]:
        """A box cut into windows of a bounded number of cells, along the raster's own grid."""
        side = WINDOW_CELLS * self.cell_m
        west, south, east, north = within
        left, top = self.bounds[0], self.bounds[3]
        for row in range(math.floor((top - north) / side), math.ceil((top - south) / side)):
            for column in range(math.floor((west - left) / side), math.ceil((east - left) / side)):
                x, y = left + column * side, top - row * side
                yield max(west, x), max(south, y - side), min(east, x + side), min(north, y)


def _within(some: tuple[int, int], whole: tuple[int, int]) -> bool:
    return whole[0] <= some[0] and some[1] <= whole[1]


def _window(rows: tuple[int, int], row: int, columns: tuple[int, int], column: int) -> Window:
    """Rows and columns of a raster as a window of the tile that begins at a row and a column."""
    return Window.from_slices((rows[0] - row, rows[1] - row), (columns[0] - column, columns[1] - column))


def open_raster(path: Path, nodata: float | None = None, warp: bool = False) -> Raster:
    """A handle on the first band of one raster file.

    Parameters
    ----------
    path : Path
        A GeoTIFF, square cells, not rotated, in British National Grid.
    nodata : float, optional
        The value that means "not surveyed"; goes before what the file declares.
    warp : bool
        True to warp, by nearest neighbour, a file that is in degrees or another grid.

    Raises
    ------
    DataError
        Unreadable, in degrees or another grid, rotated, or silent about which value means "not surveyed".
    """
    return joined(path, [open_tile(path, nodata, warp)])


def joined(path: Path, tiles: Sequence[Tile]) -> Raster:
    """Tiles on one grid as one raster."""
    bounds = np.array([tile.bounds for tile in tiles])
    (west, south), (east, north) = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    box = (float(west), float(south), float(east), float(north))
    return Raster(path, box, tiles[0].cell_m, tiles[0].nodata, tuple(tiles))


def open_tile(path: Path, nodata: float | None = None, warp: bool = False) -> Tile:
    """What and where one raster file is; as `open_raster`."""
    try:
        with rasterio.open(path) as file:
            crs, transform, declared, kind = file.crs, file.transform, file.nodata, file.dtypes[0]
            bounds, shape = tuple(file.bounds), (file.width, file.height)
    except RasterioIOError as err:
        raise DataError(
            f"{path.name} is not a readable raster ({str(err).splitlines()[0][:160]})", "download it again."
        ) from err
    said = crs.to_string() if crs else "no coordinate reference system"
    native = is_bng(crs.to_wkt() if crs else None)
    if not native and (not warp or not crs):
        own = "convert it yourself: gdalwarp -t_srs EPSG:27700 -r near old.tif new.tif"
        raise DataError(
            f"{path.name} must be in British National Grid (EPSG:27700); it has {said}",
            f"write warp = true into the study file, under this source, to have it warped by nearest neighbour; or {own}"
            if crs
            else "find out which system it is in and write it into the file: gdal_edit.py -a_srs EPSG:27700 old.tif",
        )
    if transform.b or transform.d or (native and not math.isclose(transform.a, -transform.e, rel_tol=1e-6)):
        raise DataError(
            f"{path.name} is rotated or its cells are not square", "resample it to a straight square grid first."
        )
    value = nodata if nodata is not None else declared
    if value is None:
        whole = not np.issubdtype(np.dtype(kind), np.floating)
        raise DataError(
            f"{path.name} does not say which value means 'not surveyed', so a gap would look like no trees",
            "find out, and write it into the study file (nodata = -9999); where every cell was surveyed, write nodata = "
            + ("255 or another value that never occurs" if whole else "nan")
            + ".",
        )
    if native:
        return Tile(path, bounds, float(transform.a), float(value), declared, kind)
    bounds, cell_m = _grid_of(crs, shape, bounds)
    return Tile(path, bounds, cell_m, float(value), declared, kind, warped_from=said)


def _grid_of(crs: Any, shape: tuple[int, int], bounds: Bounds) -> tuple[Bounds, float]:
    """The grid a file is warped to: cells of about its own size, whole metres where they are so large, on whole multiples."""
    transform, width, height = calculate_default_transform(crs, BNG, *shape, *bounds)
    cell = float(round(transform.a)) if transform.a >= 0.75 else float(f"{transform.a:.2g}")
    west, north = math.floor(transform.c / cell) * cell, math.ceil(transform.f / cell) * cell
    east = math.ceil((transform.c + width * transform.a) / cell) * cell
    south = math.floor((transform.f - height * transform.a) / cell) * cell
    return (west, south, east, north), cell


def raster_shapes(raster: Raster, within: Shapes, at_least: float) -> Shapes:
    """Polygons of the cells of at least a value in the boxes of shapes; cells that were not surveyed are left out."""
    from rasterio.features import shapes as outlines

    found = []
    with raster.opened() as read:
        for box in (box for shape in within for box in raster.windows(shape.bounds)):
            cells, transform = read(*box)
            high = (~np.ma.getmaskarray(cells) & (cells.data >= at_least)).astype("uint8")
            found += [
                shapely.geometry.shape(outline) for outline, _ in outlines(high, mask=high == 1, transform=transform)
            ]
    return np.array(found, dtype=object)


def zone_of_cells(zones: gpd.GeoDataFrame, raster: Raster) -> npt.NDArray[np.int32]:
    """The zone, by its place in the table, in which the middle of each cell of a raster lies; −1 for none.

    Raises
    ------
    DataError
        The zones are not in British National Grid, or overlap.
    """
    from rasterio.enums import MergeAlg
    from rasterio.features import rasterize

    require_bng(zones, "zones")
    west, south, east, north = raster.bounds
    grid: dict[str, Any] = {
        "out_shape": (round((north - south) / raster.cell_m), round((east - west) / raster.cell_m)),
        "transform": rasterio.Affine(raster.cell_m, 0, west, 0, -raster.cell_m, north),
        "dtype": "int32",
    }
    shapes = [shape for shape in zones.geometry if shape is not None and not shape.is_empty]
    if not shapes:
        return np.full(grid["out_shape"], -1, dtype=np.int32)
    shared = int((rasterize(shapes, merge_alg=MergeAlg.add, **grid) > 1).sum())
    if shared:
        raise DataError(
            f"{shared:,} cells lie in more than one zone",
            "give zones that do not overlap, or one layer of them at a time.",
        )
    numbered = ((s, k) for k, s in enumerate(zones.geometry) if s is not None and not s.is_empty)
    cells: npt.NDArray[np.int32] = rasterize(numbered, fill=-1, **grid)
    return cells
