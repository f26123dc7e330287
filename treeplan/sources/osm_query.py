"""OpenStreetMap as osmnx asks for it: the same layers, columns and ids as from an extract, by the same tag rules.

Two things differ, because osmnx draws features in its own way: rings that cross themselves or one another are mended where an
extract leaves them out, and members of a multipolygon that have no role are passed over where an extract takes them for outer rings.
"""

from __future__ import annotations

import ast
import logging
from functools import partial
from itertools import product
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from treeplan import geo
from treeplan.errors import DataError, listed
from treeplan.schemas import text
from treeplan.sources import source
from treeplan.sources.credits import ODBL, OPENSTREETMAP
from treeplan.sources.osm import LAYERS, keep, no_rows, tables_of
from treeplan.sources.osm_tags import FURNITURE, GROUPS, KEYS, LAND, PATHS, PLACES, areal, linear, pointlike, walkable

log = logging.getLogger(__name__)

ELEMENTS = ("node", "way", "relation")

QUERY_TAGS: dict[str, bool | str | list[str]] = {
    **dict.fromkeys(
        ("aeroway", "building", "golf", "highway", "landuse", "leisure", "military", "natural", "railway", "waterway"),
        True,
    ),
    "amenity": sorted({*GROUPS, *(value for key, value, _ in LAND if key == "amenity")}),
    "emergency": [value for key, value, _ in FURNITURE if key == "emergency"],
    "man_made": ["pipeline", *(value for key, value, _ in FURNITURE if key == "man_made")],
    "place": sorted(PLACES),
    "power": ["generator", "line", "minor_line", *(value for key, value, _ in FURNITURE if key == "power")],
}
"""What to ask OpenStreetMap for, so that every layer can be filled."""


def query_openstreetmap(area: shapely.Polygon | shapely.MultiPolygon) -> gpd.GeoDataFrame:
    """Ask OpenStreetMap's Overpass service, through osmnx, for all that treeplan uses in an area. Needs the internet.

    Parameters
    ----------
    area : Polygon or MultiPolygon
        The area, EPSG:27700. A whole county is too much for the service: use an extract there.

    Returns
    -------
    GeoDataFrame
        As osmnx gives it, EPSG:4326. `layers_from_osmnx` makes layers of it; saved with `.to_parquet("town.parquet")`, it is
        what a study names as `[sources.openstreetmap_query]`.
    """
    import osmnx

    return osmnx.features_from_polygon(gpd.GeoSeries([area], crs=geo.BNG).to_crs(4326).iloc[0], QUERY_TAGS)


def layers_from_osmnx(features: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Layers from what `osmnx.features_from_polygon`, `_bbox`, `_place` or `_xml` returns.

    Parameters
    ----------
    features : GeoDataFrame
        Index (or columns) `element` and `id`, one column for each tag, geometry in any coordinate reference system.

    Returns
    -------
    dict of GeoDataFrame
        Layer to table, EPSG:27700: the same layers, columns and ids as the reader of an extract gives.
        `attrs["covers"]` is the box of the roads, paths and buildings, for the features do not say what was asked for.

    Raises
    ------
    DataError
        The table is not one of osmnx's, or holds nothing of use.
    """
    table = features.reset_index([n for n in features.index.names if n is not None and n not in features])
    if not {"element", "id"} <= set(table.columns) or not table["element"].isin(ELEMENTS).all():
        raise DataError(
            "the features do not say which node, way or relation each is",
            "use the table as osmnx gives it, with its index `element` and `id`, and save it with to_parquet or to_file.",
        )
    if table.crs is None:
        raise DataError(
            "the features do not say their coordinate reference system",
            "set it: features.set_crs(4326), as osmnx does.",
        )
    table = table.drop_duplicates(
        ["element", "id"], ignore_index=True
    )  # neighbouring queries share what lies on their border
    rows = no_rows()
    keys = list(zip(table["element"].astype(str), table["id"].astype("int64").tolist(), strict=True))
    outlines = _outlines(table)
    for k, tags in enumerate(_tags(table)):
        for rule, drawn in zip((pointlike, areal, linear), outlines, strict=True):
            if drawn[k] is not None:
                keep(rows, rule(tags), keys[k], partial(drawn.item, k))
    return tables_of(rows, table.crs, "the query", "ask for `osm_query.QUERY_TAGS` in the study's own place.")


def _outlines(table: gpd.GeoDataFrame) -> tuple[geo.Shapes, geo.Shapes, geo.Shapes]:
    """Each feature as a point, as an area and as a line, in WKB; None where it is no such thing.

    osmnx settles by a closed way's tags whether it is drawn as an area or as a line; an extract offers both, and the tag
    rules choose.
    """
    shapes = table.geometry.to_numpy()
    kind, element = shapely.get_type_id(shapes), table["element"].to_numpy(dtype=object)
    way, area = element == "way", np.isin(kind, (3, 6, 7))
    points, areas, lines = (np.full(len(table), None, dtype=object) for _ in range(3))
    points[element == "node"] = shapes[element == "node"]
    lines[way & (kind == 1)] = shapes[way & (kind == 1)]
    lines[way & (kind == 3)] = shapely.get_exterior_ring(shapes[way & (kind == 3)])
    ring = way & (kind == 1) & shapely.is_closed(shapes) & (shapely.get_num_points(shapes) >= 4)
    areas[ring] = [shapely.Polygon(shape) for shape in shapes[ring]]
    areas[area] = [geo.areal_part(shape) for shape in shapes[area]]
    if "area" in table:
        areas[(table["area"] == "no").to_numpy()] = None
    single = shapely.get_type_id(areas) == 3
    areas[single] = shapely.multipolygons(areas[single], indices=np.arange(single.sum()))
    return shapely.to_wkb(points), shapely.to_wkb(areas), shapely.to_wkb(lines)


def _tags(table: gpd.GeoDataFrame) -> list[dict[str, str]]:
    """The tags of each feature, as far as a rule looks at them."""
    tags: list[dict[str, str]] = [{} for _ in range(len(table))]
    for key in (key for key in KEYS if key in table):
        values = table[key].to_numpy(dtype=object)
        for k in np.flatnonzero(table[key].notna()):
            tags[k][key] = str(values[k])
    return tags


@source(
    layer=LAYERS,
    title="OpenStreetMap query saved from osmnx",
    publisher="OpenStreetMap contributors",
    licence=ODBL,
    attribution=OPENSTREETMAP,
    vintage="as asked",
    url="https://osmnx.readthedocs.io",
    opens="map",
    columns={"element": ("element", "element_type"), "id": ("id", "osmid")},
    optional={key: key for key in KEYS},
)
def openstreetmap_query(table: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Read the layers of an OpenStreetMap extract from a GeoParquet or GeoPackage that was saved from osmnx."""
    return layers_from_osmnx(table)


@source(
    layer="walkways",
    title="Walk network saved from osmnx",
    publisher="OpenStreetMap contributors",
    licence=ODBL,
    attribution=OPENSTREETMAP,
    vintage="as asked",
    url="https://osmnx.readthedocs.io",
    opens="map",
    inside="edges",
    columns={"highway": "highway"},
    optional={key: key for key in ("access", "foot", "motorroad", "name")},
    schema={"highway": text(nullable=False), "name": text(required=False)},
    shape="lines",
)
def walk_network(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read the edges of a graph from `osmnx.graph_from_place(…, network_type="walk")`, saved by `save_graph_geopackage`.

    Edges stand in it once for each direction, which does not matter. `attrs["covers"]` is the hull of the edges.
    """
    keys = [key for key in ("highway", "access", "foot", "motorroad") if key in table]
    said = [{key: _several(value) for key, value in row.items()} for row in table[keys].to_dict("records")]
    walked = np.array([_each_walkable(tags) for tags in said], dtype=bool)
    if not walked.any():
        raise DataError(
            f"none of its {len(table):,} ways can be walked; found highway = {listed(sorted({h for tags in said for h in tags['highway']}))}",
            'ask osmnx for network_type="walk" (or "all"), for a network for cars leaves footpaths out.',
        )
    if not any(set(tags["highway"]) & PATHS for tags in said):
        log.warning(
            'the walk network holds no footpath. What to do: ask osmnx for network_type="walk" (or "all"), for a network '
            "for cars leaves most ways out."
        )
    ways = table[["highway", *(c for c in ("name",) if c in table), "geometry"]][walked].reset_index(drop=True)
    ways.attrs["covers"] = shapely.convex_hull(shapely.geometrycollections(ways.geometry.to_numpy()))
    return ways


def _several(value: Any) -> list[str]:
    """The values of a tag: osmnx joins ways to one edge, and writes their tags as a list."""
    if not isinstance(value, str):
        return []
    return [str(v) for v in ast.literal_eval(value)] if value.startswith("[") else [value]


def _each_walkable(tags: dict[str, list[str]]) -> bool:
    """Whether every way of an edge can be walked, whichever of its tags belong together."""
    several = {key: values for key, values in tags.items() if values}
    ways = [dict(zip(several, one, strict=True)) for one in product(*several.values())]
    return "highway" in several and all(walkable(way) for way in ways)
