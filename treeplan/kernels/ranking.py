"""Scores of many draws in steps, and ranks by counting: sites × draws are never held, only a block of draws at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from treeplan.kernels import compiled

TILE = 256
"""Sites that are worked on at a time, so that what is known of them stays in the processor's own memory."""


@compiled(forceinline=True)
def _chance(key: Any, draw: int, choices: int) -> Any:
    """A whole number from 0 to under `choices`, all as likely, from a key and a draw (splitmix64): no order of calls matters."""
    x = key + np.uint64(draw) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return np.int64(((x >> np.uint64(32)) * np.uint64(choices)) >> np.uint64(32))


@compiled()
def _add_terms(worths: Any, row: Any, weight: Any, size: int, sums: Any) -> None:
    """Fill `sums` with the weighted sum of a draw's rows, four at a time, in an order that is always the same."""
    first = len(row) % 4
    sums[:size] = 0.0
    for b in range(first):
        w, one = weight[b], worths[row[b]]
        for j in range(size):
            sums[j] += w * one[j]
    for b in range(first, len(row), 4):
        w, x, y, z = weight[b], weight[b + 1], weight[b + 2], weight[b + 3]
        one, two, three, four = worths[row[b]], worths[row[b + 1]], worths[row[b + 2]], worths[row[b + 3]]
        for j in range(size):
            sums[j] += (w * one[j] + x * two[j]) + (y * three[j] + z * four[j])


@compiled()
def _to_steps(sums: Any, size: int, cells: Any, bounds: Any, origin: float, per_unit: float, own: Any) -> None:
    """The last step whose bound each sum reaches. A cell with one bound or none takes one comparison, without asking which."""
    for j in range(size):
        cell = np.uint32(np.int32((sums[j] - origin) * per_unit))
        step = cells[0, cell]
        own[j] = step + np.uint16(sums[j] >= bounds[np.uint32(step) + np.uint32(1)])
    if cells.shape[0] == 1:
        return
    for j in range(size):
        cell = np.uint32(np.int32((sums[j] - origin) * per_unit))
        low, high = cells[0, cell], cells[1, cell]
        while low < high:
            middle = np.uint16((np.uint32(low) + np.uint32(high) + np.uint32(1)) // np.uint32(2))
            if sums[j] >= bounds[middle]:
                low = middle
            else:
                high = np.uint16(middle - np.uint16(1))
        own[j] = low


@compiled()
def score(
    rows: Any, used: Any, row: Any, weight: Any, worth: Any, cells: Any, bounds: Any, origin: float, per_unit: float,
    gaps: Any, keys: Any, which: Any, low: int, high: int, steps: Any, counts: Any,
) -> None:  # fmt: skip
    """Fill `steps` with the score of sites `low` to `high` in each draw of a block, and `counts` with how many have each step.

    A score is a sum over benefits of weight × worth, which grows with the score; `bounds` says from which sum a step begins.

    Parameters
    ----------
    rows : array of uint16, rows × sites
        Benefits in steps; the last step of `worth` stands for "not measured" and is worth nothing.
    used, row : array
        The rows that the block uses; and for each draw and benefit, which of them.
    weight : array, draws × benefits
    worth : array
        What a step of a benefit adds.
    cells, bounds, origin, per_unit : arrays and floats
        Sums are cut into even cells from `origin`: the least step of each and, where a cell may hold more than one bound, the
        greatest too; and the least sum of each step.
    gaps, keys : array
        Site and benefit of what was not measured, by site, and a key for chance; `which` says which draws these are.
    steps, counts : array
        Draws × sites; draws × steps.
    """
    draws = len(row)
    worths, sums = np.empty((len(used), TILE)), np.empty(TILE)
    gap = np.searchsorted(gaps[:, 0], low)
    for begin in range(low, high, TILE):
        size = min(TILE, high - begin)
        for r in range(len(used)):
            values = rows[used[r], begin : begin + size]
            for j in range(size):
                worths[r, j] = worth[np.uint64(values[j])]
        first_gap = gap
        while gap < len(gaps) and gaps[gap, 0] < begin + size:
            gap += 1
        for d in range(draws):
            _add_terms(worths, row[d], weight[d], size, sums)
            for g in range(first_gap, gap):
                chance = _chance(keys[g], which[d], len(worth) - 1)
                sums[gaps[g, 0] - begin] += weight[d, gaps[g, 1]] * worth[chance]
            own, count = steps[d, begin : begin + size], counts[d]
            _to_steps(sums, size, cells, bounds, origin, per_unit, own)
            for j in range(size):
                count[np.uint64(own[j])] += np.uint32(1)


@compiled()
def places_before(counts: Any, top: int, limits: Any) -> None:
    """Turn counts of sites by part, draw and step into how many sites come before the first of them; and find the top's last step.

    Before a site are those of a greater step, and those of its step in earlier parts.
    """
    parts, draws, steps = counts.shape
    for d in range(draws):
        before, limit = np.uint32(0), 0
        for back in range(steps):
            step = steps - 1 - back
            if before < np.uint32(top):
                limit = step
            for part in range(parts):
                own = counts[part, d, step]
                counts[part, d, step] = before
                before += own
        limits[d] = limit


@compiled(forceinline=True)
def _count_top(own: Any, start: Any, limit: Any, top: Any, found: Any) -> None:
    """Add 1 to what is in the top of one draw: all above the step `limit`, and of those at it as many as have room, in order."""
    ties: Any = np.uint16(0)
    for j in range(len(own)):
        found[j] += np.uint16(own[j] > limit)
        ties |= np.uint16(own[j] == limit)
    if ties and start[np.uint64(limit)] < top:
        for j in range(len(own)):
            if own[j] == limit:
                found[j] += np.uint16(start[np.uint64(limit)] < top)
                start[np.uint64(limit)] += np.uint32(1)


@compiled()
def rank(
    steps: Any, starts: Any, limits: Any, whole: Any, weight: Any, low: int, high: int, top: int, bin_of: Any, followed: Any,
    in_top: Any, bins: Any, sums: Any, ranks: Any,
) -> None:  # fmt: skip
    """Count for sites `low` to `high` in how many draws of a block they are in the top; in some draws, where their rank lies too.

    Parameters
    ----------
    steps : array of uint16, draws × sites
    starts : array of uint32, draws × steps
        How many sites come before the first of these at each step; used up.
    limits : array of uint16
        The step of the last site in the top, by draw.
    whole : array of int64
        By draw, its row of `ranks` where every rank is wanted, else -1.
    bin_of : array of uint8
        The bin of each rank, which counts from 0.
    followed : array
        Sites whose rank is kept, in order.
    in_top, bins, sums : array
        Added to: by site; flat, by site and bin; by site and benefit, the weights of the draws in which it is in the top.
        The last two from draws with every rank.
    ranks : array of uint32
        Draws with every rank × followed; filled.
    """
    draws, benefits = weight.shape
    best, wide = np.uint32(top), len(bins) // len(in_top)
    places, found = np.empty(TILE, dtype=np.uint32), np.zeros(TILE, dtype=np.uint16)
    follow = np.searchsorted(followed, low)
    for begin in range(low, high, TILE):
        size = min(TILE, high - begin)
        first = follow
        while follow < len(followed) and followed[follow] < begin + size:
            follow += 1
        bins_of, sums_of = bins[begin * wide : (begin + size) * wide], sums[begin : begin + size]
        found[:] = 0
        for d in range(draws):
            own, start = steps[d, begin : begin + size], starts[d]
            if whole[d] < 0:
                _count_top(own, start, limits[d], best, found)
                continue
            for j in range(size):
                step = np.uint64(own[j])
                places[j] = start[step]
                start[step] = places[j] + np.uint32(1)
            for j in range(size):
                bins_of[np.uint64(j) * np.uint64(wide) + np.uint64(bin_of[np.uint64(places[j])])] += np.uint16(1)
            some: Any = np.uint16(0)
            for j in range(size):
                is_in = np.uint16(places[j] < best)
                found[j] += is_in
                some |= is_in
            if some:
                for j in range(size):
                    if places[j] < best:
                        for b in range(benefits):
                            sums_of[j, b] += weight[d, b]
            for f in range(first, follow):
                ranks[whole[d], f] = places[followed[f] - begin]
        top_of = in_top[begin : begin + size]
        for j in range(size):
            top_of[j] += found[j]
