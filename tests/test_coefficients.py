"""Figures say where they come from, and a study can put its own in their place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.toy import Toy, candidates
from treeplan.coefficients import COEFFICIENTS, figures
from treeplan.errors import StudyError


def test_an_assumption_is_called_one() -> None:
    assert all("assum" in f.source for f in COEFFICIENTS.values() if f.mark == "assumption")


def test_a_study_s_own_figure_takes_the_place_of_the_shipped_one(toy: Toy) -> None:
    own = figures({"park_m2_per_tree": {"low": 50, "central": 50, "high": 50, "source": "our park guide"}})
    toy.figures = own
    found = candidates(toy)
    assert found["trees_central"].iloc[0] == 80
    assert own["park_m2_per_tree"].overridden


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"crown_width": {"low": 1, "central": 2, "high": 3, "source": "x"}}, "no model uses"),
        ({"crown_now_m": {"low": 3, "central": 2, "high": 1, "source": "x"}}, "not in order"),
        ({"whip_survival_year1": {"low": 80, "central": 85, "high": 90, "source": "x"}}, "cannot be"),
        ({"detour_factor": {"low": 0, "central": 1, "high": 1.3, "source": "x"}}, "cannot be"),
        ({"park_tree_planting_gbp": {"low": -5, "central": 1, "high": 2, "source": "x"}}, "cannot be"),
    ],
)
def test_a_figure_that_makes_no_sense_is_told(own: dict[str, Any], said: str) -> None:
    with pytest.raises(StudyError, match=said):
        figures(own)
