"""What is asked of a plan: values of sites, and rows that the chosen ones must keep."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]

CLOSE = 1e-9
"""How far a row may be off, as a part of what is asked: rounding of sums."""


@dataclass(frozen=True)
class Floor:
    """A least or most of something that the chosen sites must come to.

    Attributes
    ----------
    label : str
        Whose floor or cap it is: "the most deprived fifth", "district Trafford".
    members : array of int
        The sites that count, in order.
    amounts : array
        What each of them counts, in `unit`.
    asked : float
        The least, or the most, in `unit`.
    share : float
        The same as a part of the budget, 0–1; 0 where it is not of money.
    unit : str
        "gbp", "trees", "ha", "sites" or "share".
    setting : str
        Its name in `[plan]`.
    penalty : float
        Value lost where all that is asked is missed, in proportion where a part is; infinity where it must hold.
    """

    label: str
    members: Places
    amounts: Values
    asked: float
    share: float = 0.0
    at_most: bool = False
    unit: str = "gbp"
    setting: str = ""
    penalty: float = np.inf

    def met(self, chosen: Mask) -> float:
        """What the chosen sites come to, in `unit`."""
        return float(self.amounts[chosen[self.members]].sum())

    def missed(self, chosen: Mask) -> float:
        """By how much they miss it, in `unit`; 0 where that is rounding."""
        over = (self.met(chosen) - self.asked) * (1 if self.at_most else -1)
        return over if over > CLOSE * self.scale else 0.0

    @property
    def priced(self) -> bool:
        """Whether keeping it is a choice with a price; the budget and conflicts are none."""
        return self.setting not in ("budget_gbp", "conflicts") and bool(np.isinf(self.penalty))

    @property
    def scale(self) -> float:
        """What counts as one in the search."""
        return self.asked if self.asked > 0 else float(np.abs(self.amounts).max(initial=0.0)) or 1.0


class Pairs(NamedTuple):
    """Pairs of sites that are worth more together: where they stand, and by how much."""

    one: Places
    other: Places
    reward: Values


@dataclass(frozen=True)
class Problem:
    """Values of sites, rows to keep, and which sites may and must be taken.

    Attributes
    ----------
    value : array
        By site; a site that harms has a value below 0.
    floors : tuple of Floor
        The first is the budget.
    free, locked : array of bool
        Sites that may be chosen, and those of them that must be.
    pairs : Pairs, optional
        What is gained by choosing two sites together.
    """

    value: Values
    floors: tuple[Floor, ...]
    free: Mask
    locked: Mask = field(default_factory=lambda: np.zeros(0, dtype=bool))
    pairs: Pairs | None = None

    def __post_init__(self) -> None:
        if len(self.locked) != len(self.value):
            object.__setattr__(self, "locked", np.zeros(len(self.value), dtype=bool))

    def worth(self, chosen: Mask) -> float:
        """The value of the chosen sites and pairs, less the penalties of what they miss."""
        soft = sum(f.penalty * f.missed(chosen) / f.scale for f in self.floors if np.isfinite(f.penalty))
        total = float(self.value[chosen].sum()) - soft
        if self.pairs is not None:
            total += float(self.pairs.reward[chosen[self.pairs.one] & chosen[self.pairs.other]].sum())
        return total

    @property
    def upper(self) -> Problem:
        """The same without pairs, each site worth half the reward of each of its pairs more: no plan is worth less there."""
        if self.pairs is None:
            return self
        halves = np.concatenate([self.pairs.reward, self.pairs.reward]) / 2
        ends = np.concatenate([self.pairs.one, self.pairs.other])
        more = np.bincount(ends, halves, minlength=len(self.value))
        return replace(self, value=self.value + more, pairs=None)

    def kept(self, chosen: Mask) -> bool:
        """Whether the chosen sites keep every row that must hold, and are those that may and must be chosen."""
        if (chosen & ~self.free).any() or (self.locked & ~chosen).any():
            return False
        return all(f.missed(chosen) == 0 for f in self.floors if not np.isfinite(f.penalty))


class Rows(NamedTuple):
    """A problem as the kernels want it: free sites only, each row's amounts in parts of what it asks.

    Rows before `first` may share sites with any; no two of the others share one. `floor` says which floor a row is.
    """

    sites: Places
    value: Values
    start: Places
    row: Places
    amount: Values
    side: Values
    asked: Values
    limit: Values
    first: int
    floor: Places

    @property
    def layout(self) -> tuple[Places, Places, Values]:
        """Where each site's amounts stand, in which rows, and how much."""
        return self.start, self.row, self.amount


def rows_of(problem: Problem) -> Rows:
    """The rows of a problem, after taking out the locked sites and those that no plan can hold."""
    open_ = problem.free & ~problem.locked
    left = [f.asked - f.met(problem.locked) for f in problem.floors]
    for floor, rest in zip(problem.floors, left, strict=True):
        if floor.at_most and np.isinf(floor.penalty) and (floor.amounts >= 0).all():
            open_[floor.members[floor.amounts > rest + CLOSE * floor.scale]] = False
    sites = np.flatnonzero(open_)
    at = np.full(len(open_), -1)
    at[sites] = np.arange(len(sites))
    apart = _apart(problem.floors)
    order = [k for k in range(len(problem.floors)) if k not in apart] + apart
    inside = [open_[problem.floors[k].members] for k in order]
    parts = [at[problem.floors[k].members[some]] for k, some in zip(order, inside, strict=True)]
    amounts = [problem.floors[k].amounts[some] / problem.floors[k].scale for k, some in zip(order, inside, strict=True)]
    site = np.concatenate(parts)
    row = np.repeat(np.arange(len(order)), [len(p) for p in parts])
    by_site = np.argsort(site, kind="stable")
    start = np.zeros(len(sites) + 1, dtype=np.int64)
    np.cumsum(np.bincount(site, minlength=len(sites)), out=start[1:])
    floors = [problem.floors[k] for k in order]
    return Rows(
        sites=sites,
        value=problem.value[sites].astype(float),
        start=start,
        row=row[by_site],
        amount=np.concatenate(amounts)[by_site],
        side=np.array([1.0 if f.at_most else -1.0 for f in floors]),
        asked=np.array([left[k] / problem.floors[k].scale for k in order]),
        limit=np.array([f.penalty for f in floors]),
        first=len(order) - len(apart),
        floor=np.array(order),
    )


def _apart(floors: tuple[Floor, ...]) -> list[int]:
    """The largest setting's rows of which no two share a site."""
    for setting, count in sorted(Counter(f.setting for f in floors).items(), key=lambda item: (-item[1], item[0])):
        rows = [k for k, f in enumerate(floors) if f.setting == setting]
        members = np.concatenate([floors[k].members for k in rows])
        if count > 1 and (len(members) == 0 or np.bincount(members).max() <= 1):
            return rows
    return []
