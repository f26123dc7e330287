"""Moves tables to the neighbourhoods of 2021, whichever census their codes are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from treeplan.errors import DataError
from treeplan.layers import Layers
from treeplan.roles import LAYERS
from treeplan.vintage import on_lsoa21, residents_of_2011

NEIGHBOURHOODS_IN_ENGLAND = {"lsoa11_code": 32_844, "lsoa21_code": 33_755}
"""How many ranks there are: LSOAs of 2011 (IoD 2019) and of 2021 (IoD 2025)."""


@dataclass(frozen=True)
class Lookups:
    """Moves a table to 2021 neighbourhoods.

    Attributes
    ----------
    layers : Layers
        With the lookups that the study has.
    own : frozenset of str, optional
        The study's neighbourhoods, for which a table on codes of 2011 must have values.
    gaps : bool
        Lets neighbourhoods of the study be unknown where the table lacks one of those of 2011 that they come from.
    plain : bool
        Averages rates of merged neighbourhoods plainly, even where their residents of 2011 are known.
    moved : list
        The tables that were moved already, and what they became.
    """

    layers: Layers
    own: frozenset[str] | None = None
    gaps: bool = False
    plain: bool = False
    moved: list[tuple[pd.DataFrame, str, pd.DataFrame]] = field(default_factory=list, repr=False)

    def rates(self, table: pd.DataFrame, column: str) -> pd.Series:
        """One rate by `lsoa21_code`; the neighbourhoods of an MSOA all have its rate."""
        return self.all_rates(table, column)[column]

    def all_rates(self, table: pd.DataFrame, *columns: str) -> pd.DataFrame:
        """Several rates by `lsoa21_code`."""
        key = code_column(table)
        if key.startswith("msoa"):
            table, key = self._by_lsoa(table, key, columns)
        if key == "lsoa21_code":
            return table.set_index("lsoa21_code")[list(columns)]
        return self._moved(table, "rates")[list(columns)]

    def counts(self, table: pd.DataFrame, *columns: str) -> pd.DataFrame:
        """Counts by `lsoa21_code`; they add up to what they were."""
        if code_column(table) == "lsoa21_code":
            return table.set_index("lsoa21_code")[list(columns)]
        return self._moved(table, "counts")[list(columns)]

    def _by_lsoa(self, table: pd.DataFrame, key: str, columns: Sequence[str]) -> tuple[pd.DataFrame, str]:
        """A table by MSOA as one by the LSOAs in them, of the same census."""
        layer, below = MSOA_LOOKUPS[key], key.replace("msoa", "lsoa")
        if layer not in self.layers:
            raise DataError(
                f"a table is by MSOA of 20{key[4:6]}, and the study has no {LAYERS[layer].label}",
                f"add {LAYERS[layer].how_to_get}.",
            )
        lookup = self.layers[layer]
        if below not in lookup:  # by name: "Barnsley 018A" is in "Barnsley 018"
            names = self.layers["neighbourhoods"]["name"].str.replace(r"[A-Z]+$", "", regex=True)
            codes = names.map(lookup.set_index("msoa21_name")["msoa21_code"])
            lookup = pd.DataFrame({below: self.layers["neighbourhoods"][below], key: codes}).dropna()
        return lookup[[below, key]].merge(table[[key, *columns]], on=key), below

    def _moved(self, table: pd.DataFrame, kind: Literal["counts", "rates"]) -> pd.DataFrame:
        """All numbers of a table on codes of 2011, moved once for all the needs that read it."""
        if "lsoa_lookup" not in self.layers:
            raise DataError(
                "a table is on 2011 neighbourhoods, and the study has no lookup to those of 2021",
                "add [sources.lsoa_2011_to_2021] (ONS lookup LSOA 2011 to LSOA 2021).",
            )
        known = next((found for of, how, found in self.moved if of is table and how == kind), None)
        if known is not None:
            return known
        residents = self.layers["residents"].set_index("lsoa21_code")["residents"]
        people = residents_of_2011(self.layers) if kind == "rates" and not self.plain else None
        numbers: dict[str, Any] = {kind: list(table.select_dtypes("number"))}
        lookup, own, unknown = self.layers["lsoa_lookup"], self.own, frozenset[str]()
        if self.gaps:
            unknown = frozenset(lookup.loc[~lookup["lsoa11_code"].isin(table["lsoa11_code"]), "lsoa21_code"])
            own = (frozenset(lookup["lsoa21_code"]) if own is None else own) - unknown
        found = on_lsoa21(table, lookup, residents, own=own, residents_2011=people, **numbers)
        found = found[~found.index.isin(unknown)]
        self.moved.append((table, kind, found))
        return found


MSOA_LOOKUPS = {"msoa11_code": "msoa_lookup", "msoa21_code": "msoa21_lookup"}


def code_column(table: pd.DataFrame) -> str:
    """The column of a table's area codes: the finest and newest it has."""
    return next(key for key in ("lsoa21_code", "lsoa11_code", "msoa21_code", "msoa11_code") if key in table)
