from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from tests.toy import EAST, NORTH, block, point, table
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
