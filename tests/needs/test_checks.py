from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.needs import needs
from tests.toy import CODES, Toy
from treeplan.errors import DataError, StudyError
from treeplan.needs import NEEDS, checks


def places(values: list[float]) -> pd.DataFrame:
    codes = [f"E01{i:06d}" for i in range(len(values))]
    return pd.DataFrame({"lsoa21_code": codes, "inside": True, "illness_ratio": values})


def ranks(count: int) -> pd.Series:
    return pd.Series(np.arange(1.0, count + 1), index=[f"E01{i:06d}" for i in range(count)])


def test_a_rank_read_as_a_score_is_told() -> None:
    zones = places(list(range(1, 41)))  # lowest where deprivation is worst: a rank, or a column turned round
    with pytest.raises(
        DataError, match=r"illness_ratio \(file\.csv\)(.|\n)*Deprivation -1\.00 over 40 neighbourhoods"
    ) as told:
        checks.require_direction(zones, "illness_ratio", "low", ranks(40), "file.csv")
    assert "columns" in told.value.remedy


@pytest.mark.parametrize(("count", "turned"), [(40, False), (29, True)])
def test_the_right_way_round_passes_and_a_few_places_are_not_judged(count: int, turned: bool) -> None:
    values = [float(i if turned else count - i) for i in range(count)]
    checks.require_direction(places(values), "illness_ratio", "low", ranks(count), "file.csv")
    if not turned:
        with pytest.raises(DataError, match="gets better where deprivation gets worse"):
            checks.require_direction(places(values), "illness_ratio", "high", ranks(count), "file.csv")


def test_a_turned_column_is_told_in_a_run(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "LEAST_JUDGED", 3)
    toy.tables["health_indicators"] = pd.DataFrame(
        {"lsoa21_code": CODES, "illness_ratio": [200.0, 100, 50], "mental_health": [1.0, 2.0, 3.0]}
    )
    with pytest.raises(DataError, match=r"mental_health \(indicators beneath the health domain"):
        needs(toy)


def test_needs_that_may_go_against_deprivation_are_not_judged_by_it() -> None:
    judged = {name for name, facts in NEEDS.items() if facts.with_deprivation}
    assert not judged & {"young_and_old_pct", "older_pct", "canopy_pct", "no2_ugm3", "heat_risk", "no_garden_pct"}
    assert {"bad_health_ratio", "illness_ratio", "mental_health", "deprivation"} <= judged


def test_shares_where_percentages_are_meant_are_told() -> None:
    zones = places([0.1, 0.4, 0.9]).rename(columns={"illness_ratio": "older_pct"})
    with pytest.raises(DataError, match=r"older_pct: the greatest of 3 values is 0\.9 %; these are shares from 0 to 1"):
        checks.require_percentages(zones, "older_pct", "%", "ages.csv")
    checks.require_percentages(zones.assign(older_pct=[0.1, 0.4, 1.2]), "older_pct", "%", "ages.csv")
    checks.require_percentages(zones.assign(older_pct=0.0), "older_pct", "%", "ages.csv")
    checks.require_percentages(zones, "older_pct", "ratio", "ages.csv")


def test_percentages_beyond_a_hundred_are_told() -> None:
    zones = places([20.0, 2_000.0, 30.0]).rename(columns={"illness_ratio": "older_pct"})
    with pytest.raises(DataError, match=r"1 of 3 do not, e\.g\. E01000001: 2,000\.0 %"):
        checks.require_possible(zones, "older_pct", "%", "ages.csv")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"health": ["ilness_ratio"]}, r"knows: ilness_ratio(.|\n)*illness_ratio"),
        ({"health": ["illness_ratio"]}, r"asks for illness_ratio(.|\n)*\[sources\.health_indicators_2025\]"),
        ({"helth": ["deprivation"]}, "names no benefit: helth"),
    ],
)
def test_needs_that_a_study_asks_for_in_vain_are_told(toy: Toy, asked: dict[str, list[str]], says: str) -> None:
    with pytest.raises(StudyError, match=says):
        needs(toy, needs={"for_benefit": asked})


def test_residents_of_other_places_count_for_nothing(toy: Toy) -> None:
    before = needs(toy)
    elsewhere = pd.DataFrame({"lsoa21_code": ["E01009999"], "residents": [9e6]})
    toy.tables["residents"] = pd.concat([toy.tables["residents"], elsewhere], ignore_index=True)
    after = needs(toy)
    assert after["residents"].sum() == before["residents"].sum() == 3_000
    assert after.drop(columns="geometry").equals(before.drop(columns="geometry"))
