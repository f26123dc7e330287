"""Why there is no plan: which rows clash, and what the least is that must give."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from treeplan.errors import PlanError
from treeplan.portfolio.exact import solve
from treeplan.portfolio.problem import CLOSE, Floor, Problem, Values
from treeplan.portfolio.search import Answer

_TRIED = 30


def require_reachable(floors: tuple[Floor, ...], cost_gbp: Values) -> None:
    """Stop early, with names and figures, where a floor or target is beyond what its sites could ever come to.

    Raises
    ------
    PlanError
    """
    budget, short = floors[0].asked, []
    for floor in floors:
        if floor.at_most or not floor.priced:
            continue
        can = cost_gbp[floor.members] <= budget
        could = float(floor.amounts[can].sum())
        if could < floor.asked * (1 - CLOSE):
            short.append(
                f"{floor.label}: {said(floor, floor.asked)} is asked for, but its sites come to {said(floor, could)}"
            )
    if short:
        raise PlanError(
            "the plan's floors cannot be met:\n  " + "\n  ".join(short),
            "lower those floors in [plan], or take in more land.",
        )


def clash(problem: Problem, until: float) -> PlanError:
    """The reason why no plan keeps every row: a smallest set of rows that clash, and the least relaxation that makes a plan.

    Parameters
    ----------
    problem : Problem
        One for which no plan was found.
    until : float
        When to stop, by `time.monotonic`.
    """
    rows = tuple(f for f in problem.floors if f.priced)
    bent = _bent(problem, rows)
    least = solve(bent, until)
    if least.chosen is None:
        locked = int(problem.locked.sum())
        return PlanError(
            f"no set of whole sites goes with the {locked} of [plan] lock_in within the budget and the conflicts",
            "lock in fewer sites, or raise budget_gbp.",
        )
    if least.value >= -CLOSE * max(least.whole, 1.0):
        return PlanError("no plan was found in the time allowed", "give it more time: [plan] seconds = 120.")
    gives = [
        f"{f.label} by {said(f, f.missed(least.chosen))} of {said(f, f.asked)}"
        for f in rows
        if f.missed(least.chosen) > 0
    ]
    fewest = "" if least.gap <= 1e-3 else " (or a little less)"
    clashing = _smallest(problem, rows, least, until)
    return PlanError(
        "no set of whole sites keeps every floor and cap of [plan] at once. These clash within the budget of "
        f"{said(problem.floors[0], problem.floors[0].asked)}:\n  "
        + "\n  ".join(_rule(f) for f in clashing)
        + f"\nThe least that must give{fewest}: {'; '.join(gives)}",
        f"change {', '.join(sorted({f'[plan] {f.setting}' for f in clashing}))} by that much; a budget that pays for more sites "
        "also makes floors easier to keep.",
    )


def _bent(problem: Problem, rows: tuple[Floor, ...]) -> Problem:
    """The same rows, which may be missed: what counts is how much of the budget, or of a target, is missed in all."""
    budget = problem.floors[0].asked
    kept = tuple(f for f in problem.floors if not f.priced and np.isinf(f.penalty))
    soft = tuple(replace(f, penalty=f.scale / budget if f.unit == "gbp" else 1.0) for f in rows)
    return replace(problem, value=np.zeros(len(problem.value)), floors=(*kept, *soft), pairs=None)


def _smallest(problem: Problem, rows: tuple[Floor, ...], least: Answer, until: float) -> tuple[Floor, ...]:
    """Rows that clash and of which none can be left out: of those that have a price where the least is missed, one after another."""
    assert least.chosen is not None
    first = len(least.prices) - len(rows)
    some = [f for f, p in zip(rows, least.prices[first:], strict=True) if p > 0 or f.missed(least.chosen) > 0]
    if len(some) > _TRIED or not _impossible(problem, tuple(some), until):
        some = list(rows) if len(rows) <= _TRIED else some
    if len(some) > _TRIED:
        return tuple(some)
    for floor in list(some):
        fewer = [f for f in some if f is not floor]
        if fewer and _impossible(problem, tuple(fewer), until):
            some = fewer
    return tuple(some)


def _impossible(problem: Problem, rows: tuple[Floor, ...], until: float) -> bool:
    """Whether it is proven that these rows cannot all be kept."""
    return solve(_bent(problem, rows), until).bound < -CLOSE


def said(floor: Floor, amount: float) -> str:
    """An amount of a row with its unit."""
    if floor.unit == "gbp":
        return f"£{amount:,.0f}"
    return f"{amount:,.1f} ha" if floor.unit == "ha" else f"{amount:,.0f} {floor.unit}"


def _rule(floor: Floor) -> str:
    share = f"{floor.share:.0%}, " if floor.unit == "gbp" else ""
    asked = f"{share}{said(floor, floor.asked)}"
    return f"{floor.label} {'at most' if floor.at_most else 'at least'} {asked} ({floor.setting})"
