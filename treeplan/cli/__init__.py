"""The command line: parse, call, show progress, print the remedy. Nothing is computed here."""

from __future__ import annotations

import difflib
import logging
import os
import re
import sys
from importlib import metadata
from typing import Annotated, Any

import typer

from treeplan import provenance
from treeplan.cli.screen import console, errors
from treeplan.errors import StudyError, TreeplanError

app = typer.Typer(
    name="treeplan",
    help="Rank tree-planting sites by what they do for people and nature, from open data.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        console.print(f"treeplan {metadata.version('treeplan')}")
        raise typer.Exit


# Typer's click is an outside package or its own, by its version; its errors are known by the one that typer hands on.
_Misused: type[Exception] = next(kind for kind in typer.BadParameter.mro() if kind.__name__ == "ClickException")


@app.callback(invoke_without_command=True)
def settings(
    context: typer.Context,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what each stage did.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Rank tree-planting sites by what they do for people and nature, from open data."""
    del version
    if os.environ.get("SOURCE_DATE_EPOCH") == "":
        del os.environ["SOURCE_DATE_EPOCH"]
    provenance.run_date()  # told here, because numpy stumbles over a bad date on import
    handler = logging.StreamHandler()
    handler.setFormatter(
        logging.Formatter("%(levelname)s: %(message)s" if not verbose else "%(levelname)s %(name)s: %(message)s")
    )
    root = logging.getLogger("treeplan")
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO if verbose else logging.WARNING)
    if context.invoked_subcommand is None:
        console.print(context.get_help(), markup=False)


def main() -> None:
    """Run the command line; a user's mistake ends with one message and exit code 1."""
    try:
        sys.exit(app(prog_name="treeplan", standalone_mode=False) or 0)
    except TreeplanError as err:
        mistake = err
    except _Misused as err:
        mistake = _misused(err)
    errors.print(f"treeplan: {mistake}", markup=False, highlight=False, soft_wrap=True)
    sys.exit(1)


def _misused(err: Any) -> StudyError:
    """A command that was typed wrongly, with the nearest right one where there is one."""
    said = err.format_message().strip()
    problem = re.split(r" Did you mean| \(Possible options", said)[0].rstrip(".")
    problem = problem[:1].lower() + problem[1:]
    context = err.ctx
    typed = re.findall(r"'([^']+)'|(--[\w-]+)", problem)
    near = difflib.get_close_matches("".join(typed[0]), _words(context), n=1) if typed and "such" in problem else []
    path = context.command_path if context is not None else "treeplan"
    return StudyError(problem, (f"did you mean {near[0]}? " if near else "") + f"`{path} --help` says what there is.")


def _words(context: Any) -> list[str]:
    """The commands and options that could stand at this place."""
    if context is None:
        return []
    options = [option for parameter in context.command.params for option in parameter.opts]
    return [*getattr(context.command, "commands", {}), *options]


from treeplan.cli import comparisons, imagery, knowledge, runs, studies, weighting  # noqa: E402, F401  (they enter their commands)
