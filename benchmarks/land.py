"""Land less constraints: what is left of each piece of open land, as polygons."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import Answer, ContenderError, Numbers, Work, contender, row

LAND, CONSTRAINTS = "land.parquet", "constraints.parquet"


@row(
    title="Land less constraints",
    oracle="geopandas.overlay",
    within=1e-6,
    unit="m² per piece of land",
    sizes={"full": {"lands": 20_000, "constraints": 300_000}, "tiny": {"lands": 60, "constraints": 900}},
)
def land(folder: Path, seed: int, lands: int, constraints: int) -> None:
    """Write invented land and constraints as GeoParquet."""
    import geopandas as gpd

    from benchmarks.made import land_and_constraints

    found = land_and_constraints(lands, constraints, seed)
    for name, shapes in zip((LAND, CONSTRAINTS), found, strict=True):
        table = gpd.GeoDataFrame({"id": np.arange(len(shapes))}, geometry=shapes, crs=27700)
        table.to_parquet(folder / name)


@contender("land", "treeplan", package="treeplan")
def treeplan(folder: Path) -> tuple[Work, Answer]:
    """Our own function, as the stage `land` calls it."""
    import shapely

    from treeplan import geo

    shapes, takers = (table.geometry.to_numpy() for table in _tables(folder))
    return lambda: geo.subtract(shapes, takers), shapely.area


@contender("land", "geopandas.overlay", package="geopandas")
def geopandas_overlay(folder: Path) -> tuple[Work, Answer]:
    """The usual way."""
    import geopandas as gpd

    land, constraints = _tables(folder)

    def answer(left: Any) -> Numbers:
        return _by_row(len(land), left["id"].to_numpy(), left.area.to_numpy())

    return lambda: gpd.overlay(land, constraints, how="difference", keep_geom_type=True), answer


_SQL = """
WITH taken AS (
    SELECT land.id AS id, {union} AS geometry
    FROM land JOIN constraints ON ST_Intersects(land.geometry, constraints.geometry)
    GROUP BY land.id
)
SELECT land.id AS id, CASE WHEN taken.id IS NULL THEN {bytes}(land.geometry)
                      ELSE {bytes}(ST_Difference(land.geometry, taken.geometry)) END AS wkb
FROM land LEFT JOIN taken ON land.id = taken.id
"""


@contender("land", "SedonaDB", package="sedonadb")
def sedonadb(folder: Path) -> tuple[Work, Answer]:
    """Spatial join, union of the takers of each piece, difference; both tables in memory beforehand.

    `ST_Union_Agg` would be shorter, but is slower and is off by more than a millionth of a square metre.
    """
    import sedonadb

    engine = sedonadb.connect()
    for name in (LAND, CONSTRAINTS):
        engine.read_parquet(str(folder / name)).to_memtable().to_view(Path(name).stem)
    query = _SQL.format(union="ST_UnaryUnion(ST_Collect_Agg(constraints.geometry))", bytes="ST_AsBinary")
    return lambda: engine.sql(query).to_arrow_table(), _areas_of_wkb


@contender("land", "DuckDB spatial", package="duckdb")
def duckdb_spatial(folder: Path) -> tuple[Work, Answer]:
    """The same statement in DuckDB; its spatial extension comes from a package, or from the internet at run time."""
    engine = duckdb_with_spatial()
    for name in (LAND, CONSTRAINTS):
        engine.execute(f"CREATE TABLE {Path(name).stem} AS SELECT * FROM read_parquet('{folder / name}')")
    query = _SQL.format(union="ST_Union_Agg(constraints.geometry)", bytes="ST_AsWKB")
    return lambda: engine.execute(query).fetch_arrow_table(), _areas_of_wkb


@contender("land", "limit", package="shapely")
def limit(folder: Path) -> tuple[Work, Answer]:
    """What no way through GEOS on one thread avoids: find the pairs, and one difference per piece, its takers united before."""
    import shapely

    shapes, takers = (table.geometry.to_numpy() for table in _tables(folder))
    which, taker = shapely.STRtree(takers).query(shapes, predicate="intersects")
    at, group = np.unique(which, return_inverse=True)
    united = shapely.union_all(shapely.geometrycollections(takers[taker], indices=group)[:, None], axis=1)

    def work() -> Any:
        shapely.STRtree(takers).query(shapes, predicate="intersects")
        left = shapes.copy()
        left[at] = shapely.difference(shapes[at], united)
        return left

    return work, shapely.area


def duckdb_with_spatial() -> Any:
    """A connection to DuckDB with its spatial functions."""
    import duckdb

    engine = duckdb.connect(config={"allow_unsigned_extensions": True})
    try:
        engine.execute(f"LOAD '{_extension() or 'spatial'}'")
    except duckdb.Error as err:
        try:
            engine.execute("INSTALL spatial; LOAD spatial")
        except duckdb.Error:
            raise ContenderError(f"its spatial extension is not there ({str(err).splitlines()[0]})") from err
    return engine


def _tables(folder: Path) -> Any:
    import geopandas as gpd

    return gpd.read_parquet(folder / LAND), gpd.read_parquet(folder / CONSTRAINTS)


def _extension() -> Path | None:
    """DuckDB's spatial extension as the package duckdb-ext-spatial brings it."""
    import duckdb

    package = importlib.util.find_spec("duckdb_ext")
    places = package.submodule_search_locations if package else None
    pattern = f"extensions/v{duckdb.__version__}/*/spatial.duckdb_extension"
    return next((found for place in places or () for found in Path(place).glob(pattern)), None)


def _areas_of_wkb(table: Any) -> Numbers:
    import shapely

    shapes = shapely.from_wkb(np.array([bytes(b) for b in table["wkb"].to_pylist()], dtype=object))
    return _by_row(len(shapes), table["id"].to_numpy(), shapely.area(shapes))


def _by_row(count: int, rows: Any, areas: Numbers) -> Numbers:
    found = np.zeros(count)
    found[rows] = areas
    return found
