"""Sources on community: schools and groups that could plant and look after trees."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from treeplan import geo
from treeplan.errors import DataError
from treeplan.schemas import row_list, text
from treeplan.sources import source
from treeplan.sources.credits import ODBL, OGL, OPENSTREETMAP, OS, PUBLIC, UNSTATED
from treeplan.vocabulary import ANSWERS


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


@source(
    layer="answers",
    title="Answers of residents",
    publisher="the planner's own",
    licence=UNSTATED,
    attribution="Answers of residents: the planner's own.",
    vintage="not stated",
    url="https://github.com/treeplan/treeplan",
    columns={"site_id": ("site_id", "site"), "answer": "answer", "confirmed": "confirmed"},
    schema={"site_id": text(nullable=False), "answer": text(nullable=False)},
)
def answers(table: pd.DataFrame) -> pd.DataFrame:
    """Read what residents said of sites, "yes" or "no"; only rows that a planner confirmed count, and nothing else of them is kept."""
    said, sure = (table[c].fillna("").astype(str).str.strip().str.casefold() for c in ("answer", "confirmed"))
    wrong = [
        f"{column}: must be {words}, is {', '.join(sorted(set(cells[bad]))[:4]) or 'empty'} ({row_list(table.index[bad])})"
        for column, words, cells, bad in (
            ("answer", "yes or no", said, ~said.isin(list(ANSWERS))),
            ("confirmed", "yes or no", sure, ~sure.isin(["yes", "no", ""])),
        )
        if bad.any()
    ]
    if wrong:
        raise DataError("\n  ".join(wrong), "correct these rows; an answer that nobody confirmed may stay empty there.")
    return pd.DataFrame({"site_id": table["site_id"], "answer": said})[sure == "yes"].reset_index(drop=True)
