"""The report's part on how sure the ranks are: bands, what would have to be true for a site to lead, and what ranks hang on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from treeplan.certainty import Certainty, steadfast
from treeplan.effects import EFFECTS
from treeplan.feedback import private
from treeplan.outputs import why
from treeplan.outputs.report_tables import Section, Table, named_sites
from treeplan.outputs.words import out_of_100, say, whole
from treeplan.plan import Plan
from treeplan.vocabulary import BANDS, BENEFITS

SURE = 0.9
"""A site in the best in more than this share of tries is surely among them."""

LEADERS, RIVALS, INPUTS = 8, 10, 12
"""How many sites, and how many inputs, a table lists."""


def certainty_section(plan: Plan) -> Section:
    """Bands, and the sites that are among the best under nearly all weightings."""
    certainty = _known(plan)
    counted = certainty.table["band"].value_counts()
    most = max(int(counted.max()) if len(counted) else 0, 1)
    rows = [(band, text, whole(counted.get(band, 0))) for band, text in BANDS.items()]
    bars = [counted.get(band, 0) / most for band in BANDS]
    columns = [say("report.band"), say("report.what"), say("report.bands_count")]
    bands = Table(say("certainty.title"), columns, rows, frozenset({2}), bars)
    error = 100 * float(certainty.table["p_top_k_error"].max())
    said = [say("certainty.intro", draws=whole(certainty.draws), top=certainty.top)]
    said += [say("certainty.error", error=f"{error:.1f}")] if error > 0 else []
    sure = plan.ranked.set_index("site_id").loc[steadfast(certainty.table, SURE)["site_id"]].reset_index()
    tables = [bands]
    if len(sure):
        tables.append(named_sites(plan, sure, say("certainty.sure_list", top=certainty.top)))
    else:
        said.append(say("certainty.sure_list_none", top=certainty.top))
    return Section("certainty", say("certainty.title"), said, tables)


def hangs_on_section(plan: Plan) -> Section:
    """What ranks hang on: inputs, choices and other zonings, and what would have to be true for a site to lead."""
    certainty = _known(plan)
    tables = [_inputs(certainty), _switches(certainty), _zonings(plan), _leaders(plan), _rivals(plan)]
    return Section(
        "hangs_on",
        say("certainty.more"),
        [say("certainty.more_intro")],
        [t for t in tables if t is not None],
        folded=True,
    )


def _known(plan: Plan) -> Certainty:
    assert plan.certainty is not None  # sites are only there with a certainty
    return plan.certainty


def _names(plan: Plan) -> pd.Series:
    """What each site that may be named is called."""
    public = plan.sites[~private(plan.sites)]
    return pd.Series(public["name"].to_numpy(), index=public["site_id"].to_numpy())


def _inputs(certainty: Certainty) -> Table | None:
    """How much of the moves of ranks goes away once one input is known."""
    found = certainty.sensitivity[certainty.sensitivity["first_order"].notna()]
    if found.empty:
        return None
    found = found.sort_values(["first_order", "input"], ascending=[False, True]).head(INPUTS)
    rows = [
        (_input_label(str(row.input)), f"{100 * row.first_order:.0f}", f"±{100 * row.error:.0f}")
        for row in found.itertuples()
    ]
    columns = [say(f"certainty.{key}") for key in ("input", "first_order", "error_of")]
    most = max(float(found["first_order"].max()), 1e-9)
    note = say("certainty.inputs_note")
    return Table(
        say("certainty.inputs"), columns, rows, frozenset({1, 2}), (found["first_order"] / most).tolist(), note
    )


def _input_label(name: str) -> str:
    kind, _, rest = name.partition("_")
    if kind == "weight":
        return say("certainty.input_weight", what=BENEFITS[rest].label.lower())
    if kind == "place":
        return say("certainty.input_place", what=EFFECTS[rest].label.lower())
    return say(f"certainty.input_{name}")


def _switches(certainty: Certainty) -> Table | None:
    """How many sites change band once one thing is settled."""
    if not certainty.switches:
        return None
    rows = []
    for switch, choice in certainty.switches:
        own = certainty.changes[(certainty.changes["switch"] == switch) & (certainty.changes["choice"] == choice)]
        joins, leaves = (int(((own[one] != "A") & (own[other] == "A")).sum()) for one, other in _WAYS)
        rows.append((_switch_label(switch, choice), whole(len(own)), whole(joins), whole(leaves)))
    columns = [say(f"certainty.{key}") for key in ("switch", "change", "joins", "leaves")]
    return Table(say("certainty.switches"), columns, rows, frozenset({1, 2, 3}), note=say("certainty.switches_note"))


_WAYS = (("band", "band_settled"), ("band_settled", "band"))


def _switch_label(switch: str, choice: str) -> str:
    if switch == "weights of":
        return say("certainty.switch_group", group=choice)
    return say("certainty.switch_rule", rule=say(f"certainty.rule_{choice}"))


def _zonings(plan: Plan) -> Table | None:
    """How ranks hold where needs are averaged over other areas."""
    if plan.zoned is None or plan.zoned.summary.empty:
        return None
    rows = [
        (
            str(row.label).capitalize(),
            whole(row.zones),
            f"{row.rank_correlation:.2f}" if np.isfinite(row.rank_correlation) else "–",
            say("certainty.kept_of", kept=whole(row.best_that_stay), top=whole(row.best)),
            whole(row.sites_that_change_band),
        )
        for row in plan.zoned.summary.itertuples()
    ]
    columns = [say(f"certainty.{key}") for key in ("zoning", "zones", "spearman", "kept", "change")]
    return Table(say("certainty.zonings"), columns, rows, frozenset({1, 2, 3, 4}), note=say("certainty.zonings_note"))


def _leaders(plan: Plan) -> Table | None:
    """The sites most often first: what would have to be true for each to lead."""
    names = _names(plan)
    found = _known(plan).central_weights
    found = found[(found["basis"] == "first") & found["site_id"].isin(names.index)]
    if found.empty:
        return None
    found = found.sort_values(["p_first", "site_id"], ascending=[False, True]).head(LEADERS)
    rows = [
        (
            names[row["site_id"]],
            why.tries(row["p_first"]),
            why.other_weights(plan, row),
            "–" if pd.isna(row["confidence"]) else out_of_100(row["confidence"]),
        )
        for row in found.to_dict("records")
    ]
    columns = [say(f"certainty.{key}") for key in ("site", "first", "weights", "confidence")]
    return Table(say("certainty.leaders"), columns, rows, frozenset({1, 3}), note=say("certainty.leaders_note"))


def _rivals(plan: Plan) -> Table | None:
    """How often each of the best sites beats each other one."""
    names, wins = _names(plan), _known(plan).pairwise
    shown = [site for site in wins.index if site in names.index][:RIVALS]
    if len(shown) < 2:
        return None
    rank = plan.sites.set_index("site_id")["rank"]
    own = [whole(rank[site]) for site in shown]
    rows = [
        (f"{place}  {names[site]}", *("–" if site == other else out_of_100(wins.at[site, other]) for other in shown))
        for place, site in zip(own, shown, strict=True)
    ]
    columns = [say("certainty.site"), *own]
    return Table(
        say("certainty.rivals"), columns, rows, frozenset(range(1, len(columns))), note=say("certainty.rivals_note")
    )
