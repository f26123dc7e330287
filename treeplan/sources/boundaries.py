"""Sources on places: boundaries of districts, wards and neighbourhoods, and the lookups between them."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from treeplan.schemas import DISTRICT, LSOA_2011, LSOA_2021, MSOA, WARD, code, text
from treeplan.sources import source
from treeplan.sources.credits import BOUNDARIES, OGL, ONS
from treeplan.sources.headings import english_rows
from treeplan.vocabulary import present_district_code

GEOPORTAL = "https://geoportal.statistics.gov.uk"


@source(
    layer="districts",
    title="Local authority district boundaries",
    publisher=ONS,
    licence=OGL,
    attribution=BOUNDARIES,
    vintage="2024",
    url=GEOPORTAL,
    opens="map",
    shape="areas",
    columns={
        "district_code": ("LAD24CD", "LAD25CD", "LADCD_ACTIVE", "LAD23CD", "LAD22CD", "ltla24_code"),
        "district_name": ("LAD24NM", "LAD25NM", "LADNM", "LAD23NM", "LAD22NM", "ltla24_name"),
    },
    schema={"district_code": code(DISTRICT, unique=True), "district_name": text()},
    join="district_code",
)
def districts(table: pd.DataFrame) -> pd.DataFrame:
    """Read district boundaries of England; codes that were replaced become the present ones."""
    table = english_rows(table, "district_code")
    return table.assign(district_code=table["district_code"].map(present_district_code))


@source(
    layer="wards",
    title="Ward boundaries",
    publisher=ONS,
    licence=OGL,
    attribution=BOUNDARIES,
    vintage="2025",
    url=GEOPORTAL,
    opens="map",
    shape="areas",
    columns={"ward_code": ("WD25CD", "WD24CD", "WD23CD"), "ward_name": ("WD25NM", "WD24NM", "WD23NM")},
    schema={"ward_code": code(WARD, unique=True), "ward_name": text()},
    join="ward_code",
)
def wards(table: pd.DataFrame) -> pd.DataFrame:
    """Read ward boundaries of England."""
    return english_rows(table, "ward_code")


@source(
    layer="neighbourhoods",
    title="Lower layer Super Output Areas, December 2021, boundaries",
    publisher=ONS,
    licence=OGL,
    attribution=BOUNDARIES,
    vintage="2021",
    url="https://services1.arcgis.com/ESMARspQHYMw9BZ9/arcgis/rest/services/Lower_layer_Super_Output_Areas_December_2021_Boundaries_EW_BGC_V5/FeatureServer/0",
    opens="map",
    shape="areas",
    columns={"lsoa21_code": ("LSOA21CD", "lsoa21_code"), "name": ("LSOA21NM", "lsoa21_name")},
    schema={"lsoa21_code": code(LSOA_2021, unique=True), "name": text()},
    join="lsoa21_code",
)
def lsoa_2021(table: pd.DataFrame) -> pd.DataFrame:
    """Read neighbourhoods (2021 LSOAs) of England with their names."""
    return english_rows(table, "lsoa21_code")


@source(
    layer="lsoa_lookup",
    title="LSOA (2011) to LSOA (2021) to LAD (2022) lookup, England and Wales, version 2",
    publisher=ONS,
    licence=OGL,
    attribution=BOUNDARIES,
    vintage="2022",
    url=GEOPORTAL,
    columns={"lsoa11_code": "LSOA11CD", "lsoa21_code": "LSOA21CD", "change": "CHGIND", "district_code": "LAD22CD"},
    schema={
        "lsoa11_code": code(LSOA_2011),
        "lsoa21_code": code(LSOA_2021),
        "change": pa.Column(str, pa.Check.isin(list("USMX"), error="must be U, S, M or X")),
        "district_code": code(DISTRICT),
    },
    join="lsoa21_code",
)
def lsoa_2011_to_2021(table: pd.DataFrame) -> pd.DataFrame:
    """Read which 2011 neighbourhood became which of 2021: unchanged (U), split (S), merged (M) or fragmented (X)."""
    return english_rows(table, "lsoa21_code")


@source(
    layer="area_lookup",
    title="LSOA (2021) to ward and local authority district lookup",
    publisher=ONS,
    licence=OGL,
    attribution=BOUNDARIES,
    vintage="2024",
    url=GEOPORTAL,
    columns={
        "lsoa21_code": ("LSOA21CD", "lsoa21_code"),
        "ward_code": ("WD24CD", "ward24_code", "WD25CD"),
        "ward_name": ("WD24NM", "ward24_name", "WD25NM"),
        "district_code": ("LAD24CD", "ltla24_code", "LAD25CD"),
        "district_name": ("LAD24NM", "ltla24_name", "LAD25NM"),
    },
    schema={
        "lsoa21_code": code(LSOA_2021, unique=True),
        "ward_code": code(WARD),
        "ward_name": text(),
        "district_code": code(DISTRICT),
        "district_name": text(),
    },
    join="lsoa21_code",
)
def lsoa_to_ward(table: pd.DataFrame) -> pd.DataFrame:
    """Read the ward and district of each neighbourhood; codes that were replaced become the present ones."""
    table = english_rows(table, "lsoa21_code")
    return table.assign(district_code=table["district_code"].map(present_district_code))


@source(
    layer="msoa21_lookup",
    title="LSOA (2021) to MSOA (2021) lookup",
    publisher=ONS,
    licence=OGL,
    attribution=BOUNDARIES,
    vintage="2021",
    url=GEOPORTAL,
    columns={"lsoa21_code": ("LSOA21CD", "lsoa21_code"), "msoa21_code": ("MSOA21CD", "msoa21_code")},
    schema={"lsoa21_code": code(LSOA_2021, unique=True), "msoa21_code": code(MSOA)},
    join="lsoa21_code",
)
def lsoa_to_msoa_2021(table: pd.DataFrame) -> pd.DataFrame:
    """Read which MSOA each 2021 LSOA lies in (a lookup of output areas will do)."""
    return english_rows(table, "lsoa21_code").drop_duplicates()


@source(
    layer="msoa21_lookup",
    title="MSOA (2011) to MSOA (2021) to LAD (2022) best fit lookup, England and Wales, version 2",
    publisher=ONS,
    licence=OGL,
    attribution=BOUNDARIES,
    vintage="2022",
    url=GEOPORTAL,
    columns={"msoa21_code": ("MSOA21CD", "area_code"), "msoa21_name": ("MSOA21NM", "area_name")},
    schema={"msoa21_code": code(MSOA, unique=True), "msoa21_name": text(nullable=False, unique=True)},
    join="msoa21_code",
)
def msoa_2021_names(table: pd.DataFrame) -> pd.DataFrame:
    """Read codes and names of 2021 MSOAs: the LSOAs "Barnsley 018A", "018B" … make up the MSOA "Barnsley 018"."""
    return english_rows(table, "msoa21_code").drop_duplicates()
