"""Finds files that are not what they should be: empty, a web page, broken off, or cut off at a page of a service."""

from __future__ import annotations

import json
import logging
import math
import mmap
import re
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import rasterio

from treeplan.errors import DataError
from treeplan.schemas import numbers

log = logging.getLogger(__name__)

BROKEN = "download it again; if it came by e-mail or USB stick, copy it again."
_JSON = {".json", ".geojson"}
_PAGES = (1_000, 2_000)
"""Numbers of features at which services commonly break off a page (METHODS.md 2.1)."""


def first_line(err: BaseException) -> str:
    """The first line of an error, for a message of ours."""
    return (str(err).strip().split("\n") or [""])[0][:160] or type(err).__name__


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


def require_no_workbook(path: Path) -> None:
    """Stop at a workbook that is no .xlsx, or is called a CSV file."""
    with path.open("rb") as file:
        beginning = file.read(8)
    called = path.suffix.lower() in {".xls", ".xlsm", ".ods"}
    packed = beginning.startswith(b"PK\x03\x04") and path.suffix.lower() in {".csv", ".txt", ".tsv"}
    if called or packed or beginning == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise DataError(
            f"{path.name} is an Excel workbook, not a CSV file",
            "open the sheet that is wanted and save it as CSV (comma separated, UTF-8); point the study at that file.",
        )


def require_content(path: Path) -> None:
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
        raise DataError(f"{path.name} is empty", BROKEN)
    if beginning.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise DataError(
            f"{path.name} is a web page, not data",
            "the address gave a page, perhaps an error message: open the file in a browser to read it, then download again.",
        )


def zip_members(path: Path, kinds: set[str]) -> list[str]:
    """Names of a zip's files of some kinds."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [m for m in archive.namelist() if PurePosixPath(m).suffix.lower() in kinds]
    except (zipfile.BadZipFile, EOFError, OSError) as err:
        raise DataError(f"{path.name} is not a whole zip file ({first_line(err)})", BROKEN) from err


def require_whole_shapefile(path: Path) -> None:
    """GDAL reads the features that a cut-off .shp lacks as features without a shape; its head says how long it should be."""
    with path.open("rb") as file:
        head = file.read(28)
    if len(head) < 28 or path.stat().st_size < 2 * struct.unpack(">i", head[24:28])[0]:
        raise DataError(f"{path.name} is cut off: it is shorter than it says it is", BROKEN)


def require_whole_gml(path: Path) -> None:
    """Stop at a GML file that ends before its outermost element: GDAL reads the features before the break in silence."""
    with path.open("rb") as file:
        root = re.search(rb"<([A-Za-z_][\w.:-]*)", file.read(4096))
        file.seek(max(0, path.stat().st_size - 4096))
        tail = file.read()
    if root is None:
        raise DataError(f"{path.name} is not a readable map file (no GML)", BROKEN)
    if not re.search(rb"</" + re.escape(root[1]) + rb"\s*>\s*(<!--.*-->\s*)?$", tail) and not re.search(
        rb"/>\s*$", tail
    ):
        raise DataError(f"{path.name} is cut off: its last lines are missing", BROKEN)


def require_whole_raster(path: Path) -> None:
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
                    raise DataError(f"{path.name} is cut off: some of its cells are missing", BROKEN)


def require_all(path: Path, found: int, stated: int | None, inside: str | None = None, is_map: bool = True) -> None:
    """Stop at a download that lacks features: a constraint that is not in the file would be planted over.

    Parameters
    ----------
    path : Path
        The file, already read.
    found : int
        Number of features (or rows) that were read.
    stated : int, optional
        Number that the publisher states; it settles the question. Without it, the file's own words are looked for.
    inside : str, optional
        The member of a zip that was read.
    is_map : bool, optional
        Whether a round number of features is a reason to doubt.

    Raises
    ------
    DataError
        Fewer or more than stated, or the file itself says that there are more.
    """
    if stated is not None:
        if found != stated:
            raise DataError(
                f"{path.name} holds {found:,} features, expected {stated:,} (features = {stated})",
                "download the whole file again; if the publisher has changed it, correct features in the study file.",
            )
        return
    _require_last_page(path, inside)
    if is_map and found in _PAGES:
        log.warning(
            "%s holds exactly %s features: it may have been cut off at a page of a service. What to do: compare with the "
            "publisher's count and write it into the study file (features = …).",
            path.name,
            f"{found:,}",
        )


def _require_last_page(path: Path, inside: str | None) -> None:
    """Stop at a JSON file of an ArcGIS or OGC service that says itself that it is one page of several."""
    said = _collection(path, inside)
    features = said.get("features")
    if not isinstance(features, list):
        return
    properties = said.get("properties")
    more = properties.get("exceededTransferLimit") if isinstance(properties, dict) else None
    total = said.get("numberMatched")
    total = total if isinstance(total, int) and total > len(features) else None
    if total or True in (said.get("exceededTransferLimit"), more):
        raise DataError(
            f"{path.name} is not whole: the download was cut off at {len(features):,}"
            + (f" of {total:,}" if total else "")
            + " features",
            "download all pages, or a smaller area. If the file was put together from all pages, write the publisher's count "
            "into the study file: features = N.",
        )


def _collection(path: Path, inside: str | None) -> dict[str, Any]:
    """What a JSON file says, if it speaks of pages at all; big files are not parsed for nothing."""
    content = _json_bytes(path, inside)
    if not _speaks_of_pages(content):
        return {}
    try:
        said = json.loads(content)
    except ValueError:  # GDAL reads some files that are no strict JSON
        return {}
    return said if isinstance(said, dict) else {}


def _json_bytes(path: Path, inside: str | None) -> bytes:
    if path.suffix.lower() in _JSON:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content[:] if _speaks_of_pages(content) else b""
    if path.suffix.lower() != ".zip":
        return b""
    members = zip_members(path, _JSON)
    named = [m for m in members if inside in (PurePosixPath(m).name, PurePosixPath(m).stem)] or members
    if len(named) != 1:
        return b""
    with zipfile.ZipFile(path) as archive:
        return archive.read(named[0])


def _speaks_of_pages(content: bytes | mmap.mmap) -> bool:
    return any(content.find(word) >= 0 for word in (b"exceededTransferLimit", b"numberMatched"))


PERTURBED, PERTURBED_SHARE = 3.0, 0.01
"""Parts of a count may exceed it by so many people, or by this share of it: the ONS changes small cells at random."""


def require_parts(table: pd.DataFrame, key: str, parts: list[str], total: str) -> None:
    """Stop where the parts of a count come to more than the whole: a wrong column, or another place's row."""
    whole, summed = numbers(table[total]), table[parts].apply(numbers).sum(axis=1)
    wrong = summed - whole > np.maximum(PERTURBED, PERTURBED_SHARE * whole)
    if wrong.any():
        raise DataError(
            f"{' + '.join(parts)} come to more than {total} in {int(wrong.sum()):,} of {len(table):,} rows, e.g. "
            f"{table.loc[wrong, key].iloc[0]}: {summed[wrong].iloc[0]:,.0f} of {whole[wrong].iloc[0]:,.0f}",
            "a column may have been taken for another: correct `columns` in the study file, or download the file again.",
        )


def require_counts(table: pd.DataFrame, total: str) -> None:
    """Stop at percentages or shares in place of counts: every neighbourhood holds 100, or 1, of them."""
    whole = numbers(table[total]).dropna()
    if len(whole) and (whole <= 100 + PERTURBED).all():
        raise DataError(
            f"{total} is at most {whole.max():g} in all {len(table):,} rows: these are percentages or shares, not counts of people",
            "use the table of counts.",
        )
