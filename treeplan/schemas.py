"""check(table, schema, origin): every breach of a table's schema gathered into one message.

The schema of a source's table stands beside its reader; the schemas of the stages' tables are here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from treeplan.errors import DataError, counted, listed

LSOA_2011 = pa.Check.str_matches(r"^E01\d{6}$", error="must look like E01000001")
LSOA_2021 = LSOA_2011
MSOA = pa.Check.str_matches(r"^E02\d{6}$", error="must look like E02000001")
DISTRICT = pa.Check.str_matches(r"^E0[6-9]\d{6}$", error="must look like E08000001")
WARD = pa.Check.str_matches(r"^E05\d{6}$", error="must look like E05000001")


def code(check: pa.Check, unique: bool = False) -> pa.Column:
    """A column of area codes of one kind; `unique` when it is the key of its table."""
    return pa.Column(str, check, unique=unique, nullable=False)


def text(nullable: bool = True, required: bool = True, unique: bool = False) -> pa.Column:
    """A column of words; `unique` when no word may stand twice (empty cells may)."""
    return pa.Column(str, nullable=nullable, required=required, unique=unique)


def number(
    least: float | None = None, most: float | None = None, nullable: bool = False, required: bool = True
) -> pa.Column:
    """A column of numbers within bounds."""
    checks = []
    if least is not None:
        checks.append(pa.Check.ge(least, error=f"must be {least:g} or more"))
    if most is not None:
        checks.append(pa.Check.le(most, error=f"must be {most:g} or less"))
    return pa.Column(float, checks, nullable=nullable, coerce=False, required=required)


def rank(most: int) -> pa.Column:
    """A column of ranks: whole numbers from 1."""
    whole = pa.Check(lambda cells: cells % 1 == 0, error="must be a whole number: a score is no rank")
    return pa.Column(float, [*number(1, most).checks, whole], nullable=False, coerce=False)


def schema(columns: dict[str, pa.Column]) -> pa.DataFrameSchema:
    """A table with these columns, in any order; others are let through."""
    return pa.DataFrameSchema(columns, strict=False)


def check(
    table: pd.DataFrame, wanted: pa.DataFrameSchema, origin: str, remedy: str = "mend the file, or download it again."
) -> pd.DataFrame:
    """Return the table with its numbers as numbers, or tell everything that is wrong with it at once.

    Parameters
    ----------
    table : DataFrame
        The table; numbers may still be text ("29,199").
    wanted : DataFrameSchema
        What it must hold.
    origin : str
        File and reader, for the message: "deprivation.csv does not fit 'deprivation_2019'".
    remedy : str
        What to do when it does not fit.

    Raises
    ------
    DataError
        With one line for each column and rule that was broken, an example and its row.
    """
    missing = [name for name, column in wanted.columns.items() if column.required and name not in table.columns]
    if missing:
        found = listed(table.columns, like=missing)
        raise DataError(f"{origin}:\n  has no column {listed(missing)}; it has {found}", remedy)
    if table.empty:
        raise DataError(f"{origin}:\n  holds no rows", remedy)
    table = table.copy()
    for name, column in wanted.columns.items():
        if name in table.columns and str(column.dtype).startswith("str"):
            table[name] = _to_text(table[name])
    breaches = [
        line
        for name, column in wanted.columns.items()
        if name in table.columns and _is_number(column)
        for line in [_to_number(table, name)]
        if line
    ]
    if not breaches:
        try:
            wanted.validate(table, lazy=True)
        except SchemaErrors as err:
            breaches = _lines(err.failure_cases)
    if breaches:
        raise DataError(f"{origin}:\n  " + "\n  ".join(breaches), remedy)
    return table


def _is_number(column: pa.Column) -> bool:
    return str(column.dtype) == "float64"


def _to_text(cells: pd.Series) -> pd.Series:
    """Cells as words, whatever a file stores them as; empty ones stay empty."""
    return cells.astype(str).where(cells.notna())


def _to_number(table: pd.DataFrame, name: str) -> str | None:
    """Turn one column into numbers in place; return the complaint if some cell is no number."""
    given = table[name]
    table[name] = numbers(given)
    bad = table[name].isna() & given.notna() & (given.astype(str).str.strip() != "")
    return _line(name, "must be a number", given[bad]) if bad.any() else None


def numbers(cells: pd.Series) -> pd.Series:
    """Cells as numbers, thousands separators read ("29,199"); NaN where there is none."""
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        found = cells.astype(float)
    else:
        plain = cells.astype("string").str.strip().str.replace(",", "", regex=False)
        found = pd.to_numeric(plain, errors="coerce").astype(float)
    return found.where(np.isfinite(found))


def rank_correlation(one: pd.Series, other: pd.Series) -> float:
    """Spearman's rank correlation of two columns, where both are known; NaN where one of them never changes."""
    known = one.notna() & other.notna()
    return float(one[known].rank().corr(other[known].rank()))


def _line(column: str, rule: str, cells: pd.Series) -> str:
    rows = counted(len(cells), "row")
    return f"{column}: {rule}; fails in {rows}, e.g. {_show(cells.iloc[0])} (row {_row(cells.index[0])})"


def _show(cell: Any) -> str:
    return "an empty cell" if pd.isna(cell) else repr(str(cell)[:60])


def _row(index: Any) -> str:
    return str(index + 1) if isinstance(index, int) or hasattr(index, "__index__") else str(index)


def row_list(index: pd.Index, most: int = 6) -> str:
    """Rows in words, as a planner counts them: "rows 3, 4"."""
    shown = ", ".join(_row(k) for k in index[:most])
    return f"row{'s' if len(index) > 1 else ''} {shown}{' …' if len(index) > most else ''}"


def _lines(cases: pd.DataFrame) -> list[str]:
    said = {"not_nullable": "must not be empty", "field_uniqueness": "must not repeat"}
    lines = []
    for (column, rule), group in cases.groupby(["column", "check"], sort=False, dropna=False):
        cells = pd.Series(group["failure_case"].to_numpy(), index=group["index"].to_numpy())
        lines.append(_line(str(column), said.get(str(rule), str(rule)), cells))
    return lines


SITES = schema(
    {
        "site_id": pa.Column(str, unique=True),
        "site_type": text(nullable=False),
        "area_m2": number(0),
        "trees_low": number(0),
        "trees_central": number(0),
        "trees_high": number(0),
        "canyon": pa.Column(bool),
        "lsoa21_code": code(LSOA_2021),
    }
)
