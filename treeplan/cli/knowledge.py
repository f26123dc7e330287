"""Commands that explain: sources, needs, effects, explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from treeplan.cli import app
from treeplan.cli.runs import StudyPath, _plan
from treeplan.cli.screen import console, describe, show
from treeplan.errors import StudyError

if TYPE_CHECKING:
    import pandas as pd

    from treeplan.plan import Plan


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
        [
            (n.name, [f"{n.label}, {n.unit}; {n.prefer} is good.", n.doc, f"Reads: {', '.join(n.layers)}."])
            for n in NEEDS.values()
        ],
    )


@app.command()
def effects() -> None:
    """List the effects of planting: unit, what they are, and the benefits they feed."""
    from treeplan.effects import EFFECTS
    from treeplan.scoring import FORMULAS

    feeds = {e: ", ".join(b for b, f in FORMULAS.items() if f.effect == e) for e in EFFECTS}
    describe(
        "Effects of planting a site",
        [
            (e.name, [f"{e.label}, {e.unit}.", e.doc, f"Feeds: {feeds[e.name] or 'no benefit'}."])
            for e in EFFECTS.values()
        ],
    )


@app.command()
def explain(
    study: StudyPath, site_id: Annotated[str, typer.Argument(metavar="SITE_ID", help="The site's id, as in sites.csv.")]
) -> None:
    """Say why a site stands where it does: what fits, each benefit, how sure, and what was taken from its ground."""
    from treeplan.outputs import words

    plan = _plan(study)
    site = _find(plan, site_id)
    rank = f"rank {site['rank']:.0f} of {len(plan.ranked)}" if site["rank"] > 0 else "no rank"
    console.print(
        f"{site['name']} ({site_id}): {rank}, priority {site['priority']:.3f}, band {site['band']}", markup=False
    )
    for sentence in words.paragraph(plan, site):
        console.print(f"  {sentence}", markup=False, soft_wrap=True)
    rows = [
        [
            w.label,
            f"{w.score:.3f}",
            f"{100 * w.weight:.0f} %",
            w.gain,
            f"× {w.pull:.2f}" if w.measured else "not measured",
        ]
        for w in words.why(plan, site)
    ]
    columns = ["benefit", "score", "weight", "gain, whole site", "priority if this were best"]
    show("\nWhy", columns, rows, right=(1, 2, 3, 4))
    _history(plan, site)


def _find(plan: Plan, site_id: str) -> pd.Series:
    import difflib

    if plan.sites.empty:
        raise StudyError("this study has no sites", "add a layer of open land; `treeplan check` says how.")
    found = plan.sites[plan.sites["site_id"] == site_id]
    if found.empty:
        near = difflib.get_close_matches(site_id, list(plan.sites["site_id"]), n=3)
        hint = (
            f"did you mean {' or '.join(near)}?"
            if near
            else "the ids are in sites.csv; the best one here is " + plan.ranked["site_id"].iloc[0]
        )
        raise StudyError(f"no site is called {site_id}", hint)
    return found.iloc[0]


def _history(plan: Plan, site: pd.Series) -> None:
    """What was taken from the ground the site is part of."""
    ground = plan.taken[plan.taken["ground_id"] == site["ground_id"]]
    rows = [[r.reason, f"{r.area_m2:,.0f}"] for r in ground.itertuples()]
    rows.append(["this site", f"{site['area_m2']:,.0f}"])
    others = plan.sites[(plan.sites["ground_id"] == site["ground_id"]) & (plan.sites["site_id"] != site["site_id"])]
    rows += [[f"site {r.site_id}", f"{r.area_m2:,.0f}"] for r in others.itertuples()]
    show(f"\nWhere the ground {site['ground_id']} ({site['origin']}) went", ["", "m²"], rows, right=(1,))
