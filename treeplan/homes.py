"""Where residents live: in mapped homes, along residential streets, at population-weighted centroids, or evenly."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from treeplan import areal
from treeplan.coefficients import Coefficient
from treeplan.errors import DataError, StudyError, counted
from treeplan.layers import Layers
from treeplan.roles import LAYERS
from treeplan.study import Study
from treeplan.vintage import residents_of_2011

log = logging.getLogger(__name__)

GRID_M = 50.0
"""Spacing of the points over which residents of a neighbourhood are spread where nothing says where they live, metres."""

HOMES = frozenset(
    [
        "yes",
        "house",
        "terrace",
        "detached",
        "semidetached_house",
        "bungalow",
        "apartments",
        "residential",
        "flats",
        "dormitory",
    ]
)
"""Values of OpenStreetMap's building tag that can be homes."""

HOME_STREETS = frozenset(["residential", "living_street", "unclassified", "tertiary"])
"""Values of OpenStreetMap's highway tag of streets that people live on."""

STREET_STEP_M = 25.0
"""A street is cut in equal parts of at most this length; residents stand at the middle of each, metres."""

COVERED_SHARE = 0.95
"""Part of a neighbourhood over which homes or streets must be mapped before they say where its people live."""


def residents_in(layers: Layers) -> pd.Series:
    """Residents of each neighbourhood of the layers, by `lsoa21_code`; those without a count are NaN."""
    counts = layers["residents"].set_index("lsoa21_code")["residents"]
    zones = layers["neighbourhoods"]
    residents = zones["lsoa21_code"].map(counts)
    lost = zones["inside"] & residents.isna()
    if lost.any():
        raise DataError(
            f"the census table lacks {counted(int(lost.sum()), 'neighbourhood')} of the study, e.g. {zones.loc[lost, 'lsoa21_code'].iloc[0]}",
            "use the table for this place and census year (LSOA 2021).",
        )
    if not residents[zones["inside"].to_numpy()].sum() > 0:
        raise DataError(
            f"the census table counts nobody: it holds 0 for the study's {counted(int(zones['inside'].sum()), 'neighbourhood')}",
            "the column may be another, or the file was emptied: download it again, or correct `columns`.",
        )
    return pd.Series(residents.to_numpy(dtype=float), index=zones["lsoa21_code"], name="residents")


def place_residents(layers: Layers, study: Study, figures: Mapping[str, Coefficient]) -> pd.DataFrame:
    """Points that stand for the residents of each neighbourhood.

    Each neighbourhood takes the first way that its layers allow: shared among mapped homes by floor area; along residential
    streets by length; at population-weighted centroids (of output areas, by their residents; else of the neighbourhood, or
    of those of 2011 that it was made of); evenly. `[people] homes` forces one way; where a neighbourhood does not allow it,
    its residents are spread evenly.

    Returns
    -------
    DataFrame
        `lsoa21_code, easting, northing, residents, method` ("buildings", "streets", "centroids" or "even"), in the order of
        the neighbourhoods; adds up to the residents.

    Raises
    ------
    StudyError
        `[people] homes` asks for a way whose layer the study lacks.
    """
    left = _settled(layers)
    residents = left.set_index("lsoa21_code")["residents"]
    tables = []
    for way in _ways(layers, study):
        found = WAYS[way].place(layers, left, figures).assign(method=way)
        tables.append(found)
        left = left[~left["lsoa21_code"].isin(found["lsoa21_code"])].reset_index(drop=True)
    tables.append(_evenly(left).assign(method="even"))
    points = pd.concat([t for t in tables if len(t)], ignore_index=True)
    total = points.groupby("lsoa21_code")["weight"].transform("sum")
    points["residents"] = points["lsoa21_code"].map(residents) * points["weight"] / total
    points = points.sort_values(["lsoa21_code", "easting", "northing", "residents"], kind="stable", ignore_index=True)
    return points[["lsoa21_code", "easting", "northing", "residents", "method"]]


def tell_homes(homes: pd.DataFrame, layers: Layers, study: Study, figures: Mapping[str, Coefficient]) -> None:
    """Say in the log how many residents were placed which way, and who could not be placed as asked.

    Parameters
    ----------
    homes : DataFrame
        From `place_residents`.
    """
    people = homes.groupby("method")["residents"].sum()
    log.info("homes: %s", ", ".join(f"{people[m]:,.0f} residents {_SAID[m]}" for m in _SAID if m in people.index))
    if study.people.homes in WAYS and "even" in people.index:
        log.warning(
            '[people] homes = "%s": there are none of these, or too few, in %s; the %.0f residents there are spread evenly.',
            study.people.homes,
            counted(homes.loc[homes["method"] == "even", "lsoa21_code"].nunique(), "neighbourhood"),
            people["even"],
        )
    if "centroids" not in _ways(layers, study):
        return
    every = _centroids(layers, _settled(layers))
    stray = every.loc[every["off_m"] > figures["centroid_astray_m"].central, "lsoa21_code"]
    without = homes[homes["lsoa21_code"].isin(stray) & (homes["method"] == "even")]
    if len(without):
        log.warning(
            "centroids: of %s they lie outside the borders (more than %.0f m off), e.g. %s; the %.0f residents there are spread evenly.",
            counted(without["lsoa21_code"].nunique(), "neighbourhood"),
            figures["centroid_astray_m"].central,
            min(without["lsoa21_code"]),
            without["residents"].sum(),
        )


_SAID = {"buildings": "in homes", "streets": "along streets", "centroids": "at centroids", "even": "spread evenly"}


def _settled(layers: Layers) -> gpd.GeoDataFrame:
    """Neighbourhoods whose residents are counted, with `residents`, by code."""
    zones = layers["neighbourhoods"].assign(residents=residents_in(layers).to_numpy())
    return zones[zones["residents"].notna()].sort_values("lsoa21_code", ignore_index=True)


def _ways(layers: Layers, study: Study) -> list[str]:
    """The ways to place residents that a study has, the best first; evenly is always the last, and not named."""
    wanted = study.people.homes
    if wanted == "even":
        return []
    if wanted is None:
        return [way for way, facts in WAYS.items() if facts.layer in layers]
    if WAYS[wanted].layer not in layers:
        lacking = LAYERS[WAYS[wanted].layer]
        raise StudyError(
            f'[people] homes = "{wanted}", but the study has no {lacking.label}',
            f"add {lacking.how_to_get}, or leave homes out.",
        )
    return [wanted]


def _points(codes: pd.Series, points: npt.NDArray[np.object_], weight: npt.NDArray[np.float64]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "lsoa21_code": codes.to_numpy(),
            "easting": shapely.get_x(points),
            "northing": shapely.get_y(points),
            "weight": weight,
        }
    )


def _in_buildings(layers: Layers, zones: gpd.GeoDataFrame, figures: Mapping[str, Coefficient]) -> pd.DataFrame:
    """The middle of each mapped home, by floor area, where homes are mapped over the whole of a neighbourhood."""
    buildings = layers["buildings"]
    buildings = buildings[buildings["building"].isin(HOMES)].reset_index(drop=True)
    points = shapely.centroid(buildings.geometry.to_numpy())
    zone = areal.zone_at(shapely.get_x(points), shapely.get_y(points), zones.geometry.to_numpy())
    home = np.flatnonzero(zone >= 0)
    levels = np.maximum(buildings["levels"].fillna(figures["storeys_unknown"].central).to_numpy(dtype=float), 1.0)
    floor_m2 = buildings.area.to_numpy() * levels
    table = _points(zones["lsoa21_code"].iloc[zone[home]], points[home], floor_m2[home])
    return _enough(table, zones, _extent(layers, "buildings", buildings), figures["home_least_floor_m2"].central)


def _along_streets(layers: Layers, zones: gpd.GeoDataFrame, figures: Mapping[str, Coefficient]) -> pd.DataFrame:
    """Points along residential streets, by the length each stands for, where roads are mapped over the whole of a neighbourhood."""
    streets = layers["roads"]
    streets = streets[streets["highway"].isin(HOME_STREETS)]
    shapes = zones.geometry.to_numpy()
    zone, street = shapely.STRtree(streets.geometry.to_numpy()).query(shapes, predicate="intersects")
    pieces = shapely.intersection(streets.geometry.to_numpy()[street], shapes[zone])
    lines, pair = shapely.get_parts(pieces, return_index=True)
    long = shapely.length(lines) > 0
    lines, pair = lines[long], pair[long]
    length = shapely.length(lines)
    parts = np.ceil(length / STREET_STEP_M).astype(int)
    line = np.repeat(np.arange(len(lines)), parts)
    step = np.arange(len(line)) - np.repeat(np.cumsum(parts) - parts, parts)
    points = shapely.line_interpolate_point(lines[line], (step + 0.5) / parts[line], normalized=True)
    table = _points(zones["lsoa21_code"].iloc[zone[pair[line]]], points, (length / parts)[line])
    return _enough(table, zones, _extent(layers, "roads", layers["roads"]), figures["home_least_street_m"].central)


def _at_centroids(layers: Layers, zones: gpd.GeoDataFrame, figures: Mapping[str, Coefficient]) -> pd.DataFrame:
    """Population-weighted centroids, less those that lie in another neighbourhood: borders are generalised by less than `centroid_astray_m`."""
    table = _centroids(layers, zones)
    table = table[table["off_m"] <= figures["centroid_astray_m"].central]
    return table[["lsoa21_code", "easting", "northing", "weight"]]


def _centroids(layers: Layers, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Every centroid of the neighbourhoods, with its weight and how far outside its neighbourhood it lies (`off_m`)."""
    table = _on_lsoa21(layers).merge(zones[["lsoa21_code", "residents", "geometry"]], on="lsoa21_code")
    table["off_m"] = shapely.distance(
        shapely.points(table["easting"], table["northing"]), np.array(table["geometry"], dtype=object)
    )
    return table.drop(columns="geometry")


def _on_lsoa21(layers: Layers) -> pd.DataFrame:
    """Centroids by `lsoa21_code` with `easting, northing, weight`, whatever areas they are of.

    Weights are residents: of output areas, or of neighbourhoods of 2011 where those are known; else all alike.
    """
    centroids = layers["centroids"]
    points = centroids.geometry.to_numpy()
    table = pd.DataFrame(centroids.drop(columns="geometry")).assign(
        easting=shapely.get_x(points), northing=shapely.get_y(points)
    )
    if "oa21_code" in table:
        return _of_output_areas(table, layers)
    if "lsoa21_code" in table:
        return table.assign(weight=1.0)
    if "lsoa_lookup" not in layers:
        raise StudyError(
            "the population-weighted centroids are of neighbourhoods of 2011, and the study has no lookup to those of 2021",
            f"add {LAYERS['lsoa_lookup'].how_to_get}.",
        )
    lookup = layers["lsoa_lookup"][["lsoa11_code", "lsoa21_code"]].drop_duplicates()
    table = table.merge(lookup, on="lsoa11_code")
    residents = residents_of_2011(layers)
    known = np.nan if residents is None else table["lsoa11_code"].map(residents)
    table["weight"] = known
    whole = table.groupby("lsoa21_code")["weight"].transform(lambda own: own.notna().all() and own.sum() > 0)
    return table.assign(weight=table["weight"].where(whole.astype(bool), 1.0)).query("weight > 0")


def _of_output_areas(centroids: pd.DataFrame, layers: Layers) -> pd.DataFrame:
    """Centroids of output areas with the neighbourhood and the residents of each."""
    lacking = [LAYERS[name] for name in ("output_areas", "output_area_lookup") if name not in layers]
    if lacking:
        raise StudyError(
            "the population-weighted centroids are of output areas, and the study has no "
            + " and no ".join(layer.label for layer in lacking),
            "add " + " and ".join(layer.how_to_get for layer in lacking) + ".",
        )
    own = layers["neighbourhoods"]["lsoa21_code"][layers["neighbourhoods"]["inside"]]
    wanted = layers["output_area_lookup"]
    wanted = set(wanted.loc[wanted["lsoa21_code"].isin(own), "oa21_code"])
    for name, table in (("centroids", centroids), ("output_areas", layers["output_areas"])):
        lost = sorted(wanted - set(table["oa21_code"]))
        if lost:
            raise DataError(
                f"{LAYERS[name].label}: {len(lost):,} of the {len(wanted):,} output areas of the study are missing, e.g. {lost[0]}",
                "use the file that covers the whole place, of Census 2021.",
            )
    weights = layers["output_areas"].rename(columns={"residents": "weight"})
    table = centroids.merge(layers["output_area_lookup"], on="oa21_code").merge(weights, on="oa21_code")
    return table[table["weight"] > 0]


def _evenly(zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """A grid of points over each neighbourhood, all alike; a point inside it where it is too small for the grid."""
    found = [_even_points(shape) for shape in zones.geometry]
    count = [len(east) for east, _ in found]
    return pd.DataFrame(
        {
            "lsoa21_code": np.repeat(zones["lsoa21_code"].to_numpy(), count),
            "easting": np.concatenate([np.array([]), *(east for east, _ in found)]),
            "northing": np.concatenate([np.array([]), *(north for _, north in found)]),
            "weight": 1.0,
        }
    )


def _even_points(shape: shapely.Geometry) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    west, south, east, north = shape.bounds
    across = np.arange(np.floor(west / GRID_M) + 0.5, np.ceil(east / GRID_M)) * GRID_M
    up = np.arange(np.floor(south / GRID_M) + 0.5, np.ceil(north / GRID_M)) * GRID_M
    x, y = (a.ravel() for a in np.meshgrid(across, up))
    shapely.prepare(shape)
    within = shapely.contains_xy(shape, x, y)
    if not within.any():
        point = shapely.point_on_surface(shape)
        return np.array([point.x]), np.array([point.y])
    return x[within], y[within]


def _extent(layers: Layers, layer: str, table: gpd.GeoDataFrame) -> shapely.Geometry:
    """Where a layer is mapped: the box of its features, less where its file is known to end."""
    if table.empty:
        return shapely.Polygon()
    box = shapely.box(*table.total_bounds)
    return shapely.intersection(box, layers.covers[layer]) if layer in layers.covers else box


def _enough(table: pd.DataFrame, zones: gpd.GeoDataFrame, extent: shapely.Geometry, least: float) -> pd.DataFrame:
    """The points of neighbourhoods that are mapped as a whole, and in which there is enough for each resident."""
    shapes = zones.geometry.to_numpy()
    covered = shapely.area(shapely.intersection(shapes, extent)) >= COVERED_SHARE * shapely.area(shapes)
    weight = zones["lsoa21_code"].map(table.groupby("lsoa21_code")["weight"].sum()).fillna(0.0).to_numpy()
    enough = covered & (weight > 0) & (weight >= least * zones["residents"].to_numpy(dtype=float))
    return table[table["lsoa21_code"].isin(zones["lsoa21_code"][enough])]


@dataclass(frozen=True)
class _Way:
    """A way to place residents: the layer it cannot do without, and the function that does it."""

    layer: str
    place: Callable[[Layers, gpd.GeoDataFrame, Mapping[str, Coefficient]], pd.DataFrame]


WAYS: dict[str, _Way] = {
    "buildings": _Way("buildings", _in_buildings),
    "streets": _Way("roads", _along_streets),
    "centroids": _Way("centroids", _at_centroids),
}
"""The ways to place residents, the best first, as `[people] homes` names them; what none of them can place is spread evenly."""
