"""What limits planting around Hallowmere and who holds land there: peat, habitats, floods, parcels, the council's list."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from xml.sax.saxutils import escape

import places
import shapely
from places import Ground
from shapely.geometry import MultiPolygon, Polygon
from town import AREA, RIVER, blob, snap

PEAT = [  # what the soil map calls it, depth in cm, shape; the first lies half on a field
    ("Deep peaty soils", 55, blob(456_600, 397_150, 110, 51, squash=0.7)),
    ("Soils with peaty pockets", 20, blob(455_800, 396_250, 60, 52)),
]
WILDLIFE_SITE = blob(452_700, 399_050, 55, 54)
ANCIENT_WOOD = 0  # Pylon Wood
FLOWERS = blob(456_330, 398_900, 70, 53)  # on a field of the east
GOLF_FIELD, REGISTER_FIELD = "Brookside Golf Club", (456_543, 398_885)
PARKS = ("Lammas Park", "Hallow Park", "Castle Gardens", "Kestrel Park", "Pylon Park", "Coldmarsh Rec")
FIELDS = (
    (452_406, 396_195),
    (455_808, 396_250),
    (456_664, 397_465),
    REGISTER_FIELD,
)  # a point in each field with a parcel


def multi(shape: shapely.Geometry) -> MultiPolygon:
    """Return a shape as a multipolygon."""
    return shape if shape.geom_type == "MultiPolygon" else MultiPolygon([shape])


def flood_zones() -> list[tuple[str, MultiPolygon]]:
    """Return zone 3 along the river, and zone 2 on either side of it."""
    high = snap(RIVER.buffer(45, quad_segs=2) & AREA)
    low = snap((RIVER.buffer(110, quad_segs=2) & AREA) - high)
    return [("FZ2", multi(low)), ("FZ3", multi(high))]


def habitats() -> list[tuple[str, str, Polygon]]:
    """Return priority habitats: a flower-rich meadow, and a wood."""
    return [("Lowland meadows", "LMEAD", FLOWERS), ("Deciduous woodland", "DWOOD", places.woods()[3])]


def parcels(fields: list[Ground]) -> list[Polygon]:
    """Return the outlines of registered land: parks, three greens, the golf course and four fields."""
    sites = {name: shape for _, name, shape in places.OS_SITES}
    shapes = [sites[name] for name in PARKS] + [places.SAXON_GREEN]
    shapes += [green.shape for green in places.estate_greens()[1:3]] + [sites[GOLF_FIELD]]
    for point in FIELDS:
        (field,) = (ground.shape for ground in fields if ground.shape.contains(shapely.Point(point)))
        shapes.append(snap(field.buffer(2, join_style="mitre")))
    return shapes


def write_parcels(path: Path, shapes: list[Polygon]) -> None:
    """Write parcels as HM Land Registry does: GML, one feature each, with a number and no owner."""
    members = []
    for k, shape in enumerate(shapes):
        corners = " ".join(f"{x:.0f} {y:.0f}" for x, y in shape.exterior.coords)
        number = 99_900_001 + k
        members.append(
            f'<gml:featureMember><LR:PREDEFINED fid="PREDEFINED.{k}"><LR:GEOMETRY>'
            '<gml:Polygon srsName="urn:ogc:def:crs:EPSG::27700"><gml:exterior><gml:LinearRing>'
            f"<gml:posList>{corners}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></LR:GEOMETRY>"
            f"<LR:INSPIREID>{number}</LR:INSPIREID><LR:LABEL>{number}</LR:LABEL>"
            f"<LR:NATIONALCADASTRALREFERENCE>{number}</LR:NATIONALCADASTRALREFERENCE>"
            "<LR:VALIDFROM>2026-01-01T00:00:00</LR:VALIDFROM></LR:PREDEFINED></gml:featureMember>"
        )
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<!-- {escape('Invented demo data for treeplan: Hallowmere is not a real place. CC0.')} -->\n"
        '<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs" xmlns:gml="http://www.opengis.net/gml" '
        'xmlns:LR="www.landregistry.gov.uk">\n'
    )
    path.write_text(head + "\n".join(members) + "\n</wfs:FeatureCollection>\n", encoding="utf-8", newline="\n")


HEADINGS = [
    "Unique asset\nidentity ",
    "UPRN",
    "Name of the building\n/ land, or both",
    "Street Name",
    "Post Town ",
    "Organisation name",
    "TENURE type",
    "Reason for holding\n– purpose",
    "Land only or permanent building",
    "Easting\n(map reference)",
    "NORTHING",
    "Gross value £",
]
HELD = [  # name, street, tenure, purpose, what stands there; land is found by name, the rest by a point
    ("Lammas Park", "Plover Street", "Freehold – registered", "Open space", None),
    ("Hallow Park", "Hallow Road", "Freehold", "Open space", None),
    ("Castle Gardens", "Market Street", "FREEHOLD ", "Open space", None),
    ("Kestrel Park", "", "Freehold", "Open space", None),
    ("Pylon Park", "Northgate", "Leasehold (99 years)", "Open space", None),
    ("Coldmarsh Rec", "", "Freehold", "Recreation", None),
    (GOLF_FIELD, "Grange Road", "Freehold", "Let to the golf club", None),
    ("Northgate Cemetery", "Northgate", "Freehold", "Burial", None),
    ("Eastmarle Allotments", "Eastmarle Way", "Leasehold", "Statutory allotments", None),
    ("Tanner’s Field", "", "Freehold", "Surplus – to be let", REGISTER_FIELD),
    ("Saxon Green", "", "Freehold", "Amenity", (456_165, 397_590)),
    ("Old Quay Depot", "Weir Lane", "Long lease", "Depot", (454_330, 397_420)),
    ("Unadopted strip, rear of the Corn Hall", "Market Street", "", "Unknown", (0, 0)),
    ("St Osgyd’s Hall", "Hallow Road", "Freehold", "Community", None),
]


def write_register(path: Path) -> None:
    """Write the council's list of its land as councils do: a title, broken headings, Windows text, a total at the end."""
    sites = {name: shape for _, name, shape in places.OS_SITES}
    rows: list[list[str]] = []
    for k, (name, street, tenure, purpose, at) in enumerate(HELD, 1):
        if at is None and name in sites:
            inside = sites[name].representative_point()
            at = (round(inside.x), round(inside.y))
        written = ["", "TBC"] if at is None else [f"{v:,}" if k % 2 else str(v) for v in at]
        kind = "Permanent building" if name.endswith(("Depot", "Hall")) else "Land only"
        row = [
            f"HM{k:04d}",
            f"{10_099_990_000 + k}",
            name,
            street,
            "Hallowmere",
            "Hallowmere Council",
            tenure,
            purpose,
            kind,
        ]
        rows.append([*row, *written, f"£{25_000 * k:,}"])
    blank = [""] * len(HEADINGS)
    title = ["Hallowmere Council (invented) – land and building assets", *blank[1:]]
    total = ["Total", str(len(rows)), *blank[3:], f"£{25_000 * len(rows) * (len(rows) + 1) // 2:,}"]
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([title, blank, HEADINGS, *rows, blank, total])
    path.write_bytes(text.getvalue().encode("cp1252"))
