"""Invented neighbourhoods that tile a square county, and a canopy raster over it; drawn from a seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely

from benchmarks.made import SOUTH_WEST, Points, Shapes

TILE = 512
"""Side of a tile of the raster, cells; one cell is one metre."""


def neighbourhoods(count: int, side_m: float, seed: int, step_m: float | None = 10.0) -> Shapes:
    """Valid polygons that tile a square with its south-west corner at `SOUTH_WEST`, in a random order.

    Borders wind like those of census areas, with a corner every `step_m`; None leaves them straight.
    """
    draw = np.random.default_rng(seed)
    square = shapely.box(*SOUTH_WEST, *(SOUTH_WEST + side_m))
    points = shapely.MultiPoint(SOUTH_WEST + draw.uniform(0, side_m, (count, 2)))
    cells = shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(points, extend_to=square)), square)
    if step_m is not None:
        cells = shapely.transform(shapely.segmentize(cells, step_m), lambda places: _wound(places, side_m))
    return draw.permutation(cells)


def _wound(places: Points, side_m: float) -> Points:
    """Every place moved a little along smooth waves, less towards the square's own border."""
    east, north = (places - SOUTH_WEST).T
    inwards = np.clip(np.minimum.reduce([east, north, side_m - east, side_m - north]) / 100, 0, 1)
    waves = [
        20 * np.sin(north / 60) + 6 * np.sin(east / 31 + north / 23),
        20 * np.sin(east / 57) + 6 * np.sin(north / 29 - east / 37),
    ]
    return places + inwards[:, None] * np.stack(waves, axis=1)


def canopy(path: Path, tiles: int, seed: int, dtype: str) -> None:
    """Write a cloud-optimised GeoTIFF of so many tiles each way: canopy yes or no (uint8), or its height in metres (float32).

    Tiles are drawn from a few patterns of woods and single trees. One in fifty has cells that were not surveyed.
    """
    import rasterio
    import rasterio.shutil
    from rasterio.transform import from_origin

    draw = np.random.default_rng(seed)
    patterns = _patterns(draw, dtype)
    side, nodata = tiles * TILE, 255 if dtype == "uint8" else -9999
    west, north = float(SOUTH_WEST[0]), float(SOUTH_WEST[1]) + side
    plain = path.with_suffix(".plain.tif")
    how = {"driver": "GTiff", "dtype": dtype, "count": 1, "crs": 27700, "nodata": nodata, "tiled": True}
    with rasterio.open(
        plain, "w", width=side, height=side, transform=from_origin(west, north, 1, 1), blockxsize=TILE, blockysize=TILE, **how
    ) as file:  # fmt: skip
        for row in range(tiles):
            strip = np.concatenate([patterns[k] for k in draw.integers(0, len(patterns), tiles)], axis=1)
            for column in np.flatnonzero(draw.random(tiles) < 0.02):
                strip[100:300, column * TILE + 50 : column * TILE + 250] = nodata
            file.write(strip, 1, window=rasterio.windows.Window(0, row * TILE, side, TILE))
    rasterio.shutil.copy(
        plain, path, driver="COG", compress="deflate", blocksize=TILE, overviews="none", num_threads="all_cpus"
    )
    plain.unlink()


def _patterns(draw: np.random.Generator, dtype: str) -> list[Any]:
    from scipy.ndimage import gaussian_filter

    found = []
    for smooth in draw.choice([3, 5, 8], 24):
        field = gaussian_filter(draw.normal(size=(TILE, TILE)), smooth, mode="wrap")
        field = field / field.std() - draw.uniform(-0.2, 2.2)
        heights = np.where(field > 0, np.round(2.5 + 6 * field + draw.normal(0, 0.5, field.shape), 2), 0)
        found.append((field > 0).astype(dtype) if dtype == "uint8" else heights.astype(dtype))
    return found
