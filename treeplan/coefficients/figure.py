"""What is known of one figure: its range, its unit and where it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["low", "central", "high"]
LEVELS: tuple[Level, ...] = ("low", "central", "high")

ASSUMED = "assumption, to be verified"

UNDATED = "not stated"
"""The date of a figure whose source gives none."""


@dataclass(frozen=True)
class Coefficient:
    """One figure with its range and where it comes from."""

    low: float
    central: float
    high: float
    unit: str
    plain: str
    source: str = ASSUMED
    mark: Literal["sourced", "derived", "assumption"] = "assumption"
    as_of: str = "2026-11"
    overridden: bool = False


def by_age(pattern: re.Pattern[str], names: Iterable[str]) -> dict[int, str]:
    """The names of the figures of one thing at several ages, by age in years, the youngest first."""
    found = {int(match[1]): name for name in names if (match := pattern.fullmatch(name))}
    return {age: found[age] for age in sorted(found)}
