"""Urban cooling on a grid, as InVEST works it out: how far green ground takes summer heat off a day, for comparison only.

treeplan ranks by none of these figures: its own cooling is an effect of the trees that are planted (`effects`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pa

from treeplan import schemas
from treeplan.errors import DataError, listed
from treeplan.grids import Floats, Grid, means_around, sums_by_zone, weights_by_distance
from treeplan.rasters import Raster

Cells = npt.NDArray[np.float32]

PARK_M2 = 2e4
"""Green ground around a cell from which on it counts as a large park, m²; several small ones are as good as one."""

HAIR = 1e-9
"""Part of the park's size that sums may fall short of by rounding alone."""

REACH = 5
"""Distances of decay to which exponential weights reach; a cell beyond would weigh under 1 % of the one in the middle."""

BAND = 800
"""Rows of land cover that are looked up at a time."""

CLASSES = schemas.schema(
    {
        "lucode": pa.Column(float, nullable=False, unique=True),
        "shade": schemas.number(0, 1),
        "albedo": schemas.number(0, 1),
        "kc": schemas.number(0),
        "green_area": pa.Column(float, pa.Check.isin([0, 1], error="must be 0 or 1"), nullable=False),
    }
)
"""What must be known of each class of land cover: InVEST's biophysical table, by its own headings."""


@dataclass(frozen=True)
class SummerDay:
    """The day, the town and the distances over which it cools.

    Attributes
    ----------
    reference_degc : float
        Air temperature in the country, °C.
    heat_island_degc : float
        How much hotter the hottest part of town is than the country, °C.
    mixing_m : float
        Distance over which air mixes, metres; InVEST's guide begins with 500–600 m.
    park_distance_m : float
        Distance over which a large park cools, metres.
    weights : tuple of float
        How much shade, albedo and evapotranspiration count in the capacity, relative.
    """

    reference_degc: float
    heat_island_degc: float
    mixing_m: float
    park_distance_m: float = 450.0
    weights: tuple[float, float, float] = (0.6, 0.2, 0.2)


@dataclass(frozen=True)
class UrbanCooling:
    """Cooling cell by cell, daytime in summer; NaN where land cover or evapotranspiration is unknown.

    Attributes
    ----------
    capacity : array
        Cooling capacity of the cell itself, 0–1 (InVEST's cc).
    park_capacity : array
        Weighted mean of the capacity of green cells around, other cells counting 0 (cc_park).
    mitigation : array
        Heat mitigation index, 0–1: the capacity, or the park capacity where that is greater and a large park is about (hm).
    air_degc : array
        Air temperature, mixed with that of the air around, °C (t_air).
    day : SummerDay
        What it was worked out for.
    """

    capacity: Cells
    park_capacity: Cells
    mitigation: Cells
    air_degc: Cells
    day: SummerDay

    @property
    def unmixed_air_degc(self) -> Cells:
        """Air temperature of each cell as if air did not mix, °C (t_air_nomix)."""
        return self.day.reference_degc + (1 - self.mitigation) * self.day.heat_island_degc


def urban_cooling(
    land_cover: npt.NDArray[np.number],
    classes: pd.DataFrame,
    cell_m: float,
    day: SummerDay,
    evapotranspiration: Grid | None = None,
) -> UrbanCooling:
    """Heat mitigation and air temperature of each cell, from land cover and what its classes do.

    Capacity = .6 shade + .2 albedo + .2 kc · evapotranspiration / its maximum. Park capacity = the mean of green · capacity
    around, weighted by e^(−distance / park distance). Mitigation = capacity, or the park capacity where that is greater and
    2 ha or more within the park distance are green. Air = reference + (1 − mitigation) · heat island, then a mean weighted by
    e^(−distance / mixing).

    Parameters
    ----------
    land_cover : array, may be masked
        Class of each cell; masked and NaN are unknown.
    classes : DataFrame
        `lucode`, `shade` (0–1), `albedo` (0–1), `kc` (crop coefficient) and `green_area` (0 or 1), one row for each class.
    cell_m : float
        Side of a cell, metres.
    day : SummerDay
        Temperatures, distances and weights.
    evapotranspiration : array, optional
        Reference evapotranspiration on the same grid, in any unit; NaN is unknown. Without it, the same everywhere.

    Raises
    ------
    DataError
        The table or the grids do not fit, or a distance is half a cell or less.

    Notes
    -----
    What InVEST 3.20 does beyond its guide, or otherwise: distances are rounded to whole cells; exponential weights reach
    five distances and add up to 1; air is mixed with exponential weights, not Gaussian ones; what is unknown or beyond the
    edges is left out of every mean, and green ground within reach is scaled up as if what was left out were like the rest.
    Park capacity is of capacities, as the guide says; until 2025 InVEST took the mean of green cells alone.
    InVEST's second way, by building intensity, is meant for nights and is not reproduced.
    Beside what is given, four arrays of float32 and one of bytes are held.

    References
    ----------
    InVEST 3.20 Urban Cooling (Natural Capital Project), method "factors".
    """
    _require(land_cover, cell_m, day)
    capacity, green = _of_the_cell(land_cover, classes, evapotranspiration, day.weights)
    park_capacity, mitigation = _with_parks(capacity, green, cell_m, round(day.park_distance_m / cell_m))
    air = np.empty(capacity.shape, dtype=np.float32)

    def mixed(rows: slice, columns: slice, found: Floats) -> None:
        air[rows, columns] = day.reference_degc + (1 - found) * day.heat_island_degc

    means_around(lambda *window: mitigation[window], air.shape, _exponential(round(day.mixing_m / cell_m)), mixed)
    return UrbanCooling(capacity, park_capacity, mitigation, air, day)


def urban_cooling_of_rasters(
    land_cover: Raster, classes: pd.DataFrame, day: SummerDay, evapotranspiration: Raster | None = None
) -> UrbanCooling:
    """`urban_cooling` of rasters (`rasters.open_raster`): cells are those of the land cover.

    Raises
    ------
    DataError
        As `urban_cooling`; or the rasters are not on one grid.
    """
    water = None
    if evapotranspiration is not None:
        _require_one_grid(land_cover, evapotranspiration)
        cells, _ = evapotranspiration.read(*land_cover.bounds)
        water = np.ma.filled(cells.astype(np.float32), np.nan)
    return urban_cooling(land_cover.read(*land_cover.bounds)[0], classes, land_cover.cell_m, day, water)


def urban_cooling_of_zones(cooling: UrbanCooling, zone: npt.NDArray[np.integer]) -> pd.DataFrame:
    """Means of the known cells of each zone.

    Parameters
    ----------
    zone : array of int
        The zone of each cell, from 0; below 0 for none (`rasters.zone_of_cells`).

    Returns
    -------
    DataFrame
        By zone: `capacity`, `air_degc` and `above_reference_degc` (InVEST's avg_cc, avg_tmp_v, avg_tmp_an); NaN where no cell
        is known.
    """

    def read(rows: slice) -> tuple[npt.NDArray[np.bool_], list[Grid]]:
        capacity, air = cooling.capacity[rows], cooling.air_degc[rows]
        return np.isfinite(capacity), [np.ones_like(capacity), capacity, air]

    cells, capacity, air = sums_by_zone(zone, read)
    known = np.where(cells > 0, cells, np.nan)
    return pd.DataFrame(
        {
            "capacity": capacity / known,
            "air_degc": air / known,
            "above_reference_degc": air / known - cooling.day.reference_degc,
        }
    )


def _require(land_cover: npt.NDArray[np.number], cell_m: float, day: SummerDay) -> None:
    if land_cover.ndim != 2:
        raise DataError(f"land cover has {land_cover.ndim} dimensions", "give one band: rows and columns.")
    for name, distance_m in (("mixing_m", day.mixing_m), ("park_distance_m", day.park_distance_m)):
        if not (cell_m > 0 and 0.5 < distance_m / cell_m < math.inf):
            raise DataError(
                f"{name} = {distance_m:g} reaches nothing on a grid of {cell_m:g} m",
                "use a finer grid, or a longer distance.",
            )
    if not day.heat_island_degc > 0:
        raise DataError(
            f"heat_island_degc = {day.heat_island_degc:g}", "give how much hotter town is than country: above 0 °C."
        )


def _require_one_grid(land_cover: Raster, evapotranspiration: Raster) -> None:
    side = land_cover.cell_m
    off = [(a - b) / side % 1 for a, b in zip(land_cover.bounds[:2], evapotranspiration.bounds[:2], strict=True)]
    if evapotranspiration.cell_m != side or any(min(part, 1 - part) > 1e-6 for part in off):
        west, south, east, north = land_cover.bounds
        raise DataError(
            f"{evapotranspiration.path.name} has cells of {evapotranspiration.cell_m:g} m and is not on the grid of "
            f"{land_cover.path.name} (cells of {side:g} m)",
            "put it there as InVEST does: gdalwarp -r cubicspline "
            f"-tr {side:g} {side:g} -te {west:.10g} {south:.10g} {east:.10g} {north:.10g} old.tif new.tif",
        )


def _of_the_cell(
    land_cover: npt.NDArray[np.number],
    classes: pd.DataFrame,
    evapotranspiration: Grid | None,
    weights: tuple[float, float, float],
) -> tuple[Cells, npt.NDArray[np.int8]]:
    """The capacity of each cell, NaN where unknown; and whether it is green: 1, 0, or −1 where land cover is unknown."""
    table = schemas.check(
        classes, CLASSES, "the table of land cover classes", "mend the table: one row for each class."
    ).sort_values("lucode")
    codes, shade, albedo, kc, green = (table[name].to_numpy() for name in CLASSES.columns)
    of_shade, of_albedo, of_water = _shares(weights)
    dry, wet = of_shade * shade + of_albedo * albedo, of_water * kc
    most = 1.0 if evapotranspiration is None else _greatest(evapotranspiration, land_cover.shape)
    capacity = np.empty(land_cover.shape, dtype=np.float32)
    is_green = np.empty(land_cover.shape, dtype=np.int8)
    strange: set[float] = set()
    for start in range(0, len(land_cover), BAND):
        rows = slice(start, start + BAND)
        cells = np.ma.getdata(land_cover[rows])
        known = ~(np.ma.getmaskarray(land_cover[rows]) | np.isnan(cells))
        at = np.minimum(np.searchsorted(codes, cells), len(codes) - 1)
        strange.update(np.unique(cells[known & (codes[at] != cells)]).tolist())
        water = 1.0 if evapotranspiration is None else evapotranspiration[rows] / most
        capacity[rows] = np.where(known, dry[at] + wet[at] * water, np.nan)
        is_green[rows] = np.where(known, green[at], -1)
    if strange:
        raise DataError(
            f"the table of land cover classes lacks {listed([f'{code:g}' for code in sorted(strange)])}",
            "add a row for each, or mask these cells where they are unknown.",
        )
    return capacity, is_green


def _shares(weights: tuple[float, float, float]) -> Floats:
    given = np.array(weights, dtype=float)
    if not (np.all(given >= 0) and given.sum() > 0):
        raise DataError(f"weights = {weights}", "give three numbers of 0 or more, not all 0.")
    shares: Floats = given / given.sum()
    return shares


def _greatest(evapotranspiration: Grid, shape: tuple[int, ...]) -> float:
    if evapotranspiration.shape != shape:
        raise DataError(
            f"land cover is a grid of {shape} cells and evapotranspiration one of {evapotranspiration.shape}",
            "give both on the same grid.",
        )
    most = float(np.fmax.reduce(evapotranspiration, axis=None, initial=0.0))
    if np.fmin.reduce(evapotranspiration, axis=None, initial=0.0) < 0 or not most > 0:
        raise DataError(
            "evapotranspiration holds numbers below 0, or none above 0", "give cells that are not known as NaN."
        )
    return most


def _with_parks(capacity: Cells, green: npt.NDArray[np.int8], cell_m: float, distance: int) -> tuple[Cells, Cells]:
    """The park capacity and the mitigation of each cell; the distance is in cells."""
    park_capacity, mitigation = np.empty_like(capacity), np.empty_like(capacity)

    def of_green(*window: slice) -> Grid:
        return capacity[window] * (green[window] == 1)

    def around(rows: slice, columns: slice, found: Floats) -> None:
        park_capacity[rows, columns] = np.maximum(found, 0.0)

    def is_green(*window: slice) -> Grid:
        cells: Grid = green[window].astype(np.float32)
        cells[cells < 0] = np.nan
        return cells

    disc = weights_by_distance(np.ones_like, distance)
    least_share = PARK_M2 / (disc.sum() * cell_m**2) * (1 - HAIR)

    def better(rows: slice, columns: slice, share: Floats) -> None:
        own, park = capacity[rows, columns], park_capacity[rows, columns]
        mitigation[rows, columns] = np.where((park > own) & (share >= least_share), park, own)

    means_around(of_green, capacity.shape, _exponential(distance), around)
    means_around(is_green, capacity.shape, disc, better)
    return park_capacity, mitigation


def _exponential(distance: int) -> Floats:
    return weights_by_distance(lambda cells: np.exp(-cells / distance), REACH * distance)
