"""Layers: the roles that sources fill, what is left out without each, and how to get it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """A role that a source fills: what it is, what is left out without it, and how to get it.

    `needed` layers stop a run when they are missing; `gathered` layers take every source that fills them, others take one.
    """

    label: str
    leaves_out: str
    how_to_get: str
    needed: bool = False
    gathered: bool = False


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
        "buildings", "nothing keeps trees away from walls, and homes are spread evenly over a neighbourhood", _OSM
    ),
    "roads": Layer("roads", "carriageways inside open land are not taken out", _OSM),
    "paths": Layer("paths", "paths are not drawn", _OSM),
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
    ),
    "trees": Layer(
        "single trees", "existing trees are not taken out", "the council's tree list as [sources.trees]", gathered=True
    ),
    "canopy_height": Layer(
        "canopy height (1 m)",
        "canopy is counted from woodland and tree points alone, or not at all",
        "Environment Agency Vegetation Object Model as [sources.vegetation_object_model]",
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
    "community_places": Layer(
        "schools and community groups",
        "work for groups nearby cannot be judged",
        f"schools as [sources.schools], allotments as [sources.allotments], places of worship as [sources.places_of_worship], or {_OSM}",
        gathered=True,
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
}
