from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.needs import needs
from tests.toy import Toy, block, table
from treeplan.errors import DataError
from treeplan.needs import NEEDS, measure_needs


def test_shares_of_residents_by_hand(toy: Toy) -> None:
    table_ = needs(toy)
    assert table_["young_and_old_pct"].tolist() == pytest.approx([20, 15, 10])
    assert table_["children_pct"].tolist() == pytest.approx([20, 18, 15])
    assert table_["older_pct"].tolist() == pytest.approx([22, 19, 13])


def test_half_the_codes_missing_is_told(toy: Toy) -> None:
    toy.tables["health"] = toy.tables["health"].iloc[:1]
    with pytest.raises(DataError, match="bad_health_pct: 2 of 3 neighbourhoods"):
        needs(toy)


@pytest.mark.parametrize("bad", [1100.0, -160.0])
def test_a_share_that_is_none_is_told(toy: Toy, bad: float) -> None:
    # With 120 of 75 and over, 1,100 + 120 of 1,000 residents are 122 %; −160 + 120 are −4 %.
    toy.tables["ages"].loc[0, "under_5"] = bad
    with pytest.raises(DataError, match=rf"young_and_old_pct: .*E01000001: {(bad + 120) / 10:,.1f} %"):
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


def test_every_need_says_what_it_is() -> None:
    assert all(n.label and n.unit and n.doc and n.prefer in ("low", "high") for n in NEEDS.values())


def test_a_need_says_which_layers_it_reads() -> None:
    ratio = NEEDS["bad_health_ratio"]
    assert ratio.layers == ("health", "ages")
    assert ratio.reads == "health, ages, health_by_age where there is one, deprivation where there is one"


def test_how_needs_came_about_is_told(toy: Toy) -> None:
    said = measure_needs(toy.layers, toy.study(), toy.figures).attrs["needs"]
    assert said["benefits"] == {
        "heat": ["young_and_old_pct"],
        "air": ["no2_ugm3", "pm25_ugm3"],
        "health": ["bad_health_pct"],
        "equity": ["deprivation", "canopy_gap_pp"],
    }
    assert [row["domain"] for row in said["domains"] if row["overlaps"]] == ["health", "environment"]


def test_a_study_s_own_choice_of_needs_counts(toy: Toy) -> None:
    chosen = toy.study(needs={"for_benefit": {"heat": ["children_pct", "older_pct"]}})
    said = measure_needs(toy.layers, chosen, toy.figures).attrs["needs"]
    assert said["benefits"]["heat"] == ["children_pct", "older_pct"]
