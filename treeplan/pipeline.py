"""The order of the stages; nothing else."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd

from treeplan.certainty import best_count, rank_certainty
from treeplan.claims import with_claims
from treeplan.coefficients import Coefficient
from treeplan.coefficients import figures as study_figures
from treeplan.constraints import declared_constraints
from treeplan.effects import measure_effects
from treeplan.feedback import apply_field_checks
from treeplan.gardens import with_gardens
from treeplan.growth import with_carbon_lookup
from treeplan.land import free_land
from treeplan.layers import Layers, load_layers
from treeplan.money import value_effects
from treeplan.needs import measure_needs, require_deprivation
from treeplan.neighbourhood_types import with_types
from treeplan.people import measure_walks
from treeplan.plan import Plan, Ranked, assemble
from treeplan.portfolio import choose, require_sense
from treeplan.provenance import run_date
from treeplan.scoring import rank_neighbourhoods, score
from treeplan.sites import candidate_sites
from treeplan.study import Study, require_planting_ahead
from treeplan.walks import walk_network

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
    layers, figures, needs, neighbourhoods = prepare(study, layers, progress)
    neighbourhoods = with_gardens(neighbourhoods, layers, figures)
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
    served, walks = measure_walks(sites, layers, study, figures, walk_network(layers, study))
    progress("Effects of planting")
    effects = measure_effects(sites, layers, study, figures)
    money = value_effects(sites, served, neighbourhoods, effects, study, figures)
    progress("Priority and certainty")
    scores, qualities = score(sites, served, needs, effects, study)
    cost = effects.at(study.horizon_year)["cost_gbp"].reindex(sites["site_id"]).to_numpy()
    top = best_count(scores, cost, study)
    certain = rank_certainty(scores, qualities, study, top)
    progress("The plan within the budget")
    deprived = (
        sites["lsoa21_code"]
        .map(needs.set_index("lsoa21_code")["most_deprived_fifth"])
        .fillna(False)
        .to_numpy(dtype=bool)
    )
    choice = choose(sites, scores, cost, deprived, _districts(neighbourhoods), study)
    ranked = Ranked(sites, served, effects, scores, qualities, certain, choice, top, deprived, walks, money)
    return assemble(study, layers, figures, neighbourhoods, land, left_over, ranked, fieldwork)


def prepare(
    study: Study, layers: Layers | None = None, progress: Progress = lambda stage: None
) -> tuple[Layers, dict[str, Coefficient], gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Everything that can be known without sites: layers, figures, needs, neighbourhoods by need; and that the plan makes sense.

    Raises
    ------
    TreeplanError
        As `make_plan`.
    """
    figures = study_figures({name: f.model_dump() for name, f in study.coefficients.items()})
    require_planting_ahead(study, run_date())
    declared_constraints(study)
    layers = load_layers(study, progress) if layers is None else layers
    figures = with_carbon_lookup(figures, layers, study)
    progress("Needs of neighbourhoods")
    needs = measure_needs(layers, study, figures)
    neighbourhoods = with_types(rank_neighbourhoods(needs, study), study)
    require_deprivation(layers, study)
    deprived = int((needs["most_deprived_fifth"] & needs["inside"]).sum())
    require_sense(_districts(neighbourhoods), study, deprived)
    return layers, figures, needs, neighbourhoods


def _districts(neighbourhoods: gpd.GeoDataFrame) -> list[str]:
    return sorted(neighbourhoods["district_name"].dropna().unique())
