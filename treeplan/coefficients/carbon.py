"""Figures on carbon: in woods by age, in single trees and hedges, and what planting loses from the soil."""

from __future__ import annotations

import re

from treeplan.coefficients.figure import UNDATED, Coefficient

CARBON_SOURCE = "Woodland Carbon Code lookup tables v2.0, 8 March 2018, no thinning, 2.5 m spacing"
LOOKUP_DATE = "2018-03"

WOOD_CARBON = re.compile(r"wood_carbon_year(\d+)_tco2e_per_ha")
"""The name of the figure for carbon in a wood of some age."""

TREE_CARBON = re.compile(r"tree_carbon_year(\d+)_kg")
"""The name of the figure for carbon in a single tree of some age."""


def wood_carbon_name(age: int) -> str:
    """The name of the figure for carbon in a wood of that age."""
    return f"wood_carbon_year{age}_tco2e_per_ha"


# Cumulative tCO2e per ha by age; SAB = sycamore, ash, birch; OK = oak; the number is the yield class (METHODS.md 6.4).
_AGES = (5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100)
_SAB4 = (2.6, 11.8, 43.0, 133, 241, 319, 422, 505, 541, 574, 606)
_SAB6 = (4.0, 18.3, 67.5, 201, 337, 418, 558, 627, 663, 711, 744)
_SAB8 = (9.6, 48.2, 163, 313, 420, 529, 690, 770, 819, 886, 931)
_OK4 = (0.6, 2.0, 5.4, 14.7, 43.5, 138, 410, 510, 568, 670, 758)


def wood_carbon(age: int, low: float, central: float, high: float, source: str, as_of: str) -> Coefficient:
    """The figure for carbon in a wood of some age. A slow mix overtakes others when old; low is then no more than central, nor high less."""
    return Coefficient(
        min(low, central),
        central,
        max(central, high),
        "tCO2e per ha",
        f"carbon in a wood of {age} years, before deductions",
        source,
        "derived",
        as_of,
    )


_MIX = "OK YC4; 50% SAB YC6 + 25% SAB YC4 + 25% OK YC4; SAB YC8"
_WOODS = {
    wood_carbon_name(age): wood_carbon(
        age, oak, sab6 / 2 + sab4 / 4 + oak / 4, sab8, f"{CARBON_SOURCE}: {_MIX}", LOOKUP_DATE
    )
    for age, oak, sab4, sab6, sab8 in zip(_AGES, _OK4, _SAB4, _SAB6, _SAB8, strict=True)
}

_SOIL = "Woodland Carbon Code soil guidance, page to be pinned: 0, 2 and 5 % of the topsoil disturbed"

CARBON: dict[str, Coefficient] = {
    **_WOODS,
    "carbon_precision_share": Coefficient(
        0.8,
        0.8,
        0.8,
        "share",
        "part of the table's carbon that is counted, for model precision",
        "Woodland Carbon Code, as described by Forest Carbon",
        "sourced",
        UNDATED,
    ),
    "carbon_buffer_share": Coefficient(
        0.8,
        0.8,
        0.8,
        "share",
        "part of the counted carbon that can be sold as units, the rest being the code's buffer",
        "Woodland Carbon Code, 20 % of the net, as described by Forest Carbon",
        "sourced",
        "2024-07",
    ),
    "soil_loss_semi_natural_tco2e_per_ha": Coefficient(
        0.0,
        8.8,
        22.0,
        "tCO2e per ha",
        "carbon lost from the topsoil of semi-natural land by planting",
        _SOIL,
        "sourced",
        UNDATED,
    ),
    "soil_loss_pasture_tco2e_per_ha": Coefficient(
        0.0,
        5.9,
        14.7,
        "tCO2e per ha",
        "carbon lost from the topsoil of grass and pasture by planting",
        _SOIL,
        "sourced",
        UNDATED,
    ),
    "soil_loss_arable_tco2e_per_ha": Coefficient(
        0.0,
        5.1,
        12.8,
        "tCO2e per ha",
        "carbon lost from the topsoil of arable land by planting",
        _SOIL,
        "sourced",
        UNDATED,
    ),
    "tree_carbon_year10_kg": Coefficient(15, 40, 80, "kgCO2 per tree", "carbon in a single tree at 10 years"),
    "tree_carbon_year20_kg": Coefficient(60, 150, 300, "kgCO2 per tree", "carbon in a single tree at 20 years"),
    "tree_carbon_year30_kg": Coefficient(150, 350, 700, "kgCO2 per tree", "carbon in a single tree at 30 years"),
    "tree_carbon_year50_kg": Coefficient(
        300, 800, 1_600, "kgCO2 per tree", "carbon in a single tree at 50 years, and after"
    ),
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
}
