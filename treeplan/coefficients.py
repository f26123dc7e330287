"""Every figure the models use: low, central, high, unit, source, mark and date.

Marks (METHODS.md 1): "sourced" was read in the publication named; "derived" is arithmetic on sourced figures; "assumption"
is to be verified. `low`, `central` and `high` are in order of the number, not of the outcome.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from treeplan.errors import StudyError

Level = Literal["low", "central", "high"]
LEVELS: tuple[Level, ...] = ("low", "central", "high")

ASSUMED = "assumption, to be verified"


@dataclass(frozen=True)
class Coefficient:
    """One figure with its range and where it comes from."""

    low: float
    central: float
    high: float
    unit: str
    plain: str
    source: str = ASSUMED
    mark: Literal["sourced", "derived", "assumption"] = "assumption"
    as_of: str = "2026-11"
    overridden: bool = False


COEFFICIENTS: dict[str, Coefficient] = {
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
        "Forest Research (riparian woodland); the range is to be checked",
        "sourced",
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
    # --- how they live and grow ---------------------------------------------------------------------------------------
    "whip_survival_year1": Coefficient(
        0.75,
        0.85,
        0.92,
        "share alive",
        "small trees alive after the first year",
        "range assumed around 83 % and 88 % after one year (Tree Council, Trees Outside Woodland, January 2025)",
    ),
    "whip_survival_later": Coefficient(0.95, 0.97, 0.985, "share alive a year", "small trees, each later year"),
    "standard_survival_early": Coefficient(
        0.90,
        0.95,
        0.98,
        "share alive a year",
        "larger trees, each of the first five years",
        "range assumed around 0.949–0.965 a year (Roman & Scatena 2011, street trees)",
    ),
    "standard_survival_later": Coefficient(
        0.955,
        0.965,
        0.98,
        "share alive a year",
        "larger trees, each later year",
        "range assumed around 0.949–0.965 a year (Roman & Scatena 2011, street trees)",
    ),
    "crown_mature_m": Coefficient(6, 8, 10, "m", "crown width of a grown tree of middle size"),
    "crown_share_year10": Coefficient(0.10, 0.175, 0.25, "share", "crown area at 10 years as part of the grown one"),
    "crown_share_year25": Coefficient(0.40, 0.525, 0.65, "share", "crown area at 25 years as part of the grown one"),
    "crown_share_year40": Coefficient(0.70, 0.825, 0.95, "share", "crown area at 40 years as part of the grown one"),
    "crown_orchard_m": Coefficient(3, 5, 8, "m", "crown width of a grown fruit tree"),
    "hedge_width_m": Coefficient(1, 1.5, 2.5, "m", "width of a grown hedge"),
    "crown_now_m": Coefficient(4, 6, 8, "m", "crown width of a mapped tree of middle or unknown size, not measured"),
    "crown_now_small_m": Coefficient(3, 4, 6, "m", "crown width of a mapped tree of a small kind, not measured"),
    "crown_now_large_m": Coefficient(7, 10, 14, "m", "crown width of a mapped tree of a large kind, not measured"),
    # --- carbon -------------------------------------------------------------------------------------------------------
    "carbon_precision_share": Coefficient(
        0.8,
        0.8,
        0.8,
        "share",
        "part of the table's carbon that is counted, for model precision",
        "Woodland Carbon Code, as described by Forest Carbon",
        "sourced",
    ),
    "carbon_buffer_share": Coefficient(
        0.8,
        0.8,
        0.8,
        "share",
        "part of the counted carbon that can be sold as units, the rest being the code's buffer",
        "Woodland Carbon Code, 20 % of the net, as described by Forest Carbon, July 2024",
        "sourced",
        "2024-07",
    ),
    "soil_loss_tco2e_per_ha": Coefficient(
        0.0,
        5.9,
        14.7,
        "tCO2e per ha",
        "carbon lost from pasture topsoil by planting (0, 2 and 5 % disturbed)",
        "Woodland Carbon Code soil guidance; page to be pinned",
        "derived",
    ),
    "tree_carbon_year10_kg": Coefficient(15, 40, 80, "kgCO2 per tree", "carbon in a single tree at 10 years"),
    "tree_carbon_year20_kg": Coefficient(60, 150, 300, "kgCO2 per tree", "carbon in a single tree at 20 years"),
    "tree_carbon_year30_kg": Coefficient(150, 350, 700, "kgCO2 per tree", "carbon in a single tree at 30 years"),
    "orchard_carbon_share": Coefficient(0.2, 0.4, 0.6, "share", "carbon in a fruit tree as part of a park tree's"),
    "tiny_forest_carbon_ratio": Coefficient(
        1.0,
        1.15,
        1.3,
        "ratio",
        "carbon of a tiny forest against a wood of its size (claims of thirty times are rejected)",
    ),
    "hedge_carbon_tco2e_per_km_year": Coefficient(
        0.5, 1.5, 3.0, "tCO2e per km a year", "carbon a growing hedge takes up: weak evidence, depends on its width"
    ),
    # --- heat, air, rain, nature, people ------------------------------------------------------------------------------
    "cooling_degc_per_pp": Coefficient(
        0.010,
        0.026,
        0.060,
        "degC per percentage point of canopy",
        "summer daytime air cooling",
        "centre from Iungman 2023 (14.9 to 30 % canopy, −0.4 °C, 93 cities); high from 16/32/48 % ↔ 1/2/3 °C; low assumed",
        "derived",
    ),
    "pollution_kg_per_canopy_ha_year": Coefficient(
        35,
        70,
        140,
        "kg a year per ha of canopy",
        "all pollutants taken up (0.27 kg per London tree a year, at an assumed 250 trees a ha)",
    ),
    "storm_mm": Coefficient(50, 50, 50, "mm", "the storm for which runoff is worked out"),
    "pit_drains_m2": Coefficient(4, 9, 12, "m2 per tree", "paved ground that drains to the pit of a street tree"),
    "pit_spared_share": Coefficient(
        0.33,
        0.345,
        0.36,
        "share",
        "part of the rain on that ground that a pit with a tree keeps from the drain",
        "Armson 2013: asphalt sheds 53 % (summer) and 62 % (winter), with tree and pit 20 % and 26 %",
        "derived",
    ),
    "habitat_reach_m": Coefficient(
        500, 500, 500, "m", "distance beyond which a wood or protected place is no neighbour"
    ),
    "volunteer_hours_per_tree": Coefficient(
        0.25, 0.5, 1.0, "hours per tree", "volunteer time to plant and water a tree"
    ),
    "trees_per_group": Coefficient(100, 200, 400, "trees per group", "trees a school or group can take on"),
    "detour_factor": Coefficient(1.2, 1.3, 1.4, "ratio", "how much longer a walk is than the straight line"),
    # --- cost ---------------------------------------------------------------------------------------------------------
    "woodland_cost_gbp_per_ha": Coefficient(
        7_000, 10_000, 15_000, "£ per ha", "plant a wood and look after it for three years"
    ),
    "park_tree_cost_gbp": Coefficient(
        337,
        450,
        600,
        "£ per tree",
        "plant a tree on grass and look after it for three years",
        "low: Brighton 2021, £337 with establishment; the rest assumed",
    ),
    "street_tree_cost_gbp": Coefficient(
        343,
        600,
        900,
        "£ per tree",
        "plant a tree in a verge and look after it for three years",
        "low: London 2008–12, £343; high: about £900 (2019); centre assumed",
    ),
    "pit_tree_cost_gbp": Coefficient(
        1_500, 3_000, 5_000, "£ per tree", "plant a tree in a new pit in a footway and look after it for three years"
    ),
    "tiny_forest_cost_gbp_per_m2": Coefficient(
        75,
        110,
        150,
        "£ per m2",
        "plant a tiny forest and look after it for three years",
        "£15,000–30,000 for about 200 m2, assumption, to be verified",
    ),
    "hedge_cost_gbp_per_m": Coefficient(
        15,
        22.97,
        35,
        "£ per m",
        "plant a hedge and look after it for three years",
        "centre: £22.97 a metre (BN11); range assumed",
    ),
    "hedge_tree_cost_gbp": Coefficient(
        15,
        19.06,
        30,
        "£ per tree",
        "plant a tree in a hedge",
        "centre: £19.06 (grant rate, page to be pinned); range assumed",
    ),
    "riparian_cost_gbp_per_ha": Coefficient(
        6_000, 9_000, 14_000, "£ per ha", "plant a riverside strip and look after it for three years"
    ),
    "orchard_tree_cost_gbp": Coefficient(
        80, 150, 300, "£ per tree", "plant a fruit tree and look after it for three years"
    ),
}

_CARBON_VALUES = "DESNZ, Valuation of energy use and greenhouse gas emissions, November 2023, table 3"
_GREEN_BOOK = "HM Treasury, Green Book 2022, A6, as transcribed by charlescoverdale/greenbook"
_DEFLATORS = "HM Treasury, GDP deflators, December 2025"


def _carbon_value(year: int, low: float, central: float, high: float) -> Coefficient:
    plain = f"what a tonne of carbon is worth in {year}, by the government's series"
    return Coefficient(low, central, high, "£ of 2022 per tCO2e", plain, _CARBON_VALUES, "sourced", "2023-11")


def _rate(share: float, plain: str) -> Coefficient:
    return Coefficient(share, share, share, "share a year", plain, _GREEN_BOOK, "sourced", "2022")


MONEY: dict[str, Coefficient] = {
    "carbon_value_2025_gbp": _carbon_value(2025, 137, 273, 410),
    "carbon_value_2030_gbp": _carbon_value(2030, 147, 295, 442),
    "carbon_value_2040_gbp": _carbon_value(2040, 171, 343, 514),
    "carbon_value_2050_gbp": _carbon_value(2050, 199, 398, 596),
    "carbon_value_growth": Coefficient(0.015, 0.015, 0.015, "share a year", "growth of the carbon value after 2050"),
    "discount_rate_to_year30": _rate(0.035, "discounting of years 0 to 30 from planting"),
    "discount_rate_from_year31": _rate(0.03, "discounting of years 31 to 75 from planting"),
    "health_discount_rate_to_year30": _rate(0.015, "discounting of wellbeing, years 0 to 30"),
    "health_discount_rate_from_year31": _rate(0.0129, "discounting of wellbeing, years 31 to 75"),
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
    "visit_value_gbp": Coefficient(1, 3, 5, "£ of 2022 per visit", "what a visit is worth to the visitor"),
    "wood_care_gbp_per_ha_year": Coefficient(
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
"""The figures behind money, used only where a study asks for it."""

COEFFICIENTS |= MONEY

CARBON_VALUE_YEARS = (2025, 2030, 2040, 2050)
_CARBON_VALUE_NAMES = {f"carbon_value_{year}_gbp" for year in CARBON_VALUE_YEARS}

CARBON_SOURCE = "Woodland Carbon Code lookup tables v2.0, 8 March 2018, no thinning, 2.5 m spacing"
CARBON_AGES = (0, 5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100)
# Cumulative tCO2e per ha; SAB = sycamore, ash, birch; OK = oak; the number is the yield class.
_SAB4 = (0.0, 2.6, 11.8, 43.0, 133, 241, 319, 422, 505, 541, 574, 606)
_SAB6 = (0.0, 4.0, 18.3, 67.5, 201, 337, 418, 558, 627, 663, 711, 744)
_SAB8 = (0.0, 9.6, 48.2, 163, 313, 420, 529, 690, 770, 819, 886, 931)
_OK4 = (0.0, 0.6, 2.0, 5.4, 14.7, 43.5, 138, 410, 510, 568, 670, 758)
CARBON_TCO2E_PER_HA: dict[Level, tuple[float, ...]] = {
    "low": _OK4,
    "central": tuple(s6 / 2 + s4 / 4 + o4 / 4 for s6, s4, o4 in zip(_SAB6, _SAB4, _OK4, strict=True)),
    "high": _SAB8,
}

# Runoff curve numbers (METHODS.md 6.9) for soil groups B, C, D: the group is not in open data here, so B to D is the range.
CURVE_NUMBERS: dict[str, dict[Level, int]] = {
    "woods": {"low": 55, "central": 70, "high": 77},
    "grass": {"low": 61, "central": 74, "high": 80},
    "pasture": {"low": 69, "central": 79, "high": 84},
}


class Coefficients:
    """The figures at one level, each an attribute: `c.crown_mature_m`."""

    def __init__(self, level: Level, table: Mapping[str, Coefficient]) -> None:
        self.level = level
        self._table = table

    @property
    def opposite(self) -> Coefficients:
        """The figures at the other end, for what grows when a benefit shrinks."""
        other: dict[Level, Level] = {"low": "high", "central": "central", "high": "low"}
        return Coefficients(other[self.level], self._table)

    def __getattr__(self, name: str) -> float:
        try:
            return float(getattr(self._table[name], self.level))
        except KeyError:
            raise AttributeError(f"no coefficient is called '{name}'") from None

    def carbon_tco2e_per_ha(self, age: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Carbon in the trees of a wood of that age (years), tCO2e per ha, before deductions.

        References
        ----------
        Woodland Carbon Code lookup tables v2.0 (2018): oak YC4 (low), a half sycamore/ash/birch YC6, a quarter YC4 and a
        quarter oak YC4 (central), sycamore/ash/birch YC8 (high).
        """
        return np.asarray(np.interp(age, CARBON_AGES, CARBON_TCO2E_PER_HA[self.level]))

    def carbon_value_gbp(self, year: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """What a tonne of CO2e is worth in a year, £ of 2022: straight between the years of the series, growing after its last.

        References
        ----------
        DESNZ, Valuation of energy use and greenhouse gas emissions for appraisal (November 2023), table 3.
        """
        series = [getattr(self, f"carbon_value_{known}_gbp") for known in CARBON_VALUE_YEARS]
        grown = (1 + self.carbon_value_growth) ** np.maximum(year - CARBON_VALUE_YEARS[-1], 0)
        return np.asarray(np.interp(year, CARBON_VALUE_YEARS, series) * grown)

    def runoff_mm(self, cover: str) -> float:
        """Water that a storm of `storm_mm` sends off a kind of ground, mm (SCS curve number)."""
        store = 25_400 / CURVE_NUMBERS[cover][self.level] - 254
        rain: float = self.storm_mm
        return 0.0 if rain <= 0.2 * store else float((rain - 0.2 * store) ** 2 / (rain + 0.8 * store))


def figures(overrides: Mapping[str, Mapping[str, object]]) -> dict[str, Coefficient]:
    """The table of figures with a study's own put in place of the shipped ones.

    Raises
    ------
    StudyError
        A name is unknown, or low, central and high are not in order.
    """
    unknown = sorted(set(overrides) - set(COEFFICIENTS))
    if unknown:
        raise StudyError(
            f"[coefficients] names {', '.join(unknown)}, which no model uses",
            f"the names are: {', '.join(COEFFICIENTS)}.",
        )
    table = dict(COEFFICIENTS)
    for name, given in overrides.items():
        low, central, high = (float(str(given[level])) for level in LEVELS)
        if not low <= central <= high:
            raise StudyError(
                f"[coefficients] {name}: low {low:g}, central {central:g}, high {high:g} are not in order",
                "put the smallest first.",
            )
        if not _possible(name, low, high):
            raise StudyError(
                f"[coefficients] {name}: {low:g} to {high:g} {table[name].unit} cannot be",
                "shares lie between 0 and 1, a detour is at least 1, and everything else is above 0.",
            )
        if name in _CARBON_VALUE_NAMES and central < COEFFICIENTS[name].low:
            raise StudyError(
                f"[coefficients] {name}: £{central:g} is no carbon value of today's series, whose low figure is £{COEFFICIENTS[name].low:g}",
                "the series before 2021 (£81 for 2030) and market prices are too low: take the government's values of November 2023 "
                "or later, in prices of 2022.",
            )
        source = str(given.get("source") or "the study file")
        table[name] = replace(table[name], low=low, central=central, high=high, source=source, overridden=True)
    return table


def _possible(name: str, low: float, high: float) -> bool:
    """Whether a figure can be: shares within 0 and 1, detours from 1, losses from 0, everything else above 0."""
    if not math.isfinite(low) or not math.isfinite(high):
        return False
    if COEFFICIENTS[name].unit.startswith("share"):
        return low >= 0 and high <= 1
    least = {"detour_factor": 1.0, "soil_loss_tco2e_per_ha": 0.0, "life_satisfaction_points": 0.0}.get(name)
    return low >= least if least is not None else low > 0
