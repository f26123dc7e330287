"""The finished value: everything a run found, in memory, for outputs and notebooks to draw from."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from treeplan import geo, provenance
from treeplan.accounts import (
    Streets,
    audit,
    joint_record,
    money_record,
    records,
    street_record,
    streets,
    walk_record,
    wellbeing,
)
from treeplan.accuracy import Accuracy
from treeplan.canopy import COSTLY, canopy_differences, canopy_kind, compare_canopy, survey_canopy
from treeplan.certainty import Certainty
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
from treeplan.reference import KEY as REFERENCE_KEY
from treeplan.reference import Population, Reference, populations, saved_reference
from treeplan.roles import LAYERS
from treeplan.study import Study, printed_path
from treeplan.tree_equity import tree_equity
from treeplan.weights import Weighting
from treeplan.zonings import Zoned

Values = npt.NDArray[np.float64]


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
    joint : dict
        What the chosen sites come to together in the effects that are no sum or mean (`effects.measure_joint`).
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
    populations, reference : dict, Reference or None
        What a hectare of canopy does at the run's own sites, by benefit; and the saved sites of another run, where benefits are
        compared with those.
    filled : DataFrame
        How many values of each need were filled and how far the filling is off (`filling.filling_errors`).
    weighting : Weighting or None
        Where the weights come from; what single people want is private and stays out of outputs.
    certainty : Certainty or None
        How sure the ranks are, and what they hang on; None without sites.
    zoned : Zoned or None
        What other zonings of the needs would change; None without sites.
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
    populations: dict[str, Population] = field(default_factory=dict)
    reference: Reference | None = None
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
    weighting: Weighting | None = None
    certainty: Certainty | None = None
    joint: dict[str, Values] = field(default_factory=dict)
    zoned: Zoned | None = None
    date: dt.date = field(default_factory=provenance.run_date)

    @property
    def config_hash(self) -> str:
        """Changes with any setting, file or version; stands on every output."""
        files = [[e.source, e.sha256] for e in self.layers.editions]
        settings = self.study.model_dump(mode="json", exclude={"folder", "data_dir"})
        compared = [] if self.reference is None else [self.reference.run]
        return provenance.config_hash([settings, files, provenance.versions()["treeplan"], *compared])

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

    def total(self, effect: str) -> Values:
        """An effect of the chosen sites together, levels × years of `effects`: what each resident and group counts in once is no sum."""
        assert self.effects is not None
        if EFFECTS[effect].together == "joint":
            return self.joint[effect]
        return self.effects.total(effect, self.chosen["site_id"].tolist())

    def record(self) -> dict[str, Any]:
        """What `run.json` holds: study, editions, versions, hash, counts and the reference sites."""
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
            "weights": None if self.weighting is None else self.weighting.record(),
            "wellbeing": wellbeing(),
            "coefficients_overridden": {
                n: asdict(f) | {"shipped": asdict(COEFFICIENTS[n])} for n, f in self.figures.items() if f.overridden
            },
            "constraints": {n: asdict(c) for n, c in declared_constraints(self.study).items()},
            "canopy": {
                "source": self.canopy_kind,
                "differences": records(self.canopy_differences),
                "survey": records(self.canopy_survey),
                "accuracy": None if self.canopy_accuracy is None else asdict(self.canopy_accuracy),
            },
            "streets": None if self.streets is None else street_record(self.streets),
            "field_checks": {
                "judged": self.fieldwork.judged,
                "plantable": self.fieldwork.plantable,
                "name_no_site": len(self.fieldwork.lost),
            },
            "blind": [
                {"layers": list(r.layers), "area_ha": round(r.area_ha, 2), "where": r.where}
                for r in self.blind.itertuples()
            ],
            "walks": None if self.walks is None else walk_record(self.walks),
            "filled": {
                str(name): {"values": int(r["filled"]), "error": float(f"{r['error']:.4g}")}
                for name, r in self.filled.iterrows()
            },
            "plan": None if choice is None else choice.record() | {"best_counts": self.top},
            "certainty": None if self.certainty is None else self.certainty.record(),
            "together": {} if self.effects is None else joint_record(self.joint, self.effects.years),
            "other_zonings": [] if self.zoned is None else self.zoned.record(),
            "money": None
            if self.money is None
            else money_record(self.money, self.chosen["site_id"].tolist(), self.joint),
            REFERENCE_KEY: self._reference_record(),
        }

    def _reference_record(self) -> dict[str, Any] | None:
        """The sites that benefits are compared with: as another run saved them, else the run's own."""
        if self.reference is not None:
            return self.reference.record()
        if not self.populations:
            return None
        return saved_reference(self.study, self.config_hash, self.neighbourhoods.columns, self.populations).record()


@dataclass(frozen=True)
class Ranked:
    """What the stages found of the candidate sites; rows of all tables are in the order of `sites`."""

    sites: gpd.GeoDataFrame
    served: pd.DataFrame
    effects: Effects
    scores: pd.DataFrame
    qualities: dict[str, pd.DataFrame]
    certain: Certainty
    choice: Choice
    top: int
    deprived: npt.NDArray[np.bool_]
    joint: dict[str, Values]
    walks: Walks | None = None
    reached: pd.DataFrame | None = None
    money: Money | None = None
    reference: Reference | None = None
    zoned: Zoned | None = None


def assemble(
    study: Study,
    layers: Layers,
    figures: dict[str, Coefficient],
    neighbourhoods: gpd.GeoDataFrame,
    land: Land | None = None,
    left_over: pd.DataFrame | None = None,
    ranked: Ranked | None = None,
    fieldwork: Fieldwork | None = None,
    weighting: Weighting | None = None,
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
        populations=populations(ranked.qualities["central"]) if ranked else {},
        reference=ranked.reference if ranked else None,
        fieldwork=fieldwork,
        blind=blind_parts(layers.area, layers.covers, neighbourhoods),
        streets=streets(land, sites, taken) if land is not None else None,
        canopy_sources=sources,
        canopy_differences=canopy_differences(sources, canopy_kind(layers, study)),
        canopy_survey=survey_canopy(layers["canopy_survey"], neighbourhoods) if "canopy_survey" in layers else nothing,
        walks=ranked.walks if ranked else None,
        reached=ranked.reached if ranked else None,
        money=ranked.money if ranked else None,
        certainty=ranked.certain if ranked else None,
        joint=ranked.joint if ranked else {},
        zoned=ranked.zoned if ranked else None,
        tree_equity=tree_equity(neighbourhoods, layers, study),
        filled=filling_errors(
            neighbourhoods, [n for n, need in NEEDS.items() if n in neighbourhoods and not need.needs], study.seed
        ),
        weighting=weighting,
    )


def _site_table(study: Study, ranked: Ranked) -> gpd.GeoDataFrame:
    table = ranked.sites.merge(ranked.scores, on="site_id", validate="one_to_one")
    table = table.merge(ranked.certain.table, on="site_id", validate="one_to_one")
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


def missing_layers(layers: Layers) -> list[Missing]:
    """What the study lacks, with what follows and how to get it."""
    return [
        Missing(name, LAYERS[name].label, LAYERS[name].leaves_out, LAYERS[name].how_to_get) for name in layers.missing
    ]
