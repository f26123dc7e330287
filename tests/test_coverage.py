"""How far layers reach, and what is blind beyond."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from tests.conftest import ROOT
from tests.toy import Toy, block, table
from treeplan import geo, load_layers, load_study
from treeplan.coverage import beyond, beyond_border_m, blind_parts, reaches
from treeplan.errors import DataError
from treeplan.images import Image
from treeplan.pipeline import make_plan
from treeplan.rasters import Raster, Tile

AREA = block(0, 0, 3000, 1000)


def with_covers(toy: Toy, shape: shapely.Geometry) -> gpd.GeoDataFrame:
    buildings = table([block(100, 100, 10, 10)], building=["yes"], levels=[1.0])
    buildings.attrs["covers"] = shape
    return buildings


def test_a_layer_reaches_as_far_as_its_source_says(toy: Toy) -> None:
    west = block(0, 0, 1500, 1000)
    found = reaches({"buildings": [("openstreetmap", with_covers(toy, west))]}, toy.study(), AREA)
    assert found["buildings"].equals(west)


def test_a_layer_that_does_not_say_is_taken_as_whole(toy: Toy) -> None:
    woods = table([block(0, 0)])
    assert reaches({"woodland": [("woodland", woods)]}, toy.study(), AREA) == {}
    both = [("woodland", woods), ("openstreetmap", with_covers(toy, block(0, 0)))]
    assert reaches({"woodland": both}, toy.study(), AREA) == {}


def test_farmland_classes_reach_as_far_as_they_go(toy: Toy) -> None:
    classes = table([block(0, 0, 1000, 1000), block(1000, 0, 500, 1000)], grade=["Grade 2", "Urban"])
    found = reaches({"farmland_class": [("agricultural_land_class", classes)]}, toy.study(), AREA)
    assert found["farmland_class"].area == pytest.approx(1500 * 1000)


def test_the_study_file_may_say_how_far_a_file_reaches(toy: Toy, tmp_path: Path) -> None:
    table([block(0, 0, 1000, 1000)]).to_file(tmp_path / "reach.gpkg")
    study = toy.study(data_dir=str(tmp_path), sources={"woodland": {"path": "woods.gpkg", "covers": "reach.gpkg"}})
    found = reaches({"woodland": [("woodland", table([block(0, 0)]))]}, study, AREA)
    assert found["woodland"].area == pytest.approx(1_000_000)


def test_where_a_picture_ends_is_no_matter_of_land(toy: Toy) -> None:
    box = (440_000.0, 390_000.0, 441_000.0, 391_000.0)
    picture = Image(Path("air.tif"), box, 1.0, 0.0, (1, 4))
    heights = Raster(Path("vom.tif"), box, 1.0, 0.0, (Tile(Path("vom.tif"), box, 1.0, 0.0, 0.0, "float32"),))
    filled = {"image": [("aerial_image", picture)], "canopy_height": [("vegetation_object_model", heights)]}
    assert list(reaches(filled, toy.study(), AREA)) == ["canopy_height"]


def test_what_is_blind_is_told_by_district_with_the_layers_together(toy: Toy) -> None:
    west = block(0, 0, 2500, 1000)
    zones = toy.tables["neighbourhoods"]
    blind = blind_parts(AREA, {"roads": west, "buildings": west, "canopy_height": AREA}, zones)
    assert blind["layers"].tolist() == [("buildings", "roads")]
    assert blind["area_ha"].tolist() == pytest.approx([50])
    assert blind["share_pct"].tolist() == pytest.approx([100 / 6])
    assert blind["where"].tolist() == ["Right (50 %)"]


def test_a_sliver_along_the_border_is_not_told(toy: Toy) -> None:
    blind = blind_parts(AREA, {"roads": block(0, 0, 2999, 1000)}, toy.tables["neighbourhoods"])
    assert blind.empty


def test_sites_beyond_a_layer_are_known(toy: Toy) -> None:
    shapes = toy.tables["open_land"].geometry.to_numpy()  # parks at 450, 1,450 and 2,450 m
    covers = {"buildings": block(0, 0, 1500, 1000), "place_names": block(0, 0, 10, 10)}
    assert beyond(shapes, covers, {"buildings"}).tolist() == [False, True, True]


def test_a_site_beyond_a_layer_says_so_and_the_plan_too(toy: Toy) -> None:
    layers = replace(toy.layers, covers={"buildings": block(0, 0, 2000, 1000)})
    plan = make_plan(toy.study(), layers)
    told = plan.sites.set_index("site_id")["unknowns"].str.contains("not wholly mapped")
    assert told.to_dict() == {"P1-1": False, "P2-1": False, "P3-1": True}
    assert plan.blind["area_ha"].tolist() == pytest.approx([100])
    assert plan.record()["blind"][0]["where"] == "Right (100 %)"


@pytest.mark.realdata
def test_an_extract_smaller_than_the_study_leaves_the_rest_blind(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = load_study(ROOT / "studies" / "central_london.toml")
    box = gpd.read_file(ROOT / "studies" / "central_london.geojson").to_crs(geo.BNG).total_bounds
    larger = shapely.box(*box).buffer(500, join_style="mitre")
    gpd.GeoDataFrame(geometry=[larger], crs=geo.BNG).to_file(tmp_path / "larger.gpkg")
    layers = load_layers(study.model_copy(update={"area": str(tmp_path / "larger.gpkg")}))
    zones = layers["neighbourhoods"]
    blind = blind_parts(layers.area, layers.covers, zones[zones["inside"]])
    assert "buildings" in blind["layers"].iloc[0]
    # The extract reaches up to 160 m beyond its box, where ways were kept whole; the rest of the 500 m is blind.
    assert larger.area - shapely.box(*box).buffer(160, join_style="mitre").area <= 1e4 * blind["area_ha"].iloc[0] + 1
    assert 1e4 * blind["area_ha"].iloc[0] <= larger.area - shapely.box(*box).area


def test_a_reach_somewhere_else_is_told(toy: Toy, tmp_path: Path) -> None:
    table([block(90_000, 0, 1000, 1000)]).to_file(tmp_path / "reach.gpkg")
    study = toy.study(data_dir=str(tmp_path), sources={"woodland": {"path": "woods.gpkg", "covers": "reach.gpkg"}})
    with pytest.raises(DataError, match="lies somewhere else"):
        reaches({"woodland": [("woodland", table([block(0, 0)]))]}, study, AREA)


def test_how_far_beyond_the_border_a_map_has_anything() -> None:
    area = block(0, 0, 1000, 1000)
    inside, near, far = block(100, 100), block(-130, 0), block(-420, 0)  # 30 and 320 m beyond
    assert beyond_border_m(np.array([inside]), area, 1000) == 0
    assert beyond_border_m(np.array([inside, near]), area, 1000) == 0
    assert beyond_border_m(np.array([near, far]), area, 1000) == 300
    assert beyond_border_m(np.array([far]), area, 200) == 200
    assert beyond_border_m(np.array([], dtype=object), area, 200) == 0
