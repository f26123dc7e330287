from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from tests.toy import block, line, table
from treeplan.errors import DataError
from treeplan.sources import read


@pytest.mark.parametrize(
    ("source", "layer", "heading", "shape"),
    [
        ("sssi", "sssi", "NAME", block(0, 0)),
        ("sssi", "sssi", "SSSI_NAME", block(0, 0)),
        ("local_nature_reserves", "nature_reserves", "LNR_NAME", block(0, 0)),
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


def test_a_place_may_go_without_a_name(tmp_path: Path) -> None:
    path = tmp_path / "sssi.gpkg"
    table([block(0, 0)], ref=["1"]).to_file(path)
    assert list(read("sssi", path)["sssi"].columns) == ["geometry"]


def test_a_local_nature_reserve_drawn_as_a_line_is_refused(tmp_path: Path) -> None:
    table([line((0, 0), (9, 9))], NAME=["x"]).to_file(tmp_path / "m.gpkg")
    with pytest.raises(DataError, match="must hold areas"):
        read("local_nature_reserves", tmp_path / "m.gpkg")


# ---------------------------------------------------------------- European sites, habitats, old woods, peat


@pytest.mark.parametrize(
    ("source", "heading", "kind"),
    [
        ("special_areas_of_conservation", "SAC_NAME", "special area of conservation"),
        ("special_protection_areas", "SPA_NAME", "special protection area for birds"),
        ("national_nature_reserves", "NNR_NAME", "national nature reserve"),
        ("national_nature_reserves", "nnr_name", "national nature reserve"),
        ("special_areas_of_conservation", "NAME", "special area of conservation"),
    ],
)
def test_protected_land_says_of_what_kind_it_is(tmp_path: Path, source: str, heading: str, kind: str) -> None:
    table([block(0, 0)], **{heading: ["Old Moor"], "area_ha": [1.0]}).to_file(tmp_path / "m.gpkg")
    found = read(source, tmp_path / "m.gpkg")["protected"]
    assert found[["kind", "name"]].to_numpy().tolist() == [[kind, "Old Moor"]]
    assert sorted(found.columns) == ["geometry", "kind", "name"]


def test_protected_land_may_go_without_a_name(tmp_path: Path) -> None:
    table([block(0, 0)], ref=["1"]).to_file(tmp_path / "m.gpkg")
    found = read("special_protection_areas", tmp_path / "m.gpkg")["protected"]
    assert sorted(found.columns) == ["geometry", "kind"]


def test_local_wildlife_sites(tmp_path: Path) -> None:
    table([block(0, 0)], SITE_NAME=["Withy Bed"], grade=["1"]).to_file(tmp_path / "m.gpkg")
    found = read("local_wildlife_sites", tmp_path / "m.gpkg")["wildlife_sites"]
    assert found["name"].tolist() == ["Withy Bed"]
    assert found.geometry.area.tolist() == [10_000]


@pytest.mark.parametrize("heading", ["MainHabs", "mainhabs", "Main_Habit", "MAINHABS"])
def test_priority_habitats_under_the_headings_of_each_edition(tmp_path: Path, heading: str) -> None:
    path = tmp_path / "phi.gpkg"
    table([block(0, 0), block(200, 0)], **{heading: ["Lowland meadows", "Deciduous woodland"]}).to_file(path)
    found = read("priority_habitats", path)["habitats"]
    assert found["habitat"].tolist() == ["Lowland meadows", "Deciduous woodland"]


def test_a_habitat_without_a_name_stays_without(tmp_path: Path) -> None:
    table([block(0, 0)], MainHabs=[None]).to_file(tmp_path / "phi.gpkg")
    assert read("priority_habitats", tmp_path / "phi.gpkg")["habitats"]["habitat"].isna().all()


def test_priority_habitats_without_their_column_are_refused(tmp_path: Path) -> None:
    table([block(0, 0)], HabCodes=["LMEAD"]).to_file(tmp_path / "phi.gpkg")
    with pytest.raises(DataError, match=r"looked for a column headed 'MainHabs'(.|\n)*it has: HabCodes"):
        read("priority_habitats", tmp_path / "phi.gpkg")


def test_ancient_woodland_keeps_name_and_status(tmp_path: Path) -> None:
    table([block(0, 0)], NAME=["Pylon Wood"], STATUS=["ASNW"], THEME=["x"]).to_file(tmp_path / "m.gpkg")
    found = read("ancient_woodland", tmp_path / "m.gpkg")["ancient_woodland"]
    assert found[["name", "status"]].to_numpy().tolist() == [["Pylon Wood", "ASNW"]]
    table([block(0, 0)], ref=["1"]).to_file(tmp_path / "bare.gpkg")
    assert list(read("ancient_woodland", tmp_path / "bare.gpkg")["ancient_woodland"].columns) == ["geometry"]


def test_peat_with_and_without_its_depth(tmp_path: Path) -> None:
    table([block(0, 0), block(200, 0)], depth_cm=[45, None]).to_file(tmp_path / "deep.gpkg")
    found = read("peaty_soils", tmp_path / "deep.gpkg")["peat"].sort_values("depth_cm")
    assert found["depth_cm"].iloc[0] == 45
    assert found["depth_cm"].isna().sum() == 1
    table([block(0, 0)], PCLASSDESC=["Deep peaty soils"]).to_file(tmp_path / "soils.gpkg")
    soils = read("peaty_soils", tmp_path / "soils.gpkg")["peat"]
    assert soils["soil"].tolist() == ["Deep peaty soils"]
    assert "depth_cm" not in soils


@pytest.mark.parametrize(("depth", "told"), [("-5", "must be 0 or more"), ("deep", "must be a number")])
def test_a_depth_of_peat_that_cannot_be_is_refused(tmp_path: Path, depth: str, told: str) -> None:
    table([block(0, 0)], depth_cm=[depth]).to_file(tmp_path / "m.gpkg")
    with pytest.raises(DataError, match=f"depth_cm: {told}"):
        read("peaty_soils", tmp_path / "m.gpkg")


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
    ],
)
def test_real_protected_places(data: Path, source: str, file: str, places: int, hectares: float) -> None:
    found = real(data, source, file)
    assert len(found) == places
    assert found.geometry.area.sum() / 1e4 == pytest.approx(hectares, abs=0.06)
    assert found["name"].notna().all()
