"""Who is likely to own a site: by the council's land register and land parcels, by OpenStreetMap, else by its use."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from treeplan import geo
from treeplan.coefficients import Coefficient
from treeplan.land import Land
from treeplan.layers import Layers
from treeplan.vocabulary import FIRST_PRIVATE_TIER, LAND_USES

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


def with_owners(
    sites: gpd.GeoDataFrame, land: Land, layers: Layers, figures: Mapping[str, Coefficient]
) -> gpd.GeoDataFrame:
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
    registered = registered_land(land, layers, figures)
    if len(registered):
        on_it = _share_on(sites, registered) >= figures["registered_share"].central
        tier[on_it] = 1
        basis[on_it] = "the council's land register"
    drop = [c for c in ("operator", "operator_kind") if c in sites]
    return sites.drop(columns=drop).assign(owner_tier=tier, owner_basis=basis)


def registered_land(land: Land, layers: Layers, figures: Mapping[str, Coefficient]) -> geo.Shapes:
    """The land that the council's register says is the council's: its polygons, or the parcels or grounds of its points.

    What the council only leases is not its own. A point beside a ground, and not on it, means public ground alone: nobody's
    private land is called the council's for a point near its fence.
    """
    register = layers.get("land_register")
    if register is None or register.empty:
        return geo.NO_SHAPES
    if "tenure" in register:
        register = register[(register["tenure"] != "leasehold").to_numpy()]
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
    found.append(_grounds_of(points[~in_parcel], land.grounds, figures))
    return np.concatenate(found)


def _grounds_of(points: geo.Shapes, grounds: gpd.GeoDataFrame, figures: Mapping[str, Coefficient]) -> geo.Shapes:
    """The grounds that points lie on, else the nearest public ground within `register_point_reach_m`; none larger than `register_point_most_ha`: a point may mean a building on it."""
    most_m2 = figures["register_point_most_ha"].central * 1e4
    grounds = grounds[shapely.area(grounds["outline"].to_numpy()) <= most_m2]
    outlines = grounds["outline"].to_numpy()
    if not len(points) or not len(outlines):
        return geo.NO_SHAPES
    point, ground = shapely.STRtree(outlines).query(points, predicate="intersects")
    beside = np.delete(points, np.unique(point))
    tiers = grounds["land_use"].map(lambda use: LAND_USES[use].owner_tier or FIRST_PRIVATE_TIER).to_numpy()
    public = outlines[tiers < FIRST_PRIVATE_TIER]
    if len(beside) and len(public):
        reach = figures["register_point_reach_m"].central
        _, near = shapely.STRtree(public).query_nearest(beside, max_distance=reach, all_matches=False)
        return np.concatenate([outlines[np.unique(ground)], public[np.unique(near)]])
    return outlines[np.unique(ground)]


def _share_on(sites: gpd.GeoDataFrame, registered: geo.Shapes) -> npt.NDArray[np.float64]:
    """Part of each site on registered land, 0–1."""
    return geo.share_within(sites, registered)
