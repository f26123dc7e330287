"""The sheet of a workshop: every method read, every mistake told by row and column, and a blank sheet that is usable at once."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from treeplan.elicitation import METHODS
from treeplan.errors import DataError, StudyError
from treeplan.sources import read
from treeplan.sources.workshops import blank_sheet
from treeplan.vocabulary import BENEFITS

HEAD = "person,group,method," + ",".join(BENEFITS)
SWING = "residents,swing,10,60,30,20,40,100,80,50"
PAIRS = "person,group,method,heat : carbon,heat : health,carbon : health"
BEST = (
    "person,group,method,best,worst,best : carbon,best : heat,best : health,carbon : worst,heat : worst,health : worst"
)


def sheet(folder: Path, *rows: str, head: str = HEAD) -> Path:
    (folder / "sheet.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return folder / "sheet.csv"


def read_sheet(path: Path) -> pd.DataFrame:
    return read("workshop_weights", path)["workshop_weights"]


def save(rows: list[list[str]], path: Path) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def test_points_and_swing_in_one_sheet(tmp_path: Path) -> None:
    found = read_sheet(sheet(tmp_path, f"1,{SWING}", "Kestrel,Council, Points ,5,,,,5,10,,"))
    assert found[["row", "person", "group", "method"]].to_numpy().tolist() == [
        [2, "1", "residents", "swing"],
        [3, "Kestrel", "Council", "points"],
    ]
    assert found.loc[0, list(BENEFITS)].tolist() == [10, 60, 30, 20, 40, 100, 80, 50]
    assert found.loc[1, ["carbon", "nature", "health"]].tolist() == [5, 5, 10]
    assert found.loc[1, ["heat", "air", "water", "equity", "community"]].isna().all()


def test_pairs_take_fractions_and_either_direction(tmp_path: Path) -> None:
    head = PAIRS.replace("carbon : health", "health : carbon")
    found = read_sheet(sheet(tmp_path, "1,a,pairs,3,1/2,6", "2,a,pairs,3,0.5,.11", head=head))
    assert found[["heat : carbon", "heat : health", "health : carbon"]].to_numpy().tolist() == [
        [3, 0.5, 6],
        [3, 0.5, 0.11],
    ]


@pytest.mark.parametrize("method", ["best-worst", "Best_Worst", "best  worst", "BEST – WORST"])
def test_best_and_worst(tmp_path: Path, method: str) -> None:
    found = read_sheet(sheet(tmp_path, f"1,a,{method},Health,carbon,8,2,,,4,8", head=BEST))
    assert found.loc[0, ["method", "best", "worst"]].tolist() == ["best-worst", "health", "carbon"]
    assert found.loc[0, ["best : carbon", "best : heat", "heat : worst", "health : worst"]].tolist() == [8, 2, 4, 8]


def test_notes_and_empty_seats_are_no_people(tmp_path: Path) -> None:
    rows = ["# what it means,,,a,b,c,d,e,f,g,h", "1,residents,swing,,,,,,,,", f"2,{SWING}", ",,,,,,,,,,"]
    found = read_sheet(sheet(tmp_path, *rows))
    assert found[["row", "person"]].to_numpy().tolist() == [[4, "2"]]


WRONG = {
    "words for a number": ("1,a,swing,10,lots,30,20,40,100,80,50", "row 2, heat: found 'lots'; expected is a number from 0 to 100"),
    "a number below none": ("1,a,points,-1,,,,,,,3", "row 2, carbon: found '-1'; expected is a number of 0 or more"),
    "a decimal comma": ('1,a,points,"1,5",,,,,,,3', "row 2, carbon: found '1,5'"),
    "no number": ("1,a,points,nan,,,,,,,3", "row 2, carbon: found 'nan'"),
    "no points": ("1,a,points,0,,,,,,,", "row 2, points: all are 0 or empty"),
    "no top": ("1,a,swing,10,60,30,20,40,90,80,50", "row 2, swing: the greatest is 90; 100 is expected"),
    "above the top": ("1,a,swing,10,60,30,20,40,100,120,50", "row 2, equity: found '120'; expected is a number from 0 to 100"),
    "a gap": ("1,a,swing,10,60,,20,40,100,80,50", "row 2, air: is empty; a number from 0 to 100 is expected"),
    "no method": ("1,a,,10,60,30,20,40,100,80,50", "row 2, method: is empty; one of points, swing, pairs, best-worst"),
    "an unknown method": ("1,a,stars,10,60,30,20,40,100,80,50", "row 2, method: found 'stars'"),
    "nobody": (",a,swing,10,60,30,20,40,100,80,50", "row 2, person: is empty"),
    "no group": ("1,,swing,10,60,30,20,40,100,80,50", "row 2, group: is empty"),
    "an address": (f"jo@example.org,{SWING}", "row 2, person: looks like an e-mail address"),
    "a telephone": (f"0114 496 0000,{SWING}", "row 2, person: looks like an e-mail address or a telephone number"),
    "an address as a group": ("1,jo@example.org,swing,10,60,30,20,40,100,80,50", "row 2, group: looks like an e-mail address"),
}  # fmt: skip
WRONG_PAIRS = {
    "a date": ("1,a,pairs,01-Mar,2,1", "row 2, heat : carbon: found '01-Mar'; expected is a number from 1/9"),
    "over nine": ("1,a,pairs,10,2,1", "row 2, heat : carbon: found '10'"),
    "under a ninth": ("1,a,pairs,0.1,2,1", "row 2, heat : carbon: found '0.1'"),
    "a part of nothing": ("1,a,pairs,1/0,2,1", "row 2, heat : carbon: found '1/0'"),
    "a pair too few": ("1,a,pairs,3,2,", "row 2, carbon : health: is empty; both are compared with others"),
}
WRONG_BEST = {
    "no best": ("1,a,best-worst,,carbon,8,2,,,4,8", "row 2, best: is empty; the name of a benefit is expected"),
    "an unknown worst": ("1,a,best-worst,health,trees,8,2,,,4,8", "row 2, worst: found 'trees'"),
    "best is worst": ("1,a,best-worst,health,health,8,2,,,4,8", "row 2, worst: found 'health', which is the best too"),
    "two numbers": ("1,a,best-worst,health,carbon,8,2,,,4,7", "row 2, best : carbon: found 8, but health : worst is 7"),
    "no number": ("1,a,best-worst,health,carbon,,2,,,4,", "row 2, best : carbon: is empty; how many times"),
    "beside itself": ("1,a,best-worst,health,carbon,8,2,3,,4,8", "row 2, best : health: found 3; 1, or an empty cell"),
    "half a comparison": ("1,a,best-worst,health,carbon,8,2,,,,8", "row 2, heat : worst: is empty, but best : heat is filled in"),
    "under one": ("1,a,best-worst,health,carbon,8,0.5,,,4,8", "row 2, best : heat: found '0.5'; expected is a number from 1 to 9"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("head", "row", "told"),
    [
        (head, *case)
        for head, cases in ((HEAD, WRONG), (PAIRS, WRONG_PAIRS), (BEST, WRONG_BEST))
        for case in cases.values()
    ],
)
def test_a_mistake_is_told_by_row_and_column(tmp_path: Path, head: str, row: str, told: str) -> None:
    with pytest.raises(DataError) as caught:
        read_sheet(sheet(tmp_path, row, head=head))
    assert told in caught.value.problem
    assert "sheet.csv does not fit 'workshop_weights'" in caught.value.problem
    assert "correct these cells" in caught.value.remedy
    assert "@" not in str(caught.value)
    assert caught.value.problem.count("\n") == 1


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    rows = ["1,a,swing,10,lots,30,20,40,100,80,50", f"2,{SWING}", "3,a,points,0,,,,,,,", ",a,swing,1,,,,,,,100"]
    with pytest.raises(DataError) as caught:
        read_sheet(sheet(tmp_path, *rows))
    for told in ("row 2, heat", "row 4, points", "row 5, person", "row 5, heat"):
        assert told in caught.value.problem
    assert "row 3" not in caught.value.problem


def test_a_hundred_mistakes_do_not_fill_the_screen(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="… and 81 more") as caught:
        read_sheet(sheet(tmp_path, *[f"{k},a,points,x,,,,,,,1" for k in range(101)]))
    assert caught.value.problem.count("row ") == 20


def test_nobody_stands_twice(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="rows 2, 4, person: the same person"):
        read_sheet(sheet(tmp_path, f"Ann,{SWING}", f"2,{SWING}", f"ann,{SWING.replace('residents', 'Residents')}"))
    assert len(read_sheet(sheet(tmp_path, f"1,{SWING}", f"1,{SWING.replace('residents', 'officers')}"))) == 2


def test_an_answer_by_another_method_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="row 2, best: found 'heat'; an empty cell is expected, as the row is by swing"):
        read_sheet(sheet(tmp_path, f"1,{SWING},heat", head=f"{HEAD},best"))


def test_pairs_told_both_ways_must_agree(tmp_path: Path) -> None:
    head = "person,group,method,heat : carbon,carbon : heat"
    assert len(read_sheet(sheet(tmp_path, "1,a,pairs,3,0.33", head=head))) == 1
    with pytest.raises(DataError, match="one must be 1 ÷ the other"):
        read_sheet(sheet(tmp_path, "1,a,pairs,3,3", head=head))


def test_scores_need_every_benefit(tmp_path: Path) -> None:
    head = HEAD.replace("health", "helth")
    with pytest.raises(DataError, match="has no column health; rows by points and swing need all eight"):
        read_sheet(sheet(tmp_path, "1,a,points,1,,,,,,,", head=head))


def test_an_empty_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no row has an answer") as caught:
        read_sheet(save(blank_sheet("swing", 12), tmp_path / "sheet.csv"))
    assert "until the workshop is over" in caught.value.remedy


# ---------------------------------------------------------------- the blank sheet


@pytest.mark.parametrize("method", METHODS)
def test_a_blank_sheet_explains_itself_and_its_example_can_be_read(tmp_path: Path, method: str) -> None:
    rows = blank_sheet(method, 3, "residents")
    assert [row[0] for row in rows] == ["person", "# what it means", "# example", "1", "2", "3"]
    assert all(len(row) == len(rows[0]) for row in rows)
    assert all(row[1:3] == ["residents", method] and not any(row[3:]) for row in rows[3:])
    assert all(cell for column, cell in zip(rows[0], rows[1], strict=True) if column != "group")
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)  # no formula in a spreadsheet
    answered = [*rows, ["4", *rows[2][1:]]]
    assert read_sheet(save(answered, tmp_path / "sheet.csv"))["row"].tolist() == [7]


def test_a_sheet_of_few_benefits(tmp_path: Path) -> None:
    assert blank_sheet("pairs", 1, compared=["health", "heat", "equity"])[0][3:] == [
        "heat : health",
        "heat : equity",
        "health : equity",
    ]
    assert len(blank_sheet("pairs", 0)[0]) == 3 + 28
    assert len(blank_sheet("best-worst", 0, compared=["heat", "air"])[0]) == 3 + 2 + 4


@pytest.mark.parametrize(
    ("method", "compared", "told"),
    [
        ("stars", list(BENEFITS), "no method 'stars'"),
        ("pairs", ["heat", "trees"], "no benefit trees"),
        ("pairs", ["heat"], "one benefit alone"),
        ("swing", ["heat", "air"], "holds all eight"),
    ],
)
def test_a_sheet_that_makes_no_sense_is_refused(method: str, compared: list[str], told: str) -> None:
    with pytest.raises(StudyError, match=told):
        blank_sheet(method, 1, compared=compared)
