"""The few kinds of error a user can act on. Each says the problem, then the remedy."""

from __future__ import annotations


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
