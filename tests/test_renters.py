"""The watch list: neighbourhoods with many private renters in which the plan plants."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.outputs.plans import small_plan
from tests.toy import Toy
from treeplan.coefficients import COEFFICIENTS
from treeplan.outputs.report_renters import renters_section
from treeplan.renters import watch_list, with_renters

ZONES = pd.DataFrame(
    {"lsoa21_code": list("ABCDEF"), "name": list("ABCDEF"), "private_rent_pct": [5.0, 10, 20, 30, 60, 60]}
)


def test_those_with_the_most_renters_are_watched_where_the_plan_plants() -> None:
    # The 80th percentile of the six is 60: E and F.
    chosen = pd.DataFrame({"lsoa21_code": ["F", "D", "F"], "trees": [10, 99, 5]})
    found = watch_list(ZONES, chosen, COEFFICIENTS)
    assert found[["lsoa21_code", "sites", "trees"]].to_numpy().tolist() == [["F", 2, 15]]


def test_how_many_renters_are_many_is_the_study_s_to_say(toy: Toy) -> None:
    toy.own(renters_watched_share=0.5)  # the median of the six is 25
    chosen = pd.DataFrame({"lsoa21_code": ["C", "D", "F"], "trees": 1})
    assert watch_list(ZONES, chosen, toy.figures)["lsoa21_code"].tolist() == ["F", "D"]


def test_nobody_is_watched_where_nothing_is_known() -> None:
    unknown = ZONES.assign(private_rent_pct=float("nan"))
    assert watch_list(unknown, pd.DataFrame({"lsoa21_code": ["F"], "trees": [1]}), COEFFICIENTS).empty


def test_the_share_of_renters_by_hand(toy: Toy) -> None:
    zones = toy.layers["neighbourhoods"]
    assert "private_rent_pct" not in with_renters(zones, toy.layers)
    toy.tables["tenure"] = pd.DataFrame(
        {"lsoa21_code": zones["lsoa21_code"], "households": [400.0, 200.0, 0.0], "private_rented": [100.0, 10.0, 0.0]}
    )
    assert with_renters(zones, toy.layers)["private_rent_pct"].tolist() == pytest.approx(
        [25, 5, float("nan")], nan_ok=True
    )


def test_the_report_says_who_keeps_a_say_whether_rents_are_known_or_not() -> None:
    plan = small_plan()
    assert "Where people rent is not known here" in renters_section(plan).said[0]
    plan.neighbourhoods["private_rent_pct"] = [90.0, 10.0, 10.0, 10.0]
    known = renters_section(plan)
    assert all(
        "Residents should choose what is planted" in " ".join(s.said) for s in (known, renters_section(small_plan()))
    )
