from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from tests.toy import EAST, NORTH, block, line, point, table
from treeplan.errors import DataError, TreeplanError
from treeplan.sources import read

# ---------------------------------------------------------------- parcels

SQUARE = "{e} {n} {e1} {n} {e1} {n1} {e} {n1} {e} {n}"


def gml(path: Path, *parcels: tuple[int, float]) -> Path:
    """Squares of 100 m in the layout of HM Land Registry: (INSPIRE id, metres east of the toy town's corner)."""
    members = "".join(
        f'<gml:featureMember><LR:PREDEFINED fid="PREDEFINED.{k}"><LR:GEOMETRY>'
        '<gml:Polygon srsName="urn:ogc:def:crs:EPSG::27700"><gml:exterior><gml:LinearRing><gml:posList>'
        + SQUARE.format(e=EAST + east, e1=EAST + east + 100, n=NORTH, n1=NORTH + 100)
        + "</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></LR:GEOMETRY>"
        f"<LR:INSPIREID>{number}</LR:INSPIREID><LR:LABEL>{number}</LR:LABEL>"
        f"<LR:NATIONALCADASTRALREFERENCE>{number}</LR:NATIONALCADASTRALREFERENCE>"
        "<LR:VALIDFROM>2008-01-01T00:00:00</LR:VALIDFROM></LR:PREDEFINED></gml:featureMember>"
        for k, (number, east) in enumerate(parcels)
    )
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs" '
        f'xmlns:gml="http://www.opengis.net/gml" xmlns:LR="www.landregistry.gov.uk">{members}</wfs:FeatureCollection>',
        encoding="utf-8",
    )
    return path


def zipped(path: Path) -> Path:
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        archive.write(path, path.name)
        archive.writestr("INSPIRE Download Licence.pdf", "terms")
    return path.with_suffix(".zip")


@pytest.mark.parametrize("kind", [lambda path: path, zipped], ids=["GML", "zipped GML"])
def test_parcels_in_the_land_registrys_own_layout(
    tmp_path: Path, kind: Callable[[Path], Path], caplog: pytest.LogCaptureFixture
) -> None:
    path = kind(gml(tmp_path / "Land_Registry_Cadastral_Parcels.gml", (10001, 0), (10002, 300)))
    before = sorted(p.name for p in tmp_path.iterdir())
    found = read("inspire_parcels", path)["parcels"]
    assert found["parcel_id"].tolist() == ["10001", "10002"]
    assert found.geometry.area.tolist() == [10_000, 10_000]
    assert found.geometry.iloc[0].equals(block(0, 0))
    assert sorted(found.columns) == ["geometry", "parcel_id"]
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    assert caplog.text == ""


@pytest.mark.parametrize("heading", ["INSPIREID", "inspire_id", "reference", "gml_id"])
def test_the_number_of_a_parcel_under_several_headings(tmp_path: Path, heading: str) -> None:
    table([block(0, 0)], **{heading: ["77"]}, owner=["A. Person"]).to_file(tmp_path / "m.gpkg")
    found = read("inspire_parcels", tmp_path / "m.gpkg")["parcels"]
    assert found["parcel_id"].tolist() == ["77"]
    assert "owner" not in found


def broken_off(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:-150])
    return path


SPOILT_PARCELS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "broken off": (lambda d: broken_off(gml(d / "p.gml", (1, 0), (2, 300))), "p.gml is cut off"),
    "no GML": (lambda d: raw(d / "p.gml", b"id,owner\n1,2\n"), "not a readable map"),
    "no parcels": (lambda d: gml(d / "p.gml"), "holds no features"),
    "no number": (lambda d: saved(d / "p.gpkg", [block(0, 0)], owner=["x"]), "looked for a column headed 'INSPIREID'"),
    "an empty number": (lambda d: saved(d / "p.gpkg", [block(0, 0)], INSPIREID=[None]), "parcel_id: must not be empty"),
    "lines": (lambda d: saved(d / "p.gpkg", [line((0, 0), (9, 9))], INSPIREID=["1"]), "must hold areas"),
}


def raw(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def saved(path: Path, shapes: list[shapely.Geometry], **columns: Any) -> Path:
    table(shapes, **columns).to_file(path)
    return path


@pytest.mark.parametrize("case", SPOILT_PARCELS)
def test_spoilt_parcels_are_refused(tmp_path: Path, case: str) -> None:
    spoil, told = SPOILT_PARCELS[case]
    with pytest.raises(TreeplanError, match=told) as caught:
        read("inspire_parcels", spoil(tmp_path))
    assert "What to do: " in str(caught.value)


# ---------------------------------------------------------------- the council's land

HEAD = "Unique asset identity,Name of building/land,Tenure,Easting,Northing\n"
ROW = "A1,Lammas Park,Freehold,440100,390200\n"


def register(folder: Path, rows: str, head: str = HEAD, encoding: str = "utf-8", name: str = "land.csv") -> Path:
    return raw(folder / name, (head + rows).encode(encoding))


def read_register(path: Path, **settings: Any) -> gpd.GeoDataFrame:
    return read("council_land_register", path, **settings)["land_register"]


def test_a_plain_register(tmp_path: Path) -> None:
    found = read_register(register(tmp_path, ROW))
    assert list(found.columns) == ["asset_id", "name", "tenure", "holder", "geometry"]
    assert found.iloc[0][["asset_id", "name", "tenure"]].tolist() == ["A1", "Lammas Park", "freehold"]
    assert found["holder"].isna().all()
    assert found.crs.to_epsg() == 27700
    assert found.geometry.iloc[0].equals(point(100, 200))


MESSY = (
    "\ufeffMere Council – land and building assets,,,,,,,,,\n"
    "Published 1 April 2026,,,,,,,,,\n"
    ",,,,,,,,,\n"
    '"Unique asset\nidentity ","UPRN","Name of the building\n/ land, or both ",Street Name,Post Town,'
    '" TENURE type",Purpose,"Easting\n(map ref)",NORTHING ,Name of the building\n'.replace(
        ",Name of the building\n", ",\n"
    )
    + 'L001,10001,"St Osgyd’s Green",High Street,Mere,"Freehold, registered",Open space,"440,100","390,200",\n'
    + 'L002,10002,"Old\nDepot",Mill Lane,Mere,Leasehold (99 years),Depot,440200.0 ,390300,\n'
    + "L003,10003,,Mill Lane,Mere,Long Lease,Surplus,£440300,390300,\n"
    + "L004,10004,Allotments,,,,Statutory,TBC,,\n"
    + ",,,,,,,,,\n"
    + "Total,4,,,,,,,,\n"
    + "Note: values as at 31 March,,,,,,,,,\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_messy_register_is_read(tmp_path: Path, encoding: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    text = MESSY if encoding == "utf-8" else MESSY.lstrip("\ufeff")
    found = read_register(raw(tmp_path / "land.csv", text.encode(encoding)))
    assert found["asset_id"].tolist() == ["L001", "L002", "L003"]
    assert found["name"].tolist() == ["St Osgyd’s Green", "Old Depot", "Mill Lane, Mere"]
    assert found["tenure"].tolist() == ["freehold", "leasehold", "leasehold"]
    assert [(p.x - EAST, p.y - NORTH) for p in found.geometry] == [(100, 200), (200, 300), (300, 300)]
    assert "land.csv: 1 of 4 rows have no coordinates and are left out (row 8)" in caplog.text
    assert "land.csv: 2 rows of totals or notes at the end are left out" in caplog.text


HEADINGS = [
    ("GeoX", "GeoY"),
    ("Eastings", "Northings"),
    ("EASTING", "NORTHING"),
    ("X Coordinate", "Y Coordinate"),
    ("X-Coord", "Y-Coord"),
    ("Easting (6 figures)", "Northing (6 figures)"),
    ("Map Reference - Easting", "Map Reference - Northing"),
    ("Grid Reference X", "Grid Reference Y"),
    ("x", "y"),
]


@pytest.mark.parametrize(("east", "north"), HEADINGS)
def test_coordinates_under_several_headings(tmp_path: Path, east: str, north: str) -> None:
    found = read_register(register(tmp_path, "A1,440100,390200\n", f"Asset ID,{east},{north}\n"))
    assert found.geometry.iloc[0].equals(point(100, 200))


@pytest.mark.parametrize(("lon", "lat"), [("Longitude", "Latitude"), ("GeoX", "GeoY"), ("lon", "lat")])
def test_degrees_are_converted(tmp_path: Path, lon: str, lat: str) -> None:
    here = gpd.GeoSeries([point(100, 200)], crs=27700).to_crs(4326).iloc[0]
    path = register(tmp_path, f"A1,{here.x:.7f},{here.y:.7f}\n", f"Asset ID,{lon},{lat}\n")
    assert read_register(path).geometry.iloc[0].distance(point(100, 200)) < 0.1


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators(tmp_path: Path, separator: str) -> None:
    path = register(tmp_path, ROW.replace(",", separator), HEAD.replace(",", separator))
    assert read_register(path)["name"].tolist() == ["Lammas Park"]


@pytest.mark.parametrize(
    ("cell", "tenure"),
    [
        ("Freehold", "freehold"),
        ("FREEHOLD - registered", "freehold"),
        ("F/H", "freehold"),
        ("Leasehold", "leasehold"),
        ("Long lease", "leasehold"),
        ("LH", "leasehold"),
        ("Freehold/Leasehold", None),
        ("Licence", None),
        ("", None),
    ],
)
def test_tenure_in_two_words(tmp_path: Path, cell: str, tenure: str | None) -> None:
    found = read_register(register(tmp_path, f"A1,Park,{cell},440100,390200\n"))
    assert found["tenure"].tolist() == [tenure] or (tenure is None and found["tenure"].isna().all())


def test_the_holder_is_the_organisation_not_its_address_on_the_web(tmp_path: Path) -> None:
    head = "OrganisationLabel,UniqueAssetID,GeoX,GeoY\n"
    assert read_register(register(tmp_path, "Mere Council,A1,440100,390200\n", head))["holder"].tolist() == [
        "Mere Council"
    ]
    head = "OrganisationURI,UniqueAssetID,GeoX,GeoY\n"
    assert read_register(register(tmp_path, "http://data.org/1,A1,440100,390200\n", head))["holder"].isna().all()


def test_of_two_headings_alike_the_first_counts(tmp_path: Path) -> None:
    found = read_register(register(tmp_path, "A1,440100,390200,1,2\n", "Asset ID,Easting,Northing,Easting,Northing\n"))
    assert found.geometry.iloc[0].equals(point(100, 200))


def test_a_users_own_headings(tmp_path: Path) -> None:
    path = register(tmp_path, "A1,440100,390200\n", "Asset ID,where east,where north\n")
    found = read_register(path, columns={"easting": "where east", "northing": "where north"})
    assert found.geometry.iloc[0].equals(point(100, 200))


@pytest.mark.parametrize("name", ["land.gpkg", "land.geojson"])
def test_a_register_may_be_a_map_of_areas(tmp_path: Path, name: str) -> None:
    frame = table([block(0, 0)], **{"Asset Ref": ["A1"], "Tenure": ["Freehold"], "Easting": [1]})
    (frame.to_crs(4326) if name.endswith("json") else frame).to_file(tmp_path / name)
    found = read_register(tmp_path / name)
    assert found[["asset_id", "tenure"]].to_numpy().tolist() == [["A1", "freehold"]]
    assert found.geometry.area.tolist() == [pytest.approx(10_000, rel=1e-3)]
    assert list(found.columns) == ["asset_id", "name", "tenure", "holder", "geometry"]


def test_noughts_are_no_coordinates(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert len(read_register(register(tmp_path, ROW + "A2,Depot,Freehold,0,0\nA3,Yard,Freehold,,\n"))) == 1
    warned = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert len(warned) == 1
    assert "2 of 3 rows have no coordinates and are left out (rows 3, 4)" in warned[0]


def test_the_rows_that_are_stated_are_counted_without_totals(tmp_path: Path) -> None:
    path = register(tmp_path, ROW + "Total,1,,,\n")
    assert len(read_register(path, features=1)) == 1
    with pytest.raises(DataError, match=r"land\.csv holds 1 features, expected 5"):
        read_register(path, features=5)


SPOILT_REGISTERS: dict[str, tuple[Callable[[Path], Path], dict[str, Any], str]] = {
    "no headings": (lambda d: register(d, "1,2,3\n", "a,b,c\n"), {}, r"no row of headings.*\n?.*a, b, c"),
    "only titles": (lambda d: register(d, "Published 2026\n", "Our land\n"), {}, "no row of headings"),
    "headings only": (lambda d: register(d, ""), {}, "none of its 0 rows|holds no rows"),
    "no coordinates at all": (lambda d: register(d, "A1,Park\n", "Asset ID,Site name\n"), {}, "no columns of coordinates"),
    "only eastings": (lambda d: register(d, "A1,440100\n", "Asset ID,Easting\n"), {}, "no columns of coordinates"),
    "every row without": (lambda d: register(d, "A1,Park,Freehold,,\nA2,Yard,Freehold,TBC,-\n"), {}, "none of its 2 rows has"),
    "changed over degrees": (
        lambda d: register(d, "A1,53.4,-1.5\n", "Asset ID,Longitude,Latitude\n"),
        {},
        r"1 of 1 rows lie off Britain by their lon and lat, e\.g\. 53\.4, -1\.5 \(row 2\)",
    ),
    "degrees among metres": (lambda d: register(d, ROW + "A2,Yard,Freehold,-1.5,53.4\n"), {}, r"off Britain.*\(row 3\)"),
    "too few digits": (lambda d: register(d, ROW + "A2,Yard,Freehold,4401,39\n"), {}, r"off Britain.*4401, 39"),
    "too many digits": (lambda d: register(d, "A2,Yard,Freehold,4401000,3902000\n"), {}, "off Britain"),
    "France": (lambda d: register(d, "A1,2.35,48.85\n", "Asset ID,Longitude,Latitude\n"), {}, "off Britain"),
    "a comma in an unquoted cell": (
        lambda d: register(d, "A1,Park, old,Freehold,440100,390200\n"),
        {},
        r"more cells than headings \(row 2\)",
    ),
    "a quotation mark that is never closed": (
        lambda d: register(d, 'A1,"Park,Freehold,440100,390200\n' + ROW * 3),
        {},
        "a quotation mark that is never closed",
    ),
    "quotation marks that swallow rows": (
        lambda d: register(d, 'A1,"Park,Freehold,440100,390200\n' + ROW * 25 + 'A2,Yard",Freehold,440100,390200\n'),
        {},
        "a cell of more than 20 lines in row 2",
    ),
    "a spreadsheet": (lambda d: raw(d / "land.xlsx", b"PK\x03\x04\x14\x00\x00\x00" * 9), {}, "save it as CSV"),
    "a web page": (lambda d: raw(d / "land.csv", b"<!DOCTYPE html><html></html>"), {}, "web page"),
    "no bytes": (lambda d: raw(d / "land.csv", b""), {}, "empty"),
    "a heading that is not there": (lambda d: register(d, ROW), {"columns": {"easting": "where"}}, "column headed 'where'"),
    "a column that is not used": (lambda d: register(d, ROW), {"columns": {"value": "Tenure"}}, "renames value"),
    "a map that lies nowhere": (lambda d: saved(d / "land.gpkg", [shapely.box(0, 0, 1, 1)], ref=["1"]), {}, "look like degrees"),
    "a map without shapes": (lambda d: saved(d / "land.gpkg", [None], ref=["1"]), {}, "without a shape"),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILT_REGISTERS)
def test_a_spoilt_register_is_refused_with_a_remedy(tmp_path: Path, case: str) -> None:
    spoil, settings, told = SPOILT_REGISTERS[case]
    path = spoil(tmp_path)
    with pytest.raises(TreeplanError, match=told) as caught:
        read_register(path, **settings)
    assert path.name in str(caught.value)
    assert "What to do: " in str(caught.value)
