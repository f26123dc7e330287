"""Two streets 200 m apart, a railway between them, and one bridge: the walk goes round by the bridge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import osmium
import pytest
import shapely

from tests.toy import EAST, Toy, block, line, point, road, roads, table
from treeplan import walks, ways
from treeplan.coefficients import COEFFICIENTS
from treeplan.layers import Layers
from treeplan.sources import read
from treeplan.sources.osm_tags import walkable
from treeplan.walks import WalkNetwork, nearest_m, residents_within, walk_network

SOUTH_STREET, NORTH_STREET, BRIDGE = (
    line((0, 400), (900, 400)),
    line((0, 600), (900, 600)),
    line((900, 400), (900, 600)),
)
RAILWAY = line((-100, 500), (2000, 500))


def way(shape: shapely.LineString, highway: str = "residential", may: bool = True) -> dict[str, Any]:
    return road(shape, highway=highway, walkable=may)


def network(toy: Toy, *ways: dict[str, Any], **layers: Any) -> WalkNetwork:
    toy.tables |= {"roads": roads(*ways), **layers}
    net = walk_network(toy.layers, toy.study(), toy.figures)
    assert net is not None
    return net


def town(toy: Toy, *more: dict[str, Any], **layers: Any) -> WalkNetwork:
    """Both streets, the bridge and the railway."""
    railways = table([RAILWAY], kind=["rail"])
    return network(toy, way(SOUTH_STREET), way(NORTH_STREET), way(BRIDGE), *more, **{"railways": railways, **layers})


def points(*places: tuple[float, float]) -> np.ndarray:
    return np.array([point(*place) for place in places], dtype=object)


def walk_m(net: WalkNetwork, home: tuple[float, float], to: tuple[float, float], limit_m: float = 5_000) -> float:
    return float(nearest_m(net, points(home), points(to), limit_m)[0])


# ---------------------------------------------------------------- barriers


def test_a_walk_over_the_railway_goes_round_by_the_bridge(toy: Toy) -> None:
    assert walk_m(town(toy), (100, 395), (100, 605)) == pytest.approx(5 + 800 + 200 + 800 + 5)


def test_a_walk_along_one_side_is_straight(toy: Toy) -> None:
    assert walk_m(town(toy), (100, 395), (300, 402)) == pytest.approx(5 + 200 + 2)


def test_without_the_bridge_nobody_gets_across(toy: Toy) -> None:
    net = network(toy, way(SOUTH_STREET), way(NORTH_STREET), railways=table([RAILWAY], kind=["rail"]))
    net_by_line = shapely.distance(point(100, 395), point(100, 605))
    assert (walk_m(net, (100, 395), (100, 605)), net_by_line) == (np.inf, 210)


def test_a_home_by_the_line_is_joined_to_the_street_on_its_own_side(toy: Toy) -> None:
    net = town(toy, way(line((0, 510), (100, 510)), "path"), way(line((0, 510), (0, 600)), "path"))
    # The path north of the line is 20 m off, the street south of it 90 m.
    assert walk_m(net, (50, 490), (50, 400)) == pytest.approx(90)


@pytest.mark.parametrize(
    ("layer", "facts", "stops"),
    [
        ("railways", {"kind": ["rail"]}, True),
        ("railways", {"kind": ["tram"]}, False),
        ("railways", {}, True),
        ("watercourses", {"form": ["river"]}, True),
        ("watercourses", {"form": ["canal"]}, True),
        ("watercourses", {"form": ["ditch"]}, False),
    ],
)
def test_what_a_straight_line_to_a_way_does_not_cross(toy: Toy, layer: str, facts: dict[str, Any], stops: bool) -> None:
    net = network(toy, way(SOUTH_STREET), **{layer: table([line((-100, 450), (2000, 450))], **facts)})
    assert net.join(points((100, 500)), 200.0).joined.tolist() == [not stops]


def test_a_lake_and_a_motorway_are_in_the_way_too(toy: Toy) -> None:
    lake = table([block(0, 420, 200, 20)])
    net = network(toy, way(SOUTH_STREET), way(line((300, 450), (900, 450)), "motorway", may=False), water=lake)
    assert net.join(points((100, 500), (600, 500), (250, 500)), 110.0).joined.tolist() == [False, False, True]


def test_nobody_walks_on_a_motorway(toy: Toy) -> None:
    short_cut = line((0, 400), (0, 600))
    assert walk_m(town(toy, way(short_cut, "motorway", may=False)), (100, 400), (100, 600)) == pytest.approx(1_800)
    assert walk_m(town(toy, way(short_cut, "trunk")), (100, 400), (100, 600)) == pytest.approx(400)


def test_ways_that_cross_without_a_common_point_do_not_join(toy: Toy) -> None:
    net = network(toy, way(line((0, 0), (0, 2_000))), way(line((-1_000, 1_000), (1_000, 1_000))))  # a viaduct
    assert walk_m(net, (0, 900), (100, 1_000)) == np.inf
    joined = network(
        toy, way(line((0, 0), (0, 1_000), (0, 2_000))), way(line((-1_000, 1_000), (0, 1_000), (1_000, 1_000)))
    )
    assert walk_m(joined, (0, 900), (100, 1_000)) == pytest.approx(200)


# ---------------------------------------------------------------- what is on the network


@pytest.mark.parametrize(("off_m", "joined"), [(199, True), (201, False)])
def test_a_home_far_from_any_way_is_not_on_the_network(toy: Toy, off_m: float, joined: bool) -> None:
    net = network(toy, way(line((0, 0), (0, 1_000))))
    home, place = (off_m, 500.0), (0.0, 500.0)
    wide = WalkNetwork(**{**net.__dict__, "covers": block(-500, 0, 1_000, 1_000)})
    assert wide.homes(points(home)).joined.tolist() == [joined]
    assert np.isnan(walk_m(wide, home, place)) == (not joined)


def test_how_far_a_home_may_lie_from_a_way_is_the_study_s_to_say(toy: Toy) -> None:
    toy.own(home_reach_m=300)
    net = network(toy, way(line((0, 0), (0, 1_000))))
    assert net.homes(points((250, 500), (299, 500), (301, 500))).joined.tolist() == [True, True, False]


def test_a_home_beyond_the_map_of_ways_is_not_on_the_network(toy: Toy) -> None:
    toy.tables["roads"] = roads(way(SOUTH_STREET))
    net = walk_network(
        Layers(**{**toy.layers.__dict__, "covers": {"roads": block(0, 0, 500, 1_000)}}), toy.study(), toy.figures
    )
    assert net is not None
    assert net.homes(points((490, 400), (510, 400))).joined.tolist() == [True, False]


def test_a_short_piece_that_joins_nothing_is_left_out_and_told(toy: Toy, caplog: pytest.LogCaptureFixture) -> None:
    net = town(toy, way(line((100, 300), (200, 300))))  # 100 m on its own, of 2,100 m
    assert (net.stray_m, net.total_m) == (pytest.approx(100), pytest.approx(2_100))
    assert "5 % of the ways to walk (0.1 of 2.1 km) lie in 1 short piece" in caplog.text
    assert "What to do: " in caplog.text
    assert walk_m(net, (150, 290), (300, 400)) == pytest.approx(110 + 150)  # to the street, not to the stray path


def test_a_long_piece_stays_and_does_not_lead_elsewhere(toy: Toy) -> None:
    net = network(toy, way(line((0, 0), (2_000, 0))), way(line((0, 300), (1_000, 300))))
    assert net.stray_m == 0
    assert walk_m(net, (500, 300), (600, 300)) == pytest.approx(100)
    assert walk_m(net, (500, 300), (500, 0)) == np.inf


def test_a_network_in_long_pieces_is_told(toy: Toy, caplog: pytest.LogCaptureFixture) -> None:
    network(toy, way(line((0, 0), (4_000, 0))), way(line((0, 300), (1_000, 300))))
    assert "pieces" not in caplog.text  # four fifths are in one
    network(toy, way(line((0, 0), (3_000, 0))), way(line((0, 300), (1_000, 300))))
    assert "lie in 2 long pieces that nothing joins, the longest with 75 % of 4.0 km" in caplog.text


def test_without_ways_there_is_no_network(toy: Toy) -> None:
    assert walk_network(toy.layers, toy.study(), toy.figures) is None
    toy.tables["roads"] = roads(way(SOUTH_STREET, "motorway", may=False))
    assert walk_network(toy.layers, toy.study(), toy.figures) is None
    toy.tables["roads"] = roads(road(SOUTH_STREET))  # a map that does not say what can be walked
    assert walk_network(toy.layers, toy.study(), toy.figures) is None


def test_a_study_may_ask_for_straight_lines(toy: Toy) -> None:
    town(toy)
    assert walk_network(toy.layers, toy.study(people={"straight_line": True}), toy.figures) is None


def test_a_saved_network_takes_the_place_of_an_extract(toy: Toy) -> None:
    toy.tables["walkways"] = table([SOUTH_STREET, shapely.reverse(SOUTH_STREET)], highway=["footway", "footway"])
    net = walk_network(toy.layers, toy.study(), toy.figures)
    assert net is not None
    assert net.total_m == pytest.approx(900), "each way once, whichever way it runs"


def test_the_order_of_ways_does_not_matter(toy: Toy) -> None:
    rng = np.random.default_rng(2)
    ways = [way(line(*map(tuple, rng.integers(0, 12, (3, 2)) * 100.0))) for _ in range(40)]
    homes, places = points(*rng.uniform(0, 1_100, (50, 2))), points(*rng.uniform(0, 1_100, (5, 2)))
    one = nearest_m(network(toy, *ways), homes, places, 2_000)
    other = nearest_m(network(toy, *ways[::-1]), homes[::-1], places[::-1], 2_000)
    assert np.isfinite(one).sum() > 20
    assert other[::-1] == pytest.approx(one, nan_ok=True)


# ---------------------------------------------------------------- doors


def doors(net: WalkNetwork, site: shapely.Geometry, *gates: tuple[float, float], limit_m: float = 500) -> list[float]:
    """How far along South Street the doors of one site are, metres from its west end."""
    _, found = net.doors(np.array([site]), points(*gates), limit_m)
    west = net.network.easting[net.network.from_node[found.edge]] == EAST
    along = np.where(west, found.along_m, net.network.length_m[found.edge] - found.along_m)
    return sorted(set(along.round(3).tolist()))


def test_a_site_is_entered_all_along_a_way_beside_it(toy: Toy) -> None:
    net = network(toy, way(SOUTH_STREET), way(NORTH_STREET))
    beside = doors(net, block(200, 409, 100, 100))
    assert min(beside) == pytest.approx(200, abs=10)
    assert max(beside) == pytest.approx(300, abs=10)
    assert max(np.diff(beside)) <= 10


def test_a_site_off_the_ways_is_entered_from_the_nearest(toy: Toy) -> None:
    net = network(toy, way(SOUTH_STREET))
    owner, found = net.doors(np.array([block(200, 430, 100, 100), block(200, 930, 100, 100)]), points(), 500.0)
    assert owner.tolist() == [0]
    assert found.off_m.tolist() == [30]


def test_a_site_is_entered_by_its_gates(toy: Toy) -> None:
    net = network(toy, way(SOUTH_STREET))
    assert doors(net, block(200, 430, 100, 100), (250, 430), (700, 430)) == [250]
    _, found = net.doors(np.array([block(200, 430, 100, 100)]), points((250, 430)), 500.0)
    assert found.off_m.tolist() == [30]


def test_a_site_beyond_the_railway_is_not_entered_across_it(toy: Toy) -> None:
    net = network(toy, way(line((0, 495), (900, 495))), railways=table([RAILWAY], kind=["rail"]))
    owner, _ = net.doors(np.array([block(200, 503, 100, 100)]), points(), 500.0)
    assert len(owner) == 0, "the way is 8 m off, on the other side"


def test_who_lives_within_a_walk_of_each_site(toy: Toy) -> None:
    net = town(toy)
    sites = np.array([block(100, 605, 50, 50), block(800, 340, 50, 50)])
    homes = net.homes(points((100, 395), (890, 395), (140, 660)))
    owner, at = net.doors(sites, points(), 1_000.0)
    ((site, home, metres),) = residents_within(net, owner, at, homes, 1_000.0)
    # Home 0 is beyond the walk to site 0 round by the bridge; home 2, north of it, has to come down to the street.
    found = dict(zip(zip(site.tolist(), home.tolist(), strict=True), metres.tolist(), strict=True))
    assert sorted(found) == [(0, 1), (0, 2), (1, 0), (1, 1)]
    assert found[0, 1] == pytest.approx(5 + 10 + 200 + 750, abs=10)
    assert found[0, 2] == pytest.approx(60, abs=5)
    assert found[1, 0] == pytest.approx(5 + 700)


def test_many_sites_come_some_at_a_time(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    net = town(toy)
    sites = np.array([block(40.0 * k, 405, 20, 20) for k in range(20)])
    homes = net.homes(points(*((30.0 * k, 390) for k in range(25))))
    owner, at = net.doors(sites, points(), 300.0)
    whole = [np.concatenate(part) for part in zip(*residents_within(net, owner, at, homes, 300.0), strict=True)]
    monkeypatch.setattr(walks, "BATCH", 3)
    parts = list(residents_within(net, owner, at, homes, 300.0))
    assert len(parts) == 7
    assert all(np.array_equal(a, np.concatenate(b)) for a, b in zip(whole, zip(*parts, strict=True), strict=True))


# ---------------------------------------------------------------- beside osmnx


@pytest.mark.heavy
@pytest.mark.realdata
@pytest.mark.parametrize(("name", "km"), [("central-london", 79.9), ("its-example-leeds", 11.85)])
def test_real_walks_are_those_of_osmnx(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, km: float
) -> None:
    import osmnx

    found = read("openstreetmap", data / f"osm/{name}.osm.pbf")
    xml = tmp_path / "town.osm"
    with osmium.SimpleWriter(str(xml)) as writer:
        for thing in osmium.FileProcessor(str(data / f"osm/{name}.osm.pbf")):
            if thing.is_node() or "highway" in thing.tags:
                writer.add(thing)
    monkeypatch.setattr(osmnx.settings, "useful_tags_way", ["highway", "access", "foot", "motorroad"])
    graph = osmnx.graph_from_xml(xml, retain_all=True, simplify=False)
    graph.remove_edges_from([e for e in graph.edges if not walkable(graph.edges[e])])
    spots: dict[tuple[float, float], int] = {}  # London has two nodes in one spot: to us, one place
    same = {n: spots.setdefault((d["x"], d["y"]), n) for n, d in graph.nodes(data=True) if graph.degree(n)}
    theirs = osmnx.convert.to_undirected(nx.relabel_nodes(graph, same))
    nodes = osmnx.graph_to_gdfs(theirs, edges=False)
    nodes = nodes[[theirs.degree(n) > 0 for n in nodes.index]].to_crs(27700)

    # The same ways: osmnx leaves out the edges of squares that are drawn as relations, of which London has 11.
    squares = found["walkways"]["osm_id"].str.startswith("osm-relation")
    tables = [found[layer][found[layer]["walkable"]] for layer in ("roads", "paths")] + [found["walkways"][~squares]]
    lines = ways._single_lines(np.concatenate([t.geometry.to_numpy() for t in tables]))
    net = walks.make_walk_network(lines, np.array([], dtype=object), shapely.box(0, 0, 7e5, 1e6), COEFFICIENTS)
    assert shapely.union_all(lines).length / 1000 == pytest.approx(km, rel=0.001)

    # The same walks, to a few tenths of a per cent: osmnx measures on the sphere.
    places = nodes.iloc[:: max(len(nodes) // 100, 1)]
    on_net = net.join(places.geometry.to_numpy(), 0.1).joined  # not those in short pieces
    places = places[on_net]
    for node, place in list(zip(places.index, places.geometry, strict=True))[::12]:
        by_osmnx = nx.single_source_dijkstra_path_length(theirs, node, weight="length")
        wanted = [by_osmnx.get(n, np.inf) for n in places.index]
        ours = nearest_m(net, places.geometry.to_numpy(), np.array([place]), 1e5)
        assert np.isfinite(ours).mean() > 0.9
        assert ours == pytest.approx(wanted, rel=0.004, abs=0.5)


@pytest.mark.realdata
def test_the_real_middle_of_london_hangs_together(data: Path) -> None:
    found = read("openstreetmap", data / "osm/central-london.osm.pbf")
    lines = ways._single_lines(np.concatenate([ways._walked(found[layer]) for layer in ways.WAYS]))
    net = walks.make_walk_network(lines, ways.barriers({**found}), shapely.box(0, 0, 7e5, 1e6), COEFFICIENTS)
    assert net.total_m == pytest.approx(85_424, abs=100)
    assert net.stray_m == pytest.approx(3_570, abs=50)
    assert len(net.barriers) > 8


def test_the_demo_is_walked_alike_from_an_extract_and_from_osmnx(tmp_path: Path) -> None:
    import osmnx

    from tests.conftest import ROOT
    from treeplan.sources.osm_query import layers_from_osmnx

    town_file = ROOT / "data/demo/town.osm.pbf"
    with osmium.SimpleWriter(str(tmp_path / "town.osm")) as writer:
        for thing in osmium.FileProcessor(str(town_file)):
            writer.add(thing)
    query = layers_from_osmnx(osmnx.features_from_xml(tmp_path / "town.osm"))
    both = []
    for tables in (read("openstreetmap", town_file), query):
        layers = Layers(block(0, 0), tables, [], [], {}, {})
        net = walk_network(layers, Toy().study(), COEFFICIENTS)
        assert net is not None
        homes = np.array([shapely.Point(454_000 + 37 * k, 397_000 + 53 * k) for k in range(40)])
        both.append(nearest_m(net, homes, homes[::8], 1_500))
    assert np.isfinite(both[0]).sum() >= 10
    assert both[0] == pytest.approx(both[1], abs=0.05, nan_ok=True)
