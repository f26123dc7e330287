from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.toy import block, table
from treeplan.errors import DataError
from treeplan.sources import read
from treeplan.vocabulary import FIELD_STATUSES

HEAD = "site_id,field_status,why_not,checked_on,trees_fit,note\n"
COLUMNS = ["site_id", "field_status", "why_not", "checked_on", "trees_fit", "note", "easting", "northing"]


def checks(folder: Path, rows: str, head: str = HEAD) -> Path:
    (folder / "checks.csv").write_text(head + rows, encoding="utf-8")
    return folder / "checks.csv"


def read_checks(path: Path, **settings: Any) -> pd.DataFrame:
    return read("field_checks", path, **settings)["field_checks"]


def test_a_plain_list(tmp_path: Path) -> None:
    found = read_checks(checks(tmp_path, "P1,plantable,,2026-05-01,12,by the gate\nP2,visited,,,,\n"))
    assert list(found.columns) == COLUMNS
    said = found.drop(columns=["why_not", "easting", "northing"]).iloc[0].tolist()
    assert said == ["P1", "plantable", "2026-05-01", 12, "by the gate"]
    assert found["why_not"].isna().all()
    assert found["trees_fit"].dtype == float
    assert found.loc[1, ["why_not", "checked_on", "trees_fit", "note"]].isna().all()


def test_two_columns_are_enough(tmp_path: Path) -> None:
    found = read_checks(checks(tmp_path, "P1,planted\n", "site_id,field_status\n"))
    assert list(found.columns) == COLUMNS
    assert found.loc[0, ["site_id", "field_status"]].tolist() == ["P1", "planted"]


@pytest.mark.parametrize("status", [s for s in FIELD_STATUSES if s != "not plantable"])
def test_every_status_is_known(tmp_path: Path, status: str) -> None:
    assert read_checks(checks(tmp_path, f"P1,{status},,,,\n"))["field_status"].tolist() == [status]


@pytest.mark.parametrize("said", ["not plantable", "Not_Plantable ", "NOT  PLANTABLE", "not-plantable"])
def test_case_spaces_and_underscores_are_forgiven(tmp_path: Path, said: str) -> None:
    found = read_checks(checks(tmp_path, f"P1,{said},gas main,,,\n"))
    assert found[["field_status", "why_not"]].to_numpy().tolist() == [["not plantable", "gas main"]]


@pytest.mark.parametrize("said", ["2026-05-31", "31/05/2026", "2026-05-31T09:30:00", " 31/05/2026 "])
def test_dates_in_either_order(tmp_path: Path, said: str) -> None:
    assert read_checks(checks(tmp_path, f"P1,visited,,{said},,\n"))["checked_on"].tolist() == ["2026-05-31"]


@pytest.mark.parametrize("turned", [False, True])
def test_the_newest_row_of_a_site_counts(tmp_path: Path, turned: bool) -> None:
    rows = [
        "P1,visited,,01/05/2026,,\n",
        "P1,not plantable,pipe,2026-06-01,,\n",
        "P1,plantable,,,9,\n",
        "P2,planted,,,,\n",
    ]
    found = read_checks(checks(tmp_path, "".join(rows[::-1] if turned else rows))).set_index("site_id")
    assert found["field_status"].to_dict() == {"P1": "not plantable", "P2": "planted"}


def test_rows_that_say_the_same_twice_are_one(tmp_path: Path) -> None:
    found = read_checks(checks(tmp_path, "P1,plantable,,,9,\nP1,Plantable,,,9.0,again\n"))
    assert len(found) == 1
    assert found.index.tolist() == [0]


def test_a_geopackage_from_qgis(tmp_path: Path) -> None:
    frame = table(
        [block(0, 0), block(200, 0)],
        site_id=["P1", "P2"],
        field_status=["Owner_agreed", "plantable"],
        checked_on=pd.to_datetime(["2026-05-01", None]),
        trees_fit=[7, None],
    )
    frame.to_file(tmp_path / "checks.gpkg")
    found = read_checks(tmp_path / "checks.gpkg").sort_values("site_id")
    assert found["field_status"].tolist() == ["owner agreed", "plantable"]
    assert found["checked_on"].iloc[0] == "2026-05-01"
    assert found["trees_fit"].iloc[0] == 7
    assert "geometry" not in found


def test_columns_that_name_people_are_dropped_and_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    head = "site_id,field_status,Checked_By,E-mail,phone\n"
    found = read_checks(checks(tmp_path, "P1,visited,A. Person,a@b.org,0114\n", head))
    assert list(found.columns) == COLUMNS
    assert "Person" not in found.to_csv()
    warned = [r.getMessage() for r in caplog.records]
    assert warned == ["field checks: columns that may name people are not read (checked_by, email, phone)."]


def test_a_users_own_headings(tmp_path: Path) -> None:
    path = checks(tmp_path, "P1,visited\n", "place,outcome\n")
    found = read_checks(path, columns={"site_id": "place", "field_status": "outcome"})
    assert found["field_status"].tolist() == ["visited"]


SPOILT = {
    "an unknown status": ("P1,maybe,,,,\n", r"is none that treeplan knows: 'maybe' \(row 1\)"),
    "an empty status": ("P1,visited,,,,\nP2,,,,,\n", r"an empty cell \(row 2\)"),
    "two unknown": ("P1,maybe,,,,\nP2,later,,,,\n", r"'later', 'maybe' \(rows 1, 2\)"),
    "no site": (",visited,,,,\n", r"site_id: must not be empty \(row 1\)"),
    "no reason": ("P1,not plantable,,,,\n", r"why_not: must say why a site is not plantable \(row 1\)"),
    "a blank reason": ("P1,not plantable,  ,,,\n", "why_not: must say why"),
    "no date": ("P1,visited,,soon,,\n", r"checked_on: is no date, e\.g\. 'soon' \(row 1\)"),
    "an American date": ("P1,visited,,05/31/2026,,\n", "05/31/2026"),
    "a day there is none of": ("P1,visited,,2026-02-30,,\n", "2026-02-30"),
    "a date as a number": ("P1,visited,,46143,,\n", "46143"),
    "trees in words": ("P1,plantable,,,many,\n", "trees_fit: must be a number"),
    "fewer than no trees": ("P1,plantable,,,-3,\n", "trees_fit: must be 0 or more"),
    "undated rows that disagree": ("P1,visited,,,,\nP2,planted,,,,\nP1,plantable,,,,\n", r"P1 has answers that disagree.*\(rows 1, 3\)"),
    "one day, two answers": ("P1,visited,,2026-05-01,,\nP1,plantable,,01/05/2026,,\n", r"disagree.*\(rows 1, 2\)"),
    "two counts of trees": ("P1,plantable,,,4,\nP1,plantable,,,5,\n", "disagree"),
    "no rows": ("", "no rows"),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILT)
def test_a_spoilt_list_is_refused_with_a_remedy(tmp_path: Path, case: str) -> None:
    rows, told = SPOILT[case]
    with pytest.raises(DataError, match=told) as caught:
        read_checks(checks(tmp_path, rows))
    assert "checks.csv does not fit 'field_checks'" in str(caught.value)
    assert "What to do: " in str(caught.value)


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_checks(checks(tmp_path, ",visited,,,,\nP1,maybe,,,,\nP2,not plantable,,,,\n"))
    for told in ("(row 1)", "'maybe' (row 2)", "why_not: must say why a site is not plantable (row 3)"):
        assert told in str(caught.value)
    assert "field_status is one of: desk, visited, plantable, not plantable, owner agreed, planted" in str(caught.value)


def test_a_list_without_its_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="field_status: looked for a column headed"):
        read_checks(checks(tmp_path, "P1,x\n", "site_id,answer\n"))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("P1,plantable,,2026-05-01,3.7,", "must be whole trees"),
        ("P1,plantable,,2026-05-01,0,", "at least one tree"),
        ("P1,owner agreed,,,0,", "at least one tree"),
        ("P1,visited,,,0,", "at least one tree"),
        ("P1,plantable,,,-2,", "must be 0 or more"),
    ],
)
def test_a_number_of_trees_that_cannot_be(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_checks(checks(tmp_path, row + "\n"))


def test_treeplan_s_own_number_of_trees_is_no_count(tmp_path: Path) -> None:
    found = read_checks(
        checks(tmp_path, "P1,plantable,24,440500,390500\n", "site_id,field_status,trees,easting,northing\n")
    )
    assert found["trees_fit"].isna().all()
    assert found[["easting", "northing"]].iloc[0].tolist() == [440_500, 390_500]
