"""Residents within a walk of each site: one search around every site, cut off at 1,200 m, and the people on the way summed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import Answer, Numbers, Work, contender, row
from benchmarks.nearest import NETWORK, as_graph, as_matrix

WALK_M = 1_200.0
BATCH = 2_000
"""Sites whose pairs with nodes are held at a time, as the stage does."""


@row(
    title="Residents within 1,200 m of each site",
    oracle="networkx",
    within=1e-6,
    unit="residents per site",
    sizes={
        "full": {"nodes": 309_000, "sites": 1_000},
        "county": {"nodes": 309_000, "sites": 50_000},
        "tiny": {"nodes": 900, "sites": 12},
    },
)
def served(folder: Path, seed: int, nodes: int, sites: int) -> None:
    """Write an invented walk network, the nodes of the sites, and how many people live at each node."""
    from benchmarks.made import walk_network

    draw = np.random.default_rng(seed + 1)
    found = walk_network(nodes, seed)
    count = len(found["easting"])
    people = draw.integers(0, 12, count).astype(float)
    np.savez(folder / NETWORK, sites=draw.choice(count, sites, replace=False), people=people, **found)


@contender("served", "treeplan", package="treeplan")
def treeplan(folder: Path) -> tuple[Work, Answer]:
    """Our own search, as the stage `people` calls it; compiled beforehand, as a second run finds it."""
    from treeplan import network

    found = np.load(folder / NETWORK)
    net = network.make_network(*(found[name] for name in ("easting", "northing", "from_node", "to_node", "length_m")))
    sites, people = net.number[found["sites"]], np.empty(len(net))
    people[net.number] = found["people"]
    network.within_m(net, np.zeros(1, dtype=int), sites[:1], np.zeros(1), 1.0)

    def work() -> Numbers:
        residents = np.zeros(len(sites))
        for low in range(0, len(sites), BATCH):
            some = sites[low : low + BATCH]
            site, node, _ = network.within_m(net, np.arange(len(some)), some, np.zeros(len(some)), WALK_M)
            residents[low : low + BATCH] = np.bincount(site, weights=people[node], minlength=len(some))
        return residents

    return work, _plain


@contender("served", "scipy limit", package="scipy")
def scipy_limit(folder: Path) -> tuple[Work, Answer]:
    """scipy's Dijkstra with a limit, some sites at a time: it writes a distance for every node of the county each time."""
    from scipy.sparse.csgraph import dijkstra

    from treeplan import network

    found = np.load(folder / NETWORK)
    net = network.make_network(*(found[name] for name in ("easting", "northing", "from_node", "to_node", "length_m")))
    matrix, sites, people = as_matrix(net), net.number[found["sites"]], np.empty(len(net))
    people[net.number] = found["people"]

    def work() -> Numbers:
        some = (dijkstra(matrix, indices=sites[k : k + 25], limit=WALK_M) for k in range(0, len(sites), 25))
        return np.concatenate([np.isfinite(metres) @ people for metres in some])

    return work, _plain


@contender("served", "networkx", package="networkx")
def networkx(folder: Path) -> tuple[Work, Answer]:
    """The usual way: a search with a cut-off from each site."""
    import networkx

    found = np.load(folder / NETWORK)
    graph, sites, people = as_graph(found), found["sites"].tolist(), found["people"].tolist()

    def work() -> Numbers:
        around = (networkx.single_source_dijkstra_path_length(graph, site, cutoff=WALK_M) for site in sites)
        return np.array([sum(people[node] for node in metres) for metres in around])

    return work, _plain


def _plain(residents: Any) -> Numbers:
    return np.asarray(residents, dtype=float)
