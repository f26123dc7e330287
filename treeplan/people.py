"""Who is near what: the residents that each site serves."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from treeplan import areal, geo
from treeplan.coefficients import Coefficient
from treeplan.formulas import Reach
from treeplan.homes import place_residents
from treeplan.layers import Layers
from treeplan.network import Floats, Ints
from treeplan.study import Study
from treeplan.walks import Places, WalkNetwork, residents_within

log = logging.getLogger(__name__)

ByReach = Mapping[Reach, pd.DataFrame]
"""By reach, the residents of each neighbourhood whom each site reaches: tables such as `residents_served` returns."""

NETWORK = "network"
"""What `residents_served` calls a walk along mapped ways."""

LINE = "straight line"
"""What `residents_near` calls its distances."""


def reach_m(study: Study, figures: Mapping[str, Coefficient]) -> float:
    """The straight line that a walk of `walk_m` comes to, metres."""
    return study.people.walk_m / figures["detour_factor"].central


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
        Share of these people who are not within the walk, for all that they live so near. NaN where there are none.
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


@dataclass(frozen=True)
class _Ends:
    """Both ends of all walks: the sites, and the places where residents are."""

    shapes: geo.Shapes
    people: pd.DataFrame
    points: geo.Shapes
    residents: Floats

    def by_line(self, within_m: float) -> Iterator[tuple[Ints, Ints, Floats]]:
        """Sites and homes within a straight line of each other, and how far: some sites at a time."""
        east, north = (self.people[axis].to_numpy(dtype=float) for axis in ("easting", "northing"))
        return areal.points_near(east, north, self.shapes, within_m)

    @cached_property
    def zone(self) -> Ints:
        """The neighbourhood of each place, as a number: its row in `codes`."""
        return pd.factorize(self.people["lsoa21_code"], sort=True)[0]

    @cached_property
    def codes(self) -> pd.Index:
        """The codes of the neighbourhoods, in order."""
        return pd.Index(pd.factorize(self.people["lsoa21_code"], sort=True)[1])

    def summed(self, site: Ints, home: Ints, walk_m: Floats, straight_m: Floats, by_network: float) -> pd.DataFrame:
        """Pairs of sites and homes summed by site and neighbourhood."""
        residents, zones = self.residents[home], int(self.zone.max(initial=0)) + 1
        pair, which = np.unique(site * zones + self.zone[home], return_inverse=True)
        sums = {
            "residents": residents,
            "person_walk_m": walk_m * residents,
            "person_straight_m": straight_m * residents,
            "pairs": np.ones(len(home)),
            "by_network": np.full(len(home), by_network),
        }
        table = {name: np.bincount(which.ravel(), values, minlength=len(pair)) for name, values in sums.items()}
        return pd.DataFrame({"site": pair // zones, "zone": pair % zones, **table})

    def by_site(self, sites: gpd.GeoDataFrame, tables: list[pd.DataFrame], straight: str) -> pd.DataFrame:
        """One row for each site and neighbourhood, however its people were reached; `straight` is what a straight line is called."""
        sums = pd.concat(tables, ignore_index=True).groupby(["site", "zone"], as_index=False).sum()
        some = sums["residents"].where(sums["residents"] > 0)
        share = sums["by_network"] / sums["pairs"]
        return pd.DataFrame(
            {
                "site_id": sites["site_id"].to_numpy()[sums["site"]],
                "lsoa21_code": self.codes.take(sums["zone"].to_numpy()),
                "residents": sums["residents"],
                "distance_m": sums["person_walk_m"] / some,
                "straight_m": sums["person_straight_m"] / some,
                "method": np.select([share == 1, share == 0], [NETWORK, straight], f"{NETWORK}, in part {straight}"),
            }
        ).sort_values(["site_id", "lsoa21_code"], ignore_index=True)


def residents_served(
    sites: gpd.GeoDataFrame,
    layers: Layers,
    study: Study,
    figures: dict[str, Coefficient],
    net: WalkNetwork | None = None,
) -> pd.DataFrame:
    """Residents within a walk of each site, by neighbourhood: the first of what `measure_walks` returns."""
    return measure_walks(sites, place_residents(layers, study, figures), layers, study, figures, net)[0]


def homes_served(
    sites: gpd.GeoDataFrame,
    people: pd.DataFrame,
    layers: Layers,
    study: Study,
    figures: Mapping[str, Coefficient],
    net: WalkNetwork | None,
) -> pd.DataFrame:
    """Which homes are within a walk of which site: `site_id, home` (its row in `people`), one row for each pair.

    Walks are those of `measure_walks`; its parameters are the same.
    """
    ends, reach = _ends(sites, people), reach_m(study, figures)
    if net is None:
        pairs = [(site, home) for site, home, _ in ends.by_line(reach)]
    else:
        walk_m, homes = study.people.walk_m, net.homes(ends.points)
        owner, doors = net.doors(ends.shapes, layers.shapes("access_points"), walk_m)
        walked = _walked(ends, net, owner, doors, homes, walk_m)
        pairs = [(site[near], home[near]) for site, home, metres, _ in walked for near in [metres <= walk_m]]
        for site, home, _ in ends.by_line(reach):
            off = _off_network(ends, net, site, home, ~(np.isin(site, owner) & homes.joined[home]))
            pairs.append((site[off], home[off]))
    site, home = map(np.concatenate, zip(*pairs, strict=True))
    return pd.DataFrame({"site_id": sites["site_id"].to_numpy(dtype=object)[site], "home": home})


def residents_once(served: pd.DataFrame, people: pd.DataFrame) -> pd.Series:
    """Residents within a walk of any of the sites, by `lsoa21_code`: each counted once, however many of the sites are near.

    Parameters
    ----------
    served : DataFrame
        From `homes_served`.
    people : DataFrame
        From `homes.place_residents`.

    Returns
    -------
    Series
        Neighbourhoods that none of the sites reaches are absent.
    """
    return people.iloc[served["home"].unique()].groupby("lsoa21_code")["residents"].sum()


def measure_walks(
    sites: gpd.GeoDataFrame,
    people: pd.DataFrame,
    layers: Layers,
    study: Study,
    figures: Mapping[str, Coefficient],
    net: WalkNetwork | None,
) -> tuple[pd.DataFrame, Walks | None]:
    """Residents within a walk of each site, by neighbourhood, and how walks on the network compare with straight lines.

    With a network the walk goes along mapped ways, from a home to where the nearest way meets the site. Without one, and for
    homes and sites that are not on it, the walk is the straight line from a home to the site's edge times a detour factor.
    Where a network knows barriers, no straight line crosses one; without one, railways and rivers are not seen. `method` says
    which.

    Parameters
    ----------
    sites : GeoDataFrame
        From `candidate_sites`, EPSG:27700.
    people : DataFrame
        From `homes.place_residents`.
    net : WalkNetwork or None
        From `walks.walk_network`.

    Returns
    -------
    DataFrame
        `site_id, lsoa21_code, residents, distance_m` (mean walk, metres), `straight_m` (mean straight line to the site's edge),
        `method`. A site with nobody in reach has no row.
    Walks or None
        None without a network.
    """
    geo.require_bng(sites, "sites")
    ends = _ends(sites, people)
    points = ends.points
    shapely.prepare(ends.shapes)
    detour, reach = figures["detour_factor"].central, reach_m(study, figures)
    if net is None:
        tables = [ends.summed(site, home, line_m * detour, line_m, 0.0) for site, home, line_m in ends.by_line(reach)]
        return ends.by_site(sites, tables, f"{LINE} × {detour:g}"), None
    walk_m, homes = study.people.walk_m, net.homes(points)
    owner, doors = net.doors(ends.shapes, layers.shapes("access_points"), walk_m)
    tables, seen = _on_foot(ends, net, owner, doors, homes, walk_m)
    straight, near = np.zeros(len(sites)), 0.0
    for site, home, line_m in ends.by_line(max(reach, walk_m / 2)):
        on_foot = np.isin(site, owner) & homes.joined[home]
        near += float(ends.residents[home[on_foot & (line_m <= walk_m / 2)]].sum())
        by_line = line_m <= reach
        straight += np.bincount(site[by_line], weights=ends.residents[home[by_line]], minlength=len(sites))
        off = _off_network(ends, net, site, home, by_line & ~on_foot)
        tables.append(ends.summed(site[off], home[off], line_m[off] * detour, line_m[off], 0.0))
    served = ends.by_site(sites, tables, f"{LINE} × {detour:g}")
    return served, _compared(sites, served, straight, near, seen, ends, net, homes, layers)


def _on_foot(
    ends: _Ends, net: WalkNetwork, owner: Ints, doors: Places, homes: Places, walk_m: float
) -> tuple[list[pd.DataFrame], Floats]:
    """Walks on the network, and of people within half a walk in a straight line: residents, their walks and straight lines, summed."""
    tables, seen = [], np.zeros(3)
    for site, home, metres, line_m in _walked(ends, net, owner, doors, homes, walk_m):
        within = metres <= walk_m
        tables.append(ends.summed(site[within], home[within], metres[within], line_m[within], 1.0))
        near = within & (line_m <= walk_m / 2)
        residents = ends.residents[home[near]]
        seen += [residents.sum(), residents @ metres[near], residents @ line_m[near]]
    return tables, seen


def _walked(
    ends: _Ends, net: WalkNetwork, owner: Ints, doors: Places, homes: Places, walk_m: float
) -> Iterator[tuple[Ints, Ints, Floats, Floats]]:
    """Sites and homes on the network near each other, how long the walk is and the straight line: some sites at a time."""
    for site, home, metres in residents_within(net, owner, doors, homes, walk_m):
        line_m = shapely.distance(ends.shapes[site], ends.points[home])
        yield site, home, np.maximum(metres, line_m), line_m  # doors are up to `way_reach_m` from the edge


def _off_network(ends: _Ends, net: WalkNetwork, site: Ints, home: Ints, off: npt.NDArray[np.bool_]) -> Ints:
    """Those of the sites and homes off the network between which nothing bars the straight line."""
    rows = np.flatnonzero(off)
    return rows[~net.crosses(shapely.shortest_line(ends.shapes[site[rows]], ends.points[home[rows]]))]


def residents_near(sites: gpd.GeoDataFrame, people: pd.DataFrame, within_m: float) -> pd.DataFrame:
    """Residents within a straight line of each site's edge, by neighbourhood.

    `sites` and `people` are as in `measure_walks`.

    Parameters
    ----------
    within_m : float
        How far to look, metres.

    Returns
    -------
    DataFrame
        As `residents_served`; `method` is "straight line". A site with nobody in reach has no row.
    """
    geo.require_bng(sites, "sites")
    ends = _ends(sites, people)
    tables = [ends.summed(site, home, metres, metres, 0.0) for site, home, metres in ends.by_line(within_m)]
    return ends.by_site(sites, tables, LINE)


def residents_by_reach(
    sites: gpd.GeoDataFrame, people: pd.DataFrame, served: pd.DataFrame, figures: dict[str, Coefficient]
) -> ByReach:
    """The residents whom each site reaches, by reach: on a walk, and by its cooling (within `cooling_reach_m`, straight line).

    `sites` and `people` are as in `measure_walks`; `served` is what it returns first.
    """
    return {"walk": served, "cooling": residents_near(sites, people, figures["cooling_reach_m"].central)}


def _ends(sites: gpd.GeoDataFrame, people: pd.DataFrame) -> _Ends:
    points = np.asarray(shapely.points(people["easting"].to_numpy(), people["northing"].to_numpy()), dtype=object)
    return _Ends(sites.geometry.to_numpy(), people, points, people["residents"].to_numpy(dtype=float))


def _compared(
    sites: gpd.GeoDataFrame,
    served: pd.DataFrame,
    straight: Floats,
    near: float,
    seen: Floats,
    ends: _Ends,
    net: WalkNetwork,
    homes: Places,
    layers: Layers,
) -> Walks:
    reached = served.groupby("site_id")["residents"].sum().reindex(sites["site_id"]).fillna(0.0).to_numpy()
    compared = pd.DataFrame({"site_id": sites["site_id"].to_numpy(), "network": reached, "straight_line": straight})
    compared["ratio"] = compared["network"] / compared["straight_line"].where(compared["straight_line"] > 0)
    zones = layers["neighbourhoods"]
    own = ends.people["lsoa21_code"].isin(zones.loc[zones["inside"], "lsoa21_code"]).to_numpy()
    off = ~homes.joined & own
    on_foot, walked, in_a_line = seen.tolist()
    return Walks(
        net=net,
        compared=compared,
        detour=walked / in_a_line if in_a_line > 0 else math.nan,
        cut_off_share=1 - on_foot / near if near > 0 else math.nan,
        homes_off=int(off.sum()),
        residents_off=float(ends.residents[off].sum()),
        homes_stray=int((net.by_stray_ways(ends.points, homes) & own).sum()),
    )
