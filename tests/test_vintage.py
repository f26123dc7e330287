from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.toy import CODES, Toy
from treeplan.errors import DataError
from treeplan.sources import read
from treeplan.vintage import moved_tables, on_lsoa21

LOOKUP = pd.DataFrame({"lsoa11_code": ["A", "B", "B", "C", "D"], "lsoa21_code": ["a", "b1", "b2", "cd", "cd"]})
RESIDENTS = pd.Series({"a": 100.0, "b1": 300.0, "b2": 100.0, "cd": 500.0})
OLD = pd.DataFrame(
    {"lsoa11_code": ["A", "B", "C", "D"], "people": [10.0, 40.0, 5.0, 7.0], "rate": [1.0, 2.0, 3.0, 5.0]}
)


def test_counts_are_shared_out_by_residents_and_add_up() -> None:
    new = on_lsoa21(OLD, LOOKUP, RESIDENTS, counts=["people"])
    assert new["people"].to_dict() == {"a": 10, "b1": 30, "b2": 10, "cd": 12}
    assert new["people"].sum() == OLD["people"].sum()


def test_rates_are_copied_on_a_split_and_averaged_on_a_merger() -> None:
    new = on_lsoa21(OLD, LOOKUP, RESIDENTS, rates=["rate"])
    assert new["rate"].to_dict() == {"a": 1, "b1": 2, "b2": 2, "cd": 4}


def test_merged_neighbourhoods_are_averaged_by_their_residents_where_those_are_known() -> None:
    # C and D became one: 300 people at rate 3 and 100 at rate 5 are 3.5 on average; plainly it would be 4.
    people = pd.Series({"A": 100.0, "B": 400.0, "C": 300.0, "D": 100.0})
    new = on_lsoa21(OLD, LOOKUP, RESIDENTS, rates=["rate"], residents_2011=people)
    assert new["rate"].to_dict() == {"a": 1, "b1": 2, "b2": 2, "cd": 3.5}
    unknown = on_lsoa21(OLD, LOOKUP, RESIDENTS, rates=["rate"], residents_2011=people.drop("D"))
    assert unknown["rate"].to_dict() == {"a": 1, "b1": 2, "b2": 2, "cd": 4}


@pytest.mark.parametrize("people", [None, pd.Series({"A": 100.0, "B": 400.0, "C": 300.0, "D": 100.0})])
def test_a_merged_neighbourhood_is_unknown_where_a_part_is(people: pd.Series | None) -> None:
    old = OLD.assign(rate=[1.0, 2.0, np.nan, 5.0], people=[10.0, 40.0, np.nan, 7.0])
    new = on_lsoa21(old, LOOKUP, RESIDENTS, counts=["people"], rates=["rate"], residents_2011=people)
    assert new["rate"].tolist() == pytest.approx([1, 2, 2, np.nan], nan_ok=True)
    assert new["people"].tolist() == pytest.approx([10, 30, 10, np.nan], nan_ok=True)


def test_a_code_of_another_vintage_is_told() -> None:
    with pytest.raises(
        DataError, match=r"1 of the 4 LSOA 2011 codes of the study are not in a table of 4 rows(.|\n)*e\.g\. D"
    ):
        on_lsoa21(OLD.assign(lsoa11_code=["A", "B", "C", "X"]), LOOKUP, RESIDENTS, rates=["rate"])


def test_only_the_study_s_own_codes_must_be_in_the_table() -> None:
    with pytest.raises(DataError, match="1 of the 1 LSOA 2011 codes of the study"):
        on_lsoa21(OLD.iloc[1:], LOOKUP, RESIDENTS, rates=["rate"], own={"a"})
    found = on_lsoa21(OLD.iloc[1:], LOOKUP, RESIDENTS, rates=["rate"], own={"b1", "cd"})
    assert found["rate"].to_dict() == {"b1": 2, "b2": 2, "cd": 4}


def test_rows_of_other_places_are_left_out() -> None:
    england = pd.concat([OLD, pd.DataFrame({"lsoa11_code": ["Y", "Z"], "people": [900.0, 100.0], "rate": 9.0})])
    new = on_lsoa21(england, LOOKUP, RESIDENTS, counts=["people"], rates=["rate"])
    assert new["people"].sum() == OLD["people"].sum()
    assert new["rate"].max() == 4


def test_both_totals_of_a_table_that_was_moved_are_known(toy: Toy) -> None:
    old = ["E01000011", "E01000012", "E01000013", "E01000099"]
    toy.tables["lsoa_lookup"] = pd.DataFrame({"lsoa11_code": old[:3], "lsoa21_code": [CODES[0], CODES[0], CODES[1]]})
    toy.tables["ages"] = pd.DataFrame({"lsoa11_code": old, "residents": [700.0, 350, 900, 50], "under_5": 1.0})
    toy.tables["air"] = pd.DataFrame({"lsoa11_code": old[:3], "no2_ugm3": 1.0})
    people, air = moved_tables(toy.layers)
    assert (people.layer, people.unit, people.before, people.after) == ("ages", "residents", 2000, 1950)
    assert people.unplaced == 50
    assert (air.layer, air.unit, air.before, air.after) == ("air", "neighbourhoods", 3, 2)
    assert (air.unplaced, air.merged, air.by_residents) == (0, 1, True)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("lookup", "ages", "source", "rows", "people"),
    [
        (
            "south-yorkshire",
            "south-yorkshire/population_mid2020_lsoa11_single_year_age.csv",
            "ages_mid_2020",
            860,
            1_415_054,
        ),
        ("england", "england/population_mid2020_lsoa11_age_bands.parquet", "ages_mid_2020_bands", 33_755, 56_550_138),
    ],
)
def test_nobody_is_lost_between_real_censuses(
    data: Path, lookup: str, ages: str, source: str, rows: int, people: int
) -> None:
    """56,550,138 is the ONS's own mid-2020 estimate for England."""
    vintages = read("lsoa_2011_to_2021", data / lookup / "LSOA_2011_to_LSOA_2021_to_LAD_2022_Lookup_EW_V2.csv")
    census = read("census_residents", data / lookup / "census2021-ts001-lsoa.csv")["residents"]
    table_ = read(source, data / ages)["ages"]
    moved = on_lsoa21(
        table_,
        vintages["lsoa_lookup"],
        census.set_index("lsoa21_code")["residents"],
        counts=["residents", "under_5", "aged_75_and_over"],
    )
    assert len(moved) == rows
    assert round(moved["residents"].sum(), 3) == people
    for column in ("residents", "under_5", "aged_75_and_over"):
        assert moved[column].sum() == pytest.approx(table_[column].sum(), abs=0.001)
