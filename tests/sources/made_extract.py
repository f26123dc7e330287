"""A made-up OpenStreetMap extract, told in metres from the toy town's corner and saved as OSM XML."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr

from pyproj import Transformer

from tests.toy import EAST, NORTH

TO_DEGREES = Transformer.from_crs(27700, 4326, always_xy=True)

Places = list[tuple[float, float]]


@dataclass
class Extract:
    """A made-up extract: nodes, ways and relations at so many metres from the toy town's corner."""

    nodes: list[str] = field(default_factory=list)
    ways: list[str] = field(default_factory=list)
    relations: list[str] = field(default_factory=list)
    number: int = 0

    def _next(self) -> int:
        self.number += 1
        return self.number

    def node(self, east_m: float, north_m: float, **tags: str) -> int:
        number = self._next()
        lon, lat = TO_DEGREES.transform(EAST + east_m, NORTH + north_m)
        self.nodes.append(f'<node id="{number}" version="1" lat="{lat:.7f}" lon="{lon:.7f}">{_tags(tags)}</node>')
        return number

    def way(self, places: Places, **tags: str) -> int:
        refs = [self.node(*place) for place in places]
        return self._way(refs, tags)

    def area(self, east_m: float, north_m: float, width_m: float = 100, height_m: float = 100, **tags: str) -> int:
        """A closed way round a rectangle."""
        e, n = east_m + width_m, north_m + height_m
        refs = [self.node(*p) for p in [(east_m, north_m), (e, north_m), (e, n), (east_m, n)]]
        return self._way([*refs, refs[0]], tags)

    def _way(self, refs: list[int], tags: dict[str, str]) -> int:
        number = self._next()
        nds = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        self.ways.append(f'<way id="{number}" version="1">{nds}{_tags(tags)}</way>')
        return number

    def multipolygon(self, outer: list[int], inner: list[int], **tags: str) -> int:
        number = self._next()
        members = "".join(f'<member type="way" ref="{w}" role="outer"/>' for w in outer)
        members += "".join(f'<member type="way" ref="{w}" role="inner"/>' for w in inner)
        self.relations.append(
            f'<relation id="{number}" version="1">{members}{_tags({"type": "multipolygon", **tags})}</relation>'
        )
        return number

    def save(self, path: Path) -> Path:
        things = "".join([*self.nodes, *self.ways, *self.relations])
        path.write_text(f'<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">{things}</osm>', encoding="utf-8")
        return path


def _tags(tags: dict[str, str]) -> str:
    """Tags, `building__levels` standing for `building:levels`."""
    return "".join(f"<tag k={quoteattr(k.replace('__', ':'))} v={quoteattr(v)}/>" for k, v in tags.items())
