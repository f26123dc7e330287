"""Constraints: which rows of a layer count, how far trees keep off, and what a study file may change."""

from __future__ import annotations

import math
from typing import Any

import pytest
import shapely

from tests.toy import Toy, block, ground, line, open_land, point, table
from treeplan.coefficients import Coefficients, figures
from treeplan.constraints import CONSTRAINTS, channel_width_m, constraint_shapes, declared_constraints
from treeplan.land import free_land
from treeplan.roles import LAYERS
from treeplan.vocabulary import LAND_CLASSES, LAND_USES, SITE_TYPES


def left(toy: Toy, **changes: Any) -> float:
    """What is left of the first park, m²."""
    land = free_land(toy.layers, toy.study(**changes), toy.figures)
    return float(land.grounds.set_index("ground_id").geometry["P1"].area)


def test_every_constraint_names_what_there_is() -> None:
    for name, c in CONSTRAINTS.items():
        assert c.layer in LAYERS or c.layer == "junctions", name
        assert c.class_ in LAND_CLASSES, name
        assert set(c.only_on) <= set(LAND_USES), name
        assert set(c.spares) <= set(SITE_TYPES), name
        assert c.reason, name
        assert c.source, name


@pytest.mark.parametrize(
    ("facts", "taken"),
    [
        ({"depth_cm": [40.0]}, 10_000),
        ({"depth_cm": [30.0]}, 0),  # England's rule: over 30 cm
        ({"depth_cm": [None]}, 10_000),
        ({}, 10_000),
        ({"depth_cm": [None], "soil": ["Deep peaty soils"]}, 10_000),
        ({"depth_cm": [None], "soil": ["Shallow peaty soils"]}, 0),
        ({"soil": ["Soils with peat pockets"]}, 0),
    ],
)
def test_deep_peat_and_peat_of_unknown_depth_are_out(toy: Toy, facts: dict[str, Any], taken: float) -> None:
    toy.tables["peat"] = table([block(400, 400, 300, 300)], **facts)
    assert left(toy) == pytest.approx(10_000 - taken)


@pytest.mark.parametrize(
    ("habitat", "taken"),
    [
        ("Lowland meadows", 10_000),
        ("Good quality semi-improved grassland", 10_000),
        ("Open mosaic habitats on previously developed land", 10_000),
        ("Deciduous woodland", 0),
        ("Traditional orchard", 0),
        (None, 0),
    ],
)
def test_open_habitats_are_out_and_others_flagged(toy: Toy, habitat: str | None, taken: float) -> None:
    toy.tables["habitats"] = table([block(400, 400, 300, 300)], habitat=[habitat])
    land = free_land(toy.layers, toy.study(), toy.figures)
    assert 10_000 - left(toy) == pytest.approx(taken)
    assert "any_habitat" in land.soft


@pytest.mark.parametrize(
    ("layer", "columns"),
    [
        ("protected", {"kind": ["national nature reserve"]}),
        ("wildlife_sites", {}),
        ("sssi", {}),
        ("nature_reserves", {}),
    ],
)
def test_protected_land_is_out(toy: Toy, layer: str, columns: dict[str, Any]) -> None:
    toy.tables[layer] = table([block(450, 450, 50, 100)], **columns)
    assert left(toy) == pytest.approx(5_000)


def test_ancient_woodland_keeps_its_edge(toy: Toy) -> None:
    toy.tables["ancient_woodland"] = table([block(400, 400, 50, 300)])  # it ends where the park begins
    assert left(toy) == pytest.approx(10_000 - 15 * 100)


@pytest.mark.parametrize(("zone", "flagged"), [("FZ3", True), ("FZ2", False)])
def test_flood_zone_3_is_flagged_and_takes_nothing(toy: Toy, zone: str, flagged: bool) -> None:
    toy.tables["flood_zones"] = table([block(400, 400, 300, 300)], zone=[zone])
    land = free_land(toy.layers, toy.study(), toy.figures)
    assert left(toy) == pytest.approx(10_000)
    assert ("flood_zone" in land.soft) == flagged


@pytest.mark.parametrize(("voltage", "strip"), [("400000;275000", 40), ("132000", 20), (None, 20)])
def test_a_transmission_line_takes_more_than_a_power_line(toy: Toy, voltage: str | None, strip: float) -> None:
    toy.tables["power_lines"] = table([line((0, 500), (1000, 500))], kind=["line"], voltage=[voltage])
    assert left(toy) == pytest.approx(100 * (100 - 2 * strip))


@pytest.mark.parametrize(("kind", "reach"), [("solar", 20), ("wind", 50), ("other", 20)])
def test_wind_keeps_trees_further_off_than_sun(toy: Toy, kind: str, reach: float) -> None:
    toy.tables["renewables"] = table([block(350, 400, 100, 300)], kind=[kind])  # it ends where the park begins
    assert left(toy) == pytest.approx(10_000 - reach * 100)


def test_a_registered_park_is_a_major_constraint(toy: Toy) -> None:
    toy.tables["registered_parks"] = table([block(400, 400, 300, 300)], kind=["registered park or garden"])
    assert left(toy) == pytest.approx(10_000)
    assert CONSTRAINTS["registered_park"].class_ == "major constraint"


def test_a_channel_without_a_width_goes_by_its_form() -> None:
    rivers = table(
        [line((0, 0), (1, 1))] * 5,
        width_m=[18.0, None, None, None, None],
        form=["river", "river", "stream", "inlandRiver", None],
    )
    assert channel_width_m(rivers, Coefficients("central", figures({}))).tolist() == [18, 12, 2, 8, 8]


def test_a_stream_takes_its_channel_and_a_metre_of_bank(toy: Toy) -> None:
    toy.tables["watercourses"] = table([line((0, 500), (1000, 500))], width_m=[4.0], form=["stream"])
    assert left(toy) == pytest.approx(100 * (100 - 4 - 2))


def test_a_path_without_a_width_is_two_metres(toy: Toy) -> None:
    toy.tables["paths"] = table([line((0, 500), (1000, 500))], highway=["path"], width_m=[None])
    assert left(toy) == pytest.approx(100 * 98)


def test_a_tree_of_a_large_kind_takes_more(toy: Toy) -> None:
    toy.tables["trees"] = table([point(480, 480), point(520, 520)], species=["Quercus robur", "Malus spp."])
    assert left(toy) == pytest.approx(10_000 - math.pi * (5**2 + 2**2), rel=1e-3)


def test_any_distance_can_be_changed_and_any_constraint_switched_off(toy: Toy) -> None:
    for name, c in CONSTRAINTS.items():
        further = declared_constraints(toy.study(constraints={name: {"keep_off_m": c.keep_off_m + 7}}))[name]
        assert (further.keep_off_m, further.source) == (c.keep_off_m + 7, "the study file")
        assert name not in declared_constraints(toy.study(constraints={name: {"use": False}}))


def test_a_soft_constraint_can_be_made_hard(toy: Toy) -> None:
    toy.tables["conservation_areas"] = table([block(450, 450, 50, 100)])
    assert left(toy, constraints={"conservation_area": {"class": "excluded"}}) == pytest.approx(5_000)


def test_a_layer_that_is_missing_has_no_shapes(toy: Toy) -> None:
    assert len(constraint_shapes(toy.layers, CONSTRAINTS["sssi"], toy.figures)) == 0


def test_a_constraint_that_spares_hedges_leaves_the_land_to_them(toy: Toy) -> None:
    toy.tables["farmland_class"] = table([block(0, 0, 3000, 1000)], grade=["Grade 1"])
    toy.tables["open_land"] = open_land(ground(block(450, 450), "farmland", "F1"))
    toy.tables["buildings"] = table([block(450, 450, 20, 20)], building=["barn"], levels=[1.0])
    land = free_land(toy.layers, toy.study(land={"take_in": ["farmland"]}), toy.figures)
    near_barn = 20 * 20 + 2 * 20 * 5 + math.pi * 5**2 / 4  # the barn in the corner, and 5 m around it inside the field
    assert land.grounds.geometry.iloc[0].is_empty
    assert shapely.area(land.grounds["spared"].iloc[0]) == pytest.approx(10_000 - near_barn, rel=1e-4)
    assert land.taken["area_m2"].sum() == pytest.approx(near_barn, rel=1e-3)
    assert land.grounds["spared_by"].tolist() == ["best farmland (grade 1 or 2)"]
