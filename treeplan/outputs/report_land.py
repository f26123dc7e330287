"""The report's tables of land: types of planting, constraints as used, streets, visits, gardens."""

from __future__ import annotations

from treeplan.coefficients import LEVELS
from treeplan.constraints import CONSTRAINTS, declared_constraints
from treeplan.outputs.report_tables import Table
from treeplan.outputs.words import out_of_100, say, two_figures, whole
from treeplan.plan import Plan
from treeplan.roles import LAYERS
from treeplan.vocabulary import FIELD_STATUSES, SITE_TYPES


def types_table(plan: Plan) -> Table:
    """How many sites of each type there are, how large, and how many trees fit."""
    rows = []
    for kind, facts in SITE_TYPES.items():
        own = plan.sites[plan.sites["site_type"] == kind]
        if own.empty:
            continue
        low, central, high = (float(own[f"trees_{level}"].sum()) for level in LEVELS)
        trees = f"{two_figures(central)} ({two_figures(low)}–{two_figures(high)})"
        area = float(own["area_m2"].sum()) / 1e4
        rows.append((facts.label, facts.plain, whole(len(own)), f"{area:,.2f}", trees))
    columns = [say(f"land.{key}") for key in ("type", "type_plain", "type_sites", "area_ha", "type_trees")]
    return Table(say("land.types"), columns, rows, frozenset({2, 3, 4}))


def rules_table(plan: Plan) -> Table:
    """What makes a piece of ground each type, the smallest that counts, and what to plant there."""
    present = set(plan.sites["site_type"])
    rows = [
        (facts.label, facts.rule, _smallest(kind), facts.species)
        for kind, facts in SITE_TYPES.items()
        if kind in present
    ]
    return Table(say("land.rules"), [say(f"land.{key}") for key in ("type", "rule", "smallest", "species")], rows)


def _smallest(kind: str) -> str:
    facts = SITE_TYPES[kind]
    if facts.smallest:
        return facts.smallest
    length = say("land.least_length", m=f"{facts.least_length_m:g}") if facts.least_length_m else ""
    return say("land.least", m2=f"{facts.least_m2:,.0f}", m=f"{facts.least_width_m:g}") + length


def constraints_table(plan: Plan) -> Table:
    """Every constraint of the study: its distance, what it does, where it comes from, and whether its layer is there."""
    rows = []
    used = declared_constraints(plan.study)
    for name, c in used.items():
        own = name not in CONSTRAINTS or c != CONSTRAINTS[name]
        there = c.layer in plan.layers or c.layer == "junctions"
        source = say("land.by_study", source=c.source) if own else c.source
        rows.append((c.reason, f"{c.keep_off_m:g}", c.class_, say("land.used" if there else "land.no_layer"), source))
    for name in CONSTRAINTS:
        if name not in used:
            rows.append((CONSTRAINTS[name].reason, "–", say("land.off"), "–", say("land.off_by_study")))
    columns = [say(f"land.{key}") for key in ("reason", "keep_off", "does", "layer", "source")]
    return Table(say("land.constraints"), columns, rows, frozenset({1}), note=say("land.constraints_note"))


def streets_table(plan: Plan) -> Table:
    """Where the strip along the kerbs of streets went."""
    assert plan.streets is not None
    rows = [(str(reason), whole(area)) for reason, area in plan.streets.taken_m2.items()]
    title = say(
        "land.streets_title_doubt" if plan.streets.doubtful else "land.streets_title",
        trees=whole(plan.streets.trees),
        planted=whole(plan.streets.planted),
        sides=whole(plan.streets.sides),
        doubtful=whole(plan.streets.doubtful),
    )
    columns = [say("land.streets_reason"), say("land.streets_area")]
    return Table(title, columns, rows, frozenset({1}), note=say("land.streets_note"))


def field_table(plan: Plan) -> Table:
    """What the visits found, beside what the desk had said."""
    work = plan.fieldwork
    low, share, high = (out_of_100(s) if s == s else "–" for s in work.share)
    title = say("land.field_title", plantable=work.plantable, judged=work.judged, share=share, low=low, high=high)
    rows = [
        (
            say("land.field_private") if row.private else str(row.name),
            FIELD_STATUSES[str(row.field_status)],
            str(row.why_not) if isinstance(row.why_not, str) and not row.private else "",
            whole(row.trees_before),
            whole(row.trees_fit) if row.trees_fit == row.trees_fit and row.trees_fit is not None else "–",
        )
        for row in work.checks.itertuples(index=False)
    ]
    columns = [
        say(f"land.{key}") for key in ("field_site", "field_status", "field_why", "field_before", "field_counted")
    ]
    note = say("land.field_lost", n=whole(len(work.lost))) if work.lost else ""
    return Table(title, columns, rows, frozenset({3, 4}), note=note)


def blind_table(plan: Plan) -> Table:
    """Where layers do not reach."""
    rows = [
        (", ".join(LAYERS[layer].label for layer in r.layers), f"{r.area_ha:,.1f}", f"{r.share_pct:.1f}", r.where)
        for r in plan.blind.itertuples(index=False)
    ]
    title = say("land.blind_title", n=sum(len(layers) for layers in plan.blind["layers"]))
    columns = [say(f"land.{key}") for key in ("blind_layer", "blind_area", "blind_share", "blind_where")]
    return Table(title, columns, rows, frozenset({1, 2}), note=say("land.blind_note"))


def gardens_said(plan: Plan) -> str:
    """One sentence on private gardens as a whole; empty where nothing is known of them."""
    zones = plan.neighbourhoods
    if "garden_ha" not in zones or zones["garden_ha"].isna().all():
        return ""
    return say(
        "land.gardens",
        ha=whole(zones["garden_ha"].sum()) if zones["garden_ha"].sum() >= 10 else two_figures(zones["garden_ha"].sum()),
        trees=whole(float(f"{zones['garden_trees'].sum():.2g}")),
    )
