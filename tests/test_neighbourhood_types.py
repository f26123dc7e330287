"""Kinds of neighbourhood: planted groups are found again, named by what marks them, whatever the order of rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.toy import Toy
from treeplan.neighbourhood_types import silhouette, with_types

GROUPS = {"poor health": (0.9, 0.5, 0.5), "few trees": (0.4, 0.9, 0.2), "polluted air": (0.3, 0.2, 0.9)}
COLUMNS = ["need_bad_health_pct", "need_canopy_pct", "need_no2_ugm3"]


def planted(each: int = 10) -> pd.DataFrame:
    """Three groups of neighbourhoods, each a line of points close together."""
    rows = []
    for g, centre in enumerate(GROUPS.values()):
        for i in range(each):
            code = f"E01{g:03d}{i:03d}"
            rows.append([code, f"Place {code[-6:]}", *(v + 0.002 * i for v in centre)])
    return pd.DataFrame(rows, columns=["lsoa21_code", "name", *COLUMNS])


def test_planted_groups_are_found_and_named(toy: Toy) -> None:
    zones = with_types(planted(), toy.study())
    kinds = zones.groupby(zones["lsoa21_code"].str[3:6])["neighbourhood_type"].unique()
    assert [len(k) for k in kinds] == [1, 1, 1]
    assert len({k[0] for k in kinds}) == 3
    for kind, mark in zip(kinds, GROUPS, strict=True):
        assert mark in kind[0].lower()
    assert silhouette(zones, 1) > 0.9


def test_the_order_of_rows_does_not_matter(toy: Toy) -> None:
    zones = planted()
    before = with_types(zones, toy.study()).set_index("lsoa21_code").sort_index()
    after = with_types(zones.sample(frac=1, random_state=3), toy.study()).set_index("lsoa21_code").sort_index()
    pd.testing.assert_frame_equal(before, after)


def test_places_most_alike_are_the_nearest_in_all_needs(toy: Toy) -> None:
    zones = with_types(planted(), toy.study()).set_index("lsoa21_code")
    # along each line the neighbours of the first are the next five, nearest first
    assert zones.loc["E01000000", "places_like_it"].split("; ") == [f"Place 00000{i}" for i in range(1, 6)]


def test_too_few_neighbourhoods_have_no_kinds(toy: Toy) -> None:
    zones = with_types(planted(each=6), toy.study())
    assert "neighbourhood_type" not in zones
    assert np.isnan(silhouette(zones, 1))


def test_a_neighbourhood_with_an_unknown_need_has_no_kind(toy: Toy) -> None:
    zones = planted()
    zones.loc[4, "need_canopy_pct"] = np.nan
    typed = with_types(zones, toy.study())
    assert typed.loc[4, "neighbourhood_type"] == ""
    assert (typed["neighbourhood_type"] != "").sum() == 29
    assert not typed["places_like_it"].str.contains(typed.loc[4, "name"]).any()


def test_the_number_of_kinds_may_be_set(toy: Toy) -> None:
    zones = with_types(planted(), toy.study(needs={"types": 6}))
    assert zones["neighbourhood_type"].nunique() == 6  # no two are called the same


def test_needs_worked_out_from_others_do_not_count_twice(toy: Toy) -> None:
    zones = planted()
    spread = np.random.default_rng(1).random(len(zones))
    before = with_types(zones, toy.study())["neighbourhood_type"].tolist()
    assert with_types(zones.assign(need_canopy_gap_pp=spread), toy.study())["neighbourhood_type"].tolist() == before


@pytest.mark.realdata
def test_south_yorkshire_s_kinds_cross_districts(real_plan) -> None:  # type: ignore[no-untyped-def]
    zones = real_plan("south_yorkshire").neighbourhoods
    assert 3 <= zones["neighbourhood_type"].nunique() <= 7
    assert (zones.groupby("neighbourhood_type")["district_name"].nunique() == 4).all()
    assert (zones["places_like_it"].str.count("; ") == 4).all()
