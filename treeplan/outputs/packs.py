"""Engagement packs: for each ward a tagged PDF to print and hand round, and its sites as a spreadsheet."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from importlib import resources
from pathlib import Path

import geopandas as gpd
import pandas as pd
import typst

from treeplan.outputs import drawing, output
from treeplan.outputs.pack_words import content
from treeplan.outputs.places import Place, find_place, places, shape_of, sites_of
from treeplan.outputs.sheet import FONTS
from treeplan.outputs.tables import write_csv
from treeplan.plan import Plan
from treeplan.vocabulary import OWNER_TIERS

_COLUMNS = ["site_id", "name", "rank", "trees", "band", "grid_reference", "owner", "reasons"]


@output("packs")
def packs(plan: Plan, folder: Path) -> None:
    """An engagement pack for each ward: a tagged PDF to print, and its sites as a table; none where no ward has a site."""
    if plan.sites.empty:
        return
    for place in places(plan):
        write_pack(plan, place, folder / "packs")


def write_pack(plan: Plan, place: Place | str, folder: Path) -> Path:
    """Write one place's pack into a folder of its own within `folder`; a place without sites gets one that says so.

    Returns
    -------
    Path
        The PDF.
    """
    place = find_place(plan, place) if isinstance(place, str) else place
    sites = sites_of(plan, place)
    home = folder / place.slug
    home.mkdir(parents=True, exist_ok=True)
    path = home / "pack.pdf"
    path.write_bytes(compile_pack(plan, place, sites))
    write_csv(_sites_table(sites), home / "sites.csv")
    return path


def compile_pack(plan: Plan, place: Place, sites: gpd.GeoDataFrame) -> bytes:
    """The pack as tagged PDF (PDF/UA-1); names go in as data, never as markup."""
    shape = shape_of(plan, place)
    inputs = {
        "data": json.dumps(content(plan, place, sites), ensure_ascii=False),
        "setting": drawing.setting_map(plan, shape, sites, 180, 74),
        "map": drawing.place_map(plan, shape, sites, 180, 150 if len(sites) else 190),
    }
    template = resources.files("treeplan.templates").joinpath("pack.typ").read_bytes()
    noon = dt.datetime.combine(plan.date, dt.time(12), dt.UTC)
    made = typst.compile(template, sys_inputs=inputs, font_paths=_fonts(), pdf_standards="ua-1", timestamp=noon)
    return bytes(made)


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def _sites_table(sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """The place's sites for a spreadsheet, their owners in words; only its head where there is none."""
    table = pd.DataFrame(sites).reindex(columns=["owner_tier", *_COLUMNS])
    return table.assign(owner=[OWNER_TIERS[int(tier)] for tier in table["owner_tier"]])[_COLUMNS]
