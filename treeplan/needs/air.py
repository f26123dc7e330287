"""Needs on air and heat."""

from __future__ import annotations

import pandas as pd

from treeplan.needs import need
from treeplan.needs.lookups import Lookups


@need(
    label="Nitrogen dioxide",
    unit="µg/m³",
    domain="place",
    prefer="low",
    great="polluted air",
    little="clean air",
    overlaps="environment",
)
def no2_ugm3(air: pd.DataFrame, lookups: Lookups) -> pd.Series:
    """Nitrogen dioxide in outdoor air, mean of three years, µg/m³ (modelled on a 1 km grid)."""
    return lookups.rates(air, "no2_ugm3")


@need(
    label="Fine particles (PM2.5)",
    unit="µg/m³",
    domain="place",
    prefer="low",
    great="polluted air",
    little="clean air",
    overlaps="environment",
)
def pm25_ugm3(air: pd.DataFrame, lookups: Lookups) -> pd.Series:
    """Fine particles in outdoor air, mean of three years, µg/m³ (modelled on a 1 km grid)."""
    return lookups.rates(air, "pm25_ugm3")


@need(label="Summer heat", unit="°C", domain="place", prefer="low", great="hot summers", little="cooler summers")
def heat_degc(heat: pd.DataFrame, lookups: Lookups) -> pd.Series:
    """How hot a neighbourhood gets in summer, °C, from the study's own table."""
    return lookups.rates(heat, "heat_degc")


@need(
    label="Heat risk",
    unit="class 1–3",
    domain="place",
    prefer="low",
    great="heat and people at risk",
    little="less heat risk",
)
def heat_risk(heat_risk: pd.DataFrame, msoa21_lookup: pd.DataFrame, lookups: Lookups) -> pd.Series:
    """Class of heat risk of the MSOA, 1 to 3: hot places in thirds by how vulnerable their people are; an order, not a temperature."""
    return lookups.rates(heat_risk, "heat_risk")
