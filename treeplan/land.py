"""Open land less everything a tree must keep off, with the audit of every square metre."""

from __future__ import annotations

import itertools
import logging
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from treeplan import canopy, geo, streets
from treeplan.coefficients import Coefficient
from treeplan.constraints import PITCHES, Constraint, constraint_shapes, declared_constraints
from treeplan.layers import Layers
from treeplan.study import Study
from treeplan.vocabulary import LAND_USES

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Land:
    """Open land, what is left of it, and where the rest went.

    Attributes
    ----------
    grounds : GeoDataFrame
        One row per piece of mapped open land, overlaps counted once, and per side of a street with a footway: `ground_id,
        name, land_use, origin, area_m2, outline, spared, spared_by, pitch_m2, kerb`; its geometry is what is free for trees (empty
        where nothing is), `outline` the whole, `spared` what a constraint leaves to some site types alone, `kerb` the line
        along which street trees stand.
    taken : DataFrame
        `ground_id, reason, area_m2`: with the free and the spared area, the rows of a ground add up to its `area_m2`.
    soft : dict
        Name to (constraint, shapes): what does not take land but must be respected.
    mapped_m2, summed_m2 : float
        Area of all mapped open land counted once, and summed with its overlaps; footways are not in it.
    """

    grounds: gpd.GeoDataFrame
    taken: pd.DataFrame
    soft: dict[str, tuple[Constraint, geo.Shapes]]
    mapped_m2: float
    summed_m2: float

    @property
    def footways(self) -> frozenset[str]:
        """Ids of the grounds that are footways."""
        return frozenset(self.grounds.loc[self.grounds["land_use"] == "footway", "ground_id"])


def free_land(layers: Layers, study: Study, figures: Mapping[str, Coefficient]) -> Land:
    """Open land less every hard constraint.

    Parameters
    ----------
    layers : Layers
        With `open_land`; constraints whose layer is missing take nothing (the run says which layers are missing).
    study : Study
        Its `land` and `constraints`.
    figures : mapping
        The study's coefficients, for widths and crowns nobody measured.

    Returns
    -------
    Land
    """
    grounds, summed = _grounds(layers, study)
    mapped = float(grounds["area_m2"].sum())
    grounds = _with_footways(grounds, layers, figures)
    tables = {**layers.tables, "junctions": streets.junctions(layers)}
    free, spared, spared_by, taken, soft, pitches = _take(grounds, tables, layers, study, figures)
    free, inner = _keep_edges(grounds, free, figures["edge_strip_m"].central)
    grounds = grounds.assign(spared=spared, spared_by=spared_by, pitch_m2=pitches).set_geometry(
        gpd.GeoSeries(free, crs=geo.BNG)
    )
    table = pd.concat([_nothing_taken(), *taken, *inner], ignore_index=True)
    log.info(
        "land: %d grounds, %.1f ha mapped, %.1f ha free",
        len(grounds),
        mapped / 1e4,
        float(shapely.area(free[grounds["land_use"] != "footway"]).sum()) / 1e4,
    )
    return Land(grounds, table, soft, mapped, summed)


def _take(
    grounds: gpd.GeoDataFrame,
    tables: Mapping[str, Any],
    layers: Layers,
    study: Study,
    figures: Mapping[str, Coefficient],
) -> tuple[geo.Shapes, geo.Shapes, list[str], list[pd.DataFrame], dict[str, tuple[Constraint, geo.Shapes]], np.ndarray]:
    """What land use and hard constraints leave free or spare, what each takes, the soft constraints, and m² of pitches."""
    pitches = np.zeros(len(grounds))
    free, taken = _by_land_use(grounds, study)
    spared = np.full(len(grounds), shapely.Polygon(), dtype=object)
    spared_by = np.full(len(grounds), "", dtype=object)
    soft = {}
    for name, constraint in declared_constraints(study).items():
        if constraint.layer == "canopy_height":
            left = np.concatenate([free, spared])
            standing = canopy.standing_shapes(layers, left[~shapely.is_empty(left)], study)
            takers = shapely.buffer(standing, constraint.keep_off_m)
        else:
            takers = constraint_shapes(tables, constraint, figures)
        if not len(takers):
            continue
        if constraint.class_ != "excluded":
            soft[name] = (constraint, takers)
            continue
        at = np.flatnonzero(_applies(grounds, constraint))
        before, kept = free[at], spared[at]
        free[at] = geo.subtract(before, takers)
        lost = shapely.area(before) - shapely.area(free[at])
        if name in PITCHES:
            pitches[at] += lost
        if constraint.spares:
            given = np.flatnonzero(lost > 0)
            spared[at[given]] = [geo.areal_part(s) for s in shapely.difference(before[given], free[at[given]])]
            spared_by[at[given]] = constraint.reason
        else:
            spared[at] = geo.subtract(kept, takers)
            taken.append(
                _taken(grounds.iloc[at], constraint.reason, lost + shapely.area(kept) - shapely.area(spared[at]))
            )
    return free, spared, list(spared_by), taken, soft, pitches


def _with_footways(grounds: gpd.GeoDataFrame, layers: Layers, figures: Mapping[str, Coefficient]) -> gpd.GeoDataFrame:
    """Grounds with a row for each side of a street whose footway may hold trees, clear of mapped open land."""
    grounds = grounds.assign(kerb=None, doubt="")
    sides = streets.footways(layers, figures)
    if sides.empty:
        return grounds
    sides = sides.sort_values("ground_id", ignore_index=True)
    clear = geo.subtract(sides.geometry.to_numpy(), grounds.geometry.to_numpy())
    clear = np.array([geo.areal_part(s) for s in shapely.intersection(clear, layers.area)], dtype=object)
    sides = sides.set_geometry(gpd.GeoSeries(geo.without_overlaps(clear), index=sides.index, crs=geo.BNG))
    sides = sides[sides.area > 0]
    sides = sides.assign(outline=sides.geometry.to_numpy(), area_m2=sides.area)
    return gpd.GeoDataFrame(pd.concat([grounds, sides], ignore_index=True), crs=geo.BNG)


def _grounds(layers: Layers, study: Study) -> tuple[gpd.GeoDataFrame, float]:
    """Mapped open land cut to the study area, every square metre once, each with an id; and its area summed with overlaps."""
    table = layers["open_land"]
    shapes = table.geometry.to_numpy()
    references = _references(shapes)
    shapes = np.array([geo.areal_part(s) for s in shapely.intersection(shapes, layers.area)], dtype=object)
    table = table.assign(
        ground_id=table["ground_id"].where(table["ground_id"].notna(), references)
        if "ground_id" in table
        else references
    )
    table = table.assign(outline=shapes).set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=geo.BNG))
    table = table[shapely.area(shapes) > 0]
    summed = float(table.area.sum())
    order = pd.DataFrame({"stance": _stances(table, study), "area": -table.area, "ground_id": table["ground_id"]})
    table = table.loc[order.sort_values(["stance", "area", "ground_id"]).index]
    table = table.set_geometry(
        gpd.GeoSeries(geo.without_overlaps(table.geometry.to_numpy()), index=table.index, crs=geo.BNG)
    )
    table = table[table.area > 0].reset_index(drop=True)
    largest_first = np.argsort(-shapely.area(table["outline"].to_numpy()), kind="stable")
    table["ground_id"] = _told_apart(table["ground_id"].iloc[largest_first]).reindex(table.index)
    return table.assign(area_m2=table.area), summed


def _references(shapes: geo.Shapes) -> list[str]:
    points = geo.inside_points(shapes)
    return [geo.grid_reference(x, y) for x, y in zip(shapely.get_x(points), shapely.get_y(points), strict=True)]


def _told_apart(ids: pd.Series) -> pd.Series:
    """Ids made unique: the largest ground keeps its own, the second gets a b, the third a c; ids that are taken are passed over."""
    given, used, told = set(ids), set(), []
    for ground_id in ids.astype(str):
        marks = itertools.chain([""], string.ascii_lowercase[1:], map(str, itertools.count(27)))
        name = next(n for mark in marks if (n := ground_id + mark) not in used and (not mark or n not in given))
        used.add(name)
        told.append(name)
    return pd.Series(told, index=ids.index, dtype=object)


def _stances(table: gpd.GeoDataFrame, study: Study) -> pd.Series:
    """Which ground keeps land that two of them cover: closed before edge before open before land to be taken in.

    A golf course that the study does not take in is closed ground: what overlaps it is played on.
    """
    order = {"closed": 0, "edge": 1, "open": 2, "take in": 3}
    shut = set() if "golf" in study.land.take_in else {"golf"}
    return table["land_use"].map(lambda use: 0 if use in shut else order[LAND_USES[use].stance])


def _by_land_use(grounds: gpd.GeoDataFrame, study: Study) -> tuple[geo.Shapes, list[pd.DataFrame]]:
    """What the land use alone leaves free, and what it takes."""
    free = grounds.geometry.to_numpy().copy()
    taken = []
    for use, rows in grounds.groupby("land_use").groups.items():
        facts = LAND_USES[str(use)]
        at = np.asarray(rows)
        if facts.stance == "closed" or (facts.stance == "take in" and facts.takes_in not in study.land.take_in):
            taken.append(_taken(grounds.loc[rows], facts.plain, shapely.area(free[at])))
            free[at] = shapely.Polygon()
    return free, taken


def _keep_edges(grounds: gpd.GeoDataFrame, free: geo.Shapes, edge_m: float) -> tuple[geo.Shapes, list[pd.DataFrame]]:
    """Free land of which school and sports grounds keep only the strip along their border."""
    left, taken = free.copy(), []
    for use, rows in grounds.groupby("land_use").groups.items():
        facts = LAND_USES[str(use)]
        if facts.stance != "edge":
            continue
        at = np.asarray(rows)
        core = shapely.buffer(grounds["outline"].to_numpy()[at], -edge_m)
        left[at] = [geo.areal_part(s) for s in shapely.difference(free[at], core)]
        taken.append(_taken(grounds.loc[rows], facts.inside, shapely.area(free[at]) - shapely.area(left[at])))
    return left, taken


def _taken(grounds: pd.DataFrame, reason: str, area_m2: np.ndarray) -> pd.DataFrame:
    lost = pd.DataFrame({"ground_id": grounds["ground_id"].to_numpy(), "reason": reason, "area_m2": area_m2})
    return lost[lost["area_m2"] > 0]


def _nothing_taken() -> pd.DataFrame:
    return pd.DataFrame(
        {"ground_id": pd.Series(dtype="str"), "reason": pd.Series(dtype="str"), "area_m2": pd.Series(dtype=float)}
    )


def _applies(grounds: pd.DataFrame, constraint: Constraint) -> np.ndarray:
    if not constraint.only_on:
        return np.ones(len(grounds), dtype=bool)
    return grounds["land_use"].isin(constraint.only_on).to_numpy()
