"""Footways and street furniture of Hallowmere, and one traffic island: what a rule for street trees must tell apart."""

from __future__ import annotations

import numpy as np
from extract import Extract
from places import TRAFFIC_ISLAND
from shapely.geometry import LineString, Point
from town import Street, whole

WIDE = (
    "Alder Street",
    "Sorrel Street",
    "Mallow Street",
    "Bramble Street",
    "Turner Street",
    "Cooper Street",
    "Plover Street",
    "Rowan Street",
    "Orchard Street",
    "Willow Street",
)
NARROW = ("Hazel Lane", "Cutler Lane", "Wheel Lane", "Draper Lane", "Pinder Lane", "Fuller Lane")
UNMEASURED = "Garth Street"
BUSY = ("Alder Street", "Sorrel Street", "Cooper Street", "Hazel Lane")  # with a crossing and a bus stop
LAMP_STEP, LAMP_OFFSET, STOP_OFFSET = 30, 3.5, 4

ISLAND_CORNERS = ((454_043, 396_836), (454_067, 396_860))  # where a slip road cuts the corner at (454067, 396836)


def footway_tags(name: str) -> dict[str, str]:
    """Return what the street of that name says of its footways."""
    if name in WIDE:
        return {"sidewalk": "both", "sidewalk:both:width": "4"}
    if name in NARROW:
        return {"sidewalk": "left", "sidewalk:left:width": "1.8"}
    return {"sidewalk": "both"} if name == UNMEASURED else {}


def with_corners(street: Street) -> Street:
    """Return a street with a point more where the slip road leaves it."""
    points = street.points
    for corner in ISLAND_CORNERS:
        line = LineString(points)
        if line.distance(Point(corner)) < 1 and not (points == corner).all(axis=1).any():
            at = line.project(Point(corner))
            before = sum(line.project(Point(p)) < at for p in points)
            points = np.insert(points, before, corner, axis=0)
    return Street(points, street.highway, street.name, street.tags, street.paper)


def dress(streets: list[Street]) -> list[Street]:
    """Return the streets with what they say of their footways, and with the corners of the slip road."""
    return [
        with_corners(Street(s.points, s.highway, s.name, s.tags | footway_tags(s.name), s.paper))
        if s.highway == "residential"
        else s
        for s in streets
    ]


def beside(line: LineString, at: float, offset: float) -> tuple[float, float]:
    """Return the point so many metres along a line and to its left (right where negative), on whole metres."""
    here, there = (np.array(line.interpolate(d).coords[0]) for d in (at, at + 1))
    along = (there - here) / np.hypot(*(there - here))
    return tuple(whole(here + offset * np.array([-along[1], along[0]])))


def add_furniture(extract: Extract, streets: list[Street]) -> None:
    """Add lamps on alternate sides, a crossing and a bus stop on a few streets, the slip road and its island."""
    named = [s for s in streets if s.highway == "residential" and s.name in (*WIDE, *NARROW)]
    for street in named:
        for k, at in enumerate(np.arange(LAMP_STEP / 2, street.line.length - 5, LAMP_STEP)):
            side = 1 if k % 2 == 0 or street.name in NARROW else -1
            extract.node(beside(street.line, at, side * LAMP_OFFSET), {"highway": "street_lamp"})
    for name in BUSY:
        street = next(s for s in named if s.name == name)
        middle = len(street.points) // 2
        extract.node(tuple(street.points[middle]), {"highway": "crossing", "crossing": "zebra"})
        at = street.line.project(Point(street.points[middle])) + 20
        extract.node(beside(street.line, at, STOP_OFFSET), {"highway": "bus_stop", "name": name})
    extract.way(np.array(ISLAND_CORNERS, dtype=float), {"highway": "service", "oneway": "yes"})
    extract.area(TRAFFIC_ISLAND, {"landuse": "grass"})
