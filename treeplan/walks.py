"""Walks on the study's own ways: the network that roads and paths make, and how far people walk on it.

Ways are joined where they share a point, so a bridge over a railway does not join it. What lies off the ways (homes, edges of
sites, entrances) is joined to the nearest one by a straight line that crosses no railway, river, water or motorway.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import shapely

from treeplan import geo, network, ways
from treeplan.coefficients import Coefficient
from treeplan.layers import Layers
from treeplan.network import Flags, Floats, Ints, Network
from treeplan.study import Study

log = logging.getLogger(__name__)

MOST_STRAY_SHARE = 0.02
"""Share of the ways in such pieces from which the run says so."""

LEAST_MAIN_SHARE = 0.8
"""Share of the ways in the longest piece below which the run says that the network is in pieces (assumption, to be verified)."""

BATCH = 2_000
"""Sites whose walks are held at a time."""


@dataclass(frozen=True)
class Places:
    """Where things are joined to the network.

    Attributes
    ----------
    edge : array of int
        The edge; -1 for what cannot be joined.
    along_m : array
        How far along the edge, metres.
    off_m : array
        Length of the straight line to it, metres.
    """

    edge: Ints
    along_m: Floats
    off_m: Floats

    @property
    def joined(self) -> Flags:
        """Which things are on the network."""
        return self.edge >= 0


@dataclass(frozen=True)
class WalkNetwork:
    """The ways of a study that can be walked, and what a straight line to them must not cross.

    Attributes
    ----------
    network : Network
        Junctions and ends of ways, and the ways between them.
    segments : array of LineString
        The straight parts of the ways that things may be joined to, EPSG:27700.
    edge, along_m : array
        The edge that each segment is part of, and how far along it the segment starts, metres.
    barriers : array of LineString
        The straight parts of railways, rivers, shores and motorways.
    covers : Polygon or MultiPolygon
        Where the ways are mapped; beyond, nothing is known of walks.
    stray : array of LineString
        The straight parts of ways in pieces that are too short to matter: nothing is joined to them.
    total_m : float
        Length of all ways, metres.
    way_reach_m, entrance_reach_m, home_reach_m : float
        The study's figures of these names: how near ways and entrances come to sites, and homes to ways, metres.
    """

    network: Network
    segments: geo.Shapes
    edge: Ints
    along_m: Floats
    barriers: geo.Shapes
    covers: shapely.Geometry
    stray: geo.Shapes
    total_m: float
    way_reach_m: float
    entrance_reach_m: float
    home_reach_m: float

    @property
    def stray_m(self) -> float:
        """Length of the ways in pieces that are too short to matter, metres."""
        return float(shapely.length(self.stray).sum())

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The segments by place."""
        return shapely.STRtree(self.segments)

    @cached_property
    def barrier_tree(self) -> shapely.STRtree:
        """The barriers by place."""
        return shapely.STRtree(self.barriers)

    def join(self, shapes: geo.Shapes, within_m: float) -> Places:
        """Join points or areas to the nearest way that a straight line reaches without crossing a barrier.

        Parameters
        ----------
        shapes : array of geometry
            EPSG:27700.
        within_m : float
            How far to look, metres.
        """
        segment = self.tree.nearest(shapes)  # with a greatest distance it is slower
        lines = shapely.shortest_line(shapes, self.segments[segment])
        thing = np.flatnonzero(shapely.length(lines) <= within_m)
        segment, lines = segment[thing], lines[thing]
        clear = ~self.crosses(lines)
        again = thing[~clear]
        which, near = self.tree.query(shapes[again], predicate="dwithin", distance=within_m)
        detours = shapely.shortest_line(shapes[again[which]], self.segments[near])
        free = np.flatnonzero(~self.crosses(detours))
        free = free[np.lexsort((near[free], shapely.length(detours[free]), which[free]))]
        free = free[np.unique(which[free], return_index=True)[1]]  # of each, the shortest
        thing = np.concatenate([thing[clear], again[which[free]]])
        segment, lines = np.append(segment[clear], near[free]), np.append(lines[clear], detours[free])
        edge, along, off = np.full(len(shapes), -1), np.zeros(len(shapes)), np.full(len(shapes), np.inf)
        edge[thing], off[thing] = self.edge[segment], shapely.length(lines)
        along[thing] = self.along_m[segment] + shapely.line_locate_point(
            self.segments[segment], shapely.get_point(lines, -1)
        )
        return Places(edge, along, off)

    def homes(self, points: geo.Shapes) -> Places:
        """Join homes; those beyond what the network covers, or too far from every way, are not joined."""
        places = self.join(points, self.home_reach_m)
        return replace(places, edge=np.where(shapely.covers(self.covers, points), places.edge, -1))

    def by_stray_ways(self, points: geo.Shapes, places: Places) -> Flags:
        """Which points lie nearer to a way in a short piece than to the one that they are joined to."""
        nearer = np.zeros(len(points), dtype=bool)
        if len(self.stray):
            (at, _), metres = shapely.STRtree(self.stray).query_nearest(
                points, max_distance=self.home_reach_m, return_distance=True, all_matches=False
            )
            nearer[at] = metres < places.off_m[at]
        return nearer

    def doors(self, sites: geo.Shapes, entrances: geo.Shapes, within_m: float) -> tuple[Ints, Places]:
        """Where sites are entered: where a way comes near, and at entrances on their edges; else from the nearest way.

        Parameters
        ----------
        sites : array of Polygon or MultiPolygon
            EPSG:27700.
        entrances : array of Point
            Gates, whosesoever; those that touch a site are its.
        within_m : float
            How far the nearest way may be, metres.

        Returns
        -------
        array of int, Places
            One row for each door: whose it is (a row of `sites`), and where. Sites far from every way have none.
        """
        shapely.prepare(sites)
        site, segment = self.tree.query(sites, predicate="dwithin", distance=self.way_reach_m)
        lines = self.segments[segment]
        count = np.ceil(shapely.length(lines) / self.way_reach_m).astype(int) + 1
        pair = np.repeat(np.arange(len(site)), count)
        step = (np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)) / np.maximum(count - 1, 1)[pair]
        points = shapely.line_interpolate_point(lines[pair], step, normalized=True)
        closest = shapely.get_point(shapely.shortest_line(sites[site], lines), -1)
        near = shapely.dwithin(sites[site[pair]], points, self.way_reach_m)
        pair, points = np.append(pair[near], np.arange(len(site))), np.append(points[near], closest)
        clear = ~self.crosses(shapely.shortest_line(sites[site[pair]], points))
        pair, points = pair[clear], points[clear]
        along = shapely.line_locate_point(lines[pair], points) + self.along_m[segment[pair]]
        beside = site[pair], Places(self.edge[segment[pair]], along, np.zeros(len(pair)))
        gated, gate = shapely.STRtree(entrances).query(sites, predicate="dwithin", distance=self.entrance_reach_m)
        at_gates = gated, self.join(entrances[gate], within_m)
        without = np.setdiff1d(np.arange(len(sites)), np.append(site[pair], gated[at_gates[1].joined]))
        return _together([beside, at_gates, (without, self.join(sites[without], within_m))])

    def crosses(self, lines: geo.Shapes) -> Flags:
        """Whether each line meets a barrier."""
        crossed = np.zeros(len(lines), dtype=bool)
        if len(self.barriers) and len(lines):
            crossed[self.barrier_tree.query(lines, predicate="intersects")[0]] = True
        return crossed


def _together(parts: list[tuple[Ints, Places]]) -> tuple[Ints, Places]:
    """All that are joined of several lots of doors."""
    owner = np.concatenate([whose for whose, _ in parts])
    columns = [np.concatenate([getattr(p, name) for _, p in parts]) for name in ("edge", "along_m", "off_m")]
    joined = columns[0] >= 0
    return owner[joined], Places(*(column[joined] for column in columns))


def walk_network(layers: Layers, study: Study, figures: Mapping[str, Coefficient]) -> WalkNetwork | None:
    """The network of the study's ways that can be walked; None where none are mapped, or the study wants straight lines."""
    if study.people.straight_line:
        return None
    lines, covers = ways.mapped_ways(layers)
    if not len(lines):
        return None
    around = shapely.buffer(shapely.convex_hull(shapely.multilinestrings(lines)), figures["home_reach_m"].central)
    return make_walk_network(lines, ways.barriers(layers), around if covers is None else covers, figures)


def make_walk_network(
    lines: geo.Shapes, barriers: geo.Shapes, covers: shapely.Geometry, figures: Mapping[str, Coefficient]
) -> WalkNetwork:
    """A network from lines that are joined where they share a point (to a centimetre), and what must not be crossed.

    Parameters
    ----------
    lines : array of LineString
        The ways, EPSG:27700, each once.
    barriers : array of geometry
        What a straight line to a way does not cross.
    covers : Polygon or MultiPolygon
        Where ways are mapped.
    figures : mapping
        The study's coefficients.
    """
    points, line = shapely.get_coordinates(lines, return_index=True)
    vertex, times = _vertices(points)
    ends = np.r_[True, line[1:] != line[:-1]] | np.r_[line[1:] != line[:-1], True]
    junction = np.zeros(len(times), dtype=bool)
    junction[vertex[ends]] = True
    junction |= times > 1
    start = np.flatnonzero(line[1:] == line[:-1])  # the first point of each segment
    length = np.hypot(*(points[start + 1] - points[start]).T)
    begins = junction[vertex[start]]
    edge = np.cumsum(begins) - 1
    behind = np.cumsum(length) - length
    along = behind - behind[begins][edge]
    last = np.append(np.flatnonzero(begins)[1:], len(start)) - 1
    node = np.cumsum(junction) - 1
    where = np.empty((len(times), 2))
    where[vertex] = points
    net = network.make_network(
        where[junction, 0],
        where[junction, 1],
        node[vertex[start[begins]]],
        node[vertex[start[last] + 1]],
        np.bincount(edge, weights=length).astype(float),
    )
    piece = net.component[net.from_node]
    piece_m = np.bincount(piece, weights=net.length_m)
    matters = (piece_m >= figures["network_least_m"].central) | (np.arange(len(piece_m)) == 0)
    kept = matters[piece[edge]]
    segments = shapely.linestrings(np.stack([points[start], points[start + 1]], axis=1))
    found = WalkNetwork(
        network=net,
        segments=segments[kept],
        edge=edge[kept],
        along_m=along[kept],
        barriers=ways.straight_parts(barriers),
        covers=covers,
        stray=segments[~kept],
        total_m=float(piece_m.sum()),
        **{name: figures[name].central for name in ("way_reach_m", "entrance_reach_m", "home_reach_m")},
    )
    _tell_stray(found, int((~matters).sum()))
    _tell_pieces(piece_m[matters], found.total_m)
    log.info("walks: %d ways between %d junctions, %.0f km", len(net.length_m), len(net), found.total_m / 1000)
    return found


def _vertices(points: Floats) -> tuple[Ints, Ints]:
    """The number of each point, the same to a centimetre being one, and how often each is used."""
    east, north = np.round(points * 100).astype(np.int64).T
    _, vertex, times = np.unique((east << 32) + north, return_inverse=True, return_counts=True)
    return vertex.ravel(), times


def _tell_stray(net: WalkNetwork, pieces: int) -> None:
    if net.stray_m > MOST_STRAY_SHARE * net.total_m:
        log.warning(
            "%.0f %% of the ways to walk (%.1f of %.1f km) lie in %d short pieces that nothing joins to the rest; homes beside them are "
            "joined to the next way that is. What to do: see that the file holds footpaths too, and reaches beyond the study area.",
            100 * net.stray_m / net.total_m,
            net.stray_m / 1000,
            net.total_m / 1000,
            pieces,
        )


def _tell_pieces(piece_m: Floats, total_m: float) -> None:
    """Say when no piece holds most of the ways: nobody walks from one to another."""
    if len(piece_m) > 1 and piece_m[0] < LEAST_MAIN_SHARE * total_m:
        log.warning(
            "the ways to walk lie in %d long pieces that nothing joins, the longest with %.0f %% of %.1f km; nobody walks from one to "
            "another. What to do: see that the file holds bridges and footpaths too, and reaches beyond the study area.",
            len(piece_m),
            100 * piece_m[0] / total_m,
            total_m / 1000,
        )


def nearest_m(net: WalkNetwork, from_points: geo.Shapes, to_points: geo.Shapes, limit_m: float) -> Floats:
    """How far it is to walk from each point to the nearest of others.

    Parameters
    ----------
    net : WalkNetwork
        From `walk_network`.
    from_points, to_points : array of Point
        Homes, and entrances; EPSG:27700.
    limit_m : float
        How far to look, metres.

    Returns
    -------
    array
        Metres, one for each of `from_points`; inf where none is within the limit, NaN where the point is not on the network:
        beyond what it covers, or too far from every way.
    """
    return nearest_place_m(net, net.homes(from_points), net.join(to_points, limit_m), limit_m)


def nearest_place_m(net: WalkNetwork, homes: Places, targets: Places, limit_m: float) -> Floats:
    """As `nearest_m`, between homes and targets that are joined to the network already."""
    cut, node = _cut(net, homes, targets)
    at, to = node[: len(homes.edge)], node[len(homes.edge) :]
    walk = network.nearest_m(cut, to[targets.joined], targets.off_m[targets.joined], limit_m)[at]
    metres = np.where(homes.joined, walk + homes.off_m, np.nan)
    metres[metres > limit_m] = np.inf
    return metres


def residents_within(
    net: WalkNetwork, site: Ints, doors: Places, homes: Places, limit_m: float
) -> Iterator[tuple[Ints, Ints, Floats]]:
    """Who lives within a walk of each site, some sites at a time.

    Parameters
    ----------
    net : WalkNetwork
        From `walk_network`.
    site, doors
        From `WalkNetwork.doors`.
    homes : Places
        From `WalkNetwork.homes`.
    limit_m : float
        Length of the walk, metres.

    Yields
    ------
    site, home : array of int
        One row for each site and home within the walk, by site, then home.
    metres : array
        How long the walk is.
    """
    cut, node = _cut(net, homes, doors)
    at, door = node[: len(homes.edge)], node[len(homes.edge) :]
    wanted = np.zeros(len(cut), dtype=bool)
    wanted[at[homes.joined]] = True
    home_at = np.full(len(cut), -1)
    home_at[at[homes.joined]] = np.flatnonzero(homes.joined)
    order = np.argsort(site, kind="stable")
    most = int(site.max()) + 1 if len(site) else 0
    cuts = np.searchsorted(site[order], np.arange(0, most + BATCH, BATCH))
    for low, high in pairwise(cuts):
        rows = order[low:high]
        which, there, metres = network.within_m(cut, site[rows], door[rows], doors.off_m[rows], limit_m, wanted)
        home = home_at[there]
        metres = metres + homes.off_m[home]
        near = metres <= limit_m
        which, home, metres = which[near], home[near], metres[near]
        by_home = np.lexsort((home, which))
        yield which[by_home], home[by_home], metres[by_home]


def _cut(net: WalkNetwork, *places: Places) -> tuple[Network, Ints]:
    """The network with a node for every thing that is joined to it, and the node of each; 0 for what is not."""
    edge = np.concatenate([p.edge for p in places])
    along = np.concatenate([p.along_m for p in places])
    joined = edge >= 0
    cut, node = network.with_places(net.network, edge[joined], along[joined])
    nodes = np.zeros(len(edge), dtype=node.dtype)
    nodes[joined] = node
    return cut, nodes
