"""What of one window of a raster lies in each zone.

Everything is counted in cells from the window's north-west corner. What counts there is either a yes or no for
each cell (`bits`, 64 cells to a word, with `counts`, by row the yeses before each word) or a value (`values`, 0 in gaps, with
`totals`, by row the sum of the values before each lump of cells).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treeplan.kernels import compiled

WORD = 64
"""Cells in a word."""

GATHER = np.uint64(0x0102040810204080)
"""Times this, the last bits of a word's eight bytes stand side by side in its highest byte, the first byte's lowest."""

LUMP = 16
"""Cells whose values are summed together."""

TINY = 1e-300
"""In place of a length of nothing, by which nothing is divided."""


@compiled()
def mark(cells: Any, low: Any, high: Any, bits: Any) -> None:
    """Set the bits of the cells whose value lies in a range, both ends included; NaN lies in none."""
    yes = np.zeros(bits.shape[1] * WORD, dtype=np.uint8)
    eights = yes.view(np.uint64)
    for r in range(cells.shape[0]):
        row = cells[r]
        for c in range(len(row)):
            yes[c] = np.uint8((row[c] >= low) & (row[c] <= high))
        for w in range(bits.shape[1]):
            word = np.uint64(0)
            for k in range(8):
                word |= ((eights[8 * w + k] * GATHER) >> np.uint64(56)) << np.uint64(8 * k)
            bits[r, w] |= word


@compiled()
def clear(cells: Any, bits: Any) -> None:
    """Set the cells whose bit is not set to 0."""
    for r in range(cells.shape[0]):
        for c in range(cells.shape[1]):
            if not (bits[r, c // WORD] >> np.uint64(c % WORD)) & np.uint64(1):
                cells[r, c] = 0


@compiled()
def add_up(cells: Any, totals: Any) -> None:
    """Fill `totals` with the sum of the cells of the row before each lump, and of the whole row; the order is fixed."""
    for r in range(cells.shape[0]):
        total = 0.0
        totals[r, 0] = 0.0
        for i in range(cells.shape[1] // LUMP):
            lump = cells[r, i * LUMP : i * LUMP + LUMP]
            one, two, three, four = 0.0, 0.0, 0.0, 0.0
            for k in range(0, LUMP, 4):
                one += lump[k]
                two += lump[k + 1]
                three += lump[k + 2]
                four += lump[k + 3]
            total += (one + two) + (three + four)
            totals[r, i + 1] = total
        for c in range(cells.shape[1] // LUMP * LUMP, cells.shape[1]):
            total += cells[r, c]
        totals[r, -1] = total


@compiled(forceinline=True)
def _ones(word: Any) -> Any:
    """Bits that are set (the compiler knows this sum as one instruction)."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@compiled()
def count(bits: Any, counts: Any) -> int:
    """Fill `counts` with the number of bits set in the words of the row before each, and give the number of all."""
    every: Any = 0
    for r in range(bits.shape[0]):
        found: Any = 0
        for w in range(bits.shape[1]):
            counts[r, w] = found
            found += _ones(bits[r, w])
        every += found
    return every


@compiled(forceinline=True)
def _before(bits: Any, counts: Any, values: Any, totals: Any, by_value: bool, r: int, c: int) -> float:
    """What counts in row `r` before cell `c`."""
    if by_value:
        total = totals[r, c // LUMP]
        for k in range(c // LUMP * LUMP, c):
            total += values[r, np.uint64(k)]
        return total
    word, bit = np.uint64(c) >> np.uint64(6), np.uint64(c) & np.uint64(63)
    return float(counts[r, word] + _ones(bits[r, word] & ((np.uint64(1) << bit) - np.uint64(1))))


@compiled(forceinline=True)
def _own(bits: Any, values: Any, by_value: bool, r: int, c: int) -> float:
    """What counts in one cell."""
    if by_value:
        return float(values[r, np.uint64(c)])
    return float((bits[r, np.uint64(c) >> np.uint64(6)] >> (np.uint64(c) & np.uint64(63))) & np.uint64(1))


@compiled(forceinline=True)
def _beside(
    bits: Any, counts: Any, values: Any, totals: Any, by_value: bool, columns: int, r: int, origin: int, left: float,
    right: float, height: float,
) -> float:  # fmt: skip
    """What counts in row `r` between cell `origin` and a stretch of an edge, as much of it as the height of the stretch takes.

    What lies before a place in a row grows evenly within a cell, so that its mean over a stretch is its value at the middle of
    each cell's part of it.
    """
    if right <= 0.0:
        return 0.0
    start = _before(bits, counts, values, totals, by_value, r, origin)
    if left >= columns:
        return height * (_before(bits, counts, values, totals, by_value, r, columns) - start)
    begin = max(left, 0.0)
    c = int(begin)
    before = _before(bits, counts, values, totals, by_value, r, c) - start
    own = _own(bits, values, by_value, r, c)
    if left >= 0.0 and right <= min(c + 2, columns):
        # One cell or two, the most common by far, without asking which: a processor loses time where it guesses wrong.
        end = min(right, c + 1.0)
        later = (right - end) / max(right - left, TINY)
        in_next = before + own + _own(bits, values, by_value, r, min(c + 1, columns - 1)) * ((end + right) / 2 - c - 1)
        return height * ((1 - later) * (before + own * ((left + end) / 2 - c)) + later * in_next)
    total, rate = 0.0, height / (right - left)
    while True:
        end = min(right, c + 1.0)
        total += rate * (end - begin) * (before + own * ((begin + end) / 2 - c))
        c += 1
        if right <= c:
            return total
        before += own
        if c >= columns:
            return total + rate * (right - columns) * before
        own = _own(bits, values, by_value, r, c)
        begin = end


@compiled(forceinline=True)
def _extent_beside(columns: int, origin: int, left: float, right: float, height: float) -> float:
    """As `_beside`, where every cell counts 1."""
    if left >= 0.0 and right <= columns:
        return height * ((left + right) / 2 - origin)
    if right <= 0.0:
        return 0.0
    if left >= columns:
        return height * (columns - origin)
    rate = height / (right - left)
    begin, end = max(left, 0.0), min(right, float(columns))
    return rate * ((end - begin) * ((begin + end) / 2 - origin) + (right - end) * (columns - origin))


@compiled()
def add_edges(
    bits: Any, counts: Any, values: Any, totals: Any, by_value: bool, seen: Any, seen_counts: Any, gaps: bool,
    rows: int, columns: int, place: Any, corners: Any, rings: Any, turns: Any, zone_rings: Any, zones: Any, wests: Any, found: Any,
) -> None:  # fmt: skip
    """Fill `found[i]` with what counts in zone `zones[i]` and with how many of its cells were seen.

    Each edge of a zone adds what lies west of it, positive on the zone's east side and negative on its west side: what lies
    outside cancels out. Rows are counted from the column in which the zone begins, so that large sums do not swallow small ones.

    Parameters
    ----------
    seen, seen_counts : array
        Bits of the cells that were seen; not read where there are no `gaps`.
    place : array
        West and north of the window, width and height of a cell.
    corners, rings, turns, zone_rings, wests : array
        Outlines (`areal.Outlines`) and the west of each zone.
    """
    west, north, width, height = place
    for i in range(len(zones)):
        z = zones[i]
        origin = int(min(max((wests[z] - west) / width, 0.0), columns - 1.0))
        for ring in range(zone_rings[z], zone_rings[z + 1]):
            first = rings[ring]
            x1, y1 = (corners[first, 0] - west) / width, (north - corners[first, 1]) / height
            for j in range(first + 1, rings[ring + 1]):
                x0, y0 = x1, y1
                x1, y1 = (corners[j, 0] - west) / width, (north - corners[j, 1]) / height
                top, bottom = max(min(y0, y1), 0.0), min(max(y0, y1), float(rows))
                if top >= bottom or max(x0, x1) <= origin:
                    continue
                sign = turns[ring] if y1 < y0 else -turns[ring]
                slope = (x1 - x0) / (y1 - y0)
                least, most = min(x0, x1), max(x0, x1)
                xb = min(max(x0 + (top - y0) * slope, least), most)
                r = int(top)
                while r < bottom:
                    xa, ya, yb = xb, max(top, float(r)), min(bottom, r + 1.0)
                    xb = min(max(x0 + (yb - y0) * slope, least), most)
                    left, right, tall = min(xa, xb), max(xa, xb), sign * (yb - ya)
                    found[i, 0] += _beside(
                        bits, counts, values, totals, by_value, columns, r, origin, left, right, tall
                    )
                    if gaps:
                        found[i, 1] += _beside(
                            seen, seen_counts, values, totals, False, columns, r, origin, left, right, tall
                        )
                    else:
                        found[i, 1] += _extent_beside(columns, origin, left, right, tall)
                    r += 1
