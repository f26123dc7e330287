"""Scenarios of a study file, and studies beside one another, each under a label of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from treeplan.errors import StudyError
from treeplan.scenarios import load_variants, variants
from treeplan.study import load_study

STUDY = """
name = "{name}"
places = ["E08000001"]
weights = {{ carbon = 1, heat = 1, air = 1, water = 1, nature = 1, health = 1, equity = 1, community = 1 }}
plan = {{ budget_gbp = 1000, min_share_by_district = 0.1 }}
"""
WOODS = """
[scenarios.more_woods]
note = "Grass becomes tiny forests."
land = { prefer = { grass = "tiny_forest" } }

[scenarios.rich]
label = "Twice the money"
plan = { budget_gbp = 2000 }
"""


def write(folder: Path, file: str, name: str, more: str = "") -> Path:
    path = folder / file
    path.write_text(STUDY.format(name=name) + more)
    return path


def test_a_study_comes_first_and_its_scenarios_after_it(tmp_path: Path) -> None:
    found = variants(load_study(write(tmp_path, "a.toml", "Toy", WOODS)))
    assert list(found) == ["Toy", "More woods", "Twice the money"]
    assert found["More woods"].land.prefer == {"grass": "tiny_forest"}
    assert found["Twice the money"].plan.budget_gbp == 2000
    assert found["Twice the money"].plan.min_share_by_district == 0.1
    assert found["Twice the money"].folder == tmp_path


def test_labels_and_notes_of_one_study(tmp_path: Path) -> None:
    found, notes = load_variants([write(tmp_path, "a.toml", "Toy", WOODS)])
    assert list(found) == ["Toy", "More woods", "Twice the money"]
    assert notes == {"More woods": "Grass becomes tiny forests."}


def test_among_several_studies_a_scenario_names_its_study(tmp_path: Path) -> None:
    found, _ = load_variants([write(tmp_path, "a.toml", "Toy", WOODS), write(tmp_path, "b.toml", "Other")])
    assert list(found) == ["Toy", "Toy: More woods", "Toy: Twice the money", "Other"]


def test_studies_of_one_name_are_told_apart_by_their_files(tmp_path: Path) -> None:
    found, _ = load_variants([write(tmp_path, "a.toml", "Toy"), write(tmp_path, "b.toml", "Toy")])
    assert list(found) == ["Toy (a)", "Toy (b)"]


def test_a_study_alone_without_scenarios_has_nothing_beside_it(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"a\.toml has no scenarios(?s:.*)add a table such as \[scenarios"):
        load_variants([write(tmp_path, "a.toml", "Toy")])


def test_a_file_that_is_named_twice_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, "a.toml", "Toy")
    with pytest.raises(StudyError, match=r"two of the studies are called 'Toy \(a\)'"):
        load_variants([path, path])
