"""Sources on trees that already stand: woodland, single trees, canopy height."""

from __future__ import annotations

import geopandas as gpd

from treeplan.geo import Raster
from treeplan.schemas import text
from treeplan.sources import source
from treeplan.sources.credits import ENVIRONMENT_AGENCY, OGL, OS, PUBLIC


@source(
    layer="woodland",
    title="Woodland (OS Open Map Local, or National Forest Inventory)",
    publisher="Ordnance Survey",
    licence=OGL,
    attribution=OS,
    vintage="not stated",
    url="https://api.os.uk/downloads/v1/products",
    opens="map",
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
    return raster
