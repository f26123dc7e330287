"""What a feature of OpenStreetMap is, by its tags alone: the tag table of METHODS.md 3.5, whichever way the feature came."""

from __future__ import annotations

import re
from typing import Any, Protocol


class Tags(Protocol):
    """The tags of a feature: osmium's own list, or a plain dict."""

    def __contains__(self, key: Any, /) -> bool: ...

    def __getitem__(self, key: str, /) -> str: ...

    def get(self, key: str, default: Any = None, /) -> Any:
        """The value of a tag, or the default."""


Found = tuple[str, dict[str, Any]]

# Width of a carriageway that says neither width nor lanes, metres (assumption, to be verified).
ROAD_WIDTH_M = {
    "motorway": 20.0,
    "trunk": 12.0,
    "primary": 9.0,
    "secondary": 8.0,
    "tertiary": 7.0,
    "unclassified": 6.0,
    "residential": 5.5,
    "living_street": 5.0,
    "service": 4.0,
}
LANE_M = 3.0
PATHS = frozenset(["footway", "path", "pedestrian", "cycleway", "steps", "track", "bridleway"])
PAVED = frozenset(["pedestrian", "footway"])
WALKWAYS = frozenset(["road", "corridor", "platform"])
"""Ways that are neither roads nor paths here, and can be walked."""

WALKED = (ROAD_WIDTH_M.keys() | PATHS | WALKWAYS) - {"motorway"}
FOOT_NO = frozenset(["no", "private", "use_sidepath"])
FOOT_YES = frozenset(["yes", "designated", "permissive", "permit", "destination", "customers", "official", "public"])
PATH_ROLES = frozenset(["sidewalk", "crossing"])
RAILS = frozenset(["rail", "light_rail", "tram", "subway", "narrow_gauge"])
WATERCOURSES = frozenset(["river", "stream", "canal", "brook", "ditch", "drain"])
WATER = (
    ("natural", "water"),
    ("waterway", "riverbank"),
    ("waterway", "dock"),
    ("landuse", "reservoir"),
    ("landuse", "basin"),
)
GROUPS = {
    "school": "school",
    "college": "school",
    "kindergarten": "school",
    "place_of_worship": "place of worship",
    "community_centre": "community centre",
    "library": "library",
    "social_facility": "social facility",
}
PLACES = frozenset(["suburb", "neighbourhood", "village", "town", "hamlet", "locality", "quarter", "square"])
PRIVATE = frozenset(["private", "no"])
HOME_GARDENS = frozenset(["residential", "private"])

# The first that matches wins.
FURNITURE = (
    ("highway", "street_lamp", "lamp"),
    ("highway", "crossing", "crossing"),
    ("railway", "level_crossing", "crossing"),
    ("highway", "traffic_signals", "signals"),
    ("highway", "bus_stop", "bus stop"),
    ("power", "pole", "pole"),
    ("man_made", "utility_pole", "pole"),
    ("emergency", "fire_hydrant", "hydrant"),
)

# The first key that matches wins; the land use is a key of vocabulary.LAND_USES.
LAND = (
    ("leisure", "garden", "park"),
    ("leisure", "park", "park"),
    ("leisure", "common", "recreation_ground"),
    ("leisure", "golf_course", "golf"),
    ("landuse", "recreation_ground", "recreation_ground"),
    ("landuse", "village_green", "recreation_ground"),
    ("landuse", "grass", "grass"),
    ("landuse", "farmland", "farmland"),
    ("landuse", "brownfield", "brownfield"),
    ("landuse", "meadow", "meadow"),
    ("landuse", "allotments", "allotments"),
    ("landuse", "cemetery", "cemetery"),
    ("amenity", "grave_yard", "cemetery"),
    ("amenity", "school", "school"),
    ("amenity", "college", "school"),
    ("amenity", "kindergarten", "school"),
    ("amenity", "university", "school"),
    ("amenity", "hospital", "hospital"),
    ("natural", "heath", "heath"),
    ("natural", "wetland", "heath"),
    ("natural", "grassland", "heath"),
    ("natural", "scrub", "scrub"),
)
_LAND_BY_KEY = {key: {v: use for k, v, use in LAND if k == key} for key in dict.fromkeys(k for k, _, _ in LAND)}
SPORT = frozenset(["pitch", "playground", "stadium", "track", "swimming_pool"])
GOLF = frozenset(["green", "tee"])
CLOSED = {
    "military": "military land",
    "railway": "railway land",
    "landfill": "landfill",
    "construction": "building site",
    "quarry": "quarry",
    "orchard": "orchard or nursery",
    "plant_nursery": "orchard or nursery",
    "greenhouse_horticulture": "orchard or nursery",
    "vineyard": "orchard or nursery",
}

# Who looks after a piece of land, by what `operator:type` or `ownership` says.
OPERATOR_TYPES = {
    "council": "council",
    "local_authority": "council",
    "municipal": "council",
    "county": "council",
    "parish": "parish",
    "parish_council": "parish",
    "housing_association": "housing",
    "school": "school",
    "university": "school",
    "health": "health",
    "nhs": "health",
    "utility": "utility",
    "private": "private",
    "business": "private",
    "religious": "private",
    "national": "government",
    "state": "government",
    "government": "government",
    "public": "government",
}
LOOSE_TYPES = frozenset(["public", "government"])
"""Said of councils, hospitals and ministries alike: words of the operator's name go before these."""

# Else by words of its name, whole words; the first that matches wins (assumption, to be verified: names change).
OPERATOR_WORDS = (
    ("private", ("parochial church council",)),
    ("parish", ("parish", "town council", "community council")),
    ("council", ("council", "london borough", "royal borough", "metropolitan borough", "city of london", "city of westminster", "combined authority")),
    ("health", ("nhs", "hospital", "hospitals", "health")),
    ("housing", ("housing", "almshouse", "almshouses")),
    ("school", ("school", "schools", "academy", "academies", "college", "university")),
    ("utility", ("network rail", "national highways", "highways england", "national grid", "powergrid", "power networks", "united utilities", "severn trent", "canal & river trust", "canal and river trust", "anglian water", "northumbrian water", "south west water", "southern water", "thames water", "wessex water", "yorkshire water")),
    ("government", ("ministry", "department for", "environment agency", "forestry england", "forestry commission", "natural england", "homes england", "crown estate", "royal parks", "government", "police")),
    ("private", ("ltd", "limited", "plc", "llp", "club")),
)  # fmt: skip
_WORDS = [(kind, re.compile(rf"\b({'|'.join(map(re.escape, words))})\b")) for kind, words in OPERATOR_WORDS]

AREAL_KEYS = (
    "building",
    "leisure",
    "landuse",
    "amenity",
    "natural",
    "waterway",
    "aeroway",
    "military",
    "golf",
    "highway",
    "power",
)
LINEAR_KEYS = ("highway", "railway", "power", "man_made", "waterway")
POINT_KEYS = ("natural", "place", "amenity", "landuse", "power", *dict.fromkeys(key for key, _, _ in FURNITURE))

_SIDES = ("left", "right")
_SIDEWALK_WIDTHS = ("sidewalk:width", *(f"sidewalk:{side}:width" for side in ("both", *_SIDES)))
KEYS = (
    *dict.fromkeys((*AREAL_KEYS, *LINEAR_KEYS, *POINT_KEYS)),
    *(
        "access",
        "area",
        "bridge",
        "building:levels",
        "diameter_crown",
        "foot",
        "footway",
        "garden:type",
        "generator:source",
        "genus",
    ),
    *(
        "height",
        "lanes",
        "location",
        "motorroad",
        "name",
        "operator",
        "operator:type",
        "owner",
        "ownership",
        "parking",
        "species",
        "substance",
        "tunnel",
        "type",
    ),
    *("sidewalk", *(f"sidewalk:{side}" for side in ("both", *_SIDES)), *_SIDEWALK_WIDTHS),
    *("verge:both:width", "verge:width", "voltage", "width"),
)
"""Every key that a rule of this module looks at."""


def areal(tags: Tags) -> list[Found]:
    """What an area is: several things at times (a school is land and a group)."""
    name = tags.get("name")
    found: list[Found] = []
    if "building" in tags and tags["building"] != "no":
        found.append(("buildings", {"building": tags["building"], "levels": number(tags.get("building:levels"))}))
    elif land := next((use for key, uses in _LAND_BY_KEY.items() if (use := uses.get(tags.get(key, "")))), None):
        found.append(_land(land, tags, name))
    if reason := _closed(tags):
        found.append(("closed_land", {"reason": reason}))
    if tags.get("leisure") in SPORT or tags.get("golf") in GOLF:
        found.append(("sport", {"kind": tags.get("golf") or tags["leisure"], "name": name}))
    if any(tags.get(key) == value for key, value in WATER):
        found.append(("water", {"name": name}))
    if tags.get("natural") == "wood" or tags.get("landuse") == "forest":
        found.append(("woodland", {"name": name}))
    if tags.get("highway") in PAVED and tags.get("type") == "multipolygon" and walkable(tags):
        found.append(("walkways", _walkway(tags)))
    return found + _panels(tags) + _group(tags)


def _closed(tags: Tags) -> str | None:
    """Why trees keep off an area whatever else it is; None where nothing says so."""
    if "military" in tags:
        return CLOSED["military"]
    if "aeroway" in tags:
        return "airfield"
    if tags.get("leisure") == "nature_reserve":
        return "nature reserve"
    if tags.get("highway") in PAVED and (tags.get("area") == "yes" or tags.get("type") == "multipolygon"):
        return "paved square"
    if tags.get("amenity") == "parking" and tags.get("parking") not in ("underground", "multi-storey"):
        return "car park"
    return CLOSED.get(tags.get("landuse", ""))


def _land(use: str, tags: Tags, name: str | None) -> Found:
    """Open land; a private garden stays one, other private parks and greens are closed."""
    private = tags.get("access") in PRIVATE
    if tags.get("leisure") == "garden" and (private or tags.get("garden:type") in HOME_GARDENS):
        use = "private_garden"
    elif private and use in ("park", "grass", "recreation_ground"):
        return "closed_land", {"reason": "private"}
    operator = next((said for key in ("operator", "owner", "ownership") if (said := tags.get(key))), None)
    facts = {"land_use": use, "name": name, "origin": "OpenStreetMap"}
    return "open_land", {**facts, "operator": operator, "operator_kind": operator_kind(tags)}


def operator_kind(tags: Tags) -> str | None:
    """What kind of body looks after a piece of land, a value of `OPERATOR_TYPES`; None where nothing says so."""
    said = [tags.get(key, "").casefold() for key in ("operator:type", "ownership")]
    firm = next((OPERATOR_TYPES[word] for word in said if word in OPERATOR_TYPES and word not in LOOSE_TYPES), None)
    if firm:
        return firm
    names = " / ".join(tags.get(key, "") for key in ("operator", "owner")).casefold()
    by_name = next((kind for kind, words in _WORDS if words.search(names)), None)
    return by_name or next((OPERATOR_TYPES[word] for word in said if word in LOOSE_TYPES), None)


def linear(tags: Tags) -> list[Found]:
    """What a line is, its direction as drawn."""
    name = tags.get("name")
    highway = tags.get("highway", "").removesuffix("_link")
    found: list[Found] = []
    if highway in ROAD_WIDTH_M and tags.get("tunnel") != "yes":
        facts = {"link": tags["highway"].endswith("_link"), **_street(tags, highway), "walkable": walkable(tags)}
        found.append(("roads", {"highway": highway, "name": name, **facts}))
    elif highway in PATHS and tags.get("area") != "yes":
        role = tags.get("footway")
        facts = {"footway": role if role in PATH_ROLES else None, "width_m": number(tags.get("width"))}
        facts |= {"bridge": _is_bridge(tags), "walkable": walkable(tags)}
        found.append(("paths", {"highway": highway, "name": name, **facts}))
    elif walkable(tags):
        found.append(("walkways", _walkway(tags)))
    if tags.get("tunnel") != "yes" and tags.get("railway") in RAILS:
        found.append(("railways", {"kind": tags["railway"]}))
    if tags.get("power") in ("line", "minor_line"):
        found.append(("power_lines", {"kind": tags["power"], "voltage": tags.get("voltage")}))
    if tags.get("man_made") == "pipeline":
        found.append(("pipelines", {"kind": tags.get("substance")}))
    if tags.get("waterway") in WATERCOURSES and tags.get("tunnel") not in ("yes", "culvert"):
        found.append(("watercourses", {"name": name, "form": tags["waterway"], "width_m": number(tags.get("width"))}))
    return found


def walkable(tags: Tags) -> bool:
    """Whether people may walk along a way: no motorway, no way closed to them; what is said of walking goes first."""
    highway, foot = tags.get("highway", ""), tags.get("foot")
    if highway.removesuffix("_link") not in WALKED or foot in FOOT_NO:
        return False
    return foot in FOOT_YES or (tags.get("motorroad") != "yes" and tags.get("access") not in PRIVATE)


def _walkway(tags: Tags) -> dict[str, Any]:
    """A way that is neither road nor path: a road in a tunnel, the edge of a square, a corridor, a platform."""
    return {"highway": tags["highway"], "name": tags.get("name")}


def _street(tags: Tags, highway: str) -> dict[str, Any]:
    left, right = _footways(tags)
    verge = number(tags.get("verge:both:width"))
    return {
        "width_m": road_width_m(tags, highway),
        "footway": footway(tags),
        "footway_width_left_m": _footway_width_m(tags, "left", left),
        "footway_width_right_m": _footway_width_m(tags, "right", right),
        "bridge": _is_bridge(tags),
        "verge_width_m": verge if verge > 0 else number(tags.get("verge:width")),
    }


def footway(tags: Tags) -> str | None:
    """On which sides a road has a footway, seen along its direction.

    Returns
    -------
    str or None
        "both", "left", "right", "none", "separate" (mapped as a line of its own), or None where the tags do not say:
        `sidewalk=yes` is such a case, for it leaves open on which side.
    """
    left, right = _footways(tags)
    if left == right == "yes":
        return "both"
    if "yes" in (left, right):
        return "left" if left == "yes" else "right"
    if "separate" in (left, right):
        return "separate"
    return "none" if left == right == "no" else None


_BY_SIDEWALK = {
    "both": ("yes", "yes"),
    "left": ("yes", "no"),
    "right": ("no", "yes"),
    "no": ("no", "no"),
    "none": ("no", "no"),
    "separate": ("separate", "separate"),
}


def _footways(tags: Tags) -> tuple[str | None, str | None]:
    """What is said of the footway on the left and on the right: yes, no, separate or nothing; a side's own tag wins."""
    both = tags.get("sidewalk:both")
    sides = (both, both) if both else _BY_SIDEWALK.get(tags.get("sidewalk", ""), (None, None))
    left, right = (tags.get(f"sidewalk:{side}") or said for side, said in zip(_SIDES, sides, strict=True))
    return ("no" if left == "none" else left), ("no" if right == "none" else right)


def _footway_width_m(tags: Tags, side: str, said: str | None) -> float:
    """Width of the footway on one side, metres; NaN where untagged, or where there is said to be none."""
    keys = () if said == "no" else (f"sidewalk:{side}:width", "sidewalk:both:width", "sidewalk:width")
    return next((width for key in keys if (width := number(tags.get(key))) > 0), float("nan"))


def _is_bridge(tags: Tags) -> bool:
    return tags.get("bridge", "no") != "no"


def pointlike(tags: Tags) -> list[Found]:
    """What a point is."""
    found: list[Found] = []
    if tags.get("natural") == "tree":
        sizes = {"crown_m": number(tags.get("diameter_crown")), "height_m": number(tags.get("height"))}
        found.append(("trees", {"species": tags.get("species"), "genus": tags.get("genus"), **sizes}))
    if tags.get("place") in PLACES and tags.get("name"):
        found.append(("place_names", {"name": tags["name"], "kind": tags["place"]}))
    if kind := next((kind for key, value, kind in FURNITURE if tags.get(key) == value), None):
        found.append(("street_furniture", {"kind": kind}))
    return found + _panels(tags) + _group(tags)


def _panels(tags: Tags) -> list[Found]:
    """An array of solar panels, on a roof or on the ground."""
    if tags.get("power") != "generator" or tags.get("generator:source") != "solar":
        return []
    return [("solar_panels", {"location": tags.get("location")})]


def _group(tags: Tags) -> list[Found]:
    kind = GROUPS.get(tags.get("amenity", "")) or ("allotments" if tags.get("landuse") == "allotments" else None)
    return [("community_places", {"name": tags.get("name"), "kind": kind})] if kind else []


def road_width_m(tags: Tags, highway: str) -> float:
    """Width of a carriageway, metres: as tagged, else by its lanes, else by its class."""
    width, lanes = number(tags.get("width")), number(tags.get("lanes"))
    if width > 0:
        return width
    return lanes * LANE_M if lanes > 0 else ROAD_WIDTH_M[highway]


def number(text: str | None) -> float:
    """The number at the head of a tag ("7.5 m" → 7.5); NaN where there is none."""
    match = re.match(r"\s*(\d+(?:\.\d+)?)\s*(m|metres)?\s*$", text or "")
    return float(match[1]) if match else float("nan")
