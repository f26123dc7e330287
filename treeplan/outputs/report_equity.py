"""The report's part on the Tree Equity Score, why treeplan's order differs from it, and kinds of neighbourhood."""

from __future__ import annotations

import math

import pandas as pd

from treeplan.formulas import formulas_of
from treeplan.needs import NEEDS
from treeplan.neighbourhood_types import LEAST, silhouette
from treeplan.outputs.report_needs import FEW
from treeplan.outputs.report_tables import Section, Table
from treeplan.outputs.words import catalogue, say, whole
from treeplan.plan import Plan
from treeplan.settings import TreeEquitySettings
from treeplan.tree_equity import STEPS, bands
from treeplan.vocabulary import TREE_EQUITY_BANDS, TREE_EQUITY_INDICATORS


def equity_section(plan: Plan) -> Section:
    """The Tree Equity Score: how it was reproduced, bands, the lowest scores, and why treeplan differs."""
    title = say("equity.title")
    scores = plan.tree_equity
    if scores is None:
        lacking = "canopy" if "canopy_pct" not in plan.neighbourhoods else "ranks"
        return Section("tree_equity", title, [say("equity.intro"), say(f"equity.not_stated_{lacking}")])
    tables = [_bands_table(plan, scores), _lowest_table(plan, scores)]
    if scores["tes_rank"].notna().any():
        tables += [_steps_table(plan, scores), _differing_table(plan, scores)]
    return Section("tree_equity", title, _how(plan, scores), tables)


def equity_sentences(plan: Plan, code: str) -> list[str]:
    """The score of one neighbourhood in words, and what moves its rank by need away from that by score."""
    scores = plan.tree_equity
    if scores is None:
        return list(equity_section(plan).said[1:])
    own = scores.loc[code]
    if math.isnan(own["tes_country"]):
        return [say("equity.one_unknown")]
    names = ("canopy_pct", "goal_pct", "gap_pp", "tes_district", "tes_country")
    said = [say("equity.one", band=own["band"], **{name: f"{own[name]:.0f}" for name in names})]
    if not math.isnan(own["rank_difference"]):
        parts = {say(f"equity.by_{step}"): own[f"moved_by_{step}"] for step in _steps(scores)}
        order = sorted(parts, key=lambda part: -abs(parts[part]))
        said.append(
            say(
                "equity.one_differs",
                tes_rank=whole(own["tes_rank"]),
                need_rank=whole(own["need_rank"]),
                parts="; ".join(f"{part} {_places(parts[part])}" for part in order),
            )
        )
    return said


def _how(plan: Plan, scores: pd.DataFrame) -> list[str]:
    """What was counted, and what the study had to choose or do without."""
    settings = plan.study.tree_equity
    used = [n for n in TREE_EQUITY_INDICATORS if f"n_{n}" in scores]
    left = [n for n in TREE_EQUITY_INDICATORS if n not in used and settings.weights.get(n, 1) > 0]
    factors = ", ".join(
        say("equity.factor", factor=f"{f:g}", start=whole(start)) for start, f in settings.density_factors
    )
    published = settings.density_factors == TreeEquitySettings().density_factors
    choices = say(
        "equity.choices",
        baseline=f"{settings.baseline_pct:g}",
        factors=factors,
        origin=say("equity.from_the_us") if published else "",
        floor=f"{settings.floor:g}",
    )
    counted = say("equity.counted", used="; ".join(TREE_EQUITY_INDICATORS[n] for n in used))
    if left:
        counted += " " + say("equity.left_out", left="; ".join(TREE_EQUITY_INDICATORS[n] for n in left))
    differences = [say("equity.whole_neighbourhood")]
    if "lsoa21_code" in plan.layers["deprivation"]:
        differences.append(say("equity.ranks_2025"))
    if "dependency" in used:
        differences.append(say("equity.under_16"))
    if plan.neighbourhoods["district_code"].nunique() == 1:
        differences.append(say("equity.one_district"))
    unknown = int(scores["canopy_pct"].isna().sum())
    if unknown:
        differences.append(say("equity.unknown", n=whole(unknown), all=whole(len(scores))))
    if f"canopy_{plan.canopy_kind}" in catalogue()["general"]:
        differences.append(say(f"general.canopy_{plan.canopy_kind}"))
    return [say("equity.intro"), counted, choices, " ".join(differences)]


def _bands_table(plan: Plan, scores: pd.DataFrame) -> Table:
    both = {g: pd.Series(bands(scores[f"tes_{g}"].to_numpy())).value_counts() for g in ("district", "country")}
    starts = [*TREE_EQUITY_BANDS.values(), 101]
    rows, bars = [], []
    most = max(int(counted.max()) for counted in both.values()) or 1
    for i, band in enumerate(TREE_EQUITY_BANDS):
        counts = [int(both[group].get(band, 0)) for group in both]
        span = f"{starts[i]}–{starts[i + 1] - 1}" if starts[i + 1] - 1 > starts[i] else str(starts[i])
        rows.append((band, span, *map(whole, counts)))
        bars.append(counts[list(both).index(plan.study.tree_equity.gaps_within)] / most)
    columns = [say(f"equity.{key}") for key in ("band", "score", "zones_district", "zones_country")]
    note = say("equity.bands_note", within=say(f"equity.within_{plan.study.tree_equity.gaps_within}"))
    return Table(say("equity.bands"), columns, rows, frozenset({1, 2, 3}), bars, note)


def _lowest_table(plan: Plan, scores: pd.DataFrame) -> Table:
    column = f"tes_{plan.study.tree_equity.gaps_within}"
    known = scores[scores[column].notna()].rename_axis("code").sort_values([column, "code"]).head(FEW)
    name = plan.neighbourhoods.set_index("lsoa21_code")["name"]
    rows = [
        (
            str(name[code]),
            f"{r['canopy_pct']:.1f}",
            f"{r['goal_pct']:.0f}",
            f"{r['gap_pp']:.1f}",
            whole(r["trees_to_goal"]),
            f"{r['e']:.2f}",
            f"{r['tes_district']:.0f}",
            f"{r['tes_country']:.0f}",
            str(r["band"]),
            "–" if math.isnan(r["need_rank"]) else whole(r["need_rank"]),
        )
        for code, r in known.iterrows()
    ]
    keys = ("canopy", "goal", "gap", "trees", "priority", "score_district", "score_country", "band", "need_rank")
    columns = [say("report.neighbourhood"), *(say(f"equity.{key}") for key in keys)]
    return Table(
        say("equity.lowest"), columns, rows, frozenset({1, 2, 3, 4, 5, 6, 7, 9}), note=say("equity.trees_note")
    )


# ---------------------------------------------------------------- why treeplan differs


def _steps(scores: pd.DataFrame) -> list[str]:
    """The changes that move any neighbourhood; in a study of one district, for one, the grouping changes nothing."""
    return [step for step in STEPS if scores[f"moved_by_{step}"].abs().max() > 0]


def _steps_table(plan: Plan, scores: pd.DataFrame) -> Table:
    """How far each change between the score and treeplan's need moves a neighbourhood."""
    moved = {step: float(scores[f"moved_by_{step}"].abs().mean()) for step in _steps(scores)}
    most = max(moved.values(), default=1.0)
    needs = dict.fromkeys(n for f in formulas_of(plan.study).values() for n in f.chosen(plan.neighbourhoods.columns))
    listed = "; ".join(NEEDS[n].label[0].lower() + NEEDS[n].label[1:] for n in needs)
    rows = [(say(f"equity.step_{step}", needs=listed), f"{places:.1f}") for step, places in moved.items()]
    alike = scores["tes_rank"].corr(scores["need_rank"])
    note = say("equity.steps_note", alike="–" if math.isnan(alike) else f"{alike:.2f}")
    columns = [say("equity.step"), say("equity.places")]
    return Table(say("equity.steps"), columns, rows, frozenset({1}), [p / most for p in moved.values()], note)


def _differing_table(plan: Plan, scores: pd.DataFrame) -> Table:
    """The neighbourhoods whose ranks differ most, and what moves each."""
    known = scores[scores["rank_difference"].notna()].rename_axis("code")
    order = known.assign(far=-known["rank_difference"].abs()).sort_values(["far", "code"])
    name = plan.neighbourhoods.set_index("lsoa21_code")["name"]
    rows = [
        (
            str(name[code]),
            whole(r["tes_rank"]),
            whole(r["need_rank"]),
            _places(r["rank_difference"]),
            *(_places(r[f"moved_by_{step}"]) for step in _steps(scores)),
        )
        for code, r in order.head(FEW).iterrows()
    ]
    columns = [
        say("report.neighbourhood"),
        *(say(f"equity.{key}") for key in ("tes_rank", "need_rank", "nearer")),
        *(say(f"equity.by_{step}") for step in _steps(scores)),
    ]
    note = say("equity.differing_note")
    return Table(say("equity.differing"), columns, rows, frozenset(range(1, len(columns))), note=note)


def _places(moved: float) -> str:
    """Places moved, signed: +12, −3, 0; half places are of equals, which share the middle of their ranks."""
    places = f"{moved:+.1f}".removesuffix(".0").replace("-", "−")
    return "0" if places in ("+0", "−0") else places


# ---------------------------------------------------------------- kinds of neighbourhood


def kinds_section(plan: Plan) -> Section:
    """Kinds of neighbourhood, and the places most like those of greatest need."""
    title, zones = say("kinds.title"), plan.neighbourhoods
    if "neighbourhood_type" not in zones:
        return Section("kinds", title, [say("kinds.none", least=LEAST)])
    apart = silhouette(zones, plan.study.seed)
    kinds = zones[zones["neighbourhood_type"] != ""].groupby("neighbourhood_type")
    order = kinds["need"].mean().sort_values(ascending=False, kind="stable").index
    rows, bars = [], []
    for kind in order:
        own = kinds.get_group(kind)
        need = float(own["need"].mean())
        rows.append(
            (str(kind), whole(len(own)), whole(own["residents"].sum()), "–" if math.isnan(need) else f"{need:.2f}")
        )
        bars.append(None if math.isnan(need) else need)
    columns = [say("kinds.kind"), say("report.neighbourhoods_count"), say("report.residents"), say("report.need_score")]
    table = Table(title, columns, rows, frozenset({1, 2, 3}), bars, say("kinds.note", apart=f"{apart:.2f}"))
    return Section("kinds", title, [say("kinds.intro")], [table, _like_table(plan)])


def _like_table(plan: Plan) -> Table:
    zones = plan.neighbourhoods
    first = zones[zones["places_like_it"] != ""].sort_values("need_rank").head(FEW)
    rows = [
        (str(r["name"]), str(r["neighbourhood_type"]), str(r["places_like_it"]).replace("; ", ", "))
        for _, r in first.iterrows()
    ]
    columns = [say("report.neighbourhood"), say("kinds.kind"), say("kinds.like")]
    return Table(say("kinds.like_title"), columns, rows, note=say("kinds.like_note"))
