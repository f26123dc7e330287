"""Wildlife, worked out by hand."""

from __future__ import annotations

import pytest

from tests.toy import Toy, block, candidates, table
from treeplan.effects import measure_effects


def test_habitat_counts_by_nearness(toy: Toy) -> None:
    toy.tables["woodland"] = table([block(450, 700, 100, 100)])  # 150 m north of the first park's edge
    effects = measure_effects(candidates(toy), toy.layers, toy.study(), toy.figures).at(2050)
    assert effects["connected_ha"].iloc[0] == pytest.approx(effects["canopy_m2"].iloc[0] / 1e4 * (1 - 150 / 500))
    assert effects["connected_ha"].iloc[2] == 0
