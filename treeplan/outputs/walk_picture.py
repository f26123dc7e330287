"""A picture of walking: the ways, what parts them, and how far from one site people get on foot and in a straight line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from treeplan import geo, network
from treeplan.homes import place_residents
from treeplan.network import Flags, Floats
from treeplan.outputs.drawing import BUILDING, OPEN, SITE, WATER
from treeplan.outputs.labels import point_names, scale_and_north, street_names
from treeplan.outputs.sheet import INK, Sheet, lay, open_sheet, to_svg
from treeplan.people import Walks, reach_m
from treeplan.plan import Plan
from treeplan.walks import Places, WalkNetwork, residents_within

WALKED, BARRIER, LOST = "#2c7fb8", "#6b4c4c", "#c8541d"
"""Ways within the walk, and homes there; railways and motorways; homes that only the straight line reaches."""


def telling_site(plan: Plan) -> pd.Series | None:
    """The public site well inside the study, and what the ways cover, that loses most beside the straight line; None where none does."""
    walks = plan.walks
    if walks is None or plan.public.empty:
        return None
    reach = reach_m(plan.study, plan.figures)
    known = shapely.intersection(walks.net.covers, plan.layers.area)
    inside = shapely.covers(known, shapely.buffer(plan.public.geometry.to_numpy(), reach))
    shown = plan.public["site_id"][inside]
    compared = walks.compared[walks.compared["site_id"].isin(shown) & (walks.compared["network"] > 0)]
    lost = (compared["straight_line"] - compared["network"]).round(3)
    worst = compared.assign(lost=lost).sort_values(["lost", "site_id"], ascending=[False, True]).head(1)
    worst = worst[worst["lost"] > 0]
    return plan.sites[plan.sites["site_id"] == worst["site_id"].iloc[0]].iloc[0] if len(worst) else None


def walk_map(plan: Plan, walks: Walks, site: pd.Series, width_mm: float, height_mm: float) -> str:
    """The ways around one site: those within the walk in blue, and a dashed line as far as the straight line reaches.

    Parameters
    ----------
    site : Series
        A row of `plan.sites`.

    Returns
    -------
    str
        SVG; the same plan gives the same bytes.
    """
    walk_m, net, shape = plan.study.people.walk_m, walks.net, site.geometry
    ring = shapely.buffer(shape, reach_m(plan.study, plan.figures))
    _, doors = net.doors(np.array([shape]), plan.layers.shapes("access_points"), walk_m)
    reached = reached_ways(net, doors, shape, walk_m)
    sheet = open_sheet(tuple(shapely.total_bounds(np.append(reached, ring))), width_mm, height_mm, 0.04)
    _ground(plan, sheet)
    lay(sheet, net.segments, 3, edge="#c3c8cd", width=1.0)
    _barriers(plan, sheet)
    lay(sheet, reached, 5, edge=WALKED, width=2.2)
    lay(sheet, np.array([ring]), 6, edge="white", width=2.8)
    lay(sheet, np.array([ring]), 6.1, edge=INK, width=1.1, dash=(0, (5, 3)))  # type: ignore[arg-type]
    _homes(plan, net, doors, shape, ring, sheet)
    lay(sheet, np.array([shape]), 7, fill=SITE, edge=SITE, width=2.4)
    _dots(sheet, geo.inside_points(np.array([shape])), 9.0, SITE, "white", 7.1)  # a strip may be too narrow to see
    scale_and_north(sheet)
    point_names(plan, sheet)
    street_names(plan, sheet, 12)
    return to_svg(sheet)


def reached_ways(net: WalkNetwork, doors: Places, near: shapely.Geometry, walk_m: float) -> geo.Shapes:
    """The parts of the ways within a walk of some doors, as lines; only ways that come within a walk of `near` are looked at."""
    some = net.tree.query(near, predicate="dwithin", distance=walk_m)
    long, begins = shapely.length(net.segments[some]), net.along_m[some]
    here = doors.along_m[:, None] - begins
    door, which = np.nonzero((doors.edge[:, None] == net.edge[some]) & (here > 0) & (here < long))
    row = np.concatenate([np.arange(len(some)), np.arange(len(some)), which])  # every segment is cut at its doors
    at = np.concatenate([np.zeros(len(some)), long, here[door, which]])
    order = np.lexsort((at, row))
    row, at = row[order], at[order]
    edge = np.concatenate([doors.edge, net.edge[some][row]])
    cut, node = network.with_places(net.network, edge, np.concatenate([doors.along_m, begins[row] + at]))
    count = len(doors.edge)
    left_m = walk_m - network.nearest_m(cut, node[:count], doors.off_m, walk_m)[node[count:]]
    piece = np.flatnonzero(row[1:] == row[:-1])
    segments, low, high = net.segments[some][row[piece]], at[piece], at[piece + 1]
    ahead, back = np.clip(low + left_m[piece], low, high), np.clip(high - left_m[piece + 1], low, high)
    whole = ahead >= back
    parts = [_between(segments, low, high, whole), _between(segments, low, ahead, ~whole)]
    return np.concatenate([*parts, _between(segments, back, high, ~whole)])


def _between(segments: geo.Shapes, low: Floats, high: Floats, wanted: Flags) -> geo.Shapes:
    """The parts of some straight segments between two distances along them."""
    use = np.flatnonzero(wanted & (high > low))
    ends = [shapely.line_interpolate_point(segments[use], at[use]) for at in (low, high)]
    if not len(use):
        return geo.NO_SHAPES
    return shapely.linestrings(np.stack([shapely.get_coordinates(end) for end in ends], axis=1))


def _ground(plan: Plan, sheet: Sheet) -> None:
    layers = plan.layers
    lay(sheet, layers.shapes("open_land"), 1, fill=OPEN)
    lay(sheet, layers.shapes("buildings"), 1.5, fill=BUILDING)
    lay(sheet, layers.shapes("water"), 2, fill=WATER, edge="#a9c8dd", width=0.3)


def hard_barriers(plan: Plan) -> geo.Shapes:
    """Railways and motorways."""
    roads = plan.layers.get("roads")
    motorways = (
        geo.NO_SHAPES if roads is None else roads.geometry.to_numpy()[(roads["highway"] == "motorway").to_numpy()]
    )
    return np.concatenate([plan.layers.shapes("railways"), motorways])


def _barriers(plan: Plan, sheet: Sheet) -> None:
    lay(sheet, plan.layers.shapes("watercourses"), 2.5, edge="#7fb2d6", width=2.4)
    lay(sheet, hard_barriers(plan), 4, edge=BARRIER, width=2.4)
    lay(sheet, plan.layers.shapes("railways"), 4.1, edge="white", width=0.9, dash=(0, (3, 3)))  # type: ignore[arg-type]


def _homes(
    plan: Plan, net: WalkNetwork, doors: Places, shape: shapely.Geometry, ring: shapely.Geometry, sheet: Sheet
) -> None:
    """Homes that the walk reaches as blue dots, those within the dashed line that it does not as orange rings."""
    people = place_residents(plan.layers, plan.study, plan.figures)
    points = shapely.points(people["easting"].to_numpy(), people["northing"].to_numpy())
    homes, walk_m = net.homes(points), plan.study.people.walk_m
    on_foot = np.zeros(len(points), dtype=bool)
    for _, home, _ in residents_within(net, np.zeros(len(doors.edge), dtype=int), doors, homes, walk_m):
        on_foot[home[shapely.distance(shape, points[home]) <= walk_m]] = True
    missed = shapely.covers(ring, points) & homes.joined & ~on_foot
    for shown, fill, edge in ((on_foot, WALKED, WALKED), (missed, "white", LOST)):
        _dots(sheet, points[shown], 3.0, fill, edge, 6.5)


def _dots(sheet: Sheet, points: geo.Shapes, size: float, fill: str, edge: str, order: float) -> None:
    where = shapely.get_x(points), shapely.get_y(points)
    sheet.axes.plot(
        *where, "o", markersize=size, markerfacecolor=fill, markeredgecolor=edge, markeredgewidth=1.0, zorder=order
    )
