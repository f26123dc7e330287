"""Layers: the roles that sources fill, what is left out without each, and how to get it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """A role that a source fills: what it is, what is left out without it, and how to get it.

    `needed` layers stop a run when they are missing; `gathered` layers take every source that fills them, others take one.
    `reach_m` is how far beyond the study area a layer is kept where that is more than usual, metres.
    """

    label: str
    leaves_out: str
    how_to_get: str
    needed: bool = False
    gathered: bool = False
    reach_m: float = 0.0


_OSM = "an OpenStreetMap extract of the area as [sources.openstreetmap]"

LAYERS: dict[str, Layer] = {
    "districts": Layer(
        "district boundaries", "places cannot be found by code", "ONS local authority boundaries as [sources.districts]"
    ),
    "wards": Layer(
        "ward boundaries", "wards are named by neighbourhood only", "ONS ward boundaries as [sources.wards]"
    ),
    "neighbourhoods": Layer(
        "neighbourhoods (LSOA 2021)",
        "nothing can be measured",
        "ONS LSOA 2021 boundaries as [sources.lsoa_2021]",
        needed=True,
    ),
    "lsoa_lookup": Layer(
        "lookup of 2011 to 2021 neighbourhoods",
        "tables on 2011 codes cannot be used",
        "ONS lookup LSOA 2011 to LSOA 2021 to LAD 2022 as [sources.lsoa_2011_to_2021]",
    ),
    "area_lookup": Layer(
        "lookup of neighbourhoods to wards and districts",
        "neighbourhoods have no ward, and their district comes from the map",
        "ONS lookup LSOA 2021 to ward and district as [sources.lsoa_to_ward]",
    ),
    "residents": Layer(
        "residents",
        "nobody can be counted",
        "Census 2021 table TS001 (Nomis bulk) as [sources.census_residents]",
        needed=True,
    ),
    "centroids": Layer(
        "population-weighted centroids",
        "where neither homes nor streets are mapped, residents are spread evenly over their neighbourhood",
        "ONS population-weighted centroids as [sources.population_weighted_centroids] (LSOA 2011), "
        "[sources.population_weighted_centroids_2021] or, of output areas, [sources.output_area_centroids]",
    ),
    "output_areas": Layer(
        "residents by output area",
        "centroids of output areas cannot be used",
        "Census 2021 table TS001 by output area (Nomis bulk) as [sources.census_residents_by_output_area]",
    ),
    "output_area_lookup": Layer(
        "lookup of output areas to neighbourhoods",
        "centroids of output areas cannot be used",
        "ONS lookup OA 2021 to LSOA 2021 as [sources.output_area_to_lsoa]",
    ),
    "ages": Layer(
        "residents by age",
        "people whom heat harms most are not told apart",
        "ONS mid-year estimates by LSOA as [sources.ages_mid_year]",
    ),
    "deprivation": Layer(
        "deprivation", "fairness cannot be judged", "Indices of Deprivation 2025, File 7, as [sources.deprivation_2025]"
    ),
    "health": Layer(
        "general health", "health need is unknown", "Census 2021 table TS037 (Nomis bulk) as [sources.census_health]"
    ),
    "health_by_age": Layer(
        "bad health by age",
        "rates of bad health by age are estimated from the neighbourhoods themselves",
        "residents in bad health by band of age as [sources.health_by_age]",
    ),
    "health_indicators": Layer(
        "indicators beneath the health domain",
        "mental health is unknown, or coarse",
        "Indices of Deprivation 2025, File 8, as [sources.health_indicators_2025]",
    ),
    "health_by_msoa": Layer(
        "a health indicator by MSOA",
        "no indicator of Fingertips is used",
        "one indicator from OHID Fingertips as [sources.fingertips_msoa_2021]",
    ),
    "disease_by_district": Layer(
        "diseases by district",
        "registers of general practices are not used",
        "Quality and Outcomes Framework by district as [sources.disease_by_district]",
    ),
    "domain_scores": Layer(
        "transformed scores of deprivation domains",
        "the scores are worked out from the ranks",
        "Indices of Deprivation 2025, File 9 (save its sheet 'IoD25 Transformed Domain Scores' as CSV), as [sources.domain_scores_2025]",
    ),
    "heat": Layer(
        "heat by neighbourhood", "how hot places get is unknown", "a table of summer heat as [sources.heat_by_lsoa]"
    ),
    "heat_risk": Layer(
        "class of heat risk by MSOA",
        "heat risk is unknown",
        "Friends of the Earth heat risk by MSOA as [sources.heat_risk_by_msoa]",
    ),
    "air": Layer(
        "air pollution",
        "cleaner air cannot be judged",
        "Friends of the Earth air pollution by LSOA as [sources.air_by_lsoa]",
    ),
    "open_land": Layer(
        "open land",
        "no planting site can be named: the run ranks neighbourhoods by need and stops there",
        f"OS Open Greenspace (free, OS Data Hub) as [sources.open_greenspace], or {_OSM}",
        gathered=True,
    ),
    "access_points": Layer(
        "entrances to green space",
        "distances to green space are to its edge",
        "OS Open Greenspace as [sources.greenspace_access]",
    ),
    "buildings": Layer(
        "buildings", "nothing keeps trees away from walls, and residents are not placed in their homes", _OSM
    ),
    "roads": Layer("roads", "carriageways inside open land are not taken out", _OSM),
    "paths": Layer("paths", "paths are not drawn", _OSM),
    "walkways": Layer(
        "other ways to walk",
        "walks do not go through tunnels and across squares; where roads and paths are not mapped either, they are straight lines",
        f"a walk network saved by osmnx as [sources.walk_network], or {_OSM}",
        gathered=True,
    ),
    "street_furniture": Layer(
        "street furniture", "nothing keeps street trees from lamps, crossings, bus stops, poles and hydrants", _OSM
    ),
    "railways": Layer(
        "railways",
        "nothing keeps trees off the railway",
        f"railway lines as [sources.railways], or {_OSM}",
        gathered=True,
    ),
    "power_lines": Layer("power lines", "nothing keeps trees from under wires", _OSM, gathered=True),
    "solar_panels": Layer("solar panels", "nobody can say whose panels new trees would shade", _OSM),
    "substations": Layer(
        "electricity substations", "substations are not taken out", "substations as [sources.substations]"
    ),
    "pipelines": Layer("pipelines", "mapped pipelines are not taken out", _OSM),
    "water": Layer("lakes and ponds", "open water is not taken out", _OSM),
    "watercourses": Layer(
        "rivers and streams",
        "nothing keeps trees out of channels",
        f"OS Open Rivers as [sources.watercourses], or {_OSM}",
        gathered=True,
    ),
    "sport": Layer("pitches and play areas", "pitches inside parks and schools are not taken out", _OSM, gathered=True),
    "closed_land": Layer(
        "land closed to planting", "military, railway, quarry and private ground is not taken out", _OSM, gathered=True
    ),
    "woodland": Layer(
        "woodland",
        "existing woods are not taken out",
        "OS or National Forest Inventory woodland as [sources.woodland]",
        gathered=True,
        reach_m=4_000.0,
    ),
    "trees": Layer(
        "single trees", "existing trees are not taken out", "the council's tree list as [sources.trees]", gathered=True
    ),
    "trees_outside_woodland": Layer(
        "trees outside woodland",
        "lone trees and groups that no other source maps are not taken out",
        "Forest Research Trees Outside Woodland as [sources.trees_outside_woodland]",
    ),
    "canopy_height": Layer(
        "canopy height (1 m)",
        "canopy is counted from the next best kind of source, or not at all",
        "Environment Agency Vegetation Object Model as [sources.vegetation_object_model]",
    ),
    "canopy_mask": Layer(
        "canopy mask",
        "canopy that somebody mapped already cannot be used or compared",
        "a raster of 1 (canopy) and 0 as [sources.canopy_mask]",
    ),
    "land_cover": Layer(
        "land cover (10 m)",
        "canopy cannot be compared with a map of land cover",
        "ESA WorldCover as [sources.land_cover]",
    ),
    "canopy_survey": Layer(
        "point survey of canopy",
        "no photo interpretation says how far the other sources are out",
        "points of a photo interpretation, a list with class (tree, not tree), as [sources.canopy_survey]",
    ),
    "image": Layer(
        "a picture from the air with near infrared",
        "canopy cannot be read from a picture",
        "a GeoTIFF of red, green, blue and near infrared as [sources.aerial_image]",
    ),
    "canopy_labels": Layer(
        "points labelled tree or not tree",
        "canopy cannot be read from a picture",
        "a list of points with class, easting and northing as [sources.canopy_labels]",
    ),
    "sssi": Layer(
        "Sites of Special Scientific Interest", "SSSIs are not taken out", "Natural England SSSI as [sources.sssi]"
    ),
    "nature_reserves": Layer(
        "Local Nature Reserves", "reserves are not taken out", "Natural England LNR as [sources.local_nature_reserves]"
    ),
    "protected": Layer(
        "European sites and National Nature Reserves",
        "Special Areas of Conservation, Special Protection Areas and National Nature Reserves are not taken out",
        "Natural England's maps as [sources.special_areas_of_conservation], [sources.special_protection_areas] and "
        "[sources.national_nature_reserves]",
        gathered=True,
    ),
    "wildlife_sites": Layer(
        "local wildlife sites",
        "they are not taken out",
        "the local records centre's map as [sources.local_wildlife_sites]",
    ),
    "habitats": Layer(
        "priority habitats",
        "flower-rich and other open habitats are not taken out",
        "Natural England Priority Habitats Inventory as [sources.priority_habitats]",
    ),
    "ancient_woodland": Layer(
        "ancient woodland",
        "no edge is kept free for it to spread",
        "Natural England Ancient Woodland as [sources.ancient_woodland]",
    ),
    "peat": Layer(
        "peaty soils", "peat is not taken out", "Natural England Peaty Soils Location as [sources.peaty_soils]"
    ),
    "flood_zones": Layer(
        "flood zones",
        "land that floods is not flagged",
        "Environment Agency flood zones as [sources.flood_zones]",
    ),
    "monuments": Layer(
        "scheduled monuments", "monuments are not taken out", "Historic England list as [sources.scheduled_monuments]"
    ),
    "listed_buildings": Layer(
        "listed buildings", "their settings are not flagged", "Historic England list as [sources.listed_buildings]"
    ),
    "registered_parks": Layer(
        "registered parks and battlefields",
        "they are not flagged",
        "Historic England list as [sources.registered_parks_and_gardens] and [sources.registered_battlefields]",
        gathered=True,
    ),
    "conservation_areas": Layer(
        "conservation areas", "they are not flagged", "planning.data.gov.uk as [sources.conservation_areas]"
    ),
    "farmland_class": Layer(
        "agricultural land class",
        "best farmland is not flagged",
        "Natural England ALC as [sources.agricultural_land_class]",
    ),
    "green_belt": Layer("green belt", "green belt is not flagged", "planning.data.gov.uk as [sources.green_belt]"),
    "renewables": Layer("solar and wind farms", "they are not taken out", "renewables sites as [sources.renewables]"),
    "parcels": Layer(
        "land parcels",
        "the council's list of its land cannot be laid on the ground it names",
        "HM Land Registry INSPIRE index polygons as [sources.inspire_parcels]",
    ),
    "land_register": Layer(
        "the council's land",
        "who owns a site is guessed from what the land is used for",
        "the council's list of its land and buildings (Transparency Code) as [sources.council_land_register]",
        gathered=True,
    ),
    "field_checks": Layer(
        "field checks",
        "every site is as seen on the map",
        "the sites that were visited, a list with site_id and field_status, as [sources.field_checks]",
        gathered=True,
    ),
    "workshop_weights": Layer(
        "weights that people gave in a workshop",
        "the study's own weights count, and nobody can say how far people differ",
        "a sheet from `treeplan weights sheet`, one row a person, filled in, as [sources.workshop_weights]",
        gathered=True,
    ),
    "tenure": Layer(
        "tenure of households",
        "nobody can say where renters might be priced out by what the plan makes pleasant",
        "Census 2021 TS054 as [sources.census_tenure]",
    ),
    "answers": Layer(
        "answers of residents",
        "nothing is known of where residents want no trees",
        "what residents answered, a list with site_id, answer and confirmed, as [sources.answers]",
        gathered=True,
    ),
    "community_places": Layer(
        "schools and community groups",
        "work for groups nearby cannot be judged",
        f"schools as [sources.schools], allotments as [sources.allotments], places of worship as [sources.places_of_worship], or {_OSM}",
        gathered=True,
    ),
    "carbon_lookup": Layer(
        "the Woodland Carbon Code's lookup tables",
        "carbon in new woods is taken from cited figures for one mix of trees",
        "the publisher's workbook as [sources.woodland_carbon_lookup]",
    ),
    "place_names": Layer("place names", "maps carry fewer names", _OSM),
    "gardens": Layer(
        "a table of private gardens",
        "what trees in gardens could come to is not said",
        "ONS private outdoor space by MSOA as [sources.private_outdoor_space]",
    ),
    "msoa_lookup": Layer(
        "lookup to the areas of that table (MSOA 2011)",
        "tables by MSOA cannot be used",
        "ONS lookup LSOA 2011 to MSOA 2011 as [sources.lsoa_to_msoa_2011]",
    ),
    "msoa21_lookup": Layer(
        "lookup to MSOA 2021",
        "tables by MSOA 2021 cannot be used",
        "ONS lookup LSOA 2021 to MSOA 2021 as [sources.lsoa_to_msoa_2021], or codes and names of MSOAs as "
        "[sources.msoa_2021_names]",
    ),
}

CANOPY_KINDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "heights": (("canopy_height",),),
    "mask": (("canopy_mask",),),
    "shapes": (("woodland",), ("trees_outside_woodland",)),
    "classified": (("image", "canopy_labels"),),
    "land_cover": (("land_cover",),),
}
"""Kinds of canopy source in declared order, and the sets of layers of which one is enough for each."""


def canopy_kinds(layers: Iterable[str]) -> list[str]:
    """The kinds of canopy source that a study with these layers has, in declared order."""
    have = set(layers)
    return [kind for kind, ways in CANOPY_KINDS.items() if any(have >= set(way) for way in ways)]
