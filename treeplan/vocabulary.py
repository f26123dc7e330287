"""The closed lists: benefits, site types, land uses, owner tiers, land classes, statuses and bands, each in plain words.

Everything that names one of these things, in code, in a file or on a page, takes the name and the words from here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Domain:
    """A domain of the Thriving Places Index: its name there, its headline, what it is about, and whether its name was read.

    `mark` is "sourced" or "assumption".
    """

    label: str
    headline: str
    plain: str
    mark: str


# Headlines and the names marked "sourced": Centre for Thriving Places, Thriving Places Dashboard 2024. It names two of five
# domains of Local Conditions and two of four of Sustainability; of Equality, none. What each is about is in our own words.
DOMAINS: dict[str, Domain] = {
    "place": Domain(
        "Place & Environment", "Local Conditions", "streets and green space that are good to live by", "sourced"
    ),
    "health": Domain("Mental & Physical Health", "Local Conditions", "people in good health", "assumption"),
    "learning": Domain("Education & Learning", "Local Conditions", "skills and learning", "assumption"),
    "work": Domain("Work & Local Economy", "Local Conditions", "work, and money spent nearby", "sourced"),
    "community": Domain(
        "People & Community", "Local Conditions", "people who take part in the life of a place", "assumption"
    ),
    "equality": Domain("Equality", "Equality", "the same chance to thrive for everyone", "sourced"),
    "energy": Domain("Energy & Carbon", "Sustainability", "less carbon in the air", "sourced"),
    "ecosystems": Domain("Ecosystem Health", "Sustainability", "room for wildlife", "sourced"),
}
"""Where each figure of a report belongs in the Thriving Places Index: for reporting only, no score or weight reads it."""


def require_domain(name: str) -> None:
    """Stop a need or an effect that is to be reported where there is no domain.

    Raises
    ------
    ValueError
        There is no such domain.
    """
    if name not in DOMAINS:
        raise ValueError(f"no domain is called {name!r}; there are {', '.join(DOMAINS)}")


@dataclass(frozen=True)
class Benefit:
    """One of the eight benefits: what it is called, what it says, the unit of a site's gain, and where it is reported."""

    label: str
    plain: str
    gain_unit: str
    domain: str


BENEFITS: dict[str, Benefit] = {
    "carbon": Benefit("Carbon", "Carbon the trees will hold", "tCO2e", "energy"),
    "heat": Benefit("Cooling", "Cooler summers for people whom heat harms most", "weighted person-degrees", "place"),
    "air": Benefit(
        "Cleaner air",
        "Pollution taken up where the air is worst and people live",
        "weighted person-kg per ha a year",
        "place",
    ),
    "water": Benefit("Rain", "Rain held back in a storm", "m3 in a storm", "place"),
    "nature": Benefit("Nature", "Trees that join up woods and protected places", "connected ha", "ecosystems"),
    "health": Benefit("Health", "Trees in reach of people in poor health", "weighted person-points", "health"),
    "equity": Benefit(
        "Fairness", "Trees in reach of the most deprived and least leafy places", "weighted person-points", "equality"
    ),
    "community": Benefit("Community", "Work and skills for schools and groups nearby", "volunteer hours", "community"),
}


@dataclass(frozen=True)
class SiteType:
    """A kind of planting site.

    Attributes
    ----------
    label, plain : str
        Its name, and what it is in plain words.
    least_m2, least_width_m, least_length_m : float
        The smallest ground that counts; the width is tested across the whole of it, not on average.
    rule : str
        What makes a piece of ground this type rather than another.
    species : str
        What to plant, as guidance.
    most_m2, most_width_m : float
        The largest and, on average, the widest ground that this type is meant for.
    smallest : str
        The smallest ground in words, where the numbers do not say it all.
    """

    label: str
    plain: str
    least_m2: float
    least_width_m: float
    rule: str
    species: str
    least_length_m: float = 0.0
    most_m2: float = float("inf")
    most_width_m: float = float("inf")
    smallest: str = ""


_MIX = "at most 10 % of one species, 20 % of one genus and 30 % of one family; no ash"

# Least area, width and length: METHODS.md 3.4 (woodland 0.1 ha and 10 m; tiny forest 100 m2 and 4 m; park standard 25 m2 of
# soil; hedgerow 20 m long on a 1.5 m strip; street tree a pit of 1 m2). A verge needs 1.1 m for a tree; 2 m is asked for so
# that a mapped edge may be half a metre out on each side. Others: assumption, to be verified.
SITE_TYPES: dict[str, SiteType] = {
    "street": SiteType(
        "Street trees",
        "single trees in a verge, or in pits along a footway",
        4,
        2,
        "in a verge at least 2 m wide, or in pits along a footway that keeps 1.6 m clear beside them; away from junctions, lamps, crossings and other trees",
        "small to medium street trees with a clear stem: field maple, hornbeam, rowan, ornamental pear; "
        f"{_MIX}; sycamore, lime and poplar not by railways",
        smallest="a verge of 4 m², 2 m wide, or a pit of 1 m²",
    ),
    "park": SiteType(
        "Park trees",
        "single trees in a park or public garden",
        100,
        4,
        "open ground at least 100 m² and 4 m wide throughout",
        f"large native and park trees where there is room: oak, lime, hornbeam, wild cherry; {_MIX}",
    ),
    "school": SiteType(
        "School grounds",
        "shade and boundary trees in school grounds",
        100,
        4,
        "the outer 10 m of the grounds, so that the middle stays open",
        f"shade trees without thorns or poisonous fruit: field maple, birch, hazel, crab apple; {_MIX}",
    ),
    "green": SiteType(
        "Estate green",
        "trees on grass among homes or at a hospital",
        100,
        4,
        "open ground at least 100 m² and 4 m wide throughout",
        f"small to medium trees, away from windows: rowan, birch, wild cherry, field maple; {_MIX}",
    ),
    "orchard": SiteType(
        "Orchard",
        "fruit trees for the people around, at least five",
        400,
        8,
        "up to 0.5 ha within 100 m of allotments or a community garden, whose keepers can look after fruit",
        "local varieties of apple, pear and plum on strong rootstocks, at least five varieties",
        most_m2=5_000,
    ),
    "tiny_forest": SiteType(
        "Tiny forest",
        "a small, dense, native wood",
        100,
        4,
        "100 to 1,000 m², at least 4 m wide throughout",
        f"fifteen or more native trees and shrubs, mixed; {_MIX}",
        most_m2=1_000,
    ),
    "woodland": SiteType(
        "Woodland",
        "a new wood on open land",
        1_000,
        10,
        "at least 0.1 ha and 10 m wide throughout",
        f"native broadleaves suited to the soil: oak, birch, hornbeam, wild cherry, hazel; {_MIX}",
    ),
    "riparian": SiteType(
        "Riverside trees",
        "native trees along a river or stream, about half of the bank in shade",
        60,
        3,
        "within 5, 10 or 20 m of a stream under 1 m, of 1 to 2 m, or wider (10 m where nobody mapped the width)",
        f"alder, willow, bird cherry, aspen, black poplar from known stock; {_MIX}",
        least_length_m=20,
    ),
    "hedgerow": SiteType(
        "Hedgerow",
        "a double row of hedge plants along a boundary",
        30,
        1.5,
        "a strip at least 20 m long, 1.5 m wide and under 4 m, too narrow for anything else or along land kept for food",
        f"hawthorn, hazel, field maple, dogwood, dog rose, and a tree every 20 m but none near power lines; {_MIX}",
        least_length_m=20,
        most_width_m=4,
    ),
}


@dataclass(frozen=True)
class LandUse:
    """What a piece of mapped open land is, and how trees stand to it.

    Attributes
    ----------
    stance : str
        "open" (a candidate), "edge" (only a strip along its border is), "take in" (only if the study takes it in), "closed"
        (trees keep off; the reason is `plain`).
    site_types : tuple of str
        What it can hold, the best first: a piece becomes the first of these that fits it.
    owner_tier : int or None
        Who is likely to own it (`OWNER_TIERS`), where no register says.
    takes_in : str or None
        The word in `[land] take_in` that opens it.
    by_water : bool
        A strip along a river or stream in it is for riverside trees.
    inside : str
        For "edge": why the middle stays free of trees.
    """

    label: str
    plain: str
    stance: str
    site_types: tuple[str, ...] = ()
    owner_tier: int | None = None
    takes_in: str | None = None
    by_water: bool = False
    inside: str = ""


_OUT = "(the study does not take it in)"

# METHODS.md 3.4 to 3.6. "park" stands in DESIGN.md's sense of any public garden.
LAND_USES: dict[str, LandUse] = {
    "park": LandUse(
        "Public park or garden",
        "a public park or garden",
        "open",
        ("park", "woodland", "tiny_forest", "orchard"),
        1,
        by_water=True,
    ),
    "recreation_ground": LandUse(
        "Recreation ground",
        "a recreation ground or common",
        "open",
        ("park", "woodland", "tiny_forest", "orchard"),
        1,
        by_water=True,
    ),
    "other_sports": LandUse(
        "Sports facility",
        "a sports facility",
        "edge",
        ("park", "hedgerow"),
        3,
        inside="playing surface of a sports facility",
    ),
    "school": LandUse(
        "School grounds",
        "school grounds",
        "edge",
        ("school", "tiny_forest", "orchard", "hedgerow"),
        2,
        inside="inside of school grounds, kept open for play",
    ),
    "hospital": LandUse(
        "Hospital grounds", "hospital grounds", "open", ("green", "woodland", "tiny_forest", "orchard"), 1
    ),
    "grass": LandUse("Public grass", "grass among homes", "open", ("green", "tiny_forest", "orchard"), 1),
    "verge": LandUse("Road verge", "a verge along a road", "open", ("street",), 2),
    "footway": LandUse("Footway", "a footway wide enough for tree pits", "open", ("street",), 2),
    "farmland": LandUse(
        "Farmland", f"farmland {_OUT}", "take in", ("woodland", "hedgerow", "orchard"), 3, "farmland", by_water=True
    ),
    "golf": LandUse(
        "Golf course", f"golf course {_OUT}", "take in", ("woodland", "hedgerow"), 3, "golf", by_water=True
    ),
    "brownfield": LandUse("Brownfield", f"brownfield {_OUT}", "take in", ("woodland", "tiny_forest"), 3, "brownfield"),
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
    "private_garden": LandUse("Private garden", "private garden: never shown", "closed", owner_tier=4),
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

ANSWERS: dict[str, str] = {"yes": "plant here", "no": "no tree here"}
"""What residents answer of a site."""

BANDS: dict[str, str] = {
    "A": "among the best in at least 80 of 100 tries with other weights and figures",
    "B": "among the best in some tries and not in others",
    "C": "among the best in fewer than 20 of 100 tries",
}

SETTINGS: dict[str, str] = {"urban": "in or by a built-up area", "rural": "open country"}


@dataclass(frozen=True)
class Unknown:
    """What no map, or no map of this study, can say of a site.

    `site_wide` ones stand on every site, unless the layers in `unless` are all there.
    """

    plain: str
    site_wide: bool = True
    unless: tuple[str, ...] | None = None


UNKNOWNS: dict[str, Unknown] = {
    "peat": Unknown("peat is not among the layers used: check the depth before planting", unless=("peat",)),
    "open habitats": Unknown(
        "flower-rich and other open habitats are not among the layers used: survey first", unless=("habitats",)
    ),
    "flood risk": Unknown(
        "flood zones are not among the layers used: planting near a river may need a permit", unless=("flood_zones",)
    ),
    "buried services": Unknown("gas, water, sewers and cables are not in open data: ask the utilities before digging"),
    "unmapped grassland": Unknown("old flower-rich grass may not be on any map: survey before planting"),
    "canopy not surveyed": Unknown("the canopy survey has a gap here: trees may already stand", site_wide=False),
    "footway width not measured": Unknown(
        "the width of the footway is taken from the gap to the buildings: measure it", site_wide=False
    ),
    "maps we lacked": Unknown(
        "not every map of what trees must keep off is at hand: the report lists those that are not"
    ),
    "not wholly mapped": Unknown(
        "a layer that trees must keep off does not cover this place: see the report", site_wide=False
    ),
}


TREE_EQUITY_INDICATORS: dict[str, str] = {
    "income": "income rank",
    "employment": "employment rank",
    "health": "health rank",
    "dependency": "children and older people to each person between",
    "heat": "heat above the district's mean",
    "air": "nitrogen dioxide and fine particles",
}
"""What the Tree Equity Score counts beside canopy."""

TREE_EQUITY_BANDS: dict[str, int] = {"Highest": 0, "High": 70, "Moderate": 80, "Low": 90, "None": 100}
"""Its bands of priority, and the score each begins at."""


VALUE_STREAMS: dict[str, tuple[str, str]] = {
    "carbon": ("Carbon taken up", "each year's change in the carbon held, net, at that year's carbon value"),
    "air": ("Cleaner air", "pollution taken up, by hectare of canopy and by how many people live near"),
    "recreation": ("Visits", "visits by people who would not have gone elsewhere"),
    "wellby": (
        "Wellbeing",
        "association only: better lives go with trees nearby, but nobody can say that trees made them so",
    ),
    "cavat": (
        "Amenity of standing trees (CAVAT)",
        "what the loss of a tree that stands would cost; it says nothing of a tree that is planted",
    ),
}
"""What can be said in money: label, and what it counts."""

NEVER_ADDED = ("wellby", "cavat")
"""Streams that enter no total: asking for them is answered with the reason."""

PRICE_YEAR = 2022
"""The year whose prices the figures in money are in, as the government's carbon values are."""

GRANT_RATES_SINCE = "2024-03"
"""Grants for new woods in England pay other rates since then (METHODS.md 6.13); rates of before are not to be used."""

EVERY_SITE = "all"
"""What a claim names that is made for all sites."""

CARBON_UNITS, NET_ZERO = "woodland carbon units", "council net zero"

CLAIMS: dict[str, str] = {
    CARBON_UNITS: "carbon of new woods sold as units of the Woodland Carbon Code",
    "biodiversity net gain": "gain for nature sold, or counted for a development, as biodiversity net gain",
    NET_ZERO: "carbon counted towards the council's own net zero",
}
"""What the good of a site can be claimed for, in plain words; a site can be under one only."""

CLAIMABLE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(CLAIMS, tuple(SITE_TYPES)),
    CARBON_UNITS: ("woodland", "riparian"),
}
"""The types of planting that a claim can be made for: the Woodland Carbon Code is for woods, and a tiny forest is too small for it."""


# Barnsley and Sheffield were given new codes in 2025 (ONS); tables of 2024 and before carry the old ones.
_NEW_DISTRICT_CODES = {"E08000016": "E08000038", "E08000019": "E08000039"}


def present_district_code(code: str) -> str:
    """The code a district has now, whichever of its codes is given."""
    return _NEW_DISTRICT_CODES.get(code, code)
