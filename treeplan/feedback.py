"""What people found on the ground, turned into declared changes of the candidate sites."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from treeplan.accuracy import wilson
from treeplan.coefficients import LEVELS
from treeplan.errors import listed
from treeplan.layers import Layers
from treeplan.vocabulary import FIRST_PRIVATE_TIER

log = logging.getLogger(__name__)

TAKES_AWAY = {
    "not plantable": "visited and found not plantable",
    "planted": "planted already",
}
"""Field statuses after which a site is no candidate any more, and the reason printed."""

JUDGED = ("plantable", "not plantable", "owner agreed", "planted")
"""Field statuses that say whether trees can stand there; "desk" and "visited" do not."""


SAME_PLACE_M = 5.0
"""A check made this near a site was made on it (assumption, to be verified), metres."""

ABOUT_M = 50.0
"""A check of a ground's only site was made about there if it is this near (assumption, to be verified), metres."""


def private(sites: pd.DataFrame) -> pd.Series:
    """Which sites stay off public pages: private land whose owner has not agreed."""
    return (sites["owner_tier"] >= FIRST_PRIVATE_TIER) & (sites["field_status"] != "owner agreed")


@dataclass(frozen=True)
class Fieldwork:
    """What the visits came to.

    Attributes
    ----------
    checks : DataFrame
        The checks of sites that are there: `site_id, name, private, field_status, why_not, trees_before, trees_fit`.
    lost : tuple of str
        Ids of checks that name no site of this run.
    judged, plantable : int
        Sites judged on the ground, and those of them that can be planted.
    """

    checks: pd.DataFrame
    lost: tuple[str, ...] = ()
    judged: int = 0
    plantable: int = 0

    @property
    def share(self) -> tuple[float, float, float]:
        """The share of judged sites that can be planted, with its 95 % interval (Wilson): low, central, high, 0–1."""
        return wilson(self.plantable, self.judged)


def apply_field_checks(
    sites: gpd.GeoDataFrame, left_over: pd.DataFrame, layers: Layers
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, Fieldwork]:
    """Sites as the visits left them.

    A site found not plantable, or planted already, is a candidate no more, and its land goes to that reason in the audit. A
    number of trees counted on the ground takes the place of the estimate. "owner agreed" opens private land to public pages.
    Nothing else changes: a visit says whether a site can be planted, not how good it is.

    Parameters
    ----------
    sites : GeoDataFrame
        From `candidate_sites`.
    left_over : DataFrame
        `ground_id, reason, area_m2`, to which the land of sites that fall away is added.
    layers : Layers
        With `field_checks`, where there are any: `site_id, field_status`, and perhaps `why_not, trees_fit`.

    Returns
    -------
    sites : GeoDataFrame
    left_over : DataFrame
    fieldwork : Fieldwork
    """
    table = layers.get("field_checks")
    if table is None or sites.empty:
        return sites, left_over, Fieldwork(pd.DataFrame())
    checks = _where_they_stand(_newest(pd.DataFrame(table)), sites)
    known = checks.index.isin(sites["site_id"])
    lost = tuple(sorted(checks.index[~known]))
    if lost:
        log.warning(
            "%d field checks name no site of this run (%s); they change nothing. What to do: see whether the land there was "
            "taken by a new layer, or the id was mistyped.",
            len(lost),
            listed(list(lost)),
        )
    checks = checks[known]
    sites = sites.copy()
    at = sites["site_id"].map(checks["field_status"])
    sites["field_status"] = at.where(at.notna(), sites["field_status"])
    told = _told(sites, checks)
    sites = _with_counted_trees(sites, checks)
    gone = sites["field_status"].isin(list(TAKES_AWAY)).to_numpy()
    away = pd.DataFrame(
        {
            "ground_id": sites.loc[gone, "ground_id"],
            "reason": sites.loc[gone, "field_status"].map(TAKES_AWAY),
            "area_m2": sites.loc[gone, "area_m2"],
        }
    )
    judged = checks["field_status"].isin(JUDGED)
    plantable = judged & (checks["field_status"] != "not plantable")
    fieldwork = Fieldwork(told, lost, int(judged.sum()), int(plantable.sum()))
    return sites[~gone].reset_index(drop=True), pd.concat([left_over, away], ignore_index=True), fieldwork


def refused_share(sites: pd.DataFrame, layers: Layers) -> npt.NDArray[np.float64]:
    """The share of confirmed answers on each site that say "no tree here", 0–1; 0 where nobody answered."""
    table = layers.get("answers")
    if table is None or not len(table):
        return np.zeros(len(sites))
    said_no = (table["answer"] == "no").groupby(table["site_id"]).mean()
    lost = sorted(set(said_no.index) - set(sites["site_id"]))
    if lost:
        log.warning(
            "answers name %d sites that are not in this run (%s); they change nothing. What to do: see whether the ids "
            "were mistyped, or the land is no candidate any more.",
            len(lost),
            listed(lost),
        )
    return sites["site_id"].map(said_no).fillna(0.0).to_numpy(dtype=float)


def _newest(table: pd.DataFrame) -> pd.DataFrame:
    """One check a site, by `site_id`: the newest dated one of all files, undated ones by the order of the files.

    A table of sites edited in QGIS holds those that nobody visited too; they are no checks.
    """
    checks = table[table["field_status"] != "desk"]
    if "checked_on" in checks:
        checks = (
            checks.assign(day=checks["checked_on"].fillna("")).sort_values("day", kind="stable").drop(columns="day")
        )
    return checks.drop_duplicates("site_id", keep="last").set_index("site_id")


def _where_they_stand(checks: pd.DataFrame, sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """Checks under the ids that their ground has now.

    The number at the end of an id may pass to another piece of the same ground when a constraint changes. A check that says
    where it was made (`easting`, `northing`, as treeplan's own tables do) belongs to the piece of that ground at that place.
    """
    if not {"easting", "northing"} <= set(checks):
        return checks
    given = checks.index.to_numpy(dtype=object)
    east, north = (checks[column].to_numpy(dtype=float) for column in ("easting", "northing"))
    shapes = sites.geometry.to_numpy()
    ids, of_ground = sites["site_id"].to_numpy(dtype=object), sites.groupby("ground_id").indices
    names = given.copy()
    for i in np.flatnonzero(~np.isnan(east) & ~np.isnan(north)):
        own = of_ground.get(str(given[i]).rpartition("-")[0], np.array([], dtype=int))
        names[i] = _piece_at(shapely.Point(east[i], north[i]), str(given[i]), ids[own], shapes[own])
    moved = int((names != given).sum())
    if moved:
        log.warning("%d field checks stand on ground whose id has changed: they follow the place, not the id.", moved)
    placed = checks.set_axis(pd.Index(names, name="site_id"))
    return placed[~placed.index.duplicated(keep="last")]


def _piece_at(point: shapely.Point, given: str, ids: npt.NDArray[np.object_], shapes: npt.NDArray[np.object_]) -> str:
    """The id of the piece of one ground that a check was made on: the nearest; the only one there is, if it is about there."""
    if len(ids) == 1 and ids[0] == given:
        about = shapely.buffer(shapely.envelope(shapes[0]), ABOUT_M)
        return given if shapely.intersects(about, point) else f"{given} (elsewhere)"
    away = shapely.distance(shapes, point)
    near = [str(name) for name in ids[(away <= SAME_PLACE_M) & (away <= away.min(initial=np.inf) + 1e-6)]]
    if near:
        return given if given in near else near[0]
    return f"{given} (elsewhere)" if given in ids else given


def _told(sites: gpd.GeoDataFrame, checks: pd.DataFrame) -> pd.DataFrame:
    """The checks beside what the desk had said."""
    own = sites[sites["site_id"].isin(checks.index)].set_index("site_id")
    columns = {name: checks.get(name) for name in ("why_not", "trees_fit")}
    table = pd.DataFrame(
        {
            "name": own["name"],
            "private": private(own),
            "field_status": own["field_status"],
            "trees_before": own["trees_central"],
        }
    )
    return table.join(pd.DataFrame(columns, index=checks.index)).reset_index()


def _with_counted_trees(sites: gpd.GeoDataFrame, checks: pd.DataFrame) -> gpd.GeoDataFrame:
    """Sites whose number of trees was counted on the ground: no range is left."""
    if "trees_fit" not in checks:
        return sites
    counted = pd.to_numeric(sites["site_id"].map(checks["trees_fit"]), errors="coerce")
    for level in LEVELS:
        sites[f"trees_{level}"] = np.where(counted.notna(), counted, sites[f"trees_{level}"])
    return sites
