"""The order of the stages; nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from treeplan.access import Access
from treeplan.certainty import best_count, rank_certainty
from treeplan.claims import with_claims
from treeplan.coefficients import Coefficient
from treeplan.coefficients import figures as study_figures
from treeplan.constraints import declared_constraints
from treeplan.effects import measure_effects
from treeplan.errors import TreeplanError
from treeplan.feedback import apply_field_checks
from treeplan.gardens import with_gardens
from treeplan.growth import with_carbon_lookup
from treeplan.land import free_land
from treeplan.layers import Layers, load_layers, same_layers
from treeplan.money import value_effects
from treeplan.needs import NEEDS, measure_needs, require_deprivation, require_known
from treeplan.neighbourhood_types import with_types
from treeplan.people import measure_walks, residents_by_reach, residents_once
from treeplan.plan import Plan, Ranked, assemble
from treeplan.portfolio import choose, require_sense
from treeplan.provenance import run_date
from treeplan.reference import Reference, read_reference
from treeplan.renters import with_renters
from treeplan.scoring import rank_neighbourhoods, score
from treeplan.sites import candidate_sites
from treeplan.study import Study, require_planting_ahead
from treeplan.zonings import under_other_zonings

Progress = Callable[[str], None]


def make_plan(study: Study, layers: Layers | None = None, progress: Progress = lambda stage: None) -> Plan:
    """Run every stage in memory: layers to plan. Writes nothing.

    Parameters
    ----------
    study : Study
        From `load_study`.
    layers : Layers, optional
        From `load_layers`; read from the study's files when not given.
    progress : callable, optional
        Told each stage before it begins.

    Returns
    -------
    Plan
        Without `open_land`, the neighbourhood half only: `plan.sites` is empty and `plan.missing` says why.

    Raises
    ------
    TreeplanError
        Something the user can put right; the message says what.
    """
    layers, figures, access, needs, neighbourhoods, reference = prepare(study, layers, progress)
    neighbourhoods = with_renters(with_gardens(neighbourhoods, layers, figures), layers)
    if "open_land" not in layers:
        return assemble(study, layers, figures, neighbourhoods)
    progress("Land and its constraints")
    land = free_land(layers, study, figures)
    sites, left_over = candidate_sites(land, layers, study, figures)
    sites, left_over, fieldwork = apply_field_checks(sites, left_over, layers)
    if sites.empty:
        return assemble(study, layers, figures, neighbourhoods, land, left_over, fieldwork=fieldwork)
    sites = with_claims(sites, layers, study)
    progress("Residents served")
    served, walks = measure_walks(sites, access.everybody, layers, study, figures, access.net)
    by_reach = residents_by_reach(sites, access.everybody, served, figures)
    progress("Effects of planting")
    canopy_pct = needs.set_index("lsoa21_code")["canopy_pct"] if "canopy_pct" in needs else None
    effects = measure_effects(sites, layers, study, figures, access, by_reach, canopy_pct)
    money = value_effects(sites, served, access.everybody, neighbourhoods, effects, study, figures)
    progress("Priority and certainty")
    scores, qualities = score(sites, by_reach, needs, effects, study, reference)
    cost = effects.at(study.horizon_year)["cost_gbp"].reindex(sites["site_id"]).to_numpy()
    top = best_count(scores, cost, study)
    certain = rank_certainty(scores, qualities, study, top, reference=reference)
    zoned = under_other_zonings(sites, by_reach, needs, effects, study, scores, certain, reference)
    progress("The plan within the budget")
    deprived = _most_deprived(sites["lsoa21_code"], needs).to_numpy()
    choice = choose(sites, scores, cost, deprived, _districts(neighbourhoods), study)
    reached = residents_once(sites[choice.chosen], access.everybody, layers, study, figures, access.net).reset_index()
    reached["most_deprived_fifth"] = _most_deprived(reached["lsoa21_code"], needs)
    ranked = Ranked(
        sites,
        served,
        effects,
        scores,
        qualities,
        certain,
        choice,
        top,
        deprived,
        walks,
        reached,
        money,
        reference,
        zoned,
    )
    return assemble(study, layers, figures, neighbourhoods, land, left_over, ranked, fieldwork)


def make_plans(studies: Mapping[str, Study], progress: Progress = lambda stage: None) -> dict[str, Plan]:
    """The plans of several studies, or of a study and its scenarios; layers that are the same are read once.

    Parameters
    ----------
    studies : mapping
        Label to study, from `scenarios.variants`.

    Raises
    ------
    TreeplanError
        As `make_plan`; the message names the study or scenario that failed.
    """
    plans: dict[str, Plan] = {}
    for label, study in studies.items():
        alike = next((plan for plan in plans.values() if same_layers(plan.study, study)), None)
        try:
            layers = load_layers(study, progress) if alike is None else alike.layers
            plans[label] = make_plan(study, layers, progress)
        except TreeplanError as err:
            raise type(err)(f"'{label}' has no plan: {err.problem}", err.remedy) from err
    return plans


class Prepared(NamedTuple):
    """What is known without sites: layers, figures, homes and what they are near, needs, neighbourhoods by need, and the
    sites of another run to compare with."""

    layers: Layers
    figures: dict[str, Coefficient]
    access: Access
    needs: gpd.GeoDataFrame
    neighbourhoods: gpd.GeoDataFrame
    reference: Reference | None


def prepare(study: Study, layers: Layers | None = None, progress: Progress = lambda stage: None) -> Prepared:
    """Everything that can be known without sites; and that the plan makes sense. Settings are checked before files are read.

    Raises
    ------
    TreeplanError
        As `make_plan`.
    """
    figures = study_figures({name: f.model_dump() for name, f in study.coefficients.items()})
    require_planting_ahead(study, run_date())
    declared_constraints(study)
    require_known(study, NEEDS)
    reference = read_reference(study)
    layers = load_layers(study, progress) if layers is None else layers
    figures = with_carbon_lookup(figures, layers, study)
    access = Access(layers, study, figures)
    progress("Needs of neighbourhoods")
    needs = measure_needs(layers, study, figures, access)
    neighbourhoods = with_types(rank_neighbourhoods(needs, study), study)
    require_deprivation(layers, study)
    deprived = int((needs["most_deprived_fifth"] & needs["inside"]).sum())
    require_sense(_districts(neighbourhoods), study, deprived)
    return Prepared(layers, figures, access, needs, neighbourhoods, reference)


def _most_deprived(codes: pd.Series, needs: gpd.GeoDataFrame) -> pd.Series:
    """Whether neighbourhoods are known to be among the most deprived fifth of England's."""
    fifth = needs.set_index("lsoa21_code")["most_deprived_fifth"]
    return codes.map(fifth).fillna(False).astype(bool)


def _districts(neighbourhoods: gpd.GeoDataFrame) -> list[str]:
    return sorted(neighbourhoods["district_name"].dropna().unique())
