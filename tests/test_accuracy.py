"""Accuracy of a map of trees, worked out on paper.

The map calls a fifth of the ground tree. Of 100 points there 90 are trees; of 100 points elsewhere 5 are.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from treeplan.accuracy import Accuracy, between_places, wilson

MAP = Accuracy(90, 10, 5, 95, mapped_share=0.2, area_ha=1000, random_sample=True, block_m=1500, blocks=9, folds=5)
COUNT = st.integers(1, 500)


@pytest.mark.parametrize(("hits", "tries"), [(0, 10), (3, 10), (10, 10), (150, 2_000)])
def test_wilson_as_scipy_has_it(hits: int, tries: int) -> None:
    exact = stats.binomtest(hits, tries).proportion_ci(method="wilson")
    low, share, high = wilson(hits, tries)
    assert (low, high) == pytest.approx((exact.low, exact.high), abs=1e-5)  # 1.96 stands for 1.959964
    assert low <= share == hits / tries <= high


def test_a_share_of_a_count_has_wilsons_interval() -> None:
    # Half of 100: 0.5 ± 1.96 / 1.038416 × √(0.25 / 100 + 3.8416 / 40,000) = 0.5 ± 0.0962
    assert wilson(50, 100) == pytest.approx((0.4038, 0.5, 0.5962), abs=5e-5)
    assert wilson(0, 10)[0] == 0
    assert wilson(10, 10)[0] == pytest.approx(1 / (1 + 1.96**2 / 10))
    assert all(math.isnan(value) for value in wilson(0, 0))


def test_the_confusion_matrix_has_the_map_in_rows() -> None:
    assert MAP.confusion.to_numpy().tolist() == [[90, 10], [5, 95]]
    assert MAP.points == 200


def test_users_accuracy_is_a_share_of_what_is_mapped() -> None:
    assert MAP.users_tree == wilson(90, 100)
    assert MAP.users_other == wilson(95, 100)


def test_overall_accuracy_weighs_the_classes_by_their_area() -> None:
    # 0.2 × 0.90 + 0.8 × 0.95 = 0.94; variance 0.2² × 0.09 / 99 + 0.8² × 0.0475 / 99 = 3.4343e-4
    low, central, high = MAP.overall
    assert central == pytest.approx(0.94)
    assert (high - low) / 2 == pytest.approx(1.96 * math.sqrt(3.4343e-4), rel=1e-4)


def test_area_is_corrected_for_trees_missed_and_for_what_is_none() -> None:
    # 0.2 × 0.90 + 0.8 × 0.05 = 0.22 of 1,000 ha, where the map shows 200 ha
    low, central, high = MAP.canopy_ha
    assert central == pytest.approx(220)
    assert (high - low) / 2 == pytest.approx(1000 * 1.96 * math.sqrt(3.4343e-4), rel=1e-4)


def test_producers_accuracy_is_a_share_of_the_ground_not_of_the_points() -> None:
    # Trees: 0.18 of 0.22 found. Variance (0.2² × (2/11)² × 0.09 / 99 + (9/11)² × 0.8² × 0.0475 / 99) / 0.22² = 4.2719e-3
    low, central, high = MAP.producers_tree
    assert central == pytest.approx(9 / 11)
    assert (min(high, 1) - central) / 1.96 == pytest.approx(math.sqrt(4.2719e-3), rel=1e-3)
    assert central - low == pytest.approx(high - central)
    # Other ground: 0.76 of 0.78 found; 90 of 95 of the points would say 0.95 for trees
    assert MAP.producers_other[1] == pytest.approx(0.76 / 0.78)


def test_points_that_are_no_random_sample_give_no_area_and_speak_for_themselves() -> None:
    told = replace(MAP, random_sample=False)
    assert told.overall == wilson(185, 200)
    assert told.producers_tree == wilson(90, 95)
    assert told.producers_other == wilson(95, 105)
    assert all(math.isnan(value) for value in (*told.canopy_share, *told.canopy_ha))


def test_a_map_without_a_wrong_point_is_not_sure() -> None:
    low, central, high = replace(
        MAP, tree_as_tree=100, other_as_tree=0, tree_as_other=0, other_as_other=100
    ).canopy_share
    assert central == pytest.approx(0.2)
    assert low < 0.2 < high


@given(COUNT, COUNT, COUNT, COUNT)
def test_a_proportional_sample_needs_no_correction(found: int, false: int, missed: int, right: int) -> None:
    """Where as many points lie on mapped trees as their area asks for, the plain count is the answer."""
    points = found + false + missed + right
    told = replace(
        MAP,
        tree_as_tree=found,
        other_as_tree=false,
        tree_as_other=missed,
        other_as_other=right,
        mapped_share=(found + false) / points,
    )
    assert told.canopy_share[1] == pytest.approx((found + missed) / points)
    assert told.overall[1] == pytest.approx((found + right) / points)
    assert told.producers_tree[1] == pytest.approx(found / (found + missed))
    for low, central, high in (told.overall, told.users_tree, told.producers_other, told.canopy_share):
        assert 0 <= low <= central <= high <= 1


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_mapped_trees_is_more_canopy(a: float, b: float) -> None:
    low, central, high = MAP.of_zones(np.array(sorted([a, b])))
    assert central[0] <= central[1]
    assert (low <= central).all()
    assert (central <= high).all()


def test_zones_are_less_sure_where_errors_differ_between_places() -> None:
    even, uneven = MAP.of_zones(np.array([0.2])), replace(MAP, between_places=0.4).of_zones(np.array([0.2]))
    assert uneven[1] == even[1]
    # 0.4 × (0.2 × 0.09 + 0.8 × 0.0475) = 0.0224 on top of 3.4343e-4
    assert uneven[2][0] - uneven[1][0] == pytest.approx(1.96 * math.sqrt(0.0224 + 3.4343e-4), rel=1e-4)


def test_errors_between_places_beyond_chance() -> None:
    # Two squares of ten points, all mapped not tree: none is a tree here, four are there; 2 of 10 were expected in either.
    # Chance gives each a variance of 10 × 0.2 × 0.8 = 1.6: (2² + 2²) / 1.6 = 5 where 1 is due; a square counts ten points.
    is_tree = np.array([False] * 10 + [True] * 4 + [False] * 6)
    block = np.repeat([0, 1], 10)
    assert between_places(is_tree, np.zeros(20, dtype=bool), block) == pytest.approx((5 - 1) / 10)
    assert between_places(is_tree, np.zeros(20, dtype=bool), np.tile([0, 1], 10)) == 0
    assert between_places(is_tree, is_tree, block) == 0
