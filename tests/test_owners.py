"""Who is likely to own a site: by register and parcels, by OpenStreetMap, else by its use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.toy import Toy, block, ground, open_land, point, table
from treeplan.land import free_land
from treeplan.sites import candidate_sites


def owners(toy: Toy) -> dict[str, tuple[int, str]]:
    study = toy.study(land={"take_in": ["farmland", "golf"]})
    sites, _ = candidate_sites(free_land(toy.layers, study, toy.figures), toy.layers, study, toy.figures)
    return {s.ground_id: (s.owner_tier, s.owner_basis) for s in sites.itertuples()}


def test_without_a_register_the_use_says(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(
        ground(block(400, 400), "park", "P"),
        ground(block(600, 400), "school", "S"),
        ground(block(800, 400), "golf", "G"),
    )
    assert owners(toy) == {"P": (1, "its use"), "S": (2, "its use"), "G": (3, "its use")}


def register(*shapes: Any) -> Any:
    return table(
        list(shapes), asset_id=[str(i) for i in range(len(shapes))], name="Land", tenure="freehold", holder=None
    )


def test_a_point_of_the_register_speaks_for_its_ground(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(400, 400), "golf", "G1"), ground(block(600, 400), "golf", "G2"))
    toy.tables["land_register"] = register(point(450, 450))
    assert owners(toy) == {"G1": (1, "the council's land register"), "G2": (3, "its use")}


def test_a_point_in_a_parcel_speaks_for_the_whole_parcel(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(
        ground(block(400, 400), "golf", "G1"), ground(block(500, 400), "farmland", "F1")
    )
    toy.tables["parcels"] = table([block(390, 390, 220, 120), block(700, 400)], parcel_id=["1", "2"])
    toy.tables["land_register"] = register(point(395, 395))
    assert owners(toy) == {"G1": (1, "the council's land register"), "F1": (1, "the council's land register")}


@pytest.mark.parametrize(("width", "tier"), [(49, 3), (51, 1)])
def test_registered_land_must_cover_half_of_a_site(toy: Toy, width: float, tier: int) -> None:
    toy.tables["open_land"] = open_land(ground(block(400, 400), "farmland", "F1"))
    toy.tables["land_register"] = register(block(400, 400, width, 100))
    assert owners(toy)["F1"][0] == tier


def test_how_much_of_a_site_must_be_registered_is_the_study_s_to_say(toy: Toy) -> None:
    toy.own(registered_share=0.3)
    toy.tables["open_land"] = open_land(ground(block(400, 400), "golf", "G"))
    toy.tables["land_register"] = register(block(400, 400, 40, 100))
    assert owners(toy) == {"G": (1, "the council's land register")}


def test_an_operator_goes_before_the_use(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(
        {**ground(block(400, 400), "grass", "A"), "operator": "Anytown Homes", "operator_kind": "housing"},
        {**ground(block(600, 400), "grass", "B"), "operator": "B plc", "operator_kind": "private"},
    )
    assert owners(toy) == {"A": (1, "OpenStreetMap's operator"), "B": (3, "OpenStreetMap's operator")}


def test_leased_land_is_not_the_council_s(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(400, 400), "golf", "G1"))
    toy.tables["land_register"] = register(point(450, 450)).assign(tenure="leasehold")
    assert owners(toy)["G1"] == (3, "its use")


def test_a_point_beside_private_land_does_not_open_it(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(
        ground(block(400, 400), "farmland", "F1"), ground(block(504, 400), "school", "S1")
    )
    toy.tables["land_register"] = register(point(502, 450))  # 2 m from both
    assert {name: tier for name, (tier, _) in owners(toy).items()} == {"F1": 3, "S1": 1}


def test_a_point_on_a_large_farm_may_mean_a_barn(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(100, 100, 400, 300), "farmland", "F1"))  # 12 ha
    toy.tables["land_register"] = register(point(200, 200))
    assert owners(toy)["F1"][0] == 3
    toy.tables["parcels"] = table([block(90, 90, 420, 320)], parcel_id=["1"])
    assert owners(toy)["F1"][0] == 1
