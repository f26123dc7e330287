"""Sites that are worth more together because they are near one another."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from scipy.spatial import cKDTree

from treeplan.portfolio.problem import Mask, Pairs, Values

NEIGHBOURS = 4
"""How many of a site's nearest sites can add to it."""


def pairs_of(sites: gpd.GeoDataFrame, value: Values, free: Mask, closeness: float, within_m: float) -> Pairs | None:
    """Pairs of near sites: a site counts up to `closeness` of its value more, a fourth of that for each of its four nearest.

    Parameters
    ----------
    sites : GeoDataFrame
        With `easting, northing` in British National Grid.
    value : array
        By site; a site without value adds nothing.
    free : array of bool
        Sites that may be chosen; others are nobody's neighbours.
    closeness : float
        0–1.
    within_m : float
        How near, m.

    Returns
    -------
    Pairs or None
        None where no two sites are that near.
    """
    some = np.flatnonzero(free)
    if len(some) < 2:
        return None
    at = sites[["easting", "northing"]].to_numpy(dtype=float)[some]
    far, near = cKDTree(at).query(at, k=min(NEIGHBOURS + 1, len(some)), distance_upper_bound=within_m)
    own = np.repeat(np.arange(len(some)), near.shape[1])
    near, far = near.ravel(), far.ravel()
    keep = np.isfinite(far) & (near != own)
    one, other = some[own[keep]], some[near[keep]]
    reward = closeness / NEIGHBOURS * np.maximum(value[one], 0.0)
    ends = np.sort(np.stack([one, other]), axis=0)
    pairs, at_pair = np.unique(ends, axis=1, return_inverse=True)
    total = np.bincount(at_pair.ravel(), reward, minlength=pairs.shape[1]).astype(float)
    worth = total > 0
    return Pairs(pairs[0][worth], pairs[1][worth], total[worth]) if worth.any() else None
