"""Urban nature access on a grid: how much nature each resident has within reach, when everybody in reach of it shares it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.fft

from treeplan.errors import DataError

Floats = npt.NDArray[np.float64]
Grid = npt.NDArray[np.floating]

LEAST_PEOPLE = 1.0
"""Where no more people than this share a cell of nature, they have the whole of it; else one would seem to have more than there is."""

TILE = 800
"""Rows and columns of the answer that are worked out at a time, cells; more where the kernel is as wide."""


def _dichotomy(share: Floats) -> Floats:
    return np.ones_like(share)


def _gaussian(share: Floats) -> Floats:
    return (np.exp(-0.5 * share**2) - math.exp(-0.5)) / (1 - math.exp(-0.5))


def _density(share: Floats) -> Floats:
    return 0.75 * (1 - share**2)


def _exponential(share: Floats) -> Floats:
    return np.exp(-share)


KERNELS: dict[str, Callable[[Floats], Floats]] = {
    "dichotomy": _dichotomy,
    "exponential": _exponential,
    "gaussian": _gaussian,
    "density": _density,
}
"""How much nature at a distance counts; the distance is in radii."""


@dataclass(frozen=True)
class NatureAccess:
    """Nature that people have, cell by cell.

    Attributes
    ----------
    supply_m2 : array
        Square metres of nature for each person who lives in the cell; NaN where population or nature is unknown.
    demand_m2 : float
        Square metres that each person should have.
    """

    supply_m2: Floats
    demand_m2: float

    @property
    def balance_m2(self) -> Floats:
        """What each person has beyond (above 0) or short of (below 0) what they should, m²."""
        return self.supply_m2 - self.demand_m2


def kernel_weights(kernel: str, radius_cells: float) -> Floats:
    """The weights of the cells around one, a square with the cell in the middle; distances are between middles of cells.

    A cell beyond the radius counts nothing. The exponential kernel reaches twice as far and one cell more, its radius being
    the distance at which it has fallen to 1/e: so does InVEST 3.20, though its guide stops at the radius.
    """
    if kernel not in KERNELS:
        raise DataError(f"there is no kernel {kernel!r}", f"choose one of {', '.join(KERNELS)}.")
    reach = 2 * math.ceil(radius_cells) + 1 if kernel == "exponential" else radius_cells
    half = math.floor(reach)
    along = np.arange(-half, half + 1, dtype=float)
    distance = np.hypot(along[:, None], along[None, :])
    return np.where(distance <= reach, KERNELS[kernel](distance / radius_cells), 0.0)


def nature_access(
    population: Grid, nature: Grid, cell_m: float, radius_m: float, kernel: str = "dichotomy", demand_m2: float = 30.0
) -> NatureAccess:
    """How much nature each person has within a radius, straight line: two-step floating catchments on a grid.

    First the nature of each cell is shared among the people around it, R = S / Σ P·f(d), or R = S where they are one or
    fewer; then each cell sums what is around it, A = Σ R·f(d). Beyond the edges of the grid there is nobody and nothing.

    Parameters
    ----------
    population : array
        People in each cell; NaN is unknown and counts as nobody.
    nature : array
        Square metres of nature in each cell, of the same shape; NaN is unknown and counts as none.
    cell_m : float
        Side of a cell, metres.
    radius_m : float
        How far people go, metres.
    kernel : {"dichotomy", "exponential", "gaussian", "density"}
        How nature counts by distance (`kernel_weights`).
    demand_m2 : float
        Nature that each person should have, m². 30 m² is 3 ha for 1,000 people (Natural England).

    Raises
    ------
    DataError
        The grids differ in shape, hold numbers below 0, or the radius is under half a cell.

    Notes
    -----
    Sums over the kernel are products of Fourier transforms, tile by tile in threads: exact to about 1e-12 of the greatest
    value, the same whatever the number of threads. Beside the two grids, two arrays of float64 are held and about 40 MB for
    each thread.

    References
    ----------
    InVEST 3.20 Urban Nature Access (Natural Capital Project), uniform radius.
    """
    _require_grids(population, nature, cell_m, radius_m)
    weights = kernel_weights(kernel, radius_m / cell_m)
    ratio = np.empty(population.shape)
    supply = np.empty(population.shape)

    def shared(rows: slice, columns: slice, people: Floats) -> None:
        own = np.nan_to_num(nature[rows, columns].astype(float))
        alone = people <= LEAST_PEOPLE
        ratio[rows, columns] = own / np.where(alone, 1.0, people)

    def summed(rows: slice, columns: slice, found: Floats) -> None:
        unknown = np.isnan(population[rows, columns]) | np.isnan(nature[rows, columns])
        supply[rows, columns] = np.where(unknown, np.nan, found)

    _sum_around(population, weights, shared)
    _sum_around(ratio, weights, summed)
    return NatureAccess(supply, demand_m2)


def nature_access_of_zones(access: NatureAccess, population: Grid, zone: npt.NDArray[np.integer]) -> pd.DataFrame:
    """What the people of each zone have, from the cells whose supply is known.

    Parameters
    ----------
    zone : array of int
        The zone of each cell, from 0; below 0 for none.

    Returns
    -------
    DataFrame
        By zone: `residents`, `residents_under` and `residents_over` (short of what they should have, or beyond it; InVEST's
        Pund_adm and Povr_adm), `supply_m2_per_person`, `balance_m2_per_person` (mean over residents, SUP_DEMadm_cap; NaN
        where nobody lives).
    """
    count = int(zone.max(initial=-1)) + 1
    columns = np.zeros((4, count))
    for start in range(0, len(zone), TILE):
        rows = slice(start, start + TILE)
        known = (zone[rows] >= 0) & np.isfinite(access.supply_m2[rows]) & np.isfinite(population[rows])
        at, people = zone[rows][known], population[rows][known].astype(float)
        supply = access.supply_m2[rows][known]
        short, over = supply < access.demand_m2, supply > access.demand_m2
        for column, amount in zip(columns, (people, people * short, people * over, people * supply), strict=True):
            column += np.bincount(at, weights=amount, minlength=count)
    people, under, over_, supply = columns
    mean = np.divide(supply, people, out=np.full(count, np.nan), where=people > 0)
    return pd.DataFrame(
        {
            "residents": people,
            "residents_under": under,
            "residents_over": over_,
            "supply_m2_per_person": mean,
            "balance_m2_per_person": mean - access.demand_m2,
        }
    )


def _require_grids(population: Grid, nature: Grid, cell_m: float, radius_m: float) -> None:
    if population.shape != nature.shape or population.ndim != 2:
        raise DataError(
            f"population is a grid of {population.shape} cells and nature one of {nature.shape}",
            "give both on the same grid.",
        )
    if not radius_m >= cell_m / 2 > 0:
        raise DataError(
            f"a radius of {radius_m:g} m reaches nothing on a grid of {cell_m:g} m",
            "use a finer grid, or a longer radius.",
        )
    for name, grid in (("population", population), ("nature", nature)):
        if np.fmin.reduce(grid, axis=None, initial=0.0) < 0:
            raise DataError(f"{name} holds numbers below 0", "give cells that are not known as NaN.")


def _sum_around(grid: Grid, weights: Floats, take: Callable[[slice, slice, Floats], None]) -> None:
    """Give `take` the weighted sums around the cells of a grid, tile by tile; never below 0."""
    half = len(weights) // 2
    step = max(TILE, len(weights))
    tall, wide = (_even_step(size, step) for size in grid.shape)
    size = tuple(scipy.fft.next_fast_len(part + 2 * half, real=True) for part in (tall, wide))
    spectrum = scipy.fft.rfft2(weights, size)

    def work(corner: tuple[int, int]) -> None:
        rows, columns = (slice(a, min(a + n, end)) for a, n, end in zip(corner, (tall, wide), grid.shape, strict=True))
        window = np.zeros(size)
        top, left = max(rows.start - half, 0), max(columns.start - half, 0)
        cells = np.nan_to_num(grid[top : rows.stop + half, left : columns.stop + half])
        down, right = top - rows.start + half, left - columns.start + half
        window[down : down + cells.shape[0], right : right + cells.shape[1]] = cells
        found = scipy.fft.rfft2(window, overwrite_x=True)
        found *= spectrum
        whole = scipy.fft.irfft2(found, size, overwrite_x=True)
        sums = whole[2 * half :, 2 * half :][: rows.stop - rows.start, : columns.stop - columns.start]
        take(rows, columns, np.maximum(sums, 0.0))

    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        for _ in threads.map(work, _corners(grid.shape, tall, wide)):
            pass


def _even_step(size: int, most: int) -> int:
    """The side of tiles that cut a length evenly."""
    return max(1, math.ceil(size / math.ceil(size / most))) if size else 1


def _corners(shape: tuple[int, ...], tall: int, wide: int) -> Iterator[tuple[int, int]]:
    return ((row, column) for row in range(0, shape[0], tall) for column in range(0, shape[1], wide))
