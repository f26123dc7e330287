"""What of a raster lies in each zone: shares and means, every cell counted by the part of it inside. One unit is one metre.

The raster is read once, window by window, in threads; memory does not grow with it. Windows do not depend on the number of
threads and are added up in their order, so that neither do the results.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import rasterio

from treeplan import geo
from treeplan.areal import Outlines, outlines
from treeplan.errors import DataError
from treeplan.rasters import Raster
from treeplan.windows import Grid, Numbers, Window, exact_float, parts_of, windows

DECODED_BYTES = 16 * 1024**2
"""Most that GDAL keeps of tiles it has decoded: each is read once, so that more only takes memory."""

MOST_THREADS = 4
"""Beyond these the memory of windows grows, and the file is the limit."""

LARGEST = 1e15
"""A row that adds up to more holds a value such as 3.4e38, which means "not surveyed" and is not declared."""

LEAST_SEEN = 1e-9
"""Part of a zone under which what was seen of it is rounding, not cells."""


def zonal_share(raster: Raster, zones: gpd.GeoDataFrame, at_least: float) -> pd.DataFrame:
    """How much of each zone has cells of at least a value, and how much of it was surveyed at all.

    Parameters
    ----------
    raster : Raster
        Compared in its own precision: 0.7 is at least 0.7 in a raster of single precision too. Cells beyond ±1e15 (3.4e38,
        infinite) are not surveyed, whatever is declared.
    zones : GeoDataFrame
        Polygons, EPSG:27700; they may overlap, have holes and parts, and lie off the raster.
    at_least : float
        In the raster's unit.

    Returns
    -------
    DataFrame
        `share` (0–1 of the surveyed part; NaN where nothing was surveyed), `seen_share` (0–1 of the zone; 0 for a zone without
        area) and `seen_m2`, by zone.

    Raises
    ------
    DataError
        The zones are not in British National Grid, or the raster cannot be read to its end.
    """
    return _shares(raster, zones, [(at_least, LARGEST)])


def zonal_class_share(raster: Raster, zones: gpd.GeoDataFrame, classes: Iterable[float]) -> pd.DataFrame:
    """How much of each zone has cells of any of a set of values, such as the classes of a land cover map.

    Returns and raises as `zonal_share`.
    """
    return _shares(raster, zones, [(value, value) for value in sorted(set(classes))])


def zonal_mean(raster: Raster, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Mean value of the surveyed part of each zone, cells weighted by the part of them inside.

    Returns
    -------
    DataFrame
        `mean` (in the raster's unit; NaN where nothing was surveyed), `seen_share` and `seen_m2` as `zonal_share`.

    Raises
    ------
    DataError
        As `zonal_share`; or the raster holds values that no mean can be taken of (infinite, 3.4e38).
    """
    sums, table = _measure(raster, zones, None)
    table.insert(0, "mean", sums / table["seen_m2"].where(table["seen_m2"] > 0))
    return table


def seen_share(raster: Raster, zones: gpd.GeoDataFrame) -> Numbers:
    """Part (0–1) of each zone that was surveyed."""
    return _measure(raster, zones, [])[1]["seen_share"].to_numpy()


def ground_of_cells(
    cells: npt.NDArray[Any], transform: rasterio.Affine, shapes: geo.Shapes, value: float, nodata: float
) -> Numbers:
    """How much of each shape lies under cells of a value, and under any that were seen, of cells that are held in memory.

    Parameters
    ----------
    cells : array, (rows, columns)
        North first.
    transform : Affine
        Of square cells, EPSG:27700.
    shapes : array of Polygon or MultiPolygon
        Those that meet the cells.
    value, nodata : float
        The value looked for, and the one that means "not seen".

    Returns
    -------
    array, (shapes, 2)
        Square metres.
    """
    rings = outlines(shapes)
    if not len(rings.corners):
        return np.zeros((len(shapes), 2))
    high, wide = cells.shape
    grid = Grid(transform.c, transform.f, transform.a, -transform.e, high, wide, high, wide, cells.dtype)
    window = Window(0, high, 0, wide, np.arange(len(shapes)))
    wanted = _closed(cells.dtype, [(value, value)], nodata)
    seen = _closed(cells.dtype, [(-math.inf, math.inf)], nodata)
    return _in_window(cells, window, grid, rings, wanted, seen) * transform.a**2


def _shares(raster: Raster, zones: gpd.GeoDataFrame, ranges: list[tuple[float, float]]) -> pd.DataFrame:
    sums, table = _measure(raster, zones, ranges)
    table.insert(0, "share", np.clip(sums / table["seen_m2"].where(table["seen_m2"] > 0), 0, 1))
    return table


def _measure(
    raster: Raster, zones: gpd.GeoDataFrame, ranges: list[tuple[float, float]] | None
) -> tuple[Numbers, pd.DataFrame]:
    """Square metres of the cells in the ranges (None: times their values), by zone, and the table of what was seen."""
    geo.require_bng(zones, "zones")
    rings = outlines(zones.geometry.to_numpy())
    found = _summed(raster, rings, ranges) if len(rings.corners) else np.zeros((len(zones), 2))
    seen_m2 = np.where(found[:, 1] > LEAST_SEEN * rings.areas, found[:, 1], 0.0)
    seen = np.divide(seen_m2, rings.areas, out=np.zeros(len(zones)), where=rings.areas > 0)
    return found[:, 0], pd.DataFrame({"seen_share": np.minimum(seen, 1.0), "seen_m2": seen_m2}, index=zones.index)


def _summed(raster: Raster, rings: Outlines, ranges: list[tuple[float, float]] | None) -> Numbers:
    """Square metres of the cells in the ranges (None: times their values), and of all cells seen, by zone."""
    parts = parts_of(raster)
    end = math.inf if ranges is None else LARGEST  # a mean is refused; of shares such cells are no part
    seen = [_closed(part.grid.dtype, [(-end, end)], part.nodata) for part in parts]
    wanted = [None if ranges is None else _closed(part.grid.dtype, ranges, part.nodata) for part in parts]
    jobs = [
        (number, window)
        for number, part in enumerate(parts)
        for window in windows(part.grid, rings.bounds, _cell_bytes(part.grid.dtype, ranges is None))
    ]
    answers: list[Numbers] = [np.empty((0, 2))] * len(jobs)
    lanes = min(os.cpu_count() or 1, MOST_THREADS, len(jobs))

    def work(lane: int) -> None:
        for number, own in groupby(range(lane, len(jobs), lanes), key=lambda i: jobs[i][0]):
            with parts[number].opened() as cells:
                for i in own:
                    window, grid = jobs[i][1], parts[number].grid
                    answers[i] = _in_window(cells(window), window, grid, rings, wanted[number], seen[number])

    found = np.zeros((len(rings.areas), 2))
    if lanes:
        with rasterio.Env(GDAL_CACHEMAX=DECODED_BYTES), ThreadPoolExecutor(lanes) as threads:
            list(threads.map(work, range(lanes)))
    for (_, window), answer in zip(jobs, answers, strict=True):
        found[window.zones] += answer
    if not np.isfinite(found).all():
        raise DataError(
            f"{raster.path.name} holds values that no mean can be taken of (infinite, or beyond {LARGEST:g})",
            "find out which value means 'not surveyed', and write it into the study file (nodata = -3.4e38).",
        )
    return found * raster.cell_m**2


def _cell_bytes(kind: np.dtype[Any], by_value: bool) -> int:
    """What a cell takes in a window: values that are no decimals are copied where their sum is wanted."""
    copied = by_value and exact_float(kind) != kind
    return kind.itemsize + (exact_float(kind).itemsize if copied else 0)


Ranges = tuple[npt.NDArray[Any], npt.NDArray[Any]]


def _closed(dtype: np.dtype[Any], ranges: list[tuple[float, float]], nodata: float) -> Ranges:
    """Lowest and highest values of ranges in the raster's own type, without the value that means "not surveyed"."""
    lows: list[Any] = []
    highs: list[Any] = []
    ends: Any
    for low, high in ranges:
        if np.issubdtype(dtype, np.floating):
            with np.errstate(over="ignore"):
                ends = np.array([low, high, nodata]).astype(dtype)
            below, above = np.nextafter(ends[2], dtype.type(-np.inf)), np.nextafter(ends[2], dtype.type(np.inf))
        else:
            bound = np.iinfo(dtype)
            ends = [
                math.ceil(max(low, bound.min)),
                math.floor(min(high, bound.max)),
                nodata if nodata % 1 == 0 else math.nan,
            ]
            below, above = nodata - 1, nodata + 1  # a NoData of 0.5 or NaN occurs in no whole number
        pieces = [(ends[0], below), (above, ends[1])] if ends[0] <= ends[2] <= ends[1] else [(ends[0], ends[1])]
        kept = [(a, b) for a, b in pieces if a <= b]
        lows += [a for a, _ in kept]
        highs += [b for _, b in kept]
    return np.array(lows, dtype=dtype), np.array(highs, dtype=dtype)


def _in_window(
    cells: npt.NDArray[Any], window: Window, grid: Grid, rings: Outlines, wanted: Ranges | None, seen: Ranges
) -> Numbers:
    """Cells in the ranges (None: times their values) and cells seen of the zones of one window.

    NaN where a value is none that a mean can be taken of.
    """
    from treeplan.kernels import zonal as kernels

    rows, columns = cells.shape
    found = np.zeros((len(window.zones), 2))
    bits, seen_bits = np.empty((2, rows, columns // kernels.WORD + 1), dtype=np.uint64)
    counts, seen_counts = np.empty((2, *bits.shape), dtype=np.int32)
    seen_in_row = np.empty(rows, dtype=np.int64)
    nothing = _closed(cells.dtype, [], math.nan)
    kernels.mark(cells, *(wanted or nothing), bits, counts, *seen, seen_bits, seen_counts, seen_in_row)
    values, totals = np.zeros((1, 1), dtype=np.float32), np.zeros((1, 1))
    if wanted is None:
        values, totals = (
            cells.astype(exact_float(cells.dtype), copy=False),
            np.empty((rows, columns // kernels.LUMP + 2)),
        )
        if seen_in_row.sum() < cells.size:
            kernels.clear(values, seen_bits)
        kernels.add_up(values, totals)
        if not np.abs(totals[:, -1]).max() <= LARGEST:
            return np.full_like(found, np.nan)
    west, north = grid.west + window.left * grid.width_m, grid.north - window.top * grid.height_m
    kernels.add_edges(
        bits, counts, values, totals, wanted is None, seen_bits, seen_counts, seen_in_row, columns,
        np.array([west, north, grid.width_m, grid.height_m]), rings.corners, rings.rings, rings.turns, rings.zone_rings,
        window.zones, np.ascontiguousarray(rings.bounds[:, 0]), found,
    )  # fmt: skip
    return found
