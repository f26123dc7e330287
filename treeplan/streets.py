"""Streets: where junctions are, which footways and verges can hold a row of trees, and where along them each tree stands."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from treeplan import geo
from treeplan.coefficients import Coefficient, Coefficients
from treeplan.layers import Layers

STREETS = ("residential", "unclassified", "living_street", "tertiary", "secondary", "primary")
"""Classes of road whose footways may hold trees: motorways, trunk roads and service ways are left out."""

WITH_FRONT_GARDENS = frozenset(
    [
        "house",
        "terrace",
        "detached",
        "semidetached_house",
        "semi",
        "bungalow",
        "residential",
        "garage",
        "garages",
        "shed",
    ]
)
"""Buildings that stand back behind a front garden: the gap to them says nothing of the footway."""

DOUBT = "footway width not measured: taken from the gap between kerb and buildings"

SIDES = {"left": 1.0, "right": -1.0}


def junctions(layers: Layers) -> gpd.GeoDataFrame:
    """Points where three or more arms of road meet.

    Returns
    -------
    GeoDataFrame
        `kind`: "road", or "service" where it takes a service way to make three arms; `width_m`, of the widest road there, so
        that distances are kept from its kerb. EPSG:27700.
    """
    kinds, points = [], []
    roads = layers.get("roads")
    if roads is not None and len(roads) and "highway" in roads:
        service = (roads["highway"] == "service").to_numpy()
        shapes = roads.geometry.to_numpy()
        places, arms = _arms(shapes[~service])
        main = {tuple(p) for p in places[arms >= 3]}
        places, arms = _arms(shapes)
        every = {tuple(p) for p in places[arms >= 3]}
        points = sorted(main) + sorted(every - main)
        kinds = ["road"] * len(main) + ["service"] * len(every - main)
    shapes = shapely.points(np.array(points)) if points else geo.NO_SHAPES
    widths = np.zeros(len(points))
    if len(points) and roads is not None:
        at, road = shapely.STRtree(roads.geometry.to_numpy()).query(shapes, predicate="dwithin", distance=0.2)
        np.maximum.at(widths, at, roads["width_m"].fillna(0).to_numpy(dtype=float)[road])
    return gpd.GeoDataFrame({"kind": kinds, "width_m": widths}, geometry=shapes, crs=geo.BNG)


def _arms(lines: geo.Shapes) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Places of all vertices (to 0.1 m) and how many arms of road leave each: one at a line's end, two along it."""
    lines = shapely.get_parts(lines)
    if not len(lines):
        return np.empty((0, 2)), np.empty(0, dtype=int)
    places, line = shapely.get_coordinates(lines, return_index=True)
    first = np.r_[True, line[1:] != line[:-1]]
    last = np.r_[first[1:], True]
    unique, at = np.unique(np.round(places, 1), axis=0, return_inverse=True)
    return unique, np.bincount(at.ravel(), weights=2 - first - last).astype(int)


def footways(layers: Layers, figures: Mapping[str, Coefficient]) -> gpd.GeoDataFrame:
    """A strip for tree pits along each side of a street where a footway, or a verge by the kerb, is wide enough.

    Widths are as mapped. Where OpenStreetMap says that there is a footway and not how wide it is, the strip is kept only in
    front of buildings that stand at the footway, and says so (`doubt`); the distance that trees keep from buildings then
    leaves more than the clear width. Bridges are left out.

    Returns
    -------
    GeoDataFrame
        `ground_id` (the street's own id and the side), `name` ("Mill Street, north side"), `land_use` ("footway"),
        `origin, doubt, kerb` (LineString along which the pits lie); EPSG:27700. Empty where the study maps no footways.
    """
    none = gpd.GeoDataFrame({"ground_id": [], "land_use": []}, geometry=[], crs=geo.BNG)
    roads = layers.get("roads")
    if roads is None or "footway" not in roads:
        return none
    links = roads["link"].astype(bool) if "link" in roads else False
    roads = roads[roads["highway"].isin(STREETS) & ~roads["bridge"].astype(bool) & ~links]
    c = Coefficients("central", figures)
    sides = [_side(roads, side, sign, layers, c) for side, sign in SIDES.items()]
    sides = [s for s in sides if len(s)]
    return gpd.GeoDataFrame(pd.concat(sides, ignore_index=True), crs=geo.BNG) if sides else none


def _side(roads: gpd.GeoDataFrame, side: str, sign: float, layers: Layers, c: Coefficients) -> gpd.GeoDataFrame:
    """The strips along one side of all streets."""
    lines = roads.geometry.to_numpy()
    kerb_m = roads["width_m"].to_numpy(dtype=float) / 2
    width = roads[f"footway_width_{side}_m"].to_numpy(dtype=float)
    verge = roads["verge_width_m"].to_numpy(dtype=float) if "verge_width_m" in roads else np.full(len(roads), np.nan)
    there = roads["footway"].isin(["both", side]).to_numpy() | _mapped_alone(roads, sign, kerb_m, layers, c)
    in_verge = verge >= c.verge_least_width_m
    wide = there & (width >= c.pit_setback_m + c.pit_side_m + c.footway_clear_m)
    unsaid = there & np.isnan(width) & ~in_verge
    use = np.flatnonzero(in_verge | wide | unsaid)
    middle = kerb_m + np.where(in_verge, np.nan_to_num(verge) / 2, c.pit_setback_m + c.pit_side_m / 2)
    kerbs = np.array([_longest(shapely.offset_curve(lines[i], sign * middle[i])) for i in use], dtype=object)
    strips = shapely.buffer(kerbs, c.pit_side_m / 2, cap_style="flat")
    strips = np.where(unsaid[use], _before_buildings(strips, layers, c.frontage_reach_m), strips)
    named = [
        _side_name(n, lines[i], kerb) for n, i, kerb in zip(roads["name"].to_numpy()[use], use, kerbs, strict=True)
    ]
    table = gpd.GeoDataFrame(
        {
            "ground_id": [f"{g}-{side[0].upper()}" for g in _street_ids(roads, lines)[use]],
            "name": named,
            "land_use": "footway",
            "origin": "OpenStreetMap streets",
            "doubt": np.where(unsaid[use], DOUBT, ""),
            "kerb": kerbs,
        },
        geometry=strips,
        crs=geo.BNG,
    )
    return table[table.area > c.pit_side_m**2]


def _street_ids(roads: gpd.GeoDataFrame, lines: geo.Shapes) -> npt.NDArray[np.object_]:
    """The source's own id of each street, else the grid reference of its middle."""
    if "osm_id" in roads:
        return roads["osm_id"].to_numpy(dtype=object)
    middles = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    return np.array([geo.grid_reference(p.x, p.y) for p in middles], dtype=object)


def _mapped_alone(
    roads: gpd.GeoDataFrame, sign: float, kerb_m: npt.NDArray[np.float64], layers: Layers, c: Coefficients
) -> npt.NDArray[np.bool_]:
    """Whether a footway that is mapped on its own runs along most of a side of each street."""
    apart = (roads["footway"] == "separate").to_numpy()
    paths = layers.get("paths")
    if paths is None or "footway" not in paths or not apart.any():
        return np.zeros(len(roads), dtype=bool)
    walks = paths.geometry.to_numpy()[(paths["footway"] == "sidewalk").to_numpy()]
    found = np.zeros(len(roads), dtype=bool)
    tree, reach = shapely.STRtree(walks), c.sidewalk_reach_m / 2
    for i in np.flatnonzero(apart):
        kerb = _longest(shapely.offset_curve(roads.geometry.iloc[i], sign * (kerb_m[i] + reach)))
        points = shapely.line_interpolate_point(kerb, np.linspace(0.1, 0.9, 9), normalized=True)
        near = tree.query(points, predicate="dwithin", distance=reach)[0]
        found[i] = len(np.unique(near)) >= 5
    return found


def _before_buildings(strips: geo.Shapes, layers: Layers, reach_m: float) -> geo.Shapes:
    """The part of each strip in front of a building that stands at the footway; none before front gardens."""
    buildings = layers.get("buildings")
    if buildings is None or buildings.empty or not len(strips):
        return np.full(len(strips), shapely.Polygon(), dtype=object)
    behind_gardens = buildings["building"].isin(WITH_FRONT_GARDENS).to_numpy()
    fronts = shapely.buffer(buildings.geometry.to_numpy()[~behind_gardens], reach_m)
    gardens = shapely.buffer(buildings.geometry.to_numpy()[behind_gardens], reach_m)
    open_strips = geo.subtract(strips, gardens)
    away = geo.subtract(open_strips, fronts)
    return np.array([geo.areal_part(s) for s in shapely.difference(open_strips, away)], dtype=object)


def _longest(shape: shapely.Geometry) -> shapely.LineString:
    """The longest line of a shape; an empty one where nothing is left of a tight bend."""
    parts = shapely.get_parts(shapely.line_merge(shape)) if shape.geom_type != "LineString" else [shape]
    return max(parts, key=lambda line: line.length) if len(parts) else shapely.LineString()


def _side_name(street: object, line: shapely.LineString, kerb: shapely.LineString) -> str | None:
    """What people call a side of a street: "Mill Street, north side"; None for a street without a name."""
    if not isinstance(street, str) or not street.strip() or kerb.is_empty:
        return None
    at, beside = line.interpolate(0.5, normalized=True), kerb.interpolate(0.5, normalized=True)
    east, north = beside.x - at.x, beside.y - at.y
    if abs(north) >= abs(east):
        return f"{street}, {'north' if north > 0 else 'south'} side"
    return f"{street}, {'east' if east > 0 else 'west'} side"


Stretches = list[tuple[float, float]]


def stretches(free: shapely.Geometry, kerb: shapely.LineString, pit_m: float) -> Stretches:
    """Where along a kerb the middle of a pit can lie, so that the pit is wholly on free ground.

    Parameters
    ----------
    free : Polygon or MultiPolygon
        The strip along the kerb that is free, EPSG:27700.
    kerb : LineString
        The line through the middles of the pits.
    pit_m : float
        Side of a pit, metres.

    Returns
    -------
    list of (float, float)
        From and to, metres from the start of the kerb, in order.
    """
    slack = 0.01  # metres: the kerb is the middle line of the strip, and must survive the shrinking
    room = shapely.intersection(kerb, shapely.buffer(free, slack - pit_m / 2, join_style="mitre"))
    parts = shapely.get_parts(shapely.line_merge(room) if room.geom_type == "MultiLineString" else room)
    parts = parts[(shapely.get_type_id(parts) == 1) & ~shapely.is_empty(parts)]
    ends = [shapely.line_locate_point(kerb, shapely.get_point(parts, at)) for at in (0, -1)]
    first, last = np.minimum(*ends) + slack, np.maximum(*ends) - slack
    return sorted((float(a), float(b)) for a, b in zip(first, last, strict=True) if b >= a)


def tree_places(where: Stretches, spacing_m: float) -> list[float]:
    """How far along a kerb trees stand: from its start, each as soon as it may, at least `spacing_m` after the last.

    Parameters
    ----------
    where : list of (float, float)
        From `stretches`.
    spacing_m : float
        Least distance between two trees along the kerb, metres.

    Returns
    -------
    list of float
        Distance of the middle of each pit from the start of the kerb, metres.
    """
    places: list[float] = []
    for start, stop in where:
        at = max(start, places[-1] + spacing_m) if places else start
        while at <= stop + 1e-6:
            places.append(at)
            at += spacing_m
    return places


def pits(kerb: shapely.LineString, places: list[float], pit_m: float) -> shapely.Geometry:
    """The square pits of a side, metres, at distances along a kerb that are at least a pit apart."""
    along = np.array(places)[:, None] + np.array([-pit_m / 2, 0, pit_m / 2])
    corners = shapely.line_interpolate_point(kerb, np.clip(along, 0, None))  # below 0 would count from the kerb's end
    lines = shapely.linestrings(shapely.get_coordinates(corners).reshape(len(places), 3, 2))
    return shapely.multipolygons(shapely.buffer(lines, pit_m / 2, cap_style="flat"))


CANYON = "narrow street between buildings: trees can hold traffic fumes in, so no cleaner air is counted"

EVERY_M = 10.0
"""Distance between the places along a row of trees at which a street is looked at, metres."""


def in_canyon(sites: gpd.GeoDataFrame, layers: Layers, figures: Mapping[str, Coefficient]) -> npt.NDArray[np.bool_]:
    """Which rows of street trees stand, for `canyon_row_share` of their length or more, between walls that hold fumes in.

    At places along a row, the nearest wall to the left and to the right is looked for across it, as far as `canyon_look_m`. The street is a canyon there
    where the lower of the two walls is `canyon_height_ratio` of their distance or more. Walls have their mapped storeys, else
    `storeys_unknown`.

    References
    ----------
    That trees in street canyons can trap fumes: METHODS.md 6.7. The ratio is an assumption.
    """
    street = np.flatnonzero((sites["site_type"] == "street").to_numpy())
    found = np.zeros(len(sites), dtype=bool)
    buildings = layers.get("buildings")
    if not len(street) or buildings is None or buildings.empty:
        return found
    row, left, right = _cross_sections(sites.geometry.to_numpy()[street], figures["canyon_look_m"].central)
    storeys = buildings["levels"] if "levels" in buildings else pd.Series(np.nan, index=buildings.index)
    wall_m = storeys.fillna(figures["storeys_unknown"].central).to_numpy(dtype=float) * figures["storey_m"].central
    walls = [_nearest_wall(half, buildings.geometry.to_numpy(), wall_m) for half in (left, right)]
    (left_m, left_high), (right_m, right_high) = walls
    narrow = np.minimum(left_high, right_high) >= figures["canyon_height_ratio"].central * (left_m + right_m)
    share = np.bincount(row, weights=narrow, minlength=len(street)) / np.maximum(
        np.bincount(row, minlength=len(street)), 1
    )
    found[street] = share >= figures["canyon_row_share"].central
    return found


def _cross_sections(shapes: geo.Shapes, look_m: float) -> tuple[npt.NDArray[np.int64], geo.Shapes, geo.Shapes]:
    """Places along the long axis of each shape: its number, and lines from there across to the left and to the right."""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shapes)).reshape(len(shapes), 5, 2)
    sides = corners[:, 1:3] - corners[:, :2]
    long_m = np.hypot(*np.moveaxis(sides, 2, 0))
    longer = long_m.argmax(axis=1)
    each = np.arange(len(shapes))
    along, length = sides[each, longer] / long_m[each, longer][:, None], long_m.max(axis=1)
    middle = corners[:, :4].mean(axis=1)
    count = np.maximum(1, (length // EVERY_M).astype(int))
    row = np.repeat(each, count)
    step = np.concatenate([(np.arange(n) + 0.5) / n - 0.5 for n in count])
    start = middle[row] + (step * length[row])[:, None] * along[row]
    across = look_m * np.column_stack([-along[row, 1], along[row, 0]])
    return (
        row,
        shapely.linestrings(np.stack([start, start + across], 1)),
        shapely.linestrings(np.stack([start, start - across], 1)),
    )


def _nearest_wall(
    lines: geo.Shapes, buildings: geo.Shapes, wall_m: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """How far along each line the first building stands (infinite where none does), and how high it is, metres."""
    line, building = shapely.STRtree(buildings).query(lines, predicate="intersects")
    met = shapely.distance(shapely.get_point(lines[line], 0), shapely.intersection(lines[line], buildings[building]))
    order = np.lexsort((building, met, line))
    first = order[np.unique(line[order], return_index=True)[1]]
    away, high = np.full(len(lines), np.inf), np.zeros(len(lines))
    away[line[first]], high[line[first]] = met[first], wall_m[building[first]]
    return away, high
