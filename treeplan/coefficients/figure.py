"""What is known of one figure: its range, its unit and where it comes from."""

from __future__ import annotations

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
