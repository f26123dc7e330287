from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from tests.toy import EAST, NORTH, block, point, table
from treeplan import zonal
from treeplan.errors import DataError
from treeplan.sources import read


def write_heights(path: Path, nodata: float | None = -9999) -> Path:
    """Four cells of 1 m: two trees, one bare cell, one gap in the survey."""
    cells = np.array([[12.5, 0], [-9999, 3.5]], dtype="float32")
    with rasterio.open(
        path, "w", driver="GTiff", height=2, width=2, count=1, dtype="float32", crs=27700,
        transform=from_origin(EAST, NORTH + 2, 1, 1), nodata=nodata,
    ) as file:  # fmt: skip
        file.write(cells, 1)
    return path


def test_woodland_keeps_its_id_and_shape(tmp_path: Path) -> None:
    path = tmp_path / "woods.gpkg"
    table([block(0, 0), block(200, 0, 50, 50)], ID=["w1", "w2"], FEATCODE=[15040, 15040]).to_file(path)
    found = read("woodland", path)["woodland"]
    assert found["wood_id"].tolist() == ["w1", "w2"]
    assert found.geometry.area.tolist() == [10_000, 2_500]


def test_what_the_forest_inventory_calls_no_woodland_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "nfi.gpkg"
    table([block(0, 0), block(200, 0)], CATEGORY=["Woodland", "Non woodland"]).to_file(path)
    found = read("woodland", path)["woodland"]
    assert list(found.columns) == ["geometry"]
    assert found.geometry.iloc[0].equals(block(0, 0))
    assert len(found) == 1


def test_trees_keep_species_and_street(tmp_path: Path) -> None:
    path = tmp_path / "trees.gpkg"
    table([point(1, 2), point(3, 4)], treeID=[7, 8], species=["Tilia", None], street=["Elm Row", "Elm Row"]).to_file(
        path
    )
    found = read("trees", path)["trees"]
    assert found["species"].iloc[0] == "Tilia"
    assert found["street"].tolist() == ["Elm Row", "Elm Row"]
    assert found.geometry.x.tolist() == [EAST + 1, EAST + 3]


def test_canopy_heights_are_a_handle_with_gaps_hidden(tmp_path: Path) -> None:
    raster = read("vegetation_object_model", write_heights(tmp_path / "vom.tif"))["canopy_height"]
    assert raster.bounds == (EAST, NORTH, EAST + 2, NORTH + 2)
    assert (raster.cell_m, raster.nodata) == (1, -9999)
    cells, _ = raster.read(*raster.bounds)
    assert cells.tolist() == [[12.5, 0], [None, 3.5]]


@pytest.mark.parametrize(("times", "fits"), [(1, True), (3, True), (100, False)])
def test_heights_that_cannot_be_metres_are_refused(tmp_path: Path, times: int, fits: bool) -> None:
    # Trees of 20 m over half the ground: 60 m when they are said to be three times as high, 2,000 in centimetres.
    cells = np.zeros((300, 300), dtype="float32")
    cells[:, ::2] = 20 * times
    path = tmp_path / "vom.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=300, width=300, count=1, dtype="float32", crs=27700,
        transform=from_origin(EAST, NORTH + 300, 1, 1), nodata=-9999,
    ) as file:  # fmt: skip
        file.write(cells, 1)
    if fits:
        assert read("vegetation_object_model", path)["canopy_height"].cell_m == 1
        return
    with pytest.raises(DataError, match=r"vom\.tif(.|\n)*above 2,000(.|\n)*centimetres"):
        read("vegetation_object_model", path)


def test_the_study_file_may_say_which_value_is_a_gap(tmp_path: Path) -> None:
    path = write_heights(tmp_path / "vom.tif", nodata=None)
    with pytest.raises(DataError, match=r"vom\.tif(.|\n)*nodata"):
        read("vegetation_object_model", path)
    assert read("vegetation_object_model", path, nodata=-9999)["canopy_height"].nodata == -9999


# ---------------------------------------------------------------- masks, land cover, trees outside woodland, points


def write_cells(path: Path, *values: float, kind: str = "uint8", nodata: float = 255) -> Path:
    """A row of cells of 10 m."""
    with rasterio.open(
        path, "w", driver="GTiff", height=1, width=len(values), count=1, dtype=kind, crs=27700, nodata=nodata,
        transform=from_origin(EAST, NORTH + 10, 10, 10),
    ) as file:  # fmt: skip
        file.write(np.array([values], dtype=kind), 1)
    return path


def test_a_mask_is_ones_and_noughts(tmp_path: Path) -> None:
    raster = read("canopy_mask", write_cells(tmp_path / "mask.tif", 0, 1, 255))["canopy_mask"]
    cells, _ = raster.read(*raster.bounds)
    assert cells.tolist() == [[0, 1, None]]


@pytest.mark.parametrize(
    ("values", "kind", "said"),
    [
        ((0, 35, 100), "uint8", "holds percentages"),
        ((0, 0.35, 1), "float32", "holds shares as cells, not a mask: 0.35"),
        ((0, 12.5, 30.25), "float32", "heights"),
        ((0, 1, 200), "uint8", "is no mask: a cell must be 1"),
        ((-1, 0, 1), "float32", "found -1"),
    ],
)
def test_what_is_no_mask_is_refused(tmp_path: Path, values: tuple[float, ...], kind: str, said: str) -> None:
    path = write_cells(tmp_path / "mask.tif", *values, kind=kind)
    with pytest.raises(DataError, match=rf"mask\.tif {said}|mask\.tif .*{said}") as caught:
        read("canopy_mask", path)
    assert "What to do: " in str(caught.value)


def test_classes_of_land_cover_are_read_and_picked(tmp_path: Path) -> None:
    raster = read("land_cover", write_cells(tmp_path / "cover.tif", 10, 30, 95, 0, nodata=0))["land_cover"]
    west, south, east, north = raster.bounds
    zone = gpd.GeoDataFrame(geometry=[shapely.box(west, south, east, north)], crs=27700)
    found = zonal.zonal_class_share(raster, zone, (10, 95)).iloc[0]
    assert found["share"] == pytest.approx(2 / 3)  # two of the three cells that are surveyed
    assert found["seen_share"] == pytest.approx(3 / 4)


def test_heights_are_no_land_cover(tmp_path: Path) -> None:
    path = write_cells(tmp_path / "cover.tif", 0, 12.5, kind="float32")
    with pytest.raises(DataError, match=r"cover\.tif holds no classes(.|\n)*found 12\.5"):
        read("land_cover", path)


def test_whole_numbers_that_may_have_decimals_are_no_land_cover(tmp_path: Path) -> None:
    heights = write_cells(tmp_path / "whole.tif", 0, 12, 30, kind="float32")
    with pytest.raises(
        DataError, match=r"whole\.tif looks like heights(.|\n)*float32(.|\n)*gdal_translate -ot Byte whole\.tif"
    ):
        read("land_cover", heights)
    assert read("land_cover", write_cells(tmp_path / "classes.tif", 0, 10, 30))["land_cover"].tiles[0].kind == "uint8"


def test_trees_outside_woodland_count_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "tow.gpkg"
    shapes = [block(0, 0), block(0, 0), block(200, 0), block(400, 0), block(400, 0)]
    table(
        shapes,
        TOW_ID=["a", "a", "b", "c", "d"],
        Woodland_Type=["Lone Tree", "Lone Tree", "NFI OHC", "Group of Trees", "Group of Trees"],
        MAXHT=[4.5, 4.5, 12.0, 7.0, 7.0],
    ).to_file(path)
    found = read("trees_outside_woodland", path)["trees_outside_woodland"]
    assert found["tree_id"].tolist() == ["a", "b", "c"]
    assert found["woodland_type"].tolist() == ["Lone Tree", "NFI OHC", "Group of Trees"]
    assert found["height_m"].tolist() == [4.5, 12, 7]
    assert "2 of 5 features come twice" in caplog.text


def test_the_words_of_a_point_survey(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "points.csv"
    rows = [
        f"{k},{EAST + k},{NORTH},{word}" for k, word in enumerate(["Tree", "not_tree", "Non-tree", "T", "unknown", ""])
    ]
    path.write_text("Id,Easting,Northing,Cover Class\n" + "\n".join(rows) + "\n", encoding="utf-8")
    found = read("canopy_survey", path)["canopy_survey"]
    assert found["is_tree"].tolist() == [True, False, False, True]
    assert found.geometry.x.tolist() == [EAST, EAST + 1, EAST + 2, EAST + 3]
    assert "2 of 6 points have no answer" in caplog.text


def test_points_may_stand_in_degrees(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("id,latitude,longitude,class\n1,53.4,-1.5,tree\n2,53.41,-1.5,not tree\n", encoding="utf-8")
    found = read("canopy_survey", path)["canopy_survey"]
    assert found.geometry.distance(found.geometry.iloc[0]).iloc[1] == pytest.approx(1_113, abs=5)


def test_another_word_is_not_taken_for_no_tree(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text(f"easting,northing,class\n{EAST},{NORTH},tree\n{EAST},{NORTH},shrub\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"class: must say tree or not tree; found shrub \(row 3\)"):
        read("canopy_survey", path)


# ---------------------------------------------------------------- real files (totals: STUDIES.md)


@pytest.mark.realdata
def test_real_woods_and_trees(data: Path) -> None:
    woods = read("woodland", data / "trafford/trafford_woodland_os.gpkg")["woodland"]
    assert len(woods) == 756
    assert woods.geometry.area.sum() / 1e4 == pytest.approx(562.1, abs=0.06)
    trees = read("trees", data / "trafford/trafford_highways_trees.gpkg")["trees"]
    assert len(trees) == 15_638
    assert trees["species"].notna().any()


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("file", "west", "south"),
    [("ea_fingle_woods_vom.tif", 274_005, 90_234 - 606), ("ea_new_forest_vom.tif", 425_613, 109_026 - 600)],
)
def test_real_heights_open_once_the_gap_value_is_said(data: Path, file: str, west: float, south: float) -> None:
    path = data / "rasters" / file
    with pytest.raises(DataError, match=rf"{file}(.|\n)*not surveyed(.|\n)*What to do: "):
        read("vegetation_object_model", path)
    raster = read("vegetation_object_model", path, nodata=-9999)["canopy_height"]
    assert raster.cell_m == 1
    assert raster.bounds[:2] == (west, south)
    cells, _ = raster.read(west, south, west + 100, south + 100)
    assert cells.shape == (100, 100)
    assert 0 <= cells.min() <= cells.max() < 60


@pytest.mark.realdata
def test_real_heights_in_degrees_are_refused(data: Path) -> None:
    with pytest.raises(DataError, match=r"ea_wistmans_wood_vom\.tif(.|\n)*EPSG:4326(.|\n)*What to do: "):
        read("vegetation_object_model", data / "rasters/ea_wistmans_wood_vom.tif")
