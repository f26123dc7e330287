from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp
from rasterio.transform import from_origin

from tests.toy import EAST, NORTH
from treeplan.errors import DataError
from treeplan.sources import read

RGB = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)


def write_image(
    path: Path,
    bands: np.ndarray,
    colours: Sequence[ColorInterp] = (*RGB, ColorInterp.undefined),
    nodata: float | None = 0,
    crs: int = 27700,
    cell_m: float = 10,
) -> Path:
    """A picture whose lower left corner is the toy town's."""
    count, high, wide = bands.shape
    west, north, size = (EAST, NORTH + high * cell_m, cell_m) if crs == 27700 else (-1.5, 53.4, 0.0001)
    with rasterio.open(
        path, "w", driver="GTiff", height=high, width=wide, count=count, dtype=bands.dtype, crs=crs,
        transform=from_origin(west, north, size, size), nodata=nodata,
    ) as file:  # fmt: skip
        file.colorinterp = list(colours[:count])
        file.write(bands)
    return path


def four_bands() -> np.ndarray:
    """Two by two cells; the north-east one was not seen. Band number times ten, plus the cell's number."""
    bands = np.array([[[10, 0], [12, 13]], [[20, 0], [22, 23]], [[30, 0], [0, 33]], [[40, 0], [42, 43]]])
    return bands.astype("uint8")


def write_labels(path: Path, rows: list[str], head: str = "class,easting,northing") -> Path:
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def many(trees: int = 50, others: int = 50) -> list[str]:
    kinds = ["tree"] * trees + ["not tree"] * others
    return [f"{kind},{EAST + k},{NORTH + k}" for k, kind in enumerate(kinds)]


def test_bands_come_as_red_infrared_green_blue(tmp_path: Path) -> None:
    image = read("aerial_image", write_image(tmp_path / "air.tif", four_bands()))["image"]
    assert image.bands == (1, 4, 2, 3)
    cells, _ = image.read(*image.bounds)
    assert cells[:, 0, 0].tolist() == [10, 40, 20, 30]


def test_a_gap_is_where_every_band_is_empty(tmp_path: Path) -> None:
    image = read("aerial_image", write_image(tmp_path / "air.tif", four_bands()))["image"]
    cells, _ = image.read(*image.bounds)
    hidden = np.ma.getmaskarray(cells)
    assert hidden[:, 0, 1].all()
    assert not hidden[:, 1, 0].any()  # its blue is 0, which is a colour
    around, _ = image.read(EAST - 10, NORTH, EAST, NORTH + 20)
    assert around.mask.all()


def test_alpha_says_what_was_seen(tmp_path: Path) -> None:
    bands = np.concatenate([four_bands() + 1, [[[255, 255], [0, 255]]]]).astype("uint8")
    colours = (*RGB, ColorInterp.undefined, ColorInterp.alpha)
    image = read("aerial_image", write_image(tmp_path / "air.tif", bands, colours, nodata=None))["image"]
    assert image.alpha == 5
    cells, _ = image.read(*image.bounds)
    assert np.ma.getmaskarray(cells)[0].tolist() == [[False, False], [True, False]]
    assert image.read(EAST - 10, NORTH, EAST, NORTH + 20)[0].mask.all()


def test_the_study_file_says_which_band_is_which(tmp_path: Path) -> None:
    path = write_image(tmp_path / "cir.tif", four_bands()[:3])  # near infrared, red, green, marked as red, green, blue
    image = read("aerial_image", path, columns={"near_infrared": "1", "red": "2", "green": "3"})["image"]
    assert image.bands == (2, 1, 3)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"red": "1"}, "does not say which band is near_infrared"),
        ({"red": "one", "near_infrared": "4"}, "red = 'one'"),
        ({"red": "1", "near_infrared": "1"}, "band 1 is named more than once"),
        ({"red": "1", "near_infrared": "7"}, r"lacks near infrared \(band 7\)"),
        ({"red": "1", "nir": "4"}, "renames nir"),
    ],
)
def test_bands_that_cannot_be(tmp_path: Path, columns: dict[str, str], said: str) -> None:
    path = write_image(tmp_path / "air.tif", four_bands())
    with pytest.raises(DataError, match=rf"air\.tif(.|\n)*{said}(.|\n)*What to do: "):
        read("aerial_image", path, columns=columns)


def test_a_single_band_and_a_picture_without_infrared_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"one\.tif has a single band and lacks near infrared"):
        read("aerial_image", write_image(tmp_path / "one.tif", four_bands()[:1], (ColorInterp.gray,)))
    with pytest.raises(DataError, match=r"rgb\.tif has 3 bands and lacks near infrared(.|\n)*What to do: "):
        read("aerial_image", write_image(tmp_path / "rgb.tif", four_bands()[:3]))


def test_infrared_that_is_marked_as_transparency_must_be_told(tmp_path: Path) -> None:
    path = write_image(tmp_path / "air.tif", four_bands(), (*RGB, ColorInterp.alpha))
    with pytest.raises(DataError, match=r"band 4 as alpha, not near infrared(.|\n)*near_infrared = \"4\""):
        read("aerial_image", path)
    told = read("aerial_image", path, columns={"red": "1", "green": "2", "blue": "3", "near_infrared": "4"})["image"]
    assert (told.bands, told.alpha) == ((1, 4, 2, 3), 0)


def test_another_order_of_bands_is_seen_by_the_files_own_words(tmp_path: Path) -> None:
    path = write_image(tmp_path / "bgr.tif", four_bands(), (*RGB[::-1], ColorInterp.undefined))
    with pytest.raises(DataError, match=r"band 1 as blue, not red(.|\n)*band 3 as red, not blue"):
        read("aerial_image", path)


def test_degrees_and_an_unsaid_gap_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"deg\.tif(.|\n)*EPSG:4326(.|\n)*gdalwarp"):
        read("aerial_image", write_image(tmp_path / "deg.tif", four_bands(), crs=4326))
    with pytest.raises(DataError, match=r"air\.tif does not say which value means 'not surveyed'"):
        read("aerial_image", write_image(tmp_path / "air.tif", four_bands(), nodata=None))


# ---------------------------------------------------------------- labels


def test_labels_are_points_with_a_class(tmp_path: Path) -> None:
    rows = [*many(50, 49), f"Non-tree,{EAST + 500},{NORTH}"]
    found = read("canopy_labels", write_labels(tmp_path / "labels.csv", rows))["canopy_labels"]
    assert found["class"].value_counts().to_dict() == {"tree": 50, "not tree": 50}
    assert found.geometry.x.iloc[0] == EAST
    assert found.crs.to_epsg() == 27700


def test_labels_may_be_in_degrees(tmp_path: Path) -> None:
    rows = [f"{'tree' if k < 50 else 'not_tree'},{-1.4 + k / 1e4},53.4" for k in range(100)]
    found = read("canopy_labels", write_labels(tmp_path / "labels.csv", rows, "class,longitude,latitude"))
    assert found["canopy_labels"].geometry.x.between(439_000, 442_000).all()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (many(49, 200), "49 labelled tree and 200 labelled not tree; at least 50"),
        (many(100, 0), "100 labelled tree and 0 labelled not tree"),
        ([*many(), f"shrub,{EAST},{NORTH + 9}"], r"neither tree nor not tree: 'shrub' \(row 102\)"),
        ([*many(), f",{EAST},{NORTH + 9}"], "an empty cell"),
        ([*many(), f"tree,{EAST},{NORTH}"], r"2 labels share their place with another \(rows 2, 102\)"),
    ],
)
def test_labels_that_do_not_do(tmp_path: Path, rows: list[str], said: str) -> None:
    with pytest.raises(DataError, match=rf"labels\.csv(.|\n)*{said}(.|\n)*What to do: "):
        read("canopy_labels", write_labels(tmp_path / "labels.csv", rows))
