"""The register of effects: what is known of each, and the function that works it out; a plain dict behind."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt

from treeplan.vocabulary import require_domain

Values = npt.NDArray[np.float64]
WorkOut = Callable[..., Values | None]
Work = TypeVar("Work", bound=WorkOut)
Together = Literal["sum", "mean", "at most"]


@dataclass(frozen=True)
class Effect:
    """One effect: its words, its unit, and the function that works it out.

    Attributes
    ----------
    domain : str or None
        Where it is reported in the Thriving Places Index (`vocabulary.DOMAINS`); None for what it costs.
    together : {"sum", "mean", "at most"}
        What several sites come to: their sum; their mean, where a sum would mean nothing; or no more than their sum, where they
        may count the same residents or groups.
    leading : bool
        Whether it stands where there is room for few.
    weak : str
        Why the evidence is weak, in a sentence; empty where it is not.
    optional : bool
        Whether a study may not ask for it at all: then it is absent, not unknown.
    """

    name: str
    label: str
    unit: str
    work_out: WorkOut
    domain: str | None
    together: Together = "sum"
    leading: bool = True
    weak: str = ""
    optional: bool = False

    @property
    def doc(self) -> str:
        """The first line of the function's docstring."""
        return (self.work_out.__doc__ or "").strip().split("\n")[0]

    @property
    def asks(self) -> tuple[str, ...]:
        """What its function is given: `sites`, `growth`, `c`, `around`."""
        return tuple(inspect.signature(self.work_out).parameters)


EFFECTS: dict[str, Effect] = {}


def effect(
    *,
    label: str,
    unit: str,
    domain: str | None,
    together: Together = "sum",
    leading: bool = True,
    weak: str = "",
    optional: bool = False,
) -> Callable[[Work], Work]:
    """Enter an effect into the register under its function's name.

    Its function gives the totals of the whole sites at one level of the coefficients: years × sites, or what numpy can spread
    to that (sites alone, where no year matters); None where the study lacks the layer or (`optional`) does not
    ask for the effect. A function that needs nothing of it
    does not ask for it: it may take `sites` (their table), `growth` (trees, canopy and carbon by year), `c` (the coefficients
    of the level) and `around` (what lies about each site). `domain` says where it is reported, and nothing else reads it.

    Raises
    ------
    ValueError
        There is no such domain in `vocabulary.DOMAINS`.
    """
    if domain is not None:
        require_domain(domain)

    def enter(work_out: Work) -> Work:
        EFFECTS[work_out.__name__] = Effect(
            work_out.__name__, label, unit, work_out, domain, together, leading, weak, optional
        )
        return work_out

    return enter
