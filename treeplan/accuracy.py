"""How far a map of trees can be trusted: its confusion matrix, accuracies and canopy corrected for its errors, with intervals.

References
----------
Olofsson et al. 2014, Good practices for estimating area and assessing accuracy of land change, Remote Sensing of Environment
148, 42–57. Wilson 1927, for shares of a plain count. DerSimonian and Laird 1986, for how much places differ beyond chance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Z95 = 1.96
"""Standard errors on either side of an estimate that make a 95 % interval."""

Range = tuple[float, float, float]
"""Low, central and high: an estimate with its 95 % interval."""

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def wilson(hits: int, tries: int) -> Range:
    """A share of a count with its 95 % interval (Wilson), 0–1; NaN where nothing was tried."""
    if not tries:
        return math.nan, math.nan, math.nan
    p = hits / tries
    middle = (p + Z95**2 / (2 * tries)) / (1 + Z95**2 / tries)
    half = Z95 / (1 + Z95**2 / tries) * math.sqrt(p * (1 - p) / tries + Z95**2 / (4 * tries**2))
    return min(max(0.0, middle - half), p), p, max(min(1.0, middle + half), p)  # rounding must not leave the share out


def between_places(is_tree: Flags, mapped: Flags, block: npt.NDArray[np.int64]) -> float:
    """How much a map's errors differ from square to square beyond chance: variance, in parts of that of a single point.

    Parameters
    ----------
    is_tree, mapped : array of bool
        What each point is, and what the map calls it.
    block : array of int
        The square of each point, from 0 on.

    Returns
    -------
    float
        0 where squares differ no more than chance would have it, and where the map makes no error.
    """
    rate = np.where(mapped, _mean(is_tree[mapped]), _mean(is_tree[~mapped]))
    chance = np.bincount(block, rate * (1 - rate))
    off = np.bincount(block, is_tree - rate)
    count = np.bincount(block)[chance > 0]
    if len(count) < 2:
        return 0.0
    excess = float((off[chance > 0] ** 2 / chance[chance > 0]).sum()) / (len(count) - 1) - 1
    size = (count.sum() - (count**2).sum() / count.sum()) / (len(count) - 1)
    return max(0.0, float(excess / size))


def _mean(flags: Flags) -> float:
    return float(flags.mean()) if len(flags) else math.nan


@dataclass(frozen=True)
class Accuracy:
    """What a map says at labelled points that it had not seen, beside what people saw there.

    Attributes
    ----------
    tree_as_tree, other_as_tree, tree_as_other, other_as_other : int
        Points by what they are and what the map calls them: `other_as_tree` is no tree, and mapped as tree.
    mapped_share : float
        Part (0–1) of the ground that the map calls tree.
    area_ha : float
        The ground that was seen, ha.
    random_sample : bool
        Whether the points are a random sample of that ground. Then accuracies are those of the map, each class weighted by
        its area; else they are those of the points alone, and no area is stated.
    block_m : float
        Side of the squares that were held back together, metres.
    blocks, folds : int
        Squares that hold points, and the groups they were tested in.
    between_places : float
        From `between_places`: how much errors differ from place to place, beyond chance.
    """

    tree_as_tree: int
    other_as_tree: int
    tree_as_other: int
    other_as_other: int
    mapped_share: float
    area_ha: float
    random_sample: bool
    block_m: float
    blocks: int
    folds: int
    between_places: float = 0.0

    @property
    def points(self) -> int:
        """Number of labelled points."""
        return self.tree_as_tree + self.other_as_tree + self.tree_as_other + self.other_as_other

    @property
    def confusion(self) -> pd.DataFrame:
        """The confusion matrix: rows what the map says, columns what people saw, in points."""
        rows = [[self.tree_as_tree, self.other_as_tree], [self.tree_as_other, self.other_as_other]]
        return pd.DataFrame(rows, index=["mapped tree", "mapped not tree"], columns=["tree", "not tree"])

    @property
    def overall(self) -> Range:
        """Part of the ground (of the points, where they are no random sample) that is mapped rightly."""
        if not self.random_sample:
            return wilson(self.tree_as_tree + self.other_as_other, self.points)
        tree, other = self._tree_rates
        return _interval(float(self._strata @ [tree, 1 - other]), self._error(self._strata))

    @property
    def users_tree(self) -> Range:
        """User's accuracy: of what is mapped as tree, the part that is tree."""
        return wilson(self.tree_as_tree, self._mapped[0])

    @property
    def users_other(self) -> Range:
        """User's accuracy: of what is mapped as not tree, the part that is not."""
        return wilson(self.other_as_other, self._mapped[1])

    @property
    def producers_tree(self) -> Range:
        """Producer's accuracy: of the trees, the part that is mapped as tree."""
        if not self.random_sample:
            return wilson(self.tree_as_tree, self.tree_as_tree + self.tree_as_other)
        tree, other = self._tree_rates
        return _producers(self._strata, tree, other, self._variance)

    @property
    def producers_other(self) -> Range:
        """Producer's accuracy: of what is not tree, the part that is mapped so."""
        if not self.random_sample:
            return wilson(self.other_as_other, self.other_as_tree + self.other_as_other)
        tree, other = self._tree_rates
        return _producers(self._strata[::-1], 1 - other, 1 - tree, self._variance[::-1])

    @property
    def canopy_share(self) -> Range:
        """Part (0–1) of the ground under trees, corrected for the map's errors; NaN where the points are no random sample."""
        if not self.random_sample:
            return math.nan, math.nan, math.nan
        strata = self._strata
        return _interval(float(strata @ self._tree_rates), self._error(strata))

    @property
    def canopy_ha(self) -> Range:
        """Canopy corrected for the map's errors, ha; NaN where the points are no random sample."""
        low, central, high = self.canopy_share
        return low * self.area_ha, central * self.area_ha, high * self.area_ha

    def of_zones(self, mapped_share: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Canopy (0–1) of zones of which a part is mapped as tree, corrected for the map's errors: low, central and high.

        The 95 % interval holds both how few points were labelled and how much errors differ from place to place.
        """
        strata, rates = np.column_stack([mapped_share, 1 - mapped_share]), self._tree_rates
        local = self.between_places * (strata @ (rates * (1 - rates)))
        half = Z95 * np.sqrt(strata**2 @ self._variance + local)
        central = strata @ rates
        return np.maximum(central - half, 0), central, np.minimum(central + half, 1)

    @property
    def _mapped(self) -> tuple[int, int]:
        return self.tree_as_tree + self.other_as_tree, self.tree_as_other + self.other_as_other

    @property
    def _strata(self) -> Numbers:
        return np.array([self.mapped_share, 1 - self.mapped_share])

    @property
    def _tree_rates(self) -> Numbers:
        """The part that is tree, of what is mapped as tree and as not tree."""
        return np.array(
            [
                n / of if of else math.nan
                for n, of in zip((self.tree_as_tree, self.tree_as_other), self._mapped, strict=True)
            ]
        )

    @property
    def _variance(self) -> Numbers:
        """Variance of the two rates.

        Where not one point is wrong, as if about one were: no finite number of points proves a map to be without error.
        """
        rates = zip(self._tree_rates, self._mapped, strict=True)
        return np.array([_variance(p, n) if n > 1 else math.nan for p, n in rates])

    def _error(self, strata: Numbers) -> float:
        return math.sqrt(float(strata**2 @ self._variance))


def _variance(share: float, count: int) -> float:
    least = 1 / (count + 2)
    p = min(max(share, least), 1 - least) if share in (0, 1) else share
    return p * (1 - p) / (count - 1)


def _producers(strata: Numbers, right: float, missed: float, variance: Numbers) -> Range:
    """Producer's accuracy of a class: `right` of what is mapped so is of it, and `missed` of what is mapped otherwise."""
    whole = strata[0] * right + strata[1] * missed
    if not whole:
        return math.nan, math.nan, math.nan
    central = float(strata[0] * right / whole)
    spread = np.array([strata[0] * (1 - central), strata[1] * central])
    return _interval(central, math.sqrt(float(spread**2 @ variance)) / whole)


def _interval(central: float, error: float) -> Range:
    return max(0.0, float(central - Z95 * error)), float(central), min(1.0, float(central + Z95 * error))
