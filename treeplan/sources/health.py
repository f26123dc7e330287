"""Sources on health: the Census, the indicators beneath the Indices of Deprivation, practices, Fingertips."""

from __future__ import annotations

import pandas as pd

from treeplan.errors import DataError, listed
from treeplan.schemas import DISTRICT, LSOA_2011, LSOA_2021, MSOA, code, number, numbers, text
from treeplan.sources import source
from treeplan.sources.credits import CENSUS, NOMIS, OGL, ONS, PUBLIC, UNSTATED
from treeplan.sources.headings import english_rows
from treeplan.sources.spoilt import require_counts, require_parts

_HEALTH = ("very_good", "good", "fair", "bad", "very_bad")
_MHCLG = "Ministry of Housing, Communities and Local Government"


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
    require_counts(table, "all_residents")
    require_parts(table, "lsoa21_code", list(_HEALTH), "all_residents")
    return table


@source(
    layer="health_by_age",
    title="Bad or very bad health by age, of the people compared with",
    publisher="the planner's own",
    licence=UNSTATED,
    attribution="Bad health by age: the planner's own.",
    vintage="not stated",
    url="https://github.com/treeplan/treeplan",
    columns={"age_from": "age_from", "residents": "residents", "bad_health": "bad_health"},
    optional={"age_to": "age_to"},
    schema={
        "age_from": number(0, 120),
        "age_to": number(0, 120, nullable=True, required=False),
        "residents": number(1),
        "bad_health": number(0),
    },
)
def health_by_age(table: pd.DataFrame) -> pd.DataFrame:
    """Read residents, and those in bad or very bad health, by band of age, both ends counted in; the oldest band has no end."""
    require_parts(table, "age_from", ["bad_health"], "residents")
    return table.assign(age_to=numbers(table["age_to"]) if "age_to" in table else float("nan"))


def _cleaned(heading: str) -> tuple[str, str]:
    return heading, heading.lower().replace(" ", "_")


_INDICATORS = {
    "illness_ratio": _cleaned("Comparative illness and disability ratio indicator"),
    "acute_morbidity": _cleaned("Acute morbidity indicator"),
    "mental_health": _cleaned("Mental health indicator"),
    "years_lost": _cleaned("Years of potential life lost indicator"),
}
_BOUNDS = {
    "illness_ratio": number(0),
    "acute_morbidity": number(0),
    "mental_health": number(-10, 10),
    "years_lost": number(0),
}


@source(
    layer="health_indicators",
    title="English Indices of Deprivation 2025, File 8: underlying indicators, health domain",
    publisher=_MHCLG,
    licence=OGL,
    attribution=PUBLIC,
    vintage="2025-10-30",
    url="https://assets.publishing.service.gov.uk/media/691dec012c6b98ecdbc500d4/File_8_IoD2025_Underlying_Indicators.xlsx",
    columns={"lsoa21_code": ("LSOA code (2021)", "lsoa21_code"), **_INDICATORS},
    schema={"lsoa21_code": code(LSOA_2021, unique=True), **_BOUNDS},
    join="lsoa21_code",
)
def health_indicators_2025(table: pd.DataFrame) -> pd.DataFrame:
    """Read illness, hospital stays, mental health and years of life lost by neighbourhood: the sheet 'IoD25 Health Domain' saved as CSV."""
    return table


@source(
    layer="health_indicators",
    title="English Indices of Deprivation 2019, File 8: underlying indicators, health domain",
    publisher=_MHCLG,
    licence=OGL,
    attribution=PUBLIC,
    vintage="2019-09-26",
    url="https://www.gov.uk/government/statistics/english-indices-of-deprivation-2019",
    columns={
        "lsoa11_code": ("LSOA code (2011)", "lsoa11_code"),
        **_INDICATORS,
        "mental_health": _cleaned("Mood and anxiety disorders indicator"),
    },
    schema={"lsoa11_code": code(LSOA_2011, unique=True), **_BOUNDS},
    join="lsoa11_code",
)
def health_indicators_2019(table: pd.DataFrame) -> pd.DataFrame:
    """Read the same for neighbourhoods of 2011, with mood and anxiety disorders as mental health."""
    return table


@source(
    layer="disease_by_district",
    title="Quality and Outcomes Framework 2019/20: prevalence by district, modelled from practices",
    publisher="House of Commons Library, from NHS Digital",
    licence=UNSTATED,
    attribution="House of Commons Library, from NHS Digital's Quality and Outcomes Framework.",
    vintage="2019/20",
    url="https://commonslibrary.parliament.uk",
    columns={"district_code": "lad_code", "disease": "group_code", "prevalence_share": "prevalence"},
    schema={"district_code": code(DISTRICT), "disease": text(nullable=False), "prevalence_share": number(0, 1)},
    join="district_code",
)
def disease_by_district(table: pd.DataFrame) -> pd.DataFrame:
    """Read the share of patients on the registers of each disease, by district: modelled from practices, and coarse."""
    return english_rows(table, "district_code")


_FINGERTIPS = {
    "value": "Value",
    "low": "Lower CI 95.0 limit",
    "high": "Upper CI 95.0 limit",
    "count": "Count",
    "denominator": "Denominator",
    "period": "Time period",
}
_FINGERTIPS_MORE = {
    "indicator": ("Indicator Name", "Indicator ID"),
    "sex": "Sex",
    "category": "Category",
    "order": "Time period Sortable",
}
_FINGERTIPS_SCHEMA = {
    "value": number(nullable=True),
    "low": number(nullable=True),
    "high": number(nullable=True),
    "count": number(0, nullable=True),
    "denominator": number(0, nullable=True),
}


def _latest(table: pd.DataFrame, key: str) -> pd.DataFrame:
    """The newest figures of one indicator, both sexes together, by MSOA."""
    table = table[table[key].astype(str).str.startswith("E02")]
    if "category" in table:
        table = table[table["category"].isna()]
    if table.empty:
        raise DataError(
            "no row is for an MSOA (E02…), all categories together", "download the indicator for MSOAs (area type 3)."
        )
    for column in ("sex", "indicator"):
        kinds = sorted(table[column].dropna().astype(str).unique()) if column in table else []
        if column == "sex" and "Persons" in kinds:
            table = table[table["sex"] == "Persons"]
        elif len(kinds) > 1:
            raise DataError(
                f"the file holds more than one {column}: {listed(kinds, most=3)}", f"keep the rows of one {column}."
            )
    period = table["order"] if "order" in table else table["period"]
    table = table[period == period.max()]
    _require_limits(table, key)
    return table.drop(columns=[name for name in _FINGERTIPS_MORE if name in table])


def _require_limits(table: pd.DataFrame, key: str) -> None:
    """Stop at values beyond their own limits: a column in another unit (a share beside percentages), or another column."""
    value, low, high = (numbers(table[name]) for name in ("value", "low", "high"))
    beyond = (value < low) | (value > high)
    if beyond.any():
        raise DataError(
            f"value lies outside its own 95 % limits in {int(beyond.sum()):,} of {len(table):,} rows, e.g. "
            f"{table.loc[beyond, key].iloc[0]}: {value[beyond].iloc[0]:g}, not within {low[beyond].iloc[0]:g} to "
            f"{high[beyond].iloc[0]:g}",
            "a column may be in another unit (shares for percentages) or taken for another: correct `columns` in the study "
            "file, or use the file as published.",
        )


def _fingertips(key: str, year: str) -> dict[str, object]:
    return {
        "layer": "health_by_msoa",
        "title": f"Fingertips: one public health indicator by MSOA ({year})",
        "publisher": "Office for Health Improvement and Disparities",
        "licence": OGL,
        "attribution": PUBLIC,
        "vintage": "as its time period says",
        "url": "https://fingertips.phe.org.uk/api/all_data/csv/by_indicator_id?indicator_ids=…&child_area_type_id=3&parent_area_type_id=15",
        "columns": {key: "Area Code", **_FINGERTIPS},
        "optional": _FINGERTIPS_MORE,
        "schema": {key: code(MSOA, unique=True), **_FINGERTIPS_SCHEMA},
        "join": key,
    }


@source(**_fingertips("msoa21_code", "2021"))  # type: ignore[arg-type]
def fingertips_msoa_2021(table: pd.DataFrame) -> pd.DataFrame:
    """Read the newest figures of one indicator with their 95 % limits, by MSOA of 2021."""
    return _latest(table, "msoa21_code")


@source(**_fingertips("msoa11_code", "2011"))  # type: ignore[arg-type]
def fingertips_msoa_2011(table: pd.DataFrame) -> pd.DataFrame:
    """Read the newest figures of one indicator with their 95 % limits, by MSOA of 2011."""
    return _latest(table, "msoa11_code")
