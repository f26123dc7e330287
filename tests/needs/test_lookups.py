from __future__ import annotations

import logging

import pandas as pd
import pytest

from tests.needs import needs
from tests.toy import CODES, Toy
from treeplan.errors import DataError
from treeplan.needs.lookups import Lookups


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


MSOAS = ["E02000001", "E02000001", "E02000002"]


def by_msoa(census: str) -> pd.DataFrame:
    return pd.DataFrame({f"msoa{census}_code": ["E02000001", "E02000002"], "rate": [30.0, 12.0]})


def test_neighbourhoods_have_the_rate_of_their_msoa(toy: Toy) -> None:
    toy.tables["msoa21_lookup"] = pd.DataFrame({"lsoa21_code": CODES, "msoa21_code": MSOAS})
    assert Lookups(toy.layers).rates(by_msoa("21"), "rate").to_dict() == dict(zip(CODES, [30, 30, 12], strict=True))


def test_neighbourhoods_find_their_msoa_by_name(toy: Toy) -> None:
    # "Toy 001A", "001B" and "001C" are parts of "Toy 001".
    toy.tables["msoa21_lookup"] = pd.DataFrame(
        {"msoa21_code": ["E02000002", "E02000001"], "msoa21_name": ["Toy 001", "Toy 002"]}
    )
    assert Lookups(toy.layers).rates(by_msoa("21"), "rate").to_dict() == dict.fromkeys(CODES, 12)


def test_msoas_of_2011_go_through_both_lookups(toy: Toy) -> None:
    toy.tables["msoa_lookup"] = pd.DataFrame(
        {"lsoa11_code": ["E01000011", "E01000012"], "msoa11_code": ["E02000001", "E02000002"]}
    )
    toy.tables["lsoa_lookup"] = pd.DataFrame(
        {"lsoa11_code": ["E01000011", "E01000012", "E01000012"], "lsoa21_code": CODES}
    )
    assert Lookups(toy.layers).rates(by_msoa("11"), "rate").tolist() == [30, 12, 12]


@pytest.mark.parametrize(("census", "source"), [("21", "lsoa_to_msoa_2021"), ("11", "lsoa_to_msoa_2011")])
def test_a_table_by_msoa_without_a_lookup_is_told(toy: Toy, census: str, source: str) -> None:
    with pytest.raises(DataError, match=rf"by MSOA of 20{census}(.|\n)*\[sources\.{source}\]"):
        Lookups(toy.layers).rates(by_msoa(census), "rate")


def test_a_neighbourhood_whose_msoa_is_not_in_the_table_is_told(toy: Toy) -> None:
    toy.tables["msoa21_lookup"] = pd.DataFrame({"lsoa21_code": CODES, "msoa21_code": MSOAS})
    toy.tables["heat_risk"] = pd.DataFrame({"msoa21_code": ["E02000001"], "heat_risk": [2.0]})
    with pytest.raises(
        DataError, match=r"heat_risk: 1 of 3 neighbourhoods of the study have no value, e\.g\. E01000003"
    ):
        needs(toy)


def test_the_order_of_rows_does_not_matter(toy: Toy) -> None:
    toy.tables["lsoa_lookup"] = pd.DataFrame(
        {"lsoa11_code": ["E01000011", "E01000012", "E01000013", "E01000013"], "lsoa21_code": [CODES[0], *CODES]}
    )
    toy.tables["ages"] = toy.tables["ages"].rename(columns={"lsoa21_code": "lsoa11_code"})
    toy.tables["ages"]["lsoa11_code"] = ["E01000011", "E01000012", "E01000013"]
    before = needs(toy)
    toy.tables["lsoa_lookup"] = toy.tables["lsoa_lookup"].iloc[::-1].reset_index(drop=True)
    toy.tables["ages"] = toy.tables["ages"].iloc[[2, 0, 1]].reset_index(drop=True)
    assert needs(toy)["children_pct"].tolist() == pytest.approx(before["children_pct"].tolist(), rel=1e-12)
