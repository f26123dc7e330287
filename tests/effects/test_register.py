"""What holds for every effect."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest

from tests.toy import Toy, candidates, point, table
from treeplan.coefficients import COEFFICIENTS
from treeplan.effects import EFFECTS, measure_effects


def test_there_is_nothing_before_the_planting(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    effects = measure_effects(wood, toy.layers, toy.study(planting_year=2045), toy.figures)
    assert (effects.at(2030)[["trees_alive", "carbon_tco2e", "canopy_m2"]] == 0).all().all()


def test_a_missing_layer_makes_an_effect_unknown_not_nought(toy: Toy) -> None:
    del toy.tables["community_places"], toy.tables["woodland"]
    effects = measure_effects(candidates(toy), toy.layers, toy.study(), toy.figures).at(2050)
    assert effects[["volunteer_hours", "connected_ha"]].isna().all().all()


def test_low_central_and_high_are_in_order(toy: Toy) -> None:
    effects = measure_effects(candidates(toy), toy.layers, toy.study(), toy.figures)
    table = effects.long().dropna()
    assert len(table)
    assert (table["low"] <= table["central"]).all()
    assert (table["central"] <= table["high"]).all()


def test_every_effect_and_figure_says_what_it_is() -> None:
    assert all(e.label and e.unit and e.doc for e in EFFECTS.values())
    assert all(f.unit and f.plain and f.source and f.low <= f.central <= f.high for f in COEFFICIENTS.values())


def test_sites_some_at_a_time_come_to_the_same(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    toy.tables["trees"] = table([point(500, 400)])
    sites = candidates(toy)
    whole = measure_effects(sites, toy.layers, toy.study(), toy.figures)
    monkeypatch.setattr("treeplan.effects.AT_ONCE", 2)
    parts = measure_effects(sites, toy.layers, toy.study(), toy.figures)
    assert list(parts.values) == list(whole.values)
    for name in whole.values:
        np.testing.assert_array_equal(parts.values[name], whole.values[name])


def test_no_site_has_no_effect(toy: Toy) -> None:
    none = measure_effects(candidates(toy).iloc[:0], toy.layers, toy.study(), toy.figures)
    assert none.long().empty
    assert none.total("canopy_m2", []).tolist() == np.zeros((3, len(none.years))).tolist()
