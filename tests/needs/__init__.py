"""Tests of needs, by theme; `needs` measures the toy town's."""

from __future__ import annotations

import pandas as pd

from tests.toy import Toy
from treeplan.needs import measure_needs


def needs(toy: Toy, **changes: object) -> pd.DataFrame:
    """The needs of the toy town by code, under a study with these changes."""
    return measure_needs(toy.layers, toy.study(**changes), toy.figures).set_index("lsoa21_code")
