from __future__ import annotations

import pandas as pd
import pytest

from tests.toy import CODES, Toy
from treeplan.needs import measure_needs


def with_heat(toy: Toy, degrees: bool) -> Toy:
    if degrees:
        toy.tables["heat"] = pd.DataFrame({"lsoa21_code": CODES, "heat_degc": [31.0, 29.5, 28.0]})
    toy.tables["heat_risk"] = pd.DataFrame({"msoa21_code": ["E02000001", "E02000002"], "heat_risk": [3.0, 1.0]})
    toy.tables["msoa21_lookup"] = pd.DataFrame(
        {"lsoa21_code": CODES, "msoa21_code": ["E02000001", "E02000002", "E02000002"]}
    )
    return toy


@pytest.mark.parametrize(("degrees", "counts"), [(True, "heat_degc"), (False, "heat_risk")])
def test_degrees_go_before_a_class_of_risk(toy: Toy, degrees: bool, counts: str) -> None:
    found = measure_needs(with_heat(toy, degrees).layers, toy.study(), toy.figures)
    assert found["heat_risk"].tolist() == [3, 1, 1]
    assert found["need_heat_risk"].tolist() == pytest.approx([5 / 6, 1 / 3, 1 / 3])  # equal classes share their place
    assert found.attrs["needs"]["benefits"]["heat"] == ["young_and_old_pct", counts]


def test_a_class_of_risk_needs_the_lookup_to_its_areas(toy: Toy) -> None:
    del with_heat(toy, False).tables["msoa21_lookup"]
    found = measure_needs(toy.layers, toy.study(), toy.figures)
    assert "heat_risk" not in found
    assert "msoa21_lookup" in toy.layers.missing
