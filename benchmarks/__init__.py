"""treeplan beside its peers: one module per row, facts in a decorator, plain functions beneath, a plain dict behind.

To add a row, write one module with a function under `@row`, which makes the data, and one function per contender under
`@contender`; and name the module in the last line. Each contender runs in a process of its own (`benchmarks.runner`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Work = Callable[[], Any]
Answer = Callable[[Any], Numbers]


class ContenderError(Exception):
    """A contender cannot run here; the message says why."""


@dataclass(frozen=True)
class Contender:
    """One way to do the work of a row.

    Attributes
    ----------
    package : str
        The distribution whose version is reported.
    within : float, optional
        By how much a number may differ where that is more than the row allows: some peers count whole cells only.
    only : str
        What part of the work it does, where it gives no answer to compare.
    prepare : function
        Takes the folder of the data, loads it (not timed), and returns the work (timed) and what turns its result into
        numbers that can be compared (not timed).
    """

    name: str
    package: str
    prepare: Callable[[Path], tuple[Work, Answer]]
    within: float | None = None
    only: str = ""


@dataclass(frozen=True)
class Row:
    """One step of the work, its data and its contenders.

    Attributes
    ----------
    sizes : dict
        Name of a size to the arguments of `make`; `full` and `tiny` at least.
    make : function
        Writes the data into a folder, from a seed.
    oracle : str
        The contender whose answer the others must give.
    within : float
        By how much a number may differ from the oracle's, in `unit`.
    shown : str
        What the last number of each answer is, where it is told beside the time and not compared.
    whole_process : bool
        Whether a contender's time is that of its whole process: start, imports, kernels, reading its data.
    """

    name: str
    title: str
    oracle: str
    within: float
    unit: str
    sizes: dict[str, dict[str, int]]
    make: Callable[..., None]
    whole_process: bool = False
    shown: str = ""
    contenders: dict[str, Contender] = field(default_factory=dict)


ROWS: dict[str, Row] = {}


def row(
    *,
    title: str,
    oracle: str,
    within: float,
    unit: str,
    sizes: dict[str, dict[str, int]],
    whole_process: bool = False,
    shown: str = "",
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Enter a row under the name of the function beneath, which makes its data."""

    def enter(make: Callable[..., None]) -> Callable[..., None]:
        name = make.__name__.replace("_", "-")
        ROWS[name] = Row(name, title, oracle, within, unit, sizes, make, whole_process, shown)
        return make

    return enter


def contender(row: str, name: str, *, package: str, within: float | None = None, only: str = "") -> Callable[..., Any]:
    """Enter a contender of a row."""

    def enter(prepare: Callable[[Path], tuple[Work, Answer]]) -> Callable[[Path], tuple[Work, Answer]]:
        ROWS[row].contenders[name] = Contender(name, package, prepare, within, only)
        return prepare

    return enter


from benchmarks import acceptability, access, areal, cooling, effects, land, nearest, points, portfolio, served, zonal  # noqa: E402, F401  (they fill the register)
