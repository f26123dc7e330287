from __future__ import annotations

import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import from_origin

from treeplan import geo
from treeplan.errors import DataError


def shapes(*found: shapely.Geometry) -> geo.Shapes:
    return np.array(found, dtype=object)


def write_raster(
    path: Path, cells: np.ndarray, west: float = 0, north: float = 100, nodata: float | None = -9999
) -> Path:
    with rasterio.open(
        path, "w", driver="GTiff", height=cells.shape[0], width=cells.shape[1], count=1, dtype=cells.dtype, crs=27700,
        transform=from_origin(west, north, 10, 10), nodata=nodata,
    ) as file:  # fmt: skip
        file.write(cells, 1)
    return path


def test_a_grid_reference_is_the_one_on_the_list_entry() -> None:
    # Historic England gives SJ8023085291 for easting 380230.27, northing 385291.22 (list entry 1067598).
    assert geo.grid_reference(380_230.27, 385_291.22, digits=5) == "SJ8023085291"
    assert geo.grid_reference(380_230.27, 385_291.22) == "SJ80238529"


@pytest.mark.parametrize(
    ("easting", "northing", "letters"),
    [(0, 0, "SV"), (530_000, 180_000, "TQ"), (435_000, 406_000, "SE"), (460_000, 1_210_000, "HP")],
)
def test_the_letters_of_the_national_grid(easting: float, northing: float, letters: str) -> None:
    assert geo.grid_reference(easting, northing)[:2] == letters


def test_a_point_off_the_grid_is_refused() -> None:
    with pytest.raises(DataError, match="off the National Grid"):
        geo.grid_reference(-5, 100)


def test_an_area_in_degrees_is_refused() -> None:
    degrees = gpd.GeoDataFrame(geometry=[shapely.box(-1, 53, -0.9, 53.1)], crs=4326)
    with pytest.raises(DataError, match="British National Grid"):
        geo.share_within(degrees, shapes())


def test_subtract_takes_away_what_overlaps_and_no_more() -> None:
    left = geo.subtract(
        shapes(shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)),
        shapes(shapely.box(5, 0, 15, 10), shapely.box(8, 0, 9, 10)),
    )
    assert [s.area for s in left] == [50, 100]


def test_subtract_with_many_takers_equals_the_plain_difference() -> None:
    takers = shapes(*[shapely.Point(i % 10, i // 10).buffer(0.4) for i in range(100)])
    square = shapely.box(0, 0, 9, 9)
    assert geo.subtract(shapes(square), takers)[0].area == pytest.approx(
        square.difference(shapely.union_all(takers)).area, abs=1e-9
    )


boxes = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(1, 30), st.integers(1, 30)).map(
        lambda b: shapely.box(b[0], b[1], b[0] + b[2], b[1] + b[3])
    ),
    min_size=1,
    max_size=8,
)


@given(boxes)
@settings(max_examples=60, deadline=None)
def test_without_overlaps_keeps_the_union_and_counts_it_once(found: list[shapely.Polygon]) -> None:
    once = geo.without_overlaps(shapes(*found))
    union = shapely.union_all(found).area
    assert shapely.area(once).sum() == pytest.approx(union)
    assert shapely.union_all(once).area == pytest.approx(union)
    assert once[0].area == found[0].area


@given(boxes, boxes)
@settings(max_examples=60, deadline=None)
def test_what_is_taken_and_what_is_left_add_up(lands: list[shapely.Polygon], takers: list[shapely.Polygon]) -> None:
    land = shapes(*lands)
    left = geo.subtract(land, shapes(*takers))
    union = shapely.union_all(takers)
    assert shapely.area(left) == pytest.approx(shapely.area(shapely.difference(land, union)), abs=1e-9)


def test_the_compactness_of_a_square_is_a_quarter_pi() -> None:
    assert geo.compactness(shapes(shapely.box(0, 0, 7, 7)))[0] == pytest.approx(math.pi / 4)


def test_the_wide_part_drops_a_tail_and_keeps_corners() -> None:
    block_with_tail = shapely.union(shapely.box(0, 0, 20, 20), shapely.box(20, 9, 60, 11))
    assert geo.wide_part(shapes(block_with_tail), 4)[0].area == pytest.approx(400, rel=0.03)


def test_overlapping_cover_counts_once() -> None:
    zone = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 10, 10)], crs=geo.BNG)
    assert geo.share_within(zone, shapes(shapely.box(0, 0, 5, 10), shapely.box(0, 0, 6, 10)))[0] == pytest.approx(0.6)


def test_zonal_share_counts_the_part_of_a_cell_inside(tmp_path: Path) -> None:
    cells = np.zeros((10, 10), dtype="float32")
    cells[:, :5] = 12
    raster = geo.open_raster(write_raster(tmp_path / "trees.tif", cells))
    zones = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 100, 100), shapely.box(45, 0, 65, 100)], crs=geo.BNG)
    found = geo.zonal_share(raster, zones, 2.5)
    assert found["share"].tolist() == pytest.approx([0.5, 0.25])
    assert found["seen_share"].tolist() == pytest.approx([1, 1])


def test_a_gap_in_a_raster_is_not_zero(tmp_path: Path) -> None:
    cells = np.zeros((10, 10), dtype="float32")
    cells[:5] = -9999
    cells[5:, :5] = 12
    raster = geo.open_raster(write_raster(tmp_path / "trees.tif", cells))
    zones = gpd.GeoDataFrame(
        geometry=[shapely.box(0, 0, 100, 100), shapely.box(0, 60, 100, 100), shapely.box(200, 0, 300, 50)], crs=geo.BNG
    )
    found = geo.zonal_share(raster, zones, 2.5)
    assert found["share"].iloc[0] == pytest.approx(0.5)
    assert found["share"].isna().tolist() == [False, True, True]
    assert found["seen_share"].tolist() == pytest.approx([0.5, 0, 0])


def test_raster_shapes_outline_the_high_cells(tmp_path: Path) -> None:
    cells = np.zeros((10, 10), dtype="float32")
    cells[0:2, 0:3] = 5
    raster = geo.open_raster(write_raster(tmp_path / "trees.tif", cells))
    outlines = geo.raster_shapes(raster, shapely.box(0, 0, 100, 100), 2.5)
    assert shapely.union_all(outlines).equals(shapely.box(0, 80, 30, 100))


def test_a_raster_of_whole_numbers_is_outlined_too(tmp_path: Path) -> None:
    cells = np.zeros((10, 10), dtype="uint8")
    cells[0:2, 0:3], cells[9, 9] = 5, 255
    raster = geo.open_raster(write_raster(tmp_path / "trees.tif", cells, nodata=255))
    outlines = geo.raster_shapes(raster, shapely.box(0, 0, 100, 100), 2.5)
    assert shapely.union_all(outlines).equals(shapely.box(0, 80, 30, 100))


def test_midranks_by_hand() -> None:
    reference = np.array([1.0, 2.0, 2.0, 3.0, np.nan])
    assert geo.midrank_share(np.array([0.0, 1, 2, 3, 9]), reference).tolist() == [0, 0.125, 0.5, 0.875, 1]
    assert geo.midrank_share(np.array([1.0]), reference, upwards=False).tolist() == [0.875]
    assert np.isnan(geo.midrank_share(np.array([1.0, np.nan]), np.array([np.nan]))).all()
