"""Which effect, and which needs of which residents, make each benefit: one declared table."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from treeplan.errors import StudyError, listed
from treeplan.study import Study

Term = str | tuple[str, ...]
Reach = Literal["walk", "cooling"]

REACHES: dict[Reach, str] = {"walk": "residents served", "cooling": "residents cooled"}
"""Whom a benefit counts: those within the study's walk of the site, or those within the straight line of its cooling."""


@dataclass(frozen=True)
class Formula:
    """How a benefit is worked out: its effect, and the needs of the residents in reach; no needs, no residents: place-bound.

    Attributes
    ----------
    effect : str
        What planting does.
    needs : tuple
        Their mean counts. Names in a tuple of their own say the same thing in other ways: the first that the study has counts.
    reach : {"walk", "cooling"}
        Which residents count (`REACHES`).
    """

    effect: str
    needs: tuple[Term, ...] = ()
    reach: Reach = "walk"

    def chosen(self, measured: Collection[str]) -> tuple[str, ...]:
        """The needs that count where these are measured."""
        firsts = (next((name for name in _names(term) if name in measured), None) for term in self.needs)
        return tuple(name for name in firsts if name is not None)

    def lacking(self, measured: Collection[str]) -> tuple[str, ...]:
        """The needs, each by its first name, that the study has in no way."""
        return tuple(_names(term)[0] for term in self.needs if not set(_names(term)) & set(measured))

    @property
    def names(self) -> tuple[str, ...]:
        """Every need that may count."""
        return tuple(name for term in self.needs for name in _names(term))

    def text(self, measured: Collection[str]) -> str:
        """The formula on one line, with the needs that count where these are measured; all of them where none is."""
        return self._line(self.chosen(measured)) if self.chosen(measured) else str(self)

    def __str__(self) -> str:
        return self._line(tuple(" or ".join(_names(term)) for term in self.needs))

    def _line(self, terms: tuple[str, ...]) -> str:
        if not terms:
            return f"{self.effect} ÷ canopy ha"
        need = terms[0] if len(terms) == 1 else f"mean({', '.join(terms)})"
        return f"Σ {REACHES[self.reach]} × need({need}) × {self.effect} ÷ canopy ha"


def _names(term: Term) -> tuple[str, ...]:
    return (term,) if isinstance(term, str) else term


FORMULAS: dict[str, Formula] = {
    "carbon": Formula("carbon_tco2e"),
    "heat": Formula("cooling_degc", ("young_and_old_pct", ("heat_degc", "heat_risk")), "cooling"),
    "air": Formula("pollution_kg_per_ha", ("no2_ugm3", "pm25_ugm3")),
    "water": Formula("runoff_m3"),
    "nature": Formula("connected_ha"),
    "health": Formula(
        "canopy_pp", (("bad_health_ratio", "bad_health_pct", "local_health"), ("mental_health", "depression_pct"))
    ),
    "equity": Formula("canopy_pp", ("deprivation", "canopy_gap_pp")),
    "community": Formula("volunteer_hours"),
}


def formulas_of(study: Study) -> dict[str, Formula]:
    """The formula of each benefit in a study: the declared ones, with the needs that the study puts in their place.

    Raises
    ------
    StudyError
        `[needs] for_benefit` names no benefit, or one that asks nothing of residents, or no need.
    """
    asked = study.needs.for_benefit
    wrong = [name for name in asked if name not in FORMULAS]
    if wrong:
        raise StudyError(
            f"[needs] for_benefit names no benefit: {listed(wrong)}",
            f"name some of these: {', '.join(_people_bound())}.",
        )
    bound = [name for name in asked if not FORMULAS[name].needs]
    if bound:
        raise StudyError(
            f"[needs] for_benefit: {listed(bound)} counts what planting does to a place, not to residents, and answers no need",
            f"leave it out; those that answer needs are {', '.join(_people_bound())}.",
        )
    empty = [name for name, needs in asked.items() if not needs]
    if empty:
        raise StudyError(
            f"[needs] for_benefit: {listed(empty)} is given no need",
            "name one or more, or set the benefit's weight to 0.",
        )
    return {name: replace(f, needs=asked[name]) if name in asked else f for name, f in FORMULAS.items()}


def _people_bound() -> list[str]:
    return [name for name, formula in FORMULAS.items() if formula.needs]


def needs_that_count(study: Study, measured: Collection[str]) -> frozenset[str]:
    """The needs that feed a benefit of some weight in a study where these are measured."""
    given = study.weights.relative()
    return frozenset(
        name for benefit, f in formulas_of(study).items() if given[benefit] > 0 for name in f.chosen(measured)
    )
