"""Streets: junctions, the strips along kerbs that may hold tree pits, and where each tree stands."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import geopandas as gpd
import pytest
import shapely

from tests.toy import Toy, block, line, road, roads, table
from treeplan import streets
from treeplan.streets import footways, junctions, pits, stretches, tree_places


def test_three_arms_make_a_junction_and_two_do_not(toy: Toy) -> None:
    toy.tables["roads"] = roads(
        road(line((0, 500), (500, 500))), road(line((500, 500), (1000, 500))), road(line((500, 500), (500, 900)))
    )
    found = junctions(toy.layers)
    assert found["kind"].tolist() == ["road"]
    assert found.geometry.iloc[0].equals(shapely.Point(440_500, 390_500))
    toy.tables["roads"] = toy.tables["roads"].iloc[:2]
    assert junctions(toy.layers).empty


def test_a_side_street_that_meets_the_middle_of_a_road_makes_a_junction(toy: Toy) -> None:
    toy.tables["roads"] = roads(road(line((0, 500), (500, 500), (1000, 500))), road(line((500, 500), (500, 900))))
    assert junctions(toy.layers)["kind"].tolist() == ["road"]


def test_a_drive_makes_only_a_side_access(toy: Toy) -> None:
    toy.tables["roads"] = roads(
        road(line((0, 500), (500, 500), (1000, 500))), road(line((500, 500), (500, 900)), highway="service")
    )
    assert junctions(toy.layers)["kind"].tolist() == ["service"]


def strip(toy: Toy, **facts: Any) -> gpd.GeoDataFrame:
    toy.tables["roads"] = roads(road(line((0, 500), (100, 500)), width_m=6, **facts))
    return footways(toy.layers, toy.figures)


def test_a_footway_wide_enough_holds_a_strip_half_a_metre_from_the_kerb(toy: Toy) -> None:
    found = strip(toy, footway="both", footway_width_left_m=4.0, footway_width_right_m=2.0)
    assert found["ground_id"].tolist() == ["way-1-L"]  # 2.0 m is under 0.5 + 1.0 + 1.6
    _, south, _, north = found.total_bounds
    assert (south - 390_000, north - 390_000) == (pytest.approx(503.5), pytest.approx(504.5))
    assert found.area.iloc[0] == pytest.approx(100)
    assert found["name"].tolist() == ["Mill Street, north side"]


@pytest.mark.parametrize(
    ("facts", "sides"),
    [
        ({"footway": "right", "footway_width_left_m": 4.0, "footway_width_right_m": 4.0}, ["way-1-R"]),
        ({"footway": "none", "footway_width_left_m": 4.0}, []),
        ({"footway": "both", "footway_width_left_m": 3.1, "footway_width_right_m": 3.0}, ["way-1-L"]),
        ({"footway": "both", "footway_width_left_m": 4.0, "bridge": True}, []),
        ({"footway": "both", "footway_width_left_m": 4.0, "highway": "trunk"}, []),
        ({"footway": None, "verge_width_m": 1.1}, ["way-1-L", "way-1-R"]),
        ({"footway": None, "verge_width_m": 1.0}, []),
    ],
)
def test_which_sides_may_hold_trees(toy: Toy, facts: dict[str, Any], sides: list[str]) -> None:
    assert strip(toy, **facts)["ground_id"].tolist() == sides


@pytest.mark.parametrize("figure", ["pit_setback_m", "pit_side_m", "footway_clear_m"])
def test_a_study_s_own_street_guide_asks_for_more_room(toy: Toy, figure: str) -> None:
    facts = {"footway": "left", "footway_width_left_m": 3.2}
    assert len(strip(toy, **facts)) == 1  # 0.5 + 1.0 + 1.6
    toy.own(**{figure: toy.figures[figure].central + 0.2})
    assert strip(toy, **facts).empty


def test_a_study_s_own_pit_makes_a_wider_strip(toy: Toy) -> None:
    toy.own(pit_side_m=1.5)
    found = strip(toy, footway="left", footway_width_left_m=4.0)
    assert found.area.iloc[0] == pytest.approx(150)


def test_an_unmeasured_footway_counts_only_before_buildings_that_stand_at_it(toy: Toy) -> None:
    toy.tables["buildings"] = table([block(40, 510, 20, 20)], building=["apartments"], levels=[3.0])
    found = strip(toy, footway="both")
    assert found["ground_id"].tolist() == ["way-1-L"]  # nothing stands on the south side
    assert found["doubt"].tolist() == [streets.DOUBT]
    # The building's front is 5.5 m from the far edge of the strip: along it, and round its corners to 12 m.
    west, _, east, _ = found.total_bounds
    assert (west - 440_000, east - 440_000) == (
        pytest.approx(40 - (12**2 - 5.5**2) ** 0.5, abs=0.1),
        pytest.approx(60 + (12**2 - 5.5**2) ** 0.5, abs=0.1),
    )


def test_a_gap_before_a_house_is_its_front_garden(toy: Toy) -> None:
    toy.tables["buildings"] = table([block(40, 510, 20, 20)], building=["house"], levels=[2.0])
    assert strip(toy, footway="both").empty


def test_a_footway_mapped_on_its_own_counts_for_its_side(toy: Toy) -> None:
    toy.tables["paths"] = table([line((0, 505), (100, 505))], footway=["sidewalk"], highway=["footway"], width_m=[2.0])
    toy.tables["buildings"] = table([block(0, 510, 100, 20)], building=["retail"], levels=[3.0])
    assert strip(toy, footway="separate")["ground_id"].tolist() == ["way-1-L"]


def test_without_footway_tags_there_are_no_strips(toy: Toy) -> None:
    toy.tables["roads"] = table([line((0, 500), (100, 500))], name=["A"], width_m=[6.0])
    assert footways(toy.layers, toy.figures).empty


KERB = shapely.LineString([(0, 0), (100, 0)])


@pytest.mark.parametrize(("spacing", "trees"), [(8, 13), (10, 10), (12, 9), (200, 1)])
def test_trees_stand_at_their_spacing(spacing: float, trees: int) -> None:
    places = tree_places(stretches(KERB.buffer(0.5, cap_style="flat"), KERB, 1), spacing)
    assert len(places) == trees  # from 0.5 m to 99.5 m
    assert all(b - a == pytest.approx(spacing) for a, b in pairwise(places))


def test_trees_keep_their_spacing_across_a_gap() -> None:
    free = KERB.buffer(0.5, cap_style="flat") - shapely.box(20, -1, 26, 1)
    places = tree_places(stretches(free, KERB, 1), 10)
    assert min(b - a for a, b in pairwise(places)) >= 10 - 1e-9
    assert not any(19.5 < at < 26.5 for at in places)


def test_a_pit_is_a_square_metre_on_free_ground() -> None:
    free = KERB.buffer(0.5, cap_style="flat") - shapely.box(20, -1, 26, 1)
    squares = pits(KERB, tree_places(stretches(free, KERB, 1), 10), 1)
    assert squares.area == pytest.approx(len(shapely.get_parts(squares)))
    assert free.buffer(0.02).covers(squares)


def test_no_room_for_a_pit_is_no_tree() -> None:
    assert stretches(shapely.box(0, -0.5, 0.9, 0.5), KERB, 1) == []


def test_a_junction_is_as_wide_as_its_widest_road(toy: Toy) -> None:
    toy.tables["roads"] = roads(
        road(line((0, 500), (500, 500), (1000, 500)), width_m=9.0), road(line((500, 500), (500, 900)), width_m=5.0)
    )
    assert junctions(toy.layers)["width_m"].tolist() == [9.0]
