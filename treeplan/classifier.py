"""Canopy read from a picture from the air by a forest of decision trees, and how far that can be trusted.

The forest learns from points that people labelled tree or not tree. It is tested on points it has not seen, whole squares of
ground at a time, because points beside each other look alike and would flatter it.
"""

from __future__ import annotations

import logging
import math
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import rasterio
import shapely

from treeplan.accuracy import Accuracy, between_places, wilson
from treeplan.errors import DataError, StudyError, listed
from treeplan.geo import require_bng
from treeplan.images import Image
from treeplan.rasters import Cells
from treeplan.study import Study
from treeplan.zonal import ground_of_cells

log = logging.getLogger(__name__)

TREE, OTHER, UNSEEN = 1, 0, 255
"""What a cell of the map can hold."""

TILE_CELLS = 512
"""Cells each way that are mapped at a time."""

FOREST = {"n_estimators": 100, "min_samples_leaf": 2, "n_jobs": 1}
"""The forest (assumption, to be verified). One thread, because the sum over trees must not depend on the order they end in."""

FOLDS = 5
"""Groups of squares in which the map is tested, and the fewest squares that will do."""

BLOCKS_M = (1_500.0, 1_200.0, 1_000.0, 750.0, 500.0, 400.0, 300.0, 200.0, 100.0, 50.0)
"""Sides of squares that are tried, the largest first: more than 1 km where the points allow (METHODS.md 5.5), metres."""

LEAST_CELLS = (3, 5)
"""Least sides of the two texture windows, cells."""

LEAST_TESTS = 20
"""Labels of either class in the zones, without which nothing can be said of the map there (assumption, to be verified)."""

PATCHES = 256
"""Labelled points whose surroundings are read at a time."""

Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Tile:
    """A square of the map: 1 tree, 0 not tree, 255 not seen; `row` and `column` of its first cell in the picture."""

    cells: Mask
    row: int
    column: int
    transform: rasterio.Affine


@dataclass(frozen=True)
class Classified:
    """Canopy by zone, as `canopy_from_image` gives it, and how far the map behind it can be trusted."""

    canopy: pd.DataFrame
    accuracy: Accuracy


def canopy_from_image(zones: gpd.GeoDataFrame, image: Image, labels: gpd.GeoDataFrame, study: Study) -> pd.DataFrame:
    """Canopy of each zone from a picture, with its interval: the table of `classify`."""
    return classify(zones, image, labels, study).canopy


def classify(
    zones: gpd.GeoDataFrame,
    image: Image,
    labels: gpd.GeoDataFrame,
    study: Study,
    keep: Callable[[Tile], None] = lambda tile: None,
) -> Classified:
    """Map trees in a picture, test the map, and measure the canopy of each zone.

    Parameters
    ----------
    zones : GeoDataFrame
        Neighbourhoods, EPSG:27700.
    image : Image
        Its first band red, its second near infrared, others after (`sources.imagery.aerial_image`).
    labels : GeoDataFrame
        Points with `class` ("tree", "not tree"). All of them teach; those in the zones also test.
    study : Study
        Its `classifier` and `seed`.
    keep : callable, optional
        Told each tile of the map once, in order from the north-west.

    Returns
    -------
    Classified
        `canopy`: `canopy_pct` (0–100; NaN where nothing was seen), `canopy_low_pct`, `canopy_high_pct` (95 % interval) and
        `seen_share` (0–1), by zone. Where the labels are confirmed to be a random sample, canopy is corrected for the map's
        errors at the labels; else it is what the map shows, and the interval reaches from there to the corrected figure's far end.

    Raises
    ------
    DataError
        Labels lie off the picture, too few of them in the zones, or the map is no better than a guess.
    StudyError
        `block_m` leaves too few squares.
    """
    require_bng(zones, "zones")
    require_bng(labels, "labels")
    labels = _in_order(labels)
    sizes = _texture_cells(study.classifier.texture_m, image.cell_m)
    facts = _facts_at(image, labels, sizes)
    is_tree = (labels["class"] == "tree").to_numpy()
    ground = shapely.union_all(zones.geometry.to_numpy())
    shapely.prepare(ground)
    tests = shapely.intersects_xy(ground, *_places(labels).T)
    _require_tests(is_tree[tests])
    block_m, block = _blocks(_places(labels), study.classifier.block_m)
    guess = _tested(facts, is_tree, block, study.seed)
    _require_better_than_guessing(is_tree[tests], guess[tests])
    forest = _forest(study.seed).fit(facts, is_tree)
    tree_m2, seen_m2 = _measure(zones, map_tiles(image, forest, sizes, zones), keep)
    accuracy = Accuracy(
        tree_as_tree=int((tests & is_tree & guess).sum()),
        other_as_tree=int((tests & ~is_tree & guess).sum()),
        tree_as_other=int((tests & is_tree & ~guess).sum()),
        other_as_other=int((tests & ~is_tree & ~guess).sum()),
        mapped_share=float(tree_m2.sum() / seen_m2.sum()) if seen_m2.any() else math.nan,
        area_ha=float(seen_m2.sum()) / 1e4,
        random_sample=study.classifier.labels_are_random_sample,
        block_m=block_m,
        blocks=len(np.unique(block[tests])),
        folds=FOLDS,
        between_places=between_places(is_tree[tests], guess[tests], block[tests]),
    )
    log.info("canopy from the picture: %d labels, right at %.0f %%", accuracy.points, 100 * accuracy.overall[1])
    return Classified(_canopy(zones, tree_m2, seen_m2, accuracy), accuracy)


# ---------------------------------------------------------------- what the forest looks at


def pixel_facts(cells: npt.NDArray[Any], seen: npt.NDArray[np.bool_], sizes: Sequence[int]) -> npt.NDArray[np.float32]:
    """What is known of every cell: its bands, NDVI and brightness, and the mean and spread of both in windows around it.

    Parameters
    ----------
    cells : array (band, …, row, column)
        Red, near infrared, then other bands.
    seen : array (…, row, column)
        False for cells that were not seen; they are left out of windows.
    sizes : sequence of int
        Sides of the windows, cells, odd. Cells nearer to an edge than half a window know less than they could.

    Returns
    -------
    array (fact, …, row, column)
        The same for a cell whatever else is in the array: windows are added up cell by cell, in one order.
    """
    bands = np.where(seen, cells, 0).astype(float)
    red, infrared = bands[0], bands[1]
    both = infrared + red
    ndvi = np.divide(infrared - red, both, out=np.zeros_like(both), where=both != 0)
    brightness = np.delete(bands, 1, axis=0).mean(axis=0)
    facts = [*bands, ndvi, brightness]
    for size in sizes:
        count = np.maximum(_window_sum(seen.astype(float), size), 1)
        for value in (ndvi, brightness):
            mean = _window_sum(value, size) / count
            facts += [mean, np.sqrt(np.maximum(_window_sum(value**2, size) / count - mean**2, 0))]
    return np.stack(facts).astype("float32")


def _window_sum(values: npt.NDArray[np.float64], size: int) -> npt.NDArray[np.float64]:
    """Sum over a square window around each cell. A running sum would depend on where it began, and show where tiles join."""
    from scipy.ndimage import correlate1d

    ones = np.ones(size)
    down = correlate1d(values, ones, axis=-2, mode="constant")
    return correlate1d(down, ones, axis=-1, mode="constant")


def _texture_cells(texture_m: tuple[float, float], cell_m: float) -> tuple[int, int]:
    """Sides of the texture windows in cells: odd, so that a cell lies in the middle, and of two sizes."""
    first, second = (
        max(least, math.ceil(m / cell_m) // 2 * 2 + 1) for m, least in zip(texture_m, LEAST_CELLS, strict=True)
    )
    return first, max(second, first + 2)


def _window(
    image: Image, row: int, column: int, high: int, wide: int, margin: int
) -> tuple[float, float, float, float]:
    """The box of some cells of a picture and a margin; drawn in a little, so that rounding takes in no other cell."""
    west, north = image.bounds[0], image.bounds[3]
    inset = 0.25
    return (
        west + (column - margin + inset) * image.cell_m,
        north - (row + high + margin - inset) * image.cell_m,
        west + (column + wide + margin - inset) * image.cell_m,
        north - (row - margin + inset) * image.cell_m,
    )


# ---------------------------------------------------------------- learning and testing


def _in_order(labels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Labels from south-west to north-east, so that the order of rows in the file does not matter."""
    east, north = _places(labels).T
    return labels.iloc[np.lexsort((north, east))].reset_index(drop=True)


def _places(labels: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    return shapely.get_coordinates(labels.geometry.to_numpy())


def _facts_at(image: Image, labels: gpd.GeoDataFrame, sizes: Sequence[int]) -> npt.NDArray[np.float32]:
    """What is known of the cell at each label; all labels must lie where the picture shows something."""
    places, margin = _places(labels), max(sizes) // 2
    columns = np.floor((places[:, 0] - image.bounds[0]) / image.cell_m).astype(int)
    rows = np.floor((image.bounds[3] - places[:, 1]) / image.cell_m).astype(int)
    facts, unseen = [], []
    with image.opened() as read:
        for start in range(0, len(places), PATCHES):
            at = range(start, min(start + PATCHES, len(places)))
            patches = [read(*_window(image, rows[k], columns[k], 1, 1, margin))[0] for k in at]
            cells = np.stack([patch.data for patch in patches], axis=1)
            seen = ~np.stack([np.ma.getmaskarray(patch)[0] for patch in patches])
            unseen += [k for k, middle in zip(at, seen[:, margin, margin], strict=True) if not middle]
            facts.append(pixel_facts(cells, seen, sizes)[..., margin, margin].T)
    if unseen:
        where = listed([f"{east:.0f}, {north:.0f}" for east, north in places[unseen]], most=6)
        raise DataError(
            f"{len(unseen)} of {len(places)} labels lie off {image.path.name} or where it shows nothing: {where}",
            "take these points out, or use the picture that they were read from.",
        )
    return np.concatenate(facts)


def _require_tests(is_tree: npt.NDArray[np.bool_]) -> None:
    trees = int(is_tree.sum())
    if min(trees, len(is_tree) - trees) < LEAST_TESTS:
        raise DataError(
            f"the study's neighbourhoods hold {trees} labels of trees and {len(is_tree) - trees} of other ground, and at least "
            f"{LEAST_TESTS} of either are needed to test the map",
            "label more points inside the study area.",
        )


def _blocks(places: npt.NDArray[np.float64], wanted_m: float | None) -> tuple[float, npt.NDArray[np.int64]]:
    """The side of the squares that are held back together, and the square of each label."""
    for side in (wanted_m,) if wanted_m else BLOCKS_M:
        _, block = np.unique(np.floor(places / side), axis=0, return_inverse=True)
        if block.max() + 1 >= FOLDS:
            return float(side), block.ravel()
    remedy = f"label points that lie farther apart, in at least {FOLDS} squares" + (
        ", or make [classifier] block_m smaller." if wanted_m else "."
    )
    raise StudyError(f"the labels lie in fewer than {FOLDS} squares of {side:g} m, so the map cannot be tested", remedy)


def _forest(seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(random_state=seed, **FOREST)


def _tested(
    facts: npt.NDArray[np.float32], is_tree: npt.NDArray[np.bool_], block: npt.NDArray[np.int64], seed: int
) -> npt.NDArray[np.bool_]:
    """What forests say of labels in squares that they have not seen."""
    from sklearn.model_selection import GroupKFold

    guess = np.zeros(len(is_tree), dtype=bool)
    for learn, test in GroupKFold(FOLDS).split(facts, is_tree, block):
        if is_tree[learn].all() or not is_tree[learn].any():
            raise DataError(
                "all labels of one class lie close together, so the map cannot be tested elsewhere",
                "label points of both classes all over the study area.",
            )
        guess[test] = _forest(seed).fit(facts[learn], is_tree[learn]).predict(facts[test])
    return guess


def _require_better_than_guessing(is_tree: npt.NDArray[np.bool_], guess: npt.NDArray[np.bool_]) -> None:
    """Stop at a map that is not clearly better than to call everything the commoner class.

    The two differ only where the map names the rarer class: it must be right there more often than wrong, by the whole of
    the 95 % interval.
    """
    rarer = is_tree.mean() <= 0.5
    named = guess == rarer
    right = int((named & (is_tree == rarer)).sum())
    if not named.any() or wilson(right, int(named.sum()))[0] <= 0.5:
        common = "not tree" if rarer else "tree"
        raise DataError(
            f"the map would be right at {100 * (guess == is_tree).mean():.0f} % of the labels that it has not seen, and calling "
            f"everything '{common}' at {100 * max(is_tree.mean(), 1 - is_tree.mean()):.0f} %: it is not clearly better than that",
            "see that the labels lie where the picture shows what they say (same grid, same season, same year), and label more.",
        )


# ---------------------------------------------------------------- the map


def map_tiles(image: Image, forest: Any, sizes: Sequence[int], zones: gpd.GeoDataFrame) -> Iterator[Tile]:
    """The map, tile by tile from the north-west, where tiles meet a zone; a few tiles are held at a time."""
    threads = min(4, os.cpu_count() or 1)
    waiting: deque[Future[Tile]] = deque()
    with image.opened() as read, ThreadPoolExecutor(threads) as pool:
        for row, column, high, wide in _tile_places(image, zones):
            cells = read(*_window(image, row, column, high, wide, max(sizes) // 2))
            waiting.append(pool.submit(_map_tile, cells, row, column, forest, sizes))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _tile_places(image: Image, zones: gpd.GeoDataFrame) -> Iterator[tuple[int, int, int, int]]:
    """Row, column, height and width of the tiles that meet a zone."""
    west, south, east, north = image.bounds
    rows, columns = round((north - south) / image.cell_m), round((east - west) / image.cell_m)
    tree = shapely.STRtree(zones.geometry.to_numpy())
    for row in range(0, rows, TILE_CELLS):
        for column in range(0, columns, TILE_CELLS):
            high, wide = min(TILE_CELLS, rows - row), min(TILE_CELLS, columns - column)
            box = shapely.box(*_window(image, row, column, high, wide, 0))
            if len(tree.query(box, predicate="intersects")):
                yield row, column, high, wide


def map_bounds(image: Image, zones: gpd.GeoDataFrame) -> tuple[tuple[int, int], tuple[int, int], rasterio.Affine]:
    """First and last row and column (beyond) of the tiles that meet a zone, and the transform of that part of the picture."""
    tiles = np.array(list(_tile_places(image, zones)))
    if not len(tiles):
        raise DataError(f"{image.path.name} shows nothing of the study area", "use the picture that covers it.")
    row, column = tiles[:, :2].min(axis=0)
    below, beyond = (tiles[:, :2] + tiles[:, 2:]).max(axis=0)
    west, north = image.bounds[0] + column * image.cell_m, image.bounds[3] - row * image.cell_m
    grid = rasterio.Affine(image.cell_m, 0, west, 0, -image.cell_m, north)
    return (int(row), int(below)), (int(column), int(beyond)), grid


def _map_tile(given: Cells, row: int, column: int, forest: Any, sizes: Sequence[int]) -> Tile:
    cells, transform = given
    margin = max(sizes) // 2
    inner = (..., slice(margin, -margin), slice(margin, -margin))
    seen = ~np.ma.getmaskarray(cells)[0]
    facts = pixel_facts(cells.data, seen, sizes)[inner]
    mask = np.full(facts.shape[1:], UNSEEN, dtype="uint8")
    if seen[inner].any():
        mask[seen[inner]] = np.where(forest.predict(facts[:, seen[inner]].T), TREE, OTHER)
    return Tile(mask, row, column, transform * rasterio.Affine.translation(margin, margin))


def _measure(
    zones: gpd.GeoDataFrame, tiles: Iterator[Tile], keep: Callable[[Tile], None]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Ground of each zone that the map calls tree, and that was seen, m²; cells on a border count by the part inside."""
    tree_m2, seen_m2 = np.zeros(len(zones)), np.zeros(len(zones))
    shapes = zones.geometry.to_numpy()
    index = shapely.STRtree(shapes)
    for tile in tiles:
        keep(tile)
        (high, wide), grid = tile.cells.shape, tile.transform
        west, south, east, north = grid.c, grid.f + high * grid.e, grid.c + wide * grid.a, grid.f
        met = np.sort(index.query(shapely.box(west, south, east, north), predicate="intersects"))
        found = ground_of_cells(tile.cells, grid, shapes[met], TREE, UNSEEN)
        tree_m2[met] += found[:, 0]
        seen_m2[met] += found[:, 1]
    return tree_m2, seen_m2


def _canopy(
    zones: gpd.GeoDataFrame, tree_m2: npt.NDArray[np.float64], seen_m2: npt.NDArray[np.float64], accuracy: Accuracy
) -> pd.DataFrame:
    mapped = np.divide(tree_m2, seen_m2, out=np.full(len(zones), np.nan), where=seen_m2 > 0)
    low, corrected, high = accuracy.of_zones(mapped)
    central = corrected if accuracy.random_sample else mapped
    table = {"canopy_pct": central, "canopy_low_pct": np.fmin(low, central), "canopy_high_pct": np.fmax(high, central)}
    shares = 100 * pd.DataFrame(table, index=zones.index)
    return shares.assign(seen_share=np.minimum(seen_m2 / shapely.area(zones.geometry.to_numpy()), 1.0))
