"""The accounts of a run: where land and the sides of streets went, and the facts of its parts that `run.json` keeps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from treeplan.effects import EFFECTS
from treeplan.land import Land
from treeplan.money import Money
from treeplan.needs import NEEDS
from treeplan.people import Walks
from treeplan.vocabulary import BENEFITS, DOMAINS

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Streets:
    """Footways wide enough for tree pits: they are no mapped open land, and have an account of their own.

    Attributes
    ----------
    sides : int
        Sides of streets looked at.
    planted : int
        Those along which trees found a place.
    trees : int
        Trees that found a place.
    doubtful : int
        Sides where the width is taken from the gap between kerb and buildings.
    taken_m2 : Series
        Reason to square metres of the strip along the kerb.
    """

    sides: int
    planted: int
    trees: int
    doubtful: int
    taken_m2: pd.Series


def audit(land: Land, sites: gpd.GeoDataFrame, taken: pd.DataFrame) -> pd.DataFrame:
    """Where every hectare of mapped open land went: sites first, then reasons by size. Footways are no mapped open land."""
    taken = taken[~taken["ground_id"].isin(land.footways)]
    rows = taken.groupby("reason")["area_m2"].sum().sort_values(ascending=False)
    used = float(sites.loc[~sites["ground_id"].isin(land.footways), "area_m2"].sum()) if len(sites) else 0.0
    table = pd.DataFrame({"reason": ["candidate sites", *rows.index], "area_ha": [used / 1e4, *(rows / 1e4)]})
    table["share_pct"] = 100 * table["area_ha"] / (land.mapped_m2 / 1e4) if land.mapped_m2 > 0 else 0.0
    return table


def streets(land: Land, sites: gpd.GeoDataFrame, taken: pd.DataFrame) -> Streets | None:
    """What became of the sides of streets; None where the study maps no footways."""
    if not land.footways:
        return None
    rows = land.grounds[land.grounds["land_use"] == "footway"]
    own = sites[sites["ground_id"].isin(land.footways)] if len(sites) else sites
    lost = taken[taken["ground_id"].isin(land.footways)].groupby("reason")["area_m2"].sum()
    trees = int(own["trees_central"].sum()) if len(own) else 0
    doubtful = int((rows["doubt"] != "").sum())
    return Streets(len(rows), len(own), trees, doubtful, lost.sort_values(ascending=False))


def wellbeing() -> dict[str, Any]:
    """Where needs, effects and benefits are reported in the Thriving Places Index; no score is made of it."""
    effects = {name: e.domain for name, e in sorted(EFFECTS.items()) if e.domain is not None}
    needs = {name: n.domain for name, n in sorted(NEEDS.items())}
    own = {"needs": needs, "effects": effects, "benefits": {name: b.domain for name, b in BENEFITS.items()}}
    said = {n: {"label": d.label, "headline": d.headline, "mark": d.mark} for n, d in DOMAINS.items()}
    return {"frame": "Thriving Places Index, for reporting only", **own, "domains": said}


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for `run.json`; unknown is null."""
    return [
        {str(k): None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()}
        for row in table.round(6).to_dict("records")
    ]


def joint_record(joint: dict[str, Values], years: tuple[int, ...]) -> dict[str, Any]:
    """What the chosen sites come to together where that is no sum: by effect and year, low, central and high; unknown is null."""
    return {
        name: {
            str(year): [None if math.isnan(v) else float(f"{v:.6g}") for v in values[:, i]]
            for i, year in enumerate(years)
        }
        for name, values in joint.items()
    }


def money_record(money: Money, chosen: list[str], joint: dict[str, Values]) -> dict[str, Any]:
    """The chosen sites together, to the pound."""
    rows = money.total(chosen, joint)
    return {
        "chosen": {str(name): {str(k): _rounded(v, name) for k, v in row.items()} for name, row in rows.iterrows()},
        "left_out": money.left_out,
    }


def _rounded(value: float, name: object) -> float | None:
    return None if math.isnan(value) else round(value, 3 if name == "ratio" else 0)


def street_record(streets: Streets) -> dict[str, Any]:
    """The account of streets."""
    taken = {str(reason): round(float(area), 1) for reason, area in streets.taken_m2.items()}
    return {
        "sides": streets.sides,
        "planted": streets.planted,
        "trees": streets.trees,
        "doubtful": streets.doubtful,
        "taken_m2": taken,
    }


def walk_record(walks: Walks) -> dict[str, Any]:
    """How walks on the network compare with straight lines; unknown is null."""
    return {
        "ways_km": round(walks.net.total_m / 1000, 1),
        "in_short_pieces_km": round(walks.net.stray_m / 1000, 1),
        "real_detour": None if np.isnan(walks.detour) else round(walks.detour, 3),
        "cut_off_share": None if np.isnan(walks.cut_off_share) else round(walks.cut_off_share, 4),
        "residents_off_the_network": round(walks.residents_off),
    }
