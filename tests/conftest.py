"""Fixtures that more than one part of the suite uses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.toy import Toy

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def toy() -> Toy:
    return Toy()


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real open data; without it, tests are skipped, but never in CI."""
    folder = os.environ.get("TREEPLAN_DATA")
    if folder and Path(folder).is_dir():
        return Path(folder)
    if os.environ.get("CI"):
        pytest.fail(f"TREEPLAN_DATA must name the folder of real data in CI; it is {folder!r}")
    pytest.skip("TREEPLAN_DATA does not name a folder of real data")
