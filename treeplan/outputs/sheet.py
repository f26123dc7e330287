"""A sheet to draw a map on: its frame and scale, shapes laid on it, the signs its font has, and its SVG."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import geopandas as gpd
import matplotlib
import numpy as np
import numpy.typing as npt
import shapely
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline

INK, QUIET = "#1d2b36", "#6b7680"
"""What is written: in full, and in the background."""

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
"""DejaVu Sans as matplotlib ships it, so that machines agree whatever fonts they have."""

_MM = 1 / 25.4

# ---------------------------------------------------------------- text


@cache
def _drawable() -> frozenset[int]:
    return frozenset(font_manager.get_font(str(FONTS / "DejaVuSans.ttf")).get_charmap())


def printable(text: str) -> str:
    """Text with only what the packs' font can show: other signs become □, line breaks and tabs a blank, the rest goes."""
    kept = []
    for sign in unicodedata.normalize("NFC", str(text)):
        kind = unicodedata.category(sign)
        if kind in ("Zs", "Zl", "Zp") or sign in "\n\r\t":
            kept.append(" ")
        elif kind[0] == "C" or kind in ("Me",) or 0xFE00 <= ord(sign) <= 0xFE0F:
            continue
        else:
            kept.append(sign if ord(sign) in _drawable() else "□")
    return " ".join("".join(kept).split())


def shortened(text: str, most: int) -> str:
    """Text of at most so many signs, cut at a word with an ellipsis."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    blank = cut.rfind(" ")
    return (cut[:blank] if blank > most // 3 else cut).rstrip(" ,.;:") + "…"


# ---------------------------------------------------------------- the sheet


@dataclass
class Sheet:
    """A map sheet: a figure, the box of ground it shows, and where its labels already stand.

    Attributes
    ----------
    axes : Axes
        In metres of the National Grid.
    frame : tuple of float
        West, south, east, north, metres.
    m_per_mm : float
        Metres on the ground for a millimetre on paper.
    """

    figure: Figure
    axes: Axes
    frame: tuple[float, float, float, float]
    m_per_mm: float
    taken: list[tuple[float, float, float, float]] = field(default_factory=list)

    def near(self, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """The features that meet the frame."""
        return table[shapely.intersects(shapely.box(*self.frame), table.geometry.to_numpy())]

    def clipped(self, shapes: npt.NDArray[np.object_], coarse_mm: float = 0.12) -> npt.NDArray[np.object_]:
        """Shapes cut to the frame (and a little more) and thinned to what print can show."""
        west, south, east, north = self.frame
        edge = 2 * self.m_per_mm
        cut = shapely.clip_by_rect(shapes, west - edge, south - edge, east + edge, north + edge)
        thin = shapely.simplify(cut, coarse_mm * self.m_per_mm)
        return thin[~shapely.is_empty(thin)]

    def free(self, box: tuple[float, float, float, float], reserve: bool = True) -> bool:
        """Whether nothing is written in a box yet; reserves it when so."""
        west, south, east, north = self.frame
        if box[0] < west or box[1] < south or box[2] > east or box[3] > north:
            return False
        if any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in self.taken):
            return False
        if reserve:
            self.taken.append(box)
        return True


def open_sheet(bounds: tuple[float, float, float, float], width_mm: float, height_mm: float, air: float) -> Sheet:
    """A sheet whose frame holds the bounds in the middle, with `air` times their size around them."""
    west, south, east, north = bounds
    wide, high = max(east - west, 200.0) * (1 + 2 * air), max(north - south, 200.0) * (1 + 2 * air)
    m_per_mm = max(wide / width_mm, high / height_mm)
    middle_e, middle_n = (west + east) / 2, (south + north) / 2
    half_e, half_n = width_mm * m_per_mm / 2, height_mm * m_per_mm / 2
    frame = (middle_e - half_e, middle_n - half_n, middle_e + half_e, middle_n + half_n)
    figure = Figure(figsize=(width_mm * _MM, height_mm * _MM))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(frame[0], frame[2])
    axes.set_ylim(frame[1], frame[3])
    axes.set_axis_off()
    return Sheet(figure, axes, frame, m_per_mm)


def to_svg(sheet: Sheet) -> str:
    """The finished sheet as SVG."""
    return svg_of(sheet.figure)


def svg_of(figure: Figure) -> str:
    """A figure as SVG, with nothing in it that changes from run to run."""
    out = StringIO()
    settings: dict[Any, Any] = {"svg.hashsalt": "treeplan", "svg.fonttype": "path", "path.simplify": False}
    empty = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with matplotlib.rc_context(settings):
        FigureCanvasSVG(figure).print_svg(out, metadata=empty)
    return out.getvalue()


def outline(shapes: Iterable[shapely.Geometry]) -> Outline | None:
    """All rings or lines of some shapes as one path; holes run the other way round, so that they stay holes."""
    parts = shapely.get_parts(shapely.get_parts(shapely.normalize(np.array(list(shapes), dtype=object))))
    kinds = shapely.get_type_id(parts)
    lines = np.concatenate([shapely.get_rings(parts[kinds == 3]), parts[(kinds == 1) | (kinds == 2)]])
    if not len(lines):
        return None
    points, which = shapely.get_coordinates(lines, return_index=True)
    codes = np.full(len(points), Outline.LINETO, dtype=np.uint8)
    codes[np.r_[True, which[1:] != which[:-1]]] = Outline.MOVETO
    return Outline(points, codes)


def lay(
    sheet: Sheet,
    shapes: npt.NDArray[np.object_],
    order: float,
    fill: str = "none",
    edge: str = "none",
    width: float = 0.0,
    dash: str = "-",
    hatch: str | None = None,
) -> None:
    """Draw shapes of one look as one path."""
    path = outline(sheet.clipped(shapes))
    if path is not None:
        sheet.axes.add_artist(
            PathPatch(
                path,
                facecolor=fill,
                edgecolor=edge,
                linewidth=width,
                linestyle=dash,
                hatch=hatch,
                zorder=order,
                capstyle="round",
                joinstyle="round",
            )
        )
