"""The Tree Equity Score by hand, its properties, and the account of why treeplan's order differs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.toy import CODES, Toy
from treeplan.errors import StudyError
from treeplan.needs import measure_needs
from treeplan.needs.lookups import Lookups
from treeplan.scoring import rank_neighbourhoods
from treeplan.settings import TreeEquitySettings
from treeplan.tree_equity import STEPS, bands, canopy_goal, dependency_ratio, min_max, score, tree_equity

ONE = np.array(["", "", ""])


def found(toy: Toy, **study: object) -> pd.DataFrame | None:
    settings = toy.study(**study)
    zones = rank_neighbourhoods(measure_needs(toy.layers, settings, toy.figures), settings)
    return tree_equity(zones, toy.layers, settings)


def scores(toy: Toy, **settings: object) -> pd.DataFrame:
    table = found(toy, tree_equity=settings)
    assert table is not None
    return table


def test_the_goal_falls_with_density() -> None:
    density = np.array([0, 1_999, 2_000, 4_000, 8_000, np.nan])
    assert canopy_goal(density, TreeEquitySettings())[:5].tolist() == [36, 36, 30, 24, 15]
    assert np.isnan(canopy_goal(density, TreeEquitySettings())[5])
    steep = TreeEquitySettings(baseline_pct=20, density_factors=((0, 3), (1_000, 1)), most_of_baseline=1.5)
    assert canopy_goal(np.array([500.0, 1_500.0]), steep).tolist() == [30, 20]


def test_the_score_by_hand() -> None:
    # gaps of 24, 12 and 0 points: 100·(1 − 1·0.5), 100·(1 − ½·0.8), and 100 at the goal whatever the need
    assert score(np.array([24.0, 12.0, 0.0]), np.array([0.5, 0.8, 1.0]), ONE) == pytest.approx([50, 60, 100])
    own = np.array(["a", "b", "b"])  # the largest gap of b is 12
    assert score(np.array([24.0, 12.0, 6.0]), np.array([0.5, 0.8, 1.0]), own) == pytest.approx([50, 20, 50])


def test_without_any_gap_all_are_a_hundred_and_an_unknown_gap_stays_unknown() -> None:
    tes = score(np.array([0.0, 0.0, np.nan]), np.array([0.5, np.nan, 0.5]), ONE)
    assert tes[:2].tolist() == [100, 100]
    assert np.isnan(tes[2])


def test_bands_are_of_whole_numbers() -> None:
    assert bands(np.array([0, 69.4, 69.5, 79.4, 80, 90, 99.4, 100, np.nan])) == [
        "Highest", "Highest", "High", "High", "Moderate", "Low", "Low", "None", "",
    ]  # fmt: skip


def test_the_least_is_nought_and_the_greatest_one() -> None:
    assert min_max(np.array([5.0, 7.5, 10.0]), ONE).tolist() == [0, 0.5, 1]
    assert min_max(np.array([3.0, 3.0, 3.0]), ONE).tolist() == [0, 0, 0]
    assert min_max(np.array([5.0, 7.0, 1.0]), np.array(["a", "a", "b"])).tolist() == [0, 1, 0]


def test_the_toy_town_by_hand(toy: Toy) -> None:
    table = scores(toy)
    # 1,000 residents on a square kilometre: the goal is 30 · 1.2; canopy is 0, 0 and 20 %
    assert table["gap_pp"].tolist() == pytest.approx([36, 36, 16])
    assert table["trees_to_goal"].tolist() == [6_459, 6_459, 2_871]  # 360,000 and 160,000 m² of 55.74 m², rounded up
    rank = (33_000 - 15_000) / (33_000 - 100)
    assert table["n_income"].tolist() == pytest.approx([1, rank, 0])
    assert table["n_air"].tolist() == pytest.approx([1, 0.5, 0])
    dependants = [420 / 580, 370 / 630, 280 / 720]
    ratio = (dependants[1] - dependants[2]) / (dependants[0] - dependants[2])
    assert table["n_dependency"].tolist() == pytest.approx([1, ratio, 0])
    e = [1, 0.1 + 0.9 * (3 * rank + ratio + 0.5) / 5, 0.1]
    assert table["e"].tolist() == pytest.approx(e)
    assert table["tes_country"].tolist() == pytest.approx([0, 100 * (1 - e[1]), 100 * (1 - 16 / 36 * 0.1)])
    assert table["tes_district"].tolist() == pytest.approx([0, 100 * (1 - e[1]), 90])  # 16 is the largest gap of Right
    assert table["band"].tolist() == ["Highest", "Highest", "Low"]


def test_every_choice_is_a_setting(toy: Toy) -> None:
    base = scores(toy)
    income = scores(toy, weights={"employment": 0, "health": 0, "dependency": 0, "air": 0})
    whole = scores(toy, gaps_within="country", baseline_pct=50)
    own = scores(toy, indicators_within="district")
    assert scores(toy, floor=0)["e"].iloc[2] == 0
    assert [c for c in income if c.startswith("n_")] == ["n_income"]
    assert income["e"].tolist() == pytest.approx((0.1 + 0.9 * base["n_income"]).tolist())
    assert whole["goal_pct"].tolist() == pytest.approx([60, 60, 60])
    assert whole["moved_by_grouping"].tolist() == [0, 0, 0]
    assert own["n_income"].tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"density_factors": [[10, 1.0]]}, "begin at 0"),
        ({"weights": {"wealth": 1}}, "no indicator wealth"),
        ({"weights": dict.fromkeys(("income", "employment", "health", "dependency", "heat", "air"), 0)}, "above 0"),
    ],
)
def test_a_setting_that_makes_no_sense_is_told(toy: Toy, wrong: dict[str, object], said: str) -> None:
    with pytest.raises(StudyError, match=said):
        toy.study(tree_equity=wrong)


def test_weights_that_leave_out_all_there_is_are_told(toy: Toy) -> None:
    nothing = dict.fromkeys(("income", "employment", "health", "dependency", "air"), 0)  # heat is not measured here
    with pytest.raises(StudyError, match="leave out every indicator that this study has: income, employment"):
        scores(toy, weights=nothing)


def test_dependants_by_hand(toy: Toy) -> None:
    ages = pd.DataFrame(
        {
            "lsoa21_code": CODES,
            "aged_0_to_15": [200.0, 100.0, 0.0],
            "aged_16_to_64": [500.0, 800.0, 0.0],
            "aged_65_to_74": [200.0, 50.0, 50.0],
            "aged_75_and_over": [100.0, 50.0, 50.0],
        }
    )
    lookups = Lookups(toy.layers)
    assert dependency_ratio(ages, lookups).tolist()[:2] == [1.0, 0.25]  # type: ignore[union-attr]
    assert dependency_ratio(ages, lookups).isna().tolist() == [False, False, True]  # type: ignore[union-attr]
    assert dependency_ratio(ages[["lsoa21_code", "aged_75_and_over"]], lookups) is None


def test_ranks_of_merged_neighbourhoods_are_averaged_plainly_and_those_of_split_ones_copied(toy: Toy) -> None:
    ranks = {
        f"{d}_rank": [100.0, 300.0, 9_000.0] for d in ("imd", "income", "employment", "education", "crime", "barriers")
    }
    toy.tables["deprivation"] = pd.DataFrame({"lsoa11_code": ["E01000011", "E01000012", "E01000013"], **ranks})
    toy.tables["lsoa_lookup"] = pd.DataFrame(  # 11 and 12 were merged into the first, 13 split into the other two
        {
            "lsoa11_code": ["E01000011", "E01000012", "E01000013", "E01000013"],
            "lsoa21_code": [CODES[0], CODES[0], *CODES[1:]],
        }
    )
    table = scores(toy)
    assert table["n_income"].tolist() == [1, 0, 0]
    assert "n_health" not in table


def test_canopy_that_was_not_measured_has_no_score_and_sets_no_largest_gap(toy: Toy) -> None:
    settings = toy.study()
    zones = rank_neighbourhoods(measure_needs(toy.layers, settings, toy.figures), settings)
    zones["canopy_pct"] = [np.nan, 18.0, 0.0]
    zones["filled"] = ["", "", "canopy_pct"]
    table = tree_equity(zones, toy.layers, settings)
    assert table is not None
    assert table["tes_country"].isna().tolist() == [True, False, True]
    assert table["band"].tolist()[::2] == ["", ""]
    assert table["tes_country"].iloc[1] == pytest.approx(100 * (1 - table["e"].iloc[1]))  # its gap is the only one


@pytest.mark.parametrize("lacking", ["woodland", "deprivation"])
def test_it_is_not_stated_without_canopy_or_deprivation(toy: Toy, lacking: str) -> None:
    del toy.tables[lacking]
    assert found(toy) is None


def test_the_whole_index_alone_gives_no_score(toy: Toy) -> None:
    toy.tables["deprivation"] = toy.tables["deprivation"][["lsoa21_code", "imd_rank"]]
    assert found(toy, allow_full_imd=True) is None


def test_the_order_of_rows_does_not_matter(toy: Toy) -> None:
    before = scores(toy)
    for name in ("neighbourhoods", "deprivation", "air", "residents"):
        toy.tables[name] = toy.tables[name].iloc[::-1].reset_index(drop=True)
    after = scores(toy)
    pd.testing.assert_frame_equal(before, after)


def test_the_moves_add_up_to_the_difference_of_ranks(toy: Toy) -> None:
    table = scores(toy)
    moved = table[[f"moved_by_{step}" for step in STEPS]].sum(axis=1)
    assert moved.tolist() == table["rank_difference"].tolist()
    assert (table["tes_rank"] - table["need_rank"]).tolist() == table["rank_difference"].tolist()


CANOPY = st.lists(st.floats(0, 100), min_size=3, max_size=8)


@given(CANOPY, st.floats(0, 60), st.data())
def test_raising_canopy_never_lowers_the_score(canopy: list[float], more: float, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(canopy) - 1))
    e = np.array(data.draw(st.lists(st.floats(0.1, 1), min_size=len(canopy), max_size=len(canopy))))
    group = np.full(len(canopy), "")
    before = np.maximum(0, 30 - np.array(canopy))
    after = before.copy()
    after[at] = max(0, before[at] - more)
    assert score(after, e, group)[at] >= score(before, e, group)[at] - 1e-9


@given(CANOPY)
def test_at_or_above_the_goal_it_is_a_hundred_and_else_less(canopy: list[float]) -> None:
    gap = np.maximum(0, 30 - np.array(canopy))
    tes = score(gap, np.full(len(canopy), 0.1), np.full(len(canopy), ""))
    assert (tes[gap == 0] == 100).all()
    assert (tes >= 90 - 1e-9).all()  # at least 100 · (1 − 1 · 0.1)
    assert (tes <= 100).all()


@pytest.mark.realdata
def test_trafford_has_a_score_for_each_of_139(real_plan) -> None:  # type: ignore[no-untyped-def]
    table = real_plan("trafford").tree_equity
    assert len(table) == 139
    assert table["tes_country"].between(0, 100).all()
    assert table["tes_country"].tolist() == table["tes_district"].tolist()  # one district
    assert table[[f"moved_by_{step}" for step in STEPS]].sum(axis=1).tolist() == table["rank_difference"].tolist()
    assert 0.5 < table["tes_rank"].corr(table["need_rank"]) < 1


@pytest.mark.realdata
def test_south_yorkshire_has_none_and_says_why(real_plan) -> None:  # type: ignore[no-untyped-def]
    from treeplan.outputs.report_equity import equity_section

    plan = real_plan("south_yorkshire")
    assert plan.tree_equity is None
    assert "canopy is not known" in " ".join(equity_section(plan).said)
