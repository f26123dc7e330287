"""Run the contenders of a row, each run in a process of its own, and compare their answers before any time counts."""

from __future__ import annotations

import importlib.metadata
import json
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import ROWS, ContenderError, Row

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Result:
    """What one contender did, and what it needed.

    Attributes
    ----------
    seconds, processor_seconds : float, optional
        Median over the runs of the clock, and of the processor time of all threads; None where it did not run or disagrees.
        The clock runs over the whole process where the row says so.
    peak_mb : float, optional
        Most memory its process held, its data and the libraries it loads included.
    agrees : bool, optional
        Whether every number is the oracle's, within what the row allows; None where there was nothing to compare.
    remark : str
        Why there is no time, or what it is the time of.
    """

    row: str
    contender: str
    version: str | None
    seconds: float | None
    runs: int
    peak_mb: float | None
    agrees: bool | None
    size: str
    processor_seconds: float | None = None
    remark: str = ""

    def record(self) -> dict[str, Any]:
        """The facts that are kept."""
        kept = ("row", "contender", "version", "seconds", "runs", "peak_mb", "agrees", "size")
        return {name: getattr(self, name) for name in kept}


def run_row(row: Row, size: str, runs: int, seed: int, folder: Path) -> list[Result]:
    """Make the data of a row, let every contender run, and say what each did.

    The contenders take turns, so that a busy spell of the machine falls on all of them.
    """
    data = folder / f"{row.name}-{size}-{seed}"
    _child("make", row.name, size, str(seed), str(data))
    versions = {name: _version(facts.package) for name, facts in row.contenders.items()}
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in versions}
    remarks = {name: f"{row.contenders[name].package} is not installed" for name, v in versions.items() if v is None}
    for _ in range(runs):
        for name in row.contenders:
            if name not in remarks:
                try:
                    measured[name].append(_child("run", row.name, name, str(data)))
                except ContenderError as err:
                    remarks[name] = str(err)
    results = []
    for name, version in versions.items():
        facts = Result(row.name, name, version, None, 0, None, None, size, remark=remarks.get(name, ""))
        results.append(facts if name in remarks else _judged(facts, measured[name], row, data))
    return results


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _judged(facts: Result, measured: list[dict[str, float]], row: Row, data: Path) -> Result:
    """The result with its verdict; a time stands only where the answer is the oracle's, or where none is due."""
    contender = row.contenders[facts.contender]
    facts = replace(facts, runs=len(measured), peak_mb=max(m["peak_mb"] for m in measured))
    clock = "process_seconds" if row.whole_process else "seconds"
    seconds, processor = (statistics.median(m[key] for m in measured) for key in (clock, "processor_seconds"))
    if contender.only:
        return replace(facts, seconds=seconds, processor_seconds=processor, remark=contender.only)
    if not _answer(data, row.oracle).exists():
        return replace(facts, remark=f"{row.oracle} gave nothing to compare with")
    given, truth = np.load(_answer(data, facts.contender)), np.load(_answer(data, row.oracle))
    told = f"{row.shown} {given[-1]:.2g}" if row.shown else ""
    if row.shown:
        given, truth = given[:-1], truth[:-1]
    if len(given) != len(truth):
        return replace(facts, agrees=False, remark=f"{len(given)} answers in place of {len(truth)}")
    worst = float(np.abs(given - truth).max())
    if not worst <= (contender.within or row.within):
        return replace(facts, agrees=False, remark=f"off by up to {worst:.2g} {row.unit}")
    remark = told or (f"within {contender.within:g}" if contender.within else "")
    return replace(facts, agrees=True, seconds=seconds, processor_seconds=processor, remark=remark)


def _answer(data: Path, contender: str) -> Path:
    return data / f"{contender.replace(' ', '-')}.npy"


def _child(*words: str) -> Any:
    """Do one thing in a process of its own.

    The parent loads neither data nor libraries of geometry: a child's peak memory would start from its parent's.
    """
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.runner", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        raise ContenderError(last.removeprefix("benchmarks.ContenderError: ")[:300])
    said = [line for line in done.stdout.splitlines() if line.startswith("{")]  # libraries may talk before
    return json.loads(said[-1]) | {"process_seconds": time.perf_counter() - began}


def main(words: list[str]) -> dict[str, float]:
    """In the child: make a row's data, or run one contender once."""
    task, name, *rest = words
    row = ROWS[name]
    if task == "make":
        size, seed, data = rest[0], int(rest[1]), Path(rest[2])
        data.mkdir(parents=True, exist_ok=True)
        for old in data.glob("*.npy"):
            old.unlink()
        row.make(data, seed, **row.sizes[size])
        return {}
    data = Path(rest[1])
    work, answer = row.contenders[rest[0]].prepare(data)
    clock, processor = time.perf_counter(), 0.0 if row.whole_process else time.process_time()
    result = work()
    seconds, processor_seconds = time.perf_counter() - clock, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    np.save(_answer(data, rest[0]), answer(result))
    return {"seconds": seconds, "processor_seconds": processor_seconds, "peak_mb": peak}


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps(main(sys.argv[1:])) + "\n")
