"""What the terminal shows: tables, progress, paths."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from treeplan.plan import Missing, Plan

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


@contextmanager
def progress(stages: int) -> Iterator[Callable[[str], None]]:
    """A bar that moves on with every stage it is told of; silent where the output is no terminal."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    ) as bar:
        task = bar.add_task("Starting", total=stages)

        def move_on(stage: str) -> None:
            bar.update(task, description=stage[:60], advance=1)

        yield move_on


def show(
    title: str, columns: list[str], rows: Iterable[Iterable[str]], right: tuple[int, ...] = (), indent: int = 0
) -> None:
    """Print a plain table; without a heading where no column has a name."""
    if title:
        console.print(title, style="bold" if indent else "italic", markup=False)
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=any(columns))
    for i, name in enumerate(columns):
        table.add_column(name, justify="right" if i in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*[_literal(cell) for cell in row])
    console.print(Padding(table, (0, 0, 0, indent)))


def _literal(cell: str) -> str:
    """Text as it is: brackets in names are no markup."""
    return cell.replace("[", "\\[")


def tell(title: str, sentences: Iterable[str]) -> None:
    """Print sentences below a heading, each from a line of its own."""
    console.print(f"\n{title}", style="bold", markup=False)
    for sentence in sentences:
        console.print(Padding(Text(sentence), (0, 0, 0, 2)))


def describe(title: str, entries: list[tuple[str, list[str]]]) -> None:
    """Print a list: each name on a line of its own, what is known of it indented below; nothing is cut at any width."""
    console.print(title, style="bold", markup=False)
    for name, facts in entries:
        console.print(name, markup=False, soft_wrap=True)
        for fact in facts:
            console.print(Padding(Text(fact), (0, 0, 0, 4)))


def show_counts(plan: Plan) -> None:
    """The numbers of people, places and hectares at each stage."""
    rows = [[c.stage, c.what, f"{c.value:,.1f}" if c.unit == "ha" else f"{c.value:,.0f}", c.unit] for c in plan.counts]
    show(f"{plan.study.name}: what was counted", ["stage", "what", "number", ""], rows, right=(2,))
    if len(plan.audit):
        rows = [[r.reason, f"{r.area_ha:,.1f}", f"{r.share_pct:.1f}"] for r in plan.audit.itertuples()]
        show("\nWhere the mapped open land went", ["", "ha", "%"], rows, right=(1, 2))


def show_missing(missing: Iterable[Missing]) -> None:
    """Layers the study lacks, what follows, and how to get them."""
    entries = [(m.label, [f"So: {m.leaves_out}.", f"To get it: {m.how_to_get}."]) for m in missing]
    if entries:
        describe("\nLayers this study lacks", entries)
