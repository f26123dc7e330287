"""Tables moved from the neighbourhoods of 2011 to those of 2021, so that nobody is lost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from treeplan.errors import DataError
from treeplan.layers import Layers


def on_lsoa21(
    table: pd.DataFrame,
    lookup: pd.DataFrame,
    residents: pd.Series,
    counts: Sequence[str] = (),
    rates: Sequence[str] = (),
    own: Collection[str] | None = None,
    residents_2011: pd.Series | None = None,
) -> pd.DataFrame:
    """A table on 2011 neighbourhoods, moved to those of 2021.

    Rates are copied where a neighbourhood was split and averaged where several were merged, by their residents where those
    are known. Counts are shared out by the residents of 2021 and added up, so that nobody is lost. Rows that the lookup
    does not hold are of other places: they are left out, and `moved_tables` counts them. Where one part of a merged
    neighbourhood is unknown (NaN), so is the whole: it is not 0.

    Parameters
    ----------
    table : DataFrame
        With `lsoa11_code`.
    lookup : DataFrame
        `lsoa11_code, lsoa21_code`.
    residents : Series
        Residents of 2021 by `lsoa21_code`, by which counts are shared.
    counts, rates : sequences of str
        Which columns are counts and which are rates.
    own : collection of str, optional
        The study's neighbourhoods of 2021, whose 2011 codes must all be in the table; all of the lookup's without it.
    residents_2011 : Series, optional
        Residents by `lsoa11_code`, by which rates of merged neighbourhoods are averaged; plainly without it.

    Returns
    -------
    DataFrame
        Indexed by `lsoa21_code`.

    Raises
    ------
    DataError
        2011 codes of the study are not in the table: a table of 2021 codes, or another place's, was called 2011.
    """
    needed = lookup if own is None else lookup[_among(lookup["lsoa21_code"], own)]
    _require_codes(table, needed)
    joined = table.merge(lookup[["lsoa11_code", "lsoa21_code"]], on="lsoa11_code")
    weight = joined["lsoa21_code"].map(residents).fillna(0.0).to_numpy(dtype=float)
    total = pd.Series(weight).groupby(joined["lsoa11_code"].to_numpy()).transform("sum").to_numpy()
    pieces = joined.groupby("lsoa11_code")["lsoa21_code"].transform("size").to_numpy()
    share = np.where(total > 0, weight / np.where(total > 0, total, 1), 1 / pieces)
    by_code = joined["lsoa21_code"]
    summed = {name: (joined[name] * share).groupby(by_code).sum(skipna=False) for name in counts}
    if rates:
        people = (
            1.0 if residents_2011 is None else joined["lsoa11_code"].map(residents_2011).to_numpy(dtype=float) * share
        )
        averaged = {name: _averaged(joined[name], people, by_code) for name in rates}
    else:
        averaged = {}
    return pd.DataFrame({**summed, **averaged}).rename_axis("lsoa21_code")


def _averaged(rate: pd.Series, weight: np.ndarray | float, by_code: pd.Series) -> pd.Series:
    """The mean rate of each neighbourhood of 2021, weighted where every one of its parts has a weight, else plain."""
    weights = pd.Series(weight, index=rate.index)
    total = weights.groupby(by_code).sum(min_count=1)
    known = weights.notna().groupby(by_code).all() & (total > 0)
    weighted = (rate * weights).groupby(by_code).sum(min_count=1) / total.where(total > 0)
    return weighted.where(known, rate.groupby(by_code).mean()).where(rate.notna().groupby(by_code).all())


def _require_codes(table: pd.DataFrame, needed: pd.DataFrame) -> None:
    """Stop where a 2011 code that the study's neighbourhoods come from is not in the table."""
    codes = needed["lsoa11_code"].drop_duplicates()
    lost = sorted(codes[~_among(codes, table["lsoa11_code"])])
    if lost:
        raise DataError(
            f"{len(lost):,} of the {len(codes):,} LSOA 2011 codes of the study are not in a table of {len(table):,} rows "
            f"called LSOA 2011, e.g. {lost[0]}",
            "check the vintage: the table may be on 2021 codes, or it or the lookup may cover another place; where only a few are "
            "missing, [needs] fill_missing = true fills them from neighbourhoods like them.",
        )


def _among(codes: pd.Series, those: Collection[str]) -> pd.Series:
    """Whether each code is one of those: as objects, which pandas looks up twenty times as fast as Arrow's strings."""
    return codes.astype(object).isin(list(those))


@dataclass(frozen=True)
class Moved:
    """A table that was moved from 2011 to 2021 neighbourhoods: how many it had before and after, and how many found no home.

    Attributes
    ----------
    layer, unit : str
        Which table, and whether residents or neighbourhoods were counted in it.
    merged : int
        How many neighbourhoods of 2021 were several in 2011.
    by_residents : bool
        Whether rates of those were averaged by residents of 2011 or plainly.
    """

    layer: str
    unit: str
    before: float
    after: float
    unplaced: float
    merged: int
    by_residents: bool


def moved_tables(layers: Layers) -> list[Moved]:
    """What became of each table on 2011 neighbourhoods; people add up to the person."""
    lookup = layers.get("lsoa_lookup")
    if lookup is None:
        return []
    known = residents_of_2011(layers) is not None
    residents = layers["residents"].set_index("lsoa21_code")["residents"]
    parents = lookup.drop_duplicates(["lsoa11_code", "lsoa21_code"]).groupby("lsoa21_code").size()
    moves = []
    for layer, table in layers.items():
        none = layer in (
            "lsoa_lookup",
            "msoa_lookup",
            "centroids",
        )  # centroids are places: `homes` says what becomes of them
        if none or not isinstance(table, pd.DataFrame) or "lsoa11_code" not in table:
            continue
        placed = _among(table["lsoa11_code"], lookup["lsoa11_code"])
        held = lookup[_among(lookup["lsoa11_code"], table["lsoa11_code"])]
        merged = int((parents.reindex(held["lsoa21_code"].unique()) > 1).sum())
        if "residents" in table:
            after = on_lsoa21(table, held, residents, counts=["residents"])["residents"].sum()
            before, unplaced = table["residents"].sum(), table.loc[~placed, "residents"].sum()
            moves.append(Moved(layer, "residents", before, after, unplaced, merged, known))
        else:
            after = held["lsoa21_code"].nunique()
            moves.append(Moved(layer, "neighbourhoods", len(table), after, int((~placed).sum()), merged, known))
    return moves


def residents_of_2011(layers: Layers) -> pd.Series | None:
    """Residents by `lsoa11_code`, where the study's ages are on neighbourhoods of 2011."""
    ages = layers.get("ages")
    if ages is None or "lsoa11_code" not in ages:
        return None
    return ages.set_index("lsoa11_code")["residents"]
