from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from treeplan.rates import byar, pooled, shrunk, too_few


def test_the_common_rate_and_its_spread_by_hand() -> None:
    # 10 of 100 and 30 of 100 are 40 of 200: m = 0.2, s² = 0.01, m/n̄ = 0.002, A = 0.008.
    assert pooled(np.array([10.0, 30.0]), np.array([100.0, 100.0])) == pytest.approx((0.2, 0.008))


def test_shrinkage_by_hand() -> None:
    # A / (A + m/n) = 0.008 / 0.010 = 0.8: 0.2 ± 0.8 × 0.1.
    assert shrunk(np.array([10.0, 30.0]), np.array([100.0, 100.0]))["value"].tolist() == pytest.approx([0.12, 0.28])


def test_rates_that_chance_explains_are_all_the_common_one() -> None:
    # 9 and 11 of 100: s² = 0.0001 is less than m/n̄ = 0.001, so A = 0; the interval is that of 20 in 200.
    found = shrunk(np.array([9.0, 11.0]), np.array([100.0, 100.0]))
    assert found["value"].tolist() == pytest.approx([0.1, 0.1])
    assert found[["low", "high"]].to_numpy().tolist() == [byar(np.array([20.0]), np.array([200.0]))[0].tolist()] * 2


def test_the_interval_is_the_gamma_s() -> None:
    # m = 0.2, A = 0.008: shape 0.2²/0.008 + 10 = 15, rate 0.2/0.008 + 100 = 125.
    found = shrunk(np.array([10.0, 30.0]), np.array([100.0, 100.0])).iloc[0]
    exact = stats.gamma(15, scale=1 / 125)
    assert found.tolist() == pytest.approx([exact.mean(), exact.ppf(0.025), exact.ppf(0.975)])


def test_three_cases_shrink_far_and_three_thousand_hardly() -> None:
    few = shrunk(np.array([3.0, 1000, 3000]), np.array([10.0, 10_000, 10_000]))["value"]
    assert abs(few.iloc[0] - 0.2) < 0.5 * abs(0.3 - 0.2)  # m is 0.2: the three cases say 0.3
    assert few.iloc[2] == pytest.approx(0.3, rel=0.01)


def test_unknown_areas_stay_unknown_and_count_for_nothing() -> None:
    found = shrunk(np.array([10.0, np.nan, 30.0, 5.0]), np.array([100.0, 100, 100, np.nan]))
    assert found["value"].isna().tolist() == [False, True, False, True]
    assert found["value"].dropna().tolist() == pytest.approx([0.12, 0.28])


def test_an_area_without_people_has_the_common_rate() -> None:
    assert shrunk(np.array([10.0, 30.0, 0.0]), np.array([100.0, 100.0, 0.0]))["value"].iloc[2] == pytest.approx(0.2)


counts = st.lists(st.tuples(st.integers(0, 400), st.integers(400, 4_000)), min_size=2, max_size=40)


@given(counts)
def test_shrinkage_draws_towards_the_common_rate_and_never_beyond(areas: list[tuple[int, int]]) -> None:
    cases, people = np.array(areas, dtype=float).T
    mean, _ = pooled(cases, people)
    found = shrunk(cases, people)
    raw = cases / people
    between = np.column_stack([np.minimum(raw, mean), np.maximum(raw, mean)])
    assert (found["value"] >= between[:, 0] - 1e-12).all()
    assert (found["value"] <= between[:, 1] + 1e-12).all()
    assert (found["low"] <= found["value"] + 1e-12).all()
    assert (found["value"] <= found["high"] + 1e-12).all()


@given(counts, st.randoms())
def test_the_order_of_areas_does_not_matter(areas: list[tuple[int, int]], chance: object) -> None:
    order = list(range(len(areas)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    cases, people = np.array(areas, dtype=float).T
    here, there = shrunk(cases, people), shrunk(cases[order], people[order])
    assert there.to_numpy() == pytest.approx(here.iloc[order].to_numpy(), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("cases", [0, 1, 5, 20, 300])
def test_byar_is_near_the_exact_limits(cases: int) -> None:
    low, high = byar(np.array([float(cases)]), np.array([1.0]))[0]
    exact_low = stats.chi2.ppf(0.025, 2 * cases) / 2 if cases else 0.0
    exact_high = stats.chi2.ppf(0.975, 2 * cases + 2) / 2
    assert low == pytest.approx(exact_low, abs=0.09)
    assert high == pytest.approx(exact_high, abs=0.09)


def test_no_people_no_interval() -> None:
    assert np.isnan(byar(np.array([0.0]), np.array([0.0]))).all()


def test_four_cases_are_not_shown_and_five_are() -> None:
    assert too_few(np.array([0.0, 4, 5, 60])).tolist() == [True, True, False, False]
