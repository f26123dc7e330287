"""Private gardens: an aggregate for each neighbourhood, never a site."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.toy import CODES, Toy, block, ground, open_land
from treeplan.gardens import with_gardens
from treeplan.pipeline import make_plan


def test_mapped_gardens_are_summed_and_are_no_sites(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(
        ground(block(400, 400), "park", "P"), ground(block(600, 400, 20, 10), "private_garden", "G")
    )
    plan = make_plan(toy.study(), toy.layers)
    assert plan.neighbourhoods["garden_ha"].tolist() == pytest.approx([0.02, 0, 0])
    # 200 m2, 15 % under trees, one to 100 m2: 0.3 trees, rounded.
    assert plan.neighbourhoods["garden_trees"].tolist() == [0, 0, 0]
    assert plan.sites["ground_id"].tolist() == ["P"]


def test_the_table_of_gardens_is_shared_out_by_residents(toy: Toy) -> None:
    toy.tables["residents"] = pd.DataFrame({"lsoa21_code": CODES, "residents": [1000.0, 3000.0, 500.0]})
    toy.tables["gardens"] = pd.DataFrame({"msoa11_code": ["E02000001", "E02000002"], "garden_m2": [80_000.0, 10_000.0]})
    toy.tables["msoa_lookup"] = pd.DataFrame(
        {"lsoa11_code": CODES, "msoa11_code": ["E02000001", "E02000001", "E02000002"]}
    )
    toy.tables["lsoa_lookup"] = pd.DataFrame({"lsoa11_code": CODES, "lsoa21_code": CODES})
    zones = with_gardens(toy.tables["neighbourhoods"], toy.layers, toy.figures)
    assert zones["garden_ha"].tolist() == pytest.approx([2.0, 6.0, 1.0])
    assert zones["garden_trees"].tolist() == [30, 90, 15]


def test_without_gardens_nothing_is_said(toy: Toy) -> None:
    assert "garden_ha" not in with_gardens(toy.tables["neighbourhoods"], toy.layers, toy.figures)
