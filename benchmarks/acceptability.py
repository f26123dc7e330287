"""How often each site is among the best under thousands of weightings: scores by weighted sum in steps of 0.001, ties by place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import Answer, Numbers, Work, contender, row

DATA = "weightings.npz"
CHUNK = 100
"""Weightings that the plain ways score at a time; more would not fit into memory."""

PART = 1_000
"""Peers that rank one weighting at a time, in Python, do one weighting in so many."""


@row(
    title="In how many weightings each site is among the best 200",
    oracle="numpy argsort",
    within=0,
    unit="weightings of a site",
    sizes={
        "full": {"sites": 50_000, "benefits": 10, "draws": 10_000},
        "part": {"sites": 50_000, "benefits": 10, "draws": 1_000},
        "tiny": {"sites": 300, "benefits": 10, "draws": 1_000},
    },
)
def acceptability(folder: Path, seed: int, sites: int, benefits: int, draws: int) -> None:
    """Write invented benefits in steps of 0.001, that go together somewhat, and weightings, any alike."""
    chance = np.random.default_rng(seed)
    common = chance.random(sites)
    steps = np.rint(1_000 * (0.4 * common[:, None] + 0.6 * chance.random((sites, benefits)))).astype(np.uint16)
    np.savez(folder / DATA, steps=steps, weight=chance.dirichlet(np.ones(benefits), draws), best=min(200, sites // 3))


@contender("acceptability", "treeplan", package="treeplan")
def treeplan(folder: Path) -> tuple[Work, Answer]:
    """Our own, as `certainty` calls it, with the ranks between which each site lies; compiled beforehand, as a second run finds it."""
    from treeplan.acceptability import Draws, Mean, Scored, accept

    steps, weight, best = _read(folder)
    scored, means = Scored(np.ascontiguousarray(steps.T)), [Mean(lambda benefit: benefit)]
    own = np.tile(np.arange(weight.shape[1]), (len(weight), 1))
    draws = Draws(weight, own, np.zeros(len(weight), dtype=np.int64))
    accept(Scored(scored.rows[:, :9]), Draws(weight[:2], own[:2], draws.group[:2]), means, 2)

    def work() -> Numbers:
        found = accept(scored, draws, means, best)
        found.between(0.05, 0.95)
        return found.in_top[0].astype(float)

    return work, _plain


@contender("acceptability", "numpy argsort", package="numpy")
def numpy_argsort(folder: Path) -> tuple[Work, Answer]:
    """The plain way: some weightings scored by a matrix product, and the sites of each sorted."""
    return _by_chunks(folder, lambda scores, best: np.argsort(-scores, axis=1, kind="stable")[:, :best])


@contender("acceptability", "numpy argsort of 16 bits", package="numpy")
def numpy_radix(folder: Path) -> tuple[Work, Answer]:
    """The same, with the scores as whole steps of 16 bits, which numpy sorts by their digits."""

    def first(scores: Numbers, best: int) -> np.ndarray:
        return np.argsort(1_000 - np.rint(1_000 * scores).astype(np.uint16), axis=1, kind="stable")[:, :best]

    return _by_chunks(folder, first)


@contender("acceptability", "product and partition", package="numpy")
def product_and_partition(folder: Path) -> tuple[Work, Answer]:
    """A matrix product, and numpy's partition in place of a sort, on keys that hold the place of a site, so that none are equal."""

    def first(scores: Numbers, best: int) -> np.ndarray:
        sites = scores.shape[1]
        key = np.rint(1_000 * scores) * sites - np.arange(sites)
        return np.argpartition(-key, best - 1, axis=1)[:, :best]

    return _by_chunks(folder, first)


@contender("acceptability", "pandas rank", package="pandas")
def pandas_rank(folder: Path) -> tuple[Work, Answer]:
    """Scores in a table, one column a weighting, ranked as pandas does."""
    import pandas as pd

    steps, weight, best = _read(folder)
    benefits = steps / 1_000

    def work() -> Numbers:
        counts = np.zeros(len(steps))
        for some in range(0, len(weight), CHUNK):
            scores = pd.DataFrame(np.round(benefits @ weight[some : some + CHUNK].T, 3))
            counts += (scores.rank(ascending=False, method="first") <= best).sum(axis=1).to_numpy()
        return counts

    return work, _plain


@contender(
    "acceptability",
    "pymcdm",
    package="pymcdm",
    only=f"one weighting in {PART:,}: times {PART:,} for all; ties share ranks, so that counts are not compared",
)
def pymcdm(folder: Path) -> tuple[Work, Answer]:
    """Its weighted sum, one weighting at a time."""
    from pymcdm.helpers import rrankdata
    from pymcdm.methods import WSM

    steps, weight, best = _read(folder)
    benefits, kinds = steps / 1_000, np.ones(steps.shape[1])
    method = WSM(lambda column, cost=False: column)  # benefits are 0 to 1 already

    def work() -> Numbers:
        counts = np.zeros(len(steps))
        for share in weight[:: min(PART, len(weight))]:
            counts += rrankdata(method(benefits, share, kinds)) <= best
        return counts

    return work, _plain


@contender(
    "acceptability",
    "scikit-criteria",
    package="scikit-criteria",
    only=f"one weighting in {PART:,}: times {PART:,} for all; ties share ranks, so that counts are not compared",
)
def scikit_criteria(folder: Path) -> tuple[Work, Answer]:
    """Its weighted sum, one weighting at a time."""
    import skcriteria as skc
    from skcriteria.agg.simple import WeightedSumModel

    steps, weight, best = _read(folder)
    table = skc.mkdm(steps / 1_000, [max] * steps.shape[1], weights=weight[0])
    model = WeightedSumModel()

    def work() -> Numbers:
        counts = np.zeros(len(steps))
        for share in weight[:: min(PART, len(weight))]:
            counts += model.evaluate(table.replace(weights=share)).rank_ <= best
        return counts

    return work, _plain


@contender("acceptability", "limit", package="numpy", only="the matrix product alone, in 32 bits")
def limit(folder: Path) -> tuple[Work, Answer]:
    """What no way can do without: the scores."""
    steps, weight, _ = _read(folder)
    benefits, shares = np.ascontiguousarray(steps.T / np.float32(1_000)), weight.astype(np.float32)
    room = np.empty((CHUNK, benefits.shape[1]), dtype=np.float32)

    def work() -> Numbers:
        last = np.zeros(1)
        for some in range(0, len(shares), CHUNK):
            own = shares[some : some + CHUNK]
            np.matmul(own, benefits, out=room[: len(own)])
            last += room[0, :1]
        return last

    return work, _plain


def _by_chunks(folder: Path, first: Callable[[Numbers, int], np.ndarray]) -> tuple[Work, Answer]:
    """Counts of the sites that come first in each weighting, some weightings at a time."""
    steps, weight, best = _read(folder)
    benefits = np.ascontiguousarray(steps.T / 1_000)

    def work() -> Numbers:
        counts = np.zeros(len(steps))
        for some in range(0, len(weight), CHUNK):
            scores = np.round(weight[some : some + CHUNK] @ benefits, 3)
            counts += np.bincount(first(scores, best).ravel(), minlength=len(steps))
        return counts

    return work, _plain


def _read(folder: Path) -> tuple[np.ndarray, Numbers, int]:
    found = np.load(folder / DATA)
    return found["steps"], found["weight"], int(found["best"])


def _plain(counts: Numbers) -> Numbers:
    return np.asarray(counts, dtype=float)
