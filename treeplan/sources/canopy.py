"""Sources on trees that already stand: woods, trees outside them, and canopy as heights, mask, land cover or points."""

from __future__ import annotations

import logging
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from treeplan.errors import DataError, listed
from treeplan.rasters import Raster, Tile, joined
from treeplan.schemas import number, row_list, text
from treeplan.sources import source
from treeplan.sources.credits import ENVIRONMENT_AGENCY, FOREST_RESEARCH, OGL, OS, PUBLIC, UNSTATED
from treeplan.sources.tiles import each_tile

log = logging.getLogger(__name__)

TALLEST_M = 60.0
"""No tree in England is much taller than this, metres."""

WINDOWS, WINDOW_CELLS = 5, 100
"""A tile is tried in so many windows each way, of so many cells each way."""


@source(
    layer="woodland",
    title="Woodland (OS Open Map Local, or National Forest Inventory)",
    publisher="Ordnance Survey",
    licence=OGL,
    attribution=OS,
    vintage="not stated",
    url="https://api.os.uk/downloads/v1/products",
    opens="map",
    shape="areas",
    optional={"wood_id": ("ID", "id"), "category": "CATEGORY"},
    schema={"wood_id": text(required=False)},
)
def woodland(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read existing woodland as polygons; what the National Forest Inventory itself calls no woodland is left out."""
    # The category's wording is an assumption, to be verified on the National Forest Inventory's own file.
    if "category" not in table:
        return table
    return table[table["category"].str.casefold() != "non woodland"].drop(columns="category")


@source(
    layer="trees",
    title="Council trees along highways",
    publisher="the council",
    licence=OGL,
    attribution=PUBLIC,
    vintage="not stated",
    url="https://www.data.gov.uk",
    opens="map",
    shape="points",
    optional={"tree_id": ("treeID", "tree_id"), "species": "species", "street": "street"},
    schema={"tree_id": text(required=False), "species": text(required=False), "street": text(required=False)},
)
def trees(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read single trees as points; crown sizes are rarely recorded."""
    return table


@source(
    layer="canopy_height",
    title="Lidar Vegetation Object Model, 1 m",
    publisher="Environment Agency",
    licence=OGL,
    attribution=ENVIRONMENT_AGENCY,
    vintage="differs by tile",
    url="https://environment.data.gov.uk/spatialdata/vegetation-object-model/wms",
    opens="raster",
)
def vegetation_object_model(raster: Raster) -> Raster:
    """Read heights of vegetation above 2.5 m, one file or a folder of tiles; hedges, saplings and new planting are not in it."""
    each_tile(raster.tiles, _require_heights)
    return raster


def _require_heights(tile: Tile) -> None:
    cells = _sample(joined(tile.path, [tile]))
    high = float(np.percentile(cells, 99)) if len(cells) else 0.0
    if high <= TALLEST_M:
        return
    if tile.kind == "uint8":
        raise DataError(
            f"{tile.path.name} looks like a hillshade picture, not heights: 8-bit, one cell in a hundred above {high:,.0f}",
            "use the VOM tiles of heights (their numbers are metres with decimals).",
        )
    raise DataError(
        f"{tile.path.name} cannot hold heights in metres: one cell in a hundred is above {high:,.0f}",
        "they may be in centimetres, or heights above the sea instead of above the ground: convert the file to metres "
        "above the ground, or use the Vegetation Object Model.",
    )


def _sample(raster: Raster) -> npt.NDArray[Any]:
    """The surveyed cells of some windows spread over a raster."""
    west, south, east, north = raster.bounds
    side = min(WINDOW_CELLS * raster.cell_m, east - west, north - south)
    with raster.opened() as read:
        seen = [
            read(x, y, x + side, y + side)[0].compressed()
            for x in np.linspace(west, east - side, WINDOWS)
            for y in np.linspace(south, north - side, WINDOWS)
        ]
    return np.concatenate(seen)


@source(
    layer="canopy_mask",
    title="Canopy mask",
    publisher="whoever mapped it",
    licence=UNSTATED,
    attribution="Canopy mask: the study's own.",
    vintage="not stated",
    url="https://www.data.gov.uk",
    opens="raster",
)
def canopy_mask(raster: Raster) -> Raster:
    """Read a raster of 1 where there is canopy and 0 where there is none."""
    each_tile(raster.tiles, _require_mask)
    return raster


def _require_mask(tile: Tile) -> None:
    cells = _sample(joined(tile.path, [tile]))
    odd = np.unique(cells[(cells != 0) & (cells != 1)])
    if not len(odd):
        return
    name = tile.path.name
    some = ", ".join(f"{value:g}" for value in odd[:4])
    if cells.min() >= 0 and cells.max() <= 100 and (cells.max() > 1 or (odd % 1 != 0).any()):
        what = "percentages (or heights)" if cells.max() > 1 else "shares"
        raise DataError(
            f"{name} holds {what} as cells, not a mask: {some} beside 0 and 1",
            "a mask says 1 for canopy and 0 for none: choose from which cover a cell counts as canopy (for example "
            f"gdal_calc -A {name} --calc='A>={50 if cells.max() > 1 else 0.5}' --outfile=mask.tif).",
        )
    raise DataError(
        f"{name} is no mask: a cell must be 1 (canopy) or 0 (none); found {some}",
        "convert it to 1 and 0; a value that means 'not surveyed' goes into the study file (nodata = 255); heights go under [sources.vegetation_object_model], classes of "
        "land cover under [sources.land_cover].",
    )


@source(
    layer="land_cover",
    title="WorldCover v200, 10 m",
    publisher="European Space Agency",
    licence="CC-BY-4.0",
    attribution="© ESA WorldCover project. Contains modified Copernicus Sentinel data (2021).",
    vintage="2021",
    url="https://esa-worldcover.org",
    opens="raster",
)
def land_cover(raster: Raster) -> Raster:
    """Read classes of land cover (10 = tree cover); cells of 10 m miss street trees. Published in degrees: warp = true."""
    each_tile(raster.tiles, _require_classes)
    return raster


def _require_classes(tile: Tile) -> None:
    cells = _sample(joined(tile.path, [tile]))
    odd = np.unique(cells[(cells % 1 != 0) | (cells < 0) | (cells > 255)])
    if len(odd):
        raise DataError(
            f"{tile.path.name} holds no classes of land cover: classes are whole numbers from 0 to 255; found "
            + ", ".join(f"{value:g}" for value in odd[:4]),
            "use the map of classes; heights go under [sources.vegetation_object_model].",
        )
    if np.issubdtype(np.dtype(tile.kind), np.floating):
        raise DataError(
            f"{tile.path.name} looks like heights in whole metres, not classes of land cover: its numbers may have decimals "
            f"({tile.kind})",
            "heights go under [sources.vegetation_object_model]; if they are classes, save them as whole numbers: "
            f"gdal_translate -ot Byte {tile.path.name} new.tif",
        )


@source(
    layer="trees_outside_woodland",
    title="National Trees Outside Woodland map",
    publisher="Forest Research",
    licence=OGL,
    attribution=FOREST_RESEARCH,
    vintage="first release, April 2025",
    url="https://environment.data.gov.uk/spatialdata/national-trees-outside-woodland-map/ogc/features/v1",
    opens="map",
    shape="areas",
    optional={
        "tree_id": ("TOW_ID", "id", "FID"),
        "woodland_type": ("Woodland_Type", "woodland_type"),
        "height_m": ("MAXHT", "maxht"),
    },
    schema={
        "tree_id": text(required=False),
        "woodland_type": text(required=False),
        "height_m": number(0, required=False),
    },
)
def trees_outside_woodland(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read crowns and groups of trees outside woodland as areas, each once."""
    # The column of the feature's id is an assumption, to be verified on the published file.
    again = table.geometry.duplicated()
    if "tree_id" in table:
        again |= table["tree_id"].duplicated() & table["tree_id"].notna()
    if again.any():
        log.warning(
            "trees outside woodland: %d of %d features come twice, by their id or their shape, and count once.",
            int(again.sum()),
            len(table),
        )
    return table[~again]


_TREE = {"tree", "trees", "tree/shrub", "canopy", "tree canopy", "t", "yes", "1"}
_NO_TREE = {"not tree", "non tree", "no tree", "not a tree", "no canopy", "nt", "no", "0"}
_UNSURE = {"", "unknown", "unsure", "unclear", "not visible"}
"""Answers that a point of a photo interpretation may carry, spaces, hyphens and underscores alike."""


@source(
    layer="canopy_survey",
    title="Point survey of canopy (photo interpretation)",
    publisher="the planner's own",
    licence=UNSTATED,
    attribution="Point survey of canopy: the planner's own.",
    vintage="not stated",
    url="https://canopy.itreetools.org",
    opens="places",
    columns={"class": ("class", "cover class", "cover")},
    optional={
        "point_id": ("point_id", "id", "point"),
        "easting": ("easting", "x"),
        "northing": ("northing", "y"),
        "lon": ("longitude", "lon", "long"),
        "lat": ("latitude", "lat"),
    },
)
def canopy_survey(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read points of a photo interpretation: `is_tree`, true where a point lies on a tree."""
    said = table["class"].fillna("").astype(str).str.casefold().str.replace(r"[\s_-]+", " ", regex=True).str.strip()
    strange = ~said.isin(_TREE | _NO_TREE | _UNSURE)
    if strange.any():
        raise DataError(
            f"class: must say tree or not tree; found {listed(sorted(set(table.loc[strange, 'class'])))} "
            f"({row_list(table.index[strange])})",
            "write 'tree' or 'not tree' for each point: every other kind of cover is 'not tree'.",
        )
    unsure = said.isin(_UNSURE)
    if unsure.any():
        log.warning("canopy survey: %d of %d points have no answer and are left out.", int(unsure.sum()), len(table))
    return table.drop(columns="class").assign(is_tree=said.isin(_TREE))[~unsure]
