"""The register of indicators: what is known of each, and the function that measures it; a plain dict behind."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from treeplan.roles import LAYERS
from treeplan.vocabulary import require_domain

Measure = Callable[..., pd.Series | pd.DataFrame | None]


@dataclass(frozen=True)
class Need:
    """One indicator: its words, unit, direction, and the function that measures it.

    Attributes
    ----------
    local : bool
        Measured on the study's own maps: it may be unknown for a neighbourhood, and none is known beyond the study.
    domain : str
        Where it is reported in the Thriving Places Index (`vocabulary.DOMAINS`).
    great, little : str
        What a place of great and of little need is called ("poor health", "good health").
    overlaps : str or None
        The domain of the deprivation index that holds the same thing (METHODS.md 5.2).
    with_deprivation : bool
        It is worse where deprivation is, all over England: a column that says otherwise runs the wrong way.
    """

    name: str
    label: str
    unit: str
    prefer: str
    measure: Measure
    local: bool
    domain: str
    great: str
    little: str
    overlaps: str | None
    with_deprivation: bool

    @property
    def asks(self) -> tuple[str, ...]:
        """Everything its function is given."""
        return tuple(inspect.signature(self.measure).parameters)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers it cannot do without."""
        given = inspect.signature(self.measure).parameters
        return tuple(name for name in self.asks if name in LAYERS and given[name].default is inspect.Parameter.empty)

    @property
    def needs(self) -> tuple[str, ...]:
        """The indicators it is worked out from."""
        return tuple(name for name in self.asks if name in NEEDS and name not in LAYERS)

    @property
    def reads(self) -> str:
        """The layers and indicators it reads, in words."""
        also = [f"{name} where there is one" for name in self.asks if name in LAYERS and name not in self.layers]
        return ", ".join([*self.layers, *self.needs, *also]) or "the study's own maps"

    @property
    def doc(self) -> str:
        """The first line of the function's docstring."""
        return (self.measure.__doc__ or "").strip().split("\n")[0]


NEEDS: dict[str, Need] = {}


def need(
    *,
    label: str,
    unit: str,
    prefer: str,
    domain: str,
    local: bool = False,
    great: str = "",
    little: str = "",
    overlaps: str | None = None,
    with_deprivation: bool = False,
) -> Callable[[Measure], Measure]:
    """Enter an indicator into the register; `prefer` says whether "low" or "high" values are the good ones.

    Its function returns a Series by `lsoa21_code`, or a DataFrame with `value` and, where they are known, `low` and `high`
    (95 %) and `cases` (what the value rests on: under five it is not shown); None where the study has nothing to measure it
    by. `attrs["said"]` is a sentence on how it was done. Words for great and little need are made from the label where they
    are not given. `domain` says where it is reported, and no score reads it.

    Raises
    ------
    ValueError
        There is no such domain in `vocabulary.DOMAINS`.
    """
    require_domain(domain)

    def enter(measure: Measure) -> Measure:
        plain = label[0].lower() + label[1:]
        high, low = f"high values of {plain}", f"low values of {plain}"
        words = (great or (high if prefer == "low" else low), little or (low if prefer == "low" else high))
        name = measure.__name__
        NEEDS[name] = Need(name, label, unit, prefer, measure, local, domain, *words, overlaps, with_deprivation)
        return measure

    return enter


def in_order() -> list[Need]:
    """The indicators in the order of the register, each after those it is worked out from."""
    found: dict[str, Need] = {}

    def enter(name: str) -> None:
        for other in NEEDS[name].needs:
            enter(other)
        found.setdefault(name, NEEDS[name])

    for name in NEEDS:
        enter(name)
    return list(found.values())
