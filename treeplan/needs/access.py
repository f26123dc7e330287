"""Needs on what people are near: green space, woods, trees; 3-30-300 and its parts.

All count residents where they are placed (`homes.place_residents`). What lies beyond a map's end is unknown, not absent: a
neighbourhood with over 5 % of its residents too near such an end has no value.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from treeplan.access import CANOPY_PCT, TREES, Access
from treeplan.needs import need


@need(
    label="Residents within 300 m of green space",
    unit="%",
    domain="place",
    prefer="high",
    local=True,
    great="green space far off",
    little="green space near",
)
def green_300m_pct(open_land: gpd.GeoDataFrame, access: Access) -> pd.Series | None:
    """Share of residents within a 300 m walk of a public green space (park, recreation ground, playing field, play area) of 1 ha or more, in percent; on the network, else the straight line × a detour factor."""
    return _or_none(access.share_pct(*access.near_green))


@need(
    label="Distance to green space",
    unit="m",
    domain="place",
    prefer="low",
    local=True,
    great="green space far off",
    little="green space near",
)
def green_distance_m(open_land: gpd.GeoDataFrame, access: Access) -> pd.Series | None:
    """Mean walk of residents to the nearest public green space of 1 ha or more, metres, a walk of over `green_walk_most_m` (5 km) counting as so far; on the network, else the straight line × a detour factor."""
    walked = access.to_green
    far = walked["walk_m"].to_numpy() > access.most_walk_m
    walk = np.where(far, access.most_walk_m, walked["walk_m"])
    radius = np.where(walked["method"] == "network", walk, walk / access.detour)
    known = access.seen("open_land", radius)
    found = _or_none(access.mean(walk, known))
    people = access.homes["residents"].to_numpy(dtype=float)[far & known].sum()
    if found is not None and people > 0:
        found.attrs["said"] = (
            f"{people:,.0f} residents with none within a walk of {access.most_walk_m / 1000:g} km count as so far from one"
        )
    return found


@need(
    label="Residents within 500 m of a wood of 2 ha",
    unit="%",
    domain="place",
    prefer="high",
    local=True,
    great="woods far off",
    little="woods near",
)
def wood_500m_pct(woodland: gpd.GeoDataFrame, access: Access) -> pd.Series | None:
    """Share of residents within 500 m, straight line, of a wood of 2 ha or more, in percent; whether it is open to all is not known."""
    return _or_none(access.share_pct(*access.near_wood(500.0)))


@need(
    label="Residents within 4 km of a wood of 20 ha",
    unit="%",
    domain="place",
    prefer="high",
    local=True,
    great="large woods far off",
    little="large woods near",
)
def wood_4km_pct(woodland: gpd.GeoDataFrame, access: Access) -> pd.Series | None:
    """Share of residents within 4 km, straight line, of a wood of 20 ha or more, in percent; whether it is open to all is not known."""
    return _or_none(access.share_pct(*access.near_wood(4_000.0)))


@need(
    label="Homes with three trees near",
    unit="%",
    domain="place",
    prefer="high",
    local=True,
    great="few trees near homes",
    little="many trees near homes",
)
def three_trees_pct(trees: gpd.GeoDataFrame, access: Access) -> pd.Series | None:
    """Share of residents with three mapped trees within 30 m of home, in percent; a wood that near counts as three. NaN where homes or streets are not mapped."""
    found, known = access.trees_near
    return _or_none(access.share_pct(found >= TREES, known))


@need(
    label="Residents under 30 % canopy or more",
    unit="%",
    domain="place",
    prefer="high",
    local=True,
    great="few trees",
    little="many trees",
)
def canopy_30_pct(canopy_pct: pd.Series) -> pd.Series:
    """100 where at least 30 % of the neighbourhood is under tree canopy, else 0: the rule counts the neighbourhood, not the home."""
    return pd.Series(np.where(canopy_pct >= CANOPY_PCT, 100.0, 0.0), index=canopy_pct.index).where(canopy_pct.notna())


@need(
    label="3-30-300",
    unit="score 0–1",
    domain="place",
    prefer="high",
    local=True,
    great="far from 3-30-300",
    little="near 3-30-300",
)
def score_3_30_300(three_trees_pct: pd.Series, canopy_30_pct: pd.Series, green_300m_pct: pd.Series) -> pd.Series | None:
    """Mean of the shares of residents with three trees near, 30 % canopy and green space within 300 m, 0–1; NaN where one is unknown.

    References
    ----------
    The rule and the mean of its three parts: METHODS.md 5.7.
    """
    return _or_none((three_trees_pct + canopy_30_pct + green_300m_pct) / 300)


@need(
    label="Public green space for each person",
    unit="m²",
    domain="place",
    prefer="high",
    local=True,
    great="little green space for each",
    little="much green space for each",
)
def green_m2_per_person(open_land: gpd.GeoDataFrame, access: Access) -> pd.Series | None:
    """Public green space that residents have when all within the study's walk of it share it, m² per person, straight line."""
    return _or_none(access.mean(*access.green_m2()))


def _or_none(values: pd.Series) -> pd.Series | None:
    """The values; None where nothing is known of any neighbourhood."""
    return values if values.notna().any() else None
