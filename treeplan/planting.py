"""How each type of site is planted: how many trees fit, what grows, what it holds and what it costs. One row per type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from treeplan.coefficients import Coefficients
from treeplan.errors import DataError

Values = npt.NDArray[np.float64]
Model = Callable[[pd.DataFrame, Coefficients], Values]


@dataclass(frozen=True)
class Planting:
    """The model of one site type.

    Attributes
    ----------
    stock : {"whips", "standards"}
        Small bare trees, or larger single ones: they differ in survival.
    trees : callable
        How many fit, by site, at one level of the coefficients (not yet whole trees).
    grown_m2 : callable
        The canopy the site can have when all is grown, m².
    crown_m : str
        Coefficient for the crown width of a grown tree.
    stand : {"wood", "tree", "hedge"}
        How carbon is worked out: by hectare of wood, by living tree, by length of hedge.
    carbon_ratio : callable
        What the carbon of such a stand is multiplied by.
    planting_gbp : callable
        Cost of planting, £, given the trees planted in a column `planted`.
    care_gbp : callable
        Cost of a year of watering and weeding, £ a year, given the same.
    woodlike : bool
        Whether it takes up rain as a wood does.
    """

    stock: Literal["whips", "standards"]
    trees: Model
    grown_m2: Model
    planting_gbp: Model
    care_gbp: Model
    crown_m: str = "crown_mature_m"
    stand: Literal["wood", "tree", "hedge"] = "tree"
    carbon_ratio: Callable[[Coefficients], float] = lambda c: 1.0
    woodlike: bool = False


def _area(sites: pd.DataFrame) -> Values:
    return sites["area_m2"].to_numpy(dtype=float)


def _length(sites: pd.DataFrame) -> Values:
    return sites["length_m"].to_numpy(dtype=float)


def _on_grass(sites: pd.DataFrame, c: Coefficients) -> Values:
    return _area(sites) * c.grass_tree_share / c.opposite.park_m2_per_tree


def _grass_canopy_m2(sites: pd.DataFrame, c: Coefficients) -> Values:
    return _area(sites) * c.grass_tree_share


def _school_m2(sites: pd.DataFrame, c: Coefficients) -> Values:
    """Ground for trees at a school: its free edge, at most a share of all the ground that is no pitch."""
    return np.minimum(_area(sites), sites["open_m2"].to_numpy(dtype=float) * c.school_tree_share)


def _along_street(sites: pd.DataFrame, c: Coefficients) -> Values:
    """Trees in a verge by its length, at least one; along a footway as many as found a place."""
    row = np.maximum(_length(sites) / c.opposite.street_tree_spacing_m, 1)
    places = sites[f"places_{c.level}"].to_numpy(dtype=float)
    return np.where(sites["land_use"] == "footway", places, row)


def _crowns_m2(sites: pd.DataFrame, c: Coefficients) -> Values:
    return _planted(sites) * np.pi / 4 * c.crown_mature_m**2


def _planted(sites: pd.DataFrame) -> Values:
    return sites["planted"].to_numpy(dtype=float)


def _street_planting(sites: pd.DataFrame, c: Coefficients) -> Values:
    each = np.where(sites["land_use"] == "footway", c.pit_tree_planting_gbp, c.street_tree_planting_gbp)
    return _planted(sites) * each


def _park_planting(sites: pd.DataFrame, c: Coefficients) -> Values:
    return _planted(sites) * c.park_tree_planting_gbp


def _watering(sites: pd.DataFrame, c: Coefficients) -> Values:
    return _planted(sites) * c.watering_visits_a_year * c.watering_gbp_per_visit


def _wood_m2(sites: pd.DataFrame, c: Coefficients) -> Values:
    return _area(sites) * (1 - c.opposite.woodland_open_share)


PLANTING: dict[str, Planting] = {
    "street": Planting("standards", _along_street, _crowns_m2, _street_planting, _watering),
    "park": Planting("standards", _on_grass, _grass_canopy_m2, _park_planting, _watering),
    "green": Planting("standards", _on_grass, _grass_canopy_m2, _park_planting, _watering),
    "school": Planting(
        "standards", lambda s, c: _school_m2(s, c) / c.opposite.park_m2_per_tree, _school_m2, _park_planting, _watering
    ),
    "orchard": Planting(
        "standards",
        lambda s, c: np.maximum(_area(s) / 1e4 * c.orchard_trees_per_ha, c.orchard_least_trees),
        lambda s, c: _planted(s) * np.pi / 4 * c.crown_orchard_m**2,
        lambda s, c: _planted(s) * c.orchard_tree_planting_gbp,
        lambda s, c: _planted(s) * c.orchard_care_gbp_per_tree_year,
        crown_m="crown_orchard_m",
        carbon_ratio=lambda c: c.orchard_carbon_share,
    ),
    "tiny_forest": Planting(
        "whips",
        lambda s, c: _area(s) * c.tiny_forest_trees_per_m2,
        lambda s, c: _area(s),
        lambda s, c: _area(s) * c.tiny_forest_planting_gbp_per_m2,
        lambda s, c: _area(s) * c.tiny_forest_care_gbp_per_m2_year,
        stand="wood",
        carbon_ratio=lambda c: c.tiny_forest_carbon_ratio,
        woodlike=True,
    ),
    "woodland": Planting(
        "whips",
        lambda s, c: _wood_m2(s, c) / 1e4 * c.woodland_stems_per_ha,
        _wood_m2,
        lambda s, c: _area(s) / 1e4 * c.woodland_planting_gbp_per_ha,
        lambda s, c: _area(s) / 1e4 * c.woodland_care_gbp_per_ha_year,
        stand="wood",
        woodlike=True,
    ),
    "riparian": Planting(
        "whips",
        lambda s, c: _area(s) / 1e4 * c.riparian_stems_per_ha,
        lambda s, c: _area(s) * c.riparian_tree_share,
        lambda s, c: _area(s) / 1e4 * c.riparian_planting_gbp_per_ha,
        lambda s, c: _area(s) / 1e4 * c.woodland_care_gbp_per_ha_year,
        stand="wood",
        woodlike=True,
    ),
    "hedgerow": Planting(
        "whips",
        lambda s, c: np.maximum(_length(s) / c.opposite.hedge_tree_spacing_m, 1),
        lambda s, c: _length(s) * c.hedge_width_m,
        lambda s, c: _length(s) * c.hedge_planting_gbp_per_m + _planted(s) * c.hedge_tree_planting_gbp,
        lambda s, c: _length(s) * c.hedge_care_gbp_per_m_year,
        stand="hedge",
    ),
}


def model_of(kind: str) -> Planting:
    """The model of a site type.

    Raises
    ------
    DataError
        There is no such type.
    """
    if kind not in PLANTING:
        raise DataError(
            f"site_type '{kind}' has no model of how it is planted",
            f"use one of {', '.join(PLANTING)}, or add the type to `planting.PLANTING`.",
        )
    return PLANTING[kind]


def of_type(sites: pd.DataFrame, fact: Callable[[Planting], float]) -> Values:
    """A fact of each site's type, in the order of the rows."""
    kinds, row = np.unique(sites["site_type"].to_numpy(dtype=str), return_inverse=True)
    return np.array([fact(model_of(kind)) for kind in kinds], dtype=float)[row.ravel()] if len(kinds) else np.empty(0)


def by_type(sites: pd.DataFrame, model: Callable[[Planting, pd.DataFrame], Values]) -> Values:
    """A figure for each site, from the model of its type, in the order of the rows.

    Parameters
    ----------
    sites : DataFrame
        With `site_type`.
    model : callable
        Works the figure out for the sites of one type.
    """
    values = np.full(len(sites), np.nan)
    kinds = sites["site_type"].to_numpy()
    for kind in np.unique(kinds.astype(str)):
        at = np.flatnonzero(kinds == kind)
        values[at] = model(model_of(kind), sites.iloc[at])
    return values
