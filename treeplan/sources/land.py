"""Sources on land: green space, farmland class, green belt, railways, water, floods, power."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pandera.pandas as pa

from treeplan.errors import DataError
from treeplan.schemas import text
from treeplan.sources import source
from treeplan.sources.credits import (
    ENVIRONMENT_AGENCY,
    FRIENDS_OF_THE_EARTH,
    NATURAL_ENGLAND,
    ODBL,
    OGL,
    OPENSTREETMAP,
    OS,
    PUBLIC,
)

_FUNCTIONS = {
    "Public Park Or Garden": "park",
    "Play Space": "play_space",
    "Playing Field": "playing_field",
    "Other Sports Facility": "other_sports",
    "Golf Course": "golf",
    "Tennis Court": "tennis",
    "Bowling Green": "bowling",
    "Allotments Or Community Growing Spaces": "allotments",
    "Cemetery": "cemetery",
    "Religious Grounds": "religious",
}

# "3" for "Grade 3" would match no rule, silently.
_GRADE = pa.Check.str_matches(
    r"^(Grade [1-5]|\D+)$", error="must be Grade 1 to Grade 5, or words for land without a grade"
)


@source(
    layer="open_land",
    title="OS Open Greenspace, sites",
    publisher="Ordnance Survey",
    licence=OGL,
    attribution=OS,
    vintage="not stated",
    url="https://api.os.uk/downloads/v1/products/OpenGreenspace/downloads?area=GB&format=GeoPackage&redirect",
    opens="map",
    inside="greenspace_site",
    columns={"function": "function"},
    optional={"ground_id": "id", "name": ("distinctive_name_1", "distName1")},
    schema={
        "ground_id": text(unique=True),
        "name": text(),
        "land_use": text(nullable=False),
        "origin": text(nullable=False),
    },
    shape="areas",
)
def open_greenspace(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read parks, playing fields, golf courses and other green spaces with their land use; sites may overlap."""
    unknown = sorted(set(table["function"].dropna()) - set(_FUNCTIONS))
    if unknown or table["function"].isna().any():
        raise DataError(
            f"function: is none that OS Open Greenspace has: {', '.join(unknown) or 'empty cells'}",
            f'the functions are: {", ".join(_FUNCTIONS)}. Correct the file, or name the right column: columns = {{ function = "…" }}.',
        )
    for column in ("ground_id", "name"):
        if column not in table:
            table[column] = None
    return table.assign(land_use=table["function"].map(_FUNCTIONS), origin="OS Open Greenspace").drop(
        columns="function"
    )


@source(
    layer="access_points",
    title="OS Open Greenspace, access points",
    publisher="Ordnance Survey",
    licence=OGL,
    attribution=OS,
    vintage="not stated",
    url="https://api.os.uk/downloads/v1/products/OpenGreenspace/downloads?area=GB&format=GeoPackage&redirect",
    opens="map",
    shape="points",
    inside="access_point",
    columns={"access_type": ("access_type", "accessType")},
    optional={"ground_id": ("ref_to_greenspace_site", "refToGSite")},
    schema={"access_type": text(), "ground_id": text(required=False)},
)
def greenspace_access(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read the entrances of green spaces."""
    return table


@source(
    layer="farmland_class",
    title="Provisional Agricultural Land Classification (England)",
    publisher="Natural England",
    licence=OGL,
    attribution=NATURAL_ENGLAND,
    vintage="provisional; grade 3 is not split",
    url="https://services.arcgis.com/JJzESW51TqeY9uat/arcgis/rest/services/",
    opens="map",
    columns={"grade": ("ALC_GRADE", "grade")},
    schema={"grade": pa.Column(str, _GRADE)},
    shape="areas",
)
def agricultural_land_class(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read how good farmland is: Grade 1 (best) to Grade 5, and land that is not farmed."""
    return table


@source(
    layer="green_belt",
    title="Green belt",
    publisher="Department for Levelling Up, Housing and Communities, through Friends of the Earth",
    licence=ODBL,
    attribution=f"{PUBLIC} {FRIENDS_OF_THE_EARTH}",
    vintage="2024–25",
    url="https://www.planning.data.gov.uk",
    opens="map",
    shape="areas",
)
def green_belt(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read the green belt."""
    return table


@source(
    layer="renewables",
    title="Solar and wind farms",
    publisher="Friends of the Earth",
    licence=ODBL,
    attribution=FRIENDS_OF_THE_EARTH,
    vintage="2024–25",
    url="https://friendsoftheearth-data.github.io",
    opens="map",
    optional={"kind": ("layer_name", "technology_type", "kind")},
    schema={"kind": text(nullable=False)},
)
def renewables(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read the ground of solar and wind farms: `kind` is solar, wind or other."""
    said = table["kind"].fillna("").str.casefold() if "kind" in table else pd.Series("", index=table.index)
    kind = np.select([said.str.contains("wind"), said.str.contains("solar|photovoltaic")], ["wind", "solar"], "other")
    return table.assign(kind=kind)


@source(
    layer="railways",
    title="Railway lines (OS VectorMap District)",
    publisher="Ordnance Survey",
    licence=OGL,
    attribution=OS,
    vintage="not stated",
    url="https://api.os.uk/downloads/v1/products",
    opens="map",
    shape="lines",
)
def railways(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read railway lines."""
    return table


@source(
    layer="substations",
    title="Electricity substations (OpenStreetMap)",
    publisher="OpenStreetMap contributors",
    licence=ODBL,
    attribution=OPENSTREETMAP,
    vintage="2021",
    url="https://www.openstreetmap.org",
    opens="map",
    optional={"name": "name"},
    schema={"name": text(required=False)},
)
def substations(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read electricity substations, areas and points."""
    return table


@source(
    layer="watercourses",
    title="OS Open Rivers",
    publisher="Ordnance Survey",
    licence=OGL,
    attribution=OS,
    vintage="not stated",
    url="https://api.os.uk/downloads/v1/products",
    opens="map",
    shape="lines",
    optional={"name": ("name", "name1", "watercourse_name"), "form": "form"},
    schema={"name": text(required=False), "form": text(required=False)},
)
def watercourses(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read rivers, streams and canals as lines without a width."""
    return table


# The agency's words have changed: a bare 3, FZ3, Flood Zone 3, or the name of the whole map and then Flood Zone 3.
_ZONE = r"(?:^|fz|zone)[\s_-]*([123])(?:\.0|[ab])?$"


@source(
    layer="flood_zones",
    title="Flood Map for Planning: flood zones 2 and 3 (rivers and sea)",
    publisher="Environment Agency",
    licence=OGL,
    attribution=ENVIRONMENT_AGENCY,
    vintage="not stated",
    url="https://environment.data.gov.uk/spatialdata/flood-map-for-planning-flood-zones/ogc/features/v1/collections/"
    "Flood_Zones_2_3_Rivers_and_Sea/items",
    opens="map",
    inside="Flood_Zones_2_3_Rivers_and_Sea",
    columns={"zone": ("flood_zone", "zone", "layer", "type")},
    schema={"zone": text(nullable=False)},
    shape="areas",
)
def flood_zones(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read flood zones 2 ("FZ2", a medium chance of floods from rivers and sea) and 3 ("FZ3", a high one)."""
    said = table["zone"].astype("string").str.strip()
    zone = said.str.casefold().str.extract(_ZONE, expand=False)
    if zone.isna().any():
        unknown = sorted(set(said[zone.isna()].fillna("empty cells")))
        raise DataError(
            f"zone: is no flood zone: {', '.join(unknown[:6])}",
            'the zones are FZ2 and FZ3. Name the column that holds them: columns = { zone = "…" }.',
        )
    # Zone 1 is all other land; few files draw it.
    return table.assign(zone=("FZ" + zone).astype(object))[(zone != "1").to_numpy(dtype=bool)]
