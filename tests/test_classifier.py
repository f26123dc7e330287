"""Canopy read from a picture: what a cell is known by, how the map is tested, and that it is never given without its error."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio

from tests.conftest import ROOT
from tests.pictures import CELL_M, HIGH, WIDE, labels, trees, write_picture
from tests.toy import NORTH, Toy, block, neighbourhoods, point, table
from treeplan import classifier, geo, images, rasters, zonal
from treeplan.classifier import Classified, Tile, canopy_from_image, classify, pixel_facts
from treeplan.errors import DataError, StudyError
from treeplan.sources import read
from treeplan.study import Study, load_study


@pytest.fixture(autouse=True)
def _small_forest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(classifier.FOREST, "n_estimators", 15)


@pytest.fixture
def picture(tmp_path: Path) -> images.Image:
    return write_picture(tmp_path / "air.tif", trees())


@pytest.fixture
def study(toy: Toy) -> Study:
    return toy.study(classifier={"labels_are_random_sample": True, "block_m": 400})


# ---------------------------------------------------------------- what a cell is known by


def test_ndvi_brightness_and_texture_by_hand() -> None:
    # Nine cells: red 50, infrared 150 but for the middle, red 100 and infrared 100; green as red.
    red = np.full((3, 3), 50.0)
    infrared = np.full((3, 3), 150.0)
    red[1, 1] = infrared[1, 1] = 100
    facts = pixel_facts(np.stack([red, infrared, red]), np.ones((3, 3), dtype=bool), (3,))
    r, n, g, ndvi, bright, ndvi_mean, ndvi_spread, bright_mean, bright_spread = facts[:, 1, 1]
    assert (r, n, g, ndvi, bright) == (100, 100, 100, 0, 100)
    assert facts[3, 0, 0] == pytest.approx((150 - 50) / (150 + 50))
    assert ndvi_mean == pytest.approx(8 * 0.5 / 9)
    assert ndvi_spread == pytest.approx(0.5 * math.sqrt(8) / 9)  # eight of nine at 0.5, one at 0: √(8/9 × 1/9)
    assert bright_mean == pytest.approx((8 * 50 + 100) / 9)
    assert bright_spread == pytest.approx(50 * math.sqrt(8) / 9)


def test_cells_that_were_not_seen_are_left_out_of_windows() -> None:
    red, infrared = np.full((3, 3), 50.0), np.full((3, 3), 150.0)
    red[0, 0], infrared[0, 0] = np.nan, 7
    seen = np.ones((3, 3), dtype=bool)
    seen[0, 0] = False
    facts = pixel_facts(np.stack([red, infrared]), seen, (3,))
    assert facts[4:, 1, 1].tolist() == pytest.approx([0.5, 0, 50, 0])


def test_black_cells_have_an_ndvi_of_nought() -> None:
    assert pixel_facts(np.zeros((2, 3, 3)), np.ones((3, 3), dtype=bool), (3,))[2].tolist() == np.zeros((3, 3)).tolist()


@pytest.mark.parametrize(
    ("texture_m", "cell_m", "cells"),
    [
        ((5, 15), 0.5, (11, 31)),
        ((5, 15), 1, (5, 15)),
        ((5, 15), 5, (3, 5)),
        ((5, 15), 10, (3, 5)),
        ((9, 10), 1, (9, 11)),
    ],
)
def test_texture_windows_are_odd_and_of_two_sizes(
    texture_m: tuple[float, float], cell_m: float, cells: tuple[int, int]
) -> None:
    assert classifier._texture_cells(texture_m, cell_m) == cells


# ---------------------------------------------------------------- the map and what it does not depend on


def mapped(picture: images.Image, points: gpd.GeoDataFrame, study: Study) -> tuple[np.ndarray, Classified]:
    cells = np.full((HIGH, WIDE), 9, dtype="uint8")

    def keep(tile: Tile) -> None:
        high, wide = tile.cells.shape
        assert tile.transform * (0, 0) == (
            picture.bounds[0] + CELL_M * tile.column,
            picture.bounds[3] - CELL_M * tile.row,
        )
        cells[tile.row : tile.row + high, tile.column : tile.column + wide] = tile.cells

    found = classify(neighbourhoods(), picture, points, study, keep)
    return cells, found


def test_tiles_join_without_seams_whatever_their_size_and_the_threads(
    picture: images.Image, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = labels(trees())
    once, whole = mapped(picture, points, study)
    monkeypatch.setattr(classifier, "TILE_CELLS", 37)
    for threads in (1, 4):
        monkeypatch.setattr("os.cpu_count", lambda threads=threads: threads)
        again, parts = mapped(picture, points, study)
        assert (again == once).all()
        pd.testing.assert_frame_equal(parts.canopy, whole.canopy)
        assert parts.accuracy.confusion.equals(whole.accuracy.confusion)
        assert parts.accuracy.overall == pytest.approx(whole.accuracy.overall)
    assert set(np.unique(once)) == {classifier.OTHER, classifier.TREE}


def test_the_order_of_labels_changes_nothing(picture: images.Image, study: Study) -> None:
    points = labels(trees())
    one = classify(neighbourhoods(), picture, points, study)
    other = classify(neighbourhoods(), picture, points.sample(frac=1, random_state=3), study)
    pd.testing.assert_frame_equal(one.canopy, other.canopy, check_exact=True)
    assert one.accuracy == other.accuracy


def test_a_zone_counts_its_part_of_the_map(picture: images.Image, study: Study) -> None:
    points = labels(trees())
    cells, found = mapped(picture, points, study)
    shares = [(cells[:, k : k + 100] == classifier.TREE).mean() for k in (0, 100, 200)]
    assert found.accuracy.mapped_share == pytest.approx(np.mean(shares))
    assert found.accuracy.area_ha == pytest.approx(300)
    expected = 100 * found.accuracy.of_zones(np.array(shares))[1]
    assert found.canopy["canopy_pct"].tolist() == pytest.approx(expected)
    assert found.canopy["seen_share"].tolist() == pytest.approx([1, 1, 1])
    truth = [100 * trees()[:, k : k + 100].mean() for k in (0, 100, 200)]
    assert (found.canopy["canopy_low_pct"] <= truth).all()
    assert (found.canopy["canopy_high_pct"] >= truth).all()


def test_a_gap_in_the_picture_is_not_seen_and_beyond_it_nothing_is_known(tmp_path: Path, study: Study) -> None:
    gap = (slice(0, 50), slice(0, 100))  # the north half of the first neighbourhood
    picture = write_picture(tmp_path / "air.tif", trees(), gap)
    points = labels(trees())
    points = points[~((points.geometry.x < block(0, 0, 1000).bounds[2]) & (points.geometry.y > NORTH + 500))]
    zones = pd.concat([neighbourhoods(), table([block(0, 500, 1000, 500)]), table([block(5000, 0)])], ignore_index=True)
    found = canopy_from_image(zones, picture, points, study)
    assert found["seen_share"].tolist() == pytest.approx([0.5, 1, 1, 0, 0])
    assert found["canopy_pct"].isna().tolist() == [False, False, False, True, True]
    assert found["canopy_low_pct"].isna().tolist() == [False, False, False, True, True]


def test_labels_that_nobody_confirmed_give_what_the_map_shows(picture: images.Image, toy: Toy) -> None:
    points = labels(trees())
    cells, found = mapped(picture, points, toy.study(classifier={"block_m": 400}))
    shares = [100 * (cells[:, k : k + 100] == classifier.TREE).mean() for k in (0, 100, 200)]
    assert found.canopy["canopy_pct"].tolist() == pytest.approx(shares)
    assert (found.canopy["canopy_low_pct"] < found.canopy["canopy_pct"]).all()
    assert (found.canopy["canopy_high_pct"] >= found.canopy["canopy_pct"]).all()
    assert math.isnan(found.accuracy.canopy_ha[1])


def test_labels_beyond_the_zones_teach_and_do_not_test(picture: images.Image, study: Study) -> None:
    points = labels(trees())
    found = classify(neighbourhoods().iloc[:2], picture, points, study).accuracy
    assert found.points == (points.geometry.x < neighbourhoods().geometry.iloc[2].bounds[0]).sum()
    assert found.area_ha == pytest.approx(200)


# ---------------------------------------------------------------- how it is tested


def test_labels_that_say_nothing_are_refused(picture: images.Image, study: Study) -> None:
    points = labels(trees())
    points["class"] = np.random.default_rng(1).permutation(points["class"])
    with pytest.raises(DataError, match=r"calling everything 'not tree' at \d+ %(.|\n)*not clearly better"):
        classify(neighbourhoods(), picture, points, study)


def test_whole_squares_are_held_back_so_that_likeness_of_neighbours_does_not_flatter() -> None:
    # Fifty squares, each of its own colour and class: a point tells of its square, and of no other.
    random = np.random.default_rng(2)
    square = np.repeat(np.arange(50), 10)
    is_tree = (np.arange(50) % 2 == 0)[square]
    facts = (random.random((50, 3))[square] + random.normal(0, 0.01, (500, 3))).astype("float32")
    blocked = classifier._tested(facts, is_tree, square, seed=1)
    apart = classifier._tested(facts, is_tree, np.arange(500), seed=1)
    assert (apart == is_tree).mean() > 0.95
    assert (blocked == is_tree).mean() < 0.65


def test_squares_are_more_than_a_kilometre_where_the_points_allow() -> None:
    far = np.column_stack([np.arange(100) * 100.0, np.zeros(100)])
    side, square = classifier._blocks(far, None)
    assert (side, len(np.unique(square))) == (1500, 7)
    side, square = classifier._blocks(far / 10, None)
    assert (side, len(np.unique(square))) == (200, 5)
    assert classifier._blocks(far, 2000)[0] == 2000
    with pytest.raises(StudyError, match=r"fewer than 5 squares of 5000 m(.|\n)*block_m smaller"):
        classifier._blocks(far, 5000)
    with pytest.raises(StudyError, match=r"fewer than 5 squares of 50 m"):
        classifier._blocks(far / 100, None)


def test_labels_off_the_picture_are_named(picture: images.Image, study: Study) -> None:
    away = table([point(-50, 500), point(100, 1200)], **{"class": ["tree", "tree"]})
    points = pd.concat([labels(trees()), away], ignore_index=True)
    with pytest.raises(DataError, match=r"2 of 302 labels lie off air\.tif(.|\n)*439950, 390500"):
        classify(neighbourhoods(), picture, points, study)


def test_too_few_labels_in_the_zones_are_refused(picture: images.Image, study: Study) -> None:
    with pytest.raises(DataError, match=r"neighbourhoods hold \d+ labels of trees(.|\n)*inside the study area"):
        classify(table([block(0, 0)]), picture, labels(trees()), study)


def test_trees_in_one_corner_cannot_be_tested_elsewhere(picture: images.Image, study: Study) -> None:
    points = labels(trees())
    corner = points.geometry.within(block(0, 0, 400, 400))
    points["class"] = np.where(corner, "tree", "not tree")
    extra = table([point(5 + 10 * k, 395) for k in range(30)], **{"class": ["tree"] * 30})
    with pytest.raises(DataError, match=r"one class lie close together(.|\n)*all over"):
        classify(neighbourhoods(), picture, pd.concat([points, extra], ignore_index=True), study)


def test_degrees_are_refused(picture: images.Image, study: Study) -> None:
    with pytest.raises(DataError, match="labels must be in British National Grid"):
        classify(neighbourhoods(), picture, labels(trees()).to_crs(4326), study)


def test_scikit_learn_is_loaded_only_when_it_is_needed() -> None:
    asked = "import sys, treeplan.classifier; print('sklearn' in sys.modules, 'scipy.ndimage' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "False"]


# ---------------------------------------------------------------- the invented town, whose trees are known


@pytest.fixture(scope="module")
def hallowmere() -> pd.DataFrame:
    """Canopy of the demo's neighbourhoods from its picture, beside what its heights say."""
    folder = ROOT / "data" / "demo"
    zones = gpd.read_file(folder / "lsoa_2021.gpkg").to_crs(geo.BNG)
    image = read("aerial_image", folder / "aerial_image.tif")["image"]
    points = read("canopy_labels", folder / "canopy_labels.csv")["canopy_labels"]
    found = classify(zones, image, points, load_study(ROOT / "studies" / "demo.toml"))
    heights = rasters.open_raster(folder / "canopy_height.tif")
    table = found.canopy.assign(truth_pct=100 * zonal.zonal_share(heights, zones, 2.5)["share"])
    table.attrs["accuracy"] = found.accuracy
    return table


def test_the_demo_s_trees_are_found_within_the_range_that_is_told(hallowmere: pd.DataFrame) -> None:
    with rasterio.open(ROOT / "data" / "demo" / "canopy_height.tif") as file:
        true_ha = (file.read(1) >= 2.5).sum() / 1e4
    accuracy = hallowmere.attrs["accuracy"]
    low, central, high = accuracy.canopy_ha
    assert low < true_ha < high
    assert abs(central - true_ha) < abs(accuracy.mapped_share * accuracy.area_ha - true_ha)  # the plain map has too few
    assert accuracy.overall[1] > 0.95
    assert accuracy.producers_tree[1] < 0.9  # crowns smaller than a cell are missed, and that is told


def test_the_demo_s_neighbourhoods_lie_within_their_ranges(hallowmere: pd.DataFrame) -> None:
    inside = hallowmere["truth_pct"].between(hallowmere["canopy_low_pct"], hallowmere["canopy_high_pct"])
    assert inside.mean() >= 0.9
    assert np.corrcoef(hallowmere["truth_pct"], hallowmere["canopy_pct"])[0, 1] > 0.95
    assert (hallowmere["seen_share"] < 0.95).sum() == 1  # the hole in the survey
