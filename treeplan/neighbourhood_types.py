"""Kinds of neighbourhood: groups that need the same things, named by what marks each, and the places most like a given one."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from treeplan.needs import NEEDS
from treeplan.study import Study

log = logging.getLogger(__name__)

Values = npt.NDArray[np.float64]

LEAST = 20
"""With fewer neighbourhoods no kinds are told apart (assumption)."""

NUMBERS = range(3, 8)
"""Numbers of kinds that are tried where the study names none."""

MARKS = 3
"""Most needs that a name is made of; a need that lies less than half a standard deviation from the whole marks nothing."""
STANDS_OUT = 0.5

SAMPLE = 2_000
"""How well kinds stand apart is seen on so many neighbourhoods at most."""


def with_types(neighbourhoods: gpd.GeoDataFrame, study: Study) -> gpd.GeoDataFrame:
    """Neighbourhoods with `neighbourhood_type` (its name; empty where a need is unknown) and `places_like_it` (the five most
    alike, joined by "; "). Without either column where fewer than 20 neighbourhoods have all needs, or there is one need.

    Kinds are found by k-means on the needs, 0–1. Neither the order of rows nor of needs matters.
    """
    needs = _needs(neighbourhoods)
    if needs is None:
        return neighbourhoods
    kinds = _kinds(needs.to_numpy(), study)
    names = _names(needs, kinds)
    zones = neighbourhoods.copy()
    kind = pd.Series([names[k] for k in kinds], index=needs.index)
    zones["neighbourhood_type"] = zones["lsoa21_code"].map(kind).fillna("")
    name = zones.set_index("lsoa21_code")["name"]
    like = {code: "; ".join(name[near]) for code, near in _alike(needs, 5).items()}
    zones["places_like_it"] = zones["lsoa21_code"].map(like).fillna("")
    log.info(
        "kinds of neighbourhood: %d, silhouette %.2f", len(names), _silhouette(needs.to_numpy(), kinds, study.seed)
    )
    return zones


def silhouette(neighbourhoods: pd.DataFrame, seed: int) -> float:
    """How well the kinds stand apart: 1 wholly, 0 not at all; NaN without kinds."""
    needs = _needs(neighbourhoods) if "neighbourhood_type" in neighbourhoods else None
    if needs is None:
        return float("nan")
    kinds = neighbourhoods.set_index("lsoa21_code")["neighbourhood_type"].reindex(needs.index)
    return _silhouette(needs.to_numpy(), kinds.to_numpy(), seed)


def _needs(neighbourhoods: pd.DataFrame) -> pd.DataFrame | None:
    """Needs of the neighbourhoods that have all of them, sorted by code; None where they are too few.

    Needs that are worked out from others are left out: they would count twice.
    """
    columns = sorted(f"need_{n}" for n, facts in NEEDS.items() if f"need_{n}" in neighbourhoods and not facts.needs)
    needs = neighbourhoods.set_index("lsoa21_code")[columns].dropna(axis=1, how="all").dropna().sort_index()
    return needs if len(needs) >= LEAST and len(needs.columns) > 1 else None


def _kinds(needs: Values, study: Study) -> npt.NDArray[np.int_]:
    """The kind of each row: of the numbers of kinds, the one whose kinds stand apart best; equals go to the fewer."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    wanted = [study.needs.types] if study.needs.types else NUMBERS
    with threadpool_limits(1):  # threads add up in any order, and wait for each other longer than they work
        tried = [KMeans(k, n_init=10, random_state=study.seed).fit(needs).labels_ for k in wanted]
    apart = [round(_silhouette(needs, kinds, study.seed), 3) for kinds in tried]
    return np.asarray(tried[int(np.argmax(apart))])


def _silhouette(needs: Values, kinds: npt.NDArray[np.generic], seed: int) -> float:
    from sklearn.metrics import silhouette_score

    if not 1 < len(np.unique(kinds)) < len(kinds):
        return float("nan")
    sample = SAMPLE if len(needs) > SAMPLE else None
    return float(silhouette_score(needs, kinds, sample_size=sample, random_state=seed))


def _names(needs: pd.DataFrame, kinds: npt.NDArray[np.int_]) -> dict[int, str]:
    """What each kind is called: the needs in which it stands out most, and one more where two would be called the same."""
    spread = needs.std(ddof=0).replace(0.0, 1.0)
    marks = {}
    for kind in np.unique(kinds):
        stands = (needs[kinds == kind].mean() - needs.mean()) / spread
        order = stands.reindex(stands.abs().sort_values(ascending=False, kind="stable").index)
        marks[int(kind)] = (
            [_word(str(column), value) for column, value in order.items()],
            int((order.abs() >= STANDS_OUT).sum()),
        )
    names = {kind: _joined(words[: min(MARKS, n)]) for kind, (words, n) in marks.items()}
    for kind, (words, n) in marks.items():
        more = min(MARKS, n)
        while list(names.values()).count(names[kind]) > 1 and more < len(words):
            more += 1
            names[kind] = _joined(words[:more])
        others = [name for other, name in names.items() if other < kind]
        names[kind] = f"{names[kind]} ({others.count(names[kind]) + 1})" if names[kind] in others else names[kind]
    return names


def _word(column: str, stands: float) -> str:
    facts = NEEDS[column.removeprefix("need_")]
    return facts.great if stands > 0 else facts.little


def _joined(words: Sequence[str]) -> str:
    """ "poor health", "few trees" → "Poor health, few trees"; nothing that stands out: "Near the middle in everything"."""
    words = list(dict.fromkeys(words))
    if not words:
        return "Near the middle in everything"
    said = ", ".join(words)
    return said[0].upper() + said[1:]


def _alike(needs: pd.DataFrame, count: int) -> dict[str, list[str]]:
    """The neighbourhoods most alike in all needs, nearest first, by code; equals go by code."""
    from sklearn.neighbors import NearestNeighbors

    codes = needs.index.to_numpy()
    wanted = min(count + 1, len(codes))
    far, near = NearestNeighbors(n_neighbors=wanted).fit(needs.to_numpy()).kneighbors()
    order = np.lexsort((near, far.round(9)), axis=1)
    near = np.take_along_axis(near, order, axis=1)[:, :count]
    return {str(code): [str(c) for c in codes[row]] for code, row in zip(codes, near, strict=True)}
