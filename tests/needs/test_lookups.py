from __future__ import annotations

import logging

import pandas as pd
import pytest

from tests.needs import needs
from tests.toy import CODES, Toy
from treeplan.errors import DataError


def test_tables_of_2011_are_moved_to_2021(toy: Toy) -> None:
    toy.tables["air"] = pd.DataFrame(
        {"lsoa11_code": ["E01000011", "E01000012"], "no2_ugm3": [30.0, 10.0], "pm25_ugm3": [9.0, 7.0]}
    )
    toy.tables["lsoa_lookup"] = pd.DataFrame(
        {"lsoa11_code": ["E01000011", "E01000012", "E01000012"], "lsoa21_code": CODES}
    )
    assert needs(toy)["no2_ugm3"].tolist() == [30, 10, 10]


def test_a_table_of_2011_without_a_lookup_is_told(toy: Toy) -> None:
    toy.tables["air"] = toy.tables["air"].rename(columns={"lsoa21_code": "lsoa11_code"})
    with pytest.raises(DataError, match="no lookup"):
        needs(toy)


def test_a_table_of_all_england_serves_a_study_with_a_lookup_of_its_own(
    toy: Toy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "treeplan.needs")
    toy.tables["lsoa_lookup"] = pd.DataFrame(
        {"lsoa11_code": ["E01000011", "E01000012", "E01000012"], "lsoa21_code": CODES}
    )
    england = ["E01000011", "E01000012", "E01000500", "E01000501"]
    toy.tables["air"] = pd.DataFrame({"lsoa11_code": england, "no2_ugm3": [30.0, 10.0, 1.0, 2.0], "pm25_ugm3": 5.0})
    assert needs(toy)["no2_ugm3"].tolist() == [30, 10, 10]
    said = [r.message for r in caplog.records if r.message.startswith("air: ")]
    assert said == [
        "air: 4 neighbourhoods of 2011 are 3 of 2021; 2 of them have no home there, or are of other places, and are left out"
    ]
    toy.tables["air"] = toy.tables["air"].iloc[1:]
    with pytest.raises(DataError, match="1 of the 2 LSOA 2011 codes of the study"):
        needs(toy)
