"""What the search leaves open is closed by HiGHS, in a process that is ended when its time is up."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from treeplan.portfolio.problem import Problem
from treeplan.portfolio.question import Question, question_of
from treeplan.portfolio.search import ENOUGH, Answer, search

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-P", str(Path(__file__).with_name("solver.py")))
"""Starts the solver: by file, so that it loads nothing of treeplan."""

NODES = 20_000
"""Work after which the solver stops, the same on every machine."""

_MOST_S = 600.0
"""Longest that the solver is let run, whatever it was given."""

_SPARE_S = 0.5
"""Time left to the solver to end by itself before it is ended."""


def solve(problem: Problem, until: float) -> Answer:
    """The plan that the search and the solver find, and what no plan can exceed."""
    return solve_all([problem], until)[0]


def solve_all(
    problems: Sequence[Problem], until: float, nodes: int = NODES, enough: float = ENOUGH, needed: bool = False
) -> list[Answer]:
    """The answers to several problems: the search first, then one solver for all that it leaves open.

    The first is always searched, the others too where they are `needed`, else only while there is time.

    Parameters
    ----------
    problems : sequence of Problem
    until : float
        When it must be over, by `time.monotonic`; the solver is ended then, and its best plans so far count.
    nodes : int
        Work after which the solver stops with each, the same on every machine.
    enough : float
        The gap with which a plan counts as the best, as a part of its value.
    """
    answers: list[Answer] = []
    for problem in problems:
        late = answers and not needed and time.monotonic() > until
        answers.append(_unknown(problem) if late else search(problem, until))
    left = [k for k, answer in enumerate(answers) if answer.gap > enough and np.isfinite(answer.bound)]
    seconds = min(until - time.monotonic(), _MOST_S)
    if not left or seconds <= 0:
        return [replace(a, stopped_by="time") if k in left and seconds <= 0 else a for k, a in enumerate(answers)]
    questions = [question_of(problems[k], answers[k]) for k in left]
    said = _ask(questions, seconds, nodes, enough)
    for n, k in enumerate(left):
        answers[k] = _read(problems[k], answers[k], questions[n], [line for line in said if line["of"] == n], enough)
    return answers


def _unknown(problem: Problem) -> Answer:
    """Nothing is known of it: neither a plan nor a bound."""
    return Answer(None, -np.inf, np.inf, np.zeros(len(problem.floors)), "time")


def _read(problem: Problem, answer: Answer, question: Question, said: list[dict[str, Any]], enough: float) -> Answer:
    """The better of the search's answer and what the solver said; a plan of the solver's counts only where it keeps every row."""
    best, bound = answer, answer.bound
    for line in said:
        if line["taken"] is not None:
            chosen = question.fixed.copy()
            chosen[question.open[line["taken"]]] = True
            value = problem.worth(chosen)
            if value > best.value and problem.kept(chosen):
                best = replace(best, chosen=chosen, value=value)
        if line["bound"] is not None:
            bound = min(bound, line["bound"] * question.scale)
    ended = said[-1]["ended"] if said else ""
    if ended == "infeasible":  # no plan, or none better than the one there is
        bound = best.value
    done = replace(best, bound=max(bound, best.value), stopped_by="")
    if done.gap <= enough or done.impossible:
        return done
    return replace(done, stopped_by="time" if ended in ("time", "") else "work")


def _ask(questions: list[Question], seconds: float, nodes: int, enough: float) -> list[dict[str, Any]]:
    """What the solver said, line by line, until it ended or was ended."""
    packed = io.BytesIO()
    arrays = {f"{k}_{name}": array for k, q in enumerate(questions) for name, array in q.arrays.items()}
    limits = {
        "questions": len(questions),
        "seconds": max(seconds - _SPARE_S, 0.1 * seconds),
        "mip_rel_gap": enough / 2,
        "primal_feasibility_tolerance": 1e-9,
        "mip_feasibility_tolerance": 1e-9,
        "mip_max_nodes": nodes,
        "threads": 1,
        "random_seed": 0,
    }
    everything: dict[str, Any] = arrays | limits
    np.savez(packed, **everything)
    try:
        done = subprocess.run(COMMAND, input=packed.getvalue(), capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as late:
        return _lines(late.stdout or b"")
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        log.warning("the solver broke off (%s); the plan of the search counts", " ".join(last) or done.returncode)
    return _lines(done.stdout)


def _lines(said: bytes) -> list[dict[str, Any]]:
    """The whole lines that hold an answer; one that was cut off is left out."""
    lines = said.decode(errors="replace").split("\n")[:-1]
    return [json.loads(line) for line in lines if line.startswith("{")]
