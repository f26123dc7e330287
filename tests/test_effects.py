"""Effects, each worked out by hand on one park or one wood."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import pytest

from tests.toy import Toy, block, ground, line, open_land, point, road, roads, table
from treeplan.coefficients import COEFFICIENTS, LEVELS, Coefficients, figures
from treeplan.effects import EFFECTS, Growth, at_horizon, measure_effects
from treeplan.errors import StudyError
from treeplan.land import free_land
from treeplan.sites import candidate_sites


def sites(toy: Toy, **changes: Any) -> gpd.GeoDataFrame:
    return candidate_sites(
        free_land(toy.layers, toy.study(**changes), toy.figures), toy.layers, toy.study(**changes), toy.figures
    )[0]


def growth(toy: Toy, found: gpd.GeoDataFrame, level: str = "central") -> Growth:
    return Growth(found, 2027, Coefficients(level, toy.figures))  # type: ignore[arg-type]


@pytest.fixture
def wood(toy: Toy) -> gpd.GeoDataFrame:
    toy.tables["open_land"] = open_land(ground(block(450, 450), "farmland", "F1"))
    return sites(toy, land={"take_in": ["farmland"]})


def test_forty_standards_after_five_years(toy: Toy) -> None:
    assert growth(toy, sites(toy)).alive(2032)[0] == pytest.approx(40 * 0.95**5)


def test_forty_standards_after_eight_years(toy: Toy) -> None:
    assert growth(toy, sites(toy)).alive(2035)[0] == pytest.approx(40 * 0.95**5 * 0.965**3)


def test_whips_lose_more_in_the_first_year(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    assert growth(toy, wood).alive(2029)[0] == pytest.approx(1200 * 0.85 * 0.97)


def test_there_is_no_canopy_on_the_day_of_planting(toy: Toy) -> None:
    assert growth(toy, sites(toy)).canopy_m2(2027)[0] == 0


def test_there_is_nothing_before_the_planting(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    effects = measure_effects(wood, toy.layers, toy.study(planting_year=2045), toy.figures)
    early = effects[(effects["year"] == 2030) & effects["effect"].isin(["trees_alive", "carbon_tco2e", "canopy_m2"])]
    assert (early["central"] == 0).all()


def test_one_school_that_two_sources_know_counts_once(toy: Toy) -> None:
    toy.tables["community_places"] = table(
        [point(500, 400), point(520, 400)], kind=["school", "school"], name=["A", "A"]
    )
    toy.tables["open_land"] = open_land(
        ground(block(300, 300, 300, 300), "park", "P1")
    )  # 360 trees; a group takes on 200
    hours = at_horizon(measure_effects(sites(toy), toy.layers, toy.study(), toy.figures), 2050)["volunteer_hours"]
    assert hours.tolist() == [0.5 * 200]


def test_canopy_after_ten_years_by_hand(toy: Toy) -> None:
    crown = math.pi / 4 * 8**2 * 0.175
    assert growth(toy, sites(toy)).canopy_m2(2037)[0] == pytest.approx(40 * 0.95**5 * 0.965**5 * crown)


def test_canopy_never_exceeds_its_ground(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    assert growth(toy, wood).canopy_m2(2060)[0] == pytest.approx(7_500)  # a hectare less a quarter left open


def test_carbon_of_a_wood_at_twenty_years_is_the_code_s_table(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    # Woodland Carbon Code: half SAB YC6 201, a quarter SAB YC4 133, a quarter OK YC4 14.7 = 137.425 tCO2e per ha.
    assert growth(toy, wood).biomass_tco2e(2047)[0] == pytest.approx(0.75 * 137.425)
    effects = measure_effects(wood, toy.layers, toy.study(horizon_year=2047), toy.figures)
    assert at_horizon(effects, 2047)["carbon_tco2e"].iloc[0] == pytest.approx(0.75 * (0.8 * 137.425 - 5.9))


def test_cooling_by_hand(toy: Toy) -> None:
    found = sites(toy)
    effects = at_horizon(measure_effects(found, toy.layers, toy.study(horizon_year=2037), toy.figures), 2037)
    reach = 500 / 1.3
    zone = 100 * 100 + 4 * 100 * reach + math.pi * reach**2
    points = 100 * effects["canopy_m2"].iloc[0] / zone
    assert effects["canopy_pp"].iloc[0] == pytest.approx(points, rel=2e-3)  # shapely draws circles with 64 sides
    assert effects["cooling_degc"].iloc[0] == pytest.approx(0.026 * points, rel=2e-3)


def test_trees_on_grass_hold_back_no_rain_and_a_wood_does(toy: Toy) -> None:
    park = measure_effects(sites(toy), toy.layers, toy.study(), toy.figures)
    assert (park.loc[park["effect"] == "runoff_m3", list(LEVELS)] == 0).all().all()
    toy.tables["open_land"] = open_land(ground(block(450, 450), "farmland", "F1"))
    wood = sites(toy, land={"take_in": ["farmland"]})
    spared = at_horizon(measure_effects(wood, toy.layers, toy.study(), toy.figures), 2050)["runoff_m3"].iloc[0]
    # Soil C, 50 mm: pasture (79) sheds 12.79 mm, woods (70) 5.81 mm.
    canopy = growth(toy, wood).canopy_m2(2050)[0]
    assert spared == pytest.approx(canopy * (12.79 - 5.81) / 1000, rel=2e-3)


def test_habitat_counts_by_nearness(toy: Toy) -> None:
    toy.tables["woodland"] = table([block(450, 700, 100, 100)])  # 150 m north of the first park's edge
    effects = at_horizon(measure_effects(sites(toy), toy.layers, toy.study(), toy.figures), 2050)
    assert effects["connected_ha"].iloc[0] == pytest.approx(effects["canopy_m2"].iloc[0] / 1e4 * (1 - 150 / 500))
    assert effects["connected_ha"].iloc[2] == 0


def test_volunteers_come_from_groups_in_reach(toy: Toy) -> None:
    effects = at_horizon(measure_effects(sites(toy), toy.layers, toy.study(), toy.figures), 2050)
    assert effects["volunteer_hours"].tolist() == [0.5 * 40, 0, 0]


def test_cost_of_a_park_and_a_wood(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    assert at_horizon(measure_effects(wood, toy.layers, toy.study(), toy.figures), 2050)["cost_gbp"].iloc[
        0
    ] == pytest.approx(10_000)
    toy.tables["open_land"] = open_land(ground(block(450, 450), "park", "P1"))
    assert (
        at_horizon(measure_effects(sites(toy), toy.layers, toy.study(), toy.figures), 2050)["cost_gbp"].iloc[0]
        == 40 * 450
    )


def test_a_missing_layer_makes_an_effect_unknown_not_nought(toy: Toy) -> None:
    del toy.tables["community_places"], toy.tables["woodland"]
    effects = at_horizon(measure_effects(sites(toy), toy.layers, toy.study(), toy.figures), 2050)
    assert effects[["volunteer_hours", "connected_ha"]].isna().all().all()


def test_low_central_and_high_are_in_order(toy: Toy) -> None:
    effects = measure_effects(sites(toy), toy.layers, toy.study(), toy.figures)
    assert (effects["low"] <= effects["central"]).all()
    assert (effects["central"] <= effects["high"]).all()


def test_every_effect_and_figure_says_what_it_is() -> None:
    assert all(e.label and e.unit and e.doc for e in EFFECTS.values())
    assert all(f.unit and f.plain and f.source and f.low <= f.central <= f.high for f in COEFFICIENTS.values())


def test_an_assumption_is_called_one() -> None:
    assert all("assum" in f.source for f in COEFFICIENTS.values() if f.mark == "assumption")


def test_a_study_s_own_figure_takes_the_place_of_the_shipped_one(toy: Toy) -> None:
    own = figures({"park_m2_per_tree": {"low": 50, "central": 50, "high": 50, "source": "our park guide"}})
    found, _ = candidate_sites(free_land(toy.layers, toy.study(), own), toy.layers, toy.study(), own)
    assert found["trees_central"].iloc[0] == 80
    assert own["park_m2_per_tree"].overridden


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"crown_width": {"low": 1, "central": 2, "high": 3, "source": "x"}}, "no model uses"),
        ({"crown_now_m": {"low": 3, "central": 2, "high": 1, "source": "x"}}, "not in order"),
        ({"whip_survival_year1": {"low": 80, "central": 85, "high": 90, "source": "x"}}, "cannot be"),
        ({"detour_factor": {"low": 0, "central": 1, "high": 1.3, "source": "x"}}, "cannot be"),
        ({"park_tree_cost_gbp": {"low": -5, "central": 1, "high": 2, "source": "x"}}, "cannot be"),
    ],
)
def test_a_figure_that_makes_no_sense_is_told(own: dict[str, Any], said: str) -> None:
    with pytest.raises(StudyError, match=said):
        figures(own)


def test_a_pit_in_paving_holds_back_rain_and_a_verge_does_not(toy: Toy) -> None:
    toy.tables["roads"] = roads(road(line((400, 500), (500, 500)), footway="left", footway_width_left_m=4.0))
    toy.tables["open_land"] = open_land(ground(block(400, 700, 100, 5), "verge", "V"))
    found = sites(toy)
    effects = at_horizon(measure_effects(found, toy.layers, toy.study(), toy.figures), 2050)["runoff_m3"]
    pit = found.loc[found["land_use"] == "footway", "site_id"].iloc[0]
    verge = found.loc[found["land_use"] == "verge", "site_id"].iloc[0]
    alive = 10 * 0.95**5 * 0.965**18  # ten trees, planted 2027, in 2050
    assert effects[pit] == pytest.approx(alive * 9 * 0.05 * 0.345)  # 9 m2 of paving a tree, 50 mm, 34.5 % of it
    assert effects[verge] == 0


def test_a_hedge_s_carbon_and_canopy_by_hand(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(400, 400, 200, 3), "farmland", "H"))
    found = sites(toy, land={"take_in": ["farmland"]})
    assert found["site_type"].tolist() == ["hedgerow"]
    assert (found["trees_central"].iloc[0], found["hedge_plants"].iloc[0]) == (
        8,
        1_200,
    )  # 200 m: one in 25 m, six a metre
    effects = measure_effects(found, toy.layers, toy.study(horizon_year=2037), toy.figures)
    alive = 8 * 0.85 * 0.97**9
    assert at_horizon(effects, 2037)["canopy_m2"].iloc[0] == pytest.approx(
        0.175 * (200 * 1.5 + alive * math.pi / 4 * 8**2)
    )
    assert at_horizon(effects, 2037)["carbon_tco2e"].iloc[0] == pytest.approx(
        0.8 * (0.2 * 1.5 * 10 + alive * 40 / 1000)
    )
