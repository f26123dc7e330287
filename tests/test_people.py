from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from tests.toy import CODES, Toy, block, line, road, roads, table
from treeplan.homes import place_residents
from treeplan.land import free_land
from treeplan.people import (
    homes_served,
    measure_walks,
    residents_by_reach,
    residents_near,
    residents_once,
    residents_served,
)
from treeplan.plan import Plan
from treeplan.sites import candidate_sites
from treeplan.walks import WalkNetwork, walk_network


def served(toy: Toy, walk_m: float = 500) -> pd.DataFrame:
    study = toy.study(people={"walk_m": walk_m})
    sites, _ = candidate_sites(free_land(toy.layers, study, toy.figures), toy.layers, study, toy.figures)
    return residents_served(sites, toy.layers, study, toy.figures)


def test_a_walk_shorter_than_the_park_is_wide_serves_those_beside_it(toy: Toy) -> None:
    # 65 m of walk is 50 m in a straight line: points 25 m from the edges of the park of 100 m, and inside it.
    table_ = served(toy, walk_m=65)
    inside, beside = 4, 8  # 2 × 2 points inside; two beside each edge, 25 m off; the corners are 35 m off
    corners = 4
    assert table_["residents"].iloc[0] == pytest.approx((inside + beside + corners) * 1000 / 400)
    assert table_["method"].unique().tolist() == ["straight line × 1.3"]


def test_a_longer_walk_serves_more_people(toy: Toy) -> None:
    near, far = served(toy, 300), served(toy, 900)
    assert far["residents"].sum() > near["residents"].sum()
    assert (far["distance_m"] <= 900).all()


def test_residents_in_a_straight_line_by_neighbourhood(toy: Toy) -> None:
    # Points of 2.5 residents stand 50 m apart. The park lies astride a border.
    people = place_residents(toy.layers, toy.study(), toy.figures)
    found = residents_near(site_at(block(950, 450), block(5_000, 0)), people, 30.0)
    # In each half: 1 × 2 points inside; 1 + 1 above and below it and 2 beside it, 25 m off; the corners are 35 m off.
    assert found["site_id"].tolist() == ["S0", "S0"]
    assert found["lsoa21_code"].tolist() == CODES[:2]
    assert found["residents"].tolist() == pytest.approx([(2 + 2 + 2) * 2.5] * 2)
    assert found["distance_m"].tolist() == pytest.approx([25 * 4 / 6] * 2)
    assert found["straight_m"].tolist() == found["distance_m"].tolist()
    assert set(found["method"]) == {"straight line"}


def test_whom_a_site_reaches_by_its_cooling(toy: Toy) -> None:
    study = toy.study()
    sites, people = site_at(block(450, 450)), place_residents(toy.layers, toy.study(), toy.figures)
    served = residents_served(sites, toy.layers, study, toy.figures)
    reached = residents_by_reach(sites, people, served, toy.figures)
    assert reached["walk"] is served
    pd.testing.assert_frame_equal(reached["cooling"], residents_near(sites, people, 150.0))
    assert 0 < reached["cooling"]["residents"].sum() < served["residents"].sum()


def test_who_is_near_two_sites_is_counted_once(toy: Toy) -> None:
    # Two halves of a park: whoever is near the whole of it is near one half or both.
    whole = table([block(450, 450)], site_id=["P"])
    halves = table([block(450, 450, 50), block(500, 450, 50)], site_id=["W", "E"])
    given = toy.layers, toy.study(), toy.figures, None
    people = place_residents(toy.layers, toy.study(), toy.figures)
    near = {sites["site_id"].iloc[0]: homes_served(sites, people, *given) for sites in (whole, halves)}
    assert residents_once(near["W"], people).to_dict() == pytest.approx(residents_once(near["P"], people).to_dict())
    each = residents_served(halves, *given).groupby("lsoa21_code")["residents"].sum()
    once = residents_once(near["W"], people)
    assert (once < each.reindex(once.index)).any()
    assert residents_once(near["P"], people)["E01000001"] == residents_served(whole, *given)["residents"].iloc[0]
    assert residents_once(homes_served(whole.iloc[:0], people, *given), people).empty


# ---------------------------------------------------------------- walks on a network

SOUTH_STREET, NORTH_STREET = line((-200, 400), (900, 400)), line((-200, 600), (900, 600))
BRIDGE = line((900, 400), (900, 600))


def two_streets(toy: Toy, *ways: shapely.LineString) -> WalkNetwork:
    """All 1,000 people of the first neighbourhood live in two houses: 750 south of a railway, at 100 m east, and 250 north of it."""
    houses = [block(85, 380, 30, 10), block(85, 620, 30, 10)]
    toy.tables |= {
        "buildings": table(houses, building=["apartments", "apartments"], levels=[60.0, 20.0]),
        "neighbourhoods": toy.tables["neighbourhoods"].iloc[:1],
        "residents": toy.tables["residents"].iloc[:1],
        "railways": table([line((-100, 500), (1000, 500))], kind=["rail"]),
        "roads": roads(*[road(way, walkable=True) for way in (SOUTH_STREET, NORTH_STREET, *ways)]),
    }
    toy.tables["neighbourhoods"] = toy.tables["neighbourhoods"].set_geometry([block(85, 380, 30, 250)], crs=27700)
    net = walk_network(toy.layers, toy.study(), toy.figures)
    assert net is not None
    return net


def test_on_a_network_too_everybody_counts_once(toy: Toy) -> None:
    net = two_streets(toy, BRIDGE)
    sites = table([block(50, 390, 100, 10), block(80, 405, 100, 10)], site_id=["A", "B"])
    given = toy.layers, toy.study(), toy.figures, net
    people = place_residents(toy.layers, toy.study(), toy.figures)
    assert residents_served(sites, *given)["residents"].sum() == pytest.approx(2 * 750)
    near = homes_served(sites, people, *given)
    assert residents_once(near, people).to_dict() == pytest.approx({"E01000001": 750})
    assert not near.duplicated().any()


def site_at(*shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    return table(list(shapes), site_id=[f"S{k}" for k in range(len(shapes))])


def on_foot(toy: Toy, net: WalkNetwork | None, walk_m: float, *shapes: shapely.Geometry) -> dict[str, list[Any]]:
    study = toy.study(people={"walk_m": walk_m})
    return residents_served(site_at(*shapes), toy.layers, study, toy.figures, net).to_dict("list")


def test_a_railway_between_home_and_site_counts_on_the_network_only(toy: Toy) -> None:
    net, park = two_streets(toy, BRIDGE), block(200, 605, 50, 50)
    by_line, by_ways = on_foot(toy, None, 500, park), on_foot(toy, net, 500, park)
    assert by_line["residents"] == pytest.approx([1_000])
    assert by_ways["residents"] == pytest.approx([250])  # the others walk 1,700 m by the bridge
    assert by_ways["distance_m"] == pytest.approx([25 + 100])
    assert by_ways["straight_m"] == pytest.approx([100])
    assert (by_line["method"], by_ways["method"]) == (["straight line × 1.3"], ["network"])
    assert by_line["distance_m"][0] == pytest.approx(1.3 * by_line["straight_m"][0])


def test_nobody_is_served_across_a_railway_for_want_of_a_way(toy: Toy) -> None:
    net = two_streets(toy)
    north_only = block(85, 640, 30, 20)  # beside the northern house and its street
    toy.tables["roads"] = toy.tables["roads"].iloc[
        :1
    ]  # the southern street alone: nothing north of the railway is on a way
    south = walk_network(toy.layers, toy.study(), toy.figures)
    assert south is not None
    assert sum(on_foot(toy, net, 400, north_only)["residents"]) == pytest.approx(250)
    cut_off = on_foot(toy, south, 400, north_only)
    assert cut_off["residents"] == pytest.approx(
        [250]
    )  # its own side by the straight line; the 750 across the railway are not
    assert cut_off["method"] == ["straight line × 1.3"]


def test_a_long_walk_reaches_those_beyond_the_railway_by_the_bridge(toy: Toy) -> None:
    found = on_foot(toy, two_streets(toy, BRIDGE), 2_000, block(200, 605, 50, 50))
    south, north = 15 + 800 + 200 + 650, 25 + 100
    assert found["residents"] == pytest.approx([1_000])
    assert found["distance_m"] == pytest.approx([0.75 * south + 0.25 * north], abs=1)


def test_a_walk_is_never_shorter_than_the_straight_line(toy: Toy) -> None:
    found = on_foot(toy, two_streets(toy), 500, block(60, 409, 80, 50))  # the street runs 9 m south of the site
    assert found["residents"] == pytest.approx([750])
    assert found["distance_m"][0] >= found["straight_m"][0] == pytest.approx(24)


def test_homes_far_from_any_way_are_measured_by_the_straight_line_and_marked(toy: Toy) -> None:
    net = two_streets(toy)
    houses = [block(85, 380, 30, 10), block(85, 810, 30, 10)]
    toy.tables["buildings"] = table(houses, building=["apartments"] * 2, levels=[60.0] * 2)
    toy.tables["neighbourhoods"] = toy.tables["neighbourhoods"].set_geometry([block(85, 380, 30, 440)], crs=27700)
    found = on_foot(toy, net, 500, block(60, 405, 80, 80), block(200, 605, 50, 50), block(85, 850, 30, 30))
    assert found["site_id"] == ["S0", "S1", "S2"]
    # the far house is beyond the railway from the first site, which the straight line does not cross either
    assert found["method"] == ["network", "straight line × 1.3", "straight line × 1.3"]
    assert found["residents"] == pytest.approx([500, 500, 500])
    del toy.tables["railways"]
    mixed = on_foot(toy, walk_network(toy.layers, toy.study(), toy.figures), 500, block(60, 405, 80, 80))
    assert mixed["method"] == ["network, in part straight line × 1.3"]
    assert mixed["residents"] == pytest.approx([1_000])


def test_walks_are_set_beside_straight_lines(toy: Toy) -> None:
    net = two_streets(toy, BRIDGE)
    sites = site_at(block(200, 605, 50, 50), block(5_000, 0, 10, 10))
    study = toy.study(people={"walk_m": 500})
    _, walks = measure_walks(
        sites, place_residents(toy.layers, study, toy.figures), toy.layers, study, toy.figures, net
    )
    assert walks is not None
    assert walks.compared["site_id"].tolist() == ["S0", "S1"]
    assert walks.compared[["network", "straight_line"]].to_numpy().tolist() == [
        [pytest.approx(250), pytest.approx(1_000)],
        [0.0, 0.0],
    ]
    assert walks.compared["ratio"].tolist() == pytest.approx([0.25, np.nan], nan_ok=True)
    assert walks.detour == pytest.approx(125 / 100)  # of the 250 who get there; the 750 are 236 m off, and walk 1,665 m
    assert walks.cut_off_share == pytest.approx(0.75)
    assert (walks.homes_off, walks.residents_off) == (0, 0)


def test_the_order_of_rows_does_not_matter_on_the_network(toy: Toy) -> None:
    net = two_streets(toy, BRIDGE)
    sites = site_at(block(200, 605, 50, 50), block(100, 340, 30, 30), block(880, 640, 40, 40))
    study = toy.study(people={"walk_m": 2_000})
    one = residents_served(sites, toy.layers, study, toy.figures, net)
    other = residents_served(sites.iloc[::-1].reset_index(drop=True), toy.layers, study, toy.figures, net)
    pd.testing.assert_frame_equal(one, other)
    assert one["site_id"].tolist() == ["S0", "S1", "S2"]


@pytest.mark.realdata
def test_real_residents_within_300_m_of_sites_in_london(real_plan: Callable[[str], Plan]) -> None:
    plan = real_plan("central_london")
    walks = plan.walks
    assert walks is not None
    assert plan.study.people.walk_m == 300
    compared = walks.compared.set_index("site_id")
    assert len(compared) == 304
    assert compared["network"].sum() == pytest.approx(432_996, rel=0.01)
    assert compared["straight_line"].sum() == pytest.approx(533_436, rel=0.01)
    assert walks.detour == pytest.approx(1.59, abs=0.03)
    assert (plan.served["distance_m"] >= plan.served["straight_m"] - 1e-9).all()
    wide = plan.study.model_copy(update={"people": plan.study.people.model_copy(update={"walk_m": 300 * 1.3})})
    bare = residents_served(plan.sites, plan.layers, wide, plan.figures).groupby("site_id")["residents"].sum()
    # Nobody is within a 300 m walk who is not within 300 m in a straight line.
    assert (compared["network"] <= bare.reindex(compared.index).fillna(0) + 1e-6).all()


@pytest.mark.realdata
@pytest.mark.parametrize("straight_line", [False, True])
def test_real_homes_served_are_those_whom_each_site_serves(
    real_plan: Callable[[str], Plan], straight_line: bool
) -> None:
    plan = real_plan("central_london")
    changes = {"people": plan.study.people.model_copy(update={"straight_line": straight_line})}
    study, sites = plan.study.model_copy(update=changes), plan.sites.iloc[::5]
    people = place_residents(plan.layers, study, plan.figures)
    net = walk_network(plan.layers, study, plan.figures)
    assert (net is None) == straight_line
    given = plan.layers, study, plan.figures, net
    pairs = homes_served(sites, people, *given)
    homes = people["residents"].to_numpy()[pairs["home"]]
    served = residents_served(sites, *given).groupby("site_id")["residents"].sum()
    assert pairs.assign(residents=homes).groupby("site_id")["residents"].sum().to_dict() == pytest.approx(
        served.to_dict()
    )
    assert not pairs.duplicated().any()


@pytest.mark.realdata
def test_real_trafford_has_no_ways_and_says_so(real_plan: Callable[[str], Plan]) -> None:
    plan = real_plan("trafford")
    assert plan.walks is None
    assert set(plan.sites["served_method"]) == {"straight line × 1.3"}
