"""Gives the columns of an opened file our names, whatever its publisher calls them."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from treeplan.errors import DataError, listed

MOST_LINES = 5
"""How many missing columns a message names; ages alone have ninety-one."""

_LEAST_BEGINNING = 6
"""Letters of a heading's beginning that tell it from others: "name" alone would also take "Name of occupier"."""


def rename(
    table: pd.DataFrame,
    columns: Mapping[str, tuple[str, ...]],
    optional: Mapping[str, tuple[str, ...]],
    users: Mapping[str, str],
    origin: str,
    loosely: bool = False,
) -> pd.DataFrame:
    """Give the columns our names; the user's own mapping goes before the publisher's headings.

    Headings are compared without case, spaces and line breaks, and a heading cut short still matches its beginning.
    `loosely` also drops signs, and takes a heading that only begins as ours does ("Easting (map reference)").
    """
    _require_known(users, columns, optional, origin)
    found: dict[str, pd.Series] = {}
    missing: list[str] = []
    sought: list[str] = []
    for ours, theirs in {**columns, **optional}.items():
        wanted = (users[ours],) if ours in users else theirs
        match = next((m for w in wanted if (m := find_heading(w, table.columns, loosely)) is not None), None)
        if match is not None:
            found[ours] = table[match]
        elif ours in columns or ours in users:
            sought += wanted
            missing.append(f"{ours}: looked for a column headed {' or '.join(repr(w) for w in wanted)}")
    if missing:
        headings = listed([c for c in table.columns if c != "geometry"], like=sought)
        rest = len(missing) - MOST_LINES
        lines = [*missing[:MOST_LINES], f"… and {rest} more"] if rest > 1 else missing
        raise DataError(
            f"{origin}:\n  " + "\n  ".join(lines) + f"\n  it has: {headings}",
            'if the file is right, name its headings in the study file: columns = { ours = "theirs" }.',
        )
    kept = pd.DataFrame(found, index=table.index)
    for name in kept:
        if pd.api.types.is_string_dtype(kept[name]):
            kept[name] = kept[name].str.strip()
    if isinstance(table, gpd.GeoDataFrame):
        return gpd.GeoDataFrame(kept, geometry=table.geometry.to_numpy(), crs=table.crs)
    return kept


def band_numbers(
    columns: Mapping[str, tuple[str, ...]],
    optional: Mapping[str, tuple[str, ...]],
    users: Mapping[str, str],
    origin: str,
) -> dict[str, int]:
    """Which band of a picture is which, by our names: the publisher's order, or the user's own list in its place."""
    _require_known(users, columns, optional, origin)
    given = dict(users) or {ours: theirs[0] for ours, theirs in {**columns, **optional}.items()}
    missing = [ours for ours in columns if ours not in given]
    wrong = [f"{ours} = {said!r}" for ours, said in given.items() if not said.isdecimal() or int(said) < 1]
    twice = sorted({said for said in given.values() if list(given.values()).count(said) > 1})
    problems = [f"does not say which band is {listed(missing)}"] if missing else []
    problems += [f"a band is named by its number, from 1 on; found {listed(wrong)}"] if wrong else []
    problems += [f"band {listed(twice)} is named more than once"] if twice else []
    if problems:
        raise DataError(
            f"{origin}:\n  " + "\n  ".join(problems),
            'name the bands that the picture has, by number: columns = { near_infrared = "1", red = "2", green = "3" }.',
        )
    return {ours: int(given[ours]) for ours in {**columns, **optional} if ours in given}


def _require_known(
    users: Mapping[str, str],
    columns: Mapping[str, tuple[str, ...]],
    optional: Mapping[str, tuple[str, ...]],
    origin: str,
) -> None:
    unknown = sorted(set(users) - set(columns) - set(optional))
    if unknown:
        raise DataError(
            f"{origin}:\n  the study file renames {', '.join(unknown)}, which this source does not use",
            f"rename only {listed([*columns, *optional], like=unknown)}.",
        )


def find_heading(wanted: str, headings: pd.Index, loosely: bool = False) -> str | None:
    """The heading that means what is wanted, if there is one."""
    plain = _plain(wanted, loosely)
    by_plain = {_plain(str(h), loosely): h for h in list(headings)[::-1]}  # of two alike, the first counts
    if plain in by_plain:
        return by_plain[plain]
    if loosely and len(plain) >= _LEAST_BEGINNING:
        return next((h for h in headings if _plain(str(h), loosely).startswith(plain)), None)
    # Shapefiles and some exports cut headings short ("…10% of LSO").
    cut = [h for p, h in by_plain.items() if len(p) >= 20 and plain.startswith(p)]
    return cut[0] if len(cut) == 1 else None


def _plain(heading: str, loosely: bool = False) -> str:
    words = "".join(heading.casefold().split())
    return "".join(c for c in words if c.isalnum()) if loosely else words


def keep_rows(table: pd.DataFrame, column: str, pattern: str, origin: str) -> pd.DataFrame:
    """Only the rows whose code matches a pattern such as "E01*"."""
    kept = table[[fnmatch.fnmatch(str(code), pattern) for code in table[column]]]
    if kept.empty:
        raise DataError(
            f"{origin}:\n  keep = '{pattern}' leaves no rows", 'correct the pattern, for example keep = "E01*".'
        )
    return kept


def english_rows(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Rows less those of other countries (the ONS covers Wales too); what is no code at all stays, for the schema to refuse."""
    return table[~table[column].astype(str).str.match(r"[WSNKLM]\d{8}$")]
