"""Needs on trees and green space: what a neighbourhood lacks."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from treeplan import canopy as canopy_measures
from treeplan import geo
from treeplan.coefficients import Coefficient
from treeplan.layers import Layers
from treeplan.needs import need
from treeplan.study import Study
from treeplan.trees import crowns


@need(label="Tree canopy", unit="%", prefer="high", mapped=True)
def canopy_pct(
    neighbourhoods: gpd.GeoDataFrame, layers: Layers, study: Study, figures: dict[str, Coefficient]
) -> pd.Series | None:
    """Share of each neighbourhood under tree canopy, in percent; NaN where under 95 % of it was surveyed."""
    neighbourhoods = neighbourhoods[neighbourhoods["inside"]]  # woods and trees beyond the border are rarely mapped
    if "canopy_height" in layers:
        found = canopy_measures.canopy_from_heights(neighbourhoods, layers["canopy_height"], study.land.canopy_height_m)
    elif "woodland" in layers:
        single = crowns(layers["trees"], figures) if "trees" in layers else geo.NO_SHAPES
        found = canopy_measures.canopy_from_shapes(neighbourhoods, layers.shapes("woodland"), single)
    else:
        return None
    return pd.Series(found["canopy_pct"].to_numpy(), index=neighbourhoods["lsoa21_code"])
