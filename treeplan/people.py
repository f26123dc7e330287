"""Who is near what: where residents live, and who is served by each site."""

from __future__ import annotations

import logging

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
