"""Pieces: which type of planting a piece of ground gets, by its use, size, width and surroundings."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from tests.toy import Toy, block, ground, line, open_land, point, road, roads, table
from treeplan.land import free_land
from treeplan.pieces import ISLAND, SMALL, typed_pieces

TAKE_IN = {"take_in": ["farmland", "golf", "brownfield"]}


def pieces(toy: Toy, *grounds: dict[str, Any], **changes: Any) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    toy.tables["open_land"] = open_land(*grounds)
    toy.tables["woodland"] = table([block(2900, 0, 10, 10)])
    study = toy.study(**{"land": TAKE_IN, **changes})
    return typed_pieces(free_land(toy.layers, study, toy.figures), toy.layers, study, toy.figures)


def by_type(found: gpd.GeoDataFrame) -> dict[str, float]:
    return found.groupby("site_type")["area_m2"].sum().round(1).to_dict()


@pytest.mark.parametrize(
    ("use", "width", "height", "kind", "others"),
    [
        ("park", 100, 100, "park", "woodland; tiny_forest; orchard"),
        ("park", 20, 10, "park", "tiny_forest"),
        ("recreation_ground", 50, 30, "park", "woodland; tiny_forest; orchard"),
        ("hospital", 50, 30, "green", "woodland; tiny_forest; orchard"),
        ("grass", 50, 30, "green", "tiny_forest; orchard"),
        ("verge", 100, 3, "street", ""),
        ("farmland", 100, 100, "woodland", "hedgerow; orchard"),
        ("farmland", 100, 3, "hedgerow", ""),
        ("golf", 100, 100, "woodland", "hedgerow"),
        ("brownfield", 40, 30, "woodland", "tiny_forest"),
        ("brownfield", 30, 20, "tiny_forest", ""),
    ],
)
def test_the_type_follows_the_use_and_the_shape(
    toy: Toy, use: str, width: float, height: float, kind: str, others: str
) -> None:
    found, left = pieces(toy, ground(block(400, 400, width, height), use, "G"))
    assert found["site_type"].tolist() == [kind]
    assert found["area_m2"].tolist() == pytest.approx([width * height])
    assert found["other_types"].tolist() == [others]
    assert left.empty


@pytest.mark.parametrize(
    ("use", "width", "height"),
    [
        ("park", 100, 3),  # 300 m2, but 3 m wide
        ("park", 9, 9),  # wide, but 81 m2
        ("verge", 100, 1.5),
        ("farmland", 15, 3),  # a hedge needs 20 m
        ("brownfield", 9, 9),
    ],
)
def test_the_width_is_tested_and_not_the_area_alone(toy: Toy, use: str, width: float, height: float) -> None:
    found, left = pieces(toy, ground(block(400, 400, width, height), use, "G"))
    assert found.empty
    assert left["reason"].tolist() == [SMALL]
    assert left["area_m2"].tolist() == pytest.approx([width * height])


def test_a_narrow_tail_of_a_field_is_a_hedge_and_the_field_a_wood(toy: Toy) -> None:
    field_and_tail = block(400, 400, 100, 100).union(block(500, 400, 50, 3))
    found, _ = pieces(toy, ground(field_and_tail, "farmland", "F"))
    assert by_type(found) == {"hedgerow": pytest.approx(150, abs=1), "woodland": pytest.approx(10_000, abs=1)}


def test_school_grounds_hold_trees_along_their_edge(toy: Toy) -> None:
    found, left = pieces(toy, ground(block(400, 400), "school", "S"))
    assert by_type(found) == {"school": 100**2 - 80**2}
    assert found["open_m2"].tolist() == [10_000]
    assert left.empty  # the middle is told by the land, as kept open for play


def test_a_pitch_counts_against_a_school_s_trees(toy: Toy) -> None:
    toy.tables["sport"] = table([block(430, 430, 40, 40)], kind=["pitch"], name=[None])
    found, _ = pieces(toy, ground(block(400, 400), "school", "S"), constraints={"pitch": {"keep_off_m": 0}})
    assert found["open_m2"].tolist() == pytest.approx([10_000 - 40**2])


def test_grass_by_allotments_is_an_orchard(toy: Toy) -> None:
    found, _ = pieces(
        toy,
        ground(block(400, 400, 50, 40), "recreation_ground", "R"),
        ground(block(500, 400, 50, 50), "allotments", "A"),  # 50 m away
        ground(block(400, 700, 50, 40), "recreation_ground", "far"),
    )
    assert dict(zip(found["ground_id"], found["site_type"], strict=True)) == {"R": "orchard", "far": "park"}


def test_how_near_the_keepers_of_an_orchard_live_is_the_study_s_to_say(toy: Toy) -> None:
    toy.own(orchard_keepers_reach_m=40)
    grounds = ground(block(400, 400, 50, 40), "recreation_ground", "R"), ground(block(500, 400), "allotments", "A")
    assert pieces(toy, *grounds)[0]["site_type"].tolist() == ["park"]


def test_large_grass_by_allotments_is_no_orchard(toy: Toy) -> None:
    found, _ = pieces(
        toy,
        ground(block(400, 400, 100, 60), "grass", "R"),  # 0.6 ha
        ground(block(500, 400, 50, 50), "allotments", "A"),
    )
    assert found["site_type"].tolist() == ["green"]


def test_the_study_may_prefer_another_type(toy: Toy) -> None:
    land = {**TAKE_IN, "prefer": {"grass": "tiny_forest"}}
    found, _ = pieces(
        toy,
        ground(block(400, 400, 30, 20), "grass", "small"),
        ground(block(600, 400, 50, 40), "grass", "large"),  # over 1,000 m2: no tiny forest
        land=land,
    )
    assert found.set_index("ground_id")["site_type"].to_dict() == {"small": "tiny_forest", "large": "green"}


@pytest.mark.parametrize(("width", "strip"), [(0.8, 5), (1.6, 10), (6.0, 20)])
def test_the_strip_by_a_stream_is_as_wide_as_the_stream_asks(toy: Toy, width: float, strip: float) -> None:
    toy.tables["watercourses"] = table([line((0, 450), (3000, 450))], width_m=[width], form=["stream"])
    found, _ = pieces(toy, ground(block(400, 400), "farmland", "F"))
    # The channel and a metre of bank on each side are taken; the strip is on both sides.
    areas = by_type(found)
    assert areas["riparian"] == pytest.approx(2 * strip * 100, rel=1e-3)
    assert areas["woodland"] == pytest.approx(10_000 - (width + 2 + 2 * strip) * 100, rel=1e-3)


def test_a_study_s_own_strip_and_bank_beside_a_stream(toy: Toy) -> None:
    toy.own(riparian_strip_wide_m=30, bank_m=2)
    toy.tables["watercourses"] = table([line((0, 450), (3000, 450))], width_m=[6.0], form=["river"])
    found, _ = pieces(toy, ground(block(400, 400), "farmland", "F"))
    # 32 m from the channel on either side, less the metre that the constraint takes.
    assert by_type(found)["riparian"] == pytest.approx(2 * 31 * 100, rel=1e-3)


def test_a_stream_of_unknown_width_gets_ten_metres(toy: Toy) -> None:
    toy.tables["watercourses"] = table([line((0, 450), (3000, 450))], width_m=[None], form=["stream"])
    found, _ = pieces(toy, ground(block(400, 400), "park", "P"))
    assert by_type(found)["riparian"] == pytest.approx(2 * 10 * 100, rel=1e-3)


def test_best_farmland_keeps_its_field_and_gets_a_hedge(toy: Toy) -> None:
    toy.tables["farmland_class"] = table([block(0, 0, 3000, 1000)], grade=["Grade 2"])
    found, left = pieces(toy, ground(block(400, 400), "farmland", "F"))
    ring = 100**2 - 97**2
    assert by_type(found) == {"hedgerow": ring}
    assert found["length_m"].tolist() == pytest.approx([400], abs=10)
    assert left["reason"].tolist() == ["best farmland (grade 1 or 2)"]
    assert left["area_m2"].tolist() == pytest.approx([97**2])


def test_two_fields_share_one_hedge(toy: Toy) -> None:
    toy.tables["farmland_class"] = table([block(0, 0, 3000, 1000)], grade=["Grade 2"])
    found, _ = pieces(toy, ground(block(400, 400), "farmland", "F1"), ground(block(502, 400), "farmland", "F2"))
    hedges = found.set_index("ground_id").geometry
    assert hedges["F1"].area == pytest.approx(100**2 - 97**2)
    assert hedges["F2"].bounds[0] - 440_000 >= 504  # the second field leaves its shared side to the first
    assert hedges["F2"].area == pytest.approx(1.5 * (98 * 2 + 97), rel=0.03)


def test_a_path_through_a_park_leaves_one_site(toy: Toy) -> None:
    toy.tables["paths"] = table([line((450, 0), (450, 1000))], width_m=[None], highway=["footway"], footway=[None])
    found, _ = pieces(toy, ground(block(400, 400), "park", "P"))
    assert found["site_id"].tolist() == ["P-1"]
    assert found["area_m2"].tolist() == pytest.approx([10_000 - 2 * 100])


def test_grass_that_roads_run_around_is_an_island(toy: Toy) -> None:
    ring = [road(line((400, 400), (420, 400), (420, 420), (400, 420), (400, 400)), width_m=4.0)]
    toy.tables["roads"] = roads(*ring)
    found, left = pieces(toy, ground(block(403, 403, 14, 14), "grass", "G"))
    assert found.empty
    assert left["reason"].tolist() == [ISLAND]
    assert left["area_m2"].tolist() == pytest.approx([14 * 14])


def test_grass_beside_one_road_is_no_island(toy: Toy) -> None:
    toy.tables["roads"] = roads(road(line((0, 397), (1000, 397)), width_m=4.0))
    found, _ = pieces(toy, ground(block(400, 400, 40, 10), "grass", "G"))
    assert found["site_type"].tolist() == ["green"]


def test_a_footway_gives_pits_and_not_a_strip(toy: Toy) -> None:
    toy.tables["roads"] = roads(
        road(line((400, 500), (500, 500)), footway="both", footway_width_left_m=4.0, footway_width_right_m=1.0)
    )
    found, _ = pieces(toy, ground(block(400, 700), "park", "P"))
    street = found[found["site_type"] == "street"].iloc[0]
    assert street["site_id"] == "way-1-L-1"
    assert (street["places_low"], street["places_central"], street["places_high"]) == (9, 10, 13)
    assert street["area_m2"] == pytest.approx(10)


def test_street_trees_keep_clear_of_junctions_lamps_and_crossings(toy: Toy) -> None:
    toy.tables["roads"] = roads(
        road(line((400, 500), (500, 500)), footway="left", footway_width_left_m=4.0),
        road(line((500, 500), (500, 600)), osm_id="way-2"),
        road(line((500, 500), (600, 500)), osm_id="way-3"),
    )
    toy.tables["street_furniture"] = table([point(440, 504), point(470, 504)], kind=["lamp", "crossing"])
    found, _ = pieces(toy, ground(block(400, 700), "park", "P"))
    pits = found[found["site_type"] == "street"].geometry.iloc[0]
    assert shapely.distance(pits, point(500, 500)) >= 10 - 0.02
    assert shapely.distance(pits, point(440, 504)) >= 3 - 0.02
    assert shapely.distance(pits, point(470, 504)) >= 5 - 0.02


def test_open_land_goes_before_a_footway(toy: Toy) -> None:
    toy.tables["roads"] = roads(road(line((400, 500), (500, 500)), footway="left", footway_width_left_m=4.0))
    found, _ = pieces(toy, ground(block(400, 503, 50, 50), "park", "P"))
    assert found.union_all().area == pytest.approx(found.area.sum())
    street = found[found["site_type"] == "street"]
    assert street["places_central"].tolist() == [5]  # the half that no park covers: 50.5 m to 99.5 m


def test_every_square_metre_is_a_site_or_has_a_reason(toy: Toy) -> None:
    toy.tables["farmland_class"] = table([block(0, 0, 3000, 450)], grade=["Grade 2"])
    toy.tables["watercourses"] = table([line((0, 430), (3000, 470))], width_m=[1.6], form=["stream"])
    toy.tables["buildings"] = table([block(455, 455, 20, 20)], building=["yes"], levels=[1.0])
    toy.tables["open_land"] = open_land(
        ground(block(400, 400), "farmland", "F"),
        ground(block(510, 400, 30, 120), "park", "P"),
        ground(block(530, 420, 40, 40), "playing_field", "B"),
        ground(block(700, 400, 60, 60), "school", "S"),
    )
    study = toy.study(land=TAKE_IN)
    land = free_land(toy.layers, study, toy.figures)
    found, left = typed_pieces(land, toy.layers, study, toy.figures)
    total = found["area_m2"].sum() + left["area_m2"].sum() + land.taken["area_m2"].sum()
    assert total == pytest.approx(land.mapped_m2, abs=1e-3)
    assert set(by_type(found)) >= {"hedgerow", "riparian", "woodland", "park", "school"}
    assert found.union_all().area == pytest.approx(found.area.sum(), abs=1e-3)


def test_ids_do_not_move_when_other_land_comes_and_goes(toy: Toy) -> None:
    alone, _ = pieces(toy, ground(block(400, 400)), ground(block(700, 400)))
    more, _ = pieces(
        toy, ground(block(1400, 300)), ground(block(700, 400)), ground(block(20, 20, 60, 60)), ground(block(400, 400))
    )
    assert set(alone["site_id"]) < set(more["site_id"])


def test_a_park_on_two_maps_is_one_site_and_no_rim(toy: Toy) -> None:
    found, left = pieces(
        toy, ground(block(400, 400), "park", "OS"), ground(block(398, 398, 104, 104), "park", "osm-way-1")
    )
    assert len(found) == 1
    assert left["area_m2"].sum() + found["area_m2"].sum() == pytest.approx(104**2)


def test_a_ground_in_many_parts_with_a_hole_is_handled(toy: Toy) -> None:
    ring = block(400, 400) - block(440, 440, 20, 20)
    found, _ = pieces(toy, ground(shapely.MultiPolygon([ring, block(600, 400, 50, 50)]), "park", "M"))
    assert found["site_id"].tolist() == ["M-1", "M-2"]
    assert found["area_m2"].tolist() == pytest.approx([10_000 - 400, 2_500])


@pytest.mark.parametrize("width", [2.2, 2.5, 3.0, 6.0])
def test_a_verge_at_the_kerb_is_no_island(toy: Toy, width: float) -> None:
    toy.tables["roads"] = roads(road(line((0, 397), (1000, 397)), width_m=6.0))
    found, left = pieces(toy, ground(block(400, 400, 200, width), "verge", "V"))
    assert found["site_type"].tolist() == ["street"]
    assert left.empty


def test_trees_of_two_ways_of_one_street_do_not_crowd(toy: Toy) -> None:
    toy.tables["roads"] = roads(
        road(line((400, 500), (443, 500)), osm_id="a", footway="left", footway_width_left_m=4.0),
        road(line((443, 500), (500, 500)), osm_id="b", footway="left", footway_width_left_m=4.0),
    )
    found, _ = pieces(toy, ground(block(400, 700), "park", "P"))
    pits = shapely.centroid(shapely.get_parts(found[found["site_type"] == "street"].geometry.to_numpy()))
    # The first way has trees at 0.5 … 40.5 m, the second from 43.5 m on: that one, 3 m further, gives way.
    assert len(pits) == 5 + 5
    assert sorted(round(p.x - 440_000, 1) for p in pits)[4:6] == [440.5, 453.5]


def test_a_new_street_tree_keeps_off_the_crown_of_one_that_stands(toy: Toy) -> None:
    toy.tables["roads"] = roads(road(line((400, 500), (500, 500)), footway="left", footway_width_left_m=4.0))
    toy.tables["trees"] = table([point(450, 504)], species=["Oak"])
    found, _ = pieces(toy, ground(block(400, 700), "park", "P"))
    street = found[found["site_type"] == "street"].geometry.iloc[0]
    assert shapely.distance(street, point(450, 504)) >= 5 + 4 - 0.05  # half a crown of 10 m, and 4 m


def test_a_slip_road_has_no_street_trees(toy: Toy) -> None:
    toy.tables["roads"] = roads(road(line((400, 500), (500, 500)), footway="left", footway_width_left_m=4.0, link=True))
    found, _ = pieces(toy, ground(block(400, 700), "park", "P"))
    assert found["site_type"].tolist() == ["park"]


def test_a_school_cut_in_two_shares_one_cap(toy: Toy) -> None:
    toy.tables["roads"] = roads(road(line((450, 300), (450, 600)), width_m=8.0))
    found, _ = pieces(toy, ground(block(400, 400), "school", "S"))
    assert len(found) == 2
    assert found["open_m2"].sum() == pytest.approx(10_000)


def test_the_rule_names_the_land_and_the_study_s_wish(toy: Toy) -> None:
    found, _ = pieces(toy, ground(block(400, 400), "park", "P"), land={**TAKE_IN, "prefer": {"park": "woodland"}})
    assert found["rule"].tolist() == [
        "public park or garden, as the study file prefers: at least 0.1 ha and 10 m wide throughout"
    ]
