"""A picture of the toy town from the air, 3 km by 1 km at 10 m, and points labelled in it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from rasterio.transform import from_origin

from tests.toy import EAST, NORTH, point, table
from treeplan import images

HIGH, WIDE, CELL_M = 100, 300, 10
TREE, GRASS = np.array([50, 170, 80, 50]), np.array([100, 150, 120, 80])
"""Red, near infrared, green and blue, with noise of 30 either way: single cells overlap, their surroundings do not."""


def trees() -> np.ndarray:
    """Where trees stand: squares of 100 m, the left half of each kilometre leafier than the right."""
    squares = np.random.default_rng(5).random((HIGH // 10, WIDE // 10)) < np.tile(np.repeat([0.5, 0.2], 5), 3)
    return np.kron(squares, np.ones((10, 10))) > 0


def write_picture(path: Path, is_tree: np.ndarray, gap: tuple[slice, slice] | None = None) -> images.Image:
    """A picture in which trees are darker and redder beyond what the eye sees; a gap is 0 in all bands."""
    colours = np.where(is_tree, TREE[:, None, None], GRASS[:, None, None])
    bands = colours + np.random.default_rng(6).integers(-30, 31, colours.shape)
    if gap is not None:
        bands[(slice(None), *gap)] = 0
    with rasterio.open(
        path, "w", driver="GTiff", height=HIGH, width=WIDE, count=4, dtype="uint8", crs=27700,
        transform=from_origin(EAST, NORTH + HIGH * CELL_M, CELL_M, CELL_M), nodata=0,
    ) as file:  # fmt: skip
        file.write(bands.astype("uint8"))
    return images.open_image(path, (1, 2, 3, 4))


def labels(is_tree: np.ndarray, count: int = 300, seed: int = 7) -> gpd.GeoDataFrame:
    """Points at the middle of cells drawn at random."""
    at = np.random.default_rng(seed).choice(is_tree.size, count, replace=False)
    rows, columns = np.unravel_index(at, is_tree.shape)
    places = [point(CELL_M * (c + 0.5), CELL_M * (HIGH - r - 0.5)) for r, c in zip(rows, columns, strict=True)]
    return table(places, **{"class": np.where(is_tree[rows, columns], "tree", "not tree")})
