"""The numbers that a run prints: what was counted at which stage."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd

from treeplan.feedback import Fieldwork
from treeplan.land import Land
from treeplan.layers import Layers
from treeplan.needs import NEEDS
from treeplan.people import Walks
from treeplan.roles import LAYERS
from treeplan.vintage import moved_tables


@dataclass(frozen=True)
class Count:
    """A number that a run prints: what was counted at which stage."""

    stage: str
    what: str
    value: float
    unit: str = ""


def people_counts(layers: Layers, neighbourhoods: gpd.GeoDataFrame) -> list[Count]:
    """The study area, who lives in it, and how many needs were measured."""
    districts = neighbourhoods["district_code"].nunique()
    return [
        Count("area", "study area", round(layers.area.area / 1e4, 1), "ha"),
        Count("people", "districts", float(districts)),
        Count("people", "neighbourhoods", float(len(neighbourhoods))),
        Count("people", "residents", float(neighbourhoods["residents"].sum())),
        Count("needs", "indicators measured", float(sum(name in neighbourhoods for name in NEEDS))),
    ]


def moved_counts(layers: Layers) -> list[Count]:
    """Both totals of each table that was moved from the neighbourhoods of 2011 to those of 2021."""
    counts = []
    for moved in moved_tables(layers):
        label, who = LAYERS[moved.layer].label, "people" if moved.unit == "residents" else "neighbourhoods"
        in_2011, in_2021 = (
            ("in neighbourhoods of 2011", "in those of 2021") if who == "people" else ("of 2011", "of 2021")
        )
        counts += [
            Count("people", f"{label}: {who} {in_2011}", float(moved.before)),
            Count("people", f"{label}: {who} {in_2021}", float(round(moved.after))),
            Count("people", f"{label}: {who} {in_2011} without a home in 2021", float(moved.unplaced)),
        ]
        if who == "neighbourhoods":
            how = "by residents of 2011" if moved.by_residents else "plainly"
            counts.append(Count("people", f"{label}: merged neighbourhoods, averaged {how}", float(moved.merged)))
    return counts


def land_counts(layers: Layers, land: Land) -> list[Count]:
    """Mapped open land, and what is free of it."""
    free_m2 = float(land.grounds[land.grounds["land_use"] != "footway"].area.sum())
    return [
        Count("land", "pieces of mapped open land", float(len(layers["open_land"]))),
        Count("land", "mapped open land, summed", round(land.summed_m2 / 1e4, 1), "ha"),
        Count("land", "mapped open land, overlaps counted once", round(land.mapped_m2 / 1e4, 1), "ha"),
        Count("land", "free of hard constraints", round(free_m2 / 1e4, 1), "ha"),
    ]


def field_counts(fieldwork: Fieldwork) -> list[Count]:
    """What visits found; nothing where there were none."""
    if not len(fieldwork.checks):
        return []
    return [
        Count("field", "sites visited", float(len(fieldwork.checks))),
        Count("field", "judged on the ground", float(fieldwork.judged)),
        Count("field", "found plantable", float(fieldwork.plantable)),
    ]


def walk_counts(walks: Walks | None) -> list[Count]:
    """The ways that were walked; nothing where walks are straight lines."""
    if walks is None:
        return []
    return [
        Count("people", "ways that can be walked", float(round(walks.net.total_m / 1000)), "km"),
        Count("people", "residents too far from every mapped way", float(round(walks.residents_off))),
    ]


def site_counts(sites: gpd.GeoDataFrame) -> list[Count]:
    """Candidate sites and the plan."""
    chosen = sites[sites["chosen"]]
    return [
        Count("sites", "candidate sites", float(len(sites))),
        Count("sites", "candidate land", round(float(sites["area_m2"].sum()) / 1e4, 1), "ha"),
        Count("sites", "sites with a rank", float(sites["rank"].notna().sum())),
        Count("plan", "sites chosen", float(len(chosen))),
        Count("plan", "trees planted", float(chosen["trees"].sum())),
        Count("plan", "cost, central", float(round(chosen["cost_gbp"].sum())), "£"),
    ]
