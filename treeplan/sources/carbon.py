"""Sources on carbon: what new woods hold by age."""

from __future__ import annotations

import pandas as pd

from treeplan.errors import DataError, listed
from treeplan.schemas import number, text
from treeplan.sources import source
from treeplan.sources.credits import UNSTATED

_KEY = ["species", "spacing_m", "yield_class", "thinned", "age"]


@source(
    layer="carbon_lookup",
    title="Woodland Carbon Code: carbon lookup tables v2.0",
    publisher="Forestry Commission",
    licence=UNSTATED,
    attribution="Woodland Carbon Code carbon lookup tables © Crown copyright.",
    vintage="2018-03-08",
    url="https://woodlandcarboncode.org.uk",
    columns={
        "species": "Species",
        "spacing_m": "Spacing",
        "yield_class": ("Yield class", "YC"),
        "management": ("Management", "Mgmt"),
        "period": ("Period", "age_end_yr"),
        "carbon_tco2e_per_ha": ("Cumulative biomass", "Cum biomass"),
    },
    schema={
        "species": text(nullable=False),
        "spacing_m": number(0.5, 10),
        "yield_class": number(1, 40),
        "age": number(0, 300),
        "carbon_tco2e_per_ha": number(0, 5_000),
    },
    loosely=True,
)
def woodland_carbon_lookup(table: pd.DataFrame) -> pd.DataFrame:
    """Read carbon in the trees of a wood at the end of each period, tCO2e per ha, by species, spacing, yield class and management: the workbook, or its sheet saved as CSV."""
    tidied = pd.DataFrame(
        {
            "species": table["species"].astype("string").str.strip().str.upper(),
            "spacing_m": table["spacing_m"],
            "yield_class": table["yield_class"],
            "thinned": _thinned(table["management"]),
            "age": _ends(table["period"]),
            "carbon_tco2e_per_ha": table["carbon_tco2e_per_ha"],
        }
    )
    again = tidied.duplicated(_KEY)
    if again.any():
        first = ", ".join(f"{name} {tidied.loc[again, name].iloc[0]}" for name in _KEY)
        raise DataError(f"{int(again.sum()):,} rows come twice, e.g. {first}", "use the table as published.")
    return tidied


def _thinned(cells: pd.Series) -> pd.Series:
    """Whether a wood is thinned, from the table's words: NO_thin, Thinned."""
    words = cells.astype("string").str.casefold().str.replace(r"[^a-z]", "", regex=True).fillna("")
    strange = ~words.isin(["nothin", "nothinning", "thin", "thinned"])
    if strange.any():
        raise DataError(
            f"management: knows no {listed(sorted(set(cells[strange].astype(str))), most=3)}; it knows NO_thin and Thinned",
            "name the right column in the study file, or use the table as published.",
        )
    return words.str.startswith("thin").astype(bool)


def _ends(cells: pd.Series) -> pd.Series:
    """The year in which each period ends: "5-10" is 10, and so is 10."""
    ends = cells.astype("string").str.strip().str.extract(r"^(?:\d+\s*[-–]\s*)?(\d+)(?:\.0+)?$")[0]
    if ends.isna().any():
        raise DataError(
            f"period: cannot read {listed(sorted(set(cells[ends.isna()].astype(str))), most=3)}; a period is written 5-10",
            "a spreadsheet may have made dates of periods: format the column as text, or use the workbook as published.",
        )
    return ends.astype(float)
