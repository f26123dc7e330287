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


@pytest.mark.realdata
def test_real_health(data: Path) -> None:
    england = only("census_health", data / "england/census2021-ts037-lsoa.csv")
    assert len(england) == 33_755
    county = only("census_health", data / "south-yorkshire/census2021-ts037-lsoa.csv")
    assert (len(county), county["all_residents"].sum()) == (860, 1_374_987)
    trafford = only("census_health", data / "trafford/TR_census2021-ts037-lsoa.csv")
    assert (len(trafford), trafford["all_residents"].sum()) == (139, 235_063)
