"""The search: a price for every row bounds every plan, and repairing what the prices buy finds a good one.

At any prices of the rows (what a pound of the budget is worth, what each pound of a floor costs), a plan can be worth no more than
the sites that are worth their price, plus the rows at their prices. The least such bound is that of buying parts of sites. It is
found by Newton steps on the bound with its corners rounded off, ever less.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from treeplan.portfolio.blocks import by_group, groups_of
from treeplan.portfolio.problem import CLOSE, Floor, Mask, Places, Problem, Rows, Values, rows_of

ENOUGH = 1e-4
"""The gap at which a plan counts as the best, as a part of its value."""

_ROUNDING = (0.3, 0.1, 0.01, 1e-3, 1e-4)
_STEPS = 30
_REACH = 5.0
_CORE = 400
_REPAIRS = 300
_TURNS = 8
_ENUMERATED = 60
_NODES = 400_000
_MANY = 40
_STARTS = 24
_BLUNT = 0.03


@dataclass(frozen=True)
class Answer:
    """A plan of whole sites, and what no plan can exceed.

    Attributes
    ----------
    chosen : array of bool, optional
        None where no plan was found.
    value, bound : float
        Worth of the plan, and more than any plan's.
    prices : array
        Of each floor: by how much the bound would rise if all that it asks were taken away again.
    stopped_by : str
        What ended it before the gap was small enough: "time", "work" or nothing.
    whole : float
        What the gap is a part of where that is more than the value: all penalties together.
    """

    chosen: Mask | None
    value: float
    bound: float
    prices: Values
    stopped_by: str = ""
    whole: float = 0.0

    @property
    def gap(self) -> float:
        """By how much a plan could be better, as a part of this one's value; infinite where there is none."""
        if self.chosen is None:
            return np.inf
        return max(0.0, self.bound - self.value) / max(abs(self.value), self.whole, 1e-300)

    @property
    def impossible(self) -> bool:
        """Whether it is proven that no plan keeps every row."""
        return self.chosen is None and self.bound == -np.inf


def search(problem: Problem, until: float = np.inf) -> Answer:
    """A good plan and a bound, by prices; always the same for the same problem unless the clock ends it.

    Parameters
    ----------
    problem : Problem
    until : float
        When to stop, by `time.monotonic`.
    """
    if problem.pairs is not None:
        return _with_pairs(problem, until)
    from treeplan.kernels.choosing import worth_of

    rows = rows_of(problem)
    base = float(problem.value[problem.locked].sum())
    scale = _scale(rows)
    scaled = rows._replace(value=rows.value / scale, limit=rows.limit / scale)
    price, bound, bends = _prices(scaled, until)
    worth = np.empty(len(rows.sites))
    worth_of(*rows.layout, scaled.value, price, worth)
    chosen, _, bound, stopped = _whole(scaled, price, worth, bound, bends, until)
    prices = np.zeros(len(problem.floors))
    prices[rows.floor] = np.abs(price) * scale
    top = base + bound * scale
    top += 1e-12 * abs(top) if np.isfinite(top) else 0.0
    whole = sum(f.penalty for f in problem.floors if np.isfinite(f.penalty))
    if chosen is None:
        return Answer(None, -np.inf, top, prices, stopped, whole)
    plan = problem.locked.copy()
    plan[rows.sites[chosen]] = True
    total = problem.worth(plan)
    return Answer(plan, total, max(top, total), prices, stopped, whole)


def prepare() -> None:
    """Have the kernels compiled, which is no part of the time that a plan may take."""
    two = np.array([0, 1]), np.ones(2)
    rows = (Floor("a", two[0][:1], two[1][:1], 1.0, setting="a"), Floor("b", two[0][1:], two[1][1:], 1.0, setting="a"))
    tiny = rows_of(Problem(np.array([1.0, 2.0]), (Floor("budget", *two, 1.5, at_most=True), *rows), two[1] > 0))
    price, bound, bends = _prices(tiny, np.inf)
    worth = tiny.value.copy()
    _whole(tiny, price, worth, bound, bends, np.inf)
    groups = groups_of(tiny)
    if groups is not None:
        by_group(tiny, groups, price, bends, np.inf)


def _with_pairs(problem: Problem, until: float) -> Answer:
    """The better of two plans, with half of each reward given to either site and without, under the bound of the first."""
    upper = search(problem.upper, until)
    plain = search(replace(problem, pairs=None), until)
    plans = [p.chosen for p in (upper, plain) if p.chosen is not None]
    if not plans:
        return upper
    chosen = max(plans, key=problem.worth)
    value = problem.worth(chosen)
    return replace(upper, chosen=chosen, value=value, bound=max(upper.bound, value))


def _scale(rows: Rows) -> float:
    """About the value of a plan, so that the figures of the search are near 1."""
    worth = rows.value + _soft(rows)
    good = worth[worth > 0]
    if not len(good):
        return float(np.abs(worth).max(initial=0.0)) or 1.0
    spent = _amounts(rows, 0)[worth > 0]
    order = np.argsort(-good / np.maximum(spent, 1e-300), kind="stable")
    within = np.cumsum(spent[order]) <= max(rows.asked[0], 0)
    return float(good[order][within].sum()) or float(good.max())


def _soft(rows: Rows) -> Values:
    """What sites do for rows that may be missed, at their penalties."""
    site = np.repeat(np.arange(len(rows.sites)), np.diff(rows.start))
    limit = np.where(np.isfinite(rows.limit), rows.limit, 0.0)[rows.row]
    return np.bincount(site, limit * np.abs(rows.amount), minlength=len(rows.sites)).astype(float)


def _amounts(rows: Rows, row: int) -> Values:
    """What each site counts in a row."""
    site = np.repeat(np.arange(len(rows.sites)), np.diff(rows.start))
    return np.bincount(site, np.where(rows.row == row, rows.amount, 0.0), minlength=len(rows.sites)).astype(float)


def _prices(rows: Rows, until: float) -> tuple[Values, float, Values]:
    """The price of each row, signed as it enters a site's worth, the least bound found, and how the first rows bend there."""
    from treeplan.kernels.choosing import smoothed

    first, count = rows.first, len(rows.asked)
    size, theta = _sizes(rows)
    reach = _REACH * _per_unit(rows, size)
    most = np.minimum(rows.limit, 1e3)
    used, bends = np.empty(count), np.empty((first, first))
    across, alone = np.empty((first, count - first)), np.empty(count - first)
    best, least = theta, np.inf

    def look(theta: Values, tau: float) -> float:
        nonlocal best, least
        signed = rows.side * theta
        rounded, bound = smoothed(*rows.layout, rows.value, size, signed, tau, used, bends, across, alone)
        fixed = float(signed @ rows.asked)
        if bound + fixed < least:
            best, least = theta, bound + fixed
        return rounded + fixed

    for tau in _ROUNDING:
        now = look(theta, tau)
        for _ in range(_STEPS):
            slope = rows.side * (rows.asked - used)
            held = ((theta <= 0) & (slope > 0)) | ((theta >= most) & (slope < 0))
            step = _newton(rows.side, slope, held, np.abs(slope) / (tau * reach), bends, across, alone)
            if step is None or -(slope @ step) < 1e-3 * tau * max(abs(now), 1e-12) or time.monotonic() > until:
                break
            length = 1.0
            while True:
                new = np.clip(theta + length * step, 0, most)
                then = look(new, tau)
                if then <= now + 1e-4 * float(slope @ (new - theta)) or length < 1e-6:
                    break
                length *= 0.3
            theta, now = new, then
            if length < 1e-6:
                break
    look(best, _BLUNT)
    paid = np.flatnonzero(best[first:] > 0)
    joined = across[:, paid]
    return rows.side * best, least, bends - (joined / (alone[paid] + 1e-12)) @ joined.T


def _sizes(rows: Rows) -> tuple[Values, Values]:
    """How large each site is in the sum, and prices to begin with: the budget's as without any other row."""
    worth = rows.value + _soft(rows)
    spent = _amounts(rows, 0)
    theta = np.zeros(len(rows.asked))
    good = worth > 0
    ratio = worth[good] / np.maximum(spent[good], 1e-300)
    order = np.argsort(-ratio, kind="stable")
    over = np.flatnonzero(np.cumsum(spent[good][order]) > max(rows.asked[0], 0))
    theta[0] = min(ratio[order[over[0]]], 1e3) if len(over) and rows.side[0] > 0 else 0.0
    size = np.maximum(np.abs(worth), theta[0] * spent)
    return np.maximum(size, 1e-9 * float(size.max(initial=0.0)) or 1e-9), theta


def _per_unit(rows: Rows, size: Values) -> Values:
    """How large the sites of a row are for each unit of it: about what a unit can cost."""
    site = np.repeat(np.arange(len(rows.sites)), np.diff(rows.start))
    count = len(rows.asked)
    sizes = np.bincount(rows.row, size[site], minlength=count)
    return np.maximum(sizes, 1e-12) / np.maximum(np.bincount(rows.row, np.abs(rows.amount), minlength=count), 1e-12)


def _newton(
    side: Values, slope: Values, held: Mask, caution: Values, bends: Values, across: Values, alone: Values
) -> Values | None:
    """The step that takes the slope to nought; rows held at an end of their prices stay there.

    `caution` is added to how a row's slope bends, so that no step goes far beyond where it is known how it bends.
    """
    first, count = len(bends), len(slope)
    step = np.zeros(count)
    a, b = np.flatnonzero(~held[:first]), np.flatnonzero(~held[first:])
    if not len(a) and not len(b):
        return None
    goal = -side * slope  # in signed prices
    least = 1e-9 * max((np.trace(bends) + alone.sum()) / count, 1e-9)
    own = alone[b] + caution[first:][b] + least
    joined = across[np.ix_(a, b)]
    if len(a):
        core = bends[np.ix_(a, a)] - (joined / own) @ joined.T
        core[np.diag_indices(len(a))] += caution[:first][a] + 1e-9 * bends[a, a] + least
        factor = cho_factor(core)
        step[a] = cho_solve(factor, goal[a] - joined @ (goal[first:][b] / own))
    step[first + b] = (goal[first:][b] - joined.T @ step[a]) / own
    return side * step


def _whole(
    rows: Rows, price: Values, worth: Values, bound: float, bends: Values, until: float
) -> tuple[Mask | None, float, float, str]:
    """Whole sites: what the prices buy, repaired and improved; and the bound, lowered to the plan's where nothing is better."""
    best, value, priced = None, -np.inf, bound
    many = len(rows.asked) - rows.first > _MANY
    groups = groups_of(rows)

    def consider(begins: list[Mask], most: int, worth: Values) -> None:
        nonlocal best, value
        for begin in begins:
            chosen = _kept(rows, price, worth, begin)
            if chosen is not None:
                total, most = _value(rows, chosen), most - 1
                if total > value:
                    best, value = chosen, total
            if most == 0 or time.monotonic() > until:
                break

    if not many:
        consider([worth > 0, np.zeros(len(worth), dtype=bool)], 1, worth)
    if groups is not None and (best is None or bound - value > ENOUGH * abs(value)):
        lower, plans, own = by_group(rows, groups, price, bends, until)
        bound = min(bound, lower)
        consider(plans, 3, own)
    if best is None and many:
        consider([worth > 0, np.zeros(len(worth), dtype=bool)], 1, worth)
    if bound - value > ENOUGH * abs(value) or best is None:
        for site in _nearest(worth, _STARTS):
            if time.monotonic() > until:
                break
            begin = worth > 0
            begin[site] = ~begin[site]
            chosen = _kept(rows, price, worth, begin, site)
            if chosen is not None and _value(rows, chosen) > value:
                best, value = chosen, _value(rows, chosen)
    doubt = np.flatnonzero(np.abs(worth) <= priced - value)
    settled = best is not None and bound - value <= ENOUGH * abs(value)
    if (settled and len(doubt) > _ENUMERATED) or time.monotonic() > until:
        return best, value, bound, ""
    best, value, whole = _enumerated(rows, price, worth, doubt, priced, best, value)
    return best, value, min(bound, value) if whole else bound, "" if whole else "work"


def _kept(rows: Rows, price: Values, worth: Values, begin: Mask, held: int = -1) -> Mask | None:
    """A plan near `begin` that keeps every row that must hold, as good as exchanges of one site make it; None if none was found.

    The site `held`, where there is one, is not changed to mend what is missed. Where single changes do not get there, missing a row is let for a price that rises until it does not pay.
    """
    from treeplan.kernels.choosing import fill, improve, repair, used_by

    chosen, used = begin.copy(), np.empty(len(rows.asked))
    used_by(*rows.layout, chosen, used)
    hard = np.isinf(rows.limit)
    rules = (rows.side, rows.asked, rows.limit)
    least = 1e-12

    def mend() -> bool:
        moved = np.zeros(len(worth), dtype=bool)
        if held >= 0:
            moved[held] = True
        return bool(repair(*rows.layout, *rules, worth, chosen, used, moved, _REPAIRS))

    fine = mend()
    fee = np.abs(price) + float(np.abs(price).mean()) + 1e-3
    for turn in range(_TURNS if not fine else 0):
        limit = np.where(hard, fee, rows.limit)
        near = _nearest(worth, _CORE << (turn // 2))
        improve(*rows.layout, rows.side, rows.asked, limit, rows.value, near, chosen, used, least, 3)
        fine = mend()
        if fine:
            break
        missed = hard & (rows.side * (used - rows.asked) > CLOSE)
        fee = np.where(missed, 4 * fee, fee)
    if not fine:
        return None
    fill(*rows.layout, *rules, rows.value, np.argsort(-worth, kind="stable"), chosen, used)
    improve(*rows.layout, *rules, rows.value, _nearest(worth, _CORE), chosen, used, least, 20)
    return chosen


def _nearest(worth: Values, most: int) -> Places:
    """The sites whose worth is nearest to nothing, nearest first."""
    size = np.abs(worth)
    near = np.argpartition(size, most)[:most] if len(size) > most else np.arange(len(size))
    return near[np.argsort(size[near], kind="stable")]


def _value(rows: Rows, chosen: Mask) -> float:
    from treeplan.kernels.choosing import used_by

    used = np.empty(len(rows.asked))
    used_by(*rows.layout, chosen, used)
    over = np.maximum(0, rows.side * (used - rows.asked))
    soft = np.isfinite(rows.limit)
    return float(rows.value[chosen].sum() - (rows.limit[soft] * over[soft]).sum())


def _enumerated(
    rows: Rows, price: Values, worth: Values, doubt: Places, bound: float, best: Mask | None, value: float
) -> tuple[Mask | None, float, bool]:
    """The best plan of all, where few sites are in doubt: those whose worth is less than what the plan lacks of the bound.

    Also says whether all was tried, so that nothing is better.
    """
    from treeplan.kernels.choosing import enumerate_core, used_by

    lacks = bound - value
    core = doubt[np.argsort(-np.abs(worth[doubt]), kind="stable")]
    whole = len(core) <= _ENUMERATED
    core = core[-_ENUMERATED:]
    chosen, used = worth > 0, np.empty(len(rows.asked))
    used_by(*rows.layout, chosen, used)
    change = np.zeros(len(core), dtype=bool)
    loss, nodes = enumerate_core(
        *rows.layout, rows.side, rows.asked, rows.limit, price, worth, core, used, lacks * (1 + 1e-12), _NODES, change
    )
    if loss < lacks:
        chosen[core[change]] = ~chosen[core[change]]
        total = _value(rows, chosen)
        if total > value:
            best, value = chosen, total
    return best, value, whole and nodes < _NODES
