"""Where a study is: its area, and its neighbourhoods with ward and district, so that nobody who lives there is left out."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from treeplan import areal, geo
from treeplan.errors import DataError, StudyError, counted, listed
from treeplan.roles import LAYERS
from treeplan.sources import opening
from treeplan.sources.spoilt import readable
from treeplan.study import Study
from treeplan.vocabulary import present_district_code

log = logging.getLogger(__name__)

TOUCHED_SHARE = 0.01
"""Part of a neighbourhood that must lie in a study area drawn by hand for it to belong to the study."""

GAP_SHARE = 0.02
"""Part of the study area that may lie in no neighbourhood: borders of different editions do not meet exactly."""


ENGLAND = "E92000001"
"""The GSS code of England: every district of the file."""


def study_area(study: Study, districts: gpd.GeoDataFrame | None) -> shapely.Geometry:
    """The study area: a polygon file of the planner's own, or the union of the districts the study names.

    Raises
    ------
    StudyError
        A code is no district of the boundaries file, or there is no such file.
    DataError
        The area's file holds no areas.
    """
    if study.area is not None:
        path = study.find(study.area)
        with readable(path):
            if not path.exists():
                raise StudyError(f"area: {path} does not exist", "correct the path, or name places by code instead.")
        drawn = opening.open_map(path, shape="areas")
        return _not_empty(geo.areal_part(shapely.union_all(drawn.geometry.to_numpy())), path.name)
    if districts is None:
        raise StudyError(
            "places are given by code, but the study has no district boundaries",
            f"add {LAYERS['districts'].how_to_get}.",
        )
    wanted = _wanted(study, districts["district_code"])
    unknown = sorted(wanted - set(districts["district_code"]))
    if unknown:
        some = listed(sorted(districts["district_code"]), most=6)
        raise StudyError(
            f"places: {', '.join(unknown)} is not in the district boundaries (they hold {some})", "correct the codes."
        )
    own = districts.loc[districts["district_code"].isin(wanted)].geometry.to_numpy()
    return _not_empty(geo.areal_part(shapely.union_all(own)), study.sources["districts"].paths[0])


def _not_empty(area: shapely.Geometry, file: str) -> shapely.Geometry:
    if not area.area > 0:
        raise DataError(f"the study area is empty: {file} holds no ground for it", "use a file with areas (polygons).")
    return area


def mark_inside(
    tables: Mapping[str, Any], study: Study, area: shapely.Geometry, read: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Neighbourhoods with ward and district, and whether each belongs to the study or only to its margin.

    Parameters
    ----------
    tables : mapping
        Layers near the study.
    study : Study
        The study.
    area : Polygon or MultiPolygon
        The study area, EPSG:27700.
    read : GeoDataFrame
        All neighbourhoods of the file, also those without a shape.

    Raises
    ------
    DataError
        A neighbourhood of the study is in no lookup, or has no border, or there is none.
    """
    zones = tables["neighbourhoods"]
    if "area_lookup" in tables:
        zones = _with_wards(zones, tables["area_lookup"], area)
    else:
        zones = _districts_from_map(zones, tables.get("districts"))
    if study.places:
        inside = (
            zones["district_code"]
            .map(present_district_code, na_action="ignore")
            .isin(_wanted(study, zones["district_code"]))
        )
    else:
        shapes = zones.geometry.to_numpy()
        inside = shapely.area(shapely.intersection(shapes, area)) >= TOUCHED_SHARE * shapely.area(shapes)
    zones["inside"] = inside
    _require_everybody(zones, tables, study, area, read)
    if not zones["inside"].any():
        raise DataError(
            "no neighbourhood lies in the study area", "check places or area against the neighbourhood boundaries."
        )
    return gpd.GeoDataFrame(zones.sort_values("lsoa21_code", ignore_index=True), crs=geo.BNG)


def _wanted(study: Study, there: Iterable[str]) -> set[str]:
    """The districts that the study names, by their present codes; all that are there where it names England."""
    named = there if ENGLAND in study.places else study.places
    return {present_district_code(code) for code in named if isinstance(code, str)}


def _with_wards(zones: gpd.GeoDataFrame, lookup: pd.DataFrame, area: shapely.Geometry) -> gpd.GeoDataFrame:
    zones = zones.merge(lookup.drop_duplicates("lsoa21_code"), on="lsoa21_code", how="left", validate="one_to_one")
    lost = zones["district_code"].isna() & shapely.within(geo.inside_points(zones.geometry.to_numpy()), area)
    if lost.any():
        raise DataError(
            f"the lookup to wards and districts lacks {counted(int(lost.sum()), 'neighbourhood')}, e.g. {zones.loc[lost, 'lsoa21_code'].iloc[0]}",
            "use a lookup that covers the whole place, of the same census year (LSOA 2021).",
        )
    return zones


def _districts_from_map(zones: gpd.GeoDataFrame, districts: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    zones = zones.assign(ward_code=None, ward_name=None, district_code=None, district_name=None)
    if districts is not None:
        points = geo.inside_points(zones.geometry.to_numpy())
        where = areal.zone_at(shapely.get_x(points), shapely.get_y(points), districts.geometry.to_numpy())
        for column in ("district_code", "district_name"):
            zones.loc[where >= 0, column] = districts[column].to_numpy()[where[where >= 0]]
    return zones


# ---------------------------------------------------------------- nobody left out


def _require_everybody(
    zones: gpd.GeoDataFrame, tables: Mapping[str, Any], study: Study, area: shapely.Geometry, read: gpd.GeoDataFrame
) -> None:
    """Stop where a neighbourhood of the study has no border: its residents would count nowhere, and nobody would see it.

    The lookups say which neighbourhoods there must be. Without one, or where the area is drawn by hand, the ground itself
    is compared: a hole in the neighbourhoods is people left out, unless the lookup knows of nobody there (a river, the sea).
    """
    placed = _placed(tables)
    bare = set(read.loc[read.geometry.isna(), "lsoa21_code"])
    if placed is None:
        lost, expected = bare, int(zones["inside"].sum()) + len(bare)
    else:
        # Of districts that are named, every neighbourhood must be near; of those that a drawn area cuts, in the file.
        districts = (
            _wanted(study, placed) if study.places else set(zones.loc[zones["inside"], "district_code"].dropna())
        )
        own = set(placed.index[placed.isin(districts)])
        lost, expected = (
            own - set(zones["lsoa21_code"] if study.places else read["lsoa21_code"]) | (own & bare),
            len(own),
        )
    missing = 1 - float(geo.area_within(zones.geometry.to_numpy(), np.array([area])).sum()) / area.area
    if lost and (study.places or missing > GAP_SHARE or lost & bare):
        raise _left_out(sorted(lost), expected, bare, tables["residents"])
    if missing <= GAP_SHARE:
        return
    hole = f"{missing:.0%} of the study area ({missing * area.area / 1e6:,.1f} km²) lies in no neighbourhood"
    if placed is None:
        raise DataError(
            f"{hole}: the boundaries lack some, and the people there would be left out",
            "use neighbourhood boundaries (LSOA 2021) that hold the whole place. If that ground is water, add "
            "[sources.lsoa_to_ward], which says which neighbourhoods there are.",
        )
    log.warning("%s, though no neighbourhood of the lookup is missing: water, or borders of another edition.", hole)


def _placed(tables: Mapping[str, Any]) -> pd.Series | None:
    """The district of each neighbourhood as the lookups have it, the newer one first; None where the study has neither."""
    lookups = [
        tables[layer][["lsoa21_code", "district_code"]] for layer in ("area_lookup", "lsoa_lookup") if layer in tables
    ]
    if not lookups:
        return None
    table = pd.concat(lookups).drop_duplicates("lsoa21_code").set_index("lsoa21_code")
    return table["district_code"].map(present_district_code)


def _left_out(lost: list[str], expected: int, bare: set[str], residents: pd.DataFrame) -> DataError:
    living = residents.set_index("lsoa21_code")["residents"].reindex(lost)
    people = f"{living.sum():,.0f} residents" + (
        f" and those of {int(living.isna().sum())} that the census table lacks too" if living.isna().any() else ""
    )
    shapeless = [code for code in lost if code in bare]
    how = f"; without a shape: {listed(shapeless)}" if shapeless else ""
    return DataError(
        f"the boundaries hold {expected - len(lost):,} of the {expected:,} neighbourhoods of the study's districts; {len(lost):,} are missing "
        f"({listed(lost, most=5)}{how}), and with them {people}",
        "use neighbourhood boundaries (LSOA 2021) that hold the whole place; download them again, or mend those shapes.",
    )
