"""The report's part on double counting: how benefits go together, and how much each decides beside the weight it was given."""

from __future__ import annotations

import math

from treeplan import weights
from treeplan.outputs.report_tables import Section, Table
from treeplan.outputs.words import out_of_100, say, whole
from treeplan.overlap import TOGETHER, Overlap, measure_overlap
from treeplan.plan import Plan
from treeplan.vocabulary import BENEFITS


def overlap_section(plan: Plan) -> Section:
    """Correlations between benefits and effective weights, over the ranked sites; for plans with sites."""
    found = measure_overlap(plan.sites, weights.shares(plan.study))
    tables = [_correlation(found), _weights(found)]
    return Section("overlap", say("overlap.title"), [say("overlap.intro"), *overlap_said(found)], tables)


def overlap_said(found: Overlap) -> list[str]:
    """What stands out, in sentences: benefits that go together, and those that decide more or less than they were given."""
    if found.effective.isna().all():
        return [say("overlap.too_few", sites=whole(found.sites))]
    pairs = [
        say("overlap.pair", one=BENEFITS[a].label.lower(), other=BENEFITS[b].label.lower(), r=_two_places(r))
        for a, b, r in found.together
    ]
    said = [say("overlap.together", pairs=", ".join(pairs)) if pairs else say("overlap.no_pair", most=f"{TOGETHER:g}")]
    for key, names in (
        ("more", [name for name, times in found.out_of_proportion if times > 1]),
        ("less", [name for name, times in found.out_of_proportion if times < 1]),
    ):
        told = [
            say(
                "overlap.instead",
                benefit=BENEFITS[name].label.lower(),
                effective=out_of_100(float(found.effective[name])),
                given=out_of_100(float(found.given[name])),
            )
            for name in names
        ]
        said += [say(f"overlap.{key}", named=", ".join(told))] if told else []
    against = ", ".join(BENEFITS[name].label.lower() for name in found.against)
    return [*said, say("overlap.against", named=against)] if against else said


def _correlation(found: Overlap) -> Table:
    labels = [facts.label for facts in BENEFITS.values()]
    rows, shades = [], []
    for one, facts in BENEFITS.items():
        values = [math.nan if one == other else float(found.correlation.at[one, other]) for other in BENEFITS]
        told = ["" if one == other else _two_places(r) for other, r in zip(BENEFITS, values, strict=True)]
        rows.append((facts.label, *told))
        shades.append([None, *(r if r > 0 else None for r in values)])
    numbers = frozenset(range(1, len(labels) + 1))
    columns = [say("report.benefit"), *labels]
    return Table(say("overlap.matrix"), columns, rows, numbers, note=say("overlap.matrix_note"), cell_shades=shades)


def _weights(found: Overlap) -> Table:
    """Given and effective weights side by side, the heaviest given first."""
    most = max(float(found.given.max()), float(found.effective.fillna(0).max()))
    rows, bars = [], []
    for name in sorted(BENEFITS, key=lambda n: (-found.given[n], BENEFITS[n].label)):
        given, effective = float(found.given[name]), float(found.effective[name])
        told = "–" if math.isnan(effective) else out_of_100(effective)
        rows.append((BENEFITS[name].label, out_of_100(given), told, _two_places(float(found.with_priority[name]))))
        bars.append([None, given / most, None if math.isnan(effective) else effective / most, None])
    columns = [say("report.benefit"), say("overlap.given"), say("overlap.effective"), say("overlap.with_priority")]
    numbers, note = frozenset({1, 2, 3}), say("overlap.weights_note")
    return Table(say("overlap.weights"), columns, rows, numbers, note=note, cell_bars=bars, narrow=True)


def _two_places(r: float) -> str:
    """A correlation with a true minus; "–" where there is none."""
    return "–" if math.isnan(r) else f"{r + 0.0:.2f}".replace("-0.00", "0.00").replace("-", "−")
