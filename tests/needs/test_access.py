"""Needs on what people are near, worked out by hand in the toy town."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.needs import needs
from tests.toy import CODES, Toy, around, block, ground, homes, line, open_land, point, table
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


def one_space(toy: Toy, space: shapely.Polygon, ends_m: float = 6_000) -> pd.DataFrame:
    """Needs where everybody lives 300 m east and 500 m north in their neighbourhood, and there is one green space.

    The map of open land goes on for so many metres beyond the border.
    """
    toy.tables["centroids"] = table([point(1000 * k + 300, 500) for k in range(3)], lsoa21_code=CODES)
    toy.tables["open_land"] = open_land(ground(space), ground(block(-ends_m - 100, 500), "verge"))
    return needs(toy, people={"walk_m": 5_000})


def test_without_green_space_within_5_km_the_walk_counts_as_5_km(toy: Toy) -> None:
    found = one_space(toy, block(2250, 4300))  # 3.8 km north of the third home: 1.3 times that is 4,940 m
    assert found["green_distance_m"].tolist() == pytest.approx([5_000, 5_000, 4_940])
    assert found["need_green_distance_m"].is_monotonic_decreasing
    said = found.attrs["needs"]["said"]["green_distance_m"]
    assert said == "2,000 residents with none within a walk of 5 km count as so far from one"
    assert one_space(toy, block(0, 0, 10, 10))["green_distance_m"].tolist() == [5_000] * 3  # none of a hectare anywhere


def test_green_space_behind_a_railway_is_5_km_off_for_those_on_the_network(toy: Toy) -> None:
    toy.tables["walkways"] = table([line((300, 500), (300, 400))])
    toy.tables["railways"] = table([line((-5000, 600), (8000, 600))], kind=["rail"])
    found = one_space(toy, block(250, 1500))
    assert found["green_distance_m"].tolist() == pytest.approx(
        [5_000, 1.3 * np.hypot(950, 1_000), 1.3 * np.hypot(1_950, 1_000)]
    )


def test_where_the_map_ends_nearer_it_is_unknown_whether_there_is_green_space(toy: Toy) -> None:
    # A walk of 5 km is a straight line of 3,846 m; the first home is 300 m from the border, the others 500 m or more.
    found = one_space(toy, block(0, 0, 10, 10), ends_m=3_400)["green_distance_m"]
    assert found.isna().tolist() == [True, False, False]
    assert found.iloc[1:].tolist() == [5_000, 5_000]
    assert "green_distance_m" not in one_space(toy, block(0, 0, 10, 10), ends_m=3_300)


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
