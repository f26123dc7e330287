"""Points in polygons: the neighbourhood of each home."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import Answer, ContenderError, Numbers, Work, contender, row
from benchmarks.land import duckdb_with_spatial

HOMES, ZONES = "homes.parquet", "neighbourhoods.parquet"


@row(
    title="Points in polygons",
    oracle="geopandas.sjoin",
    within=0,
    unit="in the number of the zone",
    sizes={"full": {"homes": 600_000, "zones": 870}, "tiny": {"homes": 25_000, "zones": 30}},
)
def points(folder: Path, seed: int, homes: int, zones: int) -> None:
    """Write homes, one in fifty outside all neighbourhoods, and neighbourhoods that tile a square."""
    import geopandas as gpd

    from benchmarks.made import SOUTH_WEST
    from benchmarks.made_zones import neighbourhoods

    side_m = 40_000.0 * np.sqrt(zones / 870)
    at = SOUTH_WEST + np.random.default_rng(seed).uniform(-0.005, 1.005, (homes, 2)) * side_m
    for name, shapes in ((HOMES, gpd.points_from_xy(*at.T)), (ZONES, neighbourhoods(zones, side_m, seed, 20.0))):
        gpd.GeoDataFrame({"id": np.arange(len(shapes))}, geometry=shapes, crs=27700).to_parquet(folder / name)


@contender("points", "treeplan", package="treeplan")
def treeplan(folder: Path) -> tuple[Work, Answer]:
    """Our own function."""
    import shapely
    from scipy import ndimage  # noqa: F401  (its import is not timed)

    from treeplan import areal

    homes, zones = (table.geometry.to_numpy() for table in _tables(folder))
    return lambda: areal.zone_at(*shapely.get_coordinates(homes).T, zones), lambda found: found.astype(float)


@contender("points", "geopandas.sjoin", package="geopandas")
def geopandas_sjoin(folder: Path) -> tuple[Work, Answer]:
    """The usual way."""
    homes, zones = _tables(folder)

    def answer(joined: Any) -> Numbers:
        return _by_home(len(homes), joined["id_left"].to_numpy(), joined["id_right"].to_numpy())

    return lambda: homes.sjoin(zones), answer


_SQL = """
SELECT homes.id AS home, neighbourhoods.id AS zone
FROM homes JOIN neighbourhoods ON ST_Intersects(homes.geometry, neighbourhoods.geometry)
"""


@contender("points", "SedonaDB", package="sedonadb")
def sedonadb(folder: Path) -> tuple[Work, Answer]:
    """Spatial join; both tables in memory beforehand."""
    import sedonadb

    engine = sedonadb.connect()
    for name in (HOMES, ZONES):
        engine.read_parquet(str(folder / name)).to_memtable().to_view(Path(name).stem)
    return lambda: engine.sql(_SQL).to_arrow_table(), _counted(folder)


@contender("points", "DuckDB spatial", package="duckdb")
def duckdb_spatial(folder: Path) -> tuple[Work, Answer]:
    """The same statement in DuckDB."""
    engine = duckdb_with_spatial()
    for name in (HOMES, ZONES):
        engine.execute(f"CREATE TABLE {Path(name).stem} AS SELECT * FROM read_parquet('{folder / name}')")
    return lambda: engine.execute(_SQL).fetch_arrow_table(), _counted(folder)


def _tables(folder: Path) -> Any:
    import geopandas as gpd

    return gpd.read_parquet(folder / HOMES), gpd.read_parquet(folder / ZONES)


def _counted(folder: Path) -> Answer:
    count = len(_tables(folder)[0])
    return lambda table: _by_home(count, table["home"].to_numpy(), table["zone"].to_numpy())


def _by_home(count: int, homes: Any, zones: Any) -> Numbers:
    if len(np.unique(homes)) != len(homes):
        raise ContenderError("a home lies in two neighbourhoods")
    found = np.full(count, -1.0)
    found[homes] = zones
    return found
