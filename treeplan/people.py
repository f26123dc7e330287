"""Who is near what: where residents live, and who is served by each site."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from treeplan import geo
from treeplan.coefficients import Coefficient
from treeplan.errors import DataError
from treeplan.layers import Layers
from treeplan.network import Floats, Ints
from treeplan.study import Study
from treeplan.walks import WalkNetwork, residents_within

log = logging.getLogger(__name__)

NETWORK = "network"
"""What `residents_served` calls a walk along mapped ways."""

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
    sites: gpd.GeoDataFrame,
    layers: Layers,
    study: Study,
    figures: dict[str, Coefficient],
    net: WalkNetwork | None = None,
) -> pd.DataFrame:
    """Residents within a walk of each site, by neighbourhood.

    With a network the walk goes along mapped ways, from a home to where the nearest way meets the site. Without one, and for
    homes and sites that are not on it, the walk is the straight line from a home to the site's edge times a detour factor:
    barriers such as railways are then not seen. `method` says which.

    Parameters
    ----------
    sites : GeoDataFrame
        From `candidate_sites`, EPSG:27700.
    net : WalkNetwork, optional
        From `walks.walk_network`.

    Returns
    -------
    DataFrame
        `site_id, lsoa21_code, residents, distance_m` (mean walk, metres), `straight_m` (mean straight line to the site's edge),
        `method`. A site with nobody in reach has no row.
    """
    geo.require_bng(sites, "sites")
    people = place_residents(layers)
    points = shapely.points(people["easting"].to_numpy(), people["northing"].to_numpy())
    shapes = sites.geometry.to_numpy()
    shapely.prepare(shapes)
    detour = figures["detour_factor"].central
    tables, walked = [], None
    if net is not None:
        homes, (owner, doors) = (
            net.homes(points),
            net.doors(shapes, layers.shapes("access_points"), study.people.walk_m),
        )
        walked = np.isin(np.arange(len(sites)), owner), homes.joined
        for site, home, walk_m in residents_within(net, owner, doors, homes, study.people.walk_m):
            straight_m = shapely.distance(shapes[site], points[home])
            walk_m = np.maximum(walk_m, straight_m)  # doors are up to `walks.ENTRY_M` from the edge
            near = walk_m <= study.people.walk_m
            tables.append(
                _by_neighbourhood(site[near], people, home[near], walk_m[near], straight_m[near], by_network=1.0)
            )
    site, home = shapely.STRtree(points).query(shapes, predicate="dwithin", distance=reach_m(study, figures))
    if walked is not None:
        off = ~(walked[0][site] & walked[1][home])
        site, home = site[off], home[off]
    straight_m = shapely.distance(shapes[site], points[home])
    tables.append(_by_neighbourhood(site, people, home, straight_m * detour, straight_m, by_network=0.0))
    keys = ["site", "lsoa21_code"]
    served = pd.concat(tables, ignore_index=True).groupby(keys, as_index=False).sum().sort_values(keys)
    some = served["residents"].where(served["residents"] > 0)
    straight = f"straight line × {detour:g}"
    share = served["by_network"] / served["pairs"]
    return pd.DataFrame(
        {
            "site_id": sites["site_id"].to_numpy()[served["site"]],
            "lsoa21_code": served["lsoa21_code"],
            "residents": served["residents"],
            "distance_m": served["person_walk_m"] / some,
            "straight_m": served["person_straight_m"] / some,
            "method": np.select([share == 1, share == 0], [NETWORK, straight], f"{NETWORK}, in part {straight}"),
        }
    ).sort_values(["site_id", "lsoa21_code"], ignore_index=True)


def _by_neighbourhood(
    site: Ints, people: pd.DataFrame, home: Ints, walk_m: Floats, straight_m: Floats, by_network: float
) -> pd.DataFrame:
    """Pairs of sites and homes summed by site and neighbourhood."""
    residents = people["residents"].to_numpy(dtype=float)[home]
    pairs = pd.DataFrame(
        {
            "site": site,
            "lsoa21_code": people["lsoa21_code"].to_numpy()[home],
            "residents": residents,
            "person_walk_m": walk_m * residents,
            "person_straight_m": straight_m * residents,
            "pairs": 1.0,
            "by_network": by_network,
        }
    )
    return pairs.groupby(["site", "lsoa21_code"], as_index=False).sum()


@dataclass(frozen=True)
class Walks:
    """Walks on the network beside straight lines.

    Attributes
    ----------
    net : WalkNetwork
        The network.
    compared : DataFrame
        `site_id, network, straight_line` (residents within the walk), `ratio` (of the two; NaN where the straight line
        finds nobody); every site once.
    detour : float
        Mean walk over mean straight line, of people within half the walk of a site in a straight line; NaN where there are none.
    cut_off_share : float
        Share of these people whose walk is more than twice as long as half the walk: they are cut off. NaN where there are none.
    homes_off, residents_off : float
        Places of residents that are not on the network, and the residents there.
    """

    net: WalkNetwork
    compared: pd.DataFrame
    detour: float
    cut_off_share: float
    homes_off: int
    residents_off: float


def compare_walks(
    sites: gpd.GeoDataFrame,
    served: pd.DataFrame,
    layers: Layers,
    study: Study,
    figures: dict[str, Coefficient],
    net: WalkNetwork,
) -> Walks:
    """How many people each site serves by walks on the network, and by the straight line times the detour factor.

    Parameters
    ----------
    served : DataFrame
        From `residents_served` with the same network.
    """
    by_line = residents_served(sites, layers, study, figures)
    columns = [table.groupby("site_id")["residents"].sum() for table in (served, by_line)]
    network, straight = (column.reindex(sites["site_id"]).fillna(0.0).to_numpy() for column in columns)
    compared = pd.DataFrame({"site_id": sites["site_id"].to_numpy(), "network": network, "straight_line": straight})
    compared["ratio"] = compared["network"] / compared["straight_line"].where(compared["straight_line"] > 0)
    people = place_residents(layers)
    points = shapely.points(people["easting"].to_numpy(), people["northing"].to_numpy())
    off = ~net.homes(points).joined & people["lsoa21_code"].isin(_own(layers)).to_numpy()
    detour, cut_off = _real_detour(sites, people, points, layers, study.people.walk_m, net)
    walks = Walks(net, compared, detour, cut_off, int(off.sum()), float(people["residents"][off].sum()))
    log.info("walks: real detour %.2f, %.0f residents not on the network", detour, walks.residents_off)
    return walks


def _own(layers: Layers) -> pd.Series:
    zones = layers["neighbourhoods"]
    return zones.loc[zones["inside"], "lsoa21_code"]


SAMPLE = 500
"""Sites, spread over all of them, from which the real detour is worked out."""


def _real_detour(
    sites: gpd.GeoDataFrame, people: pd.DataFrame, points: geo.Shapes, layers: Layers, walk_m: float, net: WalkNetwork
) -> tuple[float, float]:
    """Walk over straight line of people within half a walk of some sites, and the share of people whose walk is over twice that."""
    shapes = sites.sort_values("site_id").geometry.to_numpy()[:: -(-len(sites) // SAMPLE)]
    homes, (owner, doors) = net.homes(points), net.doors(shapes, layers.shapes("access_points"), walk_m)
    site, home = shapely.STRtree(points).query(shapes, predicate="dwithin", distance=walk_m / 2)
    on = homes.joined[home] & np.isin(site, owner)
    site, home = site[on], home[on]
    straight_m = shapely.distance(shapes[site], points[home])
    key = site * len(points) + home
    order = np.argsort(key)
    walk = np.full(len(key), np.inf)
    for which, at, metres in residents_within(net, owner, doors, homes, walk_m):
        wanted = which * len(points) + at
        place = np.searchsorted(key[order], wanted)
        hit = (place < len(key)) & (key[order][np.minimum(place, len(key) - 1)] == wanted)
        walk[order[place[hit]]] = metres[hit]
    walk = np.maximum(walk, straight_m)
    residents = people["residents"].to_numpy(dtype=float)[home]
    near = walk <= walk_m
    line = float((residents * straight_m)[near].sum())
    total = float(residents.sum())
    detour = float((residents * walk)[near].sum()) / line if line > 0 else math.nan
    return detour, float(residents[~near].sum()) / total if total > 0 else math.nan
