"""Invented questions for a plan: sites with costs and values, and groups that must get their part of the budget."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from benchmarks import Numbers

PROBLEM = "problem.npz"
DEPRIVED_SHARE, GROUPS_SHARE = 0.4, 0.5
"""Parts of the budget for the most deprived, and for all groups' floors together."""


class Made(NamedTuple):
    """A question as any solver takes it: greatest value of whole sites, rows between two ends; money in parts of the budget."""

    value: Numbers
    rows: sparse.csr_matrix
    low: Numbers
    high: Numbers
    group: Any
    deprived: Any
    trees: Numbers
    cost: Numbers
    least_trees: float
    seconds: float


def make_problem(folder: Path, seed: int, sites: int, groups: int, seconds: int, trees: int = 0) -> None:
    """Write sites with lognormal trees, costs and values; a budget that pays for a twentieth of them; a quarter are deprived.

    With `trees`, the plan must come to so many parts of a hundred more trees than the money would buy for the best value.
    """
    draw = np.random.default_rng(seed)
    number = np.maximum(1, draw.lognormal(2.5, 1.0, sites)).round()
    cost = number * draw.lognormal(5.5, 0.5, sites)
    group = draw.permutation(np.arange(sites) % groups)
    deprived = draw.random(sites) < 0.25
    pull = np.exp(draw.normal(0, 0.4, groups))[group] * np.where(deprived, 0.8, 1.0)
    value = number**0.8 * draw.lognormal(0, 0.6, sites) * pull
    budget, best = cost.sum() / 20, np.argsort(-value / cost, kind="stable")
    bought = best[np.cumsum(cost[best]) <= budget]
    least = number[bought].sum() * (1 + trees / 100) if trees else 0.0
    np.savez(
        folder / PROBLEM,
        value=value / value[bought].sum(),
        cost=cost / budget,
        group=group,
        deprived=deprived,
        trees=number,
        least_trees=least,
        seconds=seconds,
    )


def read_problem(folder: Path) -> Made:
    """Read it back, with the rows as a matrix: budget, groups, deprived, and trees where there is a target."""
    found = np.load(folder / PROBLEM)
    cost, group, deprived, trees = (found[name] for name in ("cost", "group", "deprived", "trees"))
    least, groups, every = float(found["least_trees"]), int(group.max()) + 1, np.arange(len(cost))
    by_group = sparse.csr_matrix((cost, (group, every)), shape=(groups, len(cost)))
    parts = [sparse.csr_matrix(cost), by_group, sparse.csr_matrix(np.where(deprived, cost, 0.0))]
    low = [-np.inf, *[GROUPS_SHARE / groups] * groups, DEPRIVED_SHARE]
    high = [1.0, *[np.inf] * (groups + 1)]
    if least:
        parts.append(sparse.csr_matrix(trees / least))
        low, high = [*low, 1.0], [*high, np.inf]
    matrix, seconds = sparse.vstack(parts).tocsr(), float(found["seconds"])
    return Made(found["value"], matrix, np.array(low), np.array(high), group, deprived, trees, cost, least, seconds)


def kept(made: Made, chosen: Any) -> bool:
    """Whether a plan keeps every row, reckoned from the data and not from the matrix."""
    cost = np.where(chosen, made.cost, 0.0)
    fair = np.bincount(made.group, cost, minlength=made.group.max() + 1)
    return bool(
        cost.sum() <= 1 + 1e-6
        and (fair >= GROUPS_SHARE / len(fair) - 1e-6 / len(fair)).all()
        and cost[made.deprived].sum() >= DEPRIVED_SHARE - 1e-6
        and made.trees[chosen].sum() >= made.least_trees * (1 - 1e-6)
    )
