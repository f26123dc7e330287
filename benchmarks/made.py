"""Invented shapes with the size and the look of a county's open land and of what trees keep off; drawn from a seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import shapely

Shapes = npt.NDArray[np.object_]
Points = npt.NDArray[np.float64]

SOUTH_WEST = np.array([425_000.0, 380_000.0])
SQUARE_M_PER_LAND = 80_000.0
"""South Yorkshire has about 1,550 km² and, at the size of this benchmark, 20,000 pieces of open land."""


def land_and_constraints(lands: int, constraints: int, seed: int) -> tuple[Shapes, Shapes]:
    """Open land, and buildings, tree crowns, streets, pitches, woods and waters with their distances, EPSG:27700.

    Nine in ten pieces of land and most constraints lie in towns, tree crowns and pitches on open land. Constraints cross
    the borders of the land, streets and clearances overlap; houses and trees do not stand on one another.

    Parameters
    ----------
    lands, constraints : int
        How many of each.
    seed : int
        The same seed draws the same shapes.
    """
    draw = np.random.default_rng(seed)
    side = float(np.sqrt(lands * SQUARE_M_PER_LAND))
    towns = SOUTH_WEST + draw.uniform(0.1, 0.9, (max(1, lands // 300), 2)) * side
    spread = side / 40 if lands > 1000 else side / 10
    homes = _places(draw, lands, towns, spread, side)
    radii = np.sqrt(draw.lognormal(np.log(5_000), 1.2, lands) / np.pi)
    land = _blobs(draw, homes, radii, 40)
    houses, trees, streets, pitches, patches = (constraints * np.array([45, 25, 20, 4, 6]) // 100).tolist()
    streets += constraints - houses - trees - streets - pitches - patches

    def in_towns(count: int) -> Points:
        return _places(draw, count, towns, spread, side)

    def on_land(count: int) -> Points:
        ground = draw.choice(lands, count, p=radii**2 / (radii**2).sum())
        return homes[ground] + draw.normal(0, 0.45, (count, 2)) * radii[ground, None]

    crowns = draw.uniform(1.5, 5, trees)
    found = [
        _rectangles(draw, _apart(draw, in_towns, houses, 24), (6, 18), 5.0),
        shapely.buffer(shapely.points(_apart(draw, on_land, trees, 9)), crowns, quad_segs=5),
        _strips(draw, in_towns(streets)),
        _rectangles(draw, _apart(draw, on_land, pitches, 60), (20, 80), 5.0),
        _blobs(draw, in_towns(patches), draw.uniform(10, 90, patches), 30),
    ]
    return land, draw.permutation(np.concatenate(found))


def _places(draw: np.random.Generator, count: int, towns: Points, spread: float, side: float) -> Points:
    """Nine in ten around a town, the others anywhere."""
    at = towns[draw.integers(len(towns), size=count)] + draw.normal(0, spread, (count, 2))
    anywhere = SOUTH_WEST + draw.uniform(0, side, (count, 2))
    return np.where(draw.random((count, 1)) < 0.9, at, anywhere)


def _apart(draw: np.random.Generator, places: Callable[[int], Points], count: int, step_m: float) -> Points:
    """Places of which no two share a square of a lattice: houses and trees stand beside one another, not on one another."""
    cells = np.empty((0, 2))
    while len(cells) < count:
        cells = np.unique(np.concatenate([cells, np.floor(places(count) / step_m)]), axis=0)
    return (draw.permutation(cells)[:count] + 0.5 + draw.uniform(-0.2, 0.2, (count, 2))) * step_m


def _blobs(draw: np.random.Generator, at: Points, radii: npt.NDArray[np.float64], corners: int) -> Shapes:
    """Star-shaped outlines that wave in and out."""
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    waves = sum(
        draw.uniform(0, 0.5 / k, (len(at), 1)) * np.sin(k * turn + draw.uniform(0, 2 * np.pi, (len(at), 1)))
        for k in (2, 3, 5)
    )
    reach = radii[:, None] * np.clip(1 + waves, 0.15, None) * draw.uniform(0.93, 1.07, (len(at), corners))
    return shapely.polygons(at[:, None] + reach[..., None] * np.stack([np.cos(turn), np.sin(turn)], axis=-1))


def _rectangles(draw: np.random.Generator, at: Points, side_m: tuple[float, float], keep_off_m: float) -> Shapes:
    """Turned rectangles with a distance kept around them."""
    half = draw.uniform(*side_m, (len(at), 2)) / 2
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half[:, None]
    return shapely.buffer(shapely.polygons(at[:, None] + _turned(draw, corners)), keep_off_m, quad_segs=4)


def _strips(draw: np.random.Generator, at: Points) -> Shapes:
    """Stretches of streets, paths and streams: bent lines, widened."""
    along = np.linspace(-0.5, 0.5, 6) * draw.uniform(30, 250, (len(at), 1))
    line = np.stack([along, draw.normal(0, 6, along.shape)], axis=-1)
    return shapely.buffer(
        shapely.linestrings(at[:, None] + _turned(draw, line)), draw.uniform(1, 6, len(at)), quad_segs=3
    )


def _turned(draw: np.random.Generator, points: Points) -> Points:
    turn = draw.uniform(0, np.pi, len(points))
    cos, sin = np.cos(turn), np.sin(turn)
    return np.einsum("nij,nkj->nki", np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], -2), points)


def towns(draw: np.random.Generator, side: int, power: float) -> npt.NDArray[np.float64]:
    """How built up each cell of a square grid is, 0–1, in towns about 50 cells across; a greater power leaves more open country."""
    from scipy.ndimage import zoom

    coarse = draw.random((side // 50 + 2, side // 50 + 2)) ** power
    return np.asarray(zoom(coarse, 50, order=1)[:side, :side].clip(0, 1), dtype=float)


SPACING_M = 71.0
"""Between junctions: a county like South Yorkshire has about 309,000 on its 1,550 km²."""


def walk_network(nodes: int, seed: int) -> dict[str, npt.NDArray[np.generic]]:
    """An invented walk network: a bent grid with streets left out, ways a little longer than straight, in an order of no meaning.

    Parameters
    ----------
    nodes : int
        About how many: the next square number below.
    seed : int
        The same seed draws the same network.

    Returns
    -------
    dict
        `easting, northing` of the nodes, `from_node, to_node, length_m` of the edges.
    """
    draw = np.random.default_rng(seed)
    side = int(np.sqrt(nodes))
    number = draw.permutation(side * side).reshape(side, side)
    where = np.empty((side * side, 2))
    where[number.ravel()] = SOUTH_WEST + SPACING_M * np.stack(np.divmod(np.arange(side * side), side)[::-1], axis=1)
    where += draw.uniform(-0.3, 0.3, where.shape) * SPACING_M
    pairs = [(number[:, :-1], number[:, 1:]), (number[:-1], number[1:])]
    ends = np.concatenate([np.stack([a.ravel(), b.ravel()]) for a, b in pairs], axis=1)
    ends = draw.permutation(ends[:, draw.random(ends.shape[1]) < 0.8], axis=1)
    length = np.hypot(*(where[ends[0]] - where[ends[1]]).T) * draw.uniform(1.0, 1.3, ends.shape[1])
    return {
        "easting": where[:, 0],
        "northing": where[:, 1],
        "from_node": ends[0],
        "to_node": ends[1],
        "length_m": length,
    }
