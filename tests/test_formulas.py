from __future__ import annotations

import pytest

from tests.toy import WEIGHTS, Toy
from treeplan.errors import StudyError
from treeplan.formulas import FORMULAS, Formula, formulas_of, needs_that_count
from treeplan.needs import NEEDS
from treeplan.vocabulary import BENEFITS

HEALTH = Formula("canopy_pp", (("ratio", "pct"), "mind"))


@pytest.mark.parametrize(
    ("measured", "chosen", "lacking"),
    [
        ({"ratio", "pct", "mind"}, ("ratio", "mind"), ()),
        ({"pct", "mind"}, ("pct", "mind"), ()),
        ({"pct"}, ("pct",), ("mind",)),
        ({"mind"}, ("mind",), ("ratio",)),
        (set(), (), ("ratio", "mind")),
    ],
)
def test_the_first_of_alternatives_that_the_study_has_counts(
    measured: set[str], chosen: tuple[str, ...], lacking: tuple[str, ...]
) -> None:
    assert HEALTH.chosen(measured) == chosen
    assert HEALTH.lacking(measured) == lacking


def test_a_formula_reads_on_one_line() -> None:
    assert str(HEALTH) == "Σ residents served × need(mean(ratio or pct, mind)) × canopy_pp ÷ canopy ha"
    assert HEALTH.text({"pct"}) == "Σ residents served × need(pct) × canopy_pp ÷ canopy ha"
    assert HEALTH.text(set()) == str(HEALTH)
    cooled = Formula("cooling_degc", ("mind",), "cooling")
    assert str(cooled) == "Σ residents cooled × need(mind) × cooling_degc ÷ canopy ha"
    assert Formula("runoff_m3").text({"pct"}) == "runoff_m3 ÷ canopy ha"


def test_every_benefit_has_a_formula_of_needs_that_there_are() -> None:
    assert list(FORMULAS) == list(BENEFITS)
    assert all(set(f.names) <= set(NEEDS) for f in FORMULAS.values())


def test_a_study_puts_needs_of_its_own_in_place_of_a_benefit_s(toy: Toy) -> None:
    found = formulas_of(toy.study(needs={"for_benefit": {"health": ["illness_ratio"]}}))
    assert found["health"] == Formula("canopy_pp", ("illness_ratio",))
    assert {name: f for name, f in found.items() if name != "health"} == {
        name: f for name, f in FORMULAS.items() if name != "health"
    }


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"helth": ["illness_ratio"]}, r"names no benefit: helth(.|\n)*heat, air, health, equity"),
        ({"carbon": ["illness_ratio"]}, r"carbon counts what planting does to a place(.|\n)*heat, air, health, equity"),
        ({"health": []}, "health is given no need"),
    ],
)
def test_a_benefit_that_cannot_take_needs_is_told(toy: Toy, asked: dict[str, list[str]], says: str) -> None:
    with pytest.raises(StudyError, match=says):
        formulas_of(toy.study(needs={"for_benefit": asked}))


def test_a_benefit_of_no_weight_feeds_on_nothing(toy: Toy) -> None:
    measured = {"deprivation", "canopy_gap_pp", "bad_health_pct", "no2_ugm3"}
    assert needs_that_count(toy.study(), measured) == measured
    without = toy.study(weights={**WEIGHTS, "health": 0})
    assert needs_that_count(without, measured) == measured - {"bad_health_pct"}
