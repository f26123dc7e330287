"""Urban nature access: by hand, against a plain sum, and against InVEST's own answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import correlate

from treeplan import grids
from treeplan.errors import DataError
from treeplan.nature_access import KERNELS, kernel_weights, nature_access, nature_access_of_zones


def test_kernels_are_those_of_the_guide() -> None:
    # At distances 0 to 4 and a radius of 3 cells (METHODS.md 6.11).
    def line(kernel: str) -> list[float]:
        weights = kernel_weights(kernel, 3)
        middle = len(weights) // 2
        found = weights[middle, middle:]
        return [*found[:5], *[0.0] * (5 - len(found))]

    assert line("dichotomy") == [1, 1, 1, 1, 0]
    assert line("density") == pytest.approx([0.75, 2 / 3, 5 / 12, 0, 0])
    assert line("gaussian") == pytest.approx([1, 0.8626563, 0.4935753, 0, 0])
    assert line("exponential") == pytest.approx(np.exp([0, -1 / 3, -2 / 3, -1, -4 / 3]))


def test_the_exponential_kernel_reaches_twice_as_far_and_a_cell() -> None:
    weights = kernel_weights("exponential", 3)
    assert weights.shape == (15, 15)
    assert weights[7, 0] == pytest.approx(np.exp(-7 / 3))
    assert weights[0, 0] == 0  # the corner is 9.9 cells away


def test_a_park_is_shared_by_those_around_it() -> None:
    # A row of cells of 10 m; 100 m2 of nature in the third; 4 people in the second and 6 in the fourth; 1 cell in reach.
    population = np.array([[0.0, 4, 0, 6, 0, 5]])
    nature = np.array([[0.0, 0, 100, 0, 0, 0]])
    access = nature_access(population, nature, 10, 10, demand_m2=8)
    assert access.supply_m2[0] == pytest.approx([0, 10, 10, 10, 0, 0])
    zones = nature_access_of_zones(access, population, np.array([[0, 0, 0, 0, -1, 0]]))
    assert zones.loc[0].to_dict() == pytest.approx(
        {
            "residents": 15,
            "residents_under": 5,
            "residents_over": 10,
            "supply_m2_per_person": 100 / 15,
            "balance_m2_per_person": 100 / 15 - 8,
        }
    )


def test_one_person_or_fewer_have_the_whole() -> None:
    population = np.array([[0.5, 0, 0.0, 0, 0]])
    nature = np.array([[0.0, 100, 0, 0, 70]])
    assert nature_access(population, nature, 10, 10).supply_m2[0] == pytest.approx([100, 100, 100, 70, 70])


def test_what_is_not_known_is_nobody_and_nothing_and_has_no_answer() -> None:
    population = np.array([[4.0, np.nan, 4.0]])
    nature = np.array([[100.0, 50.0, np.nan]])
    supply = nature_access(population, nature, 10, 10).supply_m2[0]
    # The first cell's 100 m2 go to 4 people, the second's 50 m2 to 8.
    assert supply[0] == pytest.approx(100 / 4 + 50 / 8)
    assert np.isnan(supply[1:]).all()


def test_a_zone_where_nobody_lives_has_no_mean() -> None:
    access = nature_access(np.array([[0.0, 2.0]]), np.ones((1, 2)), 10, 10)
    zones = nature_access_of_zones(access, np.array([[0.0, 2.0]]), np.array([[0, 2]]))
    assert zones["residents"].tolist() == [0, 0, 2]
    assert zones["supply_m2_per_person"].isna().tolist() == [True, True, False]


@pytest.mark.parametrize("kernel", KERNELS)
@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 40),
    columns=st.integers(1, 40),
    radius_m=st.floats(5, 90),
    tile=st.integers(1, 30),
)
def test_tiles_give_what_a_plain_sum_gives(
    kernel: str, seed: int, rows: int, columns: int, radius_m: float, tile: int
) -> None:
    rng = np.random.default_rng(seed)
    population = rng.random((rows, columns)) * rng.integers(0, 9, (rows, columns))
    nature = 100 * rng.random((rows, columns))
    weights = kernel_weights(kernel, radius_m / 10)
    people = correlate(population, weights, mode="constant")
    ratio = np.where(people <= 1, nature, nature / np.maximum(people, 1))
    expected = correlate(ratio, weights, mode="constant")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grids, "TILE", tile)
        found = nature_access(population, nature, 10, radius_m, kernel).supply_m2
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("population", "nature", "radius_m", "said"),
    [
        (np.ones((2, 2)), np.ones((2, 3)), 100, "population is a grid of"),
        (np.ones((2, 2)), np.ones((2, 2)), 4, "reaches nothing"),
        (-np.ones((2, 2)), np.ones((2, 2)), 100, "population holds numbers below 0"),
        (np.ones((2, 2)), np.array([[-1.0, np.nan], [0, 0]]), 100, "nature holds numbers below 0"),
    ],
)
def test_grids_that_cannot_be_are_told(population: np.ndarray, nature: np.ndarray, radius_m: float, said: str) -> None:
    with pytest.raises(DataError, match=said):
        nature_access(population, nature, 10, radius_m)


def test_an_unknown_kernel_is_told() -> None:
    with pytest.raises(DataError, match="no kernel 'cone'"):
        kernel_weights("cone", 3)


def cells(path: Path) -> np.ndarray:
    with rasterio.open(path) as raster:
        return raster.read(1)


@pytest.mark.realdata
@pytest.mark.parametrize("kernel", KERNELS)
def test_the_answers_are_invests(data: Path, kernel: str) -> None:
    folder = data / "parity"
    population = cells(folder / "input_population.tif")
    share = pd.read_csv(folder / "input_nature.csv").set_index("lucode")["urban_nature"]
    cover = cells(folder / "input_lulc.tif")
    nature = share.reindex(cover.ravel()).to_numpy().reshape(cover.shape) * 100.0
    access = nature_access(population, nature, 10, 300, kernel)
    assert access.supply_m2 == pytest.approx(cells(folder / f"nature_supply_percapita_{kernel}.tif"), rel=1e-6)
    # Four zones of 120 by 120 cells, from north to south, then west to east.
    zone = np.kron(np.array([[0, 2], [1, 3]]), np.ones((120, 120), dtype=int))
    found = nature_access_of_zones(access, population, zone)
    wanted = pd.read_csv(folder / f"nature_zones_{kernel}.csv").sort_values("adm_unit_id")
    assert found["residents_under"].to_numpy() == pytest.approx(wanted["Pund_adm"].to_numpy())
    assert found["residents_over"].to_numpy() == pytest.approx(wanted["Povr_adm"].to_numpy())
    assert found["balance_m2_per_person"].to_numpy() == pytest.approx(wanted["SUP_DEMadm_cap"].to_numpy(), rel=1e-5)
