"""Sources on deprivation: the English Indices of 2025 and 2019."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pandera.pandas as pa

from treeplan.errors import DataError
from treeplan.schemas import LSOA_2011, LSOA_2021, code, number, numbers, rank, rank_correlation
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
    return {name: rank(most) for name in _RANKS}


_ALIKE = ("income", "employment", "education", "health", "crime")
"""Domains in which places that are deprived altogether are deprived too, all over England; the other two go their own ways."""

LEAST_ROWS = 30
OPPOSED = -0.3
"""In at least so many rows, a rank correlation below this says that a column runs the other way (assumption, to be verified: in
England's own files the five domains stand at 0.8 and more)."""


def _agreeing(table: pd.DataFrame, most: int) -> pd.DataFrame:
    """The table without its deciles, once ranks, deciles, scores and domains are seen to agree: rank 1 is the most deprived."""
    position = numbers(table["imd_rank"])
    if "imd_decile" in table:
        decile = numbers(table["imd_decile"])
        apart = (np.ceil(10 * position / most) - decile).abs() > 1
        if apart.any():
            raise DataError(
                f"ranks and deciles disagree in {int(apart.sum()):,} of {len(table):,} rows, e.g. rank "
                f"{position[apart].iloc[0]:.0f} in decile {decile[apart].iloc[0]:.0f}; rank 1 and decile 1 must both be the "
                "most deprived",
                _TURNED,
            )
    if len(table) >= LEAST_ROWS:
        opposed = {f"{name}_rank": 1 for name in _ALIKE} | {"imd_score": -1}
        for column, sign in opposed.items():
            together = rank_correlation(position, numbers(table[column])) if column in table else np.nan
            if sign * together < OPPOSED:
                raise DataError(
                    f"{column} runs against imd_rank: their rank correlation is {together:.2f} in {len(table):,} rows, where it "
                    f"should be {'above' if sign > 0 else 'below'} 0; rank 1 must be the most deprived, and the highest score",
                    _TURNED,
                )
    return table.drop(columns="imd_decile", errors="ignore")


_TURNED = (
    "the ranks may run the other way, or a score was read as a rank: correct `columns` in the study file, or use the file as "
    "published."
)


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
    schema={"lsoa11_code": code(LSOA_2011, unique=True), "imd_rank": rank(LSOAS_2011)},
    join="lsoa11_code",
)
def deprivation_2019(table: pd.DataFrame) -> pd.DataFrame:
    """Read ranks of the whole index for each neighbourhood of 2011; it has no domains, so health and air stay inside it."""
    return _agreeing(table, LSOAS_2011)


_SHORT = {
    "income": "Income",
    "employment": "Employment",
    "education": "Education",
    "health": "Health",
    "crime": "Crime",
    "barriers": "Barriers",
    "environment": "Living Environment",
}


@source(
    layer="domain_scores",
    title="English Indices of Deprivation 2025, File 9: transformed domain scores",
    publisher="Ministry of Housing, Communities and Local Government",
    licence=OGL,
    attribution=PUBLIC,
    vintage="2025-10-30",
    url="https://assets.publishing.service.gov.uk/media/691ded670dcbf6343e9a2a6c/File_9_IoD2025_Transformed_Domain_Scores.xlsx",
    columns={
        "lsoa21_code": ("LSOA code (2021)", "lsoa21_code"),
        **{
            name: tuple(
                dict.fromkeys(f"{said} Score - exponentially transformed" for said in (short, _DOMAINS[name][0]))
            )
            for name, short in _SHORT.items()
        },
    },
    schema={"lsoa21_code": code(LSOA_2021, unique=True), **{name: number(0, 100 + 1e-6) for name in _SHORT}},
    join="lsoa21_code",
)
def domain_scores_2025(table: pd.DataFrame) -> pd.DataFrame:
    """Read the transformed score of each domain, 0 to 100 (most deprived), from the sheet 'IoD25 Transformed Domain Scores' saved as CSV."""
    return table
