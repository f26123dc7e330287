"""The outputs of a run: each a plain function (plan, folder) in one module, entered into one register.

To add an output, write such a function below the decorator and import its module at the end of this file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from treeplan import provenance
from treeplan.errors import StudyError
from treeplan.plan import Plan

Writer = Callable[[Plan, Path], None]


@dataclass(frozen=True)
class Output:
    """One output: the file or folder it writes, and how; `public` ones hold no private land and may be linked from pages."""

    name: str
    file: str
    write: Writer
    public: bool = True

    @property
    def doc(self) -> str:
        """The first line of the writer's docstring."""
        return (self.write.__doc__ or "").strip().split("\n")[0]


OUTPUTS: dict[str, Output] = {}


def output(file: str, public: bool = True) -> Callable[[Writer], Writer]:
    """Enter a writer into the register under its function's name; `file` is what it writes inside the folder."""

    def enter(write: Writer) -> Writer:
        OUTPUTS[write.__name__] = Output(write.__name__, file, write, public)
        return write

    return enter


def write_outputs(
    plan: Plan,
    folder: str | Path,
    only: Iterable[str] | None = None,
    progress: Callable[[str], None] = lambda stage: None,
) -> Path:
    """Write every output of a plan, whole or not at all.

    Parameters
    ----------
    plan : Plan
        From `make_plan`.
    folder : path
        The folder to write; it is replaced as a whole, and untouched when anything fails.
    only : names, optional
        Some of the register instead of all.
    progress : callable, optional
        Told each file before it is written.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        The disk is full or the folder may not be written.
    """
    folder = Path(folder)
    wanted = list(OUTPUTS) if only is None else list(only)
    unknown = [name for name in wanted if name not in OUTPUTS]
    if unknown:
        raise StudyError(f"no output is called {', '.join(unknown)}", f"use some of: {', '.join(OUTPUTS)}.")
    with provenance.whole_folder(folder, made=[o.file for o in OUTPUTS.values()]) as partial:
        for name in wanted:
            progress(OUTPUTS[name].file)
            OUTPUTS[name].write(plan, partial)
    return folder


from treeplan.outputs import exports, maps, packs, report  # noqa: E402, F401  (they fill the register)
