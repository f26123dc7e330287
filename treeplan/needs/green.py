"""Needs on trees and green space: what a neighbourhood lacks."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from treeplan.canopy import measure_canopy
from treeplan.coefficients import Coefficient
from treeplan.layers import Layers
from treeplan.needs import need
from treeplan.study import Study


@need(label="Tree canopy", unit="%", domain="place", prefer="high", local=True, great="few trees", little="many trees")
def canopy_pct(
    neighbourhoods: gpd.GeoDataFrame, layers: Layers, study: Study, figures: dict[str, Coefficient]
) -> pd.DataFrame | None:
    """Share of each neighbourhood under tree canopy, in percent; NaN where under 95 % of it was surveyed."""
    neighbourhoods = neighbourhoods[neighbourhoods["inside"]]  # woods and trees beyond the border are rarely mapped
    found = measure_canopy(layers, neighbourhoods, study, figures)
    if found is None:
        return None
    ends = {"canopy_pct": "value", "canopy_low_pct": "low", "canopy_high_pct": "high"}
    table = found.rename(columns=ends).set_index(pd.Index(neighbourhoods["lsoa21_code"]))
    return table[[name for name in ends.values() if name in table]]


@need(
    label="Tree canopy below the goal",
    unit="pp",
    domain="place",
    prefer="low",
    local=True,
    great="few trees",
    little="many trees",
)
def canopy_gap_pp(canopy_pct: pd.Series, study: Study) -> pd.Series:
    """Percentage points by which a neighbourhood's canopy falls short of `[canopy] goal_pct`; 0 at the goal and above."""
    return (study.canopy.goal_pct - canopy_pct).clip(lower=0)
