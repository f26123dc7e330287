from __future__ import annotations

import logging
import math

import numpy as np
import pandas as pd
import pytest

from tests.toy import CODES, Toy, block, table
from treeplan.errors import DataError, StudyError
from treeplan.needs import NEEDS, measure_needs, require_deprivation
from treeplan.needs.deprivation import DOMAIN_WEIGHTS, transformed


def needs(toy: Toy, **changes: object) -> pd.DataFrame:
    return measure_needs(toy.layers, toy.study(**changes), toy.figures).set_index("lsoa21_code")


def test_rank_one_is_a_hundred_and_the_last_rank_is_nearly_nought() -> None:
    index = transformed(pd.Series([1.0, 33_755.0]), 33_755)
    assert index.iloc[0] == pytest.approx(100)
    assert 0 < index.iloc[1] < 0.01


def test_the_neighbourhood_at_rank_one_needs_most(toy: Toy) -> None:
    table_ = needs(toy)
    assert table_["need_deprivation"].idxmax() == CODES[0]
    assert table_["deprivation"].is_monotonic_decreasing


def test_deprivation_by_hand(toy: Toy) -> None:
    share = (33_755 - 15_000 + 1) / 33_755  # every domain at rank 15,000: the weighted mean is that of one domain
    assert needs(toy)["deprivation"].iloc[1] == pytest.approx(-23 * math.log(1 - share * (1 - math.exp(-100 / 23))))


def test_health_and_living_environment_do_not_count_twice(toy: Toy) -> None:
    before = needs(toy)["deprivation"]
    toy.tables["deprivation"] = toy.tables["deprivation"].assign(health_rank=1.0, environment_rank=1.0, imd_rank=1.0)
    assert needs(toy)["deprivation"].tolist() == before.tolist()
    assert not {"health", "environment"} & set(DOMAIN_WEIGHTS)


def test_the_whole_index_is_refused_unless_forced(toy: Toy, caplog: pytest.LogCaptureFixture) -> None:
    toy.tables["deprivation"] = toy.tables["deprivation"][["lsoa21_code", "imd_rank"]]
    with pytest.raises(DataError, match="count twice"):
        needs(toy)
    assert needs(toy, allow_full_imd=True)["deprivation"].notna().all()
    assert "count twice" in caplog.text


def test_shares_of_residents_by_hand(toy: Toy) -> None:
    table_ = needs(toy)
    assert table_["bad_health_pct"].tolist() == pytest.approx([20, 10, 5])
    assert table_["young_and_old_pct"].tolist() == pytest.approx([20, 15, 10])


def test_canopy_from_woodland_and_trees_by_hand(toy: Toy) -> None:
    table_ = needs(toy)
    assert table_["canopy_pct"].tolist() == pytest.approx(
        [0, 0, 20]
    )  # the wood is 1,000 m by 200 m of a square kilometre
    assert table_["need_canopy_pct"].tolist() == pytest.approx([2 / 3, 2 / 3, 1 / 6])  # two share the lowest place


def test_the_gap_to_the_goal_by_hand(toy: Toy) -> None:
    toy.tables["woodland"] = table([block(1000, 0, 1000, 250), block(2000, 0, 1000, 400)])
    assert needs(toy)["canopy_pct"].tolist() == pytest.approx([0, 25, 40])
    assert needs(toy)["canopy_gap_pp"].tolist() == pytest.approx([30, 5, 0])
    assert needs(toy)["need_canopy_gap_pp"].tolist() == pytest.approx([5 / 6, 1 / 2, 1 / 6])
    met = needs(toy, canopy={"goal_pct": 20})
    assert met["canopy_gap_pp"].tolist() == pytest.approx([20, 0, 0])
    assert met["need_canopy_gap_pp"].tolist() == pytest.approx([5 / 6, 1 / 3, 1 / 3])  # at the goal all are alike


def test_unknown_canopy_is_an_unknown_gap(toy: Toy) -> None:
    del toy.tables["woodland"]
    assert not {"canopy_pct", "canopy_gap_pp"} & set(needs(toy).columns)


def test_an_indicator_may_be_worked_out_from_another(toy: Toy) -> None:
    assert NEEDS["canopy_gap_pp"].needs == ("canopy_pct",)
    assert NEEDS["deprivation"].needs == ()  # its layer has the same name


def test_tables_of_2011_are_moved_to_2021(toy: Toy) -> None:
    toy.tables["air"] = pd.DataFrame(
        {"lsoa11_code": ["E01000011", "E01000012"], "no2_ugm3": [30.0, 10.0], "pm25_ugm3": [9.0, 7.0]}
    )
    toy.tables["lsoa_lookup"] = pd.DataFrame(
        {"lsoa11_code": ["E01000011", "E01000012", "E01000012"], "lsoa21_code": CODES}
    )
    assert needs(toy)["no2_ugm3"].tolist() == [30, 10, 10]


def test_a_table_of_2011_without_a_lookup_is_told(toy: Toy) -> None:
    toy.tables["air"] = toy.tables["air"].rename(columns={"lsoa21_code": "lsoa11_code"})
    with pytest.raises(DataError, match="no lookup"):
        needs(toy)


def test_half_the_codes_missing_is_told(toy: Toy) -> None:
    toy.tables["health"] = toy.tables["health"].iloc[:1]
    with pytest.raises(DataError, match="bad_health_pct: 2 of 3 neighbourhoods"):
        needs(toy)


def test_a_table_of_all_england_serves_a_study_with_a_lookup_of_its_own(
    toy: Toy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "treeplan.needs")
    toy.tables["lsoa_lookup"] = pd.DataFrame(
        {"lsoa11_code": ["E01000011", "E01000012", "E01000012"], "lsoa21_code": CODES}
    )
    england = ["E01000011", "E01000012", "E01000500", "E01000501"]
    toy.tables["air"] = pd.DataFrame({"lsoa11_code": england, "no2_ugm3": [30.0, 10.0, 1.0, 2.0], "pm25_ugm3": 5.0})
    assert needs(toy)["no2_ugm3"].tolist() == [30, 10, 10]
    said = [r.message for r in caplog.records if r.message.startswith("air: ")]
    assert said == [
        "air: 4 neighbourhoods of 2011 are 3 of 2021; 2 of them have no home there, or are of other places, and are left out"
    ]
    toy.tables["air"] = toy.tables["air"].iloc[1:]
    with pytest.raises(DataError, match="1 of the 2 LSOA 2011 codes of the study"):
        needs(toy)


@pytest.mark.parametrize("bad", [1100.0, -60.0])
def test_a_share_that_is_none_is_told(toy: Toy, bad: float) -> None:
    # 1,100 + 50 of 1,000 residents are 115 %; −60 + 50 are −1 %.
    toy.tables["health"].loc[0, "bad"] = bad
    with pytest.raises(DataError, match=rf"bad_health_pct: .*E01000001: {(bad + 50) / 10:,.1f} %"):
        needs(toy)


def test_a_missing_layer_leaves_its_indicator_out(toy: Toy) -> None:
    del toy.tables["air"]
    assert not {"no2_ugm3", "pm25_ugm3"} & set(needs(toy).columns)


def test_england_as_reference_needs_all_of_england(toy: Toy) -> None:
    with pytest.raises(DataError, match='reference = "england"'):
        needs(toy, reference="england")


def test_neighbourhoods_of_the_margin_move_no_need(toy: Toy) -> None:
    before = needs(toy)["need_bad_health_pct"].tolist()
    zones = toy.tables["neighbourhoods"]
    margin = table(
        [block(3000, 0, 1000, 1000)],
        **{c: ["X"] for c in zones.columns if c not in ("geometry", "inside", "lsoa21_code")},
        inside=False,
        lsoa21_code=["E01000004"],
    )
    toy.tables["neighbourhoods"] = pd.concat([zones, margin], ignore_index=True)
    toy.tables["residents"] = pd.concat(
        [toy.tables["residents"], pd.DataFrame({"lsoa21_code": ["E01000004"], "residents": [5000.0]})],
        ignore_index=True,
    )
    after = needs(toy)
    assert after["need_bad_health_pct"].tolist()[:3] == before
    assert np.isnan(after["bad_health_pct"].iloc[3])
    assert after["need_bad_health_pct"].iloc[3] == 0.25  # not knowing never helps


def test_the_most_deprived_fifth_is_of_england(toy: Toy) -> None:
    assert needs(toy)["most_deprived_fifth"].tolist() == [True, False, False]


def test_a_floor_for_the_most_deprived_needs_to_know_them(toy: Toy) -> None:
    del toy.tables["deprivation"]
    study = toy.study(plan={"budget_gbp": 1, "min_share_most_deprived_fifth": 0.3})
    with pytest.raises(StudyError, match="no deprivation layer"):
        require_deprivation(toy.layers, study)


def test_every_need_says_what_it_is() -> None:
    assert all(n.label and n.unit and n.doc and n.prefer in ("low", "high") for n in NEEDS.values())
