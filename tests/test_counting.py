"""The numbers that a run prints."""

from __future__ import annotations

import pandas as pd

from tests.toy import CODES, Toy
from treeplan.counting import Count, moved_counts, people_counts, walk_counts


def test_people_and_places_are_counted(toy: Toy) -> None:
    zones = toy.tables["neighbourhoods"].assign(residents=1000.0, canopy_pct=5.0)
    counts = {c.what: c.value for c in people_counts(toy.layers, zones)}
    assert counts == {
        "study area": 300,
        "districts": 2,
        "neighbourhoods": 3,
        "residents": 3000,
        "indicators measured": 1,
    }


def test_both_totals_of_a_table_that_was_moved_are_printed(toy: Toy) -> None:
    toy.tables["lsoa_lookup"] = pd.DataFrame({"lsoa11_code": ["E01000011", "E01000012"], "lsoa21_code": CODES[:2]})
    toy.tables["ages"] = pd.DataFrame({"lsoa11_code": ["E01000011", "E01000099"], "residents": [700.0, 50.0]})
    found = [c for c in moved_counts(toy.layers) if "by age" in c.what]
    assert found == [
        Count("people", "residents by age: people in neighbourhoods of 2011", 750.0),
        Count("people", "residents by age: people in those of 2021", 700.0),
        Count("people", "residents by age: people in neighbourhoods of 2011 without a home in 2021", 50.0),
    ]


def test_straight_lines_count_no_ways() -> None:
    assert walk_counts(None) == []
