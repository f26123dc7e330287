"""The few kinds of error a user can act on. Each says the problem, then the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class TreeplanError(Exception):
    """Something the user can put right.

    Parameters
    ----------
    problem : str
        What is wrong, naming file, column or setting, with what was found and what was expected.
    remedy : str
        What to do about it.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{problem}\n  What to do: {remedy}")


class StudyError(TreeplanError):
    """The study file is wrong: a setting is unknown, out of bounds or missing."""


class DataError(TreeplanError):
    """A data file is missing, unreadable, or does not hold what its reader expects."""


class PlanError(TreeplanError):
    """No plan meets the budget and the floors that were asked for."""


class OutputError(TreeplanError):
    """The results could not be written; what was there before is untouched."""


def listed(names: Iterable[object], like: Iterable[str] = (), most: int = 12) -> str:
    """Names for a message, at most so many: "a, b, c … and 79 more"; those like the ones that were looked for come first."""
    all_names = [str(name) for name in names]
    if len(all_names) <= most:
        return ", ".join(all_names)
    lower = {name.casefold(): name for name in reversed(all_names)}
    near = [lower[n] for wanted in like for n in difflib.get_close_matches(wanted.casefold(), lower, n=3)]
    shown = list(dict.fromkeys([*near, *all_names]))[:most]
    return f"{', '.join(shown)} … and {len(all_names) - len(shown)} more"


def counted(number: int, thing: str) -> str:
    """A number of things for a message: "1 neighbourhood", "2,300 neighbourhoods"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
