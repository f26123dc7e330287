"""The OpenStreetMap extract of Hallowmere: nodes, ways and relations, written to ``town.osm.pbf``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import osmium
import shapely
from osmium.osm import mutable
from pyproj import Transformer
from shapely.geometry import MultiPolygon, Polygon

STAMP = "2026-01-01T00:00:00Z"
# EPSG:1314, spelt out: the same figures on every computer, whichever grids PROJ finds there.
TO_LON_LAT = (
    "+proj=pipeline +step +inv +proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy "
    "+step +proj=push +v_3 +step +proj=cart +ellps=airy +step +proj=helmert +x=446.448 +y=-125.157 +z=542.06 "
    "+rx=0.15 +ry=0.247 +rz=0.842 +s=-20.489 +convention=position_vector +step +inv +proj=cart +ellps=WGS84 "
    "+step +proj=pop +v_3 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
)


class Extract:
    """Gathers objects and writes them in order; points with the same coordinates become one node."""

    def __init__(self) -> None:
        self.points: list[tuple[float, float]] = []
        self.tags: list[dict[str, str]] = []
        self.index: dict[tuple[float, float], int] = {}
        self.ways: list[tuple[list[int], dict[str, str]]] = []
        self.relations: list[tuple[list[tuple[str, int, str]], dict[str, str]]] = []

    def node(self, point: tuple[float, float], tags: dict[str, str] | None = None) -> int:
        """Return the id of the node at a point, made if need be; give it tags."""
        key = (float(point[0]), float(point[1]))
        if key not in self.index:
            self.points.append(key)
            self.tags.append({})
            self.index[key] = len(self.points)
        if tags:
            self.tags[self.index[key] - 1] |= tags
        return self.index[key]

    def way(self, points: np.ndarray, tags: dict[str, str]) -> int:
        """Add a way through the points and return its id."""
        self.ways.append(([self.node(tuple(p)) for p in points], {k: v for k, v in tags.items() if v}))
        return len(self.ways)

    def area(self, shape: shapely.Geometry, tags: dict[str, str]) -> None:
        """Add a closed way, or a multipolygon relation where the shape has holes or parts."""
        if isinstance(shape, Polygon) and not shape.interiors:
            self.way(np.array(shape.exterior.coords), tags)
            return
        members = []
        for part in shape.geoms if isinstance(shape, MultiPolygon) else [shape]:
            members.append(("w", self.way(np.array(part.exterior.coords), {}), "outer"))
            members += [("w", self.way(np.array(ring.coords), {}), "inner") for ring in part.interiors]
        self.relations.append((members, {"type": "multipolygon"} | tags))

    def write(self, path: Path) -> None:
        """Write the extract, uncompressed, so that its bytes depend on nothing but its content."""
        east, north = np.array(self.points).T
        lon, lat = (np.round(v, 7) for v in Transformer.from_pipeline(TO_LON_LAT).transform(east, north))
        header = osmium.io.Header()
        header.set("generator", "treeplan demo, an invented town")
        path.unlink(missing_ok=True)
        target = osmium.io.File(str(path), "pbf,pbf_compression=none,add_metadata=version+timestamp")
        writer = osmium.SimpleWriter(target, header=header)
        facts = {"version": 1, "timestamp": STAMP}
        for k, tags in enumerate(self.tags):
            place = (float(lon[k]), float(lat[k]))
            writer.add_node(mutable.Node(id=k + 1, location=place, tags=tags, **facts))
        for k, (nodes, tags) in enumerate(self.ways):
            writer.add_way(mutable.Way(id=k + 1, nodes=nodes, tags=tags, **facts))
        for k, (members, tags) in enumerate(self.relations):
            writer.add_relation(mutable.Relation(id=k + 1, members=members, tags=tags, **facts))
        writer.close()
