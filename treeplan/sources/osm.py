"""OpenStreetMap: one extract (`.osm.pbf`, `.osm`) fills many layers, by the tag rules of `osm_tags`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

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
from treeplan.sources.osm_tags import AREAL_KEYS, LINEAR_KEYS, POINT_KEYS, Found, Tags, areal, linear, pointlike

log = logging.getLogger(__name__)

Rows = dict[str, list[dict[str, Any]]]
Key = tuple[str, int]

VERGE_WIDTH_M, VERGE_LENGTH_M, VERGE_ROAD_M = 12.0, 40.0, 15.0
"""Grass narrower than this on average, at least this long and this near a road is a verge (assumption, to be verified)."""

LAYERS = (
    "open_land",
    "buildings",
    "roads",
    "paths",
    "walkways",
    "street_furniture",
    "railways",
    "power_lines",
    "solar_panels",
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

_ISLES = shapely.box(-9.0, 49.0, 3.0, 61.5)


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
    """Read land, streets, buildings, rail, power, water, pitches, trees, groups and place names from an extract.

    Returns
    -------
    dict of GeoDataFrame
        Layer to table, EPSG:27700. Each says in `attrs["covers"]` where the extract reaches: its header's box, or where it
        has none the box of its roads, paths and buildings.
    """
    rows = _collect(path)
    return tables_of(rows, 4326, path.name, "use the extract of the study's own place.", _header_box(path))


def tables_of(
    rows: Rows, crs: Any, origin: str, remedy: str, covers: shapely.Geometry | None = None
) -> dict[str, gpd.GeoDataFrame]:
    """The layers of a file's rows, in British National Grid, each in the order of OpenStreetMap's own ids."""
    tables = {layer: _table(rows[layer], crs) for layer in LAYERS if rows[layer]}
    if not tables:
        raise DataError(f"{origin} holds nothing that treeplan uses", remedy)
    if "open_land" in tables:
        tables["open_land"] = _verges(tables["open_land"].rename(columns={"osm_id": "ground_id"}), tables.get("roads"))
    if "walkways" in tables:
        ways = tables["walkways"]
        edges = np.where(shapely.get_dimensions(ways.geometry) == 2, shapely.boundary(ways.geometry), ways.geometry)
        tables["walkways"] = ways.set_geometry(gpd.GeoSeries(edges, crs=geo.BNG))
    if "trees" in tables:
        tables["trees"] = tables["trees"].rename(columns={"osm_id": "tree_id"})
    covers = _box_of(tables) if covers is None else covers
    for layer in ("community_places", "solar_panels"):
        if layer in tables:
            inside = geo.inside_points(tables[layer].geometry.to_numpy())
            tables[layer] = tables[layer].set_geometry(gpd.GeoSeries(inside, crs=geo.BNG))
    for table in tables.values():
        table.attrs["covers"] = covers
    return tables


def _box_of(tables: dict[str, gpd.GeoDataFrame]) -> shapely.Polygon:
    """The box of the roads, paths and buildings, for those are mapped nearly everywhere; else of all there is."""
    told = [tables[layer] for layer in ("roads", "paths", "buildings") if layer in tables] or list(tables.values())
    bounds = np.array([table.total_bounds for table in told])
    return shapely.box(*bounds[:, :2].min(axis=0), *bounds[:, 2:].max(axis=0))


def _header_box(path: Path) -> shapely.Polygon | None:
    """The area that an extract says it covers, EPSG:27700; None where it does not say, or says a place beyond these isles."""
    box = osmium.FileProcessor(str(path)).header.box()
    if not box.valid():
        return None
    low, high = box.bottom_left, box.top_right
    said = shapely.intersection(shapely.box(low.lon, low.lat, high.lon, high.lat), _ISLES)
    if not shapely.area(said) > 0:
        return None
    bent = gpd.GeoSeries([shapely.segmentize(said, 0.02)], crs=4326)  # its edges are no straight lines on the grid
    return bent.to_crs(geo.BNG).iloc[0]


def _collect(path: Path) -> Rows:
    """Every feature of use, by layer, with its outline in WKB, in one pass over the file."""
    rows = no_rows()
    draw = osmium.geom.WKBFactory()
    areas: set[Key] = set()
    promised: set[Key] = set()
    lost: set[Key] = set()
    try:
        for thing in _features(path):
            tags, key = thing.tags, _key(thing)
            if isinstance(thing, Area):
                if keep(rows, areal(_of_area(thing, tags)), key, partial(draw.create_multipolygon, thing)):
                    areas.add(key)
            elif isinstance(thing, Way):
                if not keep(rows, linear(tags), key, partial(draw.create_linestring, thing)):
                    lost.add(key)
            elif isinstance(thing, Node):
                keep(rows, pointlike(tags), key, partial(draw.create_point, thing))
            if _promises_area(thing, tags):
                promised.add(key)
    except RuntimeError as err:
        raise DataError(
            f"{path.name} is not a whole OpenStreetMap extract ({str(err)[:120]})", "download it again."
        ) from err
    _tell_lost(sorted(lost | (promised - areas)), path)
    return rows


def _of_area(thing: Area, tags: Tags) -> Tags:
    """The tags of an area, with the `type` that osmium drops from those made of relations, where a rule asks for it."""
    if thing.from_way() or "highway" not in tags:
        return tags
    return {"type": "multipolygon", **{tag.k: tag.v for tag in thing.tags}}


def _promises_area(thing: Any, tags: Tags) -> bool:
    """True for a ring or multipolygon of a kind that is of use: where no area follows, a point of it is missing or it is broken."""
    if isinstance(thing, Way):
        return thing.is_closed() and tags.get("area") != "no" and bool(areal(tags))
    return isinstance(thing, Relation) and tags.get("type") == "multipolygon" and bool(areal(tags))


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
        .with_filter(_having(osmium.osm.NODE, *POINT_KEYS))
        .with_filter(_having(osmium.osm.WAY, *LINEAR_KEYS, *AREAL_KEYS))
        .with_filter(_having(osmium.osm.AREA, *AREAL_KEYS))
        .with_filter(_having(osmium.osm.RELATION, "type"))
    )


def _having(kind: osmium.osm.osm_entity_bits, *keys: str) -> osmium.filter.KeyFilter:
    """A filter that lets things of one kind through only with one of these keys, and everything else."""
    wanted = osmium.filter.KeyFilter(*keys)
    wanted.enable_for(kind)
    return wanted


def no_rows() -> Rows:
    """Every layer, with no row yet."""
    return {layer: [] for layer in LAYERS}


def keep(rows: Rows, found: list[Found], key: Key, outline: Callable[[], str]) -> bool:
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


def _table(rows: list[dict[str, Any]], crs: Any) -> gpd.GeoDataFrame:
    """One layer in British National Grid, sorted by OpenStreetMap's own ids."""
    table = pd.DataFrame(sorted(rows, key=lambda row: row["order"]))
    shapes = gpd.GeoSeries(shapely.from_wkb(table["shape"].to_numpy(dtype=object)), crs=crs).to_crs(geo.BNG).to_numpy()
    broken = ~shapely.is_valid(shapes) & (shapely.get_dimensions(shapes) == 2)
    shapes[broken] = [geo.areal_part(s) for s in shapely.make_valid(shapes[broken])]
    return gpd.GeoDataFrame(table.drop(columns=["order", "shape"]), geometry=shapes, crs=geo.BNG)


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
