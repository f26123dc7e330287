"""Canopy of neighbourhoods from each kind of source, how far the kinds differ, and the error of a point survey."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis import strategies as st
from rasterio.transform import from_origin

from tests.toy import CODES, EAST, NORTH, Toy, block, point, table
from treeplan import rasters
from treeplan.canopy import (
    KINDS,
    canopy_differences,
    canopy_kind,
    canopy_shapes,
    compare_canopy,
    measure_canopy,
    standing_shapes,
    standing_unseen,
    survey_canopy,
)
from treeplan.errors import StudyError
from treeplan.roles import CANOPY_KINDS
from treeplan.sources import read


def raster(path: Path, cells: np.ndarray, nodata: float) -> rasters.Raster:
    """Cells of 10 m from the toy town's south-west corner, the first row the northernmost."""
    with rasterio.open(
        path, "w", driver="GTiff", height=cells.shape[0], width=cells.shape[1], count=1, dtype=cells.dtype, crs=27700,
        transform=from_origin(EAST, NORTH + 10 * cells.shape[0], 10, 10), nodata=nodata,
    ) as file:  # fmt: skip
        file.write(cells, 1)
    return rasters.open_raster(path)


@pytest.fixture
def heights(tmp_path: Path) -> rasters.Raster:
    """The whole toy town: in neighbourhood 1 trees of 5 m on a tenth, in 2 on a half, in 3 the eastern 100 m not surveyed."""
    cells = np.zeros((100, 300), dtype="float32")
    cells[:, :10] = cells[:, 100:150] = 5
    cells[:, 290:] = -9999
    return raster(tmp_path / "heights.tif", cells, -9999)


def measure(toy: Toy, **canopy: object) -> pd.DataFrame:
    found = measure_canopy(toy.layers, toy.tables["neighbourhoods"], toy.study(canopy=canopy), toy.figures)
    assert found is not None
    return found


# ---------------------------------------------------------------- kinds


def test_every_kind_has_its_layers_and_its_measure() -> None:
    assert list(KINDS) == list(CANOPY_KINDS)


def test_canopy_from_heights_by_hand(toy: Toy, heights: rasters.Raster, caplog: pytest.LogCaptureFixture) -> None:
    toy.tables["canopy_height"] = heights
    found = measure(toy)
    assert found["canopy_pct"].tolist() == pytest.approx([10, 50, math.nan], nan_ok=True)
    assert found["seen_share"].tolist() == pytest.approx([1, 1, 0.9])
    assert (
        "0.10 km² of the study's neighbourhoods is beyond heights.tif or in a gap of it: unknown, not bare"
        in caplog.text
    )
    assert "Canopy is stated for 2 of 3 neighbourhoods" in caplog.text


def test_a_higher_threshold_counts_less(toy: Toy, heights: rasters.Raster) -> None:
    toy.tables["canopy_height"] = heights
    study = toy.study(land={"canopy_height_m": 6})
    found = measure_canopy(toy.layers, toy.tables["neighbourhoods"], study, toy.figures)
    assert found["canopy_pct"].tolist()[:2] == [0, 0]


def test_canopy_from_a_mask_by_hand(toy: Toy, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cells = np.zeros((100, 300), dtype="uint8")
    cells[:25, 100:200], cells[:, 200:202] = 1, 255  # a quarter of the second; 2 % of the third not surveyed
    toy.tables["canopy_mask"] = raster(tmp_path / "mask.tif", cells, 255)
    found = measure(toy)
    assert found["canopy_pct"].tolist() == pytest.approx([0, 25, 0])
    assert found["seen_share"].tolist() == pytest.approx([1, 1, 0.98])
    assert "0.02 km² of the study's neighbourhoods" in caplog.text  # too little to leave a neighbourhood unknown
    assert "for 3 of 3 neighbourhoods" in caplog.text


def test_which_classes_of_land_cover_are_trees_is_a_setting(toy: Toy, tmp_path: Path) -> None:
    del toy.tables["woodland"]
    cells = np.full((100, 300), 30, dtype="uint8")
    cells[:10], cells[10:30] = 10, 95
    toy.tables["land_cover"] = raster(tmp_path / "cover.tif", cells, 0)
    assert measure(toy)["canopy_pct"].tolist() == pytest.approx([10, 10, 10])
    assert measure(toy, tree_classes=[10, 95])["canopy_pct"].tolist() == pytest.approx([30, 30, 30])


def test_woods_trees_outside_them_and_crowns_are_dissolved_never_added(toy: Toy) -> None:
    toy.tables["woodland"] = table([block(0, 0, 500, 1000)])
    toy.tables["trees_outside_woodland"] = table([block(400, 0, 200, 1000), block(400, 0, 200, 1000)])
    toy.tables["trees"] = table([point(450, 500), point(1500, 500)], species=["Tilia", None])
    crown = shapely.area(shapely.buffer(point(0, 0), 3))  # 6 m wide where nothing is known
    assert measure(toy)["canopy_pct"].tolist() == pytest.approx([60, crown / 1e4, 0])
    assert measure(toy)["seen_share"].tolist() == [1, 1, 1]


def test_where_the_map_of_woods_ends_canopy_is_unknown(toy: Toy) -> None:
    """The map reaches over the first neighbourhood, 96 % of the second and none of the third, whose wood nobody drew."""
    toy.tables["woodland"] = table([block(1000, 0, 480, 1000)])
    layers = replace(toy.layers, covers={"woodland": block(0, 0, 1960, 1000)})
    found = measure_canopy(layers, toy.tables["neighbourhoods"], toy.study(), toy.figures)
    assert found["canopy_pct"].tolist() == pytest.approx([0, 50, math.nan], nan_ok=True)
    assert found["seen_share"].tolist() == pytest.approx([1, 0.96, 0])
    toy.tables["woodland"] = table(
        [block(1000, 0, 1000, 1000)]
    )  # drawn across the map's end: all that was seen is wood
    found = measure_canopy(layers, toy.tables["neighbourhoods"], toy.study(), toy.figures)
    assert found["canopy_pct"].tolist() == pytest.approx([0, 100, math.nan], nan_ok=True)
    toy.tables["woodland"] = table([block(1000, 0, 480, 1000)])
    toy.tables["trees_outside_woodland"] = table(
        [block(0, 0)]
    )  # a map that does not say is taken as whole, the other ends
    layers = replace(toy.layers, covers=layers.covers)
    found = measure_canopy(layers, toy.tables["neighbourhoods"], toy.study(), toy.figures)
    assert found["canopy_pct"].tolist() == pytest.approx([1, 50, math.nan], nan_ok=True)


def test_trees_outside_woodland_alone_are_canopy(toy: Toy) -> None:
    del toy.tables["woodland"]
    toy.tables["trees_outside_woodland"] = table([block(0, 0, 100, 100)])
    assert measure(toy)["canopy_pct"].tolist() == pytest.approx([1, 0, 0])


def test_tree_points_alone_are_canopy_only_when_asked(toy: Toy) -> None:
    del toy.tables["woodland"]
    toy.tables["trees"] = table([point(500, 500)], species=["Quercus robur"])
    assert measure_canopy(toy.layers, toy.tables["neighbourhoods"], toy.study(), toy.figures) is None
    asked = measure(toy, source="shapes")["canopy_pct"]
    assert asked.tolist() == pytest.approx([shapely.area(shapely.buffer(point(0, 0), 5)) / 1e4, 0, 0])


def test_the_first_kind_in_declared_order_is_used_unless_one_is_chosen(toy: Toy, heights: rasters.Raster) -> None:
    toy.tables["land_cover"] = toy.tables["canopy_height"] = heights
    assert canopy_kind(toy.layers, toy.study()) == "heights"
    assert canopy_kind(toy.layers, toy.study(canopy={"source": "shapes"})) == "shapes"
    del toy.tables["canopy_height"]
    assert canopy_kind(toy.layers, toy.study()) == "shapes"
    del toy.tables["woodland"]
    assert canopy_kind(toy.layers, toy.study()) == "land_cover"
    del toy.tables["land_cover"]
    assert canopy_kind(toy.layers, toy.study()) is None


def test_a_kind_that_the_study_lacks_is_told(toy: Toy) -> None:
    with pytest.raises(StudyError) as caught:
        canopy_kind(toy.layers, toy.study(canopy={"source": "mask"}))
    assert "but the study lacks: canopy mask" in str(caught.value)
    assert '[canopy] source = "mask"' in caught.value.problem
    assert "[sources.canopy_mask]" in caught.value.remedy
    assert "(shapes)" in caught.value.remedy


# ---------------------------------------------------------------- canopy that stands


def test_a_mask_stands_in_for_heights_when_land_is_cleared(toy: Toy, tmp_path: Path) -> None:
    cells = np.zeros((100, 300), dtype="uint8")
    cells[50, 50], cells[50, 51] = 1, 255
    toy.tables["canopy_mask"] = raster(tmp_path / "mask.tif", cells, 255)
    found = standing_shapes(toy.layers, toy.layers.shapes("open_land"), toy.study())
    assert shapely.union_all(found).equals(block(500, 490, 10, 10))
    parks = toy.tables["open_land"]
    assert standing_unseen(toy.layers, parks).tolist() == [True, False, False]


def test_without_a_fine_raster_nothing_stands(toy: Toy, heights: rasters.Raster) -> None:
    toy.tables["land_cover"] = heights
    assert len(standing_shapes(toy.layers, toy.layers.shapes("open_land"), toy.study())) == 0
    assert not standing_unseen(toy.layers, toy.tables["open_land"]).any()


# ---------------------------------------------------------------- comparison


def test_kinds_stand_side_by_side(toy: Toy, heights: rasters.Raster) -> None:
    toy.tables["canopy_height"] = heights
    zones = toy.tables["neighbourhoods"]
    found = compare_canopy(toy.layers, zones, toy.study(), toy.figures)
    assert found.columns.tolist() == ["lsoa21_code", "name", "area_ha", "heights_pct", "shapes_pct"]
    assert found["lsoa21_code"].tolist() == CODES
    assert found["area_ha"].tolist() == [100, 100, 100]
    assert found["heights_pct"].tolist() == pytest.approx([10, 50, math.nan], nan_ok=True)
    assert found["shapes_pct"].tolist() == pytest.approx([0, 0, 20])
    known = compare_canopy(toy.layers, zones.assign(canopy_pct=[1.0, 2.0, 3.0]), toy.study(), toy.figures)
    assert known["heights_pct"].tolist() == [1, 2, 3]
    assert known["shapes_pct"].tolist() == pytest.approx([0, 0, 20])


def test_differences_by_hand() -> None:
    ours, theirs = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0], [12.0, 18.0, 32.0, 38.0, math.nan, 10.0]
    sources = pd.DataFrame({"area_ha": [1, 1, 1, 1, 1, 5], "heights_pct": ours, "shapes_pct": theirs})
    found = canopy_differences(sources, "heights").set_index("kind")
    assert found.index.tolist() == ["heights", "shapes"]
    assert found.loc["heights", "study_pct"] == pytest.approx((10 + 20 + 30 + 40 + 50 + 5 * 60) / 10)
    assert found.loc["heights", ["mean_difference_pp", "mean_absolute_difference_pp", "change_fifth"]].tolist() == [
        0,
        0,
        0,
    ]
    other = found.loc["shapes"]
    assert other["neighbourhoods"] == 5
    assert other["study_pct"] == pytest.approx((12 + 18 + 32 + 38 + 5 * 10) / 9)
    assert other["mean_pct"] == pytest.approx(22)
    assert other["mean_difference_pp"] == pytest.approx((2 - 2 + 2 - 2 - 50) / 5)
    assert other["mean_absolute_difference_pp"] == pytest.approx((2 + 2 + 2 + 2 + 50) / 5)
    # by height 10, 20, 30, 40, 60; by shapes the last comes first and the others move up by one
    assert other["change_fifth"] == 5
    pairs = np.array([(10, 12), (20, 18), (30, 32), (40, 38), (60, 10)], dtype=float)
    assert other["correlation"] == pytest.approx(np.corrcoef(pairs.T)[0, 1])


def test_four_neighbourhoods_have_no_fifths() -> None:
    sources = pd.DataFrame({"area_ha": 1.0, "mask_pct": [1.0, 2, 3, 4], "shapes_pct": [4.0, 3, 2, 1]})
    found = canopy_differences(sources, "mask").set_index("kind").loc["shapes"]
    assert math.isnan(found["correlation"])
    assert math.isnan(found["change_fifth"])
    assert found["mean_absolute_difference_pp"] == 2


def test_without_a_kind_there_is_nothing_to_compare_with(toy: Toy) -> None:
    del toy.tables["woodland"]
    sources = compare_canopy(toy.layers, toy.tables["neighbourhoods"], toy.study(), toy.figures)
    assert sources.columns.tolist() == ["lsoa21_code", "name", "area_ha"]
    assert canopy_differences(sources, None).empty


# ---------------------------------------------------------------- point survey


def points(*groups: tuple[float, int, int]) -> gpd.GeoDataFrame:
    """Points at (easting, 500), so many on a tree and so many not."""
    at = [point(east, 500) for east, trees, others in groups for _ in range(trees + others)]
    return table(at, is_tree=[k < trees for _, trees, others in groups for k in range(trees + others)])


def test_the_error_of_a_survey_by_hand() -> None:
    whole = survey_canopy(points((500, 30, 70))).iloc[0]
    assert whole["points"] == 100
    assert whole["canopy_pct"] == 30
    assert whole["standard_error_pp"] == pytest.approx(100 * math.sqrt(0.3 * 0.7 / 100))
    assert (whole["low_pct"], whole["high_pct"]) == pytest.approx((21.89, 39.58), abs=0.006)


def test_a_survey_without_a_tree_still_has_an_upper_end() -> None:
    whole = survey_canopy(points((500, 0, 100))).iloc[0]
    assert (whole["canopy_pct"], whole["standard_error_pp"], whole["low_pct"]) == (0, 0, 0)
    assert whole["high_pct"] == pytest.approx(100 * 1.96**2 / (100 + 1.96**2))


def test_parts_of_the_study_need_thirty_points(toy: Toy) -> None:
    sample = points((500, 10, 20), (1500, 9, 20), (2500, 5, 25), (3500, 50, 0))  # the last lie outside
    found = survey_canopy(sample, toy.tables["neighbourhoods"]).set_index("code")
    assert found.loc["", "points"] == 89
    assert found.loc["", "canopy_pct"] == pytest.approx(100 * 24 / 89)
    assert found.loc["E08000001", "points"] == 59
    assert CODES[1] not in found.index
    assert found.loc[CODES[2], "canopy_pct"] == pytest.approx(100 * 5 / 30)
    assert found.loc[CODES[2], "name"] == "Toy 001C"


def test_a_survey_stands_beside_the_kinds(toy: Toy) -> None:
    toy.tables["canopy_survey"] = points((2500, 12, 28))
    found = compare_canopy(toy.layers, toy.tables["neighbourhoods"], toy.study(), toy.figures)
    assert found["survey_pct"].tolist() == pytest.approx([math.nan, math.nan, 30], nan_ok=True)
    assert found["survey_low_pct"].iloc[2] < 30 < found["survey_high_pct"].iloc[2]
    apart = canopy_differences(found, "shapes").set_index("kind").loc["survey"]
    assert (apart["neighbourhoods"], apart["mean_difference_pp"]) == (1, pytest.approx(10))


@given(st.integers(1, 400), st.integers(0, 400), st.randoms())
def test_the_order_of_points_moves_nothing_and_the_interval_holds_the_share(trees: int, others: int, random) -> None:
    sample = points((500, trees, others))
    order = list(range(len(sample)))
    random.shuffle(order)
    found = survey_canopy(sample.iloc[order])
    pd.testing.assert_frame_equal(found, survey_canopy(sample))
    row = found.iloc[0]
    assert 0 <= row["low_pct"] <= row["canopy_pct"] <= row["high_pct"] <= 100


# ---------------------------------------------------------------- real places


@pytest.mark.realdata
def test_the_canopy_of_trafford(data: Path, toy: Toy) -> None:
    folder = data / "trafford"
    columns = {"lsoa21_code": "area_code", "name": "area_name"}
    zones = read("lsoa_2021", folder / "trafford_lsoa_2021.gpkg", columns=columns)["neighbourhoods"]
    toy.tables["woodland"] = read("woodland", folder / "trafford_woodland_os.gpkg")["woodland"]
    woods = measure_of(toy, zones)
    toy.tables["trees"] = read("trees", folder / "trafford_highways_trees.gpkg")["trees"]
    both = measure_of(toy, zones)
    borough = zones.area.sum()
    assert (len(zones), borough / 1e4) == (139, pytest.approx(10_600.9, abs=0.1))
    assert toy.tables["woodland"].area.sum() / 1e4 == pytest.approx(562.1, abs=0.06)
    dissolved, summed = both, shapely.area(canopy_shapes(toy.layers, toy.figures)).sum()
    assert woods / 1e4 == pytest.approx(560.4, abs=0.1)  # of 562.1 ha, 1.7 lie beyond the borough
    assert both / 1e4 == pytest.approx(628.3, abs=0.1)
    assert woods < dissolved < summed
    assert 100 * both / borough == pytest.approx(5.93, abs=0.01)


def measure_of(toy: Toy, zones: gpd.GeoDataFrame) -> float:
    """Canopy of all zones, m²."""
    found = measure_canopy(toy.layers, zones, toy.study(), toy.figures)
    assert found is not None
    return float((found["canopy_pct"] / 100 * zones.area).sum())
