"""The Woodland Carbon Code's table, in the layout in which it is published."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyogrio
import pytest

from treeplan.coefficients import COEFFICIENTS
from treeplan.coefficients.lookup import looked_up
from treeplan.errors import DataError
from treeplan.settings import URBAN_FRINGE
from treeplan.sources import read

HEADINGS = [
    "Species",
    "Spacing (m)",
    "Yield Class",
    "Management",
    "Period (year)",
    "Carbon Standing",
    "Debris",
    "Total",
    "Cumulative in Period",
    "Cumulative Biomass Sequestration",
    "Cumulative Emissions from Ongoing Management",
    "Cumulative Total Sequestration",
    "Removed from Forest",
]
"""Thirteen columns in the order of the publisher's workbook; those that are read begin so."""


def row(species: str, yield_class: int, period: str, carbon: float, management: str = "NO_thin") -> list[object]:
    return [species, 2.5, yield_class, management, period, 1.0, 0.5, 1.5, 7.5, carbon, -0.1, carbon - 0.1, 0.0]


ROWS = [
    row("SAB", 4, "0-5", 2.6),
    row("SAB", 4, "5-10", 11.83),
    row("SAB", 4, "5-10", 9.0, "Thinned"),
    row("OK", 4, "0-5", 0.6),
    row("OK", 4, "5-10", 2.0),
]


def workbook(path: Path, rows: list[list[object]] = ROWS, headings: list[str] = HEADINGS, sheets: int = 1) -> Path:
    table = pd.DataFrame(rows, columns=headings)
    for number in range(sheets):
        pyogrio.write_dataframe(table, path, driver="XLSX", layer=f"Sheet{number + 1}", append=number > 0)
    return path


def lookup(path: Path, **settings: object) -> pd.DataFrame:
    (found,) = read("woodland_carbon_lookup", path, **settings).values()  # type: ignore[arg-type]
    return found


def test_the_workbook_is_read_as_published(tmp_path: Path) -> None:
    found = lookup(workbook(tmp_path / "WCC_Carbon_Lookup_Tables.xlsx"))
    assert list(found) == ["species", "spacing_m", "yield_class", "thinned", "age", "carbon_tco2e_per_ha"]
    assert found.iloc[1].to_dict() == {
        "species": "SAB",
        "spacing_m": 2.5,
        "yield_class": 4,
        "thinned": False,
        "age": 10,
        "carbon_tco2e_per_ha": 11.83,
    }
    assert found["thinned"].tolist() == [False, False, True, False, False]


def test_its_sheet_saved_as_csv_is_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "wcc.csv"
    pd.DataFrame(ROWS, columns=HEADINGS).to_csv(path, index=False)
    pd.testing.assert_frame_equal(lookup(path), lookup(workbook(tmp_path / "wcc.xlsx")))


def test_one_sheet_of_several_must_be_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "wcc.xlsx", sheets=2)
    with pytest.raises(DataError, match=r"holds the sheets Sheet1, Sheet2(.|\n)*inside = "):
        lookup(path)
    with pytest.raises(DataError, match="and no 'Tables'"):
        lookup(path, inside="Tables")
    assert len(lookup(path, inside="Sheet2")) == 5


def test_other_headings_are_named_in_the_study(tmp_path: Path) -> None:
    headings = [h.replace("Cumulative Biomass Sequestration", "tCO2e/ha") for h in HEADINGS]
    path = workbook(tmp_path / "wcc.xlsx", headings=headings)
    with pytest.raises(DataError, match="carbon_tco2e_per_ha: looked for a column headed 'Cumulative biomass'"):
        lookup(path)
    assert len(lookup(path, columns={"carbon_tco2e_per_ha": "tCO2e/ha"})) == 5


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        (row("SAB", 4, "05-Oct", 11.8), "period: cannot read 05-Oct; a period is written 5-10"),
        (row("SAB", 4, "10-15", 40, "Coppiced"), "management: knows no Coppiced; it knows NO_thin and Thinned"),
        (row("SAB", 4, "10-15", -4), "carbon_tco2e_per_ha: must be 0 or more"),
        (row("SAB", 4, "5-10", 12), "1 rows come twice, e.g. species SAB"),
    ],
)
def test_a_spoilt_table_is_told(tmp_path: Path, spoilt: list[object], said: str) -> None:
    with pytest.raises(DataError, match=said):
        lookup(workbook(tmp_path / "wcc.xlsx", rows=[*ROWS, spoilt]))


@pytest.mark.realdata
def test_the_cited_figures_are_the_table_s(data: Path) -> None:
    found = lookup(data / "carbon/wcc_lookup_v2.0_2018_broadleaf_extract.csv")
    assert len(found) == 3_840
    read_off = looked_up(found, URBAN_FRINGE, 2.5, "the table", "2018-03")
    cited = {name: f for name, f in COEFFICIENTS.items() if name.startswith("wood_carbon_year")}
    assert len(read_off) == 20
    for name, figure in cited.items():
        ours = read_off[name]
        for level in ("low", "central", "high"):
            # cited to three figures, in a mix of up to three curves
            assert getattr(ours, level) == pytest.approx(getattr(figure, level), rel=5e-3, abs=0.06), (name, level)
