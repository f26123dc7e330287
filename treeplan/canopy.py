"""How much of each neighbourhood is under trees, from whichever kind of source the study has."""

from __future__ import annotations

import logging

import geopandas as gpd
import numpy as np
import pandas as pd

from treeplan import geo, zonal
from treeplan.rasters import Raster

log = logging.getLogger(__name__)

LEAST_SEEN = 0.95
"""Part of a neighbourhood that must have been surveyed before its canopy is stated: a gap in a raster is not "no trees"."""


def canopy_from_heights(zones: gpd.GeoDataFrame, heights: Raster, at_least_m: float) -> pd.DataFrame:
    """Canopy of each zone from a height raster.

    Parameters
    ----------
    zones : GeoDataFrame
        Neighbourhoods, EPSG:27700.
    heights : Raster
        Height of vegetation, metres.
    at_least_m : float
        Height from which vegetation counts as canopy, metres.

    Returns
    -------
    DataFrame
        `canopy_pct` (0–100; NaN where under 95 % of the zone was surveyed) and `seen_share` (0–1).
    """
    found = zonal.zonal_share(heights, zones, at_least_m)
    surveyed = found["seen_share"] >= LEAST_SEEN
    if not surveyed.all():
        log.warning(
            "canopy: %d of %d neighbourhoods are not wholly surveyed; their canopy is unknown.",
            (~surveyed).sum(),
            len(zones),
        )
    return pd.DataFrame({"canopy_pct": 100 * found["share"].where(surveyed), "seen_share": found["seen_share"]})


def canopy_from_shapes(zones: gpd.GeoDataFrame, woodland: geo.Shapes, crowns: geo.Shapes) -> pd.DataFrame:
    """Canopy of each zone from woodland polygons and the crowns of single trees, overlaps counted once.

    Parameters
    ----------
    zones : GeoDataFrame
        Neighbourhoods, EPSG:27700.
    woodland, crowns : arrays of shapes
        Polygons (`trees.crowns`); either may be empty.

    Returns
    -------
    DataFrame
        `canopy_pct` (0–100) and `seen_share` (1: maps of woods and tree lists do not say where they did not look).
    """
    cover = np.concatenate([woodland, crowns]) if len(crowns) else woodland
    share = geo.share_within(zones, cover)
    return pd.DataFrame({"canopy_pct": 100 * share, "seen_share": 1.0}, index=zones.index)
