"""The report's part on need: neighbourhoods at either end, districts, what each need is, filled values, sources of canopy."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from treeplan.needs import NEEDS, reference_of
from treeplan.needs.filling import was_filled
from treeplan.outputs.report_tables import Section, Table
from treeplan.outputs.words import classified, plain, say, two_figures, whole
from treeplan.plan import Plan

TIED = "\u2060"
"""A word joiner: an interval is not broken at its dash."""

FEW = 10
"""How many neighbourhoods are listed at either end, and stand side by side in a table."""


def needs_section(plan: Plan) -> Section:
    """Neighbourhoods of greatest and least need with their raw values, and the means of districts."""
    known = plan.neighbourhoods[plan.neighbourhoods["need_rank"].notna()].sort_values("need_rank")
    tables = [need_table(plan, known.head(FEW), say("report.need_top"))]
    if len(known) > FEW:
        rest = known.tail(min(FEW, len(known) - FEW)).iloc[::-1]
        tables.append(need_table(plan, rest, say("report.need_bottom")))
    return Section("need", say("report.need"), [say("report.need_intro")], [*tables, *district_tables(plan)])


def need_table(plan: Plan, zones: pd.DataFrame, title: str) -> Table:
    """Neighbourhoods side by side in the order given, with their need and raw indicators, each with its need as a bar."""
    names = measured(plan)
    study = plan.neighbourhoods
    homes = [
        z["ward_name"] if isinstance(z["ward_name"], str) else plain(z["district_name"]) for _, z in zones.iterrows()
    ]
    rows: list[Sequence[str]] = [
        (say("report.place"), *homes, ""),
        (say("report.need_score"), *(f"{v:.3f}" for v in zones["need"]), f"{study['need'].median():.3f}"),
        (say("report.residents"), *map(whole, zones["residents"]), whole(study["residents"].median())),
    ]
    bars: list[Sequence[float | None]] = [(), (None, *zones["need"], None), ()]
    marked = False
    for name in names:
        filled = was_filled(zones, name, *NEEDS[name].needs)
        marked |= bool(filled.any())
        said = with_intervals(plan, name, zones)
        values = [value + ("†" if f else "") for value, f in zip(said, filled, strict=True)]
        rows.append((heading(name), *values, raw(plan, name, study[name].median())))
        bars.append((None, *(None if math.isnan(v) else v for v in zones[f"need_{name}"]), None))
    columns = [say("need.unit_beside"), *map(str, zones["name"]), say("need.middle")]
    note = say("need.bars_note") + (" " + say("need.filled_mark") if marked else "")
    return Table(
        title, columns, rows, frozenset(range(1, len(columns))), note=note, cell_bars=bars, small_rows=frozenset({0})
    )


def district_tables(plan: Plan) -> list[Table]:
    """Districts side by side, ten to a table: the means of their neighbourhoods."""
    zones = plan.neighbourhoods.assign(district=plan.neighbourhoods["district_name"].fillna(plan.study.name))
    groups = dict(list(zones.groupby("district")))
    score = imd_score(plan)
    names, tables = list(groups), []
    for start in range(0, len(names), FEW):
        own = [groups[name] for name in names[start : start + FEW]]
        rows: list[Sequence[str]] = [
            (say("report.neighbourhoods_count"), *(whole(len(g)) for g in own)),
            (say("report.residents"), *(whole(g["residents"].sum()) for g in own)),
            (say("report.need_score"), *(f"{g['need'].mean():.2f}" for g in own)),
        ]
        bars: list[Sequence[float | None]] = [(), (), (None, *(_bar(g["need"].mean()) for g in own))]
        if score is not None:
            rows.append((say("need.imd_score"), *(_number(g["lsoa21_code"].map(score).mean(), 1) for g in own)))
            bars.append(())
        for name in measured(plan):
            rows.append((heading(name), *(raw(plan, name, g[name].mean()) for g in own)))
            bars.append((None, *(_bar(g[f"need_{name}"].mean()) for g in own)))
        columns = [say("need.unit_beside"), *names[start : start + FEW]]
        numbers = frozenset(range(1, len(columns)))
        note = say("report.districts_note") if start + FEW >= len(names) else ""
        tables.append(Table(say("report.districts"), columns, rows, numbers, note=note, cell_bars=bars))
    return tables


def imd_score(plan: Plan) -> pd.Series | None:
    """The score of the whole Index of Multiple Deprivation by `lsoa21_code`; None where the study's file has none."""
    table = plan.layers.get("deprivation")
    if table is None or "imd_score" not in table or "lsoa21_code" not in table or table["imd_score"].isna().all():
        return None
    return table.set_index("lsoa21_code")["imd_score"]


def indicators_section(plan: Plan) -> Section:
    """What each need is: unit, direction, what it is compared with, and how it spreads over the study."""
    rows = []
    for name in measured(plan):
        values = plan.neighbourhoods[name]
        spread = [raw(plan, name, v) for v in (values.min(), values.median(), values.max())]
        greater = say("need.where_high" if NEEDS[name].prefer == "low" else "need.where_low")
        against = say(f"need.against_{reference_of(NEEDS[name], plan.study)}")
        rows.append((NEEDS[name].label, NEEDS[name].unit, greater, against, *spread, whole(values.isna().sum())))
    keys = ("indicator", "unit", "greater_where", "against", "least", "middle", "most", "unknown")
    columns = [say(f"need.{key}") for key in keys]
    said = [say("need.indicators_intro", zones=whole(len(plan.neighbourhoods)))]
    said += [f"{NEEDS[name].label}: {sentence}." for name, sentence in plan.how_needs["said"].items()]
    table = Table(say("need.indicators"), columns, rows, frozenset({4, 5, 6, 7}))
    return Section("indicators", say("need.indicators"), said, [table, *domain_table(plan)])


def domain_table(plan: Plan) -> list[Table]:
    """Which domains of the index count as deprivation here, and why others do not; none where there is no deprivation."""
    rows = [
        (
            say(f"report.domain_{row['domain']}"),
            f"{100 * row['weight']:.1f} %",
            ", ".join(NEEDS[name].label for name in row["overlaps"]) or "–",
        )
        for row in plan.how_needs["domains"]
    ]
    columns = [say("report.domain"), say("report.weight"), say("report.domain_overlaps")]
    return (
        [Table(say("report.domains"), columns, rows, frozenset({1}), note=say("report.domains_note"))] if rows else []
    )


def filled_section(plan: Plan) -> Section:
    """What was filled, and how far the filling is off."""
    rows = [
        (
            NEEDS[str(name)].label,
            NEEDS[str(name)].unit,
            whole(r["filled"]),
            two_figures(r["error"]),
            two_figures(r["error_of_mean"]),
        )
        for name, r in plan.filled.iterrows()
    ]
    columns = [
        say(f"need.{key}") for key in ("indicator", "unit", "filled_count", "filled_error", "filled_error_of_mean")
    ]
    table = Table(say("need.filled"), columns, rows, frozenset({2, 3, 4}), note=say("need.filled_note"))
    return Section("filled", say("need.filled"), [say("need.filled_intro")], [table])


def canopy_section(plan: Plan) -> Section:
    """Canopy from each kind of source side by side, and the neighbourhoods where they differ most."""
    rows = []
    for r in plan.canopy_differences.itertuples(index=False):
        apart = "" if r.kind == plan.canopy_kind else f"{r.mean_difference_pp:+.1f}".replace("-", "−")
        absolute = "" if r.kind == plan.canopy_kind else _number(r.mean_absolute_difference_pp, 1)
        rows.append((_kind(r.kind), whole(r.neighbourhoods), _number(r.study_pct, 1), apart, absolute))
    keys = ("kind", "kind_zones", "kind_canopy", "kind_difference", "kind_absolute")
    summary = Table(say("need.canopy"), [say(f"need.{key}") for key in keys], rows, frozenset({1, 2, 3, 4}))
    said = [say("need.canopy_intro", kind=say(f"need.kind_{plan.canopy_kind}"))]
    said += classified(plan.canopy_accuracy) if plan.canopy_accuracy is not None else []
    tables = [summary, _apart_table(plan)]
    if len(plan.canopy_survey):
        tables.append(_survey_table(plan.canopy_survey))
    return Section("canopy", say("need.canopy"), said, tables)


def _survey_table(survey: pd.DataFrame) -> Table:
    """Canopy by a survey of points, of the study and its districts, with its sampling error."""
    rows = [
        (
            str(r.name) or say("need.whole_study"),
            whole(r.points),
            _number(r.canopy_pct, 1),
            _number(r.standard_error_pp, 1),
            f"{_number(r.low_pct, 1)}–{_number(r.high_pct, 1)}",
        )
        for r in survey[survey["level"] != "neighbourhood"].itertuples(index=False)
    ]
    columns = [
        say(f"need.{key}") for key in ("survey_of", "points", "kind_canopy_survey", "standard_error", "interval")
    ]
    return Table(say("need.survey"), columns, rows, frozenset({1, 2, 3, 4}))


def _apart_table(plan: Plan) -> Table:
    """The neighbourhoods where the sources of canopy differ most."""
    table = plan.canopy_sources
    kinds = [str(kind) for kind in plan.canopy_differences["kind"]]
    columns = [f"{kind}_pct" for kind in kinds]
    apart = (table[columns].max(axis=1) - table[columns].min(axis=1)).rename("apart")
    most = table.join(apart).sort_values(["apart", "lsoa21_code"], ascending=[False, True]).head(FEW)
    rows = [(str(r["name"]), *(_number(r[c], 1) for c in columns), _number(r["apart"], 1)) for _, r in most.iterrows()]
    heads = [say("report.neighbourhood"), *(f"{_kind(kind)}, %" for kind in kinds), say("need.kind_apart")]
    return Table(say("need.canopy_apart"), heads, rows, frozenset(range(1, len(heads))))


def _kind(kind: str) -> str:
    said = say(f"need.kind_{kind}")
    return said[0].upper() + said[1:]


# ---------------------------------------------------------------- how values are written


def measured(plan: Plan) -> list[str]:
    """The needs this plan has, in the order of the register."""
    return [name for name in NEEDS if name in plan.neighbourhoods]


def heading(name: str) -> str:
    """A need and its unit: "Tree canopy, %"."""
    return f"{NEEDS[name].label}, {NEEDS[name].unit}"


def raw(plan: Plan, name: str, value: float) -> str:
    """A raw value with as many decimals as the greatest of the study needs; unknown is a dash."""
    known = plan.neighbourhoods[name].dropna()
    greatest = float(known.abs().max())
    whole_numbers = bool((known % 1 == 0).all())
    return _number(value, 0 if greatest >= 100 or whole_numbers else 1 if greatest >= 5 else 2)


def with_intervals(plan: Plan, name: str, zones: pd.DataFrame) -> list[str]:
    """Raw values with their 95 % interval, where it is known: "123 (110–137)"."""
    values = [raw(plan, name, v) for v in zones[name]]
    if f"{name}_low" not in zones:
        return values
    ends = zip(zones[f"{name}_low"], zones[f"{name}_high"], strict=True)
    return [
        value if math.isnan(low) else f"{value} ({raw(plan, name, low)}{TIED}–{TIED}{raw(plan, name, high)})"
        for value, (low, high) in zip(values, ends, strict=True)
    ]


def _number(value: float, decimals: int) -> str:
    return "–" if pd.isna(value) else f"{value:,.{decimals}f}".replace("-", "−")


def _bar(value: float) -> float | None:
    return None if math.isnan(value) else value
