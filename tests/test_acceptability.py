"""Ranks are counted as sorting would have them, whatever the mean, the number of threads or the order of the sites."""

from __future__ import annotations

import math

import numpy as np
import pytest

from treeplan.acceptability import NOT_MEASURED, Draws, Mean, Scored, accept, bin_edges, leaders
from treeplan.draws import mean_of
from treeplan.scoring import priority
from treeplan.settings import ScoringSettings
from treeplan.vocabulary import Aggregator

ARITHMETIC = Mean(lambda benefit: benefit)
KINDS: list[tuple[Aggregator, float]] = [
    ("arithmetic", 0),
    ("geometric", 0),
    ("power", 0.5),
    ("power", -0.2),
    ("power", -5),
]


def plain(weight: np.ndarray, row: np.ndarray | None = None, group: np.ndarray | None = None) -> Draws:
    draws, benefits = weight.shape
    row = np.tile(np.arange(benefits), (draws, 1)) if row is None else row
    return Draws(weight, row, np.zeros(draws, dtype=np.int64) if group is None else group)


def sorted_ranks(benefits: np.ndarray, weight: np.ndarray, aggregator: Aggregator, power: float) -> np.ndarray:
    """The plain way: the pipeline's own scores, sorted draw by draw; draws × sites."""
    ranks = np.empty((len(weight), benefits.shape[1]), dtype=int)
    for d, share in enumerate(weight):
        order = np.argsort(-priority(benefits.T / 1_000, share, aggregator, power), kind="stable")
        ranks[d, order] = np.arange(1, len(order) + 1)
    return ranks


@pytest.mark.parametrize(("aggregator", "power"), KINDS)
@pytest.mark.parametrize("sites", [3, 700])
def test_counted_ranks_are_those_of_sorting(aggregator: Aggregator, power: float, sites: int) -> None:
    chance = np.random.default_rng(7)
    rows = chance.integers(0, 1_001, (5, sites)).astype(np.uint16)
    weight = chance.dirichlet(np.ones(5), 300)
    top = min(50, sites - 1)
    mean = mean_of(aggregator, ScoringSettings(power=power))
    found = accept(Scored(rows), plain(weight), [mean], top, followed=range(sites), compared=[2, 0])
    ranks = sorted_ranks(rows, weight, aggregator, power)
    assert (found.in_top[0] == (ranks <= top).sum(axis=0)).all()
    assert (found.ranks == ranks).all(), "there are few enough draws for every one to be ranked in full"
    assert (found.first == ranks.argmin(axis=1)).all()
    expected = 1_000 * priority(rows[:, [2, 0]].T / 1_000, weight[9], aggregator, power)
    assert found.steps[9].tolist() == np.rint(expected).tolist()
    best = int(found.in_top[0].argmax())
    assert found.top_weight[best] == pytest.approx(weight[ranks[:, best] <= top].mean(axis=0))
    assert np.isnan(found.top_weight[:, 0]).tolist() == (found.in_top[0] == 0).tolist()


def test_ranks_between_are_exact_to_100_and_hardly_too_wide_beyond() -> None:
    chance = np.random.default_rng(1)
    sites = 4_000
    rows = np.sort(chance.integers(0, 1_001, (3, sites)), axis=1)[:, ::-1].astype(np.uint16)
    weight = chance.dirichlet(np.ones(3), 200)
    found = accept(Scored(rows), plain(weight), [ARITHMETIC], 10)
    low, high = found.between(0.05, 0.95)
    ranks = sorted_ranks(rows, weight, "arithmetic", 0)
    least, most = (np.quantile(ranks, q, axis=0, method="inverted_cdf") for q in (0.05, 0.95))
    assert (low <= least).all()
    assert (high >= most).all()
    assert ((least - low) <= 0.06 * least).all()
    assert ((high - most) <= 0.06 * most).all()
    assert (low[least <= 100] == least[least <= 100]).all()
    assert (high[most <= 100] == most[most <= 100]).all()
    assert low.max() > 100


@pytest.mark.parametrize("sites", [1, 99, 100, 101, 256, 5_000, 500_000])
def test_bins_of_ranks_are_few_and_narrow(sites: int) -> None:
    edges = bin_edges(sites)
    assert (edges[0], edges[-1]) == (0, sites)
    assert len(edges) - 1 <= 256, "a bin is one byte"
    widths = np.diff(edges)
    assert (widths >= 1).all()
    assert (widths[edges[:-1] < 100] == 1).all()
    assert (widths - 1 <= 0.06 * (edges[:-1] + 1)).all()


def test_no_number_of_threads_changes_an_answer() -> None:
    chance = np.random.default_rng(2)
    rows = chance.integers(0, 1_001, (4, 7_000)).astype(np.uint16)
    gaps = np.array([[5, 1], [5, 2], [6_999, 0]])
    for site, benefit in gaps:
        rows[benefit, site] = NOT_MEASURED
    scored = Scored(rows, gaps, np.array([11, 12, 13], dtype=np.uint64))
    draws = plain(chance.dirichlet(np.ones(4), 300), group=chance.integers(0, 2, 300))
    means = [ARITHMETIC, mean_of("geometric", ScoringSettings())]
    one, *others = (accept(scored, draws, means, 500, [5, 6_999], [1], threads) for threads in (1, 2, 3))
    for other in others:
        for name in ("in_top", "first", "top_weight", "ranks", "steps", "bins"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert (leaders(scored, draws, means, threads=1) == one.first).all()


def test_ranks_are_worked_out_in_some_of_many_draws_and_the_top_counted_in_all() -> None:
    chance = np.random.default_rng(3)
    rows = chance.integers(0, 40, (2, 60)).astype(np.uint16)  # few steps: ties at the end of the top
    weight = chance.dirichlet(np.ones(2), 6_000)
    found = accept(Scored(rows), plain(weight), [ARITHMETIC], 7, followed=[3])
    ranks = sorted_ranks(rows, weight, "arithmetic", 0)
    assert found.ranked.tolist() == list(range(0, 6_000, 2))
    assert (found.in_top[0] == (ranks <= 7).sum(axis=0)).all()
    assert (found.ranks[:, 0] == ranks[::2, 3]).all()


def test_ties_go_by_the_order_of_the_sites() -> None:
    rows = np.full((2, 300), 400, dtype=np.uint16)
    found = accept(Scored(rows), plain(np.full((5, 2), 0.5)), [ARITHMETIC], 4, followed=[0, 299])
    assert found.in_top[0].tolist() == [5] * 4 + [0] * 296
    assert (found.ranks == [1, 300]).all()


def test_more_places_than_sites() -> None:
    found = accept(Scored(np.array([[3, 9]], dtype=np.uint16)), plain(np.ones((4, 1))), [ARITHMETIC], 10)
    assert found.in_top.tolist() == [[4, 4]]
    assert found.first.tolist() == [1] * 4


def test_what_was_not_measured_lies_anywhere() -> None:
    """One site of benefit 0.3, one unknown: it is better whenever chance, even over 1,001 steps, gives more than 300."""
    draws = 20_000
    scored = Scored(
        np.array([[300, NOT_MEASURED]], dtype=np.uint16), np.array([[1, 0]]), np.array([5], dtype=np.uint64)
    )
    found = accept(scored, plain(np.ones((draws, 1))), [ARITHMETIC], 1, compared=[1])
    better = 700 / 1_001
    assert found.in_top[0, 1] / draws == pytest.approx(better, abs=4 * math.sqrt(better * (1 - better) / draws))
    assert (found.steps.min(), found.steps.max()) == (0, 1_000)
    assert found.steps.mean() == pytest.approx(500, abs=4 * 289 / math.sqrt(draws))


def test_two_sites_and_two_benefits_by_hand() -> None:
    """0.8 w + 0.2 (1 − w) beats 0.2 w + 0.5 (1 − w) where 0.9 w > 0.3: for w even from 0 to 1, in two draws of three."""
    draws = 30_000
    weight = np.random.default_rng(4).dirichlet([1, 1], draws)
    rows = np.array([[800, 200], [200, 500]], dtype=np.uint16)
    found = accept(Scored(rows), plain(weight), [ARITHMETIC], 1)
    assert found.in_top[0, 0] / draws == pytest.approx(2 / 3, abs=4 * math.sqrt(2 / 9 / draws))
    assert found.top_weight[0] == pytest.approx([2 / 3, 1 / 3], abs=0.01), "the middle of 1/3 to 1"
    assert found.top_weight[1] == pytest.approx([1 / 6, 5 / 6], abs=0.01)
