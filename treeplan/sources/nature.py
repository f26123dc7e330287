"""Sources on nature and heritage: protected places and listed things."""

from __future__ import annotations

import geopandas as gpd

from treeplan.schemas import text
from treeplan.sources import source
from treeplan.sources.credits import HISTORIC_ENGLAND, NATURAL_ENGLAND, OGL, PUBLIC

_ARCGIS = "https://services.arcgis.com/JJzESW51TqeY9uat/arcgis/rest/services/"
_NHLE = "https://services-eu1.arcgis.com/ZOdPfBS3aqqDYPUQ/arcgis/rest/services/National_Heritage_List_for_England_NHLE_v02_VIEW/FeatureServer"


@source(
    layer="sssi",
    title="Sites of Special Scientific Interest (England)",
    publisher="Natural England",
    licence=OGL,
    attribution=NATURAL_ENGLAND,
    vintage="not stated",
    url=f"{_ARCGIS}SSSI_England/FeatureServer",
    opens="map",
    shape="areas",
    optional={"name": ("NAME", "SSSI_NAME", "site_name")},
    schema={"name": text(required=False)},
)
def sssi(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read Sites of Special Scientific Interest."""
    return table


@source(
    layer="nature_reserves",
    title="Local Nature Reserves (England)",
    publisher="Natural England",
    licence=OGL,
    attribution=NATURAL_ENGLAND,
    vintage="not stated",
    url=_ARCGIS,
    opens="map",
    shape="areas",
    optional={"name": ("LNR_NAME", "NAME", "site_name")},
    schema={"name": text(required=False)},
)
def local_nature_reserves(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read Local Nature Reserves."""
    return table


@source(
    layer="monuments",
    title="National Heritage List for England: scheduled monuments",
    publisher="Historic England",
    licence=OGL,
    attribution=HISTORIC_ENGLAND,
    vintage="not stated",
    url=f"{_NHLE}/6",
    opens="map",
    shape="areas",
    optional={"name": ("Name", "site_name")},
    schema={"name": text(required=False)},
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
    shape="areas",
    optional={"name": ("name", "site_name")},
    schema={"name": text(required=False)},
)
def conservation_areas(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read conservation areas."""
    return table
