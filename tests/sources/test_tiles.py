"""Tiles that make one raster: read as one, or refused with every bad tile in one message."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from tests.toy import EAST, NORTH
from treeplan import rasters
from treeplan.errors import DataError
from treeplan.sources import read, tiles

SIDE = 20


def tile(
    path: Path,
    west: float = 0,
    south: float = 0,
    height: Any = 5.0,
    cell: float = 1,
    nodata: float | None = -9999,
    kind: str = "float32",
    crs: int | None = 27700,
    **tags: str,
) -> Path:
    """A tile of 20 × 20 cells whose lower left corner lies so many metres from the toy town's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path, "w", driver="GTiff", height=SIDE, width=SIDE, count=1, dtype=kind, crs=crs, nodata=nodata,
        transform=from_origin(EAST + west, NORTH + south + SIDE * cell, cell, cell),
    ) as file:  # fmt: skip
        file.write(np.broadcast_to(np.asarray(height, dtype=kind), (SIDE, SIDE)), 1)
        file.update_tags(**tags)
    return path


def cut(path: Path) -> Path:
    """The same file, broken off."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def box(west: float, south: float, east: float, north: float) -> tuple[float, float, float, float]:
    return EAST + west, NORTH + south, EAST + east, NORTH + north


def refused(folder: Path, *said: str, **settings: Any) -> DataError:
    with pytest.raises(DataError) as caught:
        read("vegetation_object_model", folder, **settings)
    for words in said:
        assert re.search(words, str(caught.value)), (words, str(caught.value))
    assert "\n  What to do: " in str(caught.value)
    return caught.value


# ---------------------------------------------------------------- reading


def test_tiles_of_a_folder_read_as_one_raster(tmp_path: Path) -> None:
    """Two tiles side by side in folders of their own, one above the right one: the fourth quarter is in no tile."""
    tile(tmp_path / "a/west.tif", height=1)
    tile(tmp_path / "b/east.TIFF", west=20, height=2)
    tile(tmp_path / "b/north.tif", west=20, south=20, height=3)
    (tmp_path / "readme.txt").write_text("no tile")
    raster = read("vegetation_object_model", tmp_path)["canopy_height"]
    assert raster.bounds == box(0, 0, 40, 40)
    assert raster.reach.area == 3 * 400
    cells, transform = raster.read(*box(10, 10, 30, 30))
    assert (transform.c, transform.f) == (EAST + 10, NORTH + 30)
    assert np.ma.getmaskarray(cells)[:10, :10].all()  # a gap between tiles is no zero
    assert (cells[:10, 10:] == 3).all()
    assert (cells[10:, :10] == 1).all()
    assert (cells[10:, 10:] == 2).all()
    assert cells.count() == 300


def test_a_list_of_files_and_folders_is_one_raster(tmp_path: Path) -> None:
    one, other = tile(tmp_path / "a.tif"), tile(tmp_path / "more/b.tif", west=20)
    raster = read("vegetation_object_model", [one, other.parent])["canopy_height"]
    assert [t.path.name for t in raster.tiles] == ["a.tif", "b.tif"]


def test_only_so_many_tiles_are_open_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasters, "MOST_OPEN", 2)
    for k in range(5):
        tile(tmp_path / f"{k}.tif", west=20 * k, height=k)
    raster = read("vegetation_object_model", tmp_path)["canopy_height"]
    cells, _ = raster.read(*box(0, 0, 100, 20))
    assert cells[0, ::20].tolist() == [0, 1, 2, 3, 4]
    assert cells.count() == 2_000


def test_a_window_beyond_every_tile_is_all_gap(tmp_path: Path) -> None:
    raster = read("vegetation_object_model", tile(tmp_path / "a.tif"))["canopy_height"]
    cells, _ = raster.read(*box(-50, 100, -40, 103))
    assert cells.shape == (3, 10)
    assert cells.count() == 0


def test_whole_numbers_without_a_gap_value_have_gaps_between_tiles(tmp_path: Path) -> None:
    tile(tmp_path / "a.tif", kind="uint8", nodata=None)
    tile(tmp_path / "b.tif", west=40, kind="uint8", nodata=None)
    raster = read("vegetation_object_model", tmp_path, nodata=float("nan"))["canopy_height"]
    cells, _ = raster.read(*box(0, 0, 60, 20))
    assert cells.count() == 800


def test_windows_cut_a_box_without_gap_or_overlap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasters, "WINDOW_CELLS", 7)
    raster = read("vegetation_object_model", tile(tmp_path / "a.tif"))["canopy_height"]
    windows = list(raster.windows(box(-3, 2.5, 18, 11)))
    assert sum((e - w) * (n - s) for w, s, e, n in windows) == pytest.approx(21 * 8.5)
    assert all(e - w <= 7 and n - s <= 7 for w, s, e, n in windows)


def test_tiles_that_overlap_and_agree_are_one(tmp_path: Path) -> None:
    tile(tmp_path / "a.tif")
    tile(tmp_path / "b.tif", west=10)
    raster = read("vegetation_object_model", tmp_path)["canopy_height"]
    cells, _ = raster.read(*raster.bounds)
    assert cells.count() == 600


def test_where_one_tile_has_a_gap_the_other_counts(tmp_path: Path) -> None:
    hole = np.full((SIDE, SIDE), 5.0)
    hole[:, :5] = -9999
    tile(tmp_path / "a.tif", height=hole)
    tile(tmp_path / "b.tif", height=5)
    cells, _ = read("vegetation_object_model", tmp_path)["canopy_height"].read(*box(0, 0, 20, 20))
    assert cells.count() == 400


@pytest.mark.parametrize("seed", range(5))
def test_tiles_in_any_order_read_as_the_whole_they_were_cut_from(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    whole = rng.integers(0, 30, (60, 60)).astype("float32")
    whole[rng.random((60, 60)) < 0.2] = -9999
    files = [
        tile(tmp_path / f"{row}{column}.tif", 20 * column, 40 - 20 * row, whole[20 * row :, 20 * column :][:20, :20])
        for row in range(3)
        for column in range(3)
    ]
    rng.shuffle(files)
    raster = read("vegetation_object_model", files)["canopy_height"]
    with raster.opened() as opened:
        for _ in range(20):
            west, south, east, north = (*rng.uniform(-5, 40, 2), *rng.uniform(40, 65, 2))
            cells, transform = opened(*box(west, south, east, north))
            top, left = round(NORTH + 60 - transform.f), round(transform.c - EAST)
            padded = np.pad(whole, 10, constant_values=-9999)[top + 10 :, left + 10 :][
                : cells.shape[0], : cells.shape[1]
            ]
            assert (cells.filled(-9999) == padded).all()


# ---------------------------------------------------------------- bad tiles


def test_all_bad_tiles_come_in_one_message(tmp_path: Path) -> None:
    tile(tmp_path / "good.tif")
    tile(tmp_path / "VOM_HS_SK38.tif", west=20)
    tile(tmp_path / "silent.tif", west=40, nodata=None)
    cut(tile(tmp_path / "short.tif", west=60, height=np.arange(400).reshape(20, 20)))
    fault = refused(
        tmp_path, "3 of 4 tiles", r"VOM_HS_SK38\.tif is a hillshade", r"silent\.tif does not say", r"short\.tif is"
    )
    assert fault.remedy.count("\n") == 2  # one line a kind


def test_many_bad_tiles_are_counted(tmp_path: Path) -> None:
    for k in range(9):
        tile(tmp_path / f"VOM_HS_{k}.tif", west=20 * k)
    assert refused(tmp_path, "9 of 9 tiles", "and 3 more").remedy.count("\n") == 0


def test_a_folder_without_tiles_is_told(tmp_path: Path) -> None:
    refused(tmp_path, "holds no GeoTIFF")


@pytest.mark.parametrize("nodata", [None, -9999])
@pytest.mark.parametrize("height", [180, 20])
def test_an_eight_bit_picture_among_heights_is_taken_for_a_hillshade(
    tmp_path: Path, nodata: float | None, height: int
) -> None:
    """Whatever its gap value is, and however dark it is."""
    tile(tmp_path / "a.tif")
    tile(tmp_path / "b.tif", west=20, height=height, kind="uint8", nodata=0)
    refused(tmp_path, r"^b\.tif looks like a hillshade picture, not heights: 8-bit", nodata=nodata)
    tile(tmp_path / "c.tif", west=40, height=height, kind="uint8", nodata=0)
    refused(tmp_path, r"^b\.tif, c\.tif look like a hillshade picture", nodata=nodata)


def test_an_eight_bit_picture_alone_is_known_by_its_brightness(tmp_path: Path) -> None:
    tile(tmp_path / "b.tif", height=180, kind="uint8", nodata=0)
    refused(tmp_path, r"b\.tif looks like a hillshade picture, not heights: 8-bit")


def test_tiles_of_another_cell_size_are_named(tmp_path: Path) -> None:
    for k in range(3):
        tile(tmp_path / f"{k}.tif", west=20 * k)
    tile(tmp_path / "coarse.tif", west=100, cell=2)
    refused(tmp_path, r"1 of 4 tiles have cells of another size than the others' 1 m: coarse\.tif \(2 m\)", "-tr 1 1")


def test_a_tile_off_the_grid_is_named(tmp_path: Path) -> None:
    for k in range(3):
        tile(tmp_path / f"{k}.tif", west=20 * k)
    tile(tmp_path / "astray.tif", west=60.4)
    refused(tmp_path, r"1 of 4 tiles lie off the grid of the others by a part of a cell: astray\.tif")


def test_tiles_that_overlap_and_differ_are_named(tmp_path: Path) -> None:
    tile(tmp_path / "old.tif", height=5)
    tile(tmp_path / "new.tif", west=10, height=8)
    tile(tmp_path / "far.tif", west=200)
    fault = refused(tmp_path, r"old\.tif and new\.tif: 200 cells differ, of 200 in both", "newer flight")
    assert "far" not in str(fault)


def test_tiles_with_different_gap_values_are_told_unless_the_study_says_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tile(tmp_path / "a.tif", nodata=-9999)
    tile(tmp_path / "b.tif", west=20, nodata=-1)
    refused(tmp_path, r"-9999 in a\.tif; -1 in b\.tif", "nodata = -9999")
    raster = read("vegetation_object_model", tmp_path, nodata=-9999)["canopy_height"]
    assert raster.nodata == -9999
    assert "b.tif: the study file's nodata = -9999 goes before what the file itself declares (-1)" in caplog.text


def test_a_gap_of_nan_agrees_with_any_other(tmp_path: Path) -> None:
    hole = np.full((SIDE, SIDE), 5.0)
    hole[0] = np.nan
    tile(tmp_path / "a.tif", nodata=-9999)
    tile(tmp_path / "b.tif", west=20, nodata=float("nan"), height=hole)
    cells, _ = read("vegetation_object_model", tmp_path)["canopy_height"].read(*box(0, 0, 40, 20))
    assert cells.count() == 780


# ---------------------------------------------------------------- years


@pytest.mark.parametrize(
    ("name", "tags", "year"),
    [
        ("VOM_SK38_2018.tif", {}, 2018),
        ("P_11417_VOM_20190311_20200402.tif", {}, 2020),
        ("SK2015.tif", {}, None),
        ("sk38.tif", {"Title": "Vegetation_Object_Model_Elevation_2022"}, 2022),
        ("sk38.tif", {"TIFFTAG_DATETIME": "2021:05:06 10:00:00"}, None),
    ],
)
def test_the_year_of_flight_is_in_the_name_or_the_title(
    tmp_path: Path, name: str, tags: dict[str, str], year: int | None
) -> None:
    (one,) = tiles.open_tiles([tile(tmp_path / name, **tags)]).tiles
    assert one.year == year


def test_mixed_years_are_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tile(tmp_path / "VOM_a_2018.tif")
    tile(tmp_path / "VOM_b_2018.tif", west=20)
    assert read("vegetation_object_model", tmp_path)["canopy_height"].years == {2018: 2}
    assert "flown" not in caplog.text
    tile(tmp_path / "VOM_c_2021.tif", west=40)
    assert read("vegetation_object_model", tmp_path)["canopy_height"].years == {2018: 2, 2021: 1}
    assert "different years: 2018 (2 tiles), 2021 (1 tile)" in caplog.text


# ---------------------------------------------------------------- warping on purpose


def in_degrees(path: Path, west: float = -1.5, cells: Any = 5.0, nodata: float | None = -9999) -> Path:
    """A tile of 20 × 20 cells of 0.0001 degrees near Sheffield."""
    with rasterio.open(
        path, "w", driver="GTiff", height=SIDE, width=SIDE, count=1, dtype="float32", crs=4326, nodata=nodata,
        transform=from_origin(west, 53.4, 1e-4, 1e-4),
    ) as file:  # fmt: skip
        file.write(np.broadcast_to(np.asarray(cells, dtype="float32"), (SIDE, SIDE)), 1)
    return path


def test_a_tile_in_degrees_is_warped_only_when_the_study_says_so(tmp_path: Path) -> None:
    half = np.full((SIDE, SIDE), 5.0)
    half[:, :10] = -9999
    path = in_degrees(tmp_path / "a.tif", cells=half)
    refused(path, "EPSG:4326", "warp = true", "nearest neighbour")
    raster = read("vegetation_object_model", path, warp=True)["canopy_height"]
    assert raster.cell_m == round(raster.cell_m) > 1
    cells, _ = raster.read(*raster.bounds)
    assert set(np.unique(cells.compressed())) == {5}  # nearest neighbour makes no new values
    # 0.001 degrees each way at 53.4° north: 66.5 m by 222.6 m of the half that was seen
    assert cells.count() * raster.cell_m**2 == pytest.approx(66.5 * 222.6, rel=0.05)


def test_a_warp_that_does_nothing_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    raster = read("vegetation_object_model", tile(tmp_path / "a.tif"), warp=True)["canopy_height"]
    assert raster.tiles[0].warped_from is None
    assert "warp = true does nothing" in caplog.text


def test_warped_tiles_fit_together(tmp_path: Path) -> None:
    in_degrees(tmp_path / "a.tif", -1.5)
    in_degrees(tmp_path / "b.tif", -1.498)
    raster = read("vegetation_object_model", tmp_path, warp=True)["canopy_height"]
    cells, _ = raster.read(*raster.bounds)
    assert cells.count() * raster.cell_m**2 == pytest.approx(2 * 133 * 222.6, rel=0.05)


def test_a_raster_without_any_grid_is_not_warped(tmp_path: Path) -> None:
    path = tile(tmp_path / "a.tif", crs=None)
    assert "warp" not in refused(path, "no coordinate reference system", "a_srs", warp=True).remedy


# ---------------------------------------------------------------- real clips (data/PROVENANCE.md)

CLIPS = {
    "ea_fingle_woods_vom.tif": ({"nodata": float("nan")}, 1.0, 74.02),
    "ea_new_forest_vom.tif": ({"nodata": -9999.0}, 1.0, 77.07),
    "ea_wistmans_wood_vom.tif": ({"warp": True}, 1.0, 5.77),
}


@pytest.mark.realdata
@pytest.mark.parametrize("name", CLIPS)
def test_the_canopy_share_of_each_real_clip(data: Path, name: str) -> None:
    settings, cell_m, share_pct = CLIPS[name]
    path = data / "rasters" / name
    refused(path, "EPSG:4326(.|\n)*warp = true" if "warp" in settings else "not surveyed(.|\n)*nodata = nan")
    raster = read("vegetation_object_model", path, **settings)["canopy_height"]
    cells, _ = raster.read(*raster.bounds)
    assert raster.cell_m == cell_m
    assert 100 * (cells >= 2.5).mean() == pytest.approx(share_pct, abs=0.01)


@pytest.mark.realdata
def test_real_clips_of_two_places_are_one_raster(data: Path) -> None:
    files = [data / "rasters" / name for name in list(CLIPS)[:2]]
    raster = read("vegetation_object_model", files, nodata=float("nan"))["canopy_height"]
    assert raster.years == {2022: 2}
    assert raster.reach.area == 606 * 608 + 600 * 600
    west, south, _, north = raster.tiles[1].bounds
    cells, _ = raster.read(west - 10, south, west, north)
    assert cells.count() == 0
