from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal

from tests.conftest import ROOT
from tests.sources.made_extract import Extract
from tests.toy import block
from treeplan.errors import DataError
from treeplan.sources import osm_tags, read
from treeplan.sources.osm_query import QUERY_TAGS, layers_from_osmnx, query_openstreetmap

Tables = dict[str, gpd.GeoDataFrame]
Both = Callable[[], tuple[Tables, Tables]]


def as_xml(extract: Path, folder: Path) -> Path:
    """The same extract as OSM XML, which osmnx reads."""
    path = folder / f"{extract.name.split('.')[0]}.osm"
    with osmium.SimpleWriter(str(path)) as writer:
        for thing in osmium.FileProcessor(str(extract)):
            writer.add(thing)
    return path


def asked(xml: Path) -> gpd.GeoDataFrame:
    import osmnx

    return osmnx.features_from_xml(xml)


def assert_same(extract: Tables, query: Tables) -> None:
    """The same layers, columns, ids, attributes, outlines (to a centimetre) and directions."""
    assert list(extract) == list(query)
    for layer, table in extract.items():
        other = query[layer]
        assert_frame_equal(table.drop(columns="geometry"), other.drop(columns="geometry"), obj=layer)
        ours, theirs = table.geometry.to_numpy(), other.geometry.to_numpy()
        assert (shapely.get_type_id(ours) == shapely.get_type_id(theirs)).all(), layer
        assert (shapely.hausdorff_distance(ours, theirs) < 0.01).all(), layer
        assert np.allclose(shapely.area(ours), shapely.area(theirs), atol=0.01), layer
        lines = shapely.get_type_id(ours) == 1
        assert (shapely.distance(shapely.get_point(ours[lines], 0), shapely.get_point(theirs[lines], 0)) < 0.01).all()


@pytest.fixture
def both(tmp_path: Path, town: Extract) -> Both:
    """The town by the reader of an extract and by osmnx."""

    def read_both() -> tuple[Tables, Tables]:
        path = town.save(tmp_path / "town.osm")
        return read("openstreetmap", path), layers_from_osmnx(asked(path))

    return read_both


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> gpd.GeoDataFrame:
    """The demo town as osmnx gives it."""
    return asked(as_xml(ROOT / "data/demo/town.osm.pbf", tmp_path_factory.mktemp("demo")))


# ---------------------------------------------------------------- the same as an extract


def test_the_demo_town_is_the_same_from_osmnx(demo: gpd.GeoDataFrame) -> None:
    extract, query = read("openstreetmap", ROOT / "data/demo/town.osm.pbf"), layers_from_osmnx(demo)
    assert len(query["roads"]) > 600
    assert_same(extract, query)


@pytest.mark.heavy
@pytest.mark.realdata
@pytest.mark.parametrize("name", ["central-london", "its-example-leeds"])
def test_real_places_are_the_same_from_osmnx(data: Path, tmp_path: Path, name: str) -> None:
    path = data / f"osm/{name}.osm.pbf"
    assert_same(read("openstreetmap", path), layers_from_osmnx(asked(as_xml(path, tmp_path))))


def test_rings_of_every_sort_are_the_same(town: Extract, both: Both) -> None:
    town.area(0, 0, 20, 20, highway="tertiary", junction="roundabout")
    town.area(100, 0, highway="pedestrian", area="yes", leisure="park")
    town.area(300, 0, waterway="stream")
    town.area(500, 0, landuse="grass", natural="cliff")
    town.area(700, 0, landuse="grass", area="no")
    town.multipolygon([town.area(0, 200)], [town.area(40, 240, 20, 20)], leisure="park")
    town.multipolygon([town.area(200, 200), town.area(300, 200)], [], landuse="grass")
    town.multipolygon(
        [town.area(500, 200), town.area(540, 240, 20, 20)], [town.area(520, 220, 60, 60)], landuse="grass"
    )
    extract, query = both()
    assert {layer: len(table) for layer, table in query.items()} == {
        "open_land": 5,
        "roads": 1,
        "walkways": 1,
        "closed_land": 1,  # a paved square, whatever else it is
        "watercourses": 1,
    }
    assert_same(extract, query)


def test_what_is_cut_off_is_left_out_by_both(town: Extract, both: Both) -> None:
    town.area(0, 0, leisure="park")
    town._way([town.node(200, 0), town.node(250, 0), 999], {"highway": "service"})
    town.multipolygon([town.way([(300, 0), (400, 0), (400, 100)]), 998], [], landuse="cemetery")
    extract, query = both()
    assert list(query) == ["open_land"]
    assert_same(extract, query)


# ---------------------------------------------------------------- where the two must differ


def test_osmnx_mends_a_ring_that_crosses_itself_and_an_extract_leaves_it_out(town: Extract, both: Both) -> None:
    town.area(200, 0, landuse="grass")
    refs = [town.node(*p) for p in [(0, 0), (100, 100), (100, 0), (0, 100)]]
    town._way([*refs, refs[0]], {"leisure": "park"})
    extract, query = both()
    assert extract["open_land"]["land_use"].tolist() == ["grass"]
    parks = query["open_land"].set_index("land_use").geometry
    assert parks["park"].area == pytest.approx(5_000, rel=1e-3)  # two triangles of 100 m by 50 m


def test_osmnx_mends_outer_rings_that_overlap_and_an_extract_leaves_them_out(town: Extract, both: Both) -> None:
    town.area(300, 0, landuse="grass")
    town.multipolygon([town.area(0, 0), town.area(50, 0)], [], leisure="park")
    extract, query = both()
    assert extract["open_land"]["land_use"].tolist() == ["grass"]
    assert sorted(query["open_land"].area.round(-2)) == [10_000, 15_000]


def test_a_member_without_a_role_is_an_outer_ring_in_an_extract_and_nothing_to_osmnx(town: Extract, both: Both) -> None:
    town.area(200, 0, landuse="grass")
    number = town.multipolygon([town.area(0, 0)], [], leisure="park")
    town.relations = [relation.replace('role="outer"', 'role=""') for relation in town.relations]
    extract, query = both()
    assert f"osm-relation-{number}" in set(extract["open_land"]["ground_id"])
    assert query["open_land"]["land_use"].tolist() == ["grass"]


# ---------------------------------------------------------------- files saved from osmnx


@pytest.mark.parametrize("name", ["town.parquet", "town.gpkg"])
def test_a_saved_query_is_a_source(demo: gpd.GeoDataFrame, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if path.suffix == ".parquet":
        demo.to_parquet(path)
    else:
        demo.to_file(path, layer="features")
    assert_same(layers_from_osmnx(demo), read("openstreetmap_query", path))


def test_a_saved_query_says_where_it_reaches(demo: gpd.GeoDataFrame, tmp_path: Path) -> None:
    demo.to_parquet(tmp_path / "town.parquet")
    for table in read("openstreetmap_query", tmp_path / "town.parquet").values():
        west, south, east, north = table.attrs["covers"].bounds
        assert (west, south, east, north) == pytest.approx((452_000, 396_000, 457_000, 400_000), abs=1)


def test_headings_of_older_osmnx_are_read(tmp_path: Path) -> None:
    columns = {"element_type": ["way"], "osmid": [7], "leisure": ["park"], "name": ["Mill Park"]}
    gpd.GeoDataFrame(columns, geometry=[block(0, 0)], crs=27700).to_parquet(tmp_path / "old.parquet")
    found = read("openstreetmap_query", tmp_path / "old.parquet")["open_land"]
    assert found[["ground_id", "land_use", "name"]].to_numpy().tolist() == [["osm-way-7", "park", "Mill Park"]]
    assert found.area.tolist() == [10_000]


def test_a_map_that_is_no_query_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "parks.gpkg"
    gpd.GeoDataFrame({"leisure": ["park"]}, geometry=[block(0, 0)], crs=27700).to_file(path)
    with pytest.raises(DataError, match=r"element: looked for(.|\n)*What to do: "):
        read("openstreetmap_query", path)


def features(**columns: list[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=[block(0, 0)], crs=27700)


@pytest.mark.parametrize("columns", [{"leisure": ["park"]}, {"element": ["park"], "id": [1], "leisure": ["park"]}])
def test_features_without_their_element_are_refused(columns: dict[str, list[object]]) -> None:
    with pytest.raises(DataError, match=r"node, way or relation(.|\n)*What to do: "):
        layers_from_osmnx(features(**columns))


def test_features_without_a_coordinate_system_are_refused() -> None:
    with pytest.raises(DataError, match=r"coordinate reference system(.|\n)*What to do: "):
        layers_from_osmnx(features(element=["way"], id=[1], leisure=["park"]).set_crs(None, allow_override=True))


def test_neighbouring_queries_put_together_tell_each_thing_once(demo: gpd.GeoDataFrame) -> None:
    north, south = demo.iloc[: len(demo) * 2 // 3], demo.iloc[len(demo) // 3 :]
    assert_same(layers_from_osmnx(demo), layers_from_osmnx(gpd.GeoDataFrame(pd.concat([north, south]))))


def test_features_of_no_use_are_refused() -> None:
    with pytest.raises(DataError, match=r"nothing that treeplan uses(.|\n)*What to do: "):
        layers_from_osmnx(features(element=["way"], id=[1], shop=["bakery"]))


def test_the_features_given_stay_as_they_are(demo: gpd.GeoDataFrame) -> None:
    before = demo.copy()
    layers_from_osmnx(demo)
    assert demo.equals(before)


# ---------------------------------------------------------------- asking


def wanted(key: str, value: str) -> bool:
    asked_for = QUERY_TAGS.get(key)
    return asked_for is True or value in (asked_for or [])


def test_all_that_the_rules_use_is_asked_for() -> None:
    tables = [(key, value) for key, value, _ in (*osm_tags.LAND, *osm_tags.FURNITURE)] + list(osm_tags.WATER)
    tables += [("amenity", value) for value in osm_tags.GROUPS] + [("place", value) for value in osm_tags.PLACES]
    tables += [
        ("power", "line"),
        ("power", "minor_line"),
        ("power", "generator"),
        ("man_made", "pipeline"),
        ("highway", "residential"),
    ]
    tables += [(key, "anything") for key in osm_tags.AREAL_KEYS if key not in ("amenity", "power")] + [
        ("railway", "rail")
    ]
    assert [pair for pair in tables if not wanted(*pair)] == []


def test_a_query_is_asked_in_degrees(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {}

    def answer(polygon: shapely.Polygon, tags: object) -> gpd.GeoDataFrame:
        given.update(polygon=polygon, tags=tags)
        return features(element=["way"], id=[1], leisure=["park"])

    monkeypatch.setitem(sys.modules, "osmnx", SimpleNamespace(features_from_polygon=answer))
    assert len(query_openstreetmap(block(0, 0))) == 1
    lon, lat = given["polygon"].centroid.coords[0]
    assert (round(lon, 1), round(lat, 1)) == (-1.4, 53.4)  # 440050 E, 390050 N lies by Sheffield
    assert given["tags"] == QUERY_TAGS


# ---------------------------------------------------------------- walk networks


def edges(*ways: dict[str, object]) -> gpd.GeoDataFrame:
    """The edges of a graph, one 100 m line each, as `save_graph_geopackage` writes them."""
    lines = [shapely.LineString([(440_000, 390_000 + 10 * k), (440_100, 390_000 + 10 * k)]) for k in range(len(ways))]
    return gpd.GeoDataFrame(list(ways), geometry=lines, crs=27700).to_crs(4326)


def walk(tmp_path: Path, *ways: dict[str, object]) -> gpd.GeoDataFrame:
    edges(*ways).to_file(tmp_path / "walk.gpkg", layer="edges")
    return read("walk_network", tmp_path / "walk.gpkg")["walkways"]


def test_an_edge_of_which_a_part_is_closed_is_not_walked(tmp_path: Path) -> None:
    open_way = {"highway": "path", "name": None, "access": None, "foot": "['yes', 'designated']"}
    closed = {"highway": "['path', 'track']", "name": None, "access": "['private', 'yes']", "foot": None}
    no_foot = {"highway": "path", "name": None, "access": None, "foot": "['no', 'yes']"}
    assert walk(tmp_path, open_way, closed, no_foot)["highway"].tolist() == ["path"]


def test_a_walk_network_saved_from_osmnx_is_a_source(tmp_path: Path) -> None:
    ways = walk(
        tmp_path,
        {"highway": "footway", "name": "Mill Walk", "foot": None},
        {"highway": "['steps', 'footway']", "name": None, "foot": None},
        {"highway": "motorway", "name": "M1", "foot": None},
        {"highway": "['trunk', 'motorway']", "name": None, "foot": None},
        {"highway": "trunk", "name": "A1", "foot": "no"},
        {"highway": "construction", "name": None, "foot": None},
        {"highway": None, "name": "a river, for a graph read from a file holds every way", "foot": None},
    )
    assert ways["highway"].tolist() == ["footway", "['steps', 'footway']"]
    assert ways["name"].iloc[0] == "Mill Walk"
    assert ways.length.tolist() == pytest.approx([100, 100], rel=1e-4)
    assert ways.attrs["covers"].area == pytest.approx(1_000, rel=1e-3)  # the hull of two lines 10 m apart


def test_a_network_for_cars_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    walk(tmp_path, {"highway": "residential"})
    assert 'holds no footpath. What to do: ask osmnx for network_type="walk"' in caplog.text


def test_a_network_without_its_kinds_of_way_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"highway: looked for(.|\n)*What to do: "):
        walk(tmp_path, {"kind": "footway"})


def test_a_network_on_which_nobody_may_walk_is_refused(tmp_path: Path) -> None:
    says = r"none of its 2 ways can be walked; found highway = motorway, trunk(.|\n)*What to do: ask osmnx"
    with pytest.raises(DataError, match=says):
        walk(tmp_path, {"highway": "motorway", "foot": None}, {"highway": "trunk", "foot": "no"})
