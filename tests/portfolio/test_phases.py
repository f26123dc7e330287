"""Which site is planted when."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treeplan.portfolio.phases import plant_years


def years(
    value: list[float], cost: list[float], phases: dict[str, float], chosen: list[bool] | None = None
) -> list[int]:
    picked = np.array(chosen or [True] * len(value))
    names = np.array([f"s{k}" for k in range(len(value))], dtype=object)
    return plant_years(picked, np.array(value, dtype=float), np.array(cost, dtype=float), names, phases).tolist()


def test_best_value_for_money_comes_first_and_what_is_left_goes_on() -> None:
    # For a pound: 0.2, 0.3, 0.1. In 2027 the second; £4 are left, with 2028's £10 the first, then the third.
    assert years([2, 1.8, 1], [10, 6, 10], {"2027": 10, "2028": 10, "2029": 6}) == [2028, 2027, 2029]


def test_a_dear_site_waits_and_a_cheaper_one_goes_before_it() -> None:
    assert years([20, 1], [15, 5], {"2027": 10, "2028": 10}) == [2028, 2027]


def test_sites_that_are_not_chosen_have_no_year() -> None:
    assert years([1, 1], [5, 5], {"2027": 5, "2028": 5}, [False, True]) == [0, 2027]


def test_equal_sites_go_by_their_ids() -> None:
    assert years([1, 1], [5, 5], {"2028": 5, "2027": 5}) == [2027, 2028]


@given(
    st.lists(st.tuples(st.floats(0, 10), st.integers(0, 50)), min_size=1, max_size=12),
    st.lists(st.integers(0, 100), min_size=1, max_size=5),
)
def test_no_year_spends_what_has_not_come_in(sites: list[tuple[float, int]], shares: list[int]) -> None:
    value, cost = [v for v, _ in sites], [float(c) for _, c in sites]
    phases = {str(2027 + k): float(share) for k, share in enumerate(shares)}
    phases["2040"] = max(0.0, sum(cost) - sum(phases.values()))
    found = np.array(years(value, cost, phases))
    assert (found > 0).all()
    spent = 0.0
    for year in sorted(phases):
        spent += np.array(cost)[found == int(year)].sum()
        assert spent <= sum(money for y, money in phases.items() if y <= year) + 1e-6


def test_the_last_year_takes_what_rounding_leaves() -> None:
    assert years([1, 1, 1], [0.1, 0.2, 0.3], {"2027": 0.1 + 0.2 + 0.3 - 1e-13}) == pytest.approx([2027] * 3)
