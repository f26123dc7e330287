"""What `[plan]` asks for, as rows: budget, floors, caps, targets, conflicts; and which sites may and must be taken."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from treeplan.errors import PlanError, counted, listed
from treeplan.feedback import private
from treeplan.portfolio.problem import Floor, Mask, Places, Values
from treeplan.study import Study
from treeplan.vocabulary import OWNER_TIERS, SITE_TYPES

_COLUMNS = {
    "district": "district_name",
    "ward": "ward_name",
    "owner_tier": "owner_tier",
    "site_type": "site_type",
    "setting": "setting",
}


def rules(
    sites: gpd.GeoDataFrame, cost_gbp: Values, deprived: Mask, free: Mask, districts: list[str], study: Study
) -> tuple[Floor, ...]:
    """Every row of the plan: the budget first, then floors and caps, targets, and conflicts.

    Parameters
    ----------
    sites : GeoDataFrame
        With the columns that `[plan]` asks for groups of, `trees_central`, `area_m2` or `site_id` where it asks for those.
    cost_gbp : array
        By site, £.
    deprived, free : array of bool
        Whether a site serves the most deprived fifth, and whether it may be chosen.
    districts : list of str
        The study's districts, whether they have sites or not.
    study : Study
        Its `[plan]`.

    Raises
    ------
    PlanError
        A group, or a site of a conflict, that there is none of.
    """
    plan, every = study.plan, np.flatnonzero(free)
    found = [Floor("the budget", every, cost_gbp[every], plan.budget_gbp, 1.0, True, setting="budget_gbp")]
    if plan.min_share_most_deprived_fifth > 0:
        some = np.flatnonzero(deprived & free)
        share = plan.min_share_most_deprived_fifth
        found.append(
            _of_money("the most deprived fifth", some, cost_gbp, share, study, "min_share_most_deprived_fifth")
        )
    for setting, grouping, at_most in plan.asks_by_group:
        found += _by_group(setting, grouping, at_most, sites, cost_gbp, free, districts, study)
    if plan.min_trees:
        trees = sites["trees_central"].to_numpy(dtype=float)[every]
        found.append(Floor("trees", every, trees, plan.min_trees, unit="trees", setting="min_trees"))
    if plan.min_hectares:
        land = sites["area_m2"].to_numpy(dtype=float)[every] / 1e4
        found.append(Floor("land planted", every, land, plan.min_hectares, unit="ha", setting="min_hectares"))
    for ids in plan.conflicts:
        some = np.intersect1d(places_of(ids, sites, "conflicts"), every)
        ones = np.ones(len(some))
        found.append(
            Floor(f"one of {', '.join(ids)}", some, ones, 1.0, at_most=True, unit="sites", setting="conflicts")
        )
    return tuple(found)


def _of_money(
    label: str, members: Places, cost: Values, share: float, study: Study, setting: str, at_most: bool = False
) -> Floor:
    return Floor(label, members, cost[members], share * study.plan.budget_gbp, share, at_most, setting=setting)


def _by_group(
    setting: str,
    grouping: str,
    at_most: bool,
    sites: gpd.GeoDataFrame,
    cost: Values,
    free: Mask,
    districts: list[str],
    study: Study,
) -> list[Floor]:
    """A floor or cap for each group: for those named, else for every district, or every other group that has sites."""
    home = sites[_COLUMNS[grouping]].fillna("").astype(str).to_numpy()
    there = sorted(set(home[free]) - {""})
    given = study.plan.share(setting)
    if isinstance(given, dict):
        known = sorted({*there, *districts}) if grouping == "district" else there
        strange = sorted(name for name, share in given.items() if name not in known and (share > 0 and not at_most))
        if grouping in ("district", "ward"):
            strange = sorted(name for name in given if name not in known)
        if strange:
            what = grouping.replace("_", " ")
            raise PlanError(
                f"[plan] {setting} names {what} {', '.join(strange)}, which has no site; "
                f"there are {listed(known, like=strange) or 'none'}",
                "correct the name, or leave it out.",
            )
        shares = {name: share for name, share in given.items() if name in known}
    else:
        shares = dict.fromkeys(districts if grouping == "district" and not at_most else there, given)
    rows = []
    for name, share in sorted(shares.items()):
        if share < 1 if at_most else share > 0:
            members = np.flatnonzero((home == name) & free)
            rows.append(_of_money(_label(grouping, name), members, cost, share, study, setting, at_most))
    return rows


def _label(grouping: str, name: str) -> str:
    if grouping == "owner_tier":
        return f"owner tier {name} ({OWNER_TIERS[int(name)]})"
    if grouping == "site_type":
        return SITE_TYPES[name].label.lower() if name in SITE_TYPES else name
    return f"{name} sites" if grouping == "setting" else f"{grouping} {name}"


def places_of(ids: tuple[str, ...], sites: gpd.GeoDataFrame, setting: str) -> Places:
    """Where sites stand in the table.

    Raises
    ------
    PlanError
        An id that is no site of this run; the message names the nearest ones that may be shown.
    """
    if not ids:
        return np.empty(0, dtype=np.int64)
    at = {str(name): k for k, name in enumerate(sites["site_id"])}
    strange = [name for name in ids if name not in at]
    if strange:
        shown = sites["site_id"][~private(sites)] if {"owner_tier", "field_status"} <= set(sites) else sites["site_id"]
        raise PlanError(
            f"[plan] {setting} names {listed(strange)}, which {'is no site' if len(strange) == 1 else 'are no sites'} of this "
            f"run; its sites are like {listed(shown.astype(str), like=strange, most=5)}",
            "take the site_id from sites.csv; a site's id changes where its land does.",
        )
    return np.array(sorted(at[name] for name in ids), dtype=np.int64)


def locks(sites: gpd.GeoDataFrame, cost_gbp: Values, ranked: Mask, study: Study) -> tuple[Mask, Mask]:
    """Which sites may be chosen, and which must be.

    Raises
    ------
    PlanError
        A locked site that there is not, that has no rank, or more of them than the budget pays for.
    """
    free, locked = ranked.copy(), np.zeros(len(ranked), dtype=bool)
    locked[places_of(study.plan.lock_in, sites, "lock_in")] = True
    free[places_of(study.plan.lock_out, sites, "lock_out")] = False
    unranked = int((locked & ~ranked).sum())
    if unranked:
        raise PlanError(
            f"[plan] lock_in holds {counted(unranked, 'site')} that cannot be judged, because most of what counts is unknown there",
            "leave them out of lock_in, or add the layers that are missing.",
        )
    spent, budget = float(cost_gbp[locked].sum()), study.plan.budget_gbp
    if spent > budget * (1 + 1e-9):
        raise PlanError(
            f"the sites of [plan] lock_in cost £{spent:,.0f}, more than the budget of £{budget:,.0f}",
            "lock in fewer sites, or raise budget_gbp.",
        )
    return free, locked


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
    plan, each = study.plan, study.plan.min_share_by_district
    if each and not districts:
        raise PlanError(
            "min_share_by_district is asked for, but the study's neighbourhoods have no districts",
            "add [sources.lsoa_to_ward] or [sources.districts].",
        )
    if not isinstance(each, dict) and each * len(districts) > 1 + 1e-9:
        raise PlanError(
            f"the plan's floors cannot be met: {len(districts)} districts at {each:.0%} each come to more than the budget",
            "lower [plan] min_share_by_district.",
        )
    if plan.min_share_most_deprived_fifth > 0 and deprived == 0:
        raise PlanError(
            f"the plan's floors cannot be met: {plan.min_share_most_deprived_fifth:.0%} are asked for the most deprived fifth of "
            "England's neighbourhoods, and the study has none of them",
            "leave [plan] min_share_most_deprived_fifth out here.",
        )
