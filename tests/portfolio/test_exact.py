"""The solver in a process of its own: it closes the gap, it can be ended at any moment, and a broken one does no harm."""

from __future__ import annotations

import logging
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.portfolio.problems import all_plans, breaks, budget, floor, many_groups
from treeplan.portfolio import exact, search
from treeplan.portfolio.exact import solve, solve_all
from treeplan.portfolio.problem import Pairs, Problem
from treeplan.portfolio.search import ENOUGH


def later(seconds: float = 30) -> float:
    return time.monotonic() + seconds


@pytest.fixture
def weak_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that leaves a gap even in small problems: it looks at no other beginnings, and tries nothing out."""
    monkeypatch.setattr(search, "_STARTS", 0)
    monkeypatch.setattr(search, "_NODES", 1)


def tight(seed: int, n: int = 14) -> Problem:
    """Few sites, large beside the budget, with a floor, a cap, a conflict and a target that may be missed."""
    draw = np.random.default_rng(seed)
    cost, value = draw.integers(5, 30, n).astype(float), draw.random(n)
    most = float(cost.sum() * 0.4)
    rows = [
        floor("deprived", np.flatnonzero(draw.random(n) < 0.5), cost, 0.3 * most, setting="deprived"),
        floor("cap", np.flatnonzero(draw.random(n) < 0.5), cost, 0.6 * most, at_most=True, setting="cap"),
        floor("one of", [0, 1], np.ones(n), 1.0, at_most=True, setting="conflicts"),
        floor("target", np.arange(n), value, value.sum(), penalty=1.0),
    ]
    return Problem(value, (budget(cost, most), *rows), np.ones(n, dtype=bool))


@pytest.mark.usefixtures("weak_search")
def test_the_solver_closes_what_the_search_leaves_open() -> None:
    problems = [tight(seed) for seed in range(12)]
    before = [search.search(problem) for problem in problems]
    assert sum(found.gap > ENOUGH for found in before) >= 6, "nothing was left to the solver"
    for problem, first, found in zip(problems, before, solve_all(problems, later()), strict=True):
        best = all_plans(problem)[1].max()
        assert found.chosen is not None
        assert breaks(problem, found.chosen) == []
        assert found.value == pytest.approx(best, abs=2 * ENOUGH)
        assert best - 1e-9 <= found.bound <= first.bound + 1e-9
        assert found.gap <= ENOUGH
        assert found.stopped_by == ""


@pytest.mark.usefixtures("weak_search")
def test_the_solver_counts_pairs() -> None:
    draw = np.random.default_rng(1)
    n = 10
    one, other = np.triu_indices(n, 1)
    pairs = Pairs(one, other, draw.random(len(one)) * 0.2)
    cost = draw.integers(1, 9, n).astype(float)
    locked = np.arange(n) == 3
    problem = Problem(draw.random(n), (budget(cost, cost.sum() / 2),), np.ones(n, dtype=bool), locked, pairs)
    found = solve(problem, later())
    assert found.value == pytest.approx(all_plans(problem)[1].max(), rel=2 * ENOUGH)
    assert found.gap <= ENOUGH


@pytest.mark.usefixtures("weak_search")
def test_the_solver_proves_that_there_is_no_plan() -> None:
    cost = np.array([7.0, 7, 7])
    rows = [floor(k, [at], cost, 4, setting=k) for at, k in enumerate("ab")]
    found = solve(Problem(np.ones(3), (budget(cost, 10), *rows), np.ones(3, dtype=bool)), later())
    assert found.impossible


def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> Path:
    """Another program in the solver's place; it writes its number first."""
    script, number = tmp_path / "stand_in.py", tmp_path / "number"
    script.write_text(f"import os, sys, time\nopen({str(number)!r}, 'w').write(str(os.getpid()))\n{body}\n", "utf-8")
    monkeypatch.setattr(exact, "COMMAND", (sys.executable, str(script)))
    return number


@pytest.mark.usefixtures("weak_search")
def test_a_solver_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = stand_in(tmp_path, monkeypatch, "sys.stdin.buffer.read()\nwhile True:\n    time.sleep(60)")
    problem = many_groups(1, 6, 8)
    first = search.search(problem)
    assert first.gap > ENOUGH
    found = solve(problem, later(1.5))
    assert found.chosen is not None
    assert first.chosen is not None
    assert (found.chosen == first.chosen).all()
    assert found.bound == first.bound
    assert found.stopped_by == "time"
    if sys.platform != "win32":
        with pytest.raises(ProcessLookupError):
            os.kill(int(number.read_text("utf-8")), 0)


@pytest.mark.usefixtures("weak_search")
def test_what_it_found_before_it_was_ended_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = tight(3)
    first, (sets, worth) = search.search(problem), all_plans(problem)
    best = sets[worth.argmax()]
    assert first.value < worth.max()
    question = exact.question_of(problem, first)
    taken = [k for k, site in enumerate(question.open.tolist()) if best[site]]
    line = f'{{"of": 0, "taken": {taken}, "value": 0, "bound": null, "ended": ""}}'
    half = '{"of": 0, "taken": [0, 1'
    stand_in(
        tmp_path, monkeypatch, f"sys.stdout.write({line!r} + chr(10) + {half!r})\nsys.stdout.flush()\ntime.sleep(60)"
    )
    found = solve(problem, later(1.5))
    assert found.chosen is not None
    assert found.value == pytest.approx(worth.max())
    assert found.stopped_by == "time"


@pytest.mark.usefixtures("weak_search")
def test_a_plan_of_the_solver_that_breaks_a_rule_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = tight(3)
    first = search.search(problem)
    line = f'{{"of": 0, "taken": {list(range(len(exact.question_of(problem, first).open)))}, "value": 9, "bound": null, "ended": "work"}}'
    stand_in(tmp_path, monkeypatch, f"print({line!r})")
    found = solve(problem, later())
    assert found.chosen is not None
    assert first.chosen is not None
    assert (found.chosen == first.chosen).all()
    assert found.stopped_by == "work"


@pytest.mark.usefixtures("weak_search")
def test_a_solver_that_breaks_off_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stand_in(tmp_path, monkeypatch, "sys.exit('no licence')")
    with caplog.at_level(logging.WARNING):
        found = solve(tight(3), later())
    assert found.chosen is not None
    assert "no licence" in caplog.text


def test_what_is_not_needed_is_left_when_time_is_up() -> None:
    problems = [tight(1), tight(2)]
    first, second = solve_all(problems, until=0.0)
    assert first.chosen is not None
    assert (second.chosen, second.bound, second.stopped_by) == (None, np.inf, "time")
    assert all(answer.chosen is not None for answer in solve_all(problems, until=0.0, needed=True))
