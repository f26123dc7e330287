"""Double counting: which benefits put sites in the same order, and how much each really decides beside its weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from treeplan.vocabulary import BENEFITS

Values = npt.NDArray[np.float64]

LEAST_SITES = 3
"""Between fewer sites than these no correlation is told: two always lie on one line."""

TOGETHER = 0.8
"""Benefits that correlate by more than this count much of the same thing twice (assumption, to be verified)."""

OUT_OF_PROPORTION = 2.0
"""An effective weight this many times the given one, or this small a part of it, is told (assumption, to be verified)."""

AGAINST = -0.2
"""A benefit that correlates with the priority by less than this goes against it (assumption, to be verified)."""


@dataclass(frozen=True)
class Overlap:
    """How benefits go together over the ranked sites.

    Attributes
    ----------
    sites : int
        Ranked sites.
    correlation : DataFrame
        Benefits × benefits: Pearson correlation of their scores over the sites where both were measured; NaN where a benefit is
        the same everywhere, or fewer than three sites tell.
    with_priority : Series
        Correlation of each benefit's scores with the priority.
    given, effective : Series
        The weight of each benefit, and its part of all squared correlations with the priority (METHODS.md 7.1); both add up to
        1. Effective is NaN for a benefit without weight, or one whose correlation is not known.
    """

    sites: int
    correlation: pd.DataFrame
    with_priority: pd.Series
    given: pd.Series
    effective: pd.Series

    @property
    def together(self) -> list[tuple[str, str, float]]:
        """Pairs of weighted benefits that correlate by more than 0.8, the closest first."""
        names = [name for name in BENEFITS if self.given[name] > 0]
        pairs = [(a, b, float(self.correlation.at[a, b])) for i, a in enumerate(names) for b in names[i + 1 :]]
        return sorted((pair for pair in pairs if pair[2] > TOGETHER), key=lambda pair: -pair[2])

    @property
    def out_of_proportion(self) -> list[tuple[str, float]]:
        """Benefits that decide more than twice, or less than half, of what their weight says: effective over given weight."""
        times = {name: float(self.effective[name] / self.given[name]) for name in BENEFITS if self.given[name] > 0}
        told = [(name, t) for name, t in times.items() if t > OUT_OF_PROPORTION or t < 1 / OUT_OF_PROPORTION]
        return sorted(told, key=lambda row: -row[1])

    @property
    def against(self) -> list[str]:
        """Weighted benefits whose scores fall where the priority rises: correlation under −0.2."""
        return [name for name in BENEFITS if self.given[name] > 0 and self.with_priority[name] < AGAINST]


def measure_overlap(scores: pd.DataFrame, share: dict[str, float]) -> Overlap:
    """Correlation of the benefits with one another and with the priority, and effective weights, over the ranked sites.

    Parameters
    ----------
    scores : DataFrame
        `benefit_<name>`, `priority`, `rank` and `not_measured` of each site, as from `scoring.score`.
    share : dict
        Weight of each benefit; together 1.
    """
    ranked = scores[scores["rank"].notna()]
    missing = ranked["not_measured"].str.split("; ")
    columns = {
        name: ranked[f"benefit_{name}"].mask(missing.map(lambda lacking, n=name: n in lacking).astype(bool))
        for name in BENEFITS
    }
    matrix = pd.DataFrame({**columns, "priority": ranked["priority"]}, dtype=float).corr(min_periods=LEAST_SITES)
    names = list(BENEFITS)
    given = pd.Series({name: share[name] for name in names})
    with_priority = matrix.loc[names, "priority"]
    squared = (with_priority**2).where(given > 0)
    total = float(squared.sum())
    effective = squared / total if total > 0 else squared * np.nan
    return Overlap(len(ranked), matrix.loc[names, names], with_priority, given, effective)
