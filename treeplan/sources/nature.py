"""Sources on nature: protected places, habitats, peat and old woods."""

from __future__ import annotations

import geopandas as gpd

from treeplan.schemas import number, text
from treeplan.sources import source
from treeplan.sources.credits import NATURAL_ENGLAND, OGL, UNSTATED

_ARCGIS = "https://services.arcgis.com/JJzESW51TqeY9uat/arcgis/rest/services/"


@source(
    layer="sssi",
    title="Sites of Special Scientific Interest (England)",
    publisher="Natural England",
    licence=OGL,
    attribution=NATURAL_ENGLAND,
    vintage="not stated",
    url=f"{_ARCGIS}SSSI_England/FeatureServer",
    opens="map",
    optional={"name": ("NAME", "SSSI_NAME", "site_name")},
    schema={"name": text(required=False)},
    shape="areas",
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
    optional={"name": ("LNR_NAME", "NAME", "site_name")},
    schema={"name": text(required=False)},
    shape="areas",
)
def local_nature_reserves(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read Local Nature Reserves."""
    return table


@source(
    layer="protected",
    title="Special Areas of Conservation (England)",
    publisher="Natural England",
    licence=OGL,
    attribution=NATURAL_ENGLAND,
    vintage="not stated",
    url=_ARCGIS,
    opens="map",
    optional={"name": ("SAC_NAME", "NAME", "site_name")},
    schema={"kind": text(nullable=False), "name": text(required=False)},
    shape="areas",
)
def special_areas_of_conservation(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read Special Areas of Conservation."""
    return table.assign(kind="special area of conservation")


@source(
    layer="protected",
    title="Special Protection Areas (England)",
    publisher="Natural England",
    licence=OGL,
    attribution=NATURAL_ENGLAND,
    vintage="not stated",
    url=_ARCGIS,
    opens="map",
    optional={"name": ("SPA_NAME", "NAME", "site_name")},
    schema={"kind": text(nullable=False), "name": text(required=False)},
    shape="areas",
)
def special_protection_areas(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read Special Protection Areas, which are for birds."""
    return table.assign(kind="special protection area for birds")


@source(
    layer="protected",
    title="National Nature Reserves (England)",
    publisher="Natural England",
    licence=OGL,
    attribution=NATURAL_ENGLAND,
    vintage="not stated",
    url=_ARCGIS,
    opens="map",
    optional={"name": ("NNR_NAME", "NAME", "site_name")},
    schema={"kind": text(nullable=False), "name": text(required=False)},
    shape="areas",
)
def national_nature_reserves(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read National Nature Reserves."""
    return table.assign(kind="national nature reserve")


@source(
    layer="wildlife_sites",
    title="Local wildlife sites",
    publisher="the local records centre or the council",
    licence=UNSTATED,
    attribution="Local wildlife sites: ask whoever gave the file how to name them.",
    vintage="not stated",
    url="https://www.data.gov.uk",
    opens="map",
    optional={"name": ("SITE_NAME", "SITENAME", "NAME", "LWS_NAME")},
    schema={"name": text(required=False)},
    shape="areas",
)
def local_wildlife_sites(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read local wildlife sites; they are local data, the planner's own file."""
    return table


@source(
    layer="habitats",
    title="Priority Habitats Inventory (England)",
    publisher="Natural England",
    licence=OGL,
    attribution=NATURAL_ENGLAND,
    vintage="not stated",
    url=f"{_ARCGIS}Priority_Habitats_Inventory_England/FeatureServer",
    opens="map",
    columns={"habitat": ("MainHabs", "Main_Habit", "MainHab", "habitat")},
    schema={"habitat": text()},
    shape="areas",
)
def priority_habitats(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read priority habitats by name; that a meadow is not among them does not say that it is poor in flowers."""
    return table


@source(
    layer="ancient_woodland",
    title="Ancient Woodland (England)",
    publisher="Natural England",
    licence=OGL,
    attribution=NATURAL_ENGLAND,
    vintage="not stated",
    url=f"{_ARCGIS}Ancient_Woodland_England/FeatureServer",
    opens="map",
    optional={"name": "NAME", "status": ("STATUS", "THEMNAME")},
    schema={"name": text(required=False), "status": text(required=False)},
    shape="areas",
)
def ancient_woodland(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read ancient woodland."""
    return table


@source(
    layer="peat",
    title="Peaty Soils Location, or England Peat Map extent",
    publisher="Natural England",
    licence=OGL,
    attribution=NATURAL_ENGLAND,
    vintage="not stated; modelled, to be probed on site",
    url=f"{_ARCGIS}Peaty_Soils_Location_England/FeatureServer",
    opens="map",
    optional={"depth_cm": ("depth_cm", "peat_depth_cm"), "soil": "PCLASSDESC"},
    schema={"depth_cm": number(0, nullable=True, required=False), "soil": text(required=False)},
    shape="areas",
)
def peaty_soils(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read where soils are peaty, with the depth of the peat where the file gives one."""
    return table
