"""Choose a source for each layer, read it, clip it to the study area with a margin → Layers."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from treeplan import coverage, geo, images, provenance, rasters
from treeplan.errors import DataError, StudyError
from treeplan.roles import CANOPY_KINDS, LAYERS, canopy_kinds
from treeplan.sources import SOURCES, Source, find_source, opening, read
from treeplan.sources.spoilt import readable
from treeplan.study import Study
from treeplan.study_area import mark_inside, study_area

log = logging.getLogger(__name__)

LEAST_MARGIN_M = 1_000.0
"""How far beyond the study area layers reach at least, so that a pylon line or homes just outside still count, metres."""

FAR_M = 30_000.0
"""A file whose features all lie farther off than this is another place's, even where the boundaries are all of England's, metres."""


@dataclass(frozen=True)
class Layers(Mapping[str, Any]):
    """The layers of a study by role: GeoDataFrames in EPSG:27700, DataFrames, Raster handles.

    Attributes
    ----------
    area : Polygon or MultiPolygon
        The study area, EPSG:27700.
    tables : dict
        Layer to table or raster. `neighbourhoods` has `inside` (bool): False for those in the margin, which send residents
        to sites near the border but are not ranked.
    editions : list
        The files that were used.
    missing : list of str
        Layers that no source fills.
    counts : dict
        Numbers of rows read, before and after clipping, by source.
    covers : dict
        Layer to how far it reaches, EPSG:27700, for those that say (`coverage.reaches`).
    """

    area: shapely.Geometry
    tables: dict[str, Any]
    editions: list[provenance.Edition] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    covers: dict[str, shapely.Geometry] = field(default_factory=dict)

    def __getitem__(self, layer: str) -> Any:
        return self.tables[layer]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    def shapes(self, layer: str) -> geo.Shapes:
        """The shapes of a map layer; none where the study has no such layer."""
        if layer not in self.tables:
            return geo.NO_SHAPES
        return self.tables[layer].geometry.to_numpy()


Progress = Callable[[str], None]

SETTINGS_READ = ("places", "area", "data_dir", "folder", "invented", "people", "sources", "constraints")
"""The settings of a study that its layers depend on; no other is read here or below."""


def same_layers(one: Study, other: Study) -> bool:
    """Whether two studies have the same layers, so that they need to be read only once."""
    return all(getattr(one, name) == getattr(other, name) for name in SETTINGS_READ)


def load_layers(study: Study, progress: Progress = lambda stage: None) -> Layers:
    """Read every file the study names and clip it to the study area.

    Parameters
    ----------
    study : Study
        The study.
    progress : callable, optional
        Told the title of each source before it is read.

    Raises
    ------
    StudyError
        A source is unknown, or the study lacks a layer without which nothing can be done.
    DataError
        A file is missing or does not fit, or lies somewhere else than the study area.
    """
    chosen = _chosen(study)
    _require_files(study, chosen)
    raw: dict[str, list[tuple[str, Any]]] = {}
    editions: list[provenance.Edition] = []
    for name in chosen:
        facts = find_source(name)
        progress(facts.title)
        for paths in _together(facts, study.sources[name].paths):
            found = _read_one(study, facts, paths)
            for layer, table in found.items():
                raw.setdefault(layer, []).append((name, table))
            editions += [_edition(study, facts, path, _years(found)) for path in paths]
    area = study_area(study, raw["districts"][0][1] if "districts" in raw else None)
    zones = raw["neighbourhoods"][0][1]
    reach = Reach(study, area, shapely.box(*zones.total_bounds))
    tables, counts = _clip(raw, reach)
    tables["neighbourhoods"] = mark_inside(tables, study, area, zones)
    own, own_editions = _own_maps(study, reach)
    editions = [*_without_bare_survey(tables, editions), *own_editions]
    _warn_of_the_border(tables["neighbourhoods"], area, study)
    tables |= own
    covers = coverage.reaches(_used(raw), study, area)
    missing = [layer for layer in LAYERS if layer not in tables]
    log.info("layers: %d of %d filled from %d files", len(LAYERS) - len(missing), len(LAYERS), len(editions))
    return Layers(area, tables, editions, missing, counts, {k: v for k, v in covers.items() if k in tables})


def load_source(study: Study, name: str) -> dict[str, Any]:
    """The tables of one source by layer, whole, from all its files; no other file of the study is read.

    Raises
    ------
    StudyError, DataError
        As `load_layers`.
    """
    facts = find_source(name)
    found = [_read_one(study, facts, paths) for paths in _together(facts, study.sources[name].paths)]
    return {layer: _joined([tables[layer] for tables in found]) for layer in found[0]}


def _chosen(study: Study) -> list[str]:
    """The study's sources in declared order; for a layer that takes one source, the first declared one is kept."""
    for name in study.sources:
        find_source(name)
    ordered = [name for name in SOURCES if name in study.sources]
    if {"openstreetmap", "openstreetmap_query"} <= set(ordered):
        raise StudyError(
            "the study names an OpenStreetMap extract and a query of OpenStreetMap: everything in both would count twice",
            "keep one of [sources.openstreetmap] and [sources.openstreetmap_query].",
        )
    filled: set[str] = set()
    chosen = []
    for name in ordered:
        fresh = [layer for layer in SOURCES[name].layers if LAYERS[layer].gathered or layer not in filled]
        if fresh:
            _require_one_file(study, name)
            chosen.append(name)
            filled.update(SOURCES[name].layers)
        else:
            log.info("%s is not used: another source already fills its layer", name)
    lacking = [facts for layer, facts in LAYERS.items() if facts.needed and layer not in filled]
    if lacking:
        raise StudyError(
            "the study lacks what nothing can be done without: " + " and ".join(f.label for f in lacking),
            "add " + "; and ".join(f.how_to_get for f in lacking) + ".",
        )
    return chosen


def _require_one_file(study: Study, name: str) -> None:
    """Stop at several files for a layer that takes one: only the first would count."""
    alone = [layer for layer in SOURCES[name].layers if not LAYERS[layer].gathered]
    if len(study.sources[name].paths) > 1 and alone and SOURCES[name].opens != "raster":
        raise StudyError(
            f"[sources.{name}] path lists {len(study.sources[name].paths)} files, and {LAYERS[alone[0]].label} are read from one",
            "join the files into one, or name the one that counts.",
        )


def _require_files(study: Study, chosen: list[str]) -> None:
    """Every file the study needs is there, or one message names all that are not, before anything is read."""
    if not study.data_folder.is_dir():
        where = "data_dir" if study.data_dir else "TREEPLAN_DATA"
        raise DataError(f"the data folder {study.data_folder} does not exist ({where})", f"correct {where}.")
    wanted = [(f"sources.{name}", path) for name in chosen for path in study.sources[name].paths]
    wanted += [(f"constraints.{name}", c.path) for name, c in study.constraints.items() if c.path is not None and c.use]
    lost = []
    for where, path in wanted:
        with readable(study.data_folder / path):
            if not study.find(path).exists():
                lost.append(f"[{where}] {path}")
    if not lost:
        return
    folder = study.data_folder
    hint = (
        "put them there, or correct their paths in the study file; to get them: `treeplan sources`."
        if study.data_dir or os.environ.get("TREEPLAN_DATA")
        else 'set TREEPLAN_DATA to the folder that holds the data, or write data_dir = "…" into the study file.'
    )
    shown = [*lost[:6], f"… and {len(lost) - 6} more"] if len(lost) > 7 else lost
    files = "1 file of the study is" if len(lost) == 1 else f"{len(lost)} files of the study are"
    raise DataError(f"{files} not in {folder}:\n  " + "\n  ".join(shown), hint)


def _together(facts: Source, paths: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The files that are read at once: all tiles of a raster, else each file by itself."""
    return [paths] if facts.opens == "raster" else [(path,) for path in paths]


def _years(found: Mapping[str, Any]) -> str:
    """The years in which a raster was flown, in words; none where its tiles do not say."""
    years = [year for raster in found.values() if isinstance(raster, rasters.Raster) for year in raster.years]
    return f"flown {', '.join(map(str, years))}" if years else ""


def _read_one(study: Study, facts: Source, paths: tuple[str, ...]) -> dict[str, Any]:
    settings = study.sources[facts.name]
    files = [study.find(path) for path in paths]
    return read(
        facts.name,
        files if len(files) > 1 else files[0],
        columns=settings.columns,
        inside=settings.inside,
        crs=settings.crs,
        keep=settings.keep,
        nodata=settings.nodata,
        warp=settings.warp,
        features=settings.features,
    )


def _edition(study: Study, facts: Source, path: str, years: str = "") -> provenance.Edition:
    """A file, or a folder of tiles, as it was used."""
    settings = study.sources[facts.name]
    file = study.find(path)
    return provenance.Edition(
        source=facts.name,
        layers=facts.layers,
        title=f"invented, in the layout of: {facts.title}" if study.invented else facts.title,
        publisher="nobody: invented" if study.invented else facts.publisher,
        licence="CC0-1.0" if study.invented else facts.licence,
        attribution="Invented data, CC0-1.0: no publisher's data are used." if study.invented else facts.attribution,
        vintage="invented" if study.invented else settings.vintage or years or facts.vintage,
        path=path,
        sha256=provenance.sha256(file),
        size_bytes=sum(part.stat().st_size for part in provenance.files_of(file)),
    )


def _own_maps(study: Study, reach: Reach) -> tuple[dict[str, gpd.GeoDataFrame], list[provenance.Edition]]:
    """The maps of the planner's own constraints, near the study, and the editions of all files that are no source's."""
    tables, editions = {}, []
    for name, settings in study.constraints.items():
        if settings.path is not None and settings.use:
            own = opening.open_map(study.find(settings.path))
            _require_near(settings.path, {name: own}, reach)
            tables[f"own:{name}"] = _near(own, reach.shape)
            editions.append(_own_edition(study, f"constraints.{name}", settings.path))
    if study.area is not None:
        editions.append(_own_edition(study, "area", study.area))
    return tables, editions


def _own_edition(study: Study, what: str, path: str) -> provenance.Edition:
    """A file of the planner's own, so that the record and its hash change when the file does."""
    file = study.find(path)
    return provenance.Edition(
        source=what,
        layers=(what,),
        title="the study's own file",
        publisher="the study",
        licence="not stated",
        attribution=f"{file.name}: the study's own file",
        vintage="not stated",
        path=path,
        sha256=provenance.sha256(file),
        size_bytes=file.stat().st_size,
    )


def _warn_of_the_border(zones: gpd.GeoDataFrame, area: shapely.Geometry, study: Study) -> None:
    """Say so where the neighbourhoods stop at the study's border: people just across it are then not counted."""
    ring = shapely.difference(shapely.buffer(area, study.people.walk_m), area)
    known = geo.area_within(zones.geometry.to_numpy(), np.array([ring])).sum()
    if known < 0.5 * ring.area:
        log.warning(
            "the neighbourhoods stop at the study's border: people who live just across it are not counted, and sites there "
            "rank lower than they should. What to do: use the neighbourhood and census files of the whole region or of England."
        )


@dataclass(frozen=True)
class Reach:
    """What counts as near a study.

    Attributes
    ----------
    study : Study
        How far its walks and constraints reach.
    area : Polygon or MultiPolygon
        The study area.
    known : Polygon
        The box of the neighbourhoods' file: the region the study's files are of.
    """

    study: Study
    area: shapely.Geometry
    known: shapely.Geometry

    @cached_property
    def shape(self) -> shapely.Geometry:
        """The study area with the margin of most layers."""
        return self._with_margin(margin_m(self.study))

    def of(self, layer: str) -> shapely.Geometry:
        """The study area with the margin of a layer."""
        metres = margin_m(self.study, layer)
        return self.shape if metres == margin_m(self.study) else self._with_margin(metres)

    def _with_margin(self, metres: float) -> shapely.Geometry:
        shape = shapely.buffer(self.area, metres)
        shapely.prepare(shape)
        return shape


def margin_m(study: Study, layer: str | None = None) -> float:
    """How far beyond the study area a layer is kept, metres; without a name, the margin of most layers."""
    least = LEAST_MARGIN_M if layer is None else max(LEAST_MARGIN_M, LAYERS[layer].reach_m)
    return max(least, study.people.walk_m, *(c.keep_off_m or 0.0 for c in study.constraints.values()), 0.0)


def _clip(raw: Mapping[str, list[tuple[str, Any]]], reach: Reach) -> tuple[dict[str, Any], dict[str, dict[str, int]]]:
    """One table for each layer, near the study: the first source's, or all of them where the layer gathers."""
    used = _used(raw)
    for name in dict.fromkeys(name for filled in used.values() for name, _ in filled):
        _require_near(name, {layer: t for layer, filled in used.items() for n, t in filled if n == name}, reach)
    clipped: dict[str, Any] = {}
    counts = {}
    for layer, filled in used.items():
        tables = [table for _, table in filled]
        if isinstance(tables[0], rasters.Raster | images.Image):
            clipped[layer] = tables[0]
            continue
        if isinstance(tables[0], gpd.GeoDataFrame):
            near = [_near(table, reach.of(layer)) for table in tables]
            clipped[layer] = near[0] if len(near) == 1 else _stacked(near)
        else:
            clipped[layer] = _joined(tables)
        counts[layer] = {"read": sum(len(table) for table in tables), "kept": len(clipped[layer])}
    return clipped, counts


def _used(raw: Mapping[str, list[tuple[str, Any]]]) -> dict[str, list[tuple[str, Any]]]:
    """The sources that fill each layer: all of them where it gathers, else the first declared one."""
    return {layer: filled if LAYERS[layer].gathered else filled[:1] for layer, filled in raw.items()}


def _stacked(tables: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    filled = [table for table in tables if len(table)] or tables[:1]
    return gpd.GeoDataFrame(pd.concat(filled, ignore_index=True), crs=geo.BNG)


def _joined(tables: list[Any]) -> Any:
    """Tables without shapes, one below the other."""
    return tables[0] if len(tables) == 1 else pd.concat(tables, ignore_index=True)


def _near(table: gpd.GeoDataFrame, reach: shapely.Geometry) -> gpd.GeoDataFrame:
    """The features that come within reach of the study, whole."""
    return table[shapely.intersects(reach, table.geometry.to_numpy())].reset_index(drop=True)


def _require_near(name: str, tables: Mapping[str, Any], reach: Reach) -> None:
    """Stop at a file of another place: that nothing of it is near is no proof that nothing is there.

    Each file is judged on its own, before layers are gathered from several, or one would hide another's mistake.
    """
    for table in tables.values():
        if isinstance(table, rasters.Raster | images.Image) and not table.reach.intersects(reach.area):
            raise DataError(
                f"{table.path.name} does not touch the study area", "use the tiles that cover it, or leave it out."
            )
    maps = {layer: t for layer, t in tables.items() if isinstance(t, gpd.GeoDataFrame) and len(t)}
    bare = [layer for layer, t in maps.items() if not shapely.intersects(reach.shape, t.geometry.to_numpy()).any()]
    if not bare:
        return
    west, south, east, north = shapely.total_bounds([shapely.box(*t.total_bounds) for t in maps.values()])
    box = shapely.box(west, south, east, north)
    if len(bare) == len(maps) and (not box.intersects(reach.known) or box.distance(reach.area) > FAR_M):
        raise DataError(
            f"the file of '{name}' lies somewhere else than the study area: it spans {west:.0f}–{east:.0f} east, "
            f"{south:.0f}–{north:.0f} north",
            "use the file for this place; if it is the right file, its coordinate system may be wrong (crs = …).",
        )
    what = f"the file of '{name}'" if len(maps) == 1 else f"'{name}' ({', '.join(bare)})"
    log.warning("%s has nothing near the study area. If that is a surprise, check the file.", what)


def _without_bare_survey(tables: dict[str, Any], editions: list[provenance.Edition]) -> list[provenance.Edition]:
    """Stop at a raster of canopy that has a gap over the whole study; where canopy is known otherwise, go on without it."""
    counted = {layer for ways in CANOPY_KINDS.values() for way in ways for layer in way}
    for layer in [name for name, table in tables.items() if name in counted and isinstance(table, rasters.Raster)]:
        raster, zones = tables[layer], tables["neighbourhoods"]
        if _holds_anything(raster, zones[zones["inside"]].geometry.to_numpy()):
            continue
        said = f"{raster.path.name} holds no cell anywhere in the study area: it was not surveyed, or nodata is wrong"
        others = canopy_kinds(name for name in tables if name != layer)
        if not others:
            raise DataError(
                said, "use the tiles that cover the study, correct nodata in the study file, or leave it out."
            )
        log.warning("%s. It is not used: canopy is counted from another source (%s).", said, others[0])
        del tables[layer]
        editions = [edition for edition in editions if layer not in edition.layers]
    return editions


def _holds_anything(raster: rasters.Raster, shapes: geo.Shapes) -> bool:
    """Whether a raster surveyed anything in the boxes of shapes."""
    with raster.opened() as read:
        return any(read(*box)[0].count() for shape in shapes for box in raster.windows(shape.bounds))
