"""What the search leaves open is closed by HiGHS, in a process that is ended when its time is up."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from treeplan.portfolio.problem import Mask, Pairs, Places, Problem, Rows, Values, rows_of
from treeplan.portfolio.search import ENOUGH, Answer

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-P", str(Path(__file__).with_name("solver.py")))
"""Starts the solver: by file, so that it loads nothing of treeplan."""

NODES = 20_000
"""Work after which the solver stops, the same on every machine."""

_SPARE_S = 0.5
"""Time left to the solver to end by itself before it is ended."""


def finish(problem: Problem, answer: Answer, until: float) -> Answer:
    """A better plan, or a lower bound, where the gap is worth it; else the answer as it is.

    Sites that no better plan can take, or leave out, by the prices of the search, are settled beforehand.

    Parameters
    ----------
    problem : Problem
    answer : Answer
        What `search` found.
    until : float
        When it must be over, by `time.monotonic`; the solver is ended then, and its best plan so far counts.
    """
    seconds = until - time.monotonic()
    if answer.gap <= ENOUGH or seconds <= 0 or answer.impossible:
        return answer
    rows = rows_of(problem.upper)
    taken, open_, scale = _settled(rows, answer)
    begin = None if answer.chosen is None else answer.chosen[rows.sites[open_]]
    fixed = problem.locked.copy()
    fixed[rows.sites[taken]] = True
    question = _question(rows._replace(value=problem.value[rows.sites]), taken, open_, scale, begin)
    question["offset"] = float(problem.value[fixed].sum()) / scale
    if problem.pairs is not None:
        question = _paired(question, problem.pairs, rows.sites[open_], fixed, scale)
    said, ended = _ask(question | _limits(seconds), seconds)
    best, bound = answer, answer.bound
    for line in said:
        if line["taken"] is not None:
            chosen = fixed.copy()
            chosen[rows.sites[open_[line["taken"]]]] = True
            value = problem.worth(chosen)
            if value > best.value and problem.kept(chosen):
                best = replace(best, chosen=chosen, value=value)
        if line["bound"] is not None:
            bound = min(bound, line["bound"] * scale)
    if ended == "infeasible" and best.chosen is None:
        return replace(answer, bound=-np.inf, stopped_by="")
    if ended == "infeasible":
        bound = best.value
    top = max(bound, best.value)
    done = replace(best, bound=top, stopped_by="")
    return done if done.gap <= ENOUGH else replace(done, stopped_by="time" if ended in ("time", "") else "work")


def _settled(rows: Rows, answer: Answer) -> tuple[Places, Places, float]:
    """Sites taken for good, and sites still open; and the scale that the solver works in."""
    from treeplan.kernels.choosing import worth_of

    worth = np.empty(len(rows.sites))
    worth_of(*rows.layout, rows.value, rows.side * answer.prices[rows.floor], worth)
    lacks = np.inf if answer.chosen is None else max(answer.bound - answer.value, 0.0) * (1 + 1e-9)
    settled = np.abs(worth) > lacks
    scale = max(abs(answer.value) if answer.chosen is not None else abs(answer.bound), 1e-12)
    return np.flatnonzero(settled & (worth > 0)), np.flatnonzero(~settled), scale


def _question(rows: Rows, taken: Places, open_: Places, scale: float, begin: Mask | None) -> dict[str, Any]:
    """The arrays that `solver` reads: a column for each open site, then one for what each row that may be missed misses."""
    columns = np.full(len(rows.sites), -1)
    columns[open_] = np.arange(len(open_))
    site = np.repeat(np.arange(len(rows.sites)), np.diff(rows.start))
    fixed = np.zeros(len(rows.sites), dtype=bool)
    fixed[taken] = True
    rest = rows.asked - np.bincount(rows.row[fixed[site]], rows.amount[fixed[site]], minlength=len(rows.asked))
    soft = np.flatnonzero(np.isfinite(rows.limit))
    in_open = columns[site] >= 0
    most = rows.side > 0
    return {
        "value": np.concatenate([rows.value[open_] / scale, -rows.limit[soft] / scale]),
        "upper": np.concatenate([np.ones(len(open_)), np.full(len(soft), np.inf)]),
        "whole": len(open_),
        "low": np.where(most, -np.inf, rest),
        "high": np.where(most, rest, np.inf),
        "start": np.concatenate(
            [[0], np.cumsum(np.concatenate([np.diff(rows.start)[open_], np.ones(len(soft), dtype=np.int64)]))]
        ).astype(np.int32),
        "row": np.concatenate([rows.row[in_open], soft]).astype(np.int32),
        "amount": np.concatenate([rows.amount[in_open], -rows.side[soft]]),
        "begin": _begin(rows, rest, soft, open_, begin, columns, site),
    }


def _paired(question: dict[str, Any], pairs: Pairs, open_: Places, fixed: Mask, scale: float) -> dict[str, Any]:
    """The question with a column for each pair that can still come about, which is 1 only where its open sites are both taken."""
    column = np.full(len(fixed), -1)
    column[open_] = np.arange(len(open_))
    one, other = column[pairs.one], column[pairs.other]
    first, second = fixed[pairs.one], fixed[pairs.other]
    alive = ((one >= 0) | first) & ((other >= 0) | second)
    done = alive & first & second
    some = np.flatnonzero(alive & ~done)
    ends = [(k, at) for k in some for at in (one[k], other[k]) if at >= 0]  # one row each: pair - site at most 0
    columns, rows = len(question["value"]), len(question["low"])
    pair = {k: columns + n for n, k in enumerate(some)}
    matrix = sparse.csc_matrix((question["amount"], question["row"], question["start"]), shape=(rows, columns))
    at_row = np.repeat(np.arange(len(ends)), 2)
    at_column = np.array([c for k, site in ends for c in (pair[k], site)], dtype=int)
    more = sparse.csc_matrix(
        (np.tile([1.0, -1.0], len(ends)), (at_row, at_column)), shape=(len(ends), columns + len(some))
    )
    wide = sparse.hstack([matrix, sparse.csc_matrix((rows, len(some)))])
    whole = sparse.vstack([wide, more]).tocsc()
    whole.sort_indices()
    begin = question["begin"]
    if len(begin):
        taken = lambda at, is_fixed: np.where(at[some] >= 0, begin[at[some]], is_fixed[some])  # noqa: E731
        begin = np.concatenate([begin, np.minimum(taken(one, first), taken(other, second)).astype(float)])
    return question | {
        "value": np.concatenate([question["value"], pairs.reward[some] / scale]),
        "upper": np.concatenate([question["upper"], np.ones(len(some))]),
        "low": np.concatenate([question["low"], np.full(len(ends), -np.inf)]),
        "high": np.concatenate([question["high"], np.zeros(len(ends))]),
        "start": whole.indptr.astype(np.int32),
        "row": whole.indices.astype(np.int32),
        "amount": whole.data,
        "begin": begin,
        "offset": question["offset"] + float(pairs.reward[done].sum()) / scale,
    }


def _begin(
    rows: Rows, rest: Values, soft: Places, open_: Places, begin: Mask | None, columns: Places, site: Places
) -> Values:
    """The plan that the search found, as columns; empty where there is none."""
    if begin is None:
        return np.empty(0)
    chosen = np.zeros(len(rows.sites), dtype=bool)
    chosen[open_] = begin
    used = np.bincount(rows.row[chosen[site]], rows.amount[chosen[site]], minlength=len(rows.asked))
    return np.concatenate([begin.astype(float), np.maximum(0, rows.side * (used - rest))[soft]])


def _limits(seconds: float) -> dict[str, float]:
    return {
        "time_limit": max(seconds - _SPARE_S, 0.1 * seconds),
        "mip_rel_gap": ENOUGH / 2,
        "primal_feasibility_tolerance": 1e-9,
        "mip_feasibility_tolerance": 1e-9,
        "mip_max_nodes": NODES,
        "threads": 1,
        "random_seed": 0,
    }


def _ask(question: dict[str, Any], seconds: float) -> tuple[list[dict[str, Any]], str]:
    """What the solver said, line by line, and how it ended; "" where it was ended, or broke off."""
    packed = io.BytesIO()
    np.savez(packed, **question)
    try:
        done = subprocess.run(COMMAND, input=packed.getvalue(), capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as late:
        return _lines(late.stdout or b""), ""
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        log.warning("the solver broke off (%s); the plan of the search counts", " ".join(last) or done.returncode)
    said = _lines(done.stdout)
    return said, said[-1]["ended"] if said else ""


def _lines(said: bytes) -> list[dict[str, Any]]:
    """The whole lines that hold an answer; one that was cut off is left out."""
    lines = said.decode(errors="replace").split("\n")[:-1]
    return [json.loads(line) for line in lines if line.startswith("{")]
