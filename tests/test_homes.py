"""Where residents live: nobody is lost, whichever way they are placed."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.toy import CODES, Toy, block, line, point, road, roads, table
from treeplan.coefficients import COEFFICIENTS
from treeplan.errors import DataError, StudyError
from treeplan.homes import WAYS, place_residents, residents_in, tell_homes
from treeplan.layers import load_layers
from treeplan.study import load_study

ROOT = Path(__file__).resolve().parents[1]


def placed(toy: Toy, **people: Any) -> pd.DataFrame:
    return place_residents(toy.layers, toy.study(people=people), toy.figures)


def first(points: pd.DataFrame) -> pd.DataFrame:
    return points[points["lsoa21_code"] == CODES[0]]


def street(toy: Toy, *ends: tuple[float, float], **facts: Any) -> None:
    """A street in the first neighbourhood, and motorways at the corners of the town, so that roads are mapped all over it."""
    corners = [
        road(line((0, 0), (1, 1)), highway="motorway"),
        road(line((2999, 999), (3000, 1000)), highway="motorway"),
    ]
    toy.tables["roads"] = roads(road(line(*ends), **facts), *corners)


def centroids(toy: Toy, *places: tuple[str, float, float], code: str = "lsoa21_code") -> None:
    toy.tables["centroids"] = table([point(e, n) for _, e, n in places], **{code: [c for c, *_ in places]})


def test_nobody_is_lost_when_residents_are_placed(toy: Toy) -> None:
    points = placed(toy)
    assert points.groupby("lsoa21_code")["residents"].sum().to_dict() == pytest.approx(dict.fromkeys(CODES, 1000.0))
    assert len(points) == 3 * 20 * 20  # a point every 50 m over a square kilometre
    assert set(points["method"]) == {"even"}


def test_residents_live_in_homes_by_floor_area(toy: Toy) -> None:
    corners = [block(0, 0, 100, 100), block(900, 900, 100, 100)]
    toy.tables["buildings"] = table(corners, building=["house", "house"], levels=[0.0, 3.0])  # no storey is one storey
    points = placed(toy)
    assert first(points)["residents"].tolist() == pytest.approx([250, 750])
    assert set(points["method"]) == {"buildings", "even"}


def test_a_few_mapped_homes_do_not_hold_everybody(toy: Toy) -> None:
    corners = [block(0, 0, 10, 10), block(990, 990, 10, 10)]
    toy.tables["buildings"] = table(corners, building=["house", "house"], levels=[1.0, 3.0])
    assert set(placed(toy)["method"]) == {"even"}  # 400 m2 of floor for 1,000 people


def test_how_much_floor_people_need_is_the_study_s_to_say(toy: Toy) -> None:
    toy.own(home_least_floor_m2=0.4)
    corners = [block(0, 0, 10, 10), block(990, 990, 10, 10)]
    toy.tables["buildings"] = table(corners, building=["house", "house"], levels=[1.0, 3.0])
    assert first(placed(toy))["method"].tolist() == ["buildings"] * 2


def test_residents_live_along_their_streets_by_length(toy: Toy) -> None:
    street(toy, (100, 500), (600, 500))
    points = first(placed(toy))
    assert len(points) == 20  # 500 m in parts of 25 m
    assert points["residents"].tolist() == pytest.approx([50.0] * 20)
    assert points["easting"].iloc[0] - shapely.get_x(point(100, 0)) == pytest.approx(12.5)
    assert set(points["method"]) == {"streets"}


def test_nobody_lives_on_a_main_road_or_on_a_stub_of_a_street(toy: Toy) -> None:
    street(toy, (100, 500), (600, 500), highway="primary")
    assert set(placed(toy)["method"]) == {"even"}
    street(toy, (100, 500), (350, 500))  # 250 m of street for 1,000 people
    assert set(placed(toy)["method"]) == {"even"}


def test_a_street_over_the_border_houses_people_on_either_side(toy: Toy) -> None:
    street(toy, (500, 500), (2000, 500))
    points = placed(toy)
    assert points.groupby(["lsoa21_code", "method"])["residents"].sum().to_dict() == pytest.approx(
        {(CODES[0], "streets"): 1000.0, (CODES[1], "streets"): 1000.0, (CODES[2], "even"): 1000.0}
    )


def test_streets_that_are_mapped_in_a_part_do_not_say_where_people_live(toy: Toy) -> None:
    toy.tables["roads"] = roads(road(line((100, 500), (600, 500))))
    assert set(placed(toy)["method"]) == {"even"}


def test_homes_go_before_streets_and_streets_before_centroids(toy: Toy) -> None:
    street(toy, (0, 500), (2000, 500))
    toy.tables["buildings"] = table([block(0, 0), block(900, 900)], building=["house"] * 2, levels=[2.0, 2.0])
    centroids(toy, (CODES[1], 1400, 300), (CODES[2], 2400, 300))
    points = placed(toy)
    assert points.groupby("lsoa21_code")["method"].first().to_dict() == dict(
        zip(CODES, ["buildings", "streets", "centroids"], strict=True)
    )
    for way in WAYS:
        assert way in set(placed(toy, homes=way)["method"]) <= {way, "even"}
    assert set(placed(toy, homes="even")["method"]) == {"even"}


def test_a_way_that_the_study_has_no_layer_for_is_told(toy: Toy) -> None:
    with pytest.raises(StudyError, match=r'homes = "streets", but the study has no roads'):
        placed(toy, homes="streets")


def test_centroids_of_2011_follow_their_residents_to_2021(toy: Toy) -> None:
    # The first neighbourhood was two in 2011, with 300 and 100 people; the others were one, whose centroid lies in the second.
    toy.tables["lsoa_lookup"] = pd.DataFrame(
        {"lsoa11_code": ["E01000011", "E01000012", "E01000013", "E01000013"], "lsoa21_code": [CODES[0], *CODES]}
    )
    places = [("E01000011", 200, 200), ("E01000012", 800, 800), ("E01000013", 1500, 500), ("E01000500", 9000, 0)]
    centroids(toy, *places, code="lsoa11_code")
    assert first(placed(toy))["residents"].tolist() == pytest.approx([500, 500])
    toy.tables["ages"] = pd.DataFrame(
        {"lsoa11_code": ["E01000011", "E01000012", "E01000013"], "residents": [300.0, 100.0, 900.0]}
    )
    points = placed(toy)
    assert first(points)["residents"].tolist() == pytest.approx([750, 250])
    ways = points.groupby("lsoa21_code")["method"].first()
    assert ways[CODES[1]] == "centroids"
    assert ways[CODES[2]] == "even"  # the only centroid it has lies in its neighbour
    assert points["residents"].sum() == pytest.approx(3000)


def test_centroids_of_2011_need_the_lookup(toy: Toy) -> None:
    centroids(toy, ("E01000011", 200, 200), code="lsoa11_code")
    with pytest.raises(StudyError, match="no lookup to those of 2021"):
        placed(toy)


def output_areas(toy: Toy) -> None:
    """Two output areas in the first neighbourhood, with 100 and 300 people; one in each of the others."""
    codes = ["E00000001", "E00000002", "E00000003", "E00000004"]
    places = [(100, 100), (900, 900), (1500, 500), (2500, 500)]
    centroids(toy, *((c, *p) for c, p in zip(codes, places, strict=True)), code="oa21_code")
    toy.tables["output_areas"] = pd.DataFrame({"oa21_code": codes, "residents": [100.0, 300.0, 400.0, 400.0]})
    toy.tables["output_area_lookup"] = pd.DataFrame({"oa21_code": codes, "lsoa21_code": [CODES[0], *CODES]})


def test_output_areas_share_out_the_residents_of_their_neighbourhood(toy: Toy) -> None:
    output_areas(toy)
    points = placed(toy)
    assert points["residents"].tolist() == pytest.approx([250, 750, 1000, 1000])
    assert set(points["method"]) == {"centroids"}


def test_output_areas_of_the_study_that_are_missing_are_told(toy: Toy) -> None:
    output_areas(toy)
    toy.tables["output_areas"] = toy.tables["output_areas"].iloc[1:]
    with pytest.raises(DataError, match="1 of the 4 output areas of the study are missing"):
        placed(toy)
    del toy.tables["output_areas"]
    with pytest.raises(StudyError, match="no residents by output area"):
        placed(toy)


def test_who_is_placed_which_way_and_who_cannot_be_is_said_once(toy: Toy, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "treeplan.homes")
    centroids(toy, (CODES[0], 500, 500), (CODES[1], 1500, 1060))
    study = toy.study(people={"homes": "centroids"})
    tell_homes(place_residents(toy.layers, study, toy.figures), toy.layers, study, toy.figures)
    assert [r.message for r in caplog.records] == [
        "homes: 1,000 residents at centroids, 2,000 residents spread evenly",
        '[people] homes = "centroids": there are none of these, or too few, in 2 neighbourhoods; the 2000 residents there are spread evenly.',
        "centroids: of 1 neighbourhood they lie outside the borders (more than 50 m off), e.g. E01000002; the 1000 residents there "
        "are spread evenly.",
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(st.integers(0, 9_000), min_size=3, max_size=3).filter(any),
    homes=st.lists(st.tuples(st.floats(0, 2990), st.floats(0, 990)), max_size=6),
    ends=st.lists(st.tuples(st.floats(-200, 3200), st.floats(-200, 1200)), min_size=2, max_size=5, unique=True),
    middles=st.lists(st.tuples(st.floats(-500, 3500), st.floats(-500, 1500)), min_size=3, max_size=3),
    way=st.sampled_from([None, "buildings", "streets", "centroids", "even"]),
)
def test_residents_add_up_to_the_person_whatever_is_mapped(
    people: list[int],
    homes: list[tuple[float, float]],
    ends: list[tuple[float, float]],
    middles: list[tuple[float, float]],
    way: str | None,
) -> None:
    toy = Toy()
    toy.tables["residents"] = pd.DataFrame({"lsoa21_code": CODES, "residents": np.array(people, dtype=float)})
    toy.tables["buildings"] = table(
        [block(e, n, 100, 100) for e, n in [(0, 0), (2990, 990), *homes]],
        building=["house"] * (len(homes) + 2),
        levels=2.0,
    )
    street(toy, *ends)
    centroids(toy, *((c, e, n) for c, (e, n) in zip(CODES, middles, strict=True)))
    points = placed(toy, homes=way)
    assert points.groupby("lsoa21_code")["residents"].sum().reindex(CODES).tolist() == pytest.approx(people)
    assert (points["residents"] >= 0).all()
    shuffled = Toy(dict(toy.tables))
    for layer in ("neighbourhoods", "buildings", "roads", "centroids"):
        shuffled.tables[layer] = toy.tables[layer].iloc[::-1].reset_index(drop=True)
    pd.testing.assert_frame_equal(placed(shuffled, homes=way), points)


def test_a_census_that_counts_nobody_is_told(toy: Toy) -> None:
    toy.tables["residents"] = toy.tables["residents"].assign(residents=0.0)
    with pytest.raises(DataError, match="counts nobody: it holds 0 for the study's 3 neighbourhoods"):
        residents_in(toy.layers)


def test_a_neighbourhood_without_residents_is_told(toy: Toy) -> None:
    toy.tables["residents"] = toy.tables["residents"].iloc[:2]
    with pytest.raises(DataError, match=CODES[2]):
        placed(toy)


@pytest.mark.realdata
def test_everybody_in_south_yorkshire_lives_at_a_centroid_or_evenly(data: Path) -> None:
    study = load_study(ROOT / "studies" / "south_yorkshire.toml")
    points = place_residents(load_layers(study), study, COEFFICIENTS)
    assert points["residents"].sum() == pytest.approx(1_374_978, abs=1e-6)
    # Seven parts of neighbourhoods that were split since 2011 do not hold the centroid of the whole.
    assert points.groupby("method")["lsoa21_code"].nunique().to_dict() == {"centroids": 853, "even": 7}
