"""What a pack says: every sentence, figure and key of it as plain data for the template to lay out."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from treeplan import provenance, weights
from treeplan.coefficients import LEVELS
from treeplan.effects import DATES
from treeplan.outputs import drawing
from treeplan.outputs.places import CARDS, Place, belongs, places, shape_of
from treeplan.outputs.sheet import printable, shortened
from treeplan.outputs.words import (
    carbon,
    care,
    catalogue,
    caveats,
    ground,
    out_of_100,
    say,
    spread,
    two_figures,
    whole,
    why,
)
from treeplan.plan import Plan
from treeplan.roles import LAYERS
from treeplan.vocabulary import BANDS, BENEFITS, OWNER_TIERS, SITE_TYPES

_HIGH, _LOW = 2 / 3, 1 / 3


def content(plan: Plan, place: Place, sites: gpd.GeoDataFrame) -> dict[str, Any]:
    """Everything the template lays out, as plain data."""
    name = printable(place.name)
    study = printable(plan.study.name)
    counted = _counted(len(sites))
    trees = two_figures(float(sites["trees_central"].sum())) if len(sites) else "0"
    finding = say("pack.finding", sites=counted, trees=trees) if len(sites) else say("pack.finding_none")
    need = _need(plan, place, study)
    source = _source_line(plan)
    content = {
        "w": {**catalogue()["pack"], "care_text": say("pack.care_text", care=care(plan))},
        "lang": "en",
        "date": [plan.date.year, plan.date.month, plan.date.day],
        "place": name,
        "kicker": say("pack.kicker", study=study),
        "title": say("pack.title", place=name),
        "finding": finding,
        "note": plan.study.note or "",
        "what": say("pack.what_text", place=name),
        "why": [need, *_why(plan, place, name, study)],
        "cost": _cost(plan, sites, study),
        "none": [] if len(sites) else _none(plan, place),
        "setting": {**_setting_words(name, study, finding, need, source), "unknown": _unknown(plan)},
        "map": {**_map_words(name, sites, counted, source), "keys": _keys(plan, sites)},
        "cards": [_card(plan, site) for _, site in sites[:CARDS].iterrows()],
        "cards_intro": say("pack.cards_intro", study=study, total=whole(len(plan.sites))),
        "more": say("pack.more_sites", n=len(sites) - CARDS) if len(sites) > CARDS else "",
        "private": _private(plan, place),
        "scored": _scored(plan, sites, study),
        "sources": _licences(plan),
        "limits": caveats(plan),
        "made": say(
            "pack.made", date=f"{plan.date:%-d %B %Y}", version=provenance.versions()["treeplan"], hash=plan.config_hash
        ),
        "footer": say("pack.footer", place=name),
    }
    return dict(_shown(content))


def _shown(value: Any) -> Any:
    """The same data with every text in signs that the font has."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    return [_shown(item) for item in value] if isinstance(value, list) else value


def _licences(plan: Plan) -> str:
    return "; ".join(line.rstrip(".") for line in plan.attributions)


def _source_line(plan: Plan) -> str:
    """The licences' lines where they are short, else where they stand."""
    lines = _licences(plan)
    return say("pack.source", lines=lines) if len(lines) <= 200 else say("pack.source_below")


def _counted(n: int) -> str:
    return say("pack.one_site") if n == 1 else say("pack.many_sites", n=whole(n))


def _need(plan: Plan, place: Place, study: str) -> str:
    zones = belongs(plan.neighbourhoods, plan, place)
    few = int((drawing.need_classes(plan).reindex(zones.index) == 4).sum())
    key = {0: "pack.why_need_none", 1: "pack.why_need_one"}.get(few, "pack.why_need")
    return say(key, few=few, all=len(zones), study=study)


def _why(plan: Plan, place: Place, name: str, study: str) -> list[str]:
    """People, canopy and deprivation of the place."""
    zones = belongs(plan.neighbourhoods, plan, place)
    said = [say("pack.why_people", people=two_figures(float(zones["residents"].sum())), place=name)]
    if "canopy_pct" in zones and zones["canopy_pct"].notna().any():
        low, high = (two_figures(float(v)) for v in (zones["canopy_pct"].min(), zones["canopy_pct"].max()))
        key = "pack.why_canopy" if low != high else "pack.why_canopy_one"
        said.append(
            say(
                key,
                low=low,
                high=high,
                study=study,
                median=two_figures(float(plan.neighbourhoods["canopy_pct"].median())),
            )
        )
    deprived = int(zones["most_deprived_fifth"].sum())
    if deprived:
        said.append(say("pack.why_deprived" if deprived > 1 else "pack.why_deprived_one", few=deprived))
    return said


def _cost(plan: Plan, sites: gpd.GeoDataFrame, study: str) -> list[str]:
    if sites.empty:
        return []
    low, central, high = (two_figures(float(sites[f"cost_gbp_{level}"].sum())) for level in LEVELS)
    chosen = int(sites["chosen"].sum())
    key = {0: "pack.cost_plan_none", 1: "pack.cost_plan_one"}.get(chosen, "pack.cost_plan")
    budget = whole(plan.study.plan.budget_gbp)
    return [
        say("pack.cost_text", cost=central, low=low, high=high, care=care(plan)),
        say(key, budget=budget, study=study, chosen=chosen),
    ]


def _none(plan: Plan, place: Place) -> list[str]:
    """Why there is no site, and what could be done instead."""
    if "open_land" not in plan.layers:
        first = say("pack.no_land_text", how=LAYERS["open_land"].how_to_get)
    else:
        first = say("pack.none_text")
    ideas = [say(f"pack.none_{i}") for i in (1, 2, 3, 4)]
    here = shape_of(plan, place)
    others = [p for p in places(plan) if p.sites]
    if others:
        nearest = sorted(others, key=lambda p: (float(shapely.distance(here, shape_of(plan, p))), p.name))[:2]
        ideas.append(say("pack.none_5", near=", ".join(p.name for p in nearest)))
    return [first, *ideas]


def _private(plan: Plan, place: Place) -> str:
    """How many of the place's sites are not shown, and why; nothing where all are."""
    hidden = len(belongs(plan.sites, plan, place)) - place.sites if len(plan.sites) else 0
    return say("pack.private_one" if hidden == 1 else "pack.private", n=whole(hidden)) if hidden else ""


def _unknown(plan: Plan) -> bool:
    return bool(plan.neighbourhoods["need_rank"].isna().any())


def _setting_words(name: str, study: str, finding: str, need: str, source: str) -> dict[str, Any]:
    return {
        "title": say("pack.setting_title", place=name),
        "caption": say("pack.setting_caption", study=study, source=source),
        "alt": say("pack.setting_alt", place=name, finding=finding, need=need),
        "tints": list(drawing.NEED_TINTS),
    }


def _map_words(name: str, sites: gpd.GeoDataFrame, counted: str, source: str) -> dict[str, Any]:
    lines = [
        say("pack.map_alt_site", number=f"{s.number:.0f}", name=printable(s.name), reference=s.grid_reference)
        for s in sites[:CARDS].itertuples(index=False)
    ]
    return {
        "title": say("pack.map_title", numbered=counted, place=name) if len(sites) else say("pack.finding_none"),
        "caption": say("pack.map_caption", place=name, source=source),
        "alt": say("pack.map_alt", place=name, sites=" ".join(lines))
        if lines
        else say("pack.map_alt_none", place=name),
    }


def _keys(plan: Plan, sites: gpd.GeoDataFrame) -> list[list[str]]:
    """Colour and words of everything the map shows."""
    layers = [("woodland", drawing.WOOD, "wood"), ("open_land", drawing.OPEN, "open")]
    layers += [("water", drawing.WATER, "water"), ("buildings", drawing.BUILDING, "building")]
    shown = [[drawing.SITE, say("pack.key_site")]] if len(sites) else []
    shown += [[drawing.OTHER_SITE, say("pack.key_other")]] if len(sites) > CARDS else []
    drawn = {*plan.layers, *(["water"] if "watercourses" in plan.layers else [])}
    return shown + [[tint, say(f"pack.key_{key}")] for layer, tint, key in layers if layer in drawn]


# ---------------------------------------------------------------- sites


def _card(plan: Plan, site: pd.Series) -> dict[str, Any]:
    """One site as the template shows it, in the map's table and on its card."""
    fits = {
        name: whole(site[f"trees_{level}"]) for name, level in (("low", "low"), ("trees", "central"), ("high", "high"))
    }
    return {
        "number": _number(site["number"]),
        "name": shortened(printable(site["name"]), 70),
        "reference": site["grid_reference"],
        "what": say(
            "pack.card_what",
            kind=SITE_TYPES[site["site_type"]].label,
            area=ground(site["area_m2"]),
            reference=site["grid_reference"],
        ),
        "trees_short": say("pack.trees_short", **fits),
        "trees": say("pack.card_trees_one" if fits["trees"] == "1" else "pack.card_trees", **fits),
        "people": _people(plan, site),
        "bars": [_bar(row.label, row.score, row.measured) for row in why(plan, site)],
        "does": _does(plan, site),
        **_sureness(plan, site),
        "chosen": bool(site["chosen"]),
        "way": shortened(site["reasons"], 90) or say("pack.card_way_none"),
        "owner": OWNER_TIERS[int(site["owner_tier"])],
        "unknown": site["unknowns"].replace("; ", ", "),
    }


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.0f}"


def _people(plan: Plan, site: pd.Series) -> str:
    people, walk = float(site["residents_served"]), f"{plan.study.people.walk_m:g}"
    return say("pack.card_people" if people >= 1 else "pack.card_nobody", people=two_figures(people), walk=walk)


def _sureness(plan: Plan, site: pd.Series) -> dict[str, str]:
    """How sure the rank is, for the table and for the card."""
    if pd.isna(site["rank"]):
        return {"band": "–", "sure": say("pack.card_no_rank")}
    share = out_of_100(site["p_top_k"])
    return {
        "band": f"{site['band']} · {share}/100",
        "sure": say("pack.card_sure", band=site["band"], top=plan.top, share=share),
    }


def _does(plan: Plan, site: pd.Series) -> str:
    """Tree cover and carbon at the horizon year, with their ranges."""
    said = {}
    for key, effect in (("canopy", "canopy_m2"), ("carbon", "carbon_tco2e")):
        low, central, high = (float(site[f"{effect}_{level}"]) for level in LEVELS)
        said[key] = spread(low, central, high)
    return say("pack.card_does", year=plan.study.horizon_year, **said)


def _bar(label: str, score: float, measured: bool) -> dict[str, Any]:
    if not measured:
        return {"label": label, "share": None, "word": say("pack.bar_unknown")}
    key = "high" if score >= _HIGH else "middle" if score >= _LOW else "low" if score > 0 else "nothing"
    return {"label": label, "share": score, "word": say(f"pack.bar_{key}")}


# ---------------------------------------------------------------- how they were scored


def _scored(plan: Plan, sites: gpd.GeoDataFrame, study: str) -> dict[str, Any]:
    """Weights, what the sites would do together, and what the bands mean."""
    share = weights.shares(plan.study)
    ordered = sorted(BENEFITS, key=lambda name: (-share[name], name))
    most = max(share.values())
    rows = [
        {
            "label": BENEFITS[n].label,
            "plain": BENEFITS[n].plain,
            "share": share[n] / most,
            "said": say("pack.weight_of", share=out_of_100(share[n])),
        }
        for n in ordered
    ]
    years = sorted({*DATES, plan.study.horizon_year})
    return {
        "text": say("pack.scored_text", study=study),
        "weights": rows,
        "years": [str(year) for year in years],
        "effects": [
            {"label": say(f"pack.effects_{key}"), "cells": [_total(plan, sites, effect, year, scale) for year in years]}
            for key, effect, scale in (
                ("alive", "trees_alive", 1.0),
                ("canopy", "canopy_m2", 1e4),
                ("carbon", "carbon_tco2e", 1.0),
            )
        ]
        if len(sites)
        else [],
        "carbon": carbon(plan),
        "sure": say("pack.sure_text", draws=whole(plan.study.certainty.draws)) if len(sites) else "",
        "bands": [[band, text] for band, text in BANDS.items()] if len(sites) else [],
    }


def _total(plan: Plan, sites: gpd.GeoDataFrame, effect: str, year: int, scale: float) -> str:
    """An effect of all the place's sites together, with its range."""
    assert plan.effects is not None
    low, central, high = (
        plan.effects.total(effect, sites["site_id"].tolist())[:, plan.effects.years.index(year)] / scale
    )
    return spread(low, central, high)
