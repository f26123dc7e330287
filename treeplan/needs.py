"""What each neighbourhood needs: one function per indicator, its name the column, its parameters the layers it reads.

A function returns a Series by `lsoa21_code` in the indicator's unit; NaN is "not known". `measure_needs` sets each against
the reference population, so that 1 is the greatest need and 0 the least.
"""

from __future__ import annotations

import inspect
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from treeplan import canopy as canopy_measures
from treeplan import geo
from treeplan.coefficients import Coefficient
from treeplan.errors import DataError, StudyError
from treeplan.layers import Layers
from treeplan.people import moved_tables, on_lsoa21, residents_in, residents_of_2011
from treeplan.roles import LAYERS
from treeplan.study import Study
from treeplan.trees import crowns

log = logging.getLogger(__name__)

NEIGHBOURHOODS_IN_ENGLAND = {"lsoa11_code": 32_844, "lsoa21_code": 33_755}
"""How many ranks there are: LSOAs of 2011 (IoD 2019) and of 2021 (IoD 2025)."""

DOMAIN_WEIGHTS = {"income": 0.225, "employment": 0.225, "education": 0.135, "barriers": 0.093, "crime": 0.093}
"""Weights of the domains that count as deprivation here; health and living environment are left out because health and air
are needs of their own (METHODS.md 5.2)."""


MARGIN_NEED = 0.25
"""Need of a neighbourhood beyond the study's border that the study's files do not cover: the 25th percentile, so that not
knowing a neighbour's need never helps a site by the border."""


@dataclass(frozen=True)
class Need:
    """One indicator: its words, unit, direction, and the function that measures it."""

    name: str
    label: str
    unit: str
    prefer: str
    measure: Callable[..., pd.Series]

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers it cannot do without."""
        return tuple(name for name in inspect.signature(self.measure).parameters if name in LAYERS)

    @property
    def doc(self) -> str:
        """The first line of the function's docstring."""
        return (self.measure.__doc__ or "").strip().split("\n")[0]


NEEDS: dict[str, Need] = {}


def need(*, label: str, unit: str, prefer: str) -> Callable[[Callable[..., pd.Series]], Callable[..., pd.Series]]:
    """Enter an indicator into the register; `prefer` says whether "low" or "high" values are the good ones."""

    def enter(measure: Callable[..., pd.Series]) -> Callable[..., pd.Series]:
        NEEDS[measure.__name__] = Need(measure.__name__, label, unit, prefer, measure)
        return measure

    return enter


@need(label="Deprivation (without health and living environment)", unit="index 0–100", prefer="low")
def deprivation(deprivation: pd.DataFrame, study: Study, lookups: Lookups) -> pd.Series:
    """Deprivation of income, work, education, access and crime, 0 (least) to 100 (most) of England.

    References
    ----------
    Exponential transformation of ranks as in METHODS.md 5.1 (Scottish Indices of Deprivation 2003, Appendix 5).
    """
    key = _key(deprivation)
    domains = {name: f"{name}_rank" for name in DOMAIN_WEIGHTS if f"{name}_rank" in deprivation}
    if len(domains) < len(DOMAIN_WEIGHTS):
        if not study.allow_full_imd:
            raise DataError(
                "the deprivation file has only the whole index, which already holds health and air: they would count twice",
                "use the file with domains (IoD 2025 File 7, or IoD 2019 File 2), or set allow_full_imd = true to count them twice.",
            )
        log.warning("deprivation is the whole index: health and air, which are part of it, count twice.")
        index = transformed(deprivation["imd_rank"], NEIGHBOURHOODS_IN_ENGLAND[key])
    else:
        total = sum(DOMAIN_WEIGHTS.values())
        index = sum(
            weight / total * transformed(deprivation[domains[name]], NEIGHBOURHOODS_IN_ENGLAND[key])
            for name, weight in DOMAIN_WEIGHTS.items()
        )
    return lookups.rates(deprivation.assign(index=index), "index")


def transformed(rank: pd.Series, areas: int) -> pd.Series:
    """A rank (1 is most deprived) as 0–100, stretched at the deprived end: 100 at rank 1.

    References
    ----------
    X = −23·ln(1 − R·(1 − e^(−100/23))), R = (N − rank + 1)/N: METHODS.md 5.1.
    """
    share = (areas - rank.astype(float) + 1) / areas
    return -23 * np.log(1 - share * (1 - math.exp(-100 / 23)))


@need(label="People in bad or very bad health", unit="%", prefer="low")
def bad_health_pct(health: pd.DataFrame) -> pd.Series:
    """Share of residents who told the Census their health is bad or very bad, in percent (not age-standardised)."""
    table = health.set_index("lsoa21_code")
    return 100 * (table["bad"] + table["very_bad"]) / table["all_residents"]


@need(label="Children under 5 and people of 75 or more", unit="%", prefer="low")
def young_and_old_pct(ages: pd.DataFrame, lookups: Lookups) -> pd.Series:
    """Share of residents under 5 or of 75 and more, whom heat harms most, in percent."""
    table = lookups.counts(ages, "under_5", "aged_75_and_over", "residents")
    return 100 * (table["under_5"] + table["aged_75_and_over"]) / table["residents"]


@need(label="Nitrogen dioxide", unit="µg/m³", prefer="low")
def no2_ugm3(air: pd.DataFrame, lookups: Lookups) -> pd.Series:
    """Nitrogen dioxide in outdoor air, mean of three years, µg/m³ (modelled on a 1 km grid)."""
    return lookups.rates(air, "no2_ugm3")


@need(label="Fine particles (PM2.5)", unit="µg/m³", prefer="low")
def pm25_ugm3(air: pd.DataFrame, lookups: Lookups) -> pd.Series:
    """Fine particles in outdoor air, mean of three years, µg/m³ (modelled on a 1 km grid)."""
    return lookups.rates(air, "pm25_ugm3")


@need(label="Tree canopy", unit="%", prefer="high")
def canopy_pct(
    neighbourhoods: gpd.GeoDataFrame, layers: Layers, study: Study, figures: dict[str, Coefficient]
) -> pd.Series | None:
    """Share of each neighbourhood under tree canopy, in percent; NaN where under 95 % of it was surveyed."""
    neighbourhoods = neighbourhoods[neighbourhoods["inside"]]  # woods and trees beyond the border are rarely mapped
    if "canopy_height" in layers:
        found = canopy_measures.canopy_from_heights(neighbourhoods, layers["canopy_height"], study.land.canopy_height_m)
    elif "woodland" in layers:
        single = crowns(layers["trees"], figures) if "trees" in layers else geo.NO_SHAPES
        found = canopy_measures.canopy_from_shapes(neighbourhoods, layers.shapes("woodland"), single)
    else:
        return None
    return pd.Series(found["canopy_pct"].to_numpy(), index=neighbourhoods["lsoa21_code"])


@dataclass(frozen=True)
class Lookups:
    """Moves a table to 2021 neighbourhoods, whichever census its codes are of."""

    lookup: pd.DataFrame | None
    residents: pd.Series
    own: frozenset[str] | None = None
    residents_2011: pd.Series | None = None

    def rates(self, table: pd.DataFrame, column: str) -> pd.Series:
        """One rate by `lsoa21_code`."""
        if _key(table) == "lsoa21_code":
            return table.set_index("lsoa21_code")[column]
        return self._moved(table, rates=[column])[column]

    def counts(self, table: pd.DataFrame, *columns: str) -> pd.DataFrame:
        """Counts by `lsoa21_code`; they add up to what they were."""
        if _key(table) == "lsoa21_code":
            return table.set_index("lsoa21_code")[list(columns)]
        return self._moved(table, counts=columns)

    def _moved(self, table: pd.DataFrame, **columns: Sequence[str]) -> pd.DataFrame:
        if self.lookup is None:
            raise DataError(
                "a table is on 2011 neighbourhoods, and the study has no lookup to those of 2021",
                "add [sources.lsoa_2011_to_2021] (ONS lookup LSOA 2011 to LSOA 2021).",
            )
        return on_lsoa21(
            table, self.lookup, self.residents, own=self.own, residents_2011=self.residents_2011, **columns
        )


def _key(table: pd.DataFrame) -> str:
    return "lsoa21_code" if "lsoa21_code" in table else "lsoa11_code"


def measure_needs(layers: Layers, study: Study, figures: dict[str, Coefficient]) -> gpd.GeoDataFrame:
    """Every neighbourhood with its residents, raw indicators, and needs from 0 to 1.

    Returns
    -------
    GeoDataFrame
        By row a neighbourhood: codes, names, `inside`, `residents`, each indicator under its name (its unit; NaN where
        unknown), `need_<indicator>` (0–1, 1 the greatest need), `most_deprived_fifth` (bool; of England). Indicators whose
        layer the study lacks are absent.

    Raises
    ------
    DataError
        A neighbourhood of the study is missing in a table, or `reference` is England and a table is not.
    """
    zones = layers["neighbourhoods"].copy()
    zones["residents"] = residents_in(layers).to_numpy()
    zones = zones[zones["residents"].notna()].reset_index(drop=True)
    given = _injectable(layers, study, figures, zones)
    for name, facts in NEEDS.items():
        if any(p not in given for p in facts.layers):
            continue
        values = facts.measure(**{p: given[p] for p in inspect.signature(facts.measure).parameters if p in given})
        if values is None:
            continue
        zones[name] = zones["lsoa21_code"].map(values).to_numpy(dtype=float)
        _require_possible(zones, facts)
        if name != "canopy_pct":
            _require_all_found(zones, name)
        reference = _reference(values, zones, name, study)
        placed = geo.midrank_share(zones[name].to_numpy(), reference, upwards=facts.prefer == "low")
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
    lookups = Lookups(layers.get("lsoa_lookup"), residents, own, residents_of_2011(layers))
    given: dict[str, Any] = dict(layers)
    return given | {"layers": layers, "study": study, "figures": figures, "lookups": lookups, "neighbourhoods": zones}


def _require_possible(zones: gpd.GeoDataFrame, facts: Need) -> None:
    """Stop at a share that is none: whatever the file holds, it is not what the indicator reads it as."""
    wrong = zones[(zones[facts.name] < 0) | (zones[facts.name] > 100 + 1e-6)]
    if facts.unit == "%" and len(wrong):
        raise DataError(
            f"{facts.name}: a share must lie between 0 and 100 %; {len(wrong)} of {len(zones)} do not, e.g. "
            f"{wrong['lsoa21_code'].iloc[0]}: {wrong[facts.name].iloc[0]:,.1f} %",
            f"a column may have been taken for another: check the files of {', '.join(LAYERS[n].label for n in facts.layers)}.",
        )


def _require_all_found(zones: gpd.GeoDataFrame, name: str) -> None:
    lost = zones["inside"] & zones[name].isna()
    if lost.any():
        raise DataError(
            f"{name}: {int(lost.sum())} of {int(zones['inside'].sum())} neighbourhoods of the study have no value, "
            f"e.g. {zones.loc[lost, 'lsoa21_code'].iloc[0]}",
            "use a file that covers the whole place, of the vintage its codes say, and check the lookup of 2011 to 2021.",
        )


def _reference(values: pd.Series, zones: gpd.GeoDataFrame, name: str, study: Study) -> np.ndarray:
    if study.reference == "england" and name != "canopy_pct":
        if len(values) < 30_000:
            raise DataError(
                f'reference = "england", but the file for {name} holds only {len(values):,} neighbourhoods',
                'use the file for the whole of England, or set reference = "study".',
            )
        return values.to_numpy(dtype=float)
    return zones.loc[zones["inside"], name].to_numpy(dtype=float)


def _most_deprived_fifth(layers: Layers, lookups: Lookups, zones: gpd.GeoDataFrame) -> np.ndarray:
    """Whether each neighbourhood is among the most deprived fifth of England; False everywhere without deprivation."""
    if "deprivation" not in layers:
        return np.zeros(len(zones), dtype=bool)
    table = layers["deprivation"]
    rank = zones["lsoa21_code"].map(lookups.rates(table, "imd_rank")).to_numpy(dtype=float)
    return rank <= NEIGHBOURHOODS_IN_ENGLAND[_key(table)] / 5
