"""Opens publishers' files, whatever their format: rows, maps in EPSG:27700. Knows formats, not publishers."""

from __future__ import annotations

import logging
import warnings
import zipfile
import zlib
from io import StringIO
from pathlib import Path, PurePosixPath

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from treeplan import geo
from treeplan.errors import DataError
from treeplan.sources.mending import mend, shaped
from treeplan.sources.spoilt import (
    BROKEN,
    first_line,
    require_all,
    require_content,
    require_no_workbook,
    require_whole_gml,
    require_whole_shapefile,
    zip_members,
)

log = logging.getLogger(__name__)

_MAPS = {".gpkg", ".geojson", ".json", ".shp", ".gml", ".kml", ".fgb"}
_PARQUET = {".parquet", ".geoparquet"}
_IDLE_REMARKS = {
    "GFS file saving asked, but failed",  # meant so: reading changes no folder
    "invalid value encountered in from_wkb",  # told again, and counted, where shapes are mended
}
_NONE = "download it again for an area that has some, or leave it out."
_ROWS = "use the map file of the same name (GeoPackage, Shapefile)."
_UNDRAWN = "open it in QGIS, run 'Fix geometries' and save it again."


def open_table(path: Path, inside: str | None = None, features: int | None = None) -> pd.DataFrame:
    """Open a CSV, Excel, Parquet or map file (or zipped) as rows of text and numbers, headings as published."""
    require_content(path)
    require_no_workbook(path)
    table = _read_table(path, inside)
    require_all(path, len(table), features, inside, is_map=False)
    return table


def _read_table(path: Path, inside: str | None) -> pd.DataFrame:
    kind = path.suffix.lower()
    if kind in _PARQUET:
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError) as err:
            raise DataError(f"{path.name} is not a readable Parquet file ({first_line(err)})", BROKEN) from err
    if kind == ".xlsx":
        return _read_workbook(path, inside)
    if is_map(path):
        return pd.DataFrame(_read_map(path, inside, shapes=False))
    return _parse_csv(read_text(path, inside), path)


def _read_workbook(path: Path, inside: str | None) -> pd.DataFrame:
    """The rows of one sheet as text; its first row holds the headings."""
    try:
        sheets = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
        if (inside is None and len(sheets) > 1) or (inside is not None and inside not in sheets):
            raise DataError(
                f"{path.name} holds the sheets {', '.join(sheets)}" + (f", and no '{inside}'" if inside else ""),
                'say which in the study file: inside = "sheet name".',
            )
        sheet = inside or sheets[0]
        table = pyogrio.read_dataframe(path, layer=sheet, read_geometry=False, HEADERS="FORCE", FIELD_TYPES="STRING")
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, IndexError) as err:
        raise DataError(
            f"{path.name} is not a readable Excel workbook ({first_line(err)})",
            "open it, keep the headings in the first row of the sheet, and save it as CSV (comma separated, UTF-8).",
        ) from err
    return pd.DataFrame(table).dropna(how="all")


def is_map(path: Path) -> bool:
    """Whether a file, or what is in a zip, is a map rather than rows of text."""
    kind = path.suffix.lower()
    return kind in _MAPS | _PARQUET or (kind == ".zip" and not zip_members(path, {".csv"}))


def read_text(path: Path, inside: str | None = None) -> str:
    """The text of a CSV file, which may be zipped, in whichever of the two usual encodings."""
    raw = _csv_bytes(path, inside)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
        log.warning(
            "%s is not UTF-8 and was read as Windows-1252. What to do: if names look wrong on the map, save it as UTF-8.",
            path.name,
        )
    if "\x00" in text:
        raise DataError(f"{path.name} is not a text file", "save it as CSV (comma separated, UTF-8).")
    return text


def _csv_bytes(path: Path, inside: str | None) -> bytes:
    if path.suffix.lower() != ".zip":
        return path.read_bytes()
    members = zip_members(path, {".csv"})
    wanted = [m for m in members if inside is None or PurePosixPath(m).name == inside]
    if len(wanted) != 1:
        raise DataError(
            f"{path.name} holds {len(wanted)} matching CSV files ({', '.join(members)}), one is wanted",
            'unzip it and point the study at the one file, or name it: inside = "file.csv".',
        )
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(wanted[0])
    except RuntimeError as err:  # a password, or a way of packing that Python does not know
        raise DataError(
            f"{path.name} cannot be unpacked ({first_line(err)})", "unzip it and point the study at the file inside."
        ) from err
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as err:
        raise DataError(f"{path.name} is not a whole zip file ({first_line(err)})", BROKEN) from err


def _parse_csv(text: str, path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(StringIO(text), dtype=str, keep_default_na=False, na_values=[""])
    except (pd.errors.EmptyDataError, pd.errors.ParserError) as err:
        raise DataError(f"{path.name} is not a readable CSV ({first_line(err)})", BROKEN) from err
    _require_commas(table, path)
    if not isinstance(table.index, pd.RangeIndex):
        raise DataError(
            f"{path.name} has more cells in its rows than headings, so columns would be taken for their neighbours",
            "look for commas in unquoted cells or at the ends of rows; save the sheet as CSV again.",
        )
    # Spreadsheets leave rows of bare commas behind.
    return table.dropna(how="all")


def _require_commas(table: pd.DataFrame, path: Path) -> None:
    """Stop where the cells of a row hang together, because something else than commas parts them."""
    heading = str(table.columns[0])
    for mark, name in (("\t", "tabs"), ("|", "bars"), (";", "semicolons")):
        if len(table.columns) <= heading.count(mark):
            raise DataError(
                f"{path.name} is separated by {name}, not by commas", "save it as CSV with commas between the cells."
            )


def open_map(
    path: Path,
    inside: str | None = None,
    crs: str | None = None,
    features: int | None = None,
    shape: str = "any",
    whole: bool = False,
) -> gpd.GeoDataFrame:
    """Open a map file in EPSG:27700 with valid, flat geometry.

    Parameters
    ----------
    path : Path
        GeoPackage, GeoParquet, GeoJSON, Esri JSON, GML, Shapefile (or zipped).
    inside : str, optional
        The layer wanted in a file that holds several.
    crs : str, optional
        What to take the coordinates for where the file does not say.
    features : int, optional
        How many features the publisher states.
    shape : {"areas", "lines", "points", "any"}
        What the layer needs; features of another kind are left out.
    whole : bool, optional
        True for boundaries, which must not lose a place: one of another kind of shape is an error, and one without a shape
        stays as a row whose geometry is None.

    Raises
    ------
    DataError
        No coordinate reference system, degrees called metres, outside Britain, no features, cut off at a page of a service,
        or an unreadable file.
    """
    require_content(path)
    table = _read_map(path, inside)
    if table.empty:
        raise DataError(f"{path.name} holds no features", _NONE)
    require_all(path, len(table), features, inside)
    given = _with_crs(table, path, crs).reset_index(drop=True)
    table = mend(_to_bng(shaped(given, path), path), path, shape, strict=whole)
    if whole and len(table) < len(given):
        rest = given.drop(index=table.index)
        bare = rest.set_geometry([None] * len(rest)).set_crs(geo.BNG, allow_override=True)
        table = gpd.GeoDataFrame(pd.concat([table, bare]).sort_index(), crs=geo.BNG)
    return table.reset_index(drop=True)


def _read_map(path: Path, inside: str | None, shapes: bool = True) -> gpd.GeoDataFrame:
    """Rows of a map file as published, with or without their shapes."""
    try:
        if path.suffix.lower() in _PARQUET:
            table = gpd.read_parquet(path)
            return table.reset_index([n for n in table.index.names if n is not None and n not in table])
        with warnings.catch_warnings(record=True) as remarks:
            warnings.simplefilter("always")
            table = _read_layer(*_address(path, inside), path, shapes)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError, ValueError) as err:
        # What the database inside a GeoPackage says of a damaged page is a query, which helps nobody.
        said = first_line(err)
        why = "it is cut off or damaged" if "sql" in said.casefold() or "SELECT " in said else said
        raise DataError(f"{path.name} is not a readable map file ({why})", BROKEN) from err
    except shapely.errors.GEOSException as err:
        raise DataError(f"{path.name} holds a shape that cannot be drawn ({first_line(err)})", _UNDRAWN) from err
    for remark in sorted({first_line(r.message) for r in remarks if isinstance(r.message, Warning)} - _IDLE_REMARKS):
        log.warning("%s: GDAL remarks: %s", path.name, remark)
    return table


def _read_layer(address: str, inside: str | None, path: Path, shapes: bool) -> gpd.GeoDataFrame:
    """The one layer of a map file, or the one that is wanted."""
    known = pyogrio.list_layers(address)
    layers = [str(name) for name, kind in known if kind is not None or not shapes]
    if not layers and len(known):
        raise DataError(f"{path.name} has no shapes, only rows", _ROWS)
    if not layers:
        raise DataError(f"{path.name} holds no features", _NONE)
    if inside is None and len(layers) > 1:
        raise DataError(
            f"{path.name} holds several layers: {', '.join(layers)}",
            'say which in the study file: inside = "layer name".',
        )
    if inside is not None and inside not in layers:
        inside = _only(layers, inside, path)
    return pyogrio.read_dataframe(address, layer=inside, read_geometry=shapes)


def _address(path: Path, inside: str | None) -> tuple[str, str | None]:
    """Where GDAL finds a map, which may be zipped, and the layer wanted there."""
    if path.suffix.lower() == ".shp":
        require_whole_shapefile(path)
    if path.suffix.lower() == ".gml":
        require_whole_gml(path)
        return f"/vsisubfile/0,{path}", inside  # read where it stands, GDAL would leave a .gfs file beside it
    if path.suffix.lower() != ".zip":
        return str(path), inside
    members = zip_members(path, _MAPS)
    named = [m for m in members if inside in (PurePosixPath(m).name, PurePosixPath(m).stem)]
    if len(named or members) != 1:
        raise DataError(
            f"{path.name} holds {len(members)} map files ({', '.join(members) or 'none'}), one is wanted",
            'unzip it and point the study at the one file, or name it: inside = "file.shp".',
        )
    return f"/vsizip/{path}/{(named or members)[0]}", None if named else inside


def _only(layers: list[str], inside: str, path: Path) -> str:
    """The one layer of a file, whatever its name; several without the wanted one cannot be guessed."""
    if len(layers) == 1:
        return layers[0]
    raise DataError(
        f"{path.name} has no layer '{inside}'; it has {', '.join(layers) or 'none'}",
        'say which in the study file: inside = "layer name".',
    )


def _with_crs(table: gpd.GeoDataFrame, path: Path, crs: str | None) -> gpd.GeoDataFrame:
    if not isinstance(table, gpd.GeoDataFrame):
        raise DataError(f"{path.name} has no shapes, only rows", _ROWS)
    if crs is not None:
        try:
            return table.set_crs(CRS.from_user_input(crs), allow_override=True)
        except CRSError as err:
            raise DataError(
                f"'{crs}' is no coordinate reference system (for {path.name})", 'write for example crs = "EPSG:27700".'
            ) from err
    if table.crs is None:
        raise DataError(
            f"{path.name} does not say its coordinate reference system",
            'find out which it is and write it into the study file, for example crs = "EPSG:27700".',
        )
    return table


def _to_bng(table: gpd.GeoDataFrame, path: Path) -> gpd.GeoDataFrame:
    west, south, east, north = (float(v) for v in table.total_bounds)
    looks_like_degrees = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    said = table.crs.to_string()
    if table.crs.is_projected and looks_like_degrees:
        raise DataError(
            f"{path.name} says it is in metres ({said}), but its coordinates look like degrees "
            f"({west:.3f}, {south:.3f} to {east:.3f}, {north:.3f})",
            'write the true system into the study file, most likely crs = "EPSG:4326".',
        )
    if table.crs.is_geographic and not looks_like_degrees:
        raise DataError(
            f"{path.name} says it is in degrees ({said}), but its coordinates look like metres "
            f"({west:.0f}, {south:.0f} to {east:.0f}, {north:.0f})",
            'write the true system into the study file, most likely crs = "EPSG:27700".',
        )
    if not geo.is_bng(table.crs):
        log.info("%s: converted from %s to British National Grid", path.name, said)
        table = table.to_crs(geo.BNG)
    else:
        table = table.set_crs(geo.BNG, allow_override=True)
    _require_britain(table, path, said)
    return table


def _require_britain(table: gpd.GeoDataFrame, path: Path, said: str) -> None:
    bounds = np.asarray(table.total_bounds, dtype=float)
    west, south, east, north = geo.BRITAIN
    if not (
        np.isfinite(bounds).all()
        and bounds[0] >= west
        and bounds[1] >= south
        and bounds[2] <= east
        and bounds[3] <= north
    ):
        raise DataError(
            f"{path.name} does not lie in Britain when read as {said} (it spans {', '.join(f'{b:.0f}' for b in bounds)} in "
            "British National Grid)",
            "its coordinate reference system is probably wrong: find out which it is and write it into the study file "
            '(crs = "EPSG:…").',
        )


def check_osm(path: Path) -> Path:
    """The path, when it looks like an OpenStreetMap extract."""
    require_content(path)
    if not path.name.endswith((".pbf", ".osm", ".osm.gz", ".osm.bz2")):
        raise DataError(
            f"{path.name} is no OpenStreetMap extract",
            "use an .osm.pbf, .osm, .osm.gz or .osm.bz2 file; a query of osmnx goes under [sources.openstreetmap_query].",
        )
    return path
