"""Puts raster files together: one GeoTIFF, or a folder of tiles that must fit. All that do not are named in one message."""

from __future__ import annotations

import logging
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from rasterio.errors import NotGeoreferencedWarning

from treeplan import rasters
from treeplan.errors import DataError, counted, listed
from treeplan.rasters import Raster, Tile
from treeplan.sources.spoilt import readable, require_content, require_whole_raster

log = logging.getLogger(__name__)

MOST_NAMED = 6
"""Bad tiles that a message names one by one."""

_YEAR = re.compile(r"(?<![0-9A-Za-z])(20[0-4]\d)(?:[01]\d[0-3]\d)?(?![0-9A-Za-z])")
"""A year, or a date that begins with one, that stands alone: the SK2015 of a grid reference is none."""

_OFF_GRID = 0.01
"""Part of a cell by which a tile may lie off the grid of the others: rounding, no more."""


def tile_paths(path: Path) -> list[Path]:
    """The GeoTIFFs of a folder and its folders, by name; of a file, itself."""
    with readable(path):
        if not path.is_dir():
            return [path]
        found = sorted(p for p in path.rglob("*") if p.suffix.lower() in (".tif", ".tiff") and p.is_file())
    if not found:
        raise DataError(
            f"{path} holds no GeoTIFF", "put the tiles (.tif) there, or correct the path in the study file."
        )
    return found


def open_tiles(paths: Sequence[Path], nodata: float | None = None, warp: bool = False) -> Raster:
    """A handle on one raster made of files and folders of tiles; cells are read only where tiles overlap.

    Parameters
    ----------
    paths : sequence of Path
        GeoTIFFs and folders of them.
    nodata : float, optional
        The value that means "not surveyed" in every tile; goes before what tiles declare.
    warp : bool
        True to warp, by nearest neighbour, tiles that are in degrees or another grid.

    Raises
    ------
    DataError
        Tiles that are unreadable, cut off, hillshades, 8-bit among decimals, in another grid, of another cell size, off the
        others' grid, silent or at odds about which value means "not surveyed", or that overlap and differ.
    """
    files = [file for path in paths for file in tile_paths(path)]
    tiles = each_tile(files, lambda path: _one(path, nodata, warp))
    tiles = sorted(tiles, key=lambda tile: (tile.bounds, tile.path))
    _require_one_kind(tiles)
    _require_one_grid(tiles)
    _require_one_gap(tiles, nodata)
    if warp and not any(tile.warped_from for tile in tiles):
        log.warning(
            "%s: warp = true does nothing, for all of it is in British National Grid. Take it out.", paths[0].name
        )
    raster = rasters.joined(paths[0], tiles)
    _require_agreement(raster)
    if len(raster.years) > 1:
        flown = ", ".join(f"{year} ({counted(count, 'tile')})" for year, count in raster.years.items())
        log.warning(
            "%s: tiles were flown in different years: %s. Trees planted or felled in between look like a difference of place.",
            paths[0].name,
            flown,
        )
    return raster


def each_tile(given: Iterable[Any], make: Callable[[Any], Any]) -> list[Any]:
    """What each tile gives; the faults of all bad ones in one message."""
    made: list[Any] = []
    faults: list[DataError] = []
    for one in given:
        try:
            made.append(make(one))
        except DataError as err:
            faults.append(err)
    number = len(made) + len(faults)
    if not faults:
        return made
    if number == 1:
        raise faults[0]
    shown = [fault.problem for fault in faults[:MOST_NAMED]]
    shown += [f"… and {len(faults) - MOST_NAMED} more"] if len(faults) > MOST_NAMED else []
    remedies = dict.fromkeys(fault.remedy for fault in faults)
    raise DataError(
        f"{len(faults)} of {number} tiles cannot be used:\n  " + "\n  ".join(shown), "\n  ".join(remedies)
    ) from faults[0]


def _one(path: Path, nodata: float | None, warp: bool) -> Tile:
    require_content(path)
    if "VOM_HS" in path.name.upper():
        raise DataError(
            f"{path.name} is a hillshade picture, not heights", "use the VOM tiles without 'HS' in their names instead."
        )
    with warnings.catch_warnings():
        # A picture without any position warns on opening; `rasters.open_tile` refuses it with a remedy.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        tile = rasters.open_tile(path, nodata, warp)
    require_whole_raster(path)
    if tile.warped_from is not None:
        log.info("%s: warped from %s to cells of %g m, nearest neighbour", path.name, tile.warped_from, tile.cell_m)
    return replace(tile, year=_year(path))


def _year(path: Path) -> int | None:
    """The year of flight by the file's name, else by its title; the date of a file is when it was written, not flown."""
    with rasterio.open(path) as file:
        title = next((str(value) for name, value in file.tags().items() if name.casefold() == "title"), "")
    for said in (path.stem, title):
        found = _YEAR.findall(said.replace("_", " "))
        if found:
            return int(max(found))
    return None


def _require_one_kind(tiles: Sequence[Tile]) -> None:
    """Stop at 8-bit tiles among tiles of decimals: pictures among heights."""
    pictures = [tile.path.name for tile in tiles if tile.kind == "uint8"]
    if pictures and any(np.issubdtype(np.dtype(tile.kind), np.floating) for tile in tiles):
        raise DataError(
            f"{listed(pictures, most=MOST_NAMED)} {'looks' if len(pictures) == 1 else 'look'} like a hillshade picture, "
            "not heights: 8-bit, where other tiles hold decimals",
            "use the VOM tiles of heights (their numbers are metres with decimals); tiles of a mask or of classes must all be of "
            "one type: gdal_translate -ot Byte old.tif new.tif",
        )


def _require_one_grid(tiles: Sequence[Tile]) -> None:
    """Stop at tiles of different cell sizes, or off one grid: cells would be moved or counted twice."""
    usual = Counter(tile.cell_m for tile in tiles).most_common(1)[0][0]
    odd = [f"{t.path.name} ({t.cell_m:g} m)" for t in tiles if abs(t.cell_m - usual) > 1e-6 * usual]
    if odd:
        raise DataError(
            f"{len(odd)} of {len(tiles)} tiles have cells of another size than the others' {usual:g} m: {listed(odd)}",
            f"use tiles of one resolution, or resample these: gdalwarp -tr {usual:g} {usual:g} -tap -r near old.tif new.tif",
        )
    corners = np.array([(tile.bounds[0], tile.bounds[3]) for tile in tiles]) / usual
    off = (corners - corners[0] + 0.5) % 1 - 0.5
    usual_off = Counter(map(tuple, np.round(off, 2))).most_common(1)[0][0]
    astray = (np.abs((off - usual_off + 0.5) % 1 - 0.5) > _OFF_GRID).any(axis=1)
    if astray.any():
        names = [tile.path.name for tile, away in zip(tiles, astray, strict=True) if away]
        raise DataError(
            f"{len(names)} of {len(tiles)} tiles lie off the grid of the others by a part of a cell: {listed(names)}",
            f"put them on the others' grid: gdalwarp -tr {usual:g} {usual:g} -te … -r near old.tif new.tif",
        )


def _require_one_gap(tiles: Sequence[Tile], nodata: float | None) -> None:
    """Stop at tiles that mean "not surveyed" by different values; NaN always means it and is no difference."""
    said: dict[float, list[str]] = {}
    for tile in tiles:
        if tile.declared is not None and not np.isnan(tile.declared):
            said.setdefault(float(tile.declared), []).append(tile.path.name)
    if nodata is not None:
        other = [name for value, names in said.items() if value != nodata for name in names]
        if other:
            log.warning(
                "%s: the study file's nodata = %g goes before what the file itself declares (%s).",
                listed(other, most=3),
                nodata,
                ", ".join(f"{value:g}" for value in said if value != nodata),
            )
        return
    if len(said) > 1:
        groups = "; ".join(f"{value:g} in {listed(names, most=3)}" for value, names in said.items())
        raise DataError(
            f"the tiles mean 'not surveyed' by different values: {groups}",
            "find out which is right and write it into the study file (nodata = -9999), or give the tiles one value: "
            "gdalwarp -dstnodata -9999 old.tif new.tif",
        )


def _require_agreement(raster: Raster) -> None:
    """Stop at tiles that overlap and differ there: which one counts would depend on their order."""
    boxes = np.array([tile.box for tile in raster.tiles])
    one, other = shapely.STRtree(boxes).query(boxes, predicate="intersects")
    wrong = []
    for a, b in zip(one[one < other], other[one < other], strict=True):
        both = shapely.intersection(boxes[a], boxes[b])
        if both.area < raster.cell_m**2 / 2:
            continue
        differ = _differing(raster, raster.tiles[a], raster.tiles[b], both.bounds)
        if differ:
            names = f"{raster.tiles[a].path.name} and {raster.tiles[b].path.name}"
            wrong.append(f"{names}: {differ:,} cells differ, of {both.area / raster.cell_m**2:,.0f} in both")
    if wrong:
        shown = [*wrong[:MOST_NAMED], *([f"… and {len(wrong) - MOST_NAMED} more"] if len(wrong) > MOST_NAMED else [])]
        raise DataError(
            "tiles overlap and say different things of the same ground:\n  " + "\n  ".join(shown),
            "keep one tile of each ground (the newer flight), or cut them where they meet.",
        )


def _differing(raster: Raster, one: Tile, other: Tile, box: rasters.Bounds) -> int:
    """Cells that both tiles surveyed and that are not the same in both."""
    differ = 0
    with replace(raster, tiles=(one,)).opened() as read_one, replace(raster, tiles=(other,)).opened() as read_other:
        for window in raster.windows(box):
            unlike = read_one(*window)[0] != read_other(*window)[0]
            differ += int(np.ma.filled(unlike, False).sum())
    return differ
