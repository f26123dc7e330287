"""Sources on homes: private outdoor space, and the lookup its areas need."""

from __future__ import annotations

import pandas as pd

from treeplan.schemas import LSOA_2011, MSOA, code, number
from treeplan.sources import source
from treeplan.sources.credits import BOUNDARIES, CENSUS, OGL, OS
from treeplan.sources.spoilt import require_parts


@source(
    layer="gardens",
    title="Access to gardens and public green space in Great Britain: private outdoor space by MSOA",
    publisher="Office for National Statistics",
    licence=OGL,
    attribution=f"{CENSUS} {OS}",
    vintage="2020",
    url="https://www.ons.gov.uk",
    columns={
        "msoa11_code": "MSOA code",
        "addresses": "Address count",
        "garden_m2": "Private outdoor space total area (m2)",
    },
    optional={
        "addresses_with_garden": (
            "Adress with private outdoor space count",
            "Address with private outdoor space count",
        ),
    },
    schema={
        "msoa11_code": code(MSOA, unique=True),
        "addresses": number(0, nullable=True),
        "garden_m2": number(0, nullable=True),
        "addresses_with_garden": number(0, nullable=True, required=False),
    },
    join="msoa11_code",
)
def private_outdoor_space(table: pd.DataFrame) -> pd.DataFrame:
    """Read how much private garden there is by 2011 MSOA, in square metres, and how many addresses have some."""
    if "addresses_with_garden" in table:
        require_parts(table, "msoa11_code", ["addresses_with_garden"], "addresses")
    return table


@source(
    layer="msoa_lookup",
    title="LSOA (2011) to MSOA (2011) lookup",
    publisher="Office for National Statistics",
    licence=OGL,
    attribution=BOUNDARIES,
    vintage="2011",
    url="https://geoportal.statistics.gov.uk",
    columns={"lsoa11_code": ("LSOA11CD", "lsoa11_code"), "msoa11_code": ("MSOA11CD", "msoa11_code")},
    schema={"lsoa11_code": code(LSOA_2011), "msoa11_code": code(MSOA)},
    join="lsoa11_code",
)
def lsoa_to_msoa_2011(table: pd.DataFrame) -> pd.DataFrame:
    """Read which MSOA each 2011 LSOA lies in."""
    return table.drop_duplicates("lsoa11_code")
