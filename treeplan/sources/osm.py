"""OpenStreetMap: one extract (`.osm.pbf`) fills many layers, by the tag table of METHODS.md 3.5."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
import shapely

from treeplan import geo
from treeplan.errors import DataError
from treeplan.sources import source
from treeplan.sources.credits import ODBL, OPENSTREETMAP

Tags = Mapping[str, str]
Found = tuple[str, dict[str, Any]]

# Width of a carriageway that says neither width nor lanes, metres (assumption, to be verified).
ROAD_WIDTH_M = {
    "motorway": 20.0,
    "trunk": 12.0,
    "primary": 9.0,
    "secondary": 8.0,
    "tertiary": 7.0,
    "unclassified": 6.0,
    "residential": 5.5,
    "living_street": 5.0,
    "service": 4.0,
}
LANE_M = 3.0
PATHS = frozenset(["footway", "path", "pedestrian", "cycleway", "steps", "track", "bridleway"])
RAILS = frozenset(["rail", "light_rail", "tram", "subway", "narrow_gauge"])
WATERCOURSES = frozenset(["river", "stream", "canal", "brook", "ditch", "drain"])
GROUPS = {
    "school": "school",
    "college": "school",
    "kindergarten": "school",
    "place_of_worship": "place of worship",
    "community_centre": "community centre",
    "library": "library",
    "social_facility": "social facility",
}
PLACES = frozenset(["suburb", "neighbourhood", "village", "town", "hamlet", "locality", "quarter", "square"])
PRIVATE = frozenset(["private", "no"])

# First match wins; the land use is a key of vocabulary.LAND_USES.
LAND = (
    ("leisure", "garden", "park"),
    ("leisure", "park", "park"),
    ("leisure", "common", "recreation_ground"),
    ("leisure", "golf_course", "golf"),
    ("landuse", "recreation_ground", "recreation_ground"),
    ("landuse", "village_green", "recreation_ground"),
    ("landuse", "grass", "grass"),
    ("landuse", "farmland", "farmland"),
    ("landuse", "brownfield", "brownfield"),
    ("landuse", "meadow", "meadow"),
    ("landuse", "allotments", "allotments"),
    ("landuse", "cemetery", "cemetery"),
    ("amenity", "grave_yard", "cemetery"),
    ("amenity", "school", "school"),
    ("amenity", "college", "school"),
    ("amenity", "kindergarten", "school"),
    ("amenity", "hospital", "hospital"),
    ("natural", "heath", "heath"),
    ("natural", "wetland", "heath"),
    ("natural", "grassland", "heath"),
    ("natural", "scrub", "scrub"),
)
SPORT = frozenset(["pitch", "playground", "stadium", "track", "swimming_pool"])
CLOSED = {
    "military": "military land",
    "railway": "railway land",
    "landfill": "landfill",
    "construction": "building site",
    "quarry": "quarry",
}

VERGE_WIDTH_M, VERGE_LENGTH_M, VERGE_ROAD_M = 12.0, 40.0, 15.0
"""Grass narrower than this on average, at least this long and this near a road is a verge (assumption, to be verified)."""

LAYERS = (
    "open_land",
    "buildings",
    "roads",
    "paths",
    "railways",
    "power_lines",
    "pipelines",
    "water",
    "watercourses",
    "sport",
    "closed_land",
    "woodland",
    "trees",
    "community_places",
    "place_names",
)


@source(
    layer=LAYERS,
    title="OpenStreetMap extract",
    publisher="OpenStreetMap contributors",
    licence=ODBL,
    attribution=OPENSTREETMAP,
    vintage="as extracted",
    url="https://download.geofabrik.de/europe/great-britain/england/south-yorkshire-latest.osm.pbf",
    opens="osm",
)
def openstreetmap(path: Path) -> dict[str, gpd.GeoDataFrame]:
    """Read land, buildings, roads, rail, power, water, pitches, trees, groups and place names from an extract."""
    rows = _collect(path)
    tables = {layer: _table(rows[layer]) for layer in LAYERS if rows[layer]}
    if not tables:
        raise DataError(f"{path.name} holds nothing that treeplan uses", "use the extract of the study's own place.")
    if "open_land" in tables:
        tables["open_land"] = _verges(tables["open_land"], tables.get("roads"))
    if "community_places" in tables:
        groups = tables["community_places"]
        tables["community_places"] = groups.set_geometry(
            gpd.GeoSeries(geo.inside_points(groups.geometry.to_numpy()), crs=geo.BNG)
        )
    return tables


def _collect(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Every feature of use, by layer, in one pass over the file."""
    rows: dict[str, list[dict[str, Any]]] = {layer: [] for layer in LAYERS}
    wkb = osmium.geom.WKBFactory()
    try:
        for thing in osmium.FileProcessor(str(path)).with_areas().with_filter(osmium.filter.EmptyTagFilter()):
            tags = {tag.k: tag.v for tag in thing.tags}
            if thing.is_area():
                kind = "way" if thing.from_way() else "relation"
                _keep(rows, _areal(tags), kind, thing.orig_id(), lambda o=thing: wkb.create_multipolygon(o))
            elif thing.is_way():
                _keep(rows, _linear(tags), "way", thing.id, lambda o=thing: wkb.create_linestring(o))
            elif thing.is_node():
                _keep(rows, _pointlike(tags), "node", thing.id, lambda o=thing: wkb.create_point(o))
    except RuntimeError as err:
        raise DataError(
            f"{path.name} is not a whole OpenStreetMap extract ({str(err)[:120]})", "download it again."
        ) from err
    return rows


def _keep(
    rows: dict[str, list[dict[str, Any]]], found: list[Found], kind: str, number: int, shape: Callable[[], str]
) -> None:
    for layer, facts in found:
        geometry = shapely.from_wkb(shape())
        rows[layer].append({"osm_id": f"osm-{kind}-{number}", "order": (kind, number), "geometry": geometry, **facts})


def _table(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """One layer in British National Grid, sorted by OpenStreetMap's own ids."""
    table = gpd.GeoDataFrame(sorted(rows, key=lambda row: row["order"]), geometry="geometry", crs=4326).drop(
        columns="order"
    )
    table = table.to_crs(geo.BNG)
    shapes = table.geometry.to_numpy()
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = [geo.areal_part(s) for s in shapely.make_valid(shapes[broken])]
    return table.set_geometry(gpd.GeoSeries(shapes, crs=geo.BNG))


# ---------------------------------------------------------------- what a feature is, by its tags


def _areal(tags: Tags) -> list[Found]:
    """What an area is: several things at times (a school is land and a group)."""
    name = tags.get("name")
    found: list[Found] = []
    if "building" in tags and tags["building"] != "no":
        found.append(("buildings", {"building": tags["building"], "levels": _number(tags.get("building:levels"))}))
    elif land := next((use for key, value, use in LAND if tags.get(key) == value), None):
        found.append(_land(land, tags, name))
    if (reason := CLOSED.get(tags.get("landuse", ""))) or tags.get("aeroway") in (
        "aerodrome",
        "runway",
        "taxiway",
        "apron",
    ):
        found.append(("closed_land", {"reason": reason or "airfield"}))
    if tags.get("leisure") in SPORT:
        found.append(("sport", {"kind": tags["leisure"], "name": name}))
    if tags.get("natural") == "water" or tags.get("waterway") == "riverbank":
        found.append(("water", {"name": name}))
    if tags.get("natural") == "wood" or tags.get("landuse") == "forest":
        found.append(("woodland", {"name": name}))
    return found + _group(tags)


def _land(use: str, tags: Tags, name: str | None) -> Found:
    """Open land; a private garden stays one, other private land is closed."""
    if tags.get("access") in PRIVATE and use in ("park", "grass", "recreation_ground"):
        if tags.get("leisure") == "garden":
            use = "private_garden"
        else:
            return "closed_land", {"reason": "private"}
    return "open_land", {"land_use": use, "name": name, "origin": "OpenStreetMap"}


def _linear(tags: Tags) -> list[Found]:
    name = tags.get("name")
    highway = tags.get("highway", "").removesuffix("_link")
    found: list[Found] = []
    if highway in ROAD_WIDTH_M and tags.get("tunnel") != "yes":
        found.append(("roads", {"highway": highway, "name": name, "width_m": road_width_m(tags, highway)}))
    elif highway in PATHS:
        found.append(("paths", {"highway": highway, "name": name}))
    if tags.get("tunnel") != "yes" and tags.get("railway") in RAILS:
        found.append(("railways", {"kind": tags["railway"]}))
    if tags.get("power") in ("line", "minor_line"):
        found.append(("power_lines", {"kind": tags["power"], "voltage": tags.get("voltage")}))
    if tags.get("man_made") == "pipeline":
        found.append(("pipelines", {"kind": tags.get("substance")}))
    if tags.get("waterway") in WATERCOURSES and tags.get("tunnel") not in ("yes", "culvert"):
        found.append(("watercourses", {"name": name, "form": tags["waterway"], "width_m": _number(tags.get("width"))}))
    return found


def _pointlike(tags: Tags) -> list[Found]:
    found: list[Found] = []
    if tags.get("natural") == "tree":
        found.append(("trees", {"species": tags.get("species")}))
    if tags.get("place") in PLACES and tags.get("name"):
        found.append(("place_names", {"name": tags["name"], "kind": tags["place"]}))
    return found + _group(tags)


def _group(tags: Tags) -> list[Found]:
    kind = GROUPS.get(tags.get("amenity", "")) or ("allotments" if tags.get("landuse") == "allotments" else None)
    return [("community_places", {"name": tags.get("name"), "kind": kind})] if kind else []


def road_width_m(tags: Tags, highway: str) -> float:
    """Width of a carriageway, metres: as tagged, else by its lanes, else by its class."""
    width = _number(tags.get("width"))
    if not np.isnan(width):
        return width
    lanes = _number(tags.get("lanes"))
    return ROAD_WIDTH_M[highway] if np.isnan(lanes) else lanes * LANE_M


def _number(text: str | None) -> float:
    """The number at the head of a tag ("7.5 m" → 7.5); NaN where there is none."""
    match = re.match(r"\s*(\d+(?:\.\d+)?)\s*(m|metres)?\s*$", text or "")
    return float(match[1]) if match else float("nan")


def _verges(land: gpd.GeoDataFrame, roads: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Grass that is long, narrow and beside a road is a verge."""
    shapes = land.geometry.to_numpy()
    half = shapely.length(shapes) / 2
    strip = (shapely.area(shapes) / np.where(half > 0, half, 1) < VERGE_WIDTH_M) & (half >= VERGE_LENGTH_M)
    strip &= (land["land_use"] == "grass").to_numpy()
    near = np.zeros(len(land), dtype=bool)
    if roads is not None:
        near[
            np.unique(
                shapely.STRtree(roads.geometry.to_numpy()).query(shapes, predicate="dwithin", distance=VERGE_ROAD_M)[0]
            )
        ] = True
    land.loc[strip & near, "land_use"] = "verge"
    return land.rename(columns={"osm_id": "ground_id"})
