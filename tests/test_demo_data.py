"""The invented town: made again byte for byte, and true to what its README says."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import pytest
import rasterio
import shapely
from pyproj import Transformer
from rasterio.features import rasterize
from shapely.geometry import LineString, Polygon, box

from treeplan.sources import read

DEMO = Path(__file__).parents[1] / "data" / "demo"
FILES = sorted(p.name for p in DEMO.iterdir() if p.suffix in {".csv", ".gml", ".gpkg", ".pbf", ".tif"})
WRITERS = {".gpkg": ("pyogrio", "0.13.0"), ".tif": ("rasterio", "1.4.4")}
WHERE = "(where 1 is most deprived)"
TENTH = "(where 1 is most deprived 10% of LSOAs)"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, str(DEMO / "make_demo.py"), str(folder)], check=True, env=environment)
    return folder


@pytest.fixture(scope="module")
def osm() -> list[tuple[shapely.Geometry, dict[str, str]]]:
    """Every way of the extract as a line in British National Grid on whole metres, with its tags."""
    nodes, ways = {}, []
    for thing in osmium.FileProcessor(str(DEMO / "town.osm.pbf")):
        if thing.is_node():
            nodes[thing.id] = (thing.location.lon, thing.location.lat)
        elif thing.is_way():
            ways.append(([n.ref for n in thing.nodes], dict(thing.tags)))
    to_bng = Transformer.from_crs(4326, 27700, always_xy=True)
    lon, lat = np.array(list(nodes.values())).T
    places = dict(zip(nodes, np.rint(np.array(to_bng.transform(lon, lat)).T), strict=True))
    return [(LineString([places[n] for n in refs]), tags) for refs, tags in ways]


def layer(name: str, of: str = "") -> gpd.GeoDataFrame:
    return gpd.read_file(DEMO / f"{of or name}.gpkg", layer=name)


def table(start: str, **options) -> pd.DataFrame:
    (path,) = DEMO.glob(f"{start}*.csv")
    return pd.read_csv(path, **options)


def areas_of(osm, **wanted: str) -> list[Polygon]:
    return [Polygon(line.coords) for line, tags in osm if wanted.items() <= tags.items()]


def test_the_script_makes_every_file_and_no_other(made):
    assert sorted(p.name for p in made.iterdir()) == FILES
    assert len(FILES) == 55


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_made_again_byte_for_byte(made, name):
    package, edition = WRITERS.get(Path(name).suffix, ("", ""))
    if package and version(package) != edition:
        pytest.skip(f"{name} was written with {package} {edition}; another may lay out the same content differently")
    assert (made / name).read_bytes() == (DEMO / name).read_bytes()


def test_all_of_it_is_small():
    assert sum((DEMO / name).stat().st_size for name in FILES) <= 3_000_000


@pytest.mark.parametrize(("name", "count"), [("lsoa_2021", 40), ("wards_2025", 8), ("districts", 4)])
def test_areas_tile_the_ground_once(name, count):
    areas = layer(name)
    assert len(areas) == count
    assert areas.area.sum() == 5_000 * 4_000
    assert shapely.coverage_is_valid(areas.geometry.to_numpy())
    assert areas.union_all().equals(box(452_000, 396_000, 457_000, 400_000))


def test_every_corner_lies_on_a_whole_metre():
    for name in (n for n in FILES if n.endswith(".gpkg")):
        for part in gpd.list_layers(DEMO / name)["name"]:
            shapes = gpd.read_file(DEMO / name, layer=part)
            assert shapes.crs.to_epsg() == 27700
            assert shapes.is_valid.all()
            corners = shapely.get_coordinates(shapes.geometry.to_numpy())
            assert (corners == np.rint(corners)).all(), part


def test_each_ward_and_district_holds_its_neighbourhoods():
    lookup = table("lookup_lsoa21")
    assert (lookup.groupby("ward24_code").size() == 5).all()
    assert (lookup.groupby("ltla24_code").size() == 10).all()
    areas = layer("lsoa_2021").merge(lookup, left_on="LSOA21CD", right_on="lsoa21_code")
    for ours, theirs, code in (("ward24_code", "wards_2025", "WD25CD"), ("ltla24_code", "districts", "LAD24CD")):
        sums = areas.dissolve(ours).area
        assert sums.equals(layer(theirs).set_index(code).area.rename_axis(ours))


def test_2011_codes_lead_to_2021_codes():
    lookup = table("LSOA_2011")
    assert lookup["CHGIND"].value_counts().to_dict() == {"U": 37, "S": 2, "M": 2}
    assert lookup["LSOA11CD"].nunique() == lookup["LSOA21CD"].nunique() == 40
    assert set(lookup["LSOA21CD"]) == set(layer("lsoa_2021")["LSOA21CD"])
    for start, code in (("File_1", "LSOA code (2011)"), ("File_2", "LSOA code (2011)"), ("air", "lsoa11")):
        assert set(table(start)[code]) == set(lookup["LSOA11CD"])


def test_each_2011_neighbourhood_has_its_centroid_inside():
    lookup, centroids = table("LSOA_2011"), table("LSOA_Dec_2011").set_index("lsoa11cd")
    assert set(centroids.index) == set(lookup["LSOA11CD"])
    shapes = layer("lsoa_2021").set_index("LSOA21CD").geometry
    points = shapely.points(centroids["X"], centroids["Y"])
    whole = [shapely.union_all(shapes[lookup.loc[lookup["LSOA11CD"] == c, "LSOA21CD"]]) for c in centroids.index]
    assert shapely.contains_properly(whole, points).all()


def test_people_add_up():
    census = table("census2021-ts001").set_index("geography code").filter(like="Value")
    total, household, communal = (census[c] for c in census)
    assert total.sum() == 60_000
    assert total.between(1_000, 2_400).all()
    assert (household + communal == total).all()
    health = table("census2021-ts037").set_index("geography code").filter(like="General health")
    assert (health.iloc[:, 0] == health.iloc[:, 1:].sum(axis=1)).all()
    assert (health.iloc[:, 0] - total).abs().max() <= 3
    assert (health > 0).all(axis=None)


def test_ages_add_up():
    ages = table("mid-year_2022")
    single = ages.loc[:, "0":"90+"]
    assert single.shape == (120, 91)
    assert (single.sum(axis=1) == ages["all_ages"]).all()
    assert (ages.loc[:, "aged_0_to_15":"aged_65_and_over"].sum(axis=1) == ages["all_ages"]).all()
    counts = ages.set_index(["sex", "area_code"]).loc[:, "all_ages":]
    assert (counts.loc["Females"] + counts.loc["Males"]).equals(counts.loc["Persons"])
    denominators = table("File_7").set_index("LSOA code (2021)")["Total population: mid 2022"]
    assert (denominators == counts.loc["Persons", "all_ages"]).all()


@pytest.mark.parametrize(
    ("start", "count", "columns"), [("File_1", 32_844, 6), ("File_2", 32_844, 20), ("File_7", 33_755, 56)]
)
def test_tenths_and_scores_follow_the_ranks(start, count, columns):
    indices = table(start, thousands=",")
    assert indices.shape == (40, columns)
    for head in [c for c in indices if " Rank" in c]:
        rank = indices[head]
        tenth = indices[head.replace("Rank", "Decile").replace(WHERE, TENTH)]
        assert rank.between(1, count).all()
        assert (tenth == -(-rank * 10 // count)).all()
        scores = [c for c in indices if c.startswith(head.split(" Rank")[0] + " Score")]
        assert len(scores) == (start == "File_7")
        for score in scores:
            assert indices.sort_values(head)[score].is_monotonic_decreasing


def test_file_1_writes_thousands_as_the_publisher_does():
    text = (DEMO / "File_1_-_IMD2019_Index_of_Multiple_Deprivation.csv").read_text(encoding="utf-8-sig")
    assert '"31,' in text


def test_the_east_is_poorer_less_well_and_barer_than_the_west():
    east, west = "E08999903", "E08999901"
    rank = table("File_7").groupby("Local Authority District code (2024)").mean(numeric_only=True)
    head = f"Index of Multiple Deprivation (IMD) Rank {WHERE}"
    assert rank.loc[east, head] < 33_755 / 5 < 33_755 / 2 < rank.loc[west, head]
    health = table("census2021-ts037").merge(table("lookup_lsoa21"), left_on="geography code", right_on="lsoa21_code")
    sums = health.groupby("ltla24_code").sum(numeric_only=True).filter(like="General health")
    bad = sums.iloc[:, 4:].sum(axis=1) / sums.iloc[:, 0]
    assert bad[east] > 1.5 * bad[west]


def test_greenspace_has_all_ten_functions_and_every_site_a_gate():
    sites, gates = layer("greenspace_site", "open_greenspace"), layer("access_point", "open_greenspace")
    assert len(sites) == 30
    assert sites["function"].nunique() == 10
    assert set(gates["ref_to_greenspace_site"]) == set(sites["id"])
    edges = sites.set_index("id").boundary[gates["ref_to_greenspace_site"]]
    assert (edges.distance(gates.geometry, align=False) == 0).all()
    parts = sites.set_index("distinctive_name_1").geometry.map(lambda s: len(s.geoms))
    assert parts[parts > 1].to_dict() == {"Riverside Walk": 2}


def test_ground_for_tests_on_paper(osm):
    sites = layer("greenspace_site", "open_greenspace").set_index("distinctive_name_1").geometry
    park = box(455_780, 398_440, 455_980, 398_590)
    assert park.area == 200 * 150
    assert sites["Lammas Park"].equals(park)
    assert sites["Lammas Park Play Area"].equals(box(455_830, 398_480, 455_850, 398_500))
    assert not [tags for line, tags in osm if ("highway" in tags or "building" in tags) and line.crosses(park)]
    (green,) = areas_of(osm, landuse="grass", name="Saxon Green")
    assert green.equals(box(456_140, 397_570, 456_190, 397_610))
    (twin,) = areas_of(osm, leisure="park")
    assert twin.equals(sites["Kestrel Park"])
    share = layer("districts").intersection(sites["Hallow Park"]).area / sites["Hallow Park"].area
    assert (share > 0.3).sum() == 2


def test_counts_of_the_extract(osm):
    schools = [s for s in areas_of(osm, amenity="school") if s.area > 5_000]  # all but the one on the Paper Farm
    assert len(schools) == len(areas_of(osm, leisure="pitch")) == 6
    assert len(areas_of(osm, grass="verge")) == 10
    assert len(areas_of(osm, landuse="grass")) == 10 + 12 + 2 + 1  # verges, estate greens, hospital lawns, an island
    assert len(areas_of(osm, landuse="meadow")) == len(areas_of(osm, amenity="hospital")) == 1
    assert 2_400 < sum("building" in tags for _, tags in osm) < 3_000
    for school in schools:
        assert school.area == pytest.approx(15_600, rel=0.03)
        assert sum(school.contains(pitch) for pitch in areas_of(osm, leisure="pitch")) == 1


def streets(osm, **wanted: str) -> dict[str, list[LineString]]:
    """The pieces of each named street whose tags are as wanted."""
    found: dict[str, list[LineString]] = {}
    for line, tags in osm:
        if "highway" in tags and wanted.items() <= tags.items():
            found.setdefault(tags["name"], []).append(line)
    return found


@pytest.fixture(scope="module")
def furniture() -> dict[str, list[shapely.Point]]:
    """Lamps, crossings and bus stops in British National Grid."""
    to_bng = Transformer.from_crs(4326, 27700, always_xy=True)
    found: dict[str, list[shapely.Point]] = {}
    for thing in osmium.FileProcessor(str(DEMO / "town.osm.pbf"), osmium.osm.NODE):
        if "highway" in thing.tags:
            place = shapely.Point(np.rint(to_bng.transform(thing.location.lon, thing.location.lat)))
            found.setdefault(thing.tags["highway"], []).append(place)
    return found


def test_some_streets_have_footways_wide_enough_for_trees(osm):
    wide = streets(osm, sidewalk="both", **{"sidewalk:both:width": "4"})
    (paper,) = wide.pop("Paper Lane")
    assert paper.length == 200
    narrow = streets(osm, sidewalk="left", **{"sidewalk:left:width": "1.8"})
    assert (len(wide), len(narrow)) == (10, 6)
    assert set(streets(osm, sidewalk="both")) - set(wide) == {"Garth Street", "Paper Lane"}  # how wide is not said
    assert len([tags for _, tags in osm if "sidewalk" in tags]) - 1 == sum(
        len(pieces) for pieces in (*wide.values(), *narrow.values(), *streets(osm, name="Garth Street").values())
    )
    assert all(sum(line.length for line in pieces) > 1_000 for pieces in (*wide.values(), *narrow.values()))


def test_lamps_stand_beside_the_streets_that_have_footways(osm, furniture):
    lit = shapely.union_all([line for line, tags in osm if tags.get("sidewalk") and tags["name"] != "Garth Street"])
    lamps = furniture["street_lamp"]
    assert all(2.5 <= lit.distance(lamp) <= 4.5 for lamp in lamps)
    assert lit.length / len(lamps) == pytest.approx(30, rel=0.15)


def test_four_streets_have_a_crossing_and_a_bus_stop(osm, furniture):
    roads = shapely.union_all([line for line, tags in osm if tags.get("sidewalk")])
    assert [round(roads.distance(place)) for place in furniture["crossing"]] == [0] * 4
    assert all(3 <= roads.distance(place) <= 5 for place in furniture["bus_stop"])
    assert len(furniture["bus_stop"]) == 4


def test_odd_pieces_of_ground(osm):
    (plot,) = areas_of(osm, landuse="brownfield")
    assert plot.equals(box(456_130, 398_770, 456_150, 398_800))  # 20 m x 30 m
    (green,) = areas_of(osm, landuse="recreation_ground")
    assert green.equals(box(456_298, 398_339, 456_328, 398_379))  # 30 m x 40 m
    (beds,) = areas_of(osm, landuse="allotments", name="Eastmarle Allotments")
    assert 0 < green.distance(beds) <= 2
    ground = ("landuse", "leisure", "amenity", "natural", "building")
    others = [Polygon(line.coords) for line, tags in osm if any(key in tags for key in ground)]
    sites = list(layer("greenspace_site", "open_greenspace").geometry)
    for own in (plot, green):
        assert [other for other in (*others, *sites) if other.intersects(own) and not other.equals(own)] == []


def test_one_island_of_grass_lies_between_roads(osm):
    corner = [(454_052, 396_840), (454_063, 396_840), (454_063, 396_851)]
    (island,) = (shape for shape in areas_of(osm, landuse="grass") if shape.area < 100)
    assert island.equals(Polygon(corner))
    assert island.area == 11 * 11 / 2
    roads = shapely.union_all([line for line, tags in osm if tags.get("highway") in ("residential", "service")])
    (ring,) = (face for face in shapely.polygonize([roads]).geoms if face.contains(island))
    assert ring.area == 24 * 24 / 2
    assert roads.distance(island) > 2  # half a carriageway


def test_two_greens_say_who_looks_after_them(osm):
    said = [tags["operator"] for _, tags in osm if "operator" in tags]
    assert said == ["Hallowmere Borough Council", "Marle Housing Association"]


def farmland(osm) -> shapely.Geometry:
    return shapely.union_all(areas_of(osm, landuse="farmland"))


def test_what_limits_planting_meets_the_land_it_limits(osm):
    farms = farmland(osm)
    sites = layer("greenspace_site", "open_greenspace").set_index("distinctive_name_1").geometry
    peat = layer("peaty_soils").set_index("depth_cm").geometry
    assert 0.5 < peat[55].intersection(farms).area / peat[55].area < 1
    habitats = layer("priority_habitats").set_index("MainHabs").geometry
    assert farms.contains(habitats["Lowland meadows"])
    woods = layer("woodland").geometry
    assert woods.geom_equals(habitats["Deciduous woodland"]).sum() == 1
    assert woods.geom_equals(layer("ancient_woodland").geometry.iloc[0]).sum() == 1
    assert farms.contains(layer("wildlife_sites").geometry.iloc[0])
    assert layer("registered_parks").geometry.iloc[0].equals(sites["Grange Park"])


def test_flood_zones_lie_along_the_river():
    zones = layer("Flood_Zones_2_3_Rivers_and_Sea", "flood_zones").set_index("flood_zone").geometry
    river = layer("watercourses").set_index("name").geometry["River Hallow"]
    assert zones["FZ3"].buffer(1).contains(river)
    assert zones["FZ3"].intersection(zones["FZ2"]).area == 0
    assert 41 < zones["FZ2"].distance(river) < 46  # a bend is cut a little short
    assert zones["FZ3"].area == pytest.approx(2 * 45 * river.length, rel=0.01)


def test_parcels_hold_the_council_s_land_and_no_owner(osm):
    path = DEMO / "land_registry_cadastral_parcels.gml"
    parcels = read("inspire_parcels", path)["parcels"]
    assert len(parcels) == parcels["parcel_id"].nunique() == 14
    assert not [word for word in ("owner", "proprietor") if word in path.read_text(encoding="utf-8").casefold()]
    sites = layer("greenspace_site", "open_greenspace").set_index("distinctive_name_1").geometry
    for name in ("Lammas Park", "Kestrel Park", "Brookside Golf Club"):
        assert parcels.geom_equals(sites[name].geoms[0]).sum() == 1
    assert farmland(osm).intersection(parcels.union_all()).area > 1_500_000  # four fields


def test_the_council_s_list_is_as_untidy_as_such_lists_are(osm, caplog):
    raw = (DEMO / "council_land_and_buildings.csv").read_bytes()
    assert b"St Osgyd\x92s Hall" in raw  # an apostrophe of Windows
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    held = read("council_land_register", DEMO / "council_land_and_buildings.csv")["land_register"]
    assert "2 of 14 rows have no coordinates" in caplog.text
    assert len(held) == 12
    assert held["tenure"].value_counts().to_dict() == {"freehold": 9, "leasehold": 3}
    places = held.set_index("name").geometry
    sites = layer("greenspace_site", "open_greenspace").set_index("distinctive_name_1").geometry
    for name in ("Lammas Park", "Brookside Golf Club", "Eastmarle Allotments"):
        assert sites[name].contains(places[name])
    assert farmland(osm).contains(places["Tanner’s Field"])


def test_verges_are_long_and_thin(osm):
    for verge in areas_of(osm, grass="verge"):
        length = verge.length / 2
        assert 80 < length < 320
        assert 5 < verge.area / length < 10.5


def test_one_road_and_one_footbridge_cross_the_railway(osm):
    rail = layer("railways").union_all()
    over = sorted(tags["highway"] for line, tags in osm if "highway" in tags and line.crosses(rail))
    assert over == ["footway", "primary"]


def test_the_power_line_crosses_a_field_and_a_park(osm):
    (line,) = (line for line, tags in osm if tags.get("power") == "line")
    sites = layer("greenspace_site", "open_greenspace").set_index("distinctive_name_1").geometry
    assert list(sites[sites.intersects(line)].index) == ["Pylon Park"]
    assert any(line.crosses(field) for field in areas_of(osm, landuse="farmland"))


def test_one_can_walk_from_anywhere_to_anywhere(osm):
    ends: dict[tuple[float, float], tuple[float, float]] = {}

    def root(point):
        while ends.setdefault(point, point) != point:
            point = ends[point]
        return point

    for line, tags in osm:
        if "highway" in tags:
            for point in line.coords[1:]:
                ends[root(point)] = root(line.coords[0])
    assert len({root(point) for point in list(ends)}) == 1


def test_no_road_runs_through_a_building(osm):
    buildings = [Polygon(line.coords) for line, tags in osm if "building" in tags]
    houses = shapely.STRtree(buildings)
    roads = [line for line, tags in osm if "highway" in tags]
    assert houses.query(roads, predicate="intersects").size == 0
    assert houses.query(buildings, predicate="overlaps").size == 0


def test_canopy_is_a_height_model_with_one_hole():
    with rasterio.open(DEMO / "canopy_height.tif") as source:
        heights = source.read(1)
        assert (source.nodata, source.res, source.crs.to_epsg()) == (-9999, (1, 1), 27700)
        assert source.bounds == (452_000, 396_000, 457_000, 400_000)
        assert source.profile["dtype"] == "float32"
        assert source.block_shapes == [(256, 256)]
    gone = heights == -9999
    assert gone.sum() == 300 * 200
    assert gone[400_000 - 397_650 : 400_000 - 397_450, 455_700 - 452_000 : 456_000 - 452_000].all()
    seen = heights[~gone]
    assert not ((seen > 0) & (seen < 2.5)).any()
    assert (seen == np.rint(seen)).all()
    assert (heights[1_410:1_560, 3_780:3_980] == 0).all()  # Lammas Park
    assert (heights[2_390:2_430, 4_140:4_190] == 0).all()  # Saxon Green
    for wood in layer("woodland").representative_point():
        assert 8 <= heights[int(400_000 - wood.y), int(wood.x - 452_000)] <= 20


def test_the_paper_farm_holds_its_rectangles_and_nothing_else(osm):
    farm = box(452_000, 398_960, 452_300, 399_260)
    fields = [f for f in areas_of(osm, landuse="farmland") if f.intersects(farm)]
    assert sorted(f.bounds for f in fields) == [
        (452_020, 398_980, 452_120, 399_080),
        (452_020, 399_100, 452_120, 399_103),
        (452_150, 398_980, 452_250, 399_040),
    ]
    assert [s.bounds for s in areas_of(osm, amenity="school") if s.intersects(farm)] == [
        (452_150, 399_080, 452_230, 399_140)
    ]
    assert [line.length for line, tags in osm if tags.get("waterway") == "ditch"] == [140]


def test_trees_outside_woodland_stand_where_the_heights_have_trees():
    crowns = layer("FR_TOW_V1_Demo", "trees_outside_woodland")
    assert crowns["TOW_ID"].duplicated().sum() == 1
    assert set(crowns["Woodland_Type"]) == {"Lone Tree", "Group of Trees"}
    once = crowns.drop_duplicates("TOW_ID").geometry
    assert once.area.sum() == once.union_all().area
    assert once.intersects(layer("woodland").union_all()).sum() < 0.01 * len(
        once
    )  # a crown may lean over a wood's edge
    with rasterio.open(DEMO / "canopy_height.tif") as source:
        tree = source.read(1, masked=True) >= 2.5
        under = rasterize(once, out_shape=tree.shape, transform=source.transform).astype(bool)
    assert tree[under].all()  # the hole of the survey is masked
    assert under.sum() == once.area.sum()


def test_land_cover_holds_classes_in_squares_of_ten_metres():
    with rasterio.open(DEMO / "land_cover.tif") as source:
        cover = source.read(1)
        assert (source.nodata, source.res, source.crs.to_epsg()) == (0, (10, 10), 27700)
        assert source.bounds == (452_000, 396_000, 457_000, 400_000)
    assert set(np.unique(cover)) == {10, 30, 40, 50, 80}
    with rasterio.open(DEMO / "canopy_height.tif") as source:
        tree = source.read(1) >= 2.5
    share = tree.reshape(400, 10, 500, 10).mean(axis=(1, 3))
    hole = (slice(235, 255), slice(370, 400))
    cover[hole], share[hole] = 0, 0
    assert ((cover == 10) == (share >= 0.5)).all()


def test_the_point_survey_judges_the_same_trees():
    points = table("canopy_survey")
    assert len(points) == points["Id"].nunique() == 1_600
    assert points["Class"].value_counts()["Unknown"] == 12
    with rasterio.open(DEMO / "canopy_height.tif") as source:
        heights = source.read(1)
    at = heights[(400_000 - points["Northing"]).astype(int), (points["Easting"] - 452_000).astype(int)]
    judged = points["Class"].ne("Unknown") & (at != -9999)
    assert ((at[judged] >= 2.5) == points.loc[judged, "Class"].eq("Tree")).all()


def test_the_picture_shows_the_trees_and_the_labels_name_them():
    with rasterio.open(DEMO / "canopy_height.tif") as file:
        heights = file.read(1)
    with rasterio.open(DEMO / "aerial_image.tif") as file:
        assert (file.count, file.res, tuple(file.bounds)) == (4, (5, 5), (452_000, 396_000, 457_000, 400_000))
        red, _, _, infrared = file.read().astype(int)
        seen = file.dataset_mask() > 0
    tall = (heights >= 2.5).reshape(800, 5, 1000, 5).mean(axis=(1, 3))
    assert (~seen).sum() * 25 == 60_000  # the hole in the survey
    ndvi = (infrared - red) / np.maximum(infrared + red, 1)
    assert ndvi[(tall == 1) & seen].mean() > 0.4 > ndvi[(tall == 0) & seen].mean()
    labels = table("canopy_labels")
    rows, columns = (400_000 - labels["northing"]).astype(int), (labels["easting"] - 452_000).astype(int)
    assert ((heights[rows, columns] >= 2.5) == (labels["class"] == "tree")).all()
    assert labels["class"].value_counts().to_dict() == {"not tree": 1_144, "tree": 56}
