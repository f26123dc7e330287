"""Opens publishers' files, whatever their format: rows, maps in EPSG:27700, rasters. Knows formats, not publishers."""

from __future__ import annotations

import fnmatch
import logging
import math
import struct
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from io import StringIO
from pathlib import Path, PurePosixPath

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError
from rasterio.errors import NotGeoreferencedWarning

from treeplan import geo
from treeplan.errors import DataError

log = logging.getLogger(__name__)

_MAPS = {".gpkg", ".geojson", ".json", ".shp", ".gml", ".kml", ".fgb"}
_PARQUET = {".parquet", ".geoparquet"}
_BROKEN = "download it again; if it came by e-mail or USB stick, copy it again."


def _require_content(path: Path) -> None:
    """Stop at a file that is missing or empty, or at a web page saved under a data file's name."""
    if not path.exists():
        raise DataError(f"{path} does not exist", "put the file there, or correct the path in the study file.")
    if path.is_dir():
        if path.suffix.lower() != ".gdb":
            raise DataError(f"{path} is a folder", "point the study at the one file in it that is wanted.")
        return
    with path.open("rb") as file:
        beginning = file.read(512)
    if not beginning.strip():
        raise DataError(f"{path.name} is empty", _BROKEN)
    if beginning.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise DataError(
            f"{path.name} is a web page, not data",
            "the address gave a page, perhaps an error message: open the file in a browser to read it, then download again.",
        )


def open_table(path: Path, inside: str | None = None) -> pd.DataFrame:
    """Open a CSV, Parquet or map file (or zipped) as rows of text and numbers, headings as published."""
    _require_content(path)
    kind = path.suffix.lower()
    if kind in _PARQUET:
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError) as err:
            raise DataError(f"{path.name} is not a readable Parquet file ({_first_line(err)})", _BROKEN) from err
    if kind in _MAPS or (kind == ".zip" and not _members(path, {".csv"})):
        return pd.DataFrame(_read_map(path, inside, shapes=False))
    return _parse_csv(_csv_bytes(path, inside), path)


def _members(path: Path, kinds: set[str]) -> list[str]:
    """Names of a zip's files of some kinds."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [m for m in archive.namelist() if PurePosixPath(m).suffix.lower() in kinds]
    except (zipfile.BadZipFile, EOFError, OSError) as err:
        raise DataError(f"{path.name} is not a whole zip file ({_first_line(err)})", _BROKEN) from err


def _csv_bytes(path: Path, inside: str | None) -> bytes:
    if path.suffix.lower() != ".zip":
        return path.read_bytes()
    members = _members(path, {".csv"})
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
            f"{path.name} cannot be unpacked ({_first_line(err)})", "unzip it and point the study at the file inside."
        ) from err
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as err:
        raise DataError(f"{path.name} is not a whole zip file ({_first_line(err)})", _BROKEN) from err


def _parse_csv(raw: bytes, path: Path) -> pd.DataFrame:
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
    try:
        table = pd.read_csv(StringIO(text), dtype=str, keep_default_na=False, na_values=[""])
    except (pd.errors.EmptyDataError, pd.errors.ParserError) as err:
        raise DataError(f"{path.name} is not a readable CSV ({_first_line(err)})", _BROKEN) from err
    if not isinstance(table.index, pd.RangeIndex):
        raise DataError(
            f"{path.name} has more cells in its rows than headings, so columns would be taken for their neighbours",
            "look for commas in unquoted cells or at the ends of rows; save the sheet as CSV again.",
        )
    # Spreadsheets leave rows of bare commas behind.
    return table.dropna(how="all")


def open_map(path: Path, inside: str | None = None, crs: str | None = None) -> gpd.GeoDataFrame:
    """Open a map file in EPSG:27700 with valid, flat geometry.

    Parameters
    ----------
    path : Path
        GeoPackage, GeoParquet, GeoJSON, Shapefile (or zipped).
    inside : str, optional
        The layer wanted in a file that holds several.
    crs : str, optional
        What to take the coordinates for where the file does not say.

    Raises
    ------
    DataError
        No coordinate reference system, degrees called metres, outside Britain, no features, or an unreadable file.
    """
    _require_content(path)
    table = _read_map(path, inside)
    if table.empty:
        raise DataError(
            f"{path.name} holds no features", "download it again for an area that has some, or leave it out."
        )
    table = _to_bng(_shaped(_with_crs(table, path, crs), path), path)
    return _valid(table, path).reset_index(drop=True)


def _read_map(path: Path, inside: str | None, shapes: bool = True) -> gpd.GeoDataFrame:
    """Rows of a map file as published, with or without their shapes."""
    try:
        if path.suffix.lower() in _PARQUET:
            table = gpd.read_parquet(path)
            return table.reset_index([n for n in table.index.names if n is not None and n not in table])
        address, inside = _address(path, inside)
        layers = [str(name) for name, kind in pyogrio.list_layers(address) if kind is not None or not shapes]
        if inside is None and len(layers) > 1:
            raise DataError(
                f"{path.name} holds several layers: {', '.join(layers)}",
                'say which in the study file: inside = "layer name".',
            )
        if inside is not None and inside not in layers:
            inside = _only(layers, inside, path)
        with warnings.catch_warnings(record=True) as remarks:
            warnings.simplefilter("always")
            table = pyogrio.read_dataframe(address, layer=inside, read_geometry=shapes)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError, ValueError) as err:
        raise DataError(f"{path.name} is not a readable map file ({_first_line(err)})", _BROKEN) from err
    for remark in sorted({_first_line(r.message) for r in remarks if isinstance(r.message, Warning)}):
        log.warning("%s: GDAL remarks: %s", path.name, remark)
    return table


def _address(path: Path, inside: str | None) -> tuple[str, str | None]:
    """Where GDAL finds a map, which may be zipped, and the layer wanted there."""
    if path.suffix.lower() == ".shp":
        _require_whole_shapefile(path)
    if path.suffix.lower() != ".zip":
        return str(path), inside
    members = _members(path, _MAPS)
    named = [m for m in members if inside in (PurePosixPath(m).name, PurePosixPath(m).stem)]
    if len(named or members) != 1:
        raise DataError(
            f"{path.name} holds {len(members)} map files ({', '.join(members) or 'none'}), one is wanted",
            'unzip it and point the study at the one file, or name it: inside = "file.shp".',
        )
    return f"/vsizip/{path}/{(named or members)[0]}", None if named else inside


def _require_whole_shapefile(path: Path) -> None:
    """GDAL reads the features that a cut-off .shp lacks as features without a shape; its head says how long it should be."""
    with path.open("rb") as file:
        head = file.read(28)
    if len(head) < 28 or path.stat().st_size < 2 * struct.unpack(">i", head[24:28])[0]:
        raise DataError(f"{path.name} is cut off: it is shorter than it says it is", _BROKEN)


def _shaped(table: gpd.GeoDataFrame, path: Path) -> gpd.GeoDataFrame:
    """The features that have a shape; those without are counted aloud."""
    shaped = table[~(table.geometry.isna() | table.geometry.is_empty)]
    if shaped.empty:
        raise DataError(f"{path.name} holds only features without a shape", _BROKEN)
    if len(shaped) < len(table):
        log.warning(
            "%s: %d of %d features have no shape and are left out.", path.name, len(table) - len(shaped), len(table)
        )
    return shaped


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
        raise DataError(
            f"{path.name} has no shapes, only rows", "use the map file of the same name (GeoPackage, Shapefile)."
        )
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


def _valid(table: gpd.GeoDataFrame, path: Path) -> gpd.GeoDataFrame:
    """Flat, valid geometry; areas keep only their areal parts."""
    shapes = shapely.force_2d(table.geometry.to_numpy())
    broken = ~shapely.is_valid(shapes)
    if broken.any():
        log.warning(
            "%s: %d shapes crossed themselves and were mended; areas may differ a little.", path.name, int(broken.sum())
        )
        areal = np.isin(shapely.get_type_id(shapes), (3, 6))
        shapes[broken] = shapely.make_valid(shapes[broken])
        for i in np.flatnonzero(broken & areal):
            shapes[i] = geo.areal_part(shapes[i])
    return _shaped(table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=table.crs)), path)


def open_raster(path: Path, nodata: float | None = None) -> geo.Raster:
    """A handle on a GeoTIFF; nothing is read yet. Hillshades are refused."""
    _require_content(path)
    if "VOM_HS" in path.name.upper():
        raise DataError(
            f"{path.name} is a hillshade picture, not heights", "use the VOM tiles without 'HS' in their names instead."
        )
    with warnings.catch_warnings():
        # A picture without any position warns on opening; `geo.open_raster` refuses it with a remedy.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        raster = geo.open_raster(path, nodata)
    _require_whole_raster(path)
    return raster


def _require_whole_raster(path: Path) -> None:
    """Stop at a GeoTIFF that ends before its last block: it opens, and breaks only when that corner is read."""
    size = path.stat().st_size
    with rasterio.open(path) as file:
        high, wide = file.block_shapes[0]
        for row in range(math.ceil(file.height / high)):
            for column in range(math.ceil(file.width / wide)):
                begins, length = (
                    int(file.get_tag_item(f"BLOCK_{what}_{column}_{row}", "TIFF", bidx=1) or 0)
                    for what in ("OFFSET", "SIZE")
                )
                if begins + length > size:
                    raise DataError(f"{path.name} is cut off: some of its cells are missing", _BROKEN)


def check_osm(path: Path) -> Path:
    """The path, when it looks like an OpenStreetMap extract."""
    _require_content(path)
    if not path.name.endswith((".pbf", ".osm", ".osm.gz", ".osm.bz2")):
        raise DataError(
            f"{path.name} is no OpenStreetMap extract",
            "use an .osm.pbf, .osm, .osm.gz or .osm.bz2 file; a query of osmnx goes under [sources.openstreetmap_query].",
        )
    return path


def rename(
    table: pd.DataFrame,
    columns: Mapping[str, tuple[str, ...]],
    optional: Mapping[str, tuple[str, ...]],
    users: Mapping[str, str],
    origin: str,
) -> pd.DataFrame:
    """Give the columns our names; the user's own mapping goes before the publisher's headings.

    Headings are compared without case, spaces and line breaks, and a heading cut short still matches its beginning.
    """
    unknown = sorted(set(users) - set(columns) - set(optional))
    if unknown:
        raise DataError(
            f"{origin}:\n  the study file renames {', '.join(unknown)}, which this source does not use",
            f"rename only {', '.join([*columns, *optional])}.",
        )
    found: dict[str, pd.Series] = {}
    missing: list[str] = []
    for ours, theirs in {**columns, **optional}.items():
        wanted = (users[ours],) if ours in users else theirs
        match = next((m for w in wanted if (m := _match(w, table.columns)) is not None), None)
        if match is not None:
            found[ours] = table[match]
        elif ours in columns or ours in users:
            missing.append(f"{ours}: looked for a column headed {' or '.join(repr(w) for w in wanted)}")
    if missing:
        headings = ", ".join(str(c) for c in table.columns if c != "geometry")
        raise DataError(
            f"{origin}:\n  " + "\n  ".join(missing) + f"\n  it has: {headings}",
            'if the file is right, name its headings in the study file: columns = { ours = "theirs" }.',
        )
    kept = pd.DataFrame(found, index=table.index)
    for name in kept:
        if pd.api.types.is_string_dtype(kept[name]):
            kept[name] = kept[name].str.strip()
    if isinstance(table, gpd.GeoDataFrame):
        return gpd.GeoDataFrame(kept, geometry=table.geometry.to_numpy(), crs=table.crs)
    return kept


def _match(wanted: str, headings: pd.Index) -> str | None:
    plain = _plain(wanted)
    by_plain = {_plain(str(h)): h for h in headings}
    if plain in by_plain:
        return by_plain[plain]
    # Shapefiles and some exports cut headings short ("…10% of LSO").
    cut = [h for p, h in by_plain.items() if len(p) >= 20 and plain.startswith(p)]
    return cut[0] if len(cut) == 1 else None


def _plain(heading: str) -> str:
    return "".join(heading.casefold().split())


def keep_rows(table: pd.DataFrame, column: str, pattern: str, origin: str) -> pd.DataFrame:
    """Only the rows whose code matches a pattern such as "E01*"."""
    kept = table[[fnmatch.fnmatch(str(code), pattern) for code in table[column]]]
    if kept.empty:
        raise DataError(
            f"{origin}:\n  keep = '{pattern}' leaves no rows", 'correct the pattern, for example keep = "E01*".'
        )
    return kept


def _first_line(err: BaseException) -> str:
    return (str(err).strip().split("\n") or [""])[0][:160] or type(err).__name__
