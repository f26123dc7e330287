"""What several sites come to together: residents, schools and groups each counted once, worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from tests.effects.test_people import planted, with_far_woods
from tests.toy import CODES, Toy, around, block, candidates, ground, homes, open_land, point, table
from treeplan.access import Access
from treeplan.coefficients import LEVELS, figures
from treeplan.effects import EFFECTS, Effects, measure_effects, measure_joint, volunteers
from treeplan.effects.register import JOINT
from treeplan.effects.standards import once
from treeplan.plan import Plan

ACT_TOGETHER = {"newly_three_trees", "newly_canopy_30"}
"""Effects for which several sites can do what none of them does alone."""


class Found:
    """What the sites of a toy town do one by one, and together."""

    def __init__(self, toy: Toy, sites: gpd.GeoDataFrame, canopy_pct: pd.Series | None = None, **changes: Any) -> None:
        study = toy.study(**changes)
        access = Access(toy.layers, study, toy.figures)
        self.effects = measure_effects(sites, toy.layers, study, toy.figures, access, canopy_pct=canopy_pct)
        self.joint = measure_joint(sites, self.effects, access, canopy_pct=canopy_pct)

    def each(self, name: str, year: int, level: Any = "central") -> list[float]:
        return self.effects.at(year, level)[name].tolist()

    def together(self, name: str, year: int, level: Any = "central") -> float:
        return float(self.joint[name][LEVELS.index(level), self.effects.years.index(year)])


def test_every_effect_that_is_no_sum_or_mean_says_what_it_is() -> None:
    assert sorted(JOINT) == sorted(name for name, facts in EFFECTS.items() if facts.together == "joint")


def test_no_sites_come_to_nothing(toy: Toy) -> None:
    found = Found(toy, candidates(toy))
    none = measure_joint(candidates(toy).iloc[:0], found.effects, Access(toy.layers, toy.study(), toy.figures))
    assert set(none) == set(JOINT)
    assert not any(values.any() for values in none.values())


# ---------------------------------------------------------------- residents, each once


def test_who_is_cooled_by_two_sites_counts_once(toy: Toy) -> None:
    homes(
        toy, (450, 500), (800, 500)
    )  # both sites are within 150 m of the first home, the eastern one of the second too
    parks = planted(block(500, 450), block(600, 450, 60, 100), kind="park", use="park", trees=40)
    found = Found(toy, parks, planting_year=2045)
    assert found.each("residents_cooled", 2050) == pytest.approx([500, 1000], rel=1e-3)
    assert found.together("residents_cooled", 2050) == pytest.approx(1000, rel=1e-3)
    assert found.together("residents_cooled", 2040) == 0


def test_a_site_without_trees_adds_nobody(toy: Toy) -> None:
    homes(toy, (300, 500), (800, 500))
    parks = planted(block(350, 450), block(750, 450, 20, 20), kind="park", use="park", trees=40)
    parks.loc[1, "trees_low"] = 0.0
    found = Found(toy, parks)
    assert found.together("residents_cooled", 2050) == pytest.approx(1000, rel=1e-3)
    assert found.together("residents_cooled", 2050, "low") == pytest.approx(500, rel=1e-3)


def test_two_new_woods_are_judged_each_and_their_residents_count_once(toy: Toy) -> None:
    with_far_woods(toy)
    homes(toy, (200, 500), (800, 500))
    wood, beside, small = block(1300, 450, 200, 100), block(1300, 560, 200, 100), block(300, 450)
    found = Found(toy, planted(wood, beside, small), horizon_year=2042)
    assert found.each("newly_wood_500m", 2042) == pytest.approx(
        [1500, 1000, 0], rel=1e-3
    )  # the home at 800 m is 503 m off
    assert found.together("newly_wood_500m", 2042) == pytest.approx(1500, rel=1e-3)
    assert found.together("newly_wood_500m", 2040) == 0
    halves = Found(toy, planted(block(1300, 450, 100, 100), block(1401, 450, 100, 100)), horizon_year=2042)
    assert halves.together("newly_wood_500m", 2042) == 0  # two woods of 1 ha, 1 m apart: each is judged by itself


def test_two_new_green_spaces(toy: Toy) -> None:
    around(toy)
    homes(toy, (100, 100))
    found = Found(toy, planted(block(300, 50), block(300, 160)))
    assert found.each("newly_green_300m", 2030) == pytest.approx([1000, 1000], rel=1e-3)
    assert found.together("newly_green_300m", 2030) == pytest.approx(1000, rel=1e-3)


def test_homes_that_are_paired_with_what_counts(toy: Toy) -> None:
    pairs = [(np.array([0, 0, 1]), np.array([0, 1, 1])), (np.array([2]), np.array([2]))]
    counts = np.array([[True, True, False], [False, False, False], [False, True, True], [True, True, False]])
    people, known = np.array([10.0, 20.0, 2.0]), np.array([True, True, False])
    assert once(pairs, counts, people, known) == pytest.approx([30, 0, np.nan, 30], nan_ok=True)  # 20 of 22 are 91 %
    assert once(pairs, counts, np.array([10.0, 38.0, 2.0]), known)[2] == 38  # 95 %


# ---------------------------------------------------------------- what sites do only together


def test_two_sites_of_two_trees_make_three_near_one_home(toy: Toy) -> None:
    around(toy)
    homes(toy, (500, 500))
    sites = planted(block(480, 505, 20, 10), block(505, 495, 10, 10), kind="park", use="park", trees=2)
    found = Found(toy, sites)
    assert 2 * 2 * 0.95**5 > 3 > 2 * 2 * 0.95**5 * 0.965**5  # alive after 5 years, and after 10
    assert found.each("newly_three_trees", 2032) == [0, 0]
    assert found.together("newly_three_trees", 2032) == pytest.approx(1000, rel=1e-3)
    assert found.together("newly_three_trees", 2037) == 0


def test_a_neighbourhood_comes_to_thirty_percent_by_two_woods_together(toy: Toy) -> None:
    # It lacks 5,000 m²; each wood of half a hectare comes to 3,750 m² once it has closed.
    canopy = pd.Series([29.5, 10.0, 31.0], index=CODES)
    found = Found(toy, planted(block(400, 400, 50, 100), block(600, 400, 50, 100), trees=600), canopy)
    assert found.each("canopy_m2", 2042) == pytest.approx([3_750, 3_750])
    assert found.each("newly_canopy_30", 2042) == [0, 0]
    assert found.together("newly_canopy_30", 2042) == pytest.approx(1000)
    assert found.together("newly_canopy_30", 2032) == 0


def test_a_little_unknown_ground_leaves_the_whole_known(toy: Toy) -> None:
    canopy = pd.Series([29.5, np.nan, 31.0], index=CODES)
    wood, large, small = block(400, 400), block(1400, 400, 100, 10), block(1400, 400, 100, 5)
    for unknown, residents in ((large, np.nan), (small, 1000)):  # 9 and 4.8 % of the ground
        found = Found(toy, planted(wood, unknown, trees=1_200), canopy)
        assert found.each("newly_canopy_30", 2042) == pytest.approx([1000, np.nan], nan_ok=True)
        assert found.together("newly_canopy_30", 2042) == pytest.approx(residents, nan_ok=True)


def test_what_no_layer_tells_is_unknown_together_too(toy: Toy) -> None:
    around(toy)
    del toy.tables["woodland"], toy.tables["trees"], toy.tables["community_places"]
    found = Found(toy, planted(block(1300, 450, 200, 100), block(450, 450)))
    lacking = {name for name, values in found.joint.items() if np.isnan(values).all()}
    assert lacking == {
        "newly_wood_500m",
        "newly_wood_4km",
        "newly_three_trees",
        "newly_canopy_30",
        "volunteer_hours",
    }
    assert not any(np.isnan(values).any() for name, values in found.joint.items() if name not in lacking)


# ---------------------------------------------------------------- what residents and groups can give


def by_one_school(toy: Toy, **trees_per_group: float) -> gpd.GeoDataFrame:
    """Two parks of 40 trees each, and one school near both."""
    toy.tables["open_land"] = open_land(ground(block(350, 450), "park", "A"), ground(block(550, 450), "park", "B"))
    if trees_per_group:
        toy.figures = figures({"trees_per_group": {**trees_per_group, "source": "our schools"}})
    return candidates(toy)


def test_one_school_takes_on_so_many_trees_at_two_sites_together(toy: Toy) -> None:
    enough = Found(toy, by_one_school(toy))
    assert enough.each("volunteer_hours", 2050) == [20, 20]
    assert enough.together("volunteer_hours", 2050) == pytest.approx(40)  # 80 trees; a school takes on 200
    scarce = Found(toy, by_one_school(toy, low=60, central=60, high=60))
    assert scarce.each("volunteer_hours", 2050) == [20, 20]
    assert scarce.together("volunteer_hours", 2050) == pytest.approx(0.5 * 60)


def test_a_group_that_only_one_site_has_leaves_the_shared_one_to_the_other(toy: Toy) -> None:
    toy.tables["community_places"] = table(
        [point(500, 400), point(40, 500)],
        kind=["school", "allotments"],
        name=["S", "A"],  # the second is 310 m from A
    )
    found = Found(toy, by_one_school(toy, low=40, central=40, high=40))
    assert found.each("volunteer_hours", 2050) == [20, 20]
    assert found.together("volunteer_hours", 2050) == pytest.approx(40)


def test_where_residents_said_no_fewer_hours_count_and_groups_go_where_they_are_welcome(toy: Toy) -> None:
    toy.tables["answers"] = pd.DataFrame({"site_id": ["A-1", "A-1"], "answer": ["no", "yes"]})
    found = Found(toy, by_one_school(toy, low=60, central=60, high=60))
    assert found.each("volunteer_hours", 2050) == [10, 20]
    assert found.together("volunteer_hours", 2050) == pytest.approx(
        0.5 * (40 + 20 / 2)
    )  # 40 trees at B, the other 20 at A


def test_hours_of_any_choice_of_sites(toy: Toy) -> None:
    sites = by_one_school(toy, low=60, central=60, high=60)
    found = Found(toy, sites)
    able = volunteers(sites, found.effects.around, Access(toy.layers, toy.study(), toy.figures))
    assert able is not None
    assert able.hours() == pytest.approx(found.together("volunteer_hours", 2050))
    assert able.hours(np.array([True, False])) == pytest.approx(20)
    assert able.hours(np.array([False, False])) == 0
    del toy.tables["community_places"]
    assert volunteers(sites, found.effects.around, Access(toy.layers, toy.study(), toy.figures)) is None


def test_residents_near_two_woods_make_so_many_visits_in_all(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(450, 450), "farmland", "F1"))
    toy.tables["residents"] = toy.tables["residents"].assign(residents=[30.0, 20.0, 0.0])
    homes(toy, (500, 500))  # 30 residents near both woods of the west; 20 near the third
    sites = planted(block(400, 450), block(510, 450), block(1450, 450, 20, 20))
    found = Found(toy, sites)
    assert found.each("visits", 2050) == pytest.approx([150, 150, 6], rel=1e-3)  # 1 ha × 150; 30 × 5; 0.04 ha × 150
    assert found.together("visits", 2050) == pytest.approx(150 + 6, rel=1e-3)
    assert found.together("visits", 2050, "low") == pytest.approx(2 * 30 + 0.04 * 75, rel=1e-3)
    assert found.together("visits", 2032) == pytest.approx((150 + 150 + 6) * 5 / 15, rel=1e-3)  # 100 are fewer than 150


# ---------------------------------------------------------------- any sites of the demo


@pytest.fixture(scope="module")
def access(demo_plan: Plan) -> Access:
    return Access(demo_plan.layers, demo_plan.study, demo_plan.figures)


def demo_joint(plan: Plan, access: Access, sites: gpd.GeoDataFrame) -> dict[str, Any]:
    assert plan.effects is not None
    canopy_pct = plan.neighbourhoods.set_index("lsoa21_code")["canopy_pct"]
    return measure_joint(sites, plan.effects, access, canopy_pct=canopy_pct)


def rows_of(effects: Effects, sites: gpd.GeoDataFrame) -> np.ndarray:
    return pd.Index(effects.site_ids).get_indexer(sites["site_id"])


def test_what_the_plan_says_of_the_chosen_sites(demo_plan: Plan, access: Access) -> None:
    found = demo_joint(demo_plan, access, demo_plan.chosen)
    for name, values in demo_plan.joint.items():
        np.testing.assert_array_equal(found[name], values)
        assert demo_plan.total(name) is values
    hours = demo_plan.effects.values["volunteer_hours"][1, 0, rows_of(demo_plan.effects, demo_plan.chosen)].sum()
    assert 0 < demo_plan.joint["volunteer_hours"][1, 0] < hours
    told = demo_plan.record()["together"]["residents_cooled"]["2050"][1]
    assert told == pytest.approx(demo_plan.joint["residents_cooled"][1, demo_plan.effects.years.index(2050)], abs=0.1)
    with pytest.raises(ValueError, match="visits of several sites is no sum"):
        demo_plan.effects.total("visits", demo_plan.chosen["site_id"])


def test_one_site_comes_to_what_it_does(demo_plan: Plan, access: Access) -> None:
    effects = demo_plan.effects
    for row in range(0, len(demo_plan.sites), 40):
        site = demo_plan.sites.iloc[[row]]
        for name, values in demo_joint(demo_plan, access, site).items():
            own = effects.values[name][:, :, rows_of(effects, site)[0]]
            np.testing.assert_allclose(values, own, rtol=1e-6, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("count", [2, 20, 120])
def test_any_sites_come_to_no_more_than_their_sum_and_to_no_less_with_one_more(
    demo_plan: Plan, access: Access, count: int
) -> None:
    draw = np.random.default_rng(count)
    sites = demo_plan.sites.iloc[draw.choice(len(demo_plan.sites), count, replace=False)]
    found = demo_joint(demo_plan, access, sites)
    turned = demo_joint(demo_plan, access, sites.iloc[::-1])
    fewer = demo_joint(demo_plan, access, sites.iloc[1:])
    for name, values in found.items():
        np.testing.assert_array_equal(values, turned[name], err_msg=name)
        total = demo_plan.effects.values[name][:, :, rows_of(demo_plan.effects, sites)].sum(axis=2)
        if name not in ACT_TOGETHER:
            assert not (values > total * (1 + 1e-6) + 1e-6).any(), name  # NaN is neither
        assert not (values < fewer[name] * (1 - 1e-6) - 1e-6).any(), name
        assert not (np.diff(values, axis=0) < -1e-6 * np.abs(values[1])).any(), f"{name}: low, central, high"


# ---------------------------------------------------------------- real places


@pytest.mark.realdata
def test_real_residents_of_several_sites_as_shapely_counts_them(real_plan: Callable[[str], Plan]) -> None:
    plan = real_plan("trafford")
    assert plan.effects is not None
    at = plan.effects.years.index(plan.study.horizon_year)
    access = Access(plan.layers, plan.study, plan.figures)
    ground, homes_ = shapely.union_all(plan.chosen.geometry.to_numpy()), access.everybody
    points = shapely.points(homes_["easting"], homes_["northing"])
    near = homes_["residents"].to_numpy()[shapely.dwithin(ground, points, 150.0)].sum()
    assert plan.total("residents_cooled")[1, at] == pytest.approx(near)
    rows = rows_of(plan.effects, plan.chosen)
    for name in set(JOINT) - ACT_TOGETHER:
        assert plan.total(name)[1, at] <= plan.effects.values[name][1, at, rows].sum() * (1 + 1e-6), name
    assert near < 0.9 * plan.effects.values["residents_cooled"][1, at, rows].sum()
