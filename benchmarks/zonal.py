"""Zonal shares and means: what of a canopy raster lies in each neighbourhood."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import Answer, Numbers, Work, contender, row

RASTER, ZONES = "canopy.tif", "neighbourhoods.parquet"
SIZES = {"full": {"tiles": 37, "zones": 900}, "tiny": {"tiles": 2, "zones": 30}}
WHOLE_CELLS = 0.1
"""Peers that count whole cells are this far off for the smallest of the neighbourhoods."""


@row(
    title="Zonal share of canopy, yes or no",
    oracle="exactextract",
    within=1e-9,
    unit="of the zone (0–1)",
    sizes=SIZES,
)
def zonal(folder: Path, seed: int, tiles: int, zones: int) -> None:
    """Write a cloud-optimised raster of uint8, and neighbourhoods that tile it; each tile has 0.26 million cells."""
    _make(folder, seed, tiles, zones, "uint8")


@row(
    title="The same as a command of its own",
    oracle="exactextract",
    within=1e-9,
    unit="of the zone (0–1)",
    sizes=SIZES,
    whole_process=True,
)
def zonal_start(folder: Path, seed: int, tiles: int, zones: int) -> None:
    """The same data; start, imports and the loading of kernels (compiled by an earlier run) are in the time."""
    _make(folder, seed, tiles, zones, "uint8")


@row(
    title="Zonal mean of canopy height",
    oracle="exactextract",
    within=1e-8,
    unit="m, or of the zone (0–1)",
    sizes=SIZES,
)
def zonal_float(folder: Path, seed: int, tiles: int, zones: int) -> None:
    """The same with heights in metres, float32."""
    _make(folder, seed, tiles, zones, "float32")


def _make(folder: Path, seed: int, tiles: int, zones: int, dtype: str) -> None:
    import geopandas as gpd

    from benchmarks.made_zones import TILE, canopy, neighbourhoods

    canopy(folder / RASTER, tiles, seed, dtype)
    gpd.GeoDataFrame(geometry=neighbourhoods(zones, tiles * TILE, seed), crs=27700).to_parquet(folder / ZONES)


@contender("zonal-start", "treeplan", package="treeplan")
def treeplan_from_cold(folder: Path) -> tuple[Work, Answer]:
    """Our own function, as `canopy` calls it."""
    from treeplan import rasters, zonal

    raster, zones = rasters.open_raster(folder / RASTER), _zones(folder)
    return lambda: zonal.zonal_share(raster, zones, 1), lambda found: _numbers(found["share"], found["seen_share"])


@contender("zonal", "treeplan", package="treeplan")
def treeplan(folder: Path) -> tuple[Work, Answer]:
    """The same with its kernels loaded."""
    work, answer = treeplan_from_cold(folder)
    _load_kernels(folder, "zonal_share", 1)
    return work, answer


@contender("zonal-float", "treeplan", package="treeplan")
def treeplan_mean(folder: Path) -> tuple[Work, Answer]:
    """The mean, with its kernels loaded."""
    from treeplan import rasters, zonal

    raster, zones = rasters.open_raster(folder / RASTER), _zones(folder)
    _load_kernels(folder, "zonal_mean")
    return lambda: zonal.zonal_mean(raster, zones), lambda found: _numbers(found["mean"], found["seen_share"])


@contender("zonal", "exactextract", package="exactextract")
@contender("zonal-start", "exactextract", package="exactextract")
@contender("zonal-float", "exactextract", package="exactextract")
def exactextract(folder: Path) -> tuple[Work, Answer]:
    """Mean and count of cells; of yes and no the mean is the share."""
    import rasterio
    from exactextract import exact_extract

    zones, file = _zones(folder), rasterio.open(folder / RASTER)

    def answer(found: Any) -> Numbers:
        return _numbers(found["mean"], found["count"] / zones.area)

    return lambda: exact_extract(file, zones, ["mean", "count"], output="pandas"), answer


@contender("zonal", "rasterstats", package="rasterstats", within=WHOLE_CELLS)
@contender("zonal-start", "rasterstats", package="rasterstats", within=WHOLE_CELLS)
@contender("zonal-float", "rasterstats", package="rasterstats", within=WHOLE_CELLS * 10)
def rasterstats(folder: Path) -> tuple[Work, Answer]:
    """Cells whose middle lies inside."""
    from rasterstats import zonal_stats

    zones = _zones(folder)

    def answer(found: Any) -> Numbers:
        count = np.array([f["count"] for f in found], dtype=float)
        return _numbers([f["mean"] for f in found], count / zones.area)

    return lambda: zonal_stats(zones, str(folder / RASTER), stats=["mean", "count"]), answer


@contender("zonal", "rasterio.mask", package="rasterio", within=WHOLE_CELLS)
@contender("zonal-start", "rasterio.mask", package="rasterio", within=WHOLE_CELLS)
@contender("zonal-float", "rasterio.mask", package="rasterio", within=WHOLE_CELLS * 10)
def rasterio_mask(folder: Path) -> tuple[Work, Answer]:
    """One zone after the other, cells whose middle lies inside."""
    import rasterio
    from rasterio.mask import raster_geometry_mask

    zones, file = _zones(folder), rasterio.open(folder / RASTER)

    def work() -> list[tuple[float, int]]:
        found = []
        for shape in zones.geometry:
            outside, _, window = raster_geometry_mask(file, [shape], crop=True)
            cells = file.read(1, window=window)
            inside = cells[~outside & (cells != file.nodata)]
            found.append((inside.mean(dtype=float), inside.size))
        return found

    def answer(found: Any) -> Numbers:
        means, counts = np.array(found).T
        return _numbers(means, counts / zones.area)

    return work, answer


@contender("zonal", "limit", package="rasterio", only="only decodes the tiles that zones touch")
@contender("zonal-float", "limit", package="rasterio", only="only decodes the tiles that zones touch")
def limit(folder: Path) -> tuple[Work, Answer]:
    """Decode the touched tiles, on all processors, a row of tiles at a time, with no more cache than that needs."""
    import os
    from concurrent.futures import ThreadPoolExecutor

    import rasterio
    from rasterio.windows import Window

    processors = os.cpu_count() or 1

    def work() -> None:
        with rasterio.open(folder / RASTER) as file:
            height, width, tall = file.height, file.width, file.block_shapes[0][0]

        def decode(lane: int) -> None:
            with rasterio.open(folder / RASTER) as file:
                for row in range(lane * tall, height, processors * tall):
                    for column in range(0, width, 8192):
                        window = Window(column, row, min(8192, width - column), min(tall, height - row))
                        file.read(1, window=window)

        with rasterio.Env(GDAL_CACHEMAX=16 * 1024**2), ThreadPoolExecutor(processors) as threads:
            list(threads.map(decode, range(processors)))

    return work, lambda _: np.empty(0)


def _zones(folder: Path) -> Any:
    import geopandas as gpd

    return gpd.read_parquet(folder / ZONES)


def _load_kernels(folder: Path, name: str, *more: float) -> None:
    """Once over one neighbourhood, from which whatever is compiled stays in memory."""
    from treeplan import rasters, zonal

    getattr(zonal, name)(rasters.open_raster(folder / RASTER), _zones(folder)[:1], *more)


def _numbers(values: Any, seen_share: Any) -> Numbers:
    return np.concatenate([np.asarray(values, dtype=float), np.asarray(seen_share, dtype=float)])
