"""The candidate sites that benefits are compared with: this run's own, or those that another run saved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

ENDS = (2.5, 97.5)
"""Percentiles between which a winsorised score runs from 0 to 1 (METHODS.md 7.2)."""

STEP = 0.001
"""Scores are published and ranked in steps of this size."""


@dataclass(frozen=True)
class Population:
    """What a hectare of canopy does for one benefit at each of the sites that scores are compared with.

    Attributes
    ----------
    values : array
        The qualities there are, ascending, each once.
    below, up_to : array
        How many sites lie below each of them, and how many do not lie above it.
    ends : (float, float)
        The 2.5 and 97.5 percentiles.
    """

    values: Values
    below: Counts
    up_to: Counts
    ends: tuple[float, float]

    @property
    def sites(self) -> int:
        """How many sites it holds."""
        return int(self.up_to[-1])

    def at_percentile(self, percentile: float) -> float:
        """The quality at a percentile; between two sites, that of the lower one."""
        place = int((self.sites - 1) * percentile / 100)
        return float(self.values[max(0, int(np.searchsorted(self.below, place, side="right")) - 1)])

    def percentile_share(self, values: Values) -> Values:
        """Where values stand among the sites, 0–1: the share below, and half of those equal."""
        at = np.minimum(np.searchsorted(self.values, values), len(self.values) - 1)
        steps = np.repeat(self.values, 2), np.column_stack([self.below, self.up_to]).ravel()
        between = np.interp(values, *steps, left=0, right=self.sites)
        counted = np.where(self.values[at] == values, (self.below[at] + self.up_to[at]) / 2, between)
        return np.asarray(counted / self.sites, dtype=np.float64)

    def winsorised_share(self, values: Values) -> Values:
        """Where values lie between the two ends, 0–1, those beyond at the ends; a half at ends that are one."""
        low, high = self.ends
        if high <= low:
            return (np.sign(values - low) + 1) / 2
        return np.clip((values - low) / (high - low), 0.0, 1.0)


def population(values: Values) -> Population | None:
    """The population of some qualities, NaN left out; None where all are."""
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    each, counts = np.unique(known, return_counts=True)
    up_to = np.cumsum(counts)
    low, high = np.percentile(known, ENDS)
    return Population(each, up_to - counts, up_to, (float(low), float(high)))
