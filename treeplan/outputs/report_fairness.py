"""The report's part on fairness: what each floor and cap costs, what more for the most deprived would cost, and how even it is."""

from __future__ import annotations

from base64 import b64encode

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from treeplan.outputs.drawing import SITE
from treeplan.outputs.report_tables import Picture, Section, Table
from treeplan.outputs.sheet import INK, svg_of
from treeplan.outputs.words import say, whole
from treeplan.plan import Plan
from treeplan.portfolio import Choice, by_neighbourhood, gini
from treeplan.vocabulary import BENEFITS

_MM = 1 / 25.4
WIDE_MM, HIGH_MM = 150, 78
LITTLE, SEEN = 0.01, 0.0001
"""Losses of value below these are told as less than 1 %, and as less than 0.01 %."""


def fairness_section(plan: Plan) -> Section:
    """What the rules of the plan cost, the value against the share for the most deprived fifth, and how even spending is."""
    choice = plan.choice
    assert choice is not None  # sites are only there with a choice
    said = [say("fairness.intro")] if len(choice.prices) else [say("report.plan_no_floors")]
    said += _evenness(plan)
    tables = [_prices(plan, choice)] if len(choice.prices) else []
    tables += [_shortfall(choice)] if choice.shortfall else []
    tables += [_years(plan)] if choice.plant_year is not None else []
    curve = choice.tradeoff
    pictures = []
    if len(curve) > 1:
        tables.append(_curve_table(curve))
        pictures.append(_curve(plan, curve))
    return Section("fairness", say("fairness.title"), said, tables, pictures=pictures)


def _evenness(plan: Plan) -> list[str]:
    """How evenly the plan's money is spread among residents, by neighbourhood."""
    zones = plan.neighbourhoods.set_index("lsoa21_code")
    spent = by_neighbourhood(plan.chosen.set_index("site_id")["cost_gbp"], plan.served, zones.index)
    uneven = gini(spent.to_numpy(dtype=float), zones["residents"].to_numpy(dtype=float))
    if np.isnan(uneven):
        return []
    return [say("fairness.gini", gini=f"{uneven:.2f}", some=whole((spent > 0).sum()), zones=whole(len(zones)))]


def _prices(plan: Plan, choice: Choice) -> Table:
    """Each floor and cap: what is asked, what the plan comes to, and the value it costs."""
    rows = []
    for row in choice.prices.itertuples():
        if not row.setting:
            continue
        how = say("fairness.most" if row.at_most else "fairness.least")
        rows.append(
            (
                str(row.label),
                f"{how} {_amount(plan, row.asked, row.unit)}",
                _amount(plan, row.met, row.unit),
                _lost(row),
            )
        )
    last = choice.prices.iloc[-1]
    rows.append((say("fairness.all"), "", "", _lost(last)))
    columns = [say(f"fairness.{key}") for key in ("rule", "asked", "met", "lost")]
    return Table(
        say("fairness.prices"), columns, rows, frozenset({1, 2, 3}), note=say("fairness.prices_note"), total=True
    )


def _amount(plan: Plan, amount: float, unit: str) -> str:
    if unit == "gbp":
        return say("fairness.percent", share=f"{100 * amount / plan.study.plan.budget_gbp:.1f}")
    return f"{amount:,.1f} ha" if unit == "ha" else say("fairness.trees", n=whole(amount))


def _lost(row: pd.Series) -> str:
    """The value lost by a rule, %: honest about the proven gap."""
    if np.isnan(row.lost):
        return say("fairness.not_priced")
    if row.lost <= 0 and row.most_lost <= 1e-9:
        return say("fairness.nothing")
    if row.within_gap:
        return say("fairness.at_most", most=_small(row.most_lost)) if row.most_lost >= SEEN else say("fairness.unseen")
    return say("fairness.percent", share=_small(row.lost))


def _small(share: float) -> str:
    """A part of the value in percent: one decimal, two where it is small."""
    return f"{100 * share:.1f}" if share >= LITTLE else f"{100 * share:.2f}"


def _shortfall(choice: Choice) -> Table:
    """How far each target is missed."""
    rows = [
        (BENEFITS[name].label, say("fairness.percent", share=f"{100 * missed:.1f}"))
        for name, missed in choice.shortfall.items()
    ]
    columns = [say("report.benefit"), say("fairness.missed")]
    return Table(say("fairness.shortfall"), columns, rows, frozenset({1}))


def _years(plan: Plan) -> Table:
    """What is planted in which year, and what it costs."""
    chosen = plan.chosen
    by_year = chosen.groupby("plant_year").agg(
        sites=("site_id", "size"), trees=("trees", "sum"), cost=("cost_gbp", "sum")
    )
    rows = [
        (year, whole(plan.study.plan.phases[year]), *(whole(v) for v in by_year.reindex([int(year)]).fillna(0).iloc[0]))
        for year in sorted(plan.study.plan.phases)
    ]
    columns = [say(f"fairness.{key}") for key in ("year", "comes_in", "sites", "trees_planted", "cost")]
    return Table(say("fairness.years"), columns, rows, frozenset({1, 2, 3, 4}))


# ---------------------------------------------------------------- the trade-off curve


def _curve_table(curve: pd.DataFrame) -> Table:
    most = float(curve["value"].max())
    rows = [
        (f"{100 * r.least_share:.0f}", f"{100 * r.share:.0f}", f"{100 * r.value / most:.1f}")
        for r in curve.itertuples()
    ]
    columns = [say(f"fairness.{key}") for key in ("at_least", "comes_to", "value")]
    return Table(say("fairness.curve"), columns, rows, frozenset({0, 1, 2}), (curve["value"] / most).tolist())


def _curve(plan: Plan, curve: pd.DataFrame) -> Picture:
    """The value that is left against the least share of the budget for the most deprived fifth."""
    most, choice = float(curve["value"].max()), plan.choice
    assert choice is not None
    spent = float(plan.chosen.loc[plan.chosen["most_deprived_fifth"], "cost_gbp"].sum()) / plan.study.plan.budget_gbp
    figure = Figure(figsize=(WIDE_MM * _MM, HIGH_MM * _MM))
    axes = figure.add_axes((0.11, 0.19, 0.85, 0.76))
    axes.plot(100 * curve["least_share"], 100 * curve["value"] / most, "-o", color=SITE, linewidth=1.6, markersize=4.5)
    axes.plot([100 * spent], [100 * choice.value / most], "s", color="#c8541d", markersize=7, zorder=5)
    axes.annotate(
        say("fairness.this_plan"),
        (100 * spent, 100 * choice.value / most),
        textcoords="offset points",
        xytext=(-8, -16),
        ha="right",
        fontsize=9,
        color="#a03d0f",
    )
    axes.set_ylim(0, 106)
    axes.set_xlim(-1, max(100 * float(curve["least_share"].max()), 100 * spent) + 4)
    axes.set_xlabel(say("fairness.axis_share"), fontsize=9, color=INK)
    axes.set_ylabel(say("fairness.axis_value"), fontsize=9, color=INK)
    axes.tick_params(labelsize=9, color="#9aa3ab", labelcolor=INK)
    axes.grid(axis="y", color="#e3e6e8", linewidth=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    title = _finding(curve, most)
    return Picture(
        data=b64encode(svg_of(figure).encode()).decode(),
        title=title,
        alt=say("fairness.curve_alt", title=title),
        key=[],
        caption=say("fairness.curve_caption"),
        source="",
    )


def _finding(curve: pd.DataFrame, most: float) -> str:
    """What the curve says: up to where more for the most deprived costs next to nothing, and what the most there can be costs."""
    cheap = curve[curve["value"] >= (1 - LITTLE) * most]["least_share"].max()
    last = curve.iloc[-1]
    return say(
        "fairness.curve_title",
        cheap=f"{100 * cheap:.0f}",
        most=f"{100 * last['least_share']:.0f}",
        cost=f"{100 * (1 - last['value'] / most):.0f}",
    )
