"""What lies about a site that planting would harm: panels in its shade, and open habitat under it."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from treeplan import areal, geo
from treeplan.coefficients import Coefficient
from treeplan.constraints import CONSTRAINTS, constraint_shapes
from treeplan.layers import Layers

Values = npt.NDArray[np.float64]


def shaded_panels(sites: gpd.GeoDataFrame, layers: Layers, figures: Mapping[str, Coefficient]) -> Values:
    """Mapped arrays of solar panels that the grown trees of each site would shade; 0 where none are mapped.

    A panel is shaded by trees that stand within `panel_shade_wedge_deg` of south of it, and within `panel_shade_reach_m`.
    """
    panels = layers.shapes("solar_panels")
    if not len(panels) or not len(sites):
        return np.zeros(len(sites))
    reach, wedge = figures["panel_shade_reach_m"].central, figures["panel_shade_wedge_deg"].central
    bearing = np.radians(180 + np.linspace(-wedge, wedge, 13))
    arc = reach * np.column_stack([np.sin(bearing), np.cos(bearing)])
    places = shapely.get_coordinates(geo.inside_points(panels))
    rings = np.concatenate([places[:, None], places[:, None] + arc[None], places[:, None]], axis=1)
    site = shapely.STRtree(sites.geometry.to_numpy()).query(shapely.polygons(rings), predicate="intersects")[1]
    return np.bincount(site, minlength=len(sites)).astype(float)


def open_habitat_share(sites: gpd.GeoDataFrame, layers: Layers, figures: Mapping[str, Coefficient]) -> Values:
    """The share of each site that is mapped as priority open habitat, 0–1; 0 where no habitats are mapped.

    Trees keep off it, so there is some only where the study switched that constraint off.
    """
    habitats = constraint_shapes(layers.tables, CONSTRAINTS["open_habitat"], figures)
    shapes = sites.geometry.to_numpy()
    if not len(habitats) or not len(shapes):
        return np.zeros(len(shapes))
    _, site, shared_m2 = areal.overlaps(habitats, shapes)
    covered = np.bincount(site, weights=shared_m2, minlength=len(shapes))
    return np.clip(covered / shapely.area(shapes), 0, 1)  # two habitats may be mapped on one spot
