"""The report's part on weights: whose they are, how far people differ, and what each group wants; nobody by name."""

from __future__ import annotations

from treeplan.outputs.report_tables import Section, Table
from treeplan.outputs.words import say, whole
from treeplan.plan import Plan
from treeplan.vocabulary import BENEFITS
from treeplan.weights import LEAST_PEOPLE, Weighting


def weights_section(plan: Plan) -> Section:
    """Where the weights come from; with a workshop, what its people and groups want."""
    weighting = plan.weighting
    assert weighting is not None  # every run weighs its benefits
    title = say("weights.title")
    if weighting.people.empty:
        return Section("weights", title, [say("weights.study")], [_given(weighting)])
    people = len(weighting.counted)
    said = [say("weights.used" if weighting.used else "weights.not_used", people=whole(people))]
    if people < LEAST_PEOPLE:
        return Section("weights", title, [*said, say("weights.too_few", least=LEAST_PEOPLE)], [_given(weighting)])
    odd = int((~weighting.people["consistent"]).sum())
    if odd:
        out = len(weighting.people) > people
        said.append(say("weights.inconsistent_out" if out else "weights.inconsistent", n=whole(odd)))
    said += (
        [say("weights.clusters", clusters="; ".join(c.plain for c in weighting.clusters))] if weighting.clusters else []
    )
    return Section("weights", title, said, [_wanted(weighting)])


def _given(weighting: Weighting) -> Table:
    rows = [(BENEFITS[name].label, _percent(share)) for name, share in weighting.given.items()]
    most = max(weighting.given.values())
    bars = [share / most for share in weighting.given.values()]
    return Table(say("weights.title"), [say("report.benefit"), say("report.weight")], rows, frozenset({1}), bars)


def _wanted(weighting: Weighting) -> Table:
    """By benefit: the people's mean, how far they differ, each group's mean, and the study file's own weight."""
    groups, sizes, spread = weighting.groups, weighting.group_people, weighting.spread
    rows = [
        (
            BENEFITS[name].label,
            _percent(weighting.shares[name]),
            f"{_percent(spread.at[name, 'p05'])}–{_percent(spread.at[name, 'p95'])}",
            *(_percent(own[name]) for own in groups.values()),
            _percent(weighting.given[name]),
        )
        for name in BENEFITS
    ]
    columns = [
        say("report.benefit"),
        say("weights.mean"),
        say("weights.spread"),
        *(say("weights.group", group=group, people=whole(sizes[group])) for group in groups),
        say("weights.file"),
    ]
    most = max(weighting.shares.values())
    bars = [weighting.shares[name] / most for name in BENEFITS]
    return Table(
        say("weights.table"),
        columns,
        rows,
        frozenset(range(1, len(columns))),
        bars,
        say("weights.note", least=LEAST_PEOPLE),
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
