"""The pitfalls of METHODS.md 10, each as a test under its number."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import pytest

from tests.outputs.plans import small_plan
from tests.toy import Toy, block, candidates, ground, line, open_land, road, roads
from treeplan.coefficients import COEFFICIENTS, figures
from treeplan.effects import measure_effects
from treeplan.errors import StudyError
from treeplan.outputs import words
from treeplan.outputs.maps import map_page
from treeplan.outputs.pack_words import content
from treeplan.outputs.places import places, sites_of
from treeplan.outputs.report import render
from treeplan.vocabulary import SITE_TYPES


def test_11_no_effect_is_a_grown_tree_s_on_the_day_of_planting(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    study = toy.study(planting_year=2030)
    for sites in (wood, candidates(Toy())):
        effects = measure_effects(sites, toy.layers, study, toy.figures)
        first, grown = effects.at(2030), effects.at(2080)
        assert (first[["canopy_m2", "cooling_degc", "pollution_kg"]] == 0).all().all()
        assert (first["carbon_tco2e"] <= 0).all()
        assert (grown["canopy_m2"] > 0).all()


def test_11_carbon_is_net(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    gross = 0.75 * 567  # the code's table at fifty years, by hand in METHODS.md 6.4
    net = measure_effects(wood, toy.layers, toy.study(), toy.figures).at(2077)["carbon_tco2e"].iloc[0]
    assert net == pytest.approx(0.8 * gross - 0.75 * 5.9, rel=2e-3)


def test_11_the_note_on_2040_is_on_map_packs_and_report(tmp_path: Path) -> None:
    plan = small_plan()
    note = words.carbon(plan)
    assert "by 2040" in note
    assert "by 2050" in note
    map_page(plan, tmp_path)
    assert note in (tmp_path / "map.html").read_text("utf-8")
    assert note in render(plan)
    for place in places(plan):
        said = content(plan, place, sites_of(plan, place))
        assert said["scored"]["carbon"] == note
        assert note in said["limits"]


def test_13_a_pit_in_paving_holds_back_rain_and_trees_on_grass_none(toy: Toy) -> None:
    toy.tables["roads"] = roads(road(line((400, 500), (500, 500)), footway="left", footway_width_left_m=4.0))
    toy.tables["open_land"] = open_land(ground(block(400, 700, 100, 5), "verge", "V"))
    found = candidates(toy)
    spared = measure_effects(found, toy.layers, toy.study(), toy.figures).at(2050)["runoff_m3"].to_numpy()
    assert (spared[found["land_use"] == "footway"] > 0).all()
    assert (spared[found["land_use"] == "verge"] == 0).all()


def grant(as_of: str | None) -> dict[str, dict[str, object]]:
    rate = {"low": 8_500, "central": 8_500, "high": 10_200, "source": "EWCO", "as_of": as_of}
    return {"woodland_planting_gbp_per_ha": rate}


@pytest.mark.parametrize("as_of", ["2021", "2021-05", "2024-02"])
def test_18_an_old_grant_rate_is_refused(as_of: str) -> None:
    with pytest.raises(StudyError, match=f"a grant rate of {as_of}"):
        figures(grant(as_of))


def test_18_a_grant_rate_says_of_when_it_is() -> None:
    with pytest.raises(StudyError, match="without its date"):
        figures(grant(None))
    assert figures(grant("2026-04"))["woodland_planting_gbp_per_ha"].as_of == "2026-04"
    assert not [name for name, f in COEFFICIENTS.items() if "EWCO" in f.source]


@pytest.mark.parametrize("kind", list(SITE_TYPES))
def test_23_guidance_names_several_species_and_no_ash(kind: str) -> None:
    said = SITE_TYPES[kind].species
    assert len(re.split(r", | and ", said)) >= 4
    assert "10 % of one species" in said or "at least five varieties" in said
    assert not re.search(r"\bash\b", said.replace("no ash", ""))


def test_23_no_page_recommends_ash() -> None:
    page = render(small_plan())
    assert "no ash" in page
    for allowed in ("no ash", "sycamore, ash and birch, and no advice to plant ash"):
        page = page.replace(allowed, "")
    assert not re.search(r"\bash\b", page)
