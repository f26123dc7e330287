"""The ground plan of Hallowmere, an invented town: lines, streets, plots and neighbourhoods in British National Grid.

Streets are straight on a paper grid ``(u, v)`` and ``bend`` lays that paper over the ground, so that they curve a
little and still meet. Every coordinate that leaves this module is a whole metre.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import shapely
from scipy.interpolate import CubicSpline
from shapely.geometry import LineString, MultiPoint, Point, Polygon, box
from shapely.ops import polygonize, unary_union

WEST, SOUTH, EAST, NORTH = 452_000, 396_000, 457_000, 400_000
AREA = box(WEST, SOUTH, EAST, NORTH)
CENTRE = (454_440, 398_220)

COLUMNS = [452_640 + 200 * i for i in range(15)] + [455_600, 455_790, 456_030, 456_210, 456_400]
ROWS = [396_600 + 90 * j for j in range(33)]
HIGH_ROW, MARKET_COLUMN = 18, 9  # the main road east to west, the second road north to south
FOOTBRIDGE_ROW = 11  # over the railway; the main road is the only other crossing
RIVER_ROAD_COLUMNS = (4, 9)  # road bridges over the river
RIVER_FOOTBRIDGE_COLUMN = 12
WEST_BORDER_U, RAILWAY_U = 453_800, 455_520

MAIN_ROWS = {HIGH_ROW: ("primary", "Hallow Road"), 26: ("tertiary", "Northgate"), 9: ("tertiary", "Withy Lane")}
MAIN_COLUMNS = {
    MARKET_COLUMN: ("secondary", "Market Street"),
    4: ("tertiary", "Grange Road"),
    17: ("tertiary", "Eastmarle Way"),
}
# fmt: off
FIRST_WORDS = (
    "Alder", "Barley", "Bramble", "Candle", "Chantry", "Clover", "Cooper", "Cutler", "Damson", "Draper",
    "Fern", "Fennel", "Fletcher", "Fuller", "Garth", "Hazel", "Heron", "Hopper", "Kiln", "Lapwing", "Linnet",
    "Lime", "Mallow", "Medlar", "Mercer", "Miller", "Nettle", "Orchard", "Otter", "Pinder", "Plover", "Quarry",
    "Quince", "Reeve", "Rowan", "Saddler", "Sorrel", "Swallow", "Tanner", "Teasel", "Thatcher", "Tinker",
    "Turner", "Wheel", "Willow", "Wren", "Yarrow", "Spindle",
)
# fmt: on
LAST_WORDS = {"west": ("Avenue", "Drive", "Close"), "centre": ("Street", "Lane"), "east": ("Street", "Terrace", "Road")}


def whole(coordinates: np.ndarray) -> np.ndarray:
    """Return coordinates as whole metres."""
    return np.rint(np.asarray(coordinates, dtype=float))


def bend(u: np.ndarray | float, v: np.ndarray | float) -> np.ndarray:
    """Lay points of the paper grid on the ground (not yet whole metres)."""
    u, v = np.broadcast_arrays(np.asarray(u, dtype=float), np.asarray(v, dtype=float))
    easting = u + 45 * np.sin((v - 396_000) / 640) + 16 * np.sin(v / 215)
    northing = v + 62 * np.sin((u - 452_000) / 820) + 20 * np.sin(u / 290)
    return np.stack([easting, northing], axis=-1)


def paper_line(u0: float, v0: float, u1: float, v1: float, step: float = 50) -> np.ndarray:
    """Return a straight line of the paper grid as ground points about ``step`` apart, on whole metres."""
    count = max(1, round(float(np.hypot(u1 - u0, v1 - v0)) / step))
    return whole(bend(np.linspace(u0, u1, count + 1), np.linspace(v0, v1, count + 1)))


def plot(u0: float, v0: float, u1: float, v1: float) -> Polygon:
    """Return a rectangle of the paper grid as a ground polygon on whole metres."""
    sides = [(u0, v0, u1, v0), (u1, v0, u1, v1), (u1, v1, u0, v1), (u0, v1, u0, v0)]
    return Polygon(np.concatenate([paper_line(*side)[:-1] for side in sides]))


def block(i0: int, j0: int, i1: int, j1: int, inset: float = 10) -> Polygon:
    """Return the ground between two columns and two rows of streets, set back from their middle lines."""
    return plot(COLUMNS[i0] + inset, ROWS[j0] + inset, COLUMNS[i1] - inset, ROWS[j1] - inset)


def blob(easting: float, northing: float, radius: float, seed: int, squash: float = 1.0) -> Polygon:
    """Return a rounded shape with an irregular edge, on whole metres."""
    rng = np.random.Generator(np.random.PCG64(seed))
    angle = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    waves = sum(rng.uniform(0, 0.16 / k) * np.sin(k * angle + rng.uniform(0, 6.28)) for k in (2, 3, 5))
    reach = radius * (1 + waves)
    return Polygon(whole(np.c_[easting + reach * np.cos(angle), northing + squash * reach * np.sin(angle)]))


def spline(points: list[tuple[int, int]], step: float = 30) -> LineString:
    """Return a smooth line through the points, on whole metres."""
    knots = np.array(points, dtype=float)
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(knots, axis=0).T))])
    return LineString(whole(CubicSpline(along, knots)(np.linspace(0, along[-1], round(along[-1] / step) + 1))))


def snap(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a shape on whole metres, valid."""
    return shapely.set_precision(shape, 1.0)


RIVER = spline(
    [
        (WEST, 397_740),
        (452_520, 397_420),
        (453_060, 397_310),
        (453_560, 397_480),
        (454_080, 397_270),
        (454_620, 397_120),
        (455_160, 397_330),
        (455_700, 397_120),
        (456_250, 396_960),
        (EAST, 397_060),
    ]
)
NORTH_BROOK = spline([(452_900, NORTH), (452_820, 399_400), (452_480, 398_900), (452_330, 398_100), (452_360, 397_510)])
SOUTH_BROOK = spline([(454_000, SOUTH), (454_250, 396_330), (454_900, 396_480), (455_300, 396_800), (455_430, 397_262)])
RAIL_V = np.arange(395_950, 400_051, 50)
RAILWAY = snap(LineString(whole(np.c_[RAILWAY_U + 45 * np.sin((RAIL_V - 396_000) / 640), RAIL_V])) & AREA)
POWER_LINE = LineString(
    [
        (WEST, 399_870),
        (452_310, 399_800),
        (452_640, 399_720),
        (452_980, 399_640),
        (453_700, 399_560),
        (454_050, 399_530),
        (454_400, 399_500),
        (454_750, 399_470),
        (455_120, 399_440),
        (455_440, 399_400),
        (455_800, 399_300),
        (456_160, 399_200),
        (456_520, 399_100),
        (EAST, 398_970),
    ]
)
PIPELINE = LineString([(456_250, 396_240), (456_520, 396_330), (456_840, 396_400)])


def in_town(u: np.ndarray | float, v: np.ndarray | float, scale: float = 1.0) -> np.ndarray:
    """Say which points of the paper grid are built up."""
    a, b = np.abs((np.asarray(u) - 454_500) / 1_860), np.abs((np.asarray(v) - 398_050) / 1_350)
    return a**2.5 + b**2.5 <= scale


def town_edge() -> Polygon:
    """Return the outline of the built-up ground."""
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    cos, sin = np.cos(angle), np.sin(angle)
    u = 454_500 + 1_890 * np.sign(cos) * np.abs(cos) ** 0.8
    v = 398_050 + 1_380 * np.sign(sin) * np.abs(sin) ** 0.8
    return Polygon(whole(bend(u, v)))


TOWN = town_edge()


@dataclass
class Street:
    """One named piece of road or path: its points are shared with the streets it meets."""

    points: np.ndarray
    highway: str
    name: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    paper: tuple[int, int, str] | None = None  # column, row and direction of its start on the paper grid

    @property
    def line(self) -> LineString:
        """The middle line."""
        return LineString(self.points)


def quarter(u: float) -> str:
    """Say whether a column of the paper grid is in the west, the centre or the east of the town."""
    return "west" if u < WEST_BORDER_U else "centre" if u < RAILWAY_U else "east"


def street_name(across: bool, i: int, j: int) -> str:
    """Return the name of a side street: it changes every few blocks."""
    word = (j * 7 + (i // 4) * 13 if across else i * 11 + (j // 8) * 17 + 5) % len(FIRST_WORDS)
    last = LAST_WORDS[quarter(COLUMNS[i])]
    return f"{FIRST_WORDS[word]} {last[(i // 4 + j if across else i + j // 8) % len(last)]}"


def grid_street(i: int, j: int, across: bool) -> Street | None:
    """Return the street from crossing (i, j) to its neighbour east (``across``) or north, if there is one."""
    i1, j1 = (i + 1, j) if across else (i, j + 1)
    ends = np.array([(COLUMNS[i], ROWS[j]), (COLUMNS[i1], ROWS[j1])])
    main = (MAIN_ROWS.get(j) if across else MAIN_COLUMNS.get(i)) or None
    if not in_town(*ends.T).all() and not (main and in_town(*ends.T, scale=1.08).all()):
        return None
    highway, name = main or ("residential", street_name(across, i, j))
    tags = {"primary": {"lanes": "2", "width": "10"}, "secondary": {"lanes": "2", "width": "9"}}.get(highway, {})
    if highway == "residential" and (i + j) % 9 == 0:
        tags = {"width": "5.5"}
    step = 50 if across else 45
    return Street(paper_line(*ends[0], *ends[1], step), highway, name, dict(tags), (i, j, "across" if across else "up"))


def highway_is_quiet(street: Street) -> bool:
    """Say whether a street is a side street without a bridge, which the town can do without."""
    return street.highway == "residential" and "bridge" not in street.tags


def keeps(street: Street, blocked: shapely.Geometry) -> Street | None:
    """Return the street if it may be built: across the railway or the river only at the bridges."""
    i, j, way = street.paper
    rail, river = street.line.distance(RAILWAY) < 20, street.line.distance(RIVER) < 24
    if rail and way == "across" and j in (HIGH_ROW, FOOTBRIDGE_ROW) and i == 14:
        street.tags |= {"bridge": "yes", "layer": "1"}
    elif river and not rail and way == "up" and i in (*RIVER_ROAD_COLUMNS, RIVER_FOOTBRIDGE_COLUMN):
        street.tags |= {"bridge": "yes", "layer": "1"} if street.line.intersects(RIVER) else {}
    elif rail or river:
        return None
    if "bridge" in street.tags and (j == FOOTBRIDGE_ROW or (way == "up" and i == RIVER_FOOTBRIDGE_COLUMN)):
        street.highway, street.name = "footway", "Railway Footbridge" if way == "across" else "Weir Footbridge"
    if highway_is_quiet(street) and (i * 37 + j * 61 + (way == "up") * 17) % 23 < (6 if way == "up" else 1):
        if way == "across" or (i + j) % 2:
            return None
        street.highway, street.name, street.tags = "footway", "", {}  # a cut-through between the houses
    if street.line.intersects(blocked) and street.highway not in ("primary", "secondary"):
        return None
    return street


def approach(points: np.ndarray, highway: str, name: str) -> Street:
    """Return a road from the edge of the town to the edge of the map, cut where it leaves the map."""
    inside = (points[:, 0] > WEST) & (points[:, 0] < EAST) & (points[:, 1] > SOUTH) & (points[:, 1] < NORTH)
    stop = int(np.argmin(inside)) if not inside.all() else len(points)
    last = np.clip(points[min(stop, len(points) - 1)], (WEST, SOUTH), (EAST, NORTH))
    width = {"primary": "10", "secondary": "9"}.get(highway, "6")
    return Street(np.vstack([points[:stop], last]), highway, name, {"width": width, "lanes": "2"})


def approaches(streets: list[Street]) -> list[Street]:
    """Return the main roads from the last crossing of the town outwards."""
    out = []
    for j, (highway, name) in MAIN_ROWS.items():
        if j == HIGH_ROW:
            columns = [s.paper[0] for s in streets if s.name == name]
            first, last = COLUMNS[min(columns)], COLUMNS[max(columns) + 1]
            out += [approach(paper_line(first, ROWS[j], first - 1_200, ROWS[j]), highway, name)]
            out += [approach(paper_line(last, ROWS[j], last + 1_200, ROWS[j]), highway, name)]
    for i in (MARKET_COLUMN, 4):
        highway, name = MAIN_COLUMNS[i]
        rows = [s.paper[1] for s in streets if s.name == name]
        for start, end in ((ROWS[min(rows)], SOUTH - 200), (ROWS[max(rows) + 1], NORTH + 200)):
            if i == MARKET_COLUMN or end < start:
                out.append(approach(paper_line(COLUMNS[i], start, COLUMNS[i], end), highway, name))
    return out


def connected(streets: list[Street]) -> list[Street]:
    """Return the streets that hang together with the most others."""
    parent: dict[tuple[float, float], tuple[float, float]] = {}

    def root(p: tuple[float, float]) -> tuple[float, float]:
        while parent.setdefault(p, p) != p:
            p = parent[p]
        return p

    for s in streets:
        for p in s.points[1:]:
            parent[root(tuple(p))] = root(tuple(s.points[0]))
    homes = [root(tuple(s.points[0])) for s in streets]
    largest = max(sorted(set(homes)), key=homes.count)
    return [s for s, home in zip(streets, homes, strict=True) if home == largest]


def lay_streets(blocked: shapely.Geometry) -> list[Street]:
    """Return the roads of the town and the main roads out of it, all connected, clear of ``blocked`` ground."""
    pairs = [(i, j, across) for j in range(len(ROWS)) for i in range(len(COLUMNS)) for across in (True, False)]
    laid = []
    for i, j, across in pairs:
        if (across and i + 1 == len(COLUMNS)) or (not across and j + 1 == len(ROWS)):
            continue
        street = grid_street(i, j, across)
        street = street and keeps(street, blocked)
        if street:
            laid.append(street)
    return connected(laid + approaches(laid))


@lru_cache(maxsize=1)
def borders() -> dict[str, LineString]:
    """Return the lines that part the four districts: west, railway, and the main road between north and south."""
    v = np.arange(395_700, 400_301, 100)
    u = np.arange(453_500, 455_801, 100)
    west = LineString(whole(bend(WEST_BORDER_U, v)))
    across = LineString(whole(bend(u, ROWS[HIGH_ROW])))
    rail = LineString([(RAILWAY.coords[0][0], SOUTH - 90), *RAILWAY.coords, (RAILWAY.coords[-1][0], NORTH + 90)])
    return {"west": west, "rail": rail, "across": across}


def quarters() -> list[Polygon]:
    """Return the ground of the four districts: west, north, east, south."""
    lines = unary_union([*borders().values(), AREA.boundary])
    faces = [f for f in polygonize(lines) if AREA.contains(f.representative_point())]
    probes = [(452_500, 398_000), (454_500, 399_000), (456_500, 398_000), (454_500, 397_500)]
    return [next(f for f in faces if f.contains(Point(p))) for p in probes]


def settle(ground: Polygon, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return ``count`` neighbourhood centres, closer together where more people live (Lloyd's algorithm)."""
    e, n = (g.ravel() for g in np.meshgrid(np.arange(WEST + 20, EAST, 40.0), np.arange(SOUTH + 20, NORTH, 40.0)))
    inside = shapely.contains_xy(ground, e, n)
    spots = np.c_[e[inside], n[inside]]
    built = shapely.contains_xy(TOWN, *spots.T)
    near = np.exp(-(np.hypot(*(spots - CENTRE).T) ** 2) / 900**2)
    weight = np.where(built, 1 + 1.5 * near, 0.004)
    seeds = spots[rng.choice(len(spots), count, replace=False, p=weight / weight.sum())]
    for _ in range(80):
        owner = np.argmin(((spots[:, None] - seeds[None]) ** 2).sum(-1), axis=1)
        seeds = np.array([np.average(spots[owner == k], axis=0, weights=weight[owner == k]) for k in range(count)])
    return np.round(seeds, 3)


def meander(points: np.ndarray) -> np.ndarray:
    """Move points a little, so that straight edges look as if they followed streets."""
    e, n = points.T
    return points + np.c_[22 * np.sin(n / 95 + e / 310), 22 * np.sin(e / 105 - n / 290)]


def neighbourhoods(rng: np.random.Generator) -> list[tuple[int, Polygon]]:
    """Return 40 (district, polygon), ten a district, that tile the area exactly on whole metres.

    All edges are laid together and cut where they meet, on the whole-metre grid; the faces between them then share
    their edges to the metre.
    """
    grounds = quarters()
    centres = [settle(ground, 10, rng) for ground in grounds]
    lines = [AREA.boundary, *borders().values()]
    for ground, seeds in zip(grounds, centres, strict=True):
        cells = shapely.voronoi_polygons(MultiPoint(seeds), extend_to=AREA.buffer(500), only_edges=True)
        lines.append(shapely.transform(shapely.segmentize(cells, 70), meander) & ground.buffer(3))
    edges = shapely.union_all(lines, grid_size=1.0)
    pieces: dict[tuple[int, int], list[Polygon]] = {}
    for face in polygonize(edges):
        inside = face.representative_point()
        if AREA.contains(inside):
            district = min(range(4), key=lambda d: grounds[d].distance(inside))
            home = int(np.argmin(((centres[district] - (inside.x, inside.y)) ** 2).sum(-1)))
            pieces.setdefault((district, home), []).append(face)
    merged = {key: unary_union(pieces[key]) for key in sorted(pieces)}
    return [(district, shape.normalize()) for (district, _), shape in merged.items()]
