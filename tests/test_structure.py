"""The house keeps its storeys: imports go down only, and there is no circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "treeplan"

STOREYS = [
    {"errors", "vocabulary", "roles"},
    {"geo", "schemas", "coefficients", "provenance", "settings", "kernels", "accuracy", "grids", "elicitation"},
    {"money_settings", "plan_settings", "weight_settings"},
    {"study", "rasters", "areal", "network", "rates", "nature_access", "acceptability", "sensitivity"},
    {"windows", "formulas", "images", "scenarios"},
    {"zonal", "urban_cooling"},
    {"template", "sources", "trees", "planting", "classifier"},
    {"study_area", "coverage"},
    {"layers", "constraints"},
    {"ways"},
    {"canopy", "streets", "gardens", "renters", "walks", "vintage"},
    {"land", "homes"},
    {"pieces", "owners", "people", "access", "growth"},
    {"sites"},
    {"feedback"},
    {"needs", "effects", "weights", "claims", "reference"},
    {"scoring", "tree_equity", "neighbourhood_types", "money"},
    {"draws"},
    {"certainty", "portfolio", "counting", "overlap", "reasons"},
    {"zonings", "accounts"},
    {"plan"},
    {"comparison"},
    {"outputs"},
    {"pipeline"},
    {"cli"},
    {"__main__"},
]
STOREY = {room: number for number, rooms in enumerate(STOREYS) for room in rooms}
INSIDE = {
    "outputs": [
        {"__init__"},
        {"words"},
        {"why"},
        {"sheet", "tables", "places", "map_data"},
        {"labels"},
        {"drawing"},
        {"walk_picture"},
        {"pack_words", "report_tables"},
        {
            "report_effects",
            "report_land",
            "report_money",
            "report_needs",
            "report_overlap",
            "report_renters",
            "report_certainty",
            "report_fairness",
            "report_walks",
            "report_weights",
            "report_wellbeing",
        },
        {"report_equity"},
        {"maps", "packs", "report", "exports", "masks", "comparison"},
    ],
    "sources": [
        {"spoilt", "headings", "credits", "osm_tags"},
        {"mending", "tiles", "pictures"},
        {"opening"},
        {"lists"},
        {"__init__"},
        {
            "air",
            "boundaries",
            "deprivation",
            "health",
            "people",
            "land",
            "nature",
            "heritage",
            "ownership",
            "visits",
            "workshops",
            "canopy",
            "carbon",
            "community",
            "homes",
            "imagery",
            "osm",
        },
        {"osm_query"},
    ],
    "kernels": [{"__init__"}, {"areal", "choosing", "network", "ranking", "zonal"}],
    "needs": [
        {"register", "lookups", "filling", "checks"},
        {"__init__"},
        {"access", "air", "deprivation", "green", "health", "homes", "people"},
    ],
    "effects": [
        {"register", "losses", "standards", "sharing"},
        {"surroundings"},
        {"__init__"},
        {"climate", "nature", "people", "trees"},
        {"joint"},
    ],
    "portfolio": [
        {"problem", "solver"},
        {"blocks", "rules"},
        {"search"},
        {"question"},
        {"exact"},
        {"closeness", "fairness", "clashes", "phases"},
        {"choice"},
        {"__init__"},
    ],
    "cli": [{"screen"}, {"__init__"}, {"runs"}, {"knowledge", "studies", "comparisons", "imagery", "weighting"}],
}
ENTRY = "__init__"


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        yield dotted, ast.parse(path.read_text("utf-8"))


def imported(name: str, tree: ast.Module) -> Iterator[str]:
    """Every treeplan module that a module imports, in any form, at the top or inside a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] == "treeplan")
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*name.split(".")[: -node.level], *([base] if base else [])])
            if base.split(".")[0] == "treeplan":
                for alias in node.names:
                    below = PACKAGE.joinpath(*base.split(".")[1:], alias.name)
                    yield f"{base}.{alias.name}" if below.is_dir() or below.with_suffix(".py").exists() else base


def room_of(dotted: str) -> str:
    parts = dotted.split(".")
    return parts[1] if len(parts) > 1 else ENTRY


def registers_below(name: str, target: str) -> bool:
    """A register's last lines import the modules that fill it: allowed, and only there."""
    return name.endswith(".__init__") and target.startswith(name.removesuffix(".__init__") + ".")


def test_every_room_has_a_storey() -> None:
    rooms = {p.stem for p in PACKAGE.glob("*.py")} | {
        p.name for p in PACKAGE.iterdir() if p.is_dir() and p.name != "__pycache__"
    }
    assert rooms - set(STOREY) == {"__init__", "templates"}


def test_imports_go_down_only() -> None:
    wrong = []
    for name, tree in modules():
        room = room_of(name)
        if room in (ENTRY, "templates"):
            continue
        for target in imported(name, tree):
            other = room_of(target)
            if other not in (room, "templates", ENTRY) and STOREY[other] >= STOREY[room]:
                wrong.append(f"{name} imports {target}")
    assert wrong == []


@pytest.mark.parametrize("room", sorted(INSIDE))
def test_imports_inside_a_room_go_down_only(room: str) -> None:
    order = {module: number for number, modules_ in enumerate(INSIDE[room]) for module in modules_}
    wrong = []
    for name, tree in modules():
        parts = name.split(".")
        if parts[1] != room or len(parts) != 3:
            continue
        for target in imported(name, tree):
            other = target.split(".")
            if other[1] != room or registers_below(name, target):
                continue
            inner = other[2] if len(other) > 2 else "__init__"
            if order[inner] >= order[parts[2]]:
                wrong.append(f"{name} imports {target}")
    assert wrong == []


def test_there_is_no_circle() -> None:
    graph = {
        name.removesuffix(".__init__"): {
            t for t in imported(name, tree) if not registers_below(name, t) and t != "treeplan"
        }
        for name, tree in modules()
        if name != "treeplan.__init__"
    }

    def visit(node: str, path: tuple[str, ...]) -> None:
        assert node not in path, " → ".join([*path, node])
        for below in graph.get(node, ()):
            visit(below, (*path, node))

    for start in graph:
        visit(start, ())


def test_no_shelf_modules() -> None:
    shelves = {"utils", "util", "helpers", "common", "base", "constants", "misc"}
    assert not shelves & {p.stem for p in PACKAGE.rglob("*.py")}


def test_only_the_command_line_prints() -> None:
    printing = [
        name
        for name, tree in modules()
        if not name.startswith("treeplan.cli")
        and any(
            isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "print" for n in ast.walk(tree)
        )
    ]
    assert printing == []
