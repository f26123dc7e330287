"""How far ranks hang on where the borders of neighbourhoods are drawn: needs averaged over other zones, and sites ranked again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from treeplan.certainty import Certainty, share_in_top
from treeplan.effects import Effects
from treeplan.people import ByReach
from treeplan.reference import Reference
from treeplan.scoring import score
from treeplan.sensitivity import CHANGES, band_changes
from treeplan.study import Study

ZONINGS = {"middle": "middle-layer areas", "ward": "wards", "district": "districts"}
"""Zones that neighbourhoods are joined to, the smallest first."""

DRAWS = 2_000
"""Draws for the bands under another zoning, where the study asks for more."""

SUMMARY = ["zoning", "label", "zones", "rank_correlation", "best_that_stay", "best", "sites_that_change_band"]


@dataclass(frozen=True)
class Zoned:
    """What other zonings change.

    Attributes
    ----------
    summary : DataFrame
        One row a zoning: `zoning, label, zones`; `rank_correlation`, Spearman's, with the ranks by neighbourhood (NaN where it
        has no meaning); `best_that_stay` of the `best` sites; `sites_that_change_band`.
    changes : DataFrame
        Which sites these are, from `sensitivity.band_changes` (`switch` is "zoning").
    """

    summary: pd.DataFrame
    changes: pd.DataFrame

    def record(self) -> list[dict[str, Any]]:
        """The facts that a run keeps."""
        rows = self.summary.drop(columns="label").to_dict("records")
        return [
            {str(k): None if isinstance(v, float) and np.isnan(v) else round(v, 4) if isinstance(v, float) else v for k, v in row.items()}
            for row in rows
        ]  # fmt: skip


def under_other_zonings(
    sites: gpd.GeoDataFrame,
    by_reach: ByReach,
    needs: gpd.GeoDataFrame,
    effects: Effects,
    study: Study,
    scores: pd.DataFrame,
    certain: Certainty,
    reference: Reference | None = None,
) -> Zoned:
    """Rank the sites by needs that are averaged over other zones, weighted by residents, and given back to their neighbourhoods.

    The modifiable areal unit problem (METHODS.md 5.5): were figures published for wards, each neighbourhood would have its
    ward's. Residents stay where they live. Zones that some neighbourhood of the study lacks are left out, and so are zones that
    are the neighbourhoods themselves.

    Parameters
    ----------
    needs : GeoDataFrame
        From `measure_needs`, with `name`, `ward_code` and `district_code`.
    scores, certain
        What came of the neighbourhoods themselves.
    """
    rows, moved = [], []
    fewer = study.certainty.model_copy(update={"draws": min(DRAWS, study.certainty.draws)})
    quick = study.model_copy(update={"certainty": fewer})
    ranked = scores["rank"].notna().to_numpy()
    order = np.flatnonzero(ranked)[np.argsort(scores.loc[ranked, "site_id"].astype(str).to_numpy(), kind="stable")]
    before = certain.table["p_top_k"].to_numpy(dtype=float)[order]
    for name, zone in zones_of(needs).items() if ranked.any() else ():
        again, qualities = score(sites, by_reach, zoned_needs(needs, zone), effects, study, reference)
        share = share_in_top(again, qualities, quick, certain.top, reference)[order]
        settled = {("zoning", name): (share, fewer.draws)}
        changes = band_changes(scores["site_id"].iloc[order], settled, before, certain.draws)
        moved.append(changes)
        both = scores["rank"].to_numpy()[order], again["rank"].to_numpy()[order]
        stay = int(((both[0] <= certain.top) & (both[1] <= certain.top)).sum())
        values = (
            name,
            ZONINGS[name],
            zone[needs["inside"]].nunique(),
            _spearman(*both),
            stay,
            certain.top,
            len(changes),
        )
        rows.append(dict(zip(SUMMARY, values, strict=True)))
    changes = pd.concat(moved, ignore_index=True) if moved else pd.DataFrame(columns=CHANGES)
    return Zoned(pd.DataFrame(rows, columns=SUMMARY), changes)


def zones_of(needs: pd.DataFrame) -> dict[str, pd.Series]:
    """The zone of each neighbourhood, by zoning; those that are known throughout the study and join some neighbourhoods.

    A neighbourhood's name is that of its middle-layer area and a letter: "Barnsley 018A" lies in "Barnsley 018".
    """
    known = {
        "middle": needs["name"].str.replace(r"[A-Z]+$", "", regex=True).str.strip() if "name" in needs else None,
        "ward": needs.get("ward_code"),
        "district": needs.get("district_code"),
    }
    own = needs["inside"].to_numpy(dtype=bool)
    return {
        name: zone
        for name, zone in known.items()
        if zone is not None and own.any() and zone[own].notna().all() and zone[own].nunique() < own.sum()
    }


def zoned_needs(needs: gpd.GeoDataFrame, zone: pd.Series) -> gpd.GeoDataFrame:
    """The needs with each neighbourhood's (0–1) replaced by the mean of its zone's, weighted by residents; unknown stays unknown.

    Neighbourhoods in the margin of the study keep their own.
    """
    own = needs["inside"].to_numpy(dtype=bool)
    people = needs["residents"].to_numpy(dtype=float)[own]
    changed = needs.copy()
    for column in [c for c in needs if c.startswith("need_")]:
        values = needs[column].to_numpy(dtype=float)[own]
        weight = np.where(np.isnan(values), 0.0, people)
        sums = pd.DataFrame({"sum": np.nan_to_num(values) * weight, "people": weight}).groupby(zone[own].to_numpy())
        total = sums.transform("sum")
        mean = (total["sum"] / total["people"].where(total["people"] > 0)).to_numpy()
        changed.loc[own, column] = np.where(np.isnan(values) | np.isnan(mean), values, mean)
    return changed


def _spearman(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's correlation of two rankings without ties; NaN for fewer than two sites, or where one has a site unranked."""
    if len(one) < 2 or np.isnan(other).any():
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])
