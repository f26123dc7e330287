"""Pieces of free land → candidate sites: how many trees fit, who must agree, what stands in the way, what it is called."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from treeplan import canopy, geo, owners, streets
from treeplan.coefficients import LEVELS, Coefficient, Coefficients
from treeplan.constraints import declared_constraints
from treeplan.coverage import beyond
from treeplan.land import Land
from treeplan.layers import Layers
from treeplan.pieces import SMALL, typed_pieces
from treeplan.planting import Planting, Values, by_type
from treeplan.schemas import SITES, check
from treeplan.study import Study
from treeplan.vocabulary import LAND_CLASSES, LAND_USES, SITE_TYPES, UNKNOWNS

log = logging.getLogger(__name__)

BY_A_STREET_M = 60.0
"""An unnamed site this near a named street is called after it."""

NOT_ON_PAVING = ("peat", "open habitats", "unmapped grassland")
"""Unknowns that mean nothing on a footway."""

EIA_HA = 2.0
"""New woods of this size or more are told to the Forestry Commission first (METHODS.md 3.3), hectares."""


def candidate_sites(
    land: Land, layers: Layers, study: Study, figures: Mapping[str, Coefficient]
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Candidate sites, one row each, and the free land that is none, with why.

    Parameters
    ----------
    land : Land
        Free land with its audit.
    layers : Layers
        For neighbourhoods, wards, streets, streams, place names and registers of owners.
    study : Study
        Its `land`.
    figures : mapping
        The study's coefficients.

    Returns
    -------
    sites : GeoDataFrame
        Sorted by `site_id`; columns as in `schemas.SITES`, and name, other types, owner tier, class, reasons, unknowns and
        places. Sites never overlap.
    left_over : DataFrame
        `ground_id, reason, area_m2`.
    """
    pieces, left = typed_pieces(land, layers, study, figures)
    if pieces.empty:
        return _empty(), left
    sites = _with_trees(pieces, figures)
    fits = (sites["trees_central"] >= 1).to_numpy()
    left = pd.concat([left, _no_room(sites[~fits])], ignore_index=True)
    sites = sites[fits]
    if sites.empty:
        return _empty(), left
    sites = _with_places(sites, layers, figures["rural_people_per_km2"].central)
    sites = owners.with_owners(sites, land, layers, figures)
    sites = _with_reasons(sites, land, layers, study, figures)
    sites["name"] = _names(sites, layers)
    sites = sites.drop(columns=["spared", "doubt"])
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


def _no_room(pieces: gpd.GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame(pieces[["ground_id", "area_m2"]]).assign(reason=SMALL)[["ground_id", "reason", "area_m2"]]


def _with_trees(pieces: gpd.GeoDataFrame, figures: Mapping[str, Coefficient]) -> gpd.GeoDataFrame:
    """How many trees fit: low, central and high (METHODS.md 6.1), whole trees."""
    sites = pieces.copy()
    for level in LEVELS:
        c = Coefficients(level, figures)
        trees = by_type(sites, partial(_how_many, c))
        sites[f"trees_{level}"] = np.floor(trees + 0.01)  # a hundredth of a tree forgives rounded coordinates
    hedge = (sites["site_type"] == "hedgerow").to_numpy()
    plants = sites["length_m"] * figures["hedge_plants_per_m"].central
    sites["hedge_plants"] = np.where(hedge, np.floor(plants), 0.0)
    # Where one tree fits by the central figures, the low figure is one tree too: none would say nothing of the place.
    sites["trees_low"] = np.where(sites["trees_central"] >= 1, np.maximum(sites["trees_low"], 1), sites["trees_low"])
    return sites


def _how_many(c: Coefficients, model: Planting, own: pd.DataFrame) -> Values:
    return model.trees(own, c)


def _with_places(sites: gpd.GeoDataFrame, layers: Layers, rural_people_per_km2: float) -> gpd.GeoDataFrame:
    """Neighbourhood, ward, district and setting of each site: those that most of it lies in, always the study's own."""
    zones = layers["neighbourhoods"]
    zones = zones[zones["inside"]].reset_index(drop=True)
    sites = sites.reset_index(drop=True)
    home, also = _home(sites, zones)
    for column in ("lsoa21_code", "ward_code", "ward_name", "district_code", "district_name"):
        sites[column] = home[column].to_numpy()
    sites["neighbourhood_name"] = home["name"].to_numpy()
    sites["also_in"] = also
    residents = layers["residents"].set_index("lsoa21_code")["residents"]
    density = home["lsoa21_code"].map(residents).to_numpy(dtype=float) / (home.area.to_numpy() / 1e6)
    rural = (density < rural_people_per_km2) | (sites["land_use"] == "farmland").to_numpy()
    sites["setting"] = np.where(rural, "rural", "urban")
    points = geo.inside_points(sites.geometry.to_numpy())
    sites["easting"] = np.round(shapely.get_x(points)).astype(int)
    sites["northing"] = np.round(shapely.get_y(points)).astype(int)
    sites["grid_reference"] = [
        geo.grid_reference(e, n) for e, n in zip(sites["easting"], sites["northing"], strict=True)
    ]
    return sites


def _home(sites: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[str]]:
    """The neighbourhood that most of each site lies in (else the nearest), and other districts it reaches into."""
    shapes, grounds = sites.geometry.to_numpy(), zones.geometry.to_numpy()
    tree = shapely.STRtree(grounds)
    site, zone = tree.query(shapes, predicate="intersects")
    pairs = pd.DataFrame(
        {"site": site, "zone": zone, "area": shapely.area(shapely.intersection(shapes[site], grounds[zone]))}
    ).sort_values(["site", "area", "zone"], ascending=[True, False, True])
    best = pairs.drop_duplicates("site").set_index("site")["zone"]
    nearest = pd.Series(tree.nearest(geo.inside_points(shapes)), index=range(len(shapes)))
    home = zones.iloc[best.reindex(nearest.index).fillna(nearest).astype(int)].reset_index(drop=True)
    districts = zones["district_name"].to_numpy()
    pairs["district"] = districts[pairs["zone"]]
    pairs = pairs[(pairs["area"] > 1.0) & pairs["district"].notna()]
    other = pairs[pairs["district"].to_numpy() != home["district_name"].to_numpy()[pairs["site"]]]
    also = other.groupby("site")["district"].agg(lambda names: "; ".join(sorted(set(names))))
    return home, also.reindex(range(len(shapes))).fillna("").tolist()


def _with_reasons(
    sites: gpd.GeoDataFrame, land: Land, layers: Layers, study: Study, figures: Mapping[str, Coefficient]
) -> gpd.GeoDataFrame:
    """Land class with its reasons, and what nobody can know from a map."""
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
    large = (sites["site_type"] == "woodland").to_numpy() & (sites["area_m2"] >= EIA_HA * 1e4).to_numpy()
    for i in np.flatnonzero(large):
        reasons[i].append("2 ha or more of new wood: tell the Forestry Commission first (EIA)")
        worst[i] = max(worst[i], order.index("sensitivities"))
    sites["canyon"] = streets.in_canyon(sites, layers, figures)
    for i in np.flatnonzero(sites["canyon"]):
        reasons[i].append(streets.CANYON)
        worst[i] = max(worst[i], order.index("sensitivities"))
    sites["land_class"] = [order[w] for w in worst]
    sites["reasons"] = ["; ".join(r) for r in reasons]
    sites["unknowns"] = _unknowns(sites, layers, study)
    sites["field_status"] = "desk"
    return sites


def _unknowns(sites: gpd.GeoDataFrame, layers: Layers, study: Study) -> list[str]:
    """What a map cannot say of each site; a gap in a survey or a layer is told, not taken for "nothing there"."""
    told: list[list[str]] = [[] for _ in range(len(sites))]
    constraints = [c for c in declared_constraints(study).values() if c.layer != "junctions"]
    lacking = any(c.layer not in layers for c in constraints if c.class_ == "excluded")
    paved = (sites["land_use"] == "footway").to_numpy()
    for name, facts in UNKNOWNS.items():
        known = facts.unless is not None and all(layer in layers for layer in facts.unless)
        if known or not facts.site_wide or (name == "maps we lacked" and not lacking):
            continue
        for own, on_paving in zip(told, paved, strict=True):
            if not (on_paving and name in NOT_ON_PAVING):
                own.append(name)
    for i in np.flatnonzero(canopy.standing_unseen(layers, sites)):
        told[i].append("canopy not surveyed")
    constrained = {c.layer for c in constraints}
    for i in np.flatnonzero(beyond(sites.geometry.to_numpy(), layers.covers, constrained)):
        told[i].append("not wholly mapped")
    for i in np.flatnonzero(sites["doubt"].fillna("").to_numpy() != ""):
        told[i].append("footway width not measured")
    return ["; ".join(own) for own in told]


def _names(sites: gpd.GeoDataFrame, layers: Layers) -> list[str]:
    """What a resident would call each site: its own name, else what it is and where."""
    near = _where(sites, layers)
    given = sites["name"] if "name" in sites else pd.Series(None, index=sites.index, dtype=object)
    endings = _endings(sites)
    names = []
    for i in range(len(sites)):
        own = given.iloc[i]
        base = (
            str(own)
            if isinstance(own, str) and own.strip()
            else f"{LAND_USES[sites['land_use'].iloc[i]].label}{near[i]}"
        )
        names.append(base + endings[i])
    often = pd.Series(names).duplicated(keep=False).to_numpy()
    references = sites["grid_reference"].to_numpy()
    told = pd.Series([f"{n} ({at})" if twice else n for n, twice, at in zip(names, often, references, strict=True)])
    number = told.groupby(told).cumcount()
    return [name if not nth else f"{name}, no. {nth + 1}" for name, nth in zip(told, number, strict=True)]


def _endings(sites: gpd.GeoDataFrame) -> list[str]:
    """What tells the sites of one ground apart: the type, but for the main one, and a number within the type."""
    by_type_m2 = sites.groupby(["ground_id", "site_type"])["area_m2"].sum().sort_values(kind="stable")
    main = by_type_m2.reset_index().groupby("ground_id")["site_type"].last()
    pieces = sites.sort_values(["ground_id", "piece"]).groupby(["ground_id", "site_type"])
    number = (pieces.cumcount() + 1).reindex(sites.index)
    alike = sites.groupby(["ground_id", "site_type"])["site_id"].transform("size")
    endings = []
    for ground, kind, nth, of in zip(sites["ground_id"], sites["site_type"], number, alike, strict=True):
        what = "" if main[ground] == kind else f", {SITE_TYPES[kind].label.lower()}"
        endings.append(what + (f", part {nth}" if of > 1 else ""))
    return endings


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
