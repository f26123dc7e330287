from __future__ import annotations

import pytest

from tests.needs import needs
from tests.toy import Toy


def test_canopy_from_woodland_and_trees_by_hand(toy: Toy) -> None:
    table_ = needs(toy)
    assert table_["canopy_pct"].tolist() == pytest.approx(
        [0, 0, 20]
    )  # the wood is 1,000 m by 200 m of a square kilometre
    assert table_["need_canopy_pct"].tolist() == pytest.approx([2 / 3, 2 / 3, 1 / 6])  # two share the lowest place
