"""Effects on people: whom it cools, who comes to meet an access standard, who visits, who takes part, and what work it gives."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from treeplan.coefficients import Coefficients
from treeplan.effects import effect
from treeplan.effects.register import Values
from treeplan.effects.standards import Crossing
from treeplan.effects.surroundings import Surroundings
from treeplan.growth import Growth

VISITED = ("woodland", "tiny_forest", "orchard", "riparian")
"""Types of planting that people come to see as they do a wood; trees in streets, parks and schools stand where people are anyway."""


@effect(label="Residents cooled", unit="residents", domain="place", together="joint")
def residents_cooled(growth: Growth, around: Surroundings) -> Values:
    """Residents within `cooling_reach_m` of the site, straight line, once it has canopy; of several sites, each resident once."""
    return np.where(growth.canopy_m2 > 0, around.cooled, 0.0)


@effect(label="Cooling felt by residents", unit="person-degC", domain="place", leading=False)
def person_degrees(growth: Growth, c: Coefficients, around: Surroundings) -> Values:
    """Cooling of summer daytime air times the residents within `cooling_reach_m`: the cooling of several sites adds up for each of them."""
    return c.cooling_degc_per_pp * 100 * growth.canopy_m2 / around.cooled_m2 * around.cooled


@effect(label="Residents who come to live within 500 m of a wood", unit="residents", domain="place", together="joint")
def newly_wood_500m(growth: Growth, around: Surroundings) -> Values | None:
    """Residents who come to live within 500 m, straight line, of a wood of 2 ha or more, once the planted wood has grown (`wood_years`); of several sites, each resident once."""
    return _once_a_wood(around.standards.wood_500m, growth)


@effect(
    label="Residents who come to live within 4 km of a large wood",
    unit="residents",
    domain="place",
    together="joint",
    leading=False,
)
def newly_wood_4km(growth: Growth, around: Surroundings) -> Values | None:
    """Residents who come to live within 4 km, straight line, of a wood of 20 ha or more, once the planted wood has grown (`wood_years`); of several sites, each resident once."""
    return _once_a_wood(around.standards.wood_4km, growth)


@effect(label="Residents who come to have three trees near home", unit="residents", domain="place", together="joint")
def newly_three_trees(growth: Growth, around: Surroundings) -> Values | None:
    """Residents with fewer than three mapped trees within 30 m of home who have three with the site's living trees, taken to stand evenly over it; several sites make up the three together. NaN where homes or trees are not mapped."""
    return _met(around.standards.three_trees, growth.alive)


@effect(
    label="Residents whose neighbourhood comes to 30 % canopy",
    unit="residents",
    domain="place",
    together="joint",
    leading=False,
)
def newly_canopy_30(growth: Growth, around: Surroundings) -> Values | None:
    """Residents of neighbourhoods under 30 % canopy that the site's canopy lifts to it, alone, or several sites' together; NaN where the canopy there is not known."""
    return _met(around.standards.canopy_30, growth.canopy_m2)


@effect(
    label="Residents who come to live within 300 m of green space", unit="residents", domain="place", together="joint"
)
def newly_green_300m(growth: Growth, around: Surroundings) -> Values | None:
    """Residents who come to live within a 300 m walk of public green space of 1 ha or more: by woods on farmland, golf courses and brownfield alone, where it is assumed that all may walk; from planting. Of several sites, each resident once."""
    found = around.standards.green_300m
    return None if found is None else np.where(growth.alive > 0, found, 0.0)


@effect(
    label="Recreation visits",
    unit="visits a year",
    domain="place",
    together="joint",
    weak="who comes depends on access, paths and what else is near",
)
def visits(sites: gpd.GeoDataFrame, growth: Growth, c: Coefficients, around: Surroundings) -> Values:
    """Visits a year to new woods, tiny forests, orchards and riverside land, growing with the wood to `wood_years`; fewer near public green space, whose visits they take, and never more than the residents served would make, to all sites together. It is assumed that all may walk there.

    References
    ----------
    475 million visits to about 3.16 million ha of UK woodland in 2017 (ONS 2020; METHODS.md 6.13); displacement and the greatest
    number for each resident are assumptions.
    """
    return np.minimum(wanted_visits(sites, growth, around), around.served * c.visits_most_per_resident)


@effect(
    label="Volunteer hours",
    unit="hours",
    domain="community",
    together="joint",
    weak="what groups give elsewhere says little of what they will give here",
)
def volunteer_hours(growth: Growth, c: Coefficients, around: Surroundings) -> Values | None:
    """Hours that schools and groups within a walk could give to planting and watering, less by the share of residents' answers that say no; each school or group takes on so many trees (`trees_per_group`) in all, whatever the number of sites."""
    if around.groups is None:
        return None
    trees = np.minimum(growth.planted, around.groups * c.trees_per_group)
    return c.volunteer_hours_per_tree * trees * (1 - around.refused_share)


@effect(
    label="Training places",
    unit="places",
    domain="learning",
    weak="how many a contract brings is agreed, not measured",
    leading=False,
)
def training_places(growth: Growth, c: Coefficients) -> Values:
    """Training places that the money for planting and care could bring, where contracts ask for them."""
    return (growth.planting_gbp + growth.care_gbp) / 1e6 * c.training_places_per_gbp_m


@effect(
    label="Work",
    unit="job-years",
    domain="work",
    weak="it comes from two claims about national planting targets, and counts no work lost elsewhere",
    leading=False,
)
def work_years(sites: gpd.GeoDataFrame, growth: Growth, c: Coefficients) -> Values:
    """Job-years of planting and early care, by hectare of wood or of ground that comes under trees."""
    planted_m2 = np.where(growth.woodlike, sites["area_m2"].to_numpy(dtype=float), growth.grown_m2)
    return planted_m2 / 1e4 * c.work_years_per_ha


def wanted_visits(sites: gpd.GeoDataFrame, growth: Growth, around: Surroundings) -> Values:
    """Visits that each site would draw if there were people enough, a year: years × sites."""
    c, visited = growth.c, sites["site_type"].isin(VISITED).to_numpy()
    kept = np.where(around.by_a_park, 1 - c.opposite.visits_displaced_share, 1.0)
    grown = np.minimum(growth.age / c.opposite.wood_years, 1) * (growth.alive > 0)
    return np.where(visited, sites["area_m2"].to_numpy(dtype=float) / 1e4 * c.visits_per_ha_year * kept * grown, 0.0)


def is_a_wood(growth: Growth) -> npt.NDArray[np.bool_]:
    """Whether what was planted is old enough to count as a wood, and lives: years × sites."""
    return (growth.age >= growth.c.opposite.wood_years) & (growth.alive > 0)


def _once_a_wood(residents: Values | None, growth: Growth) -> Values | None:
    return None if residents is None else np.where(is_a_wood(growth), residents, 0.0)


def _met(crossing: Crossing | None, amount: Values) -> Values | None:
    return None if crossing is None else crossing.met(amount)
