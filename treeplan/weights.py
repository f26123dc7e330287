"""How much each benefit matters: the study's own weights, or what the people of a workshop want, with how far they differ."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from treeplan import elicitation
from treeplan.elicitation import CONSISTENT_BELOW
from treeplan.errors import StudyError
from treeplan.sources.workshops import BEST_OVER, OVER_WORST, PAIRS
from treeplan.study import Study
from treeplan.vocabulary import BENEFITS
from treeplan.weight_settings import Weights, WorkshopSettings

log = logging.getLogger(__name__)

Values = npt.NDArray[np.float64]

LEAST_PEOPLE = 5
"""Nothing is shown of fewer people than this (METHODS.md 9.3)."""

OTHERS = "others"
"""What groups too small to be shown are called together."""

MOST_CLUSTERS = 5
_NAMES = list(BENEFITS)
_NAMED_FIRST = 2
_DIGITS = 6


@dataclass(frozen=True)
class Cluster:
    """People who want much the same, whatever their group: how many, what they put first, and their mean shares by benefit."""

    people: int
    first: tuple[str, ...]
    shares: dict[str, float]

    @property
    def plain(self) -> str:
        """In words: "12 people put Health and Fairness first (27 % and 22 %)"."""
        names = " and ".join(BENEFITS[name].label for name in self.first)
        parts = " and ".join(f"{self.shares[name]:.0%}".replace("%", " %") for name in self.first)
        return f"{self.people} people put {names} first ({parts})"


@dataclass(frozen=True)
class Weighting:
    """Where the weights of a run come from.

    Attributes
    ----------
    study : Study
        The study that goes on: its `[weights]` are the people's where a workshop counts, else its own.
    given : dict
        The study file's own shares by benefit, adding to 1.
    people : DataFrame
        One row a person who answered: `row, person, group, method`, a column for each benefit (shares adding to 1), `consistency`
        (the consistency ratio of pairs, ξ of best-worst, else NaN), `consistent`, `counts` (False where left out), `doubt` (the
        judgement to ask about again, in words). Private: never in an output. Empty without a workshop.
    used : bool
        Whether the people's weights are those of the run.
    """

    study: Study
    given: dict[str, float]
    people: pd.DataFrame = field(default_factory=pd.DataFrame)
    used: bool = False

    @cached_property
    def counted(self) -> pd.DataFrame:
        """The people whose answers count."""
        return self.people[self.people["counts"]] if len(self.people) else self.people

    @cached_property
    def shares(self) -> dict[str, float]:
        """The people's mean by benefit, adding to 1, as `[workshop] combine` says; the study's own without a workshop."""
        return (
            dict(zip(_NAMES, _combined(self.counted, self.study).tolist(), strict=True))
            if len(self.people)
            else self.given
        )

    @cached_property
    def group_people(self) -> dict[str, int]:
        """How many people are in each group that may be shown; groups of fewer than five are together as "others"."""
        return {} if self.people.empty else _pooled(self.counted["group"]).value_counts().sort_index().to_dict()

    @cached_property
    def groups(self) -> dict[str, dict[str, float]]:
        """Mean shares by benefit of each group that may be shown; none where everybody would be in one pool."""
        if self.people.empty or set(self.group_people) == {OTHERS}:
            return {}
        means = self.counted.groupby(_pooled(self.counted["group"]))[_NAMES].mean()
        return {str(name): {str(b): float(v) for b, v in row.items()} for name, row in means.iterrows()}

    @cached_property
    def spread(self) -> pd.DataFrame:
        """How far people differ, by benefit: `mean, sd, p05, p95` of their shares; no rows for fewer than five people."""
        columns = ["mean", "sd", "p05", "p95"]
        if len(self.counted) < LEAST_PEOPLE:
            return pd.DataFrame(columns=columns, index=pd.Index([], name="benefit"), dtype=float)
        own = self.counted[_NAMES].to_numpy(dtype=float)
        rows = np.column_stack([own.mean(axis=0), own.std(axis=0, ddof=1), *np.quantile(own, [0.05, 0.95], axis=0)])
        return pd.DataFrame(rows, columns=columns, index=pd.Index(_NAMES, name="benefit"))

    @cached_property
    def clusters(self) -> tuple[Cluster, ...]:
        """People by what they want, the largest cluster first; those of fewer than five are left out. None where all are alike."""
        return _clusters(self.counted) if len(self.counted) >= 2 * LEAST_PEOPLE else ()

    def record(self) -> dict[str, Any]:
        """What `run.json` holds: how the weights came about; no person, and no group of fewer than five."""
        told: dict[str, Any] = {
            "from": "workshop" if self.used else "study file",
            "study_file": _rounded(self.given),
        }
        if self.people.empty:
            return told
        if len(self.counted) < LEAST_PEOPLE:
            return told | {"people": f"fewer than {LEAST_PEOPLE}"}
        sizes = self.group_people
        return told | {
            "people": len(self.counted),
            "left_out_as_inconsistent": len(self.people) - len(self.counted),
            "inconsistent": int((~self.people["consistent"]).sum()),
            "combine": self.study.workshop.combine,
            "workshop": _rounded(self.shares),
            "groups": {name: {"people": sizes[name], "shares": _rounded(own)} for name, own in self.groups.items()},
            "spread": {str(name): _rounded(row.to_dict()) for name, row in self.spread.iterrows()},
            "clusters": [{"people": c.people, "first": list(c.first)} for c in self.clusters],
        }


def shares(study: Study) -> dict[str, float]:
    """The study's weights by benefit, adding up to 1."""
    given = study.weights.relative()
    total = sum(given.values())
    return {name: weight / total for name, weight in given.items()}


def weigh(study: Study, layers: Mapping[str, Any]) -> Weighting:
    """The weights of a run: the people's mean where the study has `workshop_weights` and uses them, else its own.

    Parameters
    ----------
    study : Study
        Its `[weights]` and `[workshop]`.
    layers : mapping
        With `workshop_weights`, where there are any, as `sources.workshops` reads them.

    Raises
    ------
    StudyError
        `[workshop]` asks for something and there is no workshop, or nobody's answer is left.
    """
    own = shares(study)
    table = layers.get("workshop_weights")
    if table is None:
        if study.workshop.use and study.workshop != WorkshopSettings():
            raise StudyError(
                "[workshop] says how people's weights count, but the study has no [sources.workshop_weights]",
                "add the sheet (`treeplan weights sheet` writes a blank one), or take [workshop] out.",
            )
        return Weighting(study, own)
    people = _people(pd.DataFrame(table), study)
    found = Weighting(study, own, people, used=study.workshop.use)
    if not found.used:
        return found
    rounded = {name: round(share, _DIGITS) for name, share in found.shares.items()}
    return Weighting(study.model_copy(update={"weights": Weights(**rounded)}), own, people, used=True)


def group_shares(weighting: Weighting) -> dict[str, Values]:
    """Shares of each group that may be shown, in the order of `BENEFITS`."""
    return {name: np.array([own[b] for b in BENEFITS]) for name, own in weighting.groups.items()}


# ---------------------------------------------------------------- people


def _people(table: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Everybody's shares, sorted so that the order of rows and files does not matter."""
    answers = [_answer(row) for row in table.to_dict("records")]
    asked = [answer.pop("compared") for answer in answers]
    people = pd.DataFrame(answers, columns=["row", "person", "group", "method", *_NAMES, "consistency", "doubt"])
    people["group"] = _one_spelling(people["group"])
    people["consistent"] = ~((people["method"] == "pairs") & (people["consistency"] >= CONSISTENT_BELOW))
    people["counts"] = people["consistent"] | (not study.workshop.leave_out_inconsistent)
    if len(set(asked)) > 1:
        log.warning(
            "weights from a workshop: not everybody compared the same benefits (%s), and what a person did not compare weighs "
            "nothing for that person. What to do: see that this was meant, or put all eight to everybody.",
            ", ".join(f"{asked.count(names)} compared {len(names)}" for names in sorted(set(asked), key=len)),
        )
    odd = int((~people["consistent"]).sum())
    if odd:
        log.warning(
            "weights from a workshop: the pairs of %s contradict one another (consistency ratio 0.10 or more); they %s. What to "
            "do: ask again where `treeplan weights show` says.",
            "1 person" if odd == 1 else f"{odd} people",
            "are left out" if study.workshop.leave_out_inconsistent else "count all the same",
        )
    if not people["counts"].any():
        raise StudyError(
            "[workshop] leave_out_inconsistent leaves out everybody: all judgements by pairs contradict one another",
            "ask again where `treeplan weights show` says, or set leave_out_inconsistent = false.",
        )
    return people.sort_values(["group", "person", "method", *_NAMES], kind="stable", ignore_index=True)


def _one_spelling(groups: pd.Series) -> pd.Series:
    """Group names that differ in capitals alone are one group, in the spelling that sorts first."""
    first = groups.groupby(groups.str.casefold()).min()
    return groups.str.casefold().map(first)


def _answer(row: Mapping[str, Any]) -> dict[str, Any]:
    """One person's shares; a benefit that was not compared weighs nothing."""
    numbers = {k: float(v) for k, v in row.items() if isinstance(v, int | float) and not np.isnan(v)}
    work = {"points": _scored, "swing": _scored, "pairs": _by_pairs, "best-worst": _by_best_and_worst}[row["method"]]
    names, values, consistency, doubt = work(row, numbers)
    told = dict.fromkeys(_NAMES, 0.0) | dict(zip(names, values.tolist(), strict=True))
    keys = {name: row[name] for name in ("row", "person", "group", "method")}
    return {**keys, **told, "consistency": consistency, "doubt": doubt, "compared": tuple(names)}


Answer = tuple[list[str], Values, float, str]


def _scored(row: Mapping[str, Any], numbers: Mapping[str, float]) -> Answer:
    share_out = elicitation.swing if row["method"] == "swing" else elicitation.points
    return _NAMES, share_out([numbers.get(name, 0.0) for name in _NAMES]), float("nan"), ""


def _by_pairs(row: Mapping[str, Any], numbers: Mapping[str, float]) -> Answer:
    del row
    judged = {pair: numbers[column] for pair, column in PAIRS.items() if column in numbers}
    names = [name for name in _NAMES if any(name in pair for pair in judged)]
    matrix = np.eye(len(names))
    for i, one in enumerate(names):
        for j, other in enumerate(names[i + 1 :], i + 1):
            matrix[i, j] = judged[one, other] if (one, other) in judged else 1 / judged[other, one]
            matrix[j, i] = 1 / matrix[i, j]
    found = elicitation.ahp(matrix)
    doubt = found.doubt
    told = ""
    if doubt is not None:
        pair = PAIRS[names[doubt.first], names[doubt.second]]
        told = f"{pair} is {doubt.said:.2g}, the person's other answers say {doubt.implied:.2g}"
    return names, found.shares, found.ratio, told


def _by_best_and_worst(row: Mapping[str, Any], numbers: Mapping[str, float]) -> Answer:
    best, worst = row["best"], row["worst"]
    names = [n for n in _NAMES if n in (best, worst) or BEST_OVER[n] in numbers]
    between = numbers.get(BEST_OVER[worst], numbers.get(OVER_WORST[best], float("nan")))
    over = {n: numbers.get(BEST_OVER[n], 1.0) for n in names} | {best: 1.0, worst: between}
    under = {n: numbers.get(OVER_WORST[n], 1.0) for n in names} | {worst: 1.0, best: between}
    found = elicitation.best_worst(names.index(best), names.index(worst), list(over.values()), list(under.values()))
    return names, found.shares, found.slack, ""


# ---------------------------------------------------------------- together


def _combined(people: pd.DataFrame, study: Study) -> Values:
    """The mean of people, or of the means of their groups."""
    if study.workshop.combine == "groups":
        return people.groupby("group")[_NAMES].mean().mean().to_numpy(dtype=float)
    return people[_NAMES].mean().to_numpy(dtype=float)


def _pooled(groups: pd.Series) -> pd.Series:
    """Groups as they may be shown: those of fewer than five people are "others", and the smallest next joins them where they
    would still be fewer, or the mean of all would tell what the few want.
    """
    sizes = groups.value_counts()
    small = {str(name) for name, size in sizes.items() if size < LEAST_PEOPLE or name == OTHERS}
    rest = sorted((int(size), str(name)) for name, size in sizes.items() if str(name) not in small)
    while small and rest and sum(int(sizes[name]) for name in small) < LEAST_PEOPLE:
        small.add(rest.pop(0)[1])
    return groups.where(~groups.isin(small), OTHERS)


def _clusters(people: pd.DataFrame) -> tuple[Cluster, ...]:
    """Clusters of five people or more, from the cut of a Ward tree of the shares that parts people best."""
    from scipy.cluster.hierarchy import fcluster, ward
    from sklearn.metrics import silhouette_score

    own = people[_NAMES].to_numpy(dtype=float)
    if np.ptp(own, axis=0).max() < 10**-_DIGITS:
        return ()
    tree = ward(own)
    cuts = [fcluster(tree, k, "maxclust") for k in range(2, MOST_CLUSTERS + 1)]
    fit = [cut for cut in cuts if (np.bincount(cut) >= LEAST_PEOPLE).sum() > 1]
    if not fit:
        return ()
    cut = fit[int(np.argmax([round(float(silhouette_score(own, c)), 3) for c in fit]))]
    found = [_cluster(own[cut == k]) for k in np.flatnonzero(np.bincount(cut) >= LEAST_PEOPLE)]
    return tuple(sorted(found, key=lambda c: (-c.people, [_NAMES.index(name) for name in c.first])))


def _cluster(own: Values) -> Cluster:
    mean = own.mean(axis=0)
    order = np.argsort(-mean.round(_DIGITS), kind="stable")[:_NAMED_FIRST]
    return Cluster(len(own), tuple(_NAMES[k] for k in order), dict(zip(_NAMES, mean.tolist(), strict=True)))


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in values.items()}
