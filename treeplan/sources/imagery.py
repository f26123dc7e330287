"""Sources on the ground as seen from the air or from space, and what people saw at single points of it."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from treeplan.errors import DataError
from treeplan.images import Image
from treeplan.schemas import row_list, text
from treeplan.sources import source
from treeplan.sources.credits import UNSTATED

LEAST_LABELS = 50
"""Points of either class below which its accuracy is too vague to be of use (assumption, to be verified)."""

CLASSES = ("tree", "not tree")


@source(
    layer="image",
    title="Picture from the air or from space (red, green, blue, near infrared)",
    publisher="the planner's own",
    licence=UNSTATED,
    attribution="Picture from the air: the planner's own.",
    vintage="not stated",
    url="https://github.com/treeplan/treeplan",
    opens="image",
    columns={"red": "1", "near_infrared": "4"},
    optional={"green": "2", "blue": "3"},
)
def aerial_image(image: Image) -> Image:
    """Read a picture of several bands; which band is which stands in `columns` where it is not red, green, blue, near infrared."""
    return image


@source(
    layer="canopy_labels",
    title="Points labelled tree or not tree",
    publisher="the planner's own",
    licence=UNSTATED,
    attribution="Labelled points: the planner's own.",
    vintage="not stated",
    url="https://github.com/treeplan/treeplan",
    opens="places",
    columns={"class": ("class", "label")},
    optional={
        "label_id": ("label_id", "point_id"),
        "easting": ("easting", "x_coordinate"),
        "northing": ("northing", "y_coordinate"),
        "lon": ("longitude", "lon"),
        "lat": ("latitude", "lat"),
    },
    schema={"class": text(nullable=False), "label_id": text(required=False)},
)
def canopy_labels(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read points that somebody saw as tree or not tree, at least 50 of either."""
    table = table.assign(**{"class": table["class"].map(_plain_class, na_action="ignore")})
    wrong = ~table["class"].isin(CLASSES)
    if wrong.any():
        said = sorted({"an empty cell" if pd.isna(s) else repr(s) for s in table.loc[wrong, "class"]})
        raise DataError(
            f"class: is neither tree nor not tree: {', '.join(said[:6])} ({row_list(table.index[wrong])})",
            "write tree where a crown is at the point, and not tree elsewhere; leave out what cannot be told.",
        )
    _require_points(table)
    _require_enough(table)
    return table


def _plain_class(cell: object) -> str:
    words = " ".join(str(cell).casefold().replace("_", " ").replace("-", " ").split())
    return "not tree" if words in ("no tree", "non tree") else words


def _require_points(table: gpd.GeoDataFrame) -> None:
    """Each label stands at a point, and no two at the same."""
    shapes = table.geometry
    other = shapes.geom_type != "Point"
    if other.any():
        raise DataError(
            f"{int(other.sum())} labels are no points ({row_list(table.index[other])})",
            "label single points, drawn at random; an outline is not a sample.",
        )
    again = pd.DataFrame({"east": shapes.x, "north": shapes.y}).round(2).duplicated(keep=False)
    if again.any():
        raise DataError(
            f"{int(again.sum())} labels share their place with another ({row_list(table.index[again])})",
            "keep one label at each place: a point that counts twice makes the map look surer than it is.",
        )


def _require_enough(table: gpd.GeoDataFrame) -> None:
    counts = {name: int((table["class"] == name).sum()) for name in CLASSES}
    few = [name for name, count in counts.items() if count < LEAST_LABELS]
    if few:
        found = " and ".join(f"{count} labelled {name}" for name, count in counts.items())
        raise DataError(
            f"there are {found}; at least {LEAST_LABELS} of either are needed",
            f"label more points until both classes have {LEAST_LABELS}: draw them at random, and where trees are rare draw more.",
        )
