"""Figures on how many trees fit, how they live and grow, and what they do for heat, air, rain, nature and people."""

from __future__ import annotations

import re

from treeplan.coefficients.figure import UNDATED, Coefficient

CROWN_SHARE = re.compile(r"crown_share_year(\d+)")
"""The name of the figure for how far a crown has grown at some age."""

_SOILS = "soil groups B, C and D, for the group of a site's soil is not in open data: assumption, to be verified"

TABLE: dict[str, Coefficient] = {
    # --- how many trees fit -------------------------------------------------------------------------------------------
    "woodland_stems_per_ha": Coefficient(1_100, 1_600, 2_500, "trees per net ha", "trees planted in a new wood"),
    "woodland_open_share": Coefficient(0.15, 0.25, 0.35, "share", "part of a new wood left open as rides and glades"),
    "park_m2_per_tree": Coefficient(64, 100, 144, "m2 per tree", "room for one tree on open grass"),
    "grass_tree_share": Coefficient(0.3, 0.4, 0.5, "share", "part of a park or green that may come under trees"),
    "school_tree_share": Coefficient(0.10, 0.15, 0.20, "share", "part of school grounds that may come under trees"),
    "garden_tree_share": Coefficient(0.1, 0.15, 0.2, "share", "part of private gardens that might come under trees"),
    "street_tree_spacing_m": Coefficient(8, 10, 12, "m", "distance between trees along a street"),
    "tiny_forest_trees_per_m2": Coefficient(
        2,
        3,
        4,
        "trees per m2",
        "trees in a tiny forest",
        "centre: Earthwatch, 600 trees in about 200 m2; range assumed",
    ),
    "hedge_plants_per_m": Coefficient(
        5,
        6,
        7,
        "plants per m",
        "plants in a double row",
        "centre: gov.uk BN11 (double row, 40 cm apart); range assumed",
    ),
    "hedge_tree_spacing_m": Coefficient(
        20,
        25,
        40,
        "m",
        "distance between the trees that grow out of a hedge",
        "low: at least 20 m (Countryside Stewardship TE1); the rest assumed",
    ),
    "riparian_stems_per_ha": Coefficient(
        400,
        800,
        1_600,
        "trees per ha",
        "trees along a river or stream",
        "after Forest Research (riparian woodland), whose own range is to be checked: assumption, to be verified",
    ),
    "riparian_tree_share": Coefficient(
        0.4,
        0.5,
        0.6,
        "share",
        "part of a riverside strip that comes under trees",
        "centre: Forest Research, about half of the channel in dappled shade; range assumed",
    ),
    "orchard_trees_per_ha": Coefficient(100, 150, 400, "trees per ha", "fruit trees in an orchard"),
    "orchard_least_trees": Coefficient(5, 5, 5, "trees", "fewer fruit trees make no orchard"),
    # --- how they live and grow ---------------------------------------------------------------------------------------
    "whip_survival_year1": Coefficient(
        0.75,
        0.85,
        0.92,
        "share alive",
        "small trees alive after the first year, watered and weeded",
        "range assumed around 83 % and 88 % after one year (Tree Council, Trees Outside Woodland, January 2025)",
        as_of="2025-01",
    ),
    "whip_survival_year1_no_care": Coefficient(
        0.5,
        0.65,
        0.8,
        "share alive",
        "small trees alive after the first year where nobody waters and weeds",
        "ends: 20 to 50 % of plantings fail (older United Kingdom work, cited by Fund4Trees 2025); that they fail for want of "
        "care, and the centre, are assumed",
        as_of="2025",
    ),
    "whip_survival_later": Coefficient(0.95, 0.97, 0.985, "share alive a year", "small trees, each later year"),
    "wood_closure_years": Coefficient(10, 15, 20, "years", "age at which the canopy of a new wood closes"),
    "full_stand_stems_per_ha": Coefficient(
        400, 500, 600, "trees per ha", "trees that make a full wood when its canopy closes"
    ),
    "wood_survival_closed": Coefficient(
        0.985, 0.99, 0.995, "share alive a year", "trees of a wood that has closed: the weaker make room for the rest"
    ),
    "standard_survival_early": Coefficient(
        0.90,
        0.95,
        0.98,
        "share alive a year",
        "larger trees, each of the first five years, watered and weeded",
        "range assumed around 0.949–0.965 a year (Roman & Scatena 2011, street trees)",
        as_of="2011",
    ),
    "standard_survival_early_no_care": Coefficient(
        0.87,
        0.884,
        0.956,
        "share alive a year",
        "larger trees, each of the first five years, where nobody waters and weeds",
        "low: young cohorts in the United States, down to 0.87 a year; centre: 54 % alive after five years (a Scottish study); "
        "high: 20 % lost in five years (older work; both cited by Fund4Trees 2025); that it is for want of care is assumed",
        as_of="2025",
    ),
    "standard_young_years": Coefficient(5, 5, 5, "years", "years in which larger trees are lost most"),
    "standard_survival_later": Coefficient(
        0.955,
        0.965,
        0.98,
        "share alive a year",
        "larger trees, each later year",
        "range assumed around 0.949–0.965 a year (Roman & Scatena 2011, street trees)",
        as_of="2011",
    ),
    "crown_mature_m": Coefficient(6, 8, 10, "m", "crown width of a grown tree of middle size"),
    "crown_share_year10": Coefficient(0.10, 0.175, 0.25, "share", "crown area at 10 years as part of the grown one"),
    "crown_share_year25": Coefficient(0.40, 0.525, 0.65, "share", "crown area at 25 years as part of the grown one"),
    "crown_share_year40": Coefficient(0.70, 0.825, 0.95, "share", "crown area at 40 years as part of the grown one"),
    "crown_grown_years": Coefficient(80, 80, 80, "years", "age at which a crown is grown"),
    "crown_orchard_m": Coefficient(3, 5, 8, "m", "crown width of a grown fruit tree"),
    "hedge_width_m": Coefficient(1, 1.5, 2.5, "m", "width of a grown hedge"),
    "crown_now_m": Coefficient(4, 6, 8, "m", "crown width of a mapped tree of middle or unknown size, not measured"),
    "crown_now_small_m": Coefficient(3, 4, 6, "m", "crown width of a mapped tree of a small kind, not measured"),
    "crown_now_large_m": Coefficient(7, 10, 14, "m", "crown width of a mapped tree of a large kind, not measured"),
    # --- heat, air, rain, nature, people ------------------------------------------------------------------------------
    "hedge_growing_years": Coefficient(20, 30, 40, "years", "years in which a hedge takes up carbon"),
    "cooling_degc_per_pp": Coefficient(
        0.010,
        0.026,
        0.060,
        "degC per percentage point of canopy",
        "summer daytime air cooling",
        "centre from Iungman 2023 (14.9 to 30 % canopy, −0.4 °C, 93 cities); high from 16/32/48 % ↔ 1/2/3 °C; low assumed",
        as_of="2023",
    ),
    "cooling_reach_m": Coefficient(
        150,
        150,
        150,
        "m",
        "how far from its edge a site cools, straight line; the central figure counts at every level",
    ),
    "pollution_kg_per_canopy_ha_year": Coefficient(
        35,
        70,
        140,
        "kg a year per ha of canopy",
        "all pollutants taken up (0.27 kg per London tree a year, at an assumed 250 trees a ha)",
    ),
    "pm25_share": Coefficient(
        0.01,
        0.015,
        0.02,
        "share",
        "part of the pollutants taken up that is fine particles",
        "high: under 2 % of tonnes in the UK (ONS 2017); the rest assumed",
        as_of="2017",
    ),
    "no2_share": Coefficient(
        0.05, 0.08, 0.12, "share", "part of the pollutants taken up that is nitrogen dioxide; most of the rest is ozone"
    ),
    "canyon_height_ratio": Coefficient(
        0.5, 0.65, 1.0, "ratio", "height of the walls of a street over its width from which it holds fumes in"
    ),
    "storey_m": Coefficient(2.7, 3.0, 3.5, "m", "height of a storey"),
    "storeys_unknown": Coefficient(1, 2, 3, "storeys", "storeys of a building where nobody mapped them"),
    "storm_mm": Coefficient(50, 50, 50, "mm", "the storm for which runoff is worked out"),
    "runoff_store_share": Coefficient(
        0.2,
        0.2,
        0.2,
        "share",
        "part of what the ground can hold that is filled before any rain runs off",
        "curve number method of the United States Soil Conservation Service; page to be pinned: assumption, to be verified",
    ),
    "curve_number_woods": Coefficient(55, 70, 77, "curve number", "how readily rain runs off under good woods", _SOILS),
    "curve_number_grass": Coefficient(61, 74, 80, "curve number", "how readily rain runs off good grass", _SOILS),
    "curve_number_pasture": Coefficient(69, 79, 84, "curve number", "how readily rain runs off fair pasture", _SOILS),
    "pit_drains_m2": Coefficient(4, 9, 12, "m2 per tree", "paved ground that drains to the pit of a street tree"),
    "pit_spared_share": Coefficient(
        0.33,
        0.345,
        0.36,
        "share",
        "part of the rain on that ground that a pit with a tree keeps from the drain",
        "Armson 2013: asphalt sheds 53 % (summer) and 62 % (winter), with tree and pit 20 % and 26 %",
        "derived",
        "2013",
    ),
    "habitat_reach_m": Coefficient(
        500, 500, 500, "m", "distance beyond which a wood or protected place is no neighbour"
    ),
    "open_habitat_loss_ratio": Coefficient(
        0.5,
        1.0,
        2.0,
        "ratio",
        "hectares of joined-up canopy that it takes to make good one hectare planted on priority open habitat",
    ),
    "panel_shade_reach_m": Coefficient(
        5,
        11,
        20,
        "m",
        "how far north of grown trees a solar panel loses sun (trees of 10, 13 and 20 m, panels 6 or 5 m up, the sun 37 degrees "
        "high at noon in March and September); the central figure counts at every level",
    ),
    "panel_shade_wedge_deg": Coefficient(
        45,
        60,
        75,
        "degrees",
        "shade falls within so many degrees of north while the sun is strong enough to count; the central figure counts at every level",
    ),
    "panel_loss_kwh_year": Coefficient(
        80, 300, 800, "kWh a year", "power that a shaded roof array loses of the 3,000 kWh it makes"
    ),
    "grid_kgco2e_per_kwh": Coefficient(
        0.02, 0.06, 0.15, "kgCO2e per kWh", "emissions of the power that makes good for it, as a mean to 2050"
    ),
    "volunteer_hours_per_tree": Coefficient(
        0.25, 0.5, 1.0, "hours per tree", "volunteer time to plant and water a tree"
    ),
    "trees_per_group": Coefficient(100, 200, 400, "trees per group", "trees a school or group can take on"),
    "training_places_per_gbp_m": Coefficient(
        1, 2, 4, "places per £ million", "training places that a contract for planting and care brings"
    ),
    "work_years_per_ha": Coefficient(
        0.4,
        0.8,
        1.3,
        "job-years per ha",
        "work of planting and early care; very weak evidence",
        "claims of up to 40,000 (CCC, at least 30,000 ha a year) and of 36,000 jobs (UK100): METHODS.md 6.13",
        "derived",
        UNDATED,
    ),
    "wood_years": Coefficient(
        10, 15, 20, "years", "time until a planted wood counts as a wood, and draws visitors as one"
    ),
    "visits_per_ha_year": Coefficient(
        75,
        150,
        300,
        "visits a year per ha",
        "visits to a wood that all may walk in",
        "centre: 475 million visits to UK woodland in 2017 (ONS 2020) over about 3.16 million ha; both ends assumed",
        as_of="2017",
    ),
    "visits_displaced_share": Coefficient(
        0.5, 0.7, 0.9, "share", "part of the visits to a new wood near a park that the park loses"
    ),
    "visits_most_per_resident": Coefficient(
        2,
        5,
        12,
        "visits a year per resident",
        "visits to new woods that each resident served makes at most, to all of them together",
    ),
}
