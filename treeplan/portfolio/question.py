"""A problem as the solver wants it: arrays of columns and rows, with what the search has settled left out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from treeplan.portfolio.problem import Mask, Pairs, Places, Problem, Rows, Values, rows_of
from treeplan.portfolio.search import Answer


class Question(NamedTuple):
    """What is asked of the solver, and how to read its answer.

    Attributes
    ----------
    arrays : dict
        As `solver` reads them.
    fixed : array of bool
        Sites that are taken whatever it answers.
    open : array of int
        The site that each of its first columns stands for.
    scale : float
        What its figures are in parts of.
    """

    arrays: dict[str, Any]
    fixed: Mask
    open: Places
    scale: float


def question_of(problem: Problem, answer: Answer) -> Question:
    """What the search leaves open: sites that a better plan than its own may take, and may leave out."""
    rows = rows_of(problem.upper)
    taken, open_, scale = _settled(rows, answer, float(problem.value[problem.locked].sum()))
    begin = None if answer.chosen is None else answer.chosen[rows.sites[open_]]
    fixed = problem.locked.copy()
    fixed[rows.sites[taken]] = True
    arrays = _arrays(rows._replace(value=problem.value[rows.sites]), taken, open_, scale, begin)
    arrays["offset"] = float(problem.value[fixed].sum()) / scale
    if problem.pairs is not None:
        arrays = _paired(arrays, problem.pairs, rows.sites[open_], fixed, scale)
    return Question(arrays, fixed, rows.sites[open_], scale)


def _settled(rows: Rows, answer: Answer, base: float) -> tuple[Places, Places, float]:
    """Sites taken for good, and sites still open; and the scale that the solver works in."""
    from treeplan.kernels.choosing import worth_of

    worth, price = np.empty(len(rows.sites)), rows.side * answer.prices[rows.floor]
    worth_of(*rows.layout, rows.value, price, worth)
    bound = base + float(np.maximum(worth, 0).sum() + price @ rows.asked)
    lacks = np.inf if answer.chosen is None else max(bound - answer.value, 0.0) + 1e-9 * abs(answer.value)
    settled = np.abs(worth) > lacks
    scale = max(abs(answer.value) if answer.chosen is not None else abs(answer.bound), 1e-12)
    return np.flatnonzero(settled & (worth > 0)), np.flatnonzero(~settled), scale


def _arrays(rows: Rows, taken: Places, open_: Places, scale: float, begin: Mask | None) -> dict[str, Any]:
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


def _paired(arrays: dict[str, Any], pairs: Pairs, open_: Places, fixed: Mask, scale: float) -> dict[str, Any]:
    """The question with a column for each pair that can still come about, which is 1 only where its open sites are both taken."""
    column = np.full(len(fixed), -1)
    column[open_] = np.arange(len(open_))
    one, other = column[pairs.one], column[pairs.other]
    first, second = fixed[pairs.one], fixed[pairs.other]
    alive = ((one >= 0) | first) & ((other >= 0) | second)
    done = alive & first & second
    some = np.flatnonzero(alive & ~done)
    ends = [(k, at) for k in some for at in (one[k], other[k]) if at >= 0]  # one row each: pair - site at most 0
    columns, rows = len(arrays["value"]), len(arrays["low"])
    pair = {k: columns + n for n, k in enumerate(some)}
    matrix = sparse.csc_matrix((arrays["amount"], arrays["row"], arrays["start"]), shape=(rows, columns))
    at_row = np.repeat(np.arange(len(ends)), 2)
    at_column = np.array([c for k, site in ends for c in (pair[k], site)], dtype=int)
    more = sparse.csc_matrix(
        (np.tile([1.0, -1.0], len(ends)), (at_row, at_column)), shape=(len(ends), columns + len(some))
    )
    wide = sparse.hstack([matrix, sparse.csc_matrix((rows, len(some)))])
    whole = sparse.vstack([wide, more]).tocsc()
    whole.sort_indices()
    begin = arrays["begin"]
    if len(begin):
        taken = lambda at, is_fixed: np.where(at[some] >= 0, begin[at[some]], is_fixed[some])  # noqa: E731
        begin = np.concatenate([begin, np.minimum(taken(one, first), taken(other, second)).astype(float)])
    return arrays | {
        "value": np.concatenate([arrays["value"], pairs.reward[some] / scale]),
        "upper": np.concatenate([arrays["upper"], np.ones(len(some))]),
        "low": np.concatenate([arrays["low"], np.full(len(ends), -np.inf)]),
        "high": np.concatenate([arrays["high"], np.zeros(len(ends))]),
        "start": whole.indptr.astype(np.int32),
        "row": whole.indices.astype(np.int32),
        "amount": whole.data,
        "begin": begin,
        "offset": arrays["offset"] + float(pairs.reward[done].sum()) / scale,
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
