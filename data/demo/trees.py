"""Trees of Hallowmere as four kinds of source see them: heights, crowns outside woods, land cover, points on a photo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import places
import rasterio
import shapely
import town
from rasterio.features import rasterize, shapes
from shapely.geometry import LineString
from town import EAST, NORTH, SOUTH, WEST

SHAPE = (NORTH - SOUTH, EAST - WEST)
GRID = rasterio.Affine(1, 0, WEST, 0, -1, NORTH)
TREE_M = 2.5
LARGEST_LONE_TREE_M2 = 150
TREE, GRASS, CROPS, BUILT, WATER = 10, 30, 40, 50, 80  # classes of ESA WorldCover
POINTS, UNSURE = 1_600, 12


def paint(heights: np.ndarray, crowns: np.ndarray) -> None:
    """Paint crowns, rows of (easting, northing, radius, height in whole metres), as discs; the taller one shows."""
    for east, north, radius, height in crowns.astype(int):
        column, row = east - WEST, NORTH - north
        if radius < column < heights.shape[1] - radius and radius < row < heights.shape[0] - radius:
            down, right = np.mgrid[-radius:radius, -radius:radius] + 0.5
            window = heights[row - radius : row + radius, column - radius : column + radius]
            np.maximum(window, np.where(np.hypot(down, right) <= radius, height, 0), out=window)


def drawn(some: list) -> np.ndarray:
    """Return which cells of the metre grid lie in one of the shapes."""
    return rasterize(some, out_shape=SHAPE, transform=GRID).astype(bool)


def woods() -> np.ndarray:
    """Return the cells of the woods, as the heights show them."""
    return drawn([wood.buffer(1) for wood in places.woods()])


def vegetation(crowns: list[np.ndarray], hedges: list[LineString], rng: np.random.Generator) -> np.ndarray:
    """Return what stands on every square metre, in metres; no hole in it."""
    blocks = rng.integers(8, 21, (SHAPE[0] // 10, SHAPE[1] // 10))
    wood = woods()
    heights = np.where(wood, np.kron(blocks, np.ones((10, 10), dtype=int)), 0).astype("float32")
    hedge = drawn([h.buffer(1.5) for h in hedges])
    heights[hedge & ~wood] = 3
    for some in crowns:
        paint(heights, some)
    return heights


def write_heights(path: Path, heights: np.ndarray) -> None:
    """Write the 1 m vegetation heights: 0 where nothing grows, -9999 in the one hole of the survey."""
    seen = heights.copy()
    seen[drawn([places.NODATA_HOLE])] = -9999
    options = {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate", "zlevel": 9}
    write_grid(path, seen, GRID, -9999.0, options)


def write_grid(path: Path, cells: np.ndarray, grid: rasterio.Affine, nodata: float, options: dict) -> None:
    """Write cells as a GeoTIFF in British National Grid."""
    profile = {
        "driver": "GTiff",
        "dtype": cells.dtype.name,
        "count": 1,
        "height": cells.shape[0],
        "width": cells.shape[1],
    }
    profile |= {"crs": "EPSG:27700", "transform": grid, "nodata": nodata}
    with rasterio.open(path, "w", **profile, **options) as target:
        target.write(cells, 1)


def outside_woodland(public: list[np.ndarray]) -> tuple[dict[str, list], list]:
    """Return the crowns of streets, parks and banks outside woods, those that touch as one; the first comes twice, on purpose.

    Gardens and hedges are left out, as a national map misses some of them.
    """
    heights = np.zeros(SHAPE, dtype="float32")
    for some in public:
        paint(heights, some)
    tree = (heights >= TREE_M) & ~woods()
    found = [shapely.geometry.shape(s) for s, _ in shapes(tree.astype("uint8"), mask=tree, transform=GRID)]
    found.append(found[0])
    ids = [f"TOW{k:06d}" for k in [*range(1, len(found)), 1]]
    kinds = ["Lone Tree" if shape.area < LARGEST_LONE_TREE_M2 else "Group of Trees" for shape in found]
    tallest = [int(_tallest(heights, shape)) for shape in found]
    return {"TOW_ID": ids, "Woodland_Type": kinds, "MAXHT": tallest}, found


def _tallest(heights: np.ndarray, shape: shapely.Geometry) -> float:
    west, south, east, north = (round(v) for v in shape.bounds)
    return heights[NORTH - north : NORTH - south, west - WEST : east - WEST].max()


def write_land_cover(path: Path, heights: np.ndarray, built: list, fields: list) -> None:
    """Write land cover in squares of 10 m: trees where half of a square is under them, so that street trees are missed."""

    def share(cells: np.ndarray) -> np.ndarray:
        return cells.reshape(SHAPE[0] // 10, 10, SHAPE[1] // 10, 10).mean(axis=(1, 3))

    cover = np.full((SHAPE[0] // 10, SHAPE[1] // 10), GRASS, dtype="uint8")
    cover[share(drawn(fields)) >= 0.5] = CROPS
    cover[share(drawn(built)) >= 0.25] = BUILT
    cover[share(drawn([places.MERE - places.ISLAND, town.RIVER.buffer(9)])) >= 0.5] = WATER
    cover[share(heights >= TREE_M) >= 0.5] = TREE
    write_grid(path, cover, rasterio.Affine(10, 0, WEST, 0, -10, NORTH), 0, {"compress": "deflate", "zlevel": 9})


def write_survey(path: Path, heights: np.ndarray) -> None:
    """Write points at random over the town, judged as on a photo: tree, not tree, and a few in deep shadow."""
    rng = np.random.Generator(np.random.PCG64(2))
    east, north = rng.integers(WEST, EAST, POINTS), rng.integers(SOUTH, NORTH, POINTS)
    tree = heights[NORTH - 1 - north, east - WEST] >= TREE_M
    words = np.where(tree, "Tree", "Not tree").astype(object)
    words[rng.choice(POINTS, UNSURE, replace=False)] = "Unknown"
    rows = [f"{k},{e}.5,{n}.5,{word}" for k, (e, n, word) in enumerate(zip(east, north, words, strict=True), 1)]
    path.write_text("Id,Easting,Northing,Class\n" + "\n".join(rows) + "\n", encoding="utf-8")
