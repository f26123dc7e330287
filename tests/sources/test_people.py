from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

from tests.toy import block
from treeplan.errors import DataError
from treeplan.sources import opening, read

AREA = {"lsoa_2021": {"lsoa21_code": "area_code", "name": "area_name"}}
TRAFFORD_WARDS = {"ward_code": "area_code", "ward_name": "area_name"}
TRAFFORD_DISTRICT = {"district_code": "area_code", "district_name": "area_name"}

DOMAINS = [
    "Index of Multiple Deprivation (IMD)",
    "Income",
    "Employment",
    "Education, Skills and Training",
    "Health Deprivation and Disability",
    "Crime",
    "Barriers to Housing and Services",
    "Living Environment",
]
RANK_COLUMNS = [
    f"{domain}_rank"
    for domain in ("imd", "income", "employment", "education", "health", "crime", "barriers", "environment")
]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def write_map(path: Path, rows: list[dict[str, Any]]) -> Path:
    gpd.GeoDataFrame(rows, geometry=[block(200 * i, 0) for i in range(len(rows))], crs=27700).to_file(path)
    return path


def only(name: str, path: Path, **settings: Any) -> pd.DataFrame:
    """The one table of a source that fills one layer."""
    (table,) = read(name, path, **settings).values()
    return table


# ---------------------------------------------------------------- boundaries and lookups


def test_districts_are_of_england_and_have_their_present_codes(tmp_path: Path) -> None:
    path = write_map(
        tmp_path / "districts.gpkg",
        [
            {"LAD24CD": "E08000016", "LAD24NM": "Barnsley"},
            {"LAD24CD": "W06000001", "LAD24NM": "Isle of Anglesey"},
            {"LAD24CD": "E08000017", "LAD24NM": "Doncaster"},
        ],
    )
    found = read("districts", path)["districts"]
    assert dict(zip(found["district_code"], found["district_name"], strict=True)) == {
        "E08000038": "Barnsley",
        "E08000017": "Doncaster",
    }
    assert found.geometry.area.tolist() == [10_000, 10_000]


def test_wards_are_of_england(tmp_path: Path) -> None:
    path = write_map(
        tmp_path / "wards.gpkg",
        [{"WD24CD": "E05000001", "WD24NM": "West"}, {"WD24CD": "W05000001", "WD24NM": "Gorllewin"}],
    )
    found = read("wards", path)["wards"]
    assert found[["ward_code", "ward_name"]].to_numpy().tolist() == [["E05000001", "West"]]


def test_neighbourhoods_keep_their_code_name_and_shape(tmp_path: Path) -> None:
    path = write_map(
        tmp_path / "lsoa.gpkg",
        [
            {"LSOA21CD": "E01000001", "LSOA21NM": "Toy 001A", "GlobalID": "x"},
            {"LSOA21CD": "W01000001", "LSOA21NM": "Tegan 001A", "GlobalID": "y"},
        ],
    )
    found = read("lsoa_2021", path)["neighbourhoods"]
    assert sorted(found.columns) == ["geometry", "lsoa21_code", "name"]
    assert found["lsoa21_code"].tolist() == ["E01000001"]
    assert found.geometry.iloc[0].equals(block(0, 0))


def test_the_lookup_of_vintages_says_what_changed(tmp_path: Path) -> None:
    path = write(
        tmp_path / "lookup.csv",
        "LSOA11CD,LSOA11NM,LSOA21CD,LSOA21NM,CHGIND,LAD22CD,LAD22NM,LAD22NMW,ObjectId\n"
        "E01000001,A,E01000001,A,U,E08000016,Barnsley,,1\n"
        "E01000002,B,E01033001,B1,S,E08000016,Barnsley,,2\n"
        "E01000002,B,E01033002,B2,S,E08000016,Barnsley,,3\n"
        "W01000001,C,W01000001,C,U,W06000001,Ynys,Ynys,4\n",
    )
    found = read("lsoa_2011_to_2021", path)["lsoa_lookup"]
    assert found[["lsoa11_code", "lsoa21_code", "change"]].to_numpy().tolist() == [
        ["E01000001", "E01000001", "U"],
        ["E01000002", "E01033001", "S"],
        ["E01000002", "E01033002", "S"],
    ]


def test_the_ward_lookup_gives_districts_their_present_codes(tmp_path: Path) -> None:
    path = write(
        tmp_path / "wards.csv",
        "lsoa21_name,lsoa21_code,ward24_name,ward24_code,ltla24_name,ltla24_code\n"
        "A,E01000001,West,E05000001,Barnsley,E08000016\nB,E01000002,East,E05000002,Sheffield,E08000019\n"
        "C,E01000003,South,E05000003,Rotherham,E08000018\nD,W01000001,North,W05000001,Ynys,W06000001\n",
    )
    found = read("lsoa_to_ward", path)["area_lookup"]
    assert found["district_code"].tolist() == ["E08000038", "E08000039", "E08000018"]
    assert found["ward_name"].tolist() == ["West", "East", "South"]


# ---------------------------------------------------------------- residents and ages


def test_census_residents(tmp_path: Path) -> None:
    path = write(
        tmp_path / "ts001.csv",
        '"date","geography","geography code","Residence type: Total; measures: Value",'
        '"Residence type: Lives in a household; measures: Value"\n'
        '"2021","Toy 001A","E01000001",1500,1490\n"2021","Tegan 001A","W01000001",900,900\n',
    )
    found = read("census_residents", path)["residents"]
    assert found.to_dict("records") == [{"lsoa21_code": "E01000001", "residents": 1500.0}]


def test_rows_are_counted_anew_once_other_countries_are_left_out(tmp_path: Path) -> None:
    path = write(
        tmp_path / "ts001.csv",
        "geography code,Residence type: Total; measures: Value\nW01000001,1\nE01000001,2\nW01000002,3\nE01000002,4\n",
    )
    found = read("census_residents", path)["residents"]
    assert found["residents"].to_dict() == {0: 2.0, 1: 4.0}


SINGLE_YEARS = [*[str(n) for n in range(90)], "90+"]


def test_ages_mid_year_counts_persons_once(tmp_path: Path) -> None:
    # One resident of every single year for each sex: 91 of each, 182 together.
    rows = [["E01000001", sex, *[count] * 91] for sex, count in (("Females", 1), ("Males", 1), ("Persons", 2))]
    path = tmp_path / "ages.csv"
    pd.DataFrame(rows, columns=["area_code", "sex", *SINGLE_YEARS]).to_csv(path, index=False)
    found = read("ages_mid_year", path)["ages"]
    # Under 5 are five years of age (0–4), 75 and over sixteen columns (75–89 and 90+).
    assert found.to_dict("records") == [
        {"lsoa21_code": "E01000001", "residents": 182.0, "under_5": 10.0, "aged_75_and_over": 32.0}
    ]


def test_ages_mid_2020_sum_single_years(tmp_path: Path) -> None:
    counts = list(range(1, 92))
    path = tmp_path / "ages.csv"
    pd.DataFrame(
        [["Toy", "E01000001", sum(counts), *counts], ["Tegan", "W01000001", 91, *[1] * 91]],
        columns=["lsoa11_name", "lsoa11_code", "total_population", *SINGLE_YEARS],
    ).to_csv(path, index=False)
    found = read("ages_mid_2020", path)["ages"]
    # 1 + … + 91 = 4,186; 1 + … + 5 = 15; 76 + … + 91 = 16 × 83.5 = 1,336.
    assert found.to_dict("records") == [
        {"lsoa11_code": "E01000001", "residents": 4186.0, "under_5": 15.0, "aged_75_and_over": 1336.0}
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
    path = write(tmp_path / "bands.csv", "lsoa11_code,total_population,age_0-4,age_75+\nE01000001,1000,600,500\n")
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
        {"lsoa11_code": "E01000001", "residents": 1500.0, "under_5": 80.0, "aged_75_and_over": 120.0}
    ]


# ---------------------------------------------------------------- deprivation


def deprivation_csv(path: Path, code: str, decile: str = "{}", separators: bool = False) -> Path:
    """Three neighbourhoods, ranks 1,000 and 2,000 and 30,000 in every domain, under the official headings."""
    ranks = [1000, 2000, 30_000]
    shown = [f"{r:,}" if separators else str(r) for r in ranks]
    columns: dict[str, list[str]] = {code: ["E01000001", "E01000002", "E01000003"]}
    for domain in DOMAINS:
        columns[f"{domain} Rank (where 1 is most deprived)"] = shown
        columns[f"{domain} Decile (where 1 is most deprived 10% of LSOAs)"] = ["1", "1", "10"]
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    ("name", "heading", "key"),
    [
        ("deprivation_2025", "LSOA code (2021)", "lsoa21_code"),
        ("deprivation_domains_2019", "LSOA code (2011)", "lsoa11_code"),
    ],
)
@pytest.mark.parametrize("separators", [True, False])
def test_deprivation_under_official_headings(
    tmp_path: Path, name: str, heading: str, key: str, separators: bool
) -> None:
    found = only(name, deprivation_csv(tmp_path / "File.csv", heading, separators=separators))
    assert sorted(found.columns) == sorted([key, *RANK_COLUMNS])
    assert (found[RANK_COLUMNS].to_numpy() == [[1000.0] * 8, [2000.0] * 8, [30_000.0] * 8]).all()


def test_deprivation_under_cleaned_headings(tmp_path: Path) -> None:
    shorts = ["IMD", "Income", "Employment", "Education", "Health", "Crime", "Housing_and_Services", "Environment"]
    path = tmp_path / "imd2025.csv"
    pd.DataFrame(
        {"lsoa21_code": ["E01000001"], "IMD_decile": [1.0], "IMD_score": [19.729]}
        | {f"{short}_rank": [float(i + 1)] for i, short in enumerate(shorts)}
    ).to_csv(path, index=False)
    found = read("deprivation_2025", path)["deprivation"]
    assert found[RANK_COLUMNS].iloc[0].tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert found["imd_score"].tolist() == [19.729]


def test_file_1_of_2019_with_thousands_separators(tmp_path: Path) -> None:
    path = write(
        tmp_path / "File_1.csv",
        "LSOA code (2011),LSOA name (2011),Local Authority District code (2019),Local Authority District name (2019),"
        "Index of Multiple Deprivation (IMD) Rank,Index of Multiple Deprivation (IMD) Decile\n"
        'E01000001,Toy,E08000016,Barnsley,"29,199",9\nE01000002,Toy,E08000016,Barnsley,977,1\n',
    )
    found = read("deprivation_2019", path)["deprivation"]
    assert found.to_dict("list") == {"lsoa11_code": ["E01000001", "E01000002"], "imd_rank": [29_199.0, 977.0]}


def test_ranks_that_run_the_wrong_way_are_refused(tmp_path: Path) -> None:
    path = write(
        tmp_path / "upside_down.csv",
        "LSOA code (2011),Index of Multiple Deprivation (IMD) Rank,Index of Multiple Deprivation (IMD) Decile\n"
        'E01000001,"32,000",1\nE01000002,"16,000",5\nE01000003,100,10\n',
    )
    with pytest.raises(DataError, match=r"upside_down\.csv(.|\n)*32000 in decile 1(.|\n)*What to do: "):
        read("deprivation_2019", path)


def test_a_score_read_as_a_rank_is_refused(tmp_path: Path) -> None:
    path = write(
        tmp_path / "scores.csv",
        "LSOA code (2011),Index of Multiple Deprivation (IMD) Score,Index of Multiple Deprivation (IMD) Decile\n"
        "E01000001,53.4,1\nE01000002,21.1,4\nE01000003,1.2,10\n",
    )
    with pytest.raises(DataError, match=r"scores\.csv(.|\n)*disagree in 2 of 3 rows(.|\n)*What to do: "):
        read("deprivation_2019", path, columns={"imd_rank": "Index of Multiple Deprivation (IMD) Score"})


def test_ranks_without_deciles_are_taken_as_they_are(tmp_path: Path) -> None:
    path = write(tmp_path / "ranks.csv", "LSOA code (2011),Index of Multiple Deprivation (IMD) Rank\nE01000001,32000\n")
    assert read("deprivation_2019", path)["deprivation"]["imd_rank"].tolist() == [32_000]


def test_wales_among_the_deprived_is_refused_unless_left_out(tmp_path: Path) -> None:
    path = write(
        tmp_path / "both.csv",
        "LSOA code (2011),Index of Multiple Deprivation (IMD) Rank\nE01000001,5\nW01000001,6\n",
    )
    with pytest.raises(DataError, match=r"both\.csv(.|\n)*'W01000001' \(row 2\)(.|\n)*What to do: "):
        read("deprivation_2019", path)
    assert len(read("deprivation_2019", path, keep="E01*")["deprivation"]) == 1


# ---------------------------------------------------------------- health and air


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


def test_air_by_neighbourhood(tmp_path: Path) -> None:
    path = write(
        tmp_path / "air.csv",
        '"","lsoa11","msoa11_name","no2_202123_conc","pm25_202123_conc","schools_all"\n'
        '"1","E01000001","Toy",34.03,10.47,0\n"2","W01000001","Tegan",5.1,4.2,0\n',
    )
    found = read("air_by_lsoa", path)["air"]
    assert found.to_dict("records") == [{"lsoa11_code": "E01000001", "no2_ugm3": 34.03, "pm25_ugm3": 10.47}]


# ---------------------------------------------------------------- real files (totals: STUDIES.md, PROVENANCE.md)


@pytest.mark.realdata
def test_real_neighbourhoods(data: Path) -> None:
    county = only("lsoa_2021", data / "south-yorkshire/sy_lsoa_2021_bgc.gpkg")
    trafford = only("lsoa_2021", data / "trafford/trafford_lsoa_2021.gpkg", columns=AREA["lsoa_2021"])
    assert (len(county), len(trafford)) == (860, 139)
    assert county.geometry.area.sum() / 1e6 == pytest.approx(1551.5, abs=0.1)
    assert county.geometry.is_valid.all()


@pytest.mark.realdata
def test_real_neighbourhoods_of_england(data: Path) -> None:
    england = only("lsoa_2021", data / "england/geographr_boundaries_lsoa21_england.parquet")
    assert len(england) == 33_755
    assert england["lsoa21_code"].is_unique


@pytest.mark.realdata
def test_real_districts(data: Path) -> None:
    county = only("districts", data / "south-yorkshire/sy_lad_derived.gpkg")
    assert dict(zip(county["district_code"], county["district_name"], strict=True)) == {
        "E08000038": "Barnsley",
        "E08000017": "Doncaster",
        "E08000018": "Rotherham",
        "E08000039": "Sheffield",
    }
    trafford = only("districts", data / "trafford/trafford_la_2023.gpkg", columns=TRAFFORD_DISTRICT)
    assert trafford["district_code"].tolist() == ["E08000009"]


@pytest.mark.realdata
def test_real_districts_of_england_have_their_present_codes(data: Path) -> None:
    codes = set(only("districts", data / "england/geographr_boundaries_ltla24_england.parquet")["district_code"])
    assert len(codes) == 296
    assert {"E08000038", "E08000039"} <= codes
    assert not {"E08000016", "E08000019"} & codes


@pytest.mark.realdata
def test_real_wards(data: Path) -> None:
    assert len(only("wards", data / "south-yorkshire/sy_wards_2025_bgc.gpkg")) == 95
    assert len(only("wards", data / "trafford/trafford_ward_2023.gpkg", columns=TRAFFORD_WARDS)) == 21


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("file", "changes"),
    [("south-yorkshire/LSOA_2011_to_LSOA_2021_to_LAD_2022_Lookup_EW_V2.csv", {"U": 835, "S": 21, "M": 8})],
)
def test_real_lookup_of_vintages(data: Path, file: str, changes: dict[str, int]) -> None:
    found = only("lsoa_2011_to_2021", data / file)
    assert len(found) == 864
    assert found["change"].value_counts().to_dict() == changes
    assert (found["lsoa11_code"].nunique(), found["lsoa21_code"].nunique()) == (853, 860)


@pytest.mark.realdata
def test_real_lookup_of_vintages_for_england(data: Path) -> None:
    found = only("lsoa_2011_to_2021", data / "england/LSOA_2011_to_LSOA_2021_to_LAD_2022_Lookup_EW_V2.csv")
    assert (found["lsoa11_code"].nunique(), found["lsoa21_code"].nunique()) == (32_844, 33_755)


@pytest.mark.realdata
def test_real_ward_lookup_has_present_district_codes(data: Path) -> None:
    found = only("lsoa_to_ward", data / "south-yorkshire/lookup_lsoa21_ward24_ltla24.csv")
    assert found["district_code"].value_counts().to_dict() == {
        "E08000039": 343,
        "E08000017": 199,
        "E08000018": 170,
        "E08000038": 148,
    }


@pytest.mark.realdata
def test_real_ward_lookup_of_england(data: Path) -> None:
    found = only("lsoa_to_ward", data / "england/lookup_lsoa21_ward24_ltla24.parquet")
    assert len(found) == 33_755
    assert {"E08000038", "E08000039"} <= set(found["district_code"])


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
    for column in ("residents", "under_5", "aged_75_and_over"):
        assert (both[column] == both[f"{column}_bands"]).all(), column


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("folder", "prefix", "rows"), [("south-yorkshire", "", 853), ("trafford", "TR_", 138), ("england", "", 32_844)]
)
def test_real_file_1_and_file_2_of_2019_agree(data: Path, folder: str, prefix: str, rows: int) -> None:
    file_1 = only("deprivation_2019", data / folder / f"{prefix}File_1_-_IMD2019_Index_of_Multiple_Deprivation.csv")
    file_2 = only("deprivation_domains_2019", data / folder / f"{prefix}File_2_-_IoD2019_Domains_of_Deprivation.csv")
    both = file_1.merge(file_2, on="lsoa11_code", suffixes=("", "_2"), validate="one_to_one")
    assert (len(file_1), len(file_2), len(both)) == (rows, rows, rows)
    assert (both["imd_rank"] == both["imd_rank_2"]).all()


@pytest.mark.realdata
def test_real_deprivation_2025_by_district(data: Path) -> None:
    found = only(
        "deprivation_2025",
        data / "south-yorkshire/IoD2025_File7_shape_RECONSTRUCTED_no_IDACI_IDAOPI_population.csv",
    )
    assert len(found) == 860
    lookup = only("lsoa_to_ward", data / "south-yorkshire/lookup_lsoa21_ward24_ltla24.csv")
    mean = found.merge(lookup, on="lsoa21_code", validate="one_to_one").groupby("district_name")["imd_score"].mean()
    assert mean.round(1).to_dict() == {"Barnsley": 30.2, "Doncaster": 30.5, "Rotherham": 29.5, "Sheffield": 27.0}


@pytest.mark.realdata
def test_real_deprivation_2025_is_the_same_under_both_headings(data: Path) -> None:
    official = only(
        "deprivation_2025",
        data / "south-yorkshire/IoD2025_File7_shape_RECONSTRUCTED_no_IDACI_IDAOPI_population.csv",
    ).set_index("lsoa21_code")
    cleaned = only("deprivation_2025", data / "south-yorkshire/imd2025_england_lsoa21.csv").set_index("lsoa21_code")
    assert len(cleaned) == 860
    assert (cleaned.loc[official.index, RANK_COLUMNS] == official[RANK_COLUMNS]).all(axis=None)


@pytest.mark.realdata
def test_real_deprivation_2025_of_trafford_and_england(data: Path) -> None:
    trafford = only("deprivation_2025", data / "trafford/TR_imd2025_england_lsoa21.csv")
    england = only("deprivation_2025", data / "england/imd2025_england_lsoa21.parquet")
    assert (len(trafford), len(england)) == (139, 33_755)
    assert england["imd_rank"].min() == 1
    both = trafford.merge(england, on="lsoa21_code", suffixes=("", "_england"), validate="one_to_one")
    assert len(both) == 139
    assert (both["imd_rank"] == both["imd_rank_england"]).all()


@pytest.mark.realdata
def test_real_health(data: Path) -> None:
    england = only("census_health", data / "england/census2021-ts037-lsoa.csv")
    assert len(england) == 33_755
    county = only("census_health", data / "south-yorkshire/census2021-ts037-lsoa.csv")
    assert (len(county), county["all_residents"].sum()) == (860, 1_374_987)
    trafford = only("census_health", data / "trafford/TR_census2021-ts037-lsoa.csv")
    assert (len(trafford), trafford["all_residents"].sum()) == (139, 235_063)


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


@pytest.mark.realdata
def test_real_air(data: Path) -> None:
    assert len(only("air_by_lsoa", data / "south-yorkshire/foe_air-pollution-lsoa11-2021-23.csv")) == 853
    assert len(only("air_by_lsoa", data / "trafford/TR_foe_air-pollution-lsoa11-2021-23.csv")) == 138
    england = only("air_by_lsoa", data / "england/foe_air-pollution-lsoa11-2021-23.csv")
    assert len(england) == 32_844
    assert england["lsoa11_code"].str.startswith("E01").all()
