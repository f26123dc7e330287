"""Rates of few cases: their intervals, and the shrinkage that keeps a handful of cases from deciding a rank."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import gammaincinv, ndtri

Values = npt.NDArray[np.float64]

LEAST_SHOWN = 5
"""Rates of fewer cases are not shown (rule of thumb quoted by BINOCAR: METHODS.md 5.4)."""

_Z = float(ndtri(0.975))


def pooled(cases: Values, base: Values) -> tuple[float, float]:
    """The rate of all areas together, and the variance of the true rates about it (never below 0).

    Parameters
    ----------
    cases, base : array
        Cases in each area and what they are counted in (people, or expected cases); areas without either are left out.

    References
    ----------
    Marshall (1991), as in METHODS.md 5.4: m = Σo/Σn, A = max(0, s² − m/n̄), s² the n-weighted variance of rates about m.
    """
    known = np.isfinite(cases) & np.isfinite(base) & (base > 0)
    o, n = cases[known], base[known]
    if not len(n):
        return float("nan"), 0.0
    mean = o.sum() / n.sum()
    variance = (n * (o / n - mean) ** 2).sum() / n.sum()
    return float(mean), float(max(0.0, variance - mean / n.mean()))


def shrunk(cases: Values, base: Values) -> pd.DataFrame:
    """Rates drawn towards the rate of all areas, the more so the fewer people they rest on, with 95 % intervals.

    The estimate is the mean of a gamma distribution (prior of mean m and variance A, cases Poisson), which is Marshall's; the
    interval is between that distribution's 2.5th and 97.5th percentiles. It takes m and A as known, so it is a little too
    narrow where areas are few. Where A is 0 every area has the common rate, and the common rate's interval (Byar).

    Parameters
    ----------
    cases, base : array
        Cases in each area and what they are counted in (people, or expected cases).

    Returns
    -------
    DataFrame
        `value, low, high`, in the order given; NaN where cases or base is unknown. Without a base the common rate.
    """
    cases, base = np.asarray(cases, dtype=float), np.asarray(base, dtype=float)
    mean, spread = pooled(cases, base)
    unknown = ~(np.isfinite(cases) & np.isfinite(base))
    if spread > 0:
        shape, rate = mean**2 / spread + cases, mean / spread + base
        found = np.column_stack([shape / rate, gammaincinv(shape, 0.025) / rate, gammaincinv(shape, 0.975) / rate])
    else:
        low, high = byar(np.array([cases[~unknown].sum()]), np.array([base[~unknown].sum()]))[0]
        found = np.tile([mean, low, high], (len(cases), 1))
    found[unknown] = np.nan
    return pd.DataFrame(found, columns=["value", "low", "high"])


def byar(cases: Values, base: Values) -> Values:
    """95 % interval of each raw rate of Poisson cases: columns low and high; NaN without a base.

    References
    ----------
    Byar's approximation to the exact Poisson limits (Breslow and Day 1987): assumption, to be verified.
    """
    cases, base = np.asarray(cases, dtype=float), np.where(np.asarray(base, dtype=float) > 0, base, np.nan)
    some = np.maximum(cases, 1e-9)
    low = np.where(cases > 0, cases * (1 - 1 / (9 * some) - _Z / (3 * np.sqrt(some))) ** 3, 0.0)
    above = cases + 1
    high = above * (1 - 1 / (9 * above) + _Z / (3 * np.sqrt(above))) ** 3
    return np.column_stack([low / base, high / base])


def too_few(cases: Values) -> npt.NDArray[np.bool_]:
    """Whether each rate rests on fewer cases than may be shown."""
    return np.asarray(cases, dtype=float) < LEAST_SHOWN
