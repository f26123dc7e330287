from __future__ import annotations

import pandas as pd
import pytest

from tests.toy import Toy
from treeplan.land import free_land
from treeplan.people import residents_served
from treeplan.sites import candidate_sites


def served(toy: Toy, walk_m: float = 500) -> pd.DataFrame:
    study = toy.study(people={"walk_m": walk_m})
    sites, _ = candidate_sites(free_land(toy.layers, study, toy.figures), toy.layers, study, toy.figures)
    return residents_served(sites, toy.layers, study, toy.figures)


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
