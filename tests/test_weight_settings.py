"""Weights in the study file: a table, or a preset by its name, and what a scenario does to a workshop."""

from __future__ import annotations

from typing import Any

import pytest

from tests.toy import WEIGHTS, Toy
from treeplan.errors import StudyError
from treeplan.study import make_study
from treeplan.vocabulary import BENEFITS
from treeplan.weight_settings import PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_stands_for_its_table(toy: Toy, name: str) -> None:
    assert toy.study(weights=name).weights.relative() == PRESETS[name].weights
    assert set(PRESETS[name].weights) == set(BENEFITS)
    assert PRESETS[name].audience


def test_a_preset_is_found_however_it_is_spelt(toy: Toy) -> None:
    assert toy.study(weights="People  First").weights == toy.study(weights="people first").weights


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("peple first", "weights: names no preset; did you mean 'people first'? there are: equal, people first"),
        ("", "weights: names no preset; there are: equal"),
        (3, "weights: must be a table"),
        ({**WEIGHTS, "heat": -1}, "weights.heat"),
        (dict.fromkeys(WEIGHTS, 0), "weights: at least one benefit needs a weight above 0"),
    ],
)
def test_weights_that_do_not_fit_are_told(toy: Toy, given: Any, said: str) -> None:
    with pytest.raises(StudyError) as caught:
        toy.study(weights=given)
    assert said in caught.value.problem


def scenario(**changes: Any) -> Any:
    settings = {"name": "Toy", "places": ["E08000001"], "weights": "cooling", "plan": {"budget_gbp": 1}}
    return make_study({**settings, "scenarios": {"other": changes}}).scenario("other")


def test_a_scenario_with_weights_of_its_own_leaves_the_workshop_out() -> None:
    changed = scenario(weights={"air": 9})
    assert changed.weights.relative() == {**PRESETS["cooling"].weights, "air": 9}
    assert changed.workshop.use is False
    assert scenario(weights="equal").weights.relative() == dict.fromkeys(BENEFITS, 1)
    assert scenario(weights="equal", workshop={"use": True}).workshop.use is True
    assert scenario(land={"take_in": ["golf"]}).workshop.use is True
