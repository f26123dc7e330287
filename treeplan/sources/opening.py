"""Opens publishers' files, whatever their format: rows, maps in EPSG:27700, rasters. Knows formats, not publishers."""

from __future__ import annotations

import logging
import math
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn whatever keeps the system from reading a file (no leave, a bad disk) into one message with a remedy.

    Raises
    ------
    DataError
        Naming the file.
    """
    try:
        yield
    except OSError as err:
        raise DataError(
            f"{err.filename or path} cannot be read ({err.strerror or err})",
            "see that you may read the file and the folders it is in (its owner can allow it), or copy it elsewhere.",
        ) from err


def _require_content(path: Path) -> None:
    """Stop at a file that is missing or empty, or at a web page saved under a data file's name."""
    with readable(path):
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
    _require_no_workbook(path)
    if kind in _PARQUET:
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError) as err:
            raise DataError(f"{path.name} is not a readable Parquet file ({_first_line(err)})", _BROKEN) from err
    if kind in _MAPS or (kind == ".zip" and not _members(path, {".csv"})):
        return pd.DataFrame(_read_map(path, inside, shapes=False))
    return _parse_csv(_csv_bytes(path, inside), path)


def _require_no_workbook(path: Path) -> None:
    with path.open("rb") as file:
        beginning = file.read(8)
    called = path.suffix.lower() in {".xlsx", ".xls", ".xlsm", ".ods"}
    packed = beginning.startswith(b"PK\x03\x04") and path.suffix.lower() in {".csv", ".txt", ".tsv"}
    if called or packed or beginning == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise DataError(
            f"{path.name} is an Excel workbook, not a CSV file",
            "open the sheet that is wanted and save it as CSV (comma separated, UTF-8); point the study at that file.",
        )


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
    path: Path, inside: str | None = None, crs: str | None = None, keep_bare: bool = False
) -> gpd.GeoDataFrame:
    """Open a map file in EPSG:27700 with valid, flat geometry.

    Parameters
    ----------
    path : Path
        GeoPackage, GeoParquet, GeoJSON, Shapefile (or zipped).
    inside : str, optional
        The layer wanted in a file that holds several.
    crs : str, optional
        What to take the coordinates for where the file does not say.
    keep_bare : bool
        True keeps features without a shape, as rows whose geometry is None: boundaries must not lose a place.

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
    given = _with_crs(table, path, crs)
    table = _valid(_to_bng(_shaped(given, path), path), path)
    if keep_bare and len(table) < len(given):
        bare = (
            given.drop(index=table.index)
            .set_geometry([None] * (len(given) - len(table)))
            .set_crs(geo.BNG, allow_override=True)
        )
        table = gpd.GeoDataFrame(pd.concat([table, bare]).sort_index(), crs=geo.BNG)
    return table.reset_index(drop=True)


_DIMENSIONS = {"points": 0, "lines": 1, "areas": 2}


def require_shape(table: gpd.GeoDataFrame, shape: str, path: Path, strict: bool = False) -> gpd.GeoDataFrame:
    """The features of the kind of shape that is wanted.

    Parameters
    ----------
    table : GeoDataFrame
        As `open_map` gives it.
    shape : {"areas", "lines", "points", "any"}
        The kind wanted.
    path : Path
        The file, for the message.
    strict : bool
        True where one feature of another kind is too many: a neighbourhood that is left out is people left out.

    Raises
    ------
    DataError
        The file holds another kind of shape; a few among the right ones are left out and said, unless `strict`.
    """
    if shape == "any":
        return table
    kinds = shapely.get_dimensions(table.geometry.to_numpy())
    right = (kinds == _DIMENSIONS[shape]) | (kinds == -1)  # one without a shape is of no kind
    if right.all():
        return table
    found = " and ".join(
        name for name, number in _DIMENSIONS.items() if number != _DIMENSIONS[shape] and (kinds == number).any()
    )
    if strict or not right.any():
        raise DataError(
            f"{path.name} must hold {shape}; {int((~right).sum()):,} of its {len(table):,} features are {found or 'mixed'}",
            f"use the publisher's file with {shape} (some offer one with centre points beside it).",
        )
    log.warning(
        "%s: %d of %d features are %s, not %s, and are left out.", path.name, (~right).sum(), len(table), found, shape
    )
    return table[right].reset_index(drop=True)


def _read_map(path: Path, inside: str | None, shapes: bool = True) -> gpd.GeoDataFrame:
    """Rows of a map file as published, with or without their shapes."""
    try:
        if path.suffix.lower() in _PARQUET:
            return gpd.read_parquet(path)
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
        # What the database inside a GeoPackage says of a damaged page is a query, which helps nobody.
        said = _first_line(err)
        why = "it is cut off or damaged" if "sql" in said.casefold() or "SELECT " in said else said
        raise DataError(f"{path.name} is not a readable map file ({why})", _BROKEN) from err
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
    if not path.name.endswith((".osm.pbf", ".pbf", ".osm")):
        raise DataError(f"{path.name} is no OpenStreetMap extract", "use an .osm.pbf file, for example from Geofabrik.")
    return path


def _first_line(err: BaseException) -> str:
    return (str(err).strip().split("\n") or [""])[0][:160] or type(err).__name__
