"""Needs on who lives in a neighbourhood."""

from __future__ import annotations

import pandas as pd

from treeplan.needs import need
from treeplan.needs.lookups import Lookups


@need(
    label="Children under 5 and people of 75 or more",
    unit="%",
    domain="equality",
    prefer="low",
    great="many young and old",
    little="few young and old",
)
def young_and_old_pct(ages: pd.DataFrame, lookups: Lookups) -> pd.Series:
    """Share of residents under 5 or of 75 and more, whom heat harms most, in percent."""
    table = lookups.counts(ages, "under_5", "aged_75_and_over", "residents")
    return 100 * (table["under_5"] + table["aged_75_and_over"]) / table["residents"]


@need(label="Children", unit="%", domain="equality", prefer="low", great="many children", little="few children")
def children_pct(ages: pd.DataFrame, lookups: Lookups) -> pd.Series:
    """Share of residents under 16, in percent."""
    table = lookups.counts(ages, "aged_0_to_15", "residents")
    return 100 * table["aged_0_to_15"] / table["residents"]


@need(
    label="People of 65 or more",
    unit="%",
    domain="equality",
    prefer="low",
    great="many older people",
    little="few older people",
)
def older_pct(ages: pd.DataFrame, lookups: Lookups) -> pd.Series:
    """Share of residents of 65 and more, in percent."""
    table = lookups.counts(ages, "aged_65_to_74", "aged_75_and_over", "residents")
    return 100 * (table["aged_65_to_74"] + table["aged_75_and_over"]) / table["residents"]
