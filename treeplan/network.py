"""A network of ways as arrays, and the shortest walks on it: from many places at once, and around each of many sites.

Both searches settle nodes in bands of distance rather than one by one from a heap: within a band a node may be bettered and
looked at again, so the answer is Dijkstra's to the last bit. The kernels are compiled when first used, and kept.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Network:
    """Nodes and the ways between them, walked in both directions; nodes that lie together have numbers that lie together.

    Attributes
    ----------
    easting, northing : array
        Where each node is, metres.
    from_node, to_node : array
        The ends of each edge.
    length_m : array
        The length of each edge, metres.
    starts, neighbours, steps_m : array
        The edges at node `n`, both ways: `neighbours[starts[n]:starts[n + 1]]` and how far each is.
    component : array
        The connected piece of each node: 0 is the one with the greatest length of edges.
    number : array
        The number here of each node as it was given.
    """

    easting: Floats
    northing: Floats
    from_node: Ints
    to_node: Ints
    length_m: Floats
    starts: Ints
    neighbours: Ints
    steps_m: Floats
    component: Ints
    number: Ints

    def __len__(self) -> int:
        return len(self.easting)


def make_network(easting: Floats, northing: Floats, from_node: Ints, to_node: Ints, length_m: Floats) -> Network:
    """A network from its nodes and edges, its nodes numbered anew along a Morton curve.

    Parameters
    ----------
    easting, northing : array
        Where each node is, metres.
    from_node, to_node : array of int
        The ends of each edge, by the order of the nodes given.
    length_m : array
        The length of each edge, metres, finite and at least 0.

    Raises
    ------
    ValueError
        A length is negative or no number: the caller's mistake.
    """
    if not (np.isfinite(length_m) & (length_m >= 0)).all():
        raise ValueError("every edge needs a finite length of at least 0")
    order = _along_a_morton_curve(easting, northing)
    number = np.empty(len(order), dtype=np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    first, last = number[from_node], number[to_node]
    starts, neighbours, steps_m = _adjacency(first, last, length_m, len(order))
    component = _pieces(first, last, length_m, len(order))
    return Network(
        easting[order], northing[order], first, last, length_m, starts, neighbours, steps_m, component, number
    )


def _along_a_morton_curve(easting: Floats, northing: Floats) -> Ints:
    """The order of points in which those that lie together stand together."""
    code = np.zeros(len(easting), dtype=np.uint64)
    if not len(easting):
        return np.empty(0, dtype=np.int64)
    span = max(float(np.ptp(easting)), float(np.ptp(northing)), 1.0)
    for shift, values in enumerate((easting, northing)):
        bits = ((values - values.min()) / span * 65_535).astype(np.uint64)
        for spread, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
            bits = (bits | (bits << np.uint64(spread))) & np.uint64(mask)
        code |= bits << np.uint64(shift)
    return np.argsort(code, kind="stable")


def _adjacency(first: Ints, last: Ints, length_m: Floats, count: int) -> tuple[Ints, Ints, Floats]:
    ends = np.concatenate([first, last])
    order = np.argsort(ends, kind="stable")
    starts = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(ends, minlength=count), out=starts[1:])
    return starts, np.concatenate([last, first])[order].astype(np.uint32), np.concatenate([length_m, length_m])[order]


def _pieces(first: Ints, last: Ints, length_m: Floats, count: int) -> Ints:
    """The connected piece of each node, the longest first; of equal ones that with the lowest node."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not count:
        return np.empty(0, dtype=np.int32)
    pieces, label = connected_components(coo_array((np.ones(len(first)), (first, last)), shape=(count, count)), False)
    total = np.bincount(label[first], weights=length_m, minlength=pieces)
    place = np.empty(pieces, dtype=np.int32)
    place[np.argsort(-total, kind="stable")] = np.arange(pieces, dtype=np.int32)
    return place[label]


def with_places(network: Network, edge: Ints, along_m: Floats) -> tuple[Network, Ints]:
    """The network with a node at each of some places on its edges, and the numbers of these nodes.

    Parameters
    ----------
    network : Network
        The network.
    edge : array of int
        The edge that each place is on; there may be several on one, and in one spot.
    along_m : array
        How far along it from its `from_node`, metres, 0 to its length.

    Returns
    -------
    Network, array of int
        Nodes are numbered anew (`number` says how). The way from any node to another is as long as before.
    """
    along = np.clip(along_m, 0.0, network.length_m[edge])
    order = np.lexsort((along, edge))
    on, at = edge[order], along[order]
    place = len(network) + order  # the node of each place, by the numbers before they are given anew
    edges, first = np.unique(on, return_index=True)
    last = np.append(first[1:], len(on)) - 1 if len(on) else first
    begins = np.isin(np.arange(len(on)), first)
    before = np.roll(place, 1)
    before[first] = network.from_node[edges]
    step = at - np.where(begins, 0.0, np.roll(at, 1))
    whole = np.ones(len(network.length_m), dtype=bool)
    whole[edges] = False
    from_node = np.concatenate([network.from_node[whole], before, place[last]])
    to_node = np.concatenate([network.to_node[whole], place, network.to_node[edges]])
    length = np.concatenate([network.length_m[whole], step, network.length_m[edges] - at[last]])
    share = along / np.where(network.length_m[edge] > 0, network.length_m[edge], 1.0)
    where = [
        np.concatenate([axis, axis[network.from_node[edge]] * (1 - share) + axis[network.to_node[edge]] * share])
        for axis in (network.easting, network.northing)
    ]
    cut = make_network(where[0], where[1], from_node, to_node, length)
    return cut, cut.number[len(network) :]


def nearest_m(network: Network, source_nodes: Ints, source_offsets_m: Floats, limit_m: float = np.inf) -> Floats:
    """How far each node is from the nearest of many sources, along the network.

    Parameters
    ----------
    network : Network
        The network.
    source_nodes : array of int
        Nodes at which walks may start, by the network's own numbers; a node may be named twice.
    source_offsets_m : array
        How far each source is off its node, metres.
    limit_m : float
        How far to look, metres.

    Returns
    -------
    array
        Metres, one for each node; inf beyond the limit or where no source can be reached.
    """
    distance = np.full(len(network), np.inf)
    _kernels().nearest(
        network.starts,
        network.neighbours,
        network.steps_m,
        np.asarray(source_nodes, dtype=np.uint32),
        np.asarray(source_offsets_m, dtype=np.float64),
        float(limit_m),
        _band_m(network),
        distance,
    )
    return distance


def within_m(
    network: Network, site: Ints, node: Ints, offset_m: Floats, limit_m: float, wanted: Flags | None = None
) -> tuple[Ints, Ints, Floats]:
    """The nodes within a walk of each site: one search from each, that forgets only what it touched.

    Parameters
    ----------
    network : Network
        The network.
    site, node : array of int
        One row for each entrance: whose it is (a number of the site), and the node it is at.
    offset_m : array
        How far the entrance is off its node, metres.
    limit_m : float
        How far to look, metres.
    wanted : array of bool, optional
        The nodes to tell of; all where it is left out.

    Returns
    -------
    site, node : array of int
        One row for each site and node, all of one site together.
    metres : array
        How far the node is from the site's nearest entrance.
    """
    sites, which = np.unique(site, return_inverse=True)
    lowest = np.full(len(sites), len(network))
    np.minimum.at(lowest, which, node)
    place = np.empty(
        len(sites), dtype=np.int64
    )  # neighbours are searched one after the other: what is read once is still at hand
    place[np.argsort(lowest, kind="stable")] = np.arange(len(sites))
    order = np.argsort(place[which], kind="stable")
    bounds = np.concatenate([[0], np.cumsum(np.bincount(place[which], minlength=len(sites)))]).astype(np.int64)
    sites = sites[np.argsort(place)]
    nodes = np.asarray(node, dtype=np.uint32)[order]
    offsets = np.asarray(offset_m, dtype=np.float64)[order]
    told = np.ones(len(network), dtype=np.bool_) if wanted is None else wanted
    threads = os.cpu_count() or 1
    cuts = np.linspace(0, len(sites), min(threads, max(len(sites), 1)) + 1).astype(int)
    within, band = _kernels().within, _band_m(network)

    def work(low: int, high: int) -> tuple[Ints, Ints, Floats]:
        return within(
            network.starts,
            network.neighbours,
            network.steps_m,
            bounds[low : high + 1],
            nodes,
            offsets,
            limit_m,
            band,
            told,
        )

    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(work, cuts[:-1], cuts[1:]))
    found = np.concatenate([part[0] + low for part, low in zip(parts, cuts, strict=False)])
    return sites[found], np.concatenate([p[1] for p in parts]), np.concatenate([p[2] for p in parts])


def _band_m(network: Network) -> float:
    """How wide a band of distance is settled at once: some edges, which costs least (few bands, few nodes looked at twice)."""
    return max(4 * float(network.length_m.mean()), 1.0) if len(network.length_m) else 1.0


@dataclass(frozen=True)
class Kernels:
    """The compiled searches."""

    nearest: Any
    within: Any


@cache
def _kernels() -> Kernels:
    """Load the compiled searches; numba is imported here, when a network is first walked, for it takes a second."""
    from treeplan.kernels import network as kernels

    return Kernels(kernels.nearest, kernels.within)
