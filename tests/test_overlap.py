from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from treeplan.overlap import measure_overlap
from treeplan.vocabulary import BENEFITS


def sites(priority: Any = None, not_measured: Any = "", **benefits: Any) -> pd.DataFrame:
    """Ranked sites with these benefits; the others are nought. The priority is the plain mean of those given, unless told."""
    table = pd.DataFrame({f"benefit_{name}": np.asarray(values, dtype=float) for name, values in benefits.items()})
    own = table.mean(axis=1) if priority is None else priority
    table = table.assign(priority=own, not_measured=not_measured, rank=1.0)
    return table.assign(**{f"benefit_{name}": 0.0 for name in BENEFITS if name not in benefits})


def shares(**weight: float) -> dict[str, float]:
    total = sum(weight.values())
    return {name: weight.get(name, 0.0) / total for name in BENEFITS}


def test_two_that_have_nothing_to_do_with_each_other_decide_half_each() -> None:
    found = measure_overlap(sites(air=[0, 0, 1, 1], heat=[0, 1, 0, 1]), shares(air=1, heat=1))
    assert found.correlation.at["air", "heat"] == pytest.approx(0, abs=1e-12)
    assert found.with_priority[["air", "heat"]].tolist() == pytest.approx([0.5**0.5] * 2)
    assert found.effective[["air", "heat"]].tolist() == pytest.approx([0.5, 0.5])
    assert (found.together, found.out_of_proportion, found.against) == ([], [], [])
    assert found.sites == 4


def test_two_that_are_one_take_the_third_s_part() -> None:
    """With priority (2a + b) / 3, a correlates by 2/√5 and b by 1/√5: of 4 + 4 + 1, the two have four each."""
    a, b = [0, 0, 1, 1], [0, 1, 0, 1]
    found = measure_overlap(sites(air=a, heat=a, water=b), shares(air=1, heat=1, water=1))
    assert found.effective[["air", "heat", "water"]].tolist() == pytest.approx([4 / 9, 4 / 9, 1 / 9])
    assert found.together == [("heat", "air", pytest.approx(1))]
    assert found.out_of_proportion == [("water", pytest.approx(1 / 3))]


def test_a_benefit_of_no_weight_is_never_counted_twice() -> None:
    found = measure_overlap(sites(air=[0, 0, 1, 1], heat=[0, 0, 1, 1]), shares(air=1))
    assert found.correlation.at["air", "heat"] == pytest.approx(1)
    assert found.together == []
    assert np.isnan(found.effective["heat"])
    assert found.effective["air"] == pytest.approx(1)


def test_what_hardly_goes_against_the_priority_is_not_told() -> None:
    """Of 1, −1, −1, 1.2 with 1, −1, 1, −1 little is left."""
    found = measure_overlap(sites([1, 2, 3, 4], air=[2, 1, 1, 1.9], heat=[1, 2, 3, 4]), shares(air=1, heat=1))
    assert -0.2 < found.with_priority["air"] < 0
    assert found.against == []


def test_what_goes_against_the_priority_is_told() -> None:
    found = measure_overlap(sites([0.1, 0.2, 0.3], air=[3, 2, 1], heat=[1, 2, 3]), shares(air=1, heat=1))
    assert found.against == ["air"]
    assert found.effective[["air", "heat"]].tolist() == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("values", [[0.4], [0.1, 0.9], [0.5, 0.5, 0.5], []])
def test_nothing_is_told_of_too_few_sites_or_of_sites_that_are_all_equal(values: list[float]) -> None:
    found = measure_overlap(sites(air=values, heat=values), shares(air=1, heat=1))
    assert found.correlation.isna().all().all()
    assert found.effective.isna().all()
    assert (found.together, found.out_of_proportion, found.against) == ([], [], [])


def test_a_benefit_that_is_the_same_everywhere_decides_nothing_that_can_be_told() -> None:
    found = measure_overlap(sites(air=[0, 1, 2], heat=[1, 1, 1]), shares(air=1, heat=1))
    assert found.effective["air"] == pytest.approx(1)
    assert np.isnan(found.effective["heat"])


def test_sites_where_a_benefit_was_not_measured_do_not_count_in_it() -> None:
    told = sites(air=[0, 0, 1, 1, 9], heat=[0, 1, 0, 1, 9], not_measured=["", "", "", "", "air; water"])
    assert measure_overlap(told, shares(air=1, heat=1)).correlation.at["air", "heat"] == pytest.approx(0, abs=1e-12)


def test_sites_without_a_rank_do_not_count() -> None:
    told = sites(air=[0, 0, 1, 1, 9], heat=[0, 1, 0, 1, 9])
    told.loc[4, ["rank", "priority"]] = np.nan
    found = measure_overlap(told, shares(air=1, heat=1))
    assert found.sites == 4
    assert found.correlation.at["air", "heat"] == pytest.approx(0, abs=1e-12)


@settings(max_examples=30)
@given(
    arrays(float, (12, 8), elements=st.integers(0, 1000).map(lambda n: n / 1000)),
    arrays(float, 8, elements=st.floats(0.1, 3)),
)
def test_effective_weights_add_up_and_correlations_are_those_of_numpy(values: np.ndarray, weight: np.ndarray) -> None:
    share = dict(zip(BENEFITS, weight / weight.sum(), strict=True))
    told = sites(priority=values @ (weight / weight.sum()), **dict(zip(BENEFITS, values.T, strict=True)))
    found = measure_overlap(told, share)
    if found.effective.notna().any():
        assert found.effective.sum() == pytest.approx(1)
    varied = [i for i in range(8) if values[:, i].std() > 0]
    expected = np.corrcoef(values[:, varied], rowvar=False) if len(varied) > 1 else np.ones((len(varied),) * 2)
    names = [list(BENEFITS)[i] for i in varied]
    assert found.correlation.loc[names, names].to_numpy() == pytest.approx(expected, abs=1e-9)
    assert measure_overlap(told.iloc[::-1], share).effective.to_numpy() == pytest.approx(
        found.effective.to_numpy(), nan_ok=True
    )
