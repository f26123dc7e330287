"""How far it is from homes to green space, woods and trees, and how much green space people share."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import rasterio
import shapely
from rasterio.features import rasterize
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from treeplan import areal, coverage, geo, walks
from treeplan.coefficients import Coefficient
from treeplan.homes import place_residents, tell_homes
from treeplan.layers import Layers, margin_m
from treeplan.nature_access import nature_access
from treeplan.study import Study
from treeplan.walks import Places, WalkNetwork

log = logging.getLogger(__name__)

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

PUBLIC_GREEN = ("park", "recreation_ground", "playing_field", "play_space")
"""Land uses that everybody may walk on. Golf courses, sports clubs, allotments, cemeteries, school grounds and grass without a
name are left out: some are open, but no map here says which."""

GREEN_HA = 1.0
"""The size that a green space has at least, where nothing else is said: the "300" of 3-30-300 (METHODS.md 5.7), hectares."""

GREEN_WALK_M = 300.0
"""The rule "300": a walk of at most so many metres to public green space of 1 ha or more."""

CANOPY_PCT = 30.0
"""The rule "30": canopy of the neighbourhood, in percent."""

TREES, TREES_M = 3, 30.0
"""The rule "3": so many trees within so many metres of a home, in place of "seen from it"."""

WOODS = {500.0: 2.0, 4_000.0: 20.0}
"""The Woodland Access Standard: within so many metres of home, a wood of at least so many hectares (METHODS.md 5.7)."""

LEAST_KNOWN = 0.95
"""Part of a neighbourhood's residents of whom something must be known before it is stated for the neighbourhood."""

GREEN_CELL_M = 20.0
"""Side of the cells in which green space is shared out among residents, metres."""


@dataclass(frozen=True)
class Access:
    """The homes of a study, and what they are near; each thing is worked out when it is first asked for.

    Attributes
    ----------
    layers, study, figures
        As the stages have them. Distances are in metres, shapes in EPSG:27700.
    """

    layers: Layers
    study: Study
    figures: Mapping[str, Coefficient]
    _reaches: dict[str, shapely.Geometry] = field(default_factory=dict, repr=False, compare=False)
    _woods: dict[float, tuple[Flags, Flags]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def everybody(self) -> pd.DataFrame:
        """All places of residents, those beyond the study's border included (`homes.place_residents`)."""
        found = place_residents(self.layers, self.study, self.figures)
        tell_homes(found, self.layers, self.study, self.figures)
        return found

    @cached_property
    def homes(self) -> pd.DataFrame:
        """The places of the study's own residents."""
        zones = self.layers["neighbourhoods"]
        own = zones.loc[zones["inside"], "lsoa21_code"]
        return self.everybody[self.everybody["lsoa21_code"].isin(own)].reset_index(drop=True)

    @cached_property
    def points(self) -> geo.Shapes:
        """The places of the study's own residents as points."""
        return np.asarray(shapely.points(*self.places), dtype=object)

    @property
    def places(self) -> tuple[Floats, Floats]:
        """Eastings and northings of the study's own residents, metres."""
        return self.homes["easting"].to_numpy(dtype=float), self.homes["northing"].to_numpy(dtype=float)

    @cached_property
    def net(self) -> WalkNetwork | None:
        """The network of ways to walk; None where walks are straight lines."""
        return walks.walk_network(self.layers, self.study, self.figures)

    @property
    def detour(self) -> float:
        """By how much a walk is longer than the straight line, where there is no network."""
        return self.figures["detour_factor"].central

    @property
    def wood_gap_m(self) -> float:
        """How far parts of one wood may lie apart, metres."""
        return self.figures["wood_gap_m"].central

    @property
    def most_walk_m(self) -> float:
        """How far a walk to green space is followed, metres."""
        return self.figures["green_walk_most_m"].central

    @cached_property
    def green(self) -> geo.Shapes:
        """Public green space of any size."""
        land = self.layers["open_land"]
        return joined(land.geometry.to_numpy()[land["land_use"].isin(PUBLIC_GREEN).to_numpy()])

    @cached_property
    def woods(self) -> geo.Shapes:
        """Woods of any size; who may walk in them is not known."""
        return joined(self.layers.shapes("woodland"), self.wood_gap_m)

    def seen(self, layer: str, radius_m: Floats | float) -> Flags:
        """Whether a layer is mapped all around each home, as far as a radius: if not, nothing near is no proof."""
        if layer not in self._reaches:
            self._reaches[layer] = known_reach(self.layers, self.study, layer)
        reach = self._reaches[layer]
        edge = shapely.boundary(reach)
        shapely.prepare([reach, edge])
        return np.asarray(shapely.covers(reach, self.points) & ~shapely.dwithin(edge, self.points, radius_m))

    @cached_property
    def to_green(self) -> pd.DataFrame:
        """`green_walks` to spaces of 1 ha or more."""
        found = self.green_walks(GREEN_HA)
        _tell_walks(self.homes["residents"].to_numpy(dtype=float), found)
        return found

    @cached_property
    def near_green(self) -> tuple[Flags, Flags]:
        """Homes within a 300 m walk of public green space of 1 ha or more, and homes of which that is known."""
        walked = self.to_green
        near = walked["walk_m"].to_numpy() <= GREEN_WALK_M
        radius = np.where(walked["method"] == "network", GREEN_WALK_M, GREEN_WALK_M / self.detour)
        return near, near | self.seen("open_land", radius)

    def near_wood(self, metres: float) -> tuple[Flags, Flags]:
        """Homes that meet one rule of the Woodland Access Standard (`WOODS`), straight line, and homes of which that is known."""
        if metres not in self._woods:
            near = within(self.points, at_least(self.woods, WOODS[metres]), metres)
            self._woods[metres] = near, near | self.seen("woodland", metres)
        return self._woods[metres]

    @cached_property
    def trees_near(self) -> tuple[Ints, Flags]:
        """Mapped trees within 30 m of each home, a wood counting as three, and homes of which it is known whether there are three."""
        single = count_within(self.points, self.layers.shapes("trees"), TREES_M)
        trees = np.where(within(self.points, self.woods, TREES_M), np.maximum(single, TREES), single)
        placed = self.homes["method"].isin(["buildings", "streets"]).to_numpy()
        return trees, placed & ((trees >= TREES) | self.seen("trees", TREES_M))

    def green_walks(self, least_ha: float) -> pd.DataFrame:
        """How far it is from each home to the nearest public green space of at least a size.

        To an access point that touches it, where the study has any for that space, else to its edge; 0 for homes inside it.

        Returns
        -------
        DataFrame
            By home: `straight_m`; `walk_m`, on the network where the home is on it, else the straight line × a detour factor
            (inf where there is none, or none within `green_walk_most_m`); `method` ("network" or "straight line × 1.3").
        """
        spaces = at_least(self.green, least_ha)
        gates, gated = entrances(spaces, self.layers.shapes("access_points"), self.figures["entrance_reach_m"].central)
        inside = nearest_m(self.points, spaces) == 0
        straight = np.fmin(nearest_m(self.points, gates), nearest_m(self.points, spaces[~gated]))
        straight[inside] = 0.0
        walk, method = straight * self.detour, np.full(len(straight), f"straight line × {self.detour:g}", dtype=object)
        if self.net is not None:
            by_way = self._network_m(spaces[~gated], gates)
            on = np.isfinite(by_way) | np.isposinf(by_way)
            walk[on], method[on] = np.maximum(by_way, straight)[on], "network"
            walk[inside] = 0.0
        return pd.DataFrame({"straight_m": straight, "walk_m": walk, "method": method})

    def _network_m(self, open_spaces: geo.Shapes, gates: geo.Shapes) -> Floats:
        """The walk on the network to the nearest gate, or to where a way meets a space without gates; NaN off the network."""
        assert self.net is not None
        _, doors = self.net.doors(open_spaces, geo.NO_SHAPES, self.most_walk_m)
        at_gates = self.net.join(gates, self.net.home_reach_m)
        columns = [
            np.concatenate([getattr(places, name) for places in (doors, at_gates)])
            for name in ("edge", "along_m", "off_m")
        ]
        return walks.nearest_place_m(self.net, self.net.homes(self.points), Places(*columns), self.most_walk_m)

    def within_walk(self, shapes: geo.Shapes, metres: float) -> tuple[Ints, Ints]:
        """Which homes are within a walk of which shapes, measured as in `green_walks`: the row of the shape, and that of the home."""
        near = areal.points_near(*self.places, shapes, metres)
        shape, home, line_m = map(np.concatenate, zip(*near, strict=True))
        short = (line_m == 0) | (line_m * self.detour <= metres)
        if self.net is not None:
            owner, doors = self.net.doors(shapes, self.layers.shapes("access_points"), metres)
            joined_at = self.net.homes(self.points)
            on_foot = np.isin(shape, owner) & joined_at.joined[home] & (line_m > 0)
            number = len(self.points)
            walked = walks.residents_within(self.net, owner, doors, joined_at, metres)
            reached = np.concatenate([np.array([], dtype=int), *(of * number + to for of, to, _ in walked)])
            short[on_foot] = np.isin(shape * number + home, reached)[on_foot]
        return shape[short], home[short]

    def share_pct(self, yes: Flags, known: Flags) -> pd.Series:
        """Residents for whom something is so, in percent of each neighbourhood; NaN where it is known of under 95 % of them."""
        return self.mean(np.where(yes, 100.0, 0.0), known)

    def mean(self, value: Floats, known: Flags) -> pd.Series:
        """The mean over the residents of each neighbourhood of whom it is known; NaN where it is known of under 95 % of them."""
        people = self.homes["residents"].to_numpy(dtype=float)
        counted = np.where(known, people, 0.0)
        columns = {"all": people, "known": counted, "sum": counted * np.where(known, value, 0.0)}
        sums = pd.DataFrame(columns).groupby(self.homes["lsoa21_code"].to_numpy()).sum()
        enough = (sums["known"] > 0) & (sums["known"] >= LEAST_KNOWN * sums["all"])
        return (sums["sum"] / sums["known"].where(enough)).rename_axis("lsoa21_code")

    def green_m2(self) -> tuple[Floats, Flags]:
        """Square metres of public green space that each home's residents have when all within the study's walk share it.

        Straight lines, `[people] walk_m` over the detour factor, on a grid (`nature_access`).

        Returns
        -------
        array, array of bool
            One for each home, and whether green space and people are known as far as it takes.
        """
        radius = self.study.people.walk_m / self.detour
        west, south, east, north = shapely.total_bounds(self.points)
        pad = 2 * radius + GREEN_CELL_M
        west, north = (np.floor((west - pad) / GREEN_CELL_M), np.ceil((north + pad) / GREEN_CELL_M))
        shape = (int(north - np.floor((south - pad) / GREEN_CELL_M)), int(np.ceil((east + pad) / GREEN_CELL_M) - west))
        grid = rasterio.Affine(GREEN_CELL_M, 0, west * GREEN_CELL_M, 0, -GREEN_CELL_M, north * GREEN_CELL_M)
        nature = _area_in_cells(self.green, shape, grid)
        people = np.zeros(shape)
        row, column = _cells(self.everybody, grid)
        on = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
        np.add.at(people, (row[on], column[on]), self.everybody["residents"].to_numpy(dtype=float)[on])
        supply = nature_access(people, nature, GREEN_CELL_M, radius).supply_m2
        known = self.seen("open_land", radius) & self.seen("neighbourhoods", 2 * radius)
        return supply[_cells(self.homes, grid)], known


def _tell_walks(people: Floats, walked: pd.DataFrame) -> None:
    """Say in the log how far residents live from green space by each measure, and the straight line beside it."""
    walk, straight = walked["walk_m"].to_numpy(), walked["straight_m"].to_numpy()
    for method in sorted(walked["method"].unique()):
        own = (walked["method"] == method).to_numpy()
        found = own & np.isfinite(walk) & (people > 0)
        if found.any():
            log.info(
                "access: the walk of %.0f residents to green space is %.0f m on average (%s), the straight line %.0f m",
                people[own].sum(),
                np.average(walk[found], weights=people[found]),
                method,
                np.average(straight[found], weights=people[found]),
            )


def known_reach(layers: Layers, study: Study, layer: str) -> shapely.Geometry:
    """How far a layer is known to be whole: as far as its files say, else as far beyond the border as it has anything."""
    margin = margin_m(study, layer)
    if layer in layers.covers:
        return shapely.intersection(shapely.buffer(layers.area, margin), layers.covers[layer])
    metres = coverage.beyond_border_m(layers.shapes(layer), layers.area, margin)
    return shapely.buffer(layers.area, metres) if metres else layers.area


def joined(shapes: geo.Shapes, gap_m: float = 0.0) -> geo.Shapes:
    """Areas that overlap, share an edge, or lie no farther apart than a gap, made one.

    Parameters
    ----------
    shapes : array of geometry
        EPSG:27700; points and lines are left out.
    gap_m : float
        How far apart parts of one may lie, metres.
    """
    areas = shapes[shapely.get_dimensions(shapes) == 2] if len(shapes) else shapes
    if not len(areas):
        return geo.NO_SHAPES
    broken = ~shapely.is_valid(areas)
    areas[broken] = shapely.make_valid(areas[broken])
    parts = shapely.get_parts(geo.areal_part(shapely.disjoint_subset_union_all(areas)))
    parts = parts[np.lexsort(shapely.bounds(parts).T)]
    if not gap_m:
        return parts
    one, other = shapely.STRtree(parts).query(parts, predicate="dwithin", distance=gap_m)
    together = coo_array((np.ones(len(one)), (one, other)), shape=(len(parts), len(parts)))
    whole = connected_components(together, directed=False)[1]
    order = np.argsort(whole, kind="stable")
    return shapely.multipolygons(parts[order], indices=whole[order])


def at_least(shapes: geo.Shapes, hectares: float) -> geo.Shapes:
    """The shapes of at least a size."""
    return shapes[shapely.area(shapes) >= hectares * 1e4] if len(shapes) else shapes


def entrances(spaces: geo.Shapes, points: geo.Shapes, reach_m: float) -> tuple[geo.Shapes, Flags]:
    """The access points that touch one of the spaces (to so many metres), and whether each space has any."""
    gated = np.zeros(len(spaces), dtype=bool)
    if not len(spaces) or not len(points):
        return geo.NO_SHAPES, gated
    point, space = shapely.STRtree(spaces).query(points, predicate="dwithin", distance=reach_m)
    gated[space] = True
    return points[np.unique(point)], gated


def nearest_m(points: geo.Shapes, shapes: geo.Shapes) -> Floats:
    """The straight line from each point to the nearest shape, metres; inf where there is none."""
    found = np.full(len(points), np.inf)
    if len(shapes) and len(points):
        (point, _), metres = shapely.STRtree(shapes).query_nearest(points, return_distance=True, all_matches=False)
        found[point] = metres
    return found


def within(points: geo.Shapes, shapes: geo.Shapes, metres: float) -> Flags:
    """Whether any of the shapes lies within a straight line of each point."""
    near = np.zeros(len(points), dtype=bool)
    if len(shapes) and len(points):
        near[shapely.STRtree(points).query(shapely.get_parts(shapes), predicate="dwithin", distance=metres)[1]] = True
    return near


def count_within(points: geo.Shapes, things: geo.Shapes, metres: float) -> Ints:
    """How many things are within a straight line of each point."""
    if not len(things):
        return np.zeros(len(points), dtype=np.int64)
    point, _ = shapely.STRtree(things).query(points, predicate="dwithin", distance=metres)
    return np.bincount(point, minlength=len(points))


def _cells(homes: pd.DataFrame, grid: rasterio.Affine) -> tuple[Ints, Ints]:
    """The row and column of each place on a grid."""
    column, row = ~grid * (homes["easting"].to_numpy(dtype=float), homes["northing"].to_numpy(dtype=float))
    return np.floor(row).astype(np.int64), np.floor(column).astype(np.int64)


def _area_in_cells(shapes: geo.Shapes, size: tuple[int, int], grid: rasterio.Affine) -> Floats:
    """How much of shapes that do not overlap lies in each cell of a grid, m²: exact, whole cells in one go."""
    if not len(shapes):
        return np.zeros(size)
    cell_m = grid.a
    area = rasterize(shapes, out_shape=size, transform=grid) * cell_m**2
    row, column = np.nonzero(rasterize(shapely.boundary(shapes), out_shape=size, transform=grid, all_touched=True))
    west, north = grid.c + column * cell_m, grid.f - row * cell_m
    boxes = shapely.box(west, north - cell_m, west + cell_m, north)
    box, shape = shapely.STRtree(shapes).query(boxes, predicate="intersects")
    parts = shapely.area(shapely.intersection(boxes[box], shapes[shape]))
    area[row, column] = np.bincount(box, weights=parts, minlength=len(boxes))
    return area
