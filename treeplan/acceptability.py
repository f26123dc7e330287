"""Rank acceptability: in how many of many draws a site is among the best, and between which ranks it lies.

Scores are in steps of 0.001 and ranks are counted, not sorted, some draws at a time; ties go by the order of the sites. Answers do not
depend on the number of threads: they are whole numbers, and what is summed is summed site by site in the order of the draws.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Steps = npt.NDArray[np.uint16]
InParts = Callable[[Callable[[int, int, int], None]], None]

STEPS = 1_001
"""Scores from 0 to 1 in steps of 0.001."""

NOT_MEASURED = STEPS
"""In place of a step: a benefit that is drawn over its whole range, for each site on its own."""

MOST_CELLS = 8_192
BLOCK_BYTES = 9_600_000
"""How much the scores of a block of draws may take; and a block has at most so many draws."""
MOST_DRAWS = 128
SITES_A_THREAD = 2_048

RANKED_DRAWS = 2_500
"""Ranks of all sites are worked out in so many draws at least, spread evenly; in the others only who is in the top."""

BINS = 256
EXACT_RANKS = 100
"""Ranks up to this have a bin each; those after it share bins that grow with the rank."""


@dataclass(frozen=True)
class Mean:
    """A weighted mean as a sum: the mean grows with Σ weight × form(benefit), so that its steps follow from bounds of the sum.

    Attributes
    ----------
    form : function
        Of benefits from 0 to 1; grows with them.
    """

    form: Callable[[Values], Values]

    @cached_property
    def worth(self) -> Values:
        """What each step of a benefit adds; nothing where it was not measured, because chance adds it."""
        return np.append(self.form(np.arange(STEPS) / (STEPS - 1)), 0.0)

    @cached_property
    def bounds(self) -> Values:
        """The least sum of each step, a half step below it; and, after the last step, none."""
        return np.concatenate([[-np.inf], self.form((np.arange(1, STEPS) - 0.5) / (STEPS - 1)), [np.inf]])

    @cached_property
    def cells(self) -> tuple[Steps, float, float]:
        """Even cells of the sum: the least step of each, and the greatest where a cell holds several bounds; origin; cells per unit."""
        low, high = self.worth[0], self.worth[STEPS - 1]
        least = float(np.diff(self.bounds[1:-1]).min())
        count = min(MOST_CELLS, int(np.ceil(1.05 * (high - low) / least)))
        per_unit = count / (high - low)
        edges = low + (np.arange(count + 2) - 1e-6) / per_unit
        ends = low + (np.arange(1, count + 3) + 1e-6) / per_unit
        steps = np.stack([np.searchsorted(self.bounds[:-1], at, side="right") - 1 for at in (edges, ends)])
        alone = bool((steps[1] - steps[0] <= 1).all())
        return steps[: 1 if alone else 2].astype(np.uint16), float(low), float(per_unit)


@dataclass(frozen=True)
class Draws:
    """What is drawn.

    Attributes
    ----------
    weight : array, draws × benefits
        Adding up to 1 in each draw.
    row : array, draws × benefits
        Which row of the scored benefits counts.
    group : array
        The kind of each draw; each has its own mean, and its own count of who is in the top.
    """

    weight: Values
    row: Whole
    group: Whole

    def __len__(self) -> int:
        return len(self.weight)

    def first(self, count: int, weight: Values) -> Draws:
        """The first so many draws, all with one weighting."""
        return Draws(np.tile(weight, (count, 1)), self.row[:count], self.group[:count])

    def weighted(self, weight: Values) -> Draws:
        """The same draws with other weights."""
        return Draws(weight, self.row, self.group)


@dataclass(frozen=True)
class Scored:
    """What the draws choose from: benefits of every site in steps, and what is unknown of them.

    Attributes
    ----------
    rows : array of uint16, rows × sites
        Each a benefit of all sites, under one normaliser and one place between low and high; `NOT_MEASURED` where unknown.
    gaps : array of int64
        Site and benefit (its column of the draws) of what was not measured, in the order of the sites.
    keys : array of uint64
        For chance: one for each of the gaps.
    """

    rows: Steps
    gaps: Whole = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))
    keys: npt.NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, dtype=np.uint64))

    @property
    def sites(self) -> int:
        """How many sites there are."""
        return self.rows.shape[1]


@dataclass(frozen=True)
class Acceptance:
    """What came of the draws.

    Attributes
    ----------
    in_top : array, groups × sites
        In how many draws of each group a site is in the top.
    first : array
        The site that leads each draw.
    top_weight : array, sites × benefits
        Mean weights of the draws, of those in `ranked`, in which a site is in the top; NaN where it is in none.
    ranked : array
        The draws in which all ranks were worked out.
    ranks : array, ranked × followed
        Ranks of the sites that were followed, from 1.
    steps : array of uint16, draws × compared
        Scores of the sites that were compared.
    bins, edges : array
        Sites × bins: in how many ranked draws the rank lies from an edge to the next (ranks from 0).
    """

    in_top: Whole
    first: Whole
    top_weight: Values
    ranked: Whole
    ranks: npt.NDArray[np.uint32]
    steps: Steps
    bins: npt.NDArray[np.uint16]
    edges: Whole

    def between(self, low: float, high: float) -> tuple[Whole, Whole]:
        """The ranks between which each site lies in all but so small a share of the ranked draws, from `low` to `high`.

        Exact up to rank 100; beyond, never too narrow, and at either end too wide by at most 6 % of the rank (half a million sites;
        less where there are fewer).
        """
        least, most = (np.ceil(share * len(self.ranked)) for share in (low, high))
        first, last = np.empty((2, len(self.bins)), dtype=np.int64)
        for begin in range(0, len(self.bins), SITES_A_THREAD):
            some = slice(begin, begin + SITES_A_THREAD)
            reached = self.bins[some].cumsum(axis=1, dtype=np.uint32)
            first[some], last[some] = (reached >= least).argmax(axis=1), (reached >= most).argmax(axis=1)
        return self.edges[first] + 1, self.edges[last + 1]


def bin_edges(sites: int) -> Whole:
    """The first rank, from 0, of each bin of ranks, and the number of sites."""
    edges = list(range(min(sites, EXACT_RANKS) + 1))
    ratio = (max(sites, EXACT_RANKS + 1) / EXACT_RANKS) ** (1 / (BINS - 2 - EXACT_RANKS))
    at = float(EXACT_RANKS)
    while edges[-1] < sites:
        at = max(at * ratio, edges[-1] + 1)
        edges.append(min(int(at), sites))
    return np.array(edges, dtype=np.int64)


def accept(
    scored: Scored,
    draws: Draws,
    means: Sequence[Mean],
    top: int,
    followed: Sequence[int] | Whole = (),
    compared: Sequence[int] | Whole = (),
    threads: int | None = None,
) -> Acceptance:
    """Score and rank all sites in every draw.

    Parameters
    ----------
    means : sequence of Mean
        By group of draws.
    top : int
        How many sites count as the best.
    followed, compared : sequences of int
        Sites of which ranks, or scores, are kept.
    threads : int, optional
        As many as there are processors when not given; no answer depends on it.
    """
    sites, kept = scored.sites, np.asarray(followed, dtype=np.int64)
    follow = np.unique(kept)
    every = max(1, len(draws) // RANKED_DRAWS)
    ranked = np.arange(0, len(draws), every)
    edges = bin_edges(sites)
    bin_of = np.repeat(np.arange(len(edges) - 1), np.diff(edges)).astype(np.uint8)
    in_top = np.zeros((len(means), sites), dtype=np.int64)
    bins = np.zeros(sites * (len(edges) - 1), dtype=np.uint16)
    sums = np.zeros((sites, draws.weight.shape[1]))
    ranks = np.empty((len(ranked), len(follow)), dtype=np.uint32)
    steps = np.empty((len(draws), len(compared)), dtype=np.uint16)
    first = np.empty(len(draws), dtype=np.int64)
    for block in _blocks(scored, draws, means, threads):
        first[block.which] = block.steps.argmax(axis=1)
        steps[block.which] = block.steps[:, list(compared)]
        _rank(block, top, every, draws, bin_of, follow, in_top[block.group], bins, sums, ranks)
    with np.errstate(invalid="ignore"):
        weight = sums / sums.sum(axis=1, keepdims=True)  # the weights of each draw add up to 1
    ranks = ranks[:, np.searchsorted(follow, kept)] + np.uint32(1)
    return Acceptance(in_top, first, weight, ranked, ranks, steps, bins.reshape(sites, -1), edges)


def leaders(scored: Scored, draws: Draws, means: Sequence[Mean], threads: int | None = None) -> Whole:
    """The site that leads each draw."""
    first = np.empty(len(draws), dtype=np.int64)
    for block in _blocks(scored, draws, means, threads):
        first[block.which] = block.steps.argmax(axis=1)
    return first


@dataclass(frozen=True)
class _Block:
    """Some draws of one group, scored: `which` they are, draws × sites `steps`, parts × draws × steps `counts` of sites."""

    which: Whole
    group: int
    steps: Steps
    counts: npt.NDArray[np.uint32]
    in_parts: InParts


def _blocks(scored: Scored, draws: Draws, means: Sequence[Mean], threads: int | None) -> Iterator[_Block]:
    """The draws, some of one group at a time, with every site's score; the next block takes the place of the one before."""
    sites = scored.sites
    lanes = max(1, min(threads or os.cpu_count() or 1, -(-sites // SITES_A_THREAD)))
    cuts = np.linspace(0, sites, lanes + 1).astype(int).tolist()
    size = max(16, min(MOST_DRAWS, BLOCK_BYTES // (2 * max(sites, 1))))
    room = np.empty((size, sites), dtype=np.uint16)
    with ThreadPoolExecutor(lanes) as pool:

        def in_parts(work: Callable[[int, int, int], None]) -> None:
            if lanes == 1:
                work(0, 0, sites)
                return
            list(pool.map(work, range(lanes), cuts[:-1], cuts[1:]))

        for group, mean in enumerate(means):
            own = np.flatnonzero(draws.group == group)
            for which in np.split(own, range(size, len(own), size)) if len(own) else ():
                counts = np.zeros((lanes, len(which), STEPS), dtype=np.uint32)
                block = _Block(which, group, room[: len(which)], counts, in_parts)
                _score(block, scored, draws, mean)
                yield block


def _score(block: _Block, scored: Scored, draws: Draws, mean: Mean) -> None:
    """Fill the scores of a block, and how many sites have each."""
    from treeplan.kernels import ranking

    cells, origin, per_unit = mean.cells
    used, place = np.unique(draws.row[block.which], return_inverse=True)
    row, weight = place.reshape(len(block.which), -1), draws.weight[block.which]
    block.in_parts(
        lambda part, low, high: ranking.score(
            scored.rows, used, row, weight, mean.worth, cells, mean.bounds, origin, per_unit, scored.gaps, scored.keys,
            block.which, low, high, block.steps, block.counts[part],
        )
    )  # fmt: skip


def _rank(
    block: _Block, top: int, every: int, draws: Draws, bin_of: npt.NDArray[np.uint8], follow: Whole, in_top: Whole,
    bins: Steps, sums: Values, ranks: npt.NDArray[np.uint32],
) -> None:  # fmt: skip
    """Count ranks in a block; its counts are used up."""
    from treeplan.kernels import ranking

    limits = np.empty(len(block.which), dtype=np.uint16)
    ranking.places_before(block.counts, top, limits)
    whole = np.where(block.which % every == 0, block.which // every, -1)
    weight = draws.weight[block.which]
    block.in_parts(
        lambda part, low, high: ranking.rank(
            block.steps,
            block.counts[part],
            limits,
            whole,
            weight,
            low,
            high,
            top,
            bin_of,
            follow,
            in_top,
            bins,
            sums,
            ranks,
        )
    )
