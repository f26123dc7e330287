"""Small invented problems, their best plan by trying everything, and a check of plans that shares no code with the package."""

from __future__ import annotations

import numpy as np

from treeplan.portfolio.problem import Floor, Mask, Problem, Values


def budget(cost: Values, most: float) -> Floor:
    return Floor("the budget", np.arange(len(cost)), cost, most, 1.0, True, setting="budget_gbp")


def floor(label: str, members: list[int] | np.ndarray, amounts: Values, asked: float, **more: object) -> Floor:
    """Amounts are given for every site."""
    some = np.asarray(members, dtype=np.int64)
    return Floor(label, some, np.asarray(amounts, dtype=float)[some], asked, **more)  # type: ignore[arg-type]


def random_problem(seed: int, most_sites: int = 12) -> Problem:
    """A few sites with some of: losses, floors by group, a floor across groups, caps, conflicts, tree targets, locks, soft targets."""
    draw = np.random.default_rng(seed)
    n = int(draw.integers(1, most_sites + 1))
    value = draw.random(n) - (0.2 if seed % 3 == 0 else 0.0)
    cost = draw.integers(1, 20, n).astype(float)
    most = max(1.0, float(cost.sum() * draw.uniform(0.1, 0.9)))
    group, floors = draw.integers(0, 3, n), [budget(cost, most)]
    if seed % 2:
        floors += [
            floor(f"group {k}", np.flatnonzero(group == k), cost, 0.15 * most, setting="by_group") for k in range(3)
        ]
    if seed % 5 == 1:
        floors.append(floor("deprived", np.flatnonzero(draw.random(n) < 0.5), cost, 0.3 * most, setting="deprived"))
    if seed % 7 == 2:
        floors.append(floor("cap", np.flatnonzero(draw.random(n) < 0.5), cost, 0.4 * most, at_most=True, setting="cap"))
    if seed % 4 == 3:
        some = np.sort(draw.permutation(n)[:3])
        floors.append(floor("one of", some, np.ones(n), 1.0, at_most=True, unit="sites", setting="conflicts"))
    if seed % 6 == 5:
        trees = draw.integers(1, 9, n).astype(float)
        floors.append(floor("trees", np.arange(n), trees, trees.sum() * 0.3, unit="trees", setting="min_trees"))
    if seed % 8 == 4:
        good = draw.integers(0, 9, n).astype(float)
        floors.append(floor("target", np.arange(n), good, good.sum() * 0.5 + 1, unit="share", penalty=0.7))
    free = draw.random(n) > 0.1
    return Problem(value, tuple(floors), free, free & (draw.random(n) < 0.05))


def all_plans(problem: Problem) -> tuple[np.ndarray, Values]:
    """Every set of sites, and its worth; minus infinity where it breaks a rule."""
    n = len(problem.value)
    sets = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    worth = sets @ problem.value
    fine = (sets[:, ~problem.free] == 0).all(axis=1) & (sets[:, problem.locked] == 1).all(axis=1)
    for f in problem.floors:
        over = (sets[:, f.members] @ f.amounts - f.asked) * (1 if f.at_most else -1)
        if np.isinf(f.penalty):
            fine &= over <= 1e-9 * f.asked
        else:
            worth = worth - f.penalty * np.maximum(over, 0) / f.asked
    if problem.pairs is not None:
        for one, other, reward in zip(*problem.pairs, strict=True):
            worth = worth + reward * sets[:, one] * sets[:, other]
    return sets.astype(bool), np.where(fine, worth, -np.inf)


def breaks(problem: Problem, chosen: Mask) -> list[str]:
    """What a plan breaks, reckoned site by site."""
    taken = set(np.flatnonzero(chosen).tolist())
    wrong = ["free"] if not taken <= set(np.flatnonzero(problem.free).tolist()) else []
    wrong += ["locked"] if not set(np.flatnonzero(problem.locked).tolist()) <= taken else []
    for f in problem.floors:
        total = sum(a for site, a in zip(f.members.tolist(), f.amounts.tolist(), strict=True) if site in taken)
        if np.isinf(f.penalty) and (total > f.asked * (1 + 1e-9) if f.at_most else total < f.asked * (1 - 1e-9)):
            wrong.append(f.label)
    return wrong


def many_groups(seed: int, groups: int, each: int) -> Problem:
    """So many groups with a floor each, and a floor for a quarter of all sites, as in a county of small areas."""
    draw = np.random.default_rng(seed)
    n = groups * each
    trees = np.maximum(1, draw.lognormal(2.5, 1.0, n)).round()
    cost = trees * draw.lognormal(5.5, 0.5, n)
    value = trees**0.8 * draw.lognormal(0, 0.6, n)
    group, deprived = np.repeat(np.arange(groups), each), draw.random(n) < 0.25
    most = float(cost.sum() * 0.1)
    rows = [floor(f"g{k}", np.flatnonzero(group == k), cost, 0.5 * most / groups, setting="g") for k in range(groups)]
    rows.append(floor("deprived", np.flatnonzero(deprived), cost, 0.4 * most, setting="deprived"))
    return Problem(value, (budget(cost, most), *rows), np.ones(n, dtype=bool))
