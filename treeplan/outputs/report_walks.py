"""The report's part on walks: what the network finds beside the straight line, a table of sites and a picture of one."""

from __future__ import annotations

import math
from base64 import b64encode

import shapely

from treeplan.feedback import private
from treeplan.outputs.drawing import SITE
from treeplan.outputs.report_tables import Picture, Table
from treeplan.outputs.walk_picture import BARRIER, LOST, WALKED, hard_barriers, telling_site, walk_map
from treeplan.outputs.words import out_of_100, say, whole
from treeplan.people import Walks
from treeplan.plan import Plan

MOST = 20
"""How many sites the table lists."""


def walks_said(plan: Plan, walks: Walks) -> list[str]:
    """How walks were measured, and how they compare with straight lines."""
    detour = f"{plan.figures['detour_factor'].central:g}"
    walk = f"{plan.study.people.walk_m:g}"
    said = [say("walks.intro", km=whole(walks.net.total_m / 1000), walk=walk)]
    network, straight = walks.compared["network"].sum(), walks.compared["straight_line"].sum()
    if straight > 0:
        said.append(say("walks.ratio", share=out_of_100(network / straight), walk=walk, detour=detour))
    if not math.isnan(walks.detour):
        real, half = f"{walks.detour:.2f}", f"{plan.study.people.walk_m / 2:g}"
        said.append(say("walks.detour", real=real, half=half, cut=out_of_100(walks.cut_off_share), walk=walk))
    if walks.residents_off >= 0.5:
        said.append(say("walks.off", residents=whole(walks.residents_off), detour=detour))
    if walks.net.stray_m > 0:
        said.append(say("walks.stray", km=f"{walks.net.stray_m / 1000:.1f}", homes=whole(walks.homes_stray)))
    return said


def walks_table(plan: Plan, walks: Walks) -> Table:
    """The sites by rank: residents by walks on the network and by the straight line, and the one over the other."""
    shown = plan.ranked[~private(plan.ranked)].head(MOST)
    compared = walks.compared.set_index("site_id").loc[shown["site_id"]]
    rows = [
        (whole(rank), str(name), whole(row.network), whole(row.straight_line), _ratio(row.ratio), method)
        for rank, name, method, row in zip(
            shown["rank"], shown["name"], shown["served_method"], compared.itertuples(), strict=True
        )
    ]
    keys = ("rank", "site", "network", "straight_line", "column_ratio", "method")
    title = say("walks.table", n=len(rows), walk=f"{plan.study.people.walk_m:g}")
    return Table(title, [say(f"walks.{key}") for key in keys], rows, frozenset({0, 2, 3, 4}), note=say("walks.note"))


def _ratio(ratio: float) -> str:
    return "–" if math.isnan(ratio) else f"{ratio:.2f}"


def walks_picture(plan: Plan, walks: Walks) -> Picture | None:
    """The ways around the site that loses most beside the straight line."""
    site = telling_site(plan)
    if site is None:
        return None
    walk = f"{plan.study.people.walk_m:g}"
    named = {"site": str(site["name"]), "walk": walk, "detour": f"{plan.figures['detour_factor'].central:g}"}
    row = walks.compared.set_index("site_id").loc[site["site_id"]]
    found = {"network": whole(row["network"]), "straight": whole(row["straight_line"])}
    colours = {"site": SITE, "walked": WALKED, "lost": LOST}
    if shapely.dwithin(site.geometry, hard_barriers(plan), plan.study.people.walk_m).any():
        colours["barrier"] = BARRIER
    marks = [*";" * (len(colours) - 1), "."]
    return Picture(
        data=b64encode(walk_map(plan, walks, site, 170, 130).encode()).decode(),
        title=say("walks.picture", **named, **found),
        alt=say("walks.picture_alt", **named, **found),
        key=[(colours[what], f"{say(f'walks.key_{what}')}{mark}") for what, mark in zip(colours, marks, strict=True)],
        caption=say("walks.picture_caption", **named),
        source="; ".join(line.rstrip(".") for line in plan.attributions) + ".",
    )
