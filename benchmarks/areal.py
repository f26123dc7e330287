"""Areal interpolation: counts and rates of neighbourhoods for other areas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import Answer, Numbers, Work, contender, row

SOURCES, TARGETS = "neighbourhoods.parquet", "areas.parquet"


@row(
    title="Areal interpolation of a count and a rate",
    oracle="geopandas.overlay",
    within=1e-6,
    unit="people, or %",
    sizes={"full": {"sources": 870, "targets": 20_000}, "tiny": {"sources": 20, "targets": 300}},
)
def areal(folder: Path, seed: int, sources: int, targets: int) -> None:
    """Write neighbourhoods with residents and a rate, and areas with straight borders that tile the same square."""
    import geopandas as gpd

    from benchmarks.made_zones import neighbourhoods

    draw = np.random.default_rng(seed)
    side_m = 40_000.0 * np.sqrt(sources / 870)
    columns = {"residents": draw.integers(1_000, 3_000, sources), "rate_pct": draw.uniform(0, 30, sources)}
    shapes = neighbourhoods(sources, side_m, seed, 20.0)
    gpd.GeoDataFrame(columns, geometry=shapes, crs=27700).to_parquet(folder / SOURCES)
    shapes = neighbourhoods(targets, side_m, seed + 1, None)
    gpd.GeoDataFrame({"area_id": np.arange(targets)}, geometry=shapes, crs=27700).to_parquet(folder / TARGETS)


@contender("areal", "treeplan", package="treeplan")
def treeplan(folder: Path) -> tuple[Work, Answer]:
    """Our own function, with its kernels loaded."""
    from treeplan import areal

    sources, targets = _tables(folder)
    areal.carry_over(sources[:1], sources[:1], ["residents"])
    return lambda: areal.carry_over(sources, targets, ["residents"], ["rate_pct"]), _numbers


@contender("areal", "geopandas.overlay", package="geopandas")
def geopandas_overlay(folder: Path) -> tuple[Work, Answer]:
    """The pieces in which areas cut neighbourhoods, and sums over them."""
    import geopandas as gpd

    sources, targets = _tables(folder)
    sources["whole_m2"] = sources.area

    def work() -> Any:
        pieces = gpd.overlay(sources, targets, how="intersection")
        area = pieces.area
        pieces["residents"] = pieces["residents"] * area / pieces["whole_m2"]
        pieces["rate_pct"], pieces["m2"] = pieces["rate_pct"] * area, area
        sums = pieces.groupby("area_id")[["residents", "rate_pct", "m2"]].sum().reindex(targets["area_id"])
        return sums.assign(rate_pct=sums["rate_pct"] / sums["m2"])

    return work, _numbers


@contender("areal", "tobler", package="tobler", within=1e-3)
def tobler(folder: Path) -> tuple[Work, Answer]:
    """The usual library; a count is shared by the source's own area. Measured, it is off by up to 0.00004 people."""
    from tobler.area_weighted import area_interpolate

    sources, targets = _tables(folder)

    def work() -> Any:
        return area_interpolate(
            sources, targets, extensive_variables=["residents"], intensive_variables=["rate_pct"], allocate_total=False
        )

    return work, _numbers


def _tables(folder: Path) -> Any:
    import geopandas as gpd

    return gpd.read_parquet(folder / SOURCES), gpd.read_parquet(folder / TARGETS)


def _numbers(found: Any) -> Numbers:
    return np.concatenate([found[column].to_numpy(dtype=float) for column in ("residents", "rate_pct")])
