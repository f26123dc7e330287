"""Figures say where they come from, and a study can put its own in their place."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from tests.toy import Toy, candidates
from treeplan.coefficients import COEFFICIENTS, Coefficient, Coefficients, figures
from treeplan.coefficients.carbon import TREE_CARBON
from treeplan.coefficients.costs import COSTS
from treeplan.coefficients.table import CROWN_SHARE
from treeplan.errors import StudyError


def test_an_assumption_is_called_one() -> None:
    assert all("assum" in f.source for f in COEFFICIENTS.values() if f.mark == "assumption")


def test_what_was_read_says_of_when_it_is() -> None:
    assumed = Coefficient(1, 1, 1, "m", "").as_of
    assert not [name for name, f in COEFFICIENTS.items() if f.mark != "assumption" and f.as_of in ("", assumed)]


def test_a_figure_with_an_end_that_is_assumed_is_an_assumption() -> None:
    assert {name for name, f in COEFFICIENTS.items() if "assumed" in f.source and f.mark != "assumption"} == set()


def test_costs_are_all_in_prices_of_one_year_and_say_how_they_came_to_it() -> None:
    assert all(f.unit.startswith("£ of 2022 ") for f in COSTS.values() if "£" in f.unit)
    assert sum("£" in f.unit for f in COSTS.values()) == len([name for name in COSTS if "gbp" in name])
    assert "£343 in 2008–12, × 1.31 to 2022, £449" in COSTS["street_tree_planting_gbp"].source
    assert "× 1.116 to 2022, £1,004" in COSTS["street_tree_planting_gbp"].source
    assert COEFFICIENTS["gdp_2019_to_2022"].central == 1.116
    assert "£337 in 2021 with establishment, × 1.057 to 2022, £356" in COSTS["park_tree_planting_gbp"].source


@pytest.mark.parametrize("publisher", ["DESNZ", "HM Treasury"])
def test_figures_read_in_a_transcription_say_whose_it_is(publisher: str) -> None:
    sources = [f.source for f in COEFFICIENTS.values() if publisher in f.source]
    assert sources
    assert all("as transcribed by charlescoverdale/greenbook" in source for source in sources)


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
        ({"crown_grown_years": {"low": 30, "central": 30, "high": 30, "source": "x"}}, "cannot be"),
        ({"crown_mature_m": {"low": 1000, "central": 2000, "high": 3000, "source": "x"}}, "cannot be"),
        ({"care_years": {"low": 3, "central": 3, "high": 1e6, "source": "x"}}, "cannot be"),
        ({"park_tree_planting_gbp": {"low": -5, "central": 1, "high": 2, "source": "x"}}, "cannot be"),
        ({"panel_shade_wedge_deg": {"low": 60, "central": 80, "high": 100, "source": "x"}}, "cannot be"),
        ({"exposure_least_ratio": {"low": 0.3, "central": 1.2, "high": 3, "source": "x"}}, "cannot be"),
        ({"curve_number_woods": {"low": 55, "central": 70, "high": 101, "source": "x"}}, "cannot be"),
        (
            {"crown_share_year10": {"low": 0.4, "central": 0.6, "high": 0.7, "source": "x"}},
            "crown_share_year25 is less",
        ),
        (
            {"wood_carbon_year20_tco2e_per_ha": {"low": 1, "central": 40, "high": 400, "source": "x"}},
            r"wood_carbon_year20_tco2e_per_ha is less than wood_carbon_year15_tco2e_per_ha \(low, central\)",
        ),
    ],
)
def test_a_figure_that_makes_no_sense_is_told(own: dict[str, Any], said: str) -> None:
    with pytest.raises(StudyError, match=said):
        figures(own)


def own(low: float, central: float, high: float, **more: str) -> dict[str, Any]:
    return {"low": low, "central": central, "high": high, "source": "our survey", **more}


@pytest.mark.parametrize(
    ("name", "given", "shipped"),
    [
        ("park_tree_planting_gbp", own(900, 1_000, 1_100), "272 – 306 – 360 £ of 2022 per tree"),
        ("crown_mature_m", own(1, 2, 2.5), "6 – 8 – 10 m"),
        ("whip_survival_later", own(0.7, 0.8, 0.9), "0.95 – 0.97 – 0.985"),  # loses four times as many a year
    ],
)
def test_a_figure_far_from_the_usual_is_told_and_taken(
    caplog: pytest.LogCaptureFixture, name: str, given: dict[str, Any], shipped: str
) -> None:
    assert figures({name: given})[name].central == given["central"]
    (said,) = [record.getMessage() for record in caplog.records]
    assert said.startswith(f"[coefficients] {name}: the study's {given['low']:g} – {given['central']:g} – ")
    assert f"far outside the usual {shipped}" in said
    assert "What to do: " in said


def test_a_figure_somewhat_outside_the_usual_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    figures({"park_tree_planting_gbp": own(400, 500, 600), "whip_survival_year1": own(0.6, 0.7, 0.8)})
    assert not caplog.records


def test_figures_by_age_say_their_ages_in_their_names(toy: Toy) -> None:
    c = Coefficients("central", toy.figures)
    assert c.by_age(CROWN_SHARE) == ([10, 25, 40], [0.175, 0.525, 0.825])
    assert c.by_age(TREE_CARBON) == ([10, 20, 30, 50], [40, 150, 350, 800])


def test_low_central_and_high_are_in_order_and_can_be() -> None:
    assert not [name for name, f in COEFFICIENTS.items() if not f.low <= f.central <= f.high]


def test_care_may_cost_nothing_and_none_may_survive() -> None:
    found = figures({"care_years": own(0, 0, 0), "whip_survival_year1": own(0, 0, 0)})
    assert (found["care_years"].high, found["whip_survival_year1"].high) == (0, 0)


def test_storms_run_off_by_curve_numbers() -> None:
    c = Coefficients("central", figures({}))
    store = 25_400 / 70 - 254  # 108.86 mm
    assert c.runoff_mm("woods") == pytest.approx((50 - 0.2 * store) ** 2 / (50 + 0.8 * store))
    dry = figures({"storm_mm": own(10, 10, 10)})
    assert Coefficients("central", dry).runoff_mm("woods") == 0  # it fills the ground before any runs off


def test_a_wood_s_carbon_between_the_table_s_ages() -> None:
    c = Coefficients("central", figures({}))
    half = (137.425 + (337 / 2 + 241 / 4 + 43.5 / 4)) / 2  # between 20 and 25 years
    assert c.carbon_tco2e_per_ha(np.array([0, 22.5, 100])).tolist() == pytest.approx([0, half, 713])


def test_no_shipped_figure_needs_a_warning() -> None:
    assert all(
        figures({n: asdict(f)})[n].central == f.central for n, f in COEFFICIENTS.items() if "grant" not in f.source
    )


def test_an_unknown_name_is_told_with_those_like_it() -> None:
    with pytest.raises(StudyError, match="park_tree_planting_gbp"):
        figures({"park_tree_cost_gbp": own(337, 450, 600)})
