"""One person's answer turned into weights that add to 1: points, swing weights, pairs (AHP), best and worst (BWM).

Plain arithmetic on arrays in the order of what was compared; knows no benefit and no file (METHODS.md 7.4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

Values = npt.NDArray[np.float64]

METHODS: dict[str, str] = {
    "points": "points shared out among the benefits, as many as one likes",
    "swing": "100 for the benefit whose step from the worst site to the best matters most, the others against it",
    "pairs": "benefits two at a time: how many times as much the first matters, 1/9 to 9 (AHP)",
    "best-worst": "the most and the least important benefit, and how many times all others lie between them, 1 to 9 (BWM)",
}
"""Ways of asking, by the name that stands in a sheet."""

SCALE = 9.0
"""The most times that one thing can matter as much as another, in pairs and in best and worst."""

RANDOM_INDEX = {3: 0.58, 4: 0.90, 5: 1.12, 6: 1.24, 7: 1.32, 8: 1.41}
"""Consistency index of judgements made at random, by the number of things compared (METHODS.md 7.4)."""

CONSISTENT_BELOW = 0.10
"""A consistency ratio below this is accepted (METHODS.md 7.4)."""

_AGREES = 1e-6
_MOST_STEPS = 10_000


@dataclass(frozen=True)
class Doubt:
    """The judgement that fits the weights least: which pair, what was said of it, and what the weights say."""

    first: int
    second: int
    said: float
    implied: float


@dataclass(frozen=True)
class Pairs:
    """What pairwise judgements come to.

    Attributes
    ----------
    shares : array
        Weights that add to 1.
    index, ratio : float
        Consistency index CI and ratio CR; 0 where the judgements contradict nowhere.
    doubt : Doubt or None
        The judgement to ask about again; None where all agree.
    """

    shares: Values
    index: float
    ratio: float
    doubt: Doubt | None


@dataclass(frozen=True)
class BestWorst:
    """Weights that add to 1, and by how much of a weight the comparisons miss them at most (`slack`, ξ)."""

    shares: Values
    slack: float


def points(given: npt.ArrayLike) -> Values:
    """Weights from points shared out: each as a part of all, whatever their sum.

    Raises
    ------
    ValueError
        A number is negative or unknown, or all are 0.
    """
    amounts = np.asarray(given, dtype=float)
    if amounts.ndim != 1 or not np.isfinite(amounts).all() or (amounts < 0).any() or not amounts.any():
        raise ValueError("points are numbers of 0 or more, and not all 0")
    scaled = amounts / amounts.max()
    return np.asarray(scaled / scaled.sum())


def swing(given: npt.ArrayLike) -> Values:
    """Weights from swings: 100 for the step from worst to best that matters most, the others against it; s / Σs.

    Raises
    ------
    ValueError
        The greatest is not 100, or as `points`.
    """
    swings = np.asarray(given, dtype=float)
    if swings.size == 0 or swings.max() != 100:
        raise ValueError("the swing that matters most is 100")
    return points(swings)


def ahp(matrix: npt.ArrayLike) -> Pairs:
    """Weights from pairwise judgements: the principal eigenvector, by the power method.

    Parameters
    ----------
    matrix : array of shape (n, n)
        How many times as much the row's thing matters as the column's; reciprocal, 1 on the diagonal.

    Raises
    ------
    ValueError
        The matrix is not square, positive and reciprocal, or larger than 8.
    """
    judged = np.asarray(matrix, dtype=float)
    n = len(judged)
    if judged.shape != (n, n) or not 1 <= n <= max(RANDOM_INDEX):
        raise ValueError(f"a square matrix of 1 to {max(RANDOM_INDEX)} things is wanted")
    if not np.isfinite(judged).all() or (judged <= 0).any() or not np.allclose(judged * judged.T, 1, rtol=0, atol=1e-9):
        raise ValueError("judgements are above 0, and each is 1 ÷ its reverse")
    shares = _principal(judged)
    greatest = float(np.mean(judged @ shares / shares))
    index = max(0.0, (greatest - n) / (n - 1)) if n > 2 else 0.0
    ratio = index / RANDOM_INDEX[n] if n > 2 else 0.0
    return Pairs(shares, index, ratio, _doubt(judged, shares))


def _principal(judged: Values) -> Values:
    shares = np.full(len(judged), 1 / len(judged))
    for _ in range(_MOST_STEPS):
        step = judged @ shares
        step /= step.sum()
        if np.abs(step - shares).max() < 1e-15:
            break
        shares = step
    return np.asarray(step)


def _doubt(judged: Values, shares: Values) -> Doubt | None:
    """The judgement farthest, as a ratio, from what the weights say; of two as far, the first."""
    if len(judged) < 2:
        return None
    implied = shares[:, None] / shares
    first, second = np.triu_indices(len(judged), 1)
    far = np.abs(np.log(judged / implied))[first, second].round(9)
    worst = int(np.argmax(far))
    if far[worst] < _AGREES:
        return None
    i, j = int(first[worst]), int(second[worst])
    return Doubt(i, j, float(judged[i, j]), float(implied[i, j]))


def best_worst(best: int, worst: int, best_over: npt.ArrayLike, over_worst: npt.ArrayLike) -> BestWorst:
    """Weights from best and worst: least ξ with \\|w_B − a_Bj·w_j\\| ≤ ξ and \\|w_j − a_jW·w_W\\| ≤ ξ, by linear programming.

    Parameters
    ----------
    best, worst : int
        Which of the things matters most, and least.
    best_over, over_worst : array
        How many times as much the best matters as each, and each as the worst, 1 or more.

    Raises
    ------
    ValueError
        The comparisons do not fit together: unlike lengths, a number under 1, or best over worst said in two ways.
    """
    over, under = np.asarray(best_over, dtype=float), np.asarray(over_worst, dtype=float)
    n = len(over)
    if over.shape != (n,) or under.shape != (n,) or not {best, worst} <= set(range(n)) or (best == worst) != (n == 1):
        raise ValueError("one comparison of each thing with the best and one with the worst is wanted")
    if not (np.isfinite(over).all() and np.isfinite(under).all() and min(over.min(), under.min()) >= 1):
        raise ValueError("comparisons with the best and the worst are 1 or more")
    if over[best] != 1 or under[worst] != 1 or over[worst] != under[best]:
        raise ValueError("a thing matters once as much as itself, and best over worst is one number")
    # Rows of unknowns (w_1 … w_n, ξ): every absolute difference is two inequalities.
    one, rows = np.eye(n), np.arange(n)
    differences = np.vstack([one[best] - over[:, None] * one[rows], one[rows] - under[:, None] * one[worst]])
    slack = np.full((len(differences), 1), -1.0)
    above, below = np.hstack([differences, slack]), np.hstack([-differences, slack])
    found = linprog(
        np.append(np.zeros(n), 1.0),
        A_ub=np.vstack([above, below]),
        b_ub=np.zeros(2 * len(differences)),
        A_eq=np.append(np.ones(n), 0.0)[None, :],
        b_eq=[1.0],
        method="highs",
    )
    if not found.success:
        raise ValueError(f"no weights were found: {found.message}")
    return BestWorst(points(np.maximum(found.x[:n], 0.0)), max(0.0, float(found.x[n])))
