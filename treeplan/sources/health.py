"""Sources on health."""

from __future__ import annotations

import pandas as pd

from treeplan.schemas import LSOA_2021, code, number
from treeplan.sources import source
from treeplan.sources.credits import CENSUS, NOMIS, OGL, ONS
from treeplan.sources.headings import english_rows
from treeplan.sources.spoilt import require_parts

_HEALTH = ("very_good", "good", "fair", "bad", "very_bad")


@source(
    layer="health",
    title="Census 2021, TS037: general health",
    publisher=ONS,
    licence=OGL,
    attribution=CENSUS,
    vintage="Census 2021",
    url=f"{NOMIS}/census2021-ts037.zip",
    columns={
        "lsoa21_code": "geography code",
        "all_residents": "General health: Total: All usual residents",
        **{name: f"General health: {name.replace('_', ' ').capitalize()} health" for name in _HEALTH},
    },
    schema={
        "lsoa21_code": code(LSOA_2021, unique=True),
        "all_residents": number(1),
        **{name: number(0) for name in _HEALTH},
    },
    join="lsoa21_code",
)
def census_health(table: pd.DataFrame) -> pd.DataFrame:
    """Read how residents of each neighbourhood of England rate their health (small counts are perturbed by the ONS)."""
    table = english_rows(table, "lsoa21_code")
    require_parts(table, "lsoa21_code", list(_HEALTH), "all_residents")
    return table
