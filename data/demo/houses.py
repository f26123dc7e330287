"""Buildings, trees and crowns of Hallowmere, set out along its streets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import places
import shapely
import town
from shapely.geometry import Polygon
from town import COLUMNS, HIGH_ROW, RAILWAY_U, ROWS, WEST_BORDER_U, Street, bend, quarter, whole


@dataclass(frozen=True)
class Row:
    """How a row of buildings is set out: length and depth of one, distance from start to start, OSM value."""

    length: float
    depth: float
    step: float
    building: str


BARE = shapely.union_all([places.LAMMAS_PARK, places.SAXON_GREEN])  # no crown reaches these: tests on paper
KINDS = {
    "west": Row(12, 9, 31, "house"),
    "centre": Row(36, 9, 45, "terrace"),
    "east": Row(42, 8, 47, "terrace"),
    "flats": Row(46, 14, 60, "apartments"),
    "shops": Row(24, 16, 28, "retail"),
    "sheds": Row(44, 24, 62, "industrial"),
}
SPECIES = {
    "west": ("Tilia cordata", "Acer platanoides", "Fagus sylvatica", "Quercus robur", "Prunus avium"),
    "centre": ("Platanus x hispanica", "Tilia cordata", "Pyrus calleryana", "Sorbus aucuparia"),
    "east": ("Sorbus aucuparia", "Prunus avium", "Betula pendula"),
}


def kind_of(u: float, v: float) -> Row:
    """Say how the buildings at a point of the paper grid are set out."""
    if np.hypot(u - 454_440, (v - 398_220) * 1.3) < 330:
        return KINDS["shops"]
    if u > RAILWAY_U and round(v - ROWS[0]) // 90 % 4 == 1:
        return KINDS["flats"]
    return KINDS[quarter(u)]


def upright(u: float, v: float, length: float, depth: float) -> np.ndarray:
    """Return the corners of a rectangle turned with the street that runs east through a point of the paper grid."""
    middle = bend(u, v)
    along = bend(u + 5, v) - bend(u - 5, v)
    along /= np.hypot(*along)
    across = np.array([-along[1], along[0]])
    signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    return whole(middle + signs[:, :1] * along * length / 2 + signs[:, 1:] * across * depth / 2)


def set_out(streets: list[Street], blocked: shapely.Geometry, rng: np.random.Generator) -> list[tuple[Polygon, str]]:
    """Return the buildings along the streets that run east, clear of streets and of ``blocked`` ground."""
    shapes, kinds = [], []
    for street in streets:
        if not street.paper or street.paper[2] != "across" or street.highway == "footway":
            continue
        i, j, _ = street.paper
        if COLUMNS[i] < RAILWAY_U < COLUMNS[i + 1]:
            continue
        row = kind_of(COLUMNS[i] + 100, ROWS[j])
        for side in (-1, 1):
            gap = (24 if j == HIGH_ROW else 9) + row.depth / 2
            for u in np.arange(COLUMNS[i] + 11 + row.length / 2, COLUMNS[i + 1] - 9 - row.length / 2, row.step):
                skip, shift, back = rng.random(), rng.uniform(-3, 3), rng.uniform(0, 4)
                if skip > 0.1:
                    shapes.append(Polygon(upright(u + shift, ROWS[j] + side * (gap + back), row.length, row.depth)))
                    kinds.append(row.building)
    for side, columns in ((1, COLUMNS[14] + 26), (-1, COLUMNS[15] - 26)):
        for v in np.arange(397_420, 398_900, KINDS["sheds"].step + 24):
            shapes.append(Polygon(upright(columns + 4 * side, v, 24, 44)))
            kinds.append("industrial")
    water = [town.RIVER.buffer(20), town.NORTH_BROOK.buffer(9), town.SOUTH_BROOK.buffer(9)]
    paved = shapely.union_all([s.line.buffer(5) for s in streets] + water + [town.RAILWAY.buffer(14)])
    shapely.prepare(paved)
    shapely.prepare(blocked)
    free = ~shapely.intersects(shapes, paved) & ~shapely.intersects(shapes, blocked)
    chosen: list[tuple[Polygon, str]] = []
    tree = shapely.STRtree(shapes)
    kept: set[int] = set()
    for k in np.flatnonzero(free):
        if not any(int(other) in kept for other in tree.query(shapes[k], predicate="intersects") if other != k):
            kept.add(int(k))
            chosen.append((shapes[k], kinds[k]))
    return chosen


def leafiness(u: float) -> float:
    """Return how likely a place for a tree holds one: high in the west, low in the east."""
    return 0.9 if u < WEST_BORDER_U else 0.4 if u < RAILWAY_U else 0.16


def street_trees(streets: list[Street], rng: np.random.Generator) -> list[tuple[float, float, str, str]]:
    """Return highway trees as (easting, northing, species, street): many in the west, few in the east."""
    out = []
    for street in streets:
        if not street.paper or street.highway == "footway":
            continue
        i = street.paper[0]
        line = street.line
        for at in np.arange(14, line.length - 12, 16):
            lucky, side, pick = rng.random(), rng.choice([-1, 1]), rng.integers(5)
            if lucky < 0.26 * leafiness(COLUMNS[i]) * (2 if street.name in ("Market Street", "Hallow Road") else 1):
                here, there = (np.array(line.interpolate(d).coords[0]) for d in (at, at + 2))
                step = (there - here) / np.hypot(*(there - here))
                spot = whole(here + side * 7 * np.array([-step[1], step[0]]))
                names = SPECIES[quarter(COLUMNS[i])]
                out.append((*spot, names[pick % len(names)], street.name))
    return out


def garden_trees(buildings: list[tuple[Polygon, str]], rng: np.random.Generator) -> np.ndarray:
    """Return crowns in gardens as rows (easting, northing, radius, height)."""
    crowns = []
    for shape, kind in buildings:
        middle = np.array(shape.centroid.coords[0])
        chances = rng.random(6)
        offsets = rng.uniform(-1, 1, (6, 2)) * (17, 12) + (0, 22)
        sizes = rng.integers(2, 8, 6)
        back = rng.choice([-1, 1])
        for chance, offset, size in zip(chances, offsets, sizes, strict=True):
            if kind in ("house", "terrace", "apartments") and chance < leafiness(middle[0]):
                radius = size if kind == "house" else max(2, size - 1)
                crowns.append((*whole(middle + offset * (1, back)), radius, 3 + 2 * radius))
    crowns = np.array(crowns)
    return crowns[shapely.distance(shapely.points(crowns[:, :2]), BARE) > 8]


def scattered(ground: shapely.Geometry, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return points inside the ground, at random, on whole metres."""
    west, south, east, north = ground.bounds
    points = whole(rng.uniform((west, south), (east, north), (count * 4, 2)))
    return points[shapely.contains_xy(ground, *points.T)][:count]
