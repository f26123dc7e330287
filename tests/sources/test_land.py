from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from tests.toy import block, line, point, table
from treeplan.errors import DataError
from treeplan.sources import read

GREENSPACE = {"function": "site_type", "name": "site_name"}
FUNCTIONS = {
    "Public Park Or Garden": "park",
    "Play Space": "play_space",
    "Playing Field": "playing_field",
    "Other Sports Facility": "other_sports",
    "Golf Course": "golf",
    "Tennis Court": "tennis",
    "Bowling Green": "bowling",
    "Allotments Or Community Growing Spaces": "allotments",
    "Cemetery": "cemetery",
    "Religious Grounds": "religious",
}


def write_map(path: Path, shapes: list[shapely.Geometry], layer: str | None = None, **columns: Any) -> Path:
    table(shapes, **columns).to_file(path, layer=layer)
    return path


def only(name: str, path: Path, **settings: Any) -> gpd.GeoDataFrame:
    (found,) = read(name, path, **settings).values()
    return found


# ---------------------------------------------------------------- green space


def test_each_function_of_green_space_has_its_land_use(tmp_path: Path) -> None:
    path = write_map(
        tmp_path / "greenspace.gpkg",
        [block(200 * i, 0) for i in range(10)],
        id=[f"id{i}" for i in range(10)],
        function=list(FUNCTIONS),
        distinctive_name_1=["Town Park", *[None] * 9],
    )
    found = read("open_greenspace", path)["open_land"]
    assert found["land_use"].tolist() == list(FUNCTIONS.values())
    assert found["ground_id"].tolist() == [f"id{i}" for i in range(10)]
    assert found["name"].iloc[0] == "Town Park"
    assert found["name"].isna().sum() == 9
    assert set(found["origin"]) == {"OS Open Greenspace"}
    assert found.geometry.area.sum() == pytest.approx(100_000)


def test_green_space_and_its_entrances_are_two_layers_of_one_file(tmp_path: Path) -> None:
    path = tmp_path / "opgrsp_gb.gpkg"
    write_map(path, [block(0, 0)], layer="greenspace_site", id=["A"], function=["Cemetery"])
    write_map(
        path,
        [point(0, 50), point(100, 50)],
        layer="access_point",
        access_type=["Pedestrian", "Motor Vehicle"],
        ref_to_greenspace_site=["A", "A"],
    )
    assert read("open_greenspace", path)["open_land"]["land_use"].tolist() == ["cemetery"]
    entrances = read("greenspace_access", path)["access_points"]
    assert entrances[["access_type", "ground_id"]].to_numpy().tolist() == [["Pedestrian", "A"], ["Motor Vehicle", "A"]]


def test_green_space_under_a_users_own_headings(tmp_path: Path) -> None:
    path = write_map(tmp_path / "sites.gpkg", [block(0, 0)], site_type=["Play Space"], site_name=["Swings"])
    found = read("open_greenspace", path, columns=GREENSPACE)["open_land"]
    assert found[["land_use", "name"]].to_numpy().tolist() == [["play_space", "Swings"]]
    assert found["ground_id"].isna().all()


@pytest.mark.parametrize("function", ["School Grounds", None])
def test_an_unknown_function_is_refused(tmp_path: Path, function: str | None) -> None:
    path = write_map(tmp_path / "sites.gpkg", [block(0, 0), block(200, 0)], function=["Cemetery", function])
    with pytest.raises(DataError, match=r"sites\.gpkg(.|\n)*(School Grounds|empty cells)(.|\n)*What to do: "):
        read("open_greenspace", path)


# ---------------------------------------------------------------- other land


@pytest.mark.parametrize("heading", ["ALC_GRADE", "alc_grade", "grade"])
def test_farmland_class(tmp_path: Path, heading: str) -> None:
    path = write_map(tmp_path / "alc.gpkg", [block(0, 0), block(200, 0)], **{heading: ["Grade 2", "Non Agricultural"]})
    found = read("agricultural_land_class", path)["farmland_class"]
    assert found["grade"].tolist() == ["Grade 2", "Non Agricultural"]


@pytest.mark.parametrize(
    ("name", "layer", "shape"),
    [
        ("green_belt", "green_belt", block(0, 0)),
        ("railways", "railways", line((0, 0), (100, 0))),
    ],
)
def test_maps_of_shapes_alone(tmp_path: Path, name: str, layer: str, shape: shapely.Geometry) -> None:
    found = read(name, write_map(tmp_path / "map.gpkg", [shape], note=["x"]))[layer]
    assert list(found.columns) == ["geometry"]
    assert found.geometry.iloc[0].equals(shape)


def test_substations_may_be_points_or_areas(tmp_path: Path) -> None:
    path = write_map(tmp_path / "power.gpkg", [block(0, 0), point(300, 0)], name=["Grid", None], voltage=["33000", ""])
    found = read("substations", path)["substations"]
    assert found.geometry.geom_type.tolist() == ["Polygon", "Point"]
    assert found["name"].iloc[0] == "Grid"


def test_watercourses_keep_name_and_form(tmp_path: Path) -> None:
    path = write_map(tmp_path / "rivers.gpkg", [line((0, 0), (300, 400))], name1=["River Don"], form=["inlandRiver"])
    found = read("watercourses", path)["watercourses"]
    assert found[["name", "form"]].to_numpy().tolist() == [["River Don", "inlandRiver"]]
    assert found.geometry.length.tolist() == [500]


@pytest.mark.parametrize("heading", ["flood_zone", "zone", "layer", "TYPE"])
def test_flood_zones_under_the_headings_of_each_edition(tmp_path: Path, heading: str) -> None:
    path = tmp_path / "floods.gpkg"
    table([block(0, 0), block(200, 0)], **{heading: ["FZ2", "FZ3"]}).to_file(path)
    assert read("flood_zones", path)["flood_zones"]["zone"].tolist() == ["FZ2", "FZ3"]


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("FZ3", "FZ3"),
        (" fz2 ", "FZ2"),
        ("Flood Zone 3", "FZ3"),
        ("Flood_Zone_2", "FZ2"),
        ("Zone 3b", "FZ3"),
        ("Flood Map for Planning (Rivers and Sea) - Flood Zone 3", "FZ3"),
        ("3", "FZ3"),
        (2, "FZ2"),
        (3.0, "FZ3"),
    ],
)
def test_the_words_for_a_flood_zone(tmp_path: Path, said: Any, zone: str) -> None:
    found = read("flood_zones", write_map(tmp_path / "floods.gpkg", [block(0, 0)], flood_zone=[said]))["flood_zones"]
    assert found["zone"].tolist() == [zone]
    assert sorted(found.columns) == ["geometry", "zone"]


def test_flood_zone_1_is_all_other_land(tmp_path: Path) -> None:
    path = write_map(tmp_path / "floods.gpkg", [block(0, 0), block(200, 0)], flood_zone=["FZ1", "FZ2"])
    assert read("flood_zones", path)["flood_zones"]["zone"].tolist() == ["FZ2"]


@pytest.mark.parametrize("said", ["Fluvial Models", "FZ4", "13", None, "Zone", "1 in 100"])
def test_what_is_no_flood_zone_is_refused(tmp_path: Path, said: Any) -> None:
    path = write_map(tmp_path / "floods.gpkg", [block(0, 0), block(200, 0)], flood_zone=["FZ3", said])
    with pytest.raises(DataError) as caught:
        read("flood_zones", path)
    assert f"zone: is no flood zone: {said or 'empty cells'}" in str(caught.value)
    assert "What to do: the zones are FZ2 and FZ3" in str(caught.value)


def test_the_right_layer_of_the_agencys_file_need_not_be_named(tmp_path: Path) -> None:
    path = write_map(tmp_path / "f.gpkg", [block(0, 0)], layer="Flood_Zones_2_3_Rivers_and_Sea", flood_zone=["FZ3"])
    write_map(path, [block(0, 0)], layer="other", flood_zone=["FZ9"])
    assert len(read("flood_zones", path)["flood_zones"]) == 1


# ---------------------------------------------------------------- real files (totals: STUDIES.md)


@pytest.fixture(scope="module")
def greenspace(data: Path) -> gpd.GeoDataFrame:
    return only("open_greenspace", data / "trafford/trafford_os_open_greenspace_sites.gpkg", columns=GREENSPACE)


@pytest.mark.realdata
def test_real_green_space_overlaps_itself(greenspace: gpd.GeoDataFrame) -> None:
    assert len(greenspace) == 427
    assert greenspace.geometry.area.sum() / 1e4 == pytest.approx(948.0, abs=0.06)
    assert greenspace.geometry.union_all().area / 1e4 == pytest.approx(877.4, abs=0.06)
    assert greenspace["name"].isna().sum() == 314
    assert greenspace["ground_id"].isna().all()


@pytest.mark.realdata
def test_real_green_space_by_land_use(greenspace: gpd.GeoDataFrame) -> None:
    hectares = greenspace.geometry.area.groupby(greenspace["land_use"]).sum() / 1e4
    assert hectares.to_dict() == pytest.approx(
        {
            "golf": 321.6,
            "playing_field": 226.5,
            "other_sports": 156.8,
            "park": 126.4,
            "allotments": 41.2,
            "cemetery": 28.3,
            "religious": 20.7,
            "bowling": 11.8,
            "play_space": 10.9,
            "tennis": 3.6,
        },
        abs=0.06,
    )


@pytest.mark.realdata
def test_real_entrances_all_touch_a_green_space(data: Path, greenspace: gpd.GeoDataFrame) -> None:
    entrances = only("greenspace_access", data / "trafford/trafford_os_open_greenspace_access_points.gpkg")
    assert len(entrances) == 893
    assert entrances.geometry.dwithin(greenspace.geometry.union_all(), 1).all()


@pytest.mark.realdata
def test_real_farmland_by_grade(data: Path) -> None:
    found = only("agricultural_land_class", data / "trafford/trafford_alc.gpkg")
    hectares = (found.geometry.area.groupby(found["grade"]).sum() / 1e4).round()
    assert {grade: hectares[grade] for grade in ("Grade 2", "Grade 3", "Grade 4")} == {
        "Grade 2": 2342,
        "Grade 3": 1705,
        "Grade 4": 205,
    }


@pytest.mark.realdata
def test_real_railways(data: Path) -> None:
    found = only("railways", data / "south-yorkshire/railways_os_vectormap.gpkg")
    assert len(found) == 2323
    assert found.geometry.length.sum() / 1e3 == pytest.approx(374.5, abs=0.06)


@pytest.mark.realdata
def test_real_watercourses(data: Path) -> None:
    found = only("watercourses", data / "trafford/trafford_watercourses.gpkg")
    assert len(found) == 78
    assert "River Mersey" in set(found["name"])


@pytest.mark.realdata
def test_real_green_belt_renewables_and_substations(data: Path) -> None:
    belt = only("green_belt", data / "south-yorkshire/green_belt_foe.gpkg")
    assert len(belt) == 35
    assert belt.geometry.area.sum() / 1e6 == pytest.approx(748, abs=0.6)
    assert len(only("renewables", data / "south-yorkshire/existing_renewables_foe.gpkg")) == 27
    assert len(only("substations", data / "south-yorkshire/power_substations_osm.gpkg")) == 93
