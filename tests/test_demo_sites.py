"""Sites of the demo town worked out on paper: one of every type, each from the rectangle it is drawn in."""

from __future__ import annotations

import math

import pytest
import shapely

from treeplan.plan import Plan
from treeplan.vocabulary import SITE_TYPES

RUN_OFF = 4 * 20 * 5 + math.pi * 5**2  # around the play area of Lammas Park, 20 m by 20 m


def at(plan: Plan, east: float, north: float, site_type: str) -> dict[str, float]:
    """The site of a type at a place."""
    near = plan.sites[shapely.dwithin(plan.sites.geometry.to_numpy(), shapely.Point(east, north), 1.0)]
    found = near[near["site_type"] == site_type]
    assert len(found) == 1
    return found.iloc[0].to_dict()


@pytest.mark.parametrize(
    ("site_type", "place", "area_m2", "trees"),
    [
        # 200 m x 150 m, less a play area of 20 m x 20 m and its run-off: 40 % under trees, one to 100 m2.
        ("park", (455_790, 398_450), 30_000 - 400 - RUN_OFF, 0.4 * (30_000 - 400 - RUN_OFF) / 100),
        ("green", (456_145, 397_575), 50 * 40, 8),  # 40 % of 2,000 m2
        ("tiny_forest", (456_140, 398_785), 20 * 30, 3 * 600),  # three to the square metre
        ("orchard", (456_310, 398_360), 30 * 40, 18),  # 150 to the hectare
        ("woodland", (452_070, 399_030), 100 * 100, 1_200),  # three quarters of it, at 1,600 to the hectare
        ("hedgerow", (452_070, 399_101), 100 * 3, 4),  # one tree to 25 m
        ("riparian", (452_200, 399_013), 2 * 10 * 100, 160),  # 10 m on both sides of the ditch, 800 to the hectare
        ("woodland", (452_200, 398_985), (30 - 1.8 - 10) * 100, 218),  # what the ditch, its bank and strip leave
        # The outer 10 m, and trees on 15 % of the grounds at most: 720 m2, one to 100 m2.
        ("school", (452_155, 399_110), 80 * 60 - 60 * 40, 7),
        # From 0.5 m to 199.5 m, every 10 m.
        ("street", (452_020.5, 399_196.0), 20, 20),
        # The lamp takes 3 m on both sides of 120 m from the end where trees begin: 0.5 to 97 m, and 103.5 to 199.5 m.
        ("street", (452_020.5, 399_204.0), 20, 20),
    ],
)
def test_one_of_every_type_by_hand(
    demo_plan: Plan, site_type: str, place: tuple[float, float], area_m2: float, trees: float
) -> None:
    site = at(demo_plan, *place, site_type)
    assert site["area_m2"] == pytest.approx(area_m2, abs=5)  # degrees in the extract hold about a centimetre
    assert abs(site["trees_central"] - trees) <= 1


def test_every_type_is_worked_out(demo_plan: Plan) -> None:
    done = {mark.args[1][i][0] for mark in test_one_of_every_type_by_hand.pytestmark for i in range(len(mark.args[1]))}
    assert done == set(SITE_TYPES) == set(demo_plan.sites["site_type"])


def test_the_traffic_island_is_no_site(demo_plan: Plan) -> None:
    island = shapely.Polygon([(454_063, 396_840), (454_063, 396_851), (454_052, 396_840)])
    assert not shapely.intersects(demo_plan.sites.geometry.to_numpy(), island.buffer(-1)).any()
    taken = demo_plan.taken[demo_plan.taken["reason"] == "island in a road"]
    assert taken["area_m2"].sum() == pytest.approx(60.5, abs=3)


def test_narrow_footways_hold_no_trees_and_wide_ones_do(demo_plan: Plan) -> None:
    streets = demo_plan.sites.loc[demo_plan.sites["land_use"] == "footway", "name"].str.partition(",")[0]
    assert {"Alder Street", "Willow Street", "Paper Lane"} <= set(streets)
    assert not {"Hazel Lane", "Cutler Lane", "Fuller Lane"} & set(streets)


def test_the_register_moves_private_land_to_the_council(demo_plan: Plan) -> None:
    field = demo_plan.sites[demo_plan.sites["ground_id"] == "osm-way-3728"]
    assert set(field["owner_tier"]) == {1}
    assert set(field["owner_basis"]) == {"the council's land register"}


@pytest.mark.parametrize(
    "layer",
    ["peat", "wildlife_sites", "ancient_woodland", "closed_land", "substations"],
)
def test_no_site_stands_on_it(demo_plan: Plan, layer: str) -> None:
    shapes = shapely.union_all(demo_plan.layers.shapes(layer))
    if layer == "peat":
        table = demo_plan.layers["peat"]
        deep = ~(table["depth_cm"] <= 30)
        shapes = shapely.union_all(table.geometry.to_numpy()[deep.to_numpy()])
    assert not shapes.is_empty
    assert shapely.area(shapely.intersection(demo_plan.sites.geometry.to_numpy(), shapes)).sum() < 0.01


def test_the_audit_of_the_demo_has_every_new_reason(demo_plan: Plan) -> None:
    assert {
        "peat deeper than 30 cm, or of unknown depth",
        "priority open habitat",
        "Local Wildlife Site",
        "edge of ancient woodland, left to seed itself",
        "inside of school grounds, kept open for play",
        "river or stream channel and its bank",
        "path",
        "island in a road",
    } <= set(demo_plan.audit["reason"])


def test_streets_have_an_account_of_their_own(demo_plan: Plan) -> None:
    streets = demo_plan.streets
    assert streets is not None
    own = demo_plan.sites[demo_plan.sites["land_use"] == "footway"]
    assert streets.trees == own["trees_central"].sum()
    assert streets.taken_m2["near a lamp column or pole"] > 0
    assert "sight line at a junction" in streets.taken_m2
    assert not set(streets.taken_m2.index) & {"golf course (the study does not take it in)"}
