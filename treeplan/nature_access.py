"""Urban nature access on a grid: how much nature each resident has within reach, when everybody in reach of it shares it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from treeplan.errors import DataError
from treeplan.grids import Floats, Grid, sums_around, sums_by_zone, weights_by_distance

LEAST_PEOPLE = 1.0
"""Where no more people than this share a cell of nature, they have the whole of it; else one would seem to have more than there is."""


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
    return weights_by_distance(lambda distance: KERNELS[kernel](distance / radius_cells), reach)


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
    Sums are those of `grids.sums_around`. Beside the two grids, two arrays of float64 are held.

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
        supply[rows, columns] = np.where(unknown, np.nan, np.maximum(found, 0.0))

    sums_around(lambda *window: population[window], population.shape, weights, shared)
    sums_around(lambda *window: ratio[window], ratio.shape, weights, summed)
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

    def read(rows: slice) -> tuple[npt.NDArray[np.bool_], list[Grid]]:
        people, supply = population[rows].astype(float), access.supply_m2[rows]
        short, over = supply < access.demand_m2, supply > access.demand_m2
        return np.isfinite(supply) & np.isfinite(people), [people, people * short, people * over, people * supply]

    people, under, over_, supply = sums_by_zone(zone, read)
    mean = np.divide(supply, people, out=np.full(len(people), np.nan), where=people > 0)
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
