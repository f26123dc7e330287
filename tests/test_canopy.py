from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from tests.toy import EAST, NORTH, block, point, table
from treeplan import geo, rasters
from treeplan.canopy import canopy_from_heights, canopy_from_shapes


@pytest.fixture
def heights(tmp_path: Path) -> rasters.Raster:
    """1 km by 100 m: trees of 5 m on the west half, grass on the east half, the last 100 m not surveyed."""
    cells = np.zeros((10, 100), dtype="float32")
    cells[:, :50] = 5
    cells[:, 90:] = -9999
    path = tmp_path / "heights.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=10, width=100, count=1, dtype="float32", crs=27700,
        transform=from_origin(EAST, NORTH + 100, 10, 10), nodata=-9999,
    ) as file:  # fmt: skip
        file.write(cells, 1)
    return rasters.open_raster(path)


def test_canopy_from_heights_by_hand(heights: rasters.Raster) -> None:
    zones = table([block(400, 0, 200, 100), block(0, 0, 500, 100)])
    assert canopy_from_heights(zones, heights, 2.5)["canopy_pct"].tolist() == pytest.approx([50, 100])


def test_a_higher_threshold_counts_less(heights: rasters.Raster) -> None:
    assert canopy_from_heights(table([block(0, 0, 500, 100)]), heights, 6.0)["canopy_pct"].tolist() == [0]


def test_a_zone_that_was_not_surveyed_is_unknown(heights: rasters.Raster, caplog: pytest.LogCaptureFixture) -> None:
    found = canopy_from_heights(table([block(850, 0, 100, 100)]), heights, 2.5)
    assert math.isnan(found["canopy_pct"].iloc[0])
    assert found["seen_share"].iloc[0] == pytest.approx(0.5)
    assert "1 of 1 neighbourhoods" in caplog.text


def test_a_tree_inside_a_wood_counts_once() -> None:
    wood = np.array([block(0, 0, 50, 100)], dtype=object)
    crowns = shapely.buffer([point(25, 50), point(75, 50)], 3)
    found = canopy_from_shapes(table([block(0, 0)]), wood, crowns)
    crown = shapely.area(shapely.buffer(point(0, 0), 3))
    assert found["canopy_pct"].iloc[0] == pytest.approx(100 * (5_000 + crown) / 10_000)


def test_no_woods_and_no_trees_is_none() -> None:
    assert canopy_from_shapes(table([block(0, 0)]), geo.NO_SHAPES, geo.NO_SHAPES)["canopy_pct"].tolist() == [0]
