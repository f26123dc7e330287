"""Which input moves the ranks most, and which sites change band when one of them is settled."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

Values = npt.NDArray[np.float64]

BAND_A, BAND_C = 0.80, 0.20
"""Least share of the draws in the top for band A; less than the other is band C."""

NORMAL_95 = 1.96
CLASSES, LEAST_IN_CLASS = 20, 25
"""Most classes that a continuous input is cut into, and the fewest draws in each."""

PARTS = 20
"""Parts of the draws that are left out one at a time, for the error."""


def band_of(p_top_k: Values) -> npt.NDArray[np.object_]:
    """The band of each site by how often it is in the top."""
    return np.select([p_top_k >= BAND_A, p_top_k < BAND_C], ["A", "C"], "B").astype(object)


def error_of(share: Values, draws: int) -> Values:
    """Monte Carlo error of a share of so many draws: half of its 95 % interval (METHODS.md 7.3)."""
    error: Values = NORMAL_95 * np.sqrt(share * (1 - share) / draws)
    return error


def first_order(inputs: pd.DataFrame, ranks: npt.NDArray[np.number]) -> pd.DataFrame:
    """First-order Sobol index of each input: the share of the variance of ranks that goes when that input alone is known.

    From the draws as they are: an input is cut into classes of as many draws each (or its own values, where they are few), and the
    variance of the classes' means is set against the whole, over all sites together. What classes differ by chance alone, their
    number less 1 times the variance within over the draws, is taken off; below nothing is 0. Weights add up to 1 and so
    depend on one another: their indices overlap, and may come to more than 1.

    Parameters
    ----------
    inputs : DataFrame
        One row a draw.
    ranks : array, draws × sites
        What came of it.

    Returns
    -------
    DataFrame
        `input, first_order` (0–1; NaN where no rank ever moves), `error` (half of its 95 % interval, by leaving out a
        twentieth of the draws at a time; at least some 3 draws for each).

    References
    ----------
    Saltelli et al. 2008, Global Sensitivity Analysis: The Primer; for several outputs together, Lamboni et al. 2011.
    """
    y = np.asarray(ranks, dtype=float)
    y = y - y.mean(axis=0) if len(y) else y
    rows = []
    for name in inputs:
        classes = _classes(inputs[name])
        found, error = _index(classes, y)
        rows.append({"input": name, "first_order": found, "error": error})
    return pd.DataFrame(rows, columns=["input", "first_order", "error"])


def _classes(values: pd.Series) -> npt.NDArray[np.int64]:
    """The class of each draw."""
    codes, known = pd.factorize(values, sort=True)
    most = max(1, min(CLASSES, len(values) // LEAST_IN_CLASS))
    if len(known) <= CLASSES:
        return codes
    order = np.argsort(values.to_numpy(), kind="stable")
    classes = np.empty(len(values), dtype=np.int64)
    classes[order] = np.arange(len(values)) * most // len(values)
    return classes


def _index(classes: npt.NDArray[np.int64], y: Values) -> tuple[float, float]:
    """The index and its error, from sums by part of the draws and class."""
    parts, number = min(PARTS, max(1, len(y) // 3)), int(classes.max(initial=0)) + 1
    part = np.arange(len(y)) % parts
    cell = part * number + classes
    order = np.argsort(cell, kind="stable")
    starts = np.searchsorted(cell[order], np.arange(parts * number))
    size = np.diff(np.append(starts, len(y)))
    sums = np.zeros((parts * number, y.shape[1]))
    some = size > 0
    if some.any():
        sums[some] = np.add.reduceat(y[order], starts[some], axis=0)
    squared = np.array([(y[part == p] ** 2).sum(axis=0) for p in range(parts)]).reshape(parts, -1)
    sizes, by_part = size.reshape(parts, number), sums.reshape(parts, number, -1)
    whole = sizes.sum(axis=0), by_part.sum(axis=0), squared.sum(axis=0)
    found = _share(*whole)
    if parts < 2 or np.isnan(found):
        return found, float("nan")
    without = np.array(
        [_share(whole[0] - sizes[p], whole[1] - by_part[p], whole[2] - squared[p]) for p in range(parts)]
    )
    error = NORMAL_95 * np.sqrt((parts - 1) / parts * ((without - without.mean()) ** 2).sum())
    return max(0.0, found), float(error)


def _share(size: npt.NDArray[np.int64], sums: Values, squares: Values) -> float:
    """Variance between classes over the whole, over all outputs together, less what chance alone would give."""
    size, sums = size[size > 0], sums[size > 0]
    draws = int(size.sum())
    mean = sums.sum(axis=0) / draws
    whole = float((squares - draws * mean**2).sum())
    if whole <= 1e-9 or draws <= len(size):
        return float("nan")
    between = float((size[:, None] * (sums / size[:, None] - mean) ** 2).sum())
    chance = (len(size) - 1) * (whole - between) / (draws - len(size))
    return (between - chance) / whole


def band_changes(
    site_id: pd.Series, settled: Mapping[tuple[str, str], tuple[Values, int]], p_top_k: Values, draws: int
) -> pd.DataFrame:
    """Sites whose band is another one once an input is settled, where more than the chance of the draws says so.

    Parameters
    ----------
    settled : mapping
        By switch and choice (`("normaliser", "percentile")`), how often each site is in the top and in how many draws.
    p_top_k : array
        The same with nothing settled, from so many `draws`.

    Returns
    -------
    DataFrame
        `switch, choice, site_id, band, band_settled, p_top_k, p_top_k_settled`; in the order of the switches and the sites.
    """
    before = band_of(p_top_k)
    found = []
    for (switch, choice), (share, count) in settled.items():
        after = band_of(share)
        sure = np.abs(share - p_top_k) > np.hypot(error_of(share, count), error_of(p_top_k, draws))
        moved = (after != before) & sure
        found.append(
            pd.DataFrame(
                {
                    "switch": switch,
                    "choice": choice,
                    "site_id": site_id.to_numpy()[moved],
                    "band": before[moved],
                    "band_settled": after[moved],
                    "p_top_k": p_top_k[moved].round(3),
                    "p_top_k_settled": share[moved].round(3),
                }
            )
        )
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=CHANGES)


CHANGES = ["switch", "choice", "site_id", "band", "band_settled", "p_top_k", "p_top_k_settled"]
