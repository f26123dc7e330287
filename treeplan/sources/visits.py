"""Sources on what people found on site: field checks."""

from __future__ import annotations

import logging

import pandas as pd

from treeplan import schemas
from treeplan.errors import DataError
from treeplan.schemas import number, row_list, text
from treeplan.sources import source
from treeplan.sources.credits import UNSTATED
from treeplan.vocabulary import FIELD_STATUSES

log = logging.getLogger(__name__)

_ANSWERS = ("field_status", "why_not", "trees_fit")
_DATES = ("%Y-%m-%d", "%d/%m/%Y")
_PEOPLE = {
    "checked_by": ("checked_by", "surveyor", "surveyor_name", "recorder", "recorded_by", "visited_by", "volunteer"),
    "person": ("person", "contact", "contact_name", "owner_name", "first_name", "full_name"),
    "surname": ("surname", "last_name"),
    "email": ("email", "e-mail", "e_mail", "email_address"),
    "phone": ("phone", "telephone", "tel", "mobile", "phone_number"),
}
"""Columns that name people: they are read so that the run can say that it drops them."""


@source(
    layer="field_checks",
    title="Field checks of sites",
    publisher="the planner's own",
    licence=UNSTATED,
    attribution="Field checks: the planner's own.",
    vintage="not stated",
    url="https://github.com/treeplan/treeplan",
    columns={"site_id": ("site_id", "site"), "field_status": ("field_status", "status")},
    optional={
        "why_not": ("why_not", "reason"),
        "checked_on": ("checked_on", "date", "checked"),
        "trees_fit": "trees_fit",
        "easting": "easting",
        "northing": "northing",
        "note": ("note", "notes", "comment", "comments"),
        **_PEOPLE,
    },
    schema={
        "site_id": text(nullable=False),
        "field_status": text(nullable=False),
        "why_not": text(),
        "checked_on": text(),
        "trees_fit": number(0, nullable=True),
        "note": text(),
        "easting": number(nullable=True),
        "northing": number(nullable=True),
    },
)
def field_checks(table: pd.DataFrame) -> pd.DataFrame:
    """Read what was found on site: one row a site, the newest; columns that name people are dropped."""
    people = [column for column in _PEOPLE if column in table]
    if people:
        log.warning("field checks: columns that may name people are not read (%s).", ", ".join(people))
    table = table.drop(columns=people)
    for column in ("why_not", "checked_on", "trees_fit", "note", "easting", "northing"):
        if column not in table:
            table[column] = None
    blank = table.map(lambda cell: cell is None or pd.isna(cell) or str(cell).strip() == "")
    table = table.astype(object).mask(blank, None)
    table = table.assign(field_status=table["field_status"].map(_plain_status, na_action="ignore"))
    _require_answers(table)
    table["checked_on"] = _dates(table["checked_on"])
    return _newest(table)


def _plain_status(cell: object) -> str:
    return " ".join(str(cell).casefold().replace("_", " ").replace("-", " ").split())


def _require_answers(table: pd.DataFrame) -> None:
    """Every row names a site and says something that treeplan knows; a refusal has its reason."""
    wrong = []
    lost = table["site_id"].isna()
    if lost.any():
        wrong.append(f"site_id: must not be empty ({row_list(table.index[lost])})")
    unknown = ~table["field_status"].isin(list(FIELD_STATUSES))
    if unknown.any():
        said = sorted({"an empty cell" if pd.isna(s) else repr(s) for s in table.loc[unknown, "field_status"]})
        wrong.append(
            f"field_status: is none that treeplan knows: {', '.join(said[:6])} ({row_list(table.index[unknown])})"
        )
    silent = (table["field_status"] == "not plantable") & table["why_not"].isna()
    if silent.any():
        wrong.append(f"why_not: must say why a site is not plantable ({row_list(table.index[silent])})")
    counted = schemas.numbers(table["trees_fit"])
    parts = counted.notna() & (counted % 1 != 0)
    if parts.any():
        wrong.append(f"trees_fit: must be whole trees ({row_list(table.index[parts])})")
    bare = (counted == 0) & ~table["field_status"].isin(["not plantable", "planted"])
    if bare.any():
        wrong.append(
            f"trees_fit: a site holds at least one tree; one for 0 is not plantable ({row_list(table.index[bare])})"
        )
    if wrong:
        raise DataError("\n  ".join(wrong), f"correct these rows; field_status is one of: {', '.join(FIELD_STATUSES)}.")


def _dates(cells: pd.Series) -> pd.Series:
    """Dates as words, year first; None where there is none."""
    words = cells.map(lambda cell: str(cell).strip()[:10], na_action="ignore")
    found = pd.Series(pd.NaT, index=cells.index, dtype="datetime64[ns]")
    for style in _DATES:
        found = found.fillna(pd.to_datetime(words, format=style, errors="coerce"))
    bad = found.isna() & cells.notna()
    if bad.any():
        raise DataError(
            f"checked_on: is no date, e.g. {str(cells[bad].iloc[0])!r} ({row_list(cells.index[bad])})",
            "write dates as 2026-05-31 or 31/05/2026.",
        )
    return found.dt.strftime("%Y-%m-%d").astype(object).where(found.notna(), None)


def _newest(table: pd.DataFrame) -> pd.DataFrame:
    """One row a site: the newest dated one; rows of the same day (or undated) must agree."""
    day = table["checked_on"].fillna("")
    latest = table[day == day.groupby(table["site_id"]).transform("max")]
    answers = latest[list(_ANSWERS)].assign(trees_fit=schemas.numbers(latest["trees_fit"]))
    differ = answers.groupby(latest["site_id"]).transform("nunique", dropna=False).gt(1).any(axis=1)
    if differ.any():
        first = latest.loc[differ, "site_id"].iloc[0]
        rows = latest.index[differ & (latest["site_id"] == first)]
        raise DataError(
            f"site_id: {first} has answers that disagree and no later date to choose by ({row_list(rows)})",
            "date the rows (checked_on), or keep one of them.",
        )
    kept = latest.drop_duplicates("site_id", keep="last")
    if len(kept) < len(table):
        log.info("field checks: %d rows for %d sites; the newest of each counts.", len(table), len(kept))
    return kept
