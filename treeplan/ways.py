"""The ways that people walk and what parts them, as the study's layers map them; `walks` makes a network of them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from treeplan import geo
from treeplan.layers import Layers

WAYS = ("roads", "paths", "walkways")
"""Layers whose ways are walked; roads and paths say which of them can be."""

BARRIERS = ("railways", "watercourses", "water")
"""Layers that a straight line from a home to a way does not cross; nor does it cross a motorway."""

NO_BARRIER = {
    "railways": ("kind", frozenset(["tram"])),
    "watercourses": ("form", frozenset(["stream", "brook", "ditch", "drain"])),
}
"""What people do step across: trams in the street, and water that is narrow."""

MOTORWAYS = frozenset(["motorway", "trunk"])


def mapped_ways(layers: Layers) -> tuple[geo.Shapes, shapely.Geometry | None]:
    """The lines that can be walked, each once, and where they are mapped; None where no layer says how far it reaches."""
    named = [layer for layer in WAYS if layer in layers and (layer == "walkways" or "walkable" in layers[layer])]
    lines = _single_lines(np.concatenate([geo.NO_SHAPES, *(_walked(layers[layer]) for layer in named)]))
    covers = [layers.covers[layer] for layer in named if layer in layers.covers]
    return lines, shapely.union_all(covers) if covers else None


def _walked(table: gpd.GeoDataFrame) -> geo.Shapes:
    shapes = table.geometry.to_numpy()
    return shapes[table["walkable"].to_numpy(dtype=bool)] if "walkable" in table else shapes


def _single_lines(shapes: geo.Shapes) -> geo.Shapes:
    """Every line once, whichever way it is drawn, in an order of its own."""
    parts = shapely.get_parts(shapely.force_2d(shapes))
    parts = parts[(shapely.get_type_id(parts) == 1) & (shapely.length(parts) > 0)]
    return shapely.from_wkb(np.unique(shapely.to_wkb(shapely.normalize(parts))))


def barriers(layers: Layers) -> geo.Shapes:
    """Railways, rivers, shores, motorways and other roads that nobody may walk, as mapped."""
    found = [geo.NO_SHAPES]
    for layer in BARRIERS:
        if layer in layers:
            table = layers[layer]
            column, none = NO_BARRIER.get(layer, ("", frozenset()))
            stops = ~table[column].isin(none).to_numpy() if column in table else np.ones(len(table), dtype=bool)
            found.append(table.geometry.to_numpy()[stops])
    if "roads" in layers and "walkable" in layers["roads"]:
        roads = layers["roads"]
        found.append(roads.geometry.to_numpy()[(roads["highway"].isin(MOTORWAYS) & ~roads["walkable"]).to_numpy()])
    return np.concatenate(found)


def straight_parts(shapes: geo.Shapes) -> geo.Shapes:
    """The straight parts of lines, and of the edges of areas: each meets few others, where a whole river meets half a county."""
    parts = shapely.get_parts(shapely.force_2d(shapes))
    kind = shapely.get_type_id(parts)
    lines = np.concatenate([parts[(kind == 1) | (kind == 2)], shapely.get_rings(parts[kind == 3])])
    points, line = shapely.get_coordinates(lines, return_index=True)
    start = np.flatnonzero(line[1:] == line[:-1])
    return shapely.linestrings(np.stack([points[start], points[start + 1]], axis=1)) if len(start) else geo.NO_SHAPES
