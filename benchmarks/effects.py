"""What planting does at every site of a county: all effects, three levels of the figures, nine years; surroundings are given."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import Answer, Numbers, Work, contender, row

SITES = "sites.parquet"
COMPARED = ("trees_alive", "canopy_m2", "cost_gbp")
KINDS = ("street", "park", "green", "school", "orchard", "tiny_forest", "woodland", "riparian", "hedgerow")


@row(
    title="Every effect of every site, low, central and high, at nine years",
    oracle="a site at a time",
    within=1e-6,
    unit="trees, m² or £ of a site",
    sizes={"full": {"sites": 50_000}, "tiny": {"sites": 90}},
)
def effects(folder: Path, seed: int, sites: int) -> None:
    """Write invented sites of every type, from 100 m² to 10 ha."""
    draw = np.random.default_rng(seed)
    kind = np.array(KINDS)[draw.integers(0, len(KINDS), sites)]
    area = np.exp(draw.uniform(np.log(100), np.log(100_000), sites))
    trees = np.maximum(1, area // 100)
    table = pd.DataFrame({"site_id": [f"S{n:06d}" for n in range(sites)], "site_type": kind, "area_m2": area})
    table["land_use"] = np.where(kind == "street", "footway", np.where(kind == "woodland", "farmland", "park"))
    table["length_m"], table["open_m2"], table["canyon"] = area / 3, 3 * area, draw.random(sites) < 0.02
    for level, share in (("low", 0.5), ("central", 1.0), ("high", 1.5)):
        table[f"trees_{level}"] = np.ceil(share * trees)
        table[f"places_{level}"] = table[f"trees_{level}"]
    table.to_parquet(folder / SITES)


@contender("effects", "treeplan", package="treeplan")
def treeplan(folder: Path) -> tuple[Work, Answer]:
    """Our own effects, as the stage works them out once it has looked around."""
    from treeplan.coefficients import figures
    from treeplan.effects import work_out_effects
    from treeplan.study import make_study

    table, study, known = pd.read_parquet(folder / SITES), make_study(STUDY), figures({})
    around = _surroundings(len(table))

    def work() -> dict[str, Numbers]:
        return work_out_effects(table, around, study, known).values  # type: ignore[arg-type]

    return work, lambda found: np.concatenate([found[name].ravel() for name in COMPARED])


@contender("effects", "a site at a time", package="pandas")
def a_site_at_a_time(folder: Path) -> tuple[Work, Answer]:
    """Three of the effects by their formulas, one site, level and year at a time, as a script by hand would."""
    from treeplan.coefficients import figures
    from treeplan.effects import years_of
    from treeplan.study import make_study

    table, study, known = pd.read_parquet(folder / SITES), make_study(STUDY), figures({})
    years = years_of(study)

    def work() -> Numbers:
        shape = (len(COMPARED), 3, len(years), len(table))
        found = np.empty(shape)
        for k, level in enumerate(("low", "central", "high")):
            c = {name: getattr(figure, level) for name, figure in known.items()}
            other = {name: getattr(figure, ("high", "central", "low")[k]) for name, figure in known.items()}
            for i, site in enumerate(table.to_dict("records")):
                for t, year in enumerate(years):
                    found[:, k, t, i] = _by_hand(site, year - study.planting_year, site[f"trees_{level}"], c, other)
        return found.ravel()

    return work, lambda found: found


def _by_hand(
    site: dict[str, object], age: int, planted: float, c: dict[str, float], other: dict[str, float]
) -> tuple[float, float, float]:
    kind, area, length = str(site["site_type"]), float(str(site["area_m2"])), float(str(site["length_m"]))
    small = kind in ("tiny_forest", "woodland", "riparian", "hedgerow")
    young, closing = min(age, 5), other["wood_closure_years"]
    open_years = min(max(age - 1, 0), closing)
    closed = c["whip_survival_later" if kind == "hedgerow" else "wood_survival_closed"] ** max(age - 1 - open_years, 0)
    alive = planted * (
        (c["whip_survival_year1"] * c["whip_survival_later"] ** open_years * closed if age else 1.0)
        if small
        else c["standard_survival_early"] ** young * c["standard_survival_later"] ** (age - young)
    )
    ages = [0, 10, 25, 40, c["crown_grown_years"]]
    shares = [0, c["crown_share_year10"], c["crown_share_year25"], c["crown_share_year40"], 1]
    share = float(np.interp(age, ages, np.sqrt(shares))) ** 2
    crown = math.pi / 4 * (c["crown_orchard_m"] if kind == "orchard" else c["crown_mature_m"]) ** 2
    grown = {
        "park": area * c["grass_tree_share"],
        "green": area * c["grass_tree_share"],
        "school": min(area, float(str(site["open_m2"])) * c["school_tree_share"]),
        "tiny_forest": area,
        "woodland": area * (1 - other["woodland_open_share"]),
        "riparian": area * c["riparian_tree_share"],
        "hedgerow": length * c["hedge_width_m"],
    }.get(kind, planted * crown)
    most = grown * min(1, age / closing) if small else grown
    canopy = min(alive * crown * share, most)
    if kind == "hedgerow":
        canopy = min(grown * share + alive * crown * share, length * c["crown_mature_m"])
    water = c["watering_visits_a_year"] * c["watering_gbp_per_visit"]
    each = {"park": "park", "green": "park", "school": "park", "street": "pit", "orchard": "orchard"}
    if kind in each:
        care = c["orchard_care_gbp_per_tree_year"] if kind == "orchard" else water
        cost = planted * (c[f"{each[kind]}_tree_planting_gbp"] + c["care_years"] * care)
    elif kind == "tiny_forest":
        cost = area * (c["tiny_forest_planting_gbp_per_m2"] + c["care_years"] * c["tiny_forest_care_gbp_per_m2_year"])
    elif kind == "hedgerow":
        cost = length * (c["hedge_planting_gbp_per_m"] + c["care_years"] * c["hedge_care_gbp_per_m_year"])
        cost += planted * c["hedge_tree_planting_gbp"]
    else:
        planting = c[f"{kind}_planting_gbp_per_ha"]
        cost = area / 1e4 * (planting + c["care_years"] * c["woodland_care_gbp_per_ha_year"])
    return alive, canopy, cost


STUDY = {
    "name": "Invented",
    "places": ["E08000001"],
    "planting_year": 2027,
    "horizon_year": 2055,
    "weights": dict.fromkeys(("carbon", "heat", "air", "water", "nature", "health", "equity", "community"), 1),
    "plan": {"budget_gbp": 1},
}


def _surroundings(sites: int):  # type: ignore[no-untyped-def]
    """Invented surroundings: ten homes by each site that have no three trees, one neighbourhood under 30 % canopy."""
    from treeplan.effects.standards import Crossing, Standards
    from treeplan.effects.surroundings import Surroundings

    draw = np.random.default_rng(0)
    some = draw.uniform(0, 1_000, sites)
    flags = np.zeros(sites, dtype=bool)
    pairs, every = np.arange(10 * sites), np.arange(sites)
    homes = Crossing(np.repeat(every, 10), pairs, draw.uniform(1, 99, 10 * sites), np.full(10 * sites, 2.3), flags)
    zones = Crossing(every, every, draw.uniform(1, 1e5, sites), np.full(sites, 1_600.0), flags)
    return Surroundings(
        zone_m2=5e5 + some,
        cooled_m2=8e4 + some,
        served=some,
        cooled=some / 5,
        by_a_park=draw.random(sites) < 0.5,
        habitat_m=some,
        groups=draw.integers(0, 4, sites).astype(float),
        standards=Standards(some, some, some, homes, zones),
        panels=draw.integers(0, 2, sites).astype(float),
        open_share=np.zeros(sites),
        refused_share=np.zeros(sites),
    )
