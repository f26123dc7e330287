"""A lower bound where many groups have a floor: whole sites group by group, exactly, at the prices of the other rows.

Parts of sites can meet a small floor to the penny, whole sites cannot; with hundreds of floors that is most of the gap. No
two of the groups share a site, so that at given prices of the few other rows each group is a small question of its own, which
is answered in full.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np

from treeplan.portfolio.problem import Mask, Places, Rows, Values

_NODES = 5_000
_LOOKS = 40


class Groups(NamedTuple):
    """The groups' rows, group by group: those of group `b` stand from `start[b]` to `start[b + 1]`."""

    start: Places
    site: Places
    amount: Values


def groups_of(rows: Rows) -> Groups | None:
    """The rows that share no site with one another; None where they cannot be answered one by one."""
    site = np.repeat(np.arange(len(rows.sites)), np.diff(rows.start))
    inside = rows.row >= rows.first
    if rows.first == len(rows.asked) or (rows.amount[inside] < 0).any() or np.isfinite(rows.limit[rows.first :]).any():
        return None
    order = np.argsort(rows.row[inside], kind="stable")
    counts = np.bincount(rows.row[inside] - rows.first, minlength=len(rows.asked) - rows.first)
    return Groups(np.concatenate([[0], np.cumsum(counts)]), site[inside][order], rows.amount[inside][order])


def by_group(
    rows: Rows, groups: Groups, price: Values, bends: Values, until: float
) -> tuple[float, list[Mask], Values]:
    """A bound from whole sites group by group, and the plans that came up on the way to it, the last ones first.

    Parameters
    ----------
    rows : Rows
    groups : Groups
    price : array
        Of every row, to begin with.
    bends : array
        About how what the sites come to in the first rows changes with their prices.
    until : float
        When to stop, by `time.monotonic`.

    Returns
    -------
    bound : float
        Minus infinity where a group cannot keep its row.
    plans : list of array of bool
        They keep every group's row, but may miss others.
    worth : array
        Of each site at the prices of the first rows at the bound.
    """
    from treeplan.kernels.choosing import best_by_block, used_by, worth_of

    first = rows.first
    side, asked = rows.side[:first], rows.asked[:first]
    most = np.minimum(rows.limit[:first], 1e3)
    worth, used = np.empty(len(rows.sites)), np.empty(len(rows.asked))

    def look(theta: Values) -> tuple[float, Values, Mask, Values]:
        full = np.zeros(len(rows.asked))
        full[:first] = side * theta
        worth_of(*rows.layout, rows.value, full, worth)
        chosen = np.zeros(len(rows.sites), dtype=bool)
        total = best_by_block(*groups, rows.side[first:], rows.asked[first:], worth, _NODES, chosen)
        used_by(*rows.layout, chosen, used)
        return total + float(full[:first] @ asked), side * (asked - used[:first]), chosen, worth.copy()

    theta = np.abs(price[:first])
    bound, slope, chosen, own = look(theta)
    plans, length = [chosen], 1.0
    for _ in range(_LOOKS):
        free = np.flatnonzero(~(((theta <= 0) & (slope > 0)) | ((theta >= most) & (slope < 0))))
        if not len(free) or not np.isfinite(bound) or length < 1e-3 or time.monotonic() > until:
            break
        step = np.zeros(first)
        signed = bends[np.ix_(free, free)] * np.outer(side[free], side[free])
        signed[np.diag_indices(len(free))] += 1e-9 + 1e-6 * np.diag(signed)
        step[free] = -np.linalg.solve(signed, slope[free])
        new = np.clip(theta + length * step, 0, most)
        then, new_slope, chosen, new_own = look(new)
        if not any((chosen == plan).all() for plan in plans):
            plans.insert(0, chosen)
        if then < bound:
            theta, bound, slope, own, length = new, then, new_slope, new_own, min(1.0, 2 * length)
        else:
            length /= 3
    return bound, plans, own
