"""Needs on health."""

from __future__ import annotations

import pandas as pd

from treeplan.needs import need


@need(label="People in bad or very bad health", unit="%", prefer="low", great="poor health", little="good health")
def bad_health_pct(health: pd.DataFrame) -> pd.Series:
    """Share of residents who told the Census their health is bad or very bad, in percent (not age-standardised)."""
    table = health.set_index("lsoa21_code")
    return 100 * (table["bad"] + table["very_bad"]) / table["all_residents"]
