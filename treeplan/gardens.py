"""Private gardens: never sites, only how much garden each neighbourhood has and what trees there could come to."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from treeplan import geo
from treeplan.coefficients import Coefficient
from treeplan.layers import Layers


def with_gardens(zones: gpd.GeoDataFrame, layers: Layers, figures: Mapping[str, Coefficient]) -> gpd.GeoDataFrame:
    """Neighbourhoods with `garden_ha` and `garden_trees`, an aggregate from which no garden can be told.

    Garden land comes from the ONS table of private outdoor space (by 2011 MSOA, shared out by residents) where the study has
    it and its lookup, else from gardens on the map. Without either the table is returned as it is. Trees are what would stand
    there if a share of the gardens came under canopy (`garden_tree_share`, `park_m2_per_tree`): the households' own choice,
    counted in no plan.

    Parameters
    ----------
    zones : GeoDataFrame
        Neighbourhoods, EPSG:27700.
    layers : Layers
        `gardens` with `msoa_lookup` and `lsoa_lookup`, or `open_land` with private gardens.
    figures : mapping
        The study's coefficients.
    """
    hectares = _from_table(layers)
    if hectares is None:
        hectares = _from_map(zones, layers)
    if hectares is None:
        return zones
    garden = zones["lsoa21_code"].map(hectares)
    share, room = figures["garden_tree_share"].central, figures["park_m2_per_tree"].central
    return zones.assign(garden_ha=garden.round(4), garden_trees=(garden * 1e4 * share / room).round())


def _from_table(layers: Layers) -> pd.Series | None:
    """Garden hectares of each 2021 neighbourhood: its MSOA's, shared out by residents."""
    if not all(layer in layers for layer in ("gardens", "msoa_lookup", "lsoa_lookup", "residents")):
        return None
    chain = layers["msoa_lookup"].merge(layers["lsoa_lookup"], on="lsoa11_code")[["msoa11_code", "lsoa21_code"]]
    chain = chain.drop_duplicates().merge(layers["residents"], on="lsoa21_code")
    total = chain.groupby("msoa11_code")["residents"].transform("sum")
    chain["share"] = chain["residents"] / total.where(total > 0)
    gardens = layers["gardens"].set_index("msoa11_code")["garden_m2"]
    chain["garden_ha"] = chain["msoa11_code"].map(gardens) / 1e4 * chain["share"]
    return chain.groupby("lsoa21_code")["garden_ha"].sum(min_count=1)


def _from_map(zones: gpd.GeoDataFrame, layers: Layers) -> pd.Series | None:
    """Garden hectares of each neighbourhood on the map; None where no garden is mapped."""
    if "open_land" not in layers:
        return None
    land = layers["open_land"]
    gardens = land.geometry.to_numpy()[(land["land_use"] == "private_garden").to_numpy()]
    if not len(gardens):
        return None
    return pd.Series(
        np.asarray(geo.share_within(zones, gardens) * zones.area.to_numpy() / 1e4), index=zones["lsoa21_code"]
    )
