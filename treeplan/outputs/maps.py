"""The web map: one page that opens without internet, with a list, a card for each site, and tables that say the same."""

from __future__ import annotations

import json
import logging
import math
import re
from base64 import b64encode
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import folium
import jinja2
import shapely
from branca.element import Figure
from folium.template import Template
from xstatic.pkg import leaflet

from treeplan import provenance, weights
from treeplan.outputs import OUTPUTS, output, words
from treeplan.outputs.map_data import best_first, count, lonlat, measures_of, neediest_first, page_data
from treeplan.outputs.words import say
from treeplan.plan import Plan
from treeplan.vocabulary import BENEFITS, OWNER_TIERS, SITE_TYPES

log = logging.getLogger(__name__)

SCRIPTS = ("map.js", "map.draw.js", "map.card.js", "map.list.js")


@output("map.html")
def map_page(plan: Plan, folder: Path) -> None:
    """The interactive map: one file that needs no internet, with lists and tables that say the same in words."""
    html = _page(plan).render()
    (folder / "map.html").write_text(html, encoding="utf-8", newline="\n")
    log.info("map.html: %.1f MB", len(html.encode()) / 1e6)


# ---------------------------------------------------------------- the page


class _Map(folium.Map):
    """A folium map that asks the web for nothing, and leaves zooming the page to the reader."""

    _template = Template(
        """
        {% macro html(this, kwargs) %}<div class="folium-map" id={{ this.get_name()|tojson }}></div>{% endmacro %}
        {% macro script(this, kwargs) %}
        const {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
            center: {{ this.location|tojson }}, zoom: 12, crs: L.CRS.{{ this.crs }}, attributionControl: false,
            minZoom: 7, maxZoom: 19, zoomSnap: 0.1
        });
        {% endmacro %}
        """
    )

    def __init__(self, latitude: float, longitude: float) -> None:
        super().__init__(location=[latitude, longitude], tiles=None)
        self.default_js, self.default_css = [], []
        self._id = "plan"  # else a random one, and the bytes would change


class _Page(Figure):
    """The page around the map: `templates/map.html.j2`, which escapes all that it is given."""

    def __init__(self, content: dict[str, Any]) -> None:
        super().__init__()
        self.content = content
        loader = jinja2.PackageLoader("treeplan", "templates")
        rooms = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
        self._template = rooms.get_template("map.html.j2")


def _page(plan: Plan) -> _Page:
    page = _Page(_content(plan))
    west, south, east, north = lonlat(shapely.box(*plan.layers.area.bounds)).bounds
    page.add_child(_Map((south + north) / 2, (west + east) / 2))
    return page


def _content(plan: Plan) -> dict[str, Any]:
    """What the template prints: words, tables, and the page's own code and data, which are not escaped."""
    measures = measures_of(plan)
    return {
        "plan": plan,
        "say": lambda key, **gaps: say(f"map.{key}", **gaps),
        "title": say("general.title", place=plan.study.name),
        "not_decided": say("general.not_decided"),
        "headline": _headline(plan),
        "achieved": _achieved(plan),
        "sites": _site_table(plan),
        "measures": measures,
        "zones": _zone_table(plan, measures),
        "districts": sorted(
            (best_first(plan) if len(best_first(plan)) else plan.neighbourhoods)["district_name"].dropna().unique()
        ),
        "private": len(plan.sites) - len(best_first(plan)) if len(best_first(plan)) else 0,
        "notices": _notices(plan),
        "caveats": words.caveats(plan),
        "weights": ", ".join(
            f"{BENEFITS[name].label} {share:.0%}" for name, share in weights.shares(plan.study).items()
        ),
        "version": provenance.versions()["treeplan"],
        "files": [
            o for o in OUTPUTS.values() if o.public and o.file != "map.html" and (o.file != "packs" or len(plan.public))
        ],
        "data": _safe_json(page_data(plan)),
        "style": _leaflet_css() + _template_text("map.css"),
        "leaflet": _leaflet_js(),
        "script": "\n".join(_template_text(name) for name in SCRIPTS),
    }


def _safe_json(content: Any) -> str:
    """JSON that cannot end the script element it stands in; NaN is a mistake of ours, not data."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


@cache
def _template_text(name: str) -> str:
    return resources.files("treeplan.templates").joinpath(name).read_text("utf-8")


@cache
def _leaflet_js() -> str:
    """Leaflet without the line that would make a browser look for its source map."""
    code = Path(leaflet.BASE_DIR, "leaflet.js").read_text("utf-8")
    return re.sub(r"//# sourceMappingURL=.*", "", code)


@cache
def _leaflet_css() -> str:
    """Leaflet's style sheet with its pictures inside."""

    def inlined(match: re.Match[str]) -> str:
        picture = b64encode(Path(leaflet.BASE_DIR, match[1]).read_bytes()).decode()
        return f"url(data:image/png;base64,{picture})"

    return re.sub(r"url\((images/[\w.-]+)\)", inlined, Path(leaflet.BASE_DIR, "leaflet.css").read_text("utf-8"))


# ---------------------------------------------------------------- words and tables


def _headline(plan: Plan) -> list[tuple[str, str]]:
    """Figures at the head of the page, each with what it counts."""
    if plan.sites.empty:
        people = words.whole(plan.neighbourhoods["residents"].sum())
        return [
            (words.whole(len(plan.neighbourhoods)), say("map.count_neighbourhoods")),
            (people, say("map.count_residents")),
        ]
    chosen = plan.chosen
    budget = words.whole(plan.study.plan.budget_gbp)
    return [
        (words.whole(len(chosen)), say("map.count_chosen", total=words.whole(len(plan.sites)))),
        (words.whole(chosen["trees"].sum()), say("map.count_trees")),
        (f"£{words.two_figures(chosen['cost_gbp'].sum())}", say("map.count_cost", budget=budget)),
    ]


def _achieved(plan: Plan) -> list[tuple[str, int]]:
    """Benefit and how much of what the budget could do for it alone the plan does, in percent, the best first."""
    if plan.choice is None:
        return []
    rows = [(BENEFITS[name].label, round(100 * share)) for name, share in plan.choice.achieved.items()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def _notices(plan: Plan) -> list[tuple[str, str, str]]:
    """Headline, what is left out and what to do, where the page cannot show sites."""
    if len(best_first(plan)):
        return []
    if len(plan.sites):
        return [(say("map.all_private"), say("map.private", count=words.whole(len(plan.sites))), "")]
    gaps = [m for m in plan.missing if m.layer == "open_land"]
    if not gaps:
        return [(say("map.no_land_left"), say("map.no_land_left_why"), "")]
    return [(say("no_land.headline"), _sentence(m.leaves_out), say("map.get_it", how=m.how_to_get)) for m in gaps]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _site_table(plan: Plan) -> list[dict[str, Any]]:
    """The map in words: a row for each site, best first."""
    return [
        {
            "rank": count(site.rank),
            "name": str(site.name),
            "type": SITE_TYPES[site.site_type].label,
            "district": words.plain(site.district_name),
            "trees": int(site.trees),
            "priority": None if math.isnan(site.priority) else float(site.priority),
            "band": site.band if isinstance(site.band, str) else "–",
            "owner": OWNER_TIERS[int(site.owner_tier)],
            "chosen": bool(site.chosen),
        }
        for site in best_first(plan).itertuples(index=False)
    ]


def _zone_table(plan: Plan, measures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for each neighbourhood, the greatest need first, its values in the order of the measures."""
    zones = neediest_first(plan)
    return [
        {
            "name": str(zone.name),
            "residents": int(zone.residents),
            "rank": count(zone.need_rank),
            "values": [m["values"][i] for m in measures],
        }
        for i, zone in enumerate(zones.itertuples(index=False))
    ]
