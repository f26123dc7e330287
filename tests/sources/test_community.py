from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from tests.toy import EAST, NORTH, block, point, table
from treeplan.errors import DataError
from treeplan.sources import read


@pytest.mark.parametrize(
    ("source", "heading", "kind"),
    [
        ("schools", "EstablishmentName", "school"),
        ("allotments", "name", "allotments"),
        ("places_of_worship", "DISTNAME", "place of worship"),
    ],
)
def test_community_places_are_points_with_a_name_and_a_kind(
    tmp_path: Path, source: str, heading: str, kind: str
) -> None:
    path = tmp_path / "places.gpkg"
    table([block(0, 0), block(200, 0)], **{heading: ["St Mary", None]}).to_file(path)
    found = read(source, path)["community_places"]
    assert found["kind"].tolist() == [kind, kind]
    assert found["name"].iloc[0] == "St Mary"
    assert found["name"].isna().tolist() == [False, True]
    assert found.geometry.geom_type.tolist() == ["Point", "Point"]
    assert shapely.within(found.geometry.to_numpy(), [block(0, 0), block(200, 0)]).all()


def test_places_without_any_name_are_read(tmp_path: Path) -> None:
    path = tmp_path / "postcodes.gpkg"
    table([point(10, 20)], postcode=["S1 2HE"]).to_file(path)
    found = read("schools", path)["community_places"]
    assert found["name"].isna().all()
    assert found.geometry.iloc[0].equals(shapely.Point(EAST + 10, NORTH + 20))


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("source", "file", "places"),
    [
        ("schools", "trafford/trafford_schools_and_colleges.gpkg", 103),
        ("schools", "south-yorkshire/school_postcode_points_2017.gpkg", 453),
        ("allotments", "trafford/trafford_allotments.gpkg", 35),
        ("places_of_worship", "trafford/trafford_places_of_worship.gpkg", 118),
    ],
)
def test_real_community_places(data: Path, source: str, file: str, places: int) -> None:
    found = read(source, data / file)["community_places"]
    assert len(found) == places
    assert (found.geometry.geom_type == "Point").all()


def test_only_answers_that_somebody_confirmed_count(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("site_id,answer,confirmed,name\nA-1,No,yes,Jo\nA-1,yes,YES,Al\nA-1,no,,Di\nB-1,no,no,Bo\n")
    found = read("answers", path)["answers"]
    assert found.to_dict("list") == {"site_id": ["A-1", "A-1"], "answer": ["no", "yes"]}


def test_an_answer_that_is_neither_yes_nor_no_is_told(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("site_id,answer,confirmed\nA-1,perhaps,yes\nA-2,no,tomorrow\n")
    with pytest.raises(DataError, match="answer: must be yes or no, is perhaps") as told:
        read("answers", path)
    assert "confirmed: must be yes or no, is tomorrow" in str(told.value)
