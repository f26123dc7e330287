"""Sources on trees that already stand: woodland, single trees, canopy height."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from treeplan.errors import DataError
from treeplan.rasters import Raster
from treeplan.schemas import text
from treeplan.sources import source
from treeplan.sources.credits import ENVIRONMENT_AGENCY, OGL, OS, PUBLIC

TALLEST_M = 60.0
"""No tree in England is much taller than this, metres."""

WINDOWS, WINDOW_CELLS = 5, 100
"""Heights are tried in so many windows each way, of so many cells each way."""


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
    """Read heights of vegetation above 2.5 m; hedges, saplings and new planting are not in it."""
    high = _height_passed_by_few(raster)
    if high > TALLEST_M:
        raise DataError(
            f"{raster.path.name} cannot hold heights in metres: one cell in a hundred is above {high:,.0f}",
            "they may be in centimetres, or heights above the sea instead of above the ground: convert the file to metres "
            "above the ground, or use the Vegetation Object Model.",
        )
    return raster


def _height_passed_by_few(raster: Raster) -> float:
    """The 99th percentile of the cells of some windows spread over the raster; 0 where they hold nothing."""
    west, south, east, north = raster.bounds
    side = min(WINDOW_CELLS * raster.cell_m, east - west, north - south)
    seen = [
        raster.read(x, y, x + side, y + side)[0].compressed()
        for x in np.linspace(west, east - side, WINDOWS)
        for y in np.linspace(south, north - side, WINDOWS)
    ]
    cells = np.concatenate(seen)
    return float(np.percentile(cells, 99)) if len(cells) else 0.0
