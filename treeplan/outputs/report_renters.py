"""The report's part on renters: where greener streets may price people out, and who decides."""

from __future__ import annotations

from treeplan.outputs.report_tables import Section, Table
from treeplan.outputs.words import say, whole
from treeplan.plan import Plan
from treeplan.renters import watch_list
from treeplan.roles import LAYERS

MOST = 20
"""How many neighbourhoods the table lists."""


def renters_section(plan: Plan) -> Section:
    """The neighbourhoods with many private renters in which the plan plants, and that residents must keep a say."""
    title, control = say("renters.title"), say("renters.control")
    if "private_rent_pct" not in plan.neighbourhoods:
        return Section("renters", title, [say("renters.unknown", how=LAYERS["tenure"].how_to_get), control])
    watched = watch_list(plan.neighbourhoods, plan.chosen, plan.figures)
    if watched.empty:
        return Section("renters", title, [say("renters.none"), control])
    rows = [
        (row.name_, f"{row.private_rent_pct:.0f}", whole(row.need_rank), whole(row.sites), whole(row.trees))
        for row in watched.rename(columns={"name": "name_"}).head(MOST).itertuples()
    ]
    columns = [say(f"renters.{key}") for key in ("neighbourhood", "rent", "need_rank", "sites", "trees")]
    note = say("renters.more", n=len(watched) - MOST) if len(watched) > MOST else ""
    most = 100 * (1 - plan.figures["renters_watched_share"].central)
    table = Table(say("renters.table", most=f"{most:.0f}"), columns, rows, frozenset({1, 2, 3, 4}), note=note)
    return Section("renters", title, [say("renters.intro"), control], [table])
