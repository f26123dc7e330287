"""Urban cooling on a grid of 10 m: park cooling within 450 m and air that mixes over 200 m, from land cover."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import Answer, ContenderError, Numbers, Work, contender, row
from benchmarks.access import CELL_M, relative, write_for_invest

COVER, WATER = "cover.npy", "water.npy"
PARK_M, MIXING_M, REFERENCE_DEGC, ISLAND_DEGC = 450.0, 200.0, 21.5, 3.5
CLASSES = {
    "lucode": [1, 2, 3, 4, 5],
    "shade": [0.9, 0.3, 0.2, 0.1, 0.0],
    "albedo": [0.15, 0.2, 0.2, 0.2, 0.15],
    "kc": [1.0, 0.9, 0.6, 0.4, 0.3],
    "green_area": [1, 1, 0, 0, 0],
}


@row(
    title="Urban cooling",
    oracle="scipy.signal.fftconvolve",
    within=1e-5,
    unit="of the answer",
    sizes={"full": {"side": 4_000}, "tiny": {"side": 150}},
)
def cooling(folder: Path, seed: int, side: int) -> None:
    """Write invented land cover, green outside towns and in small parks, and evapotranspiration; as such rasters come."""
    from benchmarks.made import towns

    rng = np.random.default_rng(seed)
    built = towns(rng, side, 0.5)
    cover = np.where(
        rng.random((side, side)) < built, rng.integers(3, 6, (side, side)), rng.integers(1, 3, (side, side))
    )
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / COVER, cover.astype(np.int32))
    rows = np.linspace(80, 95, side, dtype=np.float32)
    np.save(folder / WATER, np.broadcast_to(rows[:, None], cover.shape).copy())


def _grids(folder: Path) -> tuple[Any, Any]:
    return np.load(folder / COVER), np.load(folder / WATER)


def _answer(found: tuple[Any, Any]) -> Numbers:
    return np.concatenate([relative(cells) for cells in found])


@contender("cooling", "treeplan", package="treeplan")
def treeplan(folder: Path) -> tuple[Work, Answer]:
    """Our own function: products of Fourier transforms, tile by tile in threads."""
    import pandas as pd

    from treeplan.urban_cooling import SummerDay, urban_cooling

    cover, water = _grids(folder)
    classes, day = pd.DataFrame(CLASSES), SummerDay(REFERENCE_DEGC, ISLAND_DEGC, MIXING_M, PARK_M)
    return (
        lambda: urban_cooling(cover, classes, CELL_M, day, water),
        lambda found: _answer((found.mitigation, found.air_degc)),
    )


@contender("cooling", "scipy.signal.fftconvolve", package="scipy")
def whole_grid(folder: Path) -> tuple[Work, Answer]:
    """The formula in plain scipy, the whole grid in one transform."""
    from scipy.signal import fftconvolve

    cover, water = _grids(folder)
    table = {name: np.concatenate([[0.0], np.array(cells, dtype=float)]) for name, cells in CLASSES.items()}

    def mean(cells: Any, weights: Any) -> Any:
        return fftconvolve(cells, weights, mode="same") / fftconvolve(np.ones(cells.shape), weights, mode="same")

    def away(reach: int) -> Any:
        along = np.arange(-reach, reach + 1)
        return np.hypot(along[:, None], along[None, :])

    def exponential(distance: int) -> Any:
        return np.exp(-away(5 * distance) / distance) * (away(5 * distance) <= 5 * distance)

    def work() -> Any:
        wet = 0.2 * table["kc"][cover] * (water / water.max())
        capacity = 0.6 * table["shade"][cover] + 0.2 * table["albedo"][cover] + wet
        green = table["green_area"][cover]
        distance = round(PARK_M / CELL_M)
        park = mean(green * capacity, exponential(distance))
        disc = (away(distance) <= distance).astype(float)
        large = mean(green, disc) * disc.sum() * CELL_M**2 > 2e4 - 1e-3
        mitigation = np.where(large, np.maximum(park, capacity), capacity)
        air = mean(REFERENCE_DEGC + (1 - mitigation) * ISLAND_DEGC, exponential(round(MIXING_M / CELL_M)))
        return mitigation, air

    return work, _answer


@contender("cooling", "natcap.invest", package="natcap.invest")
def invest(folder: Path) -> tuple[Work, Answer]:
    """InVEST's own model, from rasters on disk to rasters on disk, with one area of interest."""
    try:
        import pandas as pd
        import rasterio
        from natcap.invest import urban_cooling_model
    except ImportError as err:
        raise ContenderError(f"it cannot be imported ({err})") from err
    cover, water = _grids(folder)
    write_for_invest(folder, {"cover": cover, "water": water})
    pd.DataFrame(CLASSES).to_csv(folder / "classes.csv", index=False)
    settings = {
        "workspace_dir": str(folder / "invest"),
        "lulc_raster_path": str(folder / "cover.tif"),
        "ref_eto_raster_path": str(folder / "water.tif"),
        "aoi_vector_path": str(folder / "zones.gpkg"),
        "biophysical_table_path": str(folder / "classes.csv"),
        "green_area_cooling_distance": PARK_M,
        "t_air_average_radius": MIXING_M,
        "t_ref": REFERENCE_DEGC,
        "uhi_max": ISLAND_DEGC,
        "do_energy_valuation": False,
        "do_productivity_valuation": False,
        "cc_method": "factors",
        "n_workers": -1,
    }

    def work() -> list[Path]:
        urban_cooling_model.execute(settings)
        return [next((folder / "invest").rglob(f"{name}.tif")) for name in ("hm", "T_air")]

    def answer(paths: list[Path]) -> Numbers:
        found = []
        for path in paths:
            with rasterio.open(path) as raster:
                found.append(raster.read(1))
        return _answer((found[0], found[1]))

    return work, answer
