"""What a run used and when; and writing that happens whole or not at all."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import json
import os
import platform
import shutil
import sqlite3
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from treeplan.errors import OutputError

_LIBRARIES = (
    "geopandas",
    "numba",
    "numpy",
    "osmium",
    "pandas",
    "pyarrow",
    "pyogrio",
    "pyproj",
    "rasterio",
    "scikit-learn",
    "scipy",
    "shapely",
)


MARKER = "run.json"
"""The file by which a folder of results is known for one."""

_NOT_WRITABLE = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOTDIR,
    errno.EEXIST,
    errno.ENAMETOOLONG,
    errno.EFBIG,
    errno.EIO,
}


_NOT_WRITABLE_SQLITE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}


@dataclass(frozen=True)
class Edition:
    """One file as it was used: which source, whose, which bytes."""

    source: str
    layers: tuple[str, ...]
    title: str
    publisher: str
    licence: str
    attribution: str
    vintage: str
    path: str
    sha256: str
    size_bytes: int


def sha256(path: Path) -> str:
    """The SHA-256 of a file; of a folder, of the names and contents of its files."""
    digest = hashlib.sha256()
    for part in files_of(path):
        if part != path:
            digest.update(f"{part.relative_to(path).as_posix()}\0{part.stat().st_size}\0".encode())
        with part.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def files_of(path: Path) -> list[Path]:
    """A file itself, or the files in a folder and its folders, by name."""
    return [path] if path.is_file() else sorted(part for part in path.rglob("*") if part.is_file())


def run_date() -> dt.date:
    """The date written into outputs: SOURCE_DATE_EPOCH where it is set, so that the same input gives the same bytes."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return dt.datetime.now(dt.UTC).date()
    try:
        return dt.datetime.fromtimestamp(int(epoch), dt.UTC).date()
    except (ValueError, OverflowError, OSError) as err:
        raise OutputError(
            f"SOURCE_DATE_EPOCH is '{epoch}', which is no number of seconds",
            "unset it, or set it to whole seconds since 1970.",
        ) from err


def config_hash(settings: Any) -> str:
    """Twelve characters that change whenever a setting does; stands on every output."""
    plain = json.dumps(settings, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()[:12]


def versions() -> dict[str, str]:
    """Versions of treeplan, Python and the libraries that numbers depend on."""
    return {"treeplan": metadata.version("treeplan"), "python": platform.python_version()} | {
        name: metadata.version(name) for name in _LIBRARIES
    }


def attributions(editions: list[Edition]) -> list[str]:
    """The lines that licences ask for, each once, in order of first use."""
    return list(dict.fromkeys(e.attribution for e in editions))


def require_place(folder: Path) -> None:
    """Stop early where no results can be written: something on the way is a file, or the place takes no folder.

    Raises
    ------
    OutputError
        Naming the place.
    """
    for place in [folder, *folder.parents]:
        if place.exists() and not place.is_dir():
            raise OutputError(
                f"{folder} cannot be a folder of results: {place} is a file", "choose another folder with --out."
            )
    folder = folder.resolve()
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise OutputError(
            f"{folder} holds files that treeplan did not make, and would be replaced as a whole",
            "choose another folder with --out, or move those files away.",
        )
    nearest = next(place for place in folder.parents if place.is_dir())
    probe = nearest / f".treeplan-{uuid.uuid4().hex[:8]}"
    try:
        probe.mkdir()
        probe.rmdir()
    except OSError as err:
        raise _not_written(folder, err) from err


def _not_written(place: Path, err: BaseException) -> OutputError:
    why = (getattr(err, "strerror", None) or str(err)).strip().split("\n")[0][:160]
    return OutputError(
        f"{place} could not be written ({why})",
        "the disk is full or may not be written: make room, or choose another folder with --out; what was there before is "
        "untouched.",
    )


@contextmanager
def whole_folder(folder: Path, made: Collection[str] = ()) -> Iterator[Path]:
    """A fresh folder to write into, which takes the place of `folder` only when everything has been written.

    On any error the half-written folder goes and the old one stays. Leftovers of a killed run are cleared first. Only a
    folder that an earlier run made (it holds `run.json`) or an empty one is replaced, and what somebody put beside the
    results stays: everything in it that is neither written again nor named in `made`, the names results can have.

    Raises
    ------
    OutputError
        The disk is full, the folder may not be written, or it holds somebody's own files.
    """
    require_place(folder)
    folder = folder.resolve()
    partial = folder.with_name(f".{folder.name}.partial-{uuid.uuid4().hex[:8]}")
    old = folder.with_name(f".{folder.name}.old")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _recover(folder, old)
        partial.mkdir()
        yield partial
        if folder.exists():
            for entry in [e for e in folder.iterdir() if e.name not in made and not (partial / e.name).exists()]:
                entry.rename(partial / entry.name)
            folder.rename(old)
        partial.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    except Exception as err:
        if not _is_of_the_disk(err):
            raise
        raise _not_written(folder, err) from err
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _is_of_the_disk(err: BaseException) -> bool:
    """Whether writing failed for want of room or leave, in the words of any of the libraries that write; a bug is neither."""
    import pyarrow
    import pyogrio.errors

    if isinstance(err, OSError):
        return err.errno in _NOT_WRITABLE
    if isinstance(err, sqlite3.Error):
        return getattr(err, "sqlite_errorcode", 0) & 0xFF in _NOT_WRITABLE_SQLITE
    written = (pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError, pyogrio.errors.DataLayerError)
    return isinstance(err, (*written, pyarrow.ArrowException))


def _recover(folder: Path, old: Path) -> None:
    """Clear what a killed run left, and put the former result back where the kill came between the two renames."""
    if old.exists():
        if folder.exists():
            shutil.rmtree(old)
        else:
            old.rename(folder)
    for leftover in folder.parent.glob(f".{folder.name}.partial-*"):
        shutil.rmtree(leftover, ignore_errors=True)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the name `path` only when it is complete.

    Raises
    ------
    OutputError
        As `whole_folder`.
    """
    partial = path.with_name(f".{path.stem}.partial-{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(path)
    except Exception as err:
        if not _is_of_the_disk(err):
            raise
        raise _not_written(path, err) from err
    finally:
        partial.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    """Write JSON that reads well and is the same whenever the content is."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
