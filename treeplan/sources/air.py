"""Sources on air and heat."""

from __future__ import annotations

import pandas as pd

from treeplan.schemas import LSOA_2011, code, number
from treeplan.sources import source
from treeplan.sources.credits import FRIENDS_OF_THE_EARTH, ODBL
from treeplan.sources.headings import english_rows


@source(
    layer="air",
    title="Air pollution by neighbourhood, 2021–23 (from Defra's 1 km model)",
    publisher="Friends of the Earth",
    licence=ODBL,
    attribution=FRIENDS_OF_THE_EARTH,
    vintage="2021–23",
    url="https://friendsoftheearth-data.github.io",
    columns={"lsoa11_code": "lsoa11", "no2_ugm3": "no2_202123_conc", "pm25_ugm3": "pm25_202123_conc"},
    schema={"lsoa11_code": code(LSOA_2011, unique=True), "no2_ugm3": number(0, 200), "pm25_ugm3": number(0, 100)},
    join="lsoa11_code",
)
def air_by_lsoa(table: pd.DataFrame) -> pd.DataFrame:
    """Read three-year means of nitrogen dioxide and fine particles by 2011 neighbourhood of England, µg/m³."""
    return english_rows(table, "lsoa11_code")
