"""The report's parts on money and on claims, each only where the study asks."""

from __future__ import annotations

import math

import pandas as pd

from treeplan.coefficients import LEVELS
from treeplan.money import Money
from treeplan.money_settings import MoneySettings
from treeplan.outputs.report_tables import Section, Table
from treeplan.outputs.words import say, spread, two_figures, whole
from treeplan.plan import Plan
from treeplan.vocabulary import CARBON_UNITS, CLAIMS, NET_ZERO, NEVER_ADDED, SITE_TYPES, VALUE_STREAMS

_CARBON = {CARBON_UNITS: "carbon_claimable_tco2e", NET_ZERO: "carbon_tco2e", "": "carbon_tco2e"}
"""The effect that stands beside each claim."""


def money_section(plan: Plan) -> Section:
    """What the chosen sites are worth together, what that leaves out and why, and the grants that the study names."""
    money, settings = plan.money, plan.study.money
    assert money is not None
    assert settings is not None
    tables = [_worth_table(plan, money)]
    if settings.grants:
        tables.append(_grants_table(plan, settings))
    return Section(
        "money", say("money.title"), _said(plan, money, settings), tables, items=_left_out(plan, money, settings)
    )


def _said(plan: Plan, money: Money, settings: MoneySettings) -> list[str]:
    kind = "health_" if settings.health_as_association else ""
    rate = {when: plan.figures[f"{kind}discount_rate_{when}"].central for when in ("to_year30", "from_year31")}
    said = [
        say(
            "money.intro",
            years=settings.years,
            planting=plan.study.planting_year,
            prices=settings.price_year,
            soon=f"{100 * rate['to_year30']:g}",
            late=f"{100 * rate['from_year31']:g}",
        )
    ]
    if settings.deflator is not None:
        said.append(say("money.deflated", deflator=f"{settings.deflator:g}", prices=settings.price_year))
    said.append(say("money.costs"))
    if settings.cost_factor != 1:
        said.append(say("money.costs_times", factor=f"{settings.cost_factor:g}"))
    said.append(say("money.care"))
    if settings.health_as_association:
        return [say("money.association"), *said]
    shared = [say("money.visits_once")] if "recreation" in money.streams else []
    return [*said, *shared, say("money.range"), say("money.health_not_in_money")]


def _worth_table(plan: Plan, money: Money) -> Table:
    total = money.total(plan.chosen["site_id"].tolist(), plan.joint)
    labels = {f"pv_{stream}_gbp": VALUE_STREAMS[stream][0] for stream in money.streams}
    labels |= {
        "pv_cost_gbp": say("money.cost"),
        "npv_gbp": say("money.net"),
        "ratio": say("money.ratio"),
    }
    rows = [(labels[str(name)], *(_signed(row[level]) for level in LEVELS)) for name, row in total.iterrows()]
    columns = [say("money.what"), *(say(f"money.{level}") for level in LEVELS)]
    return Table(say("money.table", n=whole(len(plan.chosen))), columns, rows, frozenset({1, 2, 3}))


def _signed(value: float) -> str:
    return say("report.not_known") if math.isnan(value) else two_figures(value).replace("-", "−")


def _left_out(plan: Plan, money: Money, settings: MoneySettings) -> list[str]:
    """What is not counted, each with its reason."""
    said = []
    for stream, (label, plain) in VALUE_STREAMS.items():
        if stream in money.left_out:
            said.append(say("money.visits_unknown", label=label, why=money.left_out[stream]))
        elif stream in NEVER_ADDED and stream not in settings.count:
            said.append(say("money.never", label=label, plain=plain))
        elif stream not in money.streams:
            said.append(say("money.not_asked", label=label))
    said.append(say("money.no_price"))
    if "carbon" in money.streams and CARBON_UNITS in set(plan.sites.get("claim", ())):
        said.append(say("money.units_once"))
    return said


def _grants_table(plan: Plan, settings: MoneySettings) -> Table:
    rows = []
    for name, grant in sorted(settings.grants.items()):
        ha = float(plan.chosen.loc[plan.chosen["site_type"].isin(grant.site_types), "area_m2"].sum()) / 1e4
        kinds = ", ".join(SITE_TYPES[kind].label.lower() for kind in grant.site_types)
        rate = f"{grant.gbp_per_ha:,.0f}"
        rows.append((name, kinds, rate, grant.as_of, f"{ha:,.1f}", two_figures(grant.gbp_per_ha * ha), grant.source))
    keys = ("grant", "grant_for", "grant_rate", "grant_as_of", "grant_area", "grant_sum", "grant_source")
    columns = [say(f"money.{key}") for key in keys]
    return Table(say("money.grants"), columns, rows, frozenset({2, 4, 5}), note=say("money.grants_note"))


def claims_section(plan: Plan) -> Section:
    """What the chosen sites are claimed for, and the carbon that each claim may count."""
    chosen = plan.chosen
    rows = [_claim_row(plan, chosen[chosen["claim"] == claim], claim) for claim in (*CLAIMS, "")]
    rows = [row for row in rows if row[2] != "0"]
    columns = [say(f"claims.{key}") for key in ("claim", "plain", "sites")]
    columns.append(say("claims.carbon", year=plan.study.horizon_year))
    note = say("claims.note", buffer=f"{100 * plan.figures['carbon_buffer_share'].central:g}")
    table = Table(say("claims.table"), columns, rows, frozenset({2, 3}), note=note)
    return Section("claims", say("claims.title"), [say("claims.intro")], [table])


def _claim_row(plan: Plan, sites: pd.DataFrame, claim: str) -> tuple[str, ...]:
    effect = _CARBON.get(claim)
    carbon = say("claims.not_carbon")
    if effect is not None and f"{effect}_central" in sites:
        low, central, high = (float(sites[f"{effect}_{level}"].sum()) for level in LEVELS)
        carbon = spread(low, central, high)
    plain = CLAIMS.get(claim, say("claims.none_plain"))
    return claim or say("claims.none"), plain, whole(len(sites)), carbon
