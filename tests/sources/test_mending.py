"""Shapes that are not as they should be: each is mended and counted in one line, or refused with one message."""

from __future__ import annotations

import math
import sqlite3
import struct
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from tests.toy import EAST, NORTH, block, line, point, table
from treeplan.errors import DataError
from treeplan.sources import read


def save(path: Path, *shapes: shapely.Geometry | None) -> Path:
    table(list(shapes), NAME=[f"s{i}" for i in range(len(shapes))]).to_file(path)
    return path


def ring(*places: tuple[float, float]) -> list[tuple[float, float]]:
    return [(EAST + e, NORTH + n) for e, n in places]


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]


BOW = shapely.Polygon(ring((0, 0), (100, 100), (100, 0), (0, 100)))  # two triangles of 2,500 m2
FLAT = shapely.Polygon(ring((0, 0), (100, 0), (50, 0)))
PARTS = shapely.GeometryCollection([block(0, 0), line((0, 0), (300, 0)), point(5, 5)])
DEEP = shapely.GeometryCollection([shapely.GeometryCollection([block(0, 0), point(5, 5)]), block(200, 0)])


@pytest.mark.parametrize(
    ("shape", "area", "told"),
    [
        (BOW, 5_000, "1 shapes crossed themselves and were mended"),
        (FLAT, None, "1 of 2 shapes enclose no area and are left out"),
        (PARTS, 10_000, "1 shapes mix areas, lines or points"),
        (DEEP, 20_000, "1 shapes mix areas, lines or points"),
        (line((0, 0), (9, 9)), None, "1 of 2 features are lines where areas are wanted"),
        (point(0, 0), None, "1 of 2 features are points where areas are wanted"),
        (None, None, "1 of 2 features have no shape and are left out"),
        (shapely.Polygon(), None, "1 of 2 features have no shape and are left out"),
        (shapely.GeometryCollection(), None, "1 of 2 features have no shape and are left out"),
    ],
    ids=["bow tie", "flat", "mixture", "deep mixture", "line", "point", "null", "empty", "empty mixture"],
)
def test_a_bad_shape_is_mended_or_left_out_and_told_in_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, shape: Any, area: float | None, told: str
) -> None:
    found = read("sssi", save(tmp_path / "m.gpkg", shape, block(500, 0)))["sssi"]
    assert sorted(found.geometry.area) == sorted([*([area] if area else []), 10_000])
    assert found.geometry.is_valid.all()
    assert len(warnings_of(caplog)) == 1
    assert told in warnings_of(caplog)[0]
    assert "m.gpkg: " in warnings_of(caplog)[0]


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        (FLAT, "m.gpkg holds only shapes that enclose no area"),
        (line((0, 0), (9, 9)), "m.gpkg must hold areas; "),
        (point(0, 0), "m.gpkg must hold areas; "),
        (None, "m.gpkg holds only features without a shape"),
    ],
    ids=["flat", "line", "point", "null"],
)
def test_a_map_with_nothing_of_use_is_refused(tmp_path: Path, shape: Any, told: str) -> None:
    with pytest.raises(DataError) as caught:
        read("sssi", save(tmp_path / "m.gpkg", shape))
    assert told in str(caught.value)
    assert "What to do: " in str(caught.value)


def test_shapes_of_several_kinds_stay_where_a_layer_takes_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = read("substations", save(tmp_path / "m.gpkg", block(0, 0), point(300, 0)))["substations"]
    assert found.geometry.geom_type.tolist() == ["Polygon", "Point"]
    assert warnings_of(caplog) == []


def test_heights_are_dropped_in_silence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    found = read("sssi", save(tmp_path / "m.gpkg", shapely.force_3d(block(0, 0), 50), block(200, 0)))["sssi"]
    assert not found.geometry.has_z.any()
    assert found.geometry.iloc[0].equals(block(0, 0))
    assert warnings_of(caplog) == []
    assert "1 shapes carry heights" in caplog.text or "2 shapes carry heights" in caplog.text


def with_geometry(path: Path, wkb: bytes) -> Path:
    """A GeoPackage of one feature whose shape is put in byte for byte."""
    frame = gpd.GeoDataFrame({"NAME": ["a"]}, geometry=[block(0, 0)], crs=27700)
    pyogrio.write_dataframe(frame, path, layer="m", layer_options={"SPATIAL_INDEX": "NO"}, geometry_type="Unknown")
    connection = sqlite3.connect(path)
    connection.execute("UPDATE m SET geom = ?", (b"GP\x00\x01" + struct.pack("<i", 27700) + wkb,))
    connection.commit()
    connection.close()
    return path


def wkb_line(kind: int, *places: tuple[float, float]) -> bytes:
    points = b"".join(struct.pack("<dd", EAST + e, NORTH + n) for e, n in places)
    return b"\x01" + struct.pack("<II", kind, len(places)) + points


CIRCLE = wkb_line(8, (0, 0), (100, 0), (0, 0))  # circular string: the two points lie opposite each other
HALF = b"\x01" + struct.pack("<II", 9, 2) + wkb_line(8, (0, 0), (50, 50), (100, 0)) + wkb_line(2, (100, 0), (0, 0))
CURVES = {
    "a circle": (b"\x01" + struct.pack("<II", 10, 1) + CIRCLE, math.pi * 50**2),
    "half a circle": (b"\x01" + struct.pack("<II", 10, 1) + HALF, math.pi * 50**2 / 2),
    "several": (
        b"\x01" + struct.pack("<II", 12, 1) + b"\x01" + struct.pack("<II", 10, 1) + CIRCLE,
        math.pi * 50**2,
    ),
}


@pytest.mark.parametrize("case", CURVES)
def test_curves_become_straight_lines(tmp_path: Path, case: str) -> None:
    wkb, area = CURVES[case]
    found = read("sssi", with_geometry(tmp_path / "m.gpkg", wkb))["sssi"]
    assert found.geometry.area.tolist() == [pytest.approx(area, rel=2e-3)]


def test_a_ring_that_does_not_close_is_closed_or_refused(tmp_path: Path) -> None:
    open_ring = struct.pack("<I", 4) + b"".join(
        struct.pack("<dd", EAST + e, NORTH + n) for e, n in ((0, 0), (100, 0), (100, 100), (0, 100))
    )
    path = with_geometry(tmp_path / "m.gpkg", b"\x01" + struct.pack("<II", 3, 1) + open_ring)
    with pytest.raises(DataError, match=r"m\.gpkg holds a shape that cannot be drawn(.|\n)*Fix geometries"):
        read("sssi", path)


def test_coordinates_that_are_no_numbers_are_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with np.errstate(invalid="ignore"):
        shape = shapely.Polygon(ring((0, 0), (100, math.nan), (100, 100)))
    found = read("sssi", save(tmp_path / "m.gpkg", shape, block(500, 0)))["sssi"]
    assert found["name"].tolist() == ["s1"]
    assert len(warnings_of(caplog)) == 1


HOLED = shapely.Polygon(ring((0, 0), (100, 0), (100, 100), (0, 100)), [ring((25, 25), (75, 25), (75, 75), (25, 75))])


def test_rings_wound_the_wrong_way_keep_their_hole(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    found = read("sssi", save(tmp_path / "m.gpkg", HOLED, HOLED.reverse()))["sssi"]
    assert found.geometry.area.tolist() == [7_500, 7_500]
    assert warnings_of(caplog) == []


def test_a_hole_of_a_shapefile_wound_as_its_edge_stays_a_hole(tmp_path: Path) -> None:
    path = save(tmp_path / "m.shp", HOLED)
    content = bytearray(path.read_bytes())
    start = len(content) - 5 * 16  # the last ring, of five points, is the hole
    points = [bytes(content[start + 16 * k : start + 16 * (k + 1)]) for k in range(5)]
    content[start:] = b"".join(reversed(points))
    path.write_bytes(content)
    found = read("sssi", path)["sssi"]
    assert found.geometry.area.tolist() == [7_500]


def test_a_shape_of_a_hundred_thousand_corners_is_read_as_it_is(tmp_path: Path) -> None:
    angle = np.linspace(0, 2 * np.pi, 100_000, endpoint=False)
    round_shape = shapely.Polygon(np.c_[EAST + 1_000 * np.cos(angle), NORTH + 1_000 * np.sin(angle)])
    found = read("sssi", save(tmp_path / "m.gpkg", round_shape))["sssi"]
    assert found.geometry.area.tolist() == [pytest.approx(math.pi * 1_000**2, rel=1e-6)]
    assert shapely.get_num_coordinates(found.geometry.iloc[0]) == 100_001
