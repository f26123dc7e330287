"""The inner loops of the search for a plan: whole sites within rows.

A row is a sum over sites of amounts that must come to at most (`side` 1) or at least (`side` -1) what is `asked`. Amounts
stand by site: those of site `i` from `start[i]` to `start[i + 1]`. `used` is what the chosen sites come to. A row may be
missed for `limit` per unit missed; infinity means never. The worth of a site is its value less its amounts at the
prices of the rows: a plan's loss against the bound is the worth of the sites it leaves out or takes against their sign, and
the price of what is left over in each row.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeplan.kernels import compiled

CLOSE = 1e-9
"""How far a row may be off, as a part of what is asked: rounding of sums."""


@compiled()
def worth_of(start: Any, row: Any, amount: Any, value: Any, price: Any, worth: Any) -> None:
    """Write the worth of each site at the prices."""
    for i in range(len(value)):
        s = value[i]
        for a in range(start[i], start[i + 1]):
            s -= amount[a] * price[row[a]]
        worth[i] = s


@compiled()
def used_by(start: Any, row: Any, amount: Any, chosen: Any, used: Any) -> None:
    """Write what the chosen sites come to in each row."""
    used[:] = 0.0
    for i in range(len(chosen)):
        if chosen[i]:
            for a in range(start[i], start[i + 1]):
                used[row[a]] += amount[a]


@compiled()
def smoothed(
    start: Any,
    row: Any,
    amount: Any,
    value: Any,
    size: Any,
    price: Any,
    tau: float,
    used: Any,
    bends: Any,
    across: Any,
    alone: Any,
) -> tuple[float, float]:
    """The bound at these prices, with its corners rounded off (by `tau`, as a part of each site's size), and as it is.

    Writes what the sites come to where each is taken by its share, and how that changes with the prices: between the first rows
    (`bends`), between them and the rows no two of which share a site (`across`), and of each of those with itself (`alone`).
    """
    first = len(bends)
    used[:] = 0.0
    bends[:, :] = 0.0
    across[:, :] = 0.0
    alone[:] = 0.0
    rounded, bound = 0.0, 0.0
    for i in range(len(value)):
        s = value[i]
        low, high = start[i], start[i + 1]
        for a in range(low, high):
            s -= amount[a] * price[row[a]]
        if s > 0.0:
            bound += s
        width = tau * size[i]
        r = s / width
        if r < -30.0:
            continue
        if r > 30.0:
            rounded += s
            for a in range(low, high):
                used[row[a]] += amount[a]
            continue
        e = np.exp(-abs(r))
        share = 1.0 / (1.0 + e) if s > 0.0 else e / (1.0 + e)
        rounded += max(s, 0.0) + width * np.log1p(e)
        bend = e / ((1.0 + e) * (1.0 + e) * width)
        for a in range(low, high):
            used[row[a]] += amount[a] * share
            part = bend * amount[a]
            for b in range(low, a + 1):
                if row[a] < first:
                    bends[row[a], row[b]] += part * amount[b]
                elif row[b] < first:
                    across[row[b], row[a] - first] += part * amount[b]
                else:
                    alone[row[a] - first] += part * amount[b]
    for r in range(first):
        for s_ in range(r):
            bends[s_, r] = bends[r, s_]
    return rounded, bound


@compiled()
def _over(side: float, used: float, asked: float) -> float:
    """By how much a row is missed."""
    over = side * (used - asked)
    return over if over > CLOSE else 0.0


@compiled()
def _flip(start: Any, row: Any, amount: Any, i: int, chosen: Any, used: Any) -> None:
    sign = -1.0 if chosen[i] else 1.0
    for a in range(start[i], start[i + 1]):
        used[row[a]] += sign * amount[a]
    chosen[i] = not chosen[i]


@compiled()
def repair(
    start: Any,
    row: Any,
    amount: Any,
    side: Any,
    asked: Any,
    limit: Any,
    worth: Any,
    chosen: Any,
    used: Any,
    moved: Any,
    most: int,
) -> bool:
    """Change at most so many sites, one at a time and each once, until no row that must hold is missed; whether that came about.

    First comes the change that mends most for what it loses. Sites in `moved` stay as they are.
    """
    typical = 1e-300
    for i in range(len(worth)):
        typical += 1e-3 * abs(worth[i]) / len(worth)
    for turn in range(most + 1):
        missed = False
        for r in range(len(asked)):
            missed |= limit[r] == np.inf and _over(side[r], used[r], asked[r]) > 0.0
        if not missed:
            return True
        if turn == most:
            return False
        best, at = 0.0, -1
        for i in range(len(worth)):
            if moved[i]:
                continue
            sign = -1.0 if chosen[i] else 1.0
            mends = 0.0
            for a in range(start[i], start[i + 1]):
                r = row[a]
                if limit[r] == np.inf:
                    now = _over(side[r], used[r], asked[r])
                    mends += now - _over(side[r], used[r] + sign * amount[a], asked[r])
            if mends > 0.0:
                score = mends / (max(0.0, -sign * worth[i]) + typical)
                if score > best:
                    best, at = score, i
        if at < 0:
            return False
        moved[at] = True
        _flip(start, row, amount, at, chosen, used)
    return False


@compiled()
def _gain(
    start: Any,
    row: Any,
    amount: Any,
    side: Any,
    asked: Any,
    limit: Any,
    value: Any,
    used: Any,
    change: Any,
    out: int,
    into: int,
) -> float:
    """What is gained when one site leaves and another comes in (-1: none); minus infinity where a row would then be missed."""
    gain = 0.0
    if out >= 0:
        gain -= value[out]
        for a in range(start[out], start[out + 1]):
            change[row[a]] -= amount[a]
    if into >= 0:
        gain += value[into]
        for a in range(start[into], start[into + 1]):
            change[row[a]] += amount[a]
    for turn in range(2):
        i = out if turn == 0 else into
        if i >= 0:
            for a in range(start[i], start[i + 1]):
                r = row[a]
                if change[r] != 0.0:
                    over = _over(side[r], used[r] + change[r], asked[r])
                    if limit[r] == np.inf:
                        if over > 0.0:
                            gain = -np.inf
                    else:
                        gain -= limit[r] * (over - _over(side[r], used[r], asked[r]))
                    change[r] = 0.0
    return gain


@compiled()
def fill(
    start: Any,
    row: Any,
    amount: Any,
    side: Any,
    asked: Any,
    limit: Any,
    value: Any,
    order: Any,
    chosen: Any,
    used: Any,
) -> None:
    """Add sites in this order that gain and that no row forbids."""
    change = np.zeros(len(asked))
    for k in range(len(order)):
        i = order[k]
        if not chosen[i] and _gain(start, row, amount, side, asked, limit, value, used, change, -1, i) > 0.0:
            _flip(start, row, amount, i, chosen, used)


@compiled()
def improve(
    start: Any,
    row: Any,
    amount: Any,
    side: Any,
    asked: Any,
    limit: Any,
    value: Any,
    core: Any,
    chosen: Any,
    used: Any,
    least: float,
    passes: int,
) -> int:
    """Add, leave out or exchange sites of the core while each change gains more than `least`; how many changes were made."""
    change = np.zeros(len(asked))
    soft = False
    for r in range(len(asked)):
        soft |= limit[r] != np.inf
    changes = 0
    for _ in range(passes):
        before = changes
        for k in range(len(core)):  # one site more, or one less
            i = core[k]
            out, into = (i, -1) if chosen[i] else (-1, i)
            if _gain(start, row, amount, side, asked, limit, value, used, change, out, into) > least:
                _flip(start, row, amount, i, chosen, used)
                changes += 1
        inside, outside = core[chosen[core]], core[~chosen[core]]
        outside = outside[np.argsort(-value[outside], kind="mergesort")]
        for k in range(len(inside)):
            i = inside[k]
            for o in range(len(outside)):
                j = outside[o]
                if not soft and value[j] <= value[i] + least:
                    break
                if chosen[j]:
                    continue
                if _gain(start, row, amount, side, asked, limit, value, used, change, i, j) > least:
                    _flip(start, row, amount, i, chosen, used)
                    _flip(start, row, amount, j, chosen, used)
                    changes += 1
                    break
        if changes == before:
            break
    return changes


@compiled()
def enumerate_core(
    start: Any,
    row: Any,
    amount: Any,
    side: Any,
    asked: Any,
    limit: Any,
    price: Any,
    worth: Any,
    core: Any,
    used: Any,
    least_loss: float,
    most_nodes: int,
    best: Any,
) -> tuple[float, int]:
    """Try every choice of the core's sites that can lose less than `least_loss`: the least loss found, and how many nodes it took.

    The sites of the core start as their worth says (`used` counts them so). `best` gets which of them to change. Reaching
    `most_nodes` means that not all was tried.
    """
    count, rows = len(core), len(asked)
    low = np.zeros((count + 1, rows))  # what the sites from here on can take from a row, or add to it
    high = np.zeros((count + 1, rows))
    for k in range(count - 1, -1, -1):
        i = core[k]
        sign = -1.0 if worth[i] > 0.0 else 1.0
        low[k], high[k] = low[k + 1], high[k + 1]
        for a in range(start[i], start[i + 1]):
            step = sign * amount[a]
            if step < 0.0:
                low[k, row[a]] += step
            else:
                high[k, row[a]] += step
    changed = np.zeros(count, dtype=np.bool_)
    state = np.zeros(count + 1, dtype=np.int8)
    losses = np.zeros(count + 1)
    k, nodes = 0, 0
    while k >= 0:
        if state[k] == 0:
            nodes += 1
            if nodes >= most_nodes:
                break
            loss = losses[k]
            for r in range(rows):
                # the least that can be left over, and the least that must be missed
                over = side[r] * (used[r] - asked[r])
                spread_down = -low[k, r] if side[r] > 0.0 else high[k, r]
                spread_up = high[k, r] if side[r] > 0.0 else -low[k, r]
                theta = side[r] * price[r]
                if over - spread_down > CLOSE:
                    if limit[r] == np.inf:
                        loss = np.inf
                        break
                    loss += (limit[r] - theta) * (over - spread_down)
                elif over + spread_up < 0.0:
                    loss -= theta * (over + spread_up)
            if loss >= least_loss:
                k -= 1
                continue
            if k == count:
                least_loss = loss
                best[:] = changed
                k -= 1
                continue
            state[k] = 1
            losses[k + 1] = losses[k]
            state[k + 1] = 0
            k += 1
        elif state[k] == 1:
            state[k] = 2
            i = core[k]
            sign = -1.0 if worth[i] > 0.0 else 1.0
            for a in range(start[i], start[i + 1]):
                used[row[a]] += sign * amount[a]
            changed[k] = True
            losses[k + 1] = losses[k] + abs(worth[i])
            state[k + 1] = 0
            k += 1
        else:
            i = core[k]
            sign = -1.0 if worth[i] > 0.0 else 1.0
            for a in range(start[i], start[i + 1]):
                used[row[a]] -= sign * amount[a]
            changed[k] = False
            state[k] = 0
            k -= 1
    return least_loss, nodes


@compiled()
def _cover(cost: Any, part: Any, order: Any, needed: float, most_nodes: int, taken: Any) -> tuple[float, float]:
    """The cheapest things whose parts come to what is needed: their cost, and what no choice of them undercuts.

    `order` is by cost for each part; `taken` gets which.
    """
    count = len(order)
    best, reached = 0.0, 0.0
    for k in range(count):  # to begin with, the cheapest for their part
        taken[order[k]] = reached < needed
        if reached < needed:
            best += cost[order[k]]
            reached += part[order[k]]
    if reached < needed:
        return np.inf, np.inf
    state = np.zeros(count + 1, dtype=np.int8)
    k, spent, left, nodes, root = 0, 0.0, needed, 0, -1.0
    while k >= 0:
        if state[k] == 0:
            nodes += 1
            if nodes >= most_nodes:
                return best, root
            least, rest = spent, left
            for j in range(k, count):
                if rest <= 0.0:
                    break
                i = order[j]
                if part[i] >= rest:
                    least += cost[i] * rest / part[i]
                    rest = 0.0
                    break
                least += cost[i]
                rest -= part[i]
            if nodes == 1:
                root = least
            if rest > 0.0 or least >= best - 1e-15 * abs(best):
                k -= 1
                continue
            if left <= 0.0:
                best = spent
                for j in range(count):
                    taken[order[j]] = j < k and state[j] == 1
                k -= 1
                continue
            state[k] = 1
            spent += cost[order[k]]
            left -= part[order[k]]
            k += 1
            state[k] = 0
        elif state[k] == 1:
            state[k] = 2
            spent -= cost[order[k]]
            left += part[order[k]]
            k += 1
            state[k] = 0
        else:
            state[k] = 0
            k -= 1
    return best, best


@compiled()
def best_by_block(
    block_start: Any,
    block_site: Any,
    block_amount: Any,
    side: Any,
    asked: Any,
    worth: Any,
    most_nodes: int,
    chosen: Any,
) -> float:
    """The greatest worth of whole sites of which those of each block keep its row, or a little more where that took too long.

    Blocks share no site. `chosen` gets the sites; minus infinity where a block cannot keep its row.
    """
    total = 0.0
    for i in range(len(worth)):
        chosen[i] = worth[i] > 0.0
        total += max(worth[i], 0.0)
    for b in range(len(asked)):
        low, high = block_start[b], block_start[b + 1]
        reached = 0.0
        for k in range(low, high):
            if chosen[block_site[k]]:
                reached += block_amount[k]
        needed = side[b] * (reached - asked[b])
        if needed <= CLOSE:
            continue
        some = np.empty(high - low, dtype=np.int64)
        count = 0
        for k in range(low, high):  # what would help: sites to add to a floor, to take from a cap
            if chosen[block_site[k]] == (side[b] > 0.0) and block_amount[k] > 0.0:
                some[count] = k
                count += 1
        cost, part = np.empty(count), np.empty(count)
        for k in range(count):
            cost[k] = abs(worth[block_site[some[k]]])
            part[k] = block_amount[some[k]]
        taken = np.zeros(count, dtype=np.bool_)
        order = np.argsort(cost / part, kind="mergesort")
        _, least = _cover(cost, part, order, needed - CLOSE, most_nodes, taken)
        total -= least
        for k in range(count):
            if taken[k]:
                chosen[block_site[some[k]]] = not chosen[block_site[some[k]]]
    return total
