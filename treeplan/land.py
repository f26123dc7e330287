"""Open land less everything a tree must keep off, with the audit of every square metre."""

from __future__ import annotations

import itertools
import logging
import string
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from treeplan import geo
from treeplan.coefficients import Coefficient
from treeplan.errors import StudyError
from treeplan.layers import Layers
from treeplan.study import Study
from treeplan.vocabulary import LAND_USES, SPORT_USES

log = logging.getLogger(__name__)

EDGE_M = 10.0
"""Width of the strip along the border of a sports facility that may hold trees (assumption, to be verified)."""


@dataclass(frozen=True)
class Constraint:
    """Something trees keep off, or that a planner must respect.

    Attributes
    ----------
    layer : str
        The layer whose shapes count.
    keep_off_m : float
        Distance kept, metres; from the edge of a line's `width_m` where it has one.
    class_ : str
        "excluded" takes the land away; the other classes leave it and say why it is not free.
    where : tuple, optional
        A column of the layer and the values that count.
    only_on : tuple of str
        Land uses it applies to; all where empty.
    """

    layer: str
    keep_off_m: float
    class_: str
    reason: str
    source: str
    where: tuple[str, tuple[str, ...]] | None = None
    only_on: tuple[str, ...] = ()


_RULE = "project rule"
_ASSUMED = "assumption, to be verified"

# METHODS.md 3.2 and 3.3. In this order: land goes to the first constraint that takes it.
CONSTRAINTS: dict[str, Constraint] = {
    "sssi": Constraint("sssi", 0, "excluded", "Site of Special Scientific Interest", _RULE),
    "nature_reserve": Constraint("nature_reserves", 0, "excluded", "Local Nature Reserve", _RULE),
    "monument": Constraint("monuments", 20, "excluded", "scheduled monument", _ASSUMED),
    "closed_land": Constraint(
        "closed_land", 0, "excluded", "closed to planting (military, railway, quarry, private)", _RULE
    ),
    "pitch": Constraint("sport", 5, "excluded", "pitch or play area and its run-off", _ASSUMED),
    "sport_ground": Constraint(
        "open_land", 5, "excluded", "pitch or play area and its run-off", _ASSUMED, where=("land_use", SPORT_USES)
    ),
    "water": Constraint("water", 0, "excluded", "open water", _RULE),
    "watercourse": Constraint("watercourses", 5, "excluded", "river or stream channel", _ASSUMED),
    "building": Constraint("buildings", 5, "excluded", "too near a building", "NHBC guidance for small trees"),
    "road": Constraint("roads", 0, "excluded", "carriageway", "Surrey Healthy Streets"),
    "railway": Constraint("railways", 10, "excluded", "too near a railway", "Network Rail 2015 matrix"),
    "power_line": Constraint(
        "power_lines", 20, "excluded", "under or near a power line", "Countryside Stewardship TE1"
    ),
    "substation": Constraint("substations", 5, "excluded", "electricity substation", _ASSUMED),
    "pipeline": Constraint(
        "pipelines", 20, "excluded", "near a pipeline", "National Grid; width of the strip to be verified"
    ),
    "renewables": Constraint(
        "renewables", 50, "excluded", "solar or wind farm", "Forest of Avon (solar 20 m, wind 50 m)"
    ),
    "best_farmland": Constraint(
        "farmland_class",
        0,
        "excluded",
        "best farmland (grade 1 or 2)",
        _RULE,
        where=("grade", ("Grade 1", "Grade 2")),
        only_on=("farmland",),
    ),
    "woodland": Constraint("woodland", 0, "excluded", "already woodland", _RULE),
    "tree": Constraint("trees", 0, "excluded", "already under a tree", _RULE),
    "canopy": Constraint("canopy_height", 0, "excluded", "already under canopy", _RULE),
    "good_farmland": Constraint(
        "farmland_class",
        0,
        "major constraint",
        "may be best farmland (grade 3, not split into 3a and 3b)",
        _RULE,
        where=("grade", ("Grade 3",)),
        only_on=("farmland",),
    ),
    "conservation_area": Constraint(
        "conservation_areas", 0, "sensitivities", "in a conservation area: ask the tree officer", _RULE
    ),
    "listed_building": Constraint(
        "listed_buildings", 25, "sensitivities", "near a listed building: mind its setting", _ASSUMED
    ),
    "green_belt": Constraint("green_belt", 0, "sensitivities", "in the green belt: openness counts", _RULE),
}


@dataclass(frozen=True)
class Land:
    """Open land, what is left of it, and where the rest went.

    Attributes
    ----------
    grounds : GeoDataFrame
        One row per piece of mapped open land, overlaps counted once: `ground_id, name, land_use, origin, area_m2`; its
        geometry is what is free for trees (empty where nothing is).
    taken : DataFrame
        `ground_id, reason, area_m2`: with the free area, the rows of a ground add up to its `area_m2`.
    soft : dict
        Name to (constraint, shapes): what does not take land but must be respected.
    mapped_m2, summed_m2 : float
        Area of all open land counted once, and summed with its overlaps.
    """

    grounds: gpd.GeoDataFrame
    taken: pd.DataFrame
    soft: dict[str, tuple[Constraint, geo.Shapes]]
    mapped_m2: float
    summed_m2: float


def declared_constraints(study: Study) -> dict[str, Constraint]:
    """The constraints of a study: treeplan's own, as the study file changed them, and the planner's.

    Raises
    ------
    StudyError
        A name is unknown and brings no file, or an own constraint lacks its class or reason.
    """
    declared = dict(CONSTRAINTS)
    for name, wish in study.constraints.items():
        if name in CONSTRAINTS:
            if wish.path is not None:
                raise StudyError(
                    f"[constraints.{name}] is treeplan's own and takes no path",
                    f"give your layer another name than {name}.",
                )
            if not wish.use:
                del declared[name]
                continue
            old = declared[name]
            declared[name] = replace(
                old,
                keep_off_m=old.keep_off_m if wish.keep_off_m is None else wish.keep_off_m,
                class_=wish.class_ or old.class_,
                reason=wish.reason or old.reason,
                source=old.source if wish.keep_off_m is None else "the study file",
            )
        elif wish.path is None or wish.class_ is None or wish.reason is None:
            raise StudyError(
                f"[constraints.{name}] is none of treeplan's, and an own constraint needs path, class and reason",
                f"add them, or use one of: {', '.join(CONSTRAINTS)}.",
            )
        elif wish.use:
            declared[name] = Constraint(
                f"own:{name}", wish.keep_off_m or 0.0, wish.class_, wish.reason, "the study file"
            )
    return declared


def free_land(layers: Layers, study: Study, figures: dict[str, Coefficient]) -> Land:
    """Open land less every hard constraint.

    Parameters
    ----------
    layers : Layers
        With `open_land`; constraints whose layer is missing take nothing (the run says which layers are missing).
    study : Study
        Its `land` and `constraints`.
    figures : dict
        The study's coefficients (`crown_now_m` is used for tree points).

    Returns
    -------
    Land
    """
    grounds, summed = _grounds(layers, study)
    whole = grounds.geometry.to_numpy()
    free, taken = _by_land_use(grounds, study)
    constraints = declared_constraints(study)
    soft = {}
    for name, constraint in constraints.items():
        if constraint.layer == "canopy_height":
            takers = shapely.buffer(_canopy_shapes(layers, free, study.land.canopy_height_m), constraint.keep_off_m)
        else:
            takers = constraint_shapes(layers, constraint, figures["crown_now_m"].central)
        if not len(takers):
            continue
        if constraint.class_ != "excluded":
            soft[name] = (constraint, takers)
            continue
        applies = _applies(grounds, constraint)
        before = shapely.area(free)
        free[applies] = geo.subtract(free[applies], takers)
        taken.append(_taken(grounds, constraint.reason, before - shapely.area(free)))
    grounds = grounds.assign(area_m2=shapely.area(whole)).set_geometry(gpd.GeoSeries(free, crs=geo.BNG))
    table = pd.concat([_nothing_taken(), *taken], ignore_index=True)
    mapped = float(grounds["area_m2"].sum())
    log.info(
        "land: %d grounds, %.1f ha mapped, %.1f ha free",
        len(grounds),
        mapped / 1e4,
        float(shapely.area(free).sum()) / 1e4,
    )
    return Land(grounds, table, soft, mapped, summed)


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
    table = table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=geo.BNG))
    table = table[shapely.area(shapes) > 0]
    summed = float(table.area.sum())
    order = pd.DataFrame({"stance": _stances(table, study), "area": -table.area, "ground_id": table["ground_id"]})
    table = table.loc[order.sort_values(["stance", "area", "ground_id"]).index]
    table = table.set_geometry(
        gpd.GeoSeries(geo.without_overlaps(table.geometry.to_numpy()), index=table.index, crs=geo.BNG)
    )
    table = table[table.area > 0].reset_index(drop=True)
    table["ground_id"] = _told_apart(table["ground_id"])
    return table, summed


def _references(shapes: geo.Shapes) -> list[str]:
    points = geo.inside_points(shapes)
    return [geo.grid_reference(x, y) for x, y in zip(shapely.get_x(points), shapely.get_y(points), strict=True)]


def _told_apart(ids: pd.Series) -> pd.Series:
    """Ids made unique: the second ground with the same one gets a b, the third a c; ids that are taken are passed over."""
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
        before = shapely.area(grounds.geometry.to_numpy()[at])
        if facts.stance == "closed" or (facts.stance == "take in" and facts.takes_in not in study.land.take_in):
            free[at] = shapely.Polygon()
        elif facts.stance == "edge":
            core = shapely.buffer(free[at], -EDGE_M)
            free[at] = [geo.areal_part(s) for s in shapely.difference(free[at], core)]
        else:
            continue
        taken.append(_taken(grounds.loc[rows], facts.plain, before - shapely.area(free[at])))
    return free, taken


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


def constraint_shapes(layers: Layers, constraint: Constraint, crown_m: float) -> geo.Shapes:
    """The shapes that trees keep off: the layer's, widened by half a line's width, a crown, and the distance kept."""
    if constraint.layer not in layers:
        return geo.NO_SHAPES
    table = layers[constraint.layer]
    if constraint.where is not None:
        column, values = constraint.where
        table = table[table[column].isin(values)]
    shapes = table.geometry.to_numpy()
    widths = table["width_m"].fillna(0).to_numpy() if "width_m" in table else np.zeros(len(table))
    if constraint.layer == "trees":
        widths = np.full(len(table), crown_m)
    reach = widths / 2 + constraint.keep_off_m
    if constraint.class_ == "excluded" and ((reach <= 0) & (shapely.get_dimensions(shapes) < 2)).any():
        raise StudyError(
            f"the constraint '{constraint.reason}' has points or lines, and keeps no distance: it would take no land",
            "give it a distance in the study file: keep_off_m = 10.",
        )
    return np.where(reach > 0, shapely.buffer(shapes, reach), shapes)


def _canopy_shapes(layers: Layers, free: geo.Shapes, at_least_m: float) -> geo.Shapes:
    """Canopy as polygons, from the height raster, where there is still free land."""
    if "canopy_height" not in layers:
        return geo.NO_SHAPES
    found = [geo.raster_shapes(layers["canopy_height"], shape, at_least_m) for shape in free if not shape.is_empty]
    return np.concatenate(found) if found else geo.NO_SHAPES
