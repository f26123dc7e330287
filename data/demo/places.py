"""The open ground of Hallowmere: parks, schools, greens, verges, woods, fields and what is protected."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
import town
from shapely.geometry import LineString, MultiPolygon, Polygon, box
from shapely.ops import polygonize, substring, unary_union
from town import (
    AREA,
    COLUMNS,
    HIGH_ROW,
    MARKET_COLUMN,
    POWER_LINE,
    RAILWAY,
    RIVER,
    ROWS,
    TOWN,
    Street,
    bend,
    blob,
    block,
    plot,
    snap,
    whole,
)

# Ground that a test can work out on paper: plain rectangles in whole metres.
LAMMAS_PARK = box(455_780, 398_440, 455_980, 398_590)  # 200 m x 150 m = 3.0 ha
LAMMAS_PLAY = box(455_830, 398_480, 455_850, 398_500)  # 20 m x 20 m, inside Lammas Park
SAXON_GREEN = box(456_140, 397_570, 456_190, 397_610)  # 50 m x 40 m = 0.2 ha
ALLOTMENT_GREEN = box(456_298, 398_339, 456_328, 398_379)  # 30 m x 40 m, a metre from Eastmarle Allotments
BROWNFIELD = box(456_130, 398_770, 456_150, 398_800)  # 20 m x 30 m = 0.06 ha
TRAFFIC_ISLAND = Polygon([(454_063, 396_840), (454_063, 396_851), (454_052, 396_840)])  # 11 m x 11 m / 2 = 60.5 m2
PAPER_FARM = box(452_000, 398_960, 452_300, 399_260)  # holds the six below, and nothing else
PAPER_WOOD = box(452_020, 398_980, 452_120, 399_080)  # farmland, 100 m x 100 m = 1.0 ha
PAPER_HEDGE = box(452_020, 399_100, 452_120, 399_103)  # farmland, 100 m x 3 m: too narrow for a wood
PAPER_MEADOWS = box(452_150, 398_980, 452_250, 399_040)  # farmland, 100 m x 60 m, with a ditch along its middle
PAPER_DITCH = LineString([(452_130, 399_010), (452_270, 399_010)])  # 1.6 m wide
PAPER_SCHOOL = box(452_150, 399_080, 452_230, 399_140)  # 80 m x 60 m
PAPER_STREET = LineString([(452_020, 399_200), (452_220, 399_200)])  # 200 m, 6 m wide, footways of 4 m
PAPER_TRACK = LineString([(452_220, 399_200), (452_813, 398_810)])  # to the corner of two streets of the town
PAPER_LAMP = (452_120, 399_204)  # on its north side, half way
NODATA_HOLE = box(455_700, 397_450, 456_000, 397_650)  # 300 m x 200 m = 6.0 ha

HALLOW_PARK = block(5, 20, 7, 22)  # straddles the border of the west and north districts
CASTLE_GARDENS = block(9, 20, 10, 22)
KESTREL_PARK = block(12, 22, 13, 23)  # in both OS Open Greenspace and OpenStreetMap
GRANGE_PARK = block(2, 14, 3, 16)
PYLON_PARK = plot(454_690, 399_370, 455_090, 399_515)  # under the power line
MERE = blob(453_130, 399_330, 95, 11)
ISLAND = blob(453_150, 399_345, 22, 12)
GOLF = blob(452_172, 398_660, 150, 13, squash=1.75)


def riverside_walk() -> MultiPolygon:
    """Return a park in two parts: the north bank of the river on either side of Market Street bridge."""
    bank = RIVER.buffer(62, single_sided=True) - RIVER.buffer(14)
    parts = [snap(bank & box(454_080, 397_000, 454_400, 397_450)), snap(bank & box(454_520, 397_000, 454_900, 397_450))]
    return MultiPolygon([max(getattr(p, "geoms", [p]), key=lambda g: g.area) for p in parts])


def square(u: float, v: float, width: float, depth: float) -> Polygon:
    """Return an upright rectangle whose middle lies at a point of the paper grid."""
    e, n = whole(bend(u, v))
    return box(e - width // 2, n - depth // 2, e + width // 2, n + depth // 2)


OS_SITES: list[tuple[str, str, shapely.Geometry]] = [
    ("Public Park Or Garden", "Lammas Park", LAMMAS_PARK),
    ("Public Park Or Garden", "Hallow Park", HALLOW_PARK),
    ("Public Park Or Garden", "Castle Gardens", CASTLE_GARDENS),
    ("Public Park Or Garden", "Kestrel Park", KESTREL_PARK),
    ("Public Park Or Garden", "Grange Park", GRANGE_PARK),
    ("Public Park Or Garden", "Pylon Park", PYLON_PARK),
    ("Public Park Or Garden", "Riverside Walk", riverside_walk()),
    ("Public Park Or Garden", "Coldmarsh Rec", block(16, 13, 17, 14)),
    ("Public Park Or Garden", "Millrace Gardens", block(7, 3, 8, 4)),
    ("Public Park Or Garden", "Brickfield Park", block(13, 14, 14, 16)),
    ("Play Space", "Lammas Park Play Area", LAMMAS_PLAY),
    ("Play Space", "Hallow Park Play Area", square(453_720, 398_490, 34, 26)),
    ("Play Space", "Plover Street Play Area", square(455_660, 398_895, 40, 30)),
    ("Play Space", "Millside Play Area", square(454_950, 396_915, 36, 30)),
    ("Playing Field", "Hallow Park Pitch", square(453_940, 398_490, 100, 64)),
    ("Playing Field", "Weir Lane Playing Field", block(13, 9, 14, 11)),
    ("Playing Field", "Northgate Playing Field", block(8, 28, 9, 30)),
    ("Other Sports Facility", "Hallowmere Cricket Ground", block(2, 22, 3, 24)),
    ("Other Sports Facility", "Eastmarle Sports Ground", block(15, 18, 16, 20)),
    ("Golf Course", "Brookside Golf Club", GOLF),
    ("Allotments Or Community Growing Spaces", "Withy Lane Allotments", plot(453_660, 397_240, 453_790, 397_330)),
    ("Allotments Or Community Growing Spaces", "Eastmarle Allotments", plot(456_225, 398_420, 456_330, 398_560)),
    ("Allotments Or Community Growing Spaces", "Quarry Allotments", plot(454_050, 399_160, 454_180, 399_290)),
    ("Cemetery", "Northgate Cemetery", block(6, 26, 7, 28)),
    ("Religious Grounds", "St Osgyd's Churchyard", plot(454_655, 398_325, 454_720, 398_385)),
    ("Religious Grounds", "Grange Road Chapel", plot(453_252, 398_600, 453_310, 398_655)),
    ("Tennis Court", "Grange Park Tennis Courts", square(453_085, 397_920, 36, 34)),
    ("Tennis Court", "Northgate Tennis Courts", square(454_700, 399_020, 36, 36)),
    ("Bowling Green", "Castle Gardens Bowling Green", square(454_490, 398_460, 38, 38)),
    ("Bowling Green", "Eastmarle Bowling Green", square(456_110, 398_180, 40, 40)),
]


@dataclass
class Ground:
    """One piece of ground for OpenStreetMap: its shape and its tags."""

    shape: shapely.Geometry
    tags: dict[str, str] = field(default_factory=dict)


SCHOOLS = [  # name, column and row of the south-west crossing; the grounds are 120 m x 130 m of the paper grid
    ("Grange Road Primary School", 3, 20),
    ("Withy Bank Primary School", 1, 12),
    ("Northgate Primary School", 7, 24),
    ("Market Street Academy", 10, 12),
    ("Eastmarle Primary School", 16, 15),
    ("Wharfside Primary School", 8, 1),
]


def school_grounds() -> list[Ground]:
    """Return six schools: grounds of about 1.5 ha, a main building and a pitch of 0.7 ha or a little less."""
    out = []
    for name, i, j in SCHOOLS:
        u, v = COLUMNS[i] + 34, ROWS[j] + 12
        tags = {"addr:place": "Hallowmere"}
        out.append(Ground(plot(u, v, u + 125, v + 125), {"amenity": "school", "name": name} | tags))
        out.append(Ground(square(u + 62, v + 46, 100, 66), {"leisure": "pitch", "sport": "soccer"}))
        out.append(Ground(square(u + 55, v + 108, 60, 16), {"building": "school"}))
    return out


def hospital() -> list[Ground]:
    """Return the hospital: its grounds, buildings and lawns."""
    u, v = COLUMNS[11], ROWS[15]
    return [
        Ground(block(11, 15, 12, 17), {"amenity": "hospital", "name": "Hallowmere Infirmary"}),
        Ground(square(u + 80, v + 105, 90, 40), {"building": "hospital"}),
        Ground(square(u + 150, v + 110, 30, 60), {"building": "hospital"}),
        Ground(plot(u + 22, v + 16, u + 178, v + 66), {"landuse": "grass"}),
        Ground(plot(u + 22, v + 140, u + 120, v + 164), {"landuse": "grass"}),
    ]


def worship() -> list[Ground]:
    """Return four places of worship."""
    spots = [("Church of St Osgyd", 454_690, 398_355, 34, 16), ("Grange Road Chapel", 453_281, 398_628, 20, 14)]
    spots += [("Eastmarle Chapel", 456_040, 398_690, 20, 12), ("Wharfside Mission", 454_690, 396_905, 18, 12)]
    tags = {"building": "church", "amenity": "place_of_worship"}
    return [Ground(square(u, v, w, d), tags | {"name": name}) for name, u, v, w, d in spots]


GREENS = [  # column, row, start and width along the street; each spans the block from street to street
    (15, 13, 40, 60),
    (16, 7, 60, 50),
    (17, 14, 30, 75),
    (17, 22, 60, 60),
    (15, 24, 90, 45),
    (16, 20, 20, 24),
    (12, 12, 60, 40),
    (10, 23, 80, 55),
    (11, 5, 60, 50),
    (7, 13, 70, 45),
    (2, 19, 120, 35),
]


OPERATORS = {1: "Hallowmere Borough Council", 3: "Marle Housing Association"}  # by the place of a green in the list


def estate_greens() -> list[Ground]:
    """Return twelve greens among housing, 0.1-0.6 ha; Saxon Green is an exact rectangle."""
    shapes = [SAXON_GREEN]
    for i, j, start, width in GREENS:
        u = COLUMNS[i] + start
        shapes.append(plot(u, ROWS[j] + 9, u + width, ROWS[j + 1] - 9))
    return [
        Ground(
            shape,
            {"landuse": "grass"}
            | ({} if k else {"name": "Saxon Green"})
            | ({"operator": OPERATORS[k]} if k in OPERATORS else {}),
        )
        for k, shape in enumerate(shapes)
    ]


VERGES = [  # column of the block along Hallow Road, side, width in metres
    (15, "right", 8),
    (16, "right", 10),
    (16, "left", 8),
    (17, "left", 7),
    (2, "left", 10),
    (3, "right", 9),
    (5, "right", 6),
    (11, "left", 6),
]


def strip(line: LineString, start: float, end: float, side: str, offset: float, width: float) -> Polygon:
    """Return the ground between two distances from a road, on one side of it, from ``start`` to ``end`` metres."""
    middle = np.array(substring(line, start, end).coords)
    along = np.gradient(middle, axis=0)
    along /= np.hypot(*along.T)[:, None]
    out = (1 if side == "left" else -1) * np.c_[-along[:, 1], along[:, 0]]
    return Polygon(whole(np.vstack([middle + offset * out, (middle + (offset + width) * out)[::-1]])))


def verges(streets: list[Street]) -> list[Ground]:
    """Return ten verges 6-10 m wide and 80-300 m long, beside Hallow Road and the roads out of town."""
    out = []
    by_paper = {s.paper: s.line for s in streets if s.paper}
    for i, side, width in VERGES:
        line = by_paper[(i, HIGH_ROW, "across")]
        out.append(strip(line, 14, line.length - 14, side, 8, width))
    for street in (s for s in streets if not s.paper):
        if street.highway == "primary" and street.points[-1][0] == town.EAST:
            out.append(strip(street.line, 40, 340, "left", 8, 10))
        if street.highway == "secondary" and street.points[-1][1] == town.SOUTH:
            out.append(strip(street.line, 30, 250, "right", 7, 8))
    return [Ground(shape, {"landuse": "grass", "grass": "verge"}) for shape in out]


WOODS = [  # easting, northing, radius, squash
    (452_420, 399_560, 120, 0.7),
    (452_900, 399_720, 95, 0.8),
    (453_330, 399_480, 80, 0.8),
    (452_560, 397_800, 90, 1.2),
    (452_330, 396_820, 150, 0.8),
    (452_950, 396_430, 130, 0.7),
    (453_860, 396_380, 75, 0.9),
    (455_050, 396_160, 95, 0.6),
    (456_620, 396_620, 85, 0.8),
    (456_720, 399_500, 120, 0.7),
    (455_250, 399_730, 85, 0.8),
    (453_930, 399_800, 100, 0.6),
]


def woods() -> list[Polygon]:
    """Return twelve woods, clear of water, railway and main roads."""
    lines = [RIVER, town.NORTH_BROOK, town.SOUTH_BROOK, RAILWAY]
    keep_off = unary_union([line.buffer(12) for line in lines] + [POWER_LINE.buffer(25), MERE.buffer(8)])
    out = []
    for k, (e, n, radius, squash) in enumerate(WOODS):
        left = snap((blob(e, n, 1.2 * radius, 40 + k, squash) - keep_off) & AREA)
        out.append(max(getattr(left, "geoms", [left]), key=lambda g: g.area))
    return out


CONSERVATION_AREA = box(454_300, 398_250, 454_700, 398_700)
SUBSTATION = box(455_700, 399_470, 455_750, 399_510)
SOLAR_FARM = box(456_150, 396_100, 456_450, 396_300)
QUARRY = box(452_150, 396_100, 452_400, 396_300)
MEADOW = blob(452_700, 397_080, 120, 31, squash=0.7)
SSSI = snap(blob(456_060, 396_640, 190, 32, squash=0.75) - RIVER.buffer(12))
LNR = snap(MERE.buffer(70, quad_segs=6))
MONUMENT = blob(454_535, 398_540, 30, 33)
PRIVATE_GARDEN = plot(453_050, 398_930, 453_120, 398_985)


def green_belt() -> Polygon:
    """Return the ring of green belt around the town."""
    return snap(AREA - TOWN.buffer(60, quad_segs=4))


def farm_classes() -> list[tuple[str, shapely.Geometry]]:
    """Return the agricultural land classes; together they cover the area once."""
    good = LineString([(455_500, 395_900), (455_800, 397_600), (457_100, 398_560)])
    edges = shapely.union_all([AREA.boundary, TOWN.boundary, good], grid_size=1.0)
    classes: dict[str, list[Polygon]] = {"Grade 2": [], "Grade 3": [], "Urban": []}
    south_east = Polygon([*good.coords, (457_100, 395_900)])
    for face in polygonize(edges):
        inside = face.representative_point()
        grade = "Urban" if TOWN.contains(inside) else "Grade 2" if south_east.contains(inside) else "Grade 3"
        classes[grade].append(face)
    return [(grade, unary_union(faces)) for grade, faces in classes.items()]


def fields(taken: shapely.Geometry) -> list[Ground]:
    """Return the fields of the fringe: a loose grid of big fields, less all that is something else."""
    free = AREA.buffer(-6) - TOWN.buffer(45) - taken
    out = []
    for k, e in enumerate(np.arange(452_000, 457_000, 820)):
        for n in np.arange(396_000 - 240 * (k % 2), 400_000, 700):
            corners = np.array([(e, n), (e + 820, n), (e + 820, n + 700), (e, n + 700)], dtype=float)
            cell = Polygon(whole(town.meander(town.meander(corners)))).buffer(-4, join_style="mitre")
            rest = snap(shapely.simplify(cell & free, 4).buffer(-3).buffer(3, join_style="mitre"))
            for part in getattr(rest, "geoms", [rest]):
                if part.area > 70_000 and 12.6 * part.area / part.length**2 > 0.35:
                    out.append(Ground(Polygon(part.exterior), {"landuse": "farmland"}))
    return out


def reserved() -> shapely.Geometry:
    """Return the ground that no side street crosses and no house stands on."""
    shapes = [shape for function, _, shape in OS_SITES if function != "Golf Course"]
    shapes += [g.shape for g in school_grounds() if g.tags.get("amenity")] + [hospital()[0].shape, SAXON_GREEN]
    shapes += [g.shape for g in worship()]
    shapes += [MERE, PRIVATE_GARDEN, MEADOW, SSSI, *woods()]
    return unary_union([shapely.buffer(shape, 5, quad_segs=2) for shape in shapes if not shape.is_empty])


NAMED_PLACES = [  # name, kind, paper grid
    ("Hallowmere", "town", 454_440, 398_230),
    ("Grange", "suburb", 453_250, 398_650),
    ("Withy Bank", "suburb", 453_050, 397_600),
    ("Northgate", "suburb", 454_300, 398_900),
    ("Quarry Hill", "neighbourhood", 455_000, 398_800),
    ("Castle", "neighbourhood", 454_560, 398_420),
    ("Old Quay", "suburb", 454_300, 397_700),
    ("Wharfside", "suburb", 454_500, 396_900),
    ("Eastmarle", "suburb", 455_950, 398_600),
    ("Coldmarsh", "suburb", 455_950, 397_700),
    ("Millside", "neighbourhood", 455_000, 396_900),
    ("Brickfields", "neighbourhood", 455_250, 397_900),
]

LISTED = [  # entry, name, grade, paper grid
    ("9900001", "Church Of St Osgyd", "I", 454_690, 398_355),
    ("9900002", "The Corn Hall", "II", 454_480, 398_280),
    ("9900003", "Castle Gatehouse", "II*", 454_510, 398_540),
    ("9900004", "Hallowmere Bridge", "II", COLUMNS[MARKET_COLUMN] + 8, 397_120),
    ("9900005", "The Old Wharf House", "II", 454_330, 397_300),
    ("9900006", "Grange House", "II*", 453_085, 398_958),
    ("9900007", "Hallow Park Bandstand", "II", 453_840, 398_520),
    ("9900008", "Infirmary Lodge", "II", 454_862, 397_970),
    ("9900009", "Railway Goods Shed", "II", 455_450, 398_120),
    ("9900010", "Brickfield Kiln", "II", 455_380, 397_900),
]
