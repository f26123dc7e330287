"""The Tree Equity Score, reproduced from open data by its published formula, and why treeplan's own need differs from it."""

from __future__ import annotations

import logging

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from treeplan import geo
from treeplan.errors import StudyError
from treeplan.layers import Layers
from treeplan.needs import NEEDS
from treeplan.needs.filling import was_filled
from treeplan.needs.lookups import Lookups
from treeplan.settings import TreeEquitySettings
from treeplan.study import Study
from treeplan.vocabulary import TREE_EQUITY_BANDS, TREE_EQUITY_INDICATORS

log = logging.getLogger(__name__)

Values = npt.NDArray[np.float64]

TREE_M2 = 55.74
"""Canopy of one tree in the score's own arithmetic, m² (METHODS.md 5.6)."""

NEEDED = ("income", "employment")
"""Indicators without which the score is not stated."""

BANDS = ("aged_0_to_15", "aged_16_to_64", "aged_65_to_74", "aged_75_and_over")
"""Bands of age that the ratio of dependants is made of."""

STEPS = ("grouping", "goal", "scale", "sum", "indicators")
"""The changes that lead from the score to treeplan's need, in this order."""


def tree_equity(neighbourhoods: gpd.GeoDataFrame, layers: Layers, study: Study) -> pd.DataFrame | None:
    """The score of every neighbourhood, in both groupings, and how far its rank lies from that of treeplan's own need.

    Parameters
    ----------
    neighbourhoods : GeoDataFrame
        From `rank_neighbourhoods`: `lsoa21_code, district_code, residents, canopy_pct, need`, indicators; EPSG:27700.

    Returns
    -------
    DataFrame or None
        Indexed by `lsoa21_code`: `canopy_pct, goal_pct, gap_pp`, `trees_to_goal`, `n_<indicator>` (0–1), `e` (0–1),
        `tes_district`, `tes_country` (0–100), `band`, `tes_rank` and `need_rank` (1 the most urgent; equals share the middle
        of their ranks), `rank_difference` (places nearer the top in treeplan) and `moved_by_<step>`, which add up to it.
        NaN where canopy was not measured or an indicator is unknown. None without canopy, income or employment.

    References
    ----------
    METHODS.md 5.6. Density and canopy are of the whole neighbourhood; the published score takes its urban part.
    """
    if not can_be_scored(neighbourhoods, layers):
        return None
    settings = study.tree_equity
    zones = neighbourhoods.set_index("lsoa21_code").sort_index()
    raw = indicators(zones, layers)
    district, everywhere = zones["district_code"].fillna("").to_numpy(), np.full(len(zones), "")
    within = {"district": district, "country": everywhere}
    counted = [name for name in raw if settings.weights.get(name, 1.0) > 0]
    if not counted:
        raise StudyError(
            f"[tree_equity] weights leave out every indicator that this study has: {', '.join(raw)}",
            "give one of them a weight above 0, or leave weights out.",
        )
    scaled = raw[counted].apply(lambda x: min_max(x.to_numpy(), within[settings.indicators_within]))
    weights = np.array([settings.weights.get(name, 1.0) for name in counted])
    canopy = zones["canopy_pct"].mask(was_filled(zones, "canopy_pct")).to_numpy(dtype=float)
    area_m2 = zones.geometry.area.to_numpy()
    goal = canopy_goal(zones["residents"].to_numpy(dtype=float) / (area_m2 / 1e6), settings)
    gap = np.maximum(0.0, goal - canopy)
    table = pd.DataFrame(
        {
            "canopy_pct": canopy,
            "goal_pct": goal,
            "gap_pp": gap,
            "trees_to_goal": np.ceil(gap / 100 * area_m2 / TREE_M2),
        },
        index=zones.index,
    ).join(scaled.add_prefix("n_"))
    table["e"] = settings.floor + (1 - settings.floor) * (scaled.to_numpy() @ weights) / weights.sum()
    for name, group in within.items():
        table[f"tes_{name}"] = score(gap, table["e"].to_numpy(), group)
    table["band"] = bands(table[f"tes_{settings.gaps_within}"].to_numpy())
    log.info("tree equity: %d of %d neighbourhoods have a score", int(table["band"].ne("").sum()), len(table))
    return table.join(_differences(table, zones, scaled, weights, study))


def can_be_scored(neighbourhoods: pd.DataFrame, layers: Layers) -> bool:
    """Whether the study has canopy, and the ranks of income and employment."""
    ranks = layers.get("deprivation")
    has_ranks = ranks is not None and all(f"{name}_rank" in ranks for name in NEEDED)
    return has_ranks and "canopy_pct" in neighbourhoods and bool(neighbourhoods["canopy_pct"].notna().any())


def canopy_goal(residents_per_km2: Values, settings: TreeEquitySettings) -> Values:
    """Canopy that a neighbourhood of such density should come to, %: the baseline × the factor of its density."""
    starts, factors = np.array(settings.density_factors).T
    factor = factors[np.searchsorted(starts, residents_per_km2, side="right") - 1]
    goal = settings.baseline_pct * np.minimum(factor, settings.most_of_baseline)
    return np.where(np.isnan(residents_per_km2), np.nan, np.minimum(goal, 100.0))


def score(gap_pp: Values, e: Values, group: npt.NDArray[np.str_]) -> Values:
    """100·(1 − GAP/max GAP of the group · E); 100 without a gap, whatever E; NaN where the gap is unknown."""
    largest = pd.Series(gap_pp).groupby(group).transform("max").to_numpy()
    part = np.divide(gap_pp, largest, out=np.zeros(len(gap_pp)), where=largest > 0)
    tes = np.where(gap_pp == 0, 100.0, 100 * (1 - part * e))
    return np.where(np.isnan(gap_pp), np.nan, tes)


def bands(tes: Values) -> list[str]:
    """The band of each score, taken of the whole number it is published as; empty where there is none."""
    names, starts = list(TREE_EQUITY_BANDS), list(TREE_EQUITY_BANDS.values())
    return [
        "" if np.isnan(v) else names[int(np.searchsorted(starts, np.floor(v + 0.5), side="right")) - 1] for v in tes
    ]


def min_max(values: Values, group: npt.NDArray[np.str_]) -> Values:
    """Each value between the least (0) and greatest (1) of its group; 0 where all are equal, NaN stays."""
    by = pd.Series(values).groupby(group)
    least, most = by.transform("min").to_numpy(), by.transform("max").to_numpy()
    spread = most - least
    return np.where(
        np.isnan(values), np.nan, np.divide(values - least, spread, out=np.zeros(len(values)), where=spread > 0)
    )


# ---------------------------------------------------------------- indicators


def indicators(zones: gpd.GeoDataFrame, layers: Layers) -> pd.DataFrame:
    """What the score counts beside canopy, as far as the study has it: a column by indicator, greater is worse.

    Ranks and ages of 2011 neighbourhoods are averaged plainly where those were merged and copied where they were split.
    """
    lookups = Lookups(layers, frozenset(zones.index), gaps=True, plain=True)
    found: dict[str, pd.Series] = {}
    ranks = layers.get("deprivation")
    for name in ("income", "employment", "health"):
        if ranks is not None and f"{name}_rank" in ranks:
            found[name] = -lookups.rates(ranks, f"{name}_rank")  # rank 1 is the most deprived
    dependency = dependency_ratio(layers.get("ages"), lookups)
    if dependency is not None:
        found["dependency"] = dependency
    warmth = next((n for n, facts in NEEDS.items() if facts.unit == "°C" and n in zones), None)
    if warmth is not None:
        found["heat"] = zones[warmth] - zones.groupby(zones["district_code"].fillna(""))[warmth].transform("mean")
    if {"no2_ugm3", "pm25_ugm3"} <= set(zones):
        country = np.full(len(zones), "")
        both = [min_max(zones[n].to_numpy(dtype=float), country) for n in ("no2_ugm3", "pm25_ugm3")]
        found["air"] = pd.Series(np.mean(both, axis=0), index=zones.index)
    return pd.DataFrame({n: found[n].reindex(zones.index).astype(float) for n in TREE_EQUITY_INDICATORS if n in found})


def dependency_ratio(ages: pd.DataFrame | None, lookups: Lookups) -> pd.Series | None:
    """Residents under 16 and of 65 or more to each one between, by `lsoa21_code`; None where the ages are too coarse.

    The published score counts children under 18; the bands of age that are at hand end at 15.
    """
    if ages is None or not set(BANDS) <= set(ages):
        return None
    counts = lookups.counts(ages, *BANDS)
    between = counts["aged_16_to_64"]
    return (counts.sum(axis=1, skipna=False) - between) / between.where(between > 0)


# ---------------------------------------------------------------- why treeplan differs


def _differences(
    table: pd.DataFrame,
    zones: gpd.GeoDataFrame,
    scaled: pd.DataFrame,
    weights: Values,
    study: Study,
) -> pd.DataFrame:
    """Ranks by the score and by treeplan's need, and the places that each change between the two moves a neighbourhood.

    The changes are made one after another, in the order of `STEPS`: the largest gap of the whole study in place of the
    district's; the study's one goal for all; places in an order in place of min–max, and no floor; a mean in place of a product; then
    treeplan's own indicators and weights. They add up to the difference of the ranks exactly.
    """
    own_tes = f"tes_{study.tree_equity.gaps_within}"
    known = (table[own_tes].notna() & table["e"].notna() & zones["need_rank"].notna()).to_numpy()
    own, e = table[known], table.loc[known, "e"]
    gap = np.maximum(0.0, study.canopy.goal_pct - own["canopy_pct"].to_numpy())
    lack = geo.midrank_share(gap, gap)
    places = np.average([geo.midrank_share(x, x) for x in scaled[known].to_numpy().T], axis=0, weights=weights)
    urgency = [
        100 - own[own_tes],
        100 - own["tes_country"],
        gap * e,
        pd.Series(lack * places, own.index),
        pd.Series((lack + places) / 2, own.index),
        -zones.loc[known, "need_rank"],
    ]
    ranks = [u.round(9).rank(ascending=False) for u in urgency]
    moves = {f"moved_by_{step}": ranks[i] - ranks[i + 1] for i, step in enumerate(STEPS)}
    ends = {"tes_rank": ranks[0], "need_rank": ranks[-1], "rank_difference": ranks[0] - ranks[-1]}
    return pd.DataFrame({**ends, **moves}).reindex(table.index)
