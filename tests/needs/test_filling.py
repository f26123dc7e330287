"""Gaps are filled only when asked, from the neighbourhoods most alike, and never without the error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.toy import CODES, Toy
from treeplan.errors import DataError
from treeplan.needs import measure_needs
from treeplan.needs.filling import LIKES, fill_missing, filling_errors, was_filled
from treeplan.needs.lookups import Lookups


def table(rows: int = 40) -> pd.DataFrame:
    """`b` is twice `a`, and `c` says nothing of either."""
    a = np.arange(float(rows))
    codes = [f"E01{i:06d}" for i in range(rows)]
    return pd.DataFrame({"a": a, "b": 2 * a, "c": 1.0}, index=pd.Index(codes, name="lsoa21_code"))


def test_a_gap_is_the_mean_of_those_most_alike_the_nearer_the_heavier() -> None:
    values = table()
    values.loc["E01000020", "b"] = np.nan
    filled, said = fill_missing(values)
    # five on either side at equal distances: their weighted mean is the value in the middle
    assert LIKES == 10
    assert filled.loc["E01000020", "b"] == pytest.approx(40)
    assert said[said != ""].to_dict() == {"E01000020": "b"}
    pd.testing.assert_frame_equal(filled.drop("E01000020"), values.drop("E01000020"))


def test_what_is_known_stays_and_nothing_is_marked_without_a_gap() -> None:
    filled, said = fill_missing(table())
    pd.testing.assert_frame_equal(filled, table())
    assert (said == "").all()


def test_the_order_of_rows_does_not_matter() -> None:
    values = table()
    values.loc[["E01000007", "E01000031"], "a"] = np.nan
    mixed = values.sample(frac=1, random_state=2)
    pd.testing.assert_frame_equal(fill_missing(values)[0], fill_missing(mixed)[0].sort_index())


def test_too_few_known_values_are_told() -> None:
    values = table(25)
    values.iloc[0, 0] = np.nan
    values.iloc[:6, 1:] = np.nan
    with pytest.raises(DataError, match=r"of the study's 25 neighbourhoods too few are known .*: b of 19, c of 19\n"):
        fill_missing(values)


def test_what_is_filled_is_said_once_and_not_before_a_refusal(caplog: pytest.LogCaptureFixture) -> None:
    values = table()
    values.iloc[0, 0] = np.nan
    values.iloc[:3, 1] = np.nan
    fill_missing(values)
    said = ["filled from the neighbourhoods most like them: a of 1 neighbourhood; b of 3 neighbourhoods"]
    assert [r.message for r in caplog.records] == said
    values.iloc[:30, 2] = np.nan
    with pytest.raises(DataError):
        fill_missing(values)
    assert [r.message for r in caplog.records] == said


def test_the_error_is_seen_on_hidden_values() -> None:
    values = table(60)
    values.loc["E01000020", "b"] = np.nan
    filled, said = fill_missing(values)
    zones = filled.assign(filled=said).reset_index()
    errors = filling_errors(zones, ["a", "b", "c"], seed=1)
    assert list(errors.index) == ["b"]
    assert errors.loc["b", "filled"] == 1
    # likes say much of b: the filling is far nearer than the mean, which is off by a quarter of the range of 118
    assert errors.loc["b", "error"] < 6
    assert errors.loc["b", "error_of_mean"] == pytest.approx(118 / 4, rel=0.1)


def test_nothing_filled_has_no_error() -> None:
    assert filling_errors(table().reset_index(), ["a"], seed=1).empty
    assert not was_filled(table(), "a").any()


def town(toy: Toy, lost: int) -> None:
    """The toy town with its three neighbourhoods copied to thirty, of which the health table lacks the last ones."""
    codes = [f"E01{i:06d}" for i in range(1, 31)]
    for name in ("neighbourhoods", "residents", "deprivation", "health", "ages", "air"):
        copies = pd.concat([toy.tables[name]] * 10, ignore_index=True)
        toy.tables[name] = copies.assign(lsoa21_code=codes)
    toy.tables["health"] = toy.tables["health"].iloc[: 30 - lost]


def test_a_run_stops_at_a_gap_and_names_the_setting(toy: Toy) -> None:
    town(toy, lost=2)
    with pytest.raises(DataError, match="fill_missing = true"):
        measure_needs(toy.layers, toy.study(), toy.figures)


def test_a_run_fills_when_asked_and_marks_it(toy: Toy) -> None:
    town(toy, lost=2)
    zones = measure_needs(toy.layers, toy.study(needs={"fill_missing": True}), toy.figures).set_index("lsoa21_code")
    assert zones["filled"].tolist() == [""] * 28 + ["bad_health_pct"] * 2
    # copies of the second and the third neighbourhood: each is given what its nine likes have
    assert zones["bad_health_pct"].tolist()[-2:] == pytest.approx(zones["bad_health_pct"].tolist()[1:3])
    assert zones["need_bad_health_pct"].notna().all()


def test_nothing_is_filled_unless_asked(toy: Toy) -> None:
    assert "filled" not in measure_needs(toy.layers, toy.study(), toy.figures)


def test_what_is_made_from_filled_values_is_made_after_them(toy: Toy) -> None:
    town(toy, lost=2)
    zones = measure_needs(toy.layers, toy.study(needs={"fill_missing": True}), toy.figures)
    gap = (30 - zones["canopy_pct"]).clip(lower=0)
    assert zones["canopy_gap_pp"].tolist() == pytest.approx(gap.tolist())


def test_a_table_of_2011_may_have_gaps_where_they_are_filled(toy: Toy) -> None:
    toy.tables["lsoa_lookup"] = pd.DataFrame(
        {"lsoa11_code": ["E01000011", "E01000012", "E01000013"], "lsoa21_code": [CODES[0], CODES[0], CODES[1]]}
    )
    part = pd.DataFrame({"lsoa11_code": ["E01000011", "E01000013"], "rate": [4.0, 6.0]})
    with pytest.raises(DataError, match="1 of the 3 LSOA 2011 codes"):
        Lookups(toy.layers, frozenset(CODES[:2])).rates(part, "rate")
    # the first was made of two, of which one is missing: it is unknown, not half measured
    assert Lookups(toy.layers, frozenset(CODES[:2]), gaps=True).rates(part, "rate").to_dict() == {CODES[1]: 6.0}
