"""What the report is made of, sections and tables, and its tables of sites, benefits and effects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import jinja2
import pandas as pd

from treeplan import weights
from treeplan.coefficients import LEVELS
from treeplan.effects import EFFECTS, Effect
from treeplan.feedback import private
from treeplan.outputs.words import catalogue, out_of_100, plain, say, spread, whole
from treeplan.plan import Plan
from treeplan.vocabulary import BENEFITS

UNITS = {"m2": ("ha", 1e-4), "m3": ("m³", 1.0), "degC": ("°C", 1.0), "tCO2e": ("tonnes of CO₂e", 1.0)}
"""How a unit of effects is told of many sites, and how many of these one of it is."""


@dataclass(frozen=True)
class Table:
    """A table of the report: the first cell of a row names it; `bars` (0–1) are drawn beside the rows, `cell_bars` (a row of
    them, or none, to each row) below the figures of single cells, `cell_shades` (0–1, 1 the darkest) behind them; words among
    figures stand in `small_rows`; a `narrow` table does not take the whole width for its bars."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()
    bars: Sequence[float | None] = ()
    note: str = ""
    total: bool = False
    cell_bars: Sequence[Sequence[float | None]] = ()
    small_rows: frozenset[int] = frozenset()
    cell_shades: Sequence[Sequence[float | None]] = ()
    narrow: bool = False


@dataclass(frozen=True)
class Picture:
    """A picture of the report: an SVG in base64, a title that says the finding, and what its colours mean (`key`, after `lead`)."""

    data: str
    title: str
    alt: str
    key: Sequence[tuple[str, str]]
    caption: str
    source: str
    lead: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the report under one heading."""

    id: str
    title: str
    said: Sequence[str] = ()
    tables: Sequence[Table] = ()
    items: Sequence[str] = ()
    folded: bool = False
    pictures: Sequence[Picture] = ()


def page(title: str, note: str | None, notice: str, made: str, sections: Sequence[Section]) -> str:
    """Sections as one HTML page that asks the web for nothing."""
    loader = jinja2.FunctionLoader(lambda name: resources.files("treeplan.templates").joinpath(name).read_text("utf-8"))
    pages = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return pages.get_template("report.html.j2").render(
        w=catalogue()["report"], title=title, note=note, notice=notice, made=made, sections=sections
    )


# ---------------------------------------------------------------- sites


def named_sites(plan: Plan, sites: pd.DataFrame, title: str, total: bool = False) -> Table:
    """Sites by name; those of private owners are summed up in one row."""
    keys = ("rank", "site", "place", "reference", "trees", "cost", "band")
    columns = [*(say(f"report.{key}") for key in keys), say("report.sure", top=plan.top)]
    public = ~private(sites)
    rows = [_site_row(site) for site in sites[public].itertuples(index=False)]
    hidden = sites[~public]
    if len(hidden):
        said = say("report.private", n=whole(len(hidden)))
        rows.append(("–", said, "", "", _trees(hidden), _costs(hidden), "", ""))
    if total:
        cost = whole(sites["cost_gbp"].sum())
        rows.append((say("report.total"), "", "", "", whole(sites["trees"].sum()), cost, "", ""))
    return Table(title, columns, rows, frozenset({0, 4, 5, 7}), total=total)


def _site_row(site: Any) -> tuple[str, ...]:
    own = pd.DataFrame([site._asdict()])
    home = site.ward_name if isinstance(site.ward_name, str) else site.district_name
    sure = out_of_100(site.p_top_k)
    return (
        whole(site.rank),
        str(site.name),
        plain(home),
        site.grid_reference,
        _trees(own),
        _costs(own),
        plain(site.band),
        sure,
    )


def _trees(sites: pd.DataFrame) -> str:
    low, central, high = (whole(sites[f"trees_{level}"].sum()) for level in LEVELS)
    return f"{central} ({low}–{high})"


def _costs(sites: pd.DataFrame) -> str:
    low, central, high = (float(sites[f"cost_gbp_{level}"].sum()) for level in LEVELS)
    return spread(low, central, high)


# ---------------------------------------------------------------- benefits


def achieved_table(plan: Plan) -> Table:
    """Each benefit's weight and how much of what the budget could do for it the plan does."""
    assert plan.choice is not None
    achieved = plan.choice.achieved
    share = weights.shares(plan.study)
    rows, bars = [], []
    for name in sorted(BENEFITS, key=lambda n: (-achieved.get(n, -1.0), n)):
        done = achieved.get(name)
        rows.append(
            (
                BENEFITS[name].label,
                out_of_100(share[name]),
                say("report.achieved_none") if done is None else out_of_100(done),
            )
        )
        bars.append(done)
    columns = [say("report.benefit"), say("report.weight"), say("report.achieved_of")]
    return Table(say("report.achieved"), columns, rows, frozenset({1, 2}), bars, say("report.achieved_note"))


def cell(low: float, central: float, high: float) -> str:
    """A modelled figure in a table: "34 (28–41)", or that it is not known."""
    return say("effects.not_known") if math.isnan(central) else spread(low, central, high)


def of_many(facts: Effect) -> str:
    """What an effect of many sites together is called: a mean, and residents and groups that count once, say so."""
    how = {"sum": "", "mean": say("effects.per_site"), "joint": say("effects.once")}[facts.together]
    return f"{facts.label} ({how})" if how else facts.label


def told(plan: Plan, name: str, at: Sequence[int]) -> tuple[str, list[str]]:
    """The unit of an effect, and what the chosen sites come to together at each place in the effects' years, with its range."""
    unit, scale = UNITS.get(EFFECTS[name].unit, (EFFECTS[name].unit, 1.0))
    return unit, [cell(*figure) for figure in scale * plan.total(name)[:, list(at)].T]
