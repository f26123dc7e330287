"""Needs on who lives in a neighbourhood."""

from __future__ import annotations

import pandas as pd

from treeplan.needs import need
from treeplan.needs.lookups import Lookups


@need(
    label="Children under 5 and people of 75 or more",
    unit="%",
    prefer="low",
    great="many young and old",
    little="few young and old",
)
def young_and_old_pct(ages: pd.DataFrame, lookups: Lookups) -> pd.Series:
    """Share of residents under 5 or of 75 and more, whom heat harms most, in percent."""
    table = lookups.counts(ages, "under_5", "aged_75_and_over", "residents")
    return 100 * (table["under_5"] + table["aged_75_and_over"]) / table["residents"]
