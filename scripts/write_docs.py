"""Write the pages of docs/ that are made from the code: the study file, the sources, the coefficients, the formulas.

python scripts/write_docs.py            write them
python scripts/write_docs.py --check    fail when one is not what the code would write
"""

from __future__ import annotations

import sys
from pathlib import Path

from treeplan.coefficients import COEFFICIENTS
from treeplan.constraints import CONSTRAINTS
from treeplan.effects import EFFECTS
from treeplan.formulas import FORMULAS
from treeplan.needs import NEEDS
from treeplan.roles import LAYERS
from treeplan.sources import SOURCES
from treeplan.template import settings_page
from treeplan.vocabulary import BENEFITS, CLAIMABLE, CLAIMS, DOMAINS, LAND_USES, NEVER_ADDED, SITE_TYPES, VALUE_STREAMS

ROOT = Path(__file__).resolve().parents[1]


def sources_page() -> str:
    """`data/README.md`: every source and every layer."""
    lines = [
        "# Data",
        "",
        "Made from the code (`make docs`). A *layer* is a role; a *source* is a publisher's file that fills it.",
        "`raw/` and `cache/` are not in git. `demo/` holds an invented town.",
        "",
        "## Sources",
        "",
    ]
    for s in SOURCES.values():
        lines += [f"### `{s.name}`", "", f"{s.doc}", ""]
        lines += [
            f"- {s.title}, {s.publisher}; {s.vintage}; {s.licence}",
            f"- fills: {', '.join(s.layers)}",
            f"- from: {s.url}",
        ]
        if s.columns:
            lines.append(
                "- columns (ours: theirs): "
                + "; ".join(f"`{ours}`: {' or '.join(theirs)}" for ours, theirs in _few(s.columns))
            )
        if s.opens == "places" or s.loosely:
            looked_for = ", ".join(f"`{c}`" for c in (s.optional or s.columns))
            lines.append(f"- headings are matched by their beginnings; looked for are {looked_for}")
        lines += [f"- attribution: {s.attribution}", ""]
    lines += ["## Layers", "", "| layer | what it is | without it | to get it |", "|---|---|---|---|"]
    lines += [f"| `{name}` | {f.label} | {f.leaves_out} | {f.how_to_get} |" for name, f in LAYERS.items()]
    return "\n".join(lines) + "\n"


def _few(columns: dict[str, tuple[str, ...]], most: int = 14) -> list[tuple[str, tuple[str, ...]]]:
    shown = list(columns.items())[:most]
    return [*shown, ("…", (f"{len(columns) - most} more",))] if len(columns) > most else shown


def coefficients_page() -> str:
    """`docs/coefficients.md`: every figure the models use."""
    lines = [
        "# Coefficients",
        "",
        "Made from the code (`make docs`). A study file can put its own figure in place of any of these; the outputs say that it did.",
        "Figures that say where sites lie, who lives near and how people walk (`treeplan/coefficients/ground.py`, `living.py`) count at every level with their central value.",
        "",
        "| name | what it is | low | central | high | unit | mark | source | as of |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, f in COEFFICIENTS.items():
        lines.append(
            f"| `{name}` | {f.plain} | {f.low:g} | {f.central:g} | {f.high:g} | {f.unit} | {f.mark} | {f.source} | {f.as_of} |"
        )
    return "\n".join(lines) + "\n"


def methods_page() -> str:
    """`docs/reference.md`: needs, effects, benefits and constraints as the code declares them."""
    lines = [
        "# What is measured, and how it is put together",
        "",
        "Made from the code (`make docs`).",
        "",
        "## Needs of neighbourhoods",
        "",
    ]
    lines += ["| name | what it is | unit | good is | worked out from | reported under |", "|---|---|---|---|---|---|"]
    lines += [
        f"| `{n.name}` | {n.doc} | {n.unit} | {n.prefer} | {n.reads} | {_domain(n.domain)} |" for n in NEEDS.values()
    ]
    lines += ["", "## Effects of planting", "", "| name | what it is | unit | reported under |", "|---|---|---|---|"]
    lines += [f"| `{e.name}` | {e.doc}{_weak(e.weak)} | {e.unit} | {_domain(e.domain)} |" for e in EFFECTS.values()]
    lines += [
        "",
        "## Benefits",
        "",
        "| benefit | in plain words | formula (then 0–1 among all candidate sites) | gain is counted in | reported under |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {BENEFITS[b].label} | {BENEFITS[b].plain} | {f} | {BENEFITS[b].gain_unit} | {_domain(BENEFITS[b].domain)} |"
        for b, f in FORMULAS.items()
    ]
    return "\n".join([*lines, *_domains(), *_money(), *_types(), *_land_uses(), *_constraints()]) + "\n"


def _weak(why: str) -> str:
    return f" Weak evidence: {why}." if why else ""


def _domain(name: str | None) -> str:
    return "–" if name is None else DOMAINS[name].label


def _domains() -> list[str]:
    lines = [
        "",
        "## In the words of the Thriving Places Index",
        "",
        "Where figures are reported, never a score: no benefit, weight or rank reads it. Headlines, and the names marked sourced, are those of the Centre for Thriving Places'",
        "dashboard of 2024; the other names are assumptions, to be verified. Domains that trees say nothing of are left out.",
        "",
        "| domain | headline | what it is about | name |",
        "|---|---|---|---|",
    ]
    return [*lines, *(f"| {d.label} | {d.headline} | {d.plain} | {d.mark} |" for d in DOMAINS.values())]


def _money() -> list[str]:
    lines = ["", "## Money and claims", "", "Only where a study asks: `[money]`, `[claims]`.", ""]
    lines += [
        "Present value in the year of planting: sum over years of what a stream is worth in the year × the discount factor.",
        "",
    ]
    lines += ["| stream | what it counts | in a total |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {plain} | {'never' if name in NEVER_ADDED else 'yes'} |"
        for name, (_, plain) in VALUE_STREAMS.items()
    ]
    lines += [
        "",
        "| claim | what it means | for |",
        "|---|---|---|",
        *(f"| {name} | {plain} | {_claimable(name)} |" for name, plain in CLAIMS.items()),
    ]
    return lines


def _claimable(claim: str) -> str:
    kinds = CLAIMABLE[claim]
    return "every type" if set(kinds) == set(SITE_TYPES) else ", ".join(f"`{kind}`" for kind in kinds)


def _types() -> list[str]:
    lines = [
        "",
        "## Types of planting",
        "",
        "A piece of ground becomes the first type of its land use that fits it; `[land] prefer` puts another first.",
        "",
        "| type | what it is | smallest ground | what makes it this type | what to plant |",
        "|---|---|---|---|---|",
    ]
    for name, t in SITE_TYPES.items():
        least = f"{t.least_m2:,.0f} m², {t.least_width_m:g} m wide" + (
            f", {t.least_length_m:g} m long" if t.least_length_m else ""
        )
        lines.append(f"| `{name}` | {t.plain} | {least} | {t.rule} | {t.species} |")
    return lines


def _land_uses() -> list[str]:
    lines = ["", "## Land uses", "", "| land use | how trees stand to it | types, the best first | likely owner tier |"]
    lines.append("|---|---|---|---|")
    for name, use in LAND_USES.items():
        types = ", ".join([*(["riparian"] if use.by_water else []), *use.site_types])
        lines.append(f"| `{name}` | {use.stance} | {types or '–'} | {use.owner_tier or '–'} |")
    return lines


def _constraints() -> list[str]:
    lines = [
        "",
        "## Constraints",
        "",
        "Land goes to the first constraint that takes it. `[constraints.NAME]` changes any of them.",
        "",
        "| name | layer | keep off (m) | class | reason | only on, spares | source |",
        "|---|---|---|---|---|---|---|",
    ]
    for n, c in CONSTRAINTS.items():
        only = [", ".join(c.only_on)] if c.only_on else []
        only += [f"spares {', '.join(c.spares)}"] if c.spares else []
        lines.append(
            f"| `{n}` | {c.layer} | {c.keep_off_m:g} | {c.class_} | {c.reason} | {'; '.join(only) or '–'} | {c.source} |"
        )
    return lines


PAGES = {
    "docs/study-file.md": settings_page,
    "docs/coefficients.md": coefficients_page,
    "docs/reference.md": methods_page,
    "data/README.md": sources_page,
}


def main() -> int:
    """Write every page, or with --check compare."""
    stale = []
    for name, make in PAGES.items():
        path, text = ROOT / name, make()
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    if stale:
        sys.stderr.write(f"not what the code would write: {', '.join(stale)}. Run `make docs`.\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
