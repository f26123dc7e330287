"""Why a site has its priority: what each benefit gives to it, and what would raise it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from treeplan import weights
from treeplan.scoring import priority
from treeplan.settings import ScoringSettings
from treeplan.study import Study
from treeplan.vocabulary import BENEFITS

Values = npt.NDArray[np.float64]

GOOD_PERCENTILE = 90
"""A benefit is thought raised to where the best tenth of the sites begins."""


@dataclass(frozen=True)
class Part:
    """What one benefit gives to the priority of one site.

    Attributes
    ----------
    benefit : str
        Its name.
    weight, score : float
        Its part of all weight, and what the site scores in it; both 0–1.
    measured : bool
        False where the score is the stand-in for what nobody could measure.
    share : float
        Its part of the priority, 0–1; all parts of a site add up to 1 (0 where the priority is 0).
    rank_if_good, priority_if_good : float
        The rank and priority the site would have if this benefit stood at the 90th percentile of the ranked sites; its own
        where it does already.
    """

    benefit: str
    weight: float
    score: float
    measured: bool
    share: float
    rank_if_good: float
    priority_if_good: float


@dataclass(frozen=True)
class Reasons:
    """Why one site has its rank.

    Attributes
    ----------
    rank, priority : float
        NaN for a site without a rank; `parts` then hold NaN too.
    ranked : int
        How many sites have a rank.
    parts : tuple of Part
        The benefits with weight: those that give most to the priority first.
    not_measured : tuple of str
        The benefits that nobody could measure there, of whatever weight.
    """

    site_id: str
    rank: float
    priority: float
    ranked: int
    parts: tuple[Part, ...]
    not_measured: tuple[str, ...]

    @property
    def would_raise(self) -> tuple[Part, ...]:
        """The parts that would bring the site a better rank, the one that helps most first."""
        better = [part for part in self.parts if part.rank_if_good < self.rank]
        return tuple(sorted(better, key=lambda part: (part.rank_if_good, -part.priority_if_good)))


def contributions(benefits: Values, share: Values, rules: ScoringSettings) -> Values:
    """Each benefit's part of the priority, 0–1; the parts of a site add up to 1, or are 0 where its priority is 0.

    A mean of this kind is a sum once it is transformed: the mean of powers for the power mean, of logarithms for the geometric.
    The transform is counted from a benefit of nought, so that what does nothing gives nothing.

    Parameters
    ----------
    benefits : array
        Sites × benefits, 0–1.
    share : array
        Weight of each benefit; together 1.
    rules : ScoringSettings
        The aggregator, its power and epsilon.
    """
    power = {"geometric": 0.0, "arithmetic": 1.0, "power": rules.power}[rules.aggregator]
    grown = np.log1p(benefits / rules.epsilon)  # from a benefit of nought
    parts = share * (grown if power == 0 else np.expm1(power * grown) / power)
    total = parts.sum(axis=1, keepdims=True)
    return np.divide(parts, total, out=np.zeros_like(parts), where=total > 0)


def reasons_table(scores: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Why every site has its priority.

    Parameters
    ----------
    scores : DataFrame
        `site_id`, `benefit_<name>`, `priority` and `rank` of each site, as from `scoring.score`.
    study : Study
        Its weights and rules of scoring.

    Returns
    -------
    DataFrame
        Indexed by `site_id`, for each benefit: `part_<name>` (its share of the priority), `rank_if_good_<name>` and
        `priority_if_good_<name>` (if it stood at the 90th percentile of the ranked sites). NaN for sites without a rank.
    """
    benefits, share = _benefits(scores), np.array([weights.shares(study)[name] for name in BENEFITS])
    ranked = scores["rank"].notna().to_numpy()
    parts = np.where(ranked[:, None], contributions(benefits, share, study.scoring), np.nan)
    raised = _raised(benefits, share, ranked, study.scoring)
    ranks = _ranks(scores, ranked, raised)
    columns = {}
    for i, name in enumerate(BENEFITS):
        columns[f"part_{name}"] = parts[:, i]
        columns[f"rank_if_good_{name}"] = ranks[:, i]
        columns[f"priority_if_good_{name}"] = raised[:, i]
    return pd.DataFrame(columns, index=pd.Index(scores["site_id"]))


def reasons_of(scores: pd.DataFrame, study: Study, site_id: str) -> Reasons:
    """Why one site has its priority (`reasons_table` for all).

    Raises
    ------
    KeyError
        There is no such site.
    """
    return _told(scores, study, [site_id])[site_id]


def all_reasons(scores: pd.DataFrame, study: Study) -> dict[str, Reasons]:
    """Why each site has its priority, by `site_id`: `reasons_table` as values."""
    return _told(scores, study, list(scores["site_id"]))


def _told(scores: pd.DataFrame, study: Study, site_ids: list[str]) -> dict[str, Reasons]:
    table, sites = reasons_table(scores, study).loc[site_ids], scores.set_index("site_id").loc[site_ids]
    ranked, share = int(scores["rank"].notna().sum()), weights.shares(study)
    rows = zip(site_ids, table.iterrows(), sites.iterrows(), strict=True)
    return {site_id: _reasons(site_id, told, site, ranked, share) for site_id, (_, told), (_, site) in rows}


def _reasons(site_id: str, told: pd.Series, site: pd.Series, ranked: int, share: dict[str, float]) -> Reasons:
    missing = tuple(name for name in str(site["not_measured"]).split("; ") if name)
    parts = [
        Part(
            benefit=name,
            weight=weight,
            score=float(site[f"benefit_{name}"]),
            measured=name not in missing,
            share=float(told[f"part_{name}"]),
            rank_if_good=float(told[f"rank_if_good_{name}"]),
            priority_if_good=float(told[f"priority_if_good_{name}"]),
        )
        for name, weight in share.items()
        if weight > 0
    ]
    parts.sort(key=lambda part: (-part.share, -part.weight))
    return Reasons(site_id, float(site["rank"]), float(site["priority"]), ranked, tuple(parts), missing)


def _benefits(scores: pd.DataFrame) -> Values:
    return scores[[f"benefit_{name}" for name in BENEFITS]].to_numpy(dtype=float)


def _raised(benefits: Values, share: Values, ranked: npt.NDArray[np.bool_], rules: ScoringSettings) -> Values:
    """Sites × benefits: the priority if that benefit stood at the 90th percentile of the ranked sites, at least as now."""
    found = np.full(benefits.shape, np.nan)
    if not ranked.any():
        return found
    good = np.percentile(benefits[ranked], GOOD_PERCENTILE, axis=0, method="lower")
    for i in range(benefits.shape[1]):
        better = benefits[ranked].copy()
        better[:, i] = np.maximum(better[:, i], good[i])
        found[ranked, i] = priority(better, share, rules.aggregator, rules.power, rules.epsilon)
    return found


def _ranks(scores: pd.DataFrame, ranked: npt.NDArray[np.bool_], raised: Values) -> Values:
    """The rank that each raised priority would have among the priorities of the other sites; ties go by `site_id`."""
    sites = int(ranked.sum())
    found = np.full(raised.shape, np.nan)
    place = np.empty(sites, dtype=np.int64)
    place[np.argsort(scores["site_id"].to_numpy(dtype=str)[ranked], kind="stable")] = np.arange(sites)

    def key(value: Values) -> npt.NDArray[np.int64]:
        """Greater is better: steps of priority first, then the earlier site_id."""
        return np.rint(1000 * value).astype(np.int64) * sites + (sites - 1 - place)

    keys = np.sort(key(scores["priority"].to_numpy(dtype=float)[ranked]))
    for i in range(raised.shape[1]):
        found[ranked, i] = 1 + sites - np.searchsorted(keys, key(raised[ranked, i]), side="right")
    return found
