"""Moves tables to the neighbourhoods of 2021, whichever census their codes are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from treeplan.errors import DataError
from treeplan.vintage import on_lsoa21

NEIGHBOURHOODS_IN_ENGLAND = {"lsoa11_code": 32_844, "lsoa21_code": 33_755}
"""How many ranks there are: LSOAs of 2011 (IoD 2019) and of 2021 (IoD 2025)."""


@dataclass(frozen=True)
class Lookups:
    """Moves a table to 2021 neighbourhoods, whichever census its codes are of.

    `gaps` lets neighbourhoods of the study be unknown where the table lacks one of those of 2011 that they come from.
    """

    lookup: pd.DataFrame | None
    residents: pd.Series
    own: frozenset[str] | None = None
    residents_2011: pd.Series | None = None
    gaps: bool = False

    def rates(self, table: pd.DataFrame, column: str) -> pd.Series:
        """One rate by `lsoa21_code`."""
        if code_column(table) == "lsoa21_code":
            return table.set_index("lsoa21_code")[column]
        return self._moved(table, rates=[column])[column]

    def counts(self, table: pd.DataFrame, *columns: str) -> pd.DataFrame:
        """Counts by `lsoa21_code`; they add up to what they were."""
        if code_column(table) == "lsoa21_code":
            return table.set_index("lsoa21_code")[list(columns)]
        return self._moved(table, counts=columns)

    def _moved(self, table: pd.DataFrame, **columns: Sequence[str]) -> pd.DataFrame:
        if self.lookup is None:
            raise DataError(
                "a table is on 2011 neighbourhoods, and the study has no lookup to those of 2021",
                "add [sources.lsoa_2011_to_2021] (ONS lookup LSOA 2011 to LSOA 2021).",
            )
        own, unknown = self.own, frozenset[str]()
        if self.gaps:
            unknown = self._unknown(table, self.lookup)
            own = (frozenset(self.lookup["lsoa21_code"]) if own is None else own) - unknown
        moved = on_lsoa21(table, self.lookup, self.residents, own=own, residents_2011=self.residents_2011, **columns)
        return moved[~moved.index.isin(unknown)]

    def _unknown(self, table: pd.DataFrame, lookup: pd.DataFrame) -> frozenset[str]:
        """Neighbourhoods of 2021 of which the table lacks a part."""
        return frozenset(lookup.loc[~lookup["lsoa11_code"].isin(table["lsoa11_code"]), "lsoa21_code"])


def code_column(table: pd.DataFrame) -> str:
    """The column of a table's area codes: `lsoa21_code`, or `lsoa11_code` where it has only that."""
    return "lsoa21_code" if "lsoa21_code" in table else "lsoa11_code"
