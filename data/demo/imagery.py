"""A picture of Hallowmere from the air, made to go with its trees, and points whose class somebody wrote down."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import places
import rasterio
import shapely
import town
from places import Ground
from rasterio.features import rasterize
from town import EAST, NORTH, SOUTH, WEST, Street

CELL = 5  # metres
TREE_FROM_M = 2.5
LABELS = 1_200
HIGH, WIDE = (NORTH - SOUTH) // CELL, (EAST - WEST) // CELL
GRID = rasterio.Affine(CELL, 0, WEST, 0, -CELL, NORTH)
# Red, green, blue and near infrared of what is seen, 1 to 255; 0 in all four is a gap.
COLOURS = {
    "grass": (96, 128, 76, 188),
    "rough grass": (72, 100, 60, 172),  # a little like trees
    "crop": (84, 124, 64, 204),
    "bare field": (144, 116, 92, 124),
    "roof": (152, 112, 100, 112),
    "paved": (124, 124, 124, 112),
    "water": (40, 60, 72, 20),
}
TREE = np.array((52, 84, 48, 164))


def inside(shapes: list[shapely.Geometry]) -> np.ndarray:
    """Return the cells whose middle lies in any of the shapes."""
    return rasterize(shapes, out_shape=(HIGH, WIDE), transform=GRID).astype(bool)


def ground_seen(built: list, streets: list[Street], fields: list[Ground], rng: np.random.Generator) -> np.ndarray:
    """Return for every cell the number of its colour, trees left out."""
    names = list(COLOURS)
    seen = np.zeros((HIGH, WIDE), dtype=int)
    seen[np.kron(rng.random((HIGH // 20, WIDE // 20)) < 0.15, np.ones((20, 20))) > 0] = names.index("rough grass")
    for k, field in enumerate(fields):
        seen[inside([field.shape])] = names.index(("crop", "bare field", "grass")[k % 3])
    seen[inside([s.line.buffer(4) for s in streets] + [town.RAILWAY.buffer(5)])] = names.index("paved")
    seen[inside([shape for shape, _ in built])] = names.index("roof")
    seen[inside([town.RIVER.buffer(9), places.MERE - places.ISLAND])] = names.index("water")
    return seen


def write_image(path: Path, heights: np.ndarray, seen: np.ndarray, rng: np.random.Generator) -> None:
    """Write the picture: trees over the ground, shadows to the north of what is tall, few levels so that it packs well."""
    tree = (heights >= TREE_FROM_M).reshape(HIGH, CELL, WIDE, CELL).sum(axis=(1, 3)) // 5  # 0 to 5 fifths of a cell
    colours = np.array(list(COLOURS.values()))[seen]
    colours = (colours * (5 - tree[..., None]) + TREE * tree[..., None]) // 5
    tall = (tree > 2) | (seen == list(COLOURS).index("roof"))
    shadow = np.zeros_like(tall)
    shadow[:-1] = tall[1:] & ~tall[:-1]
    colours[shadow] = colours[shadow] * 6 // 10
    rough = (2 * rng.integers(0, 2, (HIGH, WIDE)) - 1) * np.where(tree > 1, 12, 8)  # crowns are rougher than grass
    colours += rough[..., None] * np.array((1, 1, 1, 2))
    colours = np.clip(colours // 4 * 4, 4, 252).astype("uint8")
    colours[inside([places.NODATA_HOLE])] = 0
    options = {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate", "zlevel": 9}
    options |= {"interleave": "pixel", "photometric": "RGB", "alpha": "NO"}
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 4, "height": HIGH, "width": WIDE}
    profile |= {"crs": "EPSG:27700", "transform": GRID, "nodata": 0}
    with rasterio.open(path, "w", **profile, **options) as target:
        target.write(np.moveaxis(colours, -1, 0))


def write_labels(path: Path, heights: np.ndarray, rng: np.random.Generator) -> None:
    """Write points drawn at random from the whole town, each seen as tree or not tree."""
    rows, columns = np.nonzero(heights >= 0)
    drawn = rng.choice(len(rows), LABELS, replace=False)
    lines = ["label_id,class,easting,northing"]
    for k, at in enumerate(drawn):
        row, column = rows[at], columns[at]
        kind = "tree" if heights[row, column] >= TREE_FROM_M else "not tree"
        lines.append(f"P{k + 1:04d},{kind},{WEST + column}.5,{NORTH - row - 1}.5")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def write_imagery(folder: Path, built: list, streets: list[Street], fields: list[Ground]) -> None:
    """Write the picture and the labelled points; both follow the heights, which must be in the folder."""
    rng = np.random.Generator(np.random.PCG64(2))  # its own, so that the other files keep their bytes
    with rasterio.open(folder / "canopy_height.tif") as file:
        heights = file.read(1)
    write_image(folder / "aerial_image.tif", heights, ground_seen(built, streets, fields, rng), rng)
    write_labels(folder / "canopy_labels.csv", heights, rng)
