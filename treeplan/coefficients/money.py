"""Figures on money, used only where a study asks for it; the unit says the year of the prices."""

from __future__ import annotations

from treeplan.coefficients.figure import Coefficient

CARBON_VALUE_YEARS = (2025, 2030, 2040, 2050)

DISCOUNT_STEP_YEAR = 30
"""The last year from planting that is discounted at the first rate (Green Book 2022, A6); the names of the rates say so."""

_CARBON_VALUES = "DESNZ, Valuation of energy use and greenhouse gas emissions, November 2023, table 3, as transcribed by charlescoverdale/greenbook"
_GREEN_BOOK = "HM Treasury, Green Book 2022, A6, as transcribed by charlescoverdale/greenbook"
_DEFLATORS = "HM Treasury, GDP deflators, December 2025, as transcribed by charlescoverdale/greenbook"


def _carbon_value(year: int, low: float, central: float, high: float) -> Coefficient:
    plain = f"what a tonne of carbon is worth in {year}, by the government's series"
    return Coefficient(low, central, high, "£ of 2022 per tCO2e", plain, _CARBON_VALUES, "sourced", "2023-11")


def _rate(share: float, plain: str) -> Coefficient:
    return Coefficient(share, share, share, "share a year", plain, _GREEN_BOOK, "sourced", "2022")


def discount_rate_names(kind: str = "") -> tuple[str, str]:
    """The figures for the rate to `DISCOUNT_STEP_YEAR` and for that after it; `kind` "health_" is for wellbeing."""
    return f"{kind}discount_rate_to_year{DISCOUNT_STEP_YEAR}", f"{kind}discount_rate_from_year{DISCOUNT_STEP_YEAR + 1}"


MONEY: dict[str, Coefficient] = {
    "carbon_value_2025_gbp": _carbon_value(2025, 137, 273, 410),
    "carbon_value_2030_gbp": _carbon_value(2030, 147, 295, 442),
    "carbon_value_2040_gbp": _carbon_value(2040, 171, 343, 514),
    "carbon_value_2050_gbp": _carbon_value(2050, 199, 398, 596),
    "carbon_value_growth": Coefficient(0.015, 0.015, 0.015, "share a year", "growth of the carbon value after 2050"),
    discount_rate_names()[0]: _rate(0.035, "discounting of years 0 to 30 from planting"),
    discount_rate_names()[1]: _rate(0.03, "discounting of years 31 to 75 from planting"),
    discount_rate_names("health_")[0]: _rate(0.015, "discounting of wellbeing, years 0 to 30"),
    discount_rate_names("health_")[1]: _rate(0.0129, "discounting of wellbeing, years 31 to 75"),
    "gdp_2015_to_2022": Coefficient(
        1.204,
        1.204,
        1.204,
        "ratio",
        "prices of 2022 over those of 2015",
        f"{_DEFLATORS}: 90.50 over 75.15",
        "derived",
        "2025-12",
    ),
    "gdp_2019_to_2022": Coefficient(
        1.116,
        1.116,
        1.116,
        "ratio",
        "prices of 2022 over those of 2019",
        f"{_DEFLATORS}: 90.50 over 81.11",
        "derived",
        "2025-12",
    ),
    "air_value_gbp_per_canopy_ha_year": Coefficient(
        100,
        250,
        700,
        "£ of 2015 a year per ha of canopy",
        "what it is worth that canopy takes up pollution",
        "centre: UK woodland 2015, £767 m over about 3.16 m ha, taken as prices of 2015; ends assumed",
    ),
    "exposure_reach_m": Coefficient(
        500, 500, 500, "m", "how near people live who count for cleaner air, straight line from the edge of the site"
    ),
    "exposure_least_ratio": Coefficient(
        0.3, 0.3, 0.3, "ratio", "residents near over the district's mean: the least that cleaner air is multiplied by"
    ),
    "exposure_most_ratio": Coefficient(
        3, 3, 3, "ratio", "residents near over the district's mean: the most that cleaner air is multiplied by"
    ),
    "visit_value_gbp": Coefficient(1, 3, 5, "£ of 2022 per visit", "what a visit is worth to the visitor"),
    "wood_later_care_gbp_per_ha_year": Coefficient(
        300, 400, 600, "£ of 2022 a year per ha of canopy", "care of a wood after its third year"
    ),
    "wellby_gbp": Coefficient(
        10_000,
        13_000,
        16_000,
        "£ of 2019 per point and year",
        "one point of life satisfaction (0–10) for one person and year",
        "HM Treasury, Wellbeing guidance for appraisal, July 2021, as transcribed by charlescoverdale/greenbook",
        "sourced",
        "2021-07",
    ),
    "life_satisfaction_points": Coefficient(
        0, 0.005, 0.01, "points per person", "life satisfaction that goes with 10 percentage points more canopy nearby"
    ),
}


def carbon_value_name(year: int) -> str:
    """The figure for the carbon value of a year of the series."""
    return f"carbon_value_{year}_gbp"
