"""The report's part on what the chosen sites would do: by year, by age of the trees, for what money, and how far to trust it."""

from __future__ import annotations

from treeplan.coefficients import LEVELS
from treeplan.effects import AFTER, DATES, EFFECTS, cost_of_one
from treeplan.outputs.report_tables import UNITS, Section, Table, of_many, told
from treeplan.outputs.words import carbon, for_each, say
from treeplan.plan import Plan

BY_AGE = ("trees_alive", "canopy_m2", "carbon_tco2e")
"""Effects that are the trees themselves, told by their age too."""

COST = "cost_gbp"


def effects_section(plan: Plan) -> Section:
    """What the chosen sites would do together, what each of it costs, and what nobody can claim."""
    effects = plan.effects
    assert effects is not None
    said = [
        say("effects.intro", year=plan.study.planting_year),
        carbon(plan),
        say("effects.no_claims"),
        f"{say('general.association')} {say('effects.association_figure')}",
    ]
    weak = [f"{e.label.lower()} ({e.weak})" for name, e in EFFECTS.items() if e.weak and name in effects.values]
    said += [say("effects.weak", named="; ".join(weak))] if weak else []
    lead = [name for name in effects.values if EFFECTS[name].leading]
    tables = [_by_date(plan, lead), _by_age(plan), _for_money(plan, lead)]
    return Section("effects", say("effects.title"), said, tables)


def more_effects_section(plan: Plan) -> Section:
    """The effects that are for those who ask: parts of others, figures behind benefits, weak ones."""
    assert plan.effects is not None
    rest = [name for name in plan.effects.values if not EFFECTS[name].leading]
    return Section("more_effects", say("effects.more"), [], [_by_date(plan, rest)], folded=True)


def _by_date(plan: Plan, names: list[str]) -> Table:
    effects, years = plan.effects, sorted({*DATES, plan.study.horizon_year})
    assert effects is not None
    at, rows = [effects.years.index(year) for year in years], []
    for name in names:
        unit, cells = told(plan, name, at)
        rows.append((of_many(EFFECTS[name]), unit, *cells))
    columns = [say("effects.effect"), say("effects.unit"), *map(str, years)]
    return Table(say("effects.by_date"), columns, rows, frozenset(range(2, 2 + len(years))))


def _by_age(plan: Plan) -> Table:
    assert plan.effects is not None
    at, rows = [plan.effects.years.index(plan.study.planting_year + age) for age in AFTER], []
    for name in BY_AGE:
        unit, cells = told(plan, name, at)
        label = EFFECTS[name].label
        rows.append((label if unit in label.casefold() else f"{label}, {unit}", *cells))
    columns = [say("effects.effect"), *(say("effects.age", years=age) for age in AFTER)]
    return Table(say("effects.by_age"), columns, rows, frozenset(range(1, 1 + len(AFTER))))


def _for_money(plan: Plan, names: list[str]) -> Table:
    """What one unit of each effect that adds up costs."""
    effects, year = plan.effects, plan.study.horizon_year
    assert effects is not None
    at = effects.years.index(year)
    cost = plan.total(COST)[:, at]
    trees = [float(plan.chosen[f"trees_{level}"].sum()) for level in LEVELS]
    rows = []
    for name in names:
        facts = EFFECTS[name]
        if facts.together != "sum" or facts.unit == "£":
            continue
        unit, scale = UNITS.get(facts.unit, (facts.unit, 1.0))
        done = scale * plan.total(name)[:, at]
        rows.append((facts.label, unit, for_each(*cost_of_one(cost, done, trees))))
    columns = [say("effects.effect"), say("effects.unit"), say("effects.cost")]
    return Table(say("effects.for_money", year=year), columns, rows, frozenset({2}), note=say("effects.for_money_note"))
