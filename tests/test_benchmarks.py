"""The benchmarks at a tiny size: they run, all contenders that are installed agree, and nothing is timed."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import ROWS, Contender, ContenderError, Row, runner
from benchmarks.__main__ import main
from benchmarks.made import land_and_constraints

KEPT = {"row", "contender", "version", "seconds", "runs", "peak_mb", "agrees", "size"}


IN_PROCESSES = "points"
"""The row whose contenders run in processes of their own here too; the others run in this one, which starts no Python for each."""


def in_this_process(*words: str) -> dict[str, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what peers say of themselves
        return runner.main(list(words)) | {"process_seconds": 1.0}


@pytest.mark.parametrize("row", sorted(ROWS))
def test_every_contender_that_runs_agrees(
    row: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if row != IN_PROCESSES:
        monkeypatch.setattr(runner, "_child", in_this_process)
    assert main(["--row", row, "--size", "tiny", "--runs", "1", "--folder", str(tmp_path)]) == 0
    records = json.loads((tmp_path / "bench.json").read_text("utf-8"))
    assert [r["contender"] for r in records] == list(ROWS[row].contenders)
    assert all(set(r) == KEPT for r in records)
    assert all(r["agrees"] is not False for r in records)
    ran = {r["contender"] for r in records if r["agrees"]}
    assert {"treeplan", ROWS[row].oracle} <= ran
    assert all(r["seconds"] > 0 and r["peak_mb"] > 10 and r["runs"] == 1 for r in records if r["agrees"])
    shown = capsys.readouterr().out
    assert all(name in shown for name in ROWS[row].contenders), "a peer that did not run is shown too"


def test_every_row_has_a_full_and_a_tiny_size_and_its_oracle() -> None:
    for row in ROWS.values():
        assert {"full", "tiny"} <= set(row.sizes)
        assert {row.oracle, "treeplan"} <= set(row.contenders)


def invented_row(monkeypatch: pytest.MonkeyPatch, answers: dict[str, list[float] | None]) -> Row:
    """A row whose contenders answer at once; None fails."""
    package = {"missing": "no-such-package-anywhere"}
    row = Row("toy", "Toy", "oracle", 1e-6, "m²", {"tiny": {}}, lambda *_: None)
    for name in answers:
        row.contenders[name] = Contender(name, package.get(name, "numpy"), lambda _: (lambda: 0, lambda _: np.zeros(1)))

    def child(task: str, _: str, name: str, *more: str) -> dict[str, float]:
        data = Path(more[-1])
        data.mkdir(parents=True, exist_ok=True)
        if task == "run":
            given = answers[name]
            if given is None:
                raise ContenderError("ran out of memory")
            np.save(runner._answer(data, name), np.array(given))
        return {"seconds": 2.0, "processor_seconds": 3.0, "process_seconds": 4.0, "peak_mb": 5.0}

    monkeypatch.setattr(runner, "_child", child)
    return row


def test_a_wrong_answer_gets_no_time_and_a_missing_peer_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {"treeplan": [1.0, 2.0], "oracle": [1.0, 2.0], "wrong": [1.0, 2.1], "short": [1.0], "broken": None, "missing": [1.0]}  # fmt: skip
    row = invented_row(monkeypatch, answers)
    results = {r.contender: r for r in runner.run_row(row, "tiny", 2, 1, tmp_path)}
    assert list(results) == list(answers)
    assert (results["treeplan"].seconds, results["treeplan"].agrees, results["treeplan"].runs) == (2.0, True, 2)
    assert [results[n].seconds for n in ("wrong", "short", "broken", "missing")] == [None] * 4
    assert [results[n].agrees for n in ("wrong", "short", "broken", "missing")] == [False, False, None, None]
    assert "off by up to 0.1 m²" in results["wrong"].remark
    assert results["broken"].remark == "ran out of memory"
    assert results["missing"].remark == "no-such-package-anywhere is not installed"


def test_whole_cells_may_differ_more_and_a_part_of_the_work_is_not_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = invented_row(monkeypatch, {"treeplan": [1.0], "oracle": [1.0], "coarse": [1.01], "part": [5.0]})
    row.contenders["coarse"] = replace(row.contenders["coarse"], within=0.1)
    row.contenders["part"] = replace(row.contenders["part"], only="only reads")
    results = {r.contender: r for r in runner.run_row(row, "tiny", 1, 1, tmp_path)}
    assert (results["coarse"].agrees, results["coarse"].seconds, results["coarse"].remark) == (True, 2.0, "within 0.1")
    assert (results["part"].agrees, results["part"].seconds, results["part"].remark) == (None, 2.0, "only reads")
    row = replace(row, whole_process=True)
    assert runner.run_row(row, "tiny", 1, 1, tmp_path)[0].seconds == 4.0


def test_a_disagreement_fails_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = invented_row(monkeypatch, {"treeplan": [1.0], "oracle": [1.5]})
    monkeypatch.setitem(ROWS, "toy", row)
    for _ in range(2):
        assert main(["--row", "toy", "--size", "tiny", "--folder", str(tmp_path)]) == 1
    assert len(json.loads((tmp_path / "bench.json").read_text("utf-8"))) == 4, "records are added, not replaced"


def test_the_same_seed_draws_the_same_shapes() -> None:
    one, again, other = (land_and_constraints(20, 300, seed) for seed in (1, 1, 2))
    assert [list(map(str, part)) for part in one] == [list(map(str, part)) for part in again]
    assert list(map(str, one[0])) != list(map(str, other[0]))
    assert (len(one[0]), len(one[1])) == (20, 300)
