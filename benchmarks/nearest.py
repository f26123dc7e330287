"""Nearest green space for each node of a county's walk network: how far every junction is from the nearest of many entrances."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import Answer, Numbers, Work, contender, row

NETWORK = "network.npz"


@row(
    title="Nearest green space for each node",
    oracle="networkx",
    within=0.05,  # pandana rounds each length to a millimetre
    unit="m per node",
    sizes={"full": {"nodes": 309_000, "sources": 5_000}, "tiny": {"nodes": 900, "sources": 20}},
)
def nearest(folder: Path, seed: int, nodes: int, sources: int) -> None:
    """Write an invented walk network, and the nodes with an entrance."""
    from benchmarks.made import walk_network

    draw = np.random.default_rng(seed + 1)
    found = walk_network(nodes, seed)
    np.savez(folder / NETWORK, sources=draw.choice(len(found["easting"]), sources, replace=False), **found)


@contender("nearest", "treeplan", package="treeplan")
def treeplan(folder: Path) -> tuple[Work, Answer]:
    """Our own search, on the network as it is kept; compiled beforehand, as a second run finds it."""
    from treeplan import network

    found = np.load(folder / NETWORK)
    net = network.make_network(*(found[name] for name in ("easting", "northing", "from_node", "to_node", "length_m")))
    sources = net.number[found["sources"]]
    offsets = np.zeros(len(sources))
    network.nearest_m(net, sources[:1], offsets[:1], 1.0)
    return lambda: network.nearest_m(net, sources, offsets), lambda metres: _finite(metres[net.number])


@contender("nearest", "scipy min_only", package="scipy")
def scipy_min_only(folder: Path) -> tuple[Work, Answer]:
    """scipy's Dijkstra from many nodes at once, on nodes renumbered along the same curve as ours."""
    from scipy.sparse.csgraph import dijkstra

    from treeplan import network

    found = np.load(folder / NETWORK)
    net = network.make_network(*(found[name] for name in ("easting", "northing", "from_node", "to_node", "length_m")))
    matrix, sources = as_matrix(net), net.number[found["sources"]]
    work: Work = lambda: dijkstra(matrix, indices=sources, min_only=True)  # noqa: E731
    return work, lambda metres: _finite(metres[net.number])


@contender("nearest", "igraph", package="igraph")
def igraph(folder: Path) -> tuple[Work, Answer]:
    """igraph has no search from many nodes: one more node, joined to all of them by edges of no length, stands for them."""
    import igraph

    found = np.load(folder / NETWORK)
    count, sources = len(found["easting"]), found["sources"]
    edges = np.column_stack([found["from_node"], found["to_node"]])
    graph = igraph.Graph(
        n=count + 1, edges=np.vstack([edges, np.column_stack([np.full_like(sources, count), sources])])
    )
    length = np.concatenate([found["length_m"], np.zeros(len(sources))]).tolist()
    return lambda: graph.distances(source=count, weights=length), lambda rows: _finite(np.array(rows[0][:count]))


@contender("nearest", "networkx", package="networkx")
def networkx(folder: Path) -> tuple[Work, Answer]:
    """The usual way."""
    import networkx

    found = np.load(folder / NETWORK)
    graph, sources = as_graph(found), set(found["sources"].tolist())

    def answer(metres: dict[int, float]) -> Numbers:
        return _finite(np.array([metres.get(node, np.inf) for node in range(len(found["easting"]))]))

    return lambda: networkx.multi_source_dijkstra_path_length(graph, sources), answer


@contender("nearest", "pandana", package="pandana")
def pandana(folder: Path) -> tuple[Work, Answer]:
    """pandana: the network and its contraction beforehand, which is not timed; it answers up to a distance, and in float32."""
    import pandana
    import pandas as pd

    found = np.load(folder / NETWORK)
    length = pd.DataFrame({"length_m": found["length_m"]})
    east, north = pd.Series(found["easting"]), pd.Series(found["northing"])
    net = pandana.Network(east, north, pd.Series(found["from_node"]), pd.Series(found["to_node"]), length)
    net.precompute(FAR_M)
    net.set_pois("green", FAR_M, 1, east[found["sources"]], north[found["sources"]])
    work: Work = lambda: net.nearest_pois(FAR_M, "green", num_pois=1)  # noqa: E731
    return work, lambda table: _finite(np.where(table[1] >= FAR_M, np.inf, table[1].to_numpy(dtype=float)))


@contender("nearest", "limit", package="numpy")
def limit(folder: Path) -> tuple[Work, Answer]:
    """What no search avoids: to look once at every edge, from both ends; checked with the answer that is known beforehand."""
    from treeplan import network

    found = np.load(folder / NETWORK)
    net = network.make_network(*(found[name] for name in ("easting", "northing", "from_node", "to_node", "length_m")))
    sources = net.number[found["sources"]]
    metres = network.nearest_m(net, sources, np.zeros(len(sources)))
    starts, known = net.starts[:-1], np.where(np.isfinite(metres), metres, 1e9)
    alone = np.diff(net.starts) == 0

    def work() -> Any:
        by_edge = known[net.neighbours] + net.steps_m
        return np.minimum.reduceat(by_edge, np.minimum(starts, len(by_edge) - 1))

    def answer(least: Numbers) -> Numbers:
        least = np.where(alone, np.inf, least)
        least[sources] = 0.0
        return _finite(np.where(least >= 1e9, np.inf, least)[net.number])

    return work, answer


FAR_M = 5_000.0


def as_matrix(net: Any) -> Any:
    """A network as scipy takes it."""
    from scipy.sparse import coo_array

    ends = np.concatenate([net.from_node, net.to_node]), np.concatenate([net.to_node, net.from_node])
    return coo_array((np.tile(net.length_m, 2), ends), shape=(len(net), len(net))).tocsr()


def as_graph(found: Any) -> Any:
    """A network as networkx takes it."""
    import networkx

    graph = networkx.Graph()
    graph.add_nodes_from(range(len(found["easting"])))
    graph.add_weighted_edges_from(zip(*(found[k].tolist() for k in ("from_node", "to_node", "length_m")), strict=True))
    return graph


def _finite(metres: Numbers) -> Numbers:
    """Nodes that cannot be reached as -1, so that they can be compared."""
    return np.where(np.isfinite(metres), metres, -1.0)
