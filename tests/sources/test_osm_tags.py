from __future__ import annotations

import inspect
import math
import re

import pytest

from treeplan.roles import LAYERS
from treeplan.sources import osm_tags
from treeplan.sources.osm_tags import areal, footway, linear, operator_kind, pointlike, walkable
from treeplan.vocabulary import LAND_USES

NAN = math.nan


def street(**tags: str) -> dict[str, object]:
    """What a residential road with these tags says, `sidewalk__left` standing for `sidewalk:left`."""
    ((layer, facts),) = linear({"highway": "residential", **{k.replace("__", ":"): v for k, v in tags.items()}})
    assert layer == "roads"
    return facts


# ---------------------------------------------------------------- footways


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({"sidewalk": "both"}, "both"),
        ({"sidewalk": "left"}, "left"),
        ({"sidewalk": "right"}, "right"),
        ({"sidewalk": "no"}, "none"),
        ({"sidewalk": "none"}, "none"),
        ({"sidewalk": "separate"}, "separate"),
        ({"sidewalk:both": "yes"}, "both"),
        ({"sidewalk:both": "no"}, "none"),
        ({"sidewalk:both": "separate"}, "separate"),
        ({"sidewalk:left": "yes", "sidewalk:right": "yes"}, "both"),
        ({"sidewalk:left": "yes", "sidewalk:right": "no"}, "left"),
        ({"sidewalk:left": "no", "sidewalk:right": "yes"}, "right"),
        ({"sidewalk:left": "no", "sidewalk:right": "no"}, "none"),
        ({"sidewalk:left": "yes"}, "left"),
        ({"sidewalk:left": "yes", "sidewalk:right": "separate"}, "left"),
        ({"sidewalk:left": "separate", "sidewalk:right": "no"}, "separate"),
        ({"sidewalk": "both", "sidewalk:right": "no"}, "left"),
        ({"sidewalk:left": "no"}, None),  # nothing is said of the right
        ({"sidewalk": "yes"}, None),  # on which side?
        ({"sidewalk": "shared"}, None),
        ({}, None),
    ],
)
def test_where_a_road_has_a_footway(tags: dict[str, str], said: str | None) -> None:
    assert footway(tags) == said
    assert linear({"highway": "residential", **tags})[0][1]["footway"] == said


@pytest.mark.parametrize(
    ("tags", "left_m", "right_m"),
    [
        ({"sidewalk": "both", "sidewalk__both__width": "4"}, 4, 4),
        ({"sidewalk": "both", "sidewalk__width": "2.5 m"}, 2.5, 2.5),
        ({"sidewalk": "both", "sidewalk__width": "2", "sidewalk__left__width": "3"}, 3, 2),
        ({"sidewalk": "both", "sidewalk__both__width": "3", "sidewalk__width": "2"}, 3, 3),
        ({"sidewalk": "left", "sidewalk__width": "1.8"}, 1.8, NAN),
        ({"sidewalk": "right", "sidewalk__both__width": "1.8"}, NAN, 1.8),
        ({"sidewalk__right": "yes", "sidewalk__right__width": "2"}, NAN, 2),
        ({"sidewalk": "both"}, NAN, NAN),
        ({"sidewalk": "no", "sidewalk__width": "2"}, NAN, NAN),
        ({"sidewalk": "both", "sidewalk__width": "wide"}, NAN, NAN),
        ({"sidewalk": "both", "sidewalk__width": "50cm"}, NAN, NAN),
        ({"sidewalk": "both", "sidewalk__width": "0"}, NAN, NAN),
    ],
)
def test_how_wide_its_footways_are(tags: dict[str, str], left_m: float, right_m: float) -> None:
    said = street(**tags)
    assert [said["footway_width_left_m"], said["footway_width_right_m"]] == pytest.approx(
        [left_m, right_m], nan_ok=True
    )


@pytest.mark.parametrize(
    ("tags", "width_m"),
    [
        ({"verge__width": "3"}, 3),
        ({"verge__both__width": "2.5"}, 2.5),
        ({"verge__width": "3", "verge__both__width": "2.5"}, 2.5),
        ({"verge": "both"}, NAN),
        ({}, NAN),
    ],
)
def test_how_wide_its_verges_are(tags: dict[str, str], width_m: float) -> None:
    assert street(**tags)["verge_width_m"] == pytest.approx(width_m, nan_ok=True)


@pytest.mark.parametrize(("bridge", "is_bridge"), [("yes", True), ("viaduct", True), ("no", False), (None, False)])
def test_bridges(bridge: str | None, is_bridge: bool) -> None:
    tags = {} if bridge is None else {"bridge": bridge}
    assert street(**tags)["bridge"] is is_bridge
    assert linear({"highway": "footway", **tags})[0][1]["bridge"] is is_bridge


@pytest.mark.parametrize(
    ("tags", "role", "width_m"),
    [
        ({"footway": "sidewalk", "width": "2.4"}, "sidewalk", 2.4),
        ({"footway": "crossing"}, "crossing", NAN),
        ({"footway": "link"}, None, NAN),
        ({}, None, NAN),
    ],
)
def test_what_part_a_path_plays(tags: dict[str, str], role: str | None, width_m: float) -> None:
    ((layer, facts),) = linear({"highway": "footway", **tags})
    assert (layer, facts["footway"]) == ("paths", role)
    assert facts["width_m"] == pytest.approx(width_m, nan_ok=True)


# ---------------------------------------------------------------- points


@pytest.mark.parametrize(("key", "value", "kind"), osm_tags.FURNITURE)
def test_street_furniture(key: str, value: str, kind: str) -> None:
    assert pointlike({key: value}) == [("street_furniture", {"kind": kind})]


def test_one_thing_of_two_kinds_is_told_once() -> None:
    assert pointlike({"power": "pole", "highway": "street_lamp"}) == [("street_furniture", {"kind": "lamp"})]
    assert pointlike({"highway": "give_way"}) == []


def test_a_tree_and_its_size() -> None:
    tags = {"natural": "tree", "species": "Quercus robur", "genus": "Quercus", "diameter_crown": "8", "height": "12 m"}
    assert pointlike(tags) == [
        ("trees", {"species": "Quercus robur", "genus": "Quercus", "crown_m": 8.0, "height_m": 12.0})
    ]
    ((_, bare),) = pointlike({"natural": "tree"})
    assert (bare["species"], bare["genus"]) == (None, None)
    assert math.isnan(bare["crown_m"])
    assert math.isnan(bare["height_m"])


# ---------------------------------------------------------------- areas and lines


@pytest.mark.parametrize(("key", "value"), osm_tags.WATER)
def test_water(key: str, value: str) -> None:
    assert areal({key: value, "name": "Mere"}) == [("water", {"name": "Mere"})]


@pytest.mark.parametrize("value", ["orchard", "plant_nursery", "greenhouse_horticulture", "vineyard"])
def test_fruit_and_nurseries_are_closed(value: str) -> None:
    assert areal({"landuse": value}) == [("closed_land", {"reason": "orchard or nursery"})]


@pytest.mark.parametrize("tags", [{"landuse": "residential"}, {"landuse": "flowerbed"}, {"landuse": "education"}])
def test_what_is_no_land(tags: dict[str, str]) -> None:
    assert areal(tags) == []


def test_a_university_has_school_grounds() -> None:
    ((layer, facts),) = areal({"amenity": "university"})
    assert (layer, facts["land_use"]) == ("open_land", "school")


@pytest.mark.parametrize(
    "tags",
    [
        {"power": "cable"},
        {"railway": "disused"},
        {"railway": "abandoned"},
        {"railway": "rail", "tunnel": "yes"},
        {"highway": "proposed"},
        {"waterway": "stream", "tunnel": "culvert"},
    ],
)
def test_lines_that_are_not_there_to_see(tags: dict[str, str]) -> None:
    assert linear(tags) == []


# ---------------------------------------------------------------- who looks after land


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"operator": "Sheffield City Council"}, "council"),
        ({"operator": "London Borough of Camden"}, "council"),
        ({"operator": "Ecclesfield Parish Council"}, "parish"),
        ({"operator": "Stocksbridge Town Council"}, "parish"),
        ({"operator": "Sheffield Teaching Hospitals NHS Foundation Trust"}, "health"),
        ({"operator": "Great Places Housing Association"}, "housing"),
        ({"operator": "Mercia Learning Academy Trust"}, "school"),
        ({"operator": "University of London"}, "school"),
        ({"operator": "Yorkshire Water"}, "utility"),
        ({"operator": "Network Rail"}, "utility"),
        ({"operator": "The Royal Parks"}, "government"),
        ({"operator": "Ministry of Defence"}, "government"),
        ({"operator": "Abbeydale Golf Club"}, "private"),
        ({"operator": "St Mary's Parochial Church Council"}, "private"),
        ({"owner": "Barnsley Council"}, "council"),
        ({"operator": "Green Estate"}, None),
        ({"operator": "Councillor Hall Trust"}, None),  # whole words only
        ({"operator:type": "private"}, "private"),
        ({"operator:type": "council", "operator": "Parks Team"}, "council"),
        ({"operator:type": "public"}, "government"),
        ({"operator:type": "public", "operator": "Sheffield City Council"}, "council"),
        ({"operator:type": "government", "operator": "NHS Property Services Ltd"}, "health"),
        ({"operator:type": "private", "operator": "Hilltop School"}, "private"),
        ({"operator:type": "charitable"}, None),
        ({"ownership": "municipal"}, "council"),
        ({"ownership": "private"}, "private"),
        ({"ownership": "national"}, "government"),
        ({}, None),
    ],
)
def test_who_looks_after_land(tags: dict[str, str], kind: str | None) -> None:
    assert operator_kind(tags) == kind
    assert areal({"leisure": "park", **tags})[0][1]["operator_kind"] == kind


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({"operator": "A", "owner": "B", "ownership": "private"}, "A"),
        ({"owner": "B", "ownership": "private"}, "B"),
        ({"ownership": "private"}, "private"),
        ({}, None),
    ],
)
def test_land_keeps_the_words_of_who_looks_after_it(tags: dict[str, str], said: str | None) -> None:
    assert areal({"landuse": "grass", **tags})[0][1]["operator"] == said


def test_the_kinds_of_operator_are_few() -> None:
    kinds = {"council", "government", "health", "housing", "school", "parish", "utility", "private"}
    assert set(osm_tags.OPERATOR_TYPES.values()) == kinds
    assert {kind for kind, _ in osm_tags.OPERATOR_WORDS} == kinds
    assert set(osm_tags.OPERATOR_TYPES) >= osm_tags.LOOSE_TYPES


# ---------------------------------------------------------------- the tables as a whole


def test_every_key_that_a_rule_reads_is_listed() -> None:
    read = set(re.findall(r'tags(?:\.get\(|\[)"([a-z_:]+)"|"([a-z]+)" in tags', inspect.getsource(osm_tags)))
    assert {a or b for a, b in read} <= set(osm_tags.KEYS)
    tables = (*osm_tags.LAND, *osm_tags.FURNITURE, *osm_tags.WATER)
    assert {row[0] for row in tables} <= set(osm_tags.KEYS)
    assert len(set(osm_tags.KEYS)) == len(osm_tags.KEYS)


def test_land_uses_and_layers_are_in_the_vocabulary() -> None:
    assert {use for _, _, use in osm_tags.LAND} <= set(LAND_USES)
    assert {"street_furniture", "roads", "paths"} <= set(LAYERS)


# ---------------------------------------------------------------- walking


@pytest.mark.parametrize(
    ("tags", "may"),
    [
        ({"highway": "residential"}, True),
        ({"highway": "steps"}, True),
        ({"highway": "cycleway"}, True),
        ({"highway": "service", "tunnel": "yes"}, True),
        ({"highway": "footway", "tunnel": "yes"}, True),
        ({"highway": "footway", "foot": "no"}, False),
        ({"highway": "motorway"}, False),
        ({"highway": "motorway_link", "foot": "yes"}, False),
        ({"highway": "trunk"}, True),
        ({"highway": "trunk", "foot": "no"}, False),
        ({"highway": "trunk", "motorroad": "yes"}, False),
        ({"highway": "primary", "foot": "use_sidepath"}, False),
        ({"highway": "service", "access": "private"}, False),
        ({"highway": "path", "access": "no"}, False),
        ({"highway": "service", "access": "private", "foot": "yes"}, True),
        ({"highway": "track", "access": "no", "foot": "permissive"}, True),
        ({"highway": "service", "access": "customers"}, True),
        ({"highway": "construction"}, False),
        ({"highway": "proposed", "foot": "yes"}, False),
        ({"highway": "bus_stop"}, False),
        ({}, False),
    ],
)
def test_where_people_may_walk(tags: dict[str, str], may: bool) -> None:
    assert walkable(tags) is may
    layers = [layer for layer, facts in linear(tags) if facts.get("walkable", True)]
    assert bool(layers) is may


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "residential", "tunnel": "yes"},
        {"highway": "footway", "area": "yes"},
        {"highway": "corridor"},
        {"highway": "platform"},
        {"highway": "road"},
    ],
)
def test_other_ways_to_walk_change_neither_roads_nor_paths(tags: dict[str, str]) -> None:
    assert linear(tags) == [("walkways", {"highway": tags["highway"], "name": None})]
    assert linear({**tags, "foot": "no"}) == []
