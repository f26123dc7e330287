"""Commands that explain: sources, needs, effects, explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from treeplan.cli import app
from treeplan.cli.runs import StudyPath, _plan
from treeplan.cli.screen import console, describe, show, tell
from treeplan.errors import StudyError

if TYPE_CHECKING:
    import pandas as pd

    from treeplan.outputs.why import Given
    from treeplan.plan import Plan

BAR = 20
"""Characters of the longest bar."""


@app.command()
def sources() -> None:
    """List the files treeplan can read, whose they are and which layer they fill."""
    from treeplan.sources import SOURCES

    describe(
        "Files that can be read: name, what it is, whose, and the layer it fills",
        [
            (
                s.name,
                [
                    f"{s.title} ({s.vintage}). {s.publisher}, {s.licence}.",
                    f"Fills: {', '.join(s.layers)}.",
                    f"From: {s.url}",
                ],
            )
            for s in SOURCES.values()
        ],
    )


@app.command()
def needs() -> None:
    """List the indicators of neighbourhoods: unit, direction and the layers they read."""
    from treeplan.needs import NEEDS

    describe(
        "Indicators of neighbourhoods",
        [(n.name, [f"{n.label}, {n.unit}; {n.prefer} is good.", n.doc, f"Reads: {n.reads}."]) for n in NEEDS.values()],
    )


@app.command()
def effects() -> None:
    """List the effects of planting: unit, what they are, and the benefits they feed."""
    from treeplan.effects import EFFECTS
    from treeplan.formulas import FORMULAS
    from treeplan.vocabulary import DOMAINS

    under = {n: f"Reported under: {DOMAINS[e.domain].label}." for n, e in EFFECTS.items() if e.domain is not None}
    feeds = {e: ", ".join(b for b, f in FORMULAS.items() if f.effect == e) for e in EFFECTS}
    describe(
        "Effects of planting a site",
        [
            (
                e.name,
                [
                    f"{e.label}, {e.unit}.",
                    e.doc,
                    f"Feeds: {feeds[e.name] or 'no benefit'}.",
                    *([under[e.name]] if e.name in under else []),
                ],
            )
            for e in EFFECTS.values()
        ],
    )


@app.command()
def explain(
    study: StudyPath,
    site_id: Annotated[
        str,
        typer.Argument(
            metavar="SITE_ID",
            help="The site's id, as in sites.csv; or a neighbourhood's code or name, as in neighbourhoods.csv.",
        ),
    ],
    all_: Annotated[
        bool,
        typer.Option("--all", help="Of a site also every effect, what one unit costs, and where the ground went."),
    ] = False,
) -> None:
    """Say why a site or a neighbourhood stands where it does: what counts, what would raise it, how sure; or need and Tree Equity Score."""
    plan = _plan(study)
    zones = plan.neighbourhoods
    for code in zones.loc[(zones["lsoa21_code"] == site_id) | (zones["name"] == site_id), "lsoa21_code"]:
        _tell_neighbourhood(plan, str(code))
        return
    if site_id not in set(plan.sites.get("site_id", [])) and _tell_ground(plan, site_id):
        return
    site = _find(plan, site_id)
    _tell_site(plan, site)
    if all_:
        _tell_more(plan, site)
    else:
        console.print(f"\nMore on it: treeplan explain {study} {site_id} --all", markup=False, soft_wrap=True)


def _tell_site(plan: Plan, site: pd.Series) -> None:
    """A site on one screen: what fits, why here, what would raise it, how sure, what is in the way, what it does and costs."""
    from treeplan.outputs import why
    from treeplan.outputs.map_data import card_sections
    from treeplan.outputs.words import say
    from treeplan.reasons import reasons_of

    reasons = reasons_of(plan.sites, plan.study, str(site["site_id"]))
    said = card_sections(plan, site)
    ranked = site["rank"] > 0
    rank = f"number {site['rank']:,.0f} of {reasons.ranked:,}" if ranked else "no rank"
    chosen = say("site.chosen" if site["chosen"] else "site.not_chosen")
    console.print(f"{site['name']} ({site['site_id']})", style="bold", markup=False)
    console.print(f"{rank[0].upper()}{rank[1:]}. {chosen} {said['fits'][0]}", markup=False)
    tell("Why here", said["here"] + said["unmeasured"])
    _bars(why.given(plan, reasons))
    if ranked:
        tell("What would raise it", why.would_raise(reasons))
    tell("How sure", why.sure(plan, site))
    tell("What is in the way", said["way"] + said["agree"] + [why.unknown(site)])
    rows = why.does(plan, site)
    show(f"\nWhat it would do by {plan.study.horizon_year}", ["", "", ""], rows, right=(1,), indent=2)
    tell("What it would cost", [why.cost(plan, site)])


def _bars(given: list[Given]) -> None:
    """What each benefit gives to the priority, as bars of text."""
    most = max((g.share for g in given if g.share > 0), default=1.0)
    rows = []
    for g in given:
        known = g.share >= 0
        bar = "█" * round(BAR * g.share / most) if known else ""
        rows.append([g.label, bar, f"{100 * g.share:.0f} %" if known else "–", g.stands, f"{100 * g.weight:.0f} %"])
    columns = ["", "gives to its priority", "", "how it stands (ties count half)", "weight"]
    show("", columns, rows, right=(2, 4), indent=2)


def _tell_more(plan: Plan, site: pd.Series) -> None:
    """What else is known of a site: gains, every effect, what it is and why, its ground."""
    from treeplan.outputs import words
    from treeplan.outputs.map_data import card_sections
    from treeplan.vocabulary import SITE_TYPES

    rows = [[w.label, f"{w.score:.3f}", w.gain] for w in words.why(plan, site)]
    show(f"\nPriority {site['priority']:.3f}", ["benefit", "score, 0–1", "gain, whole site"], rows, right=(1, 2))
    _tell_effects(plan, site)
    console.print(
        f"\nType: {SITE_TYPES[site['site_type']].label}, because: {site['rule']}.", markup=False, soft_wrap=True
    )
    console.print(f"What to plant: {SITE_TYPES[site['site_type']].species}.", markup=False, soft_wrap=True)
    console.print(card_sections(plan, site)["unknown"][0], markup=False, soft_wrap=True)
    console.print(f"Owner tier {site['owner_tier']}, by {site['owner_basis']}.", markup=False, soft_wrap=True)
    if site["also_in"]:
        console.print(f"It reaches into {site['also_in']}.", markup=False, soft_wrap=True)
    _history(plan, str(site["ground_id"]), str(site["site_id"]))


def _tell_effects(plan: Plan, site: pd.Series) -> None:
    """What the site would do by the horizon year, and what one unit of it costs."""
    from treeplan.coefficients import LEVELS
    from treeplan.effects import EFFECTS, cost_of_one
    from treeplan.outputs import words

    assert plan.effects is not None
    cost, trees = ([float(site[f"{name}_{level}"]) for level in LEVELS] for name in ("cost_gbp", "trees"))
    rows = []
    for name in plan.effects.values:
        facts = EFFECTS[name]
        low, central, high = done = [float(site[f"{name}_{level}"]) for level in LEVELS]
        priced = facts.together == "sum" and facts.unit != "£" and facts.leading
        each = words.for_each(*cost_of_one(cost, done, trees)) if priced else ""
        rows.append([facts.label, words.spread(low, central, high), facts.unit, each])
    show(f"\nBy {plan.study.horizon_year}", ["effect", "amount", "unit", "£ for one"], rows, right=(1, 3))


def _find(plan: Plan, site_id: str) -> pd.Series:
    found = plan.sites[plan.sites["site_id"] == site_id] if len(plan.sites) else plan.sites
    if len(found):
        return found.iloc[0]
    codes = plan.neighbourhoods["lsoa21_code"]
    if site_id.upper().startswith("E01"):
        raise StudyError(
            f"the study has no neighbourhood {site_id}",
            _hint(
                site_id.upper(),
                codes,
                f"the codes are in neighbourhoods.csv, {codes.min()} for one; they are of Census 2021.",
            ),
        )
    if plan.sites.empty:
        raise StudyError("this study has no sites", "add a layer of open land; `treeplan check` says how.")
    best = plan.ranked["site_id"].iloc[0]
    raise StudyError(
        f"no site is called {site_id}",
        _hint(site_id, plan.sites["site_id"], f"the ids are in sites.csv; the best one here is {best}"),
    )


def _hint(name: str, names: pd.Series, otherwise: str) -> str:
    """The names most like the one that was asked for; where none is, something else."""
    import difflib

    near = difflib.get_close_matches(name, list(names), n=3)
    return f"did you mean {' or '.join(near)}?" if near else otherwise


def _tell_neighbourhood(plan: Plan, code: str) -> None:
    """A neighbourhood's needs with their raw values, its Tree Equity Score and why the two differ, and the places like it."""
    from treeplan.outputs import report_equity, report_needs

    zone = plan.neighbourhoods.set_index("lsoa21_code").loc[code]
    known = int(plan.neighbourhoods["need_rank"].notna().sum())
    rank = f"rank {zone['need_rank']:.0f} of {known}" if zone["need_rank"] > 0 else "no rank"
    console.print(f"{zone['name']} ({code}): {rank} by need, need {zone['need']:.3f}", markup=False)
    rows = [
        [report_needs.heading(n), report_needs.raw(plan, n, zone[n]), f"{zone[f'need_{n}']:.2f}"]
        for n in report_needs.measured(plan)
    ]
    show("\nNeeds", ["indicator", "value", "need, 0–1"], rows, right=(1, 2))
    for sentence in report_equity.equity_sentences(plan, code):
        console.print(sentence, markup=False, soft_wrap=True)
    if zone.get("neighbourhood_type"):
        console.print(
            f"Kind: {zone['neighbourhood_type']}. Most like it: {zone['places_like_it']}.", markup=False, soft_wrap=True
        )


def _tell_ground(plan: Plan, name: str) -> bool:
    """Where a piece of ground went that is no site, or no site any more: True when there is such a ground."""
    ground_id = name if name in set(plan.taken.get("ground_id", [])) else name.rpartition("-")[0]
    if plan.taken.empty or ground_id not in set(plan.taken["ground_id"]):
        return False
    console.print(f"{name} is no candidate site. This is what became of the ground {ground_id}:", markup=False)
    _history(plan, ground_id)
    return True


def _history(plan: Plan, ground_id: str, site_id: str = "") -> None:
    """What was taken from a ground, by what, and the sites that are left of it; the rows add up to the ground."""
    ground = plan.taken[plan.taken["ground_id"] == ground_id]
    ground = ground.groupby("reason", sort=False)["area_m2"].sum()
    rows = [[str(reason), f"{area:,.0f}"] for reason, area in ground.items()]
    own = plan.sites[plan.sites["ground_id"] == ground_id] if len(plan.sites) else plan.sites
    for r in own.itertuples():
        rows.append(["this site" if r.site_id == site_id else f"site {r.site_id}", f"{r.area_m2:,.0f}"])
    total = float(ground.sum()) + (float(own["area_m2"].sum()) if len(own) else 0.0)
    rows.append(["the whole ground", f"{total:,.0f}"])
    show(f"\nWhere the ground {ground_id} went", ["", "m²"], rows, right=(1,))
