"""The report: one page in HTML that says what was found, how, from what, and how far to trust it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import shapely

from treeplan import provenance, weights
from treeplan.coefficients import COEFFICIENTS, LEVELS, Coefficient
from treeplan.coefficients.carbon import WOOD_CARBON
from treeplan.coefficients.money import MONEY
from treeplan.feedback import private
from treeplan.outputs import drawing, output
from treeplan.outputs.report_certainty import SURE, certainty_section, hangs_on_section
from treeplan.outputs.report_effects import effects_section, more_effects_section
from treeplan.outputs.report_equity import equity_section, kinds_section
from treeplan.outputs.report_fairness import fairness_section
from treeplan.outputs.report_land import (
    blind_table,
    constraints_table,
    field_table,
    gardens_said,
    rules_table,
    streets_table,
    types_table,
)
from treeplan.outputs.report_money import claims_section, money_section
from treeplan.outputs.report_needs import canopy_section, filled_section, indicators_section, needs_section
from treeplan.outputs.report_overlap import overlap_section
from treeplan.outputs.report_renters import renters_section
from treeplan.outputs.report_tables import (
    Picture,
    Section,
    Table,
    achieved_table,
    named_sites,
    page,
)
from treeplan.outputs.report_walks import walks_picture, walks_said, walks_table
from treeplan.outputs.report_weights import weights_section
from treeplan.outputs.report_wellbeing import wellbeing_section
from treeplan.outputs.words import care, caveats, formulas, out_of_100, say, two_figures, whole
from treeplan.plan import Plan
from treeplan.roles import LAYERS
from treeplan.vocabulary import BENEFITS


@output("report.html")
def report(plan: Plan, folder: Path) -> None:
    """What was found, how and from what: one page with every table, for reading and for print."""
    (folder / "report.html").write_text(render(plan), encoding="utf-8", newline="\n")


def render(plan: Plan) -> str:
    """The report as one HTML page that asks the web for nothing."""
    return page(
        say("report.title", place=plan.study.name),
        plan.study.note,
        _notice(plan),
        say(
            "report.made",
            date=f"{plan.date.day} {plan.date:%B %Y}",
            version=provenance.versions()["treeplan"],
            hash=plan.config_hash,
        ),
        sections(plan),
    )


def sections(plan: Plan) -> list[Section]:
    """The parts of the report that this plan has something to say in."""
    parts: list[Callable[[Plan], Section]] = [_findings, _counts]
    parts += [_audit] if len(plan.audit) else []
    parts += [_types] if len(plan.sites) else []
    parts += [_streets] if plan.streets is not None else []
    parts += [_field] if len(plan.fieldwork.checks) else []
    if len(plan.sites):
        parts += [
            _chosen,
            renters_section,
            fairness_section,
            weights_section,
            certainty_section,
            hangs_on_section,
            effects_section,
            more_effects_section,
            _benefits,
            overlap_section,
            wellbeing_section,
        ]
    parts += [money_section] if plan.money is not None else []
    parts += [claims_section] if "claim" in plan.sites else []
    parts += [_walks] if plan.walks is not None else []
    parts += [needs_section, indicators_section]
    parts += [filled_section] if len(plan.filled) else []
    parts += [canopy_section] if len(plan.canopy_differences) > 1 or plan.canopy_accuracy is not None else []
    parts += [kinds_section, equity_section, _missing]
    parts += [_blind] if len(plan.blind) else []
    parts += [_constraints] if len(plan.audit) else []
    parts += [_figures, _sources, _limits]
    return [part(plan) for part in parts]


def _notice(plan: Plan) -> str:
    if "open_land" not in plan.layers:
        return say("report.no_land", how=LAYERS["open_land"].how_to_get)
    return "" if len(plan.sites) else say("report.no_sites")


def _picture(plan: Plan) -> Picture:
    """A map of need with the chosen sites, as an image inside the page."""
    west, south, east, north = shapely.bounds(plan.layers.area)
    high = min(max(170 * (north - south) / (east - west), 70), 190)
    area = shapely.buffer(shapely.buffer(plan.layers.area, 50), -50)  # closes the gaps between generalised borders
    public = plan.chosen[~private(plan.chosen)] if len(plan.sites) else plan.sites
    svg = drawing.setting_map(plan, area, public, 170, high, air=0.03)
    key = "report.map_caption" if len(plan.chosen) else "report.map_caption_need"
    unknown = say("report.need_unknown") if plan.neighbourhoods["need_rank"].isna().any() else ""
    most = say("report.need_most")
    return Picture(
        data=b64encode(svg.encode()).decode(),
        title=say("report.map_title", first=_first_zone(plan), place=plan.study.name),
        alt=say("report.map_alt", place=plan.study.name),
        lead=say("report.need_least"),
        key=[(tint, f"{most}." if tint == drawing.NEED_TINTS[-1] else "") for tint in drawing.NEED_TINTS],
        caption=f"{unknown} {say(key, place=plan.study.name)}".strip(),
        source="; ".join(line.rstrip(".") for line in plan.attributions) + ".",
    )


# ---------------------------------------------------------------- what was found


def _first_zone(plan: Plan) -> str:
    return str(plan.neighbourhoods.sort_values("need_rank", na_position="last")["name"].iloc[0])


def _findings(plan: Plan) -> Section:
    zones = plan.neighbourhoods
    said = []
    if len(plan.sites):
        area = plan.sites["area_m2"].sum() / 1e4
        trees = two_figures(float(plan.sites["trees_central"].sum()))
        said.append(say("report.found_sites", sites=whole(len(plan.sites)), area=f"{area:,.1f}", trees=trees))
    if len(plan.audit) > 1:
        said.append(say("report.found_land", **_land_words(plan)))
    if plan.choice is not None:
        low, _, high = _cost(plan)
        said.append(
            say(
                "report.found_plan",
                budget=whole(plan.study.plan.budget_gbp),
                chosen=whole(len(plan.chosen)),
                trees=whole(plan.chosen["trees"].sum()),
                cost=whole(plan.chosen["cost_gbp"].sum()),
                low=low,
                high=high,
            )
        )
        sure, unsure = int((plan.sites["p_top_k"] > SURE).sum()), int((plan.sites["band"] == "B").sum())
        said.append(
            say(
                "report.found_sure_one" if sure == 1 else "report.found_sure",
                sure=whole(sure),
                unsure=whole(unsure),
                top=plan.top,
            )
        )
    said.append(say("report.found_people", residents=whole(zones["residents"].sum()), zones=whole(len(zones))))
    if zones["need_rank"].notna().any():
        first = zones.sort_values("need_rank").iloc[0]
        said.append(say("report.found_need", first=first["name"], residents=whole(first["residents"])))
    if plan.missing:
        said.append(say("report.found_missing", n=len(plan.missing)))
    return Section("findings", say("report.findings"), items=said, pictures=[_picture(plan)])


def _cost(plan: Plan) -> list[str]:
    return [two_figures(float(plan.chosen[f"cost_gbp_{level}"].sum())) for level in LEVELS]


def _land_words(plan: Plan) -> dict[str, str]:
    sites, rest = plan.audit.iloc[0], plan.audit.iloc[1]
    return {
        "mapped": f"{plan.audit['area_ha'].sum():,.0f}",
        "left": f"{sites['area_ha']:,.1f}",
        "share": f"{sites['share_pct']:.1f}",
        "reason": str(rest["reason"]),
        "taken": f"{rest['area_ha']:,.0f}",
    }


def _counts(plan: Plan) -> Section:
    rows = [
        (say(f"report.stage_{c.stage}"), c.what, f"{c.value:,.1f}" if c.unit == "ha" else whole(c.value), c.unit)
        for c in plan.counts
    ]
    columns = [say(f"report.{key}") for key in ("stage", "what", "number", "unit")]
    table = Table(say("report.counts"), columns, rows, frozenset({2}))
    return Section("counts", say("report.counts"), [say("report.counts_intro")], [table])


def _audit(plan: Plan) -> Section:
    audit = plan.audit
    most = float(audit["share_pct"].max())
    rows = [(str(r.reason), f"{r.area_ha:,.1f}", f"{r.share_pct:.1f}") for r in audit.itertuples(index=False)]
    rows.append((say("report.total"), f"{audit['area_ha'].sum():,.1f}", f"{audit['share_pct'].sum():.1f}"))
    title = say("report.audit_title", **_land_words(plan)) if len(audit) > 1 else say("report.audit")
    columns = [say("report.audit_reason"), say("report.area_ha"), say("report.share")]
    bars = [*(audit["share_pct"] / most), None]
    table = Table(title, columns, rows, frozenset({1, 2}), bars, say("report.audit_note"), total=True)
    return Section("audit", say("report.audit"), tables=[table])


def _types(plan: Plan) -> Section:
    said = [say("land.types_intro"), gardens_said(plan)]
    return Section("types", say("land.types"), [s for s in said if s], [types_table(plan), rules_table(plan)])


def _streets(plan: Plan) -> Section:
    return Section("streets", say("land.streets"), tables=[streets_table(plan)])


def _field(plan: Plan) -> Section:
    return Section("field", say("land.field"), tables=[field_table(plan)])


def _blind(plan: Plan) -> Section:
    return Section("blind", say("land.blind"), tables=[blind_table(plan)])


def _constraints(plan: Plan) -> Section:
    return Section(
        "constraints", say("land.constraints"), [say("land.constraints_intro")], [constraints_table(plan)], folded=True
    )


# ---------------------------------------------------------------- the plan


def _chosen(plan: Plan) -> Section:
    choice = plan.choice
    assert choice is not None  # sites are only there with a choice
    low, _, high = _cost(plan)
    covered = float(plan.chosen["cost_gbp_high"].sum()) <= plan.study.plan.budget_gbp
    key = "report.plan_cost_covered" if covered else "report.plan_cost"
    cost = whole(plan.chosen["cost_gbp"].sum())
    said = [
        say(key, cost=cost, low=low, high=high, care=care(plan), budget=whole(plan.study.plan.budget_gbp)),
        say("report.plan_gap", gap=two_figures(100 * choice.gap) if choice.gap >= 5e-5 else "0.01"),
    ]
    if choice.floors:
        rules = "; ".join(
            say(f"report.floor_{'most' if f.at_most else 'least'}", share=f"{100 * f.share:.0f}", label=f.label)
            for f in choice.floors
        )
        said.append(say("report.plan_floors", floors=rules, cost=f"{100 * choice.cost_of_floors:.1f}"))
    else:
        said.append(say("report.plan_no_floors"))
    title = say(
        "report.plan_title",
        chosen=whole(len(plan.chosen)),
        sites=whole(len(plan.sites)),
        trees=whole(plan.chosen["trees"].sum()),
        cost=cost,
    )
    return Section(
        "plan", say("report.plan"), said, [achieved_table(plan), named_sites(plan, plan.chosen, title, total=True)]
    )


# ---------------------------------------------------------------- how it was worked out


def _benefits(plan: Plan) -> Section:
    share = weights.shares(plan.study)
    rows = [
        (label, formula, out_of_100(share[name]))
        for (label, formula), name in zip(formulas(plan), BENEFITS, strict=True)
    ]
    columns = [say("report.benefit"), say("report.formula"), say("report.weight")]
    most = max(share.values())
    how = Table(say("report.benefits"), columns, rows, frozenset({2}), [share[name] / most for name in BENEFITS])
    return Section("benefits", say("report.benefits"), [say("report.benefits_intro")], [how])


def _walks(plan: Plan) -> Section:
    walks = plan.walks
    assert walks is not None
    picture = walks_picture(plan, walks)
    pictures = [] if picture is None else [picture]
    return Section("walks", say("walks.title"), walks_said(plan, walks), [walks_table(plan, walks)], pictures=pictures)


def _missing(plan: Plan) -> Section:
    if not plan.missing:
        return Section("missing", say("report.missing"), [say("report.missing_none")])
    rows = [(m.label, m.leaves_out, m.how_to_get) for m in plan.missing]
    columns = [say("report.layer"), say("report.leaves_out"), say("report.how_to_get")]
    return Section("missing", say("report.missing"), tables=[Table(say("report.missing"), columns, rows)])


def _figures(plan: Plan) -> Section:
    figures = {name: f for name, f in plan.figures.items() if plan.money is not None or name not in MONEY}
    marks = [f.mark for f in figures.values()]
    said = [
        say(
            "report.figures_intro",
            sourced=marks.count("sourced"),
            derived=marks.count("derived"),
            assumed=marks.count("assumption"),
        )
    ]
    own = [f.plain for f in figures.values() if f.overridden]
    if own:
        said.append(say("report.figures_own", names="; ".join(own)))
    woods = sorted({f.source for name, f in figures.items() if WOOD_CARBON.fullmatch(name)})
    said.append(say("report.figures_carbon", source="; ".join(woods)))
    rows = [
        (
            f.plain,
            _figure_range(name, f),
            f.unit,
            say("report.own") if f.overridden else say(f"report.mark_{f.mark}"),
            f"{f.source} ({f.as_of})",
        )
        for name, f in figures.items()
    ]
    columns = [say(f"report.{key}") for key in ("figure", "range", "unit", "mark", "source")]
    return Section(
        "figures",
        say("report.figures"),
        said,
        [Table(say("report.figures"), columns, rows, frozenset({1}))],
        folded=True,
    )


def _figure_range(name: str, figure: Coefficient) -> str:
    """A figure's range; of the study's own also the shipped one."""
    said, shipped = (f"{f.low:g} – {f.central:g} – {f.high:g}" for f in (figure, COEFFICIENTS.get(name, figure)))
    return say("report.figure_was", range=said, shipped=shipped) if figure.overridden else said


def _sources(plan: Plan) -> Section:
    rows = [(e.title, e.publisher, e.licence, e.vintage, e.path, e.sha256[:12]) for e in plan.layers.editions]
    columns = [say(f"report.{key}") for key in ("title_of", "publisher", "licence", "vintage", "file", "hash")]
    versions = ", ".join(f"{name} {version}" for name, version in provenance.versions().items())
    said = [f"{say('report.versions')}: {versions}."]
    return Section(
        "sources", say("report.sources"), said, [Table(say("report.sources"), columns, rows)], plan.attributions
    )


def _limits(plan: Plan) -> Section:
    return Section("limits", say("report.limits"), items=caveats(plan))
