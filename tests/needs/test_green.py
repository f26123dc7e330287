from __future__ import annotations

import pytest

from tests.needs import needs
from tests.toy import Toy, block, table
from treeplan.needs import NEEDS


def test_canopy_from_woodland_and_trees_by_hand(toy: Toy) -> None:
    table_ = needs(toy)
    assert table_["canopy_pct"].tolist() == pytest.approx(
        [0, 0, 20]
    )  # the wood is 1,000 m by 200 m of a square kilometre
    assert table_["need_canopy_pct"].tolist() == pytest.approx([2 / 3, 2 / 3, 1 / 6])  # two share the lowest place


def test_the_gap_to_the_goal_by_hand(toy: Toy) -> None:
    toy.tables["woodland"] = table([block(1000, 0, 1000, 250), block(2000, 0, 1000, 400)])
    assert needs(toy)["canopy_pct"].tolist() == pytest.approx([0, 25, 40])
    assert needs(toy)["canopy_gap_pp"].tolist() == pytest.approx([30, 5, 0])
    assert needs(toy)["need_canopy_gap_pp"].tolist() == pytest.approx([5 / 6, 1 / 2, 1 / 6])
    met = needs(toy, canopy={"goal_pct": 20})
    assert met["canopy_gap_pp"].tolist() == pytest.approx([20, 0, 0])
    assert met["need_canopy_gap_pp"].tolist() == pytest.approx([5 / 6, 1 / 3, 1 / 3])  # at the goal all are alike


def test_unknown_canopy_is_an_unknown_gap(toy: Toy) -> None:
    del toy.tables["woodland"]
    assert not {"canopy_pct", "canopy_gap_pp"} & set(needs(toy).columns)


def test_an_indicator_may_be_worked_out_from_another(toy: Toy) -> None:
    assert NEEDS["canopy_gap_pp"].needs == ("canopy_pct",)
    assert NEEDS["deprivation"].needs == ()  # its layer has the same name
