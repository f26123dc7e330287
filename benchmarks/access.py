"""Urban nature access on a grid of 10 m: square metres of nature per person within 500 m, shared among all in reach."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import Answer, ContenderError, Numbers, Work, contender, row

POPULATION, NATURE = "population.npy", "nature.npy"
CELL_M, RADIUS_M, DEMAND_M2 = 10.0, 500.0, 30.0
SHOWN = 100_000
"""Cells whose answers are compared, spread evenly over the grid."""


@row(
    title="Urban nature access",
    oracle="scipy.signal.fftconvolve",
    within=1e-5,
    unit="of the answer",
    sizes={"full": {"side": 4_000}, "tiny": {"side": 150}},
)
def access(folder: Path, seed: int, side: int) -> None:
    """Write an invented grid of people, thick in towns, and of nature; float32, as such rasters come."""
    from benchmarks.made import towns

    rng = np.random.default_rng(seed)
    built = towns(rng, side, 4)
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / POPULATION, rng.poisson(2 * built).astype(np.float32))
    np.save(folder / NATURE, (100 * (rng.random((side, side)) < 0.6 - 0.5 * built)).astype(np.float32))


def _grids(folder: Path) -> tuple[Any, Any]:
    return np.load(folder / POPULATION), np.load(folder / NATURE)


def relative(cells: Any) -> Numbers:
    """The logarithm of some of the answers, so that their differences are relative ones."""
    cells = np.asarray(cells, dtype=float).ravel()
    return np.log(np.maximum(cells[:: max(1, len(cells) // SHOWN)], 1e-3))


def write_for_invest(folder: Path, grids: dict[str, Any]) -> None:
    """Write square grids of `CELL_M` as NAME.tif, and one zone around them all as zones.gpkg."""
    import geopandas as gpd
    import rasterio
    import shapely

    side = len(next(iter(grids.values())))
    grid = rasterio.Affine(CELL_M, 0, 400_000, 0, -CELL_M, 400_000)
    profile = {"driver": "GTiff", "height": side, "width": side, "count": 1, "crs": "EPSG:27700", "transform": grid}
    profile |= {"tiled": True, "nodata": -1}
    for name, cells in grids.items():
        with rasterio.open(folder / f"{name}.tif", "w", dtype=cells.dtype, **profile) as target:
            target.write(cells, 1)
    square = shapely.box(400_000, 400_000 - side * CELL_M, 400_000 + side * CELL_M, 400_000)
    gpd.GeoDataFrame({"adm_unit_id": [0]}, geometry=[square], crs=27700).to_file(folder / "zones.gpkg")


@contender("access", "treeplan", package="treeplan")
def treeplan(folder: Path) -> tuple[Work, Answer]:
    """Our own function: products of Fourier transforms, tile by tile in threads."""
    from treeplan.nature_access import nature_access

    population, nature = _grids(folder)
    return lambda: nature_access(population, nature, CELL_M, RADIUS_M, "dichotomy", DEMAND_M2).supply_m2, relative


@contender("access", "scipy.signal.fftconvolve", package="scipy")
def whole_grid(folder: Path) -> tuple[Work, Answer]:
    """The formula in plain scipy, the whole grid in one transform."""
    from scipy.signal import fftconvolve

    population, nature = (grid.astype(float) for grid in _grids(folder))
    half = int(RADIUS_M // CELL_M)
    along = np.arange(-half, half + 1)
    disc = (np.hypot(along[:, None], along[None, :]) <= RADIUS_M / CELL_M).astype(float)

    def work() -> Any:
        people = fftconvolve(population, disc, mode="same")
        return fftconvolve(np.where(people <= 1, nature, nature / np.maximum(people, 1)), disc, mode="same")

    return work, relative


@contender("access", "natcap.invest", package="natcap.invest")
def invest(folder: Path) -> tuple[Work, Answer]:
    """InVEST's own model, from rasters on disk to rasters on disk, with one administrative unit."""
    try:
        import rasterio
        from natcap.invest import urban_nature_access
    except ImportError as err:
        raise ContenderError(f"it cannot be imported ({err})") from err
    population, nature = _grids(folder)
    write_for_invest(folder, {"population": population, "cover": (nature > 0).astype("int32")})
    (folder / "nature.csv").write_text("lucode,urban_nature\n0,0\n1,1\n", "utf-8")
    settings = {
        "workspace_dir": str(folder / "invest"),
        "lulc_raster_path": str(folder / "cover.tif"),
        "lulc_attribute_table": str(folder / "nature.csv"),
        "population_raster_path": str(folder / "population.tif"),
        "admin_boundaries_vector_path": str(folder / "zones.gpkg"),
        "urban_nature_demand": DEMAND_M2,
        "search_radius_mode": "uniform radius",
        "search_radius": RADIUS_M,
        "decay_function": "dichotomy",
        "aggregate_by_pop_group": False,
        "n_workers": -1,
    }

    def work() -> Path:
        urban_nature_access.execute(settings)
        return next((folder / "invest").rglob("urban_nature_supply_percapita*.tif"))

    def answer(path: Path) -> Numbers:
        with rasterio.open(path) as raster:
            return relative(raster.read(1))

    return work, answer
