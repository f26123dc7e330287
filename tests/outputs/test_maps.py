from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from tests.outputs.plans import edition, small_plan, with_sites
from treeplan.outputs import map_data, words
from treeplan.outputs.map_data import card_sections, class_edges, page_data
from treeplan.outputs.maps import map_page
from treeplan.plan import Plan
from treeplan.roles import LAYERS

HOSTILE = "<img src=x onerror=alert(1)> \"quoted\" & 'so' </script><!-- {{ 7*7 }} {x} 🌳"


def written(plan: Plan, folder: Path) -> str:
    map_page(plan, folder)
    return (folder / "map.html").read_text("utf-8")


def embedded(html: str) -> dict:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_page_asks_the_web_for_nothing(tmp_path: Path) -> None:
    html = written(small_plan(), tmp_path)
    for attribute in re.findall(
        r"""<(?:script|link|img|iframe|source|use)\b[^>]*\b(?:src|href)\s*=\s*["']?([^"'\s>]+)""", html
    ):
        assert attribute.startswith("data:")
    outside = re.findall(r"url\((?!data:|#|images)([^)]*)\)", html)
    assert [u for u in outside if u.startswith(("http", "//"))] == []
    assert "sourceMappingURL" not in html
    assert "cdn." not in html


def test_the_page_forbids_itself_the_network(tmp_path: Path) -> None:
    html = written(small_plan(), tmp_path)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    assert "default-src 'none'" in policy[1]
    assert "connect-src" not in policy[1]
    assert html.index("Content-Security-Policy") < html.index("<script")


def test_a_reader_may_zoom_the_page(tmp_path: Path) -> None:
    html = written(small_plan(), tmp_path)
    assert '<html lang="en">' in html
    assert "user-scalable" not in html
    assert "maximum-scale" not in html


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path) -> None:
    first = written(small_plan(), tmp_path)
    assert first == written(small_plan(), tmp_path)


def test_ranks_in_the_page_are_the_plans(tmp_path: Path) -> None:
    plan = small_plan(20, 5)
    public = plan.sites[plan.sites["owner_tier"] < 3].set_index("site_id")
    shown = embedded(written(plan, tmp_path))["sites"]
    assert {s["id"]: s["rank"] for s in shown} == public["rank"].astype(int).to_dict()
    assert {s["id"]: s["trees"] for s in shown} == public["trees"].to_dict()
    assert [s["rank"] for s in shown] == sorted(s["rank"] for s in shown)


def test_private_land_stays_off_the_page_and_is_counted(tmp_path: Path) -> None:
    plan = small_plan(10)
    private = plan.sites[plan.sites["owner_tier"] >= 3]
    html = written(plan, tmp_path)
    assert len(private) == 2
    assert not any(site_id in html for site_id in private["site_id"])
    assert words.say("map.private", count=2) in html


def test_every_site_and_neighbourhood_stands_in_a_table_without_script(tmp_path: Path) -> None:
    plan = small_plan()
    html = written(plan, tmp_path)
    bodies = re.findall(r"<tbody>(.*?)</tbody>", html[html.index('id="below"') :], re.DOTALL)
    sites, zones = bodies[0], bodies[1]
    assert sites.count("<tr>") == (plan.sites["owner_tier"] < 3).sum()
    assert zones.count("<tr>") == len(plan.neighbourhoods)


def test_attributions_caveats_date_and_settings_are_printed(tmp_path: Path) -> None:
    plan = small_plan()
    html = written(plan, tmp_path)
    for line in [*plan.attributions, plan.config_hash, plan.date.isoformat(), plan.study.note or ""]:
        assert line in html
    for line in words.caveats(plan):
        assert line.replace("'", "&#39;") in html


def test_a_hostile_name_is_text_everywhere(tmp_path: Path) -> None:
    plan = with_sites(
        small_plan(),
        name=HOSTILE,
        reasons=HOSTILE,
        ward_name=HOSTILE,
        district_name=HOSTILE,
        neighbourhood_name=HOSTILE,
    )
    zones = plan.neighbourhoods.assign(name=HOSTILE)
    study = plan.study.model_copy(update={"name": HOSTILE, "note": HOSTILE})
    layers = replace(plan.layers, editions=[edition(attribution=HOSTILE, publisher=HOSTILE, title=HOSTILE)])
    html = written(replace(plan, neighbourhoods=zones, study=study, layers=layers), tmp_path)
    assert "<img" not in html
    assert "49" not in re.findall(r"<h1>(.*?)</h1>", html)[0]
    assert all(site["name"] == HOSTILE for site in embedded(html)["sites"])
    assert html.count("</script>") == 4


@pytest.mark.parametrize("sites", [1, 2])
def test_few_sites(sites: int, tmp_path: Path) -> None:
    assert len(embedded(written(small_plan(sites, 1), tmp_path))["sites"]) == sites


def test_without_land_the_page_says_what_is_missing_and_how_to_get_it(tmp_path: Path) -> None:
    html = written(small_plan(0), tmp_path)
    assert words.say("no_land.headline") in html
    assert LAYERS["open_land"].how_to_get.split("(")[0] in html
    assert embedded(html)["sites"] == []
    assert 'href="sites.csv"' not in html


def test_no_land_left_is_not_a_missing_layer(tmp_path: Path) -> None:
    plan = small_plan(0)
    kept = [m for m in plan.missing if m.layer != "open_land"]
    assert words.say("map.no_land_left") in written(replace(plan, missing=kept), tmp_path)


def test_only_private_sites_is_said(tmp_path: Path) -> None:
    html = written(with_sites(small_plan(), owner_tier=3), tmp_path)
    assert words.say("map.all_private") in html


def test_sites_without_rank_come_last_and_say_so(tmp_path: Path) -> None:
    plan = small_plan()
    rank = plan.sites["rank"].where(plan.sites["rank"] != 2)
    lost = rank.isna()
    gone = {c: plan.sites[c].mask(lost) for c in ("priority", "p_top_k", "rank_p05", "rank_p95", "band")}
    last = embedded(written(with_sites(plan, rank=rank, **gone), tmp_path))["sites"][-1]
    assert (last["rank"], last["band"], last["range"]) == (None, None, None)


def test_an_indicator_that_nobody_measured(tmp_path: Path) -> None:
    plan = small_plan()
    zones = plan.neighbourhoods.assign(canopy_pct=math.nan, need_canopy_pct=math.nan, need=math.nan, need_rank=math.nan)
    data = embedded(written(replace(plan, neighbourhoods=zones), tmp_path))
    canopy = next(m for m in data["measures"] if m["label"] == "Tree canopy")
    assert canopy["shades"] == "----"
    assert canopy["legend"] == []
    assert canopy["unknown"] == 4


def test_no_wards_and_no_districts(tmp_path: Path) -> None:
    plan = with_sites(small_plan(), ward_name=None, ward_code=None)
    zones = plan.neighbourhoods.assign(ward_name=None, district_name=None)
    tables = {k: v for k, v in plan.layers.tables.items() if k not in ("wards", "districts", "place_names")}
    html = written(replace(plan, neighbourhoods=zones, layers=replace(plan.layers, tables=tables)), tmp_path)
    assert embedded(html)["labels"] == []
    assert "None" not in re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)


def test_less_canopy_is_darker() -> None:
    plan = small_plan(neighbourhoods=5)
    measures = {m["label"]: m for m in page_data(plan)["measures"]}
    assert measures["Tree canopy"]["shades"] == "43210"
    assert measures["Nitrogen dioxide"]["shades"] == "43210"
    assert measures["Tree canopy"]["legend"][0]["text"] == words.say("map.class_under", high="8.8")


@pytest.mark.parametrize(
    ("values", "edges"),
    [
        (range(1, 11), [2.8, 4.6, 6.4, 8.2]),
        ([5, 5, 5, math.nan], []),
        ([0, 0, 0, 0, 9], [1.8]),
        ([math.nan], []),
        ([1.0001, 1.0002, 1.0003], []),
    ],
)
def test_class_edges(values: list[float], edges: list[float]) -> None:
    assert class_edges(np.array(list(values), dtype=float)).tolist() == pytest.approx(edges)


def test_no_class_is_empty_and_every_value_has_one() -> None:
    values = np.random.default_rng(1).lognormal(0, 2, 500).round(1)
    edges = class_edges(values)
    counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)
    assert len(edges) == 4
    assert (counts > 0).all()


def test_shapes_lie_in_england_to_six_decimals() -> None:
    data = page_data(small_plan())
    for lon, lat in data["sites"][0]["shape"]["coordinates"][0]:
        assert -1.6 < lon < -1.3
        assert 53.3 < lat < 53.5
        assert round(lon, 6) == lon


def test_the_card_puts_each_sentence_under_its_heading() -> None:
    plan = with_sites(small_plan(), not_measured="air; nature")
    parts = card_sections(plan, plan.sites.iloc[1])
    site = plan.sites.iloc[1]
    assert parts["fits"][0].startswith(f"{site['trees_central']:.0f} trees fit")
    assert parts["sure"][0].startswith("It is among the best")
    assert parts["unmeasured"] == ["Not measured here: cleaner air, nature."]
    assert parts["agree"][0].startswith("Owner:")
    assert "green belt" in parts["way"][-1]
    assert parts["unknown"][0].startswith("Not known from maps")
    said = [sentence for sentences in parts.values() for sentence in sentences]
    assert set(words.paragraph(plan, site)) <= set(said)


def test_very_long_names_do_not_break_the_page(tmp_path: Path) -> None:
    name = "Llan" * 125
    assert embedded(written(with_sites(small_plan(), name=name), tmp_path))["sites"][0]["name"] == name


def test_places_are_named_from_the_best_layer_there_is() -> None:
    plan = small_plan()
    assert [label["name"] for label in page_data(plan)["labels"]] == ["Smallton <b>Green</b>"]
    tables = {k: v for k, v in plan.layers.tables.items() if k != "place_names"}
    labels = page_data(replace(plan, layers=replace(plan.layers, tables=tables)))["labels"]
    assert [label["name"] for label in labels] == ["Eastborough", "Westborough", "Ward 1", "Ward 2"]


def test_many_roads_are_drawn_without_drives(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = small_plan()
    west, south, east, _ = plan.layers.area.bounds
    lines = [shapely.LineString([(west, south + 20 * i), (east, south + 20 * i)]) for i in range(3)]
    roads = gpd.GeoDataFrame({"highway": ["primary_link", "residential", "service"]}, geometry=lines, crs=27700)
    layers = replace(plan.layers, tables={**plan.layers.tables, "roads": roads})
    context = page_data(replace(plan, layers=layers))["context"]
    assert len(context["roads"]["coordinates"]) == 2
    monkeypatch.setattr(map_data, "MOST_ROADS", 2)
    context = page_data(replace(plan, layers=layers))["context"]
    assert context["main_roads"]["type"] == context["roads"]["type"] == "LineString"


def test_context_stays_within_its_budget_of_points(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = small_plan()
    full = len(page_data(plan)["context"]["water"]["coordinates"][0])
    monkeypatch.setattr(map_data, "MOST_CONTEXT_POINTS", 8)
    assert len(page_data(plan)["context"]["water"]["coordinates"][0]) < full
