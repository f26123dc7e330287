"""Rasters: read window by window, outlined, and refused where they are not what a plan needs."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from treeplan import rasters
from treeplan.errors import DataError


def write_raster(
    path: Path, cells: np.ndarray, west: float = 0, north: float = 100, nodata: float | None = -9999
) -> Path:
    with rasterio.open(
        path, "w", driver="GTiff", height=cells.shape[0], width=cells.shape[1], count=1, dtype=cells.dtype, crs=27700,
        transform=from_origin(west, north, 10, 10), nodata=nodata,
    ) as file:  # fmt: skip
        file.write(cells, 1)
    return path


def test_raster_shapes_outline_the_high_cells(tmp_path: Path) -> None:
    cells = np.zeros((10, 10), dtype="float32")
    cells[0:2, 0:3] = 5
    raster = rasters.open_raster(write_raster(tmp_path / "trees.tif", cells))
    outlines = rasters.raster_shapes(raster, np.array([shapely.box(0, 0, 100, 100)]), 2.5)
    assert shapely.union_all(outlines).equals(shapely.box(0, 80, 30, 100))


def test_a_raster_of_whole_numbers_is_outlined_too(tmp_path: Path) -> None:
    cells = np.zeros((10, 10), dtype="uint8")
    cells[0:2, 0:3], cells[9, 9] = 5, 255
    raster = rasters.open_raster(write_raster(tmp_path / "trees.tif", cells, nodata=255))
    outlines = rasters.raster_shapes(raster, np.array([shapely.box(0, 0, 100, 100)]), 2.5)
    assert shapely.union_all(outlines).equals(shapely.box(0, 80, 30, 100))


@pytest.mark.parametrize("nodata", [0.0, 255.0, float("nan")])
def test_beyond_its_edge_a_raster_knows_nothing(tmp_path: Path, nodata: float) -> None:
    raster = rasters.open_raster(
        write_raster(tmp_path / "trees.tif", np.ones((10, 10), dtype="uint8"), nodata=None), nodata
    )
    cells, transform = raster.read(-10, 80, 20, 110)
    assert cells.mask.tolist() == [[True, True, True], [True, False, False], [True, False, False]]
    assert (transform.c, transform.f) == (-10, 110)


def test_a_cell_is_in_the_zone_that_its_middle_is_in(tmp_path: Path) -> None:
    raster = rasters.open_raster(write_raster(tmp_path / "cover.tif", np.ones((2, 3), dtype="int16")))
    # Cells of 10 m from (0, 100); the first zone ends beyond the middle of the second column, the second before it.
    shapes = [shapely.box(0, 90, 16, 100), shapely.box(0, 80, 14, 90), shapely.Polygon(), shapely.box(20, 0, 90, 95.1)]
    zones = gpd.GeoDataFrame(geometry=shapes, crs=27700)
    assert rasters.zone_of_cells(zones, raster).tolist() == [[0, 0, 3], [1, -1, 3]]
    assert rasters.zone_of_cells(zones.iloc[2:3], raster).tolist() == [[-1] * 3] * 2


def test_zones_that_overlap_or_are_in_degrees_are_told(tmp_path: Path) -> None:
    raster = rasters.open_raster(write_raster(tmp_path / "cover.tif", np.ones((2, 3), dtype="int16")))
    zones = gpd.GeoDataFrame(geometry=[shapely.box(0, 80, 20, 100), shapely.box(9, 90, 30, 100)], crs=27700)
    with pytest.raises(DataError, match="1 cells lie in more than one zone"):
        rasters.zone_of_cells(zones, raster)
    with pytest.raises(DataError, match="British National Grid"):
        rasters.zone_of_cells(zones.to_crs(4326), raster)
