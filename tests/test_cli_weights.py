"""`treeplan weights` as a facilitator meets it: a blank sheet before the workshop, what it says after."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tests.conftest import ROOT
from treeplan import cli
from treeplan.elicitation import METHODS
from treeplan.errors import DataError, StudyError
from treeplan.sources.workshops import blank_sheet
from treeplan.weight_settings import PRESETS

DEMO = str(ROOT / "studies" / "demo.toml")


def run(*words: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli.app, ["weights", *words])


def filled(
    folder: Path, *answers: list[str], method: str = "pairs", compared: tuple[str, ...] = ("heat", "air", "health")
) -> Path:
    """A sheet of one group with these answers."""
    rows = blank_sheet(method, len(answers), "residents", compared)
    rows[3:] = [[*row[:3], *own] for row, own in zip(rows[3:], answers, strict=True)]
    with (folder / "filled.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return folder / "filled.csv"


@pytest.mark.parametrize("method", METHODS)
def test_a_sheet_is_written_once(tmp_path: Path, method: str) -> None:
    path = tmp_path / "sheet.csv"
    result = run("sheet", "--method", method, "--people", "7", "--out", str(path))
    assert result.exit_code == 0
    assert "7 rows" in result.output
    with path.open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == blank_sheet(method, 7)
    assert isinstance(run("sheet", "--method", method, "--out", str(path)).exception, StudyError)


def test_a_sheet_by_no_method_is_refused(tmp_path: Path) -> None:
    result = run("sheet", "--method", "stars", "--out", str(tmp_path / "sheet.csv"))
    assert isinstance(result.exception, StudyError)
    assert "points, swing, pairs, best-worst" in str(result.exception)
    assert not (tmp_path / "sheet.csv").exists()


def test_the_demo_s_workshop_is_shown_and_names_nobody() -> None:
    result = run("show", DEMO)
    assert result.exit_code == 0
    for said in (
        "24 people in 3 groups answered",
        "These weights count in a run.",
        "residents",
        "(10)",
        "put Fairness and Health first",
    ):
        assert said in result.output
    assert all(name in result.output for name in PRESETS)
    assert "contradict" not in result.output


def test_pairs_in_a_circle_are_shown_by_their_row(tmp_path: Path) -> None:
    """The second of five goes in a circle: CR = (1 + 9 + 1/9 − 3) / 2 / 0.58 = 6.13."""
    path = filled(tmp_path, *[["2", "1", "0.5"] for _ in range(4)], ["9", "0.11", "9"])
    said = " ".join(run("show", DEMO, "--sheet", str(path)).output.split())
    assert "Pairs that contradict one another" in said
    assert "8 residents 6.1" in said
    assert "5 people answered." in said
    assert "others say" not in said


def test_a_study_may_leave_the_workshop_out(tmp_path: Path) -> None:
    text = (ROOT / "studies" / "demo.toml").read_text("utf-8").replace("use = true", "use = false")
    study = tmp_path / "demo.toml"
    study.write_text(text.replace("../data/demo", (ROOT / "data" / "demo").as_posix()), encoding="utf-8")
    assert "They do not count in a run: [workshop] use = false." in run("show", str(study)).output


def test_few_people_have_no_spread(tmp_path: Path) -> None:
    said = run("show", DEMO, "--sheet", str(filled(tmp_path, ["2", "1", "0.5"]))).output
    assert "Of fewer than 5 people no spread is shown." in said
    assert "5–95 %" not in said


def test_a_study_without_a_workshop_shows_its_own_weights(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(
        'name = "T"\nplaces = ["E08000001"]\nweights = "cooling"\nplan = { budget_gbp = 1 }\n', encoding="utf-8"
    )
    said = run("show", str(tmp_path / "study.toml")).output
    assert "Nobody was asked" in said
    assert "30.8" in said  # 4 of 13


def test_a_sheet_that_is_not_there_is_told(tmp_path: Path) -> None:
    result = run("show", DEMO, "--sheet", str(tmp_path / "none.csv"))
    assert isinstance(result.exception, DataError)
    assert "none.csv does not exist" in str(result.exception)


def test_the_command_alone_says_what_there_is() -> None:
    result = run()
    assert result.exit_code == 0
    assert "sheet" in result.output
    assert "show" in result.output
