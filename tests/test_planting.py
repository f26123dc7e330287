"""How many trees fit on each type of site, what they grow to and what they cost: each by hand at the central figures."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from treeplan.coefficients import Coefficients, figures
from treeplan.errors import DataError
from treeplan.planting import PLANTING, by_type, of_type
from treeplan.vocabulary import LAND_USES, SITE_TYPES

C = Coefficients("central", figures({}))


def site(kind: str, **facts: float | str) -> pd.DataFrame:
    usual = {
        "site_type": kind,
        "land_use": "grass",
        "area_m2": 1_000.0,
        "length_m": 100.0,
        "open_m2": 10_000.0,
        "places_central": 0,
        "planted": 10.0,
    }
    return pd.DataFrame([{**usual, **facts}])


def test_every_type_has_a_model_and_every_land_use_only_types_that_exist() -> None:
    assert set(PLANTING) == set(SITE_TYPES)
    assert all(set(use.site_types) <= set(SITE_TYPES) for use in LAND_USES.values())


@pytest.mark.parametrize(
    ("kind", "trees"),
    [
        ("park", 1_000 * 0.4 / 100),  # 40 % under trees, one to 100 m2
        ("green", 1_000 * 0.4 / 100),
        ("school", 1_000 / 100),  # the edge, which is less than 15 % of the grounds
        ("orchard", 0.1 * 150),
        ("tiny_forest", 1_000 * 3),
        ("woodland", 0.1 * 0.75 * 1_600),
        ("riparian", 0.1 * 800),
        ("hedgerow", 100 / 25),  # a tree every 25 m of the hedge
        ("street", 100 / 10),
    ],
)
def test_trees_that_fit(kind: str, trees: float) -> None:
    assert PLANTING[kind].trees(site(kind), C)[0] == pytest.approx(trees)


def test_a_school_s_trees_are_a_share_of_its_open_ground_at_most() -> None:
    assert PLANTING["school"].trees(site("school", open_m2=4_000.0), C)[0] == pytest.approx(0.15 * 4_000 / 100)


def test_a_footway_holds_as_many_trees_as_found_a_place() -> None:
    assert PLANTING["street"].trees(site("street", land_use="footway", places_central=7), C)[0] == 7


def test_a_short_verge_holds_one_tree() -> None:
    assert PLANTING["street"].trees(site("street", length_m=4.0), C)[0] == 1


@pytest.mark.parametrize(
    ("kind", "grown"),
    [
        ("park", 400),
        ("orchard", 10 * math.pi / 4 * 5**2),
        ("tiny_forest", 1_000),
        ("woodland", 750),
        ("riparian", 500),  # about half of the strip
        ("hedgerow", 100 * 1.5),
        ("street", 10 * math.pi / 4 * 8**2),
    ],
)
def test_the_canopy_when_all_is_grown(kind: str, grown: float) -> None:
    assert PLANTING[kind].grown_m2(site(kind), C)[0] == pytest.approx(grown)


@pytest.mark.parametrize(
    ("kind", "facts", "cost"),
    [
        ("park", {}, 10 * 450),
        ("street", {}, 10 * 600),
        ("street", {"land_use": "footway"}, 10 * 3_000),
        ("orchard", {}, 10 * 150),
        ("tiny_forest", {}, 1_000 * 110),
        ("woodland", {}, 0.1 * 10_000),
        ("riparian", {}, 0.1 * 9_000),
        ("hedgerow", {}, 100 * 22.97 + 10 * 19.06),
    ],
)
def test_planting_and_three_years_of_care(kind: str, facts: dict[str, float | str], cost: float) -> None:
    model, sites = PLANTING[kind], site(kind, **facts)
    assert (model.planting_gbp(sites, C) + 3 * model.care_gbp(sites, C))[0] == pytest.approx(cost)


def test_a_park_tree_is_watered_sixteen_times_a_year() -> None:
    assert PLANTING["park"].planting_gbp(site("park"), C)[0] == 10 * 306
    assert PLANTING["park"].care_gbp(site("park"), C)[0] == 10 * 16 * 3


@pytest.mark.parametrize(
    ("kind", "land_use", "low", "high"),
    [
        ("park", "grass", 337 * 90.5005 / 85.6358, 600),  # paid in 2021
        ("street", "verge", 343 * 90.5005 / 69.1217, 900 * 90.5005 / 81.1085),  # in 2010 or so, and in 2019
        ("street", "footway", 1_500, 5_000),
    ],
)
def test_a_tree_costs_what_was_paid_elsewhere_in_pounds_of_2022(
    kind: str, land_use: str, low: float, high: float
) -> None:
    sites = site(kind, land_use=land_use, planted=1.0)
    for level, cost in (("low", low), ("high", high)):
        c = Coefficients(level, figures({}))
        assert (PLANTING[kind].planting_gbp(sites, c) + 3 * PLANTING[kind].care_gbp(sites, c))[0] == pytest.approx(
            cost, abs=0.5
        )


def test_a_type_without_a_model_is_told_with_those_there_are() -> None:
    sites = site("rockery")
    for ask in (
        lambda: of_type(sites, lambda model: 1.0),
        lambda: by_type(sites, lambda model, own: model.trees(own, C)),
    ):
        with pytest.raises(DataError, match=r"'rockery' has no model(.|\n)*park, green, school") as caught:
            ask()
        assert "hedgerow" in str(caught.value)


def test_figures_come_back_in_the_order_of_the_rows() -> None:
    sites = pd.concat([site("park"), site("hedgerow"), site("park", area_m2=2_000.0)], ignore_index=True)
    assert by_type(sites, lambda model, own: model.trees(own, C)).tolist() == pytest.approx([4, 4, 8])
    assert of_type(sites, lambda model: float(model.stock == "whips")).tolist() == [0, 1, 0]


@pytest.mark.parametrize("kind", list(SITE_TYPES))
def test_low_central_and_high_are_in_order(kind: str) -> None:
    sites = site(kind, places_low=5, places_central=5, places_high=5)
    low, central, high = (
        PLANTING[kind].trees(sites, Coefficients(level, figures({})))[0] for level in ("low", "central", "high")
    )
    assert low <= central <= high
