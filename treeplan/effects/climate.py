"""Effects on carbon, heat, air and rain."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from treeplan.coefficients import LEVELS, Coefficients
from treeplan.effects import effect
from treeplan.effects.register import Values
from treeplan.effects.surroundings import Surroundings
from treeplan.growth import Growth
from treeplan.vocabulary import CARBON_UNITS


@effect(label="Carbon held, net", unit="tCO2e", domain="energy")
def carbon_tco2e(growth: Growth, c: Coefficients, around: Surroundings) -> Values:
    """Carbon in the trees alive at the year, less what planting a wood loses from the soil and what replaces the power of shaded solar panels, tCO2e: below 0 at first, and where none live.

    References
    ----------
    Woodland Carbon Code lookup tables, precision deduction and soil loss by what the land was: METHODS.md 6.4 and 6.5.
    """
    lost = growth.soil.map(lambda soil: getattr(c.opposite, f"soil_loss_{soil}_tco2e_per_ha")).to_numpy(dtype=float)
    disturbed_ha = np.where(growth.woodlike & growth.standing, growth.grown_m2 / 1e4, 0.0)
    power_kwh = around.panels * c.opposite.panel_loss_kwh_year * growth.opposite.crown_years
    replaced = power_kwh * c.opposite.grid_kgco2e_per_kwh / 1000
    return growth.biomass_tco2e * c.carbon_precision_share - disturbed_ha * lost - replaced


@effect(label="Solar power lost to shade", unit="kWh a year", domain="energy", leading=False)
def solar_loss_kwh(growth: Growth, c: Coefficients, around: Surroundings) -> Values:
    """Power that mapped solar panels north of the trees lose in a year to their shade, kWh."""
    return around.panels * c.panel_loss_kwh_year * growth.crown_share


@effect(label="Carbon that can be sold as units", unit="tCO2e", domain="energy", optional=True)
def carbon_claimable_tco2e(
    sites: gpd.GeoDataFrame, growth: Growth, c: Coefficients, around: Surroundings
) -> Values | None:
    """Carbon of the woods that the study claims as woodland carbon units, less the code's buffer, tCO2e; 0 on other sites.

    References
    ----------
    Woodland Carbon Code, as in METHODS.md 6.5: the buffer is 20 % of the net.
    """
    if "claim" not in sites or not (sites["claim"] == CARBON_UNITS).any():
        return None
    sold = (sites["claim"] == CARBON_UNITS).to_numpy() & growth.woodlike
    return np.where(sold, np.maximum(carbon_tco2e(growth, c, around), 0) * c.carbon_buffer_share, 0.0)


@effect(label="Summer cooling of the air nearby", unit="degC", domain="place", together="mean")
def cooling_degc(growth: Growth, c: Coefficients, around: Surroundings) -> Values:
    """Cooling of summer daytime air, as a mean over the land within `cooling_reach_m` of the site, the site included, °C.

    References
    ----------
    Iungman 2023 (93 European cities) and others: METHODS.md 6.8.
    """
    return c.cooling_degc_per_pp * 100 * growth.canopy_m2 / around.cooled_m2


@effect(label="Air pollutants taken up", unit="kg a year", domain="place")
def pollution_kg(sites: gpd.GeoDataFrame, growth: Growth, c: Coefficients) -> Values:
    """Pollutants that the canopy takes out of the air in a year, kg; none in a narrow street between buildings, where trees can hold fumes in."""
    open_air = ~sites["canyon"].to_numpy(dtype=bool)
    return growth.canopy_m2 / 1e4 * c.pollution_kg_per_canopy_ha_year * open_air


@effect(label="Fine particles (PM2.5) taken up", unit="kg a year", domain="place", leading=False)
def pm25_kg(sites: gpd.GeoDataFrame, growth: Growth, c: Coefficients) -> Values:
    """Fine particles that the canopy takes out of the air in a year, kg: part of all pollutants taken up."""
    return pollution_kg(sites, growth, c) * c.pm25_share


@effect(label="Nitrogen dioxide taken up", unit="kg a year", domain="place", leading=False)
def no2_kg(sites: gpd.GeoDataFrame, growth: Growth, c: Coefficients) -> Values:
    """Nitrogen dioxide that the canopy takes out of the air in a year, kg: part of all pollutants taken up."""
    return pollution_kg(sites, growth, c) * c.no2_share


@effect(label="Air pollutants taken up nearby", unit="kg a year per ha", domain="place", together="mean", leading=False)
def pollution_kg_per_ha(sites: gpd.GeoDataFrame, growth: Growth, c: Coefficients, around: Surroundings) -> Values:
    """Pollutants taken up in a year per hectare of land within a walk of the site, kg per ha: what those who live there share."""
    return pollution_kg(sites, growth, c) / (around.zone_m2 / 1e4)


@effect(label="Rain held back in a heavy storm", unit="m3", domain="place")
def runoff_m3(sites: gpd.GeoDataFrame, growth: Growth, c: Coefficients) -> Values:
    """Runoff that new woods and tree pits in paving spare in one storm (`storm_mm`), m³; single trees on grass spare none.

    The soil is not known, so what a wood spares is the least, the middle and the most of the three soil groups.

    References
    ----------
    SCS curve numbers as in METHODS.md 6.9; grass plots shed under 1 % of rain and paved plots with a tree in a pit far less
    than without (Armson 2013).
    """
    farmland = (sites["land_use"] == "farmland").to_numpy()
    spared_m = np.where(farmland, _spared_mm(c, "pasture"), _spared_mm(c, "grass")) / 1000
    paved = (sites["land_use"] == "footway").to_numpy()
    by_pits = growth.alive * c.pit_drains_m2 * c.storm_mm / 1000 * c.pit_spared_share
    return np.where(growth.woodlike, growth.canopy_m2 * spared_m, np.where(paved, by_pits, 0.0))


def _spared_mm(c: Coefficients, before: str) -> float:
    """What a wood in place of another cover spares of a storm, mm: by soil group, set in order, and taken by level."""
    soils = [c.at(level) for level in LEVELS]
    spared = sorted(max(soil.runoff_mm(before) - soil.runoff_mm("woods"), 0.0) for soil in soils)
    return spared[LEVELS.index(c.level)]
