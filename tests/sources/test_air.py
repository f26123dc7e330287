from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

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


@pytest.mark.realdata
def test_real_air(data: Path) -> None:
    assert len(only("air_by_lsoa", data / "south-yorkshire/foe_air-pollution-lsoa11-2021-23.csv")) == 853
    assert len(only("air_by_lsoa", data / "trafford/TR_foe_air-pollution-lsoa11-2021-23.csv")) == 138
    england = only("air_by_lsoa", data / "england/foe_air-pollution-lsoa11-2021-23.csv")
    assert len(england) == 32_844
    assert england["lsoa11_code"].str.startswith("E01").all()
