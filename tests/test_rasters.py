"""Rasters: cells counted by the part inside a zone, and gaps that are not zero."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from treeplan import geo, rasters


def write_raster(
    path: Path, cells: np.ndarray, west: float = 0, north: float = 100, nodata: float | None = -9999
) -> Path:
    with rasterio.open(
        path, "w", driver="GTiff", height=cells.shape[0], width=cells.shape[1], count=1, dtype=cells.dtype, crs=27700,
        transform=from_origin(west, north, 10, 10), nodata=nodata,
    ) as file:  # fmt: skip
        file.write(cells, 1)
    return path


def test_zonal_share_counts_the_part_of_a_cell_inside(tmp_path: Path) -> None:
    cells = np.zeros((10, 10), dtype="float32")
    cells[:, :5] = 12
    raster = rasters.open_raster(write_raster(tmp_path / "trees.tif", cells))
    zones = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 100, 100), shapely.box(45, 0, 65, 100)], crs=geo.BNG)
    found = rasters.zonal_share(raster, zones, 2.5)
    assert found["share"].tolist() == pytest.approx([0.5, 0.25])
    assert found["seen_share"].tolist() == pytest.approx([1, 1])


def test_a_gap_in_a_raster_is_not_zero(tmp_path: Path) -> None:
    cells = np.zeros((10, 10), dtype="float32")
    cells[:5] = -9999
    cells[5:, :5] = 12
    raster = rasters.open_raster(write_raster(tmp_path / "trees.tif", cells))
    zones = gpd.GeoDataFrame(
        geometry=[shapely.box(0, 0, 100, 100), shapely.box(0, 60, 100, 100), shapely.box(200, 0, 300, 50)], crs=geo.BNG
    )
    found = rasters.zonal_share(raster, zones, 2.5)
    assert found["share"].iloc[0] == pytest.approx(0.5)
    assert found["share"].isna().tolist() == [False, True, True]
    assert found["seen_share"].tolist() == pytest.approx([0.5, 0, 0])


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
