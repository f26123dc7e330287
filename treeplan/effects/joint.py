"""What several sites come to together where they share residents or groups: one function per effect, named as the effect.

Each resident counts once, in the home that `access` knows, and each school or group once; what sites need together for
a standard is taken together. Of one site it is what the effect itself says.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from treeplan import areal, people
from treeplan.access import LEAST_KNOWN, Access
from treeplan.coefficients import LEVELS, Coefficients, Level
from treeplan.effects import Effects
from treeplan.effects.people import VISITED, is_a_wood, wanted_visits
from treeplan.effects.register import JOINT, Values, asked, joint
from treeplan.effects.sharing import Sharing, share
from treeplan.effects.standards import Pairs, canopy_30, near_green, near_trees, near_wood, once, three_trees
from treeplan.effects.surroundings import Surroundings, canopy_now_pct, groups_near
from treeplan.growth import Growth

log = logging.getLogger(__name__)

Rows = npt.NDArray[np.int64]
Levels = Sequence[Growth]
"""The trees of the sites at the low, central and high figures."""


def measure_joint(
    sites: gpd.GeoDataFrame,
    effects: Effects,
    access: Access,
    served: pd.DataFrame | None = None,
    canopy_pct: pd.Series | None = None,
) -> dict[str, Values]:
    """What some sites come to together, for every effect that is no sum or mean: levels × years of `effects`.

    Parameters
    ----------
    sites : GeoDataFrame
        Those of the candidate sites that are asked for, EPSG:27700; their order does not matter.
    effects : Effects
        From `measure_effects`, of these sites and any others.
    access : Access
        The homes of the study, and what they are near.
    served : DataFrame, optional
        From `people.homes_served` of these sites; worked out where it is not given.
    canopy_pct : Series, optional
        Canopy of each neighbourhood by `lsoa21_code`, %; measured where it is not given.

    Returns
    -------
    dict
        NaN is not known; of no site it is 0.
    """
    layers, study, figures = access.layers, access.study, access.figures
    sites = sites.sort_values("site_id", ignore_index=True)
    shape, known = (len(LEVELS), len(effects.years)), [name for name in JOINT if name in effects.values]
    if sites.empty:
        return {name: np.zeros(shape) for name in known}
    if served is None:
        served = people.homes_served(sites, access.everybody, layers, study, figures, access.net)
    rows = pd.Index(effects.site_ids).get_indexer(sites["site_id"])
    given = {
        "sites": sites,
        "levels": [_growth(sites, effects.years, level, access) for level in LEVELS],
        "access": access,
        "around": effects.around.of(rows),
        "served": (pd.Index(sites["site_id"]).get_indexer(served["site_id"]), served["home"].to_numpy(dtype=np.int64)),
        "canopy_pct": canopy_now_pct(layers, study, figures) if canopy_pct is None else canopy_pct,
    }
    found = {name: JOINT[name](**{word: given[word] for word in asked(JOINT[name])}) for name in known}
    log.info("effects: what %d sites come to together in %d effects", len(sites), len(found))
    return {name: np.full(shape, np.nan) if own is None else np.broadcast_to(own, shape) for name, own in found.items()}


@dataclass(frozen=True)
class Volunteers:
    """The schools and groups that could help with each site, at one level of the figures.

    Attributes
    ----------
    sharing : Sharing
        Which of them are in reach of which site.
    trees_each : float
        Trees that each of them can take on.
    planted, hours_per_tree : array
        By site: its trees, and the hours that each brings, less by the share of residents' answers that say no.
    """

    sharing: Sharing
    trees_each: float
    planted: Values
    hours_per_tree: Values

    def hours(self, chosen: npt.NDArray[np.bool_] | None = None) -> float:
        """Volunteer hours that the chosen sites come to together; `chosen` by site, all of them where it is not given."""
        planted = self.planted if chosen is None else np.where(chosen, self.planted, 0.0)
        return self.sharing.most(planted, self.trees_each, self.hours_per_tree)


def volunteers(
    sites: gpd.GeoDataFrame, around: Surroundings, access: Access, level: Level = "central"
) -> Volunteers | None:
    """Who could help with which of the sites, for the hours of any choice of them; None where no schools and groups are mapped.

    Parameters
    ----------
    sites : GeoDataFrame
        From `candidate_sites`, EPSG:27700.
    around : Surroundings
        What lies around these sites, in the same order.
    """
    sharing = _groups(sites, access)
    return None if sharing is None else _volunteers(sharing, _growth(sites, (), level, access), around)


# ---------------------------------------------------------------- residents, each once


@joint
def residents_cooled(sites: gpd.GeoDataFrame, levels: Levels, access: Access) -> Values:
    """Residents near any of the sites that has canopy."""
    homes, metres = access.everybody, access.figures["cooling_reach_m"].central
    east, north = (homes[axis].to_numpy(dtype=float) for axis in ("easting", "northing"))
    near = ((site, home) for site, home, _ in areal.points_near(east, north, sites.geometry.to_numpy(), metres))
    return _once(near, levels, lambda growth: growth.canopy_m2 > 0, homes)


@joint
def newly_wood_500m(sites: gpd.GeoDataFrame, levels: Levels, access: Access) -> Values | None:
    """Residents near any of the new woods, each judged by itself."""
    return _by_new_wood(sites, levels, access, 500.0)


@joint
def newly_wood_4km(sites: gpd.GeoDataFrame, levels: Levels, access: Access) -> Values | None:
    """Residents near any of the new large woods, each judged by itself."""
    return _by_new_wood(sites, levels, access, 4_000.0)


@joint
def newly_three_trees(sites: gpd.GeoDataFrame, levels: Levels, access: Access) -> Values | None:
    """Residents who have three trees near home with those of all sites."""
    crossing = three_trees(sites, access)
    if crossing is None:
        return None
    lacking = _once(near_trees(sites, access), levels, lambda g: g.alive > 0, access.homes, access.trees_near[1])
    return np.where(np.isnan(lacking), np.nan, [crossing.met_by_all(growth.alive) for growth in levels])


@joint
def newly_canopy_30(
    sites: gpd.GeoDataFrame, levels: Levels, access: Access, canopy_pct: pd.Series | None
) -> Values | None:
    """Residents of neighbourhoods that the canopy of all sites lifts to 30 %; NaN where over 5 % of the sites' ground is in sites of which it is not known."""
    crossing = canopy_30(sites, access, canopy_pct)
    if crossing is None:
        return None
    canopy = np.stack([growth.canopy_m2 for growth in levels])
    ground = np.where(canopy > 0, sites["area_m2"].to_numpy(dtype=float), 0.0)
    unknown = ground @ crossing.unknown > (1 - LEAST_KNOWN) * ground.sum(axis=2)
    return np.where(unknown, np.nan, [crossing.met_by_all(own) for own in canopy])


@joint
def newly_green_300m(sites: gpd.GeoDataFrame, levels: Levels, access: Access) -> Values:
    """Residents near any of the new green spaces, each judged by itself."""
    return _once(near_green(sites, access), levels, lambda g: g.alive > 0, access.homes, access.near_green[1])


def _by_new_wood(sites: gpd.GeoDataFrame, levels: Levels, access: Access, metres: float) -> Values | None:
    if "woodland" not in access.layers:
        return None
    return _once(near_wood(sites, access, metres), levels, is_a_wood, access.homes, access.near_wood(metres)[1])


def _once(
    pairs: Pairs,
    levels: Levels,
    counts: Callable[[Growth], npt.NDArray[np.bool_]],
    homes: pd.DataFrame,
    known: npt.NDArray[np.bool_] | None = None,
) -> Values:
    """Residents of the homes that are paired with a site that counts, levels × years."""
    residents = homes["residents"].to_numpy(dtype=float)
    known = np.ones(len(homes), dtype=bool) if known is None else known
    counted = np.stack([counts(growth) for growth in levels])
    return once(pairs, counted.reshape(-1, counted.shape[2]), residents, known).reshape(counted.shape[:2])


# ---------------------------------------------------------------- what residents and groups can give


@joint
def visits(
    sites: gpd.GeoDataFrame, levels: Levels, around: Surroundings, served: tuple[Rows, Rows], access: Access
) -> Values:
    """Visits to all sites: no site draws more than it would alone, no resident makes more than `visits_most_per_resident` in all."""
    site, home = served
    visited = sites["site_type"].isin(VISITED).to_numpy()[site]
    sharing = share(site[visited], home[visited], access.everybody["residents"].to_numpy(dtype=float))
    return np.array([_shared_visits(sharing, wanted_visits(sites, growth, around), growth.c) for growth in levels])


def _shared_visits(sharing: Sharing, wanted: Values, c: Coefficients) -> Values:
    """What sites share of the visits that they would draw, years × sites; grown woods draw the same every year."""
    cases, case = np.unique(wanted, axis=0, return_inverse=True)
    return np.array([sharing.most(own, c.visits_most_per_resident) for own in cases])[case.ravel()]


@joint
def volunteer_hours(sites: gpd.GeoDataFrame, levels: Levels, around: Surroundings, access: Access) -> Values | None:
    """Hours for all sites: no site has more trees planted than it has, no group takes on more than `trees_per_group` in all."""
    sharing = _groups(sites, access)
    if sharing is None:
        return None
    return np.array([[_volunteers(sharing, growth, around).hours()] for growth in levels])


def _groups(sites: gpd.GeoDataFrame, access: Access) -> Sharing | None:
    near = groups_near(sites.geometry.to_numpy(), access)
    return None if near is None else share(*near, np.ones(int(near[1].max(initial=-1)) + 1))


def _volunteers(sharing: Sharing, growth: Growth, around: Surroundings) -> Volunteers:
    hours = growth.c.volunteer_hours_per_tree * (1 - around.refused_share)
    return Volunteers(sharing, growth.c.trees_per_group, growth.planted, hours)


def _growth(sites: gpd.GeoDataFrame, years: tuple[int, ...], level: Level, access: Access) -> Growth:
    study, c = access.study, Coefficients(level, access.figures)
    return Growth(sites, years, study.planting_year, c, study.growth.aftercare, study.carbon.farmland)
