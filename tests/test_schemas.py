from __future__ import annotations

import pandas as pd
import pytest

from treeplan.errors import DataError
from treeplan.schemas import LSOA_2021, check, code, number, row_list, schema, text

TABLE = schema({"lsoa21_code": code(LSOA_2021, unique=True), "rank": number(1, 100), "name": text()})


def rows(**changes: list[object]) -> pd.DataFrame:
    return pd.DataFrame({"lsoa21_code": ["E01000001", "E01000002"], "rank": ["1", "2"], "name": ["A", None]} | changes)


def test_numbers_with_thousands_separators_become_numbers() -> None:
    assert check(rows(rank=["1", " 99 "]), TABLE, "t")["rank"].tolist() == [1.0, 99.0]
    wide = schema({"rank": number()})
    assert check(pd.DataFrame({"rank": ["29,199"]}), wide, "t")["rank"].tolist() == [29_199.0]


def test_the_table_that_was_given_is_left_alone() -> None:
    given = rows()
    check(given, TABLE, "t")
    assert given["rank"].tolist() == ["1", "2"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"lsoa21_code": ["W01000001", "E01000002"]},
            "lsoa21_code: must look like E01000001; fails in 1 row, e.g. 'W01000001' (row 1)",
        ),
        ({"lsoa21_code": ["E01000001", "E01000001"]}, "lsoa21_code: must not repeat"),
        ({"lsoa21_code": [None, "E01000002"]}, "lsoa21_code: must not be empty"),
        ({"rank": ["1", "first"]}, "rank: must be a number; fails in 1 row, e.g. 'first' (row 2)"),
        ({"rank": ["0", "2"]}, "rank: must be 1 or more"),
        ({"rank": ["1", "101"]}, "rank: must be 100 or less"),
        ({"rank": ["1", ""]}, "rank: must not be empty"),
    ],
)
def test_what_does_not_fit_is_told_with_an_example_and_its_row(changes: dict[str, list[object]], said: str) -> None:
    with pytest.raises(DataError) as caught:
        check(rows(**changes), TABLE, "ranks.csv does not fit 'ranks'")
    assert said in str(caught.value)
    assert str(caught.value).startswith("ranks.csv does not fit 'ranks':")


def test_all_breaches_come_in_one_message() -> None:
    with pytest.raises(DataError) as caught:
        check(rows(lsoa21_code=["W01000001", "E01000002"], rank=["0", "2"]), TABLE, "t")
    assert "lsoa21_code" in str(caught.value)
    assert "rank" in str(caught.value)


def test_a_missing_column_and_an_empty_table_are_told() -> None:
    with pytest.raises(DataError, match="has no column rank"):
        check(rows().drop(columns="rank"), TABLE, "t")
    with pytest.raises(DataError, match="holds no rows"):
        check(rows().iloc[:0], TABLE, "t")


def test_rows_are_counted_from_one_and_cut_short() -> None:
    assert row_list(pd.Index([2])) == "row 3"
    assert row_list(pd.Index(range(8))) == "rows 1, 2, 3, 4, 5, 6 …"
