"""Plans side by side as a page and a table: figures with their ranges, and how far ranks move."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from treeplan import provenance
from treeplan.comparison import Comparison, Moves
from treeplan.effects import EFFECTS
from treeplan.outputs.report_tables import UNITS, Section, Table, cell, of_many, page
from treeplan.outputs.tables import write_csv
from treeplan.outputs.words import out_of_100, say, spread, two_figures, whole
from treeplan.vocabulary import BENEFITS, PRICE_YEAR

FILES = ("comparison.csv", "comparison.html", "run.json")
"""What `write_comparison` writes."""

_COUNTED = frozenset({"candidate_sites", "chosen_sites", "residents_reached", "budget_gbp"})
_LEADING = ("trees_alive", "canopy_m2", "carbon_tco2e", "cooling_degc")


def write_comparison(comparison: Comparison, folder: str | Path) -> Path:
    """Write the page, the table and the record of every run, whole or not at all; returns the folder.

    Raises
    ------
    OutputError
        The disk is full or the folder may not be written.
    """
    folder = Path(folder)
    with provenance.whole_folder(folder, made=FILES) as partial:
        write_csv(comparison.table(), partial / "comparison.csv")
        write_page(comparison, partial / "comparison.html")
        record = {label: plan.record() for label, plan in comparison.plans.items()}
        provenance.write_json(partial / "run.json", record)
    return folder


def write_page(comparison: Comparison, path: Path) -> None:
    """Write the page alone."""
    path.write_text(render(comparison), encoding="utf-8", newline="\n")


def render(comparison: Comparison) -> str:
    """The comparison as one HTML page that asks the web for nothing."""
    plans = comparison.plans
    first = next(iter(plans.values()))
    made = say(
        "compare.made",
        date=f"{first.date.day} {first.date:%B %Y}",
        version=provenance.versions()["treeplan"],
        hashes="; ".join(f"{label} {plan.config_hash}" for label, plan in plans.items()),
    )
    places = list(dict.fromkeys(plan.study.name for plan in plans.values()))
    return page(
        say("compare.title", places=" · ".join(places)),
        first.study.note,
        _notice(comparison),
        made,
        sections(comparison),
    )


def sections(comparison: Comparison) -> list[Section]:
    """The parts of the page."""
    parts = [_findings(comparison), _differing(comparison), _side_by_side(comparison)]
    parts += [_achieved(comparison), _every_effect(comparison)]
    parts += [_ranks(comparison)] if comparison.sites else []
    parts += [_zones(comparison)] if comparison.neighbourhoods else []
    return [*parts, _limits(comparison)]


def _notice(comparison: Comparison) -> str:
    bare = [label for label, plan in comparison.plans.items() if plan.sites.empty]
    return say("compare.no_sites", plans=", ".join(bare)) if bare else ""


# ---------------------------------------------------------------- what was found


def _findings(comparison: Comparison) -> Section:
    return Section("findings", say("report.findings"), items=said(comparison))


def said(comparison: Comparison) -> list[str]:
    """What each plan does beside the first of its place, in plain sentences."""
    lines = []
    for label, first in comparison.first.items():
        if label == first:
            lines.append(_one(comparison, label))
            apart = next(iter(comparison.plans))
            lines += [say("compare.apart", plan=label, first=apart)] if label != apart else []
        elif label in comparison.sites:
            lines.append(_one(comparison, label))
            lines.append(_moved(comparison, label))
    return lines


def _one(comparison: Comparison, label: str) -> str:
    """One plan in a sentence: trees, cost, carbon, people."""
    plan = comparison.plans[label]
    if plan.sites.empty:
        return say("compare.no_plan", plan=label)
    year = plan.study.horizon_year
    reached = comparison.figure(label, "residents_reached")[1]
    return say(
        "compare.one",
        plan=label,
        sites=whole(len(plan.chosen)),
        trees=spread(*comparison.figure(label, "trees_planted")),
        cost=spread(*comparison.figure(label, "cost_gbp", year)),
        carbon=spread(*comparison.figure(label, "carbon_tco2e", year)),
        year=year,
        people=say("effects.not_known") if math.isnan(reached) else whole(reached),
    )


def _moved(comparison: Comparison, label: str) -> str:
    moves = comparison.sites[label]
    return say(
        "compare.moved",
        plan=label,
        first=moves.against,
        kept=whole(moves.kept),
        dropped=whole(moves.dropped),
        added=whole(moves.added),
        alike=_correlation(moves),
        bands=whole(moves.changed_band),
        both=whole(len(moves.rows)),
    )


def _differing(comparison: Comparison) -> Section:
    shown = next(iter(comparison.plans.values())).study.note
    said = [say("compare.note", plan=p, note=note) for p, note in comparison.notes.items() if note != shown]
    tables = []
    for label, first in comparison.first.items():
        if label != first:
            rows = [(f"{setting}", one, two) for setting, one, two in comparison.differing(label)]
            columns = [say("compare.setting"), first, label]
            caption = say("compare.settings_of", plan=label, first=first)
            tables.append(Table(caption, columns, rows or [(say("compare.no_setting"), "", "")]))
    return Section("differing", say("compare.differing"), said, tables)


# ---------------------------------------------------------------- side by side


def _side_by_side(comparison: Comparison) -> Section:
    return Section("side_by_side", say("compare.side_by_side"), [say("compare.intro")], [leading_table(comparison)])


def leading_table(comparison: Comparison) -> Table:
    """The figures that lead: trees, canopy, carbon, cooling, people, cost; a column to each plan."""
    rows = [_row(comparison, name) for name in ("chosen_sites", "trees_planted", "planted_ha")]
    for name in _LEADING:
        rows += [_row(comparison, name, year) for year in comparison.horizons]
    rows += [_row(comparison, name) for name in ("residents_reached", "reached_most_deprived_pct")]
    rows += [_cost_row(comparison)]
    rows += [_row(comparison, n) for n in ("cost_per_tree_gbp", "cost_per_tco2e_gbp", "cost_most_deprived_pct")]
    columns = [say("compare.figure"), say("report.unit"), *comparison.plans]
    return Table(
        say("compare.side_by_side"),
        columns,
        rows,
        frozenset(range(2, len(columns))),
        note=say("compare.figures_note", prices=PRICE_YEAR),
    )


def _cost_row(comparison: Comparison) -> tuple[str, ...]:
    cells = [
        cell(*comparison.figure(label, "cost_gbp", plan.study.horizon_year)) for label, plan in comparison.plans.items()
    ]
    return (EFFECTS["cost_gbp"].label, EFFECTS["cost_gbp"].unit, *cells)


def _row(comparison: Comparison, name: str, year: int | None = None) -> tuple[str, ...]:
    """A figure of every plan; its words and unit are the effect's, or stand in the catalogue."""
    if name in EFFECTS:
        facts = EFFECTS[name]
        label = of_many(facts)
        words, unit = f"{label}, {year}", facts.unit
    else:
        table = comparison.figures
        words, unit = say(f"compare.{name}"), str(next(iter(table.loc[table["figure"] == name, "unit"]), ""))
    told_in, scale = UNITS.get(unit, (unit, 1.0))
    figures = [scale * np.array(comparison.figure(label, name, year)) for label in comparison.plans]
    cells = [whole(f[1]) if name in _COUNTED and not math.isnan(f[1]) else _cell(*f) for f in figures]
    return (words, told_in, *cells)


def _cell(low: float, central: float, high: float) -> str:
    """A figure with its range; one that has no upper bound says so."""
    if math.isnan(high) and not math.isnan(central):
        return say("effects.or_more", middle=two_figures(central), least=two_figures(low))
    return cell(low, central, high)


def _achieved(comparison: Comparison) -> Section:
    rows, bars = [], []
    for name, facts in BENEFITS.items():
        shares = [comparison.figure(label, f"achieved_{name}")[1] / 100 for label in comparison.plans]
        rows.append((facts.label, *(say("report.achieved_none") if math.isnan(s) else out_of_100(s) for s in shares)))
        bars.append((None, *(None if math.isnan(s) else s for s in shares)))
    columns = [say("report.benefit"), *comparison.plans]
    table = Table(
        say("compare.achieved"),
        columns,
        rows,
        frozenset(range(1, len(columns))),
        note=say("compare.achieved_note"),
        cell_bars=bars,
    )
    return Section("achieved", say("compare.achieved"), [say("compare.achieved_intro")], [table])


def _every_effect(comparison: Comparison) -> Section:
    known = set(comparison.figures["figure"])
    rows = [_row(comparison, name, year) for name in EFFECTS if name in known for year in comparison.horizons]
    columns = [say("effects.effect"), say("report.unit"), *comparison.plans]
    table = Table(say("compare.effects"), columns, rows, frozenset(range(2, len(columns))))
    return Section("effects", say("compare.effects"), [say("general.carbon_2040")], [table], folded=True)


# ---------------------------------------------------------------- ranks


def moves_table(comparison: Comparison) -> Table:
    """How far the ranks of sites move, a column to each plan that is compared with another of its place."""
    moves = comparison.sites
    rows = [
        (say("compare.against"), *(m.against for m in moves.values())),
        (say("compare.in_both"), *(whole(len(m.rows)) for m in moves.values())),
        (say("compare.only_one"), *(f"{whole(m.only_before)} / {whole(m.only_after)}" for m in moves.values())),
        (say("compare.correlation"), *(_correlation(m) for m in moves.values())),
        (say("compare.bands"), *(whole(m.changed_band) for m in moves.values())),
        (say("compare.kept"), *(whole(m.kept) for m in moves.values())),
        (say("compare.swapped"), *(f"{whole(m.dropped)} / {whole(m.added)}" for m in moves.values())),
    ]
    numbers = frozenset(range(1, 1 + len(moves)))
    return Table(say("compare.ranks"), ["", *moves], rows, numbers, note=say("compare.ranks_note"))


def _ranks(comparison: Comparison) -> Section:
    tables = [moves_table(comparison)]
    tables += [t for label, m in comparison.sites.items() if (t := _farthest(m, label)) is not None]
    return Section("ranks", say("compare.ranks"), tables=tables)


def _farthest(moves: Moves, label: str) -> Table | None:
    """The ten that move farthest; private land is not named."""
    far = moves.most()
    if far.empty:
        return None
    rows = [
        (
            say("compare.private") if r.private else str(r.name),
            whole(r.rank_before),
            whole(r.rank_after),
            f"{r.moved:+.0f}".replace("-", "−"),
            say("compare.yes" if r.chosen_before else "compare.no"),
            say("compare.yes" if r.chosen_after else "compare.no"),
        )
        for r in far.itertuples(index=False)
    ]
    columns = [say(f"compare.{key}") for key in ("site", "rank_before", "rank_after", "places", "chosen", "chosen_now")]
    caption = say("compare.farthest", plan=label, first=moves.against)
    return Table(caption, columns, rows, frozenset({1, 2, 3}))


def _zones(comparison: Comparison) -> Section:
    rows, tables = [], []
    for label, moves in comparison.neighbourhoods.items():
        rows.append((label, moves.against, whole(len(moves.rows)), _correlation(moves)))
        far = [
            (str(r.name), whole(r.rank_before), whole(r.rank_after), f"{r.moved:+.0f}".replace("-", "−"))
            for r in moves.most().itertuples(index=False)
        ]
        if far:
            columns = [say("report.neighbourhood")]
            columns += [say(f"compare.{key}") for key in ("rank_before", "rank_after", "places")]
            caption = say("compare.farthest", plan=label, first=moves.against)
            tables.append(Table(caption, columns, far, frozenset({1, 2, 3})))
    columns = [say("compare.plan"), say("compare.against"), say("compare.in_both"), say("compare.correlation")]
    lead = Table(say("compare.zones"), columns, rows, frozenset({2, 3}))
    return Section("zones", say("compare.zones"), tables=[lead, *tables], folded=True)


def _correlation(moves: Moves) -> str:
    value = moves.spearman
    return "–" if math.isnan(value) else f"{value:.2f}".replace("-", "−")


def _limits(comparison: Comparison) -> Section:
    said = [say("general.not_decided"), say("general.two_figures"), say("compare.own_budget")]
    lines = dict.fromkeys(line for plan in comparison.plans.values() for line in plan.attributions)
    return Section("limits", say("report.limits"), said, items=list(lines))
