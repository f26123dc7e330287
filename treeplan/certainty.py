"""How sure a rank is: how often a site stays among the best under other weights, figures and ways of scoring."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from treeplan.acceptability import Acceptance, Values, accept, leaders
from treeplan.draws import Drawn, draw, draw_weights
from treeplan.reference import Reference
from treeplan.sensitivity import CHANGES, band_changes, band_of, error_of, first_order
from treeplan.study import Study

log = logging.getLogger(__name__)

LEAST_TOP = 10

COMPARED = 30
"""The best sites, of which each is compared with each."""

FOLLOWED = 300
"""Sites, spread evenly over the ranks, whose ranks say which input moves ranks most."""

LEADING, LEADING_DRAWS = 5, 10
"""Sites most often first, of which it is asked how surely they lead under their own weights; and the part of the draws, one in
so many, for each."""

TABLE = ("site_id", "p_top_k", "p_top_k_error", "rank_p05", "rank_p95", "band")


@dataclass(frozen=True)
class Certainty:
    """How sure the ranks of a study's sites are.

    Attributes
    ----------
    table : DataFrame
        One row a site, as in the scores: `site_id`; `p_top_k`, the share of the draws in which it is among the best, and its
        Monte Carlo error (half of the 95 % interval); `rank_p05, rank_p95`, between which its rank lies in nine draws of ten;
        `band` (A, B, C). NaN and no band for sites without a rank.
    central_weights : DataFrame
        What would have to be true for a site to lead, one row a ranked site: `site_id, basis, p_first, confidence`,
        `confidence_error` and `weight_<benefit>`, the mean weights of the draws in which it is first (basis `first`), else of those in
        which it is among the best (`top`), else NaN (`never`). `confidence` is the share of draws in which it leads under just
        these weights, for the sites most often first; NaN for others.
    pairwise : DataFrame
        For the best 30 sites, the share of draws in which that of the row beats that of the column; 0.5 on the diagonal.
    sensitivity : DataFrame
        `input, first_order, error` from `sensitivity.first_order`.
    changes : DataFrame
        Sites that change band once one thing is settled, from `sensitivity.band_changes`.
    switches : tuple
        What was settled for that: switch and choice.
    draws : int
        How many tries there were.
    top : int
        How many sites count as the best.
    """

    table: pd.DataFrame
    central_weights: pd.DataFrame
    pairwise: pd.DataFrame
    sensitivity: pd.DataFrame
    changes: pd.DataFrame
    switches: tuple[tuple[str, str], ...]
    draws: int
    top: int
    drawn_from: Mapping[str, Any] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """The facts that a run keeps."""
        moved = self.changes.groupby(["switch", "choice"]).size()
        return {
            "draws": self.draws,
            "best_counts": self.top,
            "largest_error": _figure(self.table["p_top_k_error"].max()),
            "bands": {band: int((self.table["band"] == band).sum()) for band in "ABC"},
            **self.drawn_from,
            "sensitivity": {
                row.input: {"first_order": _figure(row.first_order), "error": _figure(row.error)}
                for row in self.sensitivity.itertuples()
            },
            "sites_that_change_band": [
                {"switch": switch, "choice": choice, "sites": int(moved.get((switch, choice), 0))}
                for switch, choice in self.switches
            ],
        }


def _figure(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


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


def rank_certainty(
    scores: pd.DataFrame,
    qualities: Mapping[str, pd.DataFrame],
    study: Study,
    top: int,
    groups: Mapping[str, Mapping[str, float]] | None = None,
    reference: Reference | None = None,
) -> Certainty:
    """How often each site is among the best `top`, where its rank lies, and what that hangs on.

    Weights are drawn around the study's (Dirichlet; a weight of 0 stays 0); the normaliser and the aggregator from those of
    the settings; and for each effect one place between its low and high figures (triangular: a figure that is too high is too
    high everywhere, so that alone it moves few ranks). A benefit that was not measured is drawn over its whole range, for each
    site on its own. Walking distances, canopy and needs are not drawn.

    Parameters
    ----------
    scores : DataFrame
        From `scoring.score`.
    qualities : mapping
        Low, central and high quality by benefit, rows as in `scores`.
    study : Study
        Its weights, seed and settings.
    top : int
        How many sites count as the best.
    groups : mapping, optional
        Weights of groups of people by benefit: which sites change band when each group's are drawn around.
    reference : Reference, optional
        As `scoring.score`: the saved sites of another run that benefits are compared with.
    """
    groups, ranked = groups or {}, _in_order(scores)
    if not len(ranked):
        return _nothing_ranked(scores, study, top)
    compared = None if reference is None else reference.populations
    drawn = draw(scores["site_id"], qualities, ranked, study, groups.values(), compared)
    order = np.argsort(scores["rank"].to_numpy()[ranked], kind="stable")
    spread = np.unique(np.linspace(0, len(ranked) - 1, min(FOLLOWED, len(ranked))).astype(int))
    best = order[:COMPARED]
    found = accept(drawn.scored, drawn.draws, drawn.means, top, followed=order[spread], compared=best)
    site_id, draws = scores["site_id"].iloc[ranked], len(drawn.draws)
    in_top = found.in_top.sum(axis=0) / draws
    settled = _settled(drawn, found) | _by_group(drawn, top, groups, study)
    result = Certainty(
        _table(scores, ranked, in_top, found, draws),
        _central_weights(drawn, found, site_id),
        _pairwise(found, site_id.iloc[best]),
        first_order(drawn.inputs.iloc[found.ranked].reset_index(drop=True), found.ranks),
        band_changes(site_id, settled, in_top, draws),
        tuple(settled),
        draws,
        top,
        _drawn_from(drawn, study),
    )
    log.info("certainty: %d sites in band A, %d draws", int((result.table["band"] == "A").sum()), draws)
    return result


def share_in_top(
    scores: pd.DataFrame,
    qualities: Mapping[str, pd.DataFrame],
    study: Study,
    top: int,
    reference: Reference | None = None,
) -> Values:
    """`p_top_k` alone, as `rank_certainty` works it out; rows as in `scores`, NaN for sites without a rank."""
    ranked, share = _in_order(scores), np.full(len(scores), np.nan)
    if len(ranked):
        compared = None if reference is None else reference.populations
        drawn = draw(scores["site_id"], qualities, ranked, study, reference=compared)
        share[ranked] = accept(drawn.scored, drawn.draws, drawn.means, top).in_top.sum(axis=0) / len(drawn.draws)
    return share


def _in_order(scores: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Rows of the sites that have a rank, in the order of their `site_id`."""
    ids = scores["site_id"].astype(str).to_numpy(dtype=object)
    ranked = np.flatnonzero(scores["rank"].notna().to_numpy())
    return ranked[np.argsort(ids[ranked], kind="stable")]


def steadfast(table: pd.DataFrame, share: float = 0.9) -> pd.DataFrame:
    """The sites that are among the best in more than this share of the draws, the surest first; ties go by `site_id`."""
    sure = table[table["p_top_k"] > share]
    return sure.sort_values(["p_top_k", "site_id"], ascending=[False, True]).reset_index(drop=True)


def _nothing_ranked(scores: pd.DataFrame, study: Study, top: int) -> Certainty:
    table = pd.DataFrame({"site_id": scores["site_id"]} | dict.fromkeys(TABLE[1:-1], np.nan) | {"band": None})
    central = pd.DataFrame(columns=["site_id", "basis", "p_first", "confidence", "confidence_error"])
    moved = pd.DataFrame(columns=CHANGES)
    none = first_order(pd.DataFrame(), np.empty((0, 0)))
    return Certainty(table, central, pd.DataFrame(), none, moved, (), study.certainty.draws, top)


def _table(
    scores: pd.DataFrame, ranked: npt.NDArray[np.int64], in_top: Values, found: Acceptance, draws: int
) -> pd.DataFrame:
    low, high = found.between(0.05, 0.95)
    values = {
        "p_top_k": np.round(in_top, 3),
        "p_top_k_error": np.round(error_of(in_top, draws), 4),
        "rank_p05": low.astype(float),
        "rank_p95": high.astype(float),
    }
    own = pd.DataFrame(values | {"band": band_of(in_top)}, index=scores.index[ranked])
    table = own.reindex(scores.index)
    table.insert(0, "site_id", scores["site_id"])
    table["band"] = table["band"].astype(object).where(table["band"].notna(), None)
    return table


def _central_weights(drawn: Drawn, found: Acceptance, site_id: pd.Series) -> pd.DataFrame:
    """Weights under which each site leads, else is among the best; and how surely the foremost lead under them."""
    draws, sites = len(drawn.draws), len(site_id)
    times = np.bincount(found.first, minlength=sites)
    ever = times > 0
    means = np.column_stack([np.bincount(found.first, w, minlength=sites) for w in drawn.draws.weight.T])
    weight = np.where(ever[:, None], means / np.maximum(times, 1)[:, None], found.top_weight)
    basis = np.where(ever, "first", np.where(np.isnan(weight[:, 0]), "never", "top"))
    confidence = np.full(sites, np.nan)
    tries = min(draws, max(100, draws // LEADING_DRAWS))
    for site in np.argsort(-times, kind="stable")[: min(LEADING, int(ever.sum()))]:
        led = leaders(drawn.scored, drawn.draws.first(tries, weight[site]), drawn.means)
        confidence[site] = (led == site).mean()
    facts = {
        "site_id": site_id.to_numpy(),
        "basis": basis,
        "p_first": times / draws,
        "confidence": confidence,
        "confidence_error": error_of(confidence, tries),
    }
    return pd.DataFrame(facts | {f"weight_{name}": weight[:, b] for b, name in enumerate(drawn.names)})


def _pairwise(found: Acceptance, site_id: pd.Series) -> pd.DataFrame:
    """How often each of the compared sites beats each other one; ties go by `site_id`, as ranks do."""
    place = np.argsort(np.argsort(site_id.to_numpy(), kind="stable"), kind="stable")
    key = found.steps.astype(np.int64) * len(place) - place
    wins = np.array([(key[:, [i]] > key).mean(axis=0) for i in range(len(place))]).reshape(len(place), -1)
    np.fill_diagonal(wins, 0.5)
    return pd.DataFrame(wins, index=pd.Index(site_id, name="site_id"), columns=pd.Index(site_id, name="beats"))


def _settled(drawn: Drawn, found: Acceptance) -> dict[tuple[str, str], tuple[Values, int]]:
    """How often each site is in the top in the draws of each normaliser, and of each aggregator, where there are several."""
    size = np.bincount(drawn.draws.group, minlength=len(drawn.kinds))
    settled = {}
    for k, switch in enumerate(("normaliser", "aggregator")):
        choices = list(dict.fromkeys(kind[k] for kind in drawn.kinds))
        for choice in choices if len(choices) > 1 else []:
            own = [g for g, kind in enumerate(drawn.kinds) if kind[k] == choice]
            count = int(size[own].sum())
            if count:
                settled[switch, str(choice)] = (found.in_top[own].sum(axis=0) / count, count)
    return settled


def _by_group(
    drawn: Drawn, top: int, groups: Mapping[str, Mapping[str, float]], study: Study
) -> dict[tuple[str, str], tuple[Values, int]]:
    """How often each site is in the top when weights are drawn around those of each group of people."""
    settled = {}
    for group, given in groups.items():
        weight = draw_weights({name: given.get(name, 0.0) for name in drawn.names}, drawn.names, study)
        again = accept(drawn.scored, drawn.draws.weighted(weight), drawn.means, top)
        settled["weights of", group] = (again.in_top.sum(axis=0) / len(weight), len(weight))
    return settled


def _drawn_from(drawn: Drawn, study: Study) -> dict[str, Any]:
    return {
        "concentration": study.certainty.concentration,
        "normalisers": sorted({kind[0] for kind in drawn.kinds}),
        "aggregators": sorted({kind[1] for kind in drawn.kinds}),
    }
