"""Carbon, heat, air and rain, each worked out by hand."""

from __future__ import annotations

import math

import geopandas as gpd
import pytest

from tests.toy import Toy, block, candidates, ground, line, open_land, road, roads, table
from treeplan.coefficients import LEVELS, Coefficients, figures
from treeplan.effects import measure_effects
from treeplan.growth import Growth


def test_carbon_of_a_wood_at_twenty_years_is_the_code_s_table(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    # Woodland Carbon Code: half SAB YC6 201, a quarter SAB YC4 133, a quarter OK YC4 14.7 = 137.425 tCO2e per ha.
    growth = Growth(wood, (2047,), 2027, Coefficients("central", toy.figures))
    assert growth.biomass_tco2e[0, 0] == pytest.approx(0.75 * 137.425)
    effects = measure_effects(wood, toy.layers, toy.study(horizon_year=2047), toy.figures)
    assert effects.at(2047)["carbon_tco2e"].iloc[0] == pytest.approx(0.75 * (0.8 * 137.425 - 5.9))


def test_cooling_by_hand(toy: Toy) -> None:
    found = candidates(toy)
    effects = measure_effects(found, toy.layers, toy.study(horizon_year=2037), toy.figures).at(2037)
    reach = 500 / 1.3
    zone = 100 * 100 + 4 * 100 * reach + math.pi * reach**2
    points = 100 * effects["canopy_m2"].iloc[0] / zone
    assert effects["canopy_pp"].iloc[0] == pytest.approx(points, rel=2e-3)  # shapely draws circles with 64 sides
    near = 100 * 100 + 4 * 100 * 150 + math.pi * 150**2
    assert effects["cooling_degc"].iloc[0] == pytest.approx(2.6 * effects["canopy_m2"].iloc[0] / near, rel=2e-3)


def test_trees_on_grass_hold_back_no_rain_and_a_wood_does(toy: Toy) -> None:
    park = measure_effects(candidates(toy), toy.layers, toy.study(), toy.figures)
    assert (park.values["runoff_m3"] == 0).all()
    toy.tables["open_land"] = open_land(ground(block(450, 450), "farmland", "F1"))
    wood = candidates(toy, land={"take_in": ["farmland"]})
    spared = measure_effects(wood, toy.layers, toy.study(), toy.figures).at(2050)["runoff_m3"].iloc[0]
    # Soil C, 50 mm: pasture (79) sheds 12.79 mm, woods (70) 5.81 mm.
    canopy = measure_effects(wood, toy.layers, toy.study(), toy.figures).at(2050)["canopy_m2"].iloc[0]
    assert spared == pytest.approx(canopy * (12.79 - 5.81) / 1000, rel=2e-3)


def test_a_pit_in_paving_holds_back_rain_and_a_verge_does_not(toy: Toy) -> None:
    toy.tables["roads"] = roads(road(line((400, 500), (500, 500)), footway="left", footway_width_left_m=4.0))
    toy.tables["open_land"] = open_land(ground(block(400, 700, 100, 5), "verge", "V"))
    found = candidates(toy)
    effects = measure_effects(found, toy.layers, toy.study(), toy.figures).at(2050)["runoff_m3"]
    pit = found.loc[found["land_use"] == "footway", "site_id"].iloc[0]
    verge = found.loc[found["land_use"] == "verge", "site_id"].iloc[0]
    alive = 10 * 0.95**5 * 0.965**18  # ten trees, planted 2027, in 2050
    assert effects[pit] == pytest.approx(alive * 9 * 0.05 * 0.345)  # 9 m2 of paving a tree, 50 mm, 34.5 % of it
    assert effects[verge] == 0


def test_a_hedge_s_carbon_and_canopy_by_hand(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(400, 400, 200, 3), "farmland", "H"))
    found = candidates(toy, land={"take_in": ["farmland"]})
    assert found["site_type"].tolist() == ["hedgerow"]
    assert (found["trees_central"].iloc[0], found["hedge_plants"].iloc[0]) == (
        8,
        1_200,
    )  # 200 m: one in 25 m, six a metre
    effects = measure_effects(found, toy.layers, toy.study(horizon_year=2037), toy.figures)
    alive = 8 * 0.85 * 0.97**9
    assert effects.at(2037)["canopy_m2"].iloc[0] == pytest.approx(0.175 * (200 * 1.5 + alive * math.pi / 4 * 8**2))
    assert effects.at(2037)["carbon_tco2e"].iloc[0] == pytest.approx(0.8 * (0.2 * 1.5 * 10 + alive * 40 / 1000))


def test_particles_and_nitrogen_dioxide_are_part_of_what_is_taken_up(toy: Toy) -> None:
    effects = measure_effects(candidates(toy), toy.layers, toy.study(), toy.figures).at(2050).iloc[0]
    assert effects["pollution_kg"] == pytest.approx(70 * effects["canopy_m2"] / 1e4)
    assert effects["pm25_kg"] == pytest.approx(0.015 * effects["pollution_kg"])
    assert effects["no2_kg"] == pytest.approx(0.08 * effects["pollution_kg"])


@pytest.mark.parametrize(("across_m", "taken_up"), [(9, False), (10, True)])
def test_trees_in_a_street_canyon_clean_no_air(toy: Toy, across_m: float, taken_up: bool) -> None:
    # Two storeys of 3 m are 65 % of a street up to 9.2 m wide; the verge is 2 m wide and 3 m from the first wall.
    toy.tables["open_land"] = open_land(ground(block(400, 500, 60, 2), "verge", "V"))
    toy.tables["buildings"] = table(
        [block(390, 505, 80, 8), block(390, 505 - across_m - 8, 80, 8)], building=["house"] * 2, levels=[2.0] * 2
    )
    sites = candidates(toy, constraints={"building": {"keep_off_m": 1}})
    effects = measure_effects(sites, toy.layers, toy.study(), toy.figures).at(2050)
    assert sites["canyon"].tolist() == [not taken_up]
    assert ("narrow street" in sites["reasons"].iloc[0]) is not taken_up
    assert bool(effects["pollution_kg"].iloc[0] > 0) is taken_up
    assert bool(effects["pollution_kg_per_ha"].iloc[0] > 0) is taken_up
    assert effects["canopy_m2"].iloc[0] > 0


@pytest.mark.parametrize("storm_mm", [20, 80, 150])
def test_any_storm_is_worked_out_in_order(toy: Toy, wood: gpd.GeoDataFrame, storm_mm: float) -> None:
    # Which soil spares most depends on the storm; the least, the middle and the most are told whichever they are.
    toy.figures = figures({"storm_mm": dict.fromkeys(LEVELS, storm_mm) | {"source": "our drains"}})
    spared = measure_effects(wood, toy.layers, toy.study(), toy.figures).values["runoff_m3"][:, -1, 0]
    assert spared[0] <= spared[1] <= spared[2]
    assert spared[2] > 0
