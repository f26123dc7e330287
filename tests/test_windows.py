"""Windows of a raster: every tile that zones touch is read once, and no other."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from treeplan import geo, rasters, windows, zonal


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> rasters.Raster:
    """150 × 190 cells of 2 m, values 0–9, a tenth not surveyed, in tiles of 16."""
    draw = np.random.default_rng(3)
    cells = draw.integers(0, 10, (150, 190)).astype("uint8")
    cells[draw.random(cells.shape) < 0.1] = 255
    path = tmp_path_factory.mktemp("noise") / "noise.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=150, width=190, count=1, dtype="uint8", crs=27700, nodata=255,
        transform=from_origin(400_000, 300_300, 2, 2), tiled=True, blockxsize=16, blockysize=16,
    ) as file:  # fmt: skip
        file.write(cells, 1)
    return rasters.open_raster(path)


def zones_of(*shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs=geo.BNG)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[windows.Window]:
    """The windows that are read of files."""
    seen: list[windows.Window] = []
    as_it_was = windows._cells
    monkeypatch.setattr(windows, "_cells", lambda file, name, w: (seen.append(w), as_it_was(file, name, w))[1])
    return seen


def test_small_windows_give_the_same_and_cover_every_tile_once(
    noise: rasters.Raster, read: list[windows.Window], monkeypatch: pytest.MonkeyPatch
) -> None:
    west, south, east, north = noise.bounds
    middle = (west + 110, south + 90)
    quarters = [shapely.box(west, south, *middle), shapely.box(*middle, east, north)]
    zones = zones_of(*quarters, shapely.difference(shapely.box(*noise.bounds), shapely.union_all(quarters)))
    whole = zonal.zonal_share(noise, zones, 5)
    read.clear()
    monkeypatch.setattr(windows, "WINDOW_BYTES", 2_000)
    pd.testing.assert_frame_equal(zonal.zonal_share(noise, zones, 5), whole, rtol=1e-12)
    met = np.zeros((150, 190), dtype=int)
    for window in read:
        met[window.top : window.bottom, window.left : window.right] += 1
        assert (window.bottom - window.top) * (window.right - window.left) <= 1_000
    assert (met == 1).all()
    assert len(read) > 20


def test_tiles_that_no_zone_touches_are_not_read(
    noise: rasters.Raster, read: list[windows.Window], monkeypatch: pytest.MonkeyPatch
) -> None:
    west, _, _, north = noise.bounds
    monkeypatch.setattr(windows, "WINDOW_ROWS", 16)
    corners = [shapely.box(west + e, north - 20, west + e + 10, north - 15) for e in (5, 300)]
    zonal.zonal_share(noise, zones_of(*corners), 1)
    assert sorted(window[:4] for window in read) == [(0, 16, 0, 16), (0, 16, 144, 160)]
    assert sorted(window.zones.tolist() for window in read) == [[0], [1]]
