"""Sources on people: how many live where, and how old they are."""

from __future__ import annotations

import pandas as pd

from treeplan.errors import DataError, listed
from treeplan.schemas import LSOA_2011, LSOA_2021, code, number, numbers
from treeplan.sources import source
from treeplan.sources.credits import CENSUS, NOMIS, OGL, ONS
from treeplan.sources.headings import english_rows
from treeplan.sources.spoilt import require_counts, require_parts


@source(
    layer="residents",
    title="Census 2021, TS001: usual residents",
    publisher=ONS,
    licence=OGL,
    attribution=CENSUS,
    vintage="Census 2021",
    url=f"{NOMIS}/census2021-ts001.zip",
    columns={"lsoa21_code": "geography code", "residents": "Residence type: Total; measures: Value"},
    schema={"lsoa21_code": code(LSOA_2021, unique=True), "residents": number(0)},
    join="lsoa21_code",
)
def census_residents(table: pd.DataFrame) -> pd.DataFrame:
    """Read usual residents of each neighbourhood of England."""
    return english_rows(table, "lsoa21_code")


_SINGLE_YEARS = {f"age_{n}": str(n) for n in range(90)} | {"age_90": "90+"}
_BANDS = {
    "under_5": (0, 4),
    "aged_0_to_15": (0, 15),
    "aged_16_to_64": (16, 64),
    "aged_65_to_74": (65, 74),
    "aged_75_and_over": (75, 90),
}
_AGES = {"residents": number(0), **{name: number(0) for name in _BANDS}}


def _grouped(table: pd.DataFrame, key: str) -> pd.DataFrame:
    """Residents, and those of each band of age, from columns of single years."""
    years = table[list(_SINGLE_YEARS)].apply(numbers)
    if len(years) and years.isna().all(axis=None):
        raise DataError("the ages are all blank", "download the file again, or name the columns that hold the ages.")
    unread = [_SINGLE_YEARS[name] for name in years if not (years[name] >= 0).all()]
    if unread:
        raise DataError(
            f"the ages are not all numbers of 0 or more: see the columns {', '.join(unread[:5])}",
            "download the file again.",
        )
    bands = {
        name: years[[f"age_{n}" for n in range(first, last + 1)]].sum(axis=1) for name, (first, last) in _BANDS.items()
    }
    return pd.DataFrame({key: table[key], "residents": years.sum(axis=1), **bands})


@source(
    layer="ages",
    title="Mid-year population estimates by single year of age, LSOA 2021",
    publisher=ONS,
    licence=OGL,
    attribution=CENSUS,
    vintage="mid-2022",
    url="https://www.ons.gov.uk",
    columns={"lsoa21_code": "area_code", "sex": "sex", **_SINGLE_YEARS},
    schema={"lsoa21_code": code(LSOA_2021, unique=True), **_AGES},
    join="lsoa21_code",
)
def ages_mid_year(table: pd.DataFrame) -> pd.DataFrame:
    """Read residents by band of age and neighbourhood (rows for both sexes together)."""
    persons = table[table["sex"] == "Persons"]
    if persons.empty:
        raise DataError(
            f"sex: no row is for 'Persons', both sexes together; it has {listed(table['sex'].dropna().unique()) or 'empty cells'}",
            "use the sheet of persons, or the file as published.",
        )
    return _grouped(english_rows(persons, "lsoa21_code"), "lsoa21_code")


@source(
    layer="ages",
    title="Mid-2020 population estimates by single year of age, LSOA 2011",
    publisher=ONS,
    licence=OGL,
    attribution=CENSUS,
    vintage="mid-2020, not rebased on Census 2021",
    url="https://www.ons.gov.uk",
    columns={"lsoa11_code": ("lsoa11_code", "LSOA Code"), **_SINGLE_YEARS},
    schema={"lsoa11_code": code(LSOA_2011, unique=True), **_AGES},
    join="lsoa11_code",
)
def ages_mid_2020(table: pd.DataFrame) -> pd.DataFrame:
    """Read residents by band of age and 2011 neighbourhood."""
    return _grouped(english_rows(table, "lsoa11_code"), "lsoa11_code")


@source(
    layer="ages",
    title="Mid-2020 population estimates in age bands, LSOA 2011",
    publisher=ONS,
    licence=OGL,
    attribution=CENSUS,
    vintage="mid-2020, not rebased on Census 2021",
    url="https://www.ons.gov.uk",
    columns={
        "lsoa11_code": "lsoa11_code",
        "residents": "total_population",
        "under_5": "age_0-4",
        "aged_5_to_15": "age_5-15",
        "aged_16_to_64": "age_16-64",
        "aged_65_to_74": "age_65-74",
        "aged_75_and_over": "age_75+",
    },
    schema={"lsoa11_code": code(LSOA_2011, unique=True), **_AGES},
    join="lsoa11_code",
)
def ages_mid_2020_bands(table: pd.DataFrame) -> pd.DataFrame:
    """Read residents by band of age and 2011 neighbourhood, from bands."""
    table = english_rows(table, "lsoa11_code")
    require_counts(table, "residents")
    require_parts(table, "lsoa11_code", ["under_5", "aged_5_to_15", *list(_BANDS)[2:]], "residents")
    children = numbers(table["under_5"]) + numbers(table["aged_5_to_15"])
    return table.assign(aged_0_to_15=children).drop(columns="aged_5_to_15")
