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


@pytest.mark.parametrize("nodata", [0.0, 255.0, float("nan")])
def test_beyond_its_edge_a_raster_knows_nothing(tmp_path: Path, nodata: float) -> None:
    raster = rasters.open_raster(
        write_raster(tmp_path / "trees.tif", np.ones((10, 10), dtype="uint8"), nodata=None), nodata
    )
    cells, transform = raster.read(-10, 80, 20, 110)
    assert cells.mask.tolist() == [[True, True, True], [True, False, False], [True, False, False]]
    assert (transform.c, transform.f) == (-10, 110)


def test_several_bands_are_read_together_in_the_order_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "bands.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=2, width=2, count=3, dtype="float32", crs=27700,
        transform=from_origin(0, 20, 10, 10), nodata=-1,
    ) as file:  # fmt: skip
        file.write(np.array([[[1, 2], [3, 4]], [[5, np.nan], [7, 8]], [[9, 10], [-1, 12]]], dtype="float32"))
    cells, _ = rasters.open_raster(path, bands=(3, 1)).read(0, 0, 20, 20)
    assert cells.shape == (2, 2, 2)
    assert cells[:, 0, 0].tolist() == [9, 1]
    assert cells.mask[0].tolist() == cells.mask[1].tolist() == [[False, False], [True, False]]
    assert rasters.open_raster(path, bands=(2,)).read(0, 0, 20, 20)[0].mask[0].tolist() == [
        [False, True],
        [False, False],
    ]
