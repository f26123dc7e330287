"""How sure a rank is: how often a site stays among the best under other weights and other figures."""

from __future__ import annotations

import logging

import numpy as np
import numpy.typing as npt
import pandas as pd

from treeplan import scoring, weights
from treeplan.coefficients import LEVELS
from treeplan.formulas import FORMULAS
from treeplan.study import Study
from treeplan.vocabulary import BENEFITS

log = logging.getLogger(__name__)

Values = npt.NDArray[np.float64]

LEAST_TOP = 10
BAND_A, BAND_C = 0.80, 0.20
CONCENTRATION = 4.0
"""Dirichlet concentration, times the number of benefits (DESIGN: defaults)."""

STEPS = 21
"""Points between low and high at which the benefits are scored beforehand."""


def best_count(scores: pd.DataFrame, cost_gbp: Values, study: Study) -> int:
    """How many sites count as "the best": the study's own number, else as many as the budget pays for, at least 10.

    Never more than half of the ranked sites: among nine sites, all nine are no distinction.
    """
    ranked = int(scores["rank"].notna().sum())
    wanted = study.certainty.top or max(LEAST_TOP, sites_paid_for(scores, cost_gbp, study.plan.budget_gbp))
    return max(1, min(wanted, ranked // 2))


def sites_paid_for(scores: pd.DataFrame, cost_gbp: Values, budget_gbp: float) -> int:
    """How many sites the budget pays for when they are bought in order of rank, those too dear being passed over."""
    left, bought = budget_gbp, 0
    for cost in cost_gbp[np.argsort(scores["rank"].fillna(np.inf).to_numpy(), kind="stable")]:
        if cost <= left:
            left, bought = left - cost, bought + 1
    return bought


def rank_certainty(scores: pd.DataFrame, qualities: dict[str, pd.DataFrame], study: Study, top: int) -> pd.DataFrame:
    """How often each site is among the best `top`, and where its rank lies.

    Weights are drawn around the study's (Dirichlet; a weight of 0 stays 0), and for each effect one place between its low
    and high figures (triangular: a figure that is too high is too high everywhere, so that alone it moves few ranks). A
    benefit that was not measured is drawn over its whole range. Walking distances, canopy and needs are not drawn.

    Parameters
    ----------
    scores : DataFrame
        From `scoring.score`.
    qualities : dict
        Low, central and high quality by benefit, rows as in `scores`.
    study : Study
        Its weights, seed and number of draws.
    top : int
        How many sites count as the best.

    Returns
    -------
    DataFrame
        `site_id, p_top_k` (0–1), `rank_p05, rank_p95, band` (A, B, C). Sites without a rank have NaN and no band.
    """
    ranked = scores["rank"].notna().to_numpy()
    result = pd.DataFrame(
        {"site_id": scores["site_id"], "p_top_k": np.nan, "rank_p05": np.nan, "rank_p95": np.nan, "band": None}
    )
    if not ranked.any():
        return result
    generator = np.random.default_rng(study.seed)
    share = np.array([weights.shares(study)[name] for name in BENEFITS])
    ladder = _ladder(qualities)[:, ranked]
    missing = qualities["central"].isna().to_numpy()[ranked]
    ranks = _draw_ranks(ladder, missing, share, study.certainty.draws, generator)
    in_top = (ranks <= top).mean(axis=0)
    low, high = np.percentile(ranks, [5, 95], axis=0)
    result.loc[ranked, "p_top_k"] = np.round(in_top, 3)
    result.loc[ranked, "rank_p05"] = np.floor(low)
    result.loc[ranked, "rank_p95"] = np.ceil(high)
    result.loc[ranked, "band"] = np.select([in_top >= BAND_A, in_top < BAND_C], ["A", "C"], "B")
    log.info("certainty: %d sites in band A, %d draws", int((result["band"] == "A").sum()), study.certainty.draws)
    return result


def _ladder(qualities: dict[str, pd.DataFrame]) -> Values:
    """Benefit scores at each step between low and high: steps × sites × benefits."""
    low, central, high = (qualities[level].to_numpy(dtype=float) for level in LEVELS)
    rungs = []
    for t in np.linspace(-1, 1, STEPS):
        values = central + (t * (central - low) if t < 0 else t * (high - central))
        rungs.append(scoring.benefit_scores(pd.DataFrame(values, columns=list(BENEFITS))))
    return np.stack(rungs)


def _draw_ranks(
    ladder: Values, missing: npt.NDArray[np.bool_], share: Values, draws: int, generator: np.random.Generator
) -> npt.NDArray[np.int32]:
    """Ranks of the sites in each draw: draws × sites. Ties keep the order of rows, which is that of `site_id`."""
    _, n_sites, n_benefits = ladder.shape
    weighted = np.flatnonzero(share > 0)
    drawn = generator.dirichlet(CONCENTRATION * n_benefits * share[weighted], size=draws)
    effects = [FORMULAS[name].effect for name in BENEFITS]
    own = [sorted(set(effects)).index(effect) for effect in effects]  # benefits of one effect share its draw
    places = generator.triangular(-1, 0, 1, size=(draws, len(set(effects))))[:, own]
    rungs = np.rint((places + 1) / 2 * (STEPS - 1)).astype(int)
    ranks = np.empty((draws, n_sites), dtype=np.int32)
    for d in range(draws):
        benefits = ladder[rungs[d, weighted], :, weighted].T
        if missing.any():
            hidden = missing[:, weighted]
            benefits = np.where(hidden, generator.random(benefits.shape), benefits)
        order = np.argsort(-scoring.priority(benefits, drawn[d]), kind="stable")
        ranks[d, order] = np.arange(1, n_sites + 1, dtype=np.int32)
    return ranks
