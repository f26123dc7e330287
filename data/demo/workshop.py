"""A workshop in Hallowmere: what 24 invented people want of trees, each asked by points, swing, pairs, or best and worst."""

from __future__ import annotations

import csv
from itertools import combinations
from pathlib import Path

import numpy as np

BENEFITS = ("carbon", "heat", "air", "water", "nature", "health", "equity", "community")
PAIRS = list(combinations(BENEFITS, 2))
HEADS = (
    ["person", "group", "method", *BENEFITS, *(f"{a} : {b}" for a, b in PAIRS), "best", "worst"]
    + [f"best : {b}" for b in BENEFITS]
    + [f"{b} : worst" for b in BENEFITS]
)
GROUPS = {
    "residents": (("swing",) * 6 + ("points",) * 4, (1, 5, 2, 2, 3, 5, 5, 4)),
    "officers": (("pairs",) * 5 + ("swing",), (5, 2, 2, 5, 5, 2, 2, 1)),
    "health partners": (("best-worst",) * 5 + ("points",) * 3, (1, 4, 4, 1, 1, 6, 5, 2)),
}
"""How each person of a group was asked, and what the group wants, about, in the order of the benefits."""
DIFFER = 0.35
DOTS = 20


def write_sheet(path: Path) -> None:
    """Write the sheet as a facilitator would fill it in, a row a person."""
    rng = np.random.Generator(np.random.PCG64(24))
    rows: list[dict[str, object]] = []
    for group, (methods, wants) in GROUPS.items():
        for method in methods:
            own = np.array(wants) * np.exp(rng.normal(0, DIFFER, len(BENEFITS)))
            rows.append({"person": len(rows) + 1, "group": group, "method": method} | _answer(method, own, rng))
    with path.open("w", newline="", encoding="utf-8") as file:
        sheet = csv.DictWriter(file, HEADS, lineterminator="\n")
        sheet.writeheader()
        sheet.writerows(rows)


def _answer(method: str, own: np.ndarray, rng: np.random.Generator) -> dict[str, object]:
    """What somebody with these weights in mind would write down."""
    if method == "points":
        dots = np.floor(own / own.sum() * DOTS).astype(int)
        dots[np.argsort(-own)[: DOTS - dots.sum()]] += 1
        return {name: int(n) if n else "" for name, n in zip(BENEFITS, dots, strict=True)}
    if method == "swing":
        return {name: int(5 * round(20 * x)) for name, x in zip(BENEFITS, own / own.max(), strict=True)}
    if method == "pairs":
        blurred = {
            (a, b): own[BENEFITS.index(a)] / own[BENEFITS.index(b)] * np.exp(rng.normal(0, 0.3)) for a, b in PAIRS
        }
        return {f"{a} : {b}": _times(x) for (a, b), x in blurred.items()}
    best, worst = int(own.argmax()), int(own.argmin())
    most = _whole(own[best] / own[worst])
    over = {f"best : {name}": min(most, _whole(own[best] / x)) for name, x in zip(BENEFITS, own, strict=True)}
    under = {f"{name} : worst": min(most, _whole(x / own[worst])) for name, x in zip(BENEFITS, own, strict=True)}
    blank = {f"best : {BENEFITS[best]}": "", f"{BENEFITS[worst]} : worst": ""}
    return {"best": BENEFITS[best], "worst": BENEFITS[worst], **over, **under, **blank}


def _whole(ratio: float) -> int:
    return int(min(9, max(1, round(ratio))))


def _times(ratio: float) -> str:
    """3 for three times as much, 0.33 for a third: a spreadsheet would take 1/3 for a date."""
    return str(_whole(ratio)) if ratio >= 1 else f"{1 / _whole(1 / ratio):.2g}"
