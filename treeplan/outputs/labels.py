"""What is written on a map sheet: names where they fit, numbers that keep off one another, scale, north and grid figures."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from matplotlib import font_manager, patheffects
from matplotlib.patches import Polygon, Rectangle

from treeplan import geo
from treeplan.outputs.sheet import FONTS, INK, QUIET, Sheet, printable, shortened
from treeplan.plan import Plan

_STEPS_M = (50, 100, 200, 250, 500, 1_000, 2_000, 5_000, 10_000)


def spread_out(
    anchors: npt.NDArray[np.float64], radius: float, frame: tuple[float, float, float, float]
) -> npt.NDArray[np.float64]:
    """Centres of discs near their anchors that overlap as little as can be; no randomness."""
    spots = anchors + np.array([[0.01 * i, 0.017 * i] for i in range(len(anchors))]).reshape(-1, 2)
    for _ in range(80):
        gap = spots[:, None, :] - spots[None, :, :]
        distance = np.hypot(gap[..., 0], gap[..., 1])
        np.fill_diagonal(distance, np.inf)
        push = np.clip(2.15 * radius - distance, 0, None)
        if not push.any():
            break
        spots = spots + (gap / np.maximum(distance, 1e-6)[..., None] * push[..., None] / 2).sum(axis=1)
        low, high = np.array(frame[:2]) + 1.6 * radius, np.array(frame[2:]) - 1.6 * radius
        spots = np.clip(spots, low, high)
    return spots


def write(
    sheet: Sheet,
    x: float,
    y: float,
    text: str,
    size: float,
    colour: str,
    *,
    bold: bool = False,
    angle: float = 0.0,
    order: float = 10,
    halo: bool = True,
    align: str = "center",
) -> None:
    """Write a text at a point, whatever else stands there."""
    font = font_manager.FontProperties(
        fname=str(FONTS / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")), size=size
    )
    around = [patheffects.withStroke(linewidth=1.8, foreground="white")] if halo else []
    sheet.axes.text(
        x,
        y,
        text,
        fontproperties=font,
        color=colour,
        rotation=angle,
        rotation_mode="anchor",
        ha=align,
        va="center_baseline",
        zorder=order,
        path_effects=around,
        parse_math=False,
        clip_on=True,
    )


def _text_mm(text: str, size: float) -> tuple[float, float]:
    """About how wide and high a label is on paper, mm."""
    return 0.6 * size * len(text) * 25.4 / 72, 1.2 * size * 25.4 / 72


def label(
    sheet: Sheet, x: float, y: float, text: str, size: float, colour: str, *, bold: bool = False, angle: float = 0.0
) -> bool:
    """Write a name where nothing else stands; leave it out otherwise."""
    wide, high = (v * sheet.m_per_mm for v in _text_mm(text, size))
    turn = math.radians(angle)
    half_e = (abs(wide * math.cos(turn)) + abs(high * math.sin(turn))) / 2
    half_n = (abs(wide * math.sin(turn)) + abs(high * math.cos(turn))) / 2
    if not sheet.free((x - half_e, y - half_n, x + half_e, y + half_n)):
        return False
    write(sheet, x, y, text, size, colour, bold=bold, angle=angle)
    return True


# ---------------------------------------------------------------- names


def street_names(plan: Plan, sheet: Sheet, most: int = 40) -> None:
    """Each street's name once, along its longest piece, where it fits."""
    if "roads" not in plan.layers or "name" not in plan.layers["roads"]:
        return
    roads = sheet.near(plan.layers["roads"])
    roads = roads[roads["name"].notna()]
    pieces = shapely.clip_by_rect(roads.geometry.to_numpy(), *sheet.frame)
    table = pd.DataFrame(
        {"name": [printable(n) for n in roads["name"]], "piece": pieces, "length": shapely.length(pieces)}
    )
    table = table.sort_values(["length", "name"], ascending=[False, True]).drop_duplicates("name")
    written = 0
    for name, piece, length in table.itertuples(index=False):
        if written >= most or not name:
            break
        if length < _text_mm(name, 5.5)[0] * sheet.m_per_mm:
            continue
        line = max(shapely.get_parts(piece), key=lambda part: part.length)
        a, b = (line.interpolate(share, normalized=True) for share in (0.4, 0.6))
        angle = (math.degrees(math.atan2(b.y - a.y, b.x - a.x)) + 90) % 180 - 90
        written += label(sheet, (a.x + b.x) / 2, (a.y + b.y) / 2, name, 5.5, QUIET, angle=angle)


def point_names(plan: Plan, sheet: Sheet) -> None:
    """The names of places, each at its point, where it fits."""
    if "place_names" not in plan.layers:
        return
    near = sheet.near(plan.layers["place_names"])
    points = geo.inside_points(near.geometry.to_numpy())
    for name, point in sorted(
        zip(near["name"].fillna("").astype(str), points, strict=True), key=lambda row: (row[0], row[1].x)
    ):
        label(sheet, point.x, point.y, shortened(printable(name), 30), 7.5, INK, bold=True)


def ward_names(plan: Plan, sheet: Sheet) -> None:
    """The names of wards, or on a wide sheet of districts, inside what the sheet shows of them."""
    zones = sheet.near(plan.neighbourhoods)
    wide = sheet.m_per_mm > 150
    names = zones["district_name"] if wide else zones["ward_name"].fillna(zones["district_name"])
    for name, rows in zones.groupby(names):
        cut = shapely.clip_by_rect(shapely.union_all(rows.geometry.to_numpy()), *sheet.frame)
        point = shapely.point_on_surface(cut)
        if not point.is_empty:
            label(sheet, point.x, point.y, shortened(printable(str(name)), 30), 7, INK, bold=True)


# ---------------------------------------------------------------- scale, north and grid


def frame_marks(sheet: Sheet) -> None:
    """Ticks each kilometre with the grid's figures, so that a place can be named without the picture."""
    scale_and_north(sheet)
    west, south, east, north = sheet.frame
    step = 1_000.0 if sheet.m_per_mm < 120 else 5_000.0
    tick = 2.2 * sheet.m_per_mm
    for x in np.arange(math.ceil(west / step) * step, east, step):
        for end, inward in ((south, 1), (north, -1)):
            sheet.axes.plot([x, x], [end, end + inward * tick], color=INK, linewidth=0.6, zorder=9)
        label(sheet, x, south + 3.8 * sheet.m_per_mm, f"{x / 1000:.0f}", 5.5, INK)
    for y in np.arange(math.ceil(south / step) * step, north, step):
        for end, inward in ((west, 1), (east, -1)):
            sheet.axes.plot([end, end + inward * tick], [y, y], color=INK, linewidth=0.6, zorder=9)
        label(sheet, west + 5 * sheet.m_per_mm, y, f"{y / 1000:.0f}", 5.5, INK)
    sheet.axes.add_artist(
        Rectangle((west, south), east - west, north - south, facecolor="none", edgecolor=INK, linewidth=1.2, zorder=12)
    )


def scale_and_north(sheet: Sheet) -> None:
    """A scale bar of a round length, and an arrow to grid north."""
    _, south, east, north = sheet.frame
    mm = sheet.m_per_mm
    length = max((s for s in _STEPS_M if s <= 45 * mm), default=_STEPS_M[0])
    right, low = east - 6 * mm, south + 8 * mm
    left = right - length
    box = (left - 4 * mm, low - 4 * mm, right + 5 * mm, low + 7 * mm)
    sheet.taken.append(box)
    sheet.axes.add_artist(
        Rectangle(box[:2], box[2] - box[0], box[3] - box[1], facecolor="white", alpha=0.85, edgecolor="none", zorder=10)
    )
    for i, fill in enumerate((INK, "white")):
        sheet.axes.add_artist(
            Rectangle(
                (left + i * length / 2, low - 0.6 * mm),
                length / 2,
                1.2 * mm,
                facecolor=fill,
                edgecolor=INK,
                linewidth=0.5,
                zorder=11,
            )
        )
    text = f"{length} m" if length < 1000 else f"{length // 1000} km"
    write(sheet, (left + right) / 2, low + 3.4 * mm, text, 6.5, INK, order=11)
    x, y = east - 8 * mm, north - 13 * mm
    arrow = [(x, y + 8 * mm), (x - 2.2 * mm, y), (x, y + 1.8 * mm), (x + 2.2 * mm, y)]
    sheet.axes.add_artist(Polygon(arrow, closed=True, facecolor=INK, edgecolor="white", linewidth=0.8, zorder=11))
    write(sheet, x, y - 2.4 * mm, "N", 7, INK, bold=True, order=11)
    sheet.taken.append((x - 4 * mm, y - 5 * mm, x + 4 * mm, y + 9 * mm))
