"""Which input moves ranks: models that can be worked out by hand, and band changes that chance does not explain."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from treeplan.sensitivity import band_changes, band_of, error_of, first_order

DRAWS = 4_000


def even(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(DRAWS)


def indices(inputs: dict[str, np.ndarray], *outputs: np.ndarray) -> pd.DataFrame:
    return first_order(pd.DataFrame(inputs), np.column_stack(outputs)).set_index("input")


def test_an_input_that_decides_all_has_1_and_one_that_never_matters_0() -> None:
    found = indices({"decides": even(1), "idle": even(2)}, even(1), -3 * even(1))
    assert found.loc["decides", "first_order"] == pytest.approx(1, abs=0.005)  # 1 − 1/20², for twenty classes
    assert found.loc["idle", "first_order"] <= 0.005
    assert (found["error"] < 0.01).all()


def test_a_switch_that_decides_all_has_1_exactly() -> None:
    switch = np.where(even(3) < 0.3, "percentile", "winsorised")
    found = indices({"switch": switch, "constant": np.zeros(DRAWS)}, (switch == "percentile") * 9.0)
    assert found.loc["switch"].tolist() == pytest.approx([1, 0])
    assert found.loc["constant"].tolist() == [0, 0]


def test_a_sum_divides_as_the_variances_do() -> None:
    """y = a + 2 b: variances 1 to 4, so 0.2 and 0.8. The error holds the truth."""
    found = indices({"a": even(4), "b": even(5)}, even(4) + 2 * even(5))
    for name, truth in (("a", 0.2), ("b", 0.8)):
        assert abs(found.loc[name, "first_order"] - truth) < found.loc[name, "error"] + 1 / 400


def test_what_only_works_together_is_of_no_single_input() -> None:
    """The exclusive or of two coins: neither alone says anything."""
    a, b = (np.random.default_rng(s).integers(0, 2, DRAWS) for s in (6, 7))
    assert indices({"a": a, "b": b}, (a ^ b).astype(float))["first_order"].max() < 0.005


def test_ishigami() -> None:
    """The textbook function on (−π, π)³ with a = 7, b = 0.1, whose indices are known: 0.3139, 0.4424 and 0."""
    x = [(even(seed) * 2 - 1) * math.pi for seed in (8, 9, 10)]
    y = np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])
    found = indices({"x1": x[0], "x2": x[1], "x3": x[2]}, y)["first_order"]
    assert found.tolist() == pytest.approx([0.3139, 0.4424, 0], abs=0.03)


def test_chance_alone_gives_nothing_on_average() -> None:
    """Uncorrected, twenty classes of 200 draws would give 19/200; corrected, single tries lie on both sides of 0."""
    chance = np.random.default_rng(11)
    tries = [first_order(pd.DataFrame({"a": chance.random(400)}), chance.random((400, 1))) for _ in range(60)]
    given = np.array([t["first_order"].iloc[0] for t in tries])
    assert given.mean() < 0.015
    assert (given == 0).mean() > 0.25, "nothing below 0 is told"


def test_ranks_that_never_move_have_no_index() -> None:
    found = first_order(pd.DataFrame({"a": even(1)}), np.ones((DRAWS, 3)))
    assert found["first_order"].isna().all()
    assert found["error"].isna().all()
    assert first_order(pd.DataFrame(), np.empty((0, 0))).empty
    one = first_order(pd.DataFrame({"a": [0.3]}), np.ones((1, 1)))
    assert np.isnan(one["first_order"].iloc[0])


def test_bands_begin_at_their_bounds() -> None:
    assert band_of(np.array([1, 0.8, 0.799, 0.2, 0.199, 0])).tolist() == ["A", "A", "B", "B", "C", "C"]


def test_the_error_of_a_share() -> None:
    assert error_of(np.array([0.5, 0, 1]), 10_000).tolist() == pytest.approx([0.0098, 0, 0])


def test_a_band_changes_only_where_more_than_chance_says_so() -> None:
    ids = pd.Series(["a", "b", "c"])
    before, after = np.array([0.81, 0.95, 0.1]), np.array([0.795, 0.4, 0.1])
    found = band_changes(ids, {("normaliser", "percentile"): (after, 500)}, before, 1_000)
    assert found.to_dict("records") == [
        {
            "switch": "normaliser",
            "choice": "percentile",
            "site_id": "b",
            "band": "A",
            "band_settled": "B",
            "p_top_k": 0.95,
            "p_top_k_settled": 0.4,
        }
    ]
    assert band_changes(ids, {}, before, 1_000).empty
