"""Residents in reach, needs and effects → benefits → priority → rank."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from treeplan import weights
from treeplan.coefficients import LEVELS, Level
from treeplan.effects import Effects
from treeplan.errors import StudyError
from treeplan.formulas import Formula, formulas_of
from treeplan.people import ByReach
from treeplan.reference import STEP, Population, Reference, population, steady
from treeplan.settings import ScoringSettings
from treeplan.study import Study
from treeplan.vocabulary import AGGREGATORS, BENEFITS, NORMALISERS, Aggregator, Normaliser

log = logging.getLogger(__name__)

Values = npt.NDArray[np.float64]

DEFAULTS = ScoringSettings()
EPSILON = DEFAULTS.epsilon
"""Added to each benefit before a geometric or power mean, where a study does not say otherwise."""


def rank_neighbourhoods(needs: gpd.GeoDataFrame, study: Study) -> gpd.GeoDataFrame:
    """Neighbourhoods of the study with one overall need and a rank, 1 the greatest.

    The overall need is the mean of what each people-bound benefit asks of a neighbourhood, by the study's weights; benefits
    whose indicators the study lacks are left out. Ties go by code.

    Returns
    -------
    GeoDataFrame
        With `need` (0–1, steps of 0.001; NaN where an indicator is unknown) and `need_rank`.
    """
    share = weights.shares(study)
    zones = needs[needs["inside"]].reset_index(drop=True)
    total, parts = 0.0, np.zeros(len(zones))
    for benefit, formula in formulas_of(study).items():
        asked = benefit_need(zones, formula)
        if formula.needs and asked is not None and share[benefit] > 0:
            total += share[benefit]
            parts = parts + share[benefit] * asked
    zones["need"] = np.round(parts / total / STEP) * STEP if total else np.nan
    zones["need"] = zones["need"].round(3)
    order = zones.sort_values(["need", "lsoa21_code"], ascending=[False, True], na_position="last").index
    zones.loc[order, "need_rank"] = np.arange(1, len(zones) + 1, dtype=float)
    zones.loc[zones["need"].isna(), "need_rank"] = np.nan
    return zones


def benefit_need(needs: pd.DataFrame, formula: Formula) -> Values | None:
    """The need that a benefit answers, 0–1, for each neighbourhood: the mean of those of its indicators that count there.

    NaN where one of them is unknown for a neighbourhood; None where the study has none of them.
    """
    measured = [column.removeprefix("need_") for column in needs if column.startswith("need_")]
    columns = [f"need_{name}" for name in formula.chosen(measured)]
    return needs[columns].mean(axis=1, skipna=False).to_numpy() if columns else None


def gains(
    sites: gpd.GeoDataFrame,
    by_reach: ByReach,
    needs: pd.DataFrame,
    effects: Effects,
    study: Study,
    level: Level = "central",
) -> pd.DataFrame:
    """What planting each whole site does for each benefit, in the benefit's natural unit, at the horizon year.

    Returns
    -------
    DataFrame
        Indexed by `site_id`, one column per benefit. A site that serves nobody gains 0 in the people-bound ones; NaN is "not
        known".
    """
    totals = effects.at(study.horizon_year, level).reindex(sites["site_id"])
    columns = {}
    for benefit, formula in formulas_of(study).items():
        amount = totals[formula.effect].to_numpy(dtype=float)
        columns[benefit] = amount * _weighted_residents(sites, by_reach, needs, formula) if formula.needs else amount
    return pd.DataFrame(columns, index=pd.Index(sites["site_id"]))


def _weighted_residents(sites: gpd.GeoDataFrame, by_reach: ByReach, needs: pd.DataFrame, formula: Formula) -> Values:
    """Residents whom the benefit reaches, each counted by the need of their neighbourhood."""
    asked = benefit_need(needs, formula)
    if asked is None:
        return np.full(len(sites), np.nan)
    by_code, served = pd.Series(asked, index=needs["lsoa21_code"]), by_reach[formula.reach]
    weighted = served["residents"] * served["lsoa21_code"].map(by_code)
    summed = weighted.groupby(served["site_id"]).sum(min_count=1)
    unknown = served.loc[weighted.isna() & (served["residents"] > 0), "site_id"].unique()
    people = sites["site_id"].map(summed).fillna(0.0)
    people[sites["site_id"].isin(unknown)] = np.nan
    return people.to_numpy(dtype=float)


def quality(
    sites: gpd.GeoDataFrame,
    by_reach: ByReach,
    needs: pd.DataFrame,
    effects: Effects,
    study: Study,
    level: Level = "central",
) -> pd.DataFrame:
    """What a hectare of canopy does at each site for each benefit: the gain over the canopy, both at one level; 0 where no tree lives.

    Gain and canopy of the same level are compared, so that how many trees fit is not counted as how good the place is.
    """
    canopy_ha = effects.at(study.horizon_year, level)["canopy_m2"].reindex(sites["site_id"]) / 1e4
    gained = gains(sites, by_reach, needs, effects, study, level)
    bare = ~(canopy_ha > 0)
    return gained.div(canopy_ha.mask(bare, 1.0), axis=0).mask(gained.notna() & bare.to_numpy()[:, None], 0.0)


def score(
    sites: gpd.GeoDataFrame,
    by_reach: ByReach,
    needs: pd.DataFrame,
    effects: Effects,
    study: Study,
    reference: Reference | None = None,
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Benefits, priority and rank of every site.

    Parameters
    ----------
    by_reach : mapping
        From `people.residents_by_reach`: by reach, the residents of each neighbourhood whom each site reaches.
    reference : Reference, optional
        The saved sites of another run, which benefits are compared with (`reference.read_reference`); else these sites.

    Returns
    -------
    scores : DataFrame
        `site_id`, `benefit_<name>` (0–1, steps of 0.001), `gain_<name>`, `priority`, `rank`, `rank_in_district`,
        `rank_in_type`, `not_measured`. A site with more than half of the weight not measured has no rank.
    qualities : dict
        Low, central and high quality per hectare of canopy, for `certainty`.

    Raises
    ------
    StudyError
        The reference sites cannot be compared with these.
    """
    qualities: dict[str, pd.DataFrame] = {
        level: quality(sites, by_reach, needs, effects, study, level) for level in LEVELS
    }
    share = np.array([weights.shares(study)[name] for name in BENEFITS])
    rules, central = study.scoring, qualities["central"]
    known = [name for name in BENEFITS if central[name].notna().any()]
    compared = None if reference is None else reference.for_study(study, needs.columns, known)
    benefits = benefit_scores(central, rules.normaliser, compared, rules.missing_percentile)
    measured = central[list(BENEFITS)].notna().to_numpy()
    total = gains(sites, by_reach, needs, effects, study)
    table = pd.DataFrame({"site_id": sites["site_id"].to_numpy()})
    for i, name in enumerate(BENEFITS):
        table[f"benefit_{name}"] = benefits[:, i]
        table[f"gain_{name}"] = total[name].to_numpy()
    known_weight = (measured * share).sum(axis=1)
    found = priority(benefits, share, rules.aggregator, rules.power, rules.epsilon)
    table["priority"] = np.where(known_weight > 0.5 - 1e-9, found, np.nan)
    table["not_measured"] = [
        "; ".join(n for n, known in zip(BENEFITS, row, strict=True) if not known) for row in measured
    ]
    table["rank"] = _rank(table)
    for column, key in (("rank_in_district", "district_code"), ("rank_in_type", "site_type")):
        group = sites[key].fillna("").to_numpy()
        table[column] = table.groupby(group)["rank"].rank(method="first")
    log.info("scores: %d sites ranked of %d", int(table["rank"].notna().sum()), len(table))
    return table, qualities


def benefit_scores(
    qualities: pd.DataFrame,
    normaliser: Normaliser = "percentile",
    reference: Mapping[str, Population] | None = None,
    missing_percentile: float = DEFAULTS.missing_percentile,
) -> Values:
    """Each benefit 0–1 in steps of 0.001, by how a site compares with the reference sites; nothing done is 0.

    Parameters
    ----------
    qualities : DataFrame
        One column a benefit: what a hectare of canopy does at each site; NaN is "not known".
    normaliser : {"percentile", "winsorised"}
        The share of the reference sites below, and half of those equal; or the place between their 2.5 and 97.5 percentiles.
    reference : mapping, optional
        The reference sites by benefit, all at the same level of the figures as `qualities`; else the sites themselves.
    missing_percentile : float
        What could not be measured counts as this percentile of the reference sites; 0 where nobody measured it.

    Returns
    -------
    array
        Sites × benefits, in the order of `BENEFITS`.
    """
    _require_known("normaliser", normaliser, NORMALISERS)
    columns = []
    for name in BENEFITS:
        values = steady(qualities[name].to_numpy(dtype=float))
        sites = population(values) if reference is None else reference.get(name)
        columns.append(
            np.zeros(len(values)) if sites is None else _share(values, sites, normaliser, missing_percentile)
        )
    return np.asarray(np.round(np.column_stack(columns), 3), dtype=np.float64)


def _share(values: Values, sites: Population, normaliser: Normaliser, missing_percentile: float) -> Values:
    filled = np.where(np.isnan(values), sites.at_percentile(missing_percentile), values)
    share = sites.percentile_share(filled) if normaliser == "percentile" else sites.winsorised_share(filled)
    return np.where(filled <= 0, 0.0, share)


def priority(
    benefits: Values,
    share: Values,
    aggregator: Aggregator = "geometric",
    power: float = DEFAULTS.power,
    epsilon: float = EPSILON,
) -> Values:
    """Weighted mean of the benefits, 0–1 in steps of 0.001 (METHODS.md 7.2).

    Parameters
    ----------
    benefits : array
        Sites × benefits, 0–1.
    share : array
        Weight of each benefit; together 1.
    aggregator : {"geometric", "arithmetic", "power"}
        The kind of mean; geometric and power are of epsilon + benefit, less epsilon.
    power : float
        Of the power mean alone: 1 is the arithmetic, 0 the geometric mean.
    """
    _require_known("aggregator", aggregator, AGGREGATORS)
    if aggregator == "arithmetic":
        mean = _forgiving(benefits @ share)
    elif aggregator == "power" and power != 0:
        # log1p and expm1 keep figures where the power is close to 0: the shares add up to 1
        raised = np.expm1(power * np.log(epsilon + benefits))
        mean = _forgiving(np.exp(np.log1p(raised @ share) / power) - epsilon)
    else:
        mean = np.exp(np.log(epsilon + benefits) @ share) - epsilon
    return np.asarray(np.round(np.clip(mean, 0, 1), 3), dtype=np.float64)


def _forgiving(mean: Values) -> Values:
    """Means whose last bit decides no step: that of thousandths, not so their geometric one, can lie halfway between two."""
    return np.round(mean, 9)


def _require_known(setting: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise StudyError(f"there is no {setting} {name!r}", f"name one of these: {', '.join(known)}.")


def _rank(table: pd.DataFrame) -> pd.Series:
    """1 for the greatest priority; ties go by `site_id`, so that no order of rows matters."""
    order = table.sort_values(["priority", "site_id"], ascending=[False, True], na_position="last").index
    rank = pd.Series(np.nan, index=table.index)
    rank.loc[order] = np.arange(1, len(table) + 1, dtype=float)
    return rank.where(table["priority"].notna())
