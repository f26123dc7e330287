"""The words of messages."""

from __future__ import annotations

import pytest

from treeplan.errors import counted, listed


@pytest.mark.parametrize(("number", "said"), [(0, "0 rows"), (1, "1 row"), (2_300, "2,300 rows")])
def test_a_number_of_things(number: int, said: str) -> None:
    assert counted(number, "row") == said


def test_names_like_the_one_looked_for_come_first() -> None:
    names = [f"name {k}" for k in range(9)] + ["deprivation"]
    assert listed(names, like=["depravation"], most=2) == "deprivation, name 0 … and 8 more"
    assert listed(names[:2]) == "name 0, name 1"
