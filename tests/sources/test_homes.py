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
