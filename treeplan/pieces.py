"""Free land → pieces of ground, each with the type of planting that fits it best and the others it could be."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from treeplan import geo, streets
from treeplan.coefficients import LEVELS, Coefficient, Coefficients
from treeplan.constraints import channel_width_m
from treeplan.land import Land
from treeplan.layers import Layers
from treeplan.study import Study
from treeplan.vocabulary import LAND_USES, SITE_TYPES

log = logging.getLogger(__name__)

LINES = ("street", "hedgerow", "riparian")
"""Site types that are lines of trees."""

SMALL = "too small, too narrow or no room for a tree"
ISLAND = "island in a road"
BETWEEN = "kept clear between trees"


@dataclass(frozen=True)
class _Piece:
    """One typed piece: its ground (row), type and shape, and where trees stand along a kerb."""

    row: int
    kind: str
    shape: shapely.Geometry
    length_m: float = 0.0
    places: tuple[int, int, int] = (0, 0, 0)
    spared: bool = False


class _Index:
    """Shapes that are asked again and again which of them meet another."""

    def __init__(self, shapes: geo.Shapes) -> None:
        self.shapes = shapes
        self.tree = shapely.STRtree(shapes)

    def __len__(self) -> int:
        return len(self.shapes)

    def near(self, shape: shapely.Geometry) -> geo.Shapes:
        """The shapes that meet another, in order."""
        return self.shapes[np.sort(self.tree.query(shape, predicate="intersects"))]


def typed_pieces(
    land: Land, layers: Layers, study: Study, figures: Mapping[str, Coefficient]
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Every piece of free land that can hold trees, with its type; and what is left over, with why.

    A ground's free land goes first to riverside trees, where a stream runs by, then to the types of its land use, the best
    first; each takes the parts that are wide, large and long enough throughout, and leaves the rest to the next.

    Returns
    -------
    pieces : GeoDataFrame
        `ground_id, name, land_use, origin, site_id, piece, site_type, other_types, rule, area_m2, length_m` (of lines, m),
        `open_m2` (its part of what pitches leave of the ground), `places_low/central/high` (trees along a kerb), `doubt`.
    left_over : DataFrame
        `ground_id, reason, area_m2`.
    """
    grounds = land.grounds.reset_index(drop=True)
    c = Coefficients("central", figures)
    roads = _carriageways(layers)
    riverside = _riverside(layers, c)
    orchard_near = _by_keepers(grounds, layers, c)
    hedges = _hedge_strips(grounds, c)
    pieces: list[_Piece] = []
    islands = np.zeros(len(grounds))
    kerbs = grounds["kerb"].to_numpy()
    for i, (use, free) in enumerate(zip(grounds["land_use"].to_numpy(), grounds.geometry.to_numpy(), strict=True)):
        if use == "footway":
            pieces += _street_side(i, free, kerbs[i], c)
            continue
        if use in ("grass", "verge") and not free.is_empty:
            free, islands[i] = _without_islands(free, roads, c)
        water = riverside if LAND_USES[use].by_water else None
        pieces += _ground(i, use, free, hedges[i], _order(use, bool(orchard_near[i]), study), water, c)
    table = _table(_apart(pieces, c.streets_apart_m), grounds, study)
    return table, _left_over(grounds, table, islands)


def _ground(
    row: int,
    use: str,
    free: shapely.Geometry,
    hedges: shapely.Geometry,
    order: list[str],
    water: _Index | None,
    c: Coefficients,
) -> list[_Piece]:
    """The pieces of one ground: riverside trees first, then its types in order, each on what the last one left."""
    pieces: list[_Piece] = []
    if water is not None and len(water) and not free.is_empty:
        free, pieces = _fill(row, free, "riparian", True, c, within=shapely.union_all(water.near(free)))
    for kind in order:
        thin = kind in LINES or LAND_USES[use].stance == "edge"
        if kind == "hedgerow" and not hedges.is_empty:
            pieces += [replace(piece, spared=True) for piece in _fill(row, hedges, kind, thin, c)[1]]
        if not free.is_empty:
            free, found = _fill(row, free, kind, thin, c)
            pieces += found
    return pieces


def _order(use: str, by_keepers: bool, study: Study) -> list[str]:
    """The site types of a land use, the best first: the study's own wish, then an orchard where it has keepers."""
    order = list(LAND_USES[use].site_types)
    if by_keepers and "orchard" in order and use in ("grass", "recreation_ground"):
        order.insert(0, order.pop(order.index("orchard")))
    wish = study.land.prefer.get(use)
    if wish is not None:
        order.insert(0, order.pop(order.index(wish)))
    return order


# ---------------------------------------------------------------- what fits where


def _fill(
    row: int,
    free: shapely.Geometry,
    kind: str,
    may_be_thin: bool,
    c: Coefficients,
    within: shapely.Geometry | None = None,
) -> tuple[shapely.Geometry, list[_Piece]]:
    """The pieces of free ground that fit a type, and the ground without them."""
    ground = free if within is None else geo.areal_part(shapely.intersection(free, within))
    facts = SITE_TYPES[kind]
    wide = geo.areal_part(geo.wide_part(np.array([ground], dtype=object), facts.least_width_m)[0])
    parts = shapely.get_parts(wide)
    least = min(c.part_least_m2, facts.least_m2)
    parts = parts[shapely.area(parts) >= least]
    if not may_be_thin:
        parts = parts[~_slivers(parts, c.sliver_compactness)]
    if kind == "hedgerow":  # the hedges of one field are one site; each length of it must be a hedge
        parts = np.array([p for p in parts if fits(p, kind)], dtype=object)
    join = np.inf if kind == "hedgerow" else c.site_join_m
    found = [_Piece(row, kind, shape, _length_m(shape)) for shape in _joined(parts, join) if fits(shape, kind)]
    if found:
        free = geo.areal_part(shapely.difference(free, shapely.union_all([p.shape for p in found])))
    return free, found


def fits(shape: shapely.Geometry, kind: str) -> bool:
    """Whether a piece that is wide enough is also large and long enough for a type, and not too large."""
    facts = SITE_TYPES[kind]
    if not facts.least_m2 <= shape.area <= facts.most_m2:
        return False
    length = _length_m(shape)
    return length >= facts.least_length_m and shape.area <= facts.most_width_m * length


def could_be(shape: shapely.Geometry, kind: str, width_m: float = 0.0) -> bool:
    """Whether a piece, known to be `width_m` wide throughout, has somewhere in it the ground a type asks for."""
    facts = SITE_TYPES[kind]
    if facts.least_width_m <= width_m:
        return shape.area >= facts.least_m2 and _length_m(shape) >= facts.least_length_m
    wide = shapely.get_parts(geo.areal_part(geo.wide_part(np.array([shape], dtype=object), facts.least_width_m)[0]))
    return any(part.area >= facts.least_m2 and _length_m(part) >= facts.least_length_m for part in wide)


def _slivers(parts: geo.Shapes, least: float) -> npt.NDArray[np.bool_]:
    """Parts whose outline is a sliver; the outline alone, since holes where trees already stand make no park a sliver."""
    if not len(parts):
        return np.zeros(0, dtype=bool)
    outlines = shapely.polygons(shapely.get_exterior_ring(parts))
    return geo.compactness(outlines) < least


def _joined(parts: geo.Shapes, join_m: float) -> list[shapely.Geometry]:
    """Parts of one ground as sites: those nearer to one another than `join_m` are one."""
    if len(parts) < 2:
        return list(parts)
    if np.isinf(join_m):
        return [_one(parts)]
    a, b = shapely.STRtree(parts).query(parts, predicate="dwithin", distance=join_m)
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(len(parts), len(parts)))
    _, group = connected_components(graph, directed=False)
    return [_one(parts[group == g]) for g in np.unique(group)]


def _one(parts: geo.Shapes) -> shapely.Geometry:
    return parts[0] if len(parts) == 1 else shapely.multipolygons(sorted(parts, key=lambda p: p.bounds))


def _length_m(shape: shapely.Geometry) -> float:
    """Length of a strip of that area and perimeter, metres: exact for a rectangle; the sum over the parts."""
    parts = shapely.get_parts(shape)
    half = shapely.length(parts) / 2
    return float(((half + np.sqrt(np.maximum(half**2 - 4 * shapely.area(parts), 0))) / 2).sum())


# ---------------------------------------------------------------- streets, streams, fields, keepers


def _street_side(row: int, free: shapely.Geometry, kerb: shapely.LineString, c: Coefficients) -> list[_Piece]:
    """The tree pits along one side of a street."""
    where = [] if free.is_empty else streets.stretches(free, kerb, c.pit_side_m)
    low, central, high = (streets.tree_places(where, c.at(level).opposite.street_tree_spacing_m) for level in LEVELS)
    if not central:
        return []
    pits = geo.areal_part(
        shapely.intersection(streets.pits(kerb, central, c.pit_side_m), free)
    )  # a bend may push a corner out
    return [_Piece(row, "street", pits, 0.0, (len(low), len(central), len(high)))]


def _carriageways(layers: Layers) -> _Index:
    """Carriageways."""
    roads = layers.get("roads")
    if roads is None or roads.empty:
        return _Index(geo.NO_SHAPES)
    return _Index(shapely.buffer(roads.geometry.to_numpy(), roads["width_m"].fillna(0).to_numpy() / 2))


def _without_islands(free: shapely.Geometry, roads: _Index, c: Coefficients) -> tuple[shapely.Geometry, float]:
    """Grass without the islands and central reserves that roads run around, and their area; the far edge of a verge faces no road."""
    near = roads.near(shapely.buffer(free, c.island_reach_m))
    if not len(near):
        return free, 0.0
    parts = shapely.get_parts(free)
    edges = shapely.boundary(parts)
    lengths = np.array([_length_m(part) for part in parts])
    facing = np.minimum(c.island_reach_m, 0.5 * shapely.area(parts) / np.maximum(lengths, 0.1))
    beside = shapely.length(shapely.intersection(edges, shapely.buffer(shapely.union_all(near), facing)))
    ringed = beside >= c.island_edge_share * shapely.length(edges)
    if not ringed.any():
        return free, 0.0
    return _one(parts[~ringed]) if (~ringed).any() else shapely.Polygon(), float(shapely.area(parts[ringed]).sum())


def _riverside(layers: Layers, c: Coefficients) -> _Index:
    """Land beside rivers and streams that is for riverside trees, as wide as the channel asks for."""
    rivers = layers.get("watercourses")
    if rivers is None or rivers.empty:
        return _Index(geo.NO_SHAPES)
    width = channel_width_m(rivers, c)
    narrow = [width < c.channel_narrow_m, width < c.channel_middle_m]
    strip = np.select(narrow, [c.riparian_strip_narrow_m, c.riparian_strip_middle_m], c.riparian_strip_wide_m)
    said = rivers["width_m"].notna().to_numpy() if "width_m" in rivers else np.zeros(len(rivers), dtype=bool)
    strip = np.where(said, strip, c.riparian_strip_unsaid_m)
    return _Index(shapely.buffer(rivers.geometry.to_numpy(), width / 2 + c.bank_m + strip))


def _by_keepers(grounds: gpd.GeoDataFrame, layers: Layers, c: Coefficients) -> npt.NDArray[np.bool_]:
    """Whether allotments or a community garden lie near each ground."""
    keepers = [grounds.loc[grounds["land_use"] == "allotments", "outline"].to_numpy()]
    groups = layers.get("community_places")
    if groups is not None and "kind" in groups:
        keepers.append(groups.geometry.to_numpy()[groups["kind"].isin(["allotments", "community garden"]).to_numpy()])
    shapes = np.concatenate(keepers)
    near = np.zeros(len(grounds), dtype=bool)
    if len(shapes):
        reach = c.orchard_keepers_reach_m
        which, _ = shapely.STRtree(shapes).query(grounds.geometry.to_numpy(), predicate="dwithin", distance=reach)
        near[which] = True
    return near


def _hedge_strips(grounds: gpd.GeoDataFrame, c: Coefficients) -> geo.Shapes:
    """The spared strip along the edge of each ground that may hold a hedge; a boundary of two fields is one strip."""
    strips = np.full(len(grounds), shapely.Polygon(), dtype=object)
    spared = grounds["spared"].to_numpy()
    rows = np.flatnonzero(~shapely.is_empty(spared))
    if not len(rows):
        return strips
    outlines = grounds["outline"].to_numpy()[rows]
    inner = shapely.buffer(outlines, -c.hedge_strip_m)
    strips[rows] = [geo.areal_part(s) for s in shapely.difference(spared[rows], inner)]
    later, earlier = shapely.STRtree(outlines).query(outlines, predicate="dwithin", distance=c.same_hedge_m)
    for i in np.unique(later[earlier < later]):
        others = shapely.buffer(outlines[earlier[(later == i) & (earlier < i)]], c.same_hedge_m)
        strips[rows[i]] = geo.areal_part(shapely.difference(strips[rows[i]], shapely.union_all(others)))
    return strips


# ---------------------------------------------------------------- the table


def _table(pieces: list[_Piece], grounds: gpd.GeoDataFrame, study: Study) -> gpd.GeoDataFrame:
    """Pieces as rows, numbered within their ground from west to east."""
    pieces = sorted((p for p in pieces if not p.shape.is_empty), key=lambda p: (p.row, p.shape.bounds))
    rows = np.array([p.row for p in pieces], dtype=int)
    drop = ["geometry", "area_m2", "outline", "spared", "spared_by", "pitch_m2", "kerb"]
    table = pd.DataFrame(grounds.drop(columns=drop)).iloc[rows].reset_index(drop=True)
    table["piece"] = table.groupby("ground_id").cumcount() + 1
    table["site_id"] = table["ground_id"] + "-" + table["piece"].astype(str)
    table["site_type"] = [p.kind for p in pieces]
    table["other_types"] = [_others(p, str(grounds["land_use"].iloc[p.row])) for p in pieces]
    table["rule"] = [_rule(p, str(grounds["land_use"].iloc[p.row]), study) for p in pieces]
    shapes = np.array([p.shape for p in pieces], dtype=object) if pieces else geo.NO_SHAPES
    table["area_m2"] = shapely.area(shapes)
    table["length_m"] = [p.length_m for p in pieces]
    table["spared"] = np.array([p.spared for p in pieces], dtype=bool)
    for n, level in enumerate(("low", "central", "high")):
        table[f"places_{level}"] = [p.places[n] for p in pieces]
    # A ground's open part is shared out among its pieces of one type, so that a cap on it is one cap and not several.
    alike = table.groupby(["ground_id", "site_type"])["area_m2"].transform("sum")
    table["open_m2"] = (grounds["area_m2"] - grounds["pitch_m2"]).to_numpy()[rows] * table["area_m2"] / alike
    return gpd.GeoDataFrame(table, geometry=shapes, crs=geo.BNG)


def _rule(piece: _Piece, use: str, study: Study) -> str:
    """What made the piece this type: the use of its ground, its shape, and the study's wish where there was one."""
    wish = ", as the study file prefers" if study.land.prefer.get(use) == piece.kind else ""
    return f"{LAND_USES[use].label.lower()}{wish}: {SITE_TYPES[piece.kind].rule}"


def _apart(pieces: list[_Piece], apart_m: float) -> list[_Piece]:
    """Pieces in which trees of different sides of streets do not crowd one another: the later side gives way."""
    sides = [i for i, p in enumerate(pieces) if p.places[1]]
    pits = [shapely.get_parts(pieces[i].shape) for i in sides]
    owner = np.repeat(sides, [len(p) for p in pits])
    if len(owner) < 2:
        return pieces
    squares = np.concatenate(pits)
    middles = shapely.centroid(squares)
    a, b = shapely.STRtree(middles).query(middles, predicate="dwithin", distance=apart_m)
    close = (a > b) & (owner[a] != owner[b])
    kept = np.ones(len(squares), dtype=bool)
    for later, earlier in sorted(zip(a[close].tolist(), b[close].tolist(), strict=True)):
        kept[later] &= not kept[earlier]
    left = dict.fromkeys(np.unique(owner[~kept]).tolist())
    return [_thinned(p, squares[(owner == i) & kept]) if i in left else p for i, p in enumerate(pieces)]


def _thinned(piece: _Piece, squares: geo.Shapes) -> _Piece:
    """A side of a street with the trees it keeps; its low and high numbers shrink with them."""
    share = len(squares) / piece.places[1]
    low, high = (round(piece.places[at] * share) for at in (0, 2))
    places = (min(low, len(squares)), len(squares), max(high, len(squares)))
    return replace(piece, shape=_one(squares) if len(squares) else shapely.Polygon(), places=places)


def _others(piece: _Piece, use: str) -> str:
    width = SITE_TYPES[piece.kind].least_width_m
    return "; ".join(k for k in LAND_USES[use].site_types if k != piece.kind and could_be(piece.shape, k, width))


def _left_over(grounds: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame, islands: npt.NDArray[np.float64]) -> pd.DataFrame:
    """Free and spared land that became no piece, by ground and reason."""
    spared = shapely.area(grounds["spared"].to_numpy())
    in_spared = _used(grounds, pieces[pieces["spared"]])
    used = _used(grounds, pieces) - in_spared
    tables = []
    for reason, left in (
        (ISLAND, islands),
        (np.where(grounds["land_use"] == "footway", BETWEEN, SMALL), grounds.area.to_numpy() - islands - used),
        (grounds["spared_by"], spared - in_spared),
    ):
        tables.append(pd.DataFrame({"ground_id": grounds["ground_id"], "reason": reason, "area_m2": left}))
    table = pd.concat(tables, ignore_index=True)
    return table[table["area_m2"] > 1e-6].reset_index(drop=True)


def _used(grounds: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    by_ground = pieces.groupby("ground_id")["area_m2"].sum() if len(pieces) else pd.Series(dtype=float)
    return grounds["ground_id"].map(by_ground).fillna(0).to_numpy(dtype=float)
