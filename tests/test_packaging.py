"""What a fresh machine gets: the same dependencies by pip and conda, hashes and no index, pages that are current."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def names(lines: list[str]) -> set[str]:
    return {re.split(r"[<>=!~ ]", line.strip(), maxsplit=1)[0].lower() for line in lines}


def test_conda_gets_the_same_dependencies_as_pip() -> None:
    listed = re.findall(
        r"^ +- (?!pip:?$)(?!python\b)(?!conda-forge)(?!--editable)(\S+)",
        (ROOT / "environment.yml").read_text("utf-8"),
        flags=re.M,
    )
    assert names(listed) == names(PROJECT["dependencies"])
    assert sorted(listed) == sorted(line for line in PROJECT["dependencies"]), "bounds differ"


def test_the_lock_pins_every_dependency_with_a_hash_and_names_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    locked = set(re.findall(r"^([a-z0-9_.-]+)==", lock, flags=re.M))
    assert {
        n.replace("_", "-") for n in names(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"])
    } <= locked
    pins = re.findall(r"^[a-z0-9_.-]+==.*?(?=^[a-z0-9_.-]+==|\Z)", lock, flags=re.M | re.S)
    assert all("--hash=sha256:" in pin for pin in pins)
    assert not re.search(r"index-url|find-links|https?://|file://", lock)


def test_every_dependency_is_used_and_has_its_reason() -> None:
    imported = "\n".join(p.read_text("utf-8") for p in (ROOT / "treeplan").rglob("*.py"))
    module = {"xstatic-leaflet": "xstatic", "affine": "rasterio", "scikit-learn": "sklearn"}
    for name in names(PROJECT["dependencies"]):
        assert re.search(rf"^\s*(from|import) {module.get(name, name)}\b", imported, flags=re.M), (
            f"{name} is not imported"
        )
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    block = text[text.index("dependencies = [") : text.index("]", text.index("dependencies = ["))]
    assert all("#" in line for line in block.splitlines()[1:] if line.strip().startswith('"'))


def test_the_generated_pages_are_current() -> None:
    check = subprocess.run(
        [sys.executable, "scripts/write_docs.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert check.returncode == 0, check.stderr


def test_links_of_the_readme_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert links
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


def test_the_notebooks_are_stripped() -> None:
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        assert all(
            not cell.get("outputs") and cell.get("execution_count") is None
            for cell in cells
            if cell["cell_type"] == "code"
        )


def test_no_published_data_and_no_large_file_is_in_the_repository() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    found = [Path(name) for name in tracked if name]
    data = [
        p
        for p in found
        if p.suffix in {".gpkg", ".tif", ".pbf", ".parquet", ".shp"} and p.parts[:2] != ("data", "demo")
    ]
    assert data == []
    assert [p for p in found if (ROOT / p).exists() and (ROOT / p).stat().st_size > 1_500_000] == []
