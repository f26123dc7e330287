"""Urban cooling: by hand, against a plain sum, and against InVEST's own answers."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import correlate

from treeplan import grids
from treeplan.errors import DataError
from treeplan.rasters import open_raster, zone_of_cells
from treeplan.urban_cooling import (
    SummerDay,
    UrbanCooling,
    urban_cooling,
    urban_cooling_of_rasters,
    urban_cooling_of_zones,
)

WOOD, PAVED = 1, 5
CLASSES = pd.DataFrame(
    {
        "lucode": [PAVED, WOOD],
        "shade": [0.0, 0.9],
        "albedo": [0.15, 0.15],
        "kc": [0.3, 1.0],
        "green_area": [0, 1],
    }
)
OF_WOOD, OF_PAVED = 0.6 * 0.9 + 0.2 * 0.15 + 0.2 * 1.0, 0.2 * 0.15 + 0.2 * 0.3  # 0.77 and 0.09
DAY = SummerDay(reference_degc=21.5, heat_island_degc=3.5, mixing_m=100, park_distance_m=100)


def test_a_wood_cools_the_paved_cell_beside_it_and_the_air_mixes() -> None:
    # Three cells of 100 m; weights at distances of 0, 1 and 2 cells are 1, e^-1 and e^-2; a park counts within one cell.
    cover = np.array([[WOOD, WOOD, PAVED]])
    near, far = math.exp(-1), math.exp(-2)
    cooling = urban_cooling(cover, CLASSES, 100, DAY)
    assert cooling.capacity[0] == pytest.approx([OF_WOOD, OF_WOOD, OF_PAVED])
    park = [
        OF_WOOD * (1 + near) / (1 + near + far),
        OF_WOOD * (1 + near) / (1 + 2 * near),
        OF_WOOD * (near + far) / (1 + near + far),
    ]
    assert cooling.park_capacity[0] == pytest.approx(park)
    # Of the paved cell and its neighbour one is wood. Half of the five cells within one cell would be 2.5 ha: a large park.
    assert cooling.mitigation[0] == pytest.approx([OF_WOOD, OF_WOOD, park[2]])
    unmixed = [21.5 + (1 - mitigation) * 3.5 for mitigation in (OF_WOOD, OF_WOOD, park[2])]
    assert cooling.unmixed_air_degc[0] == pytest.approx(unmixed)
    mixed = (unmixed[2] + near * unmixed[1] + far * unmixed[0]) / (1 + near + far)
    assert cooling.air_degc[0, 2] == pytest.approx(mixed)


@pytest.mark.parametrize(("cell_m", "distance", "small"), [(40, 8, 12), (50, 5, 7)])
def test_a_park_counts_from_two_hectares_on(cell_m: float, distance: int, small: int) -> None:
    # 12 cells of 40 m are 1.92 ha and 13 are 2.08; 7 cells of 50 m are 1.75 ha and 8 are 2 to the metre. They lie in a row
    # in the middle, within the park distance of the cell above it, which sees no edge and has no capacity of its own.
    bare = CLASSES.assign(albedo=[0, 0.15], kc=[0, 1])
    day = replace(DAY, park_distance_m=distance * cell_m)
    for cells, enough in ((small, False), (small + 1, True)):
        cover = np.full((41, 41), PAVED)
        cover[20, 20 - cells // 2 : 20 - cells // 2 + cells] = WOOD
        cooling = urban_cooling(cover, bare, cell_m, day)
        park, found = cooling.park_capacity[19, 20], cooling.mitigation[19, 20]
        assert park > 0
        assert found == (park if enough else 0)


def test_what_is_not_known_has_no_answer_and_pulls_no_mean() -> None:
    cover = np.ma.MaskedArray([[WOOD, 0, WOOD, WOOD]], [[False, True, False, False]])
    water = np.array([[5.0, 5.0, 5.0, np.nan]])
    cooling = urban_cooling(cover, CLASSES, 100, DAY, water)
    for cells in (cooling.capacity, cooling.park_capacity, cooling.mitigation, cooling.air_degc):
        assert np.isnan(cells[0, [1, 3]]).all()
        assert cells[0, 0] == pytest.approx(cells[0, 2])
    assert cooling.park_capacity[0, 0] == pytest.approx(OF_WOOD)
    assert cooling.air_degc[0, 0] == pytest.approx(21.5 + (1 - OF_WOOD) * 3.5)


def test_evapotranspiration_counts_beside_its_maximum() -> None:
    cover = np.array([[WOOD, WOOD]])
    capacity = urban_cooling(cover, CLASSES, 100, DAY, np.array([[2.0, 4.0]])).capacity[0]
    assert capacity == pytest.approx([OF_WOOD - 0.1, OF_WOOD])
    assert urban_cooling(cover, CLASSES, 100, DAY, np.array([[20.0, 40.0]])).capacity[0] == pytest.approx(capacity)


def test_weights_are_relative() -> None:
    cover = np.array([[WOOD, PAVED]])
    shade_alone = urban_cooling(cover, CLASSES, 100, replace(DAY, weights=(4, 0, 0))).capacity[0]
    assert shade_alone == pytest.approx([0.9, 0])


def test_zones_have_the_means_of_their_known_cells() -> None:
    capacity = np.array([[0.2, 0.4, np.nan, np.nan, 0.9]], dtype=np.float32)
    air = np.array([[23.0, 25.0, np.nan, np.nan, 30.0]], dtype=np.float32)
    zones = urban_cooling_of_zones(UrbanCooling(capacity, capacity, capacity, air, DAY), np.array([[0, 0, 0, 1, -1]]))
    assert zones.loc[0].to_dict() == pytest.approx({"capacity": 0.3, "air_degc": 24, "above_reference_degc": 2.5})
    assert zones.loc[1].isna().all()


def plain(cover: np.ndarray, cell_m: float, day: SummerDay) -> list[np.ndarray]:
    """The formula as it is written, cell by cell; land cover below 0 is unknown."""
    known = cover >= 0
    capacity = np.where(cover == WOOD, OF_WOOD, OF_PAVED)
    green = (cover == WOOD).astype(float)

    def mean(cells: np.ndarray, weights: np.ndarray) -> np.ndarray:
        summed = correlate(np.where(known, cells, 0.0), weights, mode="constant")
        return summed / np.where(known, correlate(known.astype(float), weights, mode="constant"), np.nan)

    def within(distance: int, reach: int) -> tuple[np.ndarray, np.ndarray]:
        away = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1])
        return np.where(away <= reach, np.exp(-away / distance), 0), (away <= reach).astype(float)

    distance, mixing = round(day.park_distance_m / cell_m), round(day.mixing_m / cell_m)
    park = mean(green * capacity, within(distance, 5 * distance)[0])
    disc = within(distance, distance)[1]
    large = mean(green, disc) * disc.sum() * cell_m**2 >= 2e4 - 1e-3
    mitigation = np.where(large, np.maximum(capacity, park), np.where(known, capacity, np.nan))
    air = mean(day.reference_degc + (1 - mitigation) * day.heat_island_degc, within(mixing, 5 * mixing)[0])
    return [np.where(known, capacity, np.nan), park, mitigation, air]


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 30),
    columns=st.integers(1, 30),
    park_distance_m=st.floats(25, 130),
    mixing_m=st.floats(25, 130),
    unknown=st.sampled_from([0.0, 0.02, 0.5]),
    tile=st.integers(1, 30),
)
def test_tiles_give_what_the_plain_formula_gives(
    seed: int, rows: int, columns: int, park_distance_m: float, mixing_m: float, unknown: float, tile: int
) -> None:
    rng = np.random.default_rng(seed)
    cover = np.where(rng.random((rows, columns)) < rng.random(), WOOD, PAVED)
    cover[rng.random(cover.shape) < unknown] = -1
    day = replace(DAY, park_distance_m=park_distance_m, mixing_m=mixing_m)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grids, "TILE", tile)
        found = urban_cooling(np.ma.masked_less(cover, 0), CLASSES, 40, day)
    wanted = plain(cover, 40, day)
    for cells, expected in zip(
        (found.capacity, found.park_capacity, found.mitigation, found.air_degc), wanted, strict=True
    ):
        assert cells == pytest.approx(expected, rel=1e-6, abs=1e-7, nan_ok=True)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_more_wood_never_warms_and_air_stays_between_country_and_town(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cover = np.where(rng.random((25, 25)) < 0.3, WOOD, PAVED)
    more = np.where(rng.random(cover.shape) < 0.1, WOOD, cover)
    before, after = (urban_cooling(cells, CLASSES, 40, DAY).air_degc for cells in (cover, more))
    assert (after <= before + 1e-5).all()
    assert ((before >= DAY.reference_degc) & (before <= DAY.reference_degc + DAY.heat_island_degc)).all()


def test_a_turned_map_has_the_turned_answer() -> None:
    cover = np.where(np.random.default_rng(3).random((20, 31)) < 0.3, WOOD, PAVED)
    turned = urban_cooling(np.rot90(cover), CLASSES, 40, DAY).air_degc
    assert np.rot90(turned, -1) == pytest.approx(urban_cooling(cover, CLASSES, 40, DAY).air_degc, rel=1e-6)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"day": replace(DAY, mixing_m=40)}, "mixing_m = 40 reaches nothing"),
        ({"day": replace(DAY, mixing_m=np.nan)}, "mixing_m = nan reaches nothing"),
        ({"day": replace(DAY, park_distance_m=50)}, "park_distance_m = 50 reaches nothing"),
        ({"day": replace(DAY, heat_island_degc=-1)}, "heat_island_degc = -1"),
        ({"day": replace(DAY, weights=(0, 0, 0))}, "weights"),
        ({"land_cover": np.array([[WOOD, 7, 9]])}, "lacks 7, 9"),
        ({"land_cover": np.array([WOOD])}, "1 dimensions"),
        ({"classes": CLASSES.drop(columns="shade")}, "no column shade"),
        ({"classes": CLASSES.assign(shade=[0, 90])}, "shade: must be 1 or less"),
        ({"classes": CLASSES.assign(green_area=[0, 0.5])}, "green_area: must be 0 or 1"),
        ({"classes": CLASSES.assign(lucode=WOOD)}, "lucode: must not repeat"),
        ({"evapotranspiration": np.ones((2, 2))}, "evapotranspiration one of"),
        ({"evapotranspiration": np.array([[-1.0, 2]])}, "numbers below 0"),
        ({"evapotranspiration": np.full((1, 2), np.nan)}, "none above 0"),
    ],
)
def test_what_cannot_be_is_told(changes: dict[str, object], said: str) -> None:
    usual = {"land_cover": np.array([[WOOD, PAVED]]), "classes": CLASSES, "cell_m": 100.0, "day": DAY}
    with pytest.raises(DataError, match=said):
        urban_cooling(**(usual | changes))


def save(path: Path, cells: np.ndarray, cell_m: float, west: float = 430_000) -> None:
    grid = rasterio.Affine(cell_m, 0, west, 0, -cell_m, 390_000)
    profile = {"driver": "GTiff", "height": cells.shape[0], "width": cells.shape[1], "count": 1, "nodata": -1}
    with rasterio.open(path, "w", dtype=cells.dtype, crs="EPSG:27700", transform=grid, **profile) as file:
        file.write(cells, 1)


def test_rasters_give_what_their_cells_give(tmp_path: Path) -> None:
    cover = np.array([[WOOD, PAVED, -1], [PAVED, WOOD, WOOD]], dtype=np.int32)
    water = np.array([[9, 3, 5, 6, -1, 6], [7, 6, 4, 3, 5, 6]], dtype=np.float32)
    save(tmp_path / "cover.tif", cover, 100)
    save(tmp_path / "water.tif", water, 100, west=429_800)
    found = urban_cooling_of_rasters(
        open_raster(tmp_path / "cover.tif"), CLASSES, DAY, open_raster(tmp_path / "water.tif")
    )
    around = np.where(water < 0, np.nan, water)[:, 2:5]
    wanted = urban_cooling(np.ma.masked_less(cover, 0), CLASSES, 100, DAY, around)
    assert found.capacity == pytest.approx(wanted.capacity, nan_ok=True)
    assert found.air_degc == pytest.approx(wanted.air_degc, nan_ok=True)


@pytest.mark.parametrize(("cell_m", "west"), [(50, 430_000), (100, 430_030)])
def test_rasters_that_are_not_on_one_grid_are_told(tmp_path: Path, cell_m: float, west: float) -> None:
    save(tmp_path / "cover.tif", np.full((2, 2), WOOD, dtype=np.int32), 100)
    save(tmp_path / "water.tif", np.ones((4, 4), dtype=np.float32), cell_m, west)
    with pytest.raises(DataError, match=r"gdalwarp -r cubicspline -tr 100 100 -te 430000 389800 430200 390000"):
        urban_cooling_of_rasters(open_raster(tmp_path / "cover.tif"), CLASSES, DAY, open_raster(tmp_path / "water.tif"))


@pytest.mark.realdata
def test_the_answers_are_invests(data: Path) -> None:
    folder = data / "parity"
    cover = open_raster(folder / "input_lulc.tif")
    day = SummerDay(reference_degc=21.5, heat_island_degc=3.5, mixing_m=200, park_distance_m=450)
    classes = pd.read_csv(folder / "input_biophysical.csv")
    found = urban_cooling_of_rasters(cover, classes, day, open_raster(folder / "input_et0.tif"))
    for name, cells in {
        "cc": found.capacity,
        "cc_park": found.park_capacity,
        "hm": found.mitigation,
        "t_air_nomix": found.unmixed_air_degc,
        "t_air": found.air_degc,
    }.items():
        with rasterio.open(folder / f"cooling_{name}.tif") as file:
            np.testing.assert_allclose(cells, file.read(1), rtol=1e-6, err_msg=name)
    zone = zone_of_cells(gpd.read_file(folder / "input_zones.gpkg"), cover)
    zones = urban_cooling_of_zones(found, zone)
    wanted = pd.read_csv(folder / "cooling_zones.csv")
    for ours, theirs in {"capacity": "avg_cc", "air_degc": "avg_tmp_v", "above_reference_degc": "avg_tmp_an"}.items():
        assert zones[ours].to_numpy() == pytest.approx(wanted[theirs].to_numpy(), rel=1e-6), ours
