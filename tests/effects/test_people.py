"""Who takes part, worked out by hand."""

from __future__ import annotations

from tests.toy import Toy, block, candidates, ground, open_land, point, table
from treeplan.effects import measure_effects


def test_one_school_that_two_sources_know_counts_once(toy: Toy) -> None:
    toy.tables["community_places"] = table(
        [point(500, 400), point(520, 400)], kind=["school", "school"], name=["A", "A"]
    )
    toy.tables["open_land"] = open_land(
        ground(block(300, 300, 300, 300), "park", "P1")
    )  # 360 trees; a group takes on 200
    hours = measure_effects(candidates(toy), toy.layers, toy.study(), toy.figures).at(2050)["volunteer_hours"]
    assert hours.tolist() == [0.5 * 200]


def test_volunteers_come_from_groups_in_reach(toy: Toy) -> None:
    effects = measure_effects(candidates(toy), toy.layers, toy.study(), toy.figures).at(2050)
    assert effects["volunteer_hours"].tolist() == [0.5 * 40, 0, 0]
