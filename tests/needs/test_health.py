from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.needs import needs
from tests.toy import CODES, Toy
from treeplan import rates
from treeplan.errors import DataError
from treeplan.layers import Layers
from treeplan.needs import health, measure_needs
from treeplan.needs.lookups import Lookups
from treeplan.sources import read

BY_AGE = pd.DataFrame(
    {
        "age_from": [0.0, 16, 65, 75],
        "age_to": [15.0, 64, 74, np.nan],
        "residents": [1000.0, 1000, 1000, 1000],
        "bad_health": [10.0, 50, 100, 200],
    }
)


def ratio(toy: Toy, **more: Any) -> pd.DataFrame | None:
    return health.bad_health_ratio(toy.tables["health"], toy.tables["ages"], Lookups(toy.layers), **more)


def test_bad_health_is_counted_against_what_its_ages_expect(toy: Toy) -> None:
    # Rates 1, 5, 10 and 20 %: 200 children, 580, 100 and 120 others expect 2 + 29 + 10 + 24 = 65 in bad health, the next
    # neighbourhood 1.8 + 31.5 + 10 + 18 = 61.3, the third 1.5 + 36 + 8 + 10 = 55.5: 181.8, where there are 200, 100, 50.
    expected = np.array([65.0, 61.3, 55.5]) * 350 / 181.8
    by_hand = 100 * rates.shrunk(np.array([200.0, 100, 50]), expected)
    found = ratio(toy, health_by_age=BY_AGE)
    assert found is not None
    assert found["value"].tolist() == pytest.approx(by_hand["value"].tolist())
    assert found[["low", "high"]].to_numpy() == pytest.approx(by_hand[["low", "high"]].to_numpy())
    assert found["value"].iloc[0] == pytest.approx(100 * 200 / expected[0], rel=0.02)  # hardly shrunk


def test_ages_of_another_year_are_scaled_to_the_people_of_the_census(toy: Toy) -> None:
    before = ratio(toy, health_by_age=BY_AGE)
    numbers = [c for c in toy.tables["ages"] if c != "lsoa21_code"]
    toy.tables["ages"] = toy.tables["ages"].assign(**{c: 1.1 * toy.tables["ages"][c] for c in numbers})
    after = ratio(toy, health_by_age=BY_AGE)
    assert before is not None
    assert after is not None
    assert after["value"].tolist() == pytest.approx(before["value"].tolist())


def test_finer_bands_are_put_together_and_crossing_ones_refused(toy: Toy) -> None:
    finer = pd.DataFrame(
        {
            "age_from": [0.0, 16, 40, 65, 75],
            "age_to": [15.0, 39, 64, 74, np.nan],
            "residents": [1000.0, 400, 600, 1000, 1000],
            "bad_health": [10.0, 10, 40, 100, 200],
        }
    )
    one, other = ratio(toy, health_by_age=BY_AGE), ratio(toy, health_by_age=finer)
    assert one is not None
    assert other is not None
    assert other["value"].tolist() == pytest.approx(one["value"].tolist())
    with pytest.raises(DataError, match="do not make up 16 to 64; they begin at 0, 16, 70, 75"):
        ratio(toy, health_by_age=BY_AGE.assign(age_from=[0.0, 16, 70, 75], age_to=[15.0, 69, 74, np.nan]))


def made(rates_: tuple[float, ...], count: int = 60) -> tuple[pd.Series, pd.DataFrame]:
    """Neighbourhoods of differing ages in which bad health follows exactly from the ages."""
    generator = np.random.Generator(np.random.PCG64(3))
    bands = pd.DataFrame(generator.uniform(100, 600, (count, 4)), columns=list(health.BANDS))
    return bands @ np.array(rates_), bands


def test_rates_by_age_are_found_again_from_neighbourhoods_that_follow_them() -> None:
    observed, bands = made((0.01, 0.05, 0.1, 0.2))
    found, said = health._estimated_rates(observed, bands, None)
    assert found == pytest.approx([0.01, 0.05, 0.1, 0.2])
    assert "estimated from the neighbourhoods themselves (" in said


def test_rates_by_age_do_not_fall_with_age() -> None:
    observed, bands = made((0.10, 0.05, 0.02, 0.2))
    assert (np.diff(health._estimated_rates(observed, bands, None)[0]) >= -1e-12).all()


def test_deprivation_that_goes_with_youth_does_not_make_the_old_look_well() -> None:
    # The young live where income is low and bad health twice as common at every age.
    generator = np.random.Generator(np.random.PCG64(4))
    deprived = np.arange(1, 201) / 200  # the share of neighbourhoods that are no more deprived
    old = 500 * (1.2 - deprived) + generator.uniform(0, 100, 200)
    bands = pd.DataFrame(
        {
            "aged_0_to_15": 200 + 200 * deprived,
            "aged_16_to_64": 900.0 + generator.uniform(0, 100, 200),
            "aged_65_to_74": old * 0.6,
            "aged_75_and_over": old * 0.4 + generator.uniform(0, 50, 200),
        }
    )
    level = (bands @ np.array([0.01, 0.04, 0.08, 0.16])) * (0.5 + deprived)
    rank = pd.Series(np.arange(200, 0, -1.0))
    within, said = health._estimated_rates(level, bands, rank)
    mean = 0.5 + np.average(1 - rank.rank(pct=True), weights=bands.sum(axis=1))
    assert within == pytest.approx(mean * np.array([0.01, 0.04, 0.08, 0.16]), rel=0.1)
    assert "at mean income deprivation" in said
    alone, _ = health._estimated_rates(level, bands, None)
    assert alone[3] < 0.5 * within[3]  # what goes wrong without


def test_a_few_neighbourhoods_say_nothing_of_age(toy: Toy) -> None:
    assert ratio(toy) is None
    measured = measure_needs(toy.layers, toy.study(), toy.figures)
    assert measured.attrs["needs"]["benefits"]["health"] == ["bad_health_pct"]


def test_nobody_in_bad_health_is_told(toy: Toy) -> None:
    toy.tables["health"] = toy.tables["health"].assign(bad=0.0, very_bad=0.0)
    with pytest.raises(DataError, match="nobody in the tables of health is in bad health"):
        ratio(toy, health_by_age=BY_AGE.assign(bad_health=0.0))


def test_the_share_in_bad_health_is_drawn_a_little_towards_the_mean(toy: Toy) -> None:
    # m = 350 / 3,000; s² = 0.0350 / 9, m/n̄ = m / 1,000; 20 % moves by m/n̄ ÷ s² = 3 % of its way to m.
    mean = 350 / 3000
    moved = mean / 1000 / np.mean([(r - mean) ** 2 for r in (0.2, 0.1, 0.05)])
    by_hand = [100 * (r + moved * (mean - r)) for r in (0.2, 0.1, 0.05)]
    found = needs(toy)
    assert found["bad_health_pct"].tolist() == pytest.approx(by_hand)
    assert (found["bad_health_pct_low"] < found["bad_health_pct"]).all()
    assert (found["bad_health_pct"] < found["bad_health_pct_high"]).all()


def test_four_cases_decide_no_rank_and_are_not_shown(toy: Toy) -> None:
    # Three cases among ten people: raw 30 %, the worst of all. Drawn to the mean they are not, and they are not shown.
    small = toy.tables["health"].copy()
    small.loc[2, ["all_residents", "very_good", "good", "fair", "bad", "very_bad"]] = [10.0, 3, 2, 2, 2, 1]
    toy.tables["health"] = small
    found = needs(toy)
    assert found["need_bad_health_pct"].idxmax() == CODES[0]
    assert found["need_bad_health_pct"].notna().all()
    assert found[["bad_health_pct", "bad_health_pct_low", "bad_health_pct_high"]].iloc[2].isna().all()
    assert found["bad_health_pct"].notna().tolist() == [True, True, False]


def test_indicators_of_the_index_by_hand(toy: Toy) -> None:
    toy.tables["health_indicators"] = pd.DataFrame(
        {"lsoa21_code": CODES, "illness_ratio": [200.0, 100, 50], "mental_health": [1.5, 0.2, -1.0]}
    )
    found = measure_needs(toy.layers, toy.study(), toy.figures)
    assert found["illness_ratio"].tolist() == [200, 100, 50]
    assert found["need_mental_health"].tolist() == pytest.approx([5 / 6, 1 / 2, 1 / 6])
    assert found.attrs["needs"]["benefits"]["health"] == ["bad_health_pct", "mental_health"]
    assert found.attrs["needs"]["said"]["mental_health"].endswith("2025")


def test_indicators_of_2019_are_moved_to_2021(toy: Toy) -> None:
    toy.tables["lsoa_lookup"] = pd.DataFrame(
        {"lsoa11_code": ["E01000011", "E01000012", "E01000012"], "lsoa21_code": CODES}
    )
    toy.tables["health_indicators"] = pd.DataFrame(
        {"lsoa11_code": ["E01000011", "E01000012"], "illness_ratio": [200.0, 100], "mental_health": [1.5, 0.2]}
    )
    found = measure_needs(toy.layers, toy.study(), toy.figures)
    assert found["mental_health"].tolist() == [1.5, 0.2, 0.2]
    assert found.attrs["needs"]["said"]["mental_health"].endswith("2019")


def registers(**codes: float) -> pd.DataFrame:
    rows = [(code, "DEP", share) for code, share in codes.items()] + [(code, "AST", 0.5) for code in codes]
    return pd.DataFrame(rows, columns=["district_code", "disease", "prevalence_share"])


def test_registered_depression_stands_in_for_mental_health_and_says_how_coarse_it_is(toy: Toy) -> None:
    toy.tables["disease_by_district"] = registers(E08000001=0.13, E08000002=0.11)
    found = measure_needs(toy.layers, toy.study(), toy.figures)
    assert found["depression_pct"].tolist() == pytest.approx([13, 13, 11])
    assert found.attrs["needs"]["benefits"]["health"] == ["bad_health_pct", "depression_pct"]
    assert "the same for all neighbourhoods of a district" in found.attrs["needs"]["said"]["depression_pct"]


def test_old_codes_of_districts_find_their_registers(toy: Toy) -> None:
    toy.tables["neighbourhoods"] = toy.tables["neighbourhoods"].assign(district_code="E08000038")
    toy.tables["disease_by_district"] = registers(E08000016=0.13)
    assert needs(toy)["depression_pct"].tolist() == pytest.approx([13] * 3)


def test_an_indicator_of_fingertips_carries_its_limits_and_hides_few_cases(toy: Toy) -> None:
    toy.tables["msoa21_lookup"] = pd.DataFrame(
        {"lsoa21_code": CODES, "msoa21_code": ["E02000001", "E02000001", "E02000002"]}
    )
    toy.tables["health_by_msoa"] = pd.DataFrame(
        {"msoa21_code": ["E02000001", "E02000002"], "value": [30.0, 12], "low": [25.0, 5], "high": [35.0, 20]}
        | {"count": [90.0, 4]}
    )
    del toy.tables["health"]
    found = measure_needs(toy.layers, toy.study(), toy.figures)
    assert found["local_health"].iloc[:2].tolist() == [30, 30]
    assert found[["local_health_low", "local_health_high"]].iloc[0].tolist() == [25, 35]
    assert np.isnan(found["local_health"].iloc[2])
    assert found["need_local_health"].tolist() == pytest.approx([2 / 3, 2 / 3, 1 / 6])
    assert found.attrs["needs"]["benefits"]["health"] == ["local_health"]


@pytest.mark.realdata
def test_rates_by_age_rise_with_age_in_england(data: Path) -> None:
    """Estimated from areas; a plain fit would have children iller than anybody of working age (11.6 % and 2.8 %)."""
    tables = {
        "neighbourhoods": pd.DataFrame(),
        "residents": read("census_residents", data / "england/census2021-ts001-lsoa.csv")["residents"],
        "lsoa_lookup": read("lsoa_2011_to_2021", data / "england/LSOA_2011_to_LSOA_2021_to_LAD_2022_Lookup_EW_V2.csv")[
            "lsoa_lookup"
        ],
    }
    layers = Layers(None, tables)
    ages = read("ages_mid_2020_bands", data / "england/population_mid2020_lsoa11_age_bands.parquet")["ages"]
    table = read("census_health", data / "england/census2021-ts037-lsoa.csv")["health"]
    deprivation = read("deprivation_2025", data / "england/imd2025_england_lsoa21.parquet")["deprivation"]
    found = health.bad_health_ratio(table, ages, Lookups(layers), deprivation=deprivation)
    assert found is not None
    assert len(found) == 33_755
    assert found["value"].notna().all()
    said = [float(share) for share in re.findall(r"([\d.]+) % at", found.attrs["said"])]
    assert said == sorted(said)
    assert said[0] < 2 < said[1] < 5 < said[2] <= said[3] < 25
