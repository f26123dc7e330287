"""The closed lists: benefits, site types, owner tiers, land classes, statuses, bands and layers, each in plain words.

Everything that names one of these things, in code, in a file or on a page, takes the name and the words from here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Benefit:
    """One of the eight benefits: what it is called, what it says, and the unit in which a site's gain is counted."""

    label: str
    plain: str
    gain_unit: str


BENEFITS: dict[str, Benefit] = {
    "carbon": Benefit("Carbon", "Carbon the trees will hold", "tCO2e"),
    "heat": Benefit("Cooling", "Cooler summers for people whom heat harms most", "weighted person-degrees"),
    "air": Benefit(
        "Cleaner air", "Pollution taken up where the air is worst and people live", "weighted person-kg per ha a year"
    ),
    "water": Benefit("Rain", "Rain held back in a storm", "m3 in a 50 mm storm"),
    "nature": Benefit("Nature", "Trees that join up woods and protected places", "connected ha"),
    "health": Benefit("Health", "Trees in reach of people in poor health", "weighted person-points"),
    "equity": Benefit(
        "Fairness", "Trees in reach of the most deprived and least leafy places", "weighted person-points"
    ),
    "community": Benefit("Community", "Work and skills for schools and groups nearby", "volunteer hours"),
}


@dataclass(frozen=True)
class SiteType:
    """A kind of planting site: its name, the setting it can be in, and the smallest piece of ground that counts."""

    label: str
    plain: str
    least_m2: float
    least_width_m: float


# Least area and width: METHODS.md 3.4 (woodland 0.1 ha and 10 m; tiny forest 100 m2 and 4 m; park standard 25 m2 of soil).
# A verge needs 1.1 m for a tree; 2 m is asked for so that a mapped edge may be half a metre out on each side.
SITE_TYPES: dict[str, SiteType] = {
    "park": SiteType("Park trees", "single trees in a park or public garden", 100, 4),
    "school": SiteType("School grounds", "shade and boundary trees in school grounds", 100, 4),
    "green": SiteType("Estate green", "trees on grass among homes or at a hospital", 100, 4),
    "verge": SiteType("Verge trees", "a row of trees along a road", 25, 2),
    "woodland": SiteType("Woodland", "a new wood on open land", 1_000, 10),
}


@dataclass(frozen=True)
class LandUse:
    """What a piece of mapped open land is, and how trees stand to it.

    `stance`: "open" (a candidate), "edge" (only a strip along its border is), "take in" (only if the study takes it in),
    "closed" (trees keep off; the reason is `plain`).
    """

    label: str
    plain: str
    stance: str
    site_type: str | None = None
    owner_tier: int | None = None
    takes_in: str | None = None


# METHODS.md 3.5 and 3.6. "park" stands in DESIGN.md's sense of any public garden.
LAND_USES: dict[str, LandUse] = {
    "park": LandUse("Public park or garden", "a public park or garden", "open", "park", 1),
    "recreation_ground": LandUse("Recreation ground", "a recreation ground or common", "open", "park", 1),
    "other_sports": LandUse("Sports facility", "playing surface of a sports facility", "edge", "park", 3),
    "school": LandUse("School grounds", "school grounds", "open", "school", 2),
    "hospital": LandUse("Hospital grounds", "hospital grounds", "open", "green", 1),
    "grass": LandUse("Public grass", "grass among homes", "open", "green", 1),
    "verge": LandUse("Road verge", "a verge along a road", "open", "verge", 2),
    "farmland": LandUse("Farmland", "farmland (the study does not take it in)", "take in", "woodland", 3, "farmland"),
    "golf": LandUse("Golf course", "golf course (the study does not take it in)", "take in", "woodland", 3, "golf"),
    "brownfield": LandUse(
        "Brownfield", "brownfield (the study does not take it in)", "take in", "woodland", 3, "brownfield"
    ),
    "meadow": LandUse("Meadow", "meadow: may be flower-rich, survey first", "closed"),
    "heath": LandUse("Heath or grassland", "open habitat: heath, wetland or natural grassland", "closed"),
    "scrub": LandUse("Scrub", "scrub: already turning to woodland", "closed"),
    "playing_field": LandUse("Playing field", "playing field", "closed"),
    "play_space": LandUse("Play area", "play area", "closed"),
    "tennis": LandUse("Tennis court", "tennis court", "closed"),
    "bowling": LandUse("Bowling green", "bowling green", "closed"),
    "allotments": LandUse("Allotments", "allotments or community growing", "closed"),
    "cemetery": LandUse("Cemetery", "cemetery", "closed"),
    "religious": LandUse("Religious grounds", "religious grounds", "closed"),
    "private_garden": LandUse("Private garden", "private garden: never shown", "closed", None, 4),
}

SPORT_USES = ("playing_field", "play_space", "tennis", "bowling")
"""Land uses that balls leave: trees keep off them and a run-off around them."""


OWNER_TIERS: dict[int, str] = {
    1: "council, health body or housing association (likely)",
    2: "school, highway verge, parish or utility (likely)",
    3: "private, not a home: invite the owner",
    4: "private garden: never shown",
}

FIRST_PRIVATE_TIER = 3
"""Sites of this owner tier and above stay off public pages until their owners have been asked."""

LAND_CLASSES: dict[str, str] = {
    "fewest known constraints": "nothing in the layers used stands in the way",
    "sensitivities": "possible, with something to respect",
    "major constraint": "possible only with a consent that may be refused",
    "excluded": "trees must keep off",
}

FIELD_STATUSES: dict[str, str] = {
    "desk": "seen on the map only; nobody has visited",
    "visited": "somebody has been there; no answer yet",
    "plantable": "seen on site: trees can stand here",
    "not plantable": "seen on site: trees cannot stand here",
    "owner agreed": "the owner has said yes",
    "planted": "the trees are in the ground",
}

BANDS: dict[str, str] = {
    "A": "among the best in at least 80 of 100 tries with other weights and figures",
    "B": "among the best in some tries and not in others",
    "C": "among the best in fewer than 20 of 100 tries",
}

SETTINGS: dict[str, str] = {"urban": "in or by a built-up area", "rural": "open country"}

UNKNOWNS: dict[str, str] = {
    "peat and open habitats": "peat, flower-rich and open habitats are not among the layers used: check before planting",
    "flood risk": "flood zones are not among the layers used: planting near a river may need a permit",
    "buried services": "gas, water, sewers and cables are not in open data: ask the utilities before digging",
    "canopy not surveyed": "the canopy survey has a gap here: trees may already stand",
    "unmapped grassland": "old flower-rich grass may not be on any map: survey before planting",
}


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
}

# Barnsley and Sheffield were given new codes in 2025 (ONS); tables of 2024 and before carry the old ones.
_NEW_DISTRICT_CODES = {"E08000016": "E08000038", "E08000019": "E08000039"}


def present_district_code(code: str) -> str:
    """The code a district has now, whichever of its codes is given."""
    return _NEW_DISTRICT_CODES.get(code, code)
