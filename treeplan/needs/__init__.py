"""What each neighbourhood needs: one function per indicator, its name the column, its parameters the layers it reads, and
indicators above it in the register.

A function returns a Series by `lsoa21_code` in the indicator's unit; NaN is "not known". `measure_needs` sets each against
the reference population, so that 1 is the greatest need and 0 the least.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from treeplan import geo
from treeplan.access import Access
from treeplan.coefficients import Coefficient
from treeplan.errors import DataError, StudyError
from treeplan.homes import residents_in
from treeplan.layers import Layers
from treeplan.needs.filling import fill_missing, was_filled
from treeplan.needs.lookups import NEIGHBOURHOODS_IN_ENGLAND, Lookups, code_column
from treeplan.roles import LAYERS
from treeplan.study import Study
from treeplan.vintage import moved_tables, residents_of_2011

log = logging.getLogger(__name__)

MARGIN_NEED = 0.25
"""Need of a neighbourhood beyond the study's border that the study's files do not cover: the 25th percentile, so that not
knowing a neighbour's need never helps a site by the border."""


@dataclass(frozen=True)
class Need:
    """One indicator: its words, unit, direction, the function that measures it, and what great and little need are called.

    A `local` one is measured on the study's own maps: it may be unknown for a neighbourhood, and none is known beyond them.
    """

    name: str
    label: str
    unit: str
    prefer: str
    measure: Callable[..., pd.Series]
    local: bool = False
    great: str = ""
    little: str = ""

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers it cannot do without."""
        return tuple(name for name in inspect.signature(self.measure).parameters if name in LAYERS)

    @property
    def needs(self) -> tuple[str, ...]:
        """The indicators it is worked out from."""
        return tuple(p for p in inspect.signature(self.measure).parameters if p in NEEDS and p not in LAYERS)

    @property
    def doc(self) -> str:
        """The first line of the function's docstring."""
        return (self.measure.__doc__ or "").strip().split("\n")[0]


NEEDS: dict[str, Need] = {}


def need(
    *, label: str, unit: str, prefer: str, local: bool = False, great: str = "", little: str = ""
) -> Callable[[Callable[..., pd.Series]], Callable[..., pd.Series]]:
    """Enter an indicator into the register.

    `prefer` says whether "low" or "high" values are the good ones; `great` and `little` name a place of great and of little
    need ("poor health", "good health"), else they are made from the label.
    """

    def enter(measure: Callable[..., pd.Series]) -> Callable[..., pd.Series]:
        plain = label[0].lower() + label[1:]
        high, low = f"high values of {plain}", f"low values of {plain}"
        words = (great or (high if prefer == "low" else low), little or (low if prefer == "low" else high))
        NEEDS[measure.__name__] = Need(measure.__name__, label, unit, prefer, measure, local, *words)
        return measure

    return enter


def measure_needs(layers: Layers, study: Study, figures: dict[str, Coefficient]) -> gpd.GeoDataFrame:
    """Every neighbourhood with its residents, raw indicators, and needs from 0 to 1.

    Returns
    -------
    GeoDataFrame
        By row a neighbourhood: codes, names, `inside`, `residents`, each indicator under its name (its unit; NaN where
        unknown), `need_<indicator>` (0–1, 1 the greatest need), `most_deprived_fifth` (bool; of England), and `filled` (the
        indicators that were filled) where the study asks for that. Indicators whose layer the study lacks are absent.

    Raises
    ------
    DataError
        A neighbourhood of the study is missing in a table and is not to be filled, or `reference` is England and a table is not.
    """
    zones = layers["neighbourhoods"].copy()
    zones["residents"] = residents_in(layers).to_numpy()
    zones = zones[zones["residents"].notna()].reset_index(drop=True)
    given = _injectable(layers, study, figures, zones)
    ordered = _in_order()
    measured = _measured(zones, [facts for facts in ordered if not facts.needs], given)
    zones = _without_gaps(zones, list(measured), study)
    for name, values in measured.items():  # `deprivation` is a layer too, and stays that
        given.setdefault(name, values.combine_first(zones.set_index("lsoa21_code")[name]))
    measured |= _measured(zones, [facts for facts in ordered if facts.needs], given)
    for name, values in measured.items():
        reference = _reference(values, zones, NEEDS[name], study)
        placed = geo.midrank_share(zones[name].to_numpy(), reference, upwards=NEEDS[name].prefer == "low")
        zones[f"need_{name}"] = np.where(np.isnan(placed) & ~zones["inside"], MARGIN_NEED, placed)
    zones["most_deprived_fifth"] = _most_deprived_fifth(layers, given["lookups"], zones)
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
    return zones


def _measured(zones: gpd.GeoDataFrame, wanted: list[Need], given: dict[str, Any]) -> dict[str, pd.Series]:
    """The indicators that can be measured with what is given, by `lsoa21_code`; their columns are set in `zones`."""
    measured = {}
    for facts in wanted:
        if any(p not in given for p in (*facts.layers, *facts.needs)):
            continue
        values = facts.measure(**{p: given[p] for p in inspect.signature(facts.measure).parameters if p in given})
        if values is None:
            continue
        if facts.needs:
            given[facts.name] = values
        measured[facts.name] = values
        zones[facts.name] = zones["lsoa21_code"].map(values).to_numpy(dtype=float)
        _require_possible(zones, facts)
    return measured


def _in_order() -> list[Need]:
    """The indicators in the order of the register, each after those it is worked out from."""
    found: dict[str, Need] = {}

    def enter(name: str) -> None:
        for other in NEEDS[name].needs:
            enter(other)
        found.setdefault(name, NEEDS[name])

    for name in NEEDS:
        enter(name)
    return list(found.values())


def require_deprivation(layers: Layers, study: Study) -> None:
    """Stop a plan that must favour the most deprived where nothing says who they are."""
    if study.plan.min_share_most_deprived_fifth > 0 and "deprivation" not in layers:
        raise StudyError(
            "[plan] min_share_most_deprived_fifth is asked for, but the study has no deprivation layer",
            f"add {LAYERS['deprivation'].how_to_get}, or leave the floor out.",
        )


def _injectable(
    layers: Layers, study: Study, figures: dict[str, Coefficient], zones: gpd.GeoDataFrame
) -> dict[str, Any]:
    residents = layers["residents"].set_index("lsoa21_code")["residents"]
    own = frozenset(zones.loc[zones["inside"], "lsoa21_code"])
    lookups = Lookups(
        layers.get("lsoa_lookup"), residents, own, residents_of_2011(layers), gaps=study.needs.fill_missing
    )
    given: dict[str, Any] = dict(layers)
    given |= {"layers": layers, "study": study, "figures": figures, "lookups": lookups, "neighbourhoods": zones}
    return given | {"access": Access(layers, study, figures)}


def _require_possible(zones: gpd.GeoDataFrame, facts: Need) -> None:
    """Stop at a share that is none: whatever the file holds, it is not what the indicator reads it as."""
    wrong = zones[(zones[facts.name] < 0) | (zones[facts.name] > 100 + 1e-6)]
    if facts.unit == "%" and len(wrong):
        raise DataError(
            f"{facts.name}: a share must lie between 0 and 100 %; {len(wrong)} of {len(zones)} do not, e.g. "
            f"{wrong['lsoa21_code'].iloc[0]}: {wrong[facts.name].iloc[0]:,.1f} %",
            f"a column may have been taken for another: check the files of {', '.join(LAYERS[n].label for n in facts.layers)}.",
        )


def _without_gaps(zones: gpd.GeoDataFrame, names: list[str], study: Study) -> gpd.GeoDataFrame:
    """The neighbourhoods once each has a value of every indicator but local ones: filled where the study asks for it."""
    if study.needs.fill_missing:
        values, said = fill_missing(zones[zones["inside"]].set_index("lsoa21_code")[names])
        code = zones["lsoa21_code"]
        whole = {name: zones[name].fillna(code.map(values[name])) for name in names}
        return zones.assign(**whole, filled=code.map(said).fillna(""))
    for name in names:
        if not NEEDS[name].local:  # a survey may have gaps; a table of neighbourhoods may not
            _require_all_found(zones, name)
    return zones


def _require_all_found(zones: gpd.GeoDataFrame, name: str) -> None:
    lost = zones["inside"] & zones[name].isna()
    if lost.any():
        raise DataError(
            f"{name}: {int(lost.sum())} of {int(zones['inside'].sum())} neighbourhoods of the study have no value, "
            f"e.g. {zones.loc[lost, 'lsoa21_code'].iloc[0]}",
            "use a file that covers the whole place, of the vintage its codes say, and check the lookup of 2011 to 2021; or set "
            "[needs] fill_missing = true, and what is missing is filled from neighbourhoods like it, and marked.",
        )


def reference_of(facts: Need, study: Study) -> str:
    """The neighbourhoods an indicator is compared with: "england", or "study" where it is known for the study alone."""
    return "study" if facts.local else study.reference


def _reference(values: pd.Series, zones: gpd.GeoDataFrame, facts: Need, study: Study) -> np.ndarray:
    if reference_of(facts, study) == "england":
        if len(values) < 30_000:
            raise DataError(
                f'reference = "england", but the file for {facts.name} holds only {len(values):,} neighbourhoods',
                'use the file for the whole of England, or set reference = "study".',
            )
        return values.to_numpy(dtype=float)
    own = zones["inside"] & ~was_filled(zones, facts.name, *facts.needs)
    return zones.loc[own, facts.name].to_numpy(dtype=float)


def _most_deprived_fifth(layers: Layers, lookups: Lookups, zones: gpd.GeoDataFrame) -> np.ndarray:
    """Whether each neighbourhood is among the most deprived fifth of England; False everywhere without deprivation."""
    if "deprivation" not in layers:
        return np.zeros(len(zones), dtype=bool)
    table = layers["deprivation"]
    rank = zones["lsoa21_code"].map(lookups.rates(table, "imd_rank")).to_numpy(dtype=float)
    return rank <= NEIGHBOURHOODS_IN_ENGLAND[code_column(table)] / 5


from treeplan.needs import (  # noqa: E402  (they fill the register)
    access,  # noqa: F401
    air,  # noqa: F401
    deprivation,  # noqa: F401
    green,  # noqa: F401
    health,  # noqa: F401
    people,  # noqa: F401
)
