"""Sources on air and heat."""

from __future__ import annotations

import pandas as pd

from treeplan.errors import DataError, listed
from treeplan.schemas import LSOA_2011, LSOA_2021, MSOA, code, number
from treeplan.sources import source
from treeplan.sources.credits import FRIENDS_OF_THE_EARTH, ODBL, UNSTATED
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


_RISK = {"High heat, not enhanced risk": 1, "High heat and enhanced risk": 3}
_VULNERABLE = {"Lowest heat risk": 1, "Medium heat risk": 2, "Highest heat risk": 3}
"""What the publisher's words come to: thirds of social vulnerability; enhanced risk is the third of them."""


@source(
    layer="heat_risk",
    title="Heat risk by MSOA (2021): hot places by the vulnerability of who lives there",
    publisher="Friends of the Earth",
    licence=ODBL,
    attribution=FRIENDS_OF_THE_EARTH,
    vintage="2022–25",
    url="https://friendsoftheearth-data.github.io",
    columns={
        "msoa21_code": "msoa21",
        "risk": "heat_vuln_risk",
        "vulnerable": "heat_social_vuln_tertile_label",
    },
    schema={"msoa21_code": code(MSOA, unique=True), "heat_risk": number(1, 3, nullable=True)},
    join="msoa21_code",
)
def heat_risk_by_msoa(table: pd.DataFrame) -> pd.DataFrame:
    """Read the class of heat risk of each 2021 MSOA, 1 to 3: an order, not a temperature; empty cells stay unknown."""
    table = english_rows(table, "msoa21_code")
    parts = []
    for column, classes in (("risk", _RISK), ("vulnerable", _VULNERABLE)):
        strange = set(table[column].dropna()) - set(classes)
        if strange:
            raise DataError(
                f"{column}: knows no class {listed(sorted(strange), most=3)}; it knows {listed(classes)}",
                "name the right column in the study file, or use the file as published.",
            )
        parts.append(table[column].map(classes))
    return pd.DataFrame({"msoa21_code": table["msoa21_code"], "heat_risk": pd.concat(parts, axis=1).max(axis=1)})


@source(
    layer="heat",
    title="Heat by neighbourhood (LSOA 2021), °C",
    publisher="the planner's own",
    licence=UNSTATED,
    attribution="Heat by neighbourhood: the planner's own.",
    vintage="not stated",
    url="https://github.com/treeplan/treeplan",
    columns={"lsoa21_code": ("lsoa21_code", "LSOA21CD"), "heat_degc": "heat_degc"},
    schema={"lsoa21_code": code(LSOA_2021, unique=True), "heat_degc": number(-30, 70)},
    join="lsoa21_code",
)
def heat_by_lsoa(table: pd.DataFrame) -> pd.DataFrame:
    """Read how hot each neighbourhood gets, °C: any table with the codes and one column of summer temperatures."""
    return english_rows(table, "lsoa21_code")
