"""The shipped figures together, and a study's own in their place."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from treeplan.coefficients.carbon import CARBON, TREE_CARBON, WOOD_CARBON
from treeplan.coefficients.costs import COSTS
from treeplan.coefficients.figure import LEVELS, UNDATED, Coefficient, by_age
from treeplan.coefficients.ground import GROUND
from treeplan.coefficients.living import LIVING
from treeplan.coefficients.money import CARBON_VALUE_YEARS, MONEY, carbon_value_name
from treeplan.coefficients.table import CROWN_SHARE, TABLE
from treeplan.errors import StudyError, listed
from treeplan.vocabulary import GRANT_RATES_SINCE

log = logging.getLogger(__name__)

COEFFICIENTS: dict[str, Coefficient] = {**TABLE, **GROUND, **LIVING, **CARBON, **COSTS, **MONEY}

_FAR = 2.0
"""A figure is far from the shipped ones when it is so many times their greatest, or their least is so many times it."""

_GRANT = re.compile(r"\b(EWCO|grant|Countryside Stewardship)\b", re.IGNORECASE)
_FROM_NOUGHT = ("soil_loss", "care", "watering", "wood_carbon", "volunteer", "life_satisfaction")
"""Figures that may be nothing: no loss, care that costs nothing, a wood too young to hold anything."""

_BOUNDS = {
    "detour_factor": (1, 10),
    "crown_grown_years": (max(by_age(CROWN_SHARE, COEFFICIENTS)) + 1, 300),
    "wood_closure_years": (1, 100),
    "hedge_growing_years": (1, 200),
    "care_years": (0, 50),
    "panel_shade_wedge_deg": (1, 90),
    "exposure_least_ratio": (0, 1),
    "exposure_most_ratio": (1, 100),
    **{name: (0.1, 60) for name in COEFFICIENTS if name.startswith("crown_") and COEFFICIENTS[name].unit == "m"},
}
"""Figures that can only be within these, whatever a study says: a crown is not full-grown before it is said to be growing."""

_GROWING = (*(list(by_age(pattern, COEFFICIENTS).values()) for pattern in (CROWN_SHARE, TREE_CARBON, WOOD_CARBON)),)
"""Figures of one thing by age, the youngest first: none is less than the one before."""


def figures(overrides: Mapping[str, Mapping[str, object]]) -> dict[str, Coefficient]:
    """The table of figures with a study's own put in place of the shipped ones.

    A figure far outside the shipped range is taken, and told in a warning: the planner may know better.

    Raises
    ------
    StudyError
        A name is unknown, low, central and high are not in order or cannot be, a carbon value or grant rate is old, or something shrinks as it
        ages.
    """
    unknown = sorted(set(overrides) - set(COEFFICIENTS))
    if unknown:
        raise StudyError(
            f"[coefficients] names {', '.join(unknown)}, which no model uses",
            f"the names are: {listed(COEFFICIENTS, like=unknown)} (docs/coefficients.md has them all).",
        )
    table = dict(COEFFICIENTS)
    for name, given in overrides.items():
        low, central, high = (float(str(given[level])) for level in LEVELS)
        if not low <= central <= high:
            raise StudyError(
                f"[coefficients] {name}: low {low:g}, central {central:g}, high {high:g} are not in order",
                "put the smallest first.",
            )
        if not _possible(name, low, high):
            raise StudyError(
                f"[coefficients] {name}: {low:g} to {high:g} {table[name].unit} cannot be",
                "shares lie between 0 and 1, curve numbers between 1 and 100, a detour is at least 1, costs of care and losses are "
                "0 or more, and everything else is above 0.",
            )
        source, as_of = str(given.get("source") or "the study file"), str(given.get("as_of") or UNDATED)
        table[name] = replace(
            table[name], low=low, central=central, high=high, source=source, as_of=as_of, overridden=True
        )
        _require_current(name, table[name])
        _tell_far(name, table[name])
    _require_growth(table)
    return table


def _possible(name: str, low: float, high: float) -> bool:
    """Whether a figure can be: shares within 0 and 1, detours from 1, losses and care from 0, everything else above 0."""
    unit = COEFFICIENTS[name].unit
    if not math.isfinite(low) or not math.isfinite(high):
        return False
    if unit.startswith("share"):
        return low >= 0 and high <= 1
    if unit == "curve number":
        return low >= 1 and high <= 100
    if name in _BOUNDS:
        return _BOUNDS[name][0] <= low and high <= _BOUNDS[name][1]
    return low >= 0 if any(part in name for part in _FROM_NOUGHT) else low > 0


def _require_current(name: str, own: Coefficient) -> None:
    """Stop at a carbon value or a grant rate that is out of date, and at a rate that does not say of when it is."""
    if name in map(carbon_value_name, CARBON_VALUE_YEARS) and own.central < COEFFICIENTS[name].low:
        raise StudyError(
            f"[coefficients] {name}: £{own.central:g} is no carbon value of today's series, whose low figure is "
            f"£{COEFFICIENTS[name].low:g}",
            "the series before 2021 (£81 for 2030) and market prices are too low: take the government's values of November 2023 "
            "or later, in prices of 2022.",
        )
    if not _GRANT.search(own.source):
        return
    if own.as_of == UNDATED:
        raise StudyError(
            f"[coefficients] {name}: a grant rate ({own.source}) without its date",
            'say of when it is: as_of = "2026-04".',
        )
    if own.as_of < GRANT_RATES_SINCE:
        raise StudyError(
            f"[coefficients] {name}: a grant rate of {own.as_of} ({own.source}); the rates were changed in {GRANT_RATES_SINCE}",
            "look up the present rate, and give its date as as_of.",
        )


def _tell_far(name: str, own: Coefficient) -> None:
    """Warn of a central figure far outside the shipped range; of a share, also where what is left of it is."""
    shipped = COEFFICIENTS[name]
    ranges = [(own.central, shipped.low, shipped.high)]
    if shipped.unit.startswith("share"):
        ranges.append((1 - own.central, 1 - shipped.high, 1 - shipped.low))
    if any(central > _FAR * high or _FAR * central < low for central, low, high in ranges):
        log.warning(
            "[coefficients] %s: the study's %s lies far outside the usual %s %s (%s). What to do: see that the unit is the same; if "
            "it is, leave it, for you may know better.",
            name,
            _range(own),
            _range(shipped),
            shipped.unit,
            shipped.source,
        )


def _range(figure: Coefficient) -> str:
    return f"{figure.low:g} – {figure.central:g} – {figure.high:g}"


def _require_growth(table: Mapping[str, Coefficient]) -> None:
    """Stop where a study's own figures would make a crown, or the carbon in a wood or tree, shrink as it ages."""
    for names in _GROWING:
        for younger, older in pairwise(names):
            falls = [lv for lv in LEVELS if getattr(table[older], lv) < getattr(table[younger], lv)]
            if falls:
                raise StudyError(
                    f"[coefficients] {older} is less than {younger} ({', '.join(falls)}): {_range(table[older])} after "
                    f"{_range(table[younger])}",
                    "give figures that do not shrink with age; where one is changed, change those of other ages with it.",
                )
