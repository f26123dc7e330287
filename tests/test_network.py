from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from treeplan.network import Network, make_network, nearest_m, with_places, within_m


def line(*lengths: float) -> Network:
    """Nodes 0, 1, 2 … in a row, so many metres apart."""
    east = np.concatenate([[0.0], np.cumsum(lengths)])
    ends = np.arange(len(lengths))
    return make_network(east, np.zeros(len(east)), ends, ends + 1, np.array(lengths, dtype=float))


def town(nodes: int, edges: int, seed: int) -> Network:
    """A network of any shape: loops, double edges, edges of no length, pieces, nodes without an edge."""
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, nodes, (2, edges))
    length = np.round(rng.uniform(0, 100, edges), int(rng.integers(0, 3))) * (rng.random(edges) > 0.1)
    return make_network(rng.uniform(0, 1000, nodes), rng.uniform(0, 1000, nodes), ends[0], ends[1], length)


def as_graph(network: Network) -> nx.MultiGraph:
    graph = nx.MultiGraph()
    graph.add_nodes_from(range(len(network)))
    ends = zip(network.from_node.tolist(), network.to_node.tolist(), network.length_m.tolist(), strict=True)
    graph.add_weighted_edges_from(ends)
    return graph


@st.composite
def searches(draw: st.DrawFn) -> tuple[Network, np.ndarray, np.ndarray, float]:
    network = town(draw(st.integers(1, 40)), draw(st.integers(0, 80)), draw(st.integers(0, 10_000)))
    count = draw(st.integers(1, 6))
    nodes = np.array(draw(st.lists(st.integers(0, len(network) - 1), min_size=count, max_size=count)))
    offsets = np.array(draw(st.lists(st.sampled_from([0.0, 0.5, 7.25, 60.0]), min_size=count, max_size=count)))
    return network, nodes, offsets, draw(st.sampled_from([0.0, 10.0, 55.5, 150.0, np.inf]))


# ---------------------------------------------------------------- the network


def test_nodes_and_edges_keep_what_they_are() -> None:
    net = make_network(
        np.array([500.0, 0.0, 0.0]),
        np.array([500.0, 0.0, 1.0]),
        np.array([0, 1]),
        np.array([1, 2]),
        np.array([800.0, 1.0]),
    )
    assert net.easting[net.number].tolist() == [500, 0, 0]
    assert net.northing[net.number].tolist() == [500, 0, 1]
    assert abs(net.number[1] - net.number[2]) == 1, "what lies together has numbers that lie together"
    assert net.from_node.tolist() == net.number[[0, 1]].tolist()
    assert net.to_node.tolist() == net.number[[1, 2]].tolist()
    middle = net.number[1]
    around = slice(net.starts[middle], net.starts[middle + 1])
    assert dict(zip(net.neighbours[around].tolist(), net.steps_m[around].tolist(), strict=True)) == {
        net.number[0]: 800.0,
        net.number[2]: 1.0,
    }


def test_pieces_are_told_apart_the_longest_first() -> None:
    ends = np.array([0, 2, 3]), np.array([1, 3, 4])  # 0–1 is 50 m; 2–3–4 is 30 m in two edges; 5 stands alone
    net = make_network(np.arange(6.0), np.zeros(6), *ends, np.array([50.0, 15.0, 15.0]))
    assert net.component[net.number].tolist() == [0, 0, 1, 1, 1, 2]


def test_an_empty_network_finds_nothing() -> None:
    none = np.empty(0)
    net = make_network(none, none, none.astype(int), none.astype(int), none)
    assert len(net) == 0
    assert nearest_m(net, none.astype(int), none).tolist() == []
    assert [len(part) for part in within_m(net, none.astype(int), none.astype(int), none, 100.0)] == [0, 0, 0]
    cut, node = with_places(net, none.astype(int), none)
    assert (len(cut), len(node)) == (0, 0)


@pytest.mark.parametrize("length", [-1.0, np.nan, np.inf])
def test_a_length_that_is_none_is_refused(length: float) -> None:
    with pytest.raises(ValueError, match="finite length"):
        line(10.0, length)


# ---------------------------------------------------------------- nearest


def test_the_nearest_source_along_a_street() -> None:
    net = line(10, 20, 30, 40)
    metres = nearest_m(net, net.number[[0, 4]], np.array([0.0, 5.0]))
    assert metres[net.number].tolist() == [
        0,
        10,
        30,
        45,
        5,
    ]  # the last is 5 m off its end: 5, 45, then the first is nearer


def test_beyond_the_limit_there_is_nothing_and_the_limit_itself_counts() -> None:
    net = line(10, 20, 30)
    assert nearest_m(net, net.number[[0]], np.zeros(1), 30.0)[net.number].tolist() == [0, 10, 30, np.inf]
    assert nearest_m(net, net.number[[0]], np.array([31.0]), 30.0)[net.number].tolist() == [np.inf] * 4


@settings(max_examples=150, deadline=None)
@given(searches())
def test_the_nearest_are_those_of_networkx(search: tuple[Network, Any, Any, float]) -> None:
    net, nodes, offsets, limit = search
    graph = as_graph(net)
    graph.add_weighted_edges_from([("start", n, o) for n, o in zip(nodes.tolist(), offsets.tolist(), strict=True)])
    found = nx.single_source_dijkstra_path_length(graph, "start", cutoff=limit)
    wanted = [found.get(n, np.inf) for n in range(len(net))]
    assert nearest_m(net, nodes, offsets, limit) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_nearest_are_those_of_scipy_to_the_last_bit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count, edges = 2_000, 5_000
    net = make_network(
        rng.uniform(0, 1e4, count),
        rng.uniform(0, 1e4, count),
        *rng.permutation(np.array(np.triu_indices(count, 1)), axis=1)[:, :edges],
        rng.uniform(1, 900, edges),
    )
    sources = rng.choice(count, 40, replace=False)
    ends = np.concatenate([net.from_node, net.to_node]), np.concatenate([net.to_node, net.from_node])
    matrix = coo_array((np.tile(net.length_m, 2), ends), shape=(count, count)).tocsr()
    assert np.array_equal(nearest_m(net, sources, np.zeros(40)), dijkstra(matrix, indices=sources, min_only=True))


# ---------------------------------------------------------------- within


def test_who_is_within_a_walk_of_each_site() -> None:
    net = line(10, 20, 30, 40)
    at = net.number
    site, node, metres = within_m(net, np.array([7, 3, 7]), at[[0, 4, 2]], np.array([0.0, 2.0, 1.0]), 25.0)
    found = sorted(zip(site.tolist(), node.tolist(), metres.tolist(), strict=True))
    assert found == sorted([(3, at[4], 2.0), (7, at[0], 0.0), (7, at[1], 10.0), (7, at[2], 1.0)])


def test_only_the_nodes_that_are_wanted_are_told() -> None:
    net = line(10, 20, 30, 40)
    wanted = np.zeros(5, dtype=bool)
    wanted[net.number[1]] = True
    site, node, metres = within_m(net, np.array([0]), net.number[[3]], np.zeros(1), 100.0, wanted)
    assert (site.tolist(), node.tolist(), metres.tolist()) == ([0], [net.number[1]], [50.0])


@settings(max_examples=60, deadline=None)
@given(searches(), st.data())
def test_each_site_finds_what_it_would_find_alone(search: tuple[Network, Any, Any, float], data: st.DataObject) -> None:
    net, nodes, offsets, limit = search
    owner = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(nodes), max_size=len(nodes))))
    site, node, metres = within_m(net, owner, nodes, offsets, limit)
    found = np.full((4, len(net)), np.inf)
    found[site, node] = metres
    wanted = np.full((4, len(net)), np.inf)
    for one in np.unique(owner):
        wanted[one] = nearest_m(net, nodes[owner == one], offsets[owner == one], limit)
    assert np.array_equal(found, wanted)
    assert (np.diff(site * len(net) + node) > 0).all(), "by site, then node"


def test_more_finds_than_there_was_room_for_first() -> None:
    net = line(*[1.0] * 3_000)
    site, node, metres = within_m(net, np.arange(4), net.number[[0, 1_000, 2_000, 3_000]], np.zeros(4), 1e6)
    assert np.bincount(site).tolist() == [3_001] * 4
    assert metres[(site == 3) & (node == net.number[0])].tolist() == [3_000.0]


# ---------------------------------------------------------------- places


def test_places_cut_an_edge_where_they_are() -> None:
    net = line(100)
    along = np.array([70.0, 20.0, 70.0, 0.0])
    cut, node = with_places(net, np.zeros(4, dtype=int), along)
    forward = net.from_node[0] == net.number[0]
    wanted = along if forward else 100 - along
    assert nearest_m(cut, cut.number[net.number[[0]]], np.zeros(1))[node] == pytest.approx(wanted)
    assert cut.length_m.sum() == pytest.approx(100)
    assert (len(cut), len(cut.length_m)) == (6, 5)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_places_change_no_walk(seed: int, places: int) -> None:
    rng = np.random.default_rng(seed)
    net = town(12, 25, seed)
    edge = rng.integers(0, len(net.length_m), places)
    along = rng.uniform(0, 1, places) * net.length_m[edge]
    cut, node = with_places(net, edge, along)
    source = int(rng.integers(0, len(net)))
    before = nearest_m(net, np.array([source]), np.zeros(1))
    after = nearest_m(cut, cut.number[[source]], np.zeros(1))
    assert after[cut.number[: len(net)]] == pytest.approx(before)
    ends = before[net.from_node[edge]] + along, before[net.to_node[edge]] + net.length_m[edge] - along
    assert after[node] == pytest.approx(np.minimum(*ends))


def test_two_places_on_one_edge_are_as_far_apart_as_they_lie() -> None:
    net = line(1_000)
    cut, node = with_places(net, np.array([0, 0]), np.array([400.0, 430.0]))
    assert nearest_m(cut, node[:1], np.zeros(1))[node[1]] == pytest.approx(30)
