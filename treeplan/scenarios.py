"""What `treeplan compare` sets side by side: studies and their scenarios, each under a label of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from treeplan.errors import StudyError
from treeplan.study import Study, load_study


def variants(study: Study) -> dict[str, Study]:
    """The study under its name, then each of its scenarios under its label."""
    return {study.name: study} | {study.label_of(name): study.scenario(name) for name in study.scenarios}


def load_variants(paths: Sequence[str | Path]) -> tuple[dict[str, Study], dict[str, str]]:
    """Studies with their scenarios by label, and what is noted of them, in the order of the files.

    Among several studies, a scenario is called by its study's label and its own. Studies of one name are told apart by their
    files.

    Raises
    ------
    StudyError
        A study does not fit (as `load_study`), two have one label, or there is one study without scenarios.
    """
    studies = [load_study(path) for path in paths]
    names = Counter(study.name.casefold() for study in studies)
    found: dict[str, Study] = {}
    notes: dict[str, str] = {}
    for path, study in zip(paths, studies, strict=True):
        own = study.name if names[study.name.casefold()] == 1 else f"{study.name} ({Path(path).stem})"
        for name, (label, variant) in zip([None, *study.scenarios], variants(study).items(), strict=True):
            shown = own if name is None else label if len(studies) == 1 else f"{own}: {label}"
            if shown in found:
                raise StudyError(
                    f"two of the studies are called '{shown}'",
                    "name each file once, and give studies that are compared names of their own.",
                )
            found[shown] = variant
            note = study.note if name is None else study.scenarios[name].note
            notes |= {shown: note} if note else {}
    if len(found) < 2:
        raise StudyError(
            f"{paths[0]} has no scenarios, so there is nothing to compare it with",
            'add a table such as [scenarios.more_woods], with land = { prefer = { park = "woodland" } }, or name a second study file.',
        )
    return found, notes
