from __future__ import annotations

import bz2
import gzip
import math
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import osmium
import pytest
import shapely
from pyproj import Transformer

from tests.sources.made_extract import Extract
from tests.toy import EAST, NORTH, block
from treeplan.errors import DataError
from treeplan.sources import osm_tags, read

Reading = Callable[[], dict[str, gpd.GeoDataFrame]]
TO_BNG = Transformer.from_crs(4326, 27700, always_xy=True)


def same_place(given: shapely.Geometry, wanted: shapely.Geometry) -> bool:
    """The same shape to within a centimetre."""
    return bool(shapely.hausdorff_distance(given, wanted) < 0.01)


# ---------------------------------------------------------------- areas


@pytest.mark.parametrize(("key", "value", "use"), osm_tags.LAND)
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


@pytest.mark.parametrize(("value", "reason"), list(osm_tags.CLOSED.items()))
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


@pytest.mark.parametrize("kind", sorted(osm_tags.SPORT - {"track"}))
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


@pytest.mark.parametrize("highway", sorted(osm_tags.ROAD_WIDTH_M))
def test_every_class_of_road_has_a_width(town: Extract, found_in: Reading, highway: str) -> None:
    town.way([(0, 0), (100, 0)], highway=highway)
    assert found_in()["roads"]["width_m"].tolist() == [osm_tags.ROAD_WIDTH_M[highway]]


@pytest.mark.parametrize("highway", sorted(osm_tags.PATHS))
def test_paths(town: Extract, found_in: Reading, highway: str) -> None:
    town.way([(0, 0), (100, 0)], highway=highway)
    tables = found_in()
    assert list(tables) == ["paths"]
    assert tables["paths"]["highway"].tolist() == [highway]


def test_what_runs_in_a_tunnel_is_left_out_but_for_walking_through_it(town: Extract, found_in: Reading) -> None:
    town.way([(0, 0), (100, 0)], highway="primary", tunnel="yes")
    town.way([(0, 10), (100, 10)], railway="rail", tunnel="yes")
    town.way([(0, 20), (100, 20)], waterway="stream", tunnel="culvert")
    town.way([(0, 30), (100, 30)], highway="service")
    tables = found_in()
    assert {layer: len(table) for layer, table in tables.items()} == {"roads": 1, "walkways": 1}
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


@pytest.mark.parametrize(("amenity", "kind"), list(osm_tags.GROUPS.items()))
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


# ---------------------------------------------------------------- columns, formats, and how far an extract reaches

COLUMNS = {
    "roads": [
        *("osm_id", "highway", "name", "link", "width_m", "footway", "footway_width_left_m", "footway_width_right_m"),
        *("bridge", "verge_width_m", "walkable", "geometry"),
    ],
    "paths": ["osm_id", "highway", "name", "footway", "width_m", "bridge", "walkable", "geometry"],
    "street_furniture": ["osm_id", "kind", "geometry"],
    "trees": ["tree_id", "species", "genus", "crown_m", "height_m", "geometry"],
    "open_land": ["ground_id", "land_use", "name", "origin", "operator", "operator_kind", "geometry"],
}


def test_the_columns_of_streets_and_land(town: Extract, found_in: Reading) -> None:
    town.way([(0, 0), (100, 0)], highway="residential")
    town.way([(0, 10), (100, 10)], highway="footway")
    town.node(50, 4, highway="street_lamp")
    town.node(60, 4, natural="tree")
    town.area(0, 20, leisure="park")
    tables = found_in()
    assert {layer: list(table.columns) for layer, table in tables.items()} == COLUMNS
    numbers = {c: t[c].dtype for t in tables.values() for c in t if c.endswith("_m")}
    assert {str(kind) for kind in numbers.values()} == {"float64"}
    said = {str(tables[layer][fact].dtype) for layer in ("roads", "paths") for fact in ("bridge", "walkable")}
    assert said == {"bool"}


def test_squares_are_walked_along_their_edges(town: Extract, found_in: Reading) -> None:
    town.area(0, 0, 40, 30, highway="pedestrian", area="yes")
    town.multipolygon([town.area(100, 0, 40, 40)], [town.area(110, 10, 20, 20)], highway="pedestrian")
    ways = found_in()["walkways"]
    assert ways["highway"].tolist() == ["pedestrian", "pedestrian"]
    assert sorted(ways.length) == pytest.approx([140, 160 + 80], rel=1e-3)
    assert set(ways.geom_type) <= {"LineString", "MultiLineString"}


def test_a_road_runs_as_it_was_drawn(town: Extract, found_in: Reading) -> None:
    town.way([(100, 0), (0, 0)], highway="residential", sidewalk="left")
    road = found_in()["roads"].iloc[0]
    assert road["footway"] == "left"  # the south side, for it runs west
    start, end = (shapely.Point(c) for c in (road.geometry.coords[0], road.geometry.coords[-1]))
    assert same_place(start, shapely.Point(EAST + 100, NORTH))
    assert same_place(end, shapely.Point(EAST, NORTH))


def pbf(path: Path, text: bytes) -> None:
    """The same extract in OpenStreetMap's own binary form."""
    with osmium.SimpleWriter(str(path)) as writer:
        for thing in osmium.FileProcessor(osmium.io.FileBuffer(text, "osm")):
            writer.add(thing)


@pytest.mark.parametrize(
    ("ending", "write"),
    [
        (".osm.pbf", pbf),
        (".pbf", pbf),
        (".osm", lambda path, text: path.write_bytes(text)),
        (".osm.gz", lambda path, text: path.write_bytes(gzip.compress(text))),
        (".osm.bz2", lambda path, text: path.write_bytes(bz2.compress(text))),
    ],
)
def test_every_form_of_extract_is_read(
    town: Extract, tmp_path: Path, ending: str, write: Callable[[Path, bytes], None]
) -> None:
    number = town.area(0, 0, leisure="park")
    write(tmp_path / f"town{ending}", town.save(tmp_path / "plain.osm").read_bytes())
    found = read("openstreetmap", tmp_path / f"town{ending}")["open_land"]
    assert found["ground_id"].tolist() == [f"osm-way-{number}"]
    assert found.area.tolist() == pytest.approx([10_000], rel=1e-3)


@pytest.mark.parametrize("name", ["town.osm.gz", "town.osm.bz2"])
def test_a_packed_extract_that_is_cut_off_is_refused(town: Extract, tmp_path: Path, name: str) -> None:
    for k in range(300):
        town.area(150 * k, 0, leisure="park", name=str(k))
    text = town.save(tmp_path / "plain.osm").read_bytes()
    packed = gzip.compress(text) if name.endswith("gz") else bz2.compress(text)
    (tmp_path / name).write_bytes(packed[: len(packed) // 2])
    with pytest.raises(DataError, match=r"not a whole OpenStreetMap extract(.|\n)*What to do: "):
        read("openstreetmap", tmp_path / name)


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    (tmp_path / "town.shp").write_bytes(b"shape")
    with pytest.raises(DataError, match=r"no OpenStreetMap extract(.|\n)*openstreetmap_query"):
        read("openstreetmap", tmp_path / "town.shp")


def with_bounds(path: Path, south: float, west: float, north: float, east: float) -> Path:
    """Write into an extract's head which area it covers."""
    bounds = f'<bounds minlat="{south}" minlon="{west}" maxlat="{north}" maxlon="{east}"/>'
    path.write_text(path.read_text("utf-8").replace('version="0.6">', f'version="0.6">{bounds}', 1), "utf-8")
    return path


def test_an_extract_covers_the_box_of_its_head(town: Extract, tmp_path: Path) -> None:
    town.way([(0, 0), (100, 0)], highway="residential")
    town.node(50, 0, natural="tree")
    tables = read("openstreetmap", with_bounds(town.save(tmp_path / "town.osm"), 53.40, -1.42, 53.41, -1.40))
    covers = tables["roads"].attrs["covers"]
    assert tables["trees"].attrs["covers"] == covers
    # A degree of latitude is 111.3 km here, one of longitude 66.4 km.
    assert covers.area == pytest.approx(0.01 * 111_300 * 0.02 * 66_400, rel=0.01)
    assert covers.contains(shapely.Point(TO_BNG.transform(-1.41, 53.405)))
    assert not covers.contains(shapely.Point(TO_BNG.transform(-1.41, 53.415)))


def test_an_extract_whose_head_says_nothing_covers_the_box_of_its_streets_and_buildings(
    town: Extract, found_in: Reading
) -> None:
    town.way([(0, 0), (100, 0)], highway="residential")
    town.area(20, 40, 10, 10, building="house")
    town.area(5_000, 5_000, natural="wood")  # woods are drawn far beyond where all else is
    for table in found_in().values():
        assert same_place(table.attrs["covers"], block(0, 0, 100, 50))


def test_an_extract_without_streets_covers_the_box_of_what_it_holds(town: Extract, found_in: Reading) -> None:
    town.area(0, 0, leisure="park")
    assert same_place(found_in()["open_land"].attrs["covers"], block(0, 0))


@pytest.mark.parametrize("bounds", [(-90, -180, 90, 180), (40, 20, 41, 21)], ids=["the whole world", "elsewhere"])
def test_a_head_that_says_too_much_or_another_place(
    town: Extract, tmp_path: Path, bounds: tuple[float, float, float, float]
) -> None:
    town.way([(0, 0), (100, 50)], highway="residential")
    covers = read("openstreetmap", with_bounds(town.save(tmp_path / "town.osm"), *bounds))["roads"].attrs["covers"]
    assert covers.is_valid
    assert shapely.buffer(covers, 0.01).contains(block(0, 0, 100, 50))
    assert same_place(covers, block(0, 0, 100, 50)) == (bounds[0] == 40)


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


@pytest.mark.realdata
def test_real_streets_say_where_they_have_footways(london: dict[str, gpd.GeoDataFrame]) -> None:
    # 548 ways say sidewalk=both and 58 separate; a few of them are paths or run in tunnels.
    counts = london["roads"]["footway"].value_counts()
    assert 500 < counts["both"] <= 548
    assert 40 < counts["separate"] <= 58
    assert set(counts.index) == {"both", "left", "right", "none", "separate"}
    assert (london["paths"]["footway"] == "sidewalk").sum() == 81


@pytest.mark.realdata
def test_real_ways_to_walk(london: dict[str, gpd.GeoDataFrame]) -> None:
    roads, paths, others = (london[layer] for layer in ("roads", "paths", "walkways"))
    assert (len(roads), len(paths), len(others)) == (1_131, 1_053, 48)  # underpasses, arcades and squares are new
    assert (int(roads["walkable"].sum()), int(paths["walkable"].sum())) == (1_066, 1_000)
    closed = roads.loc[~roads["walkable"], "highway"].value_counts()
    assert closed.to_dict() == {"service": 44, "unclassified": 15, "trunk": 5, "residential": 1}


@pytest.mark.realdata
def test_real_extracts_say_where_they_reach(data: Path, london: dict[str, gpd.GeoDataFrame]) -> None:
    covers = london["roads"].attrs["covers"]  # its head says nothing
    assert covers.contains(shapely.box(*london["buildings"].total_bounds))
    leeds = read("openstreetmap", data / "osm/its-example-leeds.osm.pbf")["roads"].attrs["covers"]
    west, south = TO_BNG.transform(-1.5611959, 53.8063025)  # its head
    assert leeds.bounds[:2] == pytest.approx((west, south), abs=5)
