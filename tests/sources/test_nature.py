from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from tests.toy import block, point, table
from treeplan.sources import read


@pytest.mark.parametrize(
    ("source", "layer", "heading", "shape"),
    [
        ("sssi", "sssi", "NAME", block(0, 0)),
        ("sssi", "sssi", "SSSI_NAME", block(0, 0)),
        ("local_nature_reserves", "nature_reserves", "LNR_NAME", block(0, 0)),
        ("scheduled_monuments", "monuments", "Name", block(0, 0)),
        ("listed_buildings", "listed_buildings", "Name", point(0, 0)),
        ("conservation_areas", "conservation_areas", "name", block(0, 0)),
    ],
)
def test_protected_things_keep_their_name_and_shape(
    tmp_path: Path, source: str, layer: str, heading: str, shape: shapely.Geometry
) -> None:
    path = tmp_path / "map.gpkg"
    table([shape], **{heading: ["Old Moor"], "status": ["x"]}).to_file(path)
    found = read(source, path)[layer]
    assert found["name"].tolist() == ["Old Moor"]
    assert sorted(found.columns) == ["geometry", "name"]
    assert found.geometry.iloc[0].equals(shape)


def test_listed_buildings_keep_their_grade(tmp_path: Path) -> None:
    path = tmp_path / "listed.gpkg"
    table([point(0, 0), point(5, 0)], Name=["Mill", "Lodge"], Grade=["II*", "II"]).to_file(path)
    assert read("listed_buildings", path)["listed_buildings"]["grade"].tolist() == ["II*", "II"]


def test_a_place_may_go_without_a_name(tmp_path: Path) -> None:
    path = tmp_path / "sssi.gpkg"
    table([block(0, 0)], ref=["1"]).to_file(path)
    assert list(read("sssi", path)["sssi"].columns) == ["geometry"]


# ---------------------------------------------------------------- real files (totals: STUDIES.md)


def real(data: Path, source: str, file: str) -> gpd.GeoDataFrame:
    (found,) = read(source, data / "trafford" / file).values()
    return found


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("source", "file", "places", "hectares"),
    [
        ("sssi", "trafford_sssi.gpkg", 2, 81.6),
        ("local_nature_reserves", "trafford_lnr.gpkg", 2, 13.2),
        ("scheduled_monuments", "trafford_scheduled_monuments.gpkg", 1, 0.8),
    ],
)
def test_real_protected_places(data: Path, source: str, file: str, places: int, hectares: float) -> None:
    found = real(data, source, file)
    assert len(found) == places
    assert found.geometry.area.sum() / 1e4 == pytest.approx(hectares, abs=0.06)
    assert found["name"].notna().all()


@pytest.mark.realdata
def test_real_listed_buildings_and_conservation_areas(data: Path) -> None:
    listed: Any = real(data, "listed_buildings", "trafford_listed_buildings.gpkg")
    assert len(listed) == 265
    assert set(listed["grade"]) == {"I", "II*", "II"}
    assert len(real(data, "conservation_areas", "trafford_conservation_areas.gpkg")) == 21
