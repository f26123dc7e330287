"""A download that lacks features is told, by the publisher's count or by the file's own words."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.toy import block, table
from treeplan.errors import DataError
from treeplan.sources import read


def pages(path: Path, count: int = 3, **said: Any) -> Path:
    """A GeoJSON of so many blocks, as a service would send it."""
    table([block(200 * (i % 50), 200 * (i // 50)) for i in range(count)], NAME=["a"] * count).to_crs(4326).to_file(path)
    collection = json.loads(path.read_text(encoding="utf-8")) | said
    path.write_text(json.dumps(collection), encoding="utf-8")
    return path


def esri(path: Path, **said: Any) -> Path:
    """One square of 100 m in Esri's JSON, rings clockwise as Esri winds them."""
    ring = [[440000, 390000], [440000, 390100], [440100, 390100], [440100, 390000], [440000, 390000]]
    content = {
        "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkid": 27700},
        "fields": [{"name": "NAME", "type": "esriFieldTypeString", "alias": "NAME", "length": 9}],
        "features": [{"attributes": {"NAME": "a"}, "geometry": {"rings": [ring]}}],
    }
    path.write_text(json.dumps(content | said), encoding="utf-8")
    return path


def zipped(path: Path) -> Path:
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        archive.write(path, path.name)
    return path.with_suffix(".zip")


@pytest.mark.parametrize("stated", [2, 4])
def test_another_number_than_the_publisher_states_is_refused(tmp_path: Path, stated: int) -> None:
    with pytest.raises(DataError) as caught:
        read("sssi", pages(tmp_path / "m.geojson"), features=stated)
    assert f"m.geojson holds 3 features, expected {stated} (features = {stated})" in str(caught.value)
    assert "What to do: download the whole file again" in str(caught.value)


def test_the_number_that_the_publisher_states_is_read(tmp_path: Path) -> None:
    assert len(read("sssi", pages(tmp_path / "m.geojson"), features=3)["sssi"]) == 3


def test_features_without_a_shape_are_counted_as_the_publisher_counts_them(tmp_path: Path) -> None:
    table([block(0, 0), None], NAME=["a", "b"]).to_file(tmp_path / "m.gpkg")
    assert len(read("sssi", tmp_path / "m.gpkg", features=2)["sssi"]) == 1


def test_rows_of_a_table_are_counted_too(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("geography code,Residence type: Total; measures: Value\nE01000001,5\n", encoding="utf-8")
    assert len(read("census_residents", path, features=1)["residents"]) == 1
    with pytest.raises(DataError, match=r"t\.csv holds 1 features, expected 33,755"):
        read("census_residents", path, features=33_755)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"exceededTransferLimit": True}, "was cut off at 3 features"),
        ({"properties": {"exceededTransferLimit": True}}, "was cut off at 3 features"),
        ({"numberMatched": 813_627, "numberReturned": 3}, "was cut off at 3 of 813,627 features"),
        ({"numberMatched": 4}, "was cut off at 3 of 4 features"),
        ({"exceededTransferLimit": True, "numberMatched": 9}, "was cut off at 3 of 9 features"),
    ],
)
def test_a_page_of_several_is_refused(tmp_path: Path, said: dict[str, Any], told: str) -> None:
    for path in (pages(tmp_path / "m.geojson", **said), zipped(tmp_path / "m.geojson")):
        with pytest.raises(DataError) as caught:
            read("sssi", path)
        assert f"{path.name} is not whole: the download {told}" in str(caught.value)
        assert "What to do: download all pages" in str(caught.value)


def test_a_page_in_esris_own_json_is_refused(tmp_path: Path) -> None:
    assert read("sssi", esri(tmp_path / "whole.json"))["sssi"].geometry.area.tolist() == [pytest.approx(10_000)]
    with pytest.raises(DataError, match="cut off at 1 features"):
        read("sssi", esri(tmp_path / "m.json", exceededTransferLimit=True))


@pytest.mark.parametrize(
    "said",
    [
        {"exceededTransferLimit": False},
        {"properties": {"exceededTransferLimit": False}},
        {"numberMatched": 3, "numberReturned": 3},
        {"numberMatched": 3, "numberReturned": 2},  # put together from two pages, under the head of the first
        {"numberMatched": "unknown"},
        {"properties": None},
        {"name": "exceededTransferLimit: true"},
    ],
)
def test_a_whole_download_is_read(tmp_path: Path, said: dict[str, Any]) -> None:
    assert len(read("sssi", pages(tmp_path / "m.geojson", **said))["sssi"]) == 3


def test_the_publishers_count_goes_before_the_words_of_the_first_page(tmp_path: Path) -> None:
    path = pages(tmp_path / "m.geojson", exceededTransferLimit=True)
    assert len(read("sssi", path, features=3)["sssi"]) == 3


@pytest.mark.parametrize(("count", "doubtful"), [(999, False), (1_000, True), (2_000, True)])
def test_a_round_number_of_features_is_doubted_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, count: int, doubtful: bool
) -> None:
    table([block(0, 0)] * count, NAME=["a"] * count).to_file(tmp_path / "m.gpkg")
    read("sssi", tmp_path / "m.gpkg")
    said = [r.getMessage() for r in caplog.records if "cut off at a page" in r.getMessage()]
    assert len(said) == doubtful
    assert all(f"m.gpkg holds exactly {count:,} features" in line for line in said)
    caplog.clear()
    read("sssi", tmp_path / "m.gpkg", features=count)
    assert "cut off" not in caplog.text
