"""The places that get a pack: wards, else districts, else the whole study, each with its sites and its shape."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from treeplan.errors import StudyError
from treeplan.plan import Plan

CARDS = 12
"""How many sites get a number and a card; the rest stand in `sites.csv`."""


@dataclass(frozen=True)
class Place:
    """A ward (or a district, where wards are unknown) for which a pack can be made."""

    code: str
    name: str
    kind: str
    slug: str
    sites: int


def places(plan: Plan) -> list[Place]:
    """Every place of the study that can have a pack, by name, with its number of sites."""
    zones = pd.DataFrame(_place_columns(plan.neighbourhoods, plan), columns=["code", "name", "kind"]).drop_duplicates(
        "code"
    )
    own = [code for code, _, _ in _place_columns(plan.public, plan)]
    rows = sorted(zones.itertuples(index=False), key=lambda row: (str(row.name).casefold(), row.code))
    found, slugs = [], set()
    for row in rows:
        slug = _slug(str(row.name))
        slug = f"{slug}_{row.code.casefold()}" if slug in slugs or not slug else slug
        slugs.add(slug)
        found.append(Place(row.code, str(row.name), row.kind, slug, own.count(row.code)))
    return found


def find_place(plan: Plan, wanted: str) -> Place:
    """The place of that code or name, whichever way it is written.

    Raises
    ------
    StudyError
        There is none, or there are several of that name.
    """
    asked = wanted.strip().casefold()
    known = places(plan)
    found = [p for p in known if asked in (p.code.casefold(), p.name.casefold(), p.slug)]
    if len(found) == 1:
        return found[0]
    if found:
        codes = ", ".join(p.code for p in found)
        raise StudyError(f"{len(found)} places are called '{wanted}'", f"name one by its code: {codes}.")
    names = ", ".join(f"{p.name} ({p.code})" for p in known)
    raise StudyError(f"no ward or district of {plan.study.name} is called '{wanted}'", f"use one of: {names}.")


def sites_of(plan: Plan, place: Place) -> gpd.GeoDataFrame:
    """The place's sites, best first, the first `CARDS` of them numbered."""
    if plan.sites.empty:
        return plan.sites
    sites = belongs(plan.public, plan, place)
    sites = sites.sort_values(["rank", "site_id"], na_position="last", ignore_index=True)
    numbers = np.arange(1, len(sites) + 1, dtype=float)
    return sites.assign(number=np.where(numbers <= CARDS, numbers, np.nan))


def shape_of(plan: Plan, place: Place) -> shapely.Geometry:
    """A place's ground: its ward's border where that is known, else its neighbourhoods together."""
    if place.kind == "ward" and "wards" in plan.layers:
        wards = plan.layers["wards"]
        own = wards[wards["ward_code"] == place.code]
        if len(own):
            return shapely.union_all(own.geometry.to_numpy())
    return shapely.union_all(belongs(plan.neighbourhoods, plan, place).geometry.to_numpy())


def belongs(table: gpd.GeoDataFrame, plan: Plan, place: Place) -> gpd.GeoDataFrame:
    """The rows of a table of sites or neighbourhoods that belong to a place."""
    own = [code == place.code for code, _, _ in _place_columns(table, plan)]
    return table[np.array(own, dtype=bool)]  # an empty list would choose columns


def _place_columns(table: pd.DataFrame, plan: Plan) -> list[tuple[str, str, str]]:
    """Code, name and kind of the place each row belongs to: its ward, else its district, else the whole study."""
    rows = []
    names = ["ward_code", "ward_name", "district_code", "district_name"]
    for ward, ward_name, district, district_name in table.reindex(columns=names).itertuples(index=False):
        if isinstance(ward, str) and ward:
            rows.append((ward, ward_name if isinstance(ward_name, str) else ward, "ward"))
        elif isinstance(district, str) and district:
            rows.append((district, district_name if isinstance(district_name, str) else district, "district"))
        else:
            rows.append((plan.study.slug, plan.study.name, "study"))
    return rows


def _slug(name: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in name.casefold()).split())
