"""Sums and means around cells, and by zone: by hand, and against a plain sum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import correlate

from treeplan import grids
from treeplan.grids import means_around, sums_around, sums_by_zone, weights_by_distance

CROSS = np.array([[0.0, 1, 0], [1, 2, 1], [0, 1, 0]])


def sums(cells: np.ndarray, weights: np.ndarray) -> np.ndarray:
    found = np.full(cells.shape, np.inf)
    sums_around(lambda *window: cells[window], cells.shape, weights, lambda *at: found.__setitem__(at[:2], at[2]))
    return found


def means(cells: np.ndarray, weights: np.ndarray) -> np.ndarray:
    found = np.full(cells.shape, np.inf)
    means_around(lambda *window: cells[window], cells.shape, weights, lambda *at: found.__setitem__(at[:2], at[2]))
    return found


def test_weights_fall_with_the_distance_and_end_at_the_reach() -> None:
    weights = weights_by_distance(lambda distance: 1 / (1 + distance), 1.5)
    corner = 1 / (1 + np.sqrt(2))
    assert weights == pytest.approx(np.array([[corner, 0.5, corner], [0.5, 1, 0.5], [corner, 0.5, corner]]))
    assert weights_by_distance(np.ones_like, 1)[0].tolist() == [0, 1, 0]


def test_sums_and_means_around_cells() -> None:
    cells = np.array([[1.0, 0, 4], [0, 0, 0], [np.nan, 0, 0]])
    assert sums(cells, CROSS) == pytest.approx(np.array([[2, 5, 8], [1, 0, 4], [0, 0, 0]]), abs=1e-12)
    # Weights that are known around each cell: 4 at a corner, 5 at an edge, 6 in the middle, less 1 beside the unknown cell.
    wanted = np.array([[2 / 4, 5 / 5, 8 / 4], [1 / 4, 0, 4 / 5], [np.nan, 0, 0]])
    assert means(cells, CROSS) == pytest.approx(wanted, abs=1e-12, nan_ok=True)


def test_a_grid_of_one_value_has_that_mean_up_to_its_rim() -> None:
    assert means(np.full((7, 30), 21.5), weights_by_distance(lambda d: np.exp(-d / 2), 10)) == pytest.approx(21.5)


def test_a_grid_without_rows_or_without_a_known_cell_has_no_answer() -> None:
    assert sums(np.zeros((0, 5)), CROSS).shape == (0, 5)
    assert np.isnan(means(np.full((2, 3), np.nan), CROSS)).all()


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 40),
    columns=st.integers(1, 40),
    reach=st.floats(0, 20),
    unknown=st.sampled_from([0.0, 0.01, 0.4]),
    tile=st.integers(1, 30),
)
def test_tiles_give_what_a_plain_sum_gives(
    seed: int, rows: int, columns: int, reach: float, unknown: float, tile: int
) -> None:
    rng = np.random.default_rng(seed)
    cells = rng.normal(size=(rows, columns))
    cells[rng.random(cells.shape) < unknown] = np.nan
    weights = weights_by_distance(lambda distance: np.exp(-distance / 4), reach)
    known = ~np.isnan(cells)
    total = correlate(np.nan_to_num(cells), weights, mode="constant")
    weight = correlate(known.astype(float), weights, mode="constant")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grids, "TILE", tile)
        assert sums(cells, weights) == pytest.approx(total, abs=1e-11)
        assert means(cells, weights) == pytest.approx(
            np.where(known, total / np.where(known, weight, 1), np.nan), abs=1e-11, nan_ok=True
        )


def test_zones_add_up_their_known_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    zone = np.array([[0, 2], [2, -1], [0, 0]])
    known = np.array([[True, True], [True, True], [True, False]])
    amount = np.array([[1.0, 2], [4, 8], [16, np.nan]])
    for tile in (1, 2, 800):
        monkeypatch.setattr(grids, "TILE", tile)
        ones, amounts = sums_by_zone(zone, lambda rows: (known[rows], [np.ones_like(amount[rows]), amount[rows]]))
        assert ones.tolist() == [2, 0, 2]
        assert amounts.tolist() == [17, 0, 6]
