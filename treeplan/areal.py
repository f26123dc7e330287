"""Points in and near polygons, and figures carried from one set of polygons to another. One unit is one metre."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from treeplan import geo

Numbers = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

CELLS_PER_POINT = 4
"""Squares per point of the lattice on which points are looked up; more of them leave fewer points beside a border."""

MOST_CELLS = 4_000_000
"""Squares of that lattice at most, which bounds its memory."""

WORTH_A_LATTICE = 20_000
"""Points from which a lattice saves more than it costs."""

POINTS = 10_000
"""Points that a thread takes at a time."""

CLOSE_M = 1e-6
"""Points nearer to a border than this are always asked for one by one, metres: a square's own border is rounded."""

PAIRS = 2_048
"""Pairs of polygons that a thread takes at a time."""

ZONES = 512
"""Zones whose points near by are held at a time."""

ROUNDING = 1e-10
"""Part of the smaller of two polygons below which what they share is rounding."""

LEAST_KNOWN = 0.95
"""Part of what the sources cover of a target that must have a value, before the target gets one."""


# ---------------------------------------------------------------- outlines


class Outlines(NamedTuple):
    """The rings of zones, laid end to end.

    Attributes
    ----------
    corners : array, (n, 2)
        Eastings and northings; each ring ends where it begins.
    rings, zone_rings : array
        First corner of each ring and first ring of each zone; one more at the end.
    turns : array
        1 for a ring that has its zone on the left, -1 for one that has it on the right.
    bounds : array, (zones, 4)
        West, south, east, north; NaN for a zone without area.
    areas : array
        Square metres.
    """

    corners: Numbers
    rings: Rows
    turns: Numbers
    zone_rings: Rows
    bounds: Numbers
    areas: Numbers


def outlines(shapes: geo.Shapes) -> Outlines:
    """The rings of the polygons of shapes; lines, points and None have none."""
    shapes = shapes.copy()
    for i in np.flatnonzero(~np.isin(shapely.get_type_id(shapes), (3, 6))):
        shapes[i] = geo.areal_part(shapes[i]) if shapes[i] is not None else shapely.Polygon()
    parts, part_zone = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    corners, corner_ring = shapely.get_coordinates(rings, return_index=True)
    is_shell = np.diff(ring_part, prepend=-1) > 0
    turns = np.where(shapely.is_ccw(rings) == is_shell, 1.0, -1.0)
    return Outlines(
        corners,
        np.searchsorted(corner_ring, np.arange(len(rings) + 1)),
        turns,
        np.searchsorted(part_zone[ring_part], np.arange(len(shapes) + 1)),
        shapely.bounds(shapes).reshape(-1, 4),
        shapely.area(shapes),
    )


# ---------------------------------------------------------------- points


def zone_at(easting: Numbers, northing: Numbers, zones: geo.Shapes) -> Rows:
    """The zone in which each point lies, as its place in `zones`; -1 where there is none.

    A point on a border is in the zone. Of several zones that hold a point, the one counts whose box begins furthest south,
    then furthest west, then ends furthest south, then furthest west, then the smallest: whatever order the zones come in.
    (Only among zones that are equal in all of that the first one counts.)

    Parameters
    ----------
    easting, northing : array
        EPSG:27700, metres; a point without a place (NaN) is in no zone.
    zones : array of geometry
        Valid polygons; they may overlap and have holes.
    """
    zones = np.asarray(zones, dtype=object)
    found = np.full(len(easting), -1, dtype=np.int64)
    placed = np.flatnonzero(np.isfinite(easting) & np.isfinite(northing))
    if not len(placed) or not (len(zones) and np.isfinite(shapely.total_bounds(zones)).all()):
        return found
    order = _in_order(zones)
    places = np.column_stack([easting[placed], northing[placed]])
    ask = _ask_each if len(placed) < WORTH_A_LATTICE else _ask_lattice
    rank = ask(places, zones[order])
    found[placed] = np.where(rank >= 0, order[rank], -1)
    return found


def points_near(
    easting: Numbers, northing: Numbers, zones: geo.Shapes, within_m: float
) -> Iterator[tuple[Rows, Rows, Numbers]]:
    """The points within a straight line of each zone, and how far off they are; some zones at a time, once where there are none.

    Parameters
    ----------
    easting, northing : array
        EPSG:27700, metres.
    zones : array of geometry
        Valid polygons.
    within_m : float
        How far to look, metres.

    Yields
    ------
    zone, point : array of int
        One row for each pair, by zone.
    metres : array
        The straight line between them; 0 inside the zone.
    """
    from treeplan.kernels.areal import metres_off

    zones, places = np.asarray(zones, dtype=object), np.column_stack([easting, northing])
    outline, tree = outlines(zones), shapely.STRtree(shapely.points(places))
    west, south, east, north = outline.bounds.T
    boxes = shapely.box(west - within_m, south - within_m, east + within_m, north + within_m)
    tree.query(boxes[:0])  # it is built by its first query, which two threads must not do at once

    def work(low: int) -> tuple[Rows, Rows, Numbers]:
        zone, point = tree.query(boxes[low : low + ZONES])
        zone += low
        metres = np.empty(len(zone))
        metres_off(places, *outline[:2], outline.zone_rings, zone, point, metres)
        near = metres <= within_m
        return zone[near], point[near], metres[near]

    lanes = os.cpu_count() or 1
    with ThreadPoolExecutor(lanes) as threads:
        for low in range(0, max(len(zones), 1), lanes * ZONES):  # what nobody has taken yet is not worked out
            yield from threads.map(work, range(low, max(min(low + lanes * ZONES, len(zones)), 1), ZONES))


def disc_areas(
    easting: Numbers, northing: Numbers, radius_m: float, zones: geo.Shapes, zone: Rows, point: Rows
) -> Numbers:
    """How much of a zone lies within a straight line of a point, m².

    Parameters
    ----------
    easting, northing : array
        EPSG:27700, metres.
    radius_m : float
        The straight line, metres.
    zones : array of geometry
        Valid polygons.
    zone, point : array of int
        The pairs, such as `points_near` yields.
    """
    from treeplan.kernels.areal import disc_areas as fill

    found, outline = np.empty(len(zone)), outlines(np.asarray(zones, dtype=object))
    places = np.column_stack([easting, northing])
    fill(places, radius_m, outline.corners, outline.rings, outline.turns, outline.zone_rings, zone, point, found)
    return found


def _in_order(zones: geo.Shapes) -> Rows:
    west, south, east, north = shapely.bounds(zones).T
    return np.lexsort((shapely.area(zones), east, north, west, south))


def _ask_each(places: Numbers, zones: geo.Shapes) -> Rows:
    """The first zone that holds each place, by asking the zones themselves."""
    tree = shapely.STRtree(zones)
    tree.query(shapely.Point(0, 0))  # builds it, which threads must not do at once

    def ask(start: int) -> Rows:
        some = places[start : start + POINTS]
        rank = np.full(len(some), len(zones), dtype=np.int64)
        place, zone = tree.query(shapely.points(some), predicate="intersects")
        np.minimum.at(rank, place, zone)
        return np.where(rank < len(zones), rank, -1)

    starts = range(0, len(places), POINTS)
    with ThreadPoolExecutor(min(os.cpu_count() or 1, len(starts) or 1)) as threads:
        return np.concatenate([np.empty(0, dtype=np.int64), *threads.map(ask, starts)])


def _ask_lattice(places: Numbers, zones: geo.Shapes) -> Rows:
    """The same on a lattice of squares: neighbouring squares that no border meets lie in the same zones.

    One place of each such patch is asked for, and every place beside a border.
    """
    from scipy import ndimage

    west, south, east, north = shapely.total_bounds(zones)
    count = min(CELLS_PER_POINT * len(places), MOST_CELLS)
    side_m = max(np.sqrt((east - west) * (north - south) / count), (east - west) / count, (north - south) / count, 1e-3)
    shape = int((north - south) // side_m) + 1, int((east - west) // side_m) + 1
    at = ((places - [west, south]) // side_m).astype(np.int64)
    inside = np.flatnonzero(((at >= 0) & (at < shape[::-1])).all(axis=1))
    patches = ndimage.label(~_beside_borders(zones, west, south, side_m, shape))[0]
    patch = patches[at[inside, 1], at[inside, 0]]
    example = np.full(patches.max() + 1, -1, dtype=np.int64)
    example[patch] = inside
    met = np.flatnonzero(example[1:] >= 0) + 1
    one_by_one = inside[patch == 0]
    answers = _ask_each(places[np.concatenate([example[met], one_by_one])], zones)
    of_patch = np.full(len(example), -1, dtype=np.int64)
    of_patch[met] = answers[: len(met)]
    rank = np.full(len(places), -1, dtype=np.int64)
    rank[inside] = of_patch[patch]
    rank[one_by_one] = answers[len(met) :]
    return rank


def _beside_borders(
    zones: geo.Shapes, west: float, south: float, side_m: float, shape: tuple[int, int]
) -> npt.NDArray[np.bool_]:
    """Squares that a border may meet: borders in steps of less than a square's side, and the squares of each step's box."""
    corners, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(zones)), return_index=True)
    same = ring[1:] == ring[:-1]
    begin, end = (corners[:-1][same] - [west, south]) / side_m, (corners[1:][same] - [west, south]) / side_m
    steps = (
        np.ceil(np.abs(end - begin).max(axis=1) / 0.99).astype(np.int64).clip(1)
    )  # with `close` still under one side
    edge = np.repeat(np.arange(len(steps)), steps)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(steps) - steps, steps)
    way = ((end - begin) / steps[:, None])[edge]
    first = begin[edge] + way * number[:, None]
    close = CLOSE_M / side_m
    low = np.floor(np.minimum(first, first + way) - close).astype(np.int64).clip(0, np.array(shape[::-1]) - 1)
    high = np.floor(np.maximum(first, first + way) + close).astype(np.int64).clip(0, np.array(shape[::-1]) - 1)
    beside = np.zeros(shape, dtype=bool)
    for column in (low[:, 0], high[:, 0]):
        for row in (low[:, 1], high[:, 1]):
            beside[row, column] = True
    return beside


# ---------------------------------------------------------------- figures of areas


def overlaps(sources: geo.Shapes, targets: geo.Shapes) -> tuple[Rows, Rows, Numbers]:
    """Which source shares ground with which target, and how much of it.

    Parameters
    ----------
    sources, targets : array of geometry
        Valid polygons, EPSG:27700, metres.

    Returns
    -------
    tuple of arrays
        Place of the source, place of the target, and square metres, target by target. Pairs that only touch are left out.
    """
    from treeplan.kernels.areal import overlap_areas

    sources, targets = np.asarray(sources, dtype=object), np.asarray(targets, dtype=object)
    a, b = outlines(sources), outlines(targets)
    source, target = shapely.STRtree(targets).query(sources)
    order = np.lexsort((np.argsort(_in_order(sources))[source], target))
    pairs, found = np.column_stack([source, target])[order], np.zeros(len(source))

    def work(lane: slice) -> None:
        overlap_areas(*a[:5], *b[:5], pairs[lane], found[lane])

    lanes = [slice(start, start + PAIRS) for start in range(0, len(pairs), PAIRS)]
    with ThreadPoolExecutor(min(os.cpu_count() or 1, len(lanes) or 1)) as threads:
        list(threads.map(work, lanes))
    sharing = found > ROUNDING * np.minimum(a.areas[pairs[:, 0]], b.areas[pairs[:, 1]])
    return pairs[sharing, 0], pairs[sharing, 1], found[sharing]


def carry_over(
    sources: gpd.GeoDataFrame,
    targets: gpd.GeoDataFrame,
    extensive: Sequence[str] = (),
    intensive: Sequence[str] = (),
    conserve: bool = False,
) -> pd.DataFrame:
    """Figures of one set of areas for another, spread evenly over each source.

    Parameters
    ----------
    sources, targets : GeoDataFrame
        Valid polygons, EPSG:27700.
    extensive : sequence of str
        Columns of counts: a target gets the part of each source's count that its part of the source's ground is.
    intensive : sequence of str
        Columns of rates: a target gets their mean, weighted by ground.
    conserve : bool
        True where targets stand for the sources' whole ground, and gaps between them are faults of the borders: all of a count
        goes to the targets its source meets. Otherwise what lies outside all targets stays outside.

    Returns
    -------
    DataFrame
        The columns, and `covered_share` (part of the target that sources cover; more than 1 where they overlap), by target.
        NaN where no source lies, and where less than 95 % of what lies there has a value.
    """
    geo.require_bng(sources, "sources")
    geo.require_bng(targets, "targets")
    source, target, shared_m2 = overlaps(sources.geometry.to_numpy(), targets.geometry.to_numpy())
    count = len(targets)
    covered_m2 = np.bincount(target, shared_m2, minlength=count)
    given_m2 = np.bincount(source, shared_m2, minlength=len(sources)) if conserve else sources.area.to_numpy()
    found = {}
    for column in [*extensive, *intensive]:
        values = sources[column].to_numpy(dtype=float)[source]
        known = np.isfinite(values)
        known_m2 = np.bincount(target[known], shared_m2[known], minlength=count)
        part = shared_m2[known] / (given_m2[source[known]] if column in extensive else known_m2[target[known]])
        total = np.bincount(target[known], values[known] * part, minlength=count)
        found[column] = np.where((covered_m2 > 0) & (known_m2 >= LEAST_KNOWN * covered_m2), total, np.nan)
    area = targets.area.to_numpy()
    found["covered_share"] = np.divide(covered_m2, area, out=np.zeros(count), where=area > 0)
    return pd.DataFrame(found, index=targets.index)
