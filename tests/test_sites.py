from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

from tests.toy import Toy, block, ground, line, open_land, point, road, roads, table
from treeplan.land import free_land
from treeplan.sites import candidate_sites


def find(toy: Toy, **changes: Any) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    return candidate_sites(
        free_land(toy.layers, toy.study(**changes), toy.figures), toy.layers, toy.study(**changes), toy.figures
    )


def test_a_park_of_a_hectare_holds_forty_trees(toy: Toy) -> None:
    sites, left = find(toy)
    assert sites["site_id"].tolist() == ["P1-1", "P2-1", "P3-1"]
    assert sites["site_type"].tolist() == ["park"] * 3
    # 10,000 m2: 40 % under trees, one to 100 m2; low 30 % and 144 m2; high 50 % and 64 m2.
    assert sites[["trees_low", "trees_central", "trees_high"]].iloc[0].tolist() == [20, 40, 78]
    assert sites["ward_name"].tolist() == ["West", "West", "East"]
    assert left.empty


@pytest.mark.parametrize(
    ("land_use", "width", "height", "trees"),
    [
        ("school", 100, 100, 15),  # 15 % of 10,000 m2, one to 100 m2
        ("grass", 50, 40, 8),  # 40 % of 2,000 m2, one to 100 m2
        ("verge", 200, 6, 20),  # half its outline is 206 m, a tree every 10 m
        ("farmland", 100, 100, 1200),  # 75 % of a hectare at 1,600 a hectare
    ],
)
def test_what_fits_on_each_kind_of_land(toy: Toy, land_use: str, width: float, height: float, trees: int) -> None:
    toy.tables["open_land"] = open_land(ground(block(400, 400, width, height), land_use, "G"))
    sites, _ = find(toy, land={"take_in": ["farmland"]})
    assert sites["trees_central"].tolist() == [trees]


def test_a_strip_too_narrow_is_no_site_and_is_accounted_for(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(
        ground(block(400, 400, 100, 3), "park", "P1"), ground(block(400, 500), "park", "P2")
    )
    sites, left = find(toy)
    assert sites["ground_id"].tolist() == ["P2"]
    assert left["area_m2"].tolist() == pytest.approx([300])


def test_a_park_cut_in_two_gives_two_sites_numbered_from_the_west(toy: Toy) -> None:
    toy.tables["woodland"] = table([block(490, 400, 20, 200)])
    sites, _ = find(toy)
    pieces = sites[sites["ground_id"] == "P1"]
    assert pieces["site_id"].tolist() == ["P1-1", "P1-2"]
    assert pieces["easting"].is_monotonic_increasing
    assert pieces["name"].tolist() == ["Park 1, part 1", "Park 1, part 2"]


def test_a_park_full_of_single_trees_is_no_sliver(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(300, 300, 200, 200), "park", "P1"))
    toy.tables["trees"] = table([point(310 + 15 * (i % 13), 310 + 15 * (i // 13)) for i in range(169)])
    sites, _ = find(toy)
    assert sites["site_id"].tolist() == ["P1-1"]
    assert len(sites.geometry.iloc[0].interiors) == 169


def test_the_edge_of_a_large_sports_ground_is_a_site(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(300, 300, 300, 300), "other_sports", "S1"))
    sites, _ = find(toy)
    assert sites["area_m2"].tolist() == pytest.approx([300**2 - 280**2])


def test_sites_never_overlap(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(
        *[ground(block(400 + 40 * i, 400 + 25 * i), ground_id=f"P{i}") for i in range(5)]
    )
    sites, _ = find(toy)
    assert sites.union_all().area == pytest.approx(sites.area.sum())


def test_a_soft_constraint_makes_the_class_and_the_reason(toy: Toy) -> None:
    toy.tables["conservation_areas"] = table([block(450, 450)])
    sites, _ = find(toy)
    assert sites["land_class"].tolist() == ["sensitivities", "fewest known constraints", "fewest known constraints"]
    assert "conservation area" in sites["reasons"].iloc[0]


def test_what_no_map_knows_is_said_of_every_site(toy: Toy) -> None:
    sites, _ = find(toy)
    assert sites["unknowns"].unique().tolist() == [
        "peat; open habitats; flood risk; buried services; unmapped grassland; maps we lacked"
    ]


def test_an_unnamed_site_is_called_by_what_it_is_and_where(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(450, 450), "grass", "G1"))
    assert find(toy)[0]["name"].tolist() == ["Public grass in West"]
    toy.tables["place_names"] = table([point(500, 900)], name=["Mill End"], kind=["suburb"])
    assert find(toy)[0]["name"].tolist() == ["Public grass near Mill End"]
    toy.tables["roads"] = table([line((0, 590), (1000, 590))], name=["High Street"], width_m=[6.0])
    assert find(toy)[0]["name"].tolist() == ["Public grass by High Street, near Mill End"]


def test_no_land_left_gives_no_sites_and_no_error(toy: Toy) -> None:
    toy.tables["sssi"] = table([block(0, 0, 3000, 1000)])
    sites, left = find(toy)
    assert sites.empty
    assert left.empty


def test_the_order_of_the_rows_changes_nothing(toy: Toy) -> None:
    forwards, _ = find(toy)
    toy.tables["open_land"] = toy.tables["open_land"].iloc[::-1].reset_index(drop=True)
    backwards, _ = find(toy)
    pd.testing.assert_frame_equal(pd.DataFrame(forwards), pd.DataFrame(backwards))


def test_a_site_across_a_border_belongs_where_most_of_it_lies(toy: Toy) -> None:
    # Districts meet at 2,000 m: 30 m of the park lie in Left and 70 m in Right.
    toy.tables["open_land"] = open_land(ground(block(1970, 450), "park", "P"))
    sites, _ = find(toy)
    assert len(sites) == 1
    assert sites[["district_name", "also_in", "lsoa21_code"]].iloc[0].tolist() == ["Right", "Left", "E01000003"]


def test_a_site_within_one_district_is_in_no_other(toy: Toy) -> None:
    sites, _ = find(toy)
    assert sites["also_in"].tolist() == ["", "", ""]


@pytest.mark.parametrize(("side", "told"), [(140, False), (142, True)])
def test_a_wood_of_two_hectares_is_told_to_the_forestry_commission(toy: Toy, side: float, told: bool) -> None:
    toy.tables["open_land"] = open_land(ground(block(400, 400, side, side), "farmland", "F1"))
    sites, _ = find(toy, land={"take_in": ["farmland"]})
    assert ("Forestry Commission" in sites["reasons"].iloc[0]) == told  # 1.96 and 2.02 ha


def test_an_unknown_goes_when_its_layer_is_there(toy: Toy) -> None:
    toy.tables["peat"] = table([block(2900, 900, 10, 10)])
    toy.tables["flood_zones"] = table([block(2900, 900, 10, 10)], zone=["FZ3"])
    sites, _ = find(toy)
    assert sites["unknowns"].unique().tolist() == ["open habitats; buried services; unmapped grassland; maps we lacked"]


def test_sites_of_one_ground_are_told_apart_by_type_and_number(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(400, 400, 100, 300), "park", "P", name="Mill Park"))
    toy.tables["watercourses"] = table([line((0, 500), (3000, 500))], width_m=[1.5], form=["stream"])
    sites, _ = find(toy)
    # The stream has a strip of 10 m on both sides, which is one site; the park is cut in two by it.
    assert sites["name"].tolist() == ["Mill Park, part 1", "Mill Park, riverside trees", "Mill Park, part 2"]


def test_a_footway_of_unknown_width_says_so(toy: Toy) -> None:
    toy.tables["roads"] = roads(road(line((400, 500), (500, 500)), footway="left"))
    toy.tables["buildings"] = table([block(400, 510, 100, 20)], building=["retail"], levels=[3.0])
    toy.tables["open_land"] = open_land(ground(block(400, 700), "park", "P"))
    sites, _ = find(toy)
    street = sites[sites["site_type"] == "street"].iloc[0]
    assert "footway width not measured" in street["unknowns"]
    assert street["name"] == "Mill Street, north side"


def test_a_mix_of_every_ground_never_overlaps(toy: Toy) -> None:
    uses = ["park", "school", "grass", "verge", "farmland", "golf", "brownfield", "recreation_ground", "other_sports"]
    toy.tables["open_land"] = open_land(
        *[ground(block(100 + 37 * i, 400 + 23 * i, 90, 60), use, f"G{i}") for i, use in enumerate(uses * 3)]
    )
    toy.tables["watercourses"] = table([line((0, 300), (3000, 900))], width_m=[3.0], form=["stream"])
    toy.tables["roads"] = roads(
        road(line((0, 350), (2000, 800)), footway="both", footway_width_left_m=4.0, footway_width_right_m=4.0)
    )
    toy.tables["farmland_class"] = table([block(0, 0, 700, 1000)], grade=["Grade 2"])
    sites, _ = find(toy, land={"take_in": ["farmland", "golf", "brownfield"]})
    assert len(sites) > 10
    assert sites.union_all().area == pytest.approx(sites.area.sum(), abs=1e-3)


def test_a_footway_has_no_grassland_to_ask_about(toy: Toy) -> None:
    toy.tables["roads"] = roads(road(line((400, 500), (500, 500)), footway="left", footway_width_left_m=4.0))
    sites, _ = find(toy)
    assert sites.loc[sites["land_use"] == "footway", "unknowns"].tolist() == [
        "flood risk; buried services; maps we lacked"
    ]


def test_sites_of_one_name_are_told_apart_by_their_place(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(400, 400), "grass", "A"), ground(block(600, 400), "grass", "B"))
    sites, _ = find(toy)
    assert sites["name"].tolist() == ["Public grass in West (SK40459045)", "Public grass in West (SK40659045)"]
