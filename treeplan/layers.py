"""Choose a source for each layer, read it, clip it to the study area with a margin → Layers."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from treeplan import geo, provenance
from treeplan.errors import DataError, StudyError
from treeplan.sources import SOURCES, Source, find_source, opening, read
from treeplan.study import Study
from treeplan.vocabulary import LAYERS, present_district_code

log = logging.getLogger(__name__)

LEAST_MARGIN_M = 1_000.0
"""How far beyond the study area layers reach at least, so that a pylon line or homes just outside still count, metres."""

TOUCHED_SHARE = 0.01
"""Part of a neighbourhood that must lie in a study area drawn by hand for it to belong to the study."""

SELECTING = ("districts", "neighbourhoods", "area_lookup")
"""Layers that say where the study is; they are read first."""


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
    """

    area: shapely.Geometry
    tables: dict[str, Any]
    editions: list[provenance.Edition] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)

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
        for layer, table in _read_one(study, facts).items():
            raw.setdefault(layer, []).append((name, table))
        editions.append(_edition(study, facts))
    area = study_area(study, raw)
    margin = max(LEAST_MARGIN_M, study.people.walk_m, *(c.keep_off_m or 0.0 for c in study.constraints.values()), 0.0)
    reach = shapely.buffer(area, margin)
    tables, counts = _clip(_one_each(raw), area, reach)
    tables["neighbourhoods"] = _mark_inside(tables, study, area)
    for name, settings in study.constraints.items():
        if settings.path is not None and settings.use:
            own = opening.open_map(study.find(settings.path))
            tables[f"own:{name}"] = _clip_map(
                own, reach, settings.path, shapely.box(*raw["neighbourhoods"][0][1].total_bounds)
            )
            editions.append(_own_edition(study, f"constraints.{name}", settings.path))
    if study.area is not None:
        editions.append(_own_edition(study, "area", study.area))
    _warn_of_the_border(tables["neighbourhoods"], area, study)
    missing = [layer for layer in LAYERS if layer not in tables]
    log.info("layers: %d of %d filled from %d files", len(LAYERS) - len(missing), len(LAYERS), len(editions))
    return Layers(area, tables, editions, missing, counts)


def _chosen(study: Study) -> list[str]:
    """The study's sources in declared order; for a layer that takes one source, the first declared one is kept."""
    for name in study.sources:
        find_source(name)
    ordered = [name for name in SOURCES if name in study.sources]
    filled: set[str] = set()
    chosen = []
    for name in ordered:
        fresh = [layer for layer in SOURCES[name].layers if LAYERS[layer].gathered or layer not in filled]
        if fresh:
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


def _require_files(study: Study, chosen: list[str]) -> None:
    """Every file the study needs is there, or one message names all that are not, before anything is read."""
    if not study.data_folder.is_dir():
        where = "data_dir" if study.data_dir else "TREEPLAN_DATA"
        raise DataError(f"the data folder {study.data_folder} does not exist ({where})", f"correct {where}.")
    wanted = [(f"sources.{name}", study.sources[name].path) for name in chosen]
    wanted += [(f"constraints.{name}", c.path) for name, c in study.constraints.items() if c.path is not None and c.use]
    lost = [f"[{where}] {path}" for where, path in wanted if not study.find(path).exists()]
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


def _read_one(study: Study, facts: Source) -> dict[str, Any]:
    settings = study.sources[facts.name]
    return read(
        facts.name,
        study.find(settings.path),
        columns=settings.columns,
        inside=settings.inside,
        crs=settings.crs,
        keep=settings.keep,
        nodata=settings.nodata,
        features=settings.features,
    )


def _edition(study: Study, facts: Source) -> provenance.Edition:
    settings = study.sources[facts.name]
    path = study.find(settings.path)
    return provenance.Edition(
        source=facts.name,
        layers=facts.layers,
        title=f"invented, in the layout of: {facts.title}" if study.invented else facts.title,
        publisher="nobody: invented" if study.invented else facts.publisher,
        licence="CC0-1.0" if study.invented else facts.licence,
        attribution="Invented data, CC0-1.0: no publisher's data are used." if study.invented else facts.attribution,
        vintage="invented" if study.invented else settings.vintage or facts.vintage,
        path=settings.path,
        sha256=provenance.sha256(path),
        size_bytes=path.stat().st_size,
    )


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
    known = shapely.area(shapely.intersection(zones.geometry.to_numpy(), ring)).sum()
    if known < 0.5 * ring.area:
        log.warning(
            "the neighbourhoods stop at the study's border: people who live just across it are not counted, and sites there "
            "rank lower than they should. What to do: use the neighbourhood and census files of the whole region or of England."
        )


def _one_each(raw: dict[str, list[tuple[str, Any]]]) -> dict[str, Any]:
    """One table for each layer: the first source's, or all of them one under another where the layer gathers."""
    tables = {}
    for layer, filled in raw.items():
        if LAYERS[layer].gathered and len(filled) > 1:
            tables[layer] = gpd.GeoDataFrame(pd.concat([t for _, t in filled], ignore_index=True), crs=geo.BNG)
        else:
            tables[layer] = filled[0][1]
    return tables


def study_area(study: Study, raw: Mapping[str, list[tuple[str, Any]]]) -> shapely.Geometry:
    """The study area: a polygon file of the planner's own, or the union of the districts the study names.

    Raises
    ------
    StudyError
        A code is no district of the boundaries file, or there is no such file.
    """
    if study.area is not None:
        path = study.find(study.area)
        if not path.exists():
            raise StudyError(f"area: {path} does not exist", "correct the path, or name places by code instead.")
        return geo.areal_part(shapely.union_all(opening.open_map(path).geometry.to_numpy()))
    if "districts" not in raw:
        raise StudyError(
            "places are given by code, but the study has no district boundaries",
            f"add {LAYERS['districts'].how_to_get}.",
        )
    districts = raw["districts"][0][1]
    wanted = {present_district_code(code) for code in study.places}
    unknown = sorted(wanted - set(districts["district_code"]))
    if unknown:
        some = ", ".join(sorted(districts["district_code"])[:6])
        raise StudyError(
            f"places: {', '.join(unknown)} is not in the district boundaries (they hold {some} …)", "correct the codes."
        )
    return geo.areal_part(shapely.union_all(districts.loc[districts["district_code"].isin(wanted)].geometry.to_numpy()))


def _clip(
    tables: dict[str, Any], area: shapely.Geometry, reach: shapely.Geometry
) -> tuple[dict[str, Any], dict[str, dict[str, int]]]:
    clipped, counts = {}, {}
    known = shapely.box(*tables["neighbourhoods"].total_bounds)
    shapely.prepare(reach)
    for layer, table in tables.items():
        if isinstance(table, gpd.GeoDataFrame):
            clipped[layer] = _clip_map(table, reach, layer, known)
            counts[layer] = {"read": len(table), "kept": len(clipped[layer])}
        elif isinstance(table, geo.Raster):
            if not shapely.box(*table.bounds).intersects(area):
                raise DataError(
                    f"{table.path.name} does not touch the study area", "use the tiles that cover it, or leave it out."
                )
            clipped[layer] = table
        else:
            clipped[layer] = table
            counts[layer] = {"read": len(table), "kept": len(table)}
    return clipped, counts


def _clip_map(table: gpd.GeoDataFrame, reach: shapely.Geometry, what: str, known: shapely.Geometry) -> gpd.GeoDataFrame:
    """The features that come within reach of the study, whole; a layer of another place is an error, not "none"."""
    near = table[shapely.intersects(reach, table.geometry.to_numpy())]
    if near.empty and len(table):
        west, south, east, north = table.total_bounds
        if not shapely.box(west, south, east, north).intersects(known):
            raise DataError(
                f"the layer '{what}' lies somewhere else than the study area: it spans {west:.0f}–{east:.0f} east, "
                f"{south:.0f}–{north:.0f} north",
                "use the file for this place; if it is the right file, its coordinate system may be wrong (crs = …).",
            )
        log.warning("the layer '%s' has nothing near the study area. If that is a surprise, check the file.", what)
    return near.reset_index(drop=True)


def _mark_inside(tables: dict[str, Any], study: Study, area: shapely.Geometry) -> gpd.GeoDataFrame:
    """Neighbourhoods with ward and district, and whether each belongs to the study or only to its margin."""
    zones = tables["neighbourhoods"]
    if "area_lookup" in tables:
        lookup = tables["area_lookup"].drop_duplicates("lsoa21_code")
        zones = zones.merge(lookup, on="lsoa21_code", how="left", validate="one_to_one")
        lost = zones["district_code"].isna() & shapely.within(geo.inside_points(zones.geometry.to_numpy()), area)
        if lost.any():
            raise DataError(
                f"{int(lost.sum())} neighbourhoods are not in the lookup to wards and districts, e.g. {zones.loc[lost, 'lsoa21_code'].iloc[0]}",
                "use a lookup that covers the whole place, of the same census year (LSOA 2021).",
            )
    else:
        zones = _districts_from_map(zones, tables.get("districts"))
    if study.places:
        wanted = {present_district_code(code) for code in study.places}
        inside = zones["district_code"].map(present_district_code, na_action="ignore").isin(wanted)
    else:
        shapes = zones.geometry.to_numpy()
        inside = shapely.area(shapely.intersection(shapes, area)) >= TOUCHED_SHARE * shapely.area(shapes)
    zones["inside"] = inside
    if not zones["inside"].any():
        raise DataError(
            "no neighbourhood lies in the study area", "check places or area against the neighbourhood boundaries."
        )
    return gpd.GeoDataFrame(zones.sort_values("lsoa21_code", ignore_index=True), crs=geo.BNG)


def _districts_from_map(zones: gpd.GeoDataFrame, districts: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    zones = zones.assign(ward_code=None, ward_name=None, district_code=None, district_name=None)
    if districts is not None:
        points = geo.inside_points(zones.geometry.to_numpy())
        which, where = shapely.STRtree(districts.geometry.to_numpy()).query(points, predicate="within")
        for column in ("district_code", "district_name"):
            zones.loc[zones.index[which], column] = districts[column].to_numpy()[where]
    return zones
