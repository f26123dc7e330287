from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import shapely

from tests.toy import block, point, table
from treeplan.errors import DataError
from treeplan.sources import read


@pytest.mark.parametrize(
    ("source", "layer", "heading", "shape"),
    [
        ("scheduled_monuments", "monuments", "Name", block(0, 0)),
        ("listed_buildings", "listed_buildings", "Name", point(0, 0)),
        ("conservation_areas", "conservation_areas", "name", block(0, 0)),
    ],
)
def test_listed_things_keep_their_name_and_shape(
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


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("registered_parks_and_gardens", "registered park or garden"),
        ("registered_battlefields", "registered battlefield"),
    ],
)
def test_registered_land_says_of_what_kind_it_is(tmp_path: Path, source: str, kind: str) -> None:
    table([block(0, 0)], Name=["Grange Park"], Grade=["II"]).to_file(tmp_path / "m.gpkg")
    found = read(source, tmp_path / "m.gpkg")["registered_parks"]
    assert found[["kind", "name"]].to_numpy().tolist() == [[kind, "Grange Park"]]


def test_registered_parks_as_points_are_refused(tmp_path: Path) -> None:
    table([point(0, 0)], Name=["Grange Park"]).to_file(tmp_path / "m.gpkg")
    with pytest.raises(DataError, match=r"m\.gpkg must hold areas; 1 of its 1 features are points"):
        read("registered_parks_and_gardens", tmp_path / "m.gpkg")


# ---------------------------------------------------------------- real files (totals: STUDIES.md)


@pytest.mark.realdata
def test_a_real_scheduled_monument(data: Path) -> None:
    found: Any = read("scheduled_monuments", data / "trafford/trafford_scheduled_monuments.gpkg")["monuments"]
    assert len(found) == 1
    assert found.geometry.area.sum() / 1e4 == pytest.approx(0.8, abs=0.06)
    assert found["name"].notna().all()


@pytest.mark.realdata
def test_real_listed_buildings_and_conservation_areas(data: Path) -> None:
    listed: Any = read("listed_buildings", data / "trafford/trafford_listed_buildings.gpkg")["listed_buildings"]
    assert len(listed) == 265
    assert set(listed["grade"]) == {"I", "II*", "II"}
    areas = read("conservation_areas", data / "trafford/trafford_conservation_areas.gpkg")["conservation_areas"]
    assert len(areas) == 21
