from __future__ import annotations

import pandas as pd
import pytest

from tests.toy import CODES, Toy, block, table
from treeplan.errors import DataError
from treeplan.land import free_land
from treeplan.people import place_residents, residents_in, residents_served
from treeplan.sites import candidate_sites


def served(toy: Toy, walk_m: float = 500) -> pd.DataFrame:
    study = toy.study(people={"walk_m": walk_m})
    sites, _ = candidate_sites(free_land(toy.layers, study, toy.figures), toy.layers, study, toy.figures)
    return residents_served(sites, toy.layers, study, toy.figures)


def test_nobody_is_lost_when_residents_are_placed(toy: Toy) -> None:
    points = place_residents(toy.layers)
    assert points.groupby("lsoa21_code")["residents"].sum().to_dict() == pytest.approx(dict.fromkeys(CODES, 1000.0))
    assert len(points) == 3 * 20 * 20  # a point every 50 m over a square kilometre
    assert set(points["method"]) == {"even"}


def test_residents_live_in_homes_by_floor_area(toy: Toy) -> None:
    corners = [block(0, 0, 100, 100), block(900, 900, 100, 100)]
    toy.tables["buildings"] = table(corners, building=["house", "house"], levels=[0.0, 3.0])  # no storey is one storey
    points = place_residents(toy.layers)
    first = points[points["lsoa21_code"] == CODES[0]]
    assert first["residents"].tolist() == pytest.approx([250, 750])
    assert set(points["method"]) == {"buildings", "even"}


def test_a_few_mapped_homes_do_not_hold_everybody(toy: Toy) -> None:
    corners = [block(0, 0, 10, 10), block(990, 990, 10, 10)]
    toy.tables["buildings"] = table(corners, building=["house", "house"], levels=[1.0, 3.0])
    assert set(place_residents(toy.layers)["method"]) == {"even"}  # 400 m2 of floor for 1,000 people


def test_a_walk_shorter_than_the_park_is_wide_serves_those_beside_it(toy: Toy) -> None:
    # 65 m of walk is 50 m in a straight line: points 25 m from the edges of the park of 100 m, and inside it.
    table_ = served(toy, walk_m=65)
    inside, beside = 4, 8  # 2 × 2 points inside; two beside each edge, 25 m off; the corners are 35 m off
    corners = 4
    assert table_["residents"].iloc[0] == pytest.approx((inside + beside + corners) * 1000 / 400)
    assert table_["method"].unique().tolist() == ["straight line × 1.3"]


def test_a_longer_walk_serves_more_people(toy: Toy) -> None:
    near, far = served(toy, 300), served(toy, 900)
    assert far["residents"].sum() > near["residents"].sum()
    assert (far["distance_m"] <= 900).all()


def test_a_census_that_counts_nobody_is_told(toy: Toy) -> None:
    toy.tables["residents"] = toy.tables["residents"].assign(residents=0.0)
    with pytest.raises(DataError, match="counts nobody: it holds 0 for every one of the study's 3 neighbourhoods"):
        residents_in(toy.layers)


def test_a_neighbourhood_without_residents_is_told(toy: Toy) -> None:
    toy.tables["residents"] = toy.tables["residents"].iloc[:2]
    with pytest.raises(DataError, match=CODES[2]):
        place_residents(toy.layers)
