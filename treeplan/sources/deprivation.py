"""Sources on deprivation: the English Indices of 2025 and 2019."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pandera.pandas as pa

from treeplan.errors import DataError
from treeplan.schemas import LSOA_2011, LSOA_2021, code, number, numbers
from treeplan.sources import source
from treeplan.sources.credits import OGL, PUBLIC

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
