"""Who is likely to own a site: by the council's land register and land parcels, by OpenStreetMap, else by its use."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from treeplan import geo
from treeplan.land import Land
from treeplan.layers import Layers
from treeplan.vocabulary import LAND_USES

REGISTERED_SHARE = 0.5
"""Part of a site that must lie on registered land for the register to say who owns it (assumption, to be verified)."""

NEAR_M = 5.0
"""A point of the register this near a ground means that ground, metres (assumption, to be verified)."""

TIER_OF = {
    "council": 1,
    "government": 1,
    "health": 1,
    "housing": 1,
    "school": 2,
    "parish": 2,
    "utility": 2,
    "private": 3,
}
"""Owner tier (METHODS.md 3.6) of each kind of operator in OpenStreetMap."""


def with_owners(sites: gpd.GeoDataFrame, land: Land, layers: Layers) -> gpd.GeoDataFrame:
    """Sites with `owner_tier` (1–4) and `owner_basis` (what says so).

    A point of the land register speaks for the parcel it lies in, or, without parcels, for the ground it lies on; a polygon
    for itself. It goes before OpenStreetMap's operator, and that before the usual owner of such land. Parcels are used and
    never shown: they hold no owner, and who owns private land is nobody's business here.
    """
    usual = sites["land_use"].map(lambda use: LAND_USES[use].owner_tier).astype(int)
    tier = usual.to_numpy().copy()
    basis = np.full(len(sites), "its use", dtype=object)
    if "operator_kind" in sites:
        known = sites["operator_kind"].map(TIER_OF)
        said = known.notna().to_numpy()
        tier[said] = known[said].astype(int)
        basis[said] = "OpenStreetMap's operator"
    registered = registered_land(land, layers)
    if len(registered):
        on_it = _share_on(sites, registered) >= REGISTERED_SHARE
        tier[on_it] = 1
        basis[on_it] = "the council's land register"
    drop = [c for c in ("operator", "operator_kind") if c in sites]
    return sites.drop(columns=drop).assign(owner_tier=tier, owner_basis=basis)


def registered_land(land: Land, layers: Layers) -> geo.Shapes:
    """The land that the council's register says is the council's: its polygons, or the parcels or grounds of its points."""
    register = layers.get("land_register")
    if register is None or register.empty:
        return geo.NO_SHAPES
    shapes = register.geometry.to_numpy()
    areal = shapely.get_dimensions(shapes) == 2
    points = shapes[~areal]
    found = [shapes[areal]]
    parcels = layers.shapes("parcels")
    in_parcel = np.zeros(len(points), dtype=bool)
    if len(parcels) and len(points):
        point, parcel = shapely.STRtree(parcels).query(points, predicate="within")
        in_parcel[point] = True
        found.append(parcels[np.unique(parcel)])
    outlines = land.grounds["outline"].to_numpy()
    if (~in_parcel).any() and len(outlines):
        _, ground = shapely.STRtree(outlines).query(points[~in_parcel], predicate="dwithin", distance=NEAR_M)
        found.append(outlines[np.unique(ground)])
    return np.concatenate(found)


def _share_on(sites: gpd.GeoDataFrame, registered: geo.Shapes) -> npt.NDArray[np.float64]:
    """Part of each site on registered land, 0–1."""
    return geo.share_within(sites, registered)
