"""A small made-up plan in real British National Grid coordinates, for tests of outputs: scored by the real stages."""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import affinity

from tests.toy import homes_at
from treeplan import geo
from treeplan.access import Access
from treeplan.certainty import rank_certainty
from treeplan.claims import with_claims
from treeplan.coefficients import figures
from treeplan.effects import measure_effects, measure_joint
from treeplan.land import Land
from treeplan.layers import Layers
from treeplan.money import value_effects
from treeplan.needs import NEEDS
from treeplan.plan import Plan, Ranked, assemble
from treeplan.portfolio import choose
from treeplan.provenance import Edition
from treeplan.reference import read_reference
from treeplan.roles import LAYERS
from treeplan.scoring import rank_neighbourhoods, score
from treeplan.study import make_study
from treeplan.vocabulary import SITE_TYPES
from treeplan.weights import weigh

EAST, NORTH = 435_000, 387_000
SIDE_M = 600
DATE = dt.date(2026, 3, 1)
STUDY = {
    "name": "Smallton",
    "places": ["E08000001", "E08000002"],
    "note": "An invented place for tests.",
    "weights": {"carbon": 1, "heat": 2, "air": 1, "water": 1, "nature": 2, "health": 3, "equity": 3, "community": 2},
    "plan": {"budget_gbp": 15_000},
    "certainty": {"draws": 100},
}
USES = ("park", "school", "grass", "verge", "farmland")
TYPES = {"park": "park", "school": "school", "grass": "green", "verge": "street", "farmland": "woodland"}
TIERS = {"park": 1, "school": 2, "grass": 1, "verge": 2, "farmland": 3}
TREES = {"park": 12, "school": 6, "grass": 8, "verge": 10, "farmland": 400}


def small_plan(
    sites: int = 6, neighbourhoods: int = 4, study: dict[str, Any] | None = None, anew: bool = False, **changes: Any
) -> Plan:
    """A plan with so many sites and neighbourhoods; `study` changes settings, `changes` replace fields of the plan.

    It is made once for each such question and copied, unless it is wanted `anew`.
    """
    key = f"{sites} {neighbourhoods} {study}"
    if key not in MADE and not anew:
        MADE[key] = _small_plan(sites, neighbourhoods, study)
    plan = _small_plan(sites, neighbourhoods, study) if anew else copy.deepcopy(MADE[key])
    return replace(plan, **{"date": DATE, **changes})


MADE: dict[str, Plan] = {}


def _small_plan(sites: int, neighbourhoods: int, study: dict[str, Any] | None) -> Plan:
    settings = make_study({**STUDY, **(study or {})})
    layers = small_layers(neighbourhoods, with_land=sites > 0)
    zones = _needs(layers["neighbourhoods"])
    ranked = rank_neighbourhoods(zones, settings)
    known = figures({})
    if not sites:
        plan = assemble(settings, layers, known, ranked)
    else:
        table = with_claims(_sites(sites, layers["neighbourhoods"]), layers, settings)
        served = _served(table)
        by_reach = {"walk": served, "cooling": served.assign(residents=served["residents"] / 4)}
        canopy = zones.set_index("lsoa21_code")["canopy_pct"]
        effects = measure_effects(table, layers, settings, known, by_reach=by_reach, canopy_pct=canopy)
        reference = read_reference(settings)
        scores, qualities = score(table, by_reach, zones, effects, settings, reference)
        cost = effects.at(settings.horizon_year)["cost_gbp"].reindex(table["site_id"]).to_numpy()
        top = min(3, sites)
        certain = rank_certainty(scores, qualities, settings, top)
        deprived = table["lsoa21_code"].isin(zones.loc[zones["most_deprived_fifth"], "lsoa21_code"]).to_numpy()
        choice = choose(table, scores, cost, deprived, sorted(set(zones["district_name"].dropna())), settings)
        land, left = _land(table)
        homes = homes_at(table, served["residents"])
        money = value_effects(table, served, homes, ranked, effects, settings, known)
        joint = measure_joint(table[choice.chosen], effects, Access(layers, settings, known), canopy_pct=canopy)
        found = Ranked(table, served, effects, scores, qualities, certain, choice, top, deprived, joint)
        found = replace(found, money=money, reference=reference)
        plan = assemble(settings, layers, known, ranked, land, left, found, weighting=weigh(settings, layers))
    return plan


def with_sites(plan: Plan, **columns: Any) -> Plan:
    """The same plan with some columns of its sites set to other values."""
    return replace(plan, sites=plan.sites.assign(**columns))


def small_layers(neighbourhoods: int = 4, with_land: bool = True) -> Layers:
    """The layers behind a small plan."""
    zones = _zones(neighbourhoods)
    area = shapely.union_all(zones.geometry.to_numpy())
    west, south, east, north = area.bounds
    across = [
        shapely.LineString([(west - 500, south + 250), ((west + east) / 2, south + 300), (east + 500, south + 250)])
    ]
    districts = zones.dissolve("district_code", as_index=False)[["district_code", "district_name", "geometry"]]
    tables = {
        "neighbourhoods": zones,
        "residents": pd.DataFrame({"lsoa21_code": zones["lsoa21_code"], "residents": _residents(len(zones))}),
        "districts": districts,
        "wards": zones.dissolve("ward_code", as_index=False)[["ward_code", "ward_name", "geometry"]],
        "water": _map([shapely.Point(west + 450, south + 150).buffer(60)]),
        "watercourses": _map(across, width_m=[12.0]),
        "railways": _map([shapely.LineString([(west, north - 80), (east, north - 120)])], width_m=[8.0]),
        "woodland": _map([shapely.box(west + 20, north - 90, west + 160, north - 10)]),
        "place_names": _map([shapely.Point(west + 300, south + 300)], name=["Smallton <b>Green</b>"], kind=["suburb"]),
        "community_places": _map([shapely.Point(west + 200, south + 200)], kind=["school"], name=["Small School"]),
    }
    if with_land:
        tables["open_land"] = zones[["geometry"]].assign(land_use="park")
    missing = [name for name in LAYERS if name not in tables]
    return Layers(area, tables, [edition()], missing, {})


def edition(**changes: Any) -> Edition:
    """A file as a run used it."""
    facts = Edition(
        source="open_greenspace",
        layers=("open_land",),
        title="OS Open Greenspace",
        publisher="Ordnance Survey",
        licence="OGL-UK-3.0",
        attribution="Contains OS data © Crown copyright and database right 2026",
        vintage="April 2026",
        path="open_greenspace.gpkg",
        sha256="0" * 64,
        size_bytes=1,
    )
    return replace(facts, **changes)


def _map(shapes: list[shapely.Geometry], **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=geo.BNG)


def _zones(count: int) -> gpd.GeoDataFrame:
    """A row of square neighbourhoods; the first half lies in district East, two to a ward."""
    order = np.arange(count)
    half = order < (count + 1) // 2
    return _map(
        [shapely.box(EAST + SIDE_M * i, NORTH, EAST + SIDE_M * (i + 1), NORTH + SIDE_M) for i in order],
        lsoa21_code=[f"E01{i + 1:06d}" for i in order],
        name=[f"Smallton {i + 1:03d}A" for i in order],
        ward_code=[f"E05{i // 2 + 1:06d}" for i in order],
        ward_name=[f"Ward {i // 2 + 1}" for i in order],
        district_code=np.where(half, "E08000001", "E08000002"),
        district_name=np.where(half, "Westborough", "Eastborough"),
        inside=True,
    )


def _residents(count: int) -> np.ndarray:
    return 1_500.0 + 10 * np.arange(count)


def _needs(zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Neighbourhoods with residents and every indicator, the first the worst off."""
    zones = zones.copy()
    worst_first = np.linspace(1, 0, len(zones))
    zones["residents"] = _residents(len(zones))
    scale = {
        "deprivation": (5, 80),
        "bad_health_pct": (3, 12),
        "young_and_old_pct": (8, 20),
        "no2_ugm3": (8, 24),
        "pm25_ugm3": (5, 9),
        "canopy_pct": (28, 4),
        "canopy_gap_pp": (2, 26),
    }
    for name, facts in NEEDS.items():
        least, most = scale.get(name, (0, 1))
        zones[name] = least + (most - least) * worst_first
        zones[f"need_{name}"] = geo.midrank_share(
            zones[name].to_numpy(), zones[name].to_numpy(), upwards=facts.prefer == "low"
        )
    zones["most_deprived_fifth"] = worst_first > 0.9
    return zones


def _sites(count: int, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Sites spread over the neighbourhoods, every kind in turn."""
    rows = []
    for i in range(count):
        home, use = zones.iloc[i % len(zones)], USES[i % len(USES)]
        west, south = home.geometry.bounds[:2]
        nth = i // len(zones)
        shape = shapely.box(0, 0, *((120, 6) if use == "verge" else (60, 50)))
        shape = affinity.translate(shape, west + 40 + 90 * (nth % 6), south + 60 + 70 * (nth // 6))
        rows.append(_site(i, use, shape, home))
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=geo.BNG).sort_values("site_id", ignore_index=True)


def _site(number: int, use: str, shape: shapely.Polygon, home: pd.Series) -> dict[str, Any]:
    point = shapely.point_on_surface(shape)
    trees = TREES[use] + number % 7
    return {
        "ground_id": f"G{number:04d}",
        "site_id": f"G{number:04d}-1",
        "piece": 1,
        "name": f"Site number {number + 1}",
        "land_use": use,
        "origin": "made up",
        "site_type": TYPES[use],
        "other_types": "tiny_forest; orchard" if use == "grass" else "",
        "rule": SITE_TYPES[TYPES[use]].rule,
        "area_m2": shape.area,
        "open_m2": shape.area,
        "length_m": 120.0 if use == "verge" else 60.0,
        "hedge_plants": 0.0,
        "places_low": 0,
        "places_central": 0,
        "places_high": 0,
        "trees_low": float(trees // 2),
        "trees_central": float(trees),
        "trees_high": float(trees * 2),
        "canyon": False,
        **{c: home[c] for c in ("lsoa21_code", "ward_code", "ward_name", "district_code", "district_name")},
        "neighbourhood_name": home["name"],
        "setting": "rural" if use == "farmland" else "urban",
        "easting": round(point.x),
        "northing": round(point.y),
        "grid_reference": geo.grid_reference(point.x, point.y),
        "owner_tier": TIERS[use],
        "owner_basis": "its use",
        "also_in": "",
        "land_class": "sensitivities" if number % 2 else "fewest known constraints",
        "reasons": "in the green belt: openness counts" if number % 2 else "",
        "unknowns": "buried services; unmapped grassland",
        "field_status": "desk",
        "geometry": shape,
    }


def _served(sites: gpd.GeoDataFrame) -> pd.DataFrame:
    people = 100.0 + 37.0 * (np.arange(len(sites)) * 5 % 11)
    return pd.DataFrame(
        {
            "site_id": sites["site_id"],
            "lsoa21_code": sites["lsoa21_code"],
            "residents": people,
            "distance_m": 200.0,
            "method": "straight line × detour",
        }
    )


def _land(sites: gpd.GeoDataFrame) -> tuple[Land, pd.DataFrame]:
    grounds = sites[["ground_id", "name", "land_use", "origin", "area_m2", "geometry"]].assign(outline=sites.geometry)
    taken = pd.DataFrame({"ground_id": ["G0000"], "reason": ["too near a building"], "area_m2": [500.0]})
    left = pd.DataFrame(
        {"ground_id": ["G0000"], "reason": ["too small, too narrow or no room for a tree"], "area_m2": [50.0]}
    )
    return Land(grounds, taken, {}, float(sites["area_m2"].sum()) + 550, float(sites["area_m2"].sum()) + 550), left
