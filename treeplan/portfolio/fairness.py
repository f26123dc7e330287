"""What fairness costs, and how evenly a plan is spread."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from treeplan.portfolio.exact import solve_all
from treeplan.portfolio.problem import CLOSE, Floor, Mask, Problem, Values
from treeplan.portfolio.search import Answer

_DEPRIVED = "min_share_most_deprived_fifth"
_CURVE = ["least_share", "share", "value", "gap"]
_NODES, _ENOUGH = 100, 1e-3
"""Work of the solver for each price and each point of the curve, and the gap with which it stops."""

_TO = 0.99
"""How far the curve goes, as a part of the most that can be reached: beyond that it only shows which costs happen to add up."""

STEPS = 11
"""Points of the trade-off curve."""

PRICED = 12
"""How many floors and caps are priced one by one; of more, those come first whose price is highest."""


def price_of_floors(problem: Problem, answer: Answer, until: float) -> pd.DataFrame:
    """What each floor, cap and target costs, and all of them together: the value without it alone, less the plan's.

    Parameters
    ----------
    problem : Problem
    answer : Answer
        The plan.
    until : float
        When to stop, by `time.monotonic`; a price that was not reached by then is known less well.

    Returns
    -------
    DataFrame
        `label, setting, unit, at_most, asked, met`; `lost`, the part of the value without the floor that it costs, 0–1 (NaN where
        not worked out); `most_lost`, which it cannot exceed; `within_gap`, whether the loss is less than the gaps, so that
        it may be nothing. The last row is all together, where there are any.
    """
    assert answer.chosen is not None  # a plan was found before it is priced
    rows = [k for k, f in enumerate(problem.floors) if f.priced]
    dear = [k for k in sorted(rows, key=lambda k: (-answer.prices[k], k)) if answer.prices[k] > 0][:PRICED]
    sets = [{k} for k in dear] + ([set(rows)] if len(rows) > 1 and dear else [])
    freed = solve_all([_without(problem, some) for some in sets], until, _NODES, _ENOUGH) if sets else []
    found = []
    for k in rows:
        floor = problem.floors[k]
        told = {"label": floor.label, "setting": floor.setting, "unit": floor.unit, "at_most": floor.at_most}
        told |= {"asked": floor.asked, "met": floor.met(answer.chosen)}
        free = answer.prices[k] == 0
        found.append(told | _lost(answer, freed[dear.index(k)] if k in dear else answer if free else None))
    if rows:
        told = {"label": "all together", "setting": "", "unit": "", "at_most": False, "asked": np.nan, "met": np.nan}
        found.append(told | _lost(answer, freed[-1] if freed else answer))
    columns = ["label", "setting", "unit", "at_most", "asked", "met", "lost", "most_lost", "within_gap"]
    return pd.DataFrame(found, columns=columns)


def _without(problem: Problem, some: set[int]) -> Problem:
    return replace(problem, floors=tuple(f for k, f in enumerate(problem.floors) if k not in some))


def _lost(answer: Answer, freed: Answer | None) -> dict[str, object]:
    """The value lost by rows; a row that is free at the prices of the bound costs no more than the gap, without more ado."""
    if freed is None or freed.chosen is None:
        return {"lost": np.nan, "most_lost": np.nan, "within_gap": False}
    most = max(freed.value, answer.value)
    whole = max(abs(most), answer.whole, 1e-300)
    lost = most - answer.value
    unsure = max(answer.bound - answer.value, freed.bound - most)
    return {
        "lost": lost / whole,
        "most_lost": max(lost, freed.bound - answer.value) / whole,
        "within_gap": bool(lost <= unsure + CLOSE * whole),
    }


def trade_off(problem: Problem, deprived: Mask, cost_gbp: Values, answer: Answer, until: float) -> pd.DataFrame:
    """The total value against the least share of the budget for the most deprived fifth, from nothing to nearly the most there can be.

    Returns
    -------
    DataFrame
        `least_share` (of the budget, asked for), `share` (what the plan comes to), `value` (as the plan's), `gap` (proven, as a part
        of the value): 11 rows; empty where no site serves the most deprived fifth.
    """
    budget = problem.floors[0].asked
    some = np.flatnonzero(deprived & problem.free)
    others = tuple(f for f in problem.floors if f.setting != _DEPRIVED)
    spent = np.where(deprived, cost_gbp, 0.0) / budget
    hard = tuple(f for f in others if np.isinf(f.penalty))
    furthest = Problem(spent, hard, problem.free, problem.locked)
    paid = any(p > 0 for f, p in zip(problem.floors, answer.prices, strict=True) if f.setting == _DEPRIVED)
    free = [replace(problem, floors=others)] if paid else []
    *freed, last = solve_all([*free, furthest], until, _NODES, _ENOUGH)
    first = freed[0] if freed else answer  # a floor that is free at the prices of the bound leaves the bound as it is
    plans = [a.chosen for a in (answer, first, last) if a.chosen is not None]
    reach = max(float(spent[chosen].sum()) for chosen in plans)
    if reach <= 0 or first.chosen is None:
        return pd.DataFrame(columns=_CURVE)
    shares = np.linspace(0, _TO * reach, STEPS)
    floors = [
        Floor("the most deprived fifth", some, cost_gbp[some], share * budget * (1 - CLOSE), share, setting=_DEPRIVED)
        for share in shares
    ]
    asked = [replace(problem, floors=(*others, floor) if floor.share > 0 else others) for floor in floors]
    beyond = [k for k, question in enumerate(asked) if not question.kept(first.chosen)]
    steps = dict(zip(beyond, solve_all([asked[k] for k in beyond], until, _NODES, _ENOUGH), strict=True))
    plans += [step.chosen for step in steps.values() if step.chosen is not None]
    found = []
    for k, (share, question) in enumerate(zip(shares, asked, strict=True)):
        fit = [chosen for chosen in plans if question.kept(chosen)]
        chosen = max(fit, key=question.worth)
        worth, bound = question.worth(chosen), min(steps.get(k, first).bound, first.bound)
        gap = max(0.0, bound - worth) / max(abs(worth), answer.whole, 1e-300)
        found.append((share, float(spent[chosen].sum()), worth, gap))
    return pd.DataFrame(found, columns=_CURVE)


def gini(amounts: Values, residents: Values) -> float:
    """How unevenly something is shared among residents: 0 where all have the same, near 1 where few have all; NaN where there is none.

    Parameters
    ----------
    amounts : array
        What each neighbourhood gets, 0 or more.
    residents : array
        How many people live there; places without any do not count.

    References
    ----------
    The Gini coefficient of amounts per resident, each neighbourhood weighted by its residents (METHODS.md 8.1).
    """
    lived = residents > 0
    amounts, people = amounts[lived].astype(float), residents[lived].astype(float)
    if not len(people) or amounts.sum() <= 0:
        return float("nan")
    order = np.argsort(amounts / people, kind="stable")
    people, got = people[order] / people.sum(), np.cumsum(amounts[order]) / amounts.sum()
    return float(1 - (people * (got + np.concatenate([[0.0], got[:-1]]))).sum())


def by_neighbourhood(per_site: pd.Series, served: pd.DataFrame, neighbourhoods: pd.Index) -> pd.Series:
    """What sites come to by neighbourhood: each site's amount is shared among the neighbourhoods it serves by residents served.

    Parameters
    ----------
    per_site : Series
        Amount by `site_id`: trees, or £, of the chosen sites.
    served : DataFrame
        `site_id, lsoa21_code, residents`. A site that serves nobody is left out.
    neighbourhoods : Index
        `lsoa21_code` of every neighbourhood that counts.
    """
    rows = served[served["site_id"].isin(per_site.index) & (served["residents"] > 0)]
    whole = rows.groupby("site_id")["residents"].transform("sum")
    part = rows["residents"] / whole * rows["site_id"].map(per_site).astype(float)
    return part.groupby(rows["lsoa21_code"]).sum().reindex(neighbourhoods, fill_value=0.0)
