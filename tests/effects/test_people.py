"""Whom it cools, who comes to meet a standard, who visits and who takes part, worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from tests.toy import CODES, Toy, around, block, candidates, ground, homes, line, open_land, point, road, roads, table
from treeplan.access import Access
from treeplan.effects import Effects, measure_effects
from treeplan.effects.standards import Crossing
from treeplan.plan import Plan

NEWLY = ["newly_wood_500m", "newly_wood_4km", "newly_three_trees", "newly_canopy_30", "newly_green_300m"]


def planted(*shapes: shapely.Geometry, kind: str = "woodland", use: str = "farmland", trees: float = 100) -> Any:
    """Sites of one type with so many trees each."""
    zeros = dict.fromkeys(("length_m", "places_low", "places_central", "places_high"), 0.0)
    number = {f"trees_{level}": float(trees) for level in ("low", "central", "high")}
    area = [shape.area for shape in shapes]
    columns = {"site_id": [f"S{k}" for k in range(len(shapes))], "area_m2": area, "open_m2": area}
    return table(list(shapes), **columns, site_type=kind, land_use=use, canyon=False, **zeros, **number)


def effects(toy: Toy, sites: gpd.GeoDataFrame, canopy_pct: pd.Series | None = None, **changes: Any) -> Effects:
    return measure_effects(sites, toy.layers, toy.study(**changes), toy.figures, canopy_pct=canopy_pct)


def told(found: Effects, name: str, year: int, level: Any = "central") -> list[float]:
    return found.at(year, level)[name].tolist()


# ---------------------------------------------------------------- cooling


def test_residents_within_150_m_are_cooled_once_there_is_canopy(toy: Toy) -> None:
    homes(toy, (300, 500), (299, 500))  # 150 and 151 m west of the park, half of 1,000 residents at each
    park = planted(block(450, 450), kind="park", use="park", trees=40)
    found = effects(toy, park, planting_year=2045)
    assert told(found, "residents_cooled", 2040) == [0]
    assert told(found, "residents_cooled", 2050) == pytest.approx([500], rel=1e-3)
    cooling = told(found, "cooling_degc", 2050)[0]
    assert told(found, "person_degrees", 2050) == pytest.approx([500 * cooling], rel=1e-3)
    assert cooling > 0


def test_nobody_near_is_nought_not_missing(toy: Toy) -> None:
    toy.tables["residents"] = toy.tables["residents"].assign(residents=[1000.0, 1000.0, 0.0])
    toy.tables["trees"] = table([point(-2000, 0)])
    found = effects(toy, planted(block(2450, 450, 60, 60), trees=500))
    people = ["residents_cooled", "person_degrees", "visits", *NEWLY]
    assert found.at(2050)[people].to_numpy().tolist() == [[0.0] * len(people)]


# ---------------------------------------------------------------- access standards


def with_far_woods(toy: Toy, *near: shapely.Geometry) -> None:
    """Woods in the town, and a small one far off, so that the map of woods is known to go on."""
    toy.tables["woodland"] = table([block(-6000, 0, 10, 10), *near])


def test_a_wood_of_two_hectares_counts_once_it_has_grown(toy: Toy) -> None:
    with_far_woods(toy)
    homes(toy, (200, 500), (800, 500))  # at 800, 1,200 and 1,800 m they are 500, 100 and 300 m from the wood
    found = effects(toy, planted(block(1300, 450, 200, 100)), horizon_year=2042)
    assert told(found, "newly_wood_500m", 2042) == pytest.approx([1500], rel=1e-3)  # after 15 years
    assert told(found, "newly_wood_500m", 2040) == [0]
    assert told(found, "newly_wood_500m", 2037, "high") == pytest.approx([1500], rel=1e-3)  # after 10
    assert told(found, "newly_wood_500m", 2042, "low") == [0]
    assert told(found, "newly_wood_4km", 2052) == [0]  # under 20 ha


def test_a_large_wood_within_4_km(toy: Toy) -> None:
    with_far_woods(toy)
    homes(toy, (500, 500))
    found = effects(toy, planted(block(0, 100, 1000, 200), block(0, 400, 1000, 199)))
    assert told(found, "newly_wood_4km", 2050) == pytest.approx([3000, 0], rel=1e-3)


def test_a_planted_wood_and_one_within_20_m_are_one_wood(toy: Toy) -> None:
    homes(toy, (12, 500), (800, 500))  # at 800, 1,012, 1,800 and 2,012 m: the last is 497 m from the old wood alone
    site = planted(block(1300, 450, 190, 100))
    for metres_apart, residents in ((15, 2000), (21, 0)):
        with_far_woods(toy, block(1490 + metres_apart, 450, 10, 100))
        found = effects(toy, site)
        assert told(found, "newly_wood_500m", 2050) == pytest.approx([residents], rel=1e-3)


def test_those_who_have_a_wood_are_not_counted_again(toy: Toy) -> None:
    with_far_woods(toy, block(1800, 800, 200, 100))  # 2 ha, 300 m from the home at 1,800 m
    homes(toy, (200, 500), (800, 500))
    assert told(effects(toy, planted(block(1300, 450, 200, 100))), "newly_wood_500m", 2050) == pytest.approx(
        [1000], rel=1e-3
    )


def test_where_the_map_of_woods_ends_nobody_knows_who_has_one(toy: Toy) -> None:
    toy.tables["woodland"] = table(
        [block(1500, 990, 10, 10)]
    )  # nothing beyond the border: all homes are within 500 m of it
    homes(toy, (500, 500))
    found = effects(toy, planted(block(1300, 450, 200, 100), block(1300, 450, 100, 100)))
    assert told(found, "newly_wood_500m", 2050) == pytest.approx([math.nan, 0], nan_ok=True)  # a wood of 1 ha is none
    assert told(found, "newly_wood_500m", 2030) == [0, 0]


def test_other_planting_makes_no_wood(toy: Toy) -> None:
    with_far_woods(toy)
    homes(toy, (500, 500))
    found = effects(toy, planted(block(1300, 450, 200, 100), kind="park", use="park"))
    assert told(found, "newly_wood_500m", 2050) == [0]


def test_three_trees_by_what_of_the_site_is_near_and_lives(toy: Toy) -> None:
    # The home is at the middle of the site's western edge: half of its 30 m lies in the site, 1,413.7 of 3,600 m². So three
    # near it take 7.64 on the site, two 5.09. Ten standards: 7.74 alive after 5 years, 6.48 after 10, 5.42 after 15, 3.80 after 25.
    around(toy)
    homes(toy, (500, 500))
    site = planted(block(500, 470, 60, 60), kind="park", use="park", trees=10)
    found = effects(toy, site)
    alive = 10 * 0.95**5
    assert told(found, "trees_alive", 2032) == pytest.approx([alive])
    assert alive > 3 * 3600 / (math.pi * 450) > alive * 0.965**5
    assert told(found, "newly_three_trees", 2032) == pytest.approx([1000], rel=1e-3)
    assert told(found, "newly_three_trees", 2037) == [0]
    toy.tables["trees"] = table([point(490, 500), point(1490, 500)])
    around(toy)
    found = effects(toy, site)
    assert [told(found, "newly_three_trees", year)[0] for year in (2037, 2042, 2052)] == pytest.approx(
        [1000, 1000, 0], rel=1e-3
    )


def test_those_with_three_trees_are_not_counted_again(toy: Toy) -> None:
    toy.tables["trees"] = table([point(490, 500), point(495, 500), point(500, 520)])
    around(toy)
    homes(toy, (500, 500))
    site = planted(block(500, 470, 60, 60), kind="park", use="park", trees=1_000)
    assert told(effects(toy, site), "newly_three_trees", 2032) == [0]


def test_three_trees_are_unknown_where_homes_are(toy: Toy) -> None:
    around(toy)  # residents are spread evenly: nobody knows where they live
    near, far = block(450, 450), block(5000, 5000)
    found = effects(toy, planted(near, far, kind="park", use="park"))
    assert told(found, "newly_three_trees", 2032) == pytest.approx([math.nan, 0], nan_ok=True)


def test_a_neighbourhood_comes_to_thirty_percent(toy: Toy) -> None:
    # It lacks half a percent of 1 km²: 5,000 m². A wood of 1,200 trees has under 2,500 m² of canopy after 5 years, 7,500 after 15.
    canopy = pd.Series([29.5, 10.0, 31.0], index=CODES)
    inside, astride, leafy = block(400, 400), block(950, 400), block(2400, 400)
    found = effects(toy, planted(inside, astride, leafy, trees=1_200), canopy)
    assert told(found, "canopy_m2", 2032)[0] < 2_500
    assert told(found, "canopy_m2", 2042)[0] == pytest.approx(7_500)
    assert told(found, "newly_canopy_30", 2032) == [0, 0, 0]
    assert told(found, "newly_canopy_30", 2042) == pytest.approx([1000, 0, 0])  # half of the second lies in it
    unknown = effects(toy, planted(inside, astride, leafy), canopy.where(canopy != 10))
    assert told(unknown, "newly_canopy_30", 2042) == pytest.approx([0, math.nan, 0], nan_ok=True)


def test_new_green_space_counts_for_those_who_walk_to_it_and_have_none(toy: Toy) -> None:
    around(toy)
    homes(toy, (100, 100))  # 643 m of walk from the park, 260 m from the wood
    wood = block(300, 50)
    other = {"land_use": "park", "ground_id": "P9", "name": None, "origin": "test"}
    found = effects(toy, planted(wood, block(300, 50, 99, 100), block(-400, 50, 200, 200)))
    assert told(found, "newly_green_300m", 2030) == pytest.approx([1000, 0, 0], abs=0.1)  # 1 ha, 0.99 ha, far off
    assert told(effects(toy, planted(wood, use="park")), "newly_green_300m", 2030) == [0]  # it was open to all before
    touching = {**other, "geometry": block(399, 50, 10, 10)}
    toy.tables["open_land"] = open_land(*toy.tables["open_land"].to_dict("records"), touching)
    found = effects(toy, planted(block(300, 50, 99, 100)))
    assert told(found, "newly_green_300m", 2030) == pytest.approx([1000], rel=1e-3)  # 0.99 and 0.01 ha are one


def test_new_green_space_is_as_far_as_the_walk(toy: Toy) -> None:
    around(toy)
    homes(toy, (100, 100))
    ways = (
        line((-300, 990), (100, 990), (299, 990), (1500, 990)),
        line((100, 100), (100, 990)),
        line((299, 990), (299, 150)),
    )
    toy.tables["roads"] = roads(*[road(way, walkable=True) for way in ways])  # 1,929 m of walk, 260 in a straight line
    wood = planted(block(300, 50))
    assert told(effects(toy, wood), "newly_green_300m", 2030) == [0]
    by_line = effects(toy, wood, people={"straight_line": True})
    assert told(by_line, "newly_green_300m", 2030) == pytest.approx([1000], rel=1e-3)


def test_each_standard_needs_its_layer(toy: Toy) -> None:
    around(toy)
    del toy.tables["woodland"], toy.tables["trees"]
    found = effects(toy, planted(block(1300, 450, 200, 100))).at(2050)
    assert found[NEWLY[:4]].isna().all().all()
    assert found["newly_green_300m"].notna().all()


def test_a_crossing_by_hand() -> None:
    crossing = Crossing(
        site=np.array([0, 0, 1, 1]),
        place=np.array([7, 8, 9, 8]),
        enough=np.array([3.0, 5.0, 1.0, 2.0]),
        residents=np.array([10.0, 20.0, 40.0, 20.0]),
        unknown=np.array([False, False, True]),
    )
    amount = np.array([[2.9, 0.5, 0], [3.0, 1.0, 1], [9.0, 0.0, 0]])
    assert crossing.met(amount) == pytest.approx(np.array([[0, 0, 0], [10, 40, np.nan], [30, 0, 0]]), nan_ok=True)
    assert crossing.met_by_all(amount).tolist() == [
        0,
        10 + 40 + 20,
        30,
    ]  # in the second year 3 / 5 and 1 / 2 make up for 8


def test_the_standards_of_some_sites(toy: Toy) -> None:
    toy.tables["trees"] = table([point(490, 500)])
    around(toy)
    homes(toy, (500, 500), (800, 500))
    sites = planted(block(1300, 450, 200, 100), block(500, 470, 60, 60), block(450, 450), block(100, 100, 50, 50))
    canopy = pd.Series([29.5, 10.0, 31.0], index=CODES)
    every, rows = effects(toy, sites, canopy), np.array([2, 1])
    some = effects(toy, sites.iloc[rows].reset_index(drop=True), canopy).around.standards
    told_of = every.around.standards.of(rows)
    for name in ("wood_500m", "wood_4km", "green_300m"):
        np.testing.assert_array_equal(getattr(told_of, name), getattr(some, name))
    amount = np.array([[0.0, 0.0], [2.0, 30.0], [50.0, 9_000.0]])
    for name in ("three_trees", "canopy_30"):
        one, other = getattr(told_of, name).met(amount), getattr(some, name).met(amount)
        np.testing.assert_allclose(one, other)
        assert one.any()


def test_the_order_of_sites_does_not_matter(toy: Toy) -> None:
    toy.tables["trees"] = table([point(490, 500)])
    around(toy)
    homes(toy, (500, 500), (800, 500))
    sites = planted(block(1300, 450, 200, 100), block(500, 470, 60, 60), block(450, 450), block(100, 100, 50, 50))
    canopy = pd.Series([29.5, 10.0, 31.0], index=CODES)
    one = effects(toy, sites, canopy).at(2050)
    other = effects(toy, sites.iloc[::-1].reset_index(drop=True), canopy).at(2050)
    pd.testing.assert_frame_equal(one, other.loc[one.index])


@pytest.mark.realdata
def test_real_residents_of_london_as_shapely_counts_them(real_plan: Callable[[str], Plan]) -> None:
    plan = real_plan("central_london")
    assert plan.effects is not None
    found = plan.effects.at(2042)
    access = Access(plan.layers, plan.study, plan.figures)
    people, sites = access.everybody, plan.sites.iloc[::6]
    shapes, points = sites.geometry.to_numpy(), shapely.points(people["easting"], people["northing"])
    near = shapely.dwithin(shapes[:, None], points[None, :], 150.0) @ people["residents"].to_numpy()
    assert near == pytest.approx(found["residents_cooled"].loc[sites["site_id"]].to_numpy())
    assert (near > 0).any()

    trees, known = access.trees_near
    lacking = np.flatnonzero((trees < 3) & known)
    discs = shapely.buffer(access.points[lacking], 30.0, quad_segs=500)
    part = shapely.area(shapely.intersection(shapes[:, None], discs[None, :])) / shapely.area(shapes)[:, None]
    alive = found["trees_alive"].loc[sites["site_id"]].to_numpy()
    enough = part * alive[:, None] >= 3 - trees[lacking][None, :]
    newly = enough @ access.homes["residents"].to_numpy()[lacking]
    told_of = found["newly_three_trees"].loc[sites["site_id"]].to_numpy()
    sure = ~np.isnan(told_of)
    assert told_of[sure] == pytest.approx(newly[sure])
    assert (newly[sure] > 0).any()
    assert (found[NEWLY].max().fillna(0) <= access.homes["residents"].sum()).all()


# ---------------------------------------------------------------- visits, work and training, volunteers


def test_visits_to_a_wood_grow_with_it_and_are_fewer_by_a_park(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(450, 450), "farmland", "F1"))
    wood = planted(block(450, 450))
    found = effects(toy, wood, horizon_year=2042)
    assert told(found, "visits", 2032) == pytest.approx([150 * 5 / 15])
    assert told(found, "visits", 2042) == pytest.approx([150])
    assert told(found, "visits", 2077) == pytest.approx([150])
    toy.tables["open_land"] = open_land(ground(block(600, 450), "park", "P1"))
    assert told(effects(toy, wood), "visits", 2050) == pytest.approx([150 * 0.3])
    assert told(effects(toy, wood), "visits", 2050, "high") == pytest.approx([300 * 0.5])
    assert told(effects(toy, planted(block(450, 450), kind="street", use="verge")), "visits", 2050) == [0]


def test_visits_are_never_more_than_residents_make(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(450, 450), "farmland", "F1"))
    toy.tables["residents"] = toy.tables["residents"].assign(residents=[10.0, 0.0, 0.0])
    homes(toy, (500, 500))
    found = effects(toy, planted(block(0, 450, 500, 500), block(2450, 450)))
    assert told(found, "visits", 2050) == pytest.approx([10 * 5, 0], rel=1e-3)  # not 25 ha × 150


def test_work_and_training_by_hand(toy: Toy) -> None:
    found = effects(toy, planted(block(450, 450)))
    assert told(found, "work_years", 2050) == [0.8]
    assert told(found, "training_places", 2050) == pytest.approx([10_000 / 1e6 * 2])
    park = effects(toy, planted(block(450, 450), kind="park", use="park", trees=40))
    assert told(park, "work_years", 2050) == pytest.approx([0.8 * 0.4])  # 40 % of it comes under trees
    assert told(park, "training_places", 2050) == pytest.approx([40 * 450 / 1e6 * 2])


def test_one_school_that_two_sources_know_counts_once(toy: Toy) -> None:
    toy.tables["community_places"] = table(
        [point(500, 400), point(520, 400)], kind=["school", "school"], name=["A", "A"]
    )
    toy.tables["open_land"] = open_land(
        ground(block(300, 300, 300, 300), "park", "P1")
    )  # 360 trees; a group takes on 200
    hours = measure_effects(candidates(toy), toy.layers, toy.study(), toy.figures).at(2050)["volunteer_hours"]
    assert hours.tolist() == [0.5 * 200]
    toy.own(same_group_m=10)  # then they are two
    hours = measure_effects(candidates(toy), toy.layers, toy.study(), toy.figures).at(2050)["volunteer_hours"]
    assert hours.tolist() == [0.5 * 360]


def test_volunteers_come_from_groups_in_reach(toy: Toy) -> None:
    effects = measure_effects(candidates(toy), toy.layers, toy.study(), toy.figures).at(2050)
    assert effects["volunteer_hours"].tolist() == [0.5 * 40, 0, 0]
