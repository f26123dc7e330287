"""Sources on who holds land: parcels without owners, and what councils publish of their own land."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from treeplan.schemas import text
from treeplan.sources import source
from treeplan.sources.credits import LAND_REGISTRY, OGL, OGL_PARCELS, PUBLIC


@source(
    layer="parcels",
    title="INSPIRE index polygons",
    publisher="HM Land Registry",
    licence=OGL_PARCELS,
    attribution=LAND_REGISTRY,
    vintage="not stated",
    url="https://www.planning.data.gov.uk/entity.geojson?dataset=title-boundary",
    opens="map",
    columns={"parcel_id": ("INSPIREID", "inspire_id", "parcel_id", "reference", "gml_id")},
    schema={"parcel_id": text(nullable=False)},
    shape="areas",
)
def inspire_parcels(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read the outlines of registered freehold land; they say nothing of who owns it."""
    return table


@source(
    layer="land_register",
    title="Land and buildings of the council (Local Government Transparency Code)",
    publisher="the council",
    licence=OGL,
    attribution=PUBLIC,
    vintage="not stated",
    url="https://www.data.gov.uk",
    opens="places",
    optional={
        "asset_id": ("unique asset", "asset id", "asset ref", "asset no", "asset code", "property ref", "unique id", "uprn",
                     "unique property reference", "site code", "reference", "ref"),
        "name": ("name of building", "name of the building", "name of land", "building or land name", "building/land",
                 "asset name", "property name", "property description", "asset description", "site name", "building name", "name", "description"),
        "street": ("street name", "street", "road name", "address line 1", "address1", "address"),
        "town": ("post town", "town", "locality"),
        "tenure": ("tenure type", "tenure", "interest held", "type of interest", "legal interest", "interest",
                   "whether freehold", "freehold or leasehold", "freehold/leasehold"),
        "holder": ("organisation label", "organisation name", "organisation", "name of organisation", "local authority name",
                   "local authority", "council name", "publisher label", "holder"),
        "easting": ("easting", "geox", "x coordinate", "coordinate x", "x coord", "map reference easting", "grid ref easting",
                    "grid reference easting", "grid reference x", "grid ref x", "map reference x", "os easting", "x"),
        "northing": ("northing", "geoy", "y coordinate", "coordinate y", "y coord", "map reference northing",
                     "grid ref northing", "grid reference northing", "grid reference y", "grid ref y", "map reference y", "os northing", "y"),
        "lon": ("longitude", "long", "lon", "lng"),
        "lat": ("latitude", "lat"),
    },
    schema={"asset_id": text(), "name": text(), "tenure": text(), "holder": text()},
)  # fmt: skip
def council_land_register(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read the land and buildings that a council holds, with its tenure: points, or areas where the file is a map."""
    for column in ("asset_id", "name", "street", "town", "tenure", "holder"):
        if column not in table:
            table[column] = None
    address = table["street"].fillna("").str.cat(table["town"].fillna(""), sep=", ").str.strip(", ")
    name = table["name"].where(table["name"].notna(), address.where(address != ""))
    holder = table["holder"].where(~table["holder"].astype("string").str.startswith("http", na=False))
    return table.assign(name=name, holder=holder, tenure=_tenure(table["tenure"]))[
        ["asset_id", "name", "tenure", "holder", "geometry"]
    ]


def _tenure(cells: pd.Series) -> pd.Series:
    """What a cell says, in one of two words; None where it says neither or both."""
    said = cells.astype("string").str.casefold().str.replace("/", "", regex=False).fillna("")
    free = said.str.contains(r"freehold|\bfh\b|^f$")
    leased = said.str.contains(r"lease|\blh\b|^l$")
    tenure = pd.Series(None, index=cells.index, dtype=object)
    tenure[free & ~leased] = "freehold"
    tenure[leased & ~free] = "leasehold"
    return tenure
