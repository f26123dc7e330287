"""What planting a site does, in physical units: one function per effect, its name the name of the effect.

Each function returns the total of the whole site at one year and one level of the coefficients; `measure_effects` calls it
for low, central and high and for each year.
"""

from __future__ import annotations

import inspect
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from treeplan import people
from treeplan.coefficients import LEVELS, Coefficient, Coefficients
from treeplan.layers import Layers
from treeplan.planting import Planting, by_type, of_type
from treeplan.schemas import EFFECTS as EFFECTS_SCHEMA
from treeplan.schemas import check
from treeplan.study import Study

log = logging.getLogger(__name__)

YEARS = (2030, 2040, 2050)
"""Years for which every run states effects, besides the horizon year."""

SAME_PLACE_M = 50.0
"""Two schools or groups of one kind nearer than this are one (assumption, to be verified)."""

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Growth:
    """How the trees of each site live and grow, at one level of the coefficients (METHODS.md 6.2 to 6.4).

    Woods and hedges are planted as small whips, everything else as standards (larger single trees): `planting.PLANTING`.
    """

    sites: gpd.GeoDataFrame
    planting_year: int
    c: Coefficients

    @cached_property
    def planted(self) -> Values:
        """Trees planted on each site."""
        return self.sites[f"trees_{self.c.level}"].to_numpy(dtype=float)

    @cached_property
    def _stocked(self) -> pd.DataFrame:
        columns = ["site_type", "land_use", "area_m2", "length_m", "open_m2"]
        return pd.DataFrame(self.sites[columns]).assign(planted=self.planted)

    @cached_property
    def grown_m2(self) -> Values:
        """Canopy that each site can come to when all is grown, m²."""
        return by_type(self._stocked, lambda model, own: model.grown_m2(own, self.c))

    @cached_property
    def cost_gbp(self) -> Values:
        """Cost of planting each site and of three years of care, £."""
        return by_type(self._stocked, lambda model, own: model.cost_gbp(own, self.c))

    @cached_property
    def woodlike(self) -> npt.NDArray[np.bool_]:
        """Sites planted as woods: they take up rain, and planting them disturbs the soil."""
        return of_type(self.sites, lambda model: model.woodlike) > 0

    @cached_property
    def _stands(self) -> dict[str, npt.NDArray[np.bool_]]:
        return {stand: of_type(self.sites, partial(_stands_as, stand)) > 0 for stand in ("wood", "tree", "hedge")}

    def alive(self, year: int) -> Values:
        """Trees alive on each site."""
        if year < self.planting_year:
            return np.zeros(len(self.sites))
        age = year - self.planting_year
        c = self.c
        left = {
            "whips": 1.0 if age == 0 else c.whip_survival_year1 * c.whip_survival_later ** (age - 1),
            "standards": c.standard_survival_early ** min(age, 5) * c.standard_survival_later ** max(0, age - 5),
        }
        return self.planted * of_type(self.sites, lambda model: left[model.stock])

    def canopy_m2(self, year: int) -> Values:
        """Canopy of each site: crowns of the trees alive, never more than the site can come to; a hedge adds its own strip, and is capped at a grown crown's width."""
        c = self.c
        ages = [0, 10, 25, 40, 80]
        shares = [0, c.crown_share_year10, c.crown_share_year25, c.crown_share_year40, 1]
        grown = float(np.interp(max(0, year - self.planting_year), ages, shares))
        crown = of_type(self.sites, lambda model: getattr(c, model.crown_m))
        crowns = self.alive(year) * math.pi / 4 * crown**2 * grown
        widest = self.sites["length_m"].to_numpy(dtype=float) * c.crown_mature_m
        in_hedges = np.minimum(self.grown_m2 * grown + crowns, widest)
        return np.where(self._stands["hedge"], in_hedges, np.minimum(crowns, self.grown_m2))

    def biomass_tco2e(self, year: int) -> Values:
        """Carbon in the trees of each site, tCO2e: by hectare of wood (Woodland Carbon Code), by living tree, by hedge."""
        age = max(0, year - self.planting_year)
        c = self.c
        ages = [0, 10, 20, 30]
        kilos = float(
            np.interp(age, ages, [0, c.tree_carbon_year10_kg, c.tree_carbon_year20_kg, c.tree_carbon_year30_kg])
        )
        hedge_km = self.sites["length_m"].to_numpy(dtype=float) / 1000
        in_trees = self.alive(year) * kilos / 1000
        held = np.select(
            [self._stands["wood"], self._stands["hedge"]],
            [
                self.grown_m2 / 1e4 * c.carbon_tco2e_per_ha(age),
                hedge_km * c.hedge_carbon_tco2e_per_km_year * age + in_trees,
            ],
            in_trees,
        )
        return held * of_type(self.sites, lambda model: model.carbon_ratio(c))


def _stands_as(stand: str, model: Planting) -> float:
    return float(model.stand == stand)


@dataclass(frozen=True)
class Surroundings:
    """What lies around each site, worked out once.

    Attributes
    ----------
    zone_m2 : array
        Area within a walk of the site (the site included), m².
    habitat_m : array or None
        Distance to the nearest wood or protected place, m; None where the study maps neither.
    groups : array or None
        Schools and community groups within a walk; None where the study has no such layer.
    """

    zone_m2: Values
    habitat_m: Values | None
    groups: Values | None


def look_around(sites: gpd.GeoDataFrame, layers: Layers, study: Study, figures: dict[str, Coefficient]) -> Surroundings:
    """What lies within a walk of each site, and how far it is from woods and protected places."""
    shapes = sites.geometry.to_numpy()
    reach = people.reach_m(study, figures)
    zone = shapely.area(shapely.buffer(shapes, reach, quad_segs=32))
    habitat_layers = [layer for layer in ("woodland", "sssi", "nature_reserves") if layer in layers]
    habitats = np.concatenate([layers.shapes(layer) for layer in habitat_layers]) if habitat_layers else None
    distance = None
    if habitats is not None:
        nearest = shapely.STRtree(habitats).nearest(shapes) if len(habitats) else None
        distance = np.full(len(shapes), np.inf) if nearest is None else shapely.distance(shapes, habitats[nearest])
    groups = None
    if "community_places" in layers:
        site, _ = shapely.STRtree(_each_group_once(layers)).query(shapes, predicate="dwithin", distance=reach)
        groups = np.bincount(site, minlength=len(shapes)).astype(float)
    return Surroundings(zone, distance, groups)


def _each_group_once(layers: Layers) -> npt.NDArray[np.object_]:
    """Schools and groups as points; two of one kind within 50 m are one place that two sources know."""
    groups = layers["community_places"]
    points, kinds = groups.geometry.to_numpy(), groups["kind"].fillna("").to_numpy()
    later, earlier = shapely.STRtree(points).query(points, predicate="dwithin", distance=SAME_PLACE_M)
    again = (earlier < later) & (kinds[earlier] == kinds[later])
    return np.delete(points, np.unique(later[again]))


@dataclass(frozen=True)
class Effect:
    """One effect: its words, its unit, and the function that works it out."""

    name: str
    label: str
    unit: str
    work_out: Callable[..., Values | None]

    @property
    def doc(self) -> str:
        """The first line of the function's docstring."""
        return (self.work_out.__doc__ or "").strip().split("\n")[0]


EFFECTS: dict[str, Effect] = {}


def effect(*, label: str, unit: str) -> Callable[[Callable[..., Values | None]], Callable[..., Values | None]]:
    """Enter an effect into the register under its function's name."""

    def enter(work_out: Callable[..., Values | None]) -> Callable[..., Values | None]:
        EFFECTS[work_out.__name__] = Effect(work_out.__name__, label, unit, work_out)
        return work_out

    return enter


@effect(label="Trees alive", unit="trees")
def trees_alive(growth: Growth, year: int) -> Values:
    """Trees alive at the year."""
    return growth.alive(year)


@effect(label="Tree canopy", unit="m2")
def canopy_m2(growth: Growth, year: int) -> Values:
    """Canopy at the year, m²: never the grown canopy on day one."""
    return growth.canopy_m2(year)


@effect(label="Canopy added nearby", unit="percentage points")
def canopy_pp(growth: Growth, year: int, around: Surroundings) -> Values:
    """Canopy that the site adds to the land within a walk of it, percentage points."""
    return 100 * growth.canopy_m2(year) / around.zone_m2


@effect(label="Carbon held, net", unit="tCO2e")
def carbon_tco2e(growth: Growth, year: int, c: Coefficients) -> Values:
    """Carbon in the trees alive at the year, less what planting a wood loses from the soil, tCO2e.

    References
    ----------
    Woodland Carbon Code lookup tables v2.0 (2018), precision deduction and soil loss as in METHODS.md 6.4 and 6.5.
    """
    planted = growth.woodlike & (year >= growth.planting_year)
    lost = np.where(planted, growth.grown_m2 / 1e4 * c.opposite.soil_loss_tco2e_per_ha, 0.0)
    return growth.biomass_tco2e(year) * c.carbon_precision_share - lost


@effect(label="Summer cooling of the air nearby", unit="degC")
def cooling_degc(growth: Growth, year: int, c: Coefficients, around: Surroundings) -> Values:
    """Cooling of summer daytime air, as a mean over the land within a walk of the site, °C.

    References
    ----------
    Iungman 2023 (93 European cities) and others: METHODS.md 6.8.
    """
    return c.cooling_degc_per_pp * 100 * growth.canopy_m2(year) / around.zone_m2


@effect(label="Air pollutants taken up", unit="kg a year")
def pollution_kg(growth: Growth, year: int, c: Coefficients) -> Values:
    """Pollutants that the canopy takes out of the air in a year, kg."""
    return growth.canopy_m2(year) / 1e4 * c.pollution_kg_per_canopy_ha_year


@effect(label="Air pollutants taken up nearby", unit="kg a year per ha")
def pollution_kg_per_ha(growth: Growth, year: int, c: Coefficients, around: Surroundings) -> Values:
    """Pollutants taken up in a year per hectare of land within a walk of the site, kg per ha: what those who live there share."""
    return growth.canopy_m2(year) / 1e4 * c.pollution_kg_per_canopy_ha_year / (around.zone_m2 / 1e4)


@effect(label="Rain held back in a 50 mm storm", unit="m3")
def runoff_m3(sites: gpd.GeoDataFrame, growth: Growth, year: int, c: Coefficients) -> Values:
    """Runoff that new woods and tree pits in paving spare in one storm, m³; single trees on grass spare none.

    References
    ----------
    SCS curve numbers as in METHODS.md 6.9; grass plots shed under 1 % of rain and paved plots with a tree in a pit far less
    than without (Armson 2013).
    """
    before = np.where(sites["land_use"] == "farmland", c.runoff_mm("pasture"), c.runoff_mm("grass"))
    spared_m = np.maximum(before - c.runoff_mm("woods"), 0) / 1000
    paved = (sites["land_use"] == "footway").to_numpy()
    by_pits = growth.alive(year) * c.pit_drains_m2 * c.storm_mm / 1000 * c.pit_spared_share
    return np.where(growth.woodlike, growth.canopy_m2(year) * spared_m, np.where(paved, by_pits, 0.0))


@effect(label="Canopy joined to woods and protected places", unit="connected ha")
def connected_ha(growth: Growth, year: int, c: Coefficients, around: Surroundings) -> Values | None:
    """Hectares of canopy, each counted by how near it is to a wood or protected place (1 beside it, 0 at 500 m)."""
    if around.habitat_m is None:
        return None
    nearness = np.clip(1 - around.habitat_m / c.habitat_reach_m, 0, 1)
    return growth.canopy_m2(year) / 1e4 * nearness


@effect(label="Volunteer hours", unit="hours")
def volunteer_hours(growth: Growth, c: Coefficients, around: Surroundings) -> Values | None:
    """Hours that schools and groups within a walk could give to planting and watering: weak evidence."""
    if around.groups is None:
        return None
    return c.volunteer_hours_per_tree * np.minimum(growth.planted, around.groups * c.trees_per_group)


@effect(label="Cost of planting and three years of care", unit="£")
def cost_gbp(growth: Growth) -> Values:
    """Cost of planting the site and looking after it for three years, £."""
    return growth.cost_gbp


def measure_effects(
    sites: gpd.GeoDataFrame, layers: Layers, study: Study, figures: dict[str, Coefficient]
) -> pd.DataFrame:
    """Every effect of planting every site, low, central and high, at each year.

    Returns
    -------
    DataFrame
        Long: `site_id, effect, year, low, central, high`, whole-site totals in the effect's unit; NaN where the study lacks
        the layer. Sorted by site, effect and year.
    """
    around = look_around(sites, layers, study, figures)
    years = sorted({*YEARS, study.horizon_year})
    growths = [Growth(sites, study.planting_year, Coefficients(level, figures)) for level in LEVELS]
    tables = []
    for facts in EFFECTS.values():
        wanted = inspect.signature(facts.work_out).parameters
        for year in years:
            levels: dict[str, Values] = {}
            for level, growth in zip(LEVELS, growths, strict=True):
                given: dict[str, Any] = {
                    "sites": sites,
                    "growth": growth,
                    "year": year,
                    "c": growth.c,
                    "around": around,
                }
                values = facts.work_out(**{name: given[name] for name in wanted})
                levels[level] = np.full(len(sites), np.nan) if values is None else values
            tables.append(pd.DataFrame({"site_id": sites["site_id"], "effect": facts.name, "year": year, **levels}))
    long = pd.concat(tables, ignore_index=True).sort_values(["site_id", "effect", "year"], ignore_index=True)
    log.info("effects: %d effects at %s", len(EFFECTS), ", ".join(map(str, years)))
    return check(long, EFFECTS_SCHEMA, "effects") if len(sites) else long


def at_horizon(effects: pd.DataFrame, year: int, level: str = "central") -> pd.DataFrame:
    """One row per site and one column per effect, at a year and level."""
    return effects[effects["year"] == year].pivot(index="site_id", columns="effect", values=level)
