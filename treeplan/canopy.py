"""How much of each neighbourhood is under trees, from whichever kind of source the study has; and how far the kinds differ."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Collection, Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from treeplan import areal, geo, zonal
from treeplan.accuracy import wilson
from treeplan.coefficients import Coefficient
from treeplan.errors import StudyError
from treeplan.layers import Layers
from treeplan.rasters import Raster, raster_shapes
from treeplan.roles import CANOPY_KINDS, LAYERS, canopy_kinds
from treeplan.study import Study
from treeplan.trees import crowns

log = logging.getLogger(__name__)

Figures = Mapping[str, Coefficient]
Measure = Callable[[Layers, gpd.GeoDataFrame, Study, Figures], pd.DataFrame]

LEAST_SEEN = 0.95
"""Part of a neighbourhood that must have been surveyed before its canopy is stated: a gap in a raster is not "no trees"."""

LEAST_TOLD_KM2 = 0.005
"""Unsurveyed ground below which nothing is said: it is a matter of how borders are drawn, km²."""

LEAST_POINTS = 30
"""Points of a survey below which no share is stated for a part of the study (project rule)."""

LEAST_COMPARED = 5
"""Neighbourhoods below which neither correlation nor fifths are stated."""


# ---------------------------------------------------------------- canopy of zones, by kind of source


def measure_canopy(layers: Layers, zones: gpd.GeoDataFrame, study: Study, figures: Figures) -> pd.DataFrame | None:
    """Canopy of each zone from the study's own kind of source (`canopy_kind`).

    Returns
    -------
    DataFrame or None
        Indexed as `zones` (EPSG:27700): `canopy_pct` (0–100; NaN where under 95 % of the zone was surveyed), `seen_share`
        (0–1), and `canopy_low_pct`, `canopy_high_pct` where the kind knows its error. None where the study has no kind.
    """
    kind = canopy_kind(layers, study)
    return None if kind is None else KINDS[kind](layers, zones, study, figures)


def canopy_kind(layers: Layers, study: Study) -> str | None:
    """The kind of source canopy is taken from: as `[canopy] source` says, else the first in declared order the study has.

    Raises
    ------
    StudyError
        The study asks for a kind whose layers it lacks.
    """
    have, wanted = canopy_kinds(layers), study.canopy.source
    if wanted is None:
        return have[0] if have else None
    if wanted in have or (wanted == "shapes" and "trees" in layers):  # tree points alone: only when asked for
        return wanted
    lacking = [[LAYERS[layer] for layer in way if layer not in layers] for way in CANOPY_KINDS[wanted]]
    labels = " or ".join(" and ".join(layer.label for layer in way) for way in lacking)
    ways = "; or ".join(" and ".join(layer.how_to_get for layer in way) for way in lacking)
    raise StudyError(
        f'[canopy] source = "{wanted}", but the study lacks: {labels}',
        f"add {ways}; or choose another ({', '.join(have) or 'it has none'}), or leave source out.",
    )


def canopy_from_heights(layers: Layers, zones: gpd.GeoDataFrame, study: Study, figures: Figures) -> pd.DataFrame:
    """Canopy of each zone: vegetation of at least `[land] canopy_height_m` in a raster of heights."""
    heights = layers["canopy_height"]
    return _of_raster(heights, zones, zonal.zonal_share(heights, zones, study.land.canopy_height_m))


def canopy_from_mask(layers: Layers, zones: gpd.GeoDataFrame, study: Study, figures: Figures) -> pd.DataFrame:
    """Canopy of each zone: the cells of 1 in a mask."""
    mask = layers["canopy_mask"]
    return _of_raster(mask, zones, zonal.zonal_share(mask, zones, 1))


def canopy_from_land_cover(layers: Layers, zones: gpd.GeoDataFrame, study: Study, figures: Figures) -> pd.DataFrame:
    """Canopy of each zone: the cells whose class counts as trees (`[canopy] tree_classes`); 10 m cells miss street trees."""
    cover = layers["land_cover"]
    return _of_raster(cover, zones, zonal.zonal_class_share(cover, zones, study.canopy.tree_classes))


def canopy_from_shapes(layers: Layers, zones: gpd.GeoDataFrame, study: Study, figures: Figures) -> pd.DataFrame:
    """Canopy of each zone: woods, trees outside them and crowns of single trees, dissolved, so that overlaps count once.

    Maps of woods and lists of trees do not say where nobody looked: a zone is seen as far as they reach, where they say
    (`layers.covers`), else wholly.
    """
    cover = canopy_shapes(layers, figures)
    maps = [layer for (layer,) in CANOPY_KINDS["shapes"] if layer in layers] or ["trees"]
    reaches = [layers.covers[layer] for layer in maps if layers.covers.get(layer) is not None]
    geo.require_bng(zones, "zones")
    shapes = zones.geometry.to_numpy()
    if reaches:  # what is drawn across a map's end does not count: the ground there was not seen as a whole
        within = shapely.intersection(shapes, shapely.intersection_all(np.array(reaches)))
        shapes = np.array([geo.areal_part(shape) for shape in within], dtype=object)
    seen = shapely.area(shapes) / zones.area.to_numpy()
    with np.errstate(invalid="ignore"):
        share = np.clip(geo.area_within(shapes, cover) / shapely.area(shapes), 0, 1)
        return _stated(share, seen, zones, f"the maps of {' and '.join(LAYERS[layer].label for layer in maps)}")


def canopy_shapes(layers: Layers, figures: Figures) -> geo.Shapes:
    """Woods, trees outside woodland and crowns of single trees as polygons, EPSG:27700; they overlap."""
    single = crowns(layers["trees"], figures) if "trees" in layers else geo.NO_SHAPES
    return np.concatenate([layers.shapes("woodland"), layers.shapes("trees_outside_woodland"), single])


def _of_raster(raster: Raster, zones: gpd.GeoDataFrame, found: pd.DataFrame) -> pd.DataFrame:
    return _stated(found["share"].to_numpy(), found["seen_share"].to_numpy(), zones, raster.path.name)


def _stated(
    share: npt.NDArray[np.float64], seen: npt.NDArray[np.float64], zones: gpd.GeoDataFrame, origin: str
) -> pd.DataFrame:
    """The table of a kind: canopy is stated where enough of a zone was surveyed; what nobody saw is told."""
    surveyed = seen >= LEAST_SEEN
    unseen_km2 = float(((1 - seen) * zones.area.to_numpy()).sum()) / 1e6
    if unseen_km2 >= LEAST_TOLD_KM2 or not surveyed.all():
        log.warning(
            "canopy: %.2f km² of the study's neighbourhoods is beyond %s or in a gap of it: unknown, not bare. Canopy is stated "
            "for %d of %d neighbourhoods, those surveyed well enough.",
            unseen_km2,
            origin,
            surveyed.sum(),
            len(zones),
        )
    return pd.DataFrame({"canopy_pct": 100 * np.where(surveyed, share, np.nan), "seen_share": seen}, index=zones.index)


def canopy_from_image(layers: Layers, zones: gpd.GeoDataFrame, study: Study, figures: Figures) -> pd.DataFrame:
    """Canopy of each zone from a picture and labelled points, with its interval; `attrs["accuracy"]` is the map's (`Accuracy`)."""
    from treeplan.classifier import classify

    found = classify(zones, layers["image"], layers["canopy_labels"], study)
    canopy = found.canopy.reindex(zones.index)
    share, seen = canopy["canopy_pct"].to_numpy() / 100, canopy["seen_share"].to_numpy()
    table = _stated(share, seen, zones, layers["image"].path.name)
    known = table["canopy_pct"].notna()
    ends = {name: canopy[name].where(known) for name in ("canopy_low_pct", "canopy_high_pct")}
    table = table.assign(**ends)
    table.attrs["accuracy"] = found.accuracy
    return table


KINDS: dict[str, Measure] = {
    "heights": canopy_from_heights,
    "mask": canopy_from_mask,
    "shapes": canopy_from_shapes,
    "classified": canopy_from_image,
    "land_cover": canopy_from_land_cover,
}
"""How each kind of source (`roles.CANOPY_KINDS`, in that order) is measured."""


# ---------------------------------------------------------------- canopy that stands, for land and sites

STANDING = ("canopy_height", "canopy_mask")
"""Rasters fine enough to keep planting off trees that stand, the best first; cells of 10 m would take half a street."""


def standing_shapes(layers: Layers, within: geo.Shapes, study: Study) -> geo.Shapes:
    """Canopy as polygons, in the boxes of shapes, from the best raster that is fine enough; none where the study has none."""
    layer = next((layer for layer in STANDING if layer in layers), None)
    if layer is None:
        return geo.NO_SHAPES
    at_least = study.land.canopy_height_m if layer == "canopy_height" else 1
    return raster_shapes(layers[layer], within, at_least)


def standing_unseen(layers: Layers, sites: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Whether each site lies, wholly or in part, in a gap of that raster: trees may stand there."""
    layer = next((layer for layer in STANDING if layer in layers), None)
    if layer is None:
        return np.zeros(len(sites), dtype=bool)
    return zonal.seen_share(layers[layer], sites) <= 0.99


# ---------------------------------------------------------------- how far the kinds differ


COSTLY = frozenset(["classified"])
"""Kinds that take long, and are set beside the study's own only where the comparison is what was asked for."""


def compare_canopy(
    layers: Layers, zones: gpd.GeoDataFrame, study: Study, figures: Figures, leave_out: Collection[str] = ()
) -> pd.DataFrame:
    """Canopy of each neighbourhood side by side, from every kind of source the study has.

    Parameters
    ----------
    layers, study, figures
        As for a run.
    zones : GeoDataFrame
        Neighbourhoods of the study, EPSG:27700, with `lsoa21_code` and `name`; where they carry `canopy_pct`, that of the
        study's own kind is not measured again.
    leave_out : collection of str
        Kinds that are not measured, unless one is the study's own.

    Returns
    -------
    DataFrame
        `lsoa21_code, name, area_ha`, and for each kind `<kind>_pct` (NaN where unknown); with a point survey also
        `survey_pct, survey_low_pct, survey_high_pct` (95 %) where it has 30 points or more. `attrs["accuracy"]` is that of a
        map read from a picture, where one was.
    """
    own = canopy_kind(layers, study)
    table = zones[["lsoa21_code", "name"]].assign(area_ha=zones.area / 1e4)
    for kind in KINDS:
        if kind != own and (kind in leave_out or kind not in canopy_kinds(layers)):
            continue
        if kind == own and "canopy_pct" in zones:
            table[f"{kind}_pct"] = zones["canopy_pct"]
            continue
        measured = KINDS[kind](layers, zones, study, figures)
        table[f"{kind}_pct"] = measured["canopy_pct"]
        table.attrs |= measured.attrs
    if "canopy_survey" in layers:
        survey = survey_canopy(layers["canopy_survey"], zones)
        local = survey[survey["level"] == "neighbourhood"].set_index("code")
        for ours, theirs in (
            ("survey_pct", "canopy_pct"),
            ("survey_low_pct", "low_pct"),
            ("survey_high_pct", "high_pct"),
        ):
            table[ours] = table["lsoa21_code"].map(local[theirs])
    found = pd.DataFrame(table).reset_index(drop=True)
    found.attrs = dict(table.attrs)
    return found


def canopy_differences(table: pd.DataFrame, own: str | None) -> pd.DataFrame:
    """How far each kind of source is from the study's own, over the neighbourhoods that both know.

    Parameters
    ----------
    table : DataFrame
        From `compare_canopy`.
    own : str or None
        The study's own kind (`canopy_kind`); None where it has none.

    Returns
    -------
    DataFrame
        A row a kind, the study's own first: `kind, neighbourhoods` (known in both), `study_pct` (by area, of all it knows),
        `mean_pct, mean_difference_pp` (it less the study's own), `mean_absolute_difference_pp, correlation`,
        `change_fifth` (neighbourhoods that stand in another fifth by canopy). The last two are NaN below 5 neighbourhoods.
    """
    kinds = [kind for kind in (*KINDS, "survey") if f"{kind}_pct" in table]
    rows = [_difference(table, kind, own) for kind in sorted(kinds, key=lambda kind: kind != own)] if own else []
    columns = ["kind", "neighbourhoods", "study_pct", "mean_pct", "mean_difference_pp", "mean_absolute_difference_pp"]
    return pd.DataFrame(rows, columns=[*columns, "correlation", "change_fifth"])


def _difference(table: pd.DataFrame, kind: str, own: str) -> dict[str, object]:
    other, ours = table[f"{kind}_pct"], table[f"{own}_pct"]
    known = table["area_ha"].where(other.notna())
    both = other.notna() & ours.notna()
    other_both, ours_both = other[both], ours[both]
    apart = other_both - ours_both
    enough = len(apart) >= LEAST_COMPARED
    varied = enough and other_both.nunique() > 1 and ours_both.nunique() > 1
    changed = (_fifth(other_both) != _fifth(ours_both)).sum()
    return {
        "kind": kind,
        "neighbourhoods": len(apart),
        "study_pct": float((other * known).sum() / known.sum()) if known.sum() > 0 else math.nan,
        "mean_pct": float(other_both.mean()),
        "mean_difference_pp": float(apart.mean()),
        "mean_absolute_difference_pp": float(apart.abs().mean()),
        "correlation": float(np.corrcoef(other_both, ours_both)[0, 1]) if varied else math.nan,
        "change_fifth": float(changed) if enough else math.nan,
    }


def _fifth(values: pd.Series) -> pd.Series:
    """The fifth in which each value stands, 1 the least; equal values stand together."""
    return np.ceil(5 * values.rank(method="average") / len(values)) if len(values) else values


# ---------------------------------------------------------------- the sampling error of a point survey


def survey_canopy(points: gpd.GeoDataFrame, zones: gpd.GeoDataFrame | None = None) -> pd.DataFrame:
    """Canopy from points placed at random and judged by eye on a photo, with its sampling error.

    Parameters
    ----------
    points : GeoDataFrame
        `is_tree` (bool), EPSG:27700.
    zones : GeoDataFrame, optional
        Neighbourhoods with `lsoa21_code, name, district_code, district_name`; points outside them are left out. Without
        them all points count for the study.

    Returns
    -------
    DataFrame
        `level` (study, district, neighbourhood), `code, name, points, canopy_pct, standard_error_pp` (binomial),
        `low_pct, high_pct` (Wilson's 95 % interval). Districts and neighbourhoods with fewer than 30 points are left out.

    References
    ----------
    Wilson (1927), Journal of the American Statistical Association 22: 209–212, the interval of a share.
    """
    is_tree = points["is_tree"].to_numpy(dtype=bool)
    if zones is None:
        return pd.DataFrame([_sampled("study", "", "", is_tree)])
    geo.require_bng(points, "the points of a canopy survey")
    at = areal.zone_at(points.geometry.x.to_numpy(), points.geometry.y.to_numpy(), zones.geometry.to_numpy())
    if (at < 0).any():
        log.info("canopy survey: %d of %d points lie outside the study and are left out", int((at < 0).sum()), len(at))
    inside, is_tree = zones.iloc[at[at >= 0]], is_tree[at >= 0]
    rows = [_sampled("study", "", "", is_tree)]
    for level, key in (("district", "district"), ("neighbourhood", "lsoa21")):
        label = "district_name" if level == "district" else "name"
        if f"{key}_code" not in zones:
            continue
        for code, members in inside.reset_index(drop=True).groupby(f"{key}_code").groups.items():
            if len(members) >= LEAST_POINTS:
                rows.append(_sampled(level, str(code), str(inside[label].iloc[members[0]]), is_tree[members]))
    return pd.DataFrame(rows)


def _sampled(level: str, code: str, name: str, is_tree: npt.NDArray[np.bool_]) -> dict[str, object]:
    number = len(is_tree)
    share = float(is_tree.mean()) if number else math.nan
    error = math.sqrt(share * (1 - share) / number) if number else math.nan
    low, _, high = wilson(int(is_tree.sum()), number)
    return {
        "level": level,
        "code": code,
        "name": name,
        "points": number,
        "canopy_pct": 100 * share,
        "standard_error_pp": 100 * error,
        "low_pct": 100 * low,
        "high_pct": 100 * high,
    }
