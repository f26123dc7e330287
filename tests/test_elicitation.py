"""One person's answer turned into weights: worked by hand, by properties, and against other ways of working them out."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treeplan.elicitation import RANDOM_INDEX, ahp, best_worst, points, swing

SAATY = [1 / k for k in range(9, 1, -1)] + [float(k) for k in range(1, 10)]


def consistent(weights: list[float]) -> np.ndarray:
    """The judgements of somebody who has these weights in mind."""
    w = np.array(weights)
    return w[:, None] / w


def reciprocal(upper: list[float], n: int) -> np.ndarray:
    matrix = np.eye(n)
    matrix[np.triu_indices(n, 1)] = upper
    return np.where(np.tri(n, k=-1) > 0, 1 / matrix.T.clip(1e-9), matrix)


@st.composite
def matrices(draw: st.DrawFn) -> np.ndarray:
    n = draw(st.integers(2, 8))
    count = n * (n - 1) // 2
    return reciprocal(draw(st.lists(st.sampled_from(SAATY), min_size=count, max_size=count)), n)


# ---------------------------------------------------------------- points and swing


def test_points_are_parts_of_all() -> None:
    assert points([5, 3, 2, 0]).tolist() == pytest.approx([0.5, 0.3, 0.2, 0])
    assert points([7]).tolist() == [1]
    assert points([1e308, 1e308]).tolist() == [0.5, 0.5]


def test_swings_are_parts_of_their_sum() -> None:
    # 100 + 60 + 40 = 200
    assert swing([60, 100, 40]).tolist() == pytest.approx([0.3, 0.5, 0.2])


@pytest.mark.parametrize("bad", [[0, 0], [-1, 2], [float("nan"), 1], [float("inf"), 1], [], [[1, 2]]])
def test_points_that_say_nothing_are_refused(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="not all 0"):
        points(bad)


@pytest.mark.parametrize("bad", [[90, 50], [150, 100], []])
def test_the_top_swing_is_a_hundred(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="is 100"):
        swing(bad)


@settings(deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=1, max_size=8).filter(any), st.integers(1, 50))
def test_points_add_to_one_keep_their_order_and_know_no_scale(given_: list[int], times: int) -> None:
    found = points(given_)
    assert found.sum() == pytest.approx(1)
    assert all((found[i] < found[j]) == (a < b) for i, a in enumerate(given_) for j, b in enumerate(given_))
    assert points([times * g for g in given_]) == pytest.approx(found)


# ---------------------------------------------------------------- pairs


def test_judgements_that_agree_give_back_their_weights() -> None:
    found = ahp(consistent([4, 2, 1]))  # 4 : 2 : 1 of 7
    assert found.shares.tolist() == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    assert (found.index, found.ratio) == pytest.approx((0, 0), abs=1e-12)
    assert found.doubt is None


def test_two_things_never_contradict() -> None:
    found = ahp([[1, 3], [1 / 3, 1]])
    assert found.shares.tolist() == pytest.approx([0.75, 0.25])
    assert (found.ratio, found.doubt) == (0, None)
    assert ahp([[1]]).shares.tolist() == [1]


def test_a_circle_of_preferences() -> None:
    """A over B, B over C and C over A, twice each: nobody leads. Each row sums to 3.5, so λ = 3.5, CI = 0.25, CR = 0.25 / 0.58."""
    found = ahp([[1, 2, 0.5], [0.5, 1, 2], [2, 0.5, 1]])
    assert found.shares.tolist() == pytest.approx([1 / 3] * 3)
    assert found.index == pytest.approx(0.25)
    assert found.ratio == pytest.approx(0.25 / 0.58)
    assert found.doubt is not None
    assert (found.doubt.first, found.doubt.second, found.doubt.said) == (0, 1, 2)
    assert found.doubt.implied == pytest.approx(1)


def test_three_things_by_the_geometric_mean() -> None:
    """Of three things the principal eigenvector is the geometric mean of each row, and λ follows from any row of A·w."""
    found = ahp([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]])
    means = np.array([15 ** (1 / 3), 1, (1 / 15) ** (1 / 3)])
    shares = means / means.sum()
    assert found.shares == pytest.approx(shares)
    greatest = 1 + 3 * shares[1] / shares[0] + 5 * shares[2] / shares[0]
    assert found.ratio == pytest.approx((greatest - 3) / 2 / 0.58)
    assert found.ratio == pytest.approx(0.033, abs=5e-4)


def test_the_judgement_that_does_not_fit_is_named() -> None:
    """Four weights of 8 : 4 : 2 : 1, but the first against the last is said to be 1/2, not 8."""
    matrix = consistent([8, 4, 2, 1])
    matrix[0, 3], matrix[3, 0] = 0.5, 2
    doubt = ahp(matrix).doubt
    assert doubt is not None
    assert (doubt.first, doubt.second, doubt.said) == (0, 3, 0.5)
    assert doubt.implied > 1
    assert ahp(matrix).ratio > 0.1


@settings(deadline=None)
@given(matrices())
def test_the_power_method_finds_the_principal_eigenvector(matrix: np.ndarray) -> None:
    values, vectors = np.linalg.eig(matrix)
    at = int(np.argmax(values.real))
    wanted = np.abs(vectors[:, at].real)
    found = ahp(matrix)
    n = len(matrix)
    assert found.shares == pytest.approx(wanted / wanted.sum(), abs=1e-9)
    index = (values[at].real - n) / (n - 1)
    assert found.index == pytest.approx(index if n > 2 else 0, abs=1e-9)
    assert found.ratio == pytest.approx(index / RANDOM_INDEX[n] if n > 2 else 0, abs=1e-9)


@settings(deadline=None)
@given(matrices(), st.randoms(use_true_random=False))
def test_the_order_of_things_does_not_matter(matrix: np.ndarray, random) -> None:
    order = list(range(len(matrix)))
    random.shuffle(order)
    turned, straight = ahp(matrix[np.ix_(order, order)]), ahp(matrix)
    assert turned.shares == pytest.approx(straight.shares[order], abs=1e-12)
    assert turned.ratio == pytest.approx(straight.ratio, abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.integers(1, 20), min_size=3, max_size=8))
def test_agreeing_judgements_have_no_doubt(weights: list[int]) -> None:
    found = ahp(consistent(weights))
    assert found.shares == pytest.approx(np.array(weights) / sum(weights))
    assert found.ratio < 1e-9
    assert found.doubt is None


@pytest.mark.parametrize("bad", [[[1, 2]], [[1, 2], [2, 1]], [[1, 0], [0, 1]], [[2, 1], [1, 2]], np.ones((9, 9)), [[1, -2], [-0.5, 1]]])  # fmt: skip
def test_what_is_no_matrix_of_judgements_is_refused(bad: list[list[float]]) -> None:
    with pytest.raises(ValueError, match=r"matrix|judgements"):
        ahp(bad)


# ---------------------------------------------------------------- best and worst


def test_best_and_worst_that_agree_leave_no_slack() -> None:
    """Weights 4 : 2 : 1 of 7: the best is 1, 2 and 4 times the others, and they are 4, 2 and 1 times the worst."""
    found = best_worst(0, 2, [1, 2, 4], [4, 2, 1])
    assert found.shares.tolist() == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    assert found.slack == pytest.approx(0, abs=1e-9)
    assert best_worst(0, 0, [1], [1]).shares.tolist() == [1]


def test_best_and_worst_worked_by_hand() -> None:
    """Best over middle 2, middle over worst 2, best over worst 8, where 4 would agree.

    All three miss by as much: w_B = 2 w_M + ξ, w_M = 2 w_W + ξ and w_B = 8 w_W − ξ, so 4 w_W + 3 ξ = 8 w_W − ξ and ξ = w_W.
    Then w_B = 7, w_M = 3 and w_W = 1 of 11, and ξ = 1 / 11.
    """
    found = best_worst(0, 2, [1, 2, 8], [8, 2, 1])
    assert found.shares.tolist() == pytest.approx([7 / 11, 3 / 11, 1 / 11])
    assert found.slack == pytest.approx(1 / 11)


def missed(shares: np.ndarray, best: int, worst: int, over: np.ndarray, under: np.ndarray) -> np.ndarray:
    """By how much the comparisons miss weights at most; weights along the last axis."""
    b, w = shares[..., [best]], shares[..., [worst]]
    return np.maximum(np.abs(b - over * shares), np.abs(shares - under * w)).max(axis=-1)


@settings(deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_no_point_of_a_fine_grid_misses_less(over: int, under: int, top: int) -> None:
    a, b = np.array([1, over, top]), np.array([top, under, 1])
    found = best_worst(0, 2, a, b)
    step = np.arange(0, 101) / 100
    grid = np.array(np.meshgrid(step, step)).reshape(2, -1).T
    grid = np.column_stack([grid, 1 - grid.sum(axis=1)])
    grid = grid[grid[:, 2] >= 0]
    assert missed(found.shares, 0, 2, a, b) == pytest.approx(found.slack, abs=1e-9)
    assert found.slack <= missed(grid, 0, 2, a, b).min() + 1e-9


@settings(deadline=None)
@given(st.lists(st.integers(1, 12), min_size=2, max_size=8))
def test_best_and_worst_give_back_the_weights_in_mind(weights: list[int]) -> None:
    w = np.array(weights, dtype=float)
    best, worst = int(w.argmax()), len(w) - 1 - int(w[::-1].argmin())
    if best == worst:
        best, worst = 0, 1
    over = [float(Fraction(weights[best], v)) for v in weights]
    under = [float(Fraction(v, weights[worst])) for v in weights]
    found = best_worst(best, worst, over, under)
    assert found.shares == pytest.approx(w / w.sum(), abs=1e-8)
    assert found.slack < 1e-9


def test_the_order_of_things_does_not_matter_to_best_and_worst() -> None:
    over, under = np.array([1, 3, 5, 9]), np.array([9, 2, 4, 1])
    straight = best_worst(0, 3, over, under)
    for order in permutations(range(4)):
        at = list(order)
        turned = best_worst(at.index(0), at.index(3), over[at], under[at])
        assert turned.shares == pytest.approx(straight.shares[at], abs=1e-9)
        assert turned.slack == pytest.approx(straight.slack, abs=1e-9)


@pytest.mark.parametrize(
    ("best", "worst", "over", "under"),
    [
        (0, 0, [1, 2], [2, 1]),
        (0, 1, [1, 2, 3], [2, 1]),
        (0, 2, [1, 2], [2, 1]),
        (0, 1, [1, 0.5], [0.5, 1]),
        (0, 1, [1, 2], [3, 1]),
        (0, 1, [2, 2], [2, 1]),
        (0, 1, [1, float("nan")], [2, 1]),
    ],
)
def test_comparisons_that_do_not_fit_together_are_refused(
    best: int, worst: int, over: list[float], under: list[float]
) -> None:
    with pytest.raises(ValueError, match=r"wanted|1 or more|one number"):
        best_worst(best, worst, over, under)
