"""Needs on air and heat."""

from __future__ import annotations

import pandas as pd

from treeplan.needs import need
from treeplan.needs.lookups import Lookups


@need(label="Nitrogen dioxide", unit="µg/m³", prefer="low", great="polluted air", little="clean air")
def no2_ugm3(air: pd.DataFrame, lookups: Lookups) -> pd.Series:
    """Nitrogen dioxide in outdoor air, mean of three years, µg/m³ (modelled on a 1 km grid)."""
    return lookups.rates(air, "no2_ugm3")


@need(label="Fine particles (PM2.5)", unit="µg/m³", prefer="low", great="polluted air", little="clean air")
def pm25_ugm3(air: pd.DataFrame, lookups: Lookups) -> pd.Series:
    """Fine particles in outdoor air, mean of three years, µg/m³ (modelled on a 1 km grid)."""
    return lookups.rates(air, "pm25_ugm3")
