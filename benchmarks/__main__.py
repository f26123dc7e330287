"""Print treeplan, its peers and the limit side by side: python -m benchmarks [--row land] [--size tiny] [--runs 3]."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import ROWS, Row
from benchmarks.runner import ROOT, Result, run_row


def main(words: list[str] | None = None) -> int:
    """Run the rows asked for; 0 when every contender that ran gives the oracle's answer."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=(__doc__ or "").split(":")[0] + ".")
    parser.add_argument("--row", choices=sorted(ROWS), action="append", help="one row; all where none is named")
    parser.add_argument("--size", default="full", help="full, or tiny to see that all agree")
    parser.add_argument("--runs", type=int, default=3, help="runs of each contender; the median is shown")
    parser.add_argument("--seed", type=int, default=1, help="seed of the invented data")
    parser.add_argument("--folder", type=Path, default=ROOT / "build", help="where data and bench.json go")
    asked = parser.parse_args(words)
    console = Console(width=140)
    wrong = False
    for name in asked.row or list(ROWS):
        row = ROWS[name]
        results = run_row(row, asked.size, asked.runs, asked.seed, asked.folder / "bench")
        _keep(results, asked.folder / "bench.json")
        console.print(_table(row, results, asked.size))
        needed = {"treeplan", row.oracle}
        wrong |= any(r.agrees is False or (r.contender in needed and r.agrees is None) for r in results)
    return int(wrong)


def _table(row: Row, results: list[Result], size: str) -> Table:
    """The results of one row; `times` is the contender's clock time over treeplan's."""
    table = Table(title=f"{row.title} ({size}: {', '.join(f'{n:,} {what}' for what, n in row.sizes[size].items())})")
    table.add_column("contender")
    table.add_column("version")
    clock = "seconds from start to end" if row.whole_process else "seconds"
    for heading in (clock, "processor s", "peak MB", "times"):
        table.add_column(heading, justify="right")
    table.add_column(f"agrees within {row.within:g} {row.unit}")
    ours = next((r.seconds for r in results if r.contender == "treeplan"), None)
    for r in results:
        times = f"{r.seconds / ours:.2f}" if r.seconds and ours else "–"
        figures = [f"{v:,.{d}f}" if v is not None else "–" for v, d in _figures(r)]
        verdict = r.remark or "yes"
        table.add_row(r.contender, r.version or "–", *figures, times, verdict)
    return table


def _figures(result: Result) -> list[tuple[float | None, int]]:
    return [(result.seconds, 2), (result.processor_seconds, 2), (result.peak_mb, 0)]


def _keep(results: list[Result], path: Path) -> None:
    """Add the records to the file, which is replaced whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = json.loads(path.read_text("utf-8")) if path.exists() else []
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps([*kept, *(r.record() for r in results)], indent=1) + "\n", "utf-8")
    beside.replace(path)


if __name__ == "__main__":
    sys.exit(main())
