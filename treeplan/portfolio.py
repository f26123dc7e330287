"""The sites chosen within a budget, with fairness floors, and what those floors cost."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

from treeplan import weights
from treeplan.errors import PlanError
from treeplan.study import Study
from treeplan.vocabulary import BENEFITS

log = logging.getLogger(__name__)

Values = npt.NDArray[np.float64]

_INFEASIBLE = 2


@dataclass(frozen=True)
class Floor:
    """A least or most part of the budget for some of the sites."""

    label: str
    members: npt.NDArray[np.bool_]
    share: float
    at_most: bool = False


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
        Proven: no plan is better by more than this part of `value`.
    cost_of_floors : float
        Part of the value that the floors and caps cost together, 0–1.
    """

    chosen: npt.NDArray[np.bool_]
    achieved: dict[str, float]
    value: float
    gap: float
    cost_of_floors: float
    floors: tuple[Floor, ...] = ()


def choose(
    sites: gpd.GeoDataFrame,
    scores: pd.DataFrame,
    cost_gbp: Values,
    deprived: npt.NDArray[np.bool_],
    districts: list[str],
    study: Study,
) -> Choice:
    """The plan: whole sites that together do most within the budget, floors and caps kept.

    It maximises the weighted sum over benefits of what the plan gains, divided by the most that the same budget could gain
    for that benefit alone; so hectares and street trees compete by what the money does.

    Parameters
    ----------
    sites : GeoDataFrame
        Candidate sites, with `district_code` and `setting`.
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
        The budget pays for no site, or the floors cannot be met; the message says which and by how much.
    """
    require_sense(districts, study)
    budget = study.plan.budget_gbp
    free = scores["rank"].notna().to_numpy()
    if not (cost_gbp[free] <= budget).any():
        least = f"the cheapest costs £{cost_gbp[free].min():,.0f}" if free.any() else "no site has a rank"
        raise PlanError(
            f"the budget of £{budget:,.0f} pays for no site ({least})",
            "raise [plan] budget_gbp, or take in smaller sites.",
        )
    share = weights.shares(study)
    gains, best = _gains(scores, share, cost_gbp, free, study)
    value = sum((share[name] * gains[name] / best[name] for name in gains), np.zeros(len(sites)))
    floors = _floors(sites, deprived, free, districts, study)
    _require_reachable(floors, cost_gbp, budget)
    chosen, gap = _solve(value, cost_gbp, budget, floors, study.plan.seconds, free)
    total = float(value[chosen].sum())
    cost_of_floors = 0.0
    if floors:
        unbound, _ = _solve(value, cost_gbp, budget, (), study.plan.seconds, free)
        most = float(value[unbound].sum())
        cost_of_floors = max(0.0, 1 - total / most) if most > 0 else 0.0
    achieved = {name: min(1.0, float(gains[name][chosen].sum() / best[name])) for name in gains}
    log.info("plan: %d sites chosen for £%.0f of £%.0f", int(chosen.sum()), cost_gbp[chosen].sum(), budget)
    return Choice(chosen, achieved, total, gap, cost_of_floors, floors)


def _gains(
    scores: pd.DataFrame, share: dict[str, float], cost: Values, free: npt.NDArray[np.bool_], study: Study
) -> tuple[dict[str, Values], dict[str, float]]:
    """Gains by benefit that carry weight and can be had, and the most the budget could do for each alone.

    A gain that is unknown counts as nothing; one below nought is a loss, and stays one.
    """
    gains, best = {}, {}
    for name in BENEFITS:
        gain = np.nan_to_num(scores[f"gain_{name}"].to_numpy(dtype=float), nan=0.0)
        gain = np.where(free, gain, 0.0)
        if share[name] > 0 and gain.max(initial=0.0) > 0:
            alone, _ = _solve(np.maximum(gain, 0.0), cost, study.plan.budget_gbp, (), study.plan.seconds, free)
            gains[name], best[name] = gain, float(gain[alone].sum())
    return {n: g for n, g in gains.items() if best[n] > 0}, best


def _floors(
    sites: gpd.GeoDataFrame,
    deprived: npt.NDArray[np.bool_],
    free: npt.NDArray[np.bool_],
    districts: list[str],
    study: Study,
) -> tuple[Floor, ...]:
    plan = study.plan
    floors = []
    if plan.min_share_most_deprived_fifth > 0:
        floors.append(Floor("the most deprived fifth", deprived & free, plan.min_share_most_deprived_fifth))
    if plan.min_share_by_district > 0:
        home = sites["district_name"].fillna("").to_numpy()
        floors += [Floor(f"district {name}", (home == name) & free, plan.min_share_by_district) for name in districts]
    for setting, share in sorted(plan.max_share_by_setting.items()):
        floors.append(Floor(f"{setting} sites", (sites["setting"] == setting).to_numpy() & free, share, at_most=True))
    return tuple(floors)


def require_sense(districts: list[str], study: Study, deprived: int | None = None) -> None:
    """Stop, before any site is known, at floors that no sites could meet.

    Parameters
    ----------
    districts : list of str
        Names of the study's districts.
    study : Study
        Its `[plan]`.
    deprived : int, optional
        How many of its neighbourhoods are among the most deprived fifth of England, where that is known.

    Raises
    ------
    PlanError
        Saying which floor, and why.
    """
    plan = study.plan
    if plan.min_share_by_district > 0 and not districts:
        raise PlanError(
            "min_share_by_district is asked for, but the study's neighbourhoods have no districts",
            "add [sources.lsoa_to_ward] or [sources.districts].",
        )
    if plan.min_share_by_district * len(districts) > 1 + 1e-9:
        raise PlanError(
            f"the plan's floors cannot be met: {len(districts)} districts at {plan.min_share_by_district:.0%} each come to more "
            "than the budget",
            "lower [plan] min_share_by_district.",
        )
    if plan.min_share_most_deprived_fifth > 0 and deprived == 0:
        raise PlanError(
            f"the plan's floors cannot be met: {plan.min_share_most_deprived_fifth:.0%} are asked for the most deprived fifth of "
            "England's neighbourhoods, and the study has none of them",
            "leave [plan] min_share_most_deprived_fifth out here.",
        )


def _require_reachable(floors: tuple[Floor, ...], cost: Values, budget: float) -> None:
    """Stop early, with names and figures, where a floor is beyond what its sites could ever spend, or floors exceed the budget."""
    short = []
    for floor in floors:
        could = float(cost[floor.members & (cost <= budget)].sum())
        if not floor.at_most and could < floor.share * budget:
            short.append(
                f"{floor.label}: £{floor.share * budget:,.0f} is asked for, but its sites come to £{could:,.0f}"
            )
    if short:
        raise PlanError(
            "the plan's floors cannot be met:\n  " + "\n  ".join(short),
            "lower those floors in [plan], or take in more land.",
        )


def _solve(
    value: Values, cost: Values, budget: float, floors: tuple[Floor, ...], seconds: float, free: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.bool_], float]:
    """Whole sites of greatest value within the budget: the choice, and the proven gap (HiGHS, through scipy)."""
    # Money in shares of the budget and value in shares of the greatest: figures near 1 suit the solver.
    scaled_cost = cost / budget
    scaled_value = value / max(float(value.max(initial=0.0)), 1e-300)
    buyable = (cost <= budget) & free
    rows = [LinearConstraint(scaled_cost, -np.inf, 1.0)]
    for floor in floors:
        bounds = (-np.inf, floor.share) if floor.at_most else (floor.share, np.inf)
        rows.append(LinearConstraint(np.where(floor.members, scaled_cost, 0.0), *bounds))
    answer = _quietly(
        milp,
        -scaled_value,
        constraints=rows,
        integrality=np.ones(len(value)),
        bounds=Bounds(0, buyable.astype(float)),
        options={"time_limit": seconds, "mip_rel_gap": 1e-4},
    )
    if answer.status == _INFEASIBLE:
        raise PlanError(
            "no set of whole sites keeps every floor and cap of [plan] at once: " + "; ".join(_said(f) for f in floors),
            "lower one of them; a budget that pays for more sites also makes floors easier to keep.",
        )
    if answer.x is None:
        raise PlanError(f"no plan was found in {seconds:g} seconds", "give it more time: [plan] seconds = 120.")
    return answer.x > 0.5, max(0.0, float(answer.mip_gap or 0.0))


def _quietly(solve: Callable[..., Any], *given: Any, **settings: Any) -> Any:
    """Call a solver with the terminal closed: HiGHS as scipy 1.17 bundles it prints debugging lines past Python."""
    sys.stdout.flush()
    terminal, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        return solve(*given, **settings)
    finally:
        os.dup2(terminal, 1)
        os.close(terminal)
        os.close(nowhere)


def _said(floor: Floor) -> str:
    return f"{floor.label} {'at most' if floor.at_most else 'at least'} {floor.share:.0%}"
