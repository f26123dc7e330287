"""Footpaths of Hallowmere: the gates of its parks, the ways to them, and farms with their tracks."""

from __future__ import annotations

import numpy as np
import places
import shapely
import town
from places import Ground
from scipy.spatial import cKDTree
from shapely.geometry import LineString, Polygon, box
from town import Street, whole

THROUGH = (
    "Hallow Park",
    "Castle Gardens",
    "Kestrel Park",
    "Grange Park",
    "Pylon Park",
    "Brickfield Park",
    "Northgate Cemetery",
)
FARMS = [
    (452_250, 398_330),
    (452_640, 396_560),
    (453_330, 396_330),
    (454_650, 396_250),
    (456_640, 398_060),
    (454_280, 399_700),
]


class Paths:
    """Lays paths from gates, woods and farms to the nearest street; each ends on a point that a street has too."""

    def __init__(self, streets: list[Street], buildings: list[Polygon]) -> None:
        self.ways: list[tuple[np.ndarray, dict[str, str]]] = []
        self.gates: list[tuple[str, str, tuple[float, float]]] = []
        self.farms: list[Ground] = []
        points = np.unique(np.vstack([s.points for s in streets]), axis=0)
        here = shapely.points(points)
        bridges = (shapely.distance(here, town.RAILWAY) < 25) | (shapely.distance(here, town.RIVER) < 25)
        self.corners = points[~bridges]
        self.near = cKDTree(self.corners)
        self.houses = shapely.STRtree(buildings)
        for function, name, shape in places.OS_SITES:
            self.open_site(function, name, shape)
        for wood in places.woods():
            self.to_street(np.array(wood.exterior.coords)[:-1], {"highway": "path"}, 900)
        for farm in FARMS:
            self.build_farm(*farm)

    def allowed(self, start: np.ndarray, end: np.ndarray) -> bool:
        """Say whether a straight path crosses neither railway, river, mere nor a house."""
        line = LineString([start, end])
        barriers = (town.RAILWAY, town.RIVER, places.MERE)
        if any(line.intersects(barn.shape) for barn in self.farms):
            return False
        return not any(line.crosses(b) for b in barriers) and len(self.houses.query(line, predicate="intersects")) == 0

    def to_street(self, starts: np.ndarray, tags: dict[str, str], reach: float) -> tuple[float, float] | None:
        """Lay the shortest allowed path from one of the points to a street, and return where it starts."""
        distance, corner = self.near.query(starts, k=12, distance_upper_bound=reach)
        for k in np.argsort(distance, axis=None, kind="stable"):
            start, nth = divmod(int(k), 12)
            if not np.isfinite(distance[start, nth]):
                return None
            end = self.corners[corner[start, nth]]
            if self.allowed(starts[start], end):
                if distance[start, nth] > 0:
                    self.ways.append((np.array([starts[start], end]), tags))
                return tuple(starts[start])
        return None

    def open_site(self, function: str, name: str, shape: shapely.Geometry) -> None:
        """Give each part of a site a gate on each side that a street is near; parks have paths between them."""
        if shape == places.LAMMAS_PLAY:  # a gate and no path: Lammas Park stays bare, for tests on paper
            self.gates.append((name, "Pedestrian", shape.exterior.coords[0]))
            return
        kind = "Motor Vehicle And Pedestrian" if function in ("Golf Course", "Cemetery") else "Pedestrian"
        for part in getattr(shape, "geoms", [shape]):
            ring = np.array(part.exterior.coords)[:-1]
            middle = whole(part.centroid.coords[0])
            side = (np.arctan2(*(ring - middle).T) // (np.pi / 2)).astype(int)
            gates = []
            for which in sorted(set(side.tolist())):
                gate = self.to_street(ring[side == which], {"highway": "footway"}, 160)
                if gate and all(np.hypot(*np.subtract(gate, other)) > 30 for other in gates):
                    gates.append(gate)
                elif gate:
                    self.ways.pop()
                if part.area < 4_000 and gates:
                    break
            self.gates += [(name, kind, gate) for gate in gates]
            if name in THROUGH and len(gates) > 1:
                self.ways += [(np.array([gate, middle]), {"highway": "footway"}) for gate in gates]

    def build_farm(self, easting: float, northing: float) -> None:
        """Put up a farmhouse and two barns beside a yard, and lay a track from the yard to the road."""
        for e, n, width, depth, kind in ((-20, 8, 14, 10, "farm"), (16, 6, 30, 14, "barn"), (10, -30, 18, 24, "barn")):
            corner = (easting + e, northing + n)
            self.farms.append(Ground(box(*corner, corner[0] + width, corner[1] + depth), {"building": kind}))
        self.to_street(np.array([(easting, northing)], dtype=float), {"highway": "track"}, 900)
