"""Needs on health."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.optimize import nnls

from treeplan import rates
from treeplan.errors import DataError
from treeplan.needs import need
from treeplan.needs.lookups import Lookups
from treeplan.vocabulary import present_district_code

BANDS = {"aged_0_to_15": (0, 15), "aged_16_to_64": (16, 64), "aged_65_to_74": (65, 74), "aged_75_and_over": (75, 120)}
"""The bands of age by which bad health is standardised: first and last year."""

LEAST_STANDARDISED = 30
"""Neighbourhoods from which rates by age may be estimated: fewer say nothing of age (assumption, to be verified)."""


@need(
    label="Bad health for its ages",
    unit="100 is usual",
    domain="health",
    prefer="low",
    great="poor health",
    little="good health",
    overlaps="health",
    with_deprivation=True,
)
def bad_health_ratio(
    health: pd.DataFrame,
    ages: pd.DataFrame,
    lookups: Lookups,
    health_by_age: pd.DataFrame | None = None,
    deprivation: pd.DataFrame | None = None,
) -> pd.DataFrame | None:
    """People in bad or very bad health per 100 expected for their ages, among all neighbourhoods of the file; shrunk (95 %).

    Indirectly standardised: the expected are residents of each band of age times the band's rate, scaled so that all expected
    are all observed. Rates come from a table by age, else they are estimated from the neighbourhoods themselves.

    References
    ----------
    Census 2021 TS037; ONS population estimates; shrinkage after Marshall (METHODS.md 5.4).
    """
    if len(health) < LEAST_STANDARDISED and health_by_age is None:
        return None
    observed, people = _bad_health(health), health.set_index("lsoa21_code")["all_residents"]
    bands = lookups.counts(ages, *BANDS).reindex(people.index)
    bands = bands.mul(people / bands.sum(axis=1).where(lambda total: total > 0), axis=0)
    known = bands.notna().all(axis=1)
    if health_by_age is not None:
        rate, said = _given_rates(health_by_age), "rates by age are the study's own"
    else:
        known_income = deprivation is not None and "income_rank" in deprivation
        income = lookups.rates(deprivation, "income_rank") if known_income else None
        rate, said = _estimated_rates(observed[known], bands[known], income)
    expected = bands @ rate
    if not expected[known].sum() > 0:
        raise DataError(
            "nobody in the tables of health is in bad health", "a column may be empty: download the file again."
        )
    expected *= observed[known].sum() / expected[known].sum()
    found = 100 * rates.shrunk(observed.where(known).to_numpy(), expected.to_numpy())
    found = found.set_index(people.index).assign(cases=observed)
    shown = ", ".join(f"{100 * r:.1f} % at {_words(name)}" for name, r in zip(BANDS, rate, strict=True))
    found.attrs["said"] = f"{said}: {shown}"
    return found


@need(
    label="People in bad or very bad health",
    unit="%",
    domain="health",
    prefer="low",
    great="poor health",
    little="good health",
    overlaps="health",
    with_deprivation=True,
)
def bad_health_pct(health: pd.DataFrame) -> pd.DataFrame:
    """Share of residents who told the Census their health is bad or very bad, in percent (not age-standardised); shrunk (95 %)."""
    people = health.set_index("lsoa21_code")["all_residents"]
    found = 100 * rates.shrunk(_bad_health(health).to_numpy(), people.to_numpy())
    return found.assign(high=found["high"].clip(upper=100)).set_index(people.index).assign(cases=_bad_health(health))


@need(
    label="Illness and disability ratio",
    unit="ratio",
    domain="health",
    prefer="low",
    overlaps="health",
    with_deprivation=True,
    great="poor health",
    little="good health",
)
def illness_ratio(health_indicators: pd.DataFrame, lookups: Lookups) -> pd.Series:
    """Comparative illness and disability ratio of the Indices of Deprivation: people against those expected for age and sex."""
    return lookups.rates(health_indicators, "illness_ratio")


@need(
    label="Mental ill health",
    unit="score",
    domain="health",
    prefer="low",
    overlaps="health",
    with_deprivation=True,
    great="poor mental health",
    little="good mental health",
)
def mental_health(health_indicators: pd.DataFrame, lookups: Lookups) -> pd.Series:
    """Mental ill health beside England's neighbourhoods, a score about 0 (IoD 2025; of 2019 mood and anxiety disorders)."""
    found = lookups.rates(health_indicators, "mental_health")
    year = 2025 if "lsoa21_code" in health_indicators else 2019
    found.attrs["said"] = f"the mental health indicator of the Indices of Deprivation {year}"
    return found


@need(
    label="Depression, registered",
    unit="%",
    domain="health",
    prefer="low",
    overlaps="health",
    great="much depression",
    little="little depression",
)
def depression_pct(neighbourhoods: gpd.GeoDataFrame, disease_by_district: pd.DataFrame) -> pd.Series | None:
    """Share of patients on practices' registers of depression, in percent, the whole district's (modelled from practices)."""
    rows = disease_by_district[disease_by_district["disease"] == "DEP"]
    if rows.empty:
        return None
    share = rows.assign(code=rows["district_code"].map(present_district_code)).set_index("code")["prevalence_share"]
    district = neighbourhoods["district_code"].map(present_district_code, na_action="ignore")
    found = pd.Series(100 * district.map(share).to_numpy(dtype=float), index=neighbourhoods["lsoa21_code"])
    found.attrs["said"] = (
        "the same for all neighbourhoods of a district: it tells districts apart, not places within one"
    )
    return found


@need(
    label="Local health indicator",
    unit="as published",
    domain="health",
    prefer="low",
    overlaps="health",
    with_deprivation=True,
    great="poor health",
    little="good health",
)
def local_health(health_by_msoa: pd.DataFrame, lookups: Lookups) -> pd.DataFrame:
    """The Fingertips indicator that the study names, with its 95 % limits, by MSOA: the same for all its neighbourhoods."""
    return lookups.all_rates(health_by_msoa.rename(columns={"count": "cases"}), "value", "low", "high", "cases")


def _bad_health(health: pd.DataFrame) -> pd.Series:
    table = health.set_index("lsoa21_code")
    return table["bad"] + table["very_bad"]


def _words(band: str) -> str:
    first, last = BANDS[band]
    return f"{first} and over" if band == list(BANDS)[-1] else f"{first} to {last}"


def _given_rates(table: pd.DataFrame) -> np.ndarray:
    """The rate of each band from a table whose bands lie within ours."""
    found = []
    for name, (first, last) in BANDS.items():
        end = table["age_to"].fillna(BANDS["aged_75_and_over"][1])
        within = (table["age_from"] >= first) & (end <= last)
        years = (end - table["age_from"] + 1)[within].sum()
        if years != last - first + 1:
            raise DataError(
                f"health_by_age: its bands do not make up {_words(name)}; they begin at "
                f"{', '.join(f'{age:g}' for age in sorted(table['age_from']))}",
                "give bands that do not cross 16, 65 or 75, from 0 to the oldest.",
            )
        found.append(table.loc[within, "bad_health"].sum() / table.loc[within, "residents"].sum())
    return np.array(found)


def _estimated_rates(observed: pd.Series, bands: pd.DataFrame, income_rank: pd.Series | None) -> tuple[np.ndarray, str]:
    """Rates by band from the neighbourhoods themselves, by least squares in which no rate falls with age.

    Where deprivation is known, the rates may differ with it, and those at its mean are taken: places with many old people are
    seldom deprived, and without this the old would look well and children ill. Such an estimate from areas is rough
    (assumption, to be verified).
    """
    people = bands.sum(axis=1).to_numpy()
    steps = np.cumsum(bands.to_numpy()[:, ::-1], axis=1)[
        :, ::-1
    ]  # people of at least each age: a step counts for all above
    said = "rates by age are estimated from the neighbourhoods themselves (non-negative least squares, none falling with age)"
    deprived = np.zeros(len(people))
    if income_rank is not None:
        deprived = 1 - income_rank.reindex(bands.index).rank(pct=True).fillna(0.5).to_numpy()
        steps = np.column_stack([steps, steps * deprived[:, None]])
        said = said.replace("themselves", "themselves at mean income deprivation")
    weight = np.sqrt(people)
    found, _ = nnls(steps / weight[:, None], observed.to_numpy() / weight)
    at_mean = found[:4] + (found[4:] * np.average(deprived, weights=people) if income_rank is not None else 0)
    return np.cumsum(at_mean), said
