"""Sources on people: boundaries, lookups, census, ages, deprivation, health, air."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pandera.pandas as pa

from treeplan.errors import DataError, listed
from treeplan.schemas import DISTRICT, LSOA_2011, LSOA_2021, WARD, code, number, numbers, text
from treeplan.sources import source
from treeplan.sources.credits import BOUNDARIES, CENSUS, FRIENDS_OF_THE_EARTH, ODBL, OGL, PUBLIC
from treeplan.vocabulary import present_district_code

ONS = "Office for National Statistics"
GEOPORTAL = "https://geoportal.statistics.gov.uk"
NOMIS = "https://www.nomisweb.co.uk/output/census/2021"


def _english(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Rows less those of other countries (the ONS covers Wales too); what is no code at all stays, for the schema to refuse."""
    return table[~table[column].astype(str).str.match(r"[WSNKLM]\d{8}$")]


# ---------------------------------------------------------------- boundaries and lookups


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
    table = _english(table, "district_code")
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
    return _english(table, "ward_code")


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
    return _english(table, "lsoa21_code")


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
    return _english(table, "lsoa21_code")


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
    table = _english(table, "lsoa21_code")
    return table.assign(district_code=table["district_code"].map(present_district_code))


# ---------------------------------------------------------------- residents


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
    return _english(table, "lsoa21_code")


PERTURBED, PERTURBED_SHARE = 3.0, 0.01
"""Parts of a count may exceed it by so many people, or by this share of it: the ONS changes small cells at random."""


def _require_parts(table: pd.DataFrame, key: str, parts: list[str], total: str) -> None:
    """Stop where the parts of a count come to more than the whole: a wrong column, or another place's row."""
    whole, summed = numbers(table[total]), table[parts].apply(numbers).sum(axis=1)
    wrong = summed - whole > np.maximum(PERTURBED, PERTURBED_SHARE * whole)
    if wrong.any():
        raise DataError(
            f"{' + '.join(parts)} come to more than {total} in {int(wrong.sum()):,} of {len(table):,} rows, e.g. "
            f"{table.loc[wrong, key].iloc[0]}: {summed[wrong].iloc[0]:,.0f} of {whole[wrong].iloc[0]:,.0f}",
            "a column may have been taken for another: correct `columns` in the study file, or download the file again.",
        )


_SINGLE_YEARS = {f"age_{n}": str(n) for n in range(90)} | {"age_90": "90+"}
_AGES = {"under_5": number(0), "aged_75_and_over": number(0), "residents": number(0)}


def _grouped(table: pd.DataFrame, key: str) -> pd.DataFrame:
    """Residents, those under 5 and those of 75 or more, from columns of single years of age."""
    years = table[list(_SINGLE_YEARS)].apply(numbers)
    if len(years) and years.isna().all(axis=None):
        raise DataError("the ages are all blank", "download the file again, or name the columns that hold the ages.")
    unread = [_SINGLE_YEARS[name] for name in years if not (years[name] >= 0).all()]
    if unread:
        raise DataError(
            f"the ages are not all numbers of 0 or more: see the columns {', '.join(unread[:5])}",
            "download the file again.",
        )
    young = [f"age_{n}" for n in range(5)]
    old = [f"age_{n}" for n in range(75, 91)]
    return pd.DataFrame(
        {
            key: table[key],
            "residents": years.sum(axis=1),
            "under_5": years[young].sum(axis=1),
            "aged_75_and_over": years[old].sum(axis=1),
        }
    )


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
    """Read residents under 5 and of 75 or more by neighbourhood (rows for both sexes together)."""
    persons = table[table["sex"] == "Persons"]
    if persons.empty:
        raise DataError(
            f"sex: no row is for 'Persons', both sexes together; it has {listed(table['sex'].dropna().unique()) or 'empty cells'}",
            "use the sheet of persons, or the file as published.",
        )
    return _grouped(_english(persons, "lsoa21_code"), "lsoa21_code")


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
    """Read residents under 5 and of 75 or more by 2011 neighbourhood."""
    return _grouped(_english(table, "lsoa11_code"), "lsoa11_code")


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
        "aged_75_and_over": "age_75+",
    },
    schema={"lsoa11_code": code(LSOA_2011, unique=True), **_AGES},
    join="lsoa11_code",
)
def ages_mid_2020_bands(table: pd.DataFrame) -> pd.DataFrame:
    """Read residents under 5 and of 75 or more by 2011 neighbourhood, from age bands."""
    table = _english(table, "lsoa11_code")
    _require_parts(table, "lsoa11_code", ["under_5", "aged_75_and_over"], "residents")
    return table


# ---------------------------------------------------------------- deprivation


_DOMAINS = {
    "imd": ("Index of Multiple Deprivation (IMD)", "IMD"),
    "income": ("Income", "Income"),
    "employment": ("Employment", "Employment"),
    "education": ("Education, Skills and Training", "Education"),
    "health": ("Health Deprivation and Disability", "Health"),
    "crime": ("Crime", "Crime"),
    "barriers": ("Barriers to Housing and Services", "Housing_and_Services"),
    "environment": ("Living Environment", "Environment"),
}
LSOAS_2011, LSOAS_2021 = 32_844, 33_755
"""Neighbourhoods in England: the greatest rank there can be."""

_MOST = "(where 1 is most deprived)"
_RANKS = {f"{ours}_rank": (f"{official} Rank {_MOST}", f"{short}_rank") for ours, (official, short) in _DOMAINS.items()}
_DECILE = ("Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)", "IMD_decile")


def _ranks(most: int) -> dict[str, pa.Column]:
    return {name: number(1, most) for name in _RANKS}


def _agreeing(table: pd.DataFrame, most: int) -> pd.DataFrame:
    """The table without its deciles, once rank and decile are seen to agree: rank 1 and decile 1 are the most deprived."""
    if "imd_decile" not in table:
        return table
    rank, decile = numbers(table["imd_rank"]), numbers(table["imd_decile"])
    apart = (np.ceil(10 * rank / most) - decile).abs() > 1
    if apart.any():
        raise DataError(
            f"ranks and deciles disagree in {int(apart.sum()):,} of {len(table):,} rows, e.g. rank {rank[apart].iloc[0]:.0f} "
            f"in decile {decile[apart].iloc[0]:.0f}; rank 1 and decile 1 must both be the most deprived",
            "the ranks may run the other way, or a score was read as a rank: correct `columns` in the study file, or use the "
            "file as published.",
        )
    return table.drop(columns="imd_decile")


@source(
    layer="deprivation",
    title="English Indices of Deprivation 2025, File 7: ranks, scores, deciles",
    publisher="Ministry of Housing, Communities and Local Government",
    licence=OGL,
    attribution=PUBLIC,
    vintage="2025-10-30",
    url="https://assets.publishing.service.gov.uk/media/691ded56d140bbbaa59a2a7d/File_7_IoD2025_All_Ranks_Scores_Deciles_Population_Denominators.csv",
    columns={"lsoa21_code": ("LSOA code (2021)", "lsoa21_code"), **_RANKS},
    optional={"imd_score": ("Index of Multiple Deprivation (IMD) Score", "IMD_score"), "imd_decile": _DECILE},
    schema={
        "lsoa21_code": code(LSOA_2021, unique=True),
        **_ranks(LSOAS_2021),
        "imd_score": number(0, 100, nullable=True, required=False),
    },
    join="lsoa21_code",
)
def deprivation_2025(table: pd.DataFrame) -> pd.DataFrame:
    """Read ranks of deprivation and its domains for each neighbourhood of 2021 (33,755 in England; 1 is most deprived)."""
    return _agreeing(table, LSOAS_2021)


@source(
    layer="deprivation",
    title="English Indices of Deprivation 2019, File 2: domains of deprivation",
    publisher="Ministry of Housing, Communities and Local Government",
    licence=OGL,
    attribution=PUBLIC,
    vintage="2019-09-26",
    url="https://www.gov.uk/government/statistics/english-indices-of-deprivation-2019",
    columns={"lsoa11_code": "LSOA code (2011)", **{ours: names[0] for ours, names in _RANKS.items()}},
    optional={"imd_decile": _DECILE[0]},
    schema={"lsoa11_code": code(LSOA_2011, unique=True), **_ranks(LSOAS_2011)},
    join="lsoa11_code",
)
def deprivation_domains_2019(table: pd.DataFrame) -> pd.DataFrame:
    """Read ranks of deprivation and its domains for each neighbourhood of 2011 (32,844 in England; 1 is most deprived)."""
    return _agreeing(table, LSOAS_2011)


@source(
    layer="deprivation",
    title="English Indices of Deprivation 2019, File 1: Index of Multiple Deprivation",
    publisher="Ministry of Housing, Communities and Local Government",
    licence=OGL,
    attribution=PUBLIC,
    vintage="2019-09-26",
    url="https://www.gov.uk/government/statistics/english-indices-of-deprivation-2019",
    columns={
        "lsoa11_code": "LSOA code (2011)",
        "imd_rank": ("Index of Multiple Deprivation (IMD) Rank", _RANKS["imd_rank"][0]),
    },
    optional={"imd_decile": ("Index of Multiple Deprivation (IMD) Decile", _DECILE[0])},
    schema={"lsoa11_code": code(LSOA_2011, unique=True), "imd_rank": number(1, LSOAS_2011)},
    join="lsoa11_code",
)
def deprivation_2019(table: pd.DataFrame) -> pd.DataFrame:
    """Read ranks of the whole index for each neighbourhood of 2011; it has no domains, so health and air stay inside it."""
    return _agreeing(table, LSOAS_2011)


# ---------------------------------------------------------------- health and air


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
    table = _english(table, "lsoa21_code")
    _require_parts(table, "lsoa21_code", list(_HEALTH), "all_residents")
    return table


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
    return _english(table, "lsoa11_code")
