"""How figures are written and what is said of a site: the words of pages, packs and reports, from one catalogue."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import pandas as pd

from treeplan import weights
from treeplan.accuracy import Accuracy, Range
from treeplan.coefficients import LEVELS
from treeplan.effects import DATES
from treeplan.formulas import formulas_of
from treeplan.needs import NEEDS
from treeplan.plan import Plan
from treeplan.vocabulary import BENEFITS, FIELD_STATUSES, OWNER_TIERS, SITE_TYPES, UNKNOWNS

_PARTIAL = ("shapes", "land_cover")
"""Kinds of canopy source that miss many trees, and say so."""


@cache
def catalogue(language: str = "en") -> dict[str, dict[str, str]]:
    """All sentences of one language, by section and key."""
    return tomllib.loads(resources.files("treeplan.templates").joinpath(f"words.{language}.toml").read_text("utf-8"))


def say(key: str, **values: object) -> str:
    """One sentence of the catalogue ("site.trees_fit") with its gaps filled."""
    section, name = key.split(".")
    return catalogue()[section][name].format(**values)


def whole(value: float) -> str:
    """A count, exact, with thousands separators: 1,374,978."""
    return f"{value:,.0f}"


def two_figures(value: float) -> str:
    """A modelled figure to two significant figures: 1,234 → 1,200; 0.0123 → 0.012. Unknown is a dash."""
    if value is None or not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    places = 1 - math.floor(math.log10(abs(float(f"{value:.1e}"))))  # of the rounded value: 9.96 is 10
    rounded = round(value, places)
    return f"{rounded:,.{max(0, places)}f}".replace("-", "−")


def ground(area_m2: float) -> str:
    """The size of a site: square metres while it is small, else hectares, to two figures: "240 m²", "1.2 ha"."""
    return f"{two_figures(area_m2)} m²" if area_m2 < 1_000 else f"{two_figures(area_m2 / 1e4)} ha"


def spread(low: float, central: float, high: float, unit: str = "") -> str:
    """A modelled figure with its range: "34 (28–41) tCO2e"; the range is left out where it has no width."""
    middle = two_figures(central)
    ends = two_figures(low), two_figures(high)
    to = " to " if low < 0 else "–"
    text = middle if ends[0] == ends[1] else f"{middle} ({ends[0]}{to}{ends[1]})"
    return f"{text} {unit}".strip() if math.isfinite(central) else "not known"


def for_each(least: float, middle: float, most: float) -> str:
    """Pounds for one unit of an effect (`effects.cost_of_one`); words where nothing may come of it."""
    if math.isnan(middle):
        return say("effects.not_known")
    if math.isinf(middle):
        return say("effects.none")
    if math.isinf(most):
        return say("effects.or_more", middle=two_figures(middle), least=two_figures(least))
    return spread(least, middle, most)


def out_of_100(share: float) -> str:
    """A share as tries out of 100: 0.92 → "92"; rounded down, so that 0.796 is never called 80."""
    return str(math.floor(100 * share + 1e-9))


@dataclass(frozen=True)
class Why:
    """One benefit of one site, as bar and words.

    `score` is 0–1, `weight` its part of all weight.
    """

    benefit: str
    label: str
    plain: str
    score: float
    weight: float
    measured: bool
    gain: str


def why(plan: Plan, site: pd.Series) -> list[Why]:
    """Why a site has its priority, benefit by benefit, the heaviest weight first."""
    share = weights.shares(plan.study)
    missing = set(str(site["not_measured"]).split("; "))
    rows = []
    for name, facts in BENEFITS.items():
        score = float(site[f"benefit_{name}"])
        rows.append(
            Why(
                benefit=name,
                label=facts.label,
                plain=facts.plain,
                score=score,
                weight=share[name],
                measured=name not in missing,
                gain=f"{two_figures(float(site[f'gain_{name}']))} {facts.gain_unit}"
                if name not in missing
                else "not measured",
            )
        )
    return sorted(rows, key=lambda row: (-row.weight, row.label))


def paragraph(plan: Plan, site: pd.Series) -> list[str]:
    """What a resident should know of a site, in plain sentences: what fits, why here, how sure, what is in the way."""
    said = [_fits(site)]
    said += _where(plan, site)
    people = site["residents_served"]
    walk = f"{plan.study.people.walk_m:g}"
    said.append(
        say("site.people", people=two_figures(people), walk=walk) if people >= 1 else say("site.nobody", walk=walk)
    )
    if pd.notna(site["rank"]):
        said.append(say("site.sure", top=plan.top, share=out_of_100(site["p_top_k"])))
    else:
        said.append(say("site.no_rank"))
    if site["not_measured"]:
        labels = [BENEFITS[name].label.lower() for name in site["not_measured"].split("; ")]
        said.append(say("site.not_measured", what=", ".join(labels)))
    said.append(_owner(site))
    said.append(say("site.in_the_way", reasons=site["reasons"]) if site["reasons"] else say("site.nothing_in_the_way"))
    said.append(
        say("site.unknown", unknowns="; ".join(f"{n} ({UNKNOWNS[n].plain})" for n in site["unknowns"].split("; ")))
    )
    return said


def _fits(site: pd.Series) -> str:
    """How much is planted, and what else the ground could be."""
    low, central, high = (_trees(site[f"trees_{level}"]) for level in LEVELS)
    kind = str(site["site_type"])
    key = kind if f"fit_{kind}" in catalogue()["site"] else "trees"
    said = say(
        f"site.fit_{key}",
        trees=central,
        low=low,
        high=high,
        m=whole(site["length_m"]),
        plants=two_figures(site["hedge_plants"]),
    )
    others = [SITE_TYPES[other].label.lower() for other in str(site["other_types"]).split("; ") if other]
    return said + (" " + say("site.others", others=", ".join(others)) if others else "")


def _trees(number: float) -> str:
    """A number of trees that fit: exact while it can be counted on a walk, else to two figures, for it is a model's."""
    return whole(number) if number < 100 else two_figures(number)


def _owner(site: pd.Series) -> str:
    """Who is likely to own the ground, and what a visit found."""
    said = say("site.owner", owner=OWNER_TIERS[int(site["owner_tier"])])
    status = str(site["field_status"])
    return said if status == "desk" else f"{said} {say('site.field', status=FIELD_STATUSES[status])}"


def _where(plan: Plan, site: pd.Series) -> list[str]:
    """Canopy and deprivation of the site's neighbourhood."""
    zones = plan.neighbourhoods
    said = []
    code = site["lsoa21_code"]
    if "canopy_pct" in zones:
        canopy = next(iter(zones.loc[zones["lsoa21_code"] == code, "canopy_pct"]), math.nan)
        median = float(zones["canopy_pct"].median())
        kind = say(f"site.canopy_kind_{plan.canopy_kind}") if plan.canopy_kind in _PARTIAL else ""
        if math.isnan(canopy):
            said.append(say("site.canopy_unknown"))
        elif canopy < median:
            said.append(say("site.canopy_less", canopy=two_figures(canopy), median=two_figures(median), kind=kind))
        else:
            said.append(say("site.canopy_more", canopy=two_figures(canopy), kind=kind))
    if bool(site["most_deprived_fifth"]):
        said.append(say("site.deprived_fifth"))
    return said


def caveats(plan: Plan) -> list[str]:
    """What every output repeats: what is not decided, what the figures mean, what the run could not see."""
    said = [say("general.not_decided"), say("general.two_figures")]
    if "canopy_pct" not in plan.neighbourhoods:
        said.append(say("general.canopy_none"))
    elif plan.canopy_kind in _PARTIAL:
        said.append(say(f"general.canopy_{plan.canopy_kind}"))
    if len(plan.sites):
        detour = f"{plan.figures['detour_factor'].central:g}"
        said += [
            say("general.walks_straight" if plan.walks is None else "general.walks_network", detour=detour),
            carbon(plan),
            say("general.surface", reach=f"{plan.figures['cooling_reach_m'].central:g}"),
            say("general.association"),
            say("general.certainty"),
            say("general.gardens"),
        ]
        said += _partly_judged(plan)
        if "answers" in plan.layers and len(plan.layers["answers"]):
            answers = plan.layers["answers"]
            said.append(say("general.answers", n=whole(len(answers)), sites=whole(answers["site_id"].nunique())))
        if not plan.study.growth.aftercare:
            said.append(say("general.no_aftercare"))
    if own := [f.plain for f in plan.figures.values() if f.overridden]:
        said.append(say("general.own_figures", names="; ".join(own)))
    return said


def carbon(plan: Plan) -> str:
    """That trees hold little carbon at first, and what this plan's would hold by 2040 and 2050."""
    said = say("general.carbon_2040")
    if plan.effects is None or plan.chosen.empty:
        return said
    totals = plan.effects.total("carbon_tco2e", plan.chosen["site_id"].tolist())
    early, late = DATES[-2:]
    low, central, high = totals[:, [plan.effects.years.index(year) for year in (early, late)]]
    first, second = (spread(*held, "tonnes of CO₂") for held in zip(low, central, high, strict=True))
    return f"{said} {say('general.carbon_own', first=first, early=early, second=second, late=late)}"


def care(plan: Plan) -> str:
    """What the cost holds beside planting: "with 3 years of watering and care"."""
    if not plan.study.growth.aftercare:
        return say("general.without_care")
    return say("general.with_care", years=f"{plan.figures['care_years'].central:g}")


def classified(accuracy: Accuracy) -> list[str]:
    """How far a map of trees read from a picture can be trusted, in plain sentences: never a map without its error."""
    map_or_points = "map" if accuracy.random_sample else "points"
    facts = {"points": whole(accuracy.points), "block": whole(accuracy.block_m), "blocks": accuracy.blocks}
    said = [
        say(f"classified.right_{map_or_points}", rate=_percent(accuracy.overall), **facts),
        say("classified.tree", users=_percent(accuracy.users_tree), producers=_percent(accuracy.producers_tree)),
        say("classified.other", users=_percent(accuracy.users_other), producers=_percent(accuracy.producers_other)),
        say("classified.tested", folds=accuracy.folds, **facts),
    ]
    if not accuracy.random_sample:
        return [*said, say("classified.not_random"), say("classified.zones_mapped")]
    mapped_ha = accuracy.mapped_share * accuracy.area_ha
    area = spread(*accuracy.canopy_ha, unit="ha")
    return [*said, say("classified.area", area=area, mapped=two_figures(mapped_ha)), say("classified.zones")]


def _percent(rate: Range) -> str:
    """A share with its 95 % interval: "97 % (96–98)"."""
    low, central, high = (f"{100 * value:.0f}" for value in rate)
    return f"{central} % ({low}–{high})"


def _partly_judged(plan: Plan) -> list[str]:
    """Benefits of which some indicators, not all, are missing for the whole study."""
    said = []
    for name, formula in formulas_of(plan.study).items():
        lacking = [NEEDS[need].label.lower() for need in formula.lacking(plan.neighbourhoods.columns)]
        if lacking and len(lacking) < len(formula.needs):
            said.append(say("general.partly", benefit=BENEFITS[name].label, lacking=" and ".join(lacking)))
    return said


def formulas(plan: Plan) -> list[tuple[str, str]]:
    """Each benefit's label and its formula on one line, with the needs that count in this study."""
    columns = plan.neighbourhoods.columns
    return [(BENEFITS[name].label, f.text(columns)) for name, f in formulas_of(plan.study).items()]


def plain(value: Any) -> str:
    """Any cell as text; unknown is a dash."""
    return "–" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value)
