"""Residents who come to meet an access standard by what a site itself changes: each of them once for each standard and site.

Who meets a standard today, and how far off things may be, is what the needs say of it (`access.Access`). The study's own
residents count.
"""

from __future__ import annotations

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


@dataclass(frozen=True)
class Crossing:
    """Residents who come to meet a standard once their site has enough of something.

    Attributes
    ----------
    site : array of int
        The site, one row for each home or neighbourhood that does not meet the standard yet.
    enough : array
        How much of it there must be on the whole site.
    residents : array
        The residents there.
    unknown : array of bool
        By site: whether too little is known of those in its reach.
    """

    site: Rows
    enough: Values
    residents: Values
    unknown: Flags

    def met(self, amount: Values) -> Values:
        """Residents who meet it where sites have so much, years × sites; NaN where it is not known of 5 % of those in reach."""
        found = np.empty(amount.shape)
        for row, own in enumerate(amount):
            crossed = np.where(own[self.site] >= self.enough * (1 - 1e-12), self.residents, 0.0)
            found[row] = np.bincount(self.site, crossed, minlength=len(own))
        return np.where(self.unknown & (amount > 0), np.nan, found)

    def of(self, rows: Rows) -> Crossing:
        """The crossings of some of the sites, each named once, in the order of `rows`."""
        place = np.full(len(self.unknown), -1)
        place[rows] = np.arange(len(rows))
        kept = place[self.site] >= 0
        return Crossing(place[self.site[kept]], self.enough[kept], self.residents[kept], self.unknown[rows])


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
    wooded = of_type(sites, lambda model: model.woodlike) > 0
    return Standards(
        near_wood(sites, wooded, access, 500.0),
        near_wood(sites, wooded, access, 4_000.0),
        near_green(sites, wooded, access),
        three_trees(sites, access),
        canopy_30(sites, access, canopy_pct),
    )


def near_wood(sites: gpd.GeoDataFrame, wooded: Flags, access: Access, metres: float) -> Values | None:
    """Residents who come to live within so many metres of a wood that is large enough (`access.WOODS`), by site.

    The planted wood and the woods within `wood_gap_m` of it are one wood, as in the needs.
    """
    if "woodland" not in access.layers:
        return None
    near, known = access.near_wood(metres)
    row, woods = _one_with(sites.geometry.to_numpy(), wooded, access.woods, access.wood_gap_m, WOODS[metres])
    left = np.flatnonzero(~near)
    east, north = access.places
    found = _Found(len(sites), access.homes["residents"].to_numpy(dtype=float), known)
    for wood, home, _ in areal.points_near(east[left], north[left], woods, metres):
        found.add(row[wood], left[home])
    return found.residents()


def near_green(sites: gpd.GeoDataFrame, wooded: Flags, access: Access) -> Values:
    """Residents who come to live within a 300 m walk of public green space of 1 ha or more, by site.

    Only woods on land that the study takes in (farmland, golf courses, brownfield) add any; that all may walk there is assumed.
    The wood and the green space that it touches are one.
    """
    near, known = access.near_green
    taken_in = np.array([LAND_USES[use].stance == "take in" for use in sites["land_use"]], dtype=bool)
    row, spaces = _one_with(sites.geometry.to_numpy(), wooded & taken_in, access.green, 0.0, GREEN_HA)
    found = _Found(len(sites), access.homes["residents"].to_numpy(dtype=float), known)
    space, home = access.within_walk(spaces, GREEN_WALK_M)
    found.add(row[space[~near[home]]], home[~near[home]])
    return found.residents()


def three_trees(sites: gpd.GeoDataFrame, access: Access) -> Crossing | None:
    """Homes with fewer than three trees within 30 m, and how many the whole site needs so that they have three.

    The site's trees stand evenly over its ground: those in its part within 30 m of the home count.
    """
    if "trees" not in access.layers:
        return None
    trees, known = access.trees_near
    left = np.flatnonzero(trees < TREES)
    (east, north), shapes = access.places, sites.geometry.to_numpy()
    near = areal.points_near(east[left], north[left], shapes, TREES_M)
    site, home, _ = map(np.concatenate, zip(*near, strict=True))
    part = areal.disc_areas(east[left], north[left], TREES_M, shapes, site, home) / shapely.area(shapes)[site]
    home = left[home]
    found = _Found(len(sites), access.homes["residents"].to_numpy(dtype=float), known)
    found.add(site, home)
    sure = known[home] & (part > 0)
    site, home, part = site[sure], home[sure], part[sure]
    return Crossing(site, (TREES - trees[home]) / part, found.people[home], np.isnan(found.residents()))


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
    unknown = np.bincount(site, np.where(np.isnan(now_pct[zone]), part, 0.0), minlength=len(sites)) > 1 - LEAST_KNOWN
    people = access.homes.groupby("lsoa21_code")["residents"].sum()
    residents = zones["lsoa21_code"].map(people).fillna(0.0).to_numpy(dtype=float)
    lacking_m2 = (CANOPY_PCT - now_pct) / 100 * shapely.area(shapes)
    under = now_pct[zone] < CANOPY_PCT
    zone, site, part = zone[under], site[under], part[under]
    return Crossing(site, lacking_m2[zone] / part, residents[zone], unknown)


@dataclass
class _Found:
    """Residents who do not meet a standard as far as is known, summed by site: those who do not, and those of whom nothing is known."""

    sites: int
    people: Values
    known: Flags

    def __post_init__(self) -> None:
        self.all, self.sure = np.zeros(self.sites), np.zeros(self.sites)

    def add(self, site: Rows, home: Rows) -> None:
        """Pairs of sites and homes that do not meet the standard, each once."""
        residents = self.people[home]
        self.all += np.bincount(site, residents, minlength=self.sites)
        self.sure += np.bincount(site, np.where(self.known[home], residents, 0.0), minlength=self.sites)

    def residents(self) -> Values:
        """Residents who are known not to meet it, by site; NaN where they are under 95 % of those who may not."""
        return np.where(self.sure >= LEAST_KNOWN * self.all, self.sure, np.nan)


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
