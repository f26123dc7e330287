"""Who rents their home: where greener streets may raise rents, so that a plan can watch over it."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from treeplan.coefficients import Coefficient
from treeplan.layers import Layers


def with_renters(zones: gpd.GeoDataFrame, layers: Layers) -> gpd.GeoDataFrame:
    """Neighbourhoods with `private_rent_pct`, households that rent from a private landlord, in percent; as they are without the census table."""
    if "tenure" not in layers:
        return zones
    table = layers["tenure"].set_index("lsoa21_code")
    pct = 100 * table["private_rented"] / table["households"].where(table["households"] > 0)
    return zones.assign(private_rent_pct=zones["lsoa21_code"].map(pct))


def watch_list(zones: pd.DataFrame, chosen: pd.DataFrame, figures: Mapping[str, Coefficient]) -> pd.DataFrame:
    """The neighbourhoods to watch: many private renters, and chosen sites in them; those with the most renters first.

    Parameters
    ----------
    zones : DataFrame
        Neighbourhoods with `lsoa21_code` and `private_rent_pct`.
    chosen : DataFrame
        The chosen sites, with `lsoa21_code` and `trees`.
    figures : mapping
        The study's coefficients: from which share of the study's neighbourhoods (`renters_watched_share`) one has many.

    Returns
    -------
    DataFrame
        Rows of `zones` with `sites` and `trees`, the chosen sites in each and the trees on them.
    """
    known, share = zones["private_rent_pct"].dropna(), figures["renters_watched_share"].central
    least = np.quantile(known, share) if len(known) else np.inf
    inside = chosen.groupby("lsoa21_code")["trees"].agg(sites="size", trees="sum")
    watched = zones[(zones["private_rent_pct"] >= least) & zones["lsoa21_code"].isin(inside.index)]
    watched = watched.assign(**{name: watched["lsoa21_code"].map(inside[name]) for name in inside})
    return watched.sort_values(["private_rent_pct", "lsoa21_code"], ascending=[False, True], ignore_index=True)
