"""OpenStreetMap: one extract (`.osm.pbf`) fills many layers, by the tag table of METHODS.md 3.5."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely
from osmium.osm import Area, Node, Relation, Way

from treeplan import geo
from treeplan.errors import DataError
from treeplan.sources import source
from treeplan.sources.credits import ODBL, OPENSTREETMAP

log = logging.getLogger(__name__)


class Tags(Protocol):
    """The tags of a feature: osmium's own list, or a plain dict."""

    def __contains__(self, key: Any, /) -> bool: ...

    def __getitem__(self, key: str, /) -> str: ...

    def get(self, key: str, default: Any = None, /) -> Any:
        """The value of a tag, or the default."""


Found = tuple[str, dict[str, Any]]
Rows = dict[str, list[dict[str, Any]]]
Key = tuple[str, int]

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
HOME_GARDENS = frozenset(["residential", "private"])

# The first key that matches wins; the land use is a key of vocabulary.LAND_USES.
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
_LAND_BY_KEY = {key: {v: use for k, v, use in LAND if k == key} for key in dict.fromkeys(k for k, _, _ in LAND)}
SPORT = frozenset(["pitch", "playground", "stadium", "track", "swimming_pool"])
GOLF = frozenset(["green", "tee"])
AREAL_KEYS = ("building", "leisure", "landuse", "amenity", "natural", "waterway", "aeroway", "military", "golf")
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
        tables["open_land"] = _verges(tables["open_land"].rename(columns={"osm_id": "ground_id"}), tables.get("roads"))
    if "trees" in tables:
        tables["trees"] = tables["trees"].rename(columns={"osm_id": "tree_id"})
    if "community_places" in tables:
        groups = tables["community_places"]
        tables["community_places"] = groups.set_geometry(
            gpd.GeoSeries(geo.inside_points(groups.geometry.to_numpy()), crs=geo.BNG)
        )
    return tables


def _collect(path: Path) -> Rows:
    """Every feature of use, by layer, with its outline in WKB, in one pass over the file."""
    rows: Rows = {layer: [] for layer in LAYERS}
    draw = osmium.geom.WKBFactory()
    areas: set[Key] = set()
    promised: set[Key] = set()
    lost: set[Key] = set()
    try:
        for thing in _features(path):
            tags, key = thing.tags, _key(thing)
            if isinstance(thing, Area):
                if _keep(rows, _areal(tags), key, partial(draw.create_multipolygon, thing)):
                    areas.add(key)
            elif isinstance(thing, Way):
                if not _keep(rows, _linear(tags), key, partial(draw.create_linestring, thing)):
                    lost.add(key)
            elif isinstance(thing, Node):
                _keep(rows, _pointlike(tags), key, partial(draw.create_point, thing))
            if _promises_area(thing, tags):
                promised.add(key)
    except RuntimeError as err:
        raise DataError(
            f"{path.name} is not a whole OpenStreetMap extract ({str(err)[:120]})", "download it again."
        ) from err
    _tell_lost(sorted(lost | (promised - areas)), path)
    return rows


def _promises_area(thing: Any, tags: Tags) -> bool:
    """True for a ring or multipolygon of a kind that is of use: where no area follows, a point of it is missing or it is broken."""
    if isinstance(thing, Way):
        return thing.is_closed() and tags.get("area") != "no" and bool(_areal(tags))
    return isinstance(thing, Relation) and tags.get("type") == "multipolygon" and bool(_areal(tags))


def _tell_lost(lost: list[Key], path: Path) -> None:
    if lost:
        log.warning(
            "%s: %d features are cut off by the edge of the extract or broken, and are left out, e.g. %s. What to do: "
            "use an extract that reaches beyond the study area.",
            path.name,
            len(lost),
            ", ".join(_osm_id(key) for key in lost[:3]),
        )


def _features(path: Path) -> Iterable[Any]:
    """Points, lines, areas and relations of the file that have a tag of use."""
    return (
        osmium.FileProcessor(str(path))
        .with_areas()
        .with_filter(_having(osmium.osm.NODE, "natural", "place", "amenity", "landuse"))
        .with_filter(_having(osmium.osm.WAY, "highway", "railway", "power", "man_made", *AREAL_KEYS))
        .with_filter(_having(osmium.osm.AREA, *AREAL_KEYS))
        .with_filter(_having(osmium.osm.RELATION, "type"))
    )


def _having(kind: osmium.osm.osm_entity_bits, *keys: str) -> osmium.filter.KeyFilter:
    """A filter that lets things of one kind through only with one of these keys, and everything else."""
    wanted = osmium.filter.KeyFilter(*keys)
    wanted.enable_for(kind)
    return wanted


def _keep(rows: Rows, found: list[Found], key: Key, outline: Callable[[], str]) -> bool:
    """Enter a feature into the layers it was found for; False where it cannot be drawn."""
    if not found:
        return True
    try:
        shape = outline()
    except (osmium.InvalidLocationError, RuntimeError):  # a point is missing, or too few are left for a line
        return False
    for layer, facts in found:
        rows[layer].append({"osm_id": _osm_id(key), "order": key, "shape": shape, **facts})
    return True


def _key(thing: Any) -> Key:
    """Whether a node, a way or a relation stands behind a feature, and its number."""
    if isinstance(thing, Area):
        return "way" if thing.from_way() else "relation", thing.orig_id()
    return type(thing).__name__.lower(), thing.id


def _osm_id(key: Key) -> str:
    return f"osm-{key[0]}-{key[1]}"


def _table(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """One layer in British National Grid, sorted by OpenStreetMap's own ids."""
    table = pd.DataFrame(sorted(rows, key=lambda row: row["order"]))
    shapes = gpd.GeoSeries(shapely.from_wkb(table["shape"].to_numpy(dtype=object)), crs=4326).to_crs(geo.BNG).to_numpy()
    broken = ~shapely.is_valid(shapes) & (shapely.get_dimensions(shapes) == 2)
    shapes[broken] = [geo.areal_part(s) for s in shapely.make_valid(shapes[broken])]
    return gpd.GeoDataFrame(table.drop(columns=["order", "shape"]), geometry=shapes, crs=geo.BNG)


# ---------------------------------------------------------------- what a feature is, by its tags


def _areal(tags: Tags) -> list[Found]:
    """What an area is: several things at times (a school is land and a group)."""
    name = tags.get("name")
    found: list[Found] = []
    if "building" in tags and tags["building"] != "no":
        found.append(("buildings", {"building": tags["building"], "levels": _number(tags.get("building:levels"))}))
    elif land := next((use for key, uses in _LAND_BY_KEY.items() if (use := uses.get(tags.get(key, "")))), None):
        found.append(_land(land, tags, name))
    if reason := _closed(tags):
        found.append(("closed_land", {"reason": reason}))
    if tags.get("leisure") in SPORT or tags.get("golf") in GOLF:
        found.append(("sport", {"kind": tags.get("golf") or tags["leisure"], "name": name}))
    if tags.get("natural") == "water" or tags.get("waterway") == "riverbank":
        found.append(("water", {"name": name}))
    if tags.get("natural") == "wood" or tags.get("landuse") == "forest":
        found.append(("woodland", {"name": name}))
    return found + _group(tags)


def _closed(tags: Tags) -> str | None:
    """Why trees keep off an area whatever else it is; None where nothing says so."""
    if "military" in tags:
        return CLOSED["military"]
    if "aeroway" in tags:
        return "airfield"
    if tags.get("leisure") == "nature_reserve":
        return "nature reserve"
    return CLOSED.get(tags.get("landuse", ""))


def _land(use: str, tags: Tags, name: str | None) -> Found:
    """Open land; a private garden stays one, other private parks and greens are closed."""
    private = tags.get("access") in PRIVATE
    if tags.get("leisure") == "garden" and (private or tags.get("garden:type") in HOME_GARDENS):
        use = "private_garden"
    elif private and use in ("park", "grass", "recreation_ground"):
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
    width, lanes = _number(tags.get("width")), _number(tags.get("lanes"))
    if width > 0:
        return width
    return lanes * LANE_M if lanes > 0 else ROAD_WIDTH_M[highway]


def _number(text: str | None) -> float:
    """The number at the head of a tag ("7.5 m" → 7.5); NaN where there is none."""
    match = re.match(r"\s*(\d+(?:\.\d+)?)\s*(m|metres)?\s*$", text or "")
    return float(match[1]) if match else float("nan")


def _verges(land: gpd.GeoDataFrame, roads: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Open land in which grass that is long, narrow and beside a road is a verge."""
    shapes = land.geometry.to_numpy()
    length = shapely.length(shapes) / 2
    strip = (shapely.area(shapes) < VERGE_WIDTH_M * length) & (length >= VERGE_LENGTH_M)
    strips = np.flatnonzero(strip & (land["land_use"] == "grass").to_numpy())
    if roads is None or not len(strips):
        return land
    tree = shapely.STRtree(roads.geometry.to_numpy())
    beside, _ = tree.query(shapes[strips], predicate="dwithin", distance=VERGE_ROAD_M)
    return land.assign(land_use=land["land_use"].mask(np.isin(np.arange(len(land)), strips[beside]), "verge"))
