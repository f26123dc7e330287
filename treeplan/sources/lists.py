"""Opens lists of places as offices keep them: a title above the headings, headings of all kinds, coordinates in columns."""

from __future__ import annotations

import csv
import logging
import re
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from treeplan import geo
from treeplan.errors import DataError
from treeplan.schemas import row_list
from treeplan.sources.headings import find_heading, rename
from treeplan.sources.opening import is_map, open_map, read_text
from treeplan.sources.spoilt import BROKEN, first_line, require_all, require_content

log = logging.getLogger(__name__)

_ROWS_ABOVE = 20
"""Rows at the head of a list among which its headings are looked for."""
_LEAST_HEADINGS = 2
_MOST_LINES = 20
_TOTAL = re.compile(r"(grand |sub-?)?totals?\b", re.IGNORECASE)
_SYSTEMS = {("easting", "northing"): geo.BNG, ("lon", "lat"): "EPSG:4326"}
_BRITAIN_LON_LAT = (-9.5, 49.0, 3.0, 61.5)
_BRITAIN_METRES = (1_000.0, 1_000.0, 700_000.0, 1_300_000.0)  # on land: degrees among metres lie off it


def open_places(
    path: Path,
    columns: Mapping[str, tuple[str, ...]],
    optional: Mapping[str, tuple[str, ...]],
    users: Mapping[str, str],
    inside: str | None,
    crs: str | None,
    features: int | None,
    origin: str,
) -> gpd.GeoDataFrame:
    """Open a list with coordinates (CSV), or a map file, as places in EPSG:27700 under our names.

    Headings are matched loosely (`headings.rename`). Coordinates stand in the columns `easting` and `northing`, or `lon` and
    `lat`; rows without any are left out and counted aloud, and so are totals at the end.

    Raises
    ------
    DataError
        No headings or no coordinates are found, or coordinates lie off Britain.
    """
    require_content(path)
    if is_map(path):
        mapped = rename(open_map(path, inside, crs, features), columns, optional, users, origin, loosely=True)
        return mapped.drop(columns=[c for pair in _SYSTEMS for c in pair if c in mapped])
    wanted = [*({**columns, **optional} | {ours: (theirs,) for ours, theirs in users.items()}).values()]
    rows = _open_list(read_text(path, inside), wanted, path)
    table = rename(rows, columns, optional, users, origin, loosely=True)
    table = _without_totals(table, rows, path)
    require_all(path, len(table), features, inside, is_map=False)
    return _placed(table, rows, path, origin)


def _open_list(text: str, wanted: list[tuple[str, ...]], path: Path) -> pd.DataFrame:
    """The rows below the headings, numbered as in the sheet (less one, as every index here)."""
    _require_closed_quotes(text, path)
    best: tuple[int, int, list[list[str]]] = (0, 0, [])
    for separator in (",", ";", "\t"):
        sheet = list(_cells(text, separator, path))
        for at, row in enumerate(sheet[:_ROWS_ABOVE]):
            known = _count_known(row, wanted)
            if known > best[0]:
                best = (known, at, sheet)
    known, at, sheet = best
    if known < _LEAST_HEADINGS:
        first = next((r for r in _cells(text, ",", path) if any(r)), [])
        raise DataError(
            f"{path.name} has no row of headings that treeplan knows among its first {_ROWS_ABOVE} rows; the first row is: "
            + ", ".join(c for c in first if c)[:200],
            'name its headings in the study file: columns = { easting = "…", northing = "…", name = "…" }.',
        )
    head = sheet[at]
    keep = [k for k, heading in enumerate(head) if heading]
    below = {k: row for k, row in enumerate(sheet) if k > at and any(row)}
    _require_under_headings(below, len(head), path)
    cells = [[row[k] if k < len(row) else "" for k in keep] for row in below.values()]
    table = pd.DataFrame(cells, index=list(below), columns=pd.Index([head[k] for k in keep]), dtype=object)
    table = table.loc[:, ~table.columns.duplicated()]  # of two alike, the first counts
    return table.where(table != "", None)


def _cells(text: str, separator: str, path: Path) -> Iterator[list[str]]:
    """The cells of each row, spaces and broken lines in them closed up."""
    try:
        for k, row in enumerate(csv.reader(StringIO(text, newline=""), delimiter=separator)):
            if any(cell.count("\n") > _MOST_LINES for cell in row):
                raise DataError(
                    f"{path.name} has a cell of more than {_MOST_LINES} lines in row {k + 1}: a quotation mark that is not "
                    "closed has swallowed the rows below it",
                    "close or remove the quotation mark in that row; save the sheet as CSV again.",
                )
            yield [" ".join(cell.split()) for cell in row]
    except csv.Error as err:
        raise DataError(f"{path.name} is not a readable CSV ({first_line(err)})", BROKEN) from err


def _require_closed_quotes(text: str, path: Path) -> None:
    """Stop where the last quotation mark of a file is never closed: the rows after it would be one cell."""
    rows = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        for _ in rows:
            pass
    except csv.Error as err:
        if "unexpected end of data" in str(err):
            raise DataError(
                f"{path.name} has a quotation mark that is never closed",
                "close or remove it; save the sheet as CSV again.",
            ) from err


def _count_known(row: list[str], wanted: list[tuple[str, ...]]) -> int:
    """How many of the columns that are looked for a row of headings would give."""
    filled = pd.Index([cell for cell in row if cell and len(cell) < 200])
    if len(filled) < _LEAST_HEADINGS:
        return 0
    return sum(any(find_heading(w, filled, loosely=True) is not None for w in words) for words in wanted)


def _require_under_headings(rows: Mapping[int, list[str]], wide: int, path: Path) -> None:
    """Stop at rows with cells beyond the last heading: a comma in an unquoted cell has moved its neighbours."""
    beyond = [str(k + 1) for k, row in rows.items() if any(row[wide:])]
    if beyond:
        raise DataError(
            f"{path.name} has rows with more cells than headings (row {', '.join(beyond[:5])}), so columns would be taken for "
            "their neighbours",
            "look for commas in unquoted cells of these rows; save the sheet as CSV again.",
        )


def _without_totals(table: pd.DataFrame, rows: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The rows of places: sums and notes at the end of a sheet are none."""
    first = rows.bfill(axis=1).iloc[:, 0].astype(str)
    placed = table[[c for pair in _SYSTEMS for c in pair if c in table]].notna().any(axis=1)
    few = rows.notna().sum(axis=1) <= 1  # a note under the table
    idle = ~placed & (first.str.match(_TOTAL) | few)
    ends = idle[::-1].cummin()[::-1].astype(bool)
    if ends.any():
        log.info("%s: %d rows of totals or notes at the end are left out.", path.name, int(ends.sum()))
    return table[~ends]


def _placed(table: pd.DataFrame, rows: pd.DataFrame, path: Path, origin: str) -> gpd.GeoDataFrame:
    """The rows that say where they are, as points."""
    pair = next((p for p in _SYSTEMS if set(p) <= set(table.columns)), None)
    if pair is None:
        raise DataError(
            f"{origin}:\n  it has no columns of coordinates; it has: {', '.join(map(str, rows.columns))}",
            'name them in the study file: columns = { easting = "…", northing = "…" } (or lon and lat); a list without '
            "coordinates must be placed first, for example by its UPRNs or postcodes in QGIS.",
        )
    places = np.column_stack([_coordinates(table[column]) for column in pair])
    places[(places == 0).all(axis=1)] = np.nan  # nought for "unknown"
    known = np.isfinite(places).all(axis=1)
    if not known.any():
        raise DataError(
            f"{origin}:\n  none of its {len(table):,} rows has coordinates", "add them, or leave the file out."
        )
    if not known.all():
        log.warning(
            "%s: %d of %d rows have no coordinates and are left out (%s). What to do: add their easting and northing.",
            path.name,
            int((~known).sum()),
            len(table),
            row_list(table.index[~known]),
        )
    table, places = table[known], places[known]
    system = _SYSTEMS[pair]
    if system == geo.BNG and _within(places, _BRITAIN_LON_LAT).all():
        log.info("%s: its coordinates are degrees, not metres, and are read so.", path.name)
        system = "EPSG:4326"
    _require_in_britain(table, places, pair, _BRITAIN_METRES if system == geo.BNG else _BRITAIN_LON_LAT, path)
    points = gpd.GeoSeries(gpd.points_from_xy(*places.T), index=table.index, crs=system).to_crs(geo.BNG)
    drop = [c for p in _SYSTEMS for c in p if c in table]
    return gpd.GeoDataFrame(table.drop(columns=drop), geometry=points.to_numpy(), crs=geo.BNG)


def _coordinates(cells: pd.Series) -> npt.NDArray[np.float64]:
    """Cells as numbers, whatever separates their thousands; NaN where there is none."""
    plain = cells.astype("string").str.replace(r"[,\s£]", "", regex=True)
    return pd.to_numeric(plain, errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def _within(places: npt.NDArray[np.float64], box: tuple[float, float, float, float]) -> npt.NDArray[np.bool_]:
    west, south, east, north = box
    across, up = places.T
    return (across >= west) & (across <= east) & (up >= south) & (up <= north)


def _require_in_britain(
    table: pd.DataFrame,
    places: npt.NDArray[np.float64],
    pair: tuple[str, str],
    box: tuple[float, float, float, float],
    path: Path,
) -> None:
    off = ~_within(places, box)
    if off.any():
        example = ", ".join(f"{value:g}" for value in places[off][0])
        raise DataError(
            f"{path.name}: {int(off.sum())} of {len(table)} rows lie off Britain by their {' and '.join(pair)}, e.g. {example} "
            f"({row_list(table.index[off])})",
            f"correct these cells; if the two columns are changed over, name them in the study file: "
            f'columns = {{ {pair[0]} = "…", {pair[1]} = "…" }}.',
        )
