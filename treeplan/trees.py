"""Trees that already stand: how wide the crown of a mapped tree is, by what is known of it."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from treeplan import geo
from treeplan.coefficients import Coefficient

SMALL = (
    "amelanchier",
    "cotoneaster",
    "crataegus",
    "hawthorn",
    "holly",
    "ilex",
    "laburnum",
    "magnolia",
    "malus",
    "crab",
    "apple",
    "sorbus",
    "rowan",
    "whitebeam",
    "plum",
    "pyrus",
    "pear",
    "sambucus",
    "syringa",
    "lilac",
    "corylus",
    "hazel",
)
LARGE = (
    "aesculus",
    "chestnut",
    "beech",
    "fagus",
    "cedrus",
    "cedar",
    "fraxinus",
    "ash",
    "lime",
    "tilia",
    "oak",
    "quercus",
    "plane",
    "platanus",
    "poplar",
    "populus",
    "sycamore",
    "pseudoplatanus",
    "salix",
    "willow",
    "sequoia",
    "ulmus",
    "elm",
)
"""Genera, Latin and English, whose grown trees are small or large; every other kind is of middle size
(assumption, to be verified against a survey of crowns)."""


def size_class(species: pd.Series) -> pd.Series:
    """Small, middle or large, by the words of a species' name; middle where nothing is known."""
    words = species.fillna("").astype(str).str.casefold().str.split(r"[^a-z]+", regex=True)
    return words.map(lambda own: _class(own))


def _class(words: list[str]) -> str:
    if "ash" in words and "mountain" in words:  # mountain ash is a rowan
        return "small"
    if any(word in SMALL for word in words) or {"prunus", "cerasifera"} <= set(words):
        return "small"
    return "large" if any(word in LARGE for word in words) else "middle"


def crowns_m(table: pd.DataFrame, figures: Mapping[str, Coefficient]) -> npt.NDArray[np.float64]:
    """Crown width of each mapped tree, metres: as measured, else by the class of its species.

    Parameters
    ----------
    table : DataFrame
        Trees; `crown_m` and `species` (or `genus`) are used where they are given.
    figures : mapping
        `crown_now_small_m`, `crown_now_m` (middle, or unknown) and `crown_now_large_m`, central.
    """
    nothing = pd.Series(np.nan, index=table.index)
    species = table.get("species", pd.Series(None, index=table.index, dtype=object))
    if "genus" in table:
        species = species.fillna(table["genus"])
    usual = size_class(species).map(
        {
            "small": figures["crown_now_small_m"].central,
            "middle": figures["crown_now_m"].central,
            "large": figures["crown_now_large_m"].central,
        }
    )
    measured = pd.to_numeric(table.get("crown_m", nothing), errors="coerce")
    return measured.where(measured > 0).fillna(usual).to_numpy(dtype=float)


def crowns(table: gpd.GeoDataFrame, figures: Mapping[str, Coefficient]) -> geo.Shapes:
    """The crown of each mapped tree as a disc, EPSG:27700; a tree that is mapped by its crown keeps that."""
    shapes = table.geometry.to_numpy()
    return np.where(shapely.get_dimensions(shapes) < 2, shapely.buffer(shapes, crowns_m(table, figures) / 2), shapes)
