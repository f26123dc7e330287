"""Every figure the models use: low, central, high, unit, source, mark and date.

Marks (METHODS.md 1): "sourced" was read in the publication named; "derived" is arithmetic on sourced figures; "assumption"
is to be verified, as is a range of which one end is assumed. `low`, `central` and `high` are in order of the number, not of the outcome.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from treeplan.coefficients.carbon import WOOD_CARBON
from treeplan.coefficients.figure import ASSUMED, LEVELS, Coefficient, Level, by_age
from treeplan.coefficients.lookup import looked_up
from treeplan.coefficients.money import CARBON_VALUE_YEARS, carbon_value_name
from treeplan.coefficients.own import COEFFICIENTS, figures


class Coefficients:
    """The figures at one level, each an attribute: `c.crown_mature_m`."""

    def __init__(self, level: Level, table: Mapping[str, Coefficient]) -> None:
        self.level = level
        self._table = table

    def at(self, level: Level) -> Coefficients:
        """The figures at another level."""
        return Coefficients(level, self._table)

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

    def by_age(self, pattern: re.Pattern[str]) -> tuple[list[int], list[float]]:
        """The ages (years, in order) at which one thing has figures, and these; `pattern` is that of their names, as `WOOD_CARBON`."""
        names = by_age(pattern, self._table)
        return list(names), [getattr(self, name) for name in names.values()]

    def carbon_tco2e_per_ha(self, age: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Carbon in the trees of a wood of that age (years), tCO2e per ha, before deductions; between ages by a straight line.

        References
        ----------
        Woodland Carbon Code lookup tables, as the figures `wood_carbon_year…_tco2e_per_ha` say.
        """
        ages, held = self.by_age(WOOD_CARBON)
        return np.asarray(np.interp(age, [0, *ages], [0.0, *held]))

    def carbon_value_gbp(self, year: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """What a tonne of CO2e is worth in a year, £ of 2022: straight between the years of the series, growing after its last.

        References
        ----------
        DESNZ, Valuation of energy use and greenhouse gas emissions for appraisal (November 2023), table 3: the values are those of a
        transcription, named with each figure, and were not read at the source.
        """
        series = [getattr(self, carbon_value_name(known)) for known in CARBON_VALUE_YEARS]
        grown = (1 + self.carbon_value_growth) ** np.maximum(year - CARBON_VALUE_YEARS[-1], 0)
        return np.asarray(np.interp(year, CARBON_VALUE_YEARS, series) * grown)

    def runoff_mm(self, cover: str) -> float:
        """Water that a storm of `storm_mm` sends off a kind of ground ("woods", "grass", "pasture"), mm.

        References
        ----------
        Curve numbers of the Soil Conservation Service, in millimetres: METHODS.md 6.9.
        """
        store = 25_400 / getattr(self, f"curve_number_{cover}") - 254
        filled = self.runoff_store_share * store
        rain = self.storm_mm
        return 0.0 if rain <= filled else float((rain - filled) ** 2 / (rain - filled + store))


__all__ = ["ASSUMED", "COEFFICIENTS", "LEVELS", "Coefficient", "Coefficients", "Level", "figures", "looked_up"]
