"""What each neighbourhood needs: one function per indicator, its name the column, its parameters the layers it reads, and
indicators above it in the register.

A function returns values by `lsoa21_code` in the indicator's unit, with their interval where it is known; NaN is "not
known". `measure_needs` sets each against the reference population, so that 1 is the greatest need and 0 the least.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from treeplan import geo, rates
from treeplan.access import Access
from treeplan.coefficients import Coefficient
from treeplan.errors import DataError, StudyError, listed
from treeplan.formulas import formulas_of, needs_that_count
from treeplan.homes import residents_in
from treeplan.layers import Layers
from treeplan.needs import checks
from treeplan.needs.filling import fill_missing, was_filled
from treeplan.needs.lookups import NEIGHBOURHOODS_IN_ENGLAND, Lookups, code_column
from treeplan.needs.register import NEEDS, Need, in_order, need
from treeplan.roles import LAYERS
from treeplan.study import Study
from treeplan.vintage import moved_tables

__all__ = ["NEEDS", "Need", "measure_needs", "need", "reference_of", "require_deprivation"]

log = logging.getLogger(__name__)

LEAST_OF_ENGLAND = 30_000
"""Neighbourhoods that a file must hold to stand for England, which has 33,755."""

MARGIN_NEED = 0.25
"""Need of a neighbourhood beyond the study's border that the study's files do not cover: the 25th percentile, so that not
knowing a neighbour's need never helps a site by the border."""


def measure_needs(
    layers: Layers, study: Study, figures: dict[str, Coefficient], nearby: Access | None = None
) -> gpd.GeoDataFrame:
    """Every neighbourhood with its residents, raw indicators, and needs from 0 to 1.

    Parameters
    ----------
    layers, study, figures
        As the stages have them.
    nearby : Access, optional
        The homes of these layers and what they are near, where a later stage needs its walk network too.

    Returns
    -------
    GeoDataFrame
        By row a neighbourhood: codes, names, `inside`, `residents`, each indicator under its name (its unit; NaN where
        unknown or resting on too few cases to be shown), `<indicator>_low/_high` where it has an interval,
        `need_<indicator>` (0–1, 1 the greatest need), `most_deprived_fifth` (bool; of England), and `filled` (the indicators
        that were filled) where the study asks for that. Indicators whose layer the study lacks are absent. `attrs["needs"]`
        says how: `said` (sentences by indicator), `benefits` (the needs that count in each), `domains` (which domains count
        as deprivation), `canopy_accuracy` (`Accuracy` of canopy read from a picture, else None).

    Raises
    ------
    StudyError
        The study asks for a need that is not known or cannot be measured.
    DataError
        A neighbourhood of the study is missing in a table and is not to be filled, a column cannot be what it is taken for, or
        `reference` is England and a table is not.
    """
    require_known(study, NEEDS)
    zones = layers["neighbourhoods"].copy()
    zones["residents"] = residents_in(layers).to_numpy()
    zones = zones[zones["residents"].notna()].reset_index(drop=True)
    lookups = Lookups(layers, frozenset(zones.loc[zones["inside"], "lsoa21_code"]), study.needs.fill_missing)
    given: dict[str, Any] = dict(layers) | {
        "layers": layers,
        "study": study,
        "figures": figures,
        "lookups": lookups,
        "neighbourhoods": zones,
        "access": nearby or Access(layers, study, figures),
    }
    measured, zones = _measured(given, zones, layers, study)
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


def _measured(
    given: dict[str, Any], zones: gpd.GeoDataFrame, layers: Layers, study: Study
) -> tuple[dict[str, pd.DataFrame], gpd.GeoDataFrame]:
    """Every indicator that the study can measure, in the order of the register, and the neighbourhoods with raw values.

    What tables and maps say comes first and is filled where the study asks for it; then what is worked out from that. Those
    that ask what else counts come after the others.
    """
    ordered = sorted(in_order(), key=lambda facts: "counted" in facts.asks)
    found = _found(given, [facts for facts in ordered if not facts.needs], ordered, study)
    zones = _whole(zones, found, layers, study)
    by_code = zones.set_index("lsoa21_code")
    for name, values in found.items():  # `deprivation` is a layer too, and stays that
        given.setdefault(name, values["value"].astype(float).combine_first(by_code[name]))
    further = _found(given, [facts for facts in ordered if facts.needs], ordered, study)
    code = zones["lsoa21_code"]
    zones = zones.assign(**{name: code.map(values["value"]).astype(float) for name, values in further.items()})
    found |= further
    return {name: found[name] for name in NEEDS if name in found}, zones


def _found(given: dict[str, Any], wanted: Iterable[Need], ordered: list[Need], study: Study) -> dict[str, pd.DataFrame]:
    """The indicators that can be measured with what is given; each becomes something that others may ask for."""
    found: dict[str, pd.DataFrame] = {}
    for facts in wanted:
        if any(name not in given for name in (*facts.layers, *facts.needs)):
            continue
        ready = set(found) | {f.name for f in ordered if f.needs and set(f.needs) <= set(found)}
        given["counted"] = needs_that_count(study, ready)
        values = facts.measure(**{name: given[name] for name in facts.asks if name in given})
        if values is None:
            continue
        found[facts.name] = values.to_frame("value") if isinstance(values, pd.Series) else values
        if facts.needs:
            given[facts.name] = found[facts.name]["value"]
    return found


def _whole(zones: gpd.GeoDataFrame, found: dict[str, pd.DataFrame], layers: Layers, study: Study) -> gpd.GeoDataFrame:
    """The neighbourhoods with raw values, once each has one of every indicator but local ones: filled where that is asked for."""
    code = zones["lsoa21_code"]
    zones = zones.assign(**{name: code.map(values["value"]).astype(float) for name, values in found.items()})
    if study.needs.fill_missing:
        values, said = fill_missing(zones[zones["inside"]].set_index("lsoa21_code")[list(found)])
        filled = {name: zones[name].fillna(code.map(values[name])) for name in found}
        return zones.assign(**filled, filled=code.map(said).fillna(""))
    for name in found:
        if not NEEDS[name].local:  # a survey may have gaps; a table of neighbourhoods may not
            checks.require_all_found(zones, name, _files(NEEDS[name], layers))
    return zones


def _files(facts: Need, layers: Layers) -> str:
    return checks.files_of(layers, tuple(n for n in facts.asks if n in LAYERS and n in layers))


def _placed(
    facts: Need, found: pd.DataFrame, zones: gpd.GeoDataFrame, layers: Layers, study: Study, rank: pd.Series | None
) -> dict[str, np.ndarray]:
    """The columns of one indicator: raw value, interval, and need against the reference population."""
    name, code, files = facts.name, zones["lsoa21_code"], _files(facts, layers)
    checks.require_possible(zones, name, facts.unit, files)
    if not facts.local:
        checks.require_percentages(zones, name, facts.unit, files)
    if facts.with_deprivation and rank is not None:
        checks.require_direction(zones, name, facts.prefer, rank, files)
    values = zones[name].to_numpy(dtype=float)
    placed = geo.midrank_share(values, _reference(found["value"], zones, facts, study), upwards=facts.prefer == "low")
    hidden = rates.too_few(code.map(found["cases"])) if "cases" in found else np.zeros(len(zones), dtype=bool)
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
        "canopy_accuracy": measured["canopy_pct"].attrs.get("accuracy") if "canopy_pct" in measured else None,
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


def reference_of(facts: Need, study: Study) -> str:
    """The neighbourhoods an indicator is compared with: "england", or "study" where it is known for the study alone."""
    return "study" if facts.local else study.reference


def _reference(values: pd.Series, zones: pd.DataFrame, facts: Need, study: Study) -> np.ndarray:
    """Raw values of the reference population; values that were filled are no part of it."""
    if reference_of(facts, study) == "england":
        if len(values) < LEAST_OF_ENGLAND:
            raise DataError(
                f'reference = "england", but the file for {facts.name} holds only {len(values):,} neighbourhoods',
                'use the file for the whole of England, or set reference = "study".',
            )
        return values.to_numpy(dtype=float)
    own = zones["inside"] & ~was_filled(zones, facts.name, *facts.needs)
    return zones.loc[own, facts.name].to_numpy(dtype=float)


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
    access,  # noqa: F401
    air,  # noqa: F401
    deprivation,  # noqa: F401
    green,  # noqa: F401
    health,  # noqa: F401
    homes,  # noqa: F401
    people,  # noqa: F401
)
