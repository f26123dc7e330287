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
"""Cells in a word. Its bit 8 j + k is cell 8 k + j: eight bytes of yes or no are laid over one another, each a bit further."""

EACH_BYTE = np.uint64(0x0101010101010101)
"""The lowest bit of each byte."""

LUMP = 16
"""Cells whose values are summed together."""

TINY = 1e-300
"""In place of a length of nothing, by which nothing is divided."""


@compiled(forceinline=True)
def _ones(word: Any) -> Any:
    """Bits that are set (the compiler knows this sum as one instruction)."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * EACH_BYTE) >> np.uint64(56))


@compiled(forceinline=True)
def _place(c: int) -> Any:
    """The word of a cell, and k and j of its bit."""
    cell = np.uint64(c)
    return cell >> np.uint64(6), (cell >> np.uint64(3)) & np.uint64(7), cell & np.uint64(7)


@compiled(forceinline=True)
def _is_set(bits: Any, r: int, c: int) -> Any:
    word, k, j = _place(c)
    return (bits[r, word] >> (np.uint64(8) * j + k)) & np.uint64(1)


@compiled()
def _mark_row(row: Any, lows: Any, highs: Any, yes: Any, bits: Any, counts: Any) -> int:
    yes[:] = 0
    for q in range(len(lows)):
        low, high = lows[q], highs[q]
        for c in range(len(row)):
            yes[c] |= np.uint8((row[c] >= low) & (row[c] <= high))
    eights = yes.view(np.uint64)
    found: Any = 0
    for w in range(len(bits)):
        word: Any = np.uint64(0)
        for k in range(8):
            word |= eights[8 * w + k] << np.uint64(k)
        bits[w], counts[w] = word, found
        found += _ones(word)
    return found


@compiled()
def mark(
    cells: Any, lows: Any, highs: Any, bits: Any, counts: Any, seen_lows: Any, seen_highs: Any, seen: Any, seen_counts: Any,
    seen_in_row: Any,
) -> None:  # fmt: skip
    """Set the bits of the cells whose value lies in one of the ranges, both ends included (NaN lies in none), and count them.

    Once for what is wanted and once for what was seen, row by row, while a row is at hand.
    """
    yes = np.zeros(bits.shape[1] * WORD, dtype=np.uint8)
    for r in range(len(cells)):
        _mark_row(cells[r], lows, highs, yes, bits[r], counts[r])
        seen_in_row[r] = _mark_row(cells[r], seen_lows, seen_highs, yes, seen[r], seen_counts[r])


@compiled()
def clear(cells: Any, bits: Any) -> None:
    """Set the cells whose bit is not set to 0."""
    for r in range(cells.shape[0]):
        for c in range(cells.shape[1]):
            if not _is_set(bits, r, c):
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
def _before(bits: Any, counts: Any, values: Any, totals: Any, by_value: bool, r: int, c: int) -> float:
    """What counts in row `r` before cell `c`."""
    if by_value:
        total = totals[r, c // LUMP]
        for k in range(c // LUMP * LUMP, c):
            total += values[r, np.uint64(k)]
        return total
    word, k, j = _place(c)
    whole_eights = EACH_BYTE * ((np.uint64(1) << k) - np.uint64(1))
    begun_eight = (EACH_BYTE << k) & ((np.uint64(1) << (np.uint64(8) * j)) - np.uint64(1))
    return float(counts[r, word] + _ones(bits[r, word] & (whole_eights | begun_eight)))


@compiled(forceinline=True)
def _own(bits: Any, values: Any, by_value: bool, r: int, c: int) -> float:
    """What counts in one cell."""
    if by_value:
        return float(values[r, np.uint64(c)])
    return 1.0 if _is_set(bits, r, c) else 0.0


@compiled(forceinline=True)
def _beside(
    bits: Any, counts: Any, values: Any, totals: Any, by_value: bool, columns: int, r: int, origin: int, left: float,
    right: float, height: float,
) -> float:  # fmt: skip
    """What counts in row `r` between cell `origin`, the first of a word, and a stretch of an edge, as far as its height takes it.

    What lies before a place in a row grows evenly within a cell, so that its mean over a stretch is its value at the middle of
    each cell's part of it.
    """
    if right <= 0.0:
        return 0.0
    start = totals[r, origin // LUMP] if by_value else float(counts[r, origin // WORD])
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
    bits: Any, counts: Any, values: Any, totals: Any, by_value: bool, seen: Any, seen_counts: Any,
    seen_in_row: Any, columns: int, place: Any, corners: Any, rings: Any, turns: Any, zone_rings: Any, zones: Any, wests: Any, found: Any,
) -> None:  # fmt: skip
    """Fill `found[i]` with what counts in zone `zones[i]` and with how many of its cells were seen.

    Each edge of a zone adds what lies west of it, positive on the zone's east side and negative on its west side: what lies
    outside cancels out. Rows are counted from the word in which the zone begins, so that large sums do not swallow small ones.

    Parameters
    ----------
    seen, seen_counts, seen_in_row : array
        Bits of the cells that were seen.
    place : array
        West and north of the window, width and height of a cell.
    corners, rings, turns, zone_rings, wests : array
        Outlines (`areal.Outlines`) and the west of each zone.
    """
    rows = len(seen_in_row)
    west, north, width, height = place
    for i in range(len(zones)):
        z = zones[i]
        origin = int(min(max((wests[z] - west) / width, 0.0), columns - 1.0)) // WORD * WORD
        worth, area = 0.0, 0.0
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
                    worth += _beside(bits, counts, values, totals, by_value, columns, r, origin, left, right, tall)
                    if seen_in_row[r] < columns:
                        area += _beside(seen, seen_counts, values, totals, False, columns, r, origin, left, right, tall)
                    else:
                        area += _extent_beside(columns, origin, left, right, tall)
                    r += 1
        found[i, 0], found[i, 1] = worth, area
