"""Make the demo data: Hallowmere, an invented town, in the layouts of the publishers' own files.

Run ``python make_demo.py [folder]``; without a folder it writes beside itself. The same bytes come out each time.
Public domain (CC0 1.0): https://creativecommons.org/publicdomain/zero/1.0/
"""

from __future__ import annotations

import sys
import uuid
from itertools import pairwise
from pathlib import Path

import footways
import geopandas as gpd
import houses
import imagery
import indicators
import limits
import numpy as np
import places
import pyogrio
import shapely
import tables
import town
import trees
import workshop
from extract import Extract
from paths import Paths
from places import Ground
from shapely.geometry import LineString, MultiPolygon, Point, Polygon
from shapely.ops import substring, unary_union
from town import Street

ABOUT = "Invented demo data for treeplan: Hallowmere is not a real place. CC0."


def demo_id(name: str) -> str:
    """Return an id in the shape of Ordnance Survey's, always the same for a name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"hallowmere/{name}")).upper()


def write_layer(path: Path, layer: str, columns: dict[str, list], shapes: list, kind: str, more: bool = False) -> None:
    """Write one layer of a GeoPackage on small pages, the same bytes each time."""
    table = gpd.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:27700")
    if kind.startswith("Multi"):
        table.geometry = [s if s.geom_type == kind else MultiPolygon([s]) for s in table.geometry]
    if not more:
        path.unlink(missing_ok=True)
    pyogrio.write_dataframe(
        table,
        path,
        layer=layer,
        driver="GPKG",
        append=more,
        geometry_type=kind,
        dataset_options={} if more else {"VERSION": "1.4", "ADD_GPKG_OGR_CONTENTS": "NO"},
        layer_options={"SPATIAL_INDEX": "NO", "DESCRIPTION": ABOUT},
    )
    with path.open("r+b") as file:  # SQLite notes its own version here; a fixed one keeps the bytes the same
        file.seek(96)
        file.write((3_045_000).to_bytes(4, "big"))


def write_areas(folder: Path, area: gpd.GeoDataFrame) -> None:
    """Write districts, wards and neighbourhoods, which share their edges to the metre."""
    shapes = list(area.geometry)
    names = {"LSOA21CD": area.lsoa21, "LSOA21NM": area["name"], "BNG_E": area.easting, "BNG_N": area.northing}
    write_layer(folder / "lsoa_2021.gpkg", "lsoa_2021", names, shapes, "MultiPolygon")
    for key, file, heads in (
        ("lad", "districts", {"LAD24CD": "lad", "LAD24NM": "lad_name"}),
        (
            "ward_code",
            "wards_2025",
            {"WD25CD": "ward_code", "WD25NM": "ward_name", "LAD25CD": "lad", "LAD25NM": "lad_name"},
        ),
    ):
        groups = [group for _, group in area.groupby(key)]
        columns = {head: [g[column].iloc[0] for g in groups] for head, column in heads.items()}
        merged = [shapely.coverage_union_all(list(g.geometry)) for g in groups]
        write_layer(folder / f"{file}.gpkg", file, columns, merged, "MultiPolygon")


def write_greenspace(folder: Path, paths: Paths) -> None:
    """Write the layers of OS Open Greenspace: sites and their access points."""
    sites = places.OS_SITES
    columns = {
        "id": [demo_id(name) for _, name, _ in sites],
        "function": [function for function, _, _ in sites],
        "distinctive_name_1": [name for _, name, _ in sites],
    } | {f"distinctive_name_{k}": [None] * len(sites) for k in (2, 3, 4)}
    path = folder / "open_greenspace.gpkg"
    write_layer(path, "greenspace_site", columns, [shape for *_, shape in sites], "MultiPolygon")
    columns = {
        "id": [demo_id(f"{name} access {k}") for k, (name, _, _) in enumerate(paths.gates)],
        "access_type": [kind for _, kind, _ in paths.gates],
        "ref_to_greenspace_site": [demo_id(name) for name, _, _ in paths.gates],
    }
    write_layer(path, "access_point", columns, [Point(p) for *_, p in paths.gates], "Point", more=True)


def write_nature_and_heritage(folder: Path, single: list[tuple[float, float, str, str]]) -> None:
    """Write woods, highway trees, protected land, heritage, farm classes, water, railway and green belt."""

    def write(name: str, columns: dict[str, list], shapes: list, kind: str) -> None:
        write_layer(folder / f"{name}.gpkg", name, columns, shapes, kind)

    woods, listed, alc = places.woods(), places.LISTED, places.farm_classes()
    ids = [demo_id(f"wood {k}") for k in range(len(woods))]
    write("woodland", {"ID": ids, "FEATCODE": [15999] * len(woods)}, woods, "MultiPolygon")
    columns = {"treeID": [f"H{k:05d}" for k in range(1, len(single) + 1)]}
    columns |= {"species": [t[2] for t in single], "street": [t[3] for t in single]}
    write("highway_trees", columns, [Point(t[:2]) for t in single], "Point")
    write("sssi", {"NAME": ["Withy Meadows"], "REF_CODE": ["9999001"]}, [places.SSSI], "Polygon")
    write("lnr", {"LNR_NAME": ["Hallow Mere"], "REF_CODE": ["9999002"]}, [places.LNR], "Polygon")
    columns = {"ListEntry": ["9999003"], "Name": ["Hallow Mount motte"]}
    write("scheduled_monuments", columns, [places.MONUMENT], "Polygon")
    columns = {"ListEntry": [x[0] for x in listed], "Name": [x[1] for x in listed], "Grade": [x[2] for x in listed]}
    write("listed_buildings", columns, [Point(town.whole(town.bend(x[3], x[4]))) for x in listed], "Point")
    write("alc", {"ALC_GRADE": [grade for grade, _ in alc]}, [shape for _, shape in alc], "MultiPolygon")
    lines = {"River Hallow": town.RIVER, "Mere Brook": town.NORTH_BROOK, "Withy Brook": town.SOUTH_BROOK}
    columns = {"name": list(lines), "form": ["inlandRiver"] * 3, "length": [round(x.length) for x in lines.values()]}
    write("watercourses", columns, list(lines.values()), "LineString")
    write("railways", {"name": ["Hallowmere Branch"]}, [town.RAILWAY], "LineString")
    write("green_belt", {"name": ["Hallowmere Green Belt"]}, [places.green_belt()], "Polygon")
    write(
        "conservation_areas",
        {"name": ["Castle and Market"], "reference": ["H1"]},
        [places.CONSERVATION_AREA],
        "Polygon",
    )
    write(
        "substations",
        {"osm_id": ["way/1"], "name": ["Hallowmere Grid"], "power": ["substation"]},
        [places.SUBSTATION],
        "Polygon",
    )
    columns = {"country": ["England"], "sector": ["Existing renewables"], "layer_name": ["Solar farms"]}
    write("renewables", columns, [places.SOLAR_FARM], "Polygon")


def write_limits(folder: Path, fields: list[Ground]) -> None:
    """Write peat, habitats, the old wood, the wildlife site, flood zones, the registered park, parcels and council land."""

    def write(name: str, columns: dict[str, list], shapes: list, kind: str, layer: str | None = None) -> None:
        write_layer(folder / f"{name}.gpkg", layer or name, columns, shapes, kind)

    soils, depths, shapes = (list(column) for column in zip(*limits.PEAT, strict=True))
    write("peaty_soils", {"PCLASSDESC": soils, "depth_cm": depths}, shapes, "Polygon")
    names, codes, shapes = (list(column) for column in zip(*limits.habitats(), strict=True))
    write("priority_habitats", {"MainHabs": names, "HabCodes": codes}, shapes, "Polygon")
    columns = {"NAME": ["PYLON WOOD"], "THEMNAME": ["Ancient & Semi-Natural Woodland"], "STATUS": ["ASNW"]}
    write("ancient_woodland", columns, [places.woods()[limits.ANCIENT_WOOD]], "Polygon")
    write("wildlife_sites", {"SITE_NAME": ["Mere Brook Side"]}, [limits.WILDLIFE_SITE], "Polygon")
    zones, shapes = (list(column) for column in zip(*limits.flood_zones(), strict=True))
    columns = {"origin": ["modelled"] * 2, "flood_zone": zones, "flood_source": ["river"] * 2}
    write("flood_zones", columns, shapes, "MultiPolygon", "Flood_Zones_2_3_Rivers_and_Sea")
    columns = {"ListEntry": ["9999004"], "Name": ["Grange Park"], "Grade": ["II"]}
    write("registered_parks", columns, [places.GRANGE_PARK], "Polygon")
    limits.write_parcels(folder / "land_registry_cadastral_parcels.gml", limits.parcels(fields))
    limits.write_register(folder / "council_land_and_buildings.csv")


def write_answers(folder: Path) -> None:
    """Write what residents said of two sites; the last answer waits for a planner to confirm it."""
    said = {"Lammas Park": ["yes"] * 5 + ["no"], "Eastmarle Sports Ground": ["no", "no", "yes", "no"]}
    rows = [f"{demo_id(name)}-1,{answer},yes" for name, own in said.items() for answer in own]
    rows[-1] = rows[-1].removesuffix("yes")
    (folder / "answers.csv").write_text("\n".join(["site_id,answer,confirmed", *rows]) + "\n", encoding="utf-8")


def add_network(extract: Extract, streets: list[Street], paths: Paths) -> None:
    """Add roads, footways, the railway with its bridge over the river, water, power and pipe lines."""
    for street in streets:
        name = {} if street.highway == "footway" and not street.name else {"name": street.name}
        extract.way(street.points, {"highway": street.highway} | name | street.tags)
    for points, tags in paths.ways:
        extract.way(points, tags)
    rail, cross = town.RAILWAY, town.RAILWAY.project(town.RAILWAY & town.RIVER)
    cuts = (0, cross - 30, cross + 30, rail.length)
    pieces = [shapely.set_precision(substring(rail, a, b), 1.0) for a, b in pairwise(cuts)]
    for k, piece in enumerate(pieces):
        tags = {"railway": "rail", "name": "Hallowmere Branch", "gauge": "1435"}
        extract.way(np.array(piece.coords), tags | ({"bridge": "yes", "layer": "1"} if k == 1 else {}))
    extract.way(np.array(town.RIVER.coords), {"waterway": "river", "name": "River Hallow", "width": "18"})
    for line, name in ((town.NORTH_BROOK, "Mere Brook"), (town.SOUTH_BROOK, "Withy Brook")):
        extract.way(np.array(line.coords), {"waterway": "stream", "name": name, "width": "2"})
    extract.way(np.array(town.POWER_LINE.coords), {"power": "line", "voltage": "132000"})
    for point in town.POWER_LINE.coords[1:-1]:
        extract.node(point, {"power": "tower"})
    extract.way(np.array(town.PIPELINE.coords), {"man_made": "pipeline", "substance": "gas", "location": "underground"})


def add_ground(extract: Extract, grounds: list[Ground]) -> None:
    """Add open ground, schools, water and the odd places that a rule must notice."""
    for ground in grounds:
        extract.area(ground.shape, ground.tags)
    shapes = {name: shape for _, name, shape in places.OS_SITES}
    extract.area(shapes["Kestrel Park"], {"leisure": "park", "name": "Kestrel Park"})
    extract.area(places.LAMMAS_PLAY, {"leisure": "playground"})
    extract.area(shapes["Plover Street Play Area"], {"leisure": "playground"})
    for name in ("Withy Lane Allotments", "Eastmarle Allotments"):
        extract.area(shapes[name], {"landuse": "allotments", "name": name})
    extract.area(places.MEADOW, {"landuse": "meadow"})
    extract.area(places.QUARRY, {"landuse": "quarry", "name": "Slade Quarry"})
    extract.area(places.PRIVATE_GARDEN, {"leisure": "garden", "access": "private"})
    extract.area(places.square(453_085, 398_962, 26, 14), {"building": "house", "name": "Grange House"})
    extract.area(places.MERE - places.ISLAND, {"natural": "water", "water": "lake", "name": "Hallow Mere"})
    for k, wood in enumerate(places.woods()[:3]):
        extract.area(wood, {"natural": "wood", "name": ("Pylon Wood", "Brook Wood", "Mere Wood")[k]})


def add_paper_farm(extract: Extract) -> None:
    """Add a corner where every kind of site that has no rectangle in town can be worked out on paper."""
    for field in (places.PAPER_WOOD, places.PAPER_HEDGE, places.PAPER_MEADOWS):
        extract.area(field, {"landuse": "farmland"})
    extract.way(np.array(places.PAPER_DITCH.coords), {"waterway": "ditch", "width": "1.6"})
    extract.area(places.PAPER_SCHOOL, {"amenity": "school", "name": "Paper Lane School"})
    tags = {
        "highway": "residential",
        "name": "Paper Lane",
        "width": "6",
        "sidewalk": "both",
        "sidewalk:both:width": "4",
    }
    extract.way(np.array(places.PAPER_STREET.coords), tags)
    extract.way(np.array(places.PAPER_TRACK.coords), {"highway": "track", "name": "Paper Track"})
    extract.node(places.PAPER_LAMP, {"highway": "street_lamp"})


def spot(u: float, v: float, east: int = 0, north: int = 0) -> tuple[float, float]:
    """Return a point of the paper grid on the ground, moved by whole metres."""
    return tuple(town.whole(town.bend(u, v)) + np.array([east, north]))


def add_points(extract: Extract, single: np.ndarray) -> None:
    """Add named places, community centres and single trees."""
    for name, kind, u, v in places.NAMED_PLACES:
        extract.node(spot(u, v, 3, 7), {"place": kind, "name": name})
    for k, (name, _, u, v) in enumerate(places.NAMED_PLACES[3::3]):
        tags = {"amenity": "community_centre", "name": f"{name} Community Centre"}
        extract.node(spot(u + 30, v + 20, 0, k), tags)
    for point in single:
        extract.node(tuple(point), {"natural": "tree"})


def add_panels(extract: Extract, buildings: list[Polygon]) -> None:
    """Add solar panels on one roof in eleven."""
    tags = {"power": "generator", "generator:source": "solar", "location": "roof"}
    for shape in buildings[::11]:
        extract.node(tuple(town.whole(np.array(shape.centroid.coords[0]))), tags)


def park_trees(rng: np.random.Generator) -> np.ndarray:
    """Return crowns in parks and along the river; Lammas Park and Saxon Green are bare, for tests on paper."""
    wanted = {"Hallow Park": 70, "Castle Gardens": 45, "Grange Park": 60, "Kestrel Park": 10, "Riverside Walk": 40}
    wanted |= {"Northgate Cemetery": 35, "Brickfield Park": 8, "Millrace Gardens": 14, "Brookside Golf Club": 120}
    wanted |= {"Coldmarsh Rec": 4, "Hallowmere Cricket Ground": 10, "St Osgyd's Churchyard": 10, "Pylon Park": 12}
    off = [
        shape for function, _, shape in places.OS_SITES if function in ("Play Space", "Playing Field", "Tennis Court")
    ]
    keep_off = unary_union([*off, town.POWER_LINE.buffer(24)]).buffer(8)
    spots = [
        houses.scattered(shape.buffer(-6) - keep_off, wanted[name], rng)
        for _, name, shape in places.OS_SITES
        if name in wanted
    ]
    bank = (town.RIVER.buffer(24) - town.RIVER.buffer(14) & town.AREA.buffer(-10)) - town.RAILWAY.buffer(25)
    spots.append(houses.scattered(bank, 160, rng))
    points = np.vstack(spots)
    return np.c_[points, rng.integers(3, 7, len(points)), rng.integers(6, 17, len(points))]


def hedges_of(fields: list[Ground]) -> list[LineString]:
    """Return the edges of the fields, less the gaps for gates."""
    lines = []
    for ground in fields:
        ring = LineString(ground.shape.exterior.coords)
        lines += [substring(ring, at, at + 150) for at in np.arange(0, ring.length - 150, 175)]
    return lines


def fields_around(streets: list[Street]) -> list[Ground]:
    """Return the fields, clear of woods, water, railway, roads and protected land."""
    taken = [w.buffer(8) for w in places.woods()] + [town.RIVER.buffer(24), town.RAILWAY.buffer(16)]
    taken += [brook.buffer(10) for brook in (town.NORTH_BROOK, town.SOUTH_BROOK)]
    taken += [street.line.buffer(20) for street in streets if not street.paper]
    taken += [
        g.buffer(6) for g in (places.PAPER_FARM, places.GOLF, places.LNR, places.SSSI, places.MEADOW, places.PYLON_PARK)
    ]
    return places.fields(unary_union(taken))


def write_trees(
    folder: Path, crowns: list[np.ndarray], fields: list[Ground], built: list, rng: np.random.Generator
) -> None:
    """Write what four kinds of source see of the trees: heights, crowns outside woods, land cover, points on a photo."""
    heights = trees.vegetation(crowns, hedges_of(fields), rng)
    trees.write_heights(folder / "canopy_height.tif", heights)
    columns, shapes = trees.outside_woodland(crowns[:2])
    write_layer(folder / "trees_outside_woodland.gpkg", "FR_TOW_V1_Demo", columns, shapes, "MultiPolygon")
    trees.write_land_cover(folder / "land_cover.tif", heights, built, [field.shape for field in fields])
    trees.write_survey(folder / "canopy_survey.csv", heights)


def make(folder: Path) -> None:
    """Write every file of the demo into a folder."""
    pyogrio.set_gdal_config_options(
        {"OGR_CURRENT_DATE": "2026-01-01T00:00:00.000Z", "OGR_SQLITE_PRAGMA": "page_size=1024"}
    )
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.Generator(np.random.PCG64(1))
    area = tables.areas(town.neighbourhoods(rng))
    indicators.write_indicators(folder, area, *tables.write_tables(folder, area, rng))
    blocked = places.reserved()
    streets = town.lay_streets(blocked)
    grass = places.verges(streets) + places.estate_greens()
    built = houses.set_out(streets, unary_union([blocked, *(g.shape.buffer(2) for g in grass)]), rng)
    tables.write_centroids(folder, area, built)
    standing = places.worship() + places.school_grounds() + places.hospital()
    walls = [shape for shape, _ in built] + [g.shape for g in standing if "building" in g.tags]
    paths = Paths(streets, walls)
    fields = fields_around(streets)
    along_streets, bare = houses.street_trees(streets, rng), park_trees(rng)
    extract = Extract()
    add_network(extract, footways.dress(streets), paths)
    for shape, kind in built:
        extract.area(shape, {"building": kind})
    add_panels(extract, [shape for shape, _ in built])
    add_ground(extract, [*grass, *standing, *fields, *paths.farms])
    add_points(extract, bare[:40, :2])
    footways.add_furniture(extract, streets)
    extract.area(places.ALLOTMENT_GREEN, {"landuse": "recreation_ground", "name": "Eastmarle Green"})
    extract.area(places.BROWNFIELD, {"landuse": "brownfield"})
    add_paper_farm(extract)
    extract.write(folder / "town.osm.pbf")
    write_areas(folder, area)
    write_greenspace(folder, paths)
    write_nature_and_heritage(folder, along_streets)
    write_limits(folder, fields)
    write_answers(folder)
    workshop.write_sheet(folder / "workshop_weights.csv")
    street_crowns = np.array([(e, n, 2 + k % 3, 5 + k % 6) for k, (e, n, *_) in enumerate(along_streets)])
    crowns = [street_crowns, bare, houses.garden_trees(built, rng)]
    write_trees(folder, crowns, fields, [shape for shape, _ in built], rng)
    imagery.write_imagery(folder, built, streets, fields)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
