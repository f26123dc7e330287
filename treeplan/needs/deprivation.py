"""Needs on deprivation: the domains that no other need counts."""

from __future__ import annotations

import logging
import math

import numpy as np
import pandas as pd

from treeplan.errors import DataError
from treeplan.needs import need
from treeplan.needs.lookups import NEIGHBOURHOODS_IN_ENGLAND, Lookups, code_column
from treeplan.study import Study

log = logging.getLogger(__name__)

DOMAIN_WEIGHTS = {"income": 0.225, "employment": 0.225, "education": 0.135, "barriers": 0.093, "crime": 0.093}
"""Weights of the domains that count as deprivation here; health and living environment are left out because health and air
are needs of their own (METHODS.md 5.2)."""


@need(
    label="Deprivation (without health and living environment)",
    unit="index 0–100",
    prefer="low",
    great="much deprivation",
    little="little deprivation",
)
def deprivation(deprivation: pd.DataFrame, study: Study, lookups: Lookups) -> pd.Series:
    """Deprivation of income, work, education, access and crime, 0 (least) to 100 (most) of England.

    References
    ----------
    Exponential transformation of ranks as in METHODS.md 5.1 (Scottish Indices of Deprivation 2003, Appendix 5).
    """
    key = code_column(deprivation)
    domains = {name: f"{name}_rank" for name in DOMAIN_WEIGHTS if f"{name}_rank" in deprivation}
    if len(domains) < len(DOMAIN_WEIGHTS):
        if not study.allow_full_imd:
            raise DataError(
                "the deprivation file has only the whole index, which already holds health and air: they would count twice",
                "use the file with domains (IoD 2025 File 7, or IoD 2019 File 2), or set allow_full_imd = true to count them twice.",
            )
        log.warning("deprivation is the whole index: health and air, which are part of it, count twice.")
        index = transformed(deprivation["imd_rank"], NEIGHBOURHOODS_IN_ENGLAND[key])
    else:
        total = sum(DOMAIN_WEIGHTS.values())
        index = sum(
            weight / total * transformed(deprivation[domains[name]], NEIGHBOURHOODS_IN_ENGLAND[key])
            for name, weight in DOMAIN_WEIGHTS.items()
        )
    return lookups.rates(deprivation.assign(index=index), "index")


def transformed(rank: pd.Series, areas: int) -> pd.Series:
    """A rank (1 is most deprived) as 0–100, stretched at the deprived end: 100 at rank 1.

    References
    ----------
    X = −23·ln(1 − R·(1 − e^(−100/23))), R = (N − rank + 1)/N: METHODS.md 5.1.
    """
    share = (areas - rank.astype(float) + 1) / areas
    return -23 * np.log(1 - share * (1 - math.exp(-100 / 23)))
