"""Crowns of trees that already stand: as measured, else by the kind of tree."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from tests.toy import Toy, block, point, table
from treeplan.trees import crowns, crowns_m, size_class


@pytest.mark.parametrize(
    ("species", "size"),
    [
        ("Tilia x euchlora", "large"),
        ("Platanus x hispanica", "large"),
        ("Acer pseudoplatanus", "large"),
        ("Acer platanoides", "middle"),
        ("Sorbus aucuparia", "small"),
        ("Mountain Ash", "small"),
        ("Ash", "large"),
        ("Malus spp.", "small"),
        ("Betula pendula", "middle"),
        ("Unknown", "middle"),
        (None, "middle"),
    ],
)
def test_the_size_of_a_kind_of_tree(species: str | None, size: str) -> None:
    assert size_class(pd.Series([species], dtype=object)).tolist() == [size]


def test_a_measured_crown_goes_before_the_kind(toy: Toy) -> None:
    trees = table([point(0, 0)] * 4, species=["Oak", "Oak", None, "Hawthorn"], crown_m=[12.0, None, 0.0, None])
    assert crowns_m(trees, toy.figures).tolist() == [12.0, 10.0, 6.0, 4.0]


def test_a_genus_stands_in_for_a_species(toy: Toy) -> None:
    trees = table([point(0, 0)], species=[None], genus=["Quercus"])
    assert crowns_m(trees, toy.figures).tolist() == [10.0]


def test_a_crown_is_a_disc_and_a_mapped_crown_stays(toy: Toy) -> None:
    found = crowns(table([point(0, 0), block(50, 50, 5, 5)]), toy.figures)
    assert found[0].area == pytest.approx(math.pi * 3**2, rel=0.01)
    assert found[1].area == pytest.approx(25)
