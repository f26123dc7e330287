"""Sources on homes: where residents live within a neighbourhood; private outdoor space; and the lookups these need."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd
import pandera.pandas as pa

from treeplan.schemas import LSOA_2011, LSOA_2021, MSOA, code, number
from treeplan.sources import source
from treeplan.sources.credits import BOUNDARIES, CENSUS, NOMIS, OGL, ONS, OS
from treeplan.sources.headings import english_rows
from treeplan.sources.spoilt import require_parts

_OUTPUT_AREA_2021 = pa.Check.str_matches(r"^E00\d{6}$", error="must look like E00000001")


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


_PLACED: Mapping[str, tuple[str, ...]] = {"easting": ("X", "BNG_E"), "northing": ("Y", "BNG_N")}


def _english_points(table: gpd.GeoDataFrame, column: str) -> gpd.GeoDataFrame:
    """One point for each English area."""
    return english_rows(table, column)[[column, "geometry"]]


@source(
    layer="centroids",
    title="Lower layer Super Output Areas (December 2011) population-weighted centroids",
    publisher=ONS,
    licence=OGL,
    attribution=BOUNDARIES,
    vintage="Census 2011",
    url="https://geoportal.statistics.gov.uk",
    opens="places",
    columns={"lsoa11_code": ("lsoa11cd", "LSOA11CD")},
    optional=_PLACED,
    schema={"lsoa11_code": code(LSOA_2011, unique=True)},
)
def population_weighted_centroids(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read the point around which the residents of each 2011 neighbourhood live."""
    return _english_points(table, "lsoa11_code")


@source(
    layer="centroids",
    title="Lower layer Super Output Areas (December 2021) population-weighted centroids",
    publisher=ONS,
    licence=OGL,
    attribution=BOUNDARIES,
    vintage="Census 2021",
    url="https://geoportal.statistics.gov.uk",
    opens="places",
    columns={"lsoa21_code": "LSOA21CD"},
    optional=_PLACED,
    schema={"lsoa21_code": code(LSOA_2021, unique=True)},
)
def population_weighted_centroids_2021(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read the point around which the residents of each 2021 neighbourhood live."""
    return _english_points(table, "lsoa21_code")


@source(
    layer="centroids",
    title="Output Areas (December 2021) population-weighted centroids",
    publisher=ONS,
    licence=OGL,
    attribution=BOUNDARIES,
    vintage="Census 2021",
    url="https://geoportal.statistics.gov.uk",
    opens="places",
    columns={"oa21_code": "OA21CD"},
    optional=_PLACED,
    schema={"oa21_code": code(_OUTPUT_AREA_2021, unique=True)},
)
def output_area_centroids(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read the point around which the residents of each 2021 output area live."""
    return _english_points(table, "oa21_code")


@source(
    layer="output_areas",
    title="Census 2021, TS001: usual residents by output area",
    publisher=ONS,
    licence=OGL,
    attribution=CENSUS,
    vintage="Census 2021",
    url=f"{NOMIS}/census2021-ts001.zip",
    columns={"oa21_code": "geography code", "residents": "Residence type: Total; measures: Value"},
    schema={"oa21_code": code(_OUTPUT_AREA_2021, unique=True), "residents": number(0)},
    join="oa21_code",
)
def census_residents_by_output_area(table: pd.DataFrame) -> pd.DataFrame:
    """Read usual residents of each output area of England."""
    return english_rows(table, "oa21_code")


@source(
    layer="output_area_lookup",
    title="Output Area (2021) to LSOA (2021) lookup",
    publisher=ONS,
    licence=OGL,
    attribution=BOUNDARIES,
    vintage="2021",
    url="https://geoportal.statistics.gov.uk",
    columns={"oa21_code": "OA21CD", "lsoa21_code": "LSOA21CD"},
    schema={"oa21_code": code(_OUTPUT_AREA_2021, unique=True), "lsoa21_code": code(LSOA_2021)},
    join="oa21_code",
)
def output_area_to_lsoa(table: pd.DataFrame) -> pd.DataFrame:
    """Read which neighbourhood each output area lies in."""
    return english_rows(table, "oa21_code")


@source(
    layer="tenure",
    title="Tenure of households (TS054)",
    publisher="Office for National Statistics",
    licence=OGL,
    attribution=CENSUS,
    vintage="Census 2021",
    url=f"{NOMIS}/census2021-ts054.zip",
    columns={
        "lsoa21_code": "geography code",
        "households": "Tenure of household: Total: All households",
        "private_rented": "Tenure of household: Private rented",
    },
    schema={
        "lsoa21_code": code(LSOA_2021, unique=True),
        "households": number(0),
        "private_rented": number(0),
    },
    join="lsoa21_code",
)
def census_tenure(table: pd.DataFrame) -> pd.DataFrame:
    """Read how many households of each neighbourhood rent from a private landlord (small counts are perturbed by the ONS)."""
    table = english_rows(table, "lsoa21_code")
    require_parts(table, "lsoa21_code", ["private_rented"], "households")
    return table
