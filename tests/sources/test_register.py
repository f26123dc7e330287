from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from treeplan import sources
from treeplan.errors import StudyError
from treeplan.roles import LAYERS
from treeplan.sources import SOURCES, Source, find_source, read, source

EACH = pytest.mark.parametrize("facts", SOURCES.values(), ids=list(SOURCES))


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> dict[str, Source]:
    """The register, which a test may add to."""
    monkeypatch.setattr(sources, "SOURCES", dict(SOURCES))
    return sources.SOURCES


@EACH
def test_each_source_says_whence_it_comes(facts: Source) -> None:
    for fact in (facts.title, facts.publisher, facts.licence, facts.attribution, facts.vintage, facts.doc):
        assert fact.strip()
    assert facts.url.startswith("https://")
    assert facts.doc.startswith("Read ")
    assert facts.doc.endswith(".")


@EACH
def test_each_source_fills_layers_that_there_are(facts: Source) -> None:
    assert facts.layers
    assert set(facts.layers) <= set(LAYERS)
    assert facts.opens in {"table", "map", "places", "raster", "image", "osm"}
    assert facts.shape in {"areas", "lines", "points", "any"}
    assert facts.opens == "map" or facts.shape == "any"


@EACH
def test_each_source_reads_the_columns_that_it_checks(facts: Source) -> None:
    ours = set(facts.columns) | set(facts.optional)
    if facts.join is not None:
        assert facts.join in facts.columns
    if facts.schema is not None and facts.join is not None:
        assert facts.join in facts.schema.columns
    assert not set(facts.columns) & set(facts.optional)
    assert all(theirs for theirs in (*facts.columns.values(), *facts.optional.values()))
    assert all(name == name.lower() for name in ours)


@pytest.mark.parametrize(
    "name", ["open_greenspace", "woodland", "lsoa_2021", "districts", "wards", "sssi", "green_belt"]
)
def test_ground_must_be_mapped_as_areas(name: str) -> None:
    assert SOURCES[name].shape == "areas"


def test_every_layer_can_be_filled() -> None:
    assert {layer for facts in SOURCES.values() for layer in facts.layers} == set(LAYERS)


def test_the_words_on_how_to_get_a_layer_name_a_source_that_fills_it() -> None:
    for name, layer in LAYERS.items():
        told = [s for s in SOURCES.values() if f"[sources.{s.name}]" in layer.how_to_get]
        assert told, name
        assert all(name in s.layers for s in told), name


@pytest.mark.parametrize("study", sorted((ROOT / "studies").glob("*.toml")), ids=lambda path: path.stem)
def test_the_studies_name_sources_and_columns_that_there_are(study: Path) -> None:
    named = tomllib.loads(study.read_text(encoding="utf-8"))["sources"]
    assert named
    for name, settings in named.items():
        facts = find_source(name)
        assert set(settings.get("columns", {})) <= set(facts.columns) | set(facts.optional), name


def test_a_source_is_one_function_under_its_facts(register: dict[str, Source], tmp_path: Path) -> None:
    @source(
        layer="air",
        title="Air",
        publisher="Us",
        licence="CC0",
        attribution="None needed.",
        vintage="2026",
        url="https://example.org",
        columns={"lsoa21_code": ("code", "LSOA"), "no2_ugm3": "no2"},
        join="lsoa21_code",
    )
    def our_air(table: Any) -> Any:
        """Read our own measurements."""
        return table.assign(no2_ugm3=table["no2_ugm3"].astype(float) * 2)

    path = tmp_path / "air.csv"
    path.write_text("LSOA,no2\nE01000001,10\n", encoding="utf-8")
    assert register["our_air"].doc == "Read our own measurements."
    assert register["our_air"].columns["no2_ugm3"] == ("no2",)
    assert read("our_air", path)["air"].to_dict("records") == [{"lsoa21_code": "E01000001", "no2_ugm3": 20.0}]


def test_an_unknown_source_is_told_with_those_there_are() -> None:
    with pytest.raises(StudyError) as caught:
        find_source("deprivation_2030")
    assert "[sources.deprivation_2030]" in str(caught.value)
    assert "What to do: " in str(caught.value)
    assert "deprivation_2025" in caught.value.remedy


def test_reading_an_unknown_source_is_refused_before_its_file_is_sought(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"\[sources\.nothing\]"):
        read("nothing", tmp_path / "lost.csv")


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("census_residents", {"crs": "EPSG:27700"}),
        ("census_residents", {"nodata": 0.0}),
        ("sssi", {"nodata": -9999.0}),
        ("green_belt", {"keep": "E01*"}),
        ("vegetation_object_model", {"crs": "EPSG:27700"}),
        ("openstreetmap", {"columns": {"name": "name"}}),
        ("openstreetmap", {"inside": "lines"}),
        ("openstreetmap", {"features": 5}),
        ("vegetation_object_model", {"features": 5}),
        ("council_land_register", {"keep": "E01*"}),
        ("field_checks", {"crs": "EPSG:27700"}),
    ],
)
def test_a_setting_that_would_do_nothing_is_refused(tmp_path: Path, name: str, settings: dict[str, Any]) -> None:
    with pytest.raises(StudyError) as caught:
        read(name, tmp_path / "lost", **settings)
    assert f"[sources.{name}] sets {next(iter(settings))}" in str(caught.value)
    assert "What to do: take it out" in str(caught.value)


@pytest.mark.parametrize("name", list(SOURCES))
def test_a_missing_file_is_named_with_where_to_get_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / "lost.gpkg"
    with pytest.raises(sources.DataError) as caught:
        read(name, path)
    assert str(path) in str(caught.value)
    assert f"[sources.{name}]" in str(caught.value)
    assert SOURCES[name].publisher in caught.value.remedy


@pytest.mark.realdata
@pytest.mark.parametrize("study", ["south_yorkshire", "trafford", "central_london"])
def test_real_studies_are_read_whole(data: Path, study: str) -> None:
    named = tomllib.loads((ROOT / "studies" / f"{study}.toml").read_text(encoding="utf-8"))["sources"]
    for name, settings in named.items():
        given = {key: value for key, value in settings.items() if key not in ("path", "vintage")}
        tables = read(name, data / settings["path"], **given)
        assert set(tables) <= set(SOURCES[name].layers), name
        for layer, table in tables.items():
            assert len(table) > 0, (name, layer)
            assert list(table.index) == list(range(len(table))), (name, layer)
            if "geometry" in table:
                assert table.crs.to_epsg() == 27700, (name, layer)
                assert table.geometry.is_valid.all(), (name, layer)
