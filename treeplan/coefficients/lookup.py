"""Figures for carbon in woods from the Woodland Carbon Code's own table, for a mix of species and yield classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from treeplan.coefficients.carbon import wood_carbon, wood_carbon_name
from treeplan.coefficients.figure import LEVELS, Coefficient
from treeplan.errors import DataError, listed

Part = tuple[str, int, float]

OLDEST = 100
"""No wood here grows older, years."""


def looked_up(
    lookup: pd.DataFrame, mix: Mapping[str, Sequence[Part]], spacing_m: float, source: str, as_of: str
) -> dict[str, Coefficient]:
    """The figures `wood_carbon_year…_tco2e_per_ha` at every age of the table, unthinned.

    Parameters
    ----------
    lookup : DataFrame
        `species, spacing_m, yield_class, thinned, age, carbon_tco2e_per_ha`.
    mix : mapping
        For each level, species, yield class and share of what grows.
    spacing_m : float
        Distance between the trees when planted, m.

    Raises
    ------
    DataError
        The table lacks a part of the mix.
    """
    rows = lookup[~lookup["thinned"] & lookup["age"].between(1, OLDEST)]
    curves = rows.pivot_table(
        index="age", columns=["species", "spacing_m", "yield_class"], values="carbon_tco2e_per_ha", sort=True
    )
    wanted = {(species.upper(), spacing_m, float(yc)) for parts in mix.values() for species, yc, _ in parts}
    lacking = sorted(wanted - set(curves.columns))
    if lacking:
        raise DataError(
            f"the carbon lookup table has no unthinned {'; '.join(_words(*kind) for kind in lacking)}",
            f"choose what it has in [carbon] mix and spacing_m: {listed([_words(*kind) for kind in curves.columns], like=[_words(*lacking[0])])}.",
        )
    held = {
        level: sum(curves[(species.upper(), spacing_m, float(yc))] * share for species, yc, share in mix[level])
        for level in LEVELS
    }
    table = pd.DataFrame(held).dropna()
    said = "; ".join(_mixed(mix[level]) for level in LEVELS)
    return {
        wood_carbon_name(int(age)): wood_carbon(int(age), low, central, high, f"{source}: {said}", as_of)
        for age, low, central, high in table.itertuples()
    }


def _words(species: str, spacing_m: float, yield_class: float) -> str:
    return f"{species} YC{yield_class:g} at {spacing_m:g} m"


def _mixed(parts: Sequence[Part]) -> str:
    return " + ".join(
        f"{share:.0%} {species} YC{yc}" if share < 1 else f"{species} YC{yc}" for species, yc, share in parts
    )
