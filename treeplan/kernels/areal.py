"""What of one polygon lies in another, without working out its shape; how far points are from polygons, and what of a disc lies in one."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeplan.kernels import compiled


@compiled(forceinline=True)
def _lower(width: float, p0: float, p1: float, q0: float, q1: float) -> float:
    """Area under the lower of two lines, which go from p0 to p1 and from q0 to q1."""
    if p0 <= q0 and p1 <= q1:
        return width * (p0 + p1) / 2
    if p0 >= q0 and p1 >= q1:
        return width * (q0 + q1) / 2
    part = (q0 - p0) / ((p1 - p0) - (q1 - q0))
    meet = p0 + part * (p1 - p0)
    return width * (part * (min(p0, q0) + meet) + (1 - part) * (meet + min(p1, q1))) / 2


@compiled()
def _under_edges(
    x0: float, y0: float, x1: float, y1: float, west: float, south: float, corners: Any, rings: Any, turns: Any,
    first: int, last: int,
) -> float:  # fmt: skip
    """Area under an edge that runs east (x0 < x1) and, at once, inside rings; both counted from `west` and `south`."""
    found = 0.0
    slope = (y1 - y0) / (x1 - x0)
    for ring in range(first, last):
        u1, v1 = corners[rings[ring], 0] - west, corners[rings[ring], 1] - south
        for j in range(rings[ring] + 1, rings[ring + 1]):
            u0, v0 = u1, v1
            u1, v1 = corners[j, 0] - west, corners[j, 1] - south
            left, right = max(x0, min(u0, u1)), min(x1, max(u0, u1))
            if left >= right:
                continue
            tilt = (v1 - v0) / (u1 - u0)
            area = _lower(
                right - left, y0 + (left - x0) * slope, y0 + (right - x0) * slope,
                v0 + (left - u0) * tilt, v0 + (right - u0) * tilt,
            )  # fmt: skip
            found += area * (turns[ring] if u0 > u1 else -turns[ring])
    return found


@compiled()
def _shared(
    corners: Any, rings: Any, turns: Any, first: int, last: int, corners_b: Any, rings_b: Any, turns_b: Any, first_b: int,
    last_b: int, box_b: Any,
) -> float:  # fmt: skip
    """Area that two zones share, each given by its rings; counted from the south-west of the second one's box."""
    west, south, width = box_b[0], box_b[1], box_b[2] - box_b[0]
    area = 0.0
    for ring in range(first, last):
        x1, y1 = corners[rings[ring], 0] - west, corners[rings[ring], 1] - south
        for j in range(rings[ring] + 1, rings[ring + 1]):
            x0, y0 = x1, y1
            x1, y1 = corners[j, 0] - west, corners[j, 1] - south
            if x0 == x1 or max(y0, y1) <= 0 or max(x0, x1) <= 0 or min(x0, x1) >= width:
                continue
            sign = turns[ring] if x0 > x1 else -turns[ring]
            left, low, right, high = (x0, y0, x1, y1) if x0 < x1 else (x1, y1, x0, y0)
            if low < 0 or high < 0:  # what of the edge lies below the second zone has none of it beneath
                level = left - low * (right - left) / (high - low)
                if low < 0:
                    left, low = level, 0.0
                else:
                    right, high = level, 0.0
            if left < right:
                area += sign * _under_edges(
                    left, low, right, high, west, south, corners_b, rings_b, turns_b, first_b, last_b
                )
    return area


@compiled()
def overlap_areas(
    corners: Any, rings: Any, turns: Any, zone_rings: Any, boxes: Any, corners_b: Any, rings_b: Any, turns_b: Any,
    zone_rings_b: Any, boxes_b: Any, pairs: Any, found: Any,
) -> None:  # fmt: skip
    """Fill `found` with the area that the zones of each pair share.

    A zone is the sum of the strips under its edges, counted positive under an edge that runs west with the zone on its left
    and negative under one that runs east; two strips share the area under the lower of their edges. Nothing is decided that
    rounding could turn: borders that coincide are as good as any.

    Parameters
    ----------
    corners, rings, turns, zone_rings, boxes : array
        Outlines (`areal.Outlines`) of the first zone of a pair; those with `_b` of the second.
    pairs : array, (n, 2)
        Zones.
    """
    for i in range(len(pairs)):
        a, b = pairs[i, 0], pairs[i, 1]
        first, last, first_b, last_b = zone_rings[a], zone_rings[a + 1], zone_rings_b[b], zone_rings_b[b + 1]
        box, box_b = boxes[a], boxes_b[b]
        if (box[2] - box[0]) * (box[3] - box[1]) < (box_b[2] - box_b[0]) * (box_b[3] - box_b[1]):
            # From the smaller zone's corner: little rounding, and few edges of the larger one lie near.
            found[i] = _shared(
                corners_b, rings_b, turns_b, first_b, last_b, corners, rings, turns, first, last, box
            )  # fmt: skip
        else:
            found[i] = _shared(
                corners, rings, turns, first, last, corners_b, rings_b, turns_b, first_b, last_b, box_b
            )  # fmt: skip


@compiled()
def _metres_off(east: float, north: float, corners: Any, rings: Any, first: int, last: int) -> float:
    """How far a point is from a zone given by its rings; 0 inside it."""
    least, inside = np.inf, False
    for ring in range(first, last):
        x1, y1 = corners[rings[ring], 0] - east, corners[rings[ring], 1] - north
        for j in range(rings[ring] + 1, rings[ring + 1]):
            x0, y0 = x1, y1
            x1, y1 = corners[j, 0] - east, corners[j, 1] - north
            dx, dy = x1 - x0, y1 - y0
            square = dx * dx + dy * dy
            along = min(max(-(x0 * dx + y0 * dy) / square, 0.0), 1.0) if square > 0 else 0.0
            x, y = x0 + along * dx, y0 + along * dy
            least = min(least, x * x + y * y)
            if (y0 > 0) != (y1 > 0) and x0 - y0 * dx / dy > 0:
                inside = not inside
    return 0.0 if inside else np.sqrt(least)


@compiled()
def metres_off(places: Any, corners: Any, rings: Any, zone_rings: Any, zone: Any, place: Any, found: Any) -> None:
    """Fill `found` with the straight line from the zone to the place of each pair, metres; 0 inside the zone.

    Parameters
    ----------
    places : array, (n, 2)
        Eastings and northings.
    corners, rings, zone_rings : array
        Outlines (`areal.Outlines`) of the zones.
    zone, place : array
        The pairs.
    """
    for i in range(len(zone)):
        east, north = places[place[i], 0], places[place[i], 1]
        found[i] = _metres_off(east, north, corners, rings, zone_rings[zone[i]], zone_rings[zone[i] + 1])


@compiled(forceinline=True)
def _sector(x0: float, y0: float, x1: float, y1: float, radius: float) -> float:
    """Area of the sector of a disc around 0 between two directions; negative clockwise."""
    return radius * radius / 2 * np.arctan2(x0 * y1 - x1 * y0, x0 * x1 + y0 * y1)


@compiled()
def _in_disc(x0: float, y0: float, x1: float, y1: float, radius: float) -> float:
    """Area that the triangle of 0 and an edge shares with a disc around 0; negative where the edge runs clockwise."""
    dx, dy = x1 - x0, y1 - y0
    square, way = dx * dx + dy * dy, x0 * dx + y0 * dy
    root = way * way - square * (x0 * x0 + y0 * y0 - radius * radius)
    if square == 0:
        return 0.0
    if root <= 0:
        return _sector(x0, y0, x1, y1, radius)
    enters, leaves = (-way - np.sqrt(root)) / square, (-way + np.sqrt(root)) / square
    if leaves <= 0 or enters >= 1:
        return _sector(x0, y0, x1, y1, radius)
    first, last = max(enters, 0.0), min(leaves, 1.0)
    u0, v0, u1, v1 = x0 + first * dx, y0 + first * dy, x0 + last * dx, y0 + last * dy
    area = (u0 * v1 - u1 * v0) / 2
    if enters > 0:
        area += _sector(x0, y0, u0, v0, radius)
    if leaves < 1:
        area += _sector(u1, v1, x1, y1, radius)
    return area


@compiled()
def disc_areas(
    places: Any, radius: float, corners: Any, rings: Any, turns: Any, zone_rings: Any, zone: Any, place: Any, found: Any
) -> None:
    """Fill `found` with the area that the zone of each pair shares with a disc around the place; arguments as `metres_off`."""
    for i in range(len(zone)):
        east, north, area = places[place[i], 0], places[place[i], 1], 0.0
        for ring in range(zone_rings[zone[i]], zone_rings[zone[i] + 1]):
            x1, y1 = corners[rings[ring], 0] - east, corners[rings[ring], 1] - north
            for j in range(rings[ring] + 1, rings[ring + 1]):
                x0, y0 = x1, y1
                x1, y1 = corners[j, 0] - east, corners[j, 1] - north
                area += turns[ring] * _in_disc(x0, y0, x1, y1, radius)
        found[i] = area
