"""What sites can have of one supply: by hand, and beside every other way to say the same."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from treeplan.effects.sharing import Sharing, share


def sharing(*pairs: tuple[int, int], size: list[float]) -> Sharing:
    site, giver = (np.array([pair[end] for pair in pairs], dtype=np.int64) for end in (0, 1))
    return share(site, giver, np.array(size, dtype=float))


def test_two_sites_share_one_giver() -> None:
    both = sharing((0, 0), (1, 0), size=[1])
    assert both.most(np.array([30.0, 40.0]), 50) == pytest.approx(50)
    assert both.most(np.array([30.0, 40.0]), 100) == pytest.approx(70)


def test_a_giver_leaves_to_another_what_only_it_can_give() -> None:
    # The second site has the second giver alone: the first takes from the first giver.
    both = sharing((0, 0), (0, 1), (1, 1), size=[1, 1])
    assert both.most(np.array([50.0, 50.0]), 50) == pytest.approx(100)
    assert both.most(np.array([100.0, 50.0]), 50) == pytest.approx(100)
    assert both.most(np.array([0.0, 100.0]), 50) == pytest.approx(50)


def test_what_counts_most_is_served_first() -> None:
    both = sharing((0, 0), (1, 0), size=[1])
    assert both.most(np.array([30.0, 40.0]), 50, np.array([0.5, 1.0])) == pytest.approx(40 + 0.5 * 10)
    assert both.most(np.array([30.0, 40.0]), 50, np.array([0.5, 0.0])) == pytest.approx(0.5 * 30)


def test_nobody_near_and_nothing_wanted_is_nought() -> None:
    assert sharing(size=[]).most(np.array([30.0]), 50) == 0
    assert sharing((0, 0), size=[1]).most(np.array([0.0]), 50) == 0
    assert sharing((0, 0), size=[0]).most(np.array([30.0]), 50) == 0


def test_givers_of_the_same_sites_are_one() -> None:
    found = sharing((1, 0), (0, 0), (0, 1), (0, 2), (1, 2), size=[1, 2, 4])
    assert found.size.tolist() == [2, 5]  # the second reaches the first site alone
    assert list(zip(found.site.tolist(), found.giver.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 1)]


Case = tuple[np.ndarray, np.ndarray, np.ndarray]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Which site each giver reaches (sites × givers), what sites want and how large givers are."""
    sites, givers = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    reach = draw(st.lists(st.booleans(), min_size=sites * givers, max_size=sites * givers))
    wanted = draw(st.lists(st.integers(0, 9), min_size=sites, max_size=sites))
    size = draw(st.lists(st.integers(0, 9), min_size=givers, max_size=givers))
    return np.array(reach).reshape(sites, givers), np.array(wanted, dtype=float), np.array(size, dtype=float)


def shared(case: Case) -> Sharing:
    return share(*np.nonzero(case[0]), case[2])


@settings(max_examples=60, deadline=None)
@given(cases())
def test_it_is_the_least_cut_of_all_and_the_greatest_flow_of_whole_numbers(case: Case) -> None:
    # What is left out of a cut: some sites want all they want, and the others have all that their givers hold.
    reach, wanted, size = case
    sites, givers = reach.shape
    cuts = [
        wanted.sum() - wanted[list(some)].sum() + size[reach[list(some)].any(axis=0)].sum()
        for count in range(sites + 1)
        for some in combinations(range(sites), count)
    ]
    found = shared(case).most(wanted, 1)
    assert found == pytest.approx(min(cuts), abs=1e-6)
    site, giver = np.nonzero(reach)
    begin, end = sites + givers, sites + givers + 1
    rows = np.concatenate([np.full(sites, begin), site, sites + np.arange(givers)])
    columns = np.concatenate([np.arange(sites), sites + giver, np.full(givers, end)])
    capacity = np.concatenate([wanted, np.full(len(site), 100), size]).astype(np.int32)
    net = csr_array((capacity, (rows, columns)), shape=(end + 1, end + 1))
    assert found == pytest.approx(maximum_flow(net, begin, end).flow_value, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(cases(), st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=5, max_size=5))
def test_worth_is_what_every_order_of_serving_gives_at_best(case: Case, worths: list[float]) -> None:
    # Flows make a matroid: serving what counts most first is the best order, and its steps are greatest flows.
    reach, wanted, _ = case
    worth, all_alike = np.array(worths[: len(wanted)]), shared(case)
    steps = [np.where(worth >= least, wanted, 0.0) for least in (1.0, 0.5, 0.25)]
    least = np.array([1 - 0.5, 0.5 - 0.25, 0.25])
    by_steps = least @ [all_alike.most(own, 1) for own in steps]
    assert all_alike.most(wanted, 1, worth) == pytest.approx(by_steps, abs=1e-6)
    order = np.arange(len(wanted))[::-1]
    turned = (reach[order], wanted[order], case[2])
    assert shared(turned).most(wanted[order], 1, worth[order]) == pytest.approx(by_steps, abs=1e-6)
