from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from pyproj import Transformer
from rasterio.transform import from_bounds, from_origin

from tests.conftest import ROOT
from tests.toy import CODES, EAST, NORTH, WEIGHTS, Toy, block, point, table
from treeplan.errors import DataError, StudyError
from treeplan.layers import SETTINGS_READ, Layers, load_layers, margin_m, same_layers
from treeplan.study import Study, load_study, make_study


def write(folder: Path, name: str, content: gpd.GeoDataFrame | pd.DataFrame) -> dict[str, str]:
    if isinstance(content, gpd.GeoDataFrame):
        content.to_file(folder / name)
    else:
        content.to_csv(folder / name, index=False)
    return {"path": name}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Any]:
    """The least a study needs: districts, neighbourhoods, residents."""
    zones = table([block(1000 * i, 0, 1000, 1000) for i in range(3)], LSOA21CD=CODES, LSOA21NM=["A", "B", "C"])
    districts = table(
        [block(0, 0, 2000, 1000), block(2000, 0, 1000, 1000)],
        LAD24CD=["E08000001", "E08000016"],
        LAD24NM=["Left", "Right"],
    )
    residents = pd.DataFrame({"geography code": CODES, "Residence type: Total; measures: Value": [1000, 1000, 1000]})
    return {
        "districts": write(tmp_path, "districts.gpkg", districts),
        "lsoa_2021": write(tmp_path, "lsoa.gpkg", zones),
        "census_residents": write(tmp_path, "residents.csv", residents),
    }


STUDY = {"name": "T", "places": ["E08000001"], "weights": WEIGHTS, "plan": {"budget_gbp": 1}}


def load(folder: Path, sources: dict[str, Any], **changes: Any) -> Layers:
    return load_layers(make_study({**STUDY, "sources": sources, "data_dir": ".", **changes}, folder=folder))


def test_neighbourhoods_of_other_districts_are_only_in_the_margin(tmp_path: Path, files: dict[str, Any]) -> None:
    zones = load(tmp_path, files)["neighbourhoods"]
    assert zones["inside"].tolist() == [True, True, False]
    assert zones["district_name"].tolist() == ["Left", "Left", "Right"]


@pytest.mark.parametrize("code", ["E08000016", "E08000038"])
def test_an_old_and_a_new_code_name_one_district(tmp_path: Path, files: dict[str, Any], code: str) -> None:
    zones = load(tmp_path, files, places=[code])["neighbourhoods"]
    assert zones.loc[zones["inside"], "lsoa21_code"].tolist() == CODES[2:]


def test_a_polygon_can_be_the_study_area(tmp_path: Path, files: dict[str, Any]) -> None:
    area = write(tmp_path, "area.gpkg", table([block(600, 0, 1400, 1000)]))["path"]
    layers = load(tmp_path, files, places=[], area=area)
    assert layers.area.area == pytest.approx(1_400_000)
    assert layers["neighbourhoods"]["inside"].tolist() == [True, True, False]  # two fifths of the first lie inside
    assert "area" in {e.source for e in layers.editions}


def test_missing_layers_are_listed(tmp_path: Path, files: dict[str, Any]) -> None:
    layers = load(tmp_path, files)
    assert "open_land" in layers.missing
    assert "districts" not in layers.missing
    assert len(layers.shapes("open_land")) == 0


def test_editions_carry_hash_licence_and_credit(tmp_path: Path, files: dict[str, Any]) -> None:
    for edition in load(tmp_path, files).editions:
        assert len(edition.sha256) == 64
        assert edition.licence == "OGL-UK-3.0"
        assert edition.attribution


def test_of_two_sources_for_one_layer_the_first_declared_is_used(tmp_path: Path, files: dict[str, Any]) -> None:
    from treeplan.sources.deprivation import _RANKS

    new = pd.DataFrame({"LSOA code (2021)": CODES} | {theirs[0]: [1, 2, 3] for theirs in _RANKS.values()})
    old = pd.DataFrame({"LSOA code (2011)": CODES} | {theirs[0]: [9, 9, 9] for theirs in _RANKS.values()})
    sources = {
        **files,
        "deprivation_domains_2019": write(tmp_path, "old.csv", old),
        "deprivation_2025": write(tmp_path, "new.csv", new),
    }
    layers = load(tmp_path, sources)
    assert "lsoa21_code" in layers["deprivation"]
    assert "deprivation_domains_2019" not in {e.source for e in layers.editions}


def test_gathered_layers_take_every_source(tmp_path: Path, files: dict[str, Any]) -> None:
    sources = {
        **files,
        "schools": write(tmp_path, "schools.gpkg", table([point(100, 100)], name=["A school"])),
        "allotments": write(tmp_path, "allotments.gpkg", table([block(200, 200)], name=["Plots"])),
    }
    assert load(tmp_path, sources)["community_places"]["kind"].tolist() == ["school", "allotments"]


def test_protected_land_of_several_kinds_is_one_layer(tmp_path: Path, files: dict[str, Any]) -> None:
    sources = {
        **files,
        "special_areas_of_conservation": write(tmp_path, "sac.gpkg", table([block(0, 0)], SAC_NAME=["Old Moor"])),
        "national_nature_reserves": write(tmp_path, "nnr.gpkg", table([block(200, 0)], ref=["1"])),
    }
    found = load(tmp_path, sources)["protected"]
    assert found["kind"].tolist() == ["special area of conservation", "national nature reserve"]
    assert found["name"].iloc[0] == "Old Moor"
    assert found.geometry.area.tolist() == [10_000, 10_000]


def test_field_checks_are_a_layer_without_shapes(tmp_path: Path, files: dict[str, Any]) -> None:
    checked = pd.DataFrame({"site_id": ["P1", "P2"], "field_status": ["planted", "visited"]})
    layers = load(tmp_path, {**files, "field_checks": write(tmp_path, "checks.csv", checked)})
    assert layers["field_checks"]["field_status"].tolist() == ["planted", "visited"]
    assert "field_checks" not in layers.missing
    assert "peat" in layers.missing


def test_sheets_of_several_workshops_are_one_layer(tmp_path: Path, files: dict[str, Any]) -> None:
    first = pd.DataFrame({"person": [1], "group": ["a"], "method": ["points"]}).assign(**WEIGHTS)
    second = pd.DataFrame({"person": [1], "group": ["b"], "method": ["pairs"], "heat : air": [3]})
    paths = [write(tmp_path, name, rows)["path"] for name, rows in (("one.csv", first), ("two.csv", second))]
    layers = load(tmp_path, {**files, "workshop_weights": {"path": paths}})
    assert layers["workshop_weights"][["group", "method"]].to_numpy().tolist() == [["a", "points"], ["b", "pairs"]]
    assert layers["workshop_weights"]["heat : air"].tolist() == pytest.approx([float("nan"), 3], nan_ok=True)
    assert layers.counts["workshop_weights"] == {"read": 2, "kept": 2}


def test_the_study_file_says_how_many_features_there_are(tmp_path: Path, files: dict[str, Any]) -> None:
    peat = write(tmp_path, "peat.gpkg", table([block(0, 0)]))
    assert len(load(tmp_path, {**files, "peaty_soils": {**peat, "features": 1}})["peat"]) == 1
    with pytest.raises(DataError, match=r"peat\.gpkg holds 1 features, expected 2"):
        load(tmp_path, {**files, "peaty_soils": {**peat, "features": 2}})


def test_features_beyond_the_margin_are_left_out_and_counted(tmp_path: Path, files: dict[str, Any]) -> None:
    sources = {
        **files,
        "trees": write(tmp_path, "trees.gpkg", table([point(100, 100), point(2500, 100), point(9000, 100)])),
    }
    layers = load(tmp_path, sources)
    assert len(layers["trees"]) == 2
    assert layers.counts["trees"] == {"read": 3, "kept": 2}


def test_woods_are_kept_as_far_as_people_go_for_them(tmp_path: Path, files: dict[str, Any]) -> None:
    woods = table([block(500, 500), block(-1500, 0), block(-4050, 0), block(-4150, 0)])
    files["woodland"] = write(tmp_path, "woods.gpkg", woods)
    layers = load(tmp_path, files, people={"walk_m": 500})
    assert len(layers["woodland"]) == 3  # to 4 km
    assert margin_m(make_study(STUDY | {"people": {"walk_m": 4500}}), "woodland") == 4500
    assert margin_m(make_study(STUDY)) == 1000


def test_a_layer_of_another_place_is_an_error_not_a_pass(tmp_path: Path, files: dict[str, Any]) -> None:
    far = table([shapely.box(500_000, 200_000, 500_100, 200_100)])
    with pytest.raises(DataError, match="'sssi' lies somewhere else"):
        load(tmp_path, {**files, "sssi": write(tmp_path, "sssi.gpkg", far)})


@pytest.mark.parametrize("east_m", [60_000, -60_000])
def test_a_file_of_another_place_is_not_hidden_by_one_that_fits(
    tmp_path: Path, files: dict[str, Any], east_m: float
) -> None:
    """Both fill `community_places`; boundaries that reach far hide nothing either."""
    write(
        tmp_path,
        "lsoa.gpkg",
        table(
            [block(0, 0, 1000, 1000), block(1000, 0, 1000, 1000), block(east_m, 0, 1000, 1000)],
            LSOA21CD=CODES,
            LSOA21NM=["A", "B", "C"],
        ),
    )
    sources = {
        **files,
        "schools": write(tmp_path, "schools.gpkg", table([point(100, 100)], name=["A school"])),
        "allotments": write(tmp_path, "allotments.gpkg", table([block(east_m, 200)], name=["Plots"])),
    }
    with pytest.raises(DataError, match="the file of 'allotments' lies somewhere else"):
        load(tmp_path, sources)


def heights(folder: Path, value: float) -> dict[str, str]:
    """A survey of 3 km by 1 km in cells of 10 m, one height throughout."""
    with rasterio.open(
        folder / "vom.tif", "w", driver="GTiff", height=100, width=300, count=1, dtype="float32", crs=27700,
        transform=from_origin(EAST, NORTH + 1000, 10, 10), nodata=-9999,
    ) as file:  # fmt: skip
        file.write(np.full((100, 300), value, dtype="float32"), 1)
    return {"path": "vom.tif"}


def test_a_survey_with_a_gap_over_the_whole_study_is_told(
    tmp_path: Path, files: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    sources = {**files, "vegetation_object_model": heights(tmp_path, -9999)}
    with pytest.raises(DataError, match=r"vom\.tif holds no cell anywhere in the study area"):
        load(tmp_path, sources)
    woods = write(tmp_path, "woods.gpkg", table([block(0, 0)]))
    layers = load(tmp_path, {**sources, "woodland": woods})
    assert "It is not used" in caplog.text
    assert "canopy_height" in layers.missing
    assert "vegetation_object_model" not in {e.source for e in layers.editions}
    assert "canopy_height" in load(tmp_path, {**files, "vegetation_object_model": heights(tmp_path, 12)})


def test_a_file_that_may_not_be_read_is_told(
    tmp_path: Path, files: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(self: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "exists", denied)
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path, files)


def test_an_own_constraint_s_file_is_read(tmp_path: Path, files: dict[str, Any]) -> None:
    own = {
        "meadows": {**write(tmp_path, "meadows.gpkg", table([block(10, 10)])), "class": "excluded", "reason": "meadow"}
    }
    assert len(load(tmp_path, files, constraints=own)["own:meadows"]) == 1


def test_all_missing_files_come_in_one_message(tmp_path: Path, files: dict[str, Any]) -> None:
    with pytest.raises(DataError) as caught:
        load(tmp_path, {**files, "trees": {"path": "no/trees.gpkg"}, "sssi": {"path": "no/sssi.gpkg"}})
    assert "2 files" in str(caught.value)
    assert "[sources.trees] no/trees.gpkg" in str(caught.value)
    assert "[sources.sssi] no/sssi.gpkg" in str(caught.value)


@pytest.mark.parametrize(
    ("drop", "said"),
    [
        ("lsoa_2021", "without: neighbourhoods"),
        ("census_residents", "without: residents"),
        ("districts", "no district boundaries"),
    ],
)
def test_a_study_without_what_it_needs_is_told(tmp_path: Path, files: dict[str, Any], drop: str, said: str) -> None:
    with pytest.raises(StudyError, match=said):
        load(tmp_path, {name: s for name, s in files.items() if name != drop})


def test_an_unknown_source_is_told(tmp_path: Path, files: dict[str, Any]) -> None:
    with pytest.raises(StudyError, match="names no source"):
        load(tmp_path, {**files, "tres": {"path": "x"}})


def test_a_lookup_of_other_neighbourhoods_is_told(tmp_path: Path, files: dict[str, Any]) -> None:
    lookup = pd.DataFrame(
        {
            "LSOA21CD": ["E01000009"],
            "WD24CD": ["E05000001"],
            "WD24NM": ["W"],
            "LAD24CD": ["E08000001"],
            "LAD24NM": ["L"],
        }
    )
    with pytest.raises(DataError, match="the lookup to wards and districts lacks 2 neighbourhoods"):
        load(tmp_path, {**files, "lsoa_to_ward": write(tmp_path, "lookup.csv", lookup)})


def test_a_small_layer_with_nothing_near_is_a_warning(
    tmp_path: Path, files: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    write(
        tmp_path,
        "lsoa.gpkg",
        table([block(1000 * i, 0, 1000, 1000) for i in (0, 1, 9)], LSOA21CD=CODES, LSOA21NM=["A", "B", "C"]),
    )
    layers = load(tmp_path, {**files, "sssi": write(tmp_path, "sssi.gpkg", table([block(9500, 100)]))})
    assert len(layers["sssi"]) == 0
    assert "'sssi' has nothing near the study area" in caplog.text


def test_neighbourhoods_that_stop_at_the_border_are_told(
    tmp_path: Path, files: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    load(tmp_path, files)
    assert "people who live just across it are not counted" in caplog.text


def test_an_area_file_that_is_not_there_is_told(tmp_path: Path, files: dict[str, Any]) -> None:
    with pytest.raises(StudyError, match="does not exist"):
        load(tmp_path, files, places=[], area="nowhere.gpkg")


def test_an_extract_and_a_query_of_one_place_are_not_both_taken(tmp_path: Path) -> None:
    study = make_study(
        {
            "name": "X",
            "places": ["E08000001"],
            "data_dir": str(tmp_path),
            "weights": WEIGHTS,
            "plan": {"budget_gbp": 1},
            "sources": {
                "openstreetmap": {"path": "a.osm.pbf"},
                "openstreetmap_query": {"path": "a.parquet"},
            },
        }
    )
    with pytest.raises(StudyError, match="would count twice"):
        load_layers(study)


def test_a_layer_that_gathers_takes_several_files(tmp_path: Path, files: dict[str, Any]) -> None:
    one = write(tmp_path, "west.gpkg", table([block(100, 100)]))["path"]
    other = write(tmp_path, "east.gpkg", table([block(1100, 100), block(1300, 100)]))["path"]
    layers = load(tmp_path, files | {"woodland": {"path": [one, other]}})
    assert len(layers["woodland"]) == 3
    assert [e.path for e in layers.editions if e.source == "woodland"] == [one, other]


def test_several_files_for_a_layer_that_takes_one_are_told(tmp_path: Path, files: dict[str, Any]) -> None:
    own = write(tmp_path, "sssi.gpkg", table([block(100, 100)]))["path"]
    with pytest.raises(StudyError, match="are read from one"):
        load(tmp_path, files | {"sssi": {"path": [own, own]}})


def test_a_count_of_features_is_of_one_file(tmp_path: Path, files: dict[str, Any]) -> None:
    with pytest.raises(StudyError, match="count of one file"):
        load(tmp_path, files | {"woodland": {"path": ["a.gpkg", "b.gpkg"], "features": 3}})


def test_a_raster_may_be_a_folder_of_tiles_with_gaps(
    tmp_path: Path, files: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Tiles of 2018 and 2021 over the west half of the first neighbourhood and the whole of the second."""
    (tmp_path / "vom").mkdir()
    for name, west, wide in (("a_2018", 0, 500), ("b_2021", 1000, 1000)):
        with rasterio.open(
            tmp_path / f"vom/{name}.tif", "w", driver="GTiff", height=100, width=wide // 10, count=1, dtype="float32",
            crs=27700, nodata=-9999, transform=from_origin(EAST + west, NORTH + 1000, 10, 10),
        ) as file:  # fmt: skip
            file.write(np.full((100, wide // 10), 5, dtype="float32"), 1)
    sources = files | {"vegetation_object_model": {"path": "vom"}}
    layers = load(tmp_path, sources)
    assert layers.covers["canopy_height"].area == 1_500_000
    (edition,) = [e for e in layers.editions if e.source == "vegetation_object_model"]
    assert (edition.path, edition.vintage) == ("vom", "flown 2018, 2021")
    assert edition.size_bytes == sum(p.stat().st_size for p in (tmp_path / "vom").iterdir())
    assert "different years: 2018 (1 tile), 2021 (1 tile)" in caplog.text
    (tmp_path / "vom/a_2018.tif").rename(tmp_path / "vom/c_2018.tif")
    (renamed,) = [e for e in load(tmp_path, sources).editions if e.source == "vegetation_object_model"]
    assert renamed.sha256 != edition.sha256
    with pytest.raises(StudyError, match="are read from one"):
        load(tmp_path, files | {"districts": {"path": ["districts.gpkg", "districts.gpkg"]}})


def test_a_raster_in_degrees_names_the_setting_that_warps_it(tmp_path: Path, files: dict[str, Any]) -> None:
    east, north = np.array([EAST, EAST + 3000]), np.array([NORTH, NORTH + 1000])
    lon, lat = Transformer.from_crs(27700, 4326, always_xy=True).transform(east, north)
    with rasterio.open(
        tmp_path / "cover.tif", "w", driver="GTiff", height=100, width=100, count=1, dtype="uint8", crs=4326, nodata=0,
        transform=from_bounds(lon[0], lat[0], lon[1], lat[1], 100, 100),
    ) as file:  # fmt: skip
        file.write(np.full((100, 100), 10, dtype="uint8"), 1)
    with pytest.raises(DataError, match="warp = true"):
        load(tmp_path, files | {"land_cover": {"path": "cover.tif"}})
    layers = load(tmp_path, files | {"land_cover": {"path": "cover.tif", "warp": True}})
    assert layers["land_cover"].tiles[0].warped_from == "EPSG:4326"


# ---------------------------------------------------------------- layers that two studies share


def test_layers_depend_on_no_setting_but_those_that_are_compared() -> None:
    asked: set[str] = set()

    class Watched(Study):
        def __getattribute__(self, name: str) -> Any:
            if name in Study.model_fields:
                asked.add(name)
            return super().__getattribute__(name)

    study = load_study(ROOT / "studies" / "demo.toml")
    watched = Watched.model_validate({**study.model_dump(exclude_unset=True, by_alias=True), "folder": study.folder})
    asked.clear()
    load_layers(watched)
    assert "sources" in asked
    assert asked <= set(SETTINGS_READ)


def test_studies_share_layers_where_files_places_and_constraints_are_the_same(toy: Toy) -> None:
    own = toy.study()
    for same in ({"weights": {**WEIGHTS, "heat": 5}}, {"plan": {"budget_gbp": 5}}, {"land": {"take_in": ["golf"]}}):
        assert same_layers(own, toy.study(**same))
    for other in (
        {"places": ["E08000002"]},
        {"people": {"walk_m": 900}},
        {"constraints": {"road": {"keep_off_m": 2000}}},
        {"sources": {"trees": {"path": "trees.gpkg"}}},
        {"invented": True},
    ):
        assert not same_layers(own, toy.study(**other))
