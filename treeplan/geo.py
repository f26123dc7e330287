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
    Shapes go through in batches, one thread to a batch: first to find what meets what, then, once the takers that lie in
    a larger one are left out, to take away. Between the two, only the polygons of the shapes and the pairs are kept.
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
    tree = _tree(pieces)

    def meet(start: int) -> tuple[Shapes, Numbers, Numbers, Numbers]:
        """The polygons of a batch, the shape of each, and which polygon meets which piece."""
        parts, row = shapely.get_parts(_mended(shapes[start : start + BATCH]), return_index=True)
        part, piece = tree.query(parts, predicate="intersects")
        if earlier_only:
            earlier = owner[piece] < row[part] + start
            part, piece = part[earlier], piece[earlier]
        order = np.lexsort((piece, part))
        return parts, row + start, part[order], piece[order]

    starts = range(0, len(shapes), BATCH)
    with ThreadPoolExecutor(min(len(starts), os.cpu_count() or 1)) as threads:
        met = list(threads.map(meet, starts))
        used = np.unique(np.concatenate([piece for *_, piece in met]))
        if not len(used):
            return left
        pieces[used] = np.concatenate(list(threads.map(_mended, _batches(pieces[used]))))
        hidden = np.zeros(len(pieces), dtype=bool)
        hidden[used] = _hidden(pieces[used], owner[used] if earlier_only else None, threads)

        def work(batch: tuple[Shapes, Numbers, Numbers, Numbers]) -> None:
            parts, row, part, piece = batch
            part, piece = part[~hidden[piece]], piece[~hidden[piece]]
            if not len(part):
                return
            at, group = np.unique(part, return_inverse=True)
            changed = np.unique(row[at])
            found, of = _difference(parts[at], pieces[piece], group)
            whole = np.setdiff1d(np.flatnonzero(np.isin(row, changed)), at)
            found, of = np.concatenate([found, parts[whole]]), np.concatenate([row[at][of], row[whole]])
            left[changed] = _gathered(found, np.searchsorted(changed, of), len(changed))

        list(threads.map(work, met))
    return left


def _batches(rows: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]


def _tree(shapes: Shapes) -> shapely.STRtree:
    """A tree that threads may share: it is built by its first query, which two threads must not do at once."""
    tree = shapely.STRtree(shapes)
    tree.query(shapely.Point(0, 0))
    return tree


def _hidden(pieces: Shapes, owner: Numbers | None, threads: ThreadPoolExecutor) -> npt.NDArray[np.bool_]:
    """True for a piece well inside a larger one, which takes the same ground from every shape that the piece meets.

    Where owners are given, the larger one must come earlier. Only pieces larger than the mean are asked what they hold.
    """
    area = shapely.area(pieces)
    large = np.flatnonzero(area > area.mean())
    tree = _tree(pieces)
    hidden = np.zeros(len(pieces), dtype=bool)

    def held(some: Numbers) -> Numbers:
        outer, inner = tree.query(pieces[some], predicate="contains_properly")
        return inner if owner is None else inner[owner[some[outer]] < owner[inner]]

    for inner in threads.map(held, _batches(large)):
        hidden[inner] = True
    return hidden


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


def _difference(parts: Shapes, near: Shapes, group: Numbers) -> tuple[Shapes, Numbers]:
    """Each polygon less what is near it: row `group`, ascending, says which polygon. What is left, and of which polygon."""
    box, reach = shapely.bounds(parts)[group], shapely.bounds(near)
    beyond = ((reach[:, :2] < box[:, :2]) | (reach[:, 2:] > box[:, 2:])).any(axis=1)
    for i in np.flatnonzero(beyond & (shapely.get_num_coordinates(near) > WORTH_CUTTING)):
        near[i] = _cut(near[i], box[i])
    found, of, doubtful = _framed(parts, near, group)
    again = np.flatnonzero(doubtful)
    if not len(again):
        return found, of
    some = doubtful[group]
    heaps = shapely.geometrycollections(near[some], indices=np.searchsorted(again, group[some]))
    less = _mended(shapely.difference(parts[again], shapely.union_all(heaps[:, None], axis=1)))
    more, row = shapely.get_parts(less, return_index=True)
    more, row = more[~shapely.is_empty(more)], row[~shapely.is_empty(more)]
    return np.concatenate([found[~doubtful[of]], more]), np.concatenate([of[~doubtful[of]], again[row]])


def _framed(parts: Shapes, near: Shapes, group: Numbers) -> tuple[Shapes, Numbers, npt.NDArray[np.bool_]]:
    """What is left of polygons, of which polygon each is, and which polygons need the slow way.

    A frame that has the polygon as its hole is united with all that is near: the holes that remain are what is left. A
    buffer of nothing does it in one pass over the edges, where a union goes pair by pair and a difference comes after.

    Where rounding defeats the buffer, GEOS rounds corners to a micrometre and tries again, which costs area. The corners
    of the frame lie on thirds of a metre, so that they come back as they were only where nothing was rounded. Shapes that
    touch in several points can make the answer invalid; they go the slow way too, as do areas that cannot be.
    """
    count, first = len(parts), np.flatnonzero(np.diff(group, prepend=-1))
    box, reach = shapely.bounds(parts), shapely.bounds(near)
    low = np.floor(np.fmin(box[:, :2], np.fmin.reduceat(reach[:, :2], first))) - 4 / 3
    high = np.ceil(np.fmax(box[:, 2:], np.fmax.reduceat(reach[:, 2:], first))) + 4 / 3
    frame = np.concatenate([low, high], axis=1)
    united, of = shapely.get_parts(shapely.buffer(_heaps(parts, frame, near, group), 0), return_index=True)
    around = (shapely.bounds(united) == frame[of]).all(axis=1)
    holes = np.bincount(of, shapely.get_num_interior_rings(united), minlength=count)
    stray = (holes == 0) & (np.bincount(of, minlength=count) > 1)
    doubtful = (np.bincount(of[around], minlength=count) != 1) | stray
    sure = ~doubtful[of]
    united, of, around = united[sure], of[sure], around[sure]
    rings, row, shell = _rings(united)
    of_hole = of[row[~shell]]
    found = _with_islands(rings[~shell], of_hole, rings[shell][~around], of[~around])
    doubtful[of_hole[~shapely.is_valid(found)]] = True
    before, least = shapely.area(parts), np.add.reduceat(shapely.area(near), first)
    after, forgiven = np.bincount(of_hole, shapely.area(found), minlength=count), 1e-12 * (before + least)
    return found, of_hole, doubtful | (after > before + forgiven) | (after < before - least - forgiven)


def _heaps(parts: Shapes, frame: npt.NDArray[np.float64], near: Shapes, group: Numbers) -> Shapes:
    """For each polygon a collection of all that is not it: the frame around it, what fills its holes, what is near."""
    rings, row, shell = _rings(parts)
    at = np.arange(len(parts))
    around = np.stack([shapely.get_exterior_ring(shapely.box(*frame.T)), rings[shell]], axis=1)
    frames = shapely.polygons(around.ravel(), indices=np.repeat(at, 2))
    members = np.concatenate([frames, shapely.polygons(rings[~shell]), near])
    heap = np.concatenate([at, row[~shell], group])
    order = np.argsort(heap, kind="stable")
    return shapely.geometrycollections(members[order], indices=heap[order])


def _rings(polygons: Shapes) -> tuple[Shapes, Numbers, npt.NDArray[np.bool_]]:
    """All rings of polygons, the polygon of each, and whether it is the outer one."""
    rings, row = shapely.get_rings(polygons, return_index=True)
    return rings, row, np.diff(row, prepend=-1) > 0


def _with_islands(shells: Shapes, of_shell: Numbers, islands: Shapes, of_island: Numbers) -> Shapes:
    """Polygons of rings, each island cut out of the smallest shell around it; `of`, ascending, says what belongs together."""
    found = shapely.polygons(shells)
    home = np.searchsorted(of_shell, of_island)
    several = np.flatnonzero(np.searchsorted(of_shell, of_island, side="right") - home > 1)
    island, shell = shapely.STRtree(found).query(shapely.polygons(islands[several]), predicate="covered_by")
    island = several[island]
    together = of_shell[shell] == of_island[island]
    island, shell = island[together], shell[together]
    order = np.lexsort((-shapely.area(found[shell]), island))  # of several shells the smallest is written last
    home[island[order]] = shell[order]
    rings, row = np.concatenate([shells, islands]), np.concatenate([np.arange(len(shells)), home])
    order = np.argsort(row, kind="stable")
    return shapely.polygons(rings[order], indices=row[order])


def _gathered(polygons: Shapes, row: Numbers, count: int) -> Shapes:
    """One shape for each of `count` rows: none, one or several of the polygons."""
    found = np.full(count, shapely.Polygon(), dtype=object)
    several = np.bincount(row, minlength=count)[row] > 1
    found[row[~several]] = polygons[~several]
    if several.any():
        order = np.argsort(row[several], kind="stable")
        at, group = np.unique(row[several][order], return_inverse=True)
        found[at] = shapely.multipolygons(polygons[several][order], indices=group)
    return found


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
    return np.clip(area_within(shapes, cover) / shapely.area(shapes), 0, 1)


def area_within(shapes: Shapes, cover: Shapes) -> npt.NDArray[np.float64]:
    """Square metres of each shape under the union of `cover`; a cover may be as large and winding as England."""
    return shapely.area(shapes) - shapely.area(subtract(shapes, cover))


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
