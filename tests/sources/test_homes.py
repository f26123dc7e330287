"""Private outdoor space and the lookup its areas need, as published."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ROOT
from treeplan import load_layers, load_study
from treeplan.coefficients import figures
from treeplan.errors import DataError
from treeplan.gardens import with_gardens
from treeplan.sources import read

HEAD = (
    "MSOA code,MSOA name,Address count,Adress with private outdoor space count,Private outdoor space total area (m2)\n"
)


def test_gardens_as_published(tmp_path: Path) -> None:
    path = tmp_path / "gardens.csv"
    path.write_text(HEAD + "E02000001,A 001,100,80,20000.5\nE02000002,A 002,50,10,\n")
    table = read("private_outdoor_space", path)["gardens"]
    assert table["garden_m2"].fillna(-1).tolist() == [20000.5, -1]
    assert table["addresses"].tolist() == [100, 50]


def test_more_gardens_than_addresses_are_told(tmp_path: Path) -> None:
    path = tmp_path / "gardens.csv"
    path.write_text(HEAD + "E02000001,A 001,100,180,20000.5\n")
    with pytest.raises(DataError, match="addresses_with_garden come to more than addresses"):
        read("private_outdoor_space", path)


@pytest.mark.parametrize("row", ["E01000001,A,100,80,1", "E02000001,A,100,80,-5", "E02000001,A,100,80,some"])
def test_a_spoilt_row_is_told(tmp_path: Path, row: str) -> None:
    path = tmp_path / "gardens.csv"
    path.write_text(HEAD + row + "\n")
    with pytest.raises(DataError, match="private_outdoor_space"):
        read("private_outdoor_space", path)


@pytest.mark.realdata
def test_the_gardens_of_south_yorkshire_add_up_to_the_published_total(data: Path) -> None:
    layers = load_layers(load_study(ROOT / "studies" / "south_yorkshire.toml"))
    zones = layers["neighbourhoods"]
    found = with_gardens(zones[zones["inside"]], layers, figures({}))
    published = layers["gardens"]["garden_m2"].sum() / 1e4
    assert len(layers["gardens"]) == 172
    assert found["garden_ha"].sum() == pytest.approx(published, abs=0.1)


CENTROIDS = {
    "population_weighted_centroids": ("X,Y,objectid,lsoa11cd,lsoa11nm", "lsoa11_code", "E01000001", "W01000001"),
    "population_weighted_centroids_2021": ("FID,LSOA21CD,GlobalID,x,y", "lsoa21_code", "E01000001", "W01000001"),
    "output_area_centroids": ("FID,OA21CD,GlobalID,x,y", "oa21_code", "E00000001", "W00000001"),
}


def listed(head: str, code: str, east: float = 440_000.5, north: float = 390_000.25) -> str:
    cells = {"x": str(east), "y": str(north), "lsoa11cd": code, "lsoa21cd": code, "oa21cd": code}
    return ",".join(cells.get(name.casefold(), "1") for name in head.split(","))


@pytest.mark.parametrize("name", CENTROIDS)
def test_centroids_as_published(tmp_path: Path, name: str) -> None:
    head, column, english, welsh = CENTROIDS[name]
    path = tmp_path / "centroids.csv"
    path.write_text("\n".join([head, listed(head, english), listed(head, welsh)]) + "\n", "utf-8")
    found = read(name, path)["centroids"]
    assert found[column].tolist() == [english]  # the file covers Wales too
    assert found.geometry.iloc[0].coords[0] == (440_000.5, 390_000.25)
    assert found.crs.to_epsg() == 27700


@pytest.mark.parametrize("name", CENTROIDS)
def test_centroids_of_another_kind_of_area_or_twice_are_told(tmp_path: Path, name: str) -> None:
    head, column, english, _ = CENTROIDS[name]
    path = tmp_path / "centroids.csv"
    path.write_text("\n".join([head, listed(head, "E05000001")]) + "\n", "utf-8")
    with pytest.raises(DataError, match=f"{column}: must look like"):
        read(name, path)
    path.write_text("\n".join([head, listed(head, english), listed(head, english)]) + "\n", "utf-8")
    with pytest.raises(DataError, match=column):
        read(name, path)


def test_centroids_off_britain_are_told(tmp_path: Path) -> None:
    head, *_ = CENTROIDS["population_weighted_centroids"]
    path = tmp_path / "centroids.csv"
    path.write_text("\n".join([head, listed(head, "E01000001", 4_400_000)]) + "\n", "utf-8")
    with pytest.raises(DataError, match="lie off Britain"):
        read("population_weighted_centroids", path)


def test_output_areas_and_their_lookup_as_published(tmp_path: Path) -> None:
    people, lookup = tmp_path / "ts001-oa.csv", tmp_path / "lookup.csv"
    people.write_text(
        "date,geography,geography code,Residence type: Total; measures: Value\n"
        "2021,E00000001,E00000001,310\n2021,W00000001,W00000001,290\n",
        "utf-8",
    )
    lookup.write_text("OA21CD,LSOA21CD,LSOA21NM\nE00000001,E01000001,A 001A\nW00000001,W01000001,B 001A\n", "utf-8")
    found = read("census_residents_by_output_area", people)["output_areas"]
    assert found[["oa21_code", "residents"]].to_numpy().tolist() == [["E00000001", 310.0]]
    assert read("output_area_to_lsoa", lookup)["output_area_lookup"][
        ["oa21_code", "lsoa21_code"]
    ].to_numpy().tolist() == [["E00000001", "E01000001"]]


@pytest.mark.realdata
def test_south_yorkshire_has_a_centroid_for_each_neighbourhood_of_2011(data: Path) -> None:
    found = read(
        "population_weighted_centroids", data / "south-yorkshire/LSOA_Dec_2011_Population_Weighted_Centroids.csv"
    )
    assert len(found["centroids"]) == 853
