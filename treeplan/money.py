"""What planting is worth in money, only where a study asks: present values of yearly effects, less the cost, nothing twice."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from treeplan import people
from treeplan.coefficients import LEVELS, Coefficient, Coefficients, Level
from treeplan.coefficients.money import DISCOUNT_STEP_YEAR, discount_rate_names
from treeplan.effects import Effects
from treeplan.effects.climate import carbon_tco2e
from treeplan.effects.surroundings import Surroundings
from treeplan.growth import Growth
from treeplan.money_settings import MoneySettings
from treeplan.study import Study
from treeplan.vocabulary import VALUE_STREAMS

log = logging.getLogger(__name__)

Values = npt.NDArray[np.float64]

AT_ONCE = 5_000
"""Sites whose years are worked out together, so that the years of 50,000 sites need little memory."""

CAPACITY = (
    "grass_tree_share",
    "school_tree_share",
    "woodland_open_share",
    "riparian_tree_share",
)
"""Figures for how much of a site comes under trees: worth and cost are of the same trees, so these are the central ones at every level."""


@dataclass(frozen=True)
class Money:
    """Present values of every site, at the year of planting, in the prices of the study's `price_year`.

    Attributes
    ----------
    table : DataFrame
        By `site_id`, £, with `_low, _central, _high` after each: `pv_<stream>_gbp` (low, central and high worth), `pv_cost_gbp`
        (planting, care in the first years, and later care of woods), `npv_gbp` (worth less cost: low is low worth less high cost).
        All levels are of the same trees, as many as fit by the central figures: a range is that of worth and cost per tree
        (`npv_gbp` is absent where wellbeing is asked for, which enters no total, and where nothing could be counted). NaN is not known.
    streams : tuple of str
        What is counted (`vocabulary.VALUE_STREAMS`).
    left_out : dict
        What was asked for and could not be counted, and why.
    visit_gbp : array
        What one visit a year at each of the effects' years adds to the present value, £, levels × years.
    """

    table: pd.DataFrame
    streams: tuple[str, ...]
    left_out: dict[str, str]
    visit_gbp: Values

    @property
    def adds_up(self) -> bool:
        """Whether the streams make a total with the cost."""
        return "npv_gbp_central" in self.table

    def total(self, site_ids: Collection[str], joint: Mapping[str, Values]) -> pd.DataFrame:
        """The sites of these ids together: columns low, central, high; rows as in `table`, and `ratio`, worth over cost.

        Low is the least worth with the greatest cost, in `npv_gbp` and `ratio`.

        Parameters
        ----------
        joint : mapping
            From `effects.measure_joint` of these sites: they share the residents who visit them, so that visits are no sum.
        """
        own = self.table.loc[list(site_ids)].sum(skipna=False)
        names = [name.removesuffix("_central") for name in self.table if name.endswith("_central")]
        rows = {name: np.array([own[f"{name}_{level}"] for level in LEVELS], dtype=float) for name in names}
        if "recreation" in self.streams:
            rows["pv_recreation_gbp"] = (self.visit_gbp * joint["visits"]).sum(axis=1)
        if self.adds_up:
            worth = np.sum([rows[f"pv_{stream}_gbp"] for stream in self.streams], axis=0)
            cost = rows["pv_cost_gbp"][::-1]
            rows["npv_gbp"] = worth - cost
            rows["ratio"] = np.divide(worth, cost, out=np.full(3, np.nan), where=cost > 0)
        return pd.DataFrame.from_dict(rows, orient="index", columns=list(LEVELS))


@dataclass(frozen=True)
class _Given:
    """What a stream is worked out from, for some sites at one level; figures by year have the shape years × sites.

    Attributes
    ----------
    growth : Growth
        Of every year from planting.
    c : Coefficients
        Of the level.
    figures : dict
        All levels.
    discount, health_discount : array
        One factor for each year.
    exposure : array
        Residents within `exposure_reach_m` over the district's mean, within bounds.
    residents, zone_m2 : array
        Residents within a walk, and the land they were looked for on.
    visits : array or None
        Visits by year.
    around : Surroundings
        What lies around the sites.
    """

    growth: Growth
    c: Coefficients
    figures: dict[str, Coefficient]
    discount: Values
    health_discount: Values
    exposure: Values
    residents: Values
    zone_m2: Values
    visits: Values | None
    around: Surroundings


def value_effects(
    sites: gpd.GeoDataFrame,
    served: pd.DataFrame,
    homes: pd.DataFrame,
    neighbourhoods: gpd.GeoDataFrame,
    effects: Effects,
    study: Study,
    figures: dict[str, Coefficient],
) -> Money | None:
    """What planting each site is worth, less what it costs; None where the study has no `[money]`.

    Parameters
    ----------
    sites : GeoDataFrame
        From `candidate_sites`, EPSG:27700.
    served : DataFrame
        From `residents_served`.
    homes : DataFrame
        From `homes.place_residents`: who lives near enough to breathe the cleaner air.
    neighbourhoods : GeoDataFrame
        With `residents`, `district_code`: how densely people live where pollution is taken up.
    effects : Effects
        Of the same sites in any order: visits, where there is such an effect, and what lies around.

    References
    ----------
    HM Treasury, Green Book 2022; DESNZ carbon values, November 2023: METHODS.md 6.6, 6.7, 6.12, 6.13.
    """
    settings = study.money
    if settings is None:
        return None
    streams, left_out = _can_be_counted(settings, effects)
    residents = served.groupby("site_id")["residents"].sum().reindex(sites["site_id"]).fillna(0.0).to_numpy()
    zone_m2 = _zone_m2(sites, people.reach_m(study, figures))
    exposure = _exposure(sites, homes, neighbourhoods, figures) if "air" in streams else np.ones(len(sites))
    rows = pd.Index(effects.site_ids).get_indexer(sites["site_id"])
    sites, held = _same_trees(sites, figures)
    columns: dict[str, Values] = {}
    visit_gbp = np.stack([_visit_gbp(effects, study, settings, Coefficients(level, held)) for level in LEVELS])
    for level in LEVELS:
        parts = []
        for start in range(0, len(sites), AT_ONCE):
            own = slice(start, start + AT_ONCE)
            people_near = (exposure[own], residents[own], zone_m2[own])
            given = _given(sites.iloc[own], people_near, rows[own], effects, study, Coefficients(level, held), held)
            parts.append(pd.DataFrame(_worth_and_cost(given, streams, settings)))
        found = pd.concat(parts, ignore_index=True)
        columns |= {f"{name}_{level}": found[name].to_numpy() for name in found}
    table = pd.DataFrame(columns, index=pd.Index(sites["site_id"], name="site_id"))
    log.info("money: %s over %d years", ", ".join(streams) or "nothing", settings.years)
    adds_up = bool(streams) and not settings.health_as_association
    return Money(_with_net(table, streams) if adds_up else table, streams, left_out, visit_gbp)


def _same_trees(
    sites: gpd.GeoDataFrame, figures: dict[str, Coefficient]
) -> tuple[gpd.GeoDataFrame, dict[str, Coefficient]]:
    """Sites and figures with as many trees, on as much ground, at the low and high level as at the central one."""
    same = {name: replace(figures[name], low=figures[name].central, high=figures[name].central) for name in CAPACITY}
    return sites.assign(**{f"trees_{level}": sites["trees_central"] for level in LEVELS}), {**figures, **same}


def _given(
    sites: gpd.GeoDataFrame,
    people_near: tuple[Values, Values, Values],
    rows: npt.NDArray[np.intp],
    effects: Effects,
    study: Study,
    c: Coefficients,
    figures: dict[str, Coefficient],
) -> _Given:
    """What the streams of some sites are worked out from; `rows` are theirs in the effects."""
    assert study.money is not None
    years = study.planting_year + np.arange(study.money.years + 1)
    growth = Growth(sites, tuple(years.tolist()), study.planting_year, c, study.growth.aftercare, study.carbon.farmland)
    discount, health = (discount_factors(study.money.years, c, kind) for kind in ("", "health_"))
    at = None
    if "visits" in effects.values:
        at = _between(effects.years, years, study) @ effects.values["visits"][LEVELS.index(c.level)][:, rows]
    return _Given(growth, c, figures, discount, health, *people_near, at, effects.around.of(rows))


def _worth_and_cost(given: _Given, streams: tuple[str, ...], settings: MoneySettings) -> dict[str, Values]:
    """Each stream and the cost of some sites, in the prices of the study's `price_year`."""
    found = {f"pv_{stream}_gbp": STREAMS[stream](given) for stream in streams}
    planting = given.growth.planting_gbp + given.growth.care_gbp
    found["pv_cost_gbp"] = planting * settings.cost_factor + _later_care(given)
    return {name: values * (settings.deflator or 1.0) for name, values in found.items()}


def _can_be_counted(settings: MoneySettings, effects: Effects) -> tuple[tuple[str, ...], dict[str, str]]:
    """The streams that were asked for and are known, and why the others are not."""
    left_out = {}
    visits = effects.values.get("visits")
    if "recreation" in settings.count and (visits is None or np.isnan(visits).all()):
        left_out["recreation"] = "this study does not know how many visits there would be"
    return tuple(s for s in VALUE_STREAMS if s in settings.count and s not in left_out), left_out


def _with_net(table: pd.DataFrame, streams: tuple[str, ...]) -> pd.DataFrame:
    """With worth less cost: the least worth with the greatest cost, and the other way round."""
    opposite: dict[Level, Level] = {"low": "high", "central": "central", "high": "low"}
    net = {
        f"npv_gbp_{level}": table[[f"pv_{stream}_gbp_{level}" for stream in streams]].sum(axis=1, skipna=False)
        - table[f"pv_cost_gbp_{opposite[level]}"]
        for level in LEVELS
    }
    return table.assign(**net)


def discount_factors(years: int, c: Coefficients, kind: str = "") -> Values:
    """What £1 in each year from planting, 0 to `years`, is worth in year 0: 3.5 % a year to year 30, 3 % after it.

    Parameters
    ----------
    kind : str
        "health_" for the rates of wellbeing.

    Notes
    -----
    A low figure takes the high rate, for what is discounted more is worth less.
    """
    c = c.opposite
    soon, late = (getattr(c, name) for name in discount_rate_names(kind))
    year = np.arange(years + 1, dtype=float)
    early = np.minimum(year, DISCOUNT_STEP_YEAR)
    return (1 + soon) ** -early * (1 + late) ** -(year - early)


def carbon_worth(
    held_tco2e: Values, years: Values, discount: Values, figures: dict[str, Coefficient], level: Level
) -> Values:
    """Present value of carbon, £ of 2022 for each site: each year's change, at that year's value.

    Low takes whichever series makes the least of it, and high the most: where carbon is lost, a high value is the worse.

    Parameters
    ----------
    held_tco2e : array
        Carbon held, years × sites; before the first year it is nothing.
    """
    change = np.diff(held_tco2e, axis=0, prepend=0)
    worth = np.stack([(Coefficients(s, figures).carbon_value_gbp(years) * discount) @ change for s in LEVELS])
    return {"low": worth.min(axis=0), "central": worth[1], "high": worth.max(axis=0)}[level]


def _carbon(given: _Given) -> Values:
    growth = given.growth
    held = carbon_tco2e(growth, given.c, given.around)
    return carbon_worth(held, np.array(growth.years, dtype=float), given.discount, given.figures, given.c.level)


def _air(given: _Given) -> Values:
    each = given.c.air_value_gbp_per_canopy_ha_year * given.c.gdp_2015_to_2022
    return (given.discount @ (given.growth.canopy_m2 / 1e4)) * each * given.exposure


def _recreation(given: _Given) -> Values:
    assert given.visits is not None
    return (given.discount @ given.visits) * given.c.visit_value_gbp


def _wellby(given: _Given) -> Values:
    """Life satisfaction that goes with more canopy nearby, over the residents in reach: association only."""
    c = given.c
    tens = given.health_discount @ (100 * given.growth.canopy_m2 / given.zone_m2 / 10)
    return tens * given.residents * c.life_satisfaction_points * c.wellby_gbp * c.gdp_2019_to_2022


STREAMS: dict[str, Callable[[_Given], Values]] = {
    "carbon": _carbon,
    "air": _air,
    "recreation": _recreation,
    "wellby": _wellby,
}
"""How each stream is valued: £ of 2022 for each site, at one level."""


def _later_care(given: _Given) -> Values:
    """Care of woods after the first years, £ of 2022; no figure is known for single trees and hedges."""
    growth, c = given.growth, given.c
    years = given.discount[math.ceil(c.care_years) + 1 :].sum() if growth.aftercare else 0.0
    return np.where(growth.woodlike, growth.grown_m2 / 1e4 * c.wood_later_care_gbp_per_ha_year * years, 0.0)


def _zone_m2(sites: gpd.GeoDataFrame, reach_m: float) -> Values:
    """The land within so many metres of each site, itself included, m²."""
    return np.asarray(shapely.area(shapely.buffer(sites.geometry.to_numpy(), reach_m, quad_segs=32)))


def _exposure(
    sites: gpd.GeoDataFrame, homes: pd.DataFrame, neighbourhoods: gpd.GeoDataFrame, figures: dict[str, Coefficient]
) -> Values:
    """Residents within `exposure_reach_m` of each site over those of as much land as densely lived on as its district, within bounds (METHODS.md 6.7)."""
    reach_m, least, most = (figures[f"exposure_{name}"].central for name in ("reach_m", "least_ratio", "most_ratio"))
    near = people.residents_near(sites, homes, reach_m).groupby("site_id")["residents"].sum()
    residents = near.reindex(sites["site_id"]).fillna(0.0).to_numpy()
    zones = pd.DataFrame(
        {
            "district_code": neighbourhoods["district_code"],
            "residents": neighbourhoods["residents"],
            "m2": neighbourhoods.area,
        }
    )
    by_district = zones.groupby("district_code")[["residents", "m2"]].sum()
    everywhere = zones["residents"].sum() / zones["m2"].sum()
    dense = sites["district_code"].map(by_district["residents"] / by_district["m2"]).fillna(everywhere)
    mean = dense.to_numpy(dtype=float) * _zone_m2(sites, reach_m)
    return np.clip(np.divide(residents, mean, out=np.ones(len(sites)), where=mean > 0), least, most)


def _visit_gbp(effects: Effects, study: Study, settings: MoneySettings, c: Coefficients) -> Values:
    """What one visit a year at each of the effects' years adds to the present value, in the prices of the study's `price_year`."""
    years = study.planting_year + np.arange(settings.years + 1)
    worth = discount_factors(settings.years, c) @ _between(effects.years, years, study)
    return worth * c.visit_value_gbp * (settings.deflator or 1.0)


def _between(known: tuple[int, ...], years: npt.NDArray[np.int_], study: Study) -> Values:
    """How much each known year counts in each year, years × known years: straight between them, nothing in the year of planting."""
    after = [i for i, year in enumerate(known) if year > study.planting_year]
    ends = np.array([study.planting_year, *(known[i] for i in after)], dtype=float)
    last = np.clip(np.searchsorted(ends, years, side="left"), 1, len(ends) - 1)
    share = np.clip((years - ends[last - 1]) / (ends[last] - ends[last - 1]), 0, 1)
    counts, row = np.zeros((len(years), len(ends))), np.arange(len(years))
    counts[row, last - 1], counts[row, last] = 1 - share, share
    found = np.zeros((len(years), len(known)))
    found[:, after] = counts[:, 1:]
    return found
