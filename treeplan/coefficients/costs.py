"""Figures on cost in prices of 2022: planting, and looking after what was planted for its first years.

What was paid in another year is brought to 2022 by HM Treasury's GDP deflators (December 2025, as transcribed by
charlescoverdale/greenbook; 2024 = 100): 69.12 for 2010, the middle of 2008–12, 81.11 for 2019, 85.64 for 2021, 90.50 for 2022.
"""

from __future__ import annotations

from treeplan.coefficients.figure import Coefficient

_LESS_CARE = "less the care below"

COSTS: dict[str, Coefficient] = {
    # --- planting -----------------------------------------------------------------------------------------------------
    "park_tree_planting_gbp": Coefficient(
        272,
        306,
        360,
        "£ of 2022 per tree",
        "plant a tree on grass",
        f"low: Brighton, £337 in 2021 with establishment, × 1.057 to 2022, £356, {_LESS_CARE}; the rest assumed (£450 and £600 with care)",
        as_of="2021",
    ),
    "street_tree_planting_gbp": Coefficient(
        365,
        456,
        764,
        "£ of 2022 per tree",
        "plant a tree in a verge",
        f"low: London, £343 in 2008–12, × 1.31 to 2022, £449; high: about £900 in 2019, × 1.116 to 2022, £1,004; both {_LESS_CARE}; "
        "centre assumed (£600 with care)",
        as_of="2019",
    ),
    "pit_tree_planting_gbp": Coefficient(
        1_416, 2_856, 4_760, "£ of 2022 per tree", "plant a tree in a new pit in a footway"
    ),
    "orchard_tree_planting_gbp": Coefficient(56, 105, 210, "£ of 2022 per tree", "plant a fruit tree"),
    "woodland_planting_gbp_per_ha": Coefficient(6_100, 8_800, 13_200, "£ of 2022 per ha", "plant a wood"),
    "riparian_planting_gbp_per_ha": Coefficient(5_100, 7_800, 12_200, "£ of 2022 per ha", "plant a riverside strip"),
    "tiny_forest_planting_gbp_per_m2": Coefficient(
        60,
        86,
        114,
        "£ of 2022 per m2",
        "plant a tiny forest",
        f"£15,000–30,000 for about 200 m2, {_LESS_CARE}: assumption, to be verified",
    ),
    "hedge_planting_gbp_per_m": Coefficient(
        12,
        18.47,
        29,
        "£ of 2022 per m",
        "plant a hedge",
        f"centre: £22.97 a metre (BN11), {_LESS_CARE}; that it is in prices of 2022, and the range, are assumed",
    ),
    "hedge_tree_planting_gbp": Coefficient(
        15,
        19.06,
        30,
        "£ of 2022 per tree",
        "plant a tree in a hedge, whose care is the hedge's",
        "centre: £19.06 (grant rate, page to be pinned); that it is in prices of 2022, and the range, are assumed",
    ),
    # --- care: watering and weeding -----------------------------------------------------------------------------------
    "care_years": Coefficient(3, 3, 3, "years", "years in which what was planted is watered and weeded"),
    "watering_visits_a_year": Coefficient(14, 16, 20, "visits a year", "visits to water a larger tree in a summer"),
    "watering_gbp_per_visit": Coefficient(
        2, 3, 4, "£ of 2022 per visit", "water one larger tree once, 50 to 80 litres"
    ),
    "orchard_care_gbp_per_tree_year": Coefficient(
        8, 15, 30, "£ of 2022 per tree a year", "look after a young fruit tree"
    ),
    "woodland_care_gbp_per_ha_year": Coefficient(
        300,
        400,
        600,
        "£ of 2022 per ha a year",
        "weed a young wood or riverside strip and replace what died",
        "low: maintenance above £300 a ha and year, of 2022 already (page to be pinned); the rest assumed",
        as_of="2022",
    ),
    "tiny_forest_care_gbp_per_m2_year": Coefficient(
        5, 8, 12, "£ of 2022 per m2 a year", "weed and water a young tiny forest"
    ),
    "hedge_care_gbp_per_m_year": Coefficient(
        1, 1.5, 2, "£ of 2022 per m a year", "weed a young hedge and replace what died"
    ),
}
