"""★ What planting a site does, in physical units: one function per effect, its name the name of the effect.

The functions stand in one module per theme; `measure_effects` calls each at low, central and high figures, for all years at
once.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from treeplan.access import Access
from treeplan.coefficients import LEVELS, Coefficient, Coefficients, Level
from treeplan.effects.register import EFFECTS, Effect, Values, effect
from treeplan.effects.surroundings import Surroundings, look_around
from treeplan.errors import DataError
from treeplan.growth import Growth
from treeplan.layers import Layers
from treeplan.people import ByReach
from treeplan.study import Study

log = logging.getLogger(__name__)

AFTER = (5, 10, 15, 25, 50)
"""Years after planting for which every run states effects."""

DATES = (2030, 2040, 2050)
"""Calendar years for which every run states effects, besides those after planting and the horizon year."""


AT_ONCE = 12_500
"""Sites whose effects are worked out at a time: what is needed on the way stays small, whatever the number of sites."""


def years_of(study: Study) -> tuple[int, ...]:
    """The years for which a study's effects are stated, in order."""
    return tuple(sorted({*(study.planting_year + n for n in AFTER), *DATES, study.horizon_year}))


@dataclass(frozen=True)
class Effects:
    """Every effect of every site, low, central and high, at each year: whole-site totals in the effect's unit.

    Attributes
    ----------
    site_ids : array of str
        The sites, in the order of the table they were worked out from.
    years : tuple of int
        In order.
    values : dict
        Effect to an array of levels × years × sites; NaN is not known. An optional effect that the study does not ask for is
        absent.
    around : Surroundings
        What lies about the sites, for effects of other years.
    """

    site_ids: npt.NDArray[np.object_]
    years: tuple[int, ...]
    values: dict[str, Values]
    around: Surroundings

    def at(self, year: int, level: Level = "central") -> pd.DataFrame:
        """One row per site (`site_id`) and one column per effect, at a year and level."""
        row = LEVELS.index(level), self.years.index(year)
        index = pd.Index(self.site_ids, name="site_id")
        return pd.DataFrame({name: values[row] for name, values in self.values.items()}, index=index)

    def total(self, name: str, site_ids: Collection[str]) -> Values:
        """An effect of the sites of these ids together, levels × years: the sum, or the mean where that is what it comes to.

        Unknown for one site is unknown for all; of no site it is 0.

        Raises
        ------
        ValueError
            Sites share residents or groups in it, which these figures alone do not know: that is for `measure_joint`.
        """
        if EFFECTS[name].together == "joint":
            raise ValueError(f"{name} of several sites is no sum: ask measure_joint")
        own = self.values[name][:, :, pd.Index(self.site_ids).isin(list(site_ids))]
        if EFFECTS[name].together != "mean":
            return own.sum(axis=2)
        return own.mean(axis=2) if own.shape[2] else np.zeros(own.shape[:2])

    def long(self) -> pd.DataFrame:
        """As a table `site_id, effect, year, low, central, high`, sorted by these."""
        names = sorted(self.values)
        sites, years = len(self.site_ids), len(self.years)
        table = {
            "site_id": np.repeat(self.site_ids, len(names) * years),
            "effect": np.tile(np.repeat(np.array(names, dtype=object), years), sites),
            "year": np.tile(self.years, sites * len(names)),
        }
        for i, level in enumerate(LEVELS):
            table[level] = np.stack([self.values[name][i] for name in names]).transpose(2, 0, 1).ravel()
        order = ["site_id", "effect", "year"]
        return pd.DataFrame(table).sort_values(order, kind="stable", ignore_index=True)


def cost_of_one(cost_gbp: Iterable[float], done: Iterable[float], trees: Iterable[float]) -> Values:
    """What one unit of an effect costs, £: least, middle and most; the least is the lowest cost with the greatest effect.

    Cost and effect are each taken by their own number of trees, so that doubt about how many fit is not counted twice.

    Parameters
    ----------
    cost_gbp, done, trees : three numbers
        Low, central and high, of a site or of many.

    Returns
    -------
    array
        Infinite where nothing is gained; NaN where the effect is not known.
    """
    cost, effect, planted = (np.array(list(values), dtype=float) for values in (cost_gbp, done, trees))
    if not (planted > 0).all():
        return np.full(3, np.inf)
    price, each = cost / planted, effect / planted
    prices, gains = np.array([price.min(), price[1], price.max()]), np.array([each.max(), each[1], each.min()])
    return np.divide(prices, gains, out=np.full(3, np.inf), where=~(gains <= 0))


def measure_effects(
    sites: gpd.GeoDataFrame,
    layers: Layers,
    study: Study,
    figures: dict[str, Coefficient],
    access: Access | None = None,
    by_reach: ByReach | None = None,
    canopy_pct: pd.Series | None = None,
) -> Effects:
    """Every effect of planting every site, low, central and high, at each year of `years_of`.

    Parameters
    ----------
    sites : GeoDataFrame
        From `candidate_sites`, EPSG:27700.
    access : Access, optional
        The homes of the study, and what they are near; made from the layers where it is not given.
    by_reach : mapping, optional
        From `people.residents_by_reach`; worked out where it is not given.
    canopy_pct : Series, optional
        Canopy of each neighbourhood by `lsoa21_code`, %; measured where it is not given.

    Raises
    ------
    DataError
        An effect's low, central and high are not in order.
    """
    around = look_around(sites, layers, study, figures, access, by_reach, canopy_pct)
    return work_out_effects(sites, around, study, figures)


def work_out_effects(
    sites: gpd.GeoDataFrame, around: Surroundings, study: Study, figures: dict[str, Coefficient]
) -> Effects:
    """Every effect of sites whose surroundings are known, low, central and high, at each year of `years_of`.

    Raises
    ------
    DataError
        An effect's low, central and high are not in order.
    """
    years = years_of(study)
    shape = len(LEVELS), len(years), len(sites)
    values: dict[str, Values] = {}
    for start in range(0, max(len(sites), 1), AT_ONCE):
        rows = np.arange(start, min(start + AT_ONCE, len(sites)))
        for level, name, found in _of_some(sites.iloc[rows], around.of(rows), years, study, figures):
            if found is None and EFFECTS[name].optional:
                continue
            own = np.full(len(rows), np.nan) if found is None else found
            if (
                name not in values
            ):  # what no year changes is held once; an optional effect is 0 on sites that have none of it
                values[name] = np.zeros((shape[0], shape[1] if own.ndim > 1 else 1, shape[2]))
            values[name][level][:, rows] = own
    values = {name: np.broadcast_to(values[name], shape) for name in EFFECTS if name in values}
    _require_order(values, [name for name, figure in figures.items() if figure.overridden])
    log.info("effects: %d effects at %s", len(values), ", ".join(map(str, years)))
    return Effects(sites["site_id"].to_numpy(dtype=object), years, values, around)


def _of_some(
    sites: gpd.GeoDataFrame, around: Surroundings, years: tuple[int, ...], study: Study, figures: dict[str, Coefficient]
) -> Iterator[tuple[int, str, Values | None]]:
    """Every effect of some sites, with the place of its level; only one level is held at a time."""
    for place, level in enumerate(LEVELS):
        c = Coefficients(level, figures)
        growth = Growth(sites, years, study.planting_year, c, study.growth.aftercare, study.carbon.farmland)
        given = {"sites": sites, "growth": growth, "c": c, "around": around}
        for name, facts in EFFECTS.items():
            yield place, name, facts.work_out(**{asked: given[asked] for asked in facts.asks})


def _require_order(values: dict[str, Values], own: list[str]) -> None:
    """An effect of greater figures must not come out smaller."""
    wrong = [name for name, own in values.items() if (np.diff(own, axis=0) < -1e-9 * np.abs(own[1])).any()]
    if wrong:
        raise DataError(
            f"the low, central and high figures of {', '.join(wrong)} are not in order",
            f"look at the study's own figures, low to high: {', '.join(own)}."
            if own
            else "where a coefficient makes an effect smaller, its function must take it from `c.opposite`.",
        )


# The themes enter their effects, in the order in which they are told.
# isort: off
from treeplan.effects import trees  # noqa: E402
from treeplan.effects import climate  # noqa: E402
from treeplan.effects import nature  # noqa: E402
from treeplan.effects import people  # noqa: E402
from treeplan.effects.joint import Volunteers, measure_joint, volunteers  # noqa: E402

# isort: on

__all__ = [
    "EFFECTS",
    "Effect",
    "Effects",
    "Surroundings",
    "Volunteers",
    "climate",
    "cost_of_one",
    "effect",
    "look_around",
    "measure_effects",
    "measure_joint",
    "nature",
    "people",
    "trees",
    "volunteers",
    "work_out_effects",
    "years_of",
]
