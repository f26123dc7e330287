"""Residents who come to meet an access standard by what a site itself changes: each of them once for each standard and site.

Who meets a standard today, and how far off things may be, is what the needs say of it (`access.Access`). The study's own
residents count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from treeplan import areal, geo
from treeplan.access import CANOPY_PCT, GREEN_HA, GREEN_WALK_M, LEAST_KNOWN, TREES, TREES_M, WOODS, Access
from treeplan.planting import of_type
from treeplan.vocabulary import LAND_USES

Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]
Pairs = Iterator[tuple[Rows, Rows]]
"""Rows of sites and of homes, each pair once, some at a time."""

NEARLY = 1 - 1e-9
"""Enough but for rounding."""


@dataclass(frozen=True)
class Crossing:
    """Residents who come to meet a standard once the sites by them have enough of something.

    Attributes
    ----------
    site, place : array of int
        The site, and the home or neighbourhood that does not meet the standard yet: one row for each pair.
    enough : array
        How much of it there must be on the whole site, if it is to do it alone.
    residents : array
        The residents there.
    unknown : array of bool
        By site: whether too little is known of those in its reach.
    """

    site: Rows
    place: Rows
    enough: Values
    residents: Values
    unknown: Flags

    def met(self, amount: Values) -> Values:
        """Residents who meet it where sites have so much, years × sites; NaN where it is not known of 5 % of those in reach."""
        found = np.empty(amount.shape)
        for row, own in enumerate(amount):
            crossed = np.where(own[self.site] >= self.enough * NEARLY, self.residents, 0.0)
            found[row] = np.bincount(self.site, crossed, minlength=len(own))
        return np.where(self.unknown & (amount > 0), np.nan, found)

    def met_by_all(self, amount: Values) -> Values:
        """Residents who meet it by what all sites have together, one number for each year of `amount`, years × sites."""
        places, first, place = np.unique(self.place, return_index=True, return_inverse=True)
        residents = self.residents[first]
        share = (np.bincount(place, own[self.site] / self.enough, minlength=len(places)) for own in amount)
        return np.array([residents[own >= NEARLY].sum() for own in share])

    def of(self, rows: Rows) -> Crossing:
        """The crossings of some of the sites, each named once, in the order of `rows`."""
        place = np.full(len(self.unknown), -1)
        place[rows] = np.arange(len(rows))
        kept = place[self.site] >= 0
        pairs = (place[self.site[kept]], self.place[kept], self.enough[kept], self.residents[kept])
        return Crossing(*pairs, self.unknown[rows])


@dataclass(frozen=True)
class Standards:
    """What a site's planting changes for those who do not meet a standard yet; None where the study lacks the layer.

    Attributes
    ----------
    wood_500m, wood_4km, green_300m : array or None
        Residents who meet it once the site is a wood, or is open to all; NaN where it is not known of over 5 % of those in reach.
    three_trees, canopy_30 : Crossing or None
        By trees alive, and by canopy, m².
    """

    wood_500m: Values | None
    wood_4km: Values | None
    green_300m: Values | None
    three_trees: Crossing | None
    canopy_30: Crossing | None

    def of(self, rows: Rows) -> Standards:
        """Those of some of the sites, each named once, in the order of `rows`."""
        own: dict[str, Any] = {
            name: value.of(rows) if isinstance(value, Crossing) else None if value is None else value[rows]
            for name, value in vars(self).items()
        }
        return Standards(**own)


def wooded(sites: gpd.GeoDataFrame) -> Flags:
    """Sites that are planted as woods."""
    return of_type(sites, lambda model: model.woodlike) > 0


def standards(sites: gpd.GeoDataFrame, access: Access, canopy_pct: pd.Series | None) -> Standards:
    """Who comes to meet which standard by planting each site.

    Parameters
    ----------
    sites : GeoDataFrame
        From `candidate_sites`, EPSG:27700.
    access : Access
        The homes of the study, and what they are near.
    canopy_pct : Series or None
        Canopy of each neighbourhood by `lsoa21_code`, %; None where the study has none.
    """
    people = access.homes["residents"].to_numpy(dtype=float)
    by_wood = {
        metres: by_site(near_wood(sites, access, metres), len(sites), people, access.near_wood(metres)[1])
        for metres in (WOODS if "woodland" in access.layers else ())
    }
    return Standards(
        by_wood.get(500.0),
        by_wood.get(4_000.0),
        by_site(near_green(sites, access), len(sites), people, access.near_green[1]),
        three_trees(sites, access),
        canopy_30(sites, access, canopy_pct),
    )


def near_wood(sites: gpd.GeoDataFrame, access: Access, metres: float) -> Pairs:
    """Sites that become a wood that is large enough (`access.WOODS`), and the homes that come to be within so many metres of one.

    The planted wood and the woods within `wood_gap_m` of it are one wood, as in the needs.
    """
    near, _ = access.near_wood(metres)
    row, woods = _one_with(sites.geometry.to_numpy(), wooded(sites), access.woods, access.wood_gap_m, WOODS[metres])
    left = np.flatnonzero(~near)
    east, north = access.places
    for wood, home, _ in areal.points_near(east[left], north[left], woods, metres):
        yield row[wood], left[home]


def near_green(sites: gpd.GeoDataFrame, access: Access) -> Pairs:
    """Sites that become public green space of 1 ha or more, and the homes that come to be within a 300 m walk of some.

    Only woods on land that the study takes in (farmland, golf courses, brownfield) add any; that all may walk there is assumed.
    The wood and the green space that it touches are one.
    """
    near, _ = access.near_green
    taken_in = np.array([LAND_USES[use].stance == "take in" for use in sites["land_use"]], dtype=bool)
    row, spaces = _one_with(sites.geometry.to_numpy(), wooded(sites) & taken_in, access.green, 0.0, GREEN_HA)
    space, home = access.within_walk(spaces, GREEN_WALK_M)
    yield row[space[~near[home]]], home[~near[home]]


def near_trees(sites: gpd.GeoDataFrame, access: Access) -> Pairs:
    """Sites, and the homes within 30 m of them that have fewer than three trees there, as far as is known."""
    left = np.flatnonzero(access.trees_near[0] < TREES)
    east, north = access.places
    for site, home, _ in areal.points_near(east[left], north[left], sites.geometry.to_numpy(), TREES_M):
        yield site, left[home]


def three_trees(sites: gpd.GeoDataFrame, access: Access) -> Crossing | None:
    """Homes with fewer than three trees within 30 m, and how many the whole site needs so that they have three.

    The site's trees stand evenly over its ground: those in its part within 30 m of the home count.
    """
    if "trees" not in access.layers:
        return None
    trees, known = access.trees_near
    (east, north), shapes = access.places, sites.geometry.to_numpy()
    site, home = map(np.concatenate, zip(*near_trees(sites, access), strict=True))
    part = areal.disc_areas(east, north, TREES_M, shapes, site, home) / shapely.area(shapes)[site]
    people = access.homes["residents"].to_numpy(dtype=float)
    unknown = np.isnan(by_site([(site, home)], len(sites), people, known))
    sure = known[home] & (part > 0)
    site, home, part = site[sure], home[sure], part[sure]
    return Crossing(site, home, (TREES - trees[home]) / part, people[home], unknown)


def canopy_30(sites: gpd.GeoDataFrame, access: Access, canopy_pct: pd.Series | None) -> Crossing | None:
    """Neighbourhoods under 30 % canopy, and how much the whole site needs so that its part in them makes up for it, m².

    A site with over 5 % of its ground in neighbourhoods of unknown canopy is unknown.
    """
    if canopy_pct is None:
        return None
    zones = access.layers["neighbourhoods"]
    zones = zones[zones["inside"]]
    shapes, area = zones.geometry.to_numpy(), shapely.area(sites.geometry.to_numpy())
    zone, site, shared_m2 = areal.overlaps(shapes, sites.geometry.to_numpy())
    part, now_pct = shared_m2 / area[site], zones["lsoa21_code"].map(canopy_pct).to_numpy(dtype=float)
    people = access.homes.groupby("lsoa21_code")["residents"].sum()
    residents = zones["lsoa21_code"].map(people).fillna(0.0).to_numpy(dtype=float)
    lacking_m2 = (CANOPY_PCT - now_pct) / 100 * shapely.area(shapes)
    unknown = np.bincount(site, np.where(np.isnan(now_pct[zone]), part, 0.0), minlength=len(sites)) > 1 - LEAST_KNOWN
    under = now_pct[zone] < CANOPY_PCT
    zone, site, part = zone[under], site[under], part[under]
    return Crossing(site, zone, lacking_m2[zone] / part, residents[zone], unknown)


def by_site(pairs: Iterable[tuple[Rows, Rows]], sites: int, people: Values, known: Flags) -> Values:
    """Residents of the homes that are paired with each site.

    Parameters
    ----------
    pairs : iterable
        Rows of sites and of homes that do not meet a standard, as far as is known; each pair once.
    sites : int
        How many sites there are.
    people, known : array
        By home: its residents, and whether it is known that it does not meet the standard.

    Returns
    -------
    array
        Those of whom it is known; NaN where they are under 95 %.
    """
    everybody, sure = np.zeros(sites), np.zeros(sites)
    for site, home in pairs:
        residents = people[home]
        everybody += np.bincount(site, residents, minlength=sites)
        sure += np.bincount(site, np.where(known[home], residents, 0.0), minlength=sites)
    return np.where(sure >= LEAST_KNOWN * everybody, sure, np.nan)


def once(pairs: Iterable[tuple[Rows, Rows]], counts: Flags, people: Values, known: Flags) -> Values:
    """Residents of the homes that are paired with any site that counts, each home once; otherwise as `by_site`.

    Parameters
    ----------
    counts : array of bool
        Whether a site counts: one row for each number that is asked for, such as a year, one column for each site.
    """
    cases, case = np.unique(counts, axis=0, return_inverse=True)
    reached = np.zeros((len(cases), len(people)), dtype=bool)
    for site, home in pairs:
        for own, row in zip(reached, cases, strict=True):
            own[home[row[site]]] = True
    everybody, sure = reached @ people, reached @ np.where(known, people, 0.0)
    return np.where(sure >= LEAST_KNOWN * everybody, sure, np.nan)[case.ravel()]


def _one_with(
    shapes: geo.Shapes, wanted: Flags, others: geo.Shapes, gap_m: float, least_ha: float
) -> tuple[Rows, geo.Shapes]:
    """Each wanted shape and the others within a gap of it as one, where that is large enough; the row of each in `shapes`.

    Others that are large enough alone add to its size; they are left out of the shape, for whoever is near them is so already.
    """
    own = np.flatnonzero(wanted)
    one, other = shapely.STRtree(others).query(shapes[own], predicate="dwithin", distance=gap_m)
    size = shapely.area(others)
    total = shapely.area(shapes[own]) + np.bincount(one, size[other], minlength=len(own))
    large = total >= least_ha * 1e4
    small = large[one] & (size[other] < least_ha * 1e4)
    parts = np.concatenate([shapes[own[large]], others[other[small]]])
    of = np.concatenate([np.flatnonzero(large), one[small]])
    pieces, piece_of = shapely.get_parts(parts, return_index=True)
    order = np.argsort(of[piece_of], kind="stable")
    row, number = np.unique(of[piece_of][order], return_inverse=True)
    return own[row], shapely.multipolygons(pieces[order], indices=number.ravel()) if len(row) else geo.NO_SHAPES
