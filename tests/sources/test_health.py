from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from treeplan.errors import DataError
from treeplan.sources import read


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def only(name: str, path: Path, **settings: Any) -> pd.DataFrame:
    """The one table of a source that fills one layer."""
    (table,) = read(name, path, **settings).values()
    return table


def test_census_health(tmp_path: Path) -> None:
    path = write(
        tmp_path / "ts037.csv",
        "date,geography,geography code,General health: Total: All usual residents,General health: Very good health,"
        "General health: Good health,General health: Fair health,General health: Bad health,"
        "General health: Very bad health\n"
        "2021,Toy 001A,E01000001,1475,859,468,119,18,11\n2021,Tegan 001A,W01000001,1000,600,200,100,60,40\n",
    )
    found = read("census_health", path)["health"]
    assert found.to_dict("records") == [
        {
            "lsoa21_code": "E01000001",
            "all_residents": 1475.0,
            "very_good": 859.0,
            "good": 468.0,
            "fair": 119.0,
            "bad": 18.0,
            "very_bad": 11.0,
        }
    ]


@pytest.mark.parametrize(("bad", "fits"), [(103, True), (110, True), (111, False), (900, False)])
def test_parts_of_health_may_exceed_the_total_by_a_little(tmp_path: Path, bad: int, fits: bool) -> None:
    # 1 % of 1,000 residents is 10: with 900 in other states, 110 in bad health are still the ONS's own disturbance.
    path = write(
        tmp_path / "ts037.csv",
        "geography code,General health: Total: All usual residents,General health: Very good health,"
        "General health: Good health,General health: Fair health,General health: Bad health,"
        f"General health: Very bad health\nE01000001,1000,500,300,50,{bad},50\n",
    )
    if fits:
        assert read("census_health", path)["health"]["bad"].tolist() == [bad]
        return
    with pytest.raises(DataError, match=rf"E01000001: {900 + bad:,} of 1,000"):
        read("census_health", path)


def test_percentages_of_health_are_no_counts(tmp_path: Path) -> None:
    heads = (
        "Total: All usual residents",
        "Very good health",
        "Good health",
        "Fair health",
        "Bad health",
        "Very bad health",
    )
    path = write(
        tmp_path / "ts037.csv",
        "geography code," + ",".join(f"General health: {h}" for h in heads) + "\nE01000001,100,50,30,12,6,2\n",
    )
    with pytest.raises(DataError, match="at most 100 in all 1 rows: these are percentages or shares, not counts"):
        read("census_health", path)


OFFICIAL = (
    "LSOA code (2021),Acute morbidity indicator,Comparative illness and disability ratio indicator,Mental health indicator,"
    "Years of potential life lost indicator\n"
)
CLEANED = (
    "lsoa21_code,acute_morbidity_indicator,comparative_illness_and_disability_ratio_indicator,mental_health_indicator,"
    "years_of_potential_life_lost_indicator\n"
)


@pytest.mark.parametrize("heading", [OFFICIAL, CLEANED])
def test_indicators_under_official_and_cleaned_headings(tmp_path: Path, heading: str) -> None:
    found = only("health_indicators_2025", write(tmp_path / "file_8.csv", heading + "E01000001,84.8,26.7,-1.7,63.6\n"))
    assert found.to_dict("records") == [
        {
            "lsoa21_code": "E01000001",
            "illness_ratio": 26.7,
            "acute_morbidity": 84.8,
            "mental_health": -1.7,
            "years_lost": 63.6,
        }
    ]


def test_a_rank_is_no_mental_health_score(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="mental_health: must be 10 or less"):
        only("health_indicators_2025", write(tmp_path / "file_8.csv", OFFICIAL + "E01000001,84.8,26.7,33108,63.6\n"))


def test_bad_health_by_age(tmp_path: Path) -> None:
    path = write(tmp_path / "ages.csv", "age_from,age_to,residents,bad_health\n0,15,1000,10\n16,,2000,90\n")
    found = only("health_by_age", path)
    assert found["age_to"].isna().tolist() == [False, True]
    assert found["bad_health"].tolist() == [10, 90]
    with pytest.raises(DataError, match="bad_health come to more than residents"):
        only("health_by_age", write(path, "age_from,residents,bad_health\n0,1000,1100\n"))


def test_registers_by_district(tmp_path: Path) -> None:
    heading = "lad_code,lad_name,group_code,register,list,prevalence\n"
    found = only("disease_by_district", write(tmp_path / "qof.csv", heading + "E08000016,Barnsley,DEP,13,100,0.13\n"))
    assert found["prevalence_share"].tolist() == [0.13]
    with pytest.raises(DataError, match="prevalence_share: must be 1 or less"):  # a percentage
        only("disease_by_district", write(tmp_path / "qof.csv", heading + "E08000016,Barnsley,DEP,13,100,13\n"))


FINGERTIPS = (
    "Indicator ID,Indicator Name,Area Code,Area Type,Sex,Category,Time period,Value,Lower CI 95.0 limit,Upper CI 95.0 limit,"
    "Count,Denominator,Time period Sortable\n"
)


def fingertips(*rows: str) -> str:
    return FINGERTIPS + "".join(f"1,Stays,{row}\n" for row in rows)


def test_fingertips_newest_figures_of_both_sexes(tmp_path: Path) -> None:
    path = write(
        tmp_path / "fingertips.csv",
        fingertips(
            "E92000001,England,Persons,,2023/24,20,19,21,999,9999,20230000",
            "E02000001,MSOA,Persons,,2019/20,10,8,12,90,900,20190000",
            "E02000001,MSOA,Persons,,2023/24,30,25,35,270,900,20230000",
            "E02000001,MSOA,Female,,2023/24,33,25,40,140,450,20230000",
            "E02000001,MSOA,Persons,Most deprived,2023/24,50,40,60,10,20,20230000",
            "E02000002,MSOA,Persons,,2023/24,,,,,,20230000",
        ),
    )
    found = only("fingertips_msoa_2021", path)
    assert found["msoa21_code"].tolist() == ["E02000001", "E02000002"]
    assert found.loc[0, ["value", "low", "high", "count", "period"]].tolist() == [30, 25, 35, 270, "2023/24"]
    assert found["value"].isna().tolist() == [False, True]
    assert "msoa11_code" in only("fingertips_msoa_2011", path)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["E06000001,UA,Persons,,2023/24,20,19,21,99,999,20230000"], "no row is for an MSOA"),
        (
            [
                "E02000001,MSOA,Male,,2023/24,20,19,21,99,999,20230000",
                "E02000001,MSOA,Female,,2023/24,20,19,21,99,999,20230000",
            ],
            "more than one sex: Female, Male",
        ),
        (
            [
                "E02000001,MSOA,Persons,,2023/24,0.2,19,21,99,999,20230000",
                "E02000002,MSOA,Persons,,2023/24,20,20,20,99,999,20230000",
            ],
            r"outside its own 95 % limits in 1 of 2 rows, e\.g\. E02000001: 0\.2, not within 19 to 21",
        ),
    ],
)
def test_fingertips_of_no_use_are_refused(tmp_path: Path, rows: list[str], says: str) -> None:
    with pytest.raises(DataError, match=says):
        only("fingertips_msoa_2021", write(tmp_path / "fingertips.csv", fingertips(*rows)))


def test_one_indicator_at_a_time(tmp_path: Path) -> None:
    row = "E02000001,MSOA,Persons,,2023/24,20,19,21,99,999,20230000\n"
    path = write(tmp_path / "fingertips.csv", FINGERTIPS + "1,Stays," + row + "2,Deaths," + row)
    with pytest.raises(DataError, match="more than one indicator: Deaths, Stays"):
        only("fingertips_msoa_2021", path)


@pytest.mark.realdata
def test_real_health(data: Path) -> None:
    england = only("census_health", data / "england/census2021-ts037-lsoa.csv")
    assert len(england) == 33_755
    county = only("census_health", data / "south-yorkshire/census2021-ts037-lsoa.csv")
    assert (len(county), county["all_residents"].sum()) == (860, 1_374_987)
    trafford = only("census_health", data / "trafford/TR_census2021-ts037-lsoa.csv")
    assert (len(trafford), trafford["all_residents"].sum()) == (139, 235_063)


@pytest.mark.realdata
def test_real_indicators(data: Path) -> None:
    england = only("health_indicators_2025", data / "england/imd2025_england_lsoa21_indicators.parquet")
    assert (len(england), int(england.isna().sum().sum())) == (33_755, 0)
    county = only("health_indicators_2025", data / "south-yorkshire/imd2025_england_lsoa21_indicators.csv")
    both = county.merge(england, on="lsoa21_code", suffixes=("", "_england"), validate="one_to_one")
    assert len(both) == 860
    assert (both["mental_health"] == both["mental_health_england"]).all()
    older = only("health_indicators_2019", data / "south-yorkshire/imd2019_england_lsoa11_indicators.csv")
    assert (len(older), int(older.isna().sum().sum())) == (853, 0)
    assert older.set_index("lsoa11_code").loc["E01007317", "mental_health"] == 1.123


@pytest.mark.realdata
def test_real_registers(data: Path) -> None:
    found = only("disease_by_district", data / "south-yorkshire/hocl_qof_lad_prevalence_1920.csv")
    assert len(found) == 84
    depression = found[found["disease"] == "DEP"].set_index("district_code")["prevalence_share"]
    assert depression.round(4).to_dict() == {
        "E08000016": 0.1307,
        "E08000017": 0.1164,
        "E08000018": 0.1509,
        "E08000019": 0.1168,
    }
