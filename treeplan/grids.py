"""Grids of cells held in memory: weighted sums and means of what lies around each cell, and sums by zone."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import scipy.fft

Floats = npt.NDArray[np.float64]
Grid = npt.NDArray[np.floating]
Read = Callable[[slice, slice], Grid]
"""Gives the cells of some rows and columns of a grid; NaN is unknown."""
Take = Callable[[slice, slice, Floats], None]
"""Takes what was found for some rows and columns of a grid."""

TILE = 800
"""Rows and columns of the answer that are worked out at a time, cells; more where the kernel is as wide."""


def weights_by_distance(decay: Callable[[Floats], Floats], reach: float) -> Floats:
    """The weights of the cells around one, a square with the cell in the middle; beyond the reach, cells count nothing.

    Parameters
    ----------
    decay : function
        The weight at a distance; distances are between middles of cells, in cells.
    reach : float
        In cells.
    """
    half = math.floor(reach)
    along = np.arange(-half, half + 1, dtype=float)
    distance = np.hypot(along[:, None], along[None, :])
    return np.where(distance <= reach, decay(distance), 0.0)


def sums_around(read: Read, shape: tuple[int, ...], weights: Floats, take: Take) -> None:
    """Give `take` the weighted sums around the cells of a grid, tile by tile in threads.

    Unknown cells and those beyond the edges count nothing. Sums are products of Fourier transforms: exact to about 1e-12 of
    the greatest, so that a sum of nothing may come a hair below 0; the same whatever the number of threads. Each thread
    holds about 40 MB.

    Parameters
    ----------
    read, take : function
        What the cells are, and what takes the sums; called from many threads.
    weights : array
        A square of odd side, the same upside down and turned (`weights_by_distance`).
    """
    tiles = _Tiles(shape, weights)

    def work(rows: slice, columns: slice) -> None:
        take(rows, columns, tiles.sums(np.nan_to_num(read(*tiles.window(rows, columns))), rows, columns))

    tiles.each(work)


def means_around(read: Read, shape: tuple[int, ...], weights: Floats, take: Take) -> None:
    """Give `take` the weighted means of the known cells around each cell; NaN where the cell itself is unknown.

    As `sums_around`, but what is unknown or beyond the edges is left out of the weights too.
    """
    tiles = _Tiles(shape, weights)
    on_grid = np.zeros((len(weights) + 1, len(weights) + 1))
    on_grid[1:, 1:] = weights.cumsum(axis=0).cumsum(axis=1)

    def work(rows: slice, columns: slice) -> None:
        cells = read(*tiles.window(rows, columns))
        known = np.isfinite(cells)
        if known.all():
            own: npt.NDArray[np.bool_] | bool = True
            seen = _weight_on_grid(on_grid, shape, rows, columns)
        else:
            cells = np.where(known, cells, 0.0)
            own = tiles.middle(known, rows, columns)
            seen = tiles.sums(known, rows, columns)
        sums = tiles.sums(cells, rows, columns)
        take(rows, columns, np.divide(sums, seen, out=np.full(sums.shape, np.nan), where=own))

    tiles.each(work)


def sums_by_zone(
    zone: npt.NDArray[np.integer], read: Callable[[slice], tuple[npt.NDArray[np.bool_], list[Grid]]]
) -> Floats:
    """Sums of amounts over the cells of each zone that are known.

    Parameters
    ----------
    zone : array of int
        The zone of each cell, from 0; below 0 for none.
    read : function
        Gives, for some rows, which cells are known, and the amounts of all of them.

    Returns
    -------
    array, (amounts, zones)
    """
    count = int(zone.max(initial=-1)) + 1

    def of_rows(rows: slice) -> Floats:
        known, amounts = read(rows)
        counted = known & (zone[rows] >= 0)
        at = zone[rows][counted]
        return np.array([np.bincount(at, weights=amount[counted], minlength=count) for amount in amounts], dtype=float)

    parts = [of_rows(slice(start, start + TILE)) for start in range(0, max(len(zone), 1), TILE)]
    total: Floats = np.sum(parts, axis=0)
    return total


class _Tiles:
    """The tiles of a grid, each with as many cells around it as a kernel reaches."""

    def __init__(self, shape: tuple[int, ...], weights: Floats) -> None:
        self.shape = shape
        self.half = len(weights) // 2
        step = max(TILE, len(weights))
        self.sides = [_even_step(length, step) for length in shape]
        self.size = tuple(scipy.fft.next_fast_len(side + 2 * self.half, real=True) for side in self.sides)
        self.spectrum = scipy.fft.rfft2(weights, self.size)

    def __iter__(self) -> Iterator[tuple[slice, slice]]:
        (high, wide), (tall, broad) = self.shape, self.sides
        for row in range(0, high, tall):
            for column in range(0, wide, broad):
                yield slice(row, min(row + tall, high)), slice(column, min(column + broad, wide))

    def each(self, work: Callable[[slice, slice], None]) -> None:
        """Do something for each tile, in threads."""
        with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
            for _ in threads.map(lambda tile: work(*tile), self):
                pass

    def window(self, rows: slice, columns: slice) -> tuple[slice, slice]:
        """The rows and columns of the grid within reach of a tile."""
        return slice(max(rows.start - self.half, 0), min(rows.stop + self.half, self.shape[0])), slice(
            max(columns.start - self.half, 0), min(columns.stop + self.half, self.shape[1])
        )

    def middle(self, cells: npt.NDArray[np.bool_], rows: slice, columns: slice) -> npt.NDArray[np.bool_]:
        """The part of a window that is the tile itself."""
        down, right = min(rows.start, self.half), min(columns.start, self.half)
        return cells[down : down + rows.stop - rows.start, right : right + columns.stop - columns.start]

    def sums(self, cells: npt.NDArray[np.generic], rows: slice, columns: slice) -> Floats:
        """The weighted sums around the cells of a tile, from the cells of its window."""
        window = np.zeros(self.size)
        down, right = max(self.half - rows.start, 0), max(self.half - columns.start, 0)
        window[down : down + cells.shape[0], right : right + cells.shape[1]] = cells
        found = scipy.fft.rfft2(window, overwrite_x=True)
        found *= self.spectrum
        whole: Floats = scipy.fft.irfft2(found, self.size, overwrite_x=True)
        return whole[2 * self.half :, 2 * self.half :][: rows.stop - rows.start, : columns.stop - columns.start]


def _even_step(length: int, most: int) -> int:
    """The side of tiles that cut a length evenly."""
    return max(1, math.ceil(length / math.ceil(length / most))) if length else 1


def _weight_on_grid(table: Floats, shape: tuple[int, ...], rows: slice, columns: slice) -> Floats:
    """How much weight lies on the grid around each cell of a tile, from a table of sums of the kernel up to each corner."""
    side = len(table) - 1
    found = table
    for axis, (length, tile) in enumerate(zip(shape, (rows, columns), strict=True)):
        at = np.arange(tile.start, tile.stop)
        first, last = np.maximum(side // 2 - at, 0), np.minimum(side // 2 + length - at, side)
        found = found.take(last, axis) - found.take(first, axis)
    return found
