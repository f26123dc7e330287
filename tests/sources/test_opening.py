"""Every kind of file that a user may hand over: as it should be, in another format, spoilt, and a little odd."""

from __future__ import annotations

import logging
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.errors import NotGeoreferencedWarning
from rasterio.transform import Affine, from_origin

from tests.toy import EAST, NORTH, block, line, point, table
from treeplan.errors import DataError, TreeplanError
from treeplan.sources import opening, read

RESIDENTS = '"date","geography","geography code","Residence type: Total; measures: Value"\n'
TOTAL = "Residence type: Total; measures: Value"
GREENSPACE = {"id": ["A", "B"], "function": ["Cemetery", "Golf Course"]}


def csv(path: Path, rows: str, heading: str = RESIDENTS) -> Path:
    path.write_text(heading + rows, encoding="utf-8")
    return path


def towns(**columns: list[Any]) -> gpd.GeoDataFrame:
    """Two grounds of a hectare, 200 m apart."""
    return table([block(0, 0), block(200, 0)], **(columns or GREENSPACE))


def save(frame: gpd.GeoDataFrame, path: Path, layer: str | None = None) -> Path:
    frame.to_file(path, layer=layer)
    return path


def without_crs(frame: gpd.GeoDataFrame, path: Path) -> Path:
    # pyogrio warns of what is meant here.
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        return save(frame.set_crs(None, allow_override=True), path)


def cut(path: Path, share: float = 0.5) -> Path:
    """The same file, broken off."""
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    return path


def raster(
    path: Path,
    crs: Any = 27700,
    nodata: float | None = -9999,
    transform: Affine | None = None,
    side: int = 64,
) -> Path:
    cells = np.random.default_rng(1).uniform(0, 20, (side, side)).astype("float32")
    with rasterio.open(
        path, "w", driver="GTiff", height=side, width=side, count=1, dtype="float32", crs=crs, nodata=nodata,
        transform=transform or from_origin(EAST, NORTH + side, 1, 1),
    ) as file:  # fmt: skip
        file.write(cells, 1)
    return path


# ---------------------------------------------------------------- the same table and map in every format


def table_as(kind: str, folder: Path) -> Path:
    frame = pd.DataFrame({"geography code": ["E01000001", "E01000002"], TOTAL: [1500, 1200]})
    if kind == "csv":
        frame.to_csv(folder / "t.csv", index=False)
        return folder / "t.csv"
    if kind == "parquet":
        frame.to_parquet(folder / "t.parquet")
        return folder / "t.parquet"
    if kind == "folder in zip":
        with zipfile.ZipFile(folder / "t.zip", "w") as archive:
            archive.writestr("bulk/t.csv", frame.to_csv(index=False))
            archive.writestr("bulk/metadata.txt", "about")
        return folder / "t.zip"
    if kind == "named in zip":
        with zipfile.ZipFile(folder / "t.zip", "w") as archive:
            archive.writestr("lsoa.csv", frame.to_csv(index=False))
            archive.writestr("msoa.csv", "nothing of use")
        return folder / "t.zip"
    with zipfile.ZipFile(folder / "t.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("t.csv", frame.to_csv(index=False))
    return folder / "t.zip"


@pytest.mark.parametrize("kind", ["csv", "zip", "folder in zip", "named in zip", "parquet"])
def test_a_table_is_the_same_in_every_format(tmp_path: Path, kind: str) -> None:
    inside = "lsoa.csv" if kind == "named in zip" else None
    found = read("census_residents", table_as(kind, tmp_path), inside=inside)["residents"]
    assert found.to_dict("list") == {"lsoa21_code": ["E01000001", "E01000002"], "residents": [1500.0, 1200.0]}
    assert found["residents"].dtype == float


def map_as(kind: str, folder: Path) -> Path:
    frame = towns()
    if kind == "geoparquet":
        frame.to_parquet(folder / "m.parquet")
        return folder / "m.parquet"
    if kind == "geojson in degrees":
        # Nine places of a degree are a tenth of a millimetre.
        frame.to_crs(4326).to_file(folder / "m.geojson", driver="GeoJSON", COORDINATE_PRECISION=9)
        return folder / "m.geojson"
    if kind == "zipped shapefile":
        frame.to_file(folder / "m.shp")
        with zipfile.ZipFile(folder / "m.zip", "w") as archive:
            for part in folder.glob("m.*"):
                if part.suffix != ".zip":
                    archive.write(part, f"data/{part.name}")
        return folder / "m.zip"
    if kind == "zipped geopackage":
        with zipfile.ZipFile(folder / "m.zip", "w") as archive:
            archive.write(save(frame, folder / "m.gpkg"), "m.gpkg")
        return folder / "m.zip"
    return save(frame, folder / kind)


@pytest.mark.parametrize(
    "kind",
    [
        "m.gpkg",
        "m.shp",
        "m.fgb",
        "M.GPKG",
        "geoparquet",
        "geojson in degrees",
        "zipped shapefile",
        "zipped geopackage",
    ],
)
def test_a_map_is_the_same_in_every_format(tmp_path: Path, kind: str) -> None:
    # A map file keeps no order of its own.
    found = read("open_greenspace", map_as(kind, tmp_path))["open_land"].sort_values("ground_id", ignore_index=True)
    assert found["land_use"].tolist() == ["cemetery", "golf"]
    assert found["ground_id"].tolist() == ["A", "B"]
    assert found.crs.to_epsg() == 27700
    apart = shapely.hausdorff_distance(found.geometry.to_numpy(), towns().geometry.to_numpy())
    assert (apart < 0.01).all()


def test_a_table_may_come_from_a_map_file(tmp_path: Path) -> None:
    frame = towns(**{"geography code": ["E01000001", "E01000002"], TOTAL: [10, 20]})
    found = read("census_residents", save(frame, tmp_path / "people.gpkg"))["residents"]
    assert found["residents"].tolist() == [10, 20]


def test_the_study_file_says_the_system_of_a_map_that_does_not(tmp_path: Path) -> None:
    path = without_crs(towns().to_crs(4326), tmp_path / "m.shp")
    found = read("open_greenspace", path, crs="EPSG:4326")["open_land"]
    assert shapely.hausdorff_distance(found.geometry.iloc[0], block(0, 0)) < 0.01


def test_the_layer_of_a_map_with_one_layer_need_not_be_named(tmp_path: Path) -> None:
    assert len(read("open_greenspace", save(towns(), tmp_path / "m.gpkg", layer="mine"))["open_land"]) == 2


def test_several_layers_are_told_apart_by_name(tmp_path: Path) -> None:
    path = save(towns(NAME=["a", "b"]), tmp_path / "m.gpkg", layer="new")
    save(table([block(0, 0)], NAME=["c"]), path, layer="old")
    assert read("sssi", path, inside="old")["sssi"]["name"].tolist() == ["c"]


def test_a_table_without_shapes_beside_the_map_is_no_second_layer(tmp_path: Path) -> None:
    path = save(towns(NAME=["a", "b"]), tmp_path / "m.gpkg", layer="map")
    pd.DataFrame({"style": ["x"]}).pipe(gpd.GeoDataFrame).to_file(path, layer="layer_styles")
    assert read("sssi", path)["sssi"]["name"].tolist() == ["a", "b"]


# ---------------------------------------------------------------- spoilt tables: refused, with file and remedy


def zipped(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(f"{name}.csv", text)
    return path


def raw(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def locked(path: Path) -> Path:
    """The same zip, its one member marked as needing a password."""
    content = bytearray(path.read_bytes())
    content[6] |= 1  # general purpose flag of the local header
    content[content.index(b"PK\x01\x02") + 8] |= 1  # and of the list of contents
    return raw(path, bytes(content))


def changed(path: Path) -> Path:
    """The same zip, one byte of its packed member turned."""
    content = bytearray(path.read_bytes())
    content[45] ^= 0xFF
    return raw(path, bytes(content))


GOOD = "2021,A,E01000001,1500\n"
MANY = "".join(f"2021,A,E01{i:06d},{1000 + i}\n" for i in range(1, 2000))

SPOILT_TABLES: dict[str, tuple[Callable[[Path], Path], dict[str, Any], str]] = {
    "missing file": (lambda d: d / "lost.csv", {}, "does not exist"),
    "a folder": (lambda d: d, {}, "folder"),
    "no bytes": (lambda d: raw(d / "t.csv", b""), {}, "empty"),
    "only blank lines": (lambda d: raw(d / "t.csv", b"\n\n \n"), {}, "empty"),
    "headings only": (lambda d: csv(d / "t.csv", ""), {}, "no rows"),
    "web page": (lambda d: raw(d / "t.csv", b"<!DOCTYPE html>\n<html><body>404</body></html>"), {}, "web page"),
    "web page after a mark": (lambda d: raw(d / "t.csv", b"\xef\xbb\xbf\n<HTML><body>x</body></HTML>"), {}, "web page"),
    "a picture": (lambda d: raw(d / "t.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 20), {}, "not a text file"),
    "an Excel file called .csv": (lambda d: raw(d / "t.csv", b"PK\x03\x04\x14\x00\x00\x00" * 9), {}, "is an Excel workbook(.|\n)*save it as CSV"),
    "unclosed quotes": (lambda d: csv(d / "t.csv", '2021,"A,E01000001,1\n'), {}, "not a readable CSV"),
    "more cells than headings": (lambda d: csv(d / "t.csv", "2021,A,E01000001,1,500\n"), {}, "more cells"),
    "more cells in one row": (lambda d: csv(d / "t.csv", GOOD + "2021,B,E01000002,1,5\n"), {}, "not a readable CSV"),
    "text among numbers": (lambda d: csv(d / "t.csv", GOOD + "2021,B,E01000002,many\n"), {}, r"residents: .*'many' \(row 2\)"),
    "a suppressed count": (lambda d: csv(d / "t.csv", "2021,B,E01000002,<5\n"), {}, "residents: must be a number"),
    "an empty count": (lambda d: csv(d / "t.csv", "2021,B,E01000002,\n"), {}, "residents: .*an empty cell"),
    "endless residents": (lambda d: csv(d / "t.csv", "2021,B,E01000002,inf\n"), {}, "residents: must be a number"),
    "negative residents": (lambda d: csv(d / "t.csv", GOOD + "2021,B,E01000002,-5\n"), {}, "residents: must be 0 or more"),
    "repeated codes": (lambda d: csv(d / "t.csv", GOOD + GOOD), {}, "lsoa21_code: must not repeat"),
    "an odd code": (lambda d: csv(d / "t.csv", GOOD + "2021,B,X1,1\n"), {}, r"E01000001; .*'X1' \(row 2\)"),
    "a code in small letters": (lambda d: csv(d / "t.csv", GOOD + "2021,B,e01000002,1\n"), {}, "e01000002"),
    "an empty code": (lambda d: csv(d / "t.csv", GOOD + "2021,B,,1\n"), {}, "lsoa21_code: .*an empty cell"),
    "codes of districts": (lambda d: csv(d / "t.csv", "2021,B,E08000016,1\n"), {}, "must look like E01000001"),
    "Wales alone": (lambda d: csv(d / "t.csv", "2021,B,W01000001,1\n"), {}, "no rows"),
    "no such column": (lambda d: csv(d / "t.csv", "E01000001,5\n", "code,people\n"), {}, "it has: code, people"),
    "a renamed column that is not there": (
        lambda d: csv(d / "t.csv", GOOD),
        {"columns": {"residents": "people"}},
        "residents: looked for a column headed 'people'",
    ),
    "a column that treeplan does not use": (
        lambda d: csv(d / "t.csv", GOOD),
        {"columns": {"people": TOTAL}},
        "renames people",
    ),
    "a pattern that keeps nothing": (lambda d: csv(d / "t.csv", GOOD), {"keep": "E02*"}, r"keep = 'E02\*'"),
    "no zip": (lambda d: raw(d / "t.zip", b"not a zip"), {}, "not a whole zip"),
    "a broken-off zip": (lambda d: cut(zipped(d / "t.zip", a=RESIDENTS + MANY)), {}, "not a whole zip"),
    "two tables in a zip": (lambda d: zipped(d / "t.zip", a=RESIDENTS, b=RESIDENTS), {}, r"2 matching CSV files \(a.csv, b.csv\)"),
    "another table of the zip": (
        lambda d: zipped(d / "t.zip", a=RESIDENTS, b=RESIDENTS),
        {"inside": "c.csv"},
        "0 matching CSV files",
    ),
    "a zip without tables": (lambda d: zipped(d / "t.zip"), {}, "0 map files"),
    "a locked zip": (lambda d: locked(table_as("zip", d)), {}, "cannot be unpacked(.|\n)*unzip it"),
    "a zip that was changed": (lambda d: changed(table_as("zip", d)), {}, "not a whole zip"),
    "semicolons": (lambda d: csv(d / "t.csv", "E01000001;5\n", f"geography code;{TOTAL}\n"), {}, "is separated by semicolons"),
    "tabs": (lambda d: csv(d / "t.csv", "E01000001\t5\n", f"geography code\t{TOTAL}\n"), {}, "is separated by tabs"),
    "Excel's Unicode text": (lambda d: raw(d / "t.csv", (RESIDENTS + GOOD).encode("utf-16")), {}, "not a text file"),
    "an Excel file": (lambda d: raw(d / "t.xlsx", b"PK\x03\x04\x14\x00\x00\x00" * 9), {}, "Excel workbook(.|\n)*save it as CSV"),
    "no parquet": (lambda d: raw(d / "t.parquet", b"a,b\n1,2\n"), {}, "not a readable Parquet"),
    "a broken-off parquet": (lambda d: cut(table_as("parquet", d)), {}, "not a readable Parquet"),
    "a setting that means nothing": (lambda d: csv(d / "t.csv", GOOD), {"crs": "EPSG:27700"}, "census_residents.*crs"),
}  # fmt: skip


def refused(error: TreeplanError, path: Path, says: str) -> None:
    """The message names the file or the setting, says what is wrong, and what to do."""
    text = str(error)
    assert path.name in text or "[sources." in text
    assert "What to do: " in text
    assert re.search(says, text), text
    assert "Traceback" not in text


@pytest.mark.parametrize("case", SPOILT_TABLES)
def test_a_spoilt_table_is_refused_with_a_remedy(tmp_path: Path, case: str) -> None:
    spoil, settings, says = SPOILT_TABLES[case]
    path = spoil(tmp_path)
    with pytest.raises(TreeplanError) as caught:
        read("census_residents", path, **settings)
    refused(caught.value, path, says)


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = csv(tmp_path / "t.csv", GOOD)

    def denied(self: Path, *given: Any, **settings: Any) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    for opened in ("open", "exists"):
        with monkeypatch.context() as locked_up:
            locked_up.setattr(Path, opened, denied)
            with pytest.raises(DataError) as caught:
                read("census_residents", path)
        refused(caught.value, path, r"t\.csv cannot be read \(Permission denied\)")


def test_a_folder_called_a_geodatabase_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "people.gdb"
    path.mkdir()
    with pytest.raises(DataError) as caught:
        read("census_residents", path)
    refused(caught.value, path, "cannot be read|not a readable")


def test_a_long_list_of_headings_is_cut_to_those_that_matter(tmp_path: Path) -> None:
    headings = [f"column {n}" for n in range(90)] + ["Geography Codes"]
    path = csv(tmp_path / "t.csv", ",".join(["1"] * 91) + "\n", ",".join(headings) + "\n")
    with pytest.raises(DataError) as caught:
        read("census_residents", path)
    said = next(line for line in str(caught.value).splitlines() if "it has: " in line)
    assert "it has: Geography Codes, column 0, column 1" in said  # the nearest first
    assert said.endswith("… and 79 more")


def test_many_missing_columns_are_counted_not_listed(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read("ages_mid_2020", csv(tmp_path / "t.csv", "E01000001,5\n", "lsoa11_code,people\n"))
    assert "… and 86 more" in str(caught.value)  # of 91 columns of ages five are named
    assert len(str(caught.value).splitlines()) == 9


def test_a_web_page_without_a_head_lacks_the_columns(tmp_path: Path) -> None:
    path = raw(tmp_path / "t.csv", b"Error 503\nService unavailable\n")
    with pytest.raises(DataError) as caught:
        read("census_residents", path)
    refused(caught.value, path, "looked for a column headed 'geography code'")


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    path = csv(tmp_path / "t.csv", GOOD + "2021,B,X1,-1\n2021,C,X2,-2\n2021,D,E01000001,5\n")
    with pytest.raises(DataError) as caught:
        read("census_residents", path)
    refused(caught.value, path, "must not repeat")
    refused(caught.value, path, r"must look like E01000001; fails in 2 rows, e.g. 'X1' \(row 2\)")
    refused(caught.value, path, r"must be 0 or more; fails in 2 rows")


def test_the_row_counts_from_the_file_also_after_wales(tmp_path: Path) -> None:
    path = csv(tmp_path / "t.csv", "2021,A,W01000001,1\n2021,A,W01000002,1\n2021,B,E01000001,-7\n")
    with pytest.raises(DataError, match=r"\(row 3\)"):
        read("census_residents", path)


@pytest.mark.parametrize("cell", ["", "n/a", "-1", "c"])
def test_ages_that_are_no_numbers_are_refused(tmp_path: Path, cell: str) -> None:
    ages = [*[str(n) for n in range(90)], "90+"]
    path = tmp_path / "ages.csv"
    pd.DataFrame([["E01000001", *["10"] * 50, cell, *["10"] * 40]], columns=["lsoa11_code", *ages]).to_csv(
        path, index=False
    )
    with pytest.raises(DataError) as caught:
        read("ages_mid_2020", path)
    refused(caught.value, path, "columns 50")


@pytest.mark.parametrize(
    ("rank", "says"), [("0", "1 or more"), ("40,000", "32844 or less"), ("n/a", "must be a number"), ("", "empty")]
)
def test_ranks_out_of_range_are_refused(tmp_path: Path, rank: str, says: str) -> None:
    heading = "LSOA code (2011),Index of Multiple Deprivation (IMD) Rank\n"
    path = csv(tmp_path / "File_1.csv", f'E01000001,"{rank}"\n', heading)
    with pytest.raises(DataError) as caught:
        read("deprivation_2019", path)
    refused(caught.value, path, f"imd_rank: .*{says}")


@pytest.mark.parametrize(
    ("source", "heading", "row", "says"),
    [
        ("air_by_lsoa", "lsoa11,no2_202123_conc,pm25_202123_conc", "E01000001,900,7", "no2_ugm3: must be 200 or less"),
        ("air_by_lsoa", "lsoa11,no2_202123_conc,pm25_202123_conc", "E01000001,9,-7", "pm25_ugm3: must be 0 or more"),
        ("lsoa_2011_to_2021", "LSOA11CD,LSOA21CD,CHGIND,LAD22CD", "E01000001,E01000001,Q,E08000016", "U, S, M or X"),
        ("lsoa_2011_to_2021", "LSOA11CD,LSOA21CD,CHGIND,LAD22CD", "E01000001,E01000001,U,Barnsley", "E08000001"),
        ("lsoa_to_ward", "LSOA21CD,WD24CD,WD24NM,LAD24CD,LAD24NM", "E01000001,W,West,E08000016,B", "ward_code"),
    ],
)
def test_values_that_cannot_be_are_refused(tmp_path: Path, source: str, heading: str, row: str, says: str) -> None:
    path = csv(tmp_path / "t.csv", row + "\n", heading + "\n")
    with pytest.raises(DataError) as caught:
        read(source, path)
    refused(caught.value, path, says)


# ---------------------------------------------------------------- spoilt maps


def called(frame: gpd.GeoDataFrame, crs: int, path: Path) -> Path:
    """A map that says another coordinate reference system than its coordinates have."""
    return save(frame.set_crs(crs, allow_override=True), path)


def two_layers(path: Path) -> Path:
    save(towns(), path, layer="old")
    return save(towns(), path, layer="new")


def many() -> gpd.GeoDataFrame:
    return table([block(200 * i, 0) for i in range(500)], function=["Cemetery"] * 500)


def without(suffix: str, path: Path) -> Path:
    path.with_suffix(suffix).unlink()
    return path


METRES = b"""{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"function": "Cemetery"},
 "geometry": {"type": "Point", "coordinates": [440000, 390000]}}]}"""


SPOILT_MAPS: dict[str, tuple[Callable[[Path], Path], dict[str, Any], str]] = {
    "missing file": (lambda d: d / "lost.gpkg", {}, "does not exist"),
    "no system": (lambda d: without_crs(towns(), d / "m.shp"), {}, "does not say its coordinate reference system"),
    "degrees called metres": (lambda d: called(towns().to_crs(4326), 27700, d / "m.gpkg"), {}, "look like degrees(.|\n)*EPSG:4326"),
    "metres called degrees": (lambda d: called(towns(), 4326, d / "m.gpkg"), {}, "look like metres(.|\n)*EPSG:27700"),
    "UTM called British": (lambda d: called(towns().to_crs(32630), 27700, d / "m.gpkg"), {}, "does not lie in Britain"),
    "British called UTM": (lambda d: called(towns(), 32733, d / "m.gpkg"), {}, "does not lie in Britain"),
    "France": (lambda d: save(table([shapely.box(2, 48, 3, 49)], function=["Cemetery"]).set_crs(4326, allow_override=True), d / "m.gpkg"), {}, "does not lie in Britain"),
    "degrees turned round": (lambda d: save(table([shapely.box(53, -1.5, 53.1, -1.4)], function=["Cemetery"]).set_crs(4326, allow_override=True), d / "m.gpkg"), {}, "does not lie in Britain"),
    "a system there is none of": (lambda d: save(towns(), d / "m.gpkg"), {"crs": "British"}, "'British' is no coordinate reference system"),
    "no features": (lambda d: save(towns().head(0), d / "m.gpkg"), {}, "no features"),
    "only empty shapes": (lambda d: save(towns().set_geometry([None, None]).set_crs(27700), d / "m.gpkg"), {}, "without a shape"),
    "several layers": (lambda d: two_layers(d / "m.gpkg"), {}, "old, new"),
    "several layers, another name": (lambda d: two_layers(d / "m.gpkg"), {"inside": "best"}, "no layer 'best'"),
    "no such column": (lambda d: save(towns(kind=["x", "y"]), d / "m.gpkg"), {}, "it has: kind"),
    "an unknown function": (lambda d: save(towns(function=["Cemetery", "Moor"]), d / "m.gpkg"), {}, "Moor(.|\n)*Public Park"),
    "an empty function": (lambda d: save(towns(function=["Cemetery", None]), d / "m.gpkg"), {}, "empty cells"),
    "a web page": (lambda d: raw(d / "m.gpkg", b"<html><body>Sign in</body></html>"), {}, "web page"),
    "no bytes": (lambda d: raw(d / "m.gpkg", b""), {}, "empty"),
    "a broken-off GeoPackage": (lambda d: cut(save(many(), d / "m.gpkg"), 0.3), {}, "not a readable map"),
    "the start of a GeoPackage": (lambda d: cut(save(many(), d / "m.gpkg"), 0.01), {}, "not a readable map"),
    "a broken-off GeoJSON": (lambda d: cut(save(many().to_crs(4326), d / "m.geojson")), {}, "not a readable map"),
    "a broken-off Shapefile": (lambda d: cut(save(many(), d / "m.shp")), {}, "cut off"),
    "a broken-off GeoParquet": (lambda d: cut(map_as("geoparquet", d)), {}, "not a readable map"),
    "rows without shapes": (lambda d: table_as("parquet", d), {}, "not a readable map|no shapes"),
    "a table called a map": (lambda d: csv(d / "m.gpkg", GOOD), {}, "not a readable map"),
    "a CSV where a map is wanted": (lambda d: csv(d / "m.csv", GOOD), {}, "no shapes|not a readable map|several layers|no layer"),
    "a GeoJSON in metres": (lambda d: raw(d / "m.geojson", METRES), {}, "look like metres(.|\n)*EPSG:27700"),
    "a Shapefile without its index": (lambda d: without(".shx", save(towns(), d / "m.shp")), {}, "not a readable map"),
    "a Shapefile without its table": (lambda d: without(".dbf", save(towns(), d / "m.shp")), {}, "looked for a column"),
    "a Shapefile without its system": (lambda d: without(".prj", save(towns(), d / "m.shp")), {}, "does not say its coordinate"),
    "a zip without a map": (lambda d: zipped(d / "m.zip", a="x"), {}, "0 map files"),
    "a broken-off zip": (lambda d: cut(map_as("zipped geopackage", d)), {}, "not a whole zip"),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILT_MAPS)
def test_a_spoilt_map_is_refused_with_a_remedy(tmp_path: Path, case: str) -> None:
    spoil, settings, says = SPOILT_MAPS[case]
    path = spoil(tmp_path)
    with pytest.raises(TreeplanError) as caught:
        read("open_greenspace", path, **settings)
    refused(caught.value, path, says)


@pytest.mark.parametrize(
    ("name", "shapes", "says"),
    [
        ("open_greenspace", [point(0, 0), point(1, 1)], "must hold areas; 2 of its 2 features are points"),
        ("open_greenspace", [line((0, 0), (9, 9)), point(1, 1)], "2 of its 2 features are points and lines"),
        ("woodland", [line((0, 0), (9, 9)), line((0, 0), (5, 5))], "must hold areas; 2 of its 2 features are lines"),
        ("trees", [block(0, 0), block(200, 0)], "must hold points; 2 of its 2 features are areas"),
        ("railways", [block(0, 0), block(200, 0)], "must hold lines; 2 of its 2 features are areas"),
        ("lsoa_2021", [block(0, 0), point(200, 0)], "must hold areas; 1 of its 2 features are points"),
        ("districts", [point(0, 0), point(200, 0)], "must hold areas; 2 of its 2 features are points"),
    ],
)
def test_another_kind_of_shape_is_refused(tmp_path: Path, name: str, shapes: list[Any], says: str) -> None:
    columns = {"function": "Cemetery", "LSOA21CD": ["E01000001", "E01000002"], "LSOA21NM": "A"}
    columns |= {"LAD24CD": ["E08000001", "E08000002"], "LAD24NM": "B"}
    path = save(table(shapes, **columns), tmp_path / "m.gpkg")
    with pytest.raises(DataError) as caught:
        read(name, path)
    refused(caught.value, path, says)


def test_a_few_features_of_another_kind_are_left_out_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = save(table([block(0, 0), point(0, 0)], NAME=["a", "b"]), tmp_path / "m.gpkg")
    assert read("sssi", path)["sssi"]["name"].tolist() == ["a"]
    assert "1 of 2 features are points where areas are wanted" in caplog.text


def test_a_broken_off_geopackage_quotes_no_query(tmp_path: Path) -> None:
    for share in (0.2, 0.5, 0.8):
        path = cut(save(many(), tmp_path / f"{share}.gpkg"), share)
        with pytest.raises(DataError) as caught:
            read("open_greenspace", path)
        assert "SELECT" not in str(caught.value)
        assert "sqlite" not in str(caught.value)


# ---------------------------------------------------------------- spoilt rasters and extracts


ROTATED = Affine(1, 0.2, EAST, -0.2, -1, NORTH + 64)
SPOILT_RASTERS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "in degrees": (lambda d: raster(d / "vom.tif", 4326, transform=from_origin(-1.5, 53.4, 1e-5, 1e-5)), "EPSG:4326"),
    "no gap value": (lambda d: raster(d / "vom.tif", nodata=None), "nodata"),
    "a hillshade": (lambda d: raster(d / "VOM_HS_SE30.tif"), "hillshade"),
    "rotated": (lambda d: raster(d / "vom.tif", transform=ROTATED), "rotated"),
    "oblong cells": (lambda d: raster(d / "vom.tif", transform=Affine(1, 0, EAST, 0, -2, NORTH)), "not square"),
    "broken off": (lambda d: cut(raster(d / "vom.tif", side=256)), "cut off|not a readable raster"),
    "the start only": (lambda d: cut(raster(d / "vom.tif"), 0.001), "not a readable raster"),
    "no raster": (lambda d: raw(d / "vom.tif", b"not a raster at all"), "not a readable raster"),
    "a web page": (lambda d: raw(d / "vom.tif", b"<!doctype html><html></html>"), "web page"),
    "no bytes": (lambda d: raw(d / "vom.tif", b""), "empty"),
    "missing": (lambda d: d / "vom.tif", "does not exist"),
}


@pytest.mark.parametrize("case", SPOILT_RASTERS)
def test_a_spoilt_raster_is_refused_with_a_remedy(tmp_path: Path, case: str) -> None:
    spoil, says = SPOILT_RASTERS[case]
    path = spoil(tmp_path)
    with pytest.raises(DataError) as caught:
        read("vegetation_object_model", path)
    refused(caught.value, path, says)


def test_a_raster_that_lies_nowhere_is_refused(tmp_path: Path) -> None:
    # rasterio warns when such a picture is written, too.
    with pytest.warns(NotGeoreferencedWarning):
        path = raster(tmp_path / "vom.tif", crs=None, transform=Affine.identity())
    with pytest.raises(DataError) as caught:
        read("vegetation_object_model", path)
    refused(caught.value, path, "no coordinate reference system")


OSM = b'<?xml version="1.0"?><osm version="0.6"><node id="1" version="1" lat="53.4" lon="-1.5"><tag k="natural" v="tree"/></node></osm>'
SPOILT_EXTRACTS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "broken off": (lambda d: raw(d / "town.osm", OSM[:-20]), "not a whole OpenStreetMap extract"),
    "no extract inside": (lambda d: raw(d / "town.osm.pbf", b"this is no extract" * 50), "not a whole OpenStreetMap extract"),
    "a web page": (lambda d: raw(d / "town.osm.pbf", b"<html>busy</html>"), "web page"),
    "no bytes": (lambda d: raw(d / "town.osm.pbf", b""), "empty"),
    "another file": (lambda d: save(towns(), d / "town.gpkg"), "no OpenStreetMap extract"),
    "missing": (lambda d: d / "town.osm.pbf", "does not exist"),
    "nothing of use": (lambda d: raw(d / "town.osm", OSM.replace(b"tree", b"stone")), "nothing that treeplan uses"),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILT_EXTRACTS)
def test_a_spoilt_extract_is_refused_with_a_remedy(tmp_path: Path, case: str) -> None:
    spoil, says = SPOILT_EXTRACTS[case]
    path = spoil(tmp_path)
    with pytest.raises(DataError) as caught:
        read("openstreetmap", path)
    refused(caught.value, path, says)


@pytest.mark.realdata
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9, 0.999])
def test_a_broken_off_real_extract_is_refused(data: Path, tmp_path: Path, share: float) -> None:
    path = cut(raw(tmp_path / "london.osm.pbf", (data / "osm/central-london.osm.pbf").read_bytes()), share)
    with pytest.raises(DataError) as caught:
        read("openstreetmap", path)
    refused(caught.value, path, "not a whole OpenStreetMap extract")


@pytest.mark.realdata
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_broken_off_real_map_is_refused(data: Path, tmp_path: Path, share: float) -> None:
    path = cut(raw(tmp_path / "woods.gpkg", (data / "trafford/trafford_woodland_os.gpkg").read_bytes()), share)
    with pytest.raises(DataError) as caught:
        read("woodland", path)
    refused(caught.value, path, "not a readable map")


@pytest.mark.realdata
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_broken_off_real_raster_is_refused(data: Path, tmp_path: Path, share: float) -> None:
    path = cut(raw(tmp_path / "vom.tif", (data / "rasters/ea_new_forest_vom.tif").read_bytes()), share)
    with pytest.raises(DataError) as caught:
        read("vegetation_object_model", path, nodata=-9999)
    refused(caught.value, path, "cut off|not a readable raster")


# ---------------------------------------------------------------- odd, and mended


def test_a_shape_that_crosses_itself_is_mended_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    # A bow tie of 100 m: two triangles of 100 × 50 / 2.
    bow = shapely.Polygon([(EAST + e, NORTH + n) for e, n in [(0, 0), (100, 100), (100, 0), (0, 100)]])
    path = save(table([bow, block(200, 0)], **GREENSPACE), tmp_path / "m.gpkg")
    found = read("open_greenspace", path)["open_land"]
    assert found.geometry.is_valid.all()
    assert found.geometry.area.tolist() == [5_000, 10_000]
    assert "m.gpkg: 1 shapes crossed themselves and were mended" in caplog.text


def test_features_without_a_shape_are_left_out_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = save(table([block(0, 0), None, shapely.Polygon()], NAME=["a", "b", "c"]), tmp_path / "m.gpkg")
    assert read("sssi", path)["sssi"]["name"].tolist() == ["a"]
    assert "m.gpkg: 2 of 3 features have no shape" in caplog.text


def test_a_neighbourhood_without_a_shape_stays_for_the_study_to_judge(tmp_path: Path) -> None:
    frame = table([block(0, 0), None], LSOA21CD=["E01000001", "E01000002"], LSOA21NM=["A", "B"])
    found = read("lsoa_2021", save(frame, tmp_path / "m.gpkg"))["neighbourhoods"].sort_values("lsoa21_code")
    assert found["lsoa21_code"].tolist() == ["E01000001", "E01000002"]
    assert found.geometry.isna().tolist() == [False, True]


def test_heights_are_flattened(tmp_path: Path) -> None:
    path = save(
        table([shapely.force_3d(block(0, 0), 50), shapely.force_3d(block(200, 0), 60)], **GREENSPACE),
        tmp_path / "m.gpkg",
    )
    found = read("open_greenspace", path)["open_land"]
    assert not found.geometry.has_z.any()
    assert found.geometry.iloc[0].equals(block(0, 0))


def test_british_national_grid_written_as_esri_writes_it(tmp_path: Path) -> None:
    path = save(towns(), tmp_path / "m.shp")
    path.with_suffix(".prj").write_text(
        'PROJCS["British_National_Grid",GEOGCS["GCS_OSGB_1936",DATUM["D_OSGB_1936",SPHEROID["Airy_1830",6377563.396,'
        '299.3249646]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
        'PARAMETER["False_Easting",400000.0],PARAMETER["False_Northing",-100000.0],PARAMETER["Central_Meridian",-2.0],'
        'PARAMETER["Scale_Factor",0.9996012717],PARAMETER["Latitude_Of_Origin",49.0],UNIT["Meter",1.0]]',
        encoding="ascii",
    )
    found = read("open_greenspace", path)["open_land"]
    assert found.crs.to_epsg() == 27700
    assert found.geometry.iloc[0].equals(block(0, 0))


def test_windows_text_is_read_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = (
        "lsoa21_code,ward24_code,ward24_name,ltla24_code,ltla24_name\nE01000001,E05000001,Château,E08000016,Barnsley\n"
    )
    found = read("lsoa_to_ward", raw(tmp_path / "w.csv", rows.encode("cp1252")))["area_lookup"]
    assert found["ward_name"].tolist() == ["Château"]
    assert "w.csv is not UTF-8" in caplog.text


def test_utf_8_with_and_without_a_mark_is_read_in_silence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = (
        "lsoa21_code,ward24_code,ward24_name,ltla24_code,ltla24_name\nE01000001,E05000001,Château,E08000016,Barnsley\n"
    )
    caplog.set_level(logging.WARNING)
    for encoding in ("utf-8", "utf-8-sig"):
        found = read("lsoa_to_ward", raw(tmp_path / "w.csv", rows.encode(encoding)))["area_lookup"]
        assert found["ward_name"].tolist() == ["Château"]
    assert caplog.text == ""


@pytest.mark.parametrize(
    "heading",
    [
        "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)",
        '"Index of Multiple Deprivation (IMD)\n Rank (where 1 is most deprived)"',
        "INDEX OF MULTIPLE DEPRIVATION (IMD) RANK (WHERE 1 IS MOST DEPRIVED)",
        "  Index of Multiple Deprivation (IMD) Rank  (where 1 is most deprived) ",
        "Index of Multiple Deprivation (IMD) Rank (where 1 is most dep",
    ],
    ids=["as published", "broken line", "capitals", "spaces", "cut short"],
)
def test_headings_that_differ_a_little_are_known(tmp_path: Path, heading: str) -> None:
    path = csv(tmp_path / "t.csv", "E01000001,977\n", f"LSOA code (2011),{heading}\n")
    assert read("deprivation_2019", path)["deprivation"]["imd_rank"].tolist() == [977]


def test_a_short_heading_is_not_taken_for_a_longer_one(tmp_path: Path) -> None:
    path = csv(tmp_path / "t.csv", "E01000001,977\n", "LSOA code (2011),Index\n")
    with pytest.raises(DataError, match="looked for a column headed"):
        read("deprivation_2019", path)


def test_a_users_own_heading_goes_before_the_publishers(tmp_path: Path) -> None:
    path = csv(tmp_path / "t.csv", "E01000001,5,6\n", f"geography code,{TOTAL},adjusted\n")
    found = read("census_residents", path, columns={"residents": "adjusted"})["residents"]
    assert found["residents"].tolist() == [6]


@pytest.mark.parametrize("cell", [" E01000001", "E01000001 ", "\tE01000001 ", '" E01000001"', "\u00a0E01000001"])
def test_spaces_round_a_code_are_taken_off(tmp_path: Path, cell: str) -> None:
    found = read("census_residents", csv(tmp_path / "t.csv", f"2021,A,{cell},1500\n"))["residents"]
    assert found["lsoa21_code"].tolist() == ["E01000001"]


def test_spaces_round_a_code_of_a_map_are_taken_off(tmp_path: Path) -> None:
    frame = towns(LSOA21CD=["E01000001 ", " E01000002"], LSOA21NM=["A", "B"])
    found = read("lsoa_2021", save(frame, tmp_path / "m.gpkg"))["neighbourhoods"]
    assert found["lsoa21_code"].tolist() == ["E01000001", "E01000002"]


def test_rows_of_bare_commas_are_left_out(tmp_path: Path) -> None:
    found = read("census_residents", csv(tmp_path / "t.csv", GOOD + ",,,\n,,,\n\n"))["residents"]
    assert len(found) == 1


def test_a_pattern_keeps_the_rows_that_match_it(tmp_path: Path) -> None:
    path = csv(tmp_path / "t.csv", "2021,A,E01000001,5\n2021,A,X9,5\n")
    assert read("census_residents", path, keep="E01*")["residents"]["lsoa21_code"].tolist() == ["E01000001"]


def test_the_word_NA_is_a_word(tmp_path: Path) -> None:  # noqa: N802
    heading = "lsoa21_code,ward24_code,ward24_name,ltla24_code,ltla24_name\n"
    found = read("lsoa_to_ward", csv(tmp_path / "w.csv", "E01000001,E05000001,NA,E08000016,None\n", heading))[
        "area_lookup"
    ]
    assert found[["ward_name", "district_name"]].to_numpy().tolist() == [["NA", "None"]]


def test_reading_changes_no_file(tmp_path: Path) -> None:
    path = save(towns(), tmp_path / "m.gpkg")
    before = path.read_bytes()
    read("open_greenspace", path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["m.gpkg"]


def test_points_in_degrees_land_on_the_grid(tmp_path: Path) -> None:
    path = save(table([point(0, 0)], treeID=["1"]).to_crs(4326), tmp_path / "m.gpkg")
    found = opening.open_map(path)
    assert found.geometry.iloc[0].distance(point(0, 0)) < 0.01
