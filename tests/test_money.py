"""Money, each figure worked out by hand; and what must never be added up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_study import spoilt
from tests.toy import Toy, block, candidates, ground, homes_at, neighbourhoods, open_land
from treeplan import make_plan, money
from treeplan.coefficients import LEVELS, Coefficients, figures
from treeplan.effects import Effects, measure_effects
from treeplan.errors import StudyError
from treeplan.growth import Growth
from treeplan.money import Money, carbon_worth, discount_factors, value_effects
from treeplan.money_settings import MoneySettings
from treeplan.plan import Plan
from treeplan.study import make_study
from treeplan.vocabulary import VALUE_STREAMS

FIGURES = figures({})
CENTRAL = Coefficients("central", FIGURES)


def valued(
    toy: Toy,
    sites: gpd.GeoDataFrame,
    effects: Effects | None = None,
    residents: float = 500,
    homes: pd.DataFrame | None = None,
    **asked: Any,
) -> Money:
    """Money of sites that so many residents can walk to each, and live on, where 1,000 live on each square kilometre."""
    study = toy.study(money=asked)
    served = pd.DataFrame({"site_id": sites["site_id"], "residents": residents})
    zones = neighbourhoods().assign(residents=1000.0)
    effects = measure_effects(sites, toy.layers, study, toy.figures) if effects is None else effects
    homes = homes_at(sites, float(residents)) if homes is None else homes
    found = value_effects(sites, served, homes, zones, effects, study, toy.figures)
    assert found is not None
    return found


def of_stream(stream: str, c: Coefficients = CENTRAL, **facts: Any) -> float:
    """A stream of one site over two years after the year of planting, from facts made up for the test."""
    usual = {
        "c": c,
        "figures": FIGURES,
        "discount": discount_factors(2, c),
        "health_discount": discount_factors(2, c, "health_"),
    }
    return float(money.STREAMS[stream](SimpleNamespace(**{**usual, **facts}))[0])  # type: ignore[arg-type]


ONE_HECTARE = SimpleNamespace(canopy_m2=np.array([[0.0], [10_000.0], [10_000.0]]))
TWO_YEARS = 1 / 1.035 + 1 / 1.035**2


# ---------------------------------------------------------------- discounting and carbon


def test_a_pound_in_year_31_is_discounted_at_three_and_a_half_and_then_at_three_per_cent() -> None:
    factors = discount_factors(31, CENTRAL)
    assert factors[0] == 1
    assert factors[30] == pytest.approx(1 / 1.035**30)
    assert factors[31] == pytest.approx(1 / 1.035**30 / 1.03)
    assert discount_factors(31, CENTRAL, "health_")[31] == pytest.approx(1 / 1.015**30 / 1.0129)


@pytest.mark.parametrize(("level", "value"), [("low", 147), ("central", 295), ("high", 442)])
def test_one_tonne_gained_in_2030_by_trees_of_2027(level: Any, value: float) -> None:
    held = np.array([[0.0], [0.0], [0.0], [1.0], [1.0]])  # 2027 to 2031
    worth = carbon_worth(held, np.arange(2027.0, 2032), discount_factors(4, CENTRAL), FIGURES, level)
    assert worth[0] == pytest.approx(value / 1.035**3)


def test_carbon_values_lie_straight_between_the_years_of_the_series_and_grow_after_2050() -> None:
    by_year = CENTRAL.carbon_value_gbp(np.array([2025.0, 2030, 2035, 2050, 2052]))
    assert by_year == pytest.approx([273, 295, (295 + 343) / 2, 398, 398 * 1.015**2])


def test_carbon_that_the_soil_loses_in_the_year_of_planting_counts_against_it(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    # 0.75 ha under trees loses 5.9 tCO2e a hectare; 2027 lies two fifths of the way from £273 (2025) to £295 (2030).
    lost = valued(toy, wood, count=["carbon"], years=1).table["pv_carbon_gbp_central"].iloc[0]
    gained = 0.75 * 0.8 * CENTRAL.carbon_tco2e_per_ha(np.array([1.0]))[0]
    soon, later = 273 + 22 * 2 / 5, 273 + 22 * 3 / 5
    assert lost == pytest.approx(-0.75 * 5.9 * soon + gained * later / 1.035)
    assert lost < 0


def test_a_loss_is_worst_at_the_high_carbon_value() -> None:
    lost = np.array([[-1.0]])
    worth = [
        carbon_worth(lost, np.array([2030.0]), np.ones(1), FIGURES, level)[0] for level in ("low", "central", "high")
    ]  # type: ignore[arg-type]
    assert worth == pytest.approx([-442, -295, -147])


@given(st.lists(st.tuples(*[st.floats(-50, 500)] * 3), min_size=1, max_size=40))
def test_carbon_in_order_is_worth_in_order(held: list[tuple[float, float, float]]) -> None:
    by_level = np.sort(np.array(held), axis=1).T  # low, central and high of each year
    years, discount = 2027.0 + np.arange(len(held)), discount_factors(len(held) - 1, CENTRAL)
    low, central, high = (
        carbon_worth(by_level[i][:, None], years, discount, FIGURES, level)[0]
        for i, level in enumerate(("low", "central", "high"))  # type: ignore[arg-type]
    )
    assert low <= central + 1e-6
    assert central <= high + 1e-6


def test_the_carbon_values_of_before_2021_are_refused() -> None:
    old = {"carbon_value_2030_gbp": {"low": 40, "central": 81, "high": 121, "source": "an old page"}}
    with pytest.raises(StudyError, match=r"£81 is no carbon value of today's series.*\n.*before 2021"):
        figures(old)
    newer = {"carbon_value_2030_gbp": {"low": 150, "central": 300, "high": 450, "source": "DESNZ, a later edition"}}
    assert figures(newer)["carbon_value_2030_gbp"].overridden


# ---------------------------------------------------------------- air, visits, wellbeing, cost


def test_a_park_with_a_hectare_of_canopy_in_years_one_and_two() -> None:
    worth = of_stream("air", growth=ONE_HECTARE, exposure=np.array([2.0]))
    assert worth == pytest.approx(2 * 250 * 1.204 * TWO_YEARS)


@pytest.mark.parametrize(("residents", "factor"), [(0, 0.3), (1e6, 3.0), (None, 1.0)])
def test_cleaner_air_counts_by_how_many_live_near_within_bounds(
    toy: Toy, residents: float | None, factor: float
) -> None:
    park = candidates(toy).iloc[:1]
    # The park with a margin of 500 m, at 1,000 residents a square kilometre, is the district's mean.
    mean = (100**2 + 4 * 100 * 500 + np.pi * 500**2) / 1000
    found = valued(toy, park, residents=mean if residents is None else residents, count=["air"], years=20)
    canopy = Growth(park, tuple(range(2027, 2048)), 2027, CENTRAL).canopy_m2[:, 0] / 1e4
    by_hand = sum(canopy[t] / 1.035**t for t in range(21)) * 250 * 1.204 * factor
    assert found.table["pv_air_gbp_central"].iloc[0] == pytest.approx(by_hand, rel=1e-3)  # circles have many corners


def test_how_much_and_how_far_people_near_count_is_the_study_s_to_say(toy: Toy) -> None:
    park = candidates(toy).iloc[:1]
    usual = valued(toy, park, residents=1e6, count=["air"]).table["pv_air_gbp_central"].iloc[0]
    toy.own(exposure_most_ratio=6)
    assert valued(toy, park, residents=1e6, count=["air"]).table["pv_air_gbp_central"].iloc[0] == pytest.approx(
        2 * usual
    )
    toy.own(exposure_reach_m=100)
    far = valued(toy, park, homes=homes_at(park, 1e6, east_m=160), count=["air"]).table["pv_air_gbp_central"].iloc[0]
    assert far == pytest.approx(usual * 0.3 / 3)


def test_cleaner_air_counts_who_lives_within_500_m_in_a_straight_line(toy: Toy) -> None:
    park = candidates(toy).iloc[:1]
    worth = {
        east: valued(toy, park, homes=homes_at(park, 1e6, east_m=east), count=["air"])
        .table["pv_air_gbp_central"]
        .iloc[0]
        for east in (0, 545, 555)  # from the middle of the park, whose edge is 50 m off
    }
    assert worth[545] == worth[0]
    assert worth[555] == pytest.approx(worth[0] * 0.3 / 3)
    nobody_walks = valued(toy, park, residents=0, homes=homes_at(park, 1e6), count=["air"]).table
    assert nobody_walks["pv_air_gbp_central"].iloc[0] == worth[0]


def test_visits_are_worth_three_pounds_each() -> None:
    assert of_stream("recreation", visits=np.array([[0.0], [100.0], [100.0]])) == pytest.approx(300 * TWO_YEARS)


def test_without_an_effect_on_visits_recreation_is_left_out_and_said_to_be(toy: Toy) -> None:
    sites = candidates(toy)
    effects = measure_effects(sites, toy.layers, toy.study(), toy.figures)
    without = {name: values for name, values in effects.values.items() if name != "visits"}
    for values in (without, {**without, "visits": np.full_like(effects.values["cost_gbp"], np.nan)}):
        found = valued(toy, sites, replace(effects, values=values), count=["carbon", "recreation"])
        assert found.streams == ("carbon",)
        assert "how many visits" in found.left_out["recreation"]
        assert found.table.notna().all().all()


def test_visits_grow_straight_from_none_in_the_year_of_planting(toy: Toy) -> None:
    sites = candidates(toy).iloc[:1]
    effects = measure_effects(sites, toy.layers, toy.study(), toy.figures)
    visits = np.full((3, len(effects.years), 1), 300.0)  # from 2030 on, three years after planting
    known = replace(effects, values={**effects.values, "visits": visits})
    worth = valued(toy, sites, known, count=["recreation"], years=4).table["pv_recreation_gbp_central"].iloc[0]
    assert worth == pytest.approx(3 * (100 / 1.035 + 200 / 1.035**2 + 300 / 1.035**3 + 300 / 1.035**4))


def test_visits_of_several_sites_are_those_that_they_share(toy: Toy) -> None:
    sites = candidates(toy).iloc[:2]
    effects = measure_effects(sites, toy.layers, toy.study(), toy.figures)
    visits = np.full((3, len(effects.years), 2), 300.0)
    known = replace(effects, values={**effects.values, "visits": visits})
    found = valued(toy, sites, known, count=["carbon", "recreation"], years=4, deflator=2.0, price_year=2026)
    each, ids = found.table["pv_recreation_gbp_central"], sites["site_id"].tolist()
    alone = found.total(ids[:1], {"visits": visits[:, :, 0]})
    assert alone.loc["pv_recreation_gbp", "central"] == pytest.approx(each.iloc[0])
    for level in LEVELS:
        assert alone.loc["npv_gbp", level] == pytest.approx(found.table[f"npv_gbp_{level}"].iloc[0])
    shared = found.total(ids, {"visits": 1.5 * visits[:, :, 0]})  # 450 visits to both, not 600
    assert shared.loc["pv_recreation_gbp", "central"] == pytest.approx(1.5 * each.iloc[0])
    net = found.table["npv_gbp_central"].sum() - 0.5 * each.iloc[0]
    assert shared.loc["npv_gbp", "central"] == pytest.approx(net)


def test_cost_holds_the_care_of_a_wood_after_its_third_year(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    found = valued(toy, wood, years=5).table
    assert found["pv_cost_gbp_central"].iloc[0] == pytest.approx(10_000 + 0.75 * 400 * (1 / 1.035**4 + 1 / 1.035**5))


def test_the_low_net_worth_takes_the_low_worth_and_the_high_cost(toy: Toy) -> None:
    total = valued(toy, candidates(toy)).total(["P1-1", "P2-1"], {})
    low = total.loc["pv_carbon_gbp", "low"] + total.loc["pv_air_gbp", "low"]
    assert total.loc["npv_gbp", "low"] == pytest.approx(low - total.loc["pv_cost_gbp", "high"])
    assert total.loc["ratio", "low"] == pytest.approx(low / total.loc["pv_cost_gbp", "high"])
    assert total.loc["npv_gbp"].is_monotonic_increasing


def test_low_and_high_are_worth_and_cost_of_the_same_trees(toy: Toy) -> None:
    park = candidates(toy).iloc[:1]
    assert park[["trees_low", "trees_central", "trees_high"]].iloc[0].is_monotonic_increasing
    assert park["trees_central"].iloc[0] == 40
    found = valued(toy, park).table.iloc[0]
    for level in LEVELS:
        c = Coefficients(level, FIGURES)
        care = c.care_years * c.watering_visits_a_year * c.watering_gbp_per_visit
        assert found[f"pv_cost_gbp_{level}"] == pytest.approx(40 * (c.park_tree_planting_gbp + care))
    forty = valued(toy, park.assign(trees_low=40, trees_high=40)).table
    pd.testing.assert_frame_equal(forty, valued(toy, park).table)


def test_a_wood_of_any_level_is_as_large_as_the_central_one(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    found = valued(toy, wood, years=5, count=["air"]).table.iloc[0]
    planting, care = {"low": 6_100, "high": 13_200}, {"low": 300, "high": 600}
    for level, opposite in (("low", "high"), ("high", "low")):
        soon, late = 1.035**-4, 1.035**-5
        cost = planting[level] + 3 * care[level] + 0.75 * care[level] * (soon + late)
        assert found[f"pv_cost_gbp_{level}"] == pytest.approx(cost)
        assert found[f"npv_gbp_{opposite}"] == pytest.approx(found[f"pv_air_gbp_{opposite}"] - cost)


# ---------------------------------------------------------------- prices, and what is the same however it is asked


def test_a_deflator_moves_worth_and_cost_and_a_cost_factor_the_cost_alone(toy: Toy) -> None:
    sites = candidates(toy)
    plain = valued(toy, sites).table
    moved = valued(toy, sites, price_year=2024, deflator=1.105, cost_factor=0.9).table
    assert moved["pv_carbon_gbp_central"].to_numpy() == pytest.approx(1.105 * plain["pv_carbon_gbp_central"].to_numpy())
    assert moved["pv_cost_gbp_central"].to_numpy() == pytest.approx(
        1.105 * 0.9 * plain["pv_cost_gbp_central"].to_numpy()
    )


def test_order_and_number_of_sites_at_once_change_nothing(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    sites = candidates(toy)
    plain = valued(toy, sites).table
    monkeypatch.setattr(money, "AT_ONCE", 1)
    turned = valued(toy, sites.iloc[::-1].reset_index(drop=True)).table
    pd.testing.assert_frame_equal(turned.loc[plain.index], plain)


def test_effects_in_another_order_than_the_sites_are_told_apart(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(
        ground(block(450, 450), ground_id="A"), ground(block(1400, 400, 200, 200), ground_id="B")
    )
    sites = candidates(toy)
    effects = measure_effects(sites.iloc[::-1].reset_index(drop=True), toy.layers, toy.study(), toy.figures)
    pd.testing.assert_frame_equal(valued(toy, sites, effects).table, valued(toy, sites).table)


@pytest.mark.heavy
@pytest.mark.realdata
def test_every_site_of_trafford_has_a_worth_in_order(real_plan: Callable[[str], Plan]) -> None:
    plan = real_plan("trafford")
    assert plan.effects is not None
    study = plan.study.model_copy(update={"money": MoneySettings()})
    homes = homes_at(plan.sites, 10.0)
    found = value_effects(plan.sites, plan.served, homes, plan.neighbourhoods, plan.effects, study, plan.figures)
    assert found is not None
    for name in ("pv_carbon_gbp", "pv_air_gbp", "pv_cost_gbp", "npv_gbp"):
        levels = found.table[[f"{name}_{level}" for level in LEVELS]].to_numpy()
        assert (np.diff(levels, axis=1) >= -1e-6 * np.abs(levels[:, 1:])).all()


def test_a_study_that_does_not_ask_has_no_money(toy: Toy) -> None:
    plan = make_plan(toy.study(), toy.layers)
    assert plan.money is None
    assert not [name for name in plan.sites if name.startswith(("pv_", "npv_"))]
    assert plan.record()["money"] is None


def test_a_study_that_asks_has_it_in_its_table_of_sites_and_its_record(toy: Toy) -> None:
    plan = make_plan(toy.study(money={}), toy.layers)
    assert plan.money is not None
    chosen = plan.record()["money"]["chosen"]
    assert chosen["npv_gbp"]["central"] == pytest.approx(plan.chosen["npv_gbp_central"].sum(), abs=0.5)


# ---------------------------------------------------------------- pitfalls 14 and 18


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"count": ["cavat", "carbon"]}, "would count one tree twice"),
        ({"count": ["cavat"]}, "do not stand yet"),
        ({"count": ["carbon", "wellby"]}, "nobody can say that they cause it"),
        ({"count": ["wellby"]}, "health_as_association = true"),
        ({"health_as_association": True}, 'goes with count = ["wellby"] alone'),
        ({"count": ["carbon", "carbon"]}, "would count it twice"),
        ({"count": ["beauty"]}, "knows no beauty"),
        ({"count": []}, "at least 1 item"),
        ({"price_year": 2026}, "needs deflator"),
        ({"deflator": 1.1}, "other than 2022"),
        ({"years": 76}, "less than or equal to 75"),
        ({"counts": []}, "did you mean 'count'"),
    ],
)
def test_pitfall_14_what_cannot_be_added_is_refused_with_the_reason(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(StudyError) as caught:
        make_study(spoilt(money=asked))
    assert said in str(caught.value)


def test_pitfall_14_wellbeing_alone_makes_no_total(toy: Toy) -> None:
    found = valued(toy, candidates(toy), count=["wellby"], health_as_association=True)
    assert not found.adds_up
    assert list(found.total(["P1-1"], {}).index) == ["pv_wellby_gbp", "pv_cost_gbp"]
    assert found.table["pv_wellby_gbp_low"].tolist() == [0, 0, 0]


def test_wellbeing_by_hand() -> None:
    # A hectare of canopy on 10 ha is 10 points: 0.005 points of life satisfaction, £13,000 of 2019 each, discounted at 1.5 %.
    worth = of_stream("wellby", growth=ONE_HECTARE, zone_m2=np.array([1e5]), residents=np.array([200.0]))
    assert worth == pytest.approx(200 * 0.005 * 13_000 * 1.116 * (1 / 1.015 + 1 / 1.015**2))


@pytest.mark.parametrize("as_of", ["2021", "2023-12", "2024-02-29", "2024"])
def test_pitfall_18_a_grant_rate_of_before_march_2024_is_refused(as_of: str) -> None:
    with pytest.raises(StudyError, match=r"money\.grants\.ewco\.as_of: is an old rate"):
        make_study(spoilt(money={"grants": {"ewco": {"gbp_per_ha": 8_500, "as_of": as_of}}}))
    rate = {"low": 8_000, "central": 8_800, "high": 9_000, "source": "EWCO", "as_of": as_of}
    with pytest.raises(StudyError, match="the rates were changed in 2024-03"):
        figures({"woodland_planting_gbp_per_ha": rate})


def test_pitfall_18_a_grant_rate_of_march_2024_is_taken_in_both_places() -> None:
    assert make_study(spoilt(money={"grants": {"ewco": {"gbp_per_ha": 10_200, "as_of": "2024-03"}}})).money
    rate = {"low": 8_000, "central": 8_800, "high": 9_000, "source": "EWCO", "as_of": "2024-03-01"}
    assert figures({"woodland_planting_gbp_per_ha": rate})["woodland_planting_gbp_per_ha"].overridden


@pytest.mark.parametrize(
    ("grant", "said"),
    [
        ({"gbp_per_ha": 1, "as_of": "2024-03", "site_types": ["forest"]}, "knows no type forest"),
        ({"gbp_per_ha": 1, "as_of": "March 2024"}, "money.grants.ewco.as_of"),
        ({"gbp_per_ha": 1}, "money.grants.ewco.as_of: is missing"),
        ({"gbp_per_hectare": 1, "as_of": "2024-03"}, "did you mean 'gbp_per_ha'"),
    ],
)
def test_a_grant_that_does_not_fit_is_told(grant: dict[str, Any], said: str) -> None:
    with pytest.raises(StudyError) as caught:
        make_study(spoilt(money={"grants": {"ewco": grant}}))
    assert said in str(caught.value)


def test_a_grant_is_in_no_figure(toy: Toy) -> None:
    toy.tables["open_land"] = open_land(ground(block(450, 450), "farmland", "F1"))
    wood = candidates(toy, land={"take_in": ["farmland"]})
    plain = valued(toy, wood).table
    granted = valued(toy, wood, grants={"ewco": {"gbp_per_ha": 10_200, "as_of": "2024-03"}}).table
    pd.testing.assert_frame_equal(plain, granted)


def test_every_stream_but_that_of_standing_trees_can_be_valued() -> None:
    assert set(money.STREAMS) == set(VALUE_STREAMS) - {"cavat"}
    assert MoneySettings().count == ("carbon", "air")
