"""How far homes are from green space: by hand in the toy town, and for everybody in Trafford."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tests.toy import CODES, Toy, block, ground, line, open_land, parks, point, table
from treeplan.access import (
    Access,
    _area_in_cells,
    at_least,
    count_within,
    entrances,
    joined,
    known_reach,
    nearest_m,
    within,
)
from treeplan.coefficients import figures
from treeplan.layers import Layers, load_layers
from treeplan.study import load_study

ROOT = Path(__file__).resolve().parents[1]
EVERYWHERE = block(-50_000, -50_000, 100_000, 100_000)


def living_at(toy: Toy, east_m: float, north_m: float) -> None:
    """All residents of each neighbourhood at one point of it."""
    places = [point(1000 * k + east_m, north_m) for k in range(3)]
    toy.tables["centroids"] = table(places, lsoa21_code=CODES)


def access(toy: Toy, *covered: str, **people: object) -> Access:
    layers = Layers(toy.layers.area, toy.tables, [], [], {}, dict.fromkeys(covered, EVERYWHERE))
    return Access(layers, toy.study(people=people), toy.figures)


def test_a_walk_to_the_edge_is_the_straight_line_times_the_detour(toy: Toy) -> None:
    living_at(toy, 300, 500)
    found = access(toy).green_walks(1)
    assert found["straight_m"].tolist() == pytest.approx([150, 150, 150])  # the parks begin at 450
    assert found["walk_m"].tolist() == pytest.approx([195, 195, 195])
    assert set(found["method"]) == {"straight line × 1.3"}


def test_a_space_with_gates_is_entered_there_and_another_at_its_edge(toy: Toy) -> None:
    living_at(toy, 300, 500)
    toy.tables["access_points"] = table([point(552, 500), point(700, 500)])  # 2 m off P1, and one on no park
    assert access(toy).green_walks(1)["straight_m"].tolist() == pytest.approx([252, 150, 150])


def test_green_space_that_is_too_small_does_not_count_nor_do_its_gates(toy: Toy) -> None:
    living_at(toy, 300, 500)
    small = ground(block(290, 490, 20, 20), ground_id="S")
    toy.tables["open_land"] = open_land(small, *parks().to_dict("records"))
    toy.tables["access_points"] = table([point(310, 500)])
    study = access(toy)
    assert study.green_walks(1)["straight_m"].iloc[0] == pytest.approx(150)
    assert study.green_walks(0.01)["straight_m"].iloc[0] == 0  # the homes are in it
    assert np.isinf(study.green_walks(1.5)["walk_m"]).all()


def test_a_golf_course_is_no_public_green(toy: Toy) -> None:
    living_at(toy, 300, 500)
    toy.tables["open_land"] = open_land(
        ground(block(200, 400, 90, 200), "golf"), ground(block(400, 400, 100, 100), "playing_field")
    )
    assert access(toy).green_walks(1)["straight_m"].iloc[0] == pytest.approx(100)


def test_two_halves_of_a_park_are_one(toy: Toy) -> None:
    living_at(toy, 300, 500)
    toy.tables["open_land"] = open_land(
        ground(block(450, 450, 60, 100)), ground(block(500, 450, 50, 100), "play_space")
    )
    study = access(toy)
    assert shapely.area(study.green).tolist() == pytest.approx([10_000])
    assert study.green_walks(1)["straight_m"].iloc[0] == pytest.approx(150)


def test_a_way_round_is_longer_than_the_straight_line(toy: Toy) -> None:
    living_at(toy, 300, 500)
    way = line((300, 500), (300, 700), (500, 700), (500, 550))  # 200 + 200 + 150 m, to the north side of P1
    toy.tables["walkways"] = table([way])
    toy.tables["access_points"] = table([point(500, 550)])
    found = access(toy, "walkways").green_walks(1)
    assert found["straight_m"].iloc[0] == pytest.approx(np.hypot(200, 50))
    assert found["walk_m"].iloc[0] == pytest.approx(550)
    assert found["method"].tolist() == ["network", "straight line × 1.3", "straight line × 1.3"]
    del toy.tables["access_points"]
    assert access(toy, "walkways").green_walks(1)["walk_m"].iloc[0] == pytest.approx(
        540
    )  # a way within 10 m of the edge
    assert set(access(toy, straight_line=True).green_walks(1)["method"]) == {"straight line × 1.3"}


def test_where_a_map_ends_nothing_near_is_no_proof(toy: Toy) -> None:
    living_at(toy, 300, 500)
    assert access(toy).seen("open_land", 290).tolist() == [True, True, True]
    assert access(toy).seen("open_land", 310).tolist() == [False, True, True]  # 300 m from the western border
    assert access(toy, "open_land").seen("open_land", 900).all()
    toy.tables["open_land"] = open_land(*parks().to_dict("records"), ground(block(-300, 500)))
    assert access(toy).seen("open_land", 310).all()  # the map goes on for 150 m or more


def test_how_far_a_map_goes_beyond_the_border_is_told_from_what_it_holds(toy: Toy) -> None:
    toy.tables["woodland"] = table([block(0, 0), block(-620, 0)])
    reach = known_reach(toy.layers, toy.study(), "woodland")
    assert shapely.distance(reach, point(-450, 500)) == pytest.approx(0)
    assert shapely.distance(reach, point(-550, 500)) == pytest.approx(50, abs=1)
    toy.tables["woodland"] = table([block(0, 0), block(-9000, 0)])
    assert known_reach(toy.layers, toy.study(), "woodland").bounds[0] == pytest.approx(block(-4000, 0).bounds[0])


def test_everybody_shares_the_green_within_their_walk(toy: Toy) -> None:
    # 1,000 people 40 m from a park of a hectare; the next park is 1 km off, beyond the walk.
    living_at(toy, 410, 500)
    supply, known = access(toy, "open_land", "neighbourhoods").green_m2()
    assert supply.tolist() == pytest.approx([10, 10, 10])
    assert known.all()
    assert not access(toy).green_m2()[1].any()  # who lives across the border is not known


def test_green_space_in_the_cells_of_a_grid_adds_up() -> None:
    shapes = np.array([block(0, 0, 95, 33).union(block(10, 20, 30, 77)), block(203, 7, 4, 4)], dtype=object)
    west, south, *_ = shapely.total_bounds(shapes)
    area = _area_in_cells(shapes, (10, 20), rasterio.Affine(20, 0, west - 31, 0, -20, south + 171))
    assert area.sum() == pytest.approx(shapely.area(shapes).sum())
    assert 0 <= area.min() <= area.max() <= 400
    assert not _area_in_cells(shapes[:0], (3, 3), rasterio.Affine.identity()).any()


def test_a_mean_is_stated_where_nearly_all_is_known(toy: Toy) -> None:
    toy.tables["centroids"] = table(
        [point(100, 500), point(500, 500), point(1500, 500), point(2500, 500)],
        oa21_code=[f"E0000000{k}" for k in range(4)],
    )
    toy.tables["output_areas"] = pd.DataFrame(
        {"oa21_code": [f"E0000000{k}" for k in range(4)], "residents": [40.0, 960.0, 500.0, 500.0]}
    )
    toy.tables["output_area_lookup"] = pd.DataFrame(
        {"oa21_code": [f"E0000000{k}" for k in range(4)], "lsoa21_code": [CODES[0], *CODES]}
    )
    study = access(toy)
    assert len(study.homes) == 4
    value, known = np.array([900.0, 100, 200, 300]), np.array([False, True, True, False])
    found = study.mean(value, known)
    assert found.iloc[:2].tolist() == pytest.approx([100, 200])  # 4 % of the first are unknown
    assert np.isnan(found.iloc[2])
    share = study.share_pct(value > 150, np.ones(4, dtype=bool))
    assert share.tolist() == pytest.approx([4, 100, 100])


def test_what_was_measured_how_is_said(toy: Toy, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "treeplan.access")
    living_at(toy, 300, 500)
    assert len(access(toy).to_green) == 3
    assert [r.message for r in caplog.records] == [
        "access: the walk of 3000 residents to green space is 195 m on average (straight line × 1.3), the straight line 150 m"
    ]


def test_woods_parted_by_a_ride_are_one() -> None:
    shapes = np.array([block(0, 0), block(115, 0), block(300, 0), point(0, 0)], dtype=object)
    assert shapely.area(joined(shapes)).tolist() == pytest.approx([10_000] * 3)
    woods = joined(shapes, gap_m=20)
    assert shapely.area(woods).tolist() == pytest.approx([20_000, 10_000])
    assert len(at_least(woods, 1.5)) == 1


squares = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=12)


@given(corners=squares, gap_m=st.sampled_from([0.0, 5.0, 25.0]))
def test_joining_keeps_the_ground_and_parts_what_is_apart(corners: list[tuple[int, int]], gap_m: float) -> None:
    shapes = np.array([block(10 * e, 10 * n, 20, 20) for e, n in corners], dtype=object)
    found = joined(shapes, gap_m)
    assert shapely.area(found).sum() == pytest.approx(shapely.union_all(shapes).area)
    assert joined(shapes[::-1].copy(), gap_m).tolist() == found.tolist()
    for k, shape in enumerate(found):
        others = np.delete(found, k)
        assert not len(others) or shapely.distance(shape, others).min() >= gap_m


def test_nearest_and_within_and_count() -> None:
    points = np.array([point(0, 0), point(100, 0)], dtype=object)
    things = np.array([point(30, 0), point(0, 40), point(60, 0)], dtype=object)
    none = np.array([], dtype=object)
    assert nearest_m(points, things).tolist() == pytest.approx([30, 40])
    assert within(points, things, 35).tolist() == [True, False]
    assert count_within(points, things, 40).tolist() == [2, 1]
    assert np.isinf(nearest_m(points, none)).all()
    assert not within(points, none, 1e9).any()
    assert count_within(points, none, 1e9).tolist() == [0, 0]
    assert nearest_m(none, things).tolist() == []


def test_without_spaces_or_points_there_are_no_entrances() -> None:
    none = np.array([], dtype=object)
    space = np.array([block(0, 0)], dtype=object)
    assert len(entrances(none, space, 5)[0]) == len(entrances(space, none, 5)[0]) == 0
    assert entrances(space, none, 5)[1].tolist() == [False]


@pytest.mark.realdata
def test_everybody_in_trafford_has_a_distance_to_green_space(data: Path) -> None:
    study = load_study(ROOT / "studies" / "trafford.toml")
    trafford = Access(load_layers(study), study, figures({}))
    walked, people = trafford.to_green, trafford.homes["residents"].to_numpy(dtype=float)
    assert people.sum() == pytest.approx(235_049)
    assert set(walked["method"]) == {"straight line × 1.3"}
    assert np.isfinite(walked["straight_m"]).all()
    # Public green space of 1 ha or more within Trafford, by its access points; what lies across the border is not known.
    assert np.average(walked["straight_m"], weights=people) == pytest.approx(374.7, abs=0.1)
    assert 100 * people[walked["straight_m"] <= 300].sum() / people.sum() == pytest.approx(44.07, abs=0.01)
    assert 100 * people[walked["walk_m"] <= 300].sum() / people.sum() == pytest.approx(31.68, abs=0.01)
    gates, gated = entrances(at_least(trafford.green, 1), trafford.layers.shapes("access_points"), 5)
    assert (len(gates), int(gated.sum()), len(gated)) == (430, 77, 77)
