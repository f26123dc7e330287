"""Files for GIS and spreadsheets: GeoPackage with styles, GeoParquet, CSV, and the record of the run."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio

from treeplan import provenance
from treeplan.outputs import output
from treeplan.outputs.tables import neighbourhood_table, site_table, write_csv
from treeplan.plan import Plan

_STYLES = {"sites": "sites.qml", "neighbourhoods": "neighbourhoods.qml"}
_STYLE_COLUMNS = (
    "id INTEGER PRIMARY KEY, f_table_catalog TEXT, f_table_schema TEXT, f_table_name TEXT, f_geometry_column TEXT, "
    "styleName TEXT, styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT, ui TEXT, "
    "update_time DATETIME"
)
"""QGIS's own table of styles."""


@output("sites.csv", public=False)
def sites_csv(plan: Plan, folder: Path) -> None:
    """Every candidate site as a row, best first."""
    if len(plan.sites):
        write_csv(site_table(plan), folder / "sites.csv")


@output("neighbourhoods.csv")
def neighbourhoods_csv(plan: Plan, folder: Path) -> None:
    """Every neighbourhood with its raw indicators and needs, greatest need first."""
    write_csv(neighbourhood_table(plan), folder / "neighbourhoods.csv")


@output("plan.gpkg", public=False)
def geopackage(plan: Plan, folder: Path) -> None:
    """Sites, neighbourhoods and the record of the run, styled for QGIS."""
    path = folder / "plan.gpkg"
    with _fixed_clock(plan):
        if len(plan.sites):
            pyogrio.write_dataframe(_plain(site_table(plan)), path, layer="sites", driver="GPKG")
        pyogrio.write_dataframe(_plain(neighbourhood_table(plan)), path, layer="neighbourhoods", driver="GPKG")
        record = {**plan.record(), "attribution": plan.attributions}
        rows = pd.DataFrame(
            {"name": list(record), "value": [json.dumps(v, ensure_ascii=False, default=str) for v in record.values()]}
        )
        pyogrio.write_dataframe(rows, path, layer="run", driver="GPKG")
    _add_styles(path, plan)


def _plain(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Multi-part geometry throughout, and no object column that is empty of types."""
    table = table.copy()
    for name in table.columns:
        if name != "geometry" and table[name].isna().all():
            table[name] = table[name].astype("string")
    return table


@contextmanager
def _fixed_clock(plan: Plan) -> Iterator[None]:
    """GDAL stamps GeoPackages with the time; the plan's date is used instead, so that the same plan gives the same bytes."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{plan.date.isoformat()}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _add_styles(path: Path, plan: Plan) -> None:
    """Write QGIS's own table of styles, so that the layers open coloured."""
    stamp = f"{plan.date.isoformat()}T00:00:00.000Z"
    connection = sqlite3.connect(path)
    try:
        with connection:
            connection.execute(f"CREATE TABLE layer_styles ({_STYLE_COLUMNS})")
            connection.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change) VALUES ('layer_styles', 'attributes', 'layer_styles', ?)",
                (stamp,),
            )
            for layer, file in _STYLES.items():
                if layer == "sites" and plan.sites.empty:
                    continue
                qml = resources.files("treeplan.templates").joinpath(file).read_text("utf-8")
                values = (
                    "",
                    "",
                    layer,
                    "geom",
                    f"treeplan {layer}",
                    qml,
                    "",
                    True,
                    "made by treeplan",
                    "",
                    None,
                    stamp,
                )
                connection.execute(
                    "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, "
                    "styleSLD, useAsDefault, description, owner, ui, update_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    values,
                )
    finally:
        connection.close()


@output("plan.parquet", public=False)
def geoparquet(plan: Plan, folder: Path) -> None:
    """Sites (or, without land, neighbourhoods) for analysts, with the record of the run in the file's metadata."""
    table = site_table(plan) if len(plan.sites) else neighbourhood_table(plan)
    buffer = BytesIO()
    table.to_parquet(buffer, compression="zstd", write_covering_bbox=True)
    arrow = pq.read_table(buffer)
    pq.write_table(_recorded(arrow, plan), folder / "plan.parquet", compression="zstd")


@output("effects.parquet", public=False)
def effects_parquet(plan: Plan, folder: Path) -> None:
    """Every effect of every site at every year, low, central and high, for analysts: `site_id, effect, year, low, central, high`."""
    if plan.effects is None:
        return
    effects, sites, years = plan.effects, len(plan.effects.site_ids), len(plan.effects.years)
    ids = pa.array(effects.site_ids, pa.string())
    with pq.ParquetWriter(folder / "effects.parquet", _recorded(_EFFECTS.empty_table(), plan).schema) as file:
        for name in sorted(effects.values):
            columns = [
                pa.DictionaryArray.from_arrays(np.tile(np.arange(sites, dtype=np.int32), years), ids),
                pa.DictionaryArray.from_arrays(np.zeros(sites * years, dtype=np.int32), [name]),
                pa.array(np.repeat(np.array(effects.years, dtype=np.int16), sites)),
                *(pa.array(level.ravel(), from_pandas=True) for level in effects.values[name]),
            ]
            file.write_table(_recorded(pa.Table.from_arrays(columns, schema=_EFFECTS), plan))


_WORDS = pa.dictionary(pa.int32(), pa.string())
_EFFECTS = pa.schema(
    {
        "site_id": _WORDS,
        "effect": _WORDS,
        "year": pa.int16(),
        "low": pa.float64(),
        "central": pa.float64(),
        "high": pa.float64(),
    }
)


def _recorded(table: pa.Table, plan: Plan) -> pa.Table:
    """The table with the record of the run in its metadata."""
    record = json.dumps({**plan.record(), "attribution": plan.attributions}, ensure_ascii=False, default=str)
    return table.replace_schema_metadata({**(table.schema.metadata or {}), b"treeplan": record.encode()})


@output("run.json")
def run_record(plan: Plan, folder: Path) -> None:
    """What the run used and counted: study, sources with hashes, versions, counts at each stage."""
    provenance.write_json(folder / "run.json", {**plan.record(), "attribution": plan.attributions})
