"""The register of sources: one function per publisher's file, its facts above it, a plain dict behind.

A source says who publishes a file, under which licence, which layer it fills and how its columns are headed; the function
beneath tidies the opened file into that layer's table and computes nothing. Opening, renaming and checking happen in
`read`, once for all. To add a source, write one such function in the module of its theme.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandera.pandas as pa

from treeplan import schemas
from treeplan.errors import DataError, StudyError, listed
from treeplan.sources import headings, lists, opening, pictures, tiles
from treeplan.sources.spoilt import readable


@dataclass(frozen=True)
class Source:
    """What is known of one publisher's file, and the function that tidies it.

    Attributes
    ----------
    layers : tuple of str
        The roles it fills (`vocabulary.LAYERS`). With one, `tidy` returns a table; with several, a dict of tables.
    columns : dict
        Ours to theirs: our column, and the headings under which publishers have issued it, first found wins. Of a picture:
        our name of a band, and its number.
    optional : dict
        The same for columns that a file may lack.
    opens : {"table", "map", "places", "raster", "image", "osm"}
        How the file is opened: rows, rows with geometry in EPSG:27700, a list with coordinates (or a map), a raster handle,
        an OpenStreetMap extract.
    inside : str
        Name of the table wanted in a file that holds several.
    shape : {"areas", "lines", "points", "any"}
        What a map file must hold; a few features of another kind are left out.
    loosely : bool
        Whether headings are matched by their beginnings and without signs, as a list's always are.
    """

    name: str
    layers: tuple[str, ...]
    title: str
    publisher: str
    licence: str
    attribution: str
    vintage: str
    url: str
    opens: str
    tidy: Callable[..., Any]
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    optional: dict[str, tuple[str, ...]] = field(default_factory=dict)
    schema: pa.DataFrameSchema | None = None
    join: str | None = None
    inside: str | None = None
    shape: str = "any"
    loosely: bool = False

    @property
    def doc(self) -> str:
        """The first line of the reader's docstring."""
        return (self.tidy.__doc__ or "").strip().split("\n")[0]


SOURCES: dict[str, Source] = {}


def source(
    *,
    layer: str | tuple[str, ...],
    title: str,
    publisher: str,
    licence: str,
    attribution: str,
    vintage: str,
    url: str,
    opens: str = "table",
    columns: Mapping[str, str | tuple[str, ...]] | None = None,
    optional: Mapping[str, str | tuple[str, ...]] | None = None,
    schema: Mapping[str, pa.Column] | None = None,
    join: str | None = None,
    inside: str | None = None,
    shape: str = "any",
    loosely: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter the function beneath into the register under its own name."""

    def enter(tidy: Callable[..., Any]) -> Callable[..., Any]:
        SOURCES[tidy.__name__] = Source(
            name=tidy.__name__,
            layers=(layer,) if isinstance(layer, str) else tuple(layer),
            title=title,
            publisher=publisher,
            licence=licence,
            attribution=attribution,
            vintage=vintage,
            url=url,
            opens=opens,
            tidy=tidy,
            columns=_tuples(columns),
            optional=_tuples(optional),
            schema=schemas.schema(dict(schema)) if schema else None,
            join=join,
            inside=inside,
            shape=shape,
            loosely=loosely,
        )
        return tidy

    return enter


def _tuples(columns: Mapping[str, str | tuple[str, ...]] | None) -> dict[str, tuple[str, ...]]:
    return {ours: (theirs,) if isinstance(theirs, str) else tuple(theirs) for ours, theirs in (columns or {}).items()}


def find_source(name: str) -> Source:
    """The source of that name, or a message with the names there are."""
    if name not in SOURCES:
        raise StudyError(
            f"[sources.{name}] names no source that treeplan knows",
            f"use one of these (`treeplan sources` explains them): {listed(sorted(SOURCES), like=[name])}",
        )
    return SOURCES[name]


def read(
    name: str,
    path: Path | Sequence[Path],
    *,
    columns: Mapping[str, str] | None = None,
    inside: str | None = None,
    crs: str | None = None,
    keep: str | None = None,
    nodata: float | None = None,
    warp: bool = False,
    features: int | None = None,
) -> dict[str, Any]:
    """Read one source's file as published; return its tables (or raster handle) by layer.

    Parameters
    ----------
    name : str
        A source of the register.
    path : Path or sequence of Path
        The file: CSV, Excel (.xlsx), GeoPackage, GeoParquet, GeoJSON, Esri JSON, GML, Shapefile, any of them zipped; GeoTIFF; `.osm.pbf`,
        `.osm`, `.osm.gz`, `.osm.bz2`. Of a raster also a folder of GeoTIFFs, or several files and folders.
    columns : mapping, optional
        Ours to theirs, where a file's headings are not the publisher's own.
    inside : str, optional
        The table wanted in a file that holds several.
    crs : str, optional
        The coordinate reference system of a map file that does not say.
    keep : str, optional
        Pattern that the joining code must match ("E01*"); other rows are left out.
    nodata : float, optional
        The value that stands for "not surveyed" in a raster that does not say.
    warp : bool, optional
        True to warp a raster that is in degrees or another grid, by nearest neighbour.
    features : int, optional
        How many features (or rows) the publisher states; a file with fewer or more is refused.

    Raises
    ------
    DataError
        The file is missing, unreadable, or does not fit its schema.
    """
    facts = find_source(name)
    given = {"columns": columns, "inside": inside, "crs": crs, "keep": keep, "nodata": nodata, "features": features}
    _require_meant(facts, given | {"warp": warp or None})
    paths = [path] if isinstance(path, Path) else list(path)
    path = paths[0]
    origin = f"{path.name} does not fit '{name}'"
    for each in paths:
        _require_there(facts, each)
    with readable(path):
        if facts.opens == "raster":
            opened: Any = tiles.open_tiles(paths, nodata, warp)
        elif facts.opens == "image":
            bands = headings.band_numbers(facts.columns, facts.optional, columns or {}, origin)
            opened = pictures.open_image(path, nodata, bands, said=bool(columns))
        else:
            opened = _opened(facts, path, columns or {}, inside or facts.inside, crs, features, origin)
    return opened if isinstance(opened, dict) else _tidied(facts, opened, keep, origin)


def _require_there(facts: Source, path: Path) -> None:
    with readable(path):
        there = path.exists()
    if not there:
        raise DataError(
            f"{path} does not exist; [sources.{facts.name}] points there",
            f"put '{facts.title}' there ({facts.publisher}, {facts.url}), or correct the path in the study file.",
        )


def _tidied(facts: Source, table: Any, keep: str | None, origin: str) -> dict[str, Any]:
    """The tables of a file by layer, tidied and checked."""
    if keep and facts.join:
        table = headings.keep_rows(table, facts.join, keep, origin)
    try:
        tidied = facts.tidy(table)
    except DataError as err:
        raise DataError(f"{origin}:\n  {err.problem}", err.remedy) from err
    if isinstance(tidied, dict):
        return tidied
    if facts.opens in ("raster", "image"):
        return {facts.layers[0]: tidied}
    if facts.schema is not None:
        tidied = schemas.check(tidied, facts.schema, origin, _remedy(facts))
    return {facts.layers[0]: tidied.reset_index(drop=True)}


def _opened(
    facts: Source,
    path: Path,
    columns: Mapping[str, str],
    inside: str | None,
    crs: str | None,
    features: int | None,
    origin: str,
) -> Any:
    """The rows of a file under our names; of extracts, which have no headings, the layers themselves."""
    if facts.opens == "osm":
        return dict(facts.tidy(opening.check_osm(path)))
    if facts.opens == "places":
        return lists.open_places(path, facts.columns, facts.optional, columns, inside, crs, features, origin)
    opened = (
        opening.open_map(path, inside, crs, features, facts.shape, whole=facts.join is not None)
        if facts.opens == "map"
        else opening.open_table(path, inside, features)
    )
    return headings.rename(opened, facts.columns, facts.optional, columns, origin, facts.loosely)


_MEANT = {
    "table": {"columns", "inside", "keep", "features"},
    "map": {"columns", "inside", "crs", "keep", "features"},
    "places": {"columns", "inside", "crs", "features"},
    "raster": {"nodata", "warp"},
    "image": {"columns", "nodata"},
}


def _require_meant(facts: Source, settings: Mapping[str, Any]) -> None:
    """Stop at a setting that would do nothing: the user believes that it did."""
    meant = _MEANT.get(facts.opens, set()) - (set() if facts.join else {"keep"})
    idle = [name for name, value in settings.items() if value not in (None, "", {}) and name not in meant]
    if idle:
        raise StudyError(
            f"[sources.{facts.name}] sets {', '.join(idle)}, which means nothing for this source",
            f"take it out; this source knows {', '.join(['path', 'vintage', *sorted(meant)])}.",
        )


def _remedy(facts: Source) -> str:
    ours = listed(facts.columns)
    return (
        f"check that this is '{facts.title}' ({facts.publisher}); if its headings differ, name them in the study file: "
        f'[sources.{facts.name}] columns = {{ ours = "theirs" }}, ours being {ours or "free"}.'
    )


from treeplan.sources import (  # noqa: E402  (they fill the register)
    air,  # noqa: F401
    boundaries,  # noqa: F401
    canopy,  # noqa: F401
    carbon,  # noqa: F401
    community,  # noqa: F401
    deprivation,  # noqa: F401
    health,  # noqa: F401
    heritage,  # noqa: F401
    homes,  # noqa: F401
    imagery,  # noqa: F401
    land,  # noqa: F401
    nature,  # noqa: F401
    osm,  # noqa: F401
    osm_query,  # noqa: F401
    ownership,  # noqa: F401
    people,  # noqa: F401
    visits,  # noqa: F401
    workshops,  # noqa: F401
)
