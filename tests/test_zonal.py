"""Zonal arithmetic: by hand, in sum, and against exactextract over thousands of random zones."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.transform import from_origin

from treeplan import geo, rasters, windows, zonal
from treeplan.errors import DataError


def write(
    path: Path,
    cells: Any,
    nodata: float | None = -9999,
    cell_m: float = 10,
    west: float = 0,
    north: float = 100,
    **how: Any,
) -> rasters.Raster:
    """A raster file from rows of cells, north first."""
    cells = np.asarray(cells)
    with rasterio.open(
        path, "w", driver="GTiff", height=cells.shape[0], width=cells.shape[1], count=1, dtype=cells.dtype, crs=27700,
        transform=from_origin(west, north, cell_m, cell_m), nodata=nodata, **how,
    ) as file:  # fmt: skip
        file.write(cells, 1)
    return rasters.open_raster(path, None if nodata is not None else math.nan)


def zones_of(*shapes: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs=geo.BNG)


@pytest.fixture
def trees(tmp_path: Path) -> rasters.Raster:
    """100 m square: trees of 12 m on the west half, nothing on the east half."""
    cells = np.zeros((10, 10), dtype="float32")
    cells[:, :5] = 12
    return write(tmp_path / "trees.tif", cells)


# ---------------------------------------------------------------- by hand


def test_a_share_counts_the_part_of_a_cell_inside(trees: rasters.Raster) -> None:
    found = zonal.zonal_share(trees, zones_of(shapely.box(0, 0, 100, 100), shapely.box(45, 0, 65, 100)), 2.5)
    assert found["share"].tolist() == pytest.approx([0.5, 0.25])
    assert found["seen_share"].tolist() == pytest.approx([1, 1])
    assert found["seen_m2"].tolist() == pytest.approx([10_000, 2_000])


def test_a_gap_in_a_raster_is_not_zero(tmp_path: Path) -> None:
    cells = np.zeros((10, 10), dtype="float32")
    cells[:5], cells[5:, :5] = -9999, 12
    raster = write(tmp_path / "trees.tif", cells)
    zones = zones_of(shapely.box(0, 0, 100, 100), shapely.box(0, 60, 100, 100), shapely.box(200, 0, 300, 50))
    found = zonal.zonal_share(raster, zones, 2.5)
    assert found["share"].iloc[0] == pytest.approx(0.5)
    assert found["share"].isna().tolist() == [False, True, True]
    assert found["seen_share"].tolist() == [pytest.approx(0.5), 0, 0]
    assert zonal.seen_share(raster, zones).tolist() == found["seen_share"].tolist()
    assert zonal.zonal_mean(raster, zones)["mean"].iloc[0] == pytest.approx(6)


def test_a_triangle_takes_half_of_a_cell(tmp_path: Path) -> None:
    raster = write(tmp_path / "cells.tif", np.array([[1, 2], [3, 4]], dtype="uint8"), 255, north=20)
    triangle = shapely.Polygon([(0, 0), (20, 0), (0, 20)])
    found = zonal.zonal_mean(raster, zones_of(triangle))
    # Half of the cell above, half of the cell at the right, all of the cell in the corner.
    assert found["mean"].iloc[0] == pytest.approx((0.5 * 1 + 1 * 3 + 0.5 * 4) / 2)
    assert found["seen_m2"].iloc[0] == pytest.approx(200)


def test_classes_are_counted_together(tmp_path: Path) -> None:
    raster = write(tmp_path / "cover.tif", np.array([[1, 2, 3, 10, 10]], dtype="uint8"), 3, north=10)
    zones = zones_of(shapely.box(0, 0, 50, 10), shapely.box(5, 0, 15, 10))
    found = zonal.zonal_class_share(raster, zones, [10, 2, 3, 777, 1.5])
    assert found["share"].tolist() == pytest.approx([0.75, 0.5]), "3 means not surveyed, 777 and 1.5 cannot occur"
    assert found["seen_share"].tolist() == pytest.approx([0.8, 1])
    assert zonal.zonal_class_share(raster, zones, [])["share"].tolist() == [0, 0]


def test_holes_parts_and_overlaps(trees: rasters.Raster) -> None:
    ring = shapely.box(0, 0, 100, 100) - shapely.box(10, 10, 50, 90)
    parts = shapely.MultiPolygon([shapely.box(0, 0, 20, 20), shapely.box(80, 80, 100, 100)])
    found = zonal.zonal_share(trees, zones_of(ring, shapely.reverse(ring), parts, shapely.box(40, 0, 60, 50)), 12)
    assert found["share"].tolist() == pytest.approx([1800 / 6800, 1800 / 6800, 0.5, 0.5])
    assert found["seen_m2"].tolist() == pytest.approx([6800, 6800, 800, 1000])


def test_a_zone_smaller_than_a_cell(trees: rasters.Raster) -> None:
    found = zonal.zonal_share(trees, zones_of(shapely.box(42.25, 33, 42.5, 33.125), shapely.box(49, 1, 51, 2)), 1)
    assert found["share"].tolist() == pytest.approx([1, 0.5])
    assert found["seen_m2"].tolist() == pytest.approx([0.25 / 8, 2])


def test_zones_that_leave_the_raster_or_have_no_area(trees: rasters.Raster) -> None:
    zones = zones_of(
        shapely.box(-100, -100, 200, 200), shapely.box(-50, 20, 50, 40), shapely.box(60, 90, 160, 110),
        shapely.box(-50, 0, 0, 100), shapely.box(500, 500, 600, 600), shapely.Polygon(), None, shapely.Point(5, 5),
        shapely.GeometryCollection([shapely.Point(1, 1), shapely.box(0, 0, 10, 10)]),
    )  # fmt: skip
    zones.index = pd.Index(list("abcdefghi"))
    found = zonal.zonal_share(trees, zones, 1)
    assert found["seen_share"].tolist() == pytest.approx([1 / 9, 0.5, 0.2, 0, 0, 0, 0, 0, 1])
    assert found["share"].tolist() == pytest.approx([0.5, 1, 0, *[math.nan] * 5, 1], nan_ok=True)
    assert list(found.index) == list("abcdefghi")
    assert len(zonal.zonal_share(trees, zones[:0], 1)) == 0


def test_nan_and_the_declared_value_are_both_gaps(tmp_path: Path) -> None:
    cells = np.array([[np.nan, -9999, 4, 6]], dtype="float32")
    for nodata, mean, seen in [(-9999, 5, 0.5), (math.nan, (4 + 6 - 9999) / 3, 0.75)]:
        raster = write(tmp_path / f"{nodata}.tif", cells, nodata, north=10)
        found = zonal.zonal_mean(raster, zones_of(shapely.box(0, 0, 40, 10)))
        assert found["mean"].iloc[0] == pytest.approx(mean)
        assert found["seen_share"].iloc[0] == pytest.approx(seen)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "float32", "float64"])
def test_a_threshold_is_compared_in_the_raster_s_own_type(tmp_path: Path, dtype: str) -> None:
    cells = np.array([[0, 2, 3, 100]], dtype=dtype)
    raster = write(tmp_path / "cells.tif", cells, 100, north=10)
    zone = zones_of(shapely.box(0, 0, 40, 10))
    for at_least, expected in [(-300, 1), (0, 1), (2, 2 / 3), (2.5, 1 / 3), (3, 1 / 3), (4, 0), (1e9, 0)]:
        assert zonal.zonal_share(raster, zone, at_least)["share"].iloc[0] == pytest.approx(expected)


def test_a_decimal_threshold_meets_itself_in_single_precision(tmp_path: Path) -> None:
    raster = write(tmp_path / "cells.tif", np.array([[0.7, 0.6]], dtype="float32"), north=10)
    assert zonal.zonal_share(raster, zones_of(shapely.box(0, 0, 20, 10)), 0.7)["share"].iloc[0] == pytest.approx(0.5)


def test_values_that_mean_nothing_stop_a_mean_and_say_so(tmp_path: Path) -> None:
    for wrong in (np.inf, -3.4e38):
        raster = write(tmp_path / "cells.tif", np.array([[1, wrong, 2]], dtype="float32"), north=10)
        with pytest.raises(DataError, match=r"cells.tif holds values.*\n.*nodata"):
            zonal.zonal_mean(raster, zones_of(shapely.box(0, 0, 30, 10)))


@pytest.mark.parametrize("wrong", [np.inf, 3.4e38, -3.4e38])
def test_values_that_mean_nothing_are_neither_trees_nor_bare(tmp_path: Path, wrong: float) -> None:
    raster = write(tmp_path / "cells.tif", np.array([[5, wrong, 0, 1]], dtype="float32"), north=10)
    found = zonal.zonal_share(raster, zones_of(shapely.box(0, 0, 40, 10)), 2.5).iloc[0]
    assert (found["share"], found["seen_share"]) == pytest.approx((1 / 3, 3 / 4))


def test_a_file_that_was_cut_off_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cut.tif"
    noise = np.random.default_rng(1).integers(0, 200, (64, 64)).astype("uint8")
    raster = write(path, noise, 255, tiled=True, blockxsize=16, blockysize=16, compress="deflate")
    path.write_bytes(path.read_bytes()[:2500])
    with pytest.raises(DataError, match=r"cut\.tif cannot be read to its end"):
        zonal.zonal_share(raster, zones_of(shapely.box(0, -540, 640, 100)), 1)


def test_zones_in_degrees_are_refused(trees: rasters.Raster) -> None:
    with pytest.raises(DataError, match="British National Grid"):
        zonal.zonal_share(trees, gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs=4326), 1)


# ---------------------------------------------------------------- in sum


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> rasters.Raster:
    """150 × 190 cells of 2 m, values 0–9, a tenth not surveyed, in tiles of 16."""
    draw = np.random.default_rng(3)
    cells = draw.integers(0, 10, (150, 190)).astype("uint8")
    cells[draw.random(cells.shape) < 0.1] = 255
    path = tmp_path_factory.mktemp("noise") / "noise.tif"
    return write(path, cells, 255, 2, 400_000, 300_300, tiled=True, blockxsize=16, blockysize=16)


def cut_up(raster: rasters.Raster, count: int, seed: int) -> gpd.GeoDataFrame:
    """Zones that tile a raster, in a random order."""
    draw = np.random.default_rng(seed)
    west, south, east, north = raster.bounds
    points = shapely.MultiPoint(draw.uniform([west, south], [east, north], (count, 2)))
    frame = shapely.box(*raster.bounds)
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=frame))
    return zones_of(*draw.permutation(shapely.intersection(cells, frame)))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(2, 80))
def test_zones_that_tile_a_raster_add_up_to_it(noise: rasters.Raster, seed: int, count: int) -> None:
    zones = cut_up(noise, count, seed)
    with rasterio.open(noise.path) as file:
        cells = file.read(1)
    seen = cells != 255
    shares, means = zonal.zonal_share(noise, zones, 6), zonal.zonal_mean(noise, zones)
    assert shares["seen_m2"].sum() == pytest.approx(4 * seen.sum(), rel=1e-12)
    assert (shares["share"] * shares["seen_m2"]).sum() == pytest.approx(4 * (seen & (cells >= 6)).sum(), rel=1e-12)
    assert (means["mean"] * means["seen_m2"]).sum() == pytest.approx(4 * cells[seen].sum(dtype=float), rel=1e-12)


def test_neither_threads_nor_the_order_of_zones_change_a_bit(
    noise: rasters.Raster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "WINDOW_BYTES", 2_000)
    monkeypatch.setattr(zonal.os, "cpu_count", lambda: 8)
    zones = cut_up(noise, 40, 1)
    found = {}
    for threads in (1, 2, 3):
        monkeypatch.setattr(zonal, "MOST_THREADS", threads)
        found[threads] = zonal.zonal_mean(noise, zones)
    pd.testing.assert_frame_equal(found[1], found[2], check_exact=True)
    pd.testing.assert_frame_equal(found[1], found[3], check_exact=True)
    pd.testing.assert_frame_equal(zonal.zonal_mean(noise, zones[::-1]), found[1][::-1], check_exact=True)


# ---------------------------------------------------------------- against exactextract

NODATA = {"uint8": [255, 3], "int16": [-32768, 2], "float32": [-9999, math.nan, 3], "float64": [-3.4e38, math.nan]}


def invented(seed: int, path: Path) -> tuple[rasters.Raster, dict[str, Any]]:
    """A small raster of any type, tiling and pattern of gaps, and what exactextract is given: NaN in the gaps."""
    draw = np.random.default_rng(seed)
    dtype = str(draw.choice(list(NODATA)))
    nodata = float(draw.choice(NODATA[dtype]))
    cells = draw.integers(0, 6, draw.integers(1, 160, 2)).astype(dtype)
    if dtype.startswith("float"):
        cells += draw.random(cells.shape).astype(dtype)
        cells[draw.random(cells.shape) < 0.02] = np.nan
    cells[draw.random(cells.shape) < draw.choice([0, 0.02, 0.5, 1], p=[0.3, 0.3, 0.3, 0.1])] = nodata
    if draw.random() < 0.3:
        cells[: len(cells) // 2] = nodata
    cell_m, west, south = float(draw.choice([0.5, 1, 2, 10])), *draw.uniform(0, 600_000, 2)
    tiled = {"tiled": True, "blockxsize": 16, "blockysize": int(draw.choice([16, 32]))}
    how = tiled if draw.random() < 0.6 else {"blockysize": int(draw.integers(1, len(cells) + 1))}
    raster = write(path, cells, nodata, cell_m, west, south + len(cells) * cell_m, **how)
    hidden = (cells == nodata) | np.isnan(cells)
    worth = {"share": cells >= 3, "classes": np.isin(cells, [0, 2, 4]), "mean": cells}
    return raster, {name: np.where(hidden, np.nan, values.astype(float)) for name, values in worth.items()}


def invented_zones(seed: int, raster: rasters.Raster, count: int) -> gpd.GeoDataFrame:
    """Stars, boxes along the cells, holes, parts, slivers; large, tiny, on the border and off it."""
    draw = np.random.default_rng(seed)
    west, south, east, north = raster.bounds
    size = max(east - west, north - south)
    zones = []
    for kind in draw.integers(0, 5, count):
        at, reach = draw.uniform([west - size / 5, south - size / 5], [east + size / 5, north + size / 5]), size * 10 ** draw.uniform(-2.5, 0)  # fmt: skip
        turn = np.sort(draw.uniform(0, 2 * np.pi, draw.integers(3, 40)))
        star = shapely.Polygon(
            at + reach * draw.uniform(0.2, 1, (len(turn), 1)) * np.stack([np.cos(turn), np.sin(turn)], 1)
        )
        zone = shapely.make_valid(star)
        if kind == 0:
            low = np.floor((at - [west, south]) / raster.cell_m) * raster.cell_m + [west, south]
            zone = shapely.box(*low, *(low + np.ceil(reach / raster.cell_m) * raster.cell_m))
        elif kind == 1:
            zone = zone - shapely.Point(at).buffer(reach / 3, quad_segs=3)
        elif kind == 2:
            zone = zone | shapely.Point(at + 2 * reach).buffer(reach / 2, quad_segs=3)
        elif kind == 3:
            zone = shapely.LineString([at, at + reach]).buffer(reach / 300)
        zones.append(zone)
    return zones_of(*[z for z in zones if z.area > 0])


def of_exactextract(raster: rasters.Raster, worth: dict[str, Any], zones: gpd.GeoDataFrame) -> dict[str, pd.DataFrame]:
    west, south, east, north = raster.bounds
    frame = {"xmin": west, "ymin": south, "xmax": east, "ymax": north, "nodata": np.nan}
    sources = [NumPyRasterSource(cells, name=name, **frame) for name, cells in worth.items()]
    answers = pd.DataFrame([f["properties"] for f in exact_extract(sources, zones, ["sum", "count"])])
    found = {}
    for name in worth:
        count = answers[f"{name}_count"].to_numpy(dtype=float)
        total = answers[f"{name}_sum"].to_numpy(dtype=float)
        value = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
        found[name] = pd.DataFrame({"value": value, "seen_m2": count * raster.cell_m**2})
    return found


@pytest.mark.parametrize("part", range(4))
def test_as_exactextract_over_random_rasters_and_zones(
    part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = 0
    for seed in range(part * 12, part * 12 + 12):
        raster, worth = invented(seed, tmp_path / f"{seed}.tif")
        zones = invented_zones(seed, raster, 50)
        monkeypatch.setattr(windows, "WINDOW_BYTES", [600, 5_000, 8_000_000][seed % 3])
        ours = {
            "share": zonal.zonal_share(raster, zones, 3),
            "classes": zonal.zonal_class_share(raster, zones, [0, 2, 4]),
            "mean": zonal.zonal_mean(raster, zones),
        }
        # exactextract keeps the part of a cell in single precision; corners are known to a ten-billionth of a metre.
        rounding = (
            6e-8 * raster.cell_m * (2 * zones.length + 4 * raster.cell_m).to_numpy() + 1e-9 * zones.length.to_numpy()
        )
        for name, theirs in of_exactextract(raster, worth, zones).items():
            column = "mean" if name == "mean" else "share"
            area = zones.area.to_numpy()
            assert (np.abs(theirs["seen_m2"] - ours[name]["seen_m2"]) <= rounding).all()
            known = theirs["seen_m2"].to_numpy() > 1e-4 * area
            slack = 6 * rounding[known] / theirs["seen_m2"].to_numpy()[known]
            assert (np.abs(theirs["value"] - ours[name][column])[known] <= slack).all(), f"{name}, seed {seed}"
            assert ours[name][column][theirs["seen_m2"].to_numpy() == 0].isna().all()
        compared += len(zones)
    assert compared > 500


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    corners=st.lists(st.tuples(st.integers(-8, 48), st.integers(-8, 48)), min_size=3, max_size=8, unique=True),
    nodata=st.sampled_from([255, 0, 4]),
)
def test_as_cell_by_cell_where_corners_fall_on_cells(
    tmp_path: Path, corners: list[tuple[int, int]], nodata: int
) -> None:
    """Corners on a lattice of quarter cells: edges along rows, through corners and on the raster's border."""
    cells = (np.arange(100).reshape(10, 10) * 7 % 5).astype("uint8")
    raster = write(tmp_path / "cells.tif", cells, nodata, 1, north=10)
    zone = shapely.make_valid(shapely.Polygon(np.array(corners) / 4))
    ours = zonal.zonal_mean(raster, zones_of(zone)).iloc[0]
    east, down = np.meshgrid(np.arange(10), np.arange(10))
    parts = shapely.area(shapely.intersection(zone, shapely.box(east, 9 - down, east + 1, 10 - down)))
    seen = np.where(cells == nodata, 0, parts)
    assert ours["seen_m2"] == pytest.approx(seen.sum(), abs=1e-12)
    if seen.sum() > 1e-9:
        assert ours["mean"] == pytest.approx((seen * cells).sum() / seen.sum(), rel=1e-12, abs=1e-12)


# ---------------------------------------------------------------- many tiles


def quartered(folder: Path, cells: Any, overlap: int = 0) -> rasters.Raster:
    """The cells cut into four tiles, which may overlap by some rows and columns."""
    high, wide = cells.shape[0] // 2, cells.shape[1] // 2
    tiles = []
    for row, column in ((0, 0), (0, wide), (high, 0), (high, wide)):
        part = cells[row : row + high + overlap, column : column + wide + overlap]
        path = folder / f"{row}_{column}_{overlap}.tif"
        write(path, part, west=10 * column, north=10 * (cells.shape[0] - row))
        tiles.append(rasters.open_tile(path))
    return rasters.joined(folder, tiles)


@pytest.mark.parametrize("overlap", [0, 3])
def test_tiles_add_up_to_the_whole_they_were_cut_from(tmp_path: Path, overlap: int) -> None:
    draw = np.random.default_rng(7)
    cells = draw.uniform(0, 20, (40, 60)).astype("float32")
    cells[draw.random(cells.shape) < 0.1] = -9999
    whole = write(tmp_path / "whole.tif", cells, north=400)
    centres = draw.uniform((-20, -20), (620, 420), (60, 2))
    zones = zones_of(*shapely.buffer(shapely.points(centres), draw.uniform(3, 150, 60)))
    tiles = quartered(tmp_path, cells, overlap)
    for measure in (lambda raster: zonal.zonal_share(raster, zones, 5), lambda raster: zonal.zonal_mean(raster, zones)):
        pd.testing.assert_frame_equal(measure(tiles), measure(whole), rtol=1e-9, atol=1e-12)


def test_ground_between_tiles_was_not_seen(tmp_path: Path) -> None:
    cells = np.full((10, 10), 12, dtype="float32")
    write(tmp_path / "west.tif", cells)
    write(tmp_path / "east.tif", cells, west=200)
    raster = rasters.joined(tmp_path, [rasters.open_tile(tmp_path / f"{side}.tif") for side in ("west", "east")])
    found = zonal.zonal_share(raster, zones_of(shapely.box(0, 0, 300, 100), shapely.box(110, 0, 190, 100)), 2.5)
    assert found["share"].iloc[0] == 1
    assert found["seen_share"].tolist() == pytest.approx([2 / 3, 0])
    assert math.isnan(found["share"].iloc[1])


def test_a_warped_tile_is_measured_as_it_reads(tmp_path: Path) -> None:
    path = tmp_path / "degrees.tif"
    cells = np.random.default_rng(3).integers(0, 20, (30, 40)).astype("float32")
    with rasterio.open(
        path, "w", driver="GTiff", height=30, width=40, count=1, dtype="float32", crs=4326,
        transform=from_origin(-1.5, 53.4, 0.001, 0.001), nodata=-9999,
    ) as file:  # fmt: skip
        file.write(cells, 1)
    raster = rasters.open_raster(path, warp=True)
    read, _ = raster.read(*raster.bounds)
    whole = zonal.zonal_share(raster, zones_of(shapely.box(*raster.bounds)), 10).iloc[0]
    assert whole["share"] == pytest.approx(float((read.compressed() >= 10).mean()))
    assert whole["seen_share"] == pytest.approx(read.count() / read.size)
