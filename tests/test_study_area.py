from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from tests.conftest import ROOT
from tests.toy import CODES, WEIGHTS, block, line, point, table
from treeplan.errors import DataError
from treeplan.layers import Layers, load_layers
from treeplan.study import load_study, make_study

LEFT, RIGHT = "E08000001", "E08000002"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four neighbourhoods of a square kilometre in a row, 1,000 to 4,000 residents; all but the last are the district Left."""
    residents(tmp_path, [1000, 2000, 3000, 4000])
    districts = table([block(0, 0, 3000, 1000), block(3000, 0, 1000, 1000)], LAD24CD=[LEFT, RIGHT], LAD24NM=["L", "R"])
    districts.to_file(tmp_path / "districts.gpkg")
    zones(tmp_path, squares())
    return tmp_path


ALL = [*CODES, "E01000004"]


def squares() -> list[Any]:
    return [block(1000 * i, 0, 1000, 1000) for i in range(4)]


def zones(folder: Path, shapes: list[Any], codes: list[str] = ALL) -> None:
    table(shapes, LSOA21CD=codes, LSOA21NM=codes).to_file(folder / "lsoa.gpkg")


def residents(folder: Path, counts: list[int]) -> None:
    rows = {"geography code": ALL, "Residence type: Total; measures: Value": counts}
    pd.DataFrame(rows).to_csv(folder / "residents.csv", index=False)


def lookup(folder: Path) -> dict[str, Any]:
    pd.DataFrame(
        {"LSOA21CD": ALL, "WD24CD": "E05000001", "WD24NM": "W", "LAD24CD": [LEFT] * 3 + [RIGHT], "LAD24NM": "D"}
    ).to_csv(folder / "lookup.csv", index=False)
    return {"lsoa_to_ward": {"path": "lookup.csv"}}


def vintages(folder: Path) -> dict[str, Any]:
    rows = {"LSOA11CD": ALL, "LSOA21CD": ALL, "CHGIND": "U", "LAD22CD": [LEFT] * 3 + [RIGHT]}
    pd.DataFrame(rows).to_csv(folder / "vintages.csv", index=False)
    return {"lsoa_2011_to_2021": {"path": "vintages.csv"}}


def load(folder: Path, *more: dict[str, Any], **changes: Any) -> Layers:
    sources = {
        "districts": {"path": "districts.gpkg"},
        "lsoa_2021": {"path": "lsoa.gpkg"},
        "census_residents": {"path": "residents.csv"},
    }
    for source in more:
        sources |= source
    settings = {"name": "T", "places": [LEFT], "weights": WEIGHTS, "plan": {"budget_gbp": 1}, "data_dir": "."}
    return load_layers(make_study({**settings, "sources": sources, **changes}, folder=folder))


def test_a_whole_study_is_whole_with_and_without_a_lookup(folder: Path) -> None:
    for layers in (load(folder), load(folder, lookup(folder))):
        assert layers["neighbourhoods"]["inside"].tolist() == [True, True, True, False]


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_where_districts_of_a_map_overlap_their_order_decides_nothing(folder: Path, order: list[int]) -> None:
    shapes = [block(0, 0, 3000, 1000), block(2000, 0, 2000, 1000)]
    names = table(shapes, LAD24CD=[LEFT, RIGHT], LAD24NM=["L", "R"]).iloc[order]
    names.to_file(folder / "districts.gpkg")
    assert load(folder)["neighbourhoods"]["district_name"].tolist() == ["L", "L", "L", "R"]


def test_a_neighbourhood_that_the_lookup_knows_must_have_a_border(folder: Path) -> None:
    zones(folder, squares()[:2], ALL[:2])
    with pytest.raises(
        DataError, match=r"hold 2 of the 3 neighbourhoods(.|\n)*E01000003(.|\n)*with them 3,000 residents"
    ):
        load(folder, lookup(folder))


def test_the_lookup_of_vintages_knows_neighbourhoods_too(folder: Path) -> None:
    zones(folder, squares()[1:3], ALL[1:3])
    with pytest.raises(DataError, match=r"hold 2 of the 3(.|\n)*E01000001(.|\n)*1,000 residents"):
        load(folder, vintages(folder))


def test_a_lookup_that_is_cut_like_the_boundaries_hides_nothing_from_the_other(folder: Path) -> None:
    zones(folder, squares()[:2], ALL[:2])
    wards = lookup(folder)
    pd.read_csv(folder / "lookup.csv").iloc[:2].to_csv(folder / "lookup.csv", index=False)
    with pytest.raises(DataError, match=r"hold 2 of the 3(.|\n)*E01000003(.|\n)*3,000 residents"):
        load(folder, wards, vintages(folder))


def test_a_neighbourhood_far_from_its_district_is_missing_there(folder: Path) -> None:
    zones(folder, [*squares()[:2], block(50_000, 0, 1000, 1000), squares()[3]])
    with pytest.raises(DataError, match=r"hold 2 of the 3(.|\n)*E01000003"):
        load(folder, lookup(folder))


def test_without_a_lookup_the_ground_itself_tells(folder: Path) -> None:
    zones(folder, squares()[:2], ALL[:2])
    with pytest.raises(DataError, match=r"33% of the study area \(1\.0 km²\) lies in no neighbourhood"):
        load(folder)


@pytest.mark.parametrize(("short_m", "fits"), [(50, True), (70, False)])
def test_borders_of_another_edition_may_differ_a_little(folder: Path, short_m: int, fits: bool) -> None:
    # A strip of 50 m is 1.7 % of the 3 km of the study area, one of 70 m is 2.3 %.
    zones(folder, [block(short_m, 0, 1000 - short_m, 1000), *squares()[1:]])
    if fits:
        assert load(folder)["neighbourhoods"]["inside"].sum() == 3
    else:
        with pytest.raises(DataError, match="lies in no neighbourhood"):
            load(folder)


def test_water_is_no_gap_where_the_lookup_is_whole(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    zones(folder, [block(500, 0, 500, 1000), *squares()[1:]])
    assert load(folder, lookup(folder))["neighbourhoods"]["inside"].sum() == 3
    assert "17% of the study area (0.5 km²) lies in no neighbourhood, though" in caplog.text


@pytest.mark.parametrize("known", [True, False])
def test_a_neighbourhood_without_a_shape_is_named_with_its_residents(folder: Path, known: bool) -> None:
    zones(folder, [None, *squares()[1:]])
    with pytest.raises(DataError, match=r"without a shape: E01000001(.|\n)*with them 1,000 residents"):
        load(folder, lookup(folder) if known else {})


def test_a_shape_that_another_place_lacks_is_no_matter(folder: Path) -> None:
    zones(folder, [*squares()[:3], None])
    assert load(folder, lookup(folder))["neighbourhoods"]["lsoa21_code"].tolist() == ALL[:3]


def draw(folder: Path, *shapes: shapely.Geometry) -> dict[str, Any]:
    gpd.GeoDataFrame(geometry=list(shapes), crs=27700).to_file(folder / "area.gpkg")
    return {"places": [], "area": "area.gpkg"}


def test_a_drawn_area_keeps_the_neighbourhoods_it_touches(folder: Path) -> None:
    layers = load(folder, lookup(folder), **draw(folder, block(600, 0, 1400, 1000)))
    assert layers.area.area == pytest.approx(1_400_000)
    assert layers["neighbourhoods"]["inside"].tolist() == [True, True, False, False]


def test_a_drawn_area_with_a_hole_in_its_neighbourhoods_is_told(folder: Path) -> None:
    zones(folder, [squares()[0], squares()[2]], [ALL[0], ALL[2]])
    area = draw(folder, block(0, 0, 3000, 1000))
    with pytest.raises(DataError, match=r"hold 2 of the 3(.|\n)*2,000 residents"):
        load(folder, lookup(folder), **area)
    with pytest.raises(DataError, match="33% of the study area"):
        load(folder, **area)


@pytest.mark.parametrize("shape", [point(10, 10), line((0, 0), (100, 100))])
def test_a_drawn_area_must_be_one(folder: Path, shape: shapely.Geometry) -> None:
    with pytest.raises(DataError, match=r"area\.gpkg must hold areas"):
        load(folder, **draw(folder, shape))


@pytest.mark.parametrize("layer", ["lsoa.gpkg", "districts.gpkg"])
@pytest.mark.parametrize("shape", [point(10, 10), line((0, 0), (100, 100))])
def test_boundaries_of_points_or_lines_are_told(folder: Path, layer: str, shape: shapely.Geometry) -> None:
    columns = {"LSOA21CD": ALL[:1], "LSOA21NM": "A", "LAD24CD": [LEFT], "LAD24NM": "L"}
    table([shape], **columns).to_file(folder / layer)
    with pytest.raises(DataError, match=f"{layer} must hold areas"):
        load(folder)


def test_england_is_every_district(folder: Path) -> None:
    found = load(folder, lookup(folder), places=["E92000001"])["neighbourhoods"]
    assert found["lsoa21_code"].tolist() == ALL
    assert found["inside"].all()


def test_england_without_one_of_its_neighbourhoods_is_told(folder: Path) -> None:
    zones(folder, squares()[:3], ALL[:3])
    with pytest.raises(DataError, match=r"hold 3 of the 4 neighbourhoods(.|\n)*4,000 residents"):
        load(folder, lookup(folder), places=["E92000001"])


@pytest.mark.realdata
def test_half_of_south_yorkshire_is_not_the_whole(data: Path, tmp_path: Path) -> None:
    file = data / "south-yorkshire/sy_lsoa_2021_bgc.gpkg"
    gpd.read_file(file).sort_values("LSOA21CD").iloc[:430].to_file(tmp_path / "half.gpkg")
    settings = load_study(ROOT / "studies" / "south_yorkshire.toml").model_dump(by_alias=True, exclude={"folder"})
    sources = {**settings["sources"], "lsoa_2021": {"path": str(tmp_path / "half.gpkg")}}
    study = make_study({**settings, "sources": sources, "data_dir": str(data)}, folder=ROOT / "studies")
    with pytest.raises(DataError, match="hold 430 of the 860 neighbourhoods of the study's districts; 430 are missing"):
        load_layers(study)
    unplaced = {name: s for name, s in sources.items() if name not in ("lsoa_to_ward", "lsoa_2011_to_2021")}
    study = make_study({**settings, "sources": unplaced, "data_dir": str(data)}, folder=ROOT / "studies")
    with pytest.raises(DataError, match=r"of the study area .* lies in no neighbourhood"):
        load_layers(study)
