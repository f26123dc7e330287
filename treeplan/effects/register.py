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
Together = Literal["sum", "mean", "joint"]


def asked(work_out: WorkOut) -> tuple[str, ...]:
    """What a function is given, by name."""
    return tuple(inspect.signature(work_out).parameters)


@dataclass(frozen=True)
class Effect:
    """One effect: its words, its unit, and the function that works it out.

    Attributes
    ----------
    domain : str or None
        Where it is reported in the Thriving Places Index (`vocabulary.DOMAINS`); None for what it costs.
    together : {"sum", "mean", "joint"}
        What several sites come to: their sum; their mean, where a sum would mean nothing; or, where they share residents or
        groups, a figure of its own, each of them counted once (`JOINT`).
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
        return asked(self.work_out)


EFFECTS: dict[str, Effect] = {}

JOINT: dict[str, WorkOut] = {}
"""Effect to the function that says what several sites come to together, levels × years."""


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


def joint(work_out: Work) -> Work:
    """Enter what several sites come to in the effect of the function's name, whose `together` is "joint".

    Its function gives one number for all of the sites at each level and year: levels × years; None where the study lacks the
    layer. It may take `sites`, `around` and `access`, `levels` (the trees of the sites at each level), `served` (rows of
    sites and of homes within a walk) and `canopy_pct` (canopy of neighbourhoods now).
    """
    JOINT[work_out.__name__] = work_out
    return work_out
