"""Sources on heritage: what is listed, scheduled or registered."""

from __future__ import annotations

import geopandas as gpd

from treeplan.schemas import text
from treeplan.sources import source
from treeplan.sources.credits import HISTORIC_ENGLAND, OGL, PUBLIC

_NHLE = "https://services-eu1.arcgis.com/ZOdPfBS3aqqDYPUQ/arcgis/rest/services/National_Heritage_List_for_England_NHLE_v02_VIEW/FeatureServer"


@source(
    layer="monuments",
    title="National Heritage List for England: scheduled monuments",
    publisher="Historic England",
    licence=OGL,
    attribution=HISTORIC_ENGLAND,
    vintage="not stated",
    url=f"{_NHLE}/6",
    opens="map",
    optional={"name": ("Name", "site_name")},
    schema={"name": text(required=False)},
    shape="areas",
)
def scheduled_monuments(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read scheduled monuments."""
    return table


@source(
    layer="listed_buildings",
    title="National Heritage List for England: listed buildings",
    publisher="Historic England",
    licence=OGL,
    attribution=HISTORIC_ENGLAND,
    vintage="not stated",
    url=f"{_NHLE}/0",
    opens="map",
    shape="points",
    optional={"name": "Name", "grade": "Grade"},
    schema={"name": text(required=False), "grade": text(required=False)},
)
def listed_buildings(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read listed buildings as points."""
    return table


@source(
    layer="conservation_areas",
    title="Conservation areas",
    publisher="planning authorities",
    licence=OGL,
    attribution=PUBLIC,
    vintage="not stated",
    url="https://www.planning.data.gov.uk/entity.geojson?dataset=conservation-area",
    opens="map",
    optional={"name": ("name", "site_name")},
    schema={"name": text(required=False)},
    shape="areas",
)
def conservation_areas(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read conservation areas."""
    return table


@source(
    layer="registered_parks",
    title="National Heritage List for England: registered parks and gardens",
    publisher="Historic England",
    licence=OGL,
    attribution=HISTORIC_ENGLAND,
    vintage="not stated",
    url=_NHLE,
    opens="map",
    optional={"name": ("Name", "site_name")},
    schema={"kind": text(nullable=False), "name": text(required=False)},
    shape="areas",
)
def registered_parks_and_gardens(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read registered historic parks and gardens."""
    return table.assign(kind="registered park or garden")


@source(
    layer="registered_parks",
    title="National Heritage List for England: registered battlefields",
    publisher="Historic England",
    licence=OGL,
    attribution=HISTORIC_ENGLAND,
    vintage="not stated",
    url=_NHLE,
    opens="map",
    optional={"name": ("Name", "site_name")},
    schema={"kind": text(nullable=False), "name": text(required=False)},
    shape="areas",
)
def registered_battlefields(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read registered battlefields."""
    return table.assign(kind="registered battlefield")
