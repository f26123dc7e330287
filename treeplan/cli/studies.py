"""The command that starts a study: new."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from treeplan.cli import app
from treeplan.cli.screen import console
from treeplan.errors import StudyError


@app.command()
def new(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The study file to write, for example barnsley.toml.")],
    name: Annotated[str, typer.Option("--name", help="The place.")] = "My place",
    place: Annotated[
        list[str] | None, typer.Option("--place", help="GSS code of a district; may be given several times.")
    ] = None,
) -> None:
    """Write a study file with every setting explained, ready to fill in."""
    from treeplan.provenance import whole_file
    from treeplan.sources import SOURCES
    from treeplan.study import make_study
    from treeplan.template import study_template

    if path.exists():
        raise StudyError(f"{path} is there already", "choose another name, or remove it first.")
    if not path.parent.is_dir():
        raise StudyError(f"there is no folder {path.parent}", "make it first, or choose another place.")
    if not place:
        raise StudyError(
            "a study needs a place",
            "add the GSS code of a district, for example --place E08000038 (Barnsley; Doncaster is E08000017, Rotherham "
            "E08000018, Sheffield E08000039). The codes stand in the ONS boundary files and on district web pages.",
        )
    text = study_template(name, place, {s.name: f"{s.title} ({s.publisher})" for s in SOURCES.values()})
    import tomllib

    make_study(tomllib.loads(text), origin=str(path))
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8")
    console.print(
        f"Wrote {path}. Next: put your files in a folder, name them under [sources.…], then: treeplan check {path}",
        markup=False,
        soft_wrap=True,
    )
