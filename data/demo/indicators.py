"""More of what is known of Hallowmere's people: health, heat, gardens, in the publishers' layouts; every figure is invented."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
from tables import AREAS_2025, DOMAINS, WHERE

BANDS = [(0, 15, 0.01), (16, 24, 0.02), (25, 49, 0.04), (50, 64, 0.08), (65, 74, 0.12), (75, 90, 0.22)]
SHORT = {
    "Education, Skills and Training": "Education",
    "Health Deprivation and Disability": "Health",
    "Barriers to Housing and Services": "Barriers",
}


def msoas(area: pd.DataFrame) -> pd.DataFrame:
    """Return the eight MSOAs: code, name, district; five neighbourhoods each, those of a ward."""
    table = pd.DataFrame({"code": [f"E02999{w + 1:03d}" for w in area.ward], "name": area["name"].str[:-1]})
    return table.assign(lad=area.lad, lad_name=area.lad_name)


def lookups(area: pd.DataFrame, lookup_2011: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return neighbourhoods of 2021 and of 2011 with their MSOAs, whose codes did not change."""
    at = msoas(area)
    now = pd.DataFrame({"LSOA21CD": area.lsoa21, "LSOA21NM": area["name"], "MSOA21CD": at.code, "MSOA21NM": at["name"]})
    then = lookup_2011.merge(now, on="LSOA21CD", suffixes=("", "_now")).drop_duplicates("LSOA11CD")
    then = then.rename(columns={"MSOA21CD": "MSOA11CD", "MSOA21NM": "MSOA11NM"})
    return {
        "MSOA_of_LSOA_2021.csv": now,
        "MSOA_of_LSOA_2011.csv": then[["LSOA11CD", "LSOA11NM", "MSOA11CD", "MSOA11NM"]],
    }


def file_8(area: pd.DataFrame, tale: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the health sheet of the 2025 indices' underlying indicators."""
    need, noise = tale.need.to_numpy(), rng.normal(0, 1, (40, 4))
    return pd.DataFrame(
        {
            "LSOA code (2021)": area.lsoa21,
            "LSOA name (2021)": area["name"],
            "Local Authority District code (2024)": area.lad,
            "Local Authority District name (2024)": area.lad_name,
            "Acute morbidity indicator": np.round(105 * np.exp(0.12 * need + 0.05 * noise[:, 0]), 3),
            "Comparative illness and disability ratio indicator": np.round(
                100 * np.exp(0.3 * need + 0.08 * noise[:, 1]), 3
            ),
            "Mental health indicator": np.round(0.45 * need + 0.2 * noise[:, 2], 3),
            "Years of potential life lost indicator": np.round(56 * np.exp(0.11 * need + 0.06 * noise[:, 3]), 3),
        }
    )


def file_9(area: pd.DataFrame, file_7: pd.DataFrame) -> pd.DataFrame:
    """Return the transformed scores of the 2025 domains, from their ranks."""
    table = file_7.iloc[:, :4].copy()
    for domain in DOMAINS:
        share = (AREAS_2025 - file_7[f"{domain} Rank {WHERE}"] + 1) / AREAS_2025
        scores = -23 * np.log(1 - share * (1 - math.exp(-100 / 23)))
        table[f"{SHORT.get(domain, domain)} Score - exponentially transformed"] = np.round(scores, 6)
    return table


def heat(area: pd.DataFrame, tale: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Return summer heat by neighbourhood, and heat risk by MSOA in the layout of Friends of the Earth."""
    degrees = 24.5 + 3.2 * tale.central + 0.5 * tale.east + rng.uniform(0, 0.4, 40)
    at = msoas(area).assign(degrees=degrees, need=tale.need, east=tale.east)
    wide = at.groupby(["code", "name", "lad", "lad_name"], as_index=False).mean(numeric_only=True)
    third = np.ceil(wide.need.rank() / len(wide) * 3).astype(int)
    labels = {1: "Lowest heat risk", 2: "Medium heat risk", 3: "Highest heat risk"}
    risk = pd.DataFrame(
        {
            "msoa21": wide.code,
            "msoa21_name": wide["name"],
            "oslaua": wide.lad,
            "local_authority": wide.lad_name,
            "heat_vuln_risk": np.where(third == 3, "High heat and enhanced risk", "High heat, not enhanced risk"),
            "heat_social_vuln_tertile_label": third.map(labels),
            "care_or_nursing_home_n": rng.integers(0, 4, len(wide)),
            "nurseries_n": rng.integers(0, 5, len(wide)),
        }
    )
    return {
        "summer_heat_lsoa.csv": pd.DataFrame({"lsoa21_code": area.lsoa21, "heat_degc": degrees.round(2)}),
        "heat-risk-MSOA21.csv": risk,
    }


def gardens(area: pd.DataFrame, tale: pd.DataFrame) -> pd.DataFrame:
    """Return private outdoor space by MSOA of 2011, its heading misspelt as the publisher's is."""
    at = msoas(area).assign(homes=(tale.people / 2.3).round(), need=tale.need, central=tale.central)
    wide = at.groupby(["code", "name"], as_index=False).agg({"homes": "sum", "need": "mean", "central": "mean"})
    share = np.clip(0.97 - 0.03 * (wide.need + 2) - 0.25 * wide.central, 0.4, 0.99)
    having = (wide.homes * share).round().astype(int)
    each = np.round(190 - 25 * wide.need, 1)
    return pd.DataFrame(
        {
            "MSOA code": wide.code,
            "MSOA name": wide["name"],
            "Address count": wide.homes.astype(int),
            "Adress with private outdoor space count": having,
            "Private outdoor space total area (m2)": np.round(having * each, 1),
            "Percentage of adresses with private outdoor space": np.round(having / wide.homes, 3),
            "Average size of private outdoor space (m2)": each,
        }
    )


def tenure(area: pd.DataFrame, tale: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return tenure of households by neighbourhood, in the layout of Nomis: more renters where homes stand close."""
    homes = (tale.people / 2.3).round().astype(int)
    private = (
        (homes * np.clip(0.12 + 0.25 * tale.central + rng.uniform(-0.04, 0.04, 40), 0.03, 0.6)).round().astype(int)
    )
    social = (homes * np.clip(0.15 + 0.08 * tale.need, 0.02, 0.5)).round().astype(int)
    head = "Tenure of household: "
    return pd.DataFrame(
        {
            "date": 2021,
            "geography": area["name"],
            "geography code": area.lsoa21,
            f"{head}Total: All households": homes,
            f"{head}Owned": homes - private - social,
            f"{head}Social rented": social,
            f"{head}Private rented": private,
        }
    )


def bad_health_by_age(people: np.ndarray) -> pd.DataFrame:
    """Return residents in bad health by band of age, all of Hallowmere together; the oldest band has no end."""
    rows = []
    for first, last, rate in BANDS:
        count = int(people[:, first : last + 1].sum())
        rows.append((first, "" if last == 90 else last, count, round(rate * count)))
    return pd.DataFrame(rows, columns=["age_from", "age_to", "residents", "bad_health"])


def fingertips(area: pd.DataFrame, tale: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return one indicator in two years with its 95 % limits, in the layout of Fingertips, and the country's row."""
    at = msoas(area).assign(need=tale.need, people=tale.people)
    wide = at.groupby(["code", "name", "lad", "lad_name"], as_index=False).agg({"need": "mean", "people": "sum"})
    wide.loc[len(wide)] = ["E92000001", "England", "", "", 0.0, 600_000]
    rows = []
    for period in ("2019/20", "2023/24"):
        for a in wide.itertuples():
            count = int(rng.binomial(a.people, 0.02 * math.exp(0.2 * a.need)))
            rate, half = 1_000 * count / a.people, 1_960 * math.sqrt(count) / a.people
            kind = "England" if a.name == "England" else "MSOA"
            limits = (round(rate, 3), round(rate - half, 3), round(rate + half, 3))
            year = int(period[:4])
            place = (a.lad, a.lad_name, a.code, a.name, kind)
            figures = (period, *limits, count, a.people, year * 10_000)
            rows.append((99_999, "Invented admissions per 1,000", *place, "Persons", "All ages", "", "", *figures))
    heads = "Indicator ID,Indicator Name,Parent Code,Parent Name,Area Code,Area Name,Area Type,Sex,Age,Category Type,Category"
    heads += ",Time period,Value,Lower CI 95.0 limit,Upper CI 95.0 limit,Count,Denominator,Time period Sortable"
    return pd.DataFrame(rows, columns=heads.split(","))


def registers(area: pd.DataFrame, tale: pd.DataFrame) -> pd.DataFrame:
    """Return registered asthma and depression by district, in the layout of the House of Commons Library."""
    wide = area.assign(need=tale.need, people=tale.people).groupby(["lad", "lad_name"], as_index=False)
    wide = wide.agg({"need": "mean", "people": "sum"})
    rows = [
        (a.lad, a.lad_name, group, round(share * a.people, 6), float(a.people), round(share, 6))
        for a in wide.itertuples()
        for group, share in (("AST", 0.068 + 0.002 * a.need), ("DEP", 0.12 + 0.012 * a.need))
    ]
    return pd.DataFrame(rows, columns=["lad_code", "lad_name", "group_code", "register", "list", "prevalence"])


def write_indicators(
    folder: Path, area: pd.DataFrame, tale: pd.DataFrame, people: np.ndarray, lookup: pd.DataFrame, file_7: pd.DataFrame
) -> None:
    """Write every table of this module; its draws are its own, so that no other file depends on them."""
    rng = np.random.Generator(np.random.PCG64(2))
    files = {
        **lookups(area, lookup),
        "File_8_IoD2025_Health_Domain.csv": file_8(area, tale, rng),
        "File_9_IoD2025_Transformed_Domain_Scores.csv": file_9(area, file_7),
        **heat(area, tale, rng),
        "private_outdoor_space_MSOA_2011.csv": gardens(area, tale),
        "bad_health_by_age.csv": bad_health_by_age(people),
        "fingertips_indicator_MSOA.csv": fingertips(area, tale, rng),
        "qof_prevalence_by_district.csv": registers(area, tale),
        "census2021-ts054-lsoa.csv": tenure(area, tale, rng),
    }
    for name, table in files.items():
        table.to_csv(folder / name, index=False, lineterminator="\n")
