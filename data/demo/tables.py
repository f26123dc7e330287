"""The people of Hallowmere, in the layouts of the publishers' tables: every figure is invented."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import Polygon
from town import CENTRE

DISTRICTS = [
    "Hallowmere West (invented)",
    "Hallowmere North (invented)",
    "Hallowmere East (invented)",
    "Hallowmere South (invented)",
]
WARDS = ["Withy Bank", "Grange", "Quarry Hill", "Northgate", "Coldmarsh", "Eastmarle", "Millside", "Old Quay"]
RESIDENTS = 60_000  # Census 2021, all neighbourhoods together
AREAS_2019, AREAS_2025 = 32_844, 33_755  # neighbourhoods ranked in the English indices
SPLIT_2011, MERGED_2011 = "E01999041", ("E01999042", "E01999043")
WHERE = "(where 1 is most deprived)"
TENTH = "(where 1 is most deprived 10% of LSOAs)"
DOMAINS = {  # heading in 2019 and 2025: heading of the score, how far it follows deprivation
    "Income": ("Income Score (rate)", 1.0),
    "Employment": ("Employment Score (rate)", 1.0),
    "Education, Skills and Training": ("Education, Skills and Training Score", 0.9),
    "Health Deprivation and Disability": ("Health Deprivation and Disability Score", 0.9),
    "Crime": ("Crime Score", 0.7),
    "Barriers to Housing and Services": ("Barriers to Housing and Services Score", -0.3),
    "Living Environment": ("Living Environment Score", 0.5),
}
MORE_2025 = {
    "Income Deprivation Affecting Children Index (IDACI)": 1.0,
    "Income Deprivation Affecting Older People (IDAOPI)": 0.9,
    "Children and Young People Sub-domain": 0.9,
    "Adult Skills Sub-domain": 0.9,
    "Geographical Barriers Sub-domain": -0.6,
    "Wider Barriers Sub-domain": 0.5,
    "Indoors Sub-domain": 0.5,
    "Outdoors Sub-domain": 0.6,
}


def areas(shapes: list[tuple[int, Polygon]]) -> pd.DataFrame:
    """Return one row per 2021 neighbourhood: codes, names, ward, district, place and shape."""
    rows = []
    for district in range(4):
        mine = [shape for d, shape in shapes if d == district]
        axis = 1 if district in (0, 2) else 0  # west and east are parted south to north, the middle west to east
        mine.sort(key=lambda s: s.centroid.coords[0][axis])
        if axis == 0:
            mine.reverse()
        for half in (0, 1):
            part = sorted(mine[5 * half : 5 * half + 5], key=lambda s: s.centroid.coords[0][1 - axis])
            rows += [(district, 2 * district + half, half, letter, s) for letter, s in zip("ABCDE", part, strict=True)]
    table = pd.DataFrame(rows, columns=["district", "ward", "half", "letter", "geometry"])
    short = [DISTRICTS[d].removesuffix(" (invented)") for d in table.district]
    table["lsoa21"] = [f"E01999{k:03d}" for k in range(1, 41)]
    table["name"] = [f"{s} {h + 1:03d}{x}" for s, h, x in zip(short, table["half"], table.letter, strict=True)]
    table["ward_code"] = [f"E05999{w + 1:03d}" for w in table.ward]
    table["ward_name"] = [WARDS[w] for w in table.ward]
    table["lad"] = [f"E08{999901 + d}" for d in table.district]
    table["lad_name"] = [DISTRICTS[d] for d in table.district]
    inside = [s.representative_point() for s in table.geometry]
    table["easting"] = [round(p.x) for p in inside]
    table["northing"] = [round(p.y) for p in inside]
    return table


def lookup_2011(area: pd.DataFrame) -> pd.DataFrame:
    """Return 2011 to 2021 codes: 37 unchanged, one split in two (east), two merged into one (west)."""
    rows = []
    for a in area.itertuples():
        if a.Index in (22, 23):
            old = [(SPLIT_2011, "Hallowmere East 001F", "S")]
        elif a.Index == 6:
            old = [(code, f"Hallowmere West 002{x}", "M") for code, x in zip(MERGED_2011, "FG", strict=True)]
        else:
            old = [(a.lsoa21, a.name, "U")]
        rows += [(code, name, a.lsoa21, area.name[a.Index], change, a.lad, a.lad_name) for code, name, change in old]
    heads = ["LSOA11CD", "LSOA11NM", "LSOA21CD", "LSOA21NM", "CHGIND", "LAD22CD", "LAD22NM"]
    table = pd.DataFrame(rows, columns=heads)
    table["LSOA11NM"] = [
        o if c != "U" else n for o, n, c in zip(table.LSOA11NM, table.LSOA21NM, table.CHGIND, strict=True)
    ]
    table["LAD22NMW"] = ""
    table["ObjectId"] = range(1, len(table) + 1)
    return table


def story(area: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return what the tables agree on: residents, how deprived, how old and how central each neighbourhood is."""
    east = (area.easting - 454_500) / 1_000
    central = np.exp(-((area.easting - CENTRE[0]) ** 2 + (area.northing - CENTRE[1]) ** 2) / 700**2)
    need = 1.35 * east + 0.5 * central + rng.normal(0, 0.6, 40)
    raw = rng.uniform(1_150, 1_950, 40)
    people = np.floor(raw * RESIDENTS / raw.sum()).astype(int)
    people[: RESIDENTS - people.sum()] += 1
    return pd.DataFrame({"need": need, "central": central, "east": east, "people": people})


def ranks(logit: np.ndarray, count: int) -> np.ndarray:
    """Return ranks out of ``count``, 1 the most deprived, from a score that is high where deprivation is."""
    rank = np.rint(count / (1 + np.exp(np.asarray(logit)))).astype(int).clip(1, count)
    for k in np.argsort(rank, kind="stable")[1:]:
        while (rank == rank[k]).sum() > 1:
            rank[k] = rank[k] + 1 if rank[k] < count else 1
    return rank


def deciles(rank: np.ndarray, count: int) -> np.ndarray:
    """Return tenths of England, 1 the most deprived."""
    return np.ceil(rank * 10 / count).astype(int)


def score(heading: str, rank: np.ndarray, count: int) -> np.ndarray:
    """Return a score that falls as the rank rises, in the range of the publisher's own scores."""
    share = (rank - 0.5) / count
    if "rate" in heading:
        return np.round(0.55 * (1 - share) ** 2.2 + 0.01, 3)
    if any(word in heading for word in ("Health", "Crime", "Sub-domain")):
        return np.round(-0.7 * np.log(share / (1 - share)), 3)
    return np.round(80 * (1 - share) ** 1.9 + 0.6, 3)


def index_2019(story_2011: pd.DataFrame, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return File 1 (with thousands separators) and File 2 of the 2019 indices, on 2011 neighbourhoods."""
    place = story_2011[["LSOA11CD", "LSOA11NM", "LAD22CD", "LAD22NM"]].copy()
    place.columns = [
        "LSOA code (2011)",
        "LSOA name (2011)",
        "Local Authority District code (2019)",
        "Local Authority District name (2019)",
    ]
    name = "Index of Multiple Deprivation (IMD)"
    rank = ranks(story_2011.need + rng.normal(0, 0.15, 40), AREAS_2019)
    file_1, file_2 = place.copy(), place.copy()
    file_1[f"{name} Rank"] = [f"{r:,}" for r in rank]
    file_1[f"{name} Decile"] = deciles(rank, AREAS_2019)
    file_2[f"{name} Rank {WHERE}"], file_2[f"{name} Decile {TENTH}"] = rank, deciles(rank, AREAS_2019)
    for domain, (_, follows) in DOMAINS.items():
        rank = ranks(domain_need(domain, follows, story_2011, rng), AREAS_2019)
        file_2[f"{domain} Rank {WHERE}"], file_2[f"{domain} Decile {TENTH}"] = rank, deciles(rank, AREAS_2019)
    return file_1, file_2


def domain_need(domain: str, follows: float, tale: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """Return how deprived each neighbourhood is in one domain: towns have bad air, the fringe has far shops."""
    urban = 1.6 * tale.central if domain in ("Living Environment", "Crime", "Outdoors Sub-domain") else 0
    return follows * tale.need + urban + rng.normal(0, 0.3, len(tale))


def index_2025(area: pd.DataFrame, tale: pd.DataFrame, ages: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Return File 7 of the 2025 indices: scores, ranks, deciles and population denominators."""
    table = pd.DataFrame(
        {
            "LSOA code (2021)": area.lsoa21,
            "LSOA name (2021)": area["name"],
            "Local Authority District code (2024)": area.lad,
            "Local Authority District name (2024)": area.lad_name,
        }
    )
    name = "Index of Multiple Deprivation (IMD)"
    parts = [(name, f"{name} Score", tale.need)]
    parts += [(d, head, domain_need(d, follows, tale, rng)) for d, (head, follows) in DOMAINS.items()]
    for d, follows in MORE_2025.items():
        parts.append((d, f"{d} Score" + (" (rate)" if "(IDA" in d else ""), domain_need(d, follows, tale, rng)))
    for part, head, need in parts:
        rank = ranks(need, AREAS_2025)
        table[head] = score(head, rank, AREAS_2025)
        table[f"{part} Rank {WHERE}"], table[f"{part} Decile {TENTH}"] = rank, deciles(rank, AREAS_2025)
    table["Total population: mid 2022"] = ages.sum(1)
    table["Dependent Children aged 0-15: mid 2022"] = ages[:, :16].sum(1)
    table["Older population aged 60 and over: mid 2022"] = ages[:, 60:].sum(1)
    table["Working age population 18-66 (for use with Employment Deprivation Domain): mid 2022"] = ages[:, 18:67].sum(1)
    return table


def single_years(tale: pd.DataFrame, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return persons and females by single year of age 0 to 90+ in mid 2022: the east younger, the west older."""
    age = np.arange(91)
    people, women = np.zeros((40, 91), dtype=int), np.zeros((40, 91), dtype=int)
    for k, row in enumerate(tale.itertuples()):
        shape = np.exp(-0.4 * row.east * (age - 40) / 40) * np.exp(-np.maximum(age - 62, 0) / 17)
        total = round(row.people * (1.012 + 0.012 * row.east))
        people[k] = rng.multinomial(total, shape / shape.sum())
        women[k] = rng.binomial(people[k], np.where(age > 70, 0.55, 0.5))
    return people, women


def mid_year_2022(area: pd.DataFrame, people: np.ndarray, women: np.ndarray) -> pd.DataFrame:
    """Return the mid-2022 estimates: females, males and persons of each neighbourhood by single year of age."""
    rows = []
    for sex, counts in (("Females", women), ("Males", people - women), ("Persons", people)):
        for a, c in zip(area.itertuples(), counts, strict=True):
            bands = (c.sum(), c[:16].sum(), c[16:65].sum(), c[65:].sum())
            rows.append(("2022-06-30", a.lsoa21, area["name"][a.Index], "LSOA", sex, *bands, *c))
    heads = ["period", "area_code", "area_name", "geography", "sex"]
    heads += ["all_ages", "aged_0_to_15", "aged_16_to_64", "aged_65_and_over"]
    return pd.DataFrame(rows, columns=heads + [str(a) for a in range(90)] + ["90+"])


def census(area: pd.DataFrame, tale: pd.DataFrame, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return TS001 (residents) and TS037 (general health; its totals differ by up to 3, as the Census does)."""
    place = pd.DataFrame({"date": "2021", "geography": area["name"], "geography code": area.lsoa21})
    communal = np.where(rng.random(40) < 0.2, rng.integers(4, 60, 40), 0)
    residence = "Residence type: {}; measures: Value".format
    ts001 = place.copy()
    ts001[residence("Total")] = tale.people
    ts001[residence("Lives in a household")] = tale.people - communal
    ts001[residence("Lives in a communal establishment")] = communal
    ts037 = place.copy()
    total = (tale.people + rng.integers(-3, 4, 40)).to_numpy()
    worse = np.clip(0.5 + 0.16 * tale.need.to_numpy() + rng.normal(0, 0.03, 40), 0.05, 0.98)
    shares = np.c_[0.53 - 0.12 * worse, 0.35 - 0.01 * worse, 0.09 + 0.07 * worse, 0.023 + 0.045 * worse]
    counts = np.rint(shares * total[:, None]).astype(int)
    ts037["General health: Total: All usual residents"] = total
    for k, kind in enumerate(("Very good", "Good", "Fair", "Bad")):
        ts037[f"General health: {kind} health"] = counts[:, k]
    ts037["General health: Very bad health"] = total - counts.sum(1)
    return ts001, ts037


def air(tale_2011: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return modelled air pollution of 2011 neighbourhoods in the layout of Friends of the Earth."""
    no2 = np.round(9 + 9.5 * tale_2011.central + 2.2 * (tale_2011.east + 1.5) + rng.uniform(0, 2, 40), 2)
    pm25 = np.round(6.3 + 1.6 * tale_2011.central + 0.35 * (tale_2011.east + 1.5) + rng.uniform(0, 0.4, 40), 2)
    young = np.round(tale_2011.people * (0.17 + 0.03 * tale_2011.east)).astype(int)
    income = ranks(tale_2011.need, AREAS_2019)
    return pd.DataFrame(
        {
            "Unnamed: 0": range(1, 41),
            "lsoa11": tale_2011.LSOA11CD,
            "msoa11_name": tale_2011.ward_name,
            "local_authority": tale_2011.LAD22NM,
            "no2_202123_conc": no2,
            "pm25_202123_conc": pm25,
            "pm25_or_no2_twice_who_202123": ((no2 >= 20) | (pm25 >= 10)).astype(int),
            "schools_all": (rng.random(40) < 0.2).astype(int),
            "under_12": young,
            "under_18": np.round(young * 1.5).astype(int),
            "car_ownership_no_cars_pct": np.round(np.clip(0.22 + 0.08 * tale_2011.need, 0.04, 0.6), 2),
            "imd_income_domain_decile": deciles(income, AREAS_2019),
            "ethnic_minority_pct": np.round(rng.uniform(0.02, 0.3, 40), 2),
        }
    )


def on_2011(lookup: pd.DataFrame, area: pd.DataFrame, tale: pd.DataFrame) -> pd.DataFrame:
    """Return the story on 2011 neighbourhoods: a split one is the mean of its parts, merged ones share their whole."""
    wide = lookup.merge(area[["lsoa21", "ward_name"]].join(tale), left_on="LSOA21CD", right_on="lsoa21")
    wide["people"] = np.where(wide.CHGIND == "M", wide.people // 2, wide.people)
    keys = ["LSOA11CD", "LSOA11NM", "LAD22CD", "LAD22NM", "ward_name"]
    how = {"need": "mean", "central": "mean", "east": "mean", "people": "sum"}
    return wide.groupby(keys, as_index=False, sort=False).agg(how).sort_values("LSOA11CD", ignore_index=True)


def centroids_2011(area: pd.DataFrame, homes: list[Polygon]) -> pd.DataFrame:
    """Return the population-weighted centroid of each 2011 neighbourhood: the home nearest to the middle of its homes.

    Of the two that were merged, one lies in the west of the whole and one in the east.
    """
    lookup = lookup_2011(area)
    points = shapely.centroid(homes)
    rows = []
    for code, parts in lookup.groupby("LSOA11CD"):
        ground = shapely.union_all(area.geometry[area.lsoa21.isin(parts.LSOA21CD)])
        own = shapely.get_coordinates(points[shapely.contains_properly(ground, points)])
        if code in MERGED_2011:
            eastern = own[:, 0] > np.median(own[:, 0])
            own = own[eastern if code == MERGED_2011[1] else ~eastern]
        if not len(own):
            own = shapely.get_coordinates(ground.representative_point())
        middle = own[np.hypot(*(own - own.mean(axis=0)).T).argmin()]
        rows.append((*middle.round(1), code, parts.LSOA11NM.iloc[0]))
    table = pd.DataFrame(rows, columns=["X", "Y", "lsoa11cd", "lsoa11nm"])
    table.insert(2, "objectid", range(1, len(table) + 1))
    return table


def write_centroids(folder: Path, area: pd.DataFrame, built: list[tuple[Polygon, str]]) -> None:
    """Write the population-weighted centroids in the layout of the ONS."""
    homes = [shape for shape, kind in built if kind not in ("industrial", "retail")]
    name = "LSOA_Dec_2011_Population_Weighted_Centroids.csv"
    centroids_2011(area, homes).to_csv(folder / name, index=False, lineterminator="\n")


def write_tables(
    folder: Path, area: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame, pd.DataFrame]:
    """Write the tables of people as their publishers lay them out; return story, ages, lookup and File 7 for `indicators`."""
    tale = story(area, rng)
    lookup = lookup_2011(area)
    tale_2011 = on_2011(lookup, area, tale)
    people, women = single_years(tale, rng)
    ts001, ts037 = census(area, tale, rng)
    file_1, file_2 = index_2019(tale_2011, rng)
    file_7 = index_2025(area, tale, people, rng)
    wards = area.rename(columns={"name": "lsoa21_name", "lsoa21": "lsoa21_code", "ward_name": "ward24_name"})
    wards = wards.rename(columns={"ward_code": "ward24_code", "lad_name": "ltla24_name", "lad": "ltla24_code"})
    heads = ["lsoa21_name", "lsoa21_code", "ward24_name", "ward24_code", "ltla24_name", "ltla24_code"]
    plain = {
        "LSOA_2011_to_LSOA_2021_to_LAD_2022_Lookup.csv": lookup,
        "lookup_lsoa21_ward24_ltla24.csv": wards[heads],
        "File_7_IoD2025_All_Ranks_Scores_Deciles.csv": file_7,
        "census2021-ts037-lsoa.csv": ts037,
        "mid-year_2022_population_estimates_lsoa.csv": mid_year_2022(area, people, women),
        "air-pollution-lsoa11-2021-23.csv": air(tale_2011, rng),
    }
    for name, table in plain.items():
        table.to_csv(folder / name, index=False, lineterminator="\n")
    marked = {
        "File_1_-_IMD2019_Index_of_Multiple_Deprivation.csv": file_1,
        "File_2_-_IoD2019_Domains_of_Deprivation.csv": file_2,
    }
    for name, table in marked.items():  # the publisher's files start with a byte order mark
        table.to_csv(folder / name, index=False, lineterminator="\n", encoding="utf-8-sig")
    quoted = {"quoting": csv.QUOTE_NONNUMERIC, "lineterminator": "\n"}
    ts001.to_csv(folder / "census2021-ts001-lsoa.csv", index=False, **quoted)
    return tale, people, lookup, file_7
