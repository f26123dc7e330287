"""The finished value: everything a run found, in memory, for outputs and notebooks to draw from."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import asdict, dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from treeplan import geo, provenance
from treeplan.accuracy import Accuracy
from treeplan.canopy import COSTLY, canopy_differences, canopy_kind, compare_canopy, survey_canopy
from treeplan.coefficients import COEFFICIENTS, LEVELS, Coefficient
from treeplan.constraints import declared_constraints
from treeplan.counting import Count, field_counts, land_counts, moved_counts, people_counts, site_counts, walk_counts
from treeplan.coverage import blind_parts
from treeplan.effects import EFFECTS, Effects
from treeplan.feedback import Fieldwork, private
from treeplan.land import Land
from treeplan.layers import Layers
from treeplan.money import Money
from treeplan.needs import NEEDS
from treeplan.needs.filling import filling_errors
from treeplan.people import NETWORK, Walks
from treeplan.portfolio import Choice
from treeplan.roles import LAYERS
from treeplan.study import Study, printed_path
from treeplan.tree_equity import tree_equity
from treeplan.vocabulary import BENEFITS, DOMAINS


@dataclass(frozen=True)
class Missing:
    """A layer the study lacks: what that leaves out, and how to get it."""

    layer: str
    label: str
    leaves_out: str
    how_to_get: str


@dataclass(frozen=True)
class Plan:
    """A run's whole answer.

    Attributes
    ----------
    sites : GeoDataFrame
        One row per candidate site, sorted by `site_id`: site, scores, certainty, effects at the horizon year
        (`<effect>_low/_central/_high`), `residents_served`, `canopy_ha`, `chosen`, `trees`, `cost_gbp`; `plant_year` where money comes in phases (0: not chosen). Empty
        without land.
    neighbourhoods : GeoDataFrame
        One row per neighbourhood of the study: residents, indicators, needs, `need`, `need_rank`.
    effects : Effects or None
        Every effect of every site by year; None without sites.
    served : DataFrame
        As the stage made it.
    audit : DataFrame
        `reason, area_ha, share_pct`: where every hectare of mapped open land went; sites first.
    taken : DataFrame
        `ground_id, reason, area_m2`.
    fieldwork, streets, blind
        What visits found; the account of footways; where layers do not reach (`coverage.blind_parts`).
    canopy_sources, canopy_differences, canopy_survey : DataFrame
        Canopy by neighbourhood from every kind of source, how far each is from the study's own, and the point survey with its
        sampling error (`canopy.compare_canopy`, `canopy_differences`, `survey_canopy`); empty without such sources.
    walks : Walks or None
        Walks on the network beside straight lines; None where walks are straight lines.
    choice : Choice or None
        The plan within the budget.
    reached : DataFrame or None
        Who lives within a walk of any chosen site, each counted once: `lsoa21_code, residents, most_deprived_fifth`.
    top : int
        How many sites count as the best in `certainty`.
    tree_equity : DataFrame or None
        The Tree Equity Score of each neighbourhood (`tree_equity.tree_equity`); None without canopy or deprivation.
    money : Money or None
        What planting is worth, by site; None where the study does not ask.
    filled : DataFrame
        How many values of each need were filled and how far the filling is off (`filling.filling_errors`).
    """

    study: Study
    layers: Layers
    figures: dict[str, Coefficient]
    neighbourhoods: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    effects: Effects | None
    served: pd.DataFrame
    audit: pd.DataFrame
    taken: pd.DataFrame
    choice: Choice | None
    top: int
    counts: list[Count]
    missing: list[Missing]
    quantiles: dict[str, list[float]] = field(default_factory=dict)
    fieldwork: Fieldwork = field(default_factory=lambda: Fieldwork(pd.DataFrame()))
    streets: Streets | None = None
    blind: pd.DataFrame = field(default_factory=pd.DataFrame)
    canopy_sources: pd.DataFrame = field(default_factory=pd.DataFrame)
    canopy_differences: pd.DataFrame = field(default_factory=pd.DataFrame)
    canopy_survey: pd.DataFrame = field(default_factory=pd.DataFrame)
    walks: Walks | None = None
    reached: pd.DataFrame | None = None
    tree_equity: pd.DataFrame | None = None
    filled: pd.DataFrame = field(default_factory=pd.DataFrame)
    money: Money | None = None
    date: dt.date = field(default_factory=provenance.run_date)

    @property
    def config_hash(self) -> str:
        """Changes with any setting, file or version; stands on every output."""
        files = [[e.source, e.sha256] for e in self.layers.editions]
        settings = self.study.model_dump(mode="json", exclude={"folder", "data_dir"})
        return provenance.config_hash([settings, files, provenance.versions()["treeplan"]])

    @property
    def canopy_kind(self) -> str | None:
        """The kind of source that canopy is taken from (`roles.CANOPY_KINDS`); None where the study has none."""
        return canopy_kind(self.layers, self.study)

    @property
    def attributions(self) -> list[str]:
        """The lines that the data's licences ask for."""
        return provenance.attributions(self.layers.editions)

    @property
    def canopy_accuracy(self) -> Accuracy | None:
        """How far the map behind canopy can be trusted, where it was read from a picture."""
        return self.neighbourhoods.attrs.get("needs", {}).get("canopy_accuracy")

    @property
    def how_needs(self) -> dict[str, Any]:
        """How the needs came about: `said` by indicator, `benefits` (the needs that count in each), `domains` of deprivation."""
        empty: dict[str, Any] = {"said": {}, "benefits": {}, "domains": []}
        found = self.neighbourhoods.attrs.get("needs", {})
        return {**empty, **{name: said for name, said in found.items() if name in empty}}

    @property
    def chosen(self) -> gpd.GeoDataFrame:
        """The chosen sites, best first."""
        return self.sites[self.sites["chosen"]].sort_values("rank") if len(self.sites) else self.sites

    @property
    def public(self) -> gpd.GeoDataFrame:
        """The sites that a public page may show: those of private owners are left out."""
        return self.sites[~private(self.sites)] if len(self.sites) else self.sites

    @property
    def ranked(self) -> gpd.GeoDataFrame:
        """Sites that have a rank, best first."""
        return self.sites[self.sites["rank"].notna()].sort_values("rank") if len(self.sites) else self.sites

    def record(self) -> dict[str, Any]:
        """What `run.json` holds: study, editions, versions, hash, counts and the reference quantiles."""
        choice = self.choice
        return {
            "study": self.study.published(),
            "config_hash": self.config_hash,
            "date": self.date.isoformat(),
            "versions": provenance.versions(),
            "sources": [asdict(e) | {"path": printed_path(e.path)} for e in self.layers.editions],
            "missing_layers": [asdict(m) for m in self.missing],
            "counts": [asdict(c) for c in self.counts],
            "audit_ha": {row.reason: round(row.area_ha, 8) for row in self.audit.itertuples()},
            "needs": {
                **self.how_needs,
                "domains": [{**d, "weight": round(d["weight"], 6)} for d in self.how_needs["domains"]],
            },
            "wellbeing": _wellbeing(),
            "coefficients_overridden": {
                n: asdict(f) | {"shipped": asdict(COEFFICIENTS[n])} for n, f in self.figures.items() if f.overridden
            },
            "constraints": {n: asdict(c) for n, c in declared_constraints(self.study).items()},
            "canopy": {
                "source": self.canopy_kind,
                "differences": _records(self.canopy_differences),
                "survey": _records(self.canopy_survey),
                "accuracy": None if self.canopy_accuracy is None else asdict(self.canopy_accuracy),
            },
            "streets": None if self.streets is None else _street_record(self.streets),
            "field_checks": {
                "judged": self.fieldwork.judged,
                "plantable": self.fieldwork.plantable,
                "name_no_site": len(self.fieldwork.lost),
            },
            "blind": [
                {"layers": list(r.layers), "area_ha": round(r.area_ha, 2), "where": r.where}
                for r in self.blind.itertuples()
            ],
            "walks": None if self.walks is None else _walk_record(self.walks),
            "filled": {
                str(name): {"values": int(r["filled"]), "error": float(f"{r['error']:.4g}")}
                for name, r in self.filled.iterrows()
            },
            "plan": None
            if choice is None
            else {
                "value": round(choice.value, 6),
                "gap": round(choice.gap, 6),
                "achieved": {name: round(share, 4) for name, share in choice.achieved.items()},
                "cost_of_floors": round(choice.cost_of_floors, 4),
                "prices": _records(choice.prices),
                "tradeoff": _records(choice.tradeoff),
                "shortfall": {name: round(part, 4) for name, part in choice.shortfall.items()},
                "stopped_by": choice.stopped_by,
                "best_counts": self.top,
            },
            "money": None if self.money is None else _money_record(self.money, self.chosen["site_id"].tolist()),
            "reference_quantiles": self.quantiles,
        }


@dataclass(frozen=True)
class Streets:
    """Footways wide enough for tree pits: they are no mapped open land, and have an account of their own.

    Attributes
    ----------
    sides : int
        Sides of streets looked at.
    planted : int
        Those along which trees found a place.
    trees : int
        Trees that found a place.
    doubtful : int
        Sides where the width is taken from the gap between kerb and buildings.
    taken_m2 : Series
        Reason to square metres of the strip along the kerb.
    """

    sides: int
    planted: int
    trees: int
    doubtful: int
    taken_m2: pd.Series


@dataclass(frozen=True)
class Ranked:
    """What the stages found of the candidate sites; rows of all tables are in the order of `sites`."""

    sites: gpd.GeoDataFrame
    served: pd.DataFrame
    effects: Effects
    scores: pd.DataFrame
    qualities: dict[str, pd.DataFrame]
    certain: pd.DataFrame
    choice: Choice
    top: int
    deprived: npt.NDArray[np.bool_]
    walks: Walks | None = None
    reached: pd.DataFrame | None = None
    money: Money | None = None


def assemble(
    study: Study,
    layers: Layers,
    figures: dict[str, Coefficient],
    neighbourhoods: gpd.GeoDataFrame,
    land: Land | None = None,
    left_over: pd.DataFrame | None = None,
    ranked: Ranked | None = None,
    fieldwork: Fieldwork | None = None,
) -> Plan:
    """One value from what the stages made: the neighbourhood half alone where there is no land, or no site is left on it."""
    nothing = pd.DataFrame()
    sites = _site_table(study, ranked) if ranked is not None else gpd.GeoDataFrame(geometry=[], crs=geo.BNG)
    taken = pd.concat([land.taken, left_over], ignore_index=True) if land is not None else nothing
    counts = people_counts(layers, neighbourhoods) + moved_counts(layers)
    if land is not None:
        counts += land_counts(layers, land)
    if ranked is not None:
        counts += site_counts(sites) + walk_counts(ranked.walks)
    fieldwork = fieldwork or Fieldwork(nothing)
    sources = compare_canopy(layers, neighbourhoods, study, figures, leave_out=COSTLY)
    counts += field_counts(fieldwork)
    return Plan(
        study=study,
        layers=layers,
        figures=figures,
        neighbourhoods=neighbourhoods,
        sites=sites,
        effects=ranked.effects if ranked else None,
        served=ranked.served if ranked else nothing,
        audit=audit(land, sites, taken) if land else pd.DataFrame(columns=["reason", "area_ha", "share_pct"]),
        taken=taken,
        choice=ranked.choice if ranked else None,
        top=ranked.top if ranked else 0,
        counts=counts,
        missing=missing_layers(layers),
        quantiles=_quantiles(ranked.qualities["central"]) if ranked else {},
        fieldwork=fieldwork,
        blind=blind_parts(layers.area, layers.covers, neighbourhoods),
        streets=_streets(land, sites, taken) if land is not None else None,
        canopy_sources=sources,
        canopy_differences=canopy_differences(sources, canopy_kind(layers, study)),
        canopy_survey=survey_canopy(layers["canopy_survey"], neighbourhoods) if "canopy_survey" in layers else nothing,
        walks=ranked.walks if ranked else None,
        reached=ranked.reached if ranked else None,
        money=ranked.money if ranked else None,
        tree_equity=tree_equity(neighbourhoods, layers, study),
        filled=filling_errors(
            neighbourhoods, [n for n, need in NEEDS.items() if n in neighbourhoods and not need.needs], study.seed
        ),
    )


def _quantiles(qualities: pd.DataFrame) -> dict[str, list[float]]:
    """The hundredths of each benefit's quality among the candidate sites: the reference population of their scores."""
    steps = np.linspace(0, 1, 101)
    return {
        str(name): [float(f"{q:.6g}") for q in np.nanquantile(values, steps)]
        for name, values in qualities.items()
        if values.notna().any()
    }


def _site_table(study: Study, ranked: Ranked) -> gpd.GeoDataFrame:
    table = ranked.sites.merge(ranked.scores, on="site_id", validate="one_to_one")
    table = table.merge(ranked.certain, on="site_id", validate="one_to_one")
    reached = ranked.served.groupby("site_id")["residents"].sum()
    table["residents_served"] = table["site_id"].map(reached).fillna(0.0).round(1)
    table["served_method"] = table["site_id"].map(_methods(ranked.served)).fillna("")
    table["most_deprived_fifth"] = ranked.deprived
    for level in LEVELS:
        levels = ranked.effects.at(study.horizon_year, level).add_suffix(f"_{level}")
        table = table.merge(levels, left_on="site_id", right_index=True, how="left")
    if ranked.money is not None:
        table = table.merge(ranked.money.table, left_on="site_id", right_index=True, how="left")
    table["canopy_ha"] = table["canopy_m2_central"] / 1e4
    table["chosen"] = ranked.choice.chosen
    if ranked.choice.plant_year is not None:
        table["plant_year"] = ranked.choice.plant_year
    table["trees"] = table["trees_central"].astype(int)
    table["cost_gbp"] = table["cost_gbp_central"]
    return gpd.GeoDataFrame(table, crs=geo.BNG)


def _methods(served: pd.DataFrame) -> dict[str, str]:
    """How the walks to each site were measured, whatever the neighbourhood they come from."""
    found = {}
    for site, rows in served.groupby("site_id")["method"]:
        ways = sorted(rows.unique())
        last = ways[-1]
        found[str(site)] = last if len(ways) == 1 or last.startswith(NETWORK) else f"{NETWORK}, in part {last}"
    return found


def audit(land: Land, sites: gpd.GeoDataFrame, taken: pd.DataFrame) -> pd.DataFrame:
    """Where every hectare of mapped open land went: sites first, then reasons by size. Footways are no mapped open land."""
    taken = taken[~taken["ground_id"].isin(land.footways)]
    rows = taken.groupby("reason")["area_m2"].sum().sort_values(ascending=False)
    used = float(sites.loc[~sites["ground_id"].isin(land.footways), "area_m2"].sum()) if len(sites) else 0.0
    table = pd.DataFrame({"reason": ["candidate sites", *rows.index], "area_ha": [used / 1e4, *(rows / 1e4)]})
    table["share_pct"] = 100 * table["area_ha"] / (land.mapped_m2 / 1e4) if land.mapped_m2 > 0 else 0.0
    return table


def _wellbeing() -> dict[str, Any]:
    """Where effects and benefits are reported in the Thriving Places Index; no score is made of it."""
    effects = {name: e.domain for name, e in sorted(EFFECTS.items()) if e.domain is not None}
    own = {"effects": effects, "benefits": {name: b.domain for name, b in BENEFITS.items()}}
    said = {n: {"label": d.label, "headline": d.headline, "mark": d.mark} for n, d in DOMAINS.items()}
    return {"frame": "Thriving Places Index, for reporting only", **own, "domains": said}


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for `run.json`; unknown is null."""
    return [
        {str(k): None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()}
        for row in table.round(6).to_dict("records")
    ]


def _money_record(money: Money, chosen: list[str]) -> dict[str, Any]:
    """The chosen sites together, to the pound."""
    rows = money.total(chosen)
    return {
        "chosen": {str(name): {str(k): _rounded(v, name) for k, v in row.items()} for name, row in rows.iterrows()},
        "left_out": money.left_out,
    }


def _rounded(value: float, name: object) -> float | None:
    return None if math.isnan(value) else round(value, 3 if name == "ratio" else 0)


def _street_record(streets: Streets) -> dict[str, Any]:
    taken = {str(reason): round(float(area), 1) for reason, area in streets.taken_m2.items()}
    return {
        "sides": streets.sides,
        "planted": streets.planted,
        "trees": streets.trees,
        "doubtful": streets.doubtful,
        "taken_m2": taken,
    }


def _walk_record(walks: Walks) -> dict[str, Any]:
    return {
        "ways_km": round(walks.net.total_m / 1000, 1),
        "in_short_pieces_km": round(walks.net.stray_m / 1000, 1),
        "real_detour": None if np.isnan(walks.detour) else round(walks.detour, 3),
        "cut_off_share": None if np.isnan(walks.cut_off_share) else round(walks.cut_off_share, 4),
        "residents_off_the_network": round(walks.residents_off),
    }


def _streets(land: Land, sites: gpd.GeoDataFrame, taken: pd.DataFrame) -> Streets | None:
    """What became of the sides of streets; None where the study maps no footways."""
    if not land.footways:
        return None
    rows = land.grounds[land.grounds["land_use"] == "footway"]
    own = sites[sites["ground_id"].isin(land.footways)] if len(sites) else sites
    lost = taken[taken["ground_id"].isin(land.footways)].groupby("reason")["area_m2"].sum()
    trees = int(own["trees_central"].sum()) if len(own) else 0
    doubtful = int((rows["doubt"] != "").sum())
    return Streets(len(rows), len(own), trees, doubtful, lost.sort_values(ascending=False))


def missing_layers(layers: Layers) -> list[Missing]:
    """What the study lacks, with what follows and how to get it."""
    return [
        Missing(name, LAYERS[name].label, LAYERS[name].leaves_out, LAYERS[name].how_to_get) for name in layers.missing
    ]
