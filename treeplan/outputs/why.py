"""Why a site stands where it does, in words: what each benefit gives to its priority, what would raise it, how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from treeplan.coefficients import LEVELS
from treeplan.effects import EFFECTS
from treeplan.outputs.words import care, out_of_100, say, spread, two_figures, whole
from treeplan.plan import Plan
from treeplan.reasons import Part, Reasons
from treeplan.vocabulary import BENEFITS

MOST_RAISES = 3
"""How many of the benefits that would raise a site are told."""


@dataclass(frozen=True)
class Given:
    """What one benefit gives to a site's priority: label, its part (0–1, NaN without a rank), where the site stands, its weight."""

    label: str
    share: float
    stands: str
    weight: float


def given(plan: Plan, reasons: Reasons) -> list[Given]:
    """What each benefit with weight gives to the priority, the greatest part first."""
    return [Given(BENEFITS[p.benefit].label, p.share, _stands(plan, p), p.weight) for p in reasons.parts]


def _stands(plan: Plan, part: Part) -> str:
    """Where a site stands in one benefit, by the study's way of scoring."""
    if not part.measured:
        return say("why.not_measured")
    if part.score == 0:
        return say("why.nothing")
    return say(f"why.stands_{plan.study.scoring.normaliser}", n=out_of_100(part.score))


def would_raise(reasons: Reasons) -> list[str]:
    """What would bring the site a better rank, what helps most first, below a line that promises nothing."""
    if math.isnan(reasons.rank):
        return []
    if reasons.rank == 1:
        return [say("why.first")]
    if not reasons.would_raise:
        return [say("why.raise_none")]
    said = [say("why.raise")]
    for part in reasons.would_raise[:MOST_RAISES]:
        facts, key = BENEFITS[part.benefit], "raise_to" if part.measured else "raise_unknown"
        plain = facts.plain[0].lower() + facts.plain[1:]
        said.append(say(f"why.{key}", benefit=facts.label.lower(), plain=plain, rank=whole(part.rank_if_good)))
    return said


def sure(plan: Plan, site: pd.Series) -> list[str]:
    """How sure the rank is: tries among the best, band, and where the rank lies in most tries."""
    if pd.isna(site["rank"]):
        return [say("site.no_rank")]
    tries = say("site.sure", top=plan.top, share=out_of_100(site["p_top_k"]))
    span = say("why.span", low=whole(site["rank_p05"]), high=whole(site["rank_p95"]))
    return [f"{tries} {say('why.band', band=site['band'])}", span]


def unknown(site: pd.Series) -> str:
    """What the maps do not say of a site, by name."""
    return say("why.unknown", named=", ".join(str(site["unknowns"]).split("; ")))


def does(plan: Plan, site: pd.Series) -> list[tuple[str, str, str]]:
    """What planting the site would do by the horizon year: leading effects of which anything comes, with range and unit."""
    assert plan.effects is not None
    rows = []
    for name in plan.effects.values:
        facts = EFFECTS[name]
        low, central, high = (float(site[f"{name}_{level}"]) for level in LEVELS)
        if facts.leading and facts.unit != "£" and (low, central, high) != (0, 0, 0):
            rows.append((facts.label, spread(low, central, high), facts.unit))
    return rows


def cost(plan: Plan, site: pd.Series) -> str:
    """What planting the site costs, with its range, and what that comes to for a tree."""
    low, central, high = (float(site[f"cost_gbp_{level}"]) for level in LEVELS)
    trees = float(site["trees_central"])
    each = two_figures(central / trees) if trees else "–"
    return say("why.cost", cost=spread(low, central, high), care=care(plan), each=each)
