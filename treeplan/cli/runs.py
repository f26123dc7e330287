"""Commands that run a study: demo, run, check, map, pack."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from treeplan.cli import app
from treeplan.cli.screen import console, progress, show, show_counts, show_missing
from treeplan.errors import StudyError

if TYPE_CHECKING:
    import pandas as pd

    from treeplan.plan import Plan

StudyPath = Annotated[Path, typer.Argument(metavar="STUDY", help="The study file (TOML).")]
Out = Annotated[Path, typer.Option("--out", help="Folder for results; each study gets its own inside.")]

STAGES = 7


@app.command()
def demo(out: Out = Path("build")) -> None:
    """Run the whole job on the bundled invented town."""
    study = Path(__file__).resolve().parents[2] / "studies" / "demo.toml"
    if not study.exists():
        raise StudyError(
            "the demo is not installed with the package",
            "get the repository and run `make demo` there, or start a study: treeplan new.",
        )
    _run(study, out)


@app.command()
def run(study: StudyPath, out: Out = Path("build")) -> None:
    """Rank sites and neighbourhoods, choose a plan, and write the map, packs, report and GIS files."""
    _run(study, out)


def _run(path: Path, out: Path) -> None:
    from treeplan.outputs import OUTPUTS, write_outputs

    plan, folder = _plan_into(path, out)
    with progress(len(OUTPUTS)) as move_on:
        write_outputs(plan, folder, progress=move_on)
    show_counts(plan)
    _say_what_is_missing(plan, path)
    _say_half_done(plan)
    _say_packs(plan)
    _say_private(plan)
    console.print(f"\nOpen this page: {(folder / 'map.html').resolve()}", soft_wrap=True)


def _say_what_is_missing(plan: Plan, path: Path) -> None:
    if plan.missing:
        labels = ", ".join(m.label for m in plan.missing)
        console.print(f"\nLayers this study lacks: {labels}.", markup=False, soft_wrap=True)
        console.print(f"What follows, and how to get them: treeplan check {path}", markup=False, soft_wrap=True)
    _say_blind(plan.blind)


def _say_blind(blind: pd.DataFrame) -> None:
    """Where layers end inside the study: nothing was taken from the land there for want of a map."""
    from treeplan.roles import LAYERS

    for part in blind.itertuples(index=False):
        labels = ", ".join(LAYERS[layer].label for layer in part.layers)
        console.print(
            f"\nNot mapped in {part.area_ha:,.0f} ha ({part.share_pct:.1f} % of the study; {part.where}): {labels}. "
            "Nothing was taken from the land there, and sites there say so.",
            markup=False,
            soft_wrap=True,
        )


def _say_private(plan: Plan) -> None:
    """Officers' files hold land whose owners nobody has asked; pages and packs do not."""
    from treeplan.outputs import OUTPUTS

    hidden = len(plan.sites) - len(plan.public)
    if hidden:
        files = ", ".join(o.file for o in OUTPUTS.values() if not o.public)
        console.print(
            f"\n{hidden} sites are on private land. Pages and packs leave them out; {files} hold them: "
            "keep those files in the office until the owners have been asked.",
            markup=False,
            soft_wrap=True,
        )


def _say_packs(plan: Plan) -> None:
    """How many wards have a pack, and which say that nothing was found there."""
    from treeplan.outputs.places import places

    wards = places(plan)
    if plan.sites.empty:
        console.print(
            "\nNo packs were written, because there is no site to show; `treeplan pack STUDY --for WARD` still makes one.",
            soft_wrap=True,
        )
        return
    bare = [ward.name for ward in wards if not ward.sites]
    said = f"\npacks/ holds a pack for each of {len(wards)} wards or districts."
    if bare:
        said += f" No site that a public page may show lies in {', '.join(bare)}: those packs say so."
    console.print(said, markup=False, soft_wrap=True)


def _say_half_done(plan: Plan) -> None:
    if len(plan.sites):
        return
    lacking = next((m for m in plan.missing if m.layer == "open_land"), None)
    if lacking is None:
        console.print("\nNo candidate site is left after the constraints: neighbourhoods were ranked, sites were not.")
        return
    console.print(f"\nThis study has no layer of {lacking.label}, so {lacking.leaves_out}.", soft_wrap=True)
    console.print(f"To rank sites too, add {lacking.how_to_get}.", markup=False, soft_wrap=True)


def _plan_into(path: Path, out: Path, ending: str = "") -> tuple[Plan, Path]:
    """The plan, and the folder of its results, which is tried before anything is worked out."""
    from treeplan.provenance import require_place
    from treeplan.study import load_study

    folder = out / (load_study(path).slug + ending)
    require_place(folder)
    return _plan(path), folder


def _plan(path: Path) -> Plan:
    from treeplan.pipeline import make_plan
    from treeplan.study import load_study

    study = load_study(path)
    with progress(STAGES + len(study.sources)) as move_on:
        return make_plan(study, progress=move_on)


@app.command()
def check(study: StudyPath) -> None:
    """Read a study and its files, and say what is there and what is missing, without running it."""
    from treeplan.coverage import blind_parts
    from treeplan.pipeline import prepare
    from treeplan.plan import missing_layers
    from treeplan.roles import LAYERS
    from treeplan.study import load_study

    settings = load_study(study)
    with progress(len(settings.sources) + 1) as move_on:
        layers, *_ = prepare(settings, progress=move_on)
    rows = [[LAYERS[n].label, f"{c['read']:,}", f"{c['kept']:,}"] for n, c in layers.counts.items() if n in LAYERS]
    show(f"{settings.name}: layers found", ["layer", "rows read", "near the study"], rows, right=(1, 2))
    show_missing(missing_layers(layers))
    zones = layers["neighbourhoods"]
    _say_blind(blind_parts(layers.area, layers.covers, zones[zones["inside"]]))
    console.print("\nThe study can be run.")


@app.command("map")
def map_(study: StudyPath, out: Out = Path("build")) -> None:
    """Write the web map alone."""
    from treeplan.outputs import write_outputs

    plan, folder = _plan_into(study, out, "-map")
    write_outputs(plan, folder, only=["map_page", "run_record"])
    console.print(f"Open this page: {(folder / 'map.html').resolve()}", soft_wrap=True)


@app.command()
def pack(
    study: StudyPath,
    for_: Annotated[str | None, typer.Option("--for", help="Ward, by name or code.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every ward.")] = False,
    out: Out = Path("build"),
) -> None:
    """Write engagement packs for one ward or for all."""
    from treeplan.outputs import OUTPUTS
    from treeplan.outputs.packs import write_pack
    from treeplan.outputs.places import find_place, places
    from treeplan.provenance import whole_folder

    if bool(for_) == all_:
        raise StudyError("a pack is for one ward or for all of them", "add --for WARD (name or code), or --all.")
    plan, folder = _plan_into(study, out, "-packs" if all_ else "-pack")
    wanted = places(plan) if all_ else [find_place(plan, str(for_))]
    if not all_:
        folder = folder.with_name(f"{folder.name}-{wanted[0].slug}")
    with whole_folder(folder) as partial, progress(len(wanted)) as move_on:
        OUTPUTS["run_record"].write(plan, partial)
        for place in wanted:
            move_on(place.name)
            write_pack(plan, place, partial)
    console.print(f"Packs are in: {folder.resolve()}", soft_wrap=True)
