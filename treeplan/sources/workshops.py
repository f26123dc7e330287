"""Sources on what people want: the sheet of weights that a facilitator fills in at a workshop, and the blank sheet itself."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, permutations

import numpy as np
import pandas as pd

from treeplan.elicitation import METHODS, SCALE
from treeplan.errors import DataError, StudyError, counted, listed
from treeplan.schemas import number, text
from treeplan.sources import source
from treeplan.sources.credits import UNSTATED
from treeplan.vocabulary import BENEFITS

log = logging.getLogger(__name__)

PAIRS = {(one, other): f"{one} : {other}" for one, other in permutations(BENEFITS, 2)}
"""Two benefits to the heading of how many times as much the first matters."""
BEST_OVER = {name: f"best : {name}" for name in BENEFITS}
OVER_WORST = {name: f"{name} : worst" for name in BENEFITS}

_SCORED = ("points", "swing")
_ANSWERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_SCORED, tuple(BENEFITS)),
    "pairs": tuple(PAIRS.values()),
    "best-worst": ("best", "worst", *BEST_OVER.values(), *OVER_WORST.values()),
}
"""The columns that a row by each method fills."""
_WORDS = ("best", "worst")
_KEYS = ("person", "group", "method")
_ALL = tuple(dict.fromkeys(column for columns in _ANSWERS.values() for column in columns))

_NOTE = "#"
_MOST_BREACHES = 20
_ROUNDED = 0.1
"""A pair told both ways agrees when the two multiply to 1 within this: 3 and 0.33 do."""
_LEAST_PAIR = 0.11
"""1/9 as people write it."""
_BOUNDS = {
    "points": (0.0, np.inf, "a number of 0 or more"),
    "swing": (0.0, 100.0, "a number from 0 to 100"),
    "pairs": (
        _LEAST_PAIR,
        SCALE,
        "a number from 1/9 (0.11) to 9; a spreadsheet may take 1/3 for a date, so write 0.33",
    ),
    "best-worst": (1.0, SCALE, "a number from 1 to 9"),
}
_EMAIL = re.compile(r"\S@\S")
_LEAST_DIGITS = 9
Cells = Mapping[str, str]
"""The filled cells of a row, by column."""
Numbers = Mapping[str, float]
_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)(?:\s*/\s*(\d+\.?\d*))?")


@source(
    layer="workshop_weights",
    title="Weights from a workshop",
    publisher="the planner's own",
    licence=UNSTATED,
    attribution="Weights from a workshop: the planner's own.",
    vintage="not stated",
    url="https://github.com/treeplan/treeplan",
    columns=dict(zip(_KEYS, _KEYS, strict=True)),
    optional={column: column for column in _ALL},
    schema={
        "row": number(1),
        **{name: text(nullable=False) for name in _KEYS},
        **{c: number(0, nullable=True, required=False) for c in _ALL if c not in _WORDS},
    },
)
def workshop_weights(table: pd.DataFrame) -> pd.DataFrame:
    """Read what each person answered, by points, swing, pairs or best-worst; `row` is the row of the sheet, headings being 1.

    Rows that begin with "#" are notes, and rows without any answer are empty seats; both are left out.
    """
    answers = [column for column in _ALL if column in table]
    table = table.map(_plain).set_axis(table.index + 1, axis=0)
    notes = table["person"].map(lambda cell: str(cell).startswith(_NOTE))
    blank = table[answers].isna().all(axis=1)
    if (blank & ~notes).any():
        log.info("workshop weights: %s without an answer left out.", counted(int((blank & ~notes).sum()), "row"))
    table = table[~notes & ~blank].copy()
    if table.empty:
        raise DataError(
            "no row has an answer",
            "fill the sheet in, or take [sources.workshop_weights] out until the workshop is over.",
        )
    table["method"] = table["method"].map(lambda cell: re.sub(r"[\s_–-]+", "-", str(cell or "").casefold()))
    for column in _WORDS:
        table[column] = table.get(column, pd.Series(index=table.index, dtype=object)).str.casefold()
    _require_columns(table)
    rows = {
        int(at) + 1: {str(column): cell for column, cell in cells.items() if cell and not pd.isna(cell)}
        for at, cells in zip(table.index, table.to_dict("records"), strict=True)
    }
    breaches = [*_seat_breaches(rows), *(breach for row, cells in rows.items() for breach in _row_breaches(row, cells))]
    if breaches:
        _refuse(breaches)
    figures = {c: table[c].map(_figure).astype(float) for c in answers if c not in _WORDS}
    return table.assign(row=np.array(list(rows), dtype=float), **figures)


def _plain(cell: object) -> str | None:
    said = "" if cell is None or pd.isna(cell) else " ".join(str(cell).split())
    return said or None


def _figure(cell: object) -> float:
    """A cell as a number, a fraction being read too ("1/3"); NaN where it is neither."""
    found = _NUMBER.fullmatch(str(cell)) if cell is not None and not pd.isna(cell) else None
    if found is None:
        return float("nan")
    below = float(found[2] or 1)
    return float(found[1]) / below if below else float("nan")


def _refuse(breaches: list[str]) -> None:
    rest = len(breaches) - _MOST_BREACHES
    shown = [*breaches[:_MOST_BREACHES], f"… and {rest} more"] if rest > 1 else breaches
    ways = "; ".join(f"{name}: {said}" for name, said in METHODS.items())
    raise DataError(
        "\n  ".join(shown),
        f"correct these cells (rows as the spreadsheet numbers them, headings being row 1). Methods are {ways}. "
        f"Benefits are {', '.join(BENEFITS)}.",
    )


def _require_columns(table: pd.DataFrame) -> None:
    lost = [name for name in BENEFITS if name not in table]
    if lost and table["method"].isin(_SCORED).any():
        raise DataError(
            f"has no column {listed(lost)}; rows by points and swing need all eight benefits",
            f"head the columns {', '.join(BENEFITS)}; 0 in every row leaves one out.",
        )


def _seat_breaches(rows: Mapping[int, Cells]) -> Iterator[str]:
    """Nobody stands twice."""
    seats: dict[tuple[str, str], list[int]] = {}
    for row, cells in rows.items():
        if {"person", "group"} <= set(cells):
            seats.setdefault((cells["group"].casefold(), cells["person"].casefold()), []).append(row)
    for twice in seats.values():
        if len(twice) > 1:
            yield f"rows {', '.join(map(str, twice))}, person: the same person of the same group; one row a person is expected"


def _row_breaches(row: int, cells: Cells) -> Iterator[str]:
    """Everything that is wrong with one row."""
    for name in ("person", "group"):
        said = cells.get(name, "")
        if not said:
            yield f"row {row}, {name}: is empty; a number or a word is expected"
        elif _EMAIL.search(said) or sum(c.isdigit() for c in said) >= _LEAST_DIGITS:
            yield (
                f"row {row}, {name}: looks like an e-mail address or a telephone number; give people numbers, and keep the list of "
                "who is who elsewhere"
            )
    method = cells.get("method", "")
    if method in METHODS:
        yield from (f"row {row}, {breach}" for breach in _answer_breaches(method, cells))
    else:
        found = f"found {method!r}" if method else "is empty"
        yield f"row {row}, method: {found}; one of {', '.join(METHODS)} is expected"


def _answer_breaches(method: str, cells: Cells) -> Iterator[str]:
    """Everything that is wrong with one person's answer."""
    given = {column: cells[column] for column in _ALL if column in cells}
    own = _ANSWERS[method]
    for column in given:
        if column not in own:
            yield f"{column}: found {_short(given[column])}; an empty cell is expected, as the row is by {method}"
    numbers = {column: _figure(given[column]) for column in own if column in given and column not in _WORDS}
    least, most, said = _BOUNDS[method]
    bad = [column for column, value in numbers.items() if not least <= value <= most]
    for column in bad:
        yield f"{column}: found {_short(given[column])}; expected is {said}"
    if not bad:
        tell = {"points": _points, "swing": _swing, "pairs": _pairs, "best-worst": _best_worst}[method]
        yield from tell(given, numbers)


def _short(cell: object) -> str:
    return repr(str(cell)[:40])


def _points(given: Cells, numbers: Numbers) -> Iterator[str]:
    del given
    if not any(numbers.values()):
        yield "points: all are 0 or empty; at least one above 0 is expected"


def _swing(given: Cells, numbers: Numbers) -> Iterator[str]:
    del given
    for name in BENEFITS:
        if name not in numbers:
            yield f"{name}: is empty; a number from 0 to 100 is expected, 0 where the swing does not matter"
    top = max(numbers.values(), default=100)
    if top != 100:
        yield f"swing: the greatest is {top:g}; 100 is expected for the swing that matters most"


def _pairs(given: Cells, numbers: Numbers) -> Iterator[str]:
    del given
    judged = {pair: numbers[column] for pair, column in PAIRS.items() if column in numbers}
    compared = [name for name in BENEFITS if any(name in pair for pair in judged)]
    for one, other in combinations(compared, 2):
        there, back = judged.get((one, other)), judged.get((other, one))
        if there is None and back is None:
            yield f"{PAIRS[one, other]}: is empty; both are compared with others, so this pair is wanted too"
        elif there is not None and back is not None and abs(there * back - 1) > _ROUNDED:
            yield f"{PAIRS[one, other]}: found {there:g}, but {PAIRS[other, one]} is {back:g}; one must be 1 ÷ the other"


def _best_worst(given: Cells, numbers: Numbers) -> Iterator[str]:
    best, worst = (given.get(word, "") for word in _WORDS)
    unknown = [(word, name) for word, name in zip(_WORDS, (best, worst), strict=True) if name not in BENEFITS]
    for word, name in unknown:
        yield f"{word}: {f'found {_short(name)}' if name else 'is empty'}; the name of a benefit is expected"
    if unknown:
        return
    if best == worst:
        yield f"worst: found {best!r}, which is the best too; another benefit is expected"
        return
    over, under = numbers.get(BEST_OVER[worst]), numbers.get(OVER_WORST[best])
    if over is None and under is None:
        yield f"{BEST_OVER[worst]}: is empty; how many times as much {best} matters as {worst} is expected"
    elif over is not None and under is not None and over != under:
        yield f"{BEST_OVER[worst]}: found {over:g}, but {OVER_WORST[best]} is {under:g}; both say the same and must agree"
    for column in (BEST_OVER[best], OVER_WORST[worst]):
        if numbers.get(column, 1) != 1:
            yield f"{column}: found {numbers[column]:g}; 1, or an empty cell, is expected of a benefit beside itself"
    for name in BENEFITS:
        two = (BEST_OVER[name], OVER_WORST[name])
        lone = [column for column in two if column not in numbers]
        if name not in (best, worst) and len(lone) == 1:
            yield f"{lone[0]}: is empty, but {next(c for c in two if c in numbers)} is filled in; both or neither are expected"


# ---------------------------------------------------------------- the blank sheet

_EXAMPLE = {"carbon": 1, "heat": 6, "air": 3, "water": 1, "nature": 2, "health": 9, "equity": 6, "community": 3}
"""How much each benefit matters to nobody, for the example in a blank sheet."""


def blank_sheet(
    method: str, people: int, group: str = "", compared: Sequence[str] = tuple(BENEFITS)
) -> list[list[str]]:
    """The rows of a sheet to fill in: headings, two notes (what the columns mean, an example), and a numbered row for each person.

    Parameters
    ----------
    method : str
        One of `elicitation.METHODS`.
    people : int
        How many rows.
    group : str, optional
        Written into every row.
    compared : sequence of str, optional
        The benefits that are put to people, where the method lets some be left out (pairs, best-worst).

    Raises
    ------
    StudyError
        The method or a benefit is unknown, or fewer than two are compared.
    """
    if method not in METHODS:
        raise StudyError(f"there is no method '{method}'", f"use one of {', '.join(METHODS)}.")
    unknown = [name for name in compared if name not in BENEFITS]
    chosen = [name for name in BENEFITS if name in compared]
    if unknown or len(chosen) < 2:
        raise StudyError(
            f"there is no benefit {listed(unknown)}" if unknown else "one benefit alone cannot be compared",
            f"name two or more of {', '.join(BENEFITS)}.",
        )
    if method in _SCORED and len(chosen) < len(BENEFITS):
        raise StudyError(
            f"a sheet by {method} holds all eight benefits",
            "leave --benefit out; people give 0 to what does not matter.",
        )
    columns = _sheet_columns(method, chosen)
    heads = [*_KEYS, *columns]
    means = [f"{_NOTE} what it means", "", METHODS[method], *(said for said, _ in columns.values())]
    example = [f"{_NOTE} example", "a group", method, *(value for _, value in columns.values())]
    return [heads, means, example, *([str(k + 1), group, method, *[""] * len(columns)] for k in range(people))]


def _sheet_columns(method: str, chosen: list[str]) -> dict[str, tuple[str, str]]:
    """Heading to what it means and an example."""
    wants = {name: _EXAMPLE[name] for name in chosen}
    plain = {name: BENEFITS[name].plain for name in chosen}
    best, worst = max(chosen, key=wants.__getitem__), min(chosen, key=wants.__getitem__)
    if method == "points":
        return {name: (plain[name], str(wants[name])) for name in chosen}
    if method == "swing":
        return {name: (plain[name], f"{100 * wants[name] / wants[best]:.0f}") for name in chosen}
    if method == "pairs":
        return {
            PAIRS[a, b]: (
                f"times {a} matters as much as {b}; under 1 where {b} matters more",
                f"{wants[a] / wants[b]:.3g}",
            )
            for a, b in combinations(chosen, 2)
        }
    return {
        "best": ("the benefit that matters most", best),
        "worst": ("the benefit that matters least", worst),
        **{
            BEST_OVER[name]: (
                f"times the best matters as much as: {plain[name]}",
                f"{wants[best] / wants[name]:.3g}" if name != best else "",
            )
            for name in chosen
        },
        **{
            OVER_WORST[name]: (
                f"times it matters as much as the worst: {plain[name]}",
                f"{wants[name] / wants[worst]:.3g}" if name != worst else "",
            )
            for name in chosen
        },
    }
