from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

from tests.toy import block
from treeplan.sources import read

AREA = {"lsoa_2021": {"lsoa21_code": "area_code", "name": "area_name"}}


TRAFFORD_WARDS = {"ward_code": "area_code", "ward_name": "area_name"}


TRAFFORD_DISTRICT = {"district_code": "area_code", "district_name": "area_name"}


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


def test_rows_are_counted_anew_once_other_countries_are_left_out(tmp_path: Path) -> None:
    path = write(
        tmp_path / "ts001.csv",
        "geography code,Residence type: Total; measures: Value\nW01000001,1\nE01000001,2\nW01000002,3\nE01000002,4\n",
    )
    found = read("census_residents", path)["residents"]
    assert found["residents"].to_dict() == {0: 2.0, 1: 4.0}


def test_msoas_by_code_and_by_name(tmp_path: Path) -> None:
    path = tmp_path / "lookup.csv"
    path.write_text("OA21CD,LSOA21CD,MSOA21CD\nE00000001,E01000001,E02000001\nE00000002,E01000001,E02000001\n")
    assert read("lsoa_to_msoa_2021", path)["msoa21_lookup"].to_dict("list") == {
        "lsoa21_code": ["E01000001"],
        "msoa21_code": ["E02000001"],
    }
    path.write_text("MSOA11CD,MSOA21CD,MSOA21NM\nE02000001,E02000003,Toy 003\nE02000002,E02000003,Toy 003\n")
    assert read("msoa_2021_names", path)["msoa21_lookup"].to_dict("list") == {
        "msoa21_code": ["E02000003"],
        "msoa21_name": ["Toy 003"],
    }


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
