"""British National Grid and the arithmetic of areas. One unit is one metre."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from treeplan.errors import DataError

BNG = "EPSG:27700"
BRITAIN = (-100_000.0, -100_000.0, 800_000.0, 1_400_000.0)
"""West, south, east and north beyond which nothing in Britain lies, metres."""

Shapes = npt.NDArray[np.object_]
Numbers = npt.NDArray[np.int64]

NO_SHAPES: Shapes = np.array([], dtype=object)


def is_bng(crs: Any) -> bool:
    """True when a coordinate reference system is British National Grid, whichever way it is written."""
    if crs is None:
        return False
    given = CRS.from_user_input(crs)
    return given.to_epsg() == 27700 or (given.is_projected and "British National Grid" in given.name)


def require_bng(table: gpd.GeoDataFrame, what: str) -> None:
    """Stop where a table is not in British National Grid: an area in degrees is no area.

    Raises
    ------
    DataError
        The table has no coordinate reference system or another one.
    """
    if not is_bng(table.crs):
        said = "no coordinate reference system" if table.crs is None else table.crs.to_string()
        raise DataError(
            f"{what} must be in British National Grid (EPSG:27700); it has {said}", "convert it: table.to_crs(27700)."
        )


# ---------------------------------------------------------------- areas


def areal_part(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a shape; lines and points that cutting leaves behind are dropped."""
    kind = shapely.get_type_id(shape)
    if kind in (3, 6):
        return shape
    parts = [p for p in shapely.get_parts(shape) if shapely.get_type_id(p) in (3, 6)]
    return shapely.union_all(parts) if parts else shapely.Polygon()


def subtract(shapes: Shapes, takers: Shapes) -> Shapes:
    """Each shape less every taker that meets it, in the order of `shapes`.

    Parameters
    ----------
    shapes, takers : array of geometry
        In British National Grid, metres. Takers may overlap, touch themselves and come in any order; points and lines
        take nothing.

    Returns
    -------
    array of geometry
        Polygons and multipolygons without heights, empty where nothing is left; a shape that no taker meets comes back as
        it was. Areas are those of the plain difference to within 1e-6 m², whatever the number of threads.

    Notes
    -----
    Shapes go through in batches, one thread to a batch, so that memory follows the batch and not the whole. The takers of
    a shape are cut to its box where they reach far beyond it, united, and taken away together.
    """
    return _less(shapes, takers, earlier_only=False)


def without_overlaps(shapes: Shapes) -> Shapes:
    """Shapes of which each has lost what an earlier one already covers: every square metre once.

    As `subtract`, where the takers of a shape are the shapes before it in the array.
    """
    return _less(shapes, shapes, earlier_only=True)


BATCH = 256
"""Shapes that a thread takes at a time."""

LARGE = 1_000
"""Corners beyond which a taker is cut in pieces first, so that a shape meets only the pieces beside it."""

WORTH_CUTTING = 64
"""Corners beyond which a taker is cut to the box of the shape it meets; below, cutting costs more than it saves."""


def _less(shapes: Shapes, takers: Shapes, earlier_only: bool) -> Shapes:
    left = shapes.copy()
    pieces, owner = _pieces(takers)
    if not len(shapes) or not len(pieces):
        return left
    tree = shapely.STRtree(pieces)
    tree.query(shapely.Point(0, 0))  # a tree is built by its first query, which two threads must not do at once

    def work(start: int) -> None:
        which, piece = tree.query(shapes[start : start + BATCH], predicate="intersects")
        if earlier_only:
            earlier = owner[piece] < which + start
            which, piece = which[earlier], piece[earlier]
        if len(which):
            order = np.lexsort((piece, which))
            at, group = np.unique(which[order] + start, return_inverse=True)
            left[at] = _difference(_mended(shapes[at]), pieces, group, piece[order])

    starts = range(0, len(shapes), BATCH)
    with ThreadPoolExecutor(min(len(starts), os.cpu_count() or 1)) as threads:
        list(threads.map(work, starts))
    return left


def _pieces(takers: Shapes) -> tuple[Shapes, Numbers]:
    """The areal parts of takers, large ones cut in pieces, and for each piece the row of its taker."""
    owner = np.flatnonzero(shapely.get_dimensions(takers) == 2)
    pieces = takers[owner]
    mixed = ~np.isin(shapely.get_type_id(pieces), (3, 6))
    pieces[mixed] = _mended(pieces[mixed])
    large = np.flatnonzero(shapely.get_num_coordinates(pieces) > LARGE)
    if not len(large):
        return pieces, owner
    cut = [_quartered(shape) for shape in _mended(pieces[large])]
    pieces = np.concatenate([np.delete(pieces, large), *cut])
    return pieces, np.concatenate([np.delete(owner, large), np.repeat(owner[large], [len(c) for c in cut])])


def _quartered(shape: shapely.Geometry, depth: int = 8) -> Shapes:
    """A valid shape cut across its box, and its parts again, until none is large."""
    if shapely.is_empty(shape):
        return NO_SHAPES
    if not depth or shapely.get_num_coordinates(shape) <= LARGE:
        return np.array([shape], dtype=object)
    west, south, east, north = shapely.bounds(shape)
    across, up = (west + east) / 2, (south + north) / 2
    boxes = ((west, south, across, up), (across, south, east, up), (west, up, across, north), (across, up, east, north))
    return np.concatenate([_quartered(_cut(shape, box), depth - 1) for box in boxes])


def _cut(shape: shapely.Geometry, box: Sequence[float]) -> shapely.Geometry:
    """The part of a valid shape in a box; the quick cut sometimes leaves an invalid shape, and then the slow one is made."""
    cut = shapely.clip_by_rect(shape, *box)
    return areal_part(cut if shapely.is_valid(cut) else shapely.intersection(shape, shapely.box(*box)))


def _mended(shapes: Shapes) -> Shapes:
    """Valid polygons and multipolygons without heights; lines and points become empty."""
    shapes = shapely.force_2d(shapes) if shapely.has_z(shapes).any() else shapes.copy()
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken])
    odd = ~np.isin(shapely.get_type_id(shapes), (3, 6))
    shapes[odd] = [areal_part(shape) for shape in shapes[odd]]
    return shapes


def _difference(shapes: Shapes, pieces: Shapes, group: Numbers, piece: Numbers) -> Shapes:
    """Each shape less its pieces: row `group` of the shapes, ascending, meets row `piece` of the pieces."""
    used, row = np.unique(piece, return_inverse=True)
    near = _mended(pieces[used])[row]
    box, reach = shapely.bounds(shapes)[group], shapely.bounds(near)
    beyond = ((reach[:, :2] < box[:, :2]) | (reach[:, 2:] > box[:, 2:])).any(axis=1)
    for i in np.flatnonzero(beyond & (shapely.get_num_coordinates(near) > WORTH_CUTTING)):
        near[i] = _cut(near[i], box[i])
    less = shapely.difference(shapes, _united(near, group))
    odd = ~np.isin(shapely.get_type_id(less), (3, 6))
    less[odd] = [areal_part(shape) for shape in less[odd]]
    return less


def _united(near: Shapes, group: Numbers) -> Shapes:
    """One shape for each group: the union of its members.

    A buffer of nothing unites many polygons in one pass over their edges, where a union goes pair by pair. Where rounding
    defeats it, GEOS rounds corners to a micrometre and tries again, which costs area; so wherever all corners are round,
    or the answer is smaller than a member, the union is made the slow way.
    """
    first = np.flatnonzero(np.diff(group, prepend=-1))
    many = np.diff(first, append=len(group)) > 1
    united = near[first]
    if not many.any():
        return united
    heaps = shapely.geometrycollections(near[many[group]], indices=(np.cumsum(many) - 1)[group[many[group]]])
    found = shapely.buffer(heaps, 0)
    corners, row = shapely.get_coordinates(found, return_index=True)
    free = (np.abs(corners * 1e6 - np.rint(corners * 1e6)) > 1e-3).any(axis=1)
    doubtful = np.bincount(row[free], minlength=len(found)) == 0
    doubtful |= shapely.area(found) < np.maximum.reduceat(shapely.area(near), first)[many] * (1 - 1e-12)
    found[doubtful] = shapely.union_all(heaps[doubtful][:, None], axis=1)
    united[many] = found
    return united


def compactness(shapes: Shapes) -> npt.NDArray[np.float64]:
    """4πA/P²: 1 for a circle, near 0 for a sliver."""
    perimeter = shapely.length(shapes)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(perimeter > 0, 4 * math.pi * shapely.area(shapes) / perimeter**2, 0.0)


def wide_part(shapes: Shapes, width_m: float) -> Shapes:
    """The part of each shape that is at least `width_m` wide (opened by half the width, mitred so that corners stay).

    A centimetre is forgiven, so that a strip of exactly that width counts.
    """
    half = (width_m - 0.01) / 2
    inner = shapely.buffer(shapes, -half, join_style="mitre")
    opened = shapely.buffer(inner, half, join_style="mitre")
    crossed = ~shapely.is_valid(opened)  # long mitres can cross where a shape has many holes
    opened[crossed] = shapely.make_valid(opened[crossed])
    return shapely.intersection(opened, shapes)


def inside_points(shapes: Shapes) -> Shapes:
    """A point inside each shape."""
    return shapely.point_on_surface(shapes)


def grid_reference(easting: float, northing: float, digits: int = 4) -> str:
    """National Grid reference: two letters, then `digits` figures each of easting and northing (4 = 10 m).

    Raises
    ------
    DataError
        The point lies off the National Grid.
    """
    e, n = math.floor(easting), math.floor(northing)
    if not (0 <= e < 700_000 and 0 <= n < 1_300_000):
        raise DataError(
            f"easting {easting:.0f}, northing {northing:.0f} lies off the National Grid", "check the coordinates."
        )
    e100, n100 = e // 100_000, n // 100_000
    first = (19 - n100) - (19 - n100) % 5 + (e100 + 10) // 5
    second = (19 - n100) * 5 % 25 + e100 % 5
    letters = "".join(chr(ord("A") + (i + 1 if i > 7 else i)) for i in (first, second))  # the grid has no letter I
    step = 10 ** (5 - digits)
    return f"{letters}{e % 100_000 // step:0{digits}d}{n % 100_000 // step:0{digits}d}"


def share_within(zones: gpd.GeoDataFrame, cover: Shapes) -> npt.NDArray[np.float64]:
    """Share (0–1) of each zone's area under the union of `cover`; overlapping covers count once."""
    require_bng(zones, "zones")
    shapes = zones.geometry.to_numpy()
    area = shapely.area(shapes)
    return np.clip((area - shapely.area(subtract(shapes, cover))) / area, 0, 1)


# ---------------------------------------------------------------- ranks


def midrank_share(
    values: npt.NDArray[np.float64], reference: npt.NDArray[np.float64], upwards: bool = True
) -> npt.NDArray[np.float64]:
    """Where each value stands among a reference population, 0–1: the share below it, and half of those equal to it.

    Parameters
    ----------
    values : array
        What to place; NaN stays NaN.
    reference : array
        The population; its NaN are left out. NaN everywhere when it is empty.
    upwards : bool
        True when the greatest value gets the greatest share.
    """
    known = np.sort(reference[~np.isnan(reference)])
    if not len(known):
        return np.full(len(values), np.nan)
    below = np.searchsorted(known, values, side="left")
    up_to = np.searchsorted(known, values, side="right")
    share = (below + up_to) / 2 / len(known)
    return np.where(np.isnan(values), np.nan, share if upwards else 1 - share)
