"""Commands on weights from people: weights sheet, weights show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from treeplan.cli import app
from treeplan.cli.runs import StudyPath
from treeplan.cli.screen import console, describe, show
from treeplan.errors import StudyError

if TYPE_CHECKING:
    from treeplan.weights import Weighting

weights = typer.Typer()
app.add_typer(weights, name="weights")


@weights.callback(invoke_without_command=True)
def _help(context: typer.Context) -> None:
    """Weights from people: write a blank sheet for a workshop, and see what a filled one says."""
    if context.invoked_subcommand is None:
        console.print(context.get_help(), markup=False)


@weights.command()
def sheet(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The CSV to write.")],
    method: Annotated[
        str, typer.Option("--method", help="How people are asked: points, swing, pairs or best-worst.")
    ] = "swing",
    people: Annotated[int, typer.Option("--people", min=1, max=2_000, help="Numbered rows for so many people.")] = 30,
    group: Annotated[str, typer.Option("--group", help="Written into every row; else filled in by hand.")] = "",
    benefit: Annotated[
        list[str] | None,
        typer.Option(
            "--benefit", help="A benefit to compare by pairs or best-worst; may be given several times; else all."
        ),
    ] = None,
) -> None:
    """Write a blank sheet for a workshop: a row a person, with what the columns mean and an example above."""
    import csv

    from treeplan.elicitation import METHODS
    from treeplan.provenance import whole_file
    from treeplan.sources.workshops import blank_sheet
    from treeplan.vocabulary import BENEFITS

    if out.exists():
        raise StudyError(f"{out} is there already", "choose another name, or remove it first.")
    rows = blank_sheet(method, people, group, benefit or list(BENEFITS))
    with whole_file(out) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    console.print(f"Wrote {out}: {people} rows by {method} ({METHODS[method]}).", markup=False, soft_wrap=True)
    console.print(
        "Open it in a spreadsheet. The rows that begin with # explain the columns and are not read; rows left empty are nobody. "
        "Give people numbers, not names. Save it as CSV and name it in the study file: "
        f'[sources.workshop_weights] path = "{out.name}". Then: treeplan weights show STUDY',
        markup=False,
        soft_wrap=True,
    )


@weights.command("show")
def show_(
    study: StudyPath,
    sheet: Annotated[
        list[Path] | None,
        typer.Option(
            "--sheet", metavar="FILE", help="A filled sheet in place of the study's own; may be given several times."
        ),
    ] = None,
) -> None:
    """Show the weights that people gave, together, apart and by group, beside the study's own and the presets."""
    from treeplan.layers import load_source
    from treeplan.settings import SourceSettings
    from treeplan.study import load_study
    from treeplan.weights import weigh

    settings = load_study(study)
    if sheet:
        own = SourceSettings(path=tuple(str(path.resolve()) for path in sheet))
        settings = settings.model_copy(update={"sources": {"workshop_weights": own}})
    tables = load_source(settings, "workshop_weights") if "workshop_weights" in settings.sources else {}
    weighting = weigh(settings, tables)
    _show_shares(weighting)
    if len(weighting.people):
        _say_who(weighting)
        _show_doubts(weighting)
    else:
        console.print(
            "\nNobody was asked: the study names no [sources.workshop_weights]. `treeplan weights sheet` writes a blank sheet.",
            markup=False,
            soft_wrap=True,
        )
    _show_presets()


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _show_shares(weighting: Weighting) -> None:
    """Every benefit's share: the study file's, the people's with their spread, and each group's."""
    from treeplan.vocabulary import BENEFITS

    asked = len(weighting.people) > 0
    columns = ["benefit", "study file, %", *(["people, %"] if asked else [])]
    columns += ["5–95 %", "sd"] if len(weighting.spread) else []
    columns += [f"{name} ({weighting.group_people[name]})" for name in weighting.groups]
    rows = []
    for name, facts in BENEFITS.items():
        row = [facts.label, _percent(weighting.given[name]), *([_percent(weighting.shares[name])] if asked else [])]
        if len(weighting.spread):
            one = weighting.spread.loc[name]
            row += [f"{100 * one['p05']:.0f}–{100 * one['p95']:.0f}", _percent(one["sd"])]
        rows.append([*row, *(_percent(own[name]) for own in weighting.groups.values())])
    show(f"{weighting.study.name}: weights", columns, rows, right=tuple(range(1, len(columns))))


def _say_who(weighting: Weighting) -> None:
    """How many people, whose mean, which weights count, and who wants much the same."""
    from treeplan.weights import LEAST_PEOPLE, OTHERS

    people, counted = weighting.people, len(weighting.counted)
    by = weighting.study.workshop.combine
    count = people["group"].nunique()
    said = [
        f"{len(people)} people in {count} groups answered; the mean is of {by}."
        if count > 1
        else f"{len(people)} people answered.",
        "These weights count in a run." if weighting.used else "They do not count in a run: [workshop] use = false.",
    ]
    if counted < len(people):
        said.append(f"{len(people) - counted} are left out, because their pairs contradict one another.")
    if OTHERS in weighting.groups:
        said.append(f"Groups of fewer than {LEAST_PEOPLE} people are shown together, as {OTHERS}.")
    if counted < LEAST_PEOPLE:
        said.append(f"Of fewer than {LEAST_PEOPLE} people no spread is shown.")
    said += [f"{cluster.plain}." for cluster in weighting.clusters]
    slack = people.loc[people["method"] == "best-worst", "consistency"]
    if len(slack):
        said.append(
            f"Answers by best and worst miss their own weights by {slack.mean():.3f} in the mean and {slack.max():.3f} at most (ξ)."
        )
    console.print("\n" + "\n".join(said), markup=False, soft_wrap=True)


def _show_doubts(weighting: Weighting) -> None:
    """Rows whose pairs contradict one another, and the judgement to ask about again."""
    odd = weighting.people[~weighting.people["consistent"]].sort_values(["group", "row"])
    if len(odd):
        rows = [[f"{r.row:.0f}", r.group, f"{r.consistency:.2f}", r.doubt] for r in odd.itertuples()]
        show(
            "\nPairs that contradict one another (consistency ratio 0.10 or more)",
            ["row", "group", "ratio", "ask again"],
            rows,
            right=(0, 2),
        )


def _show_presets() -> None:
    from treeplan.weight_settings import PRESETS

    describe(
        '\nPresets to start a conversation from (weights = "NAME" in the study file)',
        [
            (
                name,
                [
                    f"For {preset.audience}.",
                    ", ".join(f"{benefit} {weight:g}" for benefit, weight in preset.weights.items()),
                ],
            )
            for name, preset in PRESETS.items()
        ],
    )
