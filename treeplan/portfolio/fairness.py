"""What fairness costs, and how evenly a plan is spread."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pandas as pd

from treeplan.portfolio.problem import CLOSE, Floor, Mask, Problem, Values
from treeplan.portfolio.search import Answer, search

STEPS = 11
"""Points of the trade-off curve."""

PRICED = 24
"""How many floors and caps are priced one by one; of more, those come first whose price is highest."""


def price_of_floors(problem: Problem, answer: Answer, until: float = np.inf) -> pd.DataFrame:
    """What each floor, cap and target costs, and all of them together: the value without it alone, less the plan's.

    Parameters
    ----------
    problem : Problem
    answer : Answer
        The plan.
    until : float
        When to stop, by `time.monotonic`; floors not reached by then have no price.

    Returns
    -------
    DataFrame
        `label, setting, unit, at_most, asked, met`; `lost`, the part of the value without the floor that it costs, 0–1 (NaN where
        not worked out); `most_lost`, which it cannot exceed; `within_gap`, whether the loss is less than the plan's gap, so that
        it may be nothing. The last row is all together, where there are any.
    """
    rows = [k for k, f in enumerate(problem.floors) if f.priced]
    dearest = sorted(rows, key=lambda k: (-answer.prices[k], k))[:PRICED]
    assert answer.chosen is not None  # a plan was found before it is priced
    found = []
    for k in rows:
        floor = problem.floors[k]
        told = {"label": floor.label, "setting": floor.setting, "unit": floor.unit, "at_most": floor.at_most}
        told |= {"asked": floor.asked, "met": floor.met(answer.chosen)}
        found.append(told | _lost(problem, answer, {k}, k in dearest, until))
    if rows:
        told = {"label": "all together", "setting": "", "unit": "", "at_most": False, "asked": np.nan, "met": np.nan}
        found.append(told | _lost(problem, answer, set(rows), True, until))
    columns = ["label", "setting", "unit", "at_most", "asked", "met", "lost", "most_lost", "within_gap"]
    return pd.DataFrame(found, columns=columns)


def _lost(problem: Problem, answer: Answer, without: set[int], worked_out: bool, until: float) -> dict[str, object]:
    """The value lost by some rows; a row that is free at the prices of the bound cannot cost more than the gap."""
    assert answer.chosen is not None
    gap = answer.bound - answer.value
    if all(answer.prices[k] == 0 for k in without):
        freed = Answer(answer.chosen, answer.value, answer.bound, answer.prices)
    elif not worked_out or time.monotonic() > until:
        return {"lost": np.nan, "most_lost": np.nan, "within_gap": False}
    else:
        floors = tuple(f for k, f in enumerate(problem.floors) if k not in without)
        freed = search(replace(problem, floors=floors), until)
    most = max(freed.value, answer.value)
    whole = max(abs(most), answer.whole, 1e-300)
    lost = most - answer.value
    unsure = max(gap, freed.bound - most)
    return {
        "lost": lost / whole,
        "most_lost": max(lost, freed.bound - answer.value) / whole,
        "within_gap": bool(lost <= unsure + CLOSE * whole),
    }


def trade_off(
    problem: Problem, deprived: Mask, cost_gbp: Values, answer: Answer, until: float = np.inf
) -> pd.DataFrame:
    """The total value against the least share of the budget for the most deprived fifth, from nothing to the most there can be.

    Returns
    -------
    DataFrame
        `least_share` (of the budget, asked for), `share` (what the plan comes to), `value` (as the plan's), `gap` (proven, as a part
        of the value): at most 11 rows, fewer where the clock ended it; empty where no site serves the most deprived fifth.
    """
    budget = problem.floors[0].asked
    some = np.flatnonzero(deprived & problem.free)
    others = tuple(f for f in problem.floors if f.setting != "min_share_most_deprived_fifth")
    spent = np.where(deprived, cost_gbp, 0.0) / budget
    furthest = search(replace(problem, value=spent, floors=others, pairs=None), until)
    plans = [a.chosen for a in (answer, furthest) if a.chosen is not None]
    reach = max(float(spent[chosen].sum()) for chosen in plans)
    found, bounds = [], []
    shares = np.linspace(0, reach, STEPS) if reach > 0 else np.empty(0)
    for share in shares:
        if time.monotonic() > until:
            break
        asked = share * budget * (1 - CLOSE)
        floor = Floor(
            "the most deprived fifth", some, cost_gbp[some], asked, share, setting="min_share_most_deprived_fifth"
        )
        step = search(replace(problem, floors=(*others, floor) if share > 0 else others), until)
        if step.chosen is not None:
            plans.append(step.chosen)
        bounds.append((share, step.bound))
    for share, bound in bounds:
        worth, chosen = max(
            ((problem.worth(p), p) for p in plans if spent[p].sum() >= share * (1 - 2 * CLOSE) and _fine(p, others)),
            key=lambda plan: plan[0],
        )
        gap = max(0.0, bound - worth) / max(abs(worth), answer.whole, 1e-300)
        found.append({"least_share": share, "share": float(spent[chosen].sum()), "value": worth, "gap": gap})
    return pd.DataFrame(found, columns=["least_share", "share", "value", "gap"])


def _fine(chosen: Mask, floors: tuple[Floor, ...]) -> bool:
    return all(f.missed(chosen) == 0 for f in floors if np.isinf(f.penalty))


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
    part = rows["residents"] / whole * rows["site_id"].map(per_site)
    return part.groupby(rows["lsoa21_code"]).sum().reindex(neighbourhoods, fill_value=0.0)
