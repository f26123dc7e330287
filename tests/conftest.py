"""Fixtures that more than one part of the suite uses."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import geopandas as gpd
import pytest

from tests import toy as town
from tests.toy import Toy
from treeplan.outputs import write_outputs
from treeplan.pipeline import make_plan
from treeplan.plan import Plan
from treeplan.study import load_study

os.environ.setdefault("SOURCE_DATE_EPOCH", "1795478400")  # 24 November 2026: the studies plant in 2027

ROOT = Path(__file__).resolve().parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--heavy", action="store_true", help="run the heavy tests too, as CI does")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the heavy tests to CI, unless they are asked for."""
    if config.getoption("--heavy") or os.environ.get("CI"):
        return
    left = pytest.mark.skip(reason="heavy: runs in CI, or with --heavy")
    for item in items:
        if "heavy" in item.keywords:
            item.add_marker(left)


@pytest.fixture
def toy() -> Toy:
    return Toy()


@pytest.fixture
def wood(toy: Toy) -> gpd.GeoDataFrame:
    return town.wood(toy)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real open data; without it, tests are skipped, but never in CI."""
    folder = os.environ.get("TREEPLAN_DATA")
    if folder and Path(folder).is_dir():
        return Path(folder)
    if os.environ.get("CI"):
        pytest.fail(f"TREEPLAN_DATA must name the folder of real data in CI; it is {folder!r}")
    pytest.skip("TREEPLAN_DATA does not name a folder of real data")


@pytest.fixture(scope="session")
def demo_plan() -> Plan:
    """The demo, run once for the whole suite."""
    return make_plan(load_study(ROOT / "studies" / "demo.toml"))


@pytest.fixture(scope="session")
def demo_folder(demo_plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every output of the demo, written once."""
    return write_outputs(demo_plan, tmp_path_factory.mktemp("build") / "demo")


@pytest.fixture(scope="session")
def real_plan(data: Path) -> Callable[[str], Plan]:
    """A study of a real place, run once for the whole suite."""
    return cache(lambda name: make_plan(load_study(ROOT / "studies" / f"{name}.toml")))
