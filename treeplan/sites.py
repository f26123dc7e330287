"""Free land → candidate sites: what type, how many trees fit, who must agree, what stands in the way."""

from __future__ import annotations

import logging

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from treeplan import geo
from treeplan.coefficients import Coefficient
from treeplan.land import Land
from treeplan.layers import Layers
from treeplan.schemas import SITES, check
from treeplan.vocabulary import LAND_CLASSES, LAND_USES, SITE_TYPES, UNKNOWNS

log = logging.getLogger(__name__)

LEAST_COMPACTNESS = 0.05
"""Pieces less compact than this (4πA/P²) are slivers (METHODS.md 3.2); verges are long by nature and are let through."""

BY_A_STREET_M = 60.0
"""An unnamed site this near a named street is called after it."""

RURAL_PEOPLE_PER_KM2 = 500.0
"""A site in a neighbourhood less dense than this is rural (assumption, to be verified)."""


def candidate_sites(
    land: Land, layers: Layers, figures: dict[str, Coefficient]
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Candidate sites, one row each, and the free land that was too small, too narrow or too thin to be one.

    Parameters
    ----------
    land : Land
        Free land with its audit.
    layers : Layers
        For neighbourhoods, wards and place names.
    figures : dict
        The study's coefficients.

    Returns
    -------
    sites : GeoDataFrame
        Sorted by `site_id`; columns as in `schemas.SITES`, and name, owner tier, class, reasons, unknowns and places.
    left_over : DataFrame
        `ground_id, reason, area_m2`.
    """
    pieces = _pieces(land.grounds)
    sites = pieces[pieces["why_not"] == ""].drop(columns="why_not")
    if sites.empty:
        return _empty(), _left_over(land.grounds, sites)
    sites = _with_trees(sites, figures)
    sites = sites[sites["trees_central"] >= 1]
    if sites.empty:
        return _empty(), _left_over(land.grounds, sites)
    left = _left_over(land.grounds, sites)
    sites = _with_places(sites, layers)
    sites = _with_reasons(sites, land, layers)
    sites["name"] = _names(sites, layers)
    sites = gpd.GeoDataFrame(
        check(sites.sort_values("site_id", ignore_index=True), SITES, "candidate sites"), crs=geo.BNG
    )
    log.info(
        "sites: %d candidates, %.1f ha, room for %d trees",
        len(sites),
        sites["area_m2"].sum() / 1e4,
        sites["trees_central"].sum(),
    )
    return sites, left


def _empty() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({name: pd.Series(dtype=object) for name in SITES.columns}, geometry=[], crs=geo.BNG)


def _pieces(grounds: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Every connected piece of free land wide enough for its type, with why it is no site ("" when it is one)."""
    types = grounds["land_use"].map(lambda use: LAND_USES[use].site_type)
    rows = []
    for i, (shape, kind) in enumerate(zip(grounds.geometry, types, strict=True)):
        if shape.is_empty or not kind:
            continue
        wide = geo.areal_part(geo.wide_part(np.array([shape], dtype=object), SITE_TYPES[kind].least_width_m)[0])
        parts = sorted(shapely.get_parts(wide), key=lambda p: p.bounds)
        for n, part in enumerate(parts, start=1):
            rows.append((i, n, kind, part, _why_not(part, kind)))
    table = grounds.drop(columns=["geometry", "area_m2"]).iloc[[r[0] for r in rows]].reset_index(drop=True)
    table["piece"] = [r[1] for r in rows]
    table["site_type"] = [r[2] for r in rows]
    table["why_not"] = [r[4] for r in rows]
    table["site_id"] = table["ground_id"] + "-" + table["piece"].astype(str)
    shapes = np.array([r[3] for r in rows], dtype=object) if rows else geo.NO_SHAPES
    table["area_m2"] = shapely.area(shapes)
    return gpd.GeoDataFrame(table, geometry=shapes, crs=geo.BNG)


def _why_not(part: shapely.Polygon, kind: str) -> str:
    if part.area < SITE_TYPES[kind].least_m2:
        return "small"
    # The outline alone: holes where trees already stand do not make a park a sliver.
    outline = np.array([shapely.Polygon(part.exterior)], dtype=object)
    if kind != "verge" and float(geo.compactness(outline)[0]) < LEAST_COMPACTNESS:
        return "sliver"
    return ""


def _left_over(grounds: gpd.GeoDataFrame, sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """Free land that became no site, by ground."""
    used = sites.groupby("ground_id")["area_m2"].sum() if len(sites) else pd.Series(dtype=float)
    left = grounds.area.to_numpy() - grounds["ground_id"].map(used).fillna(0).to_numpy(dtype=float)
    table = pd.DataFrame(
        {"ground_id": grounds["ground_id"], "reason": "too small, too narrow or no room for a tree", "area_m2": left}
    )
    return table[table["area_m2"] > 1e-6].reset_index(drop=True)


def _with_trees(sites: gpd.GeoDataFrame, figures: dict[str, Coefficient]) -> gpd.GeoDataFrame:
    """How many trees fit: low, central and high (METHODS.md 6.1), whole trees."""
    f = figures
    area = sites["area_m2"].to_numpy(dtype=float)
    length = shapely.length(sites.geometry.to_numpy()) / 2
    kind = sites["site_type"].to_numpy()
    for level, sparse in (("low", "high"), ("central", "central"), ("high", "low")):
        room = getattr(f["park_m2_per_tree"], sparse)
        trees = np.select(
            [kind == "woodland", kind == "school", kind == "verge"],
            [
                area
                / 1e4
                * (1 - getattr(f["woodland_open_share"], sparse))
                * getattr(f["woodland_stems_per_ha"], level),
                area * getattr(f["school_tree_share"], level) / room,
                length / getattr(f["street_tree_spacing_m"], sparse),
            ],
            area * getattr(f["grass_tree_share"], level) / room,
        )
        sites[f"trees_{level}"] = np.floor(trees + 0.01)  # a hundredth of a tree forgives rounded coordinates
    # Where one tree fits by the central figures, the low figure is one tree too: none would say nothing of the place.
    sites["trees_low"] = np.where(sites["trees_central"] >= 1, np.maximum(sites["trees_low"], 1), sites["trees_low"])
    return sites


def _with_places(sites: gpd.GeoDataFrame, layers: Layers) -> gpd.GeoDataFrame:
    """Neighbourhood, ward, district and setting of each site, by a point inside it; always one of the study's own."""
    zones = layers["neighbourhoods"]
    zones = zones[zones["inside"]]
    points = geo.inside_points(sites.geometry.to_numpy())
    nearest = shapely.STRtree(zones.geometry.to_numpy()).nearest(points)
    home = zones.iloc[nearest].reset_index(drop=True)
    sites = sites.reset_index(drop=True)
    for column in ("lsoa21_code", "ward_code", "ward_name", "district_code", "district_name"):
        sites[column] = home[column].to_numpy()
    sites["neighbourhood_name"] = home["name"].to_numpy()
    residents = layers["residents"].set_index("lsoa21_code")["residents"]
    density = home["lsoa21_code"].map(residents).to_numpy(dtype=float) / (home.area.to_numpy() / 1e6)
    rural = (density < RURAL_PEOPLE_PER_KM2) | (sites["land_use"] == "farmland").to_numpy()
    sites["setting"] = np.where(rural, "rural", "urban")
    sites["easting"] = np.round(shapely.get_x(points)).astype(int)
    sites["northing"] = np.round(shapely.get_y(points)).astype(int)
    sites["grid_reference"] = [
        geo.grid_reference(e, n) for e, n in zip(sites["easting"], sites["northing"], strict=True)
    ]
    return sites


def _with_reasons(sites: gpd.GeoDataFrame, land: Land, layers: Layers) -> gpd.GeoDataFrame:
    """Owner tier, land class with its reasons, and what nobody can know from a map."""
    sites["owner_tier"] = sites["land_use"].map(lambda use: LAND_USES[use].owner_tier).astype(int)
    reasons: list[list[str]] = [[] for _ in range(len(sites))]
    worst = np.zeros(len(sites), dtype=int)
    order = list(LAND_CLASSES)
    shapes = sites.geometry.to_numpy()
    for constraint, takers in land.soft.values():
        which = np.unique(shapely.STRtree(takers).query(shapes, predicate="intersects")[0])
        for i in which:
            if not constraint.only_on or sites["land_use"].iloc[i] in constraint.only_on:
                reasons[i].append(constraint.reason)
                worst[i] = max(worst[i], order.index(constraint.class_))
    sites["land_class"] = [order[w] for w in worst]
    sites["reasons"] = ["; ".join(r) for r in reasons]
    sites["unknowns"] = _unknowns(sites, layers)
    sites["field_status"] = "desk"
    return sites


def _unknowns(sites: gpd.GeoDataFrame, layers: Layers) -> list[str]:
    """What a map cannot say of each site; a gap in the canopy survey is told, not taken for "no trees"."""
    gap = "canopy not surveyed"
    everywhere = "; ".join(name for name in UNKNOWNS if name != gap)
    if "canopy_height" not in layers:
        return [everywhere] * len(sites)
    seen = geo.seen_share(layers["canopy_height"], sites)
    return [everywhere if share > 0.99 else f"{everywhere}; {gap}" for share in seen]


def _names(sites: gpd.GeoDataFrame, layers: Layers) -> list[str]:
    """What a resident would call each site: its own name, else what it is and where."""
    near = _where(sites, layers)
    given = sites["name"] if "name" in sites else pd.Series(None, index=sites.index, dtype=object)
    pieces = sites.groupby("ground_id")["site_id"].transform("size")
    names = []
    for i in range(len(sites)):
        own = given.iloc[i]
        base = (
            str(own)
            if isinstance(own, str) and own.strip()
            else f"{LAND_USES[sites['land_use'].iloc[i]].label}{near[i]}"
        )
        names.append(f"{base}, part {sites['piece'].iloc[i]}" if pieces.iloc[i] > 1 else base)
    return names


def _where(sites: gpd.GeoDataFrame, layers: Layers) -> list[str]:
    """Where an unnamed site is: by the nearest named street, and near which place."""
    near = _nearest_places(sites, layers)
    if "roads" not in layers or not layers["roads"]["name"].notna().any():
        return near
    streets = layers["roads"][layers["roads"]["name"].notna()]
    shapes = sites.geometry.to_numpy()
    nearest = shapely.STRtree(streets.geometry.to_numpy()).nearest(shapes)
    away = shapely.distance(shapes, streets.geometry.to_numpy()[nearest])
    names = streets["name"].to_numpy()[nearest]
    return [
        f" by {street},{place}" if m <= BY_A_STREET_M else place
        for street, m, place in zip(names, away, near, strict=True)
    ]


def _nearest_places(sites: gpd.GeoDataFrame, layers: Layers) -> list[str]:
    if "place_names" in layers and len(layers["place_names"]):
        places = layers["place_names"]
        nearest = shapely.STRtree(places.geometry.to_numpy()).nearest(geo.inside_points(sites.geometry.to_numpy()))
        return [f" near {name}" for name in places["name"].to_numpy()[nearest]]
    wards = sites["ward_name"].where(sites["ward_name"].notna(), sites["neighbourhood_name"])
    return [f" in {name}" for name in wards]
