from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from treeplan.errors import DataError
from treeplan.sources import opening, read

AREA = {"lsoa_2021": {"lsoa21_code": "area_code", "name": "area_name"}}


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def only(name: str, path: Path, **settings: Any) -> pd.DataFrame:
    """The one table of a source that fills one layer."""
    (table,) = read(name, path, **settings).values()
    return table


SINGLE_YEARS = [*[str(n) for n in range(90)], "90+"]


def test_census_residents(tmp_path: Path) -> None:
    path = write(
        tmp_path / "ts001.csv",
        '"date","geography","geography code","Residence type: Total; measures: Value",'
        '"Residence type: Lives in a household; measures: Value"\n'
        '"2021","Toy 001A","E01000001",1500,1490\n"2021","Tegan 001A","W01000001",900,900\n',
    )
    found = read("census_residents", path)["residents"]
    assert found.to_dict("records") == [{"lsoa21_code": "E01000001", "residents": 1500.0}]


def test_ages_mid_year_counts_persons_once(tmp_path: Path) -> None:
    # One resident of every single year for each sex: 91 of each, 182 together.
    rows = [["E01000001", sex, *[count] * 91] for sex, count in (("Females", 1), ("Males", 1), ("Persons", 2))]
    path = tmp_path / "ages.csv"
    pd.DataFrame(rows, columns=["area_code", "sex", *SINGLE_YEARS]).to_csv(path, index=False)
    found = read("ages_mid_year", path)["ages"]
    # Under 5 are five years of age (0–4), 0–15 sixteen, 16–64 forty-nine, 65–74 ten, 75 and over sixteen columns (75–89 and 90+).
    assert found.to_dict("records") == [
        {
            "lsoa21_code": "E01000001",
            "residents": 182.0,
            "under_5": 10.0,
            "aged_0_to_15": 32.0,
            "aged_16_to_64": 98.0,
            "aged_65_to_74": 20.0,
            "aged_75_and_over": 32.0,
        }
    ]


def test_ages_mid_2020_sum_single_years(tmp_path: Path) -> None:
    counts = list(range(1, 92))
    path = tmp_path / "ages.csv"
    pd.DataFrame(
        [["Toy", "E01000001", sum(counts), *counts], ["Tegan", "W01000001", 91, *[1] * 91]],
        columns=["lsoa11_name", "lsoa11_code", "total_population", *SINGLE_YEARS],
    ).to_csv(path, index=False)
    found = read("ages_mid_2020", path)["ages"]
    # 1 + … + 91 = 4,186; 1 + … + 5 = 15; 1 + … + 16 = 136; 17 + … + 65 = 49 × 41; 66 + … + 75 = 10 × 70.5; 76 + … + 91 = 16 × 83.5.
    assert found.to_dict("records") == [
        {
            "lsoa11_code": "E01000001",
            "residents": 4186.0,
            "under_5": 15.0,
            "aged_0_to_15": 136.0,
            "aged_16_to_64": 2009.0,
            "aged_65_to_74": 705.0,
            "aged_75_and_over": 1336.0,
        }
    ]


@pytest.mark.parametrize(
    ("name", "code", "rows", "says"),
    [
        ("ages_mid_2020", "lsoa11_code", [["E01000001", *[""] * 91]], "the ages are all blank"),
        (
            "ages_mid_year",
            "area_code",
            [["E01000001", "Males", *["1"] * 91]],
            "no row is for 'Persons'(.|\n)*it has Males",
        ),
    ],
)
def test_ages_that_say_nothing_are_refused_in_short(
    tmp_path: Path, name: str, code: str, rows: list[list[str]], says: str
) -> None:
    path = tmp_path / "ages.csv"
    columns = [code, *(["sex"] if len(rows[0]) == 93 else []), *SINGLE_YEARS]
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    with pytest.raises(DataError, match=says) as caught:
        read(name, path)
    assert len(str(caught.value).splitlines()) == 3


def test_age_bands_that_come_to_more_than_everybody_are_refused(tmp_path: Path) -> None:
    heading = "lsoa11_code,total_population,age_0-4,age_5-15,age_16-64,age_65-74,age_75+\n"
    path = write(tmp_path / "bands.csv", heading + "E01000001,1000,500,50,300,150,100\n")
    with pytest.raises(DataError, match=r"e\.g\. E01000001: 1,100 of 1,000"):
        read("ages_mid_2020_bands", path)


def test_thousands_separators_among_ages_are_numbers(tmp_path: Path) -> None:
    path = tmp_path / "ages.csv"
    pd.DataFrame(
        [["E01000001", "1,200", *["10"] * 90]],
        columns=["lsoa11_code", *SINGLE_YEARS],
    ).to_csv(path, index=False)
    assert read("ages_mid_2020", path)["ages"]["residents"].tolist() == [2100]


def test_ages_in_bands(tmp_path: Path) -> None:
    path = write(
        tmp_path / "bands.csv",
        "lsoa11_code,lsoa11_name,total_population,age_0-4,age_5-15,age_16-64,age_65-74,age_75+\n"
        "E01000001,Toy,1500,80,200,900,200,120\nW01000001,Tegan,1000,50,100,650,100,100\n",
    )
    found = read("ages_mid_2020_bands", path)["ages"]
    assert found.to_dict("records") == [
        {
            "lsoa11_code": "E01000001",
            "residents": 1500.0,
            "under_5": 80.0,
            "aged_16_to_64": 900.0,
            "aged_65_to_74": 200.0,
            "aged_75_and_over": 120.0,
            "aged_0_to_15": 280.0,
        }
    ]


@pytest.mark.realdata
def test_real_residents(data: Path) -> None:
    county = only("census_residents", data / "south-yorkshire/census2021-ts001-lsoa.csv")
    assert (len(county), county["residents"].sum()) == (860, 1_374_978)
    england = only("census_residents", data / "england/census2021-ts001-lsoa.csv")
    assert len(england) == 33_755
    trafford = only("lsoa_2021", data / "trafford/trafford_lsoa_2021.gpkg", columns=AREA["lsoa_2021"])
    here = england[england["lsoa21_code"].isin(trafford["lsoa21_code"])]
    assert (len(here), here["residents"].sum()) == (139, 235_049)


@pytest.mark.realdata
def test_real_residents_by_district(data: Path) -> None:
    residents = only("census_residents", data / "south-yorkshire/census2021-ts001-lsoa.csv")
    lookup = only("lsoa_to_ward", data / "south-yorkshire/lookup_lsoa21_ward24_ltla24.csv")
    by_district = residents.merge(lookup, on="lsoa21_code", validate="one_to_one").groupby("district_name")["residents"]
    assert by_district.sum().to_dict() == {
        "Barnsley": 244_568,
        "Doncaster": 308_100,
        "Rotherham": 265_791,
        "Sheffield": 556_519,
    }


@pytest.mark.realdata
def test_real_ages(data: Path) -> None:
    trafford = only("ages_mid_year", data / "trafford/mid-year_2022_population_estimates_lsoa.csv")
    assert (len(trafford), trafford["residents"].sum()) == (139, 236_301)
    later = only("ages_mid_year", data / "trafford/mid-year_2024_population_estimates_lsoa.csv")
    assert (len(later), later["residents"].sum()) == (139, 241_025)
    county = only("ages_mid_2020", data / "south-yorkshire/population_mid2020_lsoa11_single_year_age.csv")
    assert (len(county), county["residents"].sum()) == (853, 1_415_054)


@pytest.mark.realdata
def test_real_age_bands_agree_with_single_years(data: Path) -> None:
    bands = only("ages_mid_2020_bands", data / "england/population_mid2020_lsoa11_age_bands.parquet")
    assert len(bands) == 32_844
    single = only("ages_mid_2020", data / "south-yorkshire/population_mid2020_lsoa11_single_year_age.csv")
    both = single.merge(bands, on="lsoa11_code", suffixes=("", "_bands"), validate="one_to_one")
    assert len(both) == 853
    bands_ = ("under_5", "aged_0_to_15", "aged_16_to_64", "aged_65_to_74", "aged_75_and_over")
    for column in ("residents", *bands_):
        assert (both[column] == both[f"{column}_bands"]).all(), column


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "file", "rows", "english"),
    [
        ("census_residents", "census2021-ts001-lsoa.csv", 35_672, 33_755),
        ("census_health", "census2021-ts037-lsoa.csv", 35_672, 33_755),
        ("lsoa_to_ward", "lookup_lsoa21_ward24_ltla24.parquet", 35_672, 33_755),
        ("air_by_lsoa", "foe_air-pollution-lsoa11-2021-23.csv", 34_753, 32_844),
        ("ages_mid_2020_bands", "population_mid2020_lsoa11_age_bands.parquet", 34_753, 32_844),
    ],
)
def test_real_rows_of_wales_are_left_out(data: Path, name: str, file: str, rows: int, english: int) -> None:
    path = data / "england" / file
    assert (len(opening.open_table(path)), len(only(name, path))) == (rows, english)
