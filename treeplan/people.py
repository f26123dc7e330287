"""Who is near what: the residents that each site serves."""

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
from treeplan.homes import place_residents
from treeplan.layers import Layers
from treeplan.network import Floats, Ints
from treeplan.study import Study
from treeplan.walks import Places, WalkNetwork, residents_within

log = logging.getLogger(__name__)

NETWORK = "network"
"""What `residents_served` calls a walk along mapped ways."""


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
    people = place_residents(layers, study)
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
    if net is not None and walked is not None:
        off = ~(walked[0][site] & walked[1][home])
        site, home = site[off], home[off]
        clear = ~net.crosses(
            shapely.shortest_line(shapes[site], points[home])
        )  # what parts them parts them off the ways too
        site, home = site[clear], home[clear]
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
    homes_stray : int
        Places of residents nearest to a way that nothing joins to the rest, and so joined to another or to none.
    """

    net: WalkNetwork
    compared: pd.DataFrame
    detour: float
    cut_off_share: float
    homes_off: int
    residents_off: float
    homes_stray: int


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
    people = place_residents(layers, study)
    points = shapely.points(people["easting"].to_numpy(), people["northing"].to_numpy())
    homes, own = net.homes(points), people["lsoa21_code"].isin(_own(layers)).to_numpy()
    off, stray = ~homes.joined & own, net.by_stray_ways(points, homes) & own
    detour, cut_off = _real_detour(sites, people, points, homes, layers, study.people.walk_m, net)
    residents_off = float(people["residents"][off].sum())
    log.info("walks: real detour %.2f, %.0f residents not on the network", detour, residents_off)
    return Walks(net, compared, detour, cut_off, int(off.sum()), residents_off, int(stray.sum()))


def _own(layers: Layers) -> pd.Series:
    zones = layers["neighbourhoods"]
    return zones.loc[zones["inside"], "lsoa21_code"]


SAMPLE = 500
"""Sites, spread over all of them, from which the real detour is worked out."""


def _real_detour(
    sites: gpd.GeoDataFrame,
    people: pd.DataFrame,
    points: geo.Shapes,
    homes: Places,
    layers: Layers,
    walk_m: float,
    net: WalkNetwork,
) -> tuple[float, float]:
    """Walk over straight line of people within half a walk of some sites, and the share of people whose walk is over twice that."""
    shapes = sites.sort_values("site_id").geometry.to_numpy()[:: -(-len(sites) // SAMPLE)]
    owner, doors = net.doors(shapes, layers.shapes("access_points"), walk_m)
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
