"""Needs on what people are near, worked out by hand in the toy town."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.needs import needs
from tests.toy import CODES, Toy, around, block, homes, point, table
from treeplan.needs import NEEDS
from treeplan.needs.access import score_3_30_300

NAMES = [
    "green_300m_pct",
    "green_distance_m",
    "wood_500m_pct",
    "wood_4km_pct",
    "three_trees_pct",
    "canopy_30_pct",
    "score_3_30_300",
    "green_m2_per_person",
]


def test_who_is_within_300_m_of_a_hectare_of_green(toy: Toy) -> None:
    around(toy)
    homes(toy, (300, 500), (100, 500), (500, 900))  # 150, 350 and 350 m from the park: walks of 195 and 455 m
    found = needs(toy)
    assert found["green_300m_pct"].tolist() == pytest.approx([100 / 3] * 3, rel=1e-3)
    assert found["green_distance_m"].tolist() == pytest.approx([1.3 * (150 + 350 + 350) / 3] * 3, rel=1e-3)
    assert found["need_green_300m_pct"].tolist() == pytest.approx([0.5] * 3, abs=0.4)


def test_near_the_end_of_the_map_a_neighbourhood_is_unknown_unless_green_is_found(toy: Toy) -> None:
    homes(toy, (100, 500))  # 350 m from the park and 100 m from the western border
    found = needs(toy)["green_300m_pct"]
    assert found.isna().tolist() == [True, False, False]
    assert found.iloc[1:].tolist() == [0, 0]
    homes(toy, (300, 500))
    assert needs(toy)["green_300m_pct"].tolist() == pytest.approx([100] * 3, abs=0.1)


def test_the_woodland_access_standard(toy: Toy) -> None:
    # The wood of 20 ha lies along the south of the third neighbourhood: 1 km by 200 m, from 2,000 east.
    homes(toy, (500, 500))
    found = needs(toy)
    assert found["wood_500m_pct"].isna().tolist() == [True, True, False]  # 500 m from the border: a wood may be there
    assert found["wood_500m_pct"].iloc[2] == pytest.approx(100, abs=0.1)
    assert found["wood_4km_pct"].tolist() == pytest.approx([100] * 3, abs=0.1)
    toy.tables["woodland"] = table([block(2000, 0, 1000, 19)])  # 1.9 ha, and 481 m off
    assert "wood_500m_pct" not in needs(toy)  # nobody is farther than 500 m from the border


def test_three_trees_or_a_wood_near_home(toy: Toy) -> None:
    homes(toy, (500, 500))
    toy.tables["trees"] = table(
        [point(490, 500), point(500, 520), point(525, 515), point(1500, 500), point(1510, 500), point(1500, 531)]
    )
    toy.tables["woodland"] = table([block(2529, 400, 200, 200)])
    around(toy)
    assert needs(toy)["three_trees_pct"].tolist() == pytest.approx([100, 0, 100], abs=0.1)


def test_trees_near_homes_need_homes(toy: Toy) -> None:
    toy.tables["trees"] = table([point(490, 500)])
    assert "three_trees_pct" not in needs(toy)
    assert "score_3_30_300" not in needs(toy)


def test_canopy_of_a_neighbourhood_passes_or_does_not(toy: Toy) -> None:
    toy.tables["woodland"] = table([block(0, 0, 1000, 300), block(1000, 0, 1000, 299)])
    assert needs(toy)["canopy_30_pct"].tolist() == [100, 0, 0]


def test_the_score_is_the_mean_of_its_three_parts_and_unknown_where_one_is() -> None:
    three, thirty, near = (
        pd.Series(v, index=CODES) for v in ([90.0, 30.0, None], [0.0, 100.0, 0.0], [60.0, 20.0, 100.0])
    )
    found = score_3_30_300(three.astype(float), thirty, near)
    assert found is not None
    assert found.iloc[:2].tolist() == pytest.approx([0.5, 0.5])
    assert found.isna().tolist() == [False, False, True]
    assert score_3_30_300(three.where(three > 100), thirty, near) is None


def test_the_score_is_measured_whatever_the_order_of_the_register(toy: Toy) -> None:
    homes(toy, (500, 500))
    around(toy)
    found = needs(toy)
    parts = found[["three_trees_pct", "canopy_30_pct", "green_300m_pct"]]
    assert found["score_3_30_300"].tolist() == pytest.approx((parts.mean(axis=1) / 100).tolist())


def test_green_space_for_each_person_is_unknown_where_neighbours_are(toy: Toy) -> None:
    around(toy)
    homes(toy, (500, 500))
    assert "green_m2_per_person" not in needs(toy)  # no neighbourhoods beyond the border


@pytest.mark.parametrize("name", NAMES)
def test_what_people_are_near_is_shown_and_counts_in_no_benefit(name: str) -> None:
    from treeplan.formulas import FORMULAS

    assert NEEDS[name].local
    assert name not in {need for formula in FORMULAS.values() for need in formula.needs}
