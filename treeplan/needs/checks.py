"""Whether an indicator can be what its file says it is: bounds, gaps, and the way it runs beside deprivation."""

from __future__ import annotations

import pandas as pd

from treeplan.errors import DataError
from treeplan.layers import Layers
from treeplan.roles import LAYERS
from treeplan.schemas import rank_correlation

LEAST_JUDGED = 30
OPPOSED = -0.3
"""With at least so many neighbourhoods, an indicator that goes with deprivation everywhere and here stands below this rank
correlation with it runs the wrong way (assumption, to be verified: in all real files at hand they stand above 0.5)."""


def files_of(layers: Layers, names: tuple[str, ...]) -> str:
    """The files that fill these layers, for a message; their labels where they came from no file."""
    paths = [e.path for e in layers.editions if set(e.layers) & set(names)]
    return ", ".join(paths or [LAYERS[name].label for name in names])


def require_possible(zones: pd.DataFrame, name: str, unit: str, files: str) -> None:
    """Stop at a percentage that is none: outside 0 to 100, or a share from 0 to 1."""
    if unit != "%":
        return
    values = zones[name]
    wrong = zones[(values < 0) | (values > 100 + 1e-6)]
    if len(wrong):
        raise DataError(
            f"{name}: a share must lie between 0 and 100 %; {len(wrong)} of {len(zones)} do not, e.g. "
            f"{wrong['lsoa21_code'].iloc[0]}: {wrong[name].iloc[0]:,.1f} %",
            f"a column may have been taken for another: check {files}.",
        )


def require_percentages(zones: pd.DataFrame, name: str, unit: str, files: str) -> None:
    """Stop at shares from 0 to 1 where percentages are meant."""
    known = zones[name].dropna()
    if unit == "%" and len(known) > 1 and 0 < known.max() <= 1:
        raise DataError(
            f"{name}: the greatest of {len(known):,} values is {known.max():.3g} %; these are shares from 0 to 1, not percentages",
            f"multiply the column by 100, or correct `columns` in the study file: {files}.",
        )


def require_all_found(zones: pd.DataFrame, name: str, files: str) -> None:
    """Stop where a neighbourhood of the study has no value."""
    lost = zones["inside"] & zones[name].isna()
    if lost.any():
        raise DataError(
            f"{name}: {int(lost.sum())} of {int(zones['inside'].sum())} neighbourhoods of the study have no value, "
            f"e.g. {zones.loc[lost, 'lsoa21_code'].iloc[0]}",
            f"use a file that covers the whole place, of the vintage its codes say, and check the lookups: {files}; or set [needs] "
            "fill_missing = true, and what is missing is filled from neighbourhoods like it, and marked.",
        )


def require_direction(zones: pd.DataFrame, name: str, prefer: str, imd_rank: pd.Series, files: str) -> None:
    """Stop at an indicator that falls where deprivation rises, though it goes with it everywhere.

    Parameters
    ----------
    zones : DataFrame
        Neighbourhoods with the indicator.
    name, prefer : str
        The indicator, and whether "low" or "high" is good.
    imd_rank : Series
        Rank in the Index of Multiple Deprivation by `lsoa21_code`; 1 is the most deprived.
    files : str
        Where it comes from, for the message.
    """
    own = zones[zones["inside"]]
    worse = own[name] if prefer == "low" else -own[name]
    deprived = -own["lsoa21_code"].map(imd_rank)
    judged = int((worse.notna() & deprived.notna()).sum())
    found = rank_correlation(worse, deprived) if judged >= LEAST_JUDGED else 1.0
    if found < OPPOSED:
        raise DataError(
            f"{name} ({files}): it gets better where deprivation gets worse: rank correlation with the Index of Multiple "
            f"Deprivation {found:.2f} over {judged:,} neighbourhoods, where it should be above 0",
            "a rank (1 is the most deprived) may have been read as a score, or the column or the deprivation ranks run the other "
            "way: correct `columns` in the study file, or use the files as published.",
        )
