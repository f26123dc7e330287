"""The map of trees on disk: whole or not at all, never without its accuracy, and readable as any raster."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio

from tests.pictures import labels, trees, write_picture
from tests.toy import Toy, neighbourhoods
from treeplan import classifier, images, rasters, zonal
from treeplan.errors import DataError, OutputError
from treeplan.outputs.masks import write_mask
from treeplan.study import Study


@pytest.fixture(autouse=True)
def _small_forest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(classifier.FOREST, "n_estimators", 15)


@pytest.fixture
def picture(tmp_path: Path) -> images.Image:
    return write_picture(tmp_path / "air.tif", trees(), gap=(slice(0, 2), slice(0, 3)))


@pytest.fixture
def study(toy: Toy) -> Study:
    return toy.study(classifier={"labels_are_random_sample": True, "block_m": 400})


def test_the_map_is_a_mask_that_says_what_was_not_seen_and_how_sure_it_is(
    tmp_path: Path, picture: images.Image, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classifier, "TILE_CELLS", 64)
    path = tmp_path / "out" / "trees.tif"
    points = labels(trees()).iloc[1:]
    points = points[(points.geometry.x > picture.bounds[0] + 30) | (points.geometry.y < picture.bounds[3] - 20)]
    found = write_mask(path, neighbourhoods().iloc[:2], picture, points, study)
    with rasterio.open(path) as file:
        cells, tags = file.read(1), file.tags()
        assert file.nodata == 255
        assert file.bounds == (
            440_000,
            390_000,
            442_560,
            391_000,
        )  # four tiles of 64 cells reach over the second kilometre
    assert (cells[:2, :3] == 255).all()
    assert (cells == 255).sum() == 6
    own = cells[:, :200][cells[:, :200] != 255]
    assert own.mean() == pytest.approx(found.accuracy.mapped_share)
    assert "right on" in tags["TREEPLAN_ABOUT"]
    assert tags["ACCURACY_OVERALL"] == str([round(value, 4) for value in found.accuracy.overall])
    again = zonal.zonal_share(rasters.open_raster(path), neighbourhoods().iloc[:2], 1)
    assert again["share"].mean() == pytest.approx(found.accuracy.mapped_share, rel=1e-3)
    record = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert record["points"]["mapped tree"]["tree"] == found.accuracy.tree_as_tree
    assert record["accuracy_low_central_high"]["canopy_ha"][1] == pytest.approx(found.accuracy.canopy_ha[1], abs=1e-4)
    assert sorted(p.name for p in path.parent.iterdir()) == ["trees.json", "trees.tif"]


def test_the_same_picture_and_labels_give_the_same_bytes(
    tmp_path: Path, picture: images.Image, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    points = labels(trees()).iloc[1:]
    points = points[points.geometry.y < picture.bounds[3] - 20]
    for name, given in (("a", points), ("b", points[::-1])):
        write_mask(tmp_path / f"{name}.tif", neighbourhoods(), picture, given, study)
    for kind in ("tif", "json"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def test_a_map_that_is_refused_leaves_nothing(tmp_path: Path, picture: images.Image, study: Study) -> None:
    points = labels(trees()).iloc[1:]
    points = points[points.geometry.y < picture.bounds[3] - 20]
    points = points.assign(**{"class": np.random.default_rng(1).permutation(points["class"])})
    folder = tmp_path / "out"
    with pytest.raises(DataError, match="not clearly better"):
        write_mask(folder / "trees.tif", neighbourhoods(), picture, points, study)
    assert list(folder.iterdir()) == []


def test_nothing_is_written_over_and_only_a_geotiff_is_written(
    tmp_path: Path, picture: images.Image, study: Study
) -> None:
    with pytest.raises(OutputError, match=r"air\.tif is there already"):
        write_mask(picture.path, neighbourhoods(), picture, labels(trees()), study)
    with pytest.raises(OutputError, match=r"trees\.png is no name(.|\n)*end it in \.tif"):
        write_mask(tmp_path / "trees.png", neighbourhoods(), picture, labels(trees()), study)
