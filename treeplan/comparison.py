"""Plans set side by side: what each does, for whom and at what cost, and how far ranks move between them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from treeplan.coefficients import LEVELS
from treeplan.effects import EFFECTS, cost_of_one
from treeplan.errors import StudyError
from treeplan.feedback import private
from treeplan.plan import Plan
from treeplan.study import Study
from treeplan.vocabulary import BENEFITS, PRICE_YEAR

DATES = (2040, 2050)
"""Calendar years at which plans are compared, besides their horizon year."""

SAME_SHARE = 0.5
"""Sites of one id are the same site where they share more than this part of the larger one; pieces are numbered afresh when
other land is taken."""

SAME_PLACE_M2 = 1.0
"""Study areas that differ by no more than this are one place, m²."""

_RANKED = ("sites", "neighbourhoods")


@dataclass(frozen=True)
class Moves:
    """How far sites, or neighbourhoods, move from one plan to another of the same place.

    Attributes
    ----------
    against : str
        The plan that this one is compared with.
    rows : DataFrame
        One row for each site that both plans have, by id: `name, private, rank_before, rank_after, band_before, band_after,
        chosen_before, chosen_after, moved` (places towards the top, among those that both rank; NaN where either does not).
    only_before, only_after : int
        How many one of the two has and the other has not.
    dropped, added : int
        Sites chosen before and not after, and the other way round; a site that only one has counts.
    """

    against: str
    rows: pd.DataFrame
    only_before: int
    only_after: int
    dropped: int = 0
    added: int = 0

    @property
    def spearman(self) -> float:
        """Spearman's correlation of the ranks: 1 is the same order, −1 the reverse; NaN with fewer than two."""
        moved = self.rows["moved"].dropna()
        n = len(moved)
        return float("nan") if n < 2 else 1 - 6 * float((moved**2).sum()) / (n * (n**2 - 1))

    @property
    def changed_band(self) -> int:
        """How many sites that have a band in both change it."""
        before, after = self.rows["band_before"], self.rows["band_after"]
        return int((before.notna() & after.notna() & (before != after)).sum())

    @property
    def kept(self) -> int:
        """How many chosen sites stay chosen."""
        return int((self.rows["chosen_before"] & self.rows["chosen_after"]).sum())

    def most(self, count: int = 10) -> pd.DataFrame:
        """Those that move farthest, the farthest first; those that do not move are left out."""
        moved = self.rows[self.rows["moved"].abs() > 0]
        far = moved.assign(far=-moved["moved"].abs()).rename_axis("id")
        return far.sort_values(["far", "id"]).drop(columns="far").head(count)


@dataclass(frozen=True)
class Comparison:
    """Plans side by side.

    Attributes
    ----------
    plans : dict
        Label to plan, in the order given.
    figures : DataFrame
        `plan, figure, year, unit, low, central, high`: figures of the whole plan; `year` is NA for those of no year, the
        range has no width for counts. `figure` is an effect's name, `achieved_<benefit>`, or one of those of `compare_plans`.
    first : dict
        Label to the label of the first plan of the same place: what it is compared with.
    sites, neighbourhoods : dict
        Label to `Moves` against the first plan of its place; the first ones themselves, and plans without ranks, are absent.
    notes : dict
        Label to a sentence on what the plan is.
    """

    plans: dict[str, Plan]
    figures: pd.DataFrame
    first: dict[str, str]
    sites: dict[str, Moves]
    neighbourhoods: dict[str, Moves]
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def horizons(self) -> list[int]:
        """The years of comparison that every plan has effects for, in order."""
        own = [{*DATES, plan.study.horizon_year} for plan in self.plans.values()]
        return sorted(set.intersection(*own))

    def figure(self, label: str, name: str, year: int | None = None) -> tuple[float, float, float]:
        """One figure of a plan, low, central and high; NaN where it has none."""
        table = self.figures
        found = table[(table["plan"] == label) & (table["figure"] == name)]
        found = found[found["year"].isna()] if year is None else found[found["year"] == year]
        if found.empty:
            return (np.nan, np.nan, np.nan)
        low, central, high = found.iloc[0][list(LEVELS)]
        return float(low), float(central), float(high)

    def differing(self, label: str) -> list[tuple[str, str, str]]:
        """The settings in which a plan differs from the first of its place: setting, value there, value here."""
        before, after = self.plans[self.first[label]].study, self.plans[label].study
        return _differing(before, after)

    def table(self) -> pd.DataFrame:
        """Every figure and every movement as one long table, `compared_with` telling what a movement is from."""
        moved = [
            {"plan": label, "compared_with": m.against, "figure": name, "unit": unit, **dict.fromkeys(LEVELS, value)}
            for of in _RANKED
            for label, m in getattr(self, of).items()
            for name, unit, value in _told(of, m)
        ]
        table = pd.concat([self.figures.assign(compared_with=""), pd.DataFrame(moved)], ignore_index=True)
        return table[["plan", "compared_with", "figure", "year", "unit", *LEVELS]].astype({"year": "Int64"})


def compare_plans(plans: Mapping[str, Plan], notes: Mapping[str, str] | None = None) -> Comparison:
    """Set plans side by side; each is compared with the first plan of its place. Changes nothing.

    Figures besides effects and `achieved_<benefit>` (share of the most that the plan's own budget and sites could do for it
    alone): `candidate_sites, chosen_sites, trees_planted, planted_ha, residents_reached` (each counted once),
    `reached_most_deprived_pct, cost_most_deprived_pct` (parts for the most deprived fifth of England's neighbourhoods),
    `budget_gbp, cost_per_tree_gbp, cost_per_tco2e_gbp` (by the horizon year). Costs are in prices of 2022.

    Parameters
    ----------
    plans : mapping
        Label to plan, from `make_plan`.
    notes : mapping, optional
        Label to a sentence on what the plan is.

    Raises
    ------
    StudyError
        There are fewer than two plans.
    """
    if len(plans) < 2:
        raise StudyError(
            f"there is only one plan to compare ({', '.join(plans) or 'none'})",
            "add a [scenarios.NAME] table to the study file, or name a second study.",
        )
    figures = pd.concat([_figures(plan).assign(plan=label) for label, plan in plans.items()], ignore_index=True)
    first = {label: next(a for a in plans if _same_place(plans[a], plan)) for label, plan in plans.items()}
    others = [label for label in plans if first[label] != label]
    return Comparison(
        plans=dict(plans),
        figures=figures[["plan", "figure", "year", "unit", *LEVELS]].astype({"year": "Int64"}),
        first=first,
        sites={
            label: _site_moves(first[label], plans[first[label]], plans[label])
            for label in others
            if len(plans[label].sites) and len(plans[first[label]].sites)
        },
        neighbourhoods={
            label: _zone_moves(first[label], plans[first[label]].neighbourhoods, plans[label].neighbourhoods)
            for label in others
        },
        notes=dict(notes or {}),
    )


def _same_place(one: Plan, other: Plan) -> bool:
    apart = shapely.symmetric_difference(one.layers.area, other.layers.area)
    return bool(shapely.area(apart) <= SAME_PLACE_M2)


# ---------------------------------------------------------------- figures of one plan


def _figures(plan: Plan) -> pd.DataFrame:
    """`figure, year, unit, low, central, high` of the whole plan; none without sites."""
    if plan.choice is None or plan.effects is None:
        return pd.DataFrame(columns=["figure", "year", "unit", *LEVELS])
    rows = _counts(plan)
    for name in plan.effects.values:
        totals = plan.total(name)
        for year in sorted({*DATES, plan.study.horizon_year}):
            rows.append((name, year, EFFECTS[name].unit, *totals[:, plan.effects.years.index(year)]))
    rows += _prices(plan)
    for name in BENEFITS:
        share = plan.choice.achieved.get(name, np.nan)
        rows.append((f"achieved_{name}", None, "%", *[100 * share] * 3))
    return pd.DataFrame(rows, columns=["figure", "year", "unit", *LEVELS])


def _counts(plan: Plan) -> list[tuple[Any, ...]]:
    """Sites, trees and people: counts have no width."""
    chosen, reached = plan.chosen, plan.reached
    trees = [float(chosen[f"trees_{level}"].sum()) for level in LEVELS]
    people = people_fifth = np.nan
    if reached is not None:
        people = float(reached["residents"].sum())
        people_fifth = float(reached.loc[reached["most_deprived_fifth"], "residents"].sum())
    cost = float(chosen["cost_gbp"].sum())
    cost_fifth = float(chosen.loc[chosen["most_deprived_fifth"], "cost_gbp"].sum())
    exact = {
        "candidate_sites": ("sites", float(len(plan.sites))),
        "chosen_sites": ("sites", float(len(chosen))),
        "planted_ha": ("ha", float(chosen["area_m2"].sum()) / 1e4),
        "residents_reached": ("people", people),
        "reached_most_deprived_pct": ("%", 100 * people_fifth / people if people > 0 else np.nan),
        "cost_most_deprived_pct": ("%", 100 * cost_fifth / cost if cost > 0 else np.nan),
        "budget_gbp": ("£", plan.study.plan.budget_gbp),
    }
    rows: list[tuple[Any, ...]] = [(name, None, unit, *[value] * 3) for name, (unit, value) in exact.items()]
    return [*rows, ("trees_planted", None, "trees", *trees)]


def _prices(plan: Plan) -> list[tuple[Any, ...]]:
    """Cost per tree planted, and per tonne of carbon that the trees hold by the horizon year; NaN where there is no bound."""
    trees, cost, carbon = (
        [float(plan.chosen[f"{name}_{level}"].sum()) for level in LEVELS]
        for name in ("trees", "cost_gbp", "carbon_tco2e")
    )
    per_tree, per_tonne = (
        np.where(np.isinf(price), np.nan, price)
        for price in (cost_of_one(cost, trees, trees), cost_of_one(cost, carbon, trees))
    )
    return [
        ("cost_per_tree_gbp", None, f"£ of {PRICE_YEAR} per tree", *per_tree),
        ("cost_per_tco2e_gbp", None, f"£ of {PRICE_YEAR} per tCO2e", *per_tonne),
    ]


# ---------------------------------------------------------------- ranks


def _site_moves(against: str, before: Plan, after: Plan) -> Moves:
    keep = ["site_id", "name", "rank", "band", "chosen", "geometry"]
    one, two = (plan.sites[keep].assign(private=private(plan.sites)) for plan in (before, after))
    both = one.merge(two, on="site_id", suffixes=("_before", "_after"), validate="one_to_one")
    both = both[_same_ground(both)].set_index("site_id")
    rows = _moved(both.assign(private=both["private_before"] | both["private_after"]))
    return Moves(
        against,
        rows,
        only_before=len(one) - len(rows),
        only_after=len(two) - len(rows),
        dropped=int(one["chosen"].sum() - (rows["chosen_before"] & rows["chosen_after"]).sum()),
        added=int(two["chosen"].sum() - (rows["chosen_before"] & rows["chosen_after"]).sum()),
    )


def _same_ground(both: pd.DataFrame) -> pd.Series:
    one, two = both["geometry_before"].to_numpy(), both["geometry_after"].to_numpy()
    shared = shapely.area(shapely.intersection(one, two))
    return pd.Series(shared > SAME_SHARE * np.maximum(shapely.area(one), shapely.area(two)), index=both.index)


def _zone_moves(against: str, before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> Moves:
    one, two = (
        pd.DataFrame(zones[["lsoa21_code", "name", "need_rank"]]).rename(columns={"need_rank": "rank"})
        for zones in (before, after)
    )
    both = one.merge(two, on="lsoa21_code", suffixes=("_before", "_after"), validate="one_to_one")
    no_sites = {"band_before": None, "band_after": None, "chosen_before": False, "chosen_after": False}
    rows = _moved(both.set_index("lsoa21_code").assign(private=False, **no_sites))
    return Moves(against, rows, only_before=len(one) - len(rows), only_after=len(two) - len(rows))


def _moved(both: pd.DataFrame) -> pd.DataFrame:
    """Ranks before and after, and the places moved among those that both plans rank."""
    ranked = both["rank_before"].notna() & both["rank_after"].notna()
    places = [both.loc[ranked, f"rank_{when}"].rank(method="first") for when in ("before", "after")]
    keep = [f"{what}_{when}" for what in ("rank", "band", "chosen") for when in ("before", "after")]
    table = both.rename(columns={"name_before": "name"})[["name", "private", *keep]].sort_index()
    return table.assign(moved=(places[0] - places[1]).reindex(table.index))


def _told(of: str, moves: Moves) -> list[tuple[str, str, float]]:
    """What `Comparison.table` says of a movement: figure, unit, value."""
    told = [(f"{of}_rank_correlation", "Spearman's rho", moves.spearman)]
    told += [(f"{of}_in_both", of, len(moves.rows)), (f"{of}_only_before", of, moves.only_before)]
    told.append((f"{of}_only_after", of, moves.only_after))
    if of == "sites":
        told.append(("sites_changing_band", of, moves.changed_band))
        told += [("chosen_kept", of, moves.kept), ("chosen_dropped", of, moves.dropped)]
        told.append(("chosen_added", of, moves.added))
    return [(name, unit, float(value)) for name, unit, value in told]


# ---------------------------------------------------------------- settings


def _differing(before: Study, after: Study) -> list[tuple[str, str, str]]:
    one, two = _flat(before.published()), _flat(after.published())
    names = sorted((one.keys() | two.keys()) - {"name", "note"})
    return [(n, one.get(n, "–"), two.get(n, "–")) for n in names if one.get(n) != two.get(n)]


def _flat(settings: dict[str, Any], above: str = "") -> dict[str, str]:
    """Settings by their full name: {"land": {"take_in": ["golf"]}} → {"land.take_in": "golf"}."""
    found: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{above}{name}.")
        elif value is not None:
            found[above + name] = _plain(value)
    return found


def _plain(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return ", ".join(value) or "none"
    if isinstance(value, float):
        return f"{value:,.10g}"
    return value if isinstance(value, str) else json.dumps(value)
