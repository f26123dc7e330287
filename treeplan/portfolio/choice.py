"""The choice of sites: what is asked, the search, and what the choice comes to."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from treeplan import weights
from treeplan.errors import PlanError, counted
from treeplan.portfolio.clashes import clash, require_reachable
from treeplan.portfolio.closeness import pairs_of
from treeplan.portfolio.exact import solve, solve_all
from treeplan.portfolio.fairness import price_of_floors, trade_off
from treeplan.portfolio.phases import plant_years
from treeplan.portfolio.problem import Floor, Mask, Problem, Values
from treeplan.portfolio.rules import locks, require_sense, rules
from treeplan.portfolio.search import Answer, prepare
from treeplan.study import Study
from treeplan.vocabulary import BENEFITS

log = logging.getLogger(__name__)

_FOR_THE_BEST, _FOR_THE_PLAN, _FOR_PRICES = 0.25, 0.7, 0.85
"""Parts of the time by which the most of each benefit, the plan, and the price of each floor must be there; the curve gets the rest."""


@dataclass(frozen=True)
class Choice:
    """The sites chosen, and how good the choice is.

    Attributes
    ----------
    chosen : array of bool
        By site.
    achieved : dict
        Benefit to the share (0–1) of the most that the same budget could do for that benefit alone; benefits without a
        weight, or that nothing here provides, are absent.
    value : float
        The weighted sum of those shares, 0–1.
    gap : float
        Proven: no plan is better by more than this part of `value` (with closeness, of the value and its rewards). With the
        objective "least shortfall": no plan's shortfall is less by more than this, 0–1.
    cost_of_floors : float
        Part of the value that the floors, caps and targets cost together, 0–1.
    floors : tuple of Floor
        Floors and caps that are parts of the budget.
    targets : tuple of Floor
        Targets in trees and hectares.
    prices : DataFrame
        What each floor, cap and target costs (`fairness.price_of_floors`).
    tradeoff : DataFrame
        The value against the least share for the most deprived fifth (`fairness.trade_off`).
    shortfall : dict
        With the objective "least shortfall": benefit to the part of its target that is missed, 0–1.
    plant_year : array of int, optional
        By site, 0 where not chosen; None without phases.
    stopped_by : str
        "time" where the clock ended the search, so that a quicker machine may find a better plan; "work" where a fixed amount of
        work did; else nothing.
    """

    chosen: npt.NDArray[np.bool_]
    achieved: dict[str, float]
    value: float
    gap: float
    cost_of_floors: float
    floors: tuple[Floor, ...] = ()
    targets: tuple[Floor, ...] = ()
    prices: pd.DataFrame = field(default_factory=pd.DataFrame)
    tradeoff: pd.DataFrame = field(default_factory=pd.DataFrame)
    shortfall: dict[str, float] = field(default_factory=dict)
    plant_year: npt.NDArray[np.int64] | None = None
    stopped_by: str = ""

    def record(self) -> dict[str, Any]:
        """The facts that a run keeps: value and certificate, shares achieved, the price of each floor, the trade-off curve."""
        return {
            "value": round(self.value, 6),
            "gap": round(self.gap, 6),
            "stopped_by": self.stopped_by,
            "achieved": {name: round(share, 4) for name, share in self.achieved.items()},
            "shortfall": {name: round(missed, 4) for name, missed in self.shortfall.items()},
            "cost_of_floors": round(self.cost_of_floors, 4),
            "prices": _rows(self.prices),
            "tradeoff": _rows(self.tradeoff),
        }


def choose(
    sites: gpd.GeoDataFrame,
    scores: pd.DataFrame,
    cost_gbp: Values,
    deprived: Mask,
    districts: list[str],
    study: Study,
) -> Choice:
    """The plan: whole sites that together do most within the budget, every row of `[plan]` kept.

    It maximises the weighted sum over benefits of what the plan gains, divided by the most that the same budget could gain
    for that benefit alone; so hectares and street trees compete by what the money does.

    Parameters
    ----------
    sites : GeoDataFrame
        Candidate sites, with the columns that `[plan]` asks for (`district_name`, `setting`, `site_id` …).
    scores : DataFrame
        With `gain_<benefit>` and `rank`, rows as in `sites`. Sites without a rank are not chosen.
    cost_gbp : array
        Cost of each whole site, £.
    deprived : array of bool
        Whether each site serves the most deprived fifth of England's neighbourhoods.
    districts : list of str
        Names of the study's districts, whether they have sites or not.
    study : Study
        Its weights and `[plan]`.

    Raises
    ------
    PlanError
        The budget pays for no site, or the rows cannot be kept; the message says which and by how much.
    """
    prepare()
    begun, seconds = time.monotonic(), study.plan.seconds
    until = begun + _FOR_THE_PLAN * seconds
    require_sense(districts, study)
    free, locked = locks(sites, cost_gbp, scores["rank"].notna().to_numpy(), study)
    _require_costs(cost_gbp, free, study)
    floors = rules(sites, cost_gbp, deprived, free, districts, study)
    require_reachable(floors, cost_gbp)
    share = weights.shares(study)
    gains, best = _gains(scores, share, floors, free, begun + _FOR_THE_BEST * seconds)
    value = sum((share[name] * gains[name] / best[name] for name in gains), np.zeros(len(sites)))
    problem = _problem(sites, value, gains, best, share, floors, free, locked, study)
    answer = solve(problem, until)
    if answer.chosen is None:
        raise clash(replace(problem, floors=floors), begun + seconds)
    chosen = answer.chosen if not study.plan.targets else _most_within(problem, answer, value, until)
    prices = price_of_floors(problem, answer, begun + _FOR_PRICES * seconds)
    curve = trade_off(problem, deprived, cost_gbp, answer, begun + seconds)
    achieved = {name: min(1.0, float(gains[name][chosen].sum() / best[name])) for name in gains}
    log.info(
        "plan: %d sites chosen for £%.0f of £%.0f", int(chosen.sum()), cost_gbp[chosen].sum(), study.plan.budget_gbp
    )
    if answer.stopped_by == "time":
        log.warning(
            "the clock ended the search for a plan: a quicker machine may find another. Give [plan] seconds more"
        )
    return Choice(
        chosen,
        achieved,
        float(value[chosen].sum()),
        answer.gap if not study.plan.targets else answer.bound - answer.value,
        float(np.nan_to_num(prices["lost"].iloc[-1])) if len(prices) else 0.0,
        tuple(f for f in floors[1:] if f.unit == "gbp"),
        tuple(f for f in floors if f.unit in ("trees", "ha")),
        prices,
        curve,
        _shortfall(problem, chosen),
        _years(sites, chosen, value, cost_gbp, study),
        answer.stopped_by,
    )


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as a record holds them: figures to six places, unknown ones as nothing."""
    told = table.to_dict("records")
    return [{str(k): _figure(v) if isinstance(v, float) else v for k, v in row.items()} for row in told]


def _figure(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 6)


def _require_costs(cost: Values, free: Mask, study: Study) -> None:
    """Stop at costs that cannot be, and at a budget that pays for nothing."""
    wrong = int((~(cost[free] >= 0)).sum())
    if wrong:
        raise PlanError(
            f"{counted(wrong, 'site')} cost less than nothing, or an unknown sum",
            "see the coefficients that end in _gbp: no cost may be below 0.",
        )
    budget = study.plan.budget_gbp
    if not (cost[free] <= budget).any():
        least = f"the cheapest costs £{cost[free].min():,.0f}" if free.any() else "no site has a rank"
        raise PlanError(
            f"the budget of £{budget:,.0f} pays for no site ({least})",
            "raise [plan] budget_gbp, or take in smaller sites.",
        )


def _gains(
    scores: pd.DataFrame, share: dict[str, float], floors: tuple[Floor, ...], free: Mask, until: float
) -> tuple[dict[str, Values], dict[str, float]]:
    """Gains by benefit that carry weight and can be had, and the most the budget could do for each alone.

    Floors, caps and targets do not count there, conflicts do. A gain that is unknown counts as nothing; one below nought is a
    loss, and stays one.
    """
    bounds = tuple(f for f in floors if not f.priced)
    gains = {
        name: np.where(free, np.nan_to_num(scores[f"gain_{name}"].to_numpy(dtype=float), nan=0.0), 0.0)
        for name in BENEFITS
        if share[name] > 0
    }
    gains = {name: gain for name, gain in gains.items() if gain.max(initial=0.0) > 0}
    alone = solve_all([Problem(np.maximum(gain, 0.0), bounds, free) for gain in gains.values()], until, needed=True)
    best = {name: max(0.0, answer.value) for name, answer in zip(gains, alone, strict=True)}
    return {n: g for n, g in gains.items() if best[n] > 0}, best


def _problem(
    sites: gpd.GeoDataFrame,
    value: Values,
    gains: dict[str, Values],
    best: dict[str, float],
    share: dict[str, float],
    floors: tuple[Floor, ...],
    free: Mask,
    locked: Mask,
    study: Study,
) -> Problem:
    """What the objective asks for: the greatest value, or the least shortfall from the targets."""
    plan = study.plan
    if plan.objective == "most":
        near = pairs_of(sites, value, free, plan.closeness, plan.closeness_m) if plan.closeness > 0 else None
        return Problem(value, floors, free, locked, near)
    lost = sorted(name for name in plan.targets if name not in gains)
    if lost:
        raise PlanError(
            f"[plan] targets names {', '.join(lost)}, which no site here provides or which has no weight",
            "leave it out of targets, or give it a weight.",
        )
    whole, every = sum(share[name] for name in plan.targets), np.flatnonzero(free)
    rows = tuple(
        Floor(
            name,
            every,
            gains[name][every] / best[name],
            target,
            unit="share",
            setting="targets",
            penalty=share[name] / whole,
        )
        for name, target in sorted(plan.targets.items())
    )
    return Problem(np.zeros(len(value)), (*floors, *rows), free, locked)


def _most_within(problem: Problem, answer: Answer, value: Values, until: float) -> Mask:
    """Of the plans that are as little short of every target as this one, one of great value."""
    assert answer.chosen is not None
    chosen = answer.chosen
    rows = tuple(
        replace(f, asked=min(f.asked, f.met(chosen)), penalty=np.inf) if np.isfinite(f.penalty) else f
        for f in problem.floors
    )
    kept = tuple(f for f in rows if f.asked > 0)
    more = solve(replace(problem, value=value, floors=kept), until)
    better = more.chosen is not None and more.value > value[chosen].sum()
    return more.chosen if better and more.chosen is not None and problem.kept(more.chosen) else chosen


def _shortfall(problem: Problem, chosen: Mask) -> dict[str, float]:
    return {f.label: f.missed(chosen) / f.asked for f in problem.floors if f.setting == "targets"}


def _years(
    sites: gpd.GeoDataFrame, chosen: Mask, value: Values, cost: Values, study: Study
) -> npt.NDArray[np.int64] | None:
    phases = study.plan.phases
    return plant_years(chosen, value, cost, sites["site_id"].to_numpy(), phases) if phases else None
