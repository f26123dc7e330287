"""Survival and canopy, each worked out by hand on one park or one wood."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.toy import Toy, block, candidates, ground, open_land
from treeplan.coefficients import LEVELS, Coefficients, Level, figures
from treeplan.effects import measure_effects
from treeplan.effects.climate import carbon_tco2e
from treeplan.errors import DataError, StudyError
from treeplan.geo import BNG
from treeplan.growth import Growth, with_carbon_lookup
from treeplan.planting import PLANTING, by_type


def growth(toy: Toy, found: gpd.GeoDataFrame, *years: int) -> Growth:
    return Growth(found, years, 2027, Coefficients("central", toy.figures))


def test_forty_standards_after_five_years(toy: Toy) -> None:
    assert growth(toy, candidates(toy), 2032).alive[0, 0] == pytest.approx(40 * 0.95**5)


def test_forty_standards_after_eight_years(toy: Toy) -> None:
    assert growth(toy, candidates(toy), 2035).alive[0, 0] == pytest.approx(40 * 0.95**5 * 0.965**3)


def test_whips_lose_more_in_the_first_year(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    assert growth(toy, wood, 2029).alive[0, 0] == pytest.approx(1200 * 0.85 * 0.97)


def test_there_is_no_canopy_on_the_day_of_planting(toy: Toy) -> None:
    assert growth(toy, candidates(toy), 2027).canopy_m2[0, 0] == 0


def test_canopy_after_ten_years_by_hand(toy: Toy) -> None:
    crown = math.pi / 4 * 8**2 * 0.175
    assert growth(toy, candidates(toy), 2037).canopy_m2[0, 0] == pytest.approx(40 * 0.95**5 * 0.965**5 * crown)


def test_without_care_fewer_live_and_nobody_is_paid(toy: Toy) -> None:
    found = candidates(toy)
    c = Coefficients("central", toy.figures)
    left = Growth(found, (2032,), 2027, c, aftercare=False)
    assert left.alive[0, 0] == pytest.approx(40 * 0.884**5)  # 54 %: the Scottish study
    assert (left.planting_gbp[0], left.care_gbp[0]) == (40 * 306, 0)
    assert growth(toy, found, 2032).care_gbp[0] == 40 * 3 * 16 * 3  # three years, sixteen visits, £3 each


def test_a_wood_without_care_is_thin_and_holds_less(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    cared, left = (
        Growth(wood, (2047,), 2027, Coefficients("central", toy.figures), aftercare) for aftercare in (True, False)
    )
    assert left.alive[0, 0] / cared.alive[0, 0] == pytest.approx(0.65 / 0.85)
    assert cared.stocking.tolist() == [1]  # 1,600 a ha, 862 of them alive when it closes: over 500
    assert left.biomass_tco2e[0, 0] / cared.biomass_tco2e[0, 0] == pytest.approx(0.65 / 0.85)


@pytest.mark.parametrize("level", LEVELS)
def test_care_is_better_than_none_at_every_level_and_age(toy: Toy, wood: gpd.GeoDataFrame, level: Level) -> None:
    years = tuple(range(2028, 2108))
    cared, left = (Growth(wood, years, 2027, Coefficients(level, toy.figures), care) for care in (True, False))
    assert (left.alive < cared.alive).all()
    assert (left.canopy_m2 <= cared.canopy_m2).all()
    assert (left.biomass_tco2e < cared.biomass_tco2e).all()


def test_a_worse_survey_of_survival_holds_less_carbon(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    own = figures({"whip_survival_year1": {"low": 0.6, "central": 0.68, "high": 0.7, "source": "our plots"}})
    usual, worse = (Growth(wood, (2050,), 2027, Coefficients("central", known)) for known in (toy.figures, own))
    assert worse.biomass_tco2e[0, 0] / usual.biomass_tco2e[0, 0] == pytest.approx(0.68 / 0.85)


def test_a_wood_closes_over_fifteen_years(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    grown = Growth(wood, (2032, 2037, 2042), 2027, Coefficients("central", toy.figures))
    young = 1200 * 0.85 * 0.97**4 * math.pi * 16 * 0.175 / 4  # crowns half as wide as at ten years
    assert grown.canopy_m2[:, 0].tolist() == pytest.approx([young, 7_500 * 2 / 3, 7_500])
    at_best = Growth(wood, (2032,), 2027, Coefficients("high", toy.figures))
    assert at_best.canopy_m2[0, 0] <= at_best.grown_m2[0] / 2


def test_carbon_of_a_wood_is_never_more_than_the_code_s_table_nor_than_its_trees_can_hold(
    toy: Toy, wood: gpd.GeoDataFrame
) -> None:
    years = tuple(range(2047, 2128, 5))
    for level in LEVELS:
        c = Coefficients(level, toy.figures)
        grown = Growth(wood, years, 2027, c)
        assert (grown.biomass_tco2e <= grown.grown_m2 / 1e4 * c.carbon_tco2e_per_ha(grown.age) + 1e-9).all()
        at_fifty = Growth(wood, (2077,), 2027, c)
        assert at_fifty.biomass_tco2e[0, 0] / at_fifty.alive[0, 0] < 2.5  # tCO2e in one tree of fifty years


def test_a_single_tree_holds_more_at_fifty_than_at_thirty_and_a_hedge_stops(toy: Toy) -> None:
    c = Coefficients("central", toy.figures)
    park = Growth(candidates(toy), (2057, 2077), 2027, c)
    each = park.biomass_tco2e[:, 0] / park.alive[:, 0]
    assert each.tolist() == pytest.approx([0.35, 0.8])
    toy.tables["open_land"] = open_land(ground(block(400, 400, 200, 3), "farmland", "H"))
    hedge = Growth(candidates(toy, land={"take_in": ["farmland"]}), (2057, 2107), 2027, c)
    strip = hedge.biomass_tco2e[:, 0] - hedge.alive[:, 0] * np.array([0.35, 0.8])
    assert strip.tolist() == pytest.approx([0.2 * 1.5 * 30] * 2)


def test_leaving_care_out_never_helps(toy: Toy) -> None:
    own = figures({"whip_survival_year1": {"low": 0.4, "central": 0.4, "high": 0.4, "source": "our plots"}})
    toy.tables["open_land"] = open_land(ground(block(450, 450), "farmland", "F1"))
    found = candidates(toy, land={"take_in": ["farmland"]})
    alive = [Growth(found, (2028,), 2027, Coefficients("central", own), care).alive[0, 0] for care in (True, False)]
    assert alive == [1200 * 0.4, 1200 * 0.4]


@pytest.mark.parametrize("name", ["whip_survival_year1", "whip_survival_later"])
def test_where_none_survive_there_is_nothing(toy: Toy, wood: gpd.GeoDataFrame, name: str) -> None:
    none = figures({name: {"low": 0, "central": 0, "high": 0, "source": "a test"}})
    bare = Growth(wood, (2037, 2050), 2027, Coefficients("central", none))
    assert (bare.alive == 0).all()
    assert (bare.canopy_m2 == 0).all()
    assert (bare.biomass_tco2e == 0).all()
    effects = measure_effects(wood, toy.layers, toy.study(), none)
    at = effects.at(2050)
    assert (at[["trees_alive", "canopy_m2", "cooling_degc", "pollution_kg", "runoff_m3"]] == 0).all().all()
    assert at["carbon_tco2e"].iloc[0] == pytest.approx(-0.75 * 5.9)  # what planting lost from the soil is gone


def test_a_hedge_that_dies_covers_nothing(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(400, 400, 200, 3), "farmland", "H"))
    found = candidates(toy, land={"take_in": ["farmland"]})
    none = figures({"whip_survival_year1": {"low": 0, "central": 0, "high": 0, "source": "a test"}})
    dead = Growth(found, (2037,), 2027, Coefficients("central", none))
    assert (dead.canopy_m2[0, 0], dead.biomass_tco2e[0, 0]) == (0, 0)


@pytest.mark.parametrize(
    ("land_use", "farmland", "soil"),
    [
        ("park", "pasture", "pasture"),
        ("farmland", "pasture", "pasture"),
        ("farmland", "arable", "arable"),
        ("brownfield", "arable", "semi_natural"),
        ("heath", "pasture", "semi_natural"),
    ],
)
def test_soil_by_what_the_land_was(toy: Toy, wood: gpd.GeoDataFrame, land_use: str, farmland: str, soil: str) -> None:
    sites = wood.assign(land_use=land_use)
    c = Coefficients("central", toy.figures)
    assert Growth(sites, (2037,), 2027, c, farmland=farmland).soil.tolist() == [soil]


def lookup(*rows: tuple[str, int, bool, int, float]) -> pd.DataFrame:
    columns = ["species", "yield_class", "thinned", "age", "carbon_tco2e_per_ha"]
    return pd.DataFrame(rows, columns=columns).assign(spacing_m=2.5)


TABLE = lookup(
    *[("OK", 4, False, age, float(age)) for age in (5, 10, 100, 105)],
    *[("SAB", 4, False, age, 2.0 * age) for age in (5, 10, 100, 105)],
    *[("SAB", 6, False, age, 4.0 * age) for age in (5, 10, 100)],
    *[("SAB", 8, False, age, 0.9 * age if age == 100 else 8.0 * age) for age in (5, 10, 100)],
    ("OK", 4, True, 10, 99.0),
)


def test_carbon_in_woods_comes_from_the_code_s_own_table(toy: Toy) -> None:
    toy.tables["carbon_lookup"] = TABLE
    read_off = with_carbon_lookup(toy.figures, toy.layers, toy.study())
    ten = read_off["wood_carbon_year10_tco2e_per_ha"]
    assert (ten.low, ten.central, ten.high) == (10, 40 / 2 + 20 / 4 + 10 / 4, 80)
    assert "no thinning, 2.5 m spacing" in ten.source
    assert "50% SAB YC6 + 25% SAB YC4 + 25% OK YC4" in ten.source
    c = Coefficients("central", read_off)
    assert c.carbon_tco2e_per_ha(np.array([0.0, 7.5, 60.0])).tolist() == pytest.approx([0, 2.75 * 7.5, 2.75 * 60])
    assert "wood_carbon_year20_tco2e_per_ha" not in read_off  # the cited figures are out
    hundred = read_off["wood_carbon_year100_tco2e_per_ha"]
    assert hundred.low <= hundred.central <= hundred.high  # though the fast mix has fallen behind


def test_another_mix_is_a_setting(toy: Toy) -> None:
    toy.tables["carbon_lookup"] = TABLE
    oak = {level: [["ok", 4, 1]] for level in ("low", "central", "high")}
    read_off = with_carbon_lookup(toy.figures, toy.layers, toy.study(carbon={"mix": oak}))
    assert read_off["wood_carbon_year10_tco2e_per_ha"].high == 10
    elm = {**oak, "high": [["EL", 12, 1]]}
    with pytest.raises(DataError, match=r"has no unthinned EL YC12 at 2.5 m(.|\n)*OK YC4 at 2.5 m"):
        with_carbon_lookup(toy.figures, toy.layers, toy.study(carbon={"mix": elm}))


def test_the_table_and_own_figures_for_the_same_thing_are_too_much(toy: Toy) -> None:
    toy.tables["carbon_lookup"] = TABLE
    own = figures({"wood_carbon_year5_tco2e_per_ha": {"low": 1, "central": 3, "high": 9, "source": "us"}})
    with pytest.raises(StudyError, match=r"wood_carbon_year5_tco2e_per_ha(.|\n)*take one of them out"):
        with_carbon_lookup(own, toy.layers, toy.study())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    kind=st.sampled_from(sorted(PLANTING)),
    area_m2=st.floats(1, 1e7),
    width_m=st.floats(1, 300),
    planting_year=st.integers(2025, 2060),
    years=st.lists(st.integers(2025, 2125), min_size=2, max_size=6, unique=True).map(sorted),
    care=st.booleans(),
)
def test_any_size_age_and_type_gives_effects_in_bounds(
    kind: str, area_m2: float, width_m: float, planting_year: int, years: list[int], care: bool
) -> None:
    table = figures({})
    facts = {
        "site_type": [kind],
        "land_use": ["farmland" if kind == "woodland" else "grass"],
        "area_m2": [area_m2],
        "length_m": [area_m2 / width_m],
        "open_m2": [area_m2 * 2],
        **{f"places_{level}": [3] for level in LEVELS},
    }
    sites = gpd.GeoDataFrame(facts, geometry=[shapely.box(440_000, 390_000, 440_001, 390_001)], crs=BNG)
    found = {}
    for level in LEVELS:
        c = Coefficients(level, table)
        sites[f"trees_{level}"] = np.floor(by_type(pd.DataFrame(sites), lambda model, own, c=c: model.trees(own, c)))
        grown = Growth(sites, tuple(years), planting_year, c, care)
        held = [
            grown.alive,
            grown.canopy_m2,
            grown.biomass_tco2e,
            carbon_tco2e(grown, c, SimpleNamespace(panels=np.zeros(len(sites)))),
        ]
        assert all(np.isfinite(values).all() for values in held)
        assert (grown.alive <= grown.planted).all()
        assert (grown.canopy_m2 >= 0).all()
        widest = grown.length_m * c.crown_mature_m if kind == "hedgerow" else grown.grown_m2
        assert (grown.canopy_m2 <= widest * (1 + 1e-9)).all()
        assert (grown.biomass_tco2e >= 0).all()
        assert (np.diff(grown.alive[grown.standing[:, 0]], axis=0) <= 1e-9).all()
        found[level] = [*held, grown.planting_gbp, grown.care_gbp]
    for low, central, high in zip(*(found[level] for level in LEVELS), strict=True):
        assert (low <= central + 1e-9 * np.abs(central)).all()
        assert (central <= high + 1e-9 * np.abs(high)).all()


@pytest.mark.parametrize("kind", sorted(PLANTING))
@pytest.mark.parametrize("level", LEVELS)
def test_canopy_does_not_shrink_while_crowns_grow(kind: str, level: Level) -> None:
    facts = {"site_type": [kind], "land_use": ["grass"], "area_m2": [5e3], "length_m": [200.0], "open_m2": [2e4]}
    sites = gpd.GeoDataFrame(facts, geometry=[shapely.box(440_000, 390_000, 440_100, 390_050)], crs=BNG)
    sites = sites.assign(places_low=5, places_central=5, places_high=5)
    c = Coefficients(level, figures({}))
    sites[f"trees_{level}"] = by_type(pd.DataFrame(sites), lambda model, own: model.trees(own, c))
    canopy = Growth(sites, tuple(range(2027, 2053)), 2027, c).canopy_m2[:, 0]
    assert canopy[0] == 0
    assert (np.diff(canopy) >= -1e-9).all()  # for twenty-five years crowns spread faster than trees die


def test_canopy_never_exceeds_its_ground(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    assert growth(toy, wood, 2060).canopy_m2[0, 0] == pytest.approx(7_500)  # a hectare less a quarter left open


def test_a_few_trees_on_a_hectare_hold_no_wood_s_carbon(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    sparse = wood.assign(
        trees_central=120.0
    )  # 120 × 0.85 × 0.97**15 alive at closure, of 0.75 ha × 500 that make a wood
    full, thin = (
        Growth(sites, (2050,), 2027, Coefficients("central", toy.figures)).biomass_tco2e[0, 0]
        for sites in (wood, sparse)
    )
    assert thin / full == pytest.approx(120 * 0.85 * 0.97**15 / 375)


@pytest.mark.parametrize("asked", [{"spacing_m": 3}, {"mix": {level: [["OK", 4, 1.0]] for level in LEVELS}}])
def test_a_mix_that_nothing_can_answer_is_told(toy: Toy, asked: dict[str, Any]) -> None:
    with pytest.raises(StudyError, match="only the Woodland Carbon Code's table can answer"):
        with_carbon_lookup(toy.figures, toy.layers, toy.study(carbon=asked))
