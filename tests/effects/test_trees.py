"""What planting costs, worked out by hand."""

from __future__ import annotations

import geopandas as gpd
import pytest

from tests.toy import Toy, block, candidates, ground, open_land
from treeplan.effects import measure_effects


def test_cost_of_a_park_and_a_wood(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    assert measure_effects(wood, toy.layers, toy.study(), toy.figures).at(2050)["cost_gbp"].iloc[0] == pytest.approx(
        10_000
    )
    toy.tables["open_land"] = open_land(ground(block(450, 450), "park", "P1"))
    assert (
        measure_effects(candidates(toy), toy.layers, toy.study(), toy.figures).at(2050)["cost_gbp"].iloc[0] == 40 * 450
    )
