"""What planting would harm, worked out by hand on the park of the first neighbourhood (450 to 550 m east and 450 to 550 m north)."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from tests.toy import Toy, block, candidates, point, table
from treeplan.effects import Effects, measure_effects
from treeplan.effects.losses import open_habitat_share, shaded_panels


def effects_of(toy: Toy, sites: gpd.GeoDataFrame) -> Effects:
    return measure_effects(sites, toy.layers, toy.study(), toy.figures)


@pytest.mark.parametrize(
    ("east_m", "north_m", "shaded"),
    [
        (500, 560, 1),  # 10 m north: shaded within 11 m
        (500, 562, 0),  # 12 m north
        (500, 440, 0),  # to the south: the sun is on its other side
        (560, 500, 0),  # 10 m to the east: its own south is free
        (500, 500, 1),  # among the trees
    ],
)
def test_panels_north_of_the_trees_are_shaded(toy: Toy, east_m: float, north_m: float, shaded: int) -> None:
    toy.tables["solar_panels"] = table([point(east_m, north_m)], location=["roof"])
    assert shaded_panels(candidates(toy), toy.layers, toy.figures).tolist() == [shaded, 0, 0]


@pytest.mark.parametrize(("wedge_deg", "shaded"), [(60, 0), (80, 1)])
def test_how_far_round_the_sun_counts_is_the_study_s_to_say(toy: Toy, wedge_deg: float, shaded: int) -> None:
    toy.own(panel_shade_wedge_deg=wedge_deg)
    toy.tables["solar_panels"] = table(
        [point(560, 500)], location=["roof"]
    )  # 11 m at 80 degrees from south is 10.8 m west
    assert shaded_panels(candidates(toy), toy.layers, toy.figures).tolist() == [shaded, 0, 0]


def test_shaded_power_and_its_carbon_by_hand(toy: Toy) -> None:
    without = effects_of(toy, candidates(toy)).at(2037)["carbon_tco2e"]
    toy.tables["solar_panels"] = table([point(500, 555), point(500, 556)], location=["roof", "roof"])
    effects = effects_of(toy, candidates(toy)).at(2037)
    assert effects["solar_loss_kwh"].tolist() == pytest.approx(
        [2 * 300 * 0.175, 0, 0]
    )  # crowns at 17.5 % after ten years
    # The width grows evenly to ten years, so the share is 17.5 % × (t/10)²; the squares of 0 to 10 come to 385, the ends count half.
    crown_years = 0.175 * (385 - 50) / 100
    lost = 2 * 300 * crown_years * 0.06 / 1000
    assert (without - effects["carbon_tco2e"]).tolist() == pytest.approx([lost, 0, 0])


def test_more_shade_at_worst_means_less_carbon_at_least(toy: Toy) -> None:
    toy.tables["solar_panels"] = table([point(500, 555)], location=["roof"])
    carbon = effects_of(toy, candidates(toy)).values["carbon_tco2e"]
    assert (np.diff(carbon, axis=0) >= 0).all()


def test_planting_on_open_habitat_counts_against_nature(toy: Toy) -> None:
    sites = candidates(toy)
    toy.tables["woodland"] = table([block(450, 550, 100, 50)])  # beside the first park
    toy.tables["habitats"] = table([block(450, 450, 25, 100)], habitat=["Lowland meadows"])  # a quarter of it
    assert open_habitat_share(sites, toy.layers, toy.figures).tolist() == pytest.approx([0.25, 0, 0])
    effects = effects_of(toy, sites).at(2050)
    canopy_ha = effects["canopy_m2"] / 1e4
    assert effects["connected_ha"].iloc[0] == pytest.approx(canopy_ha.iloc[0] * (0.75 - 0.25 * 1.0))


def test_a_wood_among_the_habitats_is_no_open_habitat(toy: Toy) -> None:
    toy.tables["habitats"] = table([block(450, 450)], habitat=["Deciduous woodland"])
    assert open_habitat_share(candidates(toy), toy.layers, toy.figures).tolist() == [0, 0, 0]


def test_volunteers_do_not_come_where_residents_said_no(toy: Toy) -> None:
    sites = candidates(toy)
    first = sites["site_id"].iloc[0]
    before = effects_of(toy, sites).at(2050)["volunteer_hours"]
    toy.tables["answers"] = pd.DataFrame({"site_id": [first] * 4, "answer": ["no", "no", "no", "yes"]})
    after = effects_of(toy, sites).at(2050)["volunteer_hours"]
    assert before.iloc[0] == 20
    assert after.iloc[0] == pytest.approx(20 / 4)
