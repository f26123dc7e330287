"""The picture of walks to one site: which site it shows, and what it draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from tests.outputs.plans import small_plan
from tests.toy import Toy, block, line, road, roads
from treeplan.outputs.walk_picture import WALKED, reached_ways, telling_site, walk_map
from treeplan.plan import Plan
from treeplan.walks import WalkNetwork, walk_network


def street(toy: Toy) -> WalkNetwork:
    """A street of 1,000 m, with a side street of 200 m at 500 m."""
    ways = [line((0, 0), (500, 0), (1_000, 0)), line((500, 0), (500, 200))]
    toy.tables["roads"] = roads(*[road(way, walkable=True) for way in ways])
    net = walk_network(toy.layers, toy.study(), toy.figures)
    assert net is not None
    return net


def reached_m(net: WalkNetwork, walk_m: float) -> float:
    site = block(400, 5, 50, 50)
    _, doors = net.doors(np.array([site]), np.array([], dtype=object), walk_m)
    return float(shapely.length(shapely.union_all(reached_ways(net, doors, site, walk_m))))


def test_the_ways_within_a_walk_end_where_the_walk_does(toy: Toy) -> None:
    net = street(toy)
    assert reached_m(net, 40) == pytest.approx(50 + 2 * 40)  # doors every 10 m along the 50 m of the site
    assert reached_m(net, 150) == pytest.approx(
        50 + 2 * 150 + 100
    )  # and 100 m into the side street, 50 m from the last door
    assert reached_m(net, 5_000) == pytest.approx(1_200)


def test_the_demo_shows_a_site_that_a_barrier_parts_from_its_neighbours(demo_plan: Plan) -> None:
    site, walks = telling_site(demo_plan), demo_plan.walks
    assert site is not None
    assert walks is not None
    compared = walks.compared.set_index("site_id")
    shown = compared.loc[site["site_id"]]
    assert shown["network"] < 0.7 * shown["straight_line"]
    ring = shapely.buffer(site.geometry, 500 / 1.3)
    assert any(ring.intersects(barrier) for barrier in walks.net.barriers)  # the river, or the railway
    assert site["site_id"] in set(demo_plan.public["site_id"])


def test_the_picture_is_the_same_each_time(demo_plan: Plan) -> None:
    site, walks = telling_site(demo_plan), demo_plan.walks
    assert site is not None
    assert walks is not None
    one, other = (walk_map(demo_plan, walks, site, 80, 60) for _ in range(2))
    assert one == other
    assert one.startswith("<?xml")
    assert WALKED in one


def test_no_site_is_shown_where_none_loses_anybody(demo_plan: Plan) -> None:
    walks = demo_plan.walks
    assert walks is not None
    same = walks.compared.assign(network=walks.compared["straight_line"])
    assert telling_site(replace(demo_plan, walks=replace(walks, compared=same))) is None
    assert telling_site(small_plan()) is None, "walks are straight lines"
