"""What certainty draws: weights around the study's, a place of each effect between low and high, the normaliser and the aggregator."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from treeplan import scoring
from treeplan.acceptability import NOT_MEASURED, Draws, Mean, Scored, Steps, Values
from treeplan.coefficients import LEVELS
from treeplan.formulas import FORMULAS
from treeplan.reference import Population
from treeplan.settings import ScoringSettings
from treeplan.study import Study
from treeplan.vocabulary import AGGREGATORS, BENEFITS, NORMALISERS, Aggregator, Normaliser

RUNGS = 11
"""Places between low and high at which benefits are scored: a drawn place is at most a tenth of the way off, and each draw is
scored as it would be at its rung."""

WEIGHTS, PLACES, KINDS = range(3)
"""Streams of chance, each from the study's seed, so that other weights leave what else is drawn as it is."""

Kind = tuple[Normaliser, Aggregator]


@dataclass(frozen=True)
class Drawn:
    """The draws of a study, and the scored benefits that they choose from.

    Attributes
    ----------
    names : tuple of str
        The benefits of some weight, here or in the other weights: the columns of the draws.
    kinds : tuple
        Normaliser and aggregator of each group of draws.
    inputs : DataFrame
        One row a draw: `weight_<benefit>`, `place_<effect>` (-1 low, 0 central, 1 high), `normaliser`, `aggregator`.
    """

    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    means: tuple[Mean, ...]
    scored: Scored
    draws: Draws
    inputs: pd.DataFrame


def draw(
    site_id: pd.Series,
    qualities: Mapping[str, pd.DataFrame],
    ranked: npt.NDArray[np.int64],
    study: Study,
    others: Iterable[Mapping[str, float]] = (),
    reference: Mapping[str, Population] | None = None,
) -> Drawn:
    """Draw for a study.

    Parameters
    ----------
    site_id, qualities
        Of all candidate sites, among whom benefits are scored.
    ranked : array
        Rows of the sites that compete, in the order of their `site_id`, by which ties go.
    others : iterable, optional
        Other weights by benefit that will be drawn around: benefits that have some weight there alone are scored too.
    reference : mapping, optional
        The saved sites of another run that benefits are compared with, at central figures; else these sites.
    """
    given = study.weights.relative()
    wanted = [given, *others]
    names = tuple(name for name in BENEFITS if any(weights.get(name, 0) > 0 for weights in wanted))
    kinds = kinds_of(study)
    rows, which = _ladder(qualities, ranked, names, kinds, reference)
    count = study.certainty.draws
    weight = draw_weights(given, names, study)
    effects = sorted({formula.effect for formula in FORMULAS.values()})
    places = np.random.default_rng([study.seed, PLACES]).triangular(-1, 0, 1, size=(count, len(effects)))
    rungs = np.rint((places + 1) / 2 * (RUNGS - 1)).astype(np.int64)
    group = np.random.default_rng([study.seed, KINDS]).integers(0, len(kinds), count)
    normalisers = list(dict.fromkeys(kind[0] for kind in kinds))
    by_draw = np.array([normalisers.index(kind[0]) for kind in kinds])[group]
    own = rungs[:, [effects.index(FORMULAS[name].effect) for name in names]]  # benefits of one effect share its place
    row = which[by_draw[:, None], own, np.arange(len(names))]
    inputs = pd.DataFrame({f"weight_{name}": weight[:, b] for b, name in enumerate(names) if given[name] > 0})
    for e, name in enumerate(effects):
        if any(FORMULAS[benefit].effect == name and given[benefit] > 0 for benefit in names):
            inputs[f"place_{name}"] = np.linspace(-1, 1, RUNGS).round(3)[rungs[:, e]]
    inputs["normaliser"], inputs["aggregator"] = np.array(kinds)[group].T
    gaps, keys = _gaps(site_id, qualities, ranked, names, study.seed)
    means = tuple(mean_of(kind[1], study.scoring) for kind in kinds)
    return Drawn(names, kinds, means, Scored(rows, gaps, keys), Draws(weight, row, group), inputs)


def kinds_of(study: Study) -> tuple[Kind, ...]:
    """Every normaliser with every aggregator that is drawn; the study's own are among them."""
    normalisers = {*study.certainty.normalisers, study.scoring.normaliser}
    aggregators = {*study.certainty.aggregators, study.scoring.aggregator}
    return tuple((n, a) for n in NORMALISERS if n in normalisers for a in AGGREGATORS if a in aggregators)


def draw_weights(given: Mapping[str, float], names: tuple[str, ...], study: Study) -> Values:
    """Weights of each draw around the given ones, adding up to 1: Dirichlet; a weight of 0 stays 0."""
    share = np.array([given[name] for name in names], dtype=float)
    share /= share.sum()
    weighted = np.flatnonzero(share > 0)
    alpha = study.certainty.concentration * len(weighted) * share[weighted]
    drawn = np.zeros((study.certainty.draws, len(names)))
    found = np.random.default_rng([study.seed, WEIGHTS]).dirichlet(alpha, size=len(drawn))
    drawn[:, weighted] = found / found.sum(axis=1, keepdims=True)
    return drawn


def mean_of(aggregator: Aggregator, rules: ScoringSettings) -> Mean:
    """The mean that `scoring.priority` takes, as a sum."""
    power, epsilon = rules.power, rules.epsilon
    if aggregator == "arithmetic":
        return Mean(lambda benefit: benefit)
    if aggregator == "power" and power != 0:
        return Mean(lambda benefit: np.sign(power) * np.expm1(power * np.log(epsilon + benefit)))
    return Mean(lambda benefit: np.log(epsilon + benefit))


def _ladder(
    qualities: Mapping[str, pd.DataFrame],
    ranked: npt.NDArray[np.int64],
    names: tuple[str, ...],
    kinds: tuple[Kind, ...],
    reference: Mapping[str, Population] | None,
) -> tuple[Steps, npt.NDArray[np.int64]]:
    """Benefits of the ranked sites in steps, each set of values once; and normalisers × rungs × benefits, which set it is.

    A figure that is too high everywhere by one factor moves no site, so that many sets are the same. Saved reference sites have
    central figures: they are taken to move with the figures as the median of these sites does.
    """
    low, central, high = (qualities[level].to_numpy(dtype=float) for level in LEVELS)
    unknown = qualities["central"][list(names)].isna().to_numpy()[ranked]
    normalisers = list(dict.fromkeys(kind[0] for kind in kinds))
    which = np.empty((len(normalisers), RUNGS, len(names)), dtype=np.int64)
    rows = np.empty((which.size, len(ranked)), dtype=np.uint16)
    known: dict[bytes, int] = {}
    for r, place in enumerate(np.linspace(-1, 1, RUNGS)):
        values = central + (place * (central - low) if place < 0 else place * (high - central))
        table = pd.DataFrame(values, columns=list(BENEFITS))
        table[[name for name in BENEFITS if name not in names]] = np.nan
        if reference is not None:
            table /= [_moved(values[:, i], central[:, i]) for i in range(len(BENEFITS))]
        for n, normaliser in enumerate(normalisers):
            scores = scoring.benefit_scores(table, normaliser, reference)
            for b, name in enumerate(names):
                steps = np.rint(1_000 * scores[ranked, list(BENEFITS).index(name)]).astype(np.uint16)
                steps[unknown[:, b]] = NOT_MEASURED
                row = known.setdefault(hashlib.blake2b(steps.tobytes(), digest_size=16).digest(), len(known))
                rows[row], which[n, r, b] = steps, row
    return rows[: len(known)], which


def _moved(values: Values, central: Values) -> float:
    """By what factor sites lie above their central figure, in the median of those that have one; 1 where none has."""
    known = (central > 0) & (values > 0)
    return float(np.median(values[known] / central[known])) if known.any() else 1.0


def _gaps(
    site_id: pd.Series,
    qualities: Mapping[str, pd.DataFrame],
    ranked: npt.NDArray[np.int64],
    names: tuple[str, ...],
    seed: int,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64]]:
    """Site and benefit of what was not measured, and for each a key that depends on nothing else but the seed."""
    site, benefit = np.nonzero(qualities["central"][list(names)].isna().to_numpy()[ranked])
    words = (
        site_id.astype(str).to_numpy(dtype=object)[ranked[site]]
        + np.array([f"|{n}|{seed}" for n in names], dtype=object)[benefit]
    )
    keys = pd.util.hash_array(words.astype(object)) if len(words) else np.empty(0, dtype=np.uint64)
    return np.column_stack([site, benefit]).astype(np.int64), keys.astype(np.uint64)
