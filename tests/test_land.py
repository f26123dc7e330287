"""Land: what is taken, by what, and that every square metre is accounted for."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.toy import Toy, block, ground, line, open_land, point, table
from treeplan.constraints import CONSTRAINTS, declared_constraints
from treeplan.errors import StudyError
from treeplan.land import Land, free_land


def free(toy: Toy, **changes: Any) -> Land:
    return free_land(toy.layers, toy.study(**changes), toy.figures)


def left(land: Land, ground_id: str = "P1") -> float:
    return float(land.grounds.set_index("ground_id").geometry[ground_id].area)


def test_a_building_takes_its_clearance_from_the_land(toy: Toy) -> None:
    toy.tables["buildings"] = table([block(350, 350)], building=["house"], levels=[2.0])
    land = free(toy, constraints={"building": {"keep_off_m": 10}})
    quarter_circle = math.pi * 10**2 / 4  # the house touches the corner of park P1
    assert left(land) == pytest.approx(100**2 - quarter_circle, rel=1e-3)


def test_a_constraint_can_be_switched_off(toy: Toy) -> None:
    toy.tables["sssi"] = table([block(450, 450)])
    assert left(free(toy)) == 0
    assert left(free(toy, constraints={"sssi": {"use": False}})) == pytest.approx(10_000)


def test_an_own_constraint_takes_land_and_gives_its_reason(toy: Toy) -> None:
    toy.tables["own:meadows"] = table([block(450, 450, 50, 100)])
    own = {"meadows": {"path": "meadows.gpkg", "class": "excluded", "reason": "species-rich meadow"}}
    land = free(toy, constraints=own)
    assert left(land) == pytest.approx(5_000)
    assert land.taken["reason"].tolist() == ["species-rich meadow"]


def test_a_soft_constraint_takes_nothing(toy: Toy) -> None:
    toy.tables["conservation_areas"] = table([block(450, 450)])
    land = free(toy)
    assert left(land) == pytest.approx(10_000)
    assert list(land.soft) == ["conservation_area"]


def test_a_power_line_takes_a_strip_of_twice_its_distance(toy: Toy) -> None:
    toy.tables["power_lines"] = table([line((0, 500), (1000, 500))])
    assert left(free(toy)) == pytest.approx(100 * (100 - 2 * 20))


def test_a_road_takes_its_own_width(toy: Toy) -> None:
    toy.tables["roads"] = table([line((0, 500), (1000, 500))], width_m=[6.0])
    assert left(free(toy)) == pytest.approx(100 * (100 - 6))


def test_a_tree_takes_its_crown(toy: Toy) -> None:
    toy.tables["trees"] = table([point(500, 500)])
    crown = toy.figures["crown_now_m"].central
    assert left(free(toy)) == pytest.approx(10_000 - math.pi * (crown / 2) ** 2, rel=1e-3)


def test_a_pitch_inside_a_park_and_its_run_off_are_taken(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(
        ground(block(450, 450), ground_id="P1"), ground(block(490, 490, 20, 20), "playing_field", "F1")
    )
    land = free(toy)
    run_off = 4 * 20 * 5 + math.pi * 5**2
    assert left(land) == pytest.approx(10_000 - 400 - run_off, rel=1e-3)
    assert left(land, "F1") == 0


def test_farmland_is_out_unless_the_study_takes_it_in(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(450, 450), "farmland", "F1"))
    assert left(free(toy), "F1") == 0
    assert left(free(toy, land={"take_in": ["farmland"]}), "F1") == pytest.approx(10_000)


def test_best_farmland_is_kept_for_food_but_a_park_on_it_is_not_farmland(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(
        ground(block(450, 450), "farmland", "F1"), ground(block(550, 450), "park", "P1")
    )
    toy.tables["farmland_class"] = table([block(0, 0, 3000, 1000)], grade=["Grade 2"])
    land = free(toy, land={"take_in": ["farmland"]})
    assert (left(land, "F1"), left(land, "P1")) == (0, pytest.approx(10_000))


def test_what_lies_on_a_golf_course_goes_with_it(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(450, 450), "golf", "G1"), ground(block(500, 450), "park", "P1"))
    assert left(free(toy), "P1") == pytest.approx(5_000)
    assert left(free(toy, land={"take_in": ["golf"]}), "P1") == pytest.approx(10_000)


def test_only_the_edge_of_a_sports_facility_is_left(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(450, 450), "other_sports", "S1"))
    assert left(free(toy), "S1") == pytest.approx(100**2 - 80**2)


def test_two_maps_of_one_park_count_it_once(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(450, 450), ground_id="A"), ground(block(450, 450), ground_id="B"))
    land = free(toy)
    assert (land.mapped_m2, land.summed_m2) == (pytest.approx(10_000), pytest.approx(20_000))
    assert len(land.grounds) == 1


def test_land_beyond_the_study_area_does_not_count(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(
        ground(block(2950, 450), ground_id="A"), ground(block(3200, 450), ground_id="B")
    )
    land = free(toy)
    assert land.mapped_m2 == pytest.approx(50 * 100)


def test_every_square_metre_goes_to_one_place(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(
        ground(block(450, 450), ground_id="P1"),
        ground(block(500, 500), "playing_field", "F1"),
        ground(block(1450, 450), "golf", "G1"),
    )
    toy.tables["buildings"] = table([block(455, 455, 20, 20)], building=["yes"], levels=[1.0])
    toy.tables["power_lines"] = table([line((0, 520), (3000, 520))])
    toy.tables["woodland"] = table([block(440, 440, 40, 40)])
    land = free(toy)
    taken = land.taken.groupby("ground_id")["area_m2"].sum()
    for row in land.grounds.itertuples():
        assert row.geometry.area + taken.get(row.ground_id, 0) == pytest.approx(row.area_m2, abs=1e-6)
    assert land.grounds["area_m2"].sum() == pytest.approx(land.mapped_m2)


def test_an_unnamed_ground_is_called_by_its_grid_reference(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(450, 450)), ground(block(450, 450), "tennis"))
    assert free(toy).grounds["ground_id"].tolist() == ["SK40509050"]  # the park lies wholly under the courts


def test_the_id_of_a_ground_does_not_hang_on_other_land(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(450, 450)))
    alone = set(free(toy).grounds["ground_id"])
    toy.tables["open_land"] = open_land(
        ground(block(100, 100)), ground(block(450, 450)), ground(block(480, 440, 30, 30), "tennis")
    )
    assert alone <= set(free(toy).grounds["ground_id"])


@pytest.mark.parametrize("shape", [point(500, 500), line((0, 500), (1000, 500))])
def test_a_point_or_line_that_keeps_no_distance_is_told(toy: Toy, shape: Any) -> None:
    toy.tables["own:badgers"] = table([shape])
    own = {"badgers": {"path": "badgers.gpkg", "class": "excluded", "reason": "badger sett"}}
    with pytest.raises(StudyError, match="badger sett"):
        free(toy, constraints=own)


def test_two_sources_may_use_one_id(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(
        ground(block(100, 100), ground_id="X"),
        ground(block(300, 100), ground_id="X"),
        ground(block(500, 100), ground_id="Xb"),
    )
    assert sorted(free(toy).grounds["ground_id"]) == ["X", "Xb", "Xc"]


def test_no_ground_inside_the_study_is_no_error(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(3200, 450), ground_id="A"))
    land = free(toy)
    assert (len(land.grounds), land.mapped_m2) == (0, 0)


@pytest.mark.parametrize(
    ("constraints", "said"),
    [
        ({"bulding": {"keep_off_m": 3}}, "none of treeplan's"),
        ({"mine": {"path": "x.gpkg", "class": "excluded"}}, "needs path, class and reason"),
        ({"building": {"path": "x.gpkg"}}, "takes no path"),
    ],
)
def test_a_constraint_that_makes_no_sense_is_told(toy: Toy, constraints: dict[str, Any], said: str) -> None:
    with pytest.raises(StudyError, match=said):
        declared_constraints(toy.study(constraints=constraints))


def test_every_constraint_has_a_reason_and_a_source() -> None:
    assert all(c.reason and c.source and c.class_ for c in CONSTRAINTS.values())
