"""The worked examples of docs/benefits.md are what the program works out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.toy import Toy, block, candidates, ground, open_land, table
from treeplan.access import Access
from treeplan.effects import measure_effects
from treeplan.formulas import FORMULAS
from treeplan.needs import measure_needs
from treeplan.people import residents_by_reach, residents_served
from treeplan.scoring import gains, quality
from treeplan.vocabulary import BENEFITS

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "benefits.md").read_text("utf-8")
SITES = {"verge": "V-1", "field": "F-1"}


@pytest.fixture(scope="module")
def by_hand() -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec("\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)), names)
    return names


@pytest.fixture(scope="module")
def by_program() -> dict[str, Any]:
    toy = Toy()
    toy.tables["open_land"] = open_land(
        ground(block(400, 500, 100, 3), "verge", "V"), ground(block(1450, 450), "farmland", "F")
    )
    toy.tables["woodland"] = table([block(1450, 700, 100, 100)])
    changes: dict[str, Any] = {"land": {"take_in": ["farmland"]}, "horizon_year": 2052}
    study, sites = toy.study(**changes), candidates(toy, **changes)
    needs = measure_needs(toy.layers, study, toy.figures)
    served = residents_served(sites, toy.layers, study, toy.figures)
    reach = residents_by_reach(sites, Access(toy.layers, study, toy.figures).everybody, served, toy.figures)
    effects = measure_effects(sites, toy.layers, study, toy.figures)
    given = sites, reach, needs, effects, study
    return {"gain": gains(*given), "quality": quality(*given), "canopy_ha": effects.at(2052)["canopy_m2"] / 1e4}


@pytest.mark.parametrize("what", ["gain", "quality"])
@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("benefit", BENEFITS)
def test_the_page_works_out_what_the_program_does(
    by_hand: dict[str, Any], by_program: dict[str, Any], what: str, site: str, benefit: str
) -> None:
    found = by_program[what].loc[SITES[site], benefit]
    assert by_hand[what][site][benefit] == pytest.approx(found, rel=1e-3)  # circles are drawn with 128 sides


def test_the_page_says_of_the_two_sites_what_is_so(by_hand: dict[str, Any]) -> None:
    quality_, gain, canopy = by_hand["quality"], by_hand["gain"], by_hand["canopy_ha"]
    better = {name for name in BENEFITS if quality_["verge"][name] > quality_["field"][name]}
    assert better >= {"heat", "air", "health", "equity", "community"}
    assert all(gain["field"][name] > gain["verge"][name] for name in BENEFITS if name != "community")
    assert f"{canopy['field'] / canopy['verge']:.0f} times" in PAGE


def test_the_page_prints_every_formula_as_it_is() -> None:
    for name, formula in FORMULAS.items():
        assert f"| {BENEFITS[name].label} | {formula} |" in PAGE
