from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest

from tests.sources.made_extract import Extract
from treeplan.sources import read

Reading = Callable[[], dict[str, gpd.GeoDataFrame]]


@pytest.fixture
def town() -> Extract:
    return Extract()


@pytest.fixture
def found_in(tmp_path: Path, town: Extract) -> Reading:
    """Read the town as it stands, as layers."""
    return lambda: read("openstreetmap", town.save(tmp_path / "town.osm"))
