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


def test_air_by_neighbourhood(tmp_path: Path) -> None:
    path = write(
        tmp_path / "air.csv",
        '"","lsoa11","msoa11_name","no2_202123_conc","pm25_202123_conc","schools_all"\n'
        '"1","E01000001","Toy",34.03,10.47,0\n"2","W01000001","Tegan",5.1,4.2,0\n',
    )
    found = read("air_by_lsoa", path)["air"]
    assert found.to_dict("records") == [{"lsoa11_code": "E01000001", "no2_ugm3": 34.03, "pm25_ugm3": 10.47}]


RISK = "msoa21,heat_vuln_risk,heat_social_vuln_tertile_label\n"


def test_words_of_heat_risk_become_an_order(tmp_path: Path) -> None:
    path = write(
        tmp_path / "heat.csv",
        RISK + 'E02000001,"High heat, not enhanced risk",Lowest heat risk\n'
        'E02000002,"High heat, not enhanced risk",Medium heat risk\n'
        "E02000003,High heat and enhanced risk,Highest heat risk\nE02000004,,\nW02000001,,\n",
    )
    found = only("heat_risk_by_msoa", path)
    assert found["msoa21_code"].tolist() == ["E02000001", "E02000002", "E02000003", "E02000004"]
    assert found["heat_risk"].fillna(-1).tolist() == [1, 2, 3, -1]


def test_a_class_of_heat_risk_that_is_not_known_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "heat.csv", RISK + "E02000001,Rather warm,Lowest heat risk\n")
    with pytest.raises(DataError, match="risk: knows no class Rather warm; it knows High heat, not enhanced risk"):
        only("heat_risk_by_msoa", path)


def test_heat_of_the_planner_s_own(tmp_path: Path) -> None:
    path = write(tmp_path / "heat.csv", "LSOA21CD,max_lst\nE01000001,31.5\nW01000001,29\n")
    assert only("heat_by_lsoa", path, columns={"heat_degc": "max_lst"})["heat_degc"].tolist() == [31.5]
    kelvin = write(tmp_path / "kelvin.csv", "lsoa21_code,heat_degc\nE01000001,304.6\n")
    with pytest.raises(DataError, match="heat_degc: must be 70 or less"):
        only("heat_by_lsoa", kelvin)


@pytest.mark.realdata
def test_real_air(data: Path) -> None:
    assert len(only("air_by_lsoa", data / "south-yorkshire/foe_air-pollution-lsoa11-2021-23.csv")) == 853
    assert len(only("air_by_lsoa", data / "trafford/TR_foe_air-pollution-lsoa11-2021-23.csv")) == 138
    england = only("air_by_lsoa", data / "england/foe_air-pollution-lsoa11-2021-23.csv")
    assert len(england) == 32_844
    assert england["lsoa11_code"].str.startswith("E01").all()
