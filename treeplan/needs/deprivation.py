"""Needs on deprivation: the domains that no other need counts."""

from __future__ import annotations

import logging
import math
from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from treeplan.errors import DataError
from treeplan.needs import NEEDS, need
from treeplan.needs.checks import LEAST_JUDGED, OPPOSED
from treeplan.needs.lookups import NEIGHBOURHOODS_IN_ENGLAND, Lookups, code_column
from treeplan.schemas import rank_correlation
from treeplan.study import Study

log = logging.getLogger(__name__)

DOMAIN_WEIGHTS = {
    "income": 0.225,
    "employment": 0.225,
    "education": 0.135,
    "health": 0.135,
    "crime": 0.093,
    "barriers": 0.093,
    "environment": 0.093,
}
"""Weights of the domains in the Index of Multiple Deprivation (METHODS.md 5.1)."""


@need(
    label="Deprivation (domains that no other need counts)",
    unit="index 0–100",
    domain="equality",
    prefer="low",
    great="much deprivation",
    little="little deprivation",
    with_deprivation=True,
)
def deprivation(
    deprivation: pd.DataFrame,
    study: Study,
    lookups: Lookups,
    counted: Collection[str],
    domain_scores: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Deprivation, 0 (least) to 100 (most) of England, without the domains that needs of their own count already.

    The health domain is left out where a need on health feeds a benefit of some weight, living environment where one on air or
    private outdoor space does; the others share their weight (METHODS.md 5.2).

    References
    ----------
    Transformed scores (IoD 2025 File 9), else ranks transformed as in METHODS.md 5.1 (Scottish Indices of Deprivation 2003).
    """
    table = domain_table(counted, study.allow_full_imd)
    twice = [row for row in table if row["overlaps"]]
    kept = {row["domain"]: row["weight"] for row in table if row["weight"] > 0}
    if domain_scores is not None:
        _require_alike(domain_scores, deprivation)
        source, scores = domain_scores, domain_scores
    elif all(f"{name}_rank" in deprivation for name in kept):
        areas = NEIGHBOURHOODS_IN_ENGLAND[code_column(deprivation)]
        source = deprivation
        scores = pd.DataFrame({n: transformed(deprivation[f"{n}_rank"], areas) for n in kept})
    else:
        return _whole_index(deprivation, lookups, study, twice)
    if study.allow_full_imd:
        _warn_of(twice)
    index = sum(weight * scores[name] for name, weight in kept.items())
    found = lookups.rates(source.assign(index=index), "index").to_frame("value")
    found.attrs["domains"] = table
    return found


def domain_table(counted: Collection[str], full: bool = False) -> list[dict[str, Any]]:
    """Each domain of the index: its weight here (they come to 1; 0 is left out) and the needs that count the same thing.

    Parameters
    ----------
    counted : collection of str
        The needs that feed a benefit of some weight.
    full : bool
        Keep every domain, whatever else counts.
    """
    also = {d: sorted(n for n in counted if NEEDS[n].overlaps == d) for d in DOMAIN_WEIGHTS}
    kept = {d: weight for d, weight in DOMAIN_WEIGHTS.items() if full or not also[d]}
    total = sum(kept.values())
    return [{"domain": d, "weight": kept.get(d, 0.0) / total, "overlaps": also[d]} for d in DOMAIN_WEIGHTS]


def _whole_index(
    deprivation: pd.DataFrame, lookups: Lookups, study: Study, twice: list[dict[str, Any]]
) -> pd.DataFrame:
    """The index of a file without domains: only where nothing in it counts on its own, or where the study insists."""
    if twice and not study.allow_full_imd:
        raise DataError(
            f"the deprivation file has only the whole index, which already holds {_said(twice)}: they would count twice",
            "use the file with domains (IoD 2025 File 7, or IoD 2019 File 2), or set allow_full_imd = true to count them twice.",
        )
    _warn_of(twice)
    index = transformed(deprivation["imd_rank"], NEIGHBOURHOODS_IN_ENGLAND[code_column(deprivation)])
    found = lookups.rates(deprivation.assign(index=index), "index").to_frame("value")
    found.attrs["domains"] = domain_table([row for names in twice for row in names["overlaps"]], full=True)
    return found


def _warn_of(twice: list[dict[str, Any]]) -> None:
    if twice:
        log.warning(
            "deprivation is the whole index: %s, which are part of it, count twice. What to do: leave out allow_full_imd.",
            _said(twice),
        )


def _said(twice: list[dict[str, Any]]) -> str:
    return " and ".join(f"{row['domain']} ({', '.join(row['overlaps'])})" for row in twice)


def _require_alike(scores: pd.DataFrame, ranks: pd.DataFrame) -> None:
    """Stop where a transformed score falls as the ranks say that it should rise."""
    key = code_column(scores)
    if key != code_column(ranks):
        return
    both = scores.merge(ranks, on=key)
    for name in DOMAIN_WEIGHTS:
        if f"{name}_rank" in both and len(both) >= LEAST_JUDGED:
            found = -rank_correlation(both[name], both[f"{name}_rank"])
            if found < OPPOSED:
                raise DataError(
                    f"domain_scores: {name} falls where its rank says that deprivation rises: their rank correlation is {found:.2f} "
                    f"in {len(both):,} neighbourhoods, where it should be about 1",
                    "use the scores of File 9 as published, which rise to 100 where deprivation is greatest; or correct `columns`, if a "
                    "rank was taken for a score.",
                )


def transformed(rank: pd.Series, areas: int) -> pd.Series:
    """A rank (1 is most deprived) as 0–100, stretched at the deprived end: 100 at rank 1.

    References
    ----------
    X = −23·ln(1 − R·(1 − e^(−100/23))), R = (N − rank + 1)/N: METHODS.md 5.1.
    """
    share = (areas - rank.astype(float) + 1) / areas
    return -23 * np.log(1 - share * (1 - math.exp(-100 / 23)))
