"""What lies around each site, worked out once for all its effects."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from treeplan import people
from treeplan.coefficients import Coefficient
from treeplan.effects.losses import open_habitat_share, shaded_panels
from treeplan.feedback import refused_share
from treeplan.layers import Layers
from treeplan.study import Study

Values = npt.NDArray[np.float64]

SAME_PLACE_M = 50.0
"""Two schools or groups of one kind nearer than this are one (assumption, to be verified)."""


@dataclass(frozen=True)
class Surroundings:
    """What lies around each site; one number for each, in the order of the sites.

    Attributes
    ----------
    zone_m2 : array
        Area within a walk of the site (the site included), m².
    habitat_m : array or None
        Distance to the nearest wood or protected place, m; None where the study maps neither.
    groups : array or None
        Schools and community groups within a walk; None where the study has no such layer.
    panels : array
        Mapped arrays of solar panels that the grown trees would shade.
    open_share : array
        Share of the site that is priority open habitat, 0–1.
    refused_share : array
        Share of the confirmed answers of residents that say "no tree here", 0–1.
    """

    zone_m2: Values
    habitat_m: Values | None
    groups: Values | None
    panels: Values
    open_share: Values
    refused_share: Values

    def of(self, rows: npt.NDArray[np.int_]) -> Surroundings:
        """What lies around some of the sites, in the order of `rows`."""
        facts = {name: value[rows] for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        return replace(self, **facts)


def look_around(sites: gpd.GeoDataFrame, layers: Layers, study: Study, figures: dict[str, Coefficient]) -> Surroundings:
    """What lies within a walk of each site, and how far it is from woods and protected places."""
    shapes = sites.geometry.to_numpy()
    reach = people.reach_m(study, figures)
    zone = shapely.area(shapely.buffer(shapes, reach, quad_segs=32))
    groups = None
    if "community_places" in layers:
        site, _ = shapely.STRtree(_each_group_once(layers)).query(shapes, predicate="dwithin", distance=reach)
        groups = np.bincount(site, minlength=len(shapes)).astype(float)
    return Surroundings(
        zone_m2=zone,
        habitat_m=_habitat_m(shapes, layers),
        groups=groups,
        panels=shaded_panels(sites, layers, figures),
        open_share=open_habitat_share(sites, layers, figures),
        refused_share=refused_share(sites, layers),
    )


def _habitat_m(shapes: npt.NDArray[np.object_], layers: Layers) -> Values | None:
    """Distance to the nearest wood or protected place, m."""
    named = [layer for layer in ("woodland", "sssi", "nature_reserves") if layer in layers]
    if not named:
        return None
    habitats = np.concatenate([layers.shapes(layer) for layer in named])
    if not len(habitats):
        return np.full(len(shapes), np.inf)
    return shapely.distance(shapes, habitats[shapely.STRtree(habitats).nearest(shapes)])


def _each_group_once(layers: Layers) -> npt.NDArray[np.object_]:
    """Schools and groups as points; two of one kind within 50 m are one place that two sources know."""
    groups = layers["community_places"]
    points, kinds = groups.geometry.to_numpy(), groups["kind"].fillna("").to_numpy()
    later, earlier = shapely.STRtree(points).query(points, predicate="dwithin", distance=SAME_PLACE_M)
    again = (earlier < later) & (kinds[earlier] == kinds[later])
    return np.delete(points, np.unique(later[again]))
