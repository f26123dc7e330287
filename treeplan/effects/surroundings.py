"""What lies around each site, worked out once for all its effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from treeplan import geo, people
from treeplan.access import Access, count_within
from treeplan.canopy import measure_canopy
from treeplan.coefficients import Coefficient
from treeplan.effects.losses import open_habitat_share, shaded_panels
from treeplan.effects.standards import Standards, standards
from treeplan.feedback import refused_share
from treeplan.layers import Layers
from treeplan.study import Study

Values = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Surroundings:
    """What lies around each site; one number for each, in the order of the sites.

    Attributes
    ----------
    zone_m2 : array
        Area within a walk of the site (the site included), m².
    cooled_m2 : array
        Area within `cooling_reach_m` of the site (the site included), m².
    served, cooled : array
        Residents within a walk of the site, and within `cooling_reach_m` of it.
    by_a_park : array of bool
        Whether there is public green space within a walk (a straight line) of the site, or it lies in some.
    habitat_m : array or None
        Distance to the nearest wood or protected place, m; None where the study maps neither.
    groups : array or None
        Schools and community groups within a walk; None where the study has no such layer.
    standards : Standards
        Who comes to meet which access standard.
    panels : array
        Mapped arrays of solar panels that the grown trees would shade.
    open_share : array
        Share of the site that is priority open habitat, 0–1.
    refused_share : array
        Share of the confirmed answers of residents that say "no tree here", 0–1.
    """

    zone_m2: Values
    cooled_m2: Values
    served: Values
    cooled: Values
    by_a_park: npt.NDArray[np.bool_]
    habitat_m: Values | None
    groups: Values | None
    standards: Standards
    panels: Values
    open_share: Values
    refused_share: Values

    def of(self, rows: npt.NDArray[np.int_]) -> Surroundings:
        """What lies around some of the sites, in the order of `rows`."""
        facts: dict[str, Any] = {
            name: value[rows] for name, value in vars(self).items() if isinstance(value, np.ndarray)
        }
        return replace(self, standards=self.standards.of(rows), **facts)


def look_around(
    sites: gpd.GeoDataFrame,
    layers: Layers,
    study: Study,
    figures: dict[str, Coefficient],
    access: Access | None = None,
    by_reach: people.ByReach | None = None,
    canopy_pct: pd.Series | None = None,
) -> Surroundings:
    """What lies within a walk of each site, who lives there, and how far it is from woods and protected places.

    Parameters are those of `measure_effects`.
    """
    shapes, access = sites.geometry.to_numpy(), access or Access(layers, study, figures)
    if by_reach is None:
        served = people.residents_served(sites, layers, study, figures, access.net)
        by_reach = people.residents_by_reach(sites, access.everybody, served, figures)
    if canopy_pct is None:
        canopy_pct = canopy_now_pct(layers, study, figures)
    reach, groups = people.reach_m(study, figures), groups_near(shapes, access)
    return Surroundings(
        zone_m2=_around_m2(shapes, reach),
        cooled_m2=_around_m2(shapes, figures["cooling_reach_m"].central),
        served=_summed(sites, by_reach["walk"]),
        cooled=_summed(sites, by_reach["cooling"]),
        by_a_park=count_within(shapes, access.green, reach) > 0,
        habitat_m=_habitat_m(shapes, layers),
        groups=None if groups is None else np.bincount(groups[0], minlength=len(sites)).astype(float),
        standards=standards(sites, access, canopy_pct),
        panels=shaded_panels(sites, layers, figures),
        open_share=open_habitat_share(sites, layers, figures),
        refused_share=refused_share(sites, layers),
    )


def _around_m2(shapes: geo.Shapes, reach_m: float) -> Values:
    """Area within a straight line of each shape, the shape included, m²."""
    return shapely.area(shapely.buffer(shapes, reach_m, quad_segs=32))


def _summed(sites: gpd.GeoDataFrame, residents: pd.DataFrame) -> Values:
    """The residents whom each site reaches; 0 where there are none."""
    by_site = residents.groupby("site_id")["residents"].sum()
    return sites["site_id"].map(by_site).fillna(0.0).to_numpy(dtype=float)


def groups_near(shapes: geo.Shapes, access: Access) -> tuple[Rows, Rows] | None:
    """Sites, and the schools and community groups within a walk (a straight line): one row for each pair; None without such a layer."""
    if "community_places" not in access.layers:
        return None
    groups = _each_group_once(access.layers, access.figures["same_group_m"].central)
    site, group = shapely.STRtree(groups).query(
        shapes, predicate="dwithin", distance=people.reach_m(access.study, access.figures)
    )
    return site, group


def canopy_now_pct(layers: Layers, study: Study, figures: Mapping[str, Coefficient]) -> pd.Series | None:
    """Canopy of the study's own neighbourhoods, %."""
    zones = layers["neighbourhoods"]
    zones = zones[zones["inside"]]
    found = measure_canopy(layers, zones, study, figures)
    return None if found is None else found["canopy_pct"].set_axis(zones["lsoa21_code"])


def _habitat_m(shapes: npt.NDArray[np.object_], layers: Layers) -> Values | None:
    """Distance to the nearest wood or protected place, m."""
    named = [layer for layer in ("woodland", "sssi", "nature_reserves") if layer in layers]
    if not named:
        return None
    habitats = np.concatenate([layers.shapes(layer) for layer in named])
    if not len(habitats):
        return np.full(len(shapes), np.inf)
    return shapely.distance(shapes, habitats[shapely.STRtree(habitats).nearest(shapes)])


def _each_group_once(layers: Layers, same_m: float) -> npt.NDArray[np.object_]:
    """Schools and groups as points; two of one kind within so many metres are one place that two sources know."""
    groups = layers["community_places"]
    points, kinds = groups.geometry.to_numpy(), groups["kind"].fillna("").to_numpy()
    later, earlier = shapely.STRtree(points).query(points, predicate="dwithin", distance=same_m)
    again = (earlier < later) & (kinds[earlier] == kinds[later])
    return np.delete(points, np.unique(later[again]))
