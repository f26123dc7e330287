"""What each neighbourhood needs: one function per indicator, its name the column, its parameters the layers it reads.

A function returns values by `lsoa21_code` in the indicator's unit, with their interval where it is known; NaN is "not
known". `measure_needs` sets each against the reference population, so that 1 is the greatest need and 0 the least.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from treeplan import geo, rates
from treeplan.coefficients import Coefficient
from treeplan.errors import DataError, StudyError, listed
from treeplan.formulas import formulas_of, needs_that_count
from treeplan.layers import Layers
from treeplan.needs import checks
from treeplan.needs.lookups import NEIGHBOURHOODS_IN_ENGLAND, Lookups, code_column
from treeplan.people import residents_in
from treeplan.roles import LAYERS
from treeplan.study import Study
from treeplan.vintage import moved_tables

log = logging.getLogger(__name__)

LEAST_OF_ENGLAND = 30_000
"""Neighbourhoods that a file must hold to stand for England, which has 33,755."""

MARGIN_NEED = 0.25
"""Need of a neighbourhood beyond the study's border that the study's files do not cover: the 25th percentile, so that not
knowing a neighbour's need never helps a site by the border."""


@dataclass(frozen=True)
class Need:
    """One indicator: its words, unit, direction, and the function that measures it.

    Attributes
    ----------
    overlaps : str or None
        The domain of the deprivation index that holds the same thing (METHODS.md 5.2).
    with_deprivation : bool
        It is worse where deprivation is, all over England: a column that says otherwise runs the wrong way.
    mapped : bool
        Measured from the study's own maps: there may be gaps, and there are no values beyond the study.
    """

    name: str
    label: str
    unit: str
    prefer: str
    measure: Callable[..., pd.Series | pd.DataFrame | None]
    overlaps: str | None = None
    with_deprivation: bool = False
    mapped: bool = False

    @property
    def asks(self) -> tuple[str, ...]:
        """Everything its function is given."""
        return tuple(inspect.signature(self.measure).parameters)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers it cannot do without."""
        given = inspect.signature(self.measure).parameters
        return tuple(name for name in self.asks if name in LAYERS and given[name].default is inspect.Parameter.empty)

    @property
    def reads(self) -> str:
        """The layers it reads, in words."""
        also = [f"{name} where there is one" for name in self.asks if name in LAYERS and name not in self.layers]
        return ", ".join([*self.layers, *also])

    @property
    def doc(self) -> str:
        """The first line of the function's docstring."""
        return (self.measure.__doc__ or "").strip().split("\n")[0]


NEEDS: dict[str, Need] = {}

Measure = Callable[..., pd.Series | pd.DataFrame | None]


def need(
    *,
    label: str,
    unit: str,
    prefer: str,
    overlaps: str | None = None,
    with_deprivation: bool = False,
    mapped: bool = False,
) -> Callable[[Measure], Measure]:
    """Enter an indicator into the register; `prefer` says whether "low" or "high" values are the good ones.

    Its function returns a Series by `lsoa21_code`, or a DataFrame with `value` and, where they are known, `low` and `high`
    (95 %) and `cases` (what the value rests on: under five it is not shown); None where the study has nothing to measure it
    by. `attrs["said"]` is a sentence on how it was done.
    """

    def enter(measure: Measure) -> Measure:
        NEEDS[measure.__name__] = Need(
            measure.__name__, label, unit, prefer, measure, overlaps, with_deprivation, mapped
        )
        return measure

    return enter


def measure_needs(layers: Layers, study: Study, figures: dict[str, Coefficient]) -> gpd.GeoDataFrame:
    """Every neighbourhood with its residents, raw indicators, and needs from 0 to 1.

    Returns
    -------
    GeoDataFrame
        By row a neighbourhood: codes, names, `inside`, `residents`, each indicator under its name (its unit; NaN where
        unknown or resting on too few cases to be shown), `<indicator>_low/_high` where it has an interval,
        `need_<indicator>` (0–1, 1 the greatest need), `most_deprived_fifth` (bool; of England). Indicators whose layer the
        study lacks are absent. `attrs["needs"]` says how: `said` (sentences by indicator), `benefits` (the needs that count in
        each), `domains` (which domains count as deprivation).

    Raises
    ------
    StudyError
        The study asks for a need that is not known or cannot be measured.
    DataError
        A neighbourhood of the study is missing in a table, a column cannot be what it is taken for, or `reference` is England
        and a table is not.
    """
    require_known(study, NEEDS)
    zones = layers["neighbourhoods"].copy()
    zones["residents"] = residents_in(layers).to_numpy()
    zones = zones[zones["residents"].notna()].reset_index(drop=True)
    own = frozenset(zones.loc[zones["inside"], "lsoa21_code"])
    lookups = Lookups(layers, own)
    given: dict[str, Any] = dict(layers) | {
        "layers": layers,
        "study": study,
        "figures": figures,
        "lookups": lookups,
        "neighbourhoods": zones,
    }
    measured = _measured(given, study)
    require_measured(study, measured)
    rank = lookups.rates(layers["deprivation"], "imd_rank") if "deprivation" in layers else None
    columns: dict[str, np.ndarray] = {}
    for name, found in measured.items():
        columns |= _placed(NEEDS[name], found, zones, layers, study, rank)
    zones = zones.assign(**columns)
    zones["most_deprived_fifth"] = _most_deprived_fifth(layers, rank, zones)
    zones.attrs["needs"] = _account(study, measured)
    _tell(zones, layers, study)
    return zones


def _measured(given: dict[str, Any], study: Study) -> dict[str, pd.DataFrame]:
    """Every indicator that the study can measure, in the order of the register; those that ask what else counts come last."""
    found: dict[str, pd.DataFrame] = {}
    for facts in sorted(NEEDS.values(), key=lambda facts: "counted" in facts.asks):
        if any(layer not in given for layer in facts.layers):
            continue
        given["counted"] = needs_that_count(study, found)
        values = facts.measure(**{name: given[name] for name in facts.asks if name in given})
        if values is not None:
            found[facts.name] = values.to_frame("value") if isinstance(values, pd.Series) else values
    return {name: found[name] for name in NEEDS if name in found}


def _placed(
    facts: Need, found: pd.DataFrame, zones: gpd.GeoDataFrame, layers: Layers, study: Study, rank: pd.Series | None
) -> dict[str, np.ndarray]:
    """The columns of one indicator: raw value, interval, and need against the reference population."""
    name, code = facts.name, zones["lsoa21_code"]
    own = pd.DataFrame({"lsoa21_code": code, "inside": zones["inside"], name: code.map(found["value"]).astype(float)})
    files = checks.files_of(layers, tuple(n for n in facts.asks if n in LAYERS and n in layers))
    checks.require_possible(own, name, facts.unit, files)
    if not facts.mapped:
        checks.require_percentages(own, name, facts.unit, files)
        checks.require_all_found(own, name, files)
    if facts.with_deprivation and rank is not None:
        checks.require_direction(own, name, facts.prefer, rank, files)
    values = own[name].to_numpy()
    placed = geo.midrank_share(values, _reference(found["value"], own, facts, study), upwards=facts.prefer == "low")
    hidden = rates.too_few(code.map(found["cases"])) if "cases" in found else np.zeros(len(own), dtype=bool)
    columns = {name: np.where(hidden, np.nan, values)}
    for end in ("low", "high"):
        if end in found:
            columns[f"{name}_{end}"] = np.where(hidden, np.nan, code.map(found[end]).astype(float))
    columns[f"need_{name}"] = np.where(np.isnan(placed) & ~zones["inside"], MARGIN_NEED, placed)
    return columns


def _account(study: Study, measured: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """How the needs came about, for the record."""
    domains = measured["deprivation"].attrs.get("domains", []) if "deprivation" in measured else []
    return {
        "said": {name: found.attrs["said"] for name, found in measured.items() if "said" in found.attrs},
        "benefits": {b: list(f.chosen(measured)) for b, f in formulas_of(study).items() if f.needs},
        "domains": domains,
    }


def _tell(zones: gpd.GeoDataFrame, layers: Layers, study: Study) -> None:
    for name, sentence in zones.attrs["needs"]["said"].items():
        log.info("%s: %s", name, sentence)
    for moved in moved_tables(layers):
        log.info(
            "%s: %.0f %s of 2011 are %.0f of 2021; %.0f of them have no home there, or are of other places, and are left out",
            moved.layer,
            moved.before,
            moved.unit,
            moved.after,
            moved.unplaced,
        )
    log.info("needs: %d indicators of %d neighbourhoods", sum(n in zones for n in NEEDS), int(zones["inside"].sum()))


def require_deprivation(layers: Layers, study: Study) -> None:
    """Stop a plan that must favour the most deprived where nothing says who they are."""
    if study.plan.min_share_most_deprived_fifth > 0 and "deprivation" not in layers:
        raise StudyError(
            "[plan] min_share_most_deprived_fifth is asked for, but the study has no deprivation layer",
            f"add {LAYERS['deprivation'].how_to_get}, or leave the floor out.",
        )


def _reference(values: pd.Series, zones: pd.DataFrame, facts: Need, study: Study) -> np.ndarray:
    if study.reference == "england" and not facts.mapped:
        if len(values) < LEAST_OF_ENGLAND:
            raise DataError(
                f'reference = "england", but the file for {facts.name} holds only {len(values):,} neighbourhoods',
                'use the file for the whole of England, or set reference = "study".',
            )
        return values.to_numpy(dtype=float)
    return zones.loc[zones["inside"], facts.name].to_numpy(dtype=float)


def _most_deprived_fifth(layers: Layers, rank: pd.Series | None, zones: gpd.GeoDataFrame) -> np.ndarray:
    """Whether each neighbourhood is among the most deprived fifth of England; False everywhere without deprivation."""
    if rank is None:
        return np.zeros(len(zones), dtype=bool)
    least = NEIGHBOURHOODS_IN_ENGLAND[code_column(layers["deprivation"])] / 5
    return zones["lsoa21_code"].map(rank).to_numpy(dtype=float) <= least


def require_known(study: Study, known: Collection[str]) -> None:
    """Stop at a need of `[needs] for_benefit` that treeplan does not know."""
    wrong = [name for f in formulas_of(study).values() for name in f.names if name not in known]
    if wrong:
        raise StudyError(
            f"[needs] for_benefit names no need that treeplan knows: {listed(wrong)}",
            f"use some of these (`treeplan needs` explains them): {listed(sorted(known), like=wrong)}",
        )


def require_measured(study: Study, measured: Collection[str]) -> None:
    """Stop at a need that the study asks for and cannot measure: it would count nothing, and nobody would see it."""
    lost = [name for needs in study.needs.for_benefit.values() for name in needs if name not in measured]
    if lost:
        layers = dict.fromkeys(layer for name in lost for layer in NEEDS[name].layers)
        ways = "; ".join(LAYERS[layer].how_to_get for layer in layers)
        raise StudyError(
            f"[needs] for_benefit asks for {listed(lost)}, which the files of this study do not tell",
            f"add {ways}; or name another need." if ways else "name another need.",
        )


from treeplan.needs import (  # noqa: E402  (they fill the register)
    air,  # noqa: F401
    deprivation,  # noqa: F401
    green,  # noqa: F401
    health,  # noqa: F401
    homes,  # noqa: F401
    people,  # noqa: F401
)
