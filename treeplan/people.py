"""Who is near what: residents served by each site; tables moved from 2011 to 2021 neighbourhoods."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from treeplan import geo
from treeplan.coefficients import Coefficient
from treeplan.errors import DataError
from treeplan.layers import Layers
from treeplan.study import Study

log = logging.getLogger(__name__)

GRID_M = 50.0
"""Spacing of the points over which residents of a neighbourhood are spread where homes are not mapped, metres."""

HOMES = frozenset(
    [
        "yes",
        "house",
        "terrace",
        "detached",
        "semidetached_house",
        "bungalow",
        "apartments",
        "residential",
        "flats",
        "dormitory",
    ]
)
"""Values of OpenStreetMap's building tag that can be homes."""

LEAST_FLOOR_M2 = 10.0
"""Mapped homes of a neighbourhood must give each resident this much floor, or they are too few to say where people live
(assumption, to be verified), m²."""

LEVELS_UNSAID = 2.0
"""Storeys of a building that does not say (assumption, to be verified)."""


def residents_in(layers: Layers) -> pd.Series:
    """Residents of each neighbourhood of the layers, by `lsoa21_code`; those without a count are NaN."""
    counts = layers["residents"].set_index("lsoa21_code")["residents"]
    zones = layers["neighbourhoods"]
    residents = zones["lsoa21_code"].map(counts)
    lost = zones["inside"] & residents.isna()
    if lost.any():
        raise DataError(
            f"{int(lost.sum())} neighbourhoods of the study have no residents in the census table, e.g. {zones.loc[lost, 'lsoa21_code'].iloc[0]}",
            "use the table for this place and census year (LSOA 2021).",
        )
    if not residents[zones["inside"].to_numpy()].sum() > 0:
        raise DataError(
            f"the census table counts nobody: it holds 0 for every one of the study's {int(zones['inside'].sum())} neighbourhoods",
            "the column may be another, or the file was emptied: download it again, or correct `columns`.",
        )
    return pd.Series(residents.to_numpy(dtype=float), index=zones["lsoa21_code"], name="residents")


def place_residents(layers: Layers) -> pd.DataFrame:
    """Points that stand for the residents of each neighbourhood.

    Where homes are mapped over (nearly) the whole of a neighbourhood, and enough of them to house its residents, residents
    are shared among them by floor area; elsewhere they are spread evenly over it.

    Returns
    -------
    DataFrame
        `lsoa21_code, easting, northing, residents, method` ("buildings" or "even"); adds up to the residents.
    """
    zones = layers["neighbourhoods"]
    residents = residents_in(layers)
    zones = zones.assign(residents=residents.to_numpy())[residents.notna().to_numpy()].reset_index(drop=True)
    homes = _homes(layers, zones)
    tables = [homes]
    for code, shape in zip(zones["lsoa21_code"], zones.geometry, strict=True):
        if code in homes.attrs["codes"]:
            continue
        east, north = _even_points(shape)
        tables.append(
            pd.DataFrame({"lsoa21_code": code, "easting": east, "northing": north, "weight": 1.0, "method": "even"})
        )
    points = pd.concat([t for t in tables if len(t)], ignore_index=True)
    total = points.groupby("lsoa21_code")["weight"].transform("sum")
    points["residents"] = points["lsoa21_code"].map(residents) * points["weight"] / total
    return points.drop(columns="weight")


def _homes(layers: Layers, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    columns = ["lsoa21_code", "easting", "northing", "weight", "method"]
    none = pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
    none.attrs["codes"] = frozenset()
    if "buildings" not in layers:
        return none
    buildings = layers["buildings"]
    buildings = buildings[buildings["building"].isin(HOMES)]
    if buildings.empty:
        return none
    extent = shapely.box(*buildings.total_bounds)
    shapes = zones.geometry.to_numpy()
    covered = shapely.area(shapely.intersection(shapes, extent)) >= 0.95 * shapely.area(shapes)
    points = shapely.centroid(buildings.geometry.to_numpy())
    home, zone = shapely.STRtree(shapes).query(points, predicate="intersects")
    home, first = np.unique(home, return_index=True)
    zone = zone[first]
    levels = np.maximum(buildings["levels"].fillna(LEVELS_UNSAID).to_numpy(dtype=float), 1.0)
    table = pd.DataFrame(
        {
            "lsoa21_code": zones["lsoa21_code"].to_numpy()[zone],
            "easting": shapely.get_x(points)[home],
            "northing": shapely.get_y(points)[home],
            "weight": (buildings.area.to_numpy() * levels)[home],
            "method": "buildings",
        }
    )[covered[zone]]
    floor_m2 = table.groupby("lsoa21_code")["weight"].sum()
    residents = zones.set_index("lsoa21_code")["residents"].reindex(floor_m2.index)
    enough = frozenset(floor_m2.index[floor_m2 >= LEAST_FLOOR_M2 * residents])
    table = table[table["lsoa21_code"].isin(enough)]
    table.attrs["codes"] = enough
    return table


def _even_points(shape: shapely.Geometry) -> tuple[np.ndarray, np.ndarray]:
    west, south, east, north = shape.bounds
    across = np.arange(np.floor(west / GRID_M) + 0.5, np.ceil(east / GRID_M)) * GRID_M
    up = np.arange(np.floor(south / GRID_M) + 0.5, np.ceil(north / GRID_M)) * GRID_M
    x, y = (a.ravel() for a in np.meshgrid(across, up))
    shapely.prepare(shape)
    within = shapely.contains_xy(shape, x, y)
    if not within.any():
        point = shapely.point_on_surface(shape)
        return np.array([point.x]), np.array([point.y])
    return x[within], y[within]


def reach_m(study: Study, figures: dict[str, Coefficient]) -> float:
    """The straight line that a walk of `walk_m` comes to, metres."""
    return study.people.walk_m / figures["detour_factor"].central


def residents_served(
    sites: gpd.GeoDataFrame, layers: Layers, study: Study, figures: dict[str, Coefficient]
) -> pd.DataFrame:
    """Residents within a walk of each site, by neighbourhood.

    The walk is the straight line from a home to the site's edge times a detour factor: barriers such as railways are not
    seen, and outputs say so.

    Returns
    -------
    DataFrame
        `site_id, lsoa21_code, residents, distance_m` (mean walk, metres), `method`. A site with nobody in reach has no row.
    """
    geo.require_bng(sites, "sites")
    people = place_residents(layers)
    points = shapely.points(people["easting"].to_numpy(), people["northing"].to_numpy())
    shapes = sites.geometry.to_numpy()
    site, person = shapely.STRtree(points).query(shapes, predicate="dwithin", distance=reach_m(study, figures))
    detour = figures["detour_factor"].central
    pairs = pd.DataFrame(
        {
            "site_id": sites["site_id"].to_numpy()[site],
            "lsoa21_code": people["lsoa21_code"].to_numpy()[person],
            "residents": people["residents"].to_numpy(dtype=float)[person],
            "walk": shapely.distance(shapes[site], points[person]) * detour,
        }
    )
    pairs["person_m"] = pairs["walk"] * pairs["residents"]
    served = pairs.groupby(["site_id", "lsoa21_code"], as_index=False)[["residents", "person_m"]].sum()
    served["distance_m"] = served["person_m"] / served["residents"].where(served["residents"] > 0)
    served["method"] = f"straight line × {detour:g}"
    return served.drop(columns="person_m")


def on_lsoa21(
    table: pd.DataFrame,
    lookup: pd.DataFrame,
    residents: pd.Series,
    counts: Sequence[str] = (),
    rates: Sequence[str] = (),
    own: Collection[str] | None = None,
    residents_2011: pd.Series | None = None,
) -> pd.DataFrame:
    """A table on 2011 neighbourhoods, moved to those of 2021.

    Rates are copied where a neighbourhood was split and averaged where several were merged, by their residents where those
    are known. Counts are shared out by the residents of 2021 and added up, so that nobody is lost. Rows that the lookup
    does not hold are of other places: they are left out, and `moved_tables` counts them.

    Parameters
    ----------
    table : DataFrame
        With `lsoa11_code`.
    lookup : DataFrame
        `lsoa11_code, lsoa21_code`.
    residents : Series
        Residents of 2021 by `lsoa21_code`, by which counts are shared.
    counts, rates : sequences of str
        Which columns are counts and which are rates.
    own : collection of str, optional
        The study's neighbourhoods of 2021, whose 2011 codes must all be in the table; all of the lookup's without it.
    residents_2011 : Series, optional
        Residents by `lsoa11_code`, by which rates of merged neighbourhoods are averaged; plainly without it.

    Returns
    -------
    DataFrame
        Indexed by `lsoa21_code`.

    Raises
    ------
    DataError
        2011 codes of the study are not in the table: a table of 2021 codes, or another place's, was called 2011.
    """
    needed = lookup if own is None else lookup[lookup["lsoa21_code"].isin(own)]
    _require_codes(table, needed)
    joined = table.merge(lookup[["lsoa11_code", "lsoa21_code"]], on="lsoa11_code")
    weight = joined["lsoa21_code"].map(residents).fillna(0.0).to_numpy(dtype=float)
    total = pd.Series(weight).groupby(joined["lsoa11_code"].to_numpy()).transform("sum").to_numpy()
    pieces = joined.groupby("lsoa11_code")["lsoa21_code"].transform("size").to_numpy()
    share = np.where(total > 0, weight / np.where(total > 0, total, 1), 1 / pieces)
    by_code = joined["lsoa21_code"]
    summed = {name: (joined[name] * share).groupby(by_code).sum(min_count=1) for name in counts}
    if rates:
        people = (
            1.0 if residents_2011 is None else joined["lsoa11_code"].map(residents_2011).to_numpy(dtype=float) * share
        )
        averaged = {name: _averaged(joined[name], people, by_code) for name in rates}
    else:
        averaged = {}
    return pd.DataFrame({**summed, **averaged}).rename_axis("lsoa21_code")


def _averaged(rate: pd.Series, weight: np.ndarray | float, by_code: pd.Series) -> pd.Series:
    """The mean rate of each neighbourhood of 2021, weighted where every one of its parts has a weight, else plain."""
    weights = pd.Series(weight, index=rate.index)
    total = weights.groupby(by_code).sum(min_count=1)
    known = weights.notna().groupby(by_code).all() & (total > 0)
    weighted = (rate * weights).groupby(by_code).sum(min_count=1) / total.where(total > 0)
    return weighted.where(known, rate.groupby(by_code).mean())


def _require_codes(table: pd.DataFrame, needed: pd.DataFrame) -> None:
    """Stop where a 2011 code that the study's neighbourhoods come from is not in the table."""
    codes = set(needed["lsoa11_code"])
    lost = sorted(codes - set(table["lsoa11_code"]))
    if lost:
        raise DataError(
            f"{len(lost):,} of the {len(codes):,} LSOA 2011 codes of the study are not in a table of {len(table):,} rows "
            f"called LSOA 2011, e.g. {lost[0]}",
            "check the vintage: the table may be on 2021 codes, or it or the lookup may cover another place.",
        )


@dataclass(frozen=True)
class Moved:
    """A table that was moved from 2011 to 2021 neighbourhoods: how many it had before and after, and how many found no home.

    Attributes
    ----------
    layer, unit : str
        Which table, and whether residents or neighbourhoods were counted in it.
    merged : int
        How many neighbourhoods of 2021 were several in 2011.
    by_residents : bool
        Whether rates of those were averaged by residents of 2011 or plainly.
    """

    layer: str
    unit: str
    before: float
    after: float
    unplaced: float
    merged: int
    by_residents: bool


def moved_tables(layers: Layers) -> list[Moved]:
    """What became of each table on 2011 neighbourhoods; people add up to the person."""
    lookup = layers.get("lsoa_lookup")
    if lookup is None:
        return []
    known = residents_of_2011(layers) is not None
    residents = layers["residents"].set_index("lsoa21_code")["residents"]
    parents = lookup.drop_duplicates(["lsoa11_code", "lsoa21_code"]).groupby("lsoa21_code").size()
    moves = []
    for layer, table in layers.items():
        if layer == "lsoa_lookup" or not isinstance(table, pd.DataFrame) or "lsoa11_code" not in table:
            continue
        placed = table["lsoa11_code"].isin(lookup["lsoa11_code"])
        held = lookup[lookup["lsoa11_code"].isin(table["lsoa11_code"])]
        merged = int((parents.reindex(held["lsoa21_code"].unique()) > 1).sum())
        if "residents" in table:
            after = on_lsoa21(table, held, residents, counts=["residents"])["residents"].sum()
            before, unplaced = table["residents"].sum(), table.loc[~placed, "residents"].sum()
            moves.append(Moved(layer, "residents", before, after, unplaced, merged, known))
        else:
            after = held["lsoa21_code"].nunique()
            moves.append(Moved(layer, "neighbourhoods", len(table), after, int((~placed).sum()), merged, known))
    return moves


def residents_of_2011(layers: Layers) -> pd.Series | None:
    """Residents by `lsoa11_code`, where the study's ages are on neighbourhoods of 2011."""
    ages = layers.get("ages")
    if ages is None or "lsoa11_code" not in ages:
        return None
    return ages.set_index("lsoa11_code")["residents"]
