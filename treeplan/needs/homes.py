"""Needs on homes."""

from __future__ import annotations

import pandas as pd

from treeplan.needs import need
from treeplan.needs.lookups import Lookups


@need(
    label="Homes without private outdoor space",
    unit="%",
    domain="place",
    prefer="low",
    overlaps="environment",
    great="few gardens",
    little="gardens for most",
)
def no_garden_pct(gardens: pd.DataFrame, msoa_lookup: pd.DataFrame, lookups: Lookups) -> pd.Series | None:
    """Share of addresses without private outdoor space, in percent, by MSOA of 2011: the same for all its neighbourhoods."""
    if "addresses_with_garden" not in gardens:
        return None
    share = 1 - gardens["addresses_with_garden"] / gardens["addresses"].where(gardens["addresses"] > 0)
    return lookups.rates(gardens.assign(pct=100 * share), "pct")
