"""Values that a neighbourhood lacks, filled from its likes; only when the study asks for it, marked, and never without the error."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd

from treeplan.errors import DataError, counted, listed

log = logging.getLogger(__name__)

LIKES = 10
"""How many neighbourhoods a value is filled from (assumption)."""

LEAST_KNOWN = 20
"""Least number of known values that others are filled from (assumption)."""

FOLDS = 5
"""Parts in which known values are hidden and filled again, to see how far the filling is off."""


def fill_missing(values: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Every gap of a table filled, and the names of the indicators that were filled in each row, joined by "; ".

    A value is the mean of the ten neighbourhoods most like it in all other indicators, the nearer the heavier.

    Parameters
    ----------
    values : DataFrame
        Indexed by `lsoa21_code`, a column by indicator. The order of rows does not matter.

    Raises
    ------
    DataError
        Fewer than 20 neighbourhoods have a value.
    """
    lacking = values.isna()
    gaps = lacking.sum()[lacking.any()]
    if gaps.empty:
        return values, pd.Series("", index=values.index)
    _require_known(values[list(gaps.index)])
    log.warning(
        "filled from the neighbourhoods most like them: %s",
        "; ".join(f"{name} of {counted(int(number), 'neighbourhood')}" for name, number in gaps.items()),
    )
    whole = _from_likes(values.sort_index()).reindex(values.index)
    said = ["; ".join(values.columns[row]) for row in lacking.to_numpy()]
    return values.fillna(whole), pd.Series(said, index=values.index)


def was_filled(zones: pd.DataFrame, *names: str) -> pd.Series:
    """Where one of these indicators was filled and not measured."""
    if "filled" not in zones:
        return pd.Series(False, index=zones.index)
    return pd.Series([bool(set(names) & set(said.split("; "))) for said in zones["filled"]], index=zones.index)


def filling_errors(zones: pd.DataFrame, names: Sequence[str], seed: int) -> pd.DataFrame:
    """How far each filling is off, seen by hiding known values, a fifth at a time, and filling them the same way.

    Returns
    -------
    DataFrame
        Indexed by indicator, those with filled values only: `filled` (how many), `error` (mean distance from the hidden
        values, in the indicator's unit), `error_of_mean` (the same had the mean been put in their place).
    """
    marks = {name: was_filled(zones, name) for name in names}
    table = zones[["lsoa21_code"]].assign(**{name: zones[name].mask(mark) for name, mark in marks.items()})
    table = table.set_index("lsoa21_code").sort_index()
    rows = {}
    for name, mark in marks.items():
        if mark.any():
            error, error_of_mean = _error(table, name, seed)
            rows[name] = {"filled": int(mark.sum()), "error": error, "error_of_mean": error_of_mean}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["filled", "error", "error_of_mean"])


def _error(table: pd.DataFrame, name: str, seed: int) -> tuple[float, float]:
    from sklearn.model_selection import KFold

    known = np.flatnonzero(table[name].notna())
    off, off_mean = [], []
    for kept, hidden in KFold(FOLDS, shuffle=True, random_state=seed).split(known):
        rows = known[hidden]
        masked = table.copy()
        masked.iloc[rows, masked.columns.get_loc(name)] = np.nan
        truth = table[name].to_numpy()[rows]
        off.append(np.abs(_from_likes(masked, rows)[name].to_numpy() - truth))
        off_mean.append(np.abs(table[name].to_numpy()[known[kept]].mean() - truth))
    return float(np.concatenate(off).mean()), float(np.concatenate(off_mean).mean())


def _from_likes(table: pd.DataFrame, rows: np.ndarray | None = None) -> pd.DataFrame:
    """The table (or some of its rows) with every gap filled from the rows nearest in all columns, each scaled by its spread."""
    from sklearn.impute import KNNImputer

    middle, spread = table.mean(), table.std(ddof=0).replace(0.0, 1.0)
    scaled = (table - middle) / spread
    wanted = scaled if rows is None else scaled.iloc[rows]
    imputer = KNNImputer(n_neighbors=LIKES, weights="distance").fit(scaled.to_numpy())
    return pd.DataFrame(imputer.transform(wanted.to_numpy()), wanted.index, table.columns) * spread + middle


def _require_known(values: pd.DataFrame) -> None:
    known = values.notna().sum()
    few = [f"{name} of {number}" for name, number in known[known < LEAST_KNOWN].items()]
    if few:
        raise DataError(
            f"of the study's {counted(len(values), 'neighbourhood')} too few are known to fill the rest from ({LEAST_KNOWN} are "
            f"needed): {listed(few)}",
            "use files that cover the whole place, of the vintage their codes say; or leave these sources out.",
        )
