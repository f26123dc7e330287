"""Sources on community: schools and groups that could plant and look after trees."""

from __future__ import annotations

import geopandas as gpd

from treeplan import geo
from treeplan.schemas import text
from treeplan.sources import source
from treeplan.sources.credits import ODBL, OGL, OPENSTREETMAP, OS, PUBLIC


def _places(table: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    """Points with a name and a kind."""
    named = table if "name" in table else table.assign(name=None)
    return gpd.GeoDataFrame(
        {"name": named["name"]}, geometry=geo.inside_points(table.geometry.to_numpy()), crs=geo.BNG
    ).assign(kind=kind)


@source(
    layer="community_places",
    title="Schools",
    publisher="Department for Education",
    licence=OGL,
    attribution=PUBLIC,
    vintage="not stated",
    url="https://get-information-schools.service.gov.uk",
    opens="map",
    optional={"name": ("name", "EstablishmentName")},
    schema={"name": text(), "kind": text(nullable=False)},
)
def schools(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read schools as points."""
    return _places(table, "school")


@source(
    layer="community_places",
    title="Allotments",
    publisher="the council and OpenStreetMap contributors",
    licence=ODBL,
    attribution=OPENSTREETMAP,
    vintage="not stated",
    url="https://www.openstreetmap.org",
    opens="map",
    optional={"name": "name"},
    schema={"name": text(), "kind": text(nullable=False)},
)
def allotments(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read allotments as points inside them."""
    return _places(table, "allotments")


@source(
    layer="community_places",
    title="Places of worship",
    publisher="Ordnance Survey",
    licence=OGL,
    attribution=OS,
    vintage="not stated",
    url="https://api.os.uk/downloads/v1/products",
    opens="map",
    optional={"name": ("DISTNAME", "name")},
    schema={"name": text(), "kind": text(nullable=False)},
)
def places_of_worship(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read places of worship as points inside them."""
    return _places(table, "place of worship")
