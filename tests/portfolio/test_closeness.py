"""Near sites are worth more together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from treeplan.portfolio.closeness import pairs_of


def test_pairs_are_the_near_sites_that_may_be_chosen() -> None:
    sites = pd.DataFrame({"easting": [0, 100, 250, 1000, 50], "northing": [0, 0, 0, 0, 0]})
    value = np.array([4.0, 8, 0, 4, 40])
    free = np.array([True, True, True, True, False])
    pairs = pairs_of(sites, value, free, 0.5, 200)
    assert pairs is not None
    # 0–1 are 100 m apart: an eighth of either's value. 1–2 are 150 m apart: of 8 and of 0. The others are too far.
    found = dict(zip(zip(pairs.one.tolist(), pairs.other.tolist(), strict=True), pairs.reward.tolist(), strict=True))
    assert found == {(0, 1): pytest.approx(0.5 + 1), (1, 2): pytest.approx(1)}


def test_a_site_gains_at_most_its_part() -> None:
    draw = np.random.default_rng(1)
    sites = pd.DataFrame(draw.integers(0, 300, (40, 2)), columns=["easting", "northing"])
    value = draw.random(40)
    pairs = pairs_of(sites, value, np.ones(40, dtype=bool), 0.2, 5_000)
    assert pairs is not None
    assert pairs.reward.sum() == pytest.approx(0.2 * value.sum())
    assert (pairs.one < pairs.other).all()


@pytest.mark.parametrize("count", [1, 2])
def test_lonely_sites_make_no_pairs(count: int) -> None:
    sites = pd.DataFrame({"easting": [0, 9_000][:count], "northing": [0, 0][:count]})
    assert pairs_of(sites, np.ones(count), np.ones(count, dtype=bool), 0.5, 300) is None
