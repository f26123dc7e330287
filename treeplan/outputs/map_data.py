"""What the web map draws and says, as plain values ready for JSON: classes, cards, shapes in degrees, grey context."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from treeplan import geo
from treeplan.coefficients import LEVELS
from treeplan.effects import EFFECTS
from treeplan.needs import NEEDS
from treeplan.outputs import words
from treeplan.outputs.why import would_lead, would_raise
from treeplan.outputs.words import say
from treeplan.plan import Plan
from treeplan.reasons import Reasons, all_reasons
from treeplan.vocabulary import BANDS, BENEFITS, LAND_CLASSES, SITE_TYPES

SHADES = 5
DETAIL_M, CONTEXT_DETAIL_M = 0.5, 2.0
"""How far a drawn line may stray from the real one, metres."""

CONTEXT_MARGIN_M = 500.0
MOST_CONTEXT_POINTS = 40_000
LEAST_CONTEXT_M2 = 300.0
PLACE_ORDER = ("city", "town", "suburb", "village", "neighbourhood", "hamlet", "locality")
MAIN_ROADS = ("motorway", "trunk", "primary", "secondary")
SERVICE_ROADS = ("service", "track", "footway", "path", "cycleway", "steps", "bridleway", "pedestrian")
MOST_ROADS = 3_000


def best_first(plan: Plan) -> gpd.GeoDataFrame:
    """The sites of a public page by rank, those without one last; land of private owners is left out."""
    if plan.sites.empty:
        return plan.sites
    return plan.public.sort_values(["rank", "site_id"], na_position="last", ignore_index=True)


def neediest_first(plan: Plan) -> gpd.GeoDataFrame:
    """Neighbourhoods by need; those without one come last."""
    return plan.neighbourhoods.sort_values(["need_rank", "lsoa21_code"], na_position="last", ignore_index=True)


def count(value: float) -> int | None:
    """A rank as a whole number; None where there is none."""
    return None if math.isnan(value) else int(value)


# ---------------------------------------------------------------- what the choropleth shows


def measures_of(plan: Plan) -> list[dict[str, Any]]:
    """Overall need and each indicator the study has: words, classes and values of each neighbourhood, neediest first."""
    zones = neediest_first(plan)
    shown = [("need", say("map.need"), say("map.need_unit"), "low")]
    shown += [(n.name, n.label, n.unit, n.prefer) for n in NEEDS.values() if n.name in zones]
    return [_measure(zones[name].to_numpy(dtype=float), label, unit, prefer) for name, label, unit, prefer in shown]


def _measure(values: npt.NDArray[np.float64], label: str, unit: str, prefer: str) -> dict[str, Any]:
    edges = class_edges(values)
    known = ~np.isnan(values)
    nth = np.searchsorted(edges, values, side="right")
    shade = np.linspace(0, SHADES - 1, len(edges) + 1).round().astype(int)
    if prefer == "high":
        shade = shade[::-1]
    legend = [
        {"shade": int(shade[k]), "text": _class_words(edges, k), "count": int((nth[known] == k).sum())}
        for k in range(len(edges) + 1)
    ]
    return {
        "label": label,
        "unit": unit,
        "darker": say("map.darker_high") if prefer == "high" else say("map.darker_low"),
        "legend": sorted(legend, key=lambda row: -row["shade"]) if known.any() else [],
        "unknown": int((~known).sum()),
        "shades": "".join(str(shade[n]) if k else "-" for n, k in zip(nth, known, strict=True)),
        "values": [_figure(v) for v in values],
    }


def class_edges(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Edges between (at most) five classes of about equal number, rounded as they are printed; none of the classes empty."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.array([])
    wanted = np.quantile(known, np.arange(1, SHADES) / SHADES)
    edges = np.unique([float(f"{edge:.3g}") for edge in wanted])
    edges = edges[(edges > known.min()) & (edges <= known.max())]
    filled = [i for i, edge in enumerate(edges) if ((known >= edge) & (known < np.append(edges, np.inf)[i + 1])).any()]
    return edges[filled]


def _class_words(edges: npt.NDArray[np.float64], k: int) -> str:
    if not len(edges):
        return say("map.class_all")
    if k == 0:
        return say("map.class_under", high=_figure(edges[0]))
    if k == len(edges):
        return say("map.class_over", low=_figure(edges[-1]))
    return say("map.class_between", low=_figure(edges[k - 1]), high=_figure(edges[k]))


def _figure(value: float) -> str:
    """A measured figure to three significant figures; unknown is a dash."""
    return "–" if math.isnan(value) else f"{float(f'{value:.3g}'):,g}"


# ---------------------------------------------------------------- the data inside the page


def page_data(plan: Plan) -> dict[str, Any]:
    """Everything the page's own code draws and says, ready for JSON: geometry in degrees, figures as they are printed."""
    phrases = _Phrases()
    sites = _sites(plan, phrases)
    bounds = lonlat(shapely.box(*plan.layers.area.bounds)).bounds
    return {
        "words": words.catalogue()["map"],
        "bounds": [round(b, 6) for b in bounds],
        "benefits": _benefits(plan),
        "bands": {band: {"short": say(f"map.band_{band.lower()}"), "plain": plain} for band, plain in BANDS.items()},
        "effects": [EFFECTS[name].label for name in _effects(plan)],
        "year": plan.study.horizon_year,
        "ranked": len(plan.ranked),
        "measures": measures_of(plan),
        "sites": sites,
        "zones": _zones(plan),
        "context": _context(plan),
        "labels": _labels(plan),
        "phrases": phrases.said,
    }


class _Phrases:
    """Sentences, each kept once: many sites say the same."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self._at: dict[str, int] = {}

    def at(self, sentence: str) -> int:
        """Where the sentence stands."""
        if sentence not in self._at:
            self._at[sentence] = len(self.said)
            self.said.append(sentence)
        return self._at[sentence]


def _benefits(plan: Plan) -> list[dict[str, Any]]:
    """The benefits in the order in which `words.why` gives them."""
    if plan.sites.empty:
        return []
    rows = words.why(plan, plan.sites.iloc[0])
    return [
        {"label": r.label, "plain": r.plain, "weight": round(100 * r.weight), "unit": BENEFITS[r.benefit].gain_unit}
        for r in rows
    ]


def _sites(plan: Plan, phrases: _Phrases) -> list[dict[str, Any]]:
    table = best_first(plan)
    if table.empty:
        return []
    grounds = table.geometry.to_numpy()
    pits = (table["land_use"] == "footway").to_numpy()
    trees = [shapely.MultiPoint(shapely.centroid(shapely.get_parts(ground))) for ground in grounds[pits]]
    shapes = _drawn(grounds, DETAIL_M)
    for at, dots in zip(np.flatnonzero(pits).tolist(), _drawn(np.array(trees, dtype=object), 0), strict=True):
        shapes[at] = dots  # a tree in a footway is a dot: its pit would be too small to see
    points = lonlat(geo.inside_points(grounds))
    rows, reasons = [], all_reasons(plan.sites, plan.study)
    for i, (_, site) in enumerate(table.iterrows()):
        place = [round(float(points[i].y), 6), round(float(points[i].x), 6)]
        rows.append({**_site(plan, site, reasons[str(site["site_id"])], phrases), "at": place, "shape": shapes[i]})
    return rows


def _site(plan: Plan, site: pd.Series, reasons: Reasons, phrases: _Phrases) -> dict[str, Any]:
    """One site as its card tells it."""
    ranked = pd.notna(site["rank"])
    why = words.why(plan, site)
    said = card_sections(plan, site) | {"raise": would_raise(reasons)}
    said["sure"] = said["sure"] + would_lead(plan, str(site["site_id"]))
    part = {p.benefit: round(100 * p.share) for p in reasons.parts if ranked}
    return {
        "id": site["site_id"],
        "name": str(site["name"]),
        "rank": int(site["rank"]) if ranked else None,
        "band": site["band"] if ranked else None,
        "type": SITE_TYPES[site["site_type"]].label,
        "district": words.plain(site["district_name"]),
        "ward": words.plain(site["ward_name"]),
        "zone": words.plain(site["neighbourhood_name"]),
        "grid": site["grid_reference"],
        "trees": int(site["trees"]),
        "chosen": bool(site["chosen"]),
        "range": [int(site["rank_p05"]), int(site["rank_p95"])] if ranked else None,
        "scores": [row.score if row.measured else None for row in why],
        "parts": [part.get(row.benefit) for row in why],
        "gains": [row.gain.removesuffix(BENEFITS[row.benefit].gain_unit).strip() for row in why],
        "effects": [_effect(site, name) for name in _effects(plan)],
        "says": {part: [phrases.at(sentence) for sentence in sentences] for part, sentences in said.items()},
    }


def card_sections(plan: Plan, site: pd.Series) -> dict[str, list[str]]:
    """The sentences of `words.paragraph` under the headings of a card."""
    first, *middle = words.paragraph(plan, site)
    *middle, owner, way, unknown = middle
    unmeasured = [middle.pop()] if site["not_measured"] else []
    sure = [middle.pop()]
    free = site["land_class"] == next(iter(LAND_CLASSES))
    land_class = [] if free else [say("map.land_class", plain=LAND_CLASSES[site["land_class"]])]
    return {
        "fits": [first],
        "here": middle,
        "sure": sure,
        "unmeasured": unmeasured,
        "way": [*land_class, way],
        "agree": [owner],
        "unknown": [unknown],
    }


def _effects(plan: Plan) -> list[str]:
    """The effects that the study has, and that a card has room for."""
    return [] if plan.effects is None else [name for name in plan.effects.values if EFFECTS[name].leading]


def _effect(site: pd.Series, name: str) -> str:
    """An effect at the horizon year with its range and unit, as it is printed."""
    unit = EFFECTS[name].unit
    low, central, high = (float(site[f"{name}_{level}"]) for level in LEVELS)
    if unit == "£":
        return words.spread(low, central, high) if math.isnan(central) else f"£{words.spread(low, central, high)}"
    return words.spread(low, central, high, words.catalogue()["map"].get(f"unit_{unit}", unit))


def _zones(plan: Plan) -> list[dict[str, Any]]:
    zones = neediest_first(plan)
    shapes = _drawn(zones.geometry.to_numpy(), DETAIL_M)
    standing = [f"need_{name}" for name in NEEDS if name in zones]
    return [
        {
            "code": zone["lsoa21_code"],
            "name": str(zone["name"]),
            "district": words.plain(zone["district_name"]),
            "ward": words.plain(zone["ward_name"]),
            "residents": words.whole(zone["residents"]),
            "rank": count(zone["need_rank"]),
            "deprived": bool(zone["most_deprived_fifth"]),
            "scores": [None if math.isnan(zone[name]) else round(float(zone[name]), 3) for name in ("need", *standing)],
            "shape": shapes[i],
        }
        for i, (_, zone) in enumerate(zones.iterrows())
    ]


# ---------------------------------------------------------------- shapes


def lonlat(shapes: Any) -> Any:
    """One shape or an array of them, from British National Grid to degrees."""
    alone = isinstance(shapes, shapely.Geometry)
    moved = gpd.GeoSeries([shapes] if alone else list(shapes), crs=geo.BNG).to_crs(4326).to_numpy()
    return moved[0] if alone else moved


def _drawn(shapes: geo.Shapes, detail_m: float) -> list[dict[str, Any] | None]:
    """GeoJSON geometries in degrees, simplified, six decimals (about 0.1 m)."""
    simple = shapely.simplify(shapes, detail_m)
    simple = np.where(shapely.is_empty(simple), shapes, simple)
    moved = shapely.transform(lonlat(simple), lambda xy: np.round(xy, 6)) if len(simple) else simple
    return [None if shape.is_empty else _as_lists(shapely.geometry.mapping(shape)) for shape in moved]


def _as_lists(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _as_lists(value) for key, value in content.items()}
    return [_as_lists(part) for part in content] if isinstance(content, tuple) else content


def _context(plan: Plan) -> dict[str, dict[str, Any] | None]:
    """Grey background by kind, each kind one geometry: lines and areas of the study's own layers."""
    layers = plan.layers
    main, minor = _roads(plan)
    found = {
        "woodland": _large(layers.shapes("woodland")),
        "water": _large(layers.shapes("water")),
        "watercourses": layers.shapes("watercourses"),
        "roads": minor,
        "main_roads": main,
        "railways": layers.shapes("railways"),
        "wards": shapely.boundary(_within(layers.shapes("wards"), layers.area)),
        "districts": shapely.boundary(_within(layers.shapes("districts"), layers.area)),
        "area": np.array([shapely.boundary(layers.area)], dtype=object),
    }
    frame = shapely.box(*shapely.buffer(layers.area, CONTEXT_MARGIN_M).bounds)
    return {kind: _merged(shapes, frame) for kind, shapes in found.items() if len(shapes)}


def _large(shapes: geo.Shapes) -> geo.Shapes:
    return shapes[shapely.area(shapes) >= LEAST_CONTEXT_M2]


def _within(shapes: geo.Shapes, area: shapely.Geometry) -> geo.Shapes:
    """Shapes of which a good part lies in the area: neighbours that only share its border are left out."""
    if not len(shapes):
        return shapes
    return shapes[shapely.area(shapely.intersection(shapes, area)) > 0.05 * shapely.area(shapes)]


def _roads(plan: Plan) -> tuple[geo.Shapes, geo.Shapes]:
    """Main and other roads; where there are many, without drives and tracks."""
    shapes = plan.layers.shapes("roads")
    if not len(shapes):
        return shapes, shapes
    table = plan.layers["roads"]
    kind = table["highway"].fillna("").astype(str) if "highway" in table else pd.Series("", index=table.index)
    kind = kind.str.removesuffix("_link").to_numpy()
    main = np.isin(kind, MAIN_ROADS)
    other = ~main & ~(np.isin(kind, SERVICE_ROADS) & (len(shapes) > MOST_ROADS))
    return shapes[main], shapes[other]


def _merged(shapes: geo.Shapes, frame: shapely.Geometry) -> dict[str, Any] | None:
    """All shapes of a kind as one geometry, cut to the frame, coarser where there would be too many points."""
    cut = shapely.clip_by_rect(shapes, *frame.bounds)
    parts = shapely.get_parts(cut[~shapely.is_empty(cut)])
    parts = parts[shapely.get_dimensions(parts) > 0]
    if not len(parts):
        return None
    detail = CONTEXT_DETAIL_M
    simple = shapely.simplify(parts, detail)
    while shapely.get_num_coordinates(simple).sum() > MOST_CONTEXT_POINTS and detail < 50:
        detail *= 2
        simple = shapely.simplify(parts, detail)
        simple = simple[(shapely.length(simple) > 3 * detail) & ~shapely.is_empty(simple)]
    areas = shapely.get_dimensions(simple[0]) == 2
    whole = shapely.multipolygons(simple) if areas else shapely.line_merge(_lines(simple))
    return _drawn(np.array([whole], dtype=object), 0)[0]


def _lines(shapes: geo.Shapes) -> shapely.Geometry:
    parts = shapely.get_parts(shapes)
    return shapely.multilinestrings([shapely.LineString(shapely.get_coordinates(p)) for p in parts])


def _labels(plan: Plan) -> list[dict[str, Any]]:
    """Names of places, else of districts (where there are several) and wards, the most important first."""
    places = _named(plan, "place_names", "name")
    if places:
        return places
    districts, wards = _named(plan, "districts", "district_name"), _named(plan, "wards", "ward_name")
    return [{**d, "weight": 0} for d in districts if len(districts) > 1 or not wards] + wards


def _named(plan: Plan, layer: str, column: str) -> list[dict[str, Any]]:
    """The names of a layer's features that stand in the area, each at a point inside."""
    if layer not in plan.layers or column not in plan.layers[layer]:
        return []
    table = plan.layers[layer]
    points = geo.inside_points(table.geometry.to_numpy())
    kept = table[column].notna().to_numpy() & shapely.intersects(points, plan.layers.area)
    if not kept.any():
        return []
    kinds = table["kind"] if "kind" in table else pd.Series("", index=table.index)
    weights = [PLACE_ORDER.index(kind) if kind in PLACE_ORDER else len(PLACE_ORDER) for kind in kinds[kept]]
    rows = [
        {"name": str(name), "at": [round(float(p.y), 6), round(float(p.x), 6)], "weight": weight}
        for name, p, weight in zip(table.loc[kept, column], lonlat(points[kept]), weights, strict=True)
    ]
    return sorted(rows, key=lambda row: (row["weight"], row["name"]))
