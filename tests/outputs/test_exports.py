"""Files for GIS and spreadsheets, read back as their users read them."""

from __future__ import annotations

import json
import sqlite3
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest

from treeplan.outputs import OUTPUTS, write_outputs
from treeplan.plan import Plan


def test_the_geopackage_has_its_layers_and_opens_styled(demo_folder: Path, demo_plan: Plan) -> None:
    path = demo_folder / "plan.gpkg"
    assert {str(name) for name, _ in pyogrio.list_layers(path)} == {"sites", "neighbourhoods", "run", "layer_styles"}
    sites = gpd.read_file(path, layer="sites")
    assert sites.crs.to_epsg() == 27700
    assert len(sites) == len(demo_plan.sites)
    assert sites["site_id"].iloc[0] == demo_plan.ranked["site_id"].iloc[0]
    with sqlite3.connect(path) as connection:
        styles = connection.execute(
            "SELECT f_table_name, f_geometry_column, styleQML, useAsDefault FROM layer_styles"
        ).fetchall()
        geometry = dict(connection.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall())
    connection.close()
    assert {layer for layer, *_ in styles} == {"sites", "neighbourhoods"}
    for layer, column, qml, default in styles:
        assert geometry[layer] == column
        assert default == 1
        attribute = ET.fromstring(qml.split(">", 1)[1]).find("renderer-v2").get("attr")  # type: ignore[union-attr]
        assert attribute in pyogrio.read_info(path, layer=layer)["fields"]


def test_the_run_layer_says_what_was_used(demo_folder: Path, demo_plan: Plan) -> None:
    rows = pyogrio.read_dataframe(demo_folder / "plan.gpkg", layer="run").set_index("name")["value"]
    assert json.loads(rows["config_hash"]) == demo_plan.config_hash
    assert json.loads(rows["attribution"]) == demo_plan.attributions


def test_the_parquet_holds_the_plan_and_its_record(demo_folder: Path, demo_plan: Plan) -> None:
    table = gpd.read_parquet(demo_folder / "plan.parquet")
    assert table.crs.to_epsg() == 27700
    assert (
        table.set_index("site_id")["priority"].sort_index().tolist()
        == demo_plan.sites.set_index("site_id")["priority"].sort_index().tolist()
    )
    record = json.loads(pq.read_schema(demo_folder / "plan.parquet").metadata[b"treeplan"])
    assert record["config_hash"] == demo_plan.config_hash
    assert record["sources"]


def test_the_csv_files_are_keyed_and_hashed(demo_folder: Path, demo_plan: Plan) -> None:
    sites = pd.read_csv(demo_folder / "sites.csv")
    zones = pd.read_csv(demo_folder / "neighbourhoods.csv")
    assert sites["site_id"].is_unique
    assert zones["lsoa21_code"].is_unique
    assert len(zones) == 40
    assert set(sites["config_hash"]) == set(zones["config_hash"]) == {demo_plan.config_hash}
    assert sites["trees"].sum() == demo_plan.sites["trees"].sum()


def test_an_unknown_value_is_an_empty_cell_not_nought(demo_folder: Path) -> None:
    zones = pd.read_csv(demo_folder / "neighbourhoods.csv", dtype=str).set_index("lsoa21_code")
    assert pd.isna(zones.loc["E01999022", "canopy_pct"])


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-2", "@x"])
def test_a_spreadsheet_runs_no_formula_from_a_name(demo_plan: Plan, tmp_path: Path, name: str) -> None:
    sites = demo_plan.sites.assign(name=name)
    write_outputs(replace(demo_plan, sites=sites), tmp_path / "out", only=["sites_csv"])
    assert set(pd.read_csv(tmp_path / "out" / "sites.csv")["name"]) == {f"'{name}"}


def test_every_output_says_what_it_is(demo_folder: Path) -> None:
    assert all(o.doc and o.file for o in OUTPUTS.values())
    assert {o.file for o in OUTPUTS.values()} == {p.name for p in demo_folder.iterdir()}


def test_an_unknown_output_is_told(demo_plan: Plan, tmp_path: Path) -> None:
    from treeplan import StudyError

    with pytest.raises(StudyError, match="no output is called pdf"):
        write_outputs(demo_plan, tmp_path / "out", only=["pdf"])
    assert list(tmp_path.iterdir()) == []


def test_the_effects_of_every_year_are_in_a_file(demo_folder: Path, demo_plan: Plan) -> None:
    assert demo_plan.effects is not None
    kinds = {"site_id": object, "effect": object, "year": int}
    table = pd.read_parquet(demo_folder / "effects.parquet").astype(kinds)
    table = table.sort_values(["site_id", "effect", "year"], ignore_index=True)
    pd.testing.assert_frame_equal(table, demo_plan.effects.long().astype(kinds))
    assert b"treeplan" in pq.read_schema(demo_folder / "effects.parquet").metadata
