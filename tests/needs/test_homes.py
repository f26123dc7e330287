from __future__ import annotations

import pandas as pd
import pytest

from tests.needs import needs
from tests.toy import CODES, Toy


def with_gardens(toy: Toy) -> Toy:
    old = ["E01000011", "E01000012"]
    toy.tables["msoa_lookup"] = pd.DataFrame({"lsoa11_code": old, "msoa11_code": ["E02000001", "E02000002"]})
    toy.tables["lsoa_lookup"] = pd.DataFrame({"lsoa11_code": [old[0], old[1], old[1]], "lsoa21_code": CODES})
    toy.tables["gardens"] = pd.DataFrame(
        {
            "msoa11_code": ["E02000001", "E02000002"],
            "addresses": [1000.0, 800.0],
            "addresses_with_garden": [600.0, 760.0],
            "garden_m2": 5e4,
        }
    )
    return toy


def test_homes_without_a_garden_by_hand(toy: Toy) -> None:
    # 400 of 1,000 addresses, and 40 of 800, have none.
    found = needs(with_gardens(toy))
    assert found["no_garden_pct"].tolist() == pytest.approx([40, 5, 5])
    assert found["need_no_garden_pct"].idxmax() == CODES[0]


def test_gardens_that_feed_a_benefit_take_living_environment_out_of_deprivation(toy: Toy) -> None:
    toy.tables["deprivation"] = toy.tables["deprivation"].assign(environment_rank=1.0)
    del with_gardens(toy).tables["air"]
    apart = needs(toy)["deprivation"]
    fed = needs(toy, needs={"for_benefit": {"equity": ["deprivation", "no_garden_pct"]}})["deprivation"]
    assert (fed < apart).all()


def test_a_table_that_does_not_count_them_leaves_the_need_out(toy: Toy) -> None:
    toy.tables["gardens"] = with_gardens(toy).tables["gardens"].drop(columns="addresses_with_garden")
    assert "no_garden_pct" not in needs(toy)
