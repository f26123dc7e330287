"""Needs averaged over other zones, by hand, and what that does to ranks."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from tests.toy import CODES, Toy
from treeplan.pipeline import make_plan
from treeplan.plan import Plan
from treeplan.zonings import zoned_needs, zones_of


def needs() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "lsoa21_code": [*CODES, "E01000009"],
            "name": ["Toy 001A", "Toy 001B", "Toy 002A", "Elsewhere 001A"],
            "ward_code": ["W1", "W1", "W2", None],
            "district_code": ["D1", "D1", "D1", None],
            "inside": [True, True, True, False],
            "residents": [1_000.0, 3_000.0, 500.0, 700.0],
            "need_heat": [1.0, 0.2, 0.6, 0.5],
            "need_air": [0.4, np.nan, 0.9, 0.5],
        }
    )


def test_needs_are_averaged_by_residents_and_given_back() -> None:
    table = needs()
    changed = zoned_needs(table, zones_of(table)["ward"])
    assert changed["need_heat"].tolist() == pytest.approx([0.4, 0.4, 0.6, 0.5])  # (1,000 × 1 + 3,000 × 0.2) ÷ 4,000
    assert changed["need_air"].tolist() == pytest.approx([0.4, np.nan, 0.9, 0.5], nan_ok=True), "unknown stays unknown"
    assert table["need_heat"].iloc[0] == 1.0, "nothing given is changed"
    whole = zoned_needs(table, zones_of(table)["district"])["need_heat"]
    assert whole.tolist() == pytest.approx([1_900 / 4_500] * 3 + [0.5])


def test_a_zone_without_residents_keeps_its_own_needs() -> None:
    table = needs().assign(residents=0.0)
    changed = zoned_needs(table, zones_of(table)["ward"])
    pd.testing.assert_frame_equal(changed, table)


def test_zonings_are_those_known_for_the_whole_study_that_join_something() -> None:
    found = zones_of(needs())
    assert list(found) == ["middle", "ward", "district"]
    assert found["middle"].tolist() == ["Toy 001", "Toy 001", "Toy 002", "Elsewhere 001"]
    assert "ward" not in zones_of(needs().assign(ward_code=["W1", None, "W2", None]))
    assert "ward" not in zones_of(needs().assign(ward_code=["W1", "W2", "W3", None])), "these are the neighbourhoods"
    assert list(zones_of(needs().drop(columns=["name", "ward_code"]))) == ["district"]
    assert zones_of(needs().assign(inside=False)) == {}


def test_ranks_of_the_toy_town_by_ward_and_district(toy: Toy) -> None:
    """Three parks, P1 in the place that is worst off: by district or middle-layer area alone, P1 and P2 differ in nothing asked."""
    plan = make_plan(toy.study(certainty={"draws": 200}), toy.layers)
    assert plan.zoned is not None
    summary = plan.zoned.summary.set_index("zoning")
    assert summary["zones"].to_dict() == {"middle": 1, "ward": 2, "district": 2}
    assert summary["best"].tolist() == [plan.top] * 3
    assert summary["rank_correlation"].between(-1, 1).all()
    assert (summary["best_that_stay"] <= plan.top).all()
    json.dumps(plan.record()["other_zonings"], allow_nan=False)
    again = make_plan(toy.study(certainty={"draws": 200}), toy.layers).zoned
    assert again is not None
    pd.testing.assert_frame_equal(again.summary, plan.zoned.summary)


@pytest.mark.realdata
def test_coarser_zones_move_trafford_more(real_plan: Callable[[str], Plan]) -> None:
    zoned = real_plan("trafford").zoned
    assert zoned is not None
    summary = zoned.summary.set_index("zoning")
    assert summary.loc["middle", "rank_correlation"] > summary.loc["district", "rank_correlation"] > 0.8
    assert summary.loc["district", "zones"] == 1
    counted = zoned.changes["choice"].value_counts()
    assert counted.to_dict() == summary["sites_that_change_band"].to_dict()
