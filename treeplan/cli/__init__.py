"""The command line: parse, call, show progress, print the remedy. Nothing is computed here."""

from __future__ import annotations

import logging
import sys
from importlib import metadata
from typing import Annotated

import typer
from click.exceptions import Abort, ClickException

from treeplan.cli.screen import console, errors
from treeplan.errors import TreeplanError

app = typer.Typer(
    name="treeplan",
    help="Rank tree-planting sites by what they do for people and nature, from open data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        console.print(f"treeplan {metadata.version('treeplan')}")
        raise typer.Exit


@app.callback()
def settings(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what each stage did.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Rank tree-planting sites by what they do for people and nature, from open data."""
    del version
    handler = logging.StreamHandler()
    handler.setFormatter(
        logging.Formatter("%(levelname)s: %(message)s" if not verbose else "%(levelname)s %(name)s: %(message)s")
    )
    root = logging.getLogger("treeplan")
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO if verbose else logging.WARNING)


def main() -> None:
    """Run the command line; a user's mistake ends with one message and exit code 1."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except TreeplanError as err:
        errors.print(f"treeplan: {err}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
    except ClickException as err:
        err.show()
        sys.exit(err.exit_code)
    except (KeyboardInterrupt, Abort):
        errors.print("treeplan: stopped; nothing was half written.", markup=False)
        sys.exit(130)


from treeplan.cli import knowledge, runs, studies  # noqa: E402, F401  (they enter their commands)
