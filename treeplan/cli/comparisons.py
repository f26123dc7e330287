"""Commands that set things side by side: plans (compare) and sources (canopy)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from treeplan.cli import app
from treeplan.cli.runs import STAGES, Out, StudyPath
from treeplan.cli.screen import console, progress, show
from treeplan.errors import StudyError

if TYPE_CHECKING:
    import pandas as pd

    from treeplan.comparison import Comparison


@app.command()
def compare(
    studies: Annotated[
        list[Path], typer.Argument(metavar="STUDY…", help="The study file, and further ones to set beside it.")
    ],
    out: Out = Path("build"),
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Also write the table of figures to this file.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Also write the page to this file, or into this folder."),
    ] = None,
) -> None:
    """Set a study, its scenarios and other studies side by side: effects, people, cost, and how far ranks move."""
    from treeplan.comparison import compare_plans
    from treeplan.outputs.comparison import write_comparison, write_page
    from treeplan.outputs.tables import write_csv
    from treeplan.pipeline import make_plans
    from treeplan.provenance import require_place, whole_file
    from treeplan.scenarios import load_variants
    from treeplan.study import load_study

    variants, notes = load_variants(studies)
    folder = out / f"{load_study(studies[0]).slug}-compare"
    require_place(folder)
    with progress(sum(STAGES + len(study.sources) for study in variants.values())) as move_on:
        comparison = compare_plans(make_plans(variants, progress=move_on), notes)
    write_comparison(comparison, folder)
    if csv is not None:
        with whole_file(csv) as partial:
            write_csv(comparison.table(), partial)
    if html is not None:
        page = html / "comparison.html" if html.is_dir() or not html.suffix else html
        with whole_file(page) as partial:
            write_page(comparison, partial)
    _show_comparison(comparison)
    console.print(f"\nOpen this page: {(folder / 'comparison.html').resolve()}", markup=False, soft_wrap=True)


def _show_comparison(comparison: Comparison) -> None:
    from treeplan.outputs.comparison import leading_table, moves_table, said

    tables = [leading_table(comparison), *([moves_table(comparison)] if comparison.sites else [])]
    for table in tables:
        show(f"\n{table.caption}", list(table.columns), [list(row) for row in table.rows], right=tuple(table.numbers))
        console.print(table.note, markup=False, soft_wrap=True)
    console.print("")
    for sentence in said(comparison):
        console.print(sentence, markup=False, soft_wrap=True)


@app.command()
def canopy(
    study: StudyPath,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Also write canopy by neighbourhood to this file.")
    ] = None,
) -> None:
    """Compare canopy sources: how far each kind the study has is from the one it uses, and the error of a point survey."""
    from treeplan.canopy import canopy_differences, canopy_kind, compare_canopy, survey_canopy
    from treeplan.coefficients import figures
    from treeplan.layers import load_layers
    from treeplan.outputs.tables import write_csv
    from treeplan.outputs.words import classified
    from treeplan.provenance import whole_file
    from treeplan.study import load_study

    settings = load_study(study)
    with progress(len(settings.sources) + 1) as move_on:
        layers = load_layers(settings, progress=move_on)
        own = canopy_kind(layers, settings)
        if own is None and "canopy_survey" not in layers:
            raise StudyError(
                "this study has no source of canopy to compare",
                "add heights, a mask, woodland, land cover or a point survey; `treeplan sources` lists them.",
            )
        move_on("Canopy of neighbourhoods")
        zones = layers["neighbourhoods"]
        zones = zones[zones["inside"]]
        table = compare_canopy(
            layers, zones, settings, figures({n: f.model_dump() for n, f in settings.coefficients.items()})
        )
    _show_differences(canopy_differences(table, own), settings.name, own)
    for sentence in classified(table.attrs["accuracy"]) if "accuracy" in table.attrs else []:
        console.print(sentence, markup=False, soft_wrap=True)
    if "canopy_survey" in layers:
        _show_survey(survey_canopy(layers["canopy_survey"], zones))
    if csv is not None:
        with whole_file(csv) as partial:
            write_csv(table, partial)
        console.print(f"\nCanopy by neighbourhood is in: {csv.resolve()}", markup=False, soft_wrap=True)


_MEASURES = {
    "neighbourhoods": ("neighbourhoods known to both", ",.0f"),
    "study_pct": ("canopy where it is known, %", ".1f"),
    "mean_pct": ("mean of neighbourhoods, %", ".1f"),
    "mean_difference_pp": ("mean difference, pp", "+.1f"),
    "mean_absolute_difference_pp": ("mean absolute difference, pp", ".1f"),
    "correlation": ("correlation", ".2f"),
    "change_fifth": ("change rank fifth", ".0f"),
}


def _show_differences(rows: pd.DataFrame, name: str, own: str | None) -> None:
    if rows.empty:
        return
    kinds = [f"{kind} (used)" if kind == own else kind for kind in rows["kind"].str.replace("_", " ")]
    cells = [
        [label, *(_figure(float(value), style) for value in rows[measure])]
        for measure, (label, style) in _MEASURES.items()
    ]
    right = tuple(range(1, len(kinds) + 1))
    show(f"{name}: canopy by kind of source, against the one used", ["", *kinds], cells, right=right)


def _show_survey(rows: pd.DataFrame) -> None:
    shown = rows[rows["level"] != "neighbourhood"]
    cells = [
        [
            r.name or "the whole study",
            f"{r.points:,}",
            _figure(r.canopy_pct, ".1f"),
            _figure(r.standard_error_pp, ".1f"),
            f"{_figure(r.low_pct, '.1f')}–{_figure(r.high_pct, '.1f')}",
        ]
        for r in shown[["name", "points", "canopy_pct", "standard_error_pp", "low_pct", "high_pct"]].itertuples(
            index=False
        )
    ]
    show(
        "\nPoint survey", ["", "points", "canopy, %", "standard error, pp", "95 % interval"], cells, right=(1, 2, 3, 4)
    )
    few = int((rows["level"] == "neighbourhood").sum())
    console.print(f"Neighbourhoods with the 30 points or more that a share of their own takes: {few}.")


def _figure(value: float, style: str) -> str:
    return "–" if math.isnan(value) else format(value, style)
