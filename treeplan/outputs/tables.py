"""Sites and neighbourhoods as tables for reading, and the one way in which a table becomes CSV."""

from __future__ import annotations

import math
from pathlib import Path

import geopandas as gpd
import pandas as pd

from treeplan.plan import Plan

_LEAD = [
    "site_id",
    "name",
    "rank",
    "band",
    "p_top_k",
    "priority",
    "chosen",
    "site_type",
    "trees",
    "cost_gbp",
    "district_name",
    "ward_name",
]
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def site_table(plan: Plan) -> gpd.GeoDataFrame:
    """Sites best first, the columns a reader wants at the front, with the configuration hash."""
    if plan.sites.empty:
        return plan.sites
    table = plan.sites.sort_values(["rank", "site_id"], na_position="last", ignore_index=True)
    rest = [c for c in table.columns if c not in _LEAD and c != "geometry"]
    return table[[*_LEAD, *rest, "geometry"]].assign(config_hash=plan.config_hash)


def neighbourhood_table(plan: Plan) -> gpd.GeoDataFrame:
    """Neighbourhoods by need, the greatest first, with their Tree Equity Score (`tes_…`) and the configuration hash."""
    table = plan.neighbourhoods
    if plan.tree_equity is not None:
        scores = plan.tree_equity.drop(columns=["canopy_pct", "need_rank"])
        table = table.join(scores.rename(columns=lambda c: f"tes_{c.removeprefix('tes_')}"), on="lsoa21_code")
    table = table.sort_values(["need_rank", "lsoa21_code"], na_position="last", ignore_index=True)
    lead = ["lsoa21_code", "name", "need_rank", "need", "residents"]
    rest = [c for c in table.columns if c not in lead and c not in ("geometry", "inside")]
    return table[[*lead, *rest, "geometry"]].assign(config_hash=plan.config_hash)


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """CSV for people with a spreadsheet: short numbers, and no cell that a spreadsheet would run as a formula."""
    rows = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
    for name in rows.columns:
        if pd.api.types.is_float_dtype(rows[name]):
            rows[name] = [_short(v) for v in rows[name]]
        elif not pd.api.types.is_numeric_dtype(rows[name]):
            rows[name] = [f"'{v}" if isinstance(v, str) and v.startswith(_RISKY) else v for v in rows[name]]
    rows.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def _short(value: float) -> str:
    if math.isnan(value):
        return ""
    return str(int(value)) if float(value).is_integer() else f"{value:.6g}"
