from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import pytest
import shapely
from pyproj import Transformer

from tests.toy import EAST, NORTH, block
from treeplan.errors import DataError
from treeplan.sources import osm, read

TO_DEGREES = Transformer.from_crs(27700, 4326, always_xy=True)

Places = list[tuple[float, float]]
Reading = Callable[[], dict[str, gpd.GeoDataFrame]]


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
        self.nodes.append(f'<node id="{number}" version="1" lat="{lat:.9f}" lon="{lon:.9f}">{_tags(tags)}</node>')
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


@pytest.fixture
def town() -> Extract:
    return Extract()


@pytest.fixture
def found_in(tmp_path: Path, town: Extract) -> Reading:
    """Read the town as it stands, as layers."""
    return lambda: read("openstreetmap", town.save(tmp_path / "town.osm"))


def same_place(given: shapely.Geometry, wanted: shapely.Geometry) -> bool:
    """The same shape to within a centimetre."""
    return bool(shapely.hausdorff_distance(given, wanted) < 0.01)


# ---------------------------------------------------------------- areas


@pytest.mark.parametrize(("key", "value", "use"), osm.LAND)
def test_land_by_its_tags(town: Extract, found_in: Reading, key: str, value: str, use: str) -> None:
    number = town.area(0, 0, name="Ground", **{key: value})
    found = found_in()["open_land"]
    assert found[["ground_id", "land_use", "name", "origin"]].to_numpy().tolist() == [
        [f"osm-way-{number}", use, "Ground", "OpenStreetMap"]
    ]
    assert same_place(found.geometry.iloc[0], block(0, 0))


def test_a_park_lies_where_it_was_drawn(town: Extract, found_in: Reading) -> None:
    town.area(0, 0, leisure="park")
    found = found_in()["open_land"]
    assert found.crs.to_epsg() == 27700
    assert found.geometry.area.iloc[0] == pytest.approx(10_000, rel=1e-3)


def test_a_multipolygon_keeps_its_hole(town: Extract, found_in: Reading) -> None:
    number = town.multipolygon([town.area(0, 0)], [town.area(40, 40, 20, 20)], leisure="park", name="Ring Park")
    found = found_in()["open_land"]
    assert found["ground_id"].tolist() == [f"osm-relation-{number}"]
    assert found.geometry.area.iloc[0] == pytest.approx(100**2 - 20**2, rel=1e-3)
    assert len(found.geometry.iloc[0].geoms[0].interiors) == 1


def test_a_private_garden_stays_a_private_garden(town: Extract, found_in: Reading) -> None:
    town.area(0, 0, leisure="garden", access="private")
    town.area(200, 0, leisure="garden")
    town.area(400, 0, leisure="garden", garden__type="residential")
    tables = found_in()
    assert tables["open_land"]["land_use"].tolist() == ["private_garden", "park", "private_garden"]
    assert "closed_land" not in tables


@pytest.mark.parametrize(
    "tags", [{"leisure": "park"}, {"landuse": "grass"}, {"landuse": "recreation_ground"}, {"leisure": "common"}]
)
@pytest.mark.parametrize("access", ["private", "no"])
def test_other_private_land_is_closed(town: Extract, found_in: Reading, tags: dict[str, str], access: str) -> None:
    town.area(0, 0, access=access, **tags)
    tables = found_in()
    assert tables["closed_land"]["reason"].tolist() == ["private"]
    assert "open_land" not in tables


@pytest.mark.parametrize(("value", "reason"), list(osm.CLOSED.items()))
def test_land_closed_to_planting_says_why(town: Extract, found_in: Reading, value: str, reason: str) -> None:
    town.area(0, 0, landuse=value)
    assert found_in()["closed_land"]["reason"].tolist() == [reason]


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"aeroway": "aerodrome"}, "airfield"),
        ({"military": "barracks"}, "military land"),
        ({"leisure": "nature_reserve"}, "nature reserve"),
    ],
)
def test_other_closed_land_says_why(town: Extract, found_in: Reading, tags: dict[str, str], reason: str) -> None:
    town.area(0, 0, **tags)
    assert found_in()["closed_land"]["reason"].tolist() == [reason]


def test_a_reserve_that_is_also_heath_is_both(town: Extract, found_in: Reading) -> None:
    town.area(0, 0, natural="heath", leisure="nature_reserve")
    tables = found_in()
    assert tables["open_land"]["land_use"].tolist() == ["heath"]
    assert tables["closed_land"]["reason"].tolist() == ["nature reserve"]


def test_buildings_keep_their_storeys(town: Extract, found_in: Reading) -> None:
    town.area(0, 0, 10, 10, building="house", building__levels="2")
    town.area(20, 0, 10, 10, building="yes")
    town.area(40, 0, 10, 10, building="no")
    found = found_in()["buildings"]
    assert found["building"].tolist() == ["house", "yes"]
    assert found["levels"].iloc[0] == 2
    assert math.isnan(found["levels"].iloc[1])


def test_a_school_building_is_no_land_but_a_group(town: Extract, found_in: Reading) -> None:
    town.area(0, 0, amenity="school", building="school", name="Mill School")
    tables = found_in()
    assert set(tables) == {"buildings", "community_places"}


@pytest.mark.parametrize("kind", sorted(osm.SPORT - {"track"}))
def test_pitches_and_play_areas(town: Extract, found_in: Reading, kind: str) -> None:
    town.area(0, 0, leisure=kind)
    assert found_in()["sport"]["kind"].tolist() == [kind]


def test_golf_greens_are_playing_surfaces(town: Extract, found_in: Reading) -> None:
    town.area(0, 0, golf="green")
    assert found_in()["sport"]["kind"].tolist() == ["green"]


@pytest.mark.parametrize(
    ("tags", "layer"),
    [
        ({"natural": "water"}, "water"),
        ({"waterway": "riverbank"}, "water"),
        ({"natural": "wood"}, "woodland"),
        ({"landuse": "forest"}, "woodland"),
    ],
)
def test_water_and_woodland(town: Extract, found_in: Reading, tags: dict[str, str], layer: str) -> None:
    town.area(0, 0, name="Mere", **tags)
    tables = found_in()
    assert list(tables) == [layer]
    assert tables[layer]["name"].tolist() == ["Mere"]


# ---------------------------------------------------------------- verges


def test_a_strip_of_grass_beside_a_road_is_a_verge(town: Extract, found_in: Reading) -> None:
    town.way([(0, 0), (200, 0)], highway="residential")
    town.area(0, 5, 100, 6, landuse="grass")
    assert found_in()["open_land"]["land_use"].tolist() == ["verge"]


@pytest.mark.parametrize(
    ("north_m", "width_m", "height_m", "why"),
    [(5, 100, 40, "too wide"), (5, 20, 6, "too short"), (60, 100, 6, "too far from the road")],
)
def test_other_grass_is_no_verge(
    town: Extract, found_in: Reading, north_m: float, width_m: float, height_m: float, why: str
) -> None:
    town.way([(0, 0), (200, 0)], highway="residential")
    town.area(0, north_m, width_m, height_m, landuse="grass")
    assert found_in()["open_land"]["land_use"].tolist() == ["grass"], why


def test_a_narrow_park_beside_a_road_stays_a_park(town: Extract, found_in: Reading) -> None:
    town.way([(0, 0), (200, 0)], highway="residential")
    town.area(0, 5, 100, 6, leisure="park")
    assert found_in()["open_land"]["land_use"].tolist() == ["park"]


def test_grass_without_any_road_is_no_verge(town: Extract, found_in: Reading) -> None:
    town.area(0, 5, 100, 6, landuse="grass")
    assert found_in()["open_land"]["land_use"].tolist() == ["grass"]


# ---------------------------------------------------------------- lines


@pytest.mark.parametrize(
    ("tags", "width_m"),
    [
        ({"highway": "residential"}, 5.5),
        ({"highway": "primary"}, 9.0),
        ({"highway": "primary_link"}, 9.0),
        ({"highway": "residential", "lanes": "3"}, 9.0),
        ({"highway": "residential", "lanes": "3", "width": "7.5"}, 7.5),
        ({"highway": "residential", "width": "7.5 m"}, 7.5),
        ({"highway": "residential", "width": "7.5m"}, 7.5),
        ({"highway": "residential", "width": "narrow"}, 5.5),
        ({"highway": "residential", "width": "20'"}, 5.5),
        ({"highway": "residential", "lanes": "2;1"}, 5.5),
        ({"highway": "residential", "width": "0"}, 5.5),
        ({"highway": "residential", "lanes": "0"}, 5.5),
    ],
)
def test_the_width_of_a_road(town: Extract, found_in: Reading, tags: dict[str, str], width_m: float) -> None:
    town.way([(0, 0), (100, 0)], name="High Street", **tags)
    found = found_in()["roads"]
    assert found["width_m"].tolist() == [width_m]
    assert found["name"].tolist() == ["High Street"]
    assert found.geometry.length.iloc[0] == pytest.approx(100, rel=1e-3)


@pytest.mark.parametrize("highway", sorted(osm.ROAD_WIDTH_M))
def test_every_class_of_road_has_a_width(town: Extract, found_in: Reading, highway: str) -> None:
    town.way([(0, 0), (100, 0)], highway=highway)
    assert found_in()["roads"]["width_m"].tolist() == [osm.ROAD_WIDTH_M[highway]]


@pytest.mark.parametrize("highway", sorted(osm.PATHS))
def test_paths(town: Extract, found_in: Reading, highway: str) -> None:
    town.way([(0, 0), (100, 0)], highway=highway)
    tables = found_in()
    assert list(tables) == ["paths"]
    assert tables["paths"]["highway"].tolist() == [highway]


def test_what_runs_in_a_tunnel_is_left_out(town: Extract, found_in: Reading) -> None:
    town.way([(0, 0), (100, 0)], highway="primary", tunnel="yes")
    town.way([(0, 10), (100, 10)], railway="rail", tunnel="yes")
    town.way([(0, 20), (100, 20)], waterway="stream", tunnel="culvert")
    town.way([(0, 30), (100, 30)], highway="service")
    tables = found_in()
    assert {layer: len(table) for layer, table in tables.items()} == {"roads": 1}
    assert tables["roads"]["highway"].tolist() == ["service"]


@pytest.mark.parametrize(
    ("tags", "layer", "facts"),
    [
        ({"railway": "rail"}, "railways", {"kind": "rail"}),
        ({"railway": "tram"}, "railways", {"kind": "tram"}),
        ({"power": "line", "voltage": "132000"}, "power_lines", {"kind": "line", "voltage": "132000"}),
        ({"power": "minor_line"}, "power_lines", {"kind": "minor_line"}),
        ({"man_made": "pipeline", "substance": "gas"}, "pipelines", {"kind": "gas"}),
        (
            {"waterway": "river", "name": "Don", "width": "12"},
            "watercourses",
            {"name": "Don", "form": "river", "width_m": 12},
        ),
    ],
)
def test_lines(town: Extract, found_in: Reading, tags: dict[str, str], layer: str, facts: dict[str, object]) -> None:
    town.way([(0, 0), (300, 400)], **tags)
    tables = found_in()
    assert list(tables) == [layer]
    assert tables[layer][list(facts)].iloc[0].to_dict() == facts
    assert tables[layer].geometry.length.iloc[0] == pytest.approx(500, rel=1e-3)


def test_a_roundabout_is_a_road_though_it_is_closed(town: Extract, found_in: Reading) -> None:
    town.area(0, 0, 20, 20, highway="tertiary", junction="roundabout")
    found = found_in()["roads"]
    assert found.geometry.length.tolist() == pytest.approx([80], rel=1e-3)


# ---------------------------------------------------------------- points


def test_trees_place_names_and_groups(town: Extract, found_in: Reading) -> None:
    town.node(10, 20, natural="tree", species="Quercus robur")
    town.node(30, 40, place="suburb", name="Millhouses")
    town.node(50, 60, place="suburb")  # nameless: no use to a map
    town.node(70, 80, amenity="library", name="Toy Library")
    tables = found_in()
    assert set(tables) == {"trees", "place_names", "community_places"}
    assert tables["trees"]["species"].tolist() == ["Quercus robur"]
    assert tables["trees"]["tree_id"].str.startswith("osm-node-").all()
    assert same_place(tables["trees"].geometry.iloc[0], shapely.Point(EAST + 10, NORTH + 20))
    assert tables["place_names"][["name", "kind"]].to_numpy().tolist() == [["Millhouses", "suburb"]]
    assert tables["community_places"][["name", "kind"]].to_numpy().tolist() == [["Toy Library", "library"]]


@pytest.mark.parametrize(("amenity", "kind"), list(osm.GROUPS.items()))
def test_groups_that_are_areas_become_points_inside_them(
    town: Extract, found_in: Reading, amenity: str, kind: str
) -> None:
    town.area(0, 0, amenity=amenity, name="Here")
    found = found_in()["community_places"]
    assert found[["name", "kind"]].to_numpy().tolist() == [["Here", kind]]
    assert found.geometry.iloc[0].within(block(0, 0))


def test_allotments_are_land_and_a_group(town: Extract, found_in: Reading) -> None:
    town.area(0, 0, landuse="allotments")
    tables = found_in()
    assert tables["open_land"]["land_use"].tolist() == ["allotments"]
    assert tables["community_places"]["kind"].tolist() == ["allotments"]


# ---------------------------------------------------------------- the extract as a whole


def test_rows_come_in_the_order_of_their_ids(town: Extract, found_in: Reading) -> None:
    ways = [town.area(150 * i, 0, leisure="park", name=str(i)) for i in range(12)]
    found = found_in()["open_land"]
    assert found["name"].tolist() == [str(i) for i in range(12)]
    assert found["ground_id"].tolist() == [f"osm-way-{number}" for number in ways]


def test_an_extract_with_nothing_of_use_is_refused(tmp_path: Path, town: Extract) -> None:
    town.node(0, 0, shop="bakery")
    with pytest.raises(DataError, match=r"dull\.osm(.|\n)*What to do: "):
        read("openstreetmap", town.save(tmp_path / "dull.osm"))


def test_a_way_cut_by_the_edge_of_the_extract_is_left_out_and_said(
    town: Extract, found_in: Reading, caplog: pytest.LogCaptureFixture
) -> None:
    town.area(0, 0, leisure="park")
    inside = town.node(0, 0)
    outside = town._way([901, 902], {"highway": "service"})
    town._way([inside, 901], {"highway": "service"})
    assert list(found_in()) == ["open_land"]
    assert (
        f"town.osm: 2 features are cut off by the edge of the extract or broken, and are left out, e.g. osm-way-{outside}"
        in caplog.text
    )


def test_a_multipolygon_whose_ring_is_cut_by_the_edge_is_left_out_and_said(
    town: Extract, found_in: Reading, caplog: pytest.LogCaptureFixture
) -> None:
    town.area(0, 0, leisure="park")
    half = town.way([(200, 0), (300, 0), (300, 100)])
    number = town.multipolygon([half, 999], [], landuse="cemetery")
    assert found_in()["open_land"]["land_use"].tolist() == ["park"]
    assert f"osm-relation-{number}" in caplog.text


def test_a_ring_that_lacks_a_point_is_left_out_and_said(town: Extract, found_in, caplog) -> None:  # type: ignore[no-untyped-def]
    town.area(0, 0, leisure="park")
    refs = [town.node(*place) for place in [(200, 0), (300, 0), (300, 100)]]
    number = town._way([*refs, 999, refs[0]], {"building": "yes"})
    assert list(found_in()) == ["open_land"]
    assert (
        f"1 features are cut off by the edge of the extract or broken, and are left out, e.g. osm-way-{number}"
        in caplog.text
    )


def test_a_closed_line_that_is_said_to_be_no_area_is_not_missed(town: Extract, found_in, caplog) -> None:  # type: ignore[no-untyped-def]
    town.area(0, 0, leisure="park")
    town.area(200, 0, landuse="grass", area="no")
    assert len(found_in()["open_land"]) == 1
    assert caplog.text == ""


def test_an_area_that_crosses_itself_leaves_the_rest_standing(town: Extract, found_in: Reading) -> None:
    refs = [town.node(*p) for p in [(0, 0), (100, 100), (100, 0), (0, 100)]]
    town._way([*refs, refs[0]], {"leisure": "park"})
    town.area(200, 0, leisure="park")
    found = found_in()["open_land"]
    assert found.geometry.is_valid.all()
    assert found.geometry.area.max() == pytest.approx(10_000, rel=1e-3)


def test_the_same_node_twice_makes_no_line(town: Extract, found_in: Reading) -> None:
    node = town.node(0, 0)
    town._way([node, node], {"highway": "service"})
    town.way([(0, 0), (100, 0)], highway="footway")
    assert list(found_in()) == ["paths"]


# ---------------------------------------------------------------- real files (totals: STUDIES.md)


@pytest.fixture(scope="module")
def london(data: Path) -> dict[str, gpd.GeoDataFrame]:
    return read("openstreetmap", data / "osm/central-london.osm.pbf")


@pytest.mark.realdata
def test_real_london_counts(london: dict[str, gpd.GeoDataFrame]) -> None:
    # 2,737 areas have the tag `building`; one of them says building=no.
    assert (len(london["buildings"]), len(london["trees"])) == (2736, 1007)
    assert len(london["roads"]) > 100
    assert len(london["paths"]) > 100


@pytest.mark.realdata
def test_real_london_is_sound(london: dict[str, gpd.GeoDataFrame]) -> None:
    for layer, table in london.items():
        assert table.crs.to_epsg() == 27700, layer
        assert table.geometry.is_valid.all(), layer
        assert not table.geometry.is_empty.any(), layer
    assert london["roads"]["width_m"].between(2, 40).all()
    assert london["open_land"]["ground_id"].is_unique


@pytest.mark.realdata
def test_real_london_is_in_london(london: dict[str, gpd.GeoDataFrame]) -> None:
    west, south, east, north = london["buildings"].total_bounds
    assert 528_000 < west < east < 533_000
    assert 180_000 < south < north < 184_000


@pytest.mark.realdata
def test_real_leeds_is_read(data: Path) -> None:
    found = read("openstreetmap", data / "osm/its-example-leeds.osm.pbf")
    assert len(found["paths"]) > 0
    west, south, east, north = found["paths"].total_bounds
    assert 425_000 < west < east < 433_000
    assert 432_000 < south < north < 437_000
