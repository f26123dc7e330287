"""Survival and canopy, each worked out by hand on one park or one wood."""

from __future__ import annotations

import math

import geopandas as gpd
import pytest

from tests.toy import Toy, candidates
from treeplan.coefficients import Coefficients
from treeplan.growth import Growth


def growth(toy: Toy, found: gpd.GeoDataFrame, *years: int) -> Growth:
    return Growth(found, years, 2027, Coefficients("central", toy.figures))


def test_forty_standards_after_five_years(toy: Toy) -> None:
    assert growth(toy, candidates(toy), 2032).alive[0, 0] == pytest.approx(40 * 0.95**5)


def test_forty_standards_after_eight_years(toy: Toy) -> None:
    assert growth(toy, candidates(toy), 2035).alive[0, 0] == pytest.approx(40 * 0.95**5 * 0.965**3)


def test_whips_lose_more_in_the_first_year(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    assert growth(toy, wood, 2029).alive[0, 0] == pytest.approx(1200 * 0.85 * 0.97)


def test_there_is_no_canopy_on_the_day_of_planting(toy: Toy) -> None:
    assert growth(toy, candidates(toy), 2027).canopy_m2[0, 0] == 0


def test_canopy_after_ten_years_by_hand(toy: Toy) -> None:
    crown = math.pi / 4 * 8**2 * 0.175
    assert growth(toy, candidates(toy), 2037).canopy_m2[0, 0] == pytest.approx(40 * 0.95**5 * 0.965**5 * crown)


def test_canopy_never_exceeds_its_ground(toy: Toy, wood: gpd.GeoDataFrame) -> None:
    assert growth(toy, wood, 2060).canopy_m2[0, 0] == pytest.approx(7_500)  # a hectare less a quarter left open
