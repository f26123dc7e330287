"""Field checks: what a visit changes, and the yield of the sites that were judged."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.toy import Toy, block, table
from treeplan.feedback import Fieldwork, apply_field_checks
from treeplan.land import free_land
from treeplan.pipeline import make_plan
from treeplan.sites import candidate_sites


def checked(toy: Toy, **columns: Any) -> tuple[Any, pd.DataFrame, Fieldwork]:
    if columns:
        toy.tables["field_checks"] = pd.DataFrame(columns)
    study = toy.study()
    sites, left = candidate_sites(free_land(toy.layers, study, toy.figures), toy.layers, study, toy.figures)
    return apply_field_checks(sites, left, toy.layers)


def test_without_checks_nothing_changes(toy: Toy) -> None:
    sites, left, work = checked(toy)
    assert (len(sites), len(left), len(work.checks)) == (3, 0, 0)


def test_what_cannot_be_planted_goes_with_its_reason(toy: Toy) -> None:
    sites, left, work = checked(
        toy, site_id=["P1-1", "P2-1"], field_status=["not plantable", "planted"], why_not=["gas main", None]
    )
    assert sites["site_id"].tolist() == ["P3-1"]
    assert left[["ground_id", "reason", "area_m2"]].to_numpy().tolist() == [
        ["P1", "visited and found not plantable", pytest.approx(10_000)],
        ["P2", "planted already", pytest.approx(10_000)],
    ]
    assert work.checks.set_index("site_id")["why_not"]["P1-1"] == "gas main"


def test_trees_counted_on_the_ground_take_the_place_of_the_estimate(toy: Toy) -> None:
    sites, _, work = checked(toy, site_id=["P1-1"], field_status=["plantable"], trees_fit=[25.0])
    assert sites.loc[0, ["trees_low", "trees_central", "trees_high", "field_status"]].tolist() == [
        25,
        25,
        25,
        "plantable",
    ]
    assert sites.loc[1, "trees_central"] == 40
    assert work.checks["trees_before"].tolist() == [40]


def test_the_yield_counts_those_judged_with_an_interval(toy: Toy) -> None:
    _, _, work = checked(
        toy,
        site_id=["P1-1", "P2-1", "P3-1"],
        field_status=["plantable", "not plantable", "visited"],
        why_not=[None, "too wet", None],
    )
    assert (work.judged, work.plantable) == (2, 1)
    # Wilson, 1 of 2, z = 1.96: centre 0.5, half width 1.96/(1 + 3.8416/2) × sqrt(0.125 + 3.8416/16) = 0.4055.
    assert work.share == (pytest.approx(0.0945, abs=1e-3), 0.5, pytest.approx(0.9055, abs=1e-3))


def test_a_check_of_a_site_that_is_not_there_is_told(toy: Toy, caplog: pytest.LogCaptureFixture) -> None:
    sites, _, work = checked(toy, site_id=["P9-1"], field_status=["planted"])
    assert len(sites) == 3
    assert work.lost == ("P9-1",)
    assert "name no site of this run (P9-1)" in caplog.text


def test_checks_come_back_into_the_plan_and_its_audit(toy: Toy) -> None:
    toy.tables["field_checks"] = pd.DataFrame(
        {"site_id": ["P1-1"], "field_status": ["not plantable"], "why_not": ["a culvert"]}
    )
    plan = make_plan(toy.study(), toy.layers)
    assert "P1-1" not in set(plan.sites["site_id"])
    audit = plan.audit.set_index("reason")["area_ha"]
    assert audit["visited and found not plantable"] == pytest.approx(1.0)
    assert audit.sum() == pytest.approx(3.0)
    assert {c.what: c.value for c in plan.counts}["judged on the ground"] == 1


def test_private_land_is_public_once_its_owner_has_agreed(toy: Toy) -> None:
    toy.tables["open_land"]["land_use"] = "other_sports"
    toy.tables["field_checks"] = pd.DataFrame({"site_id": ["P1-1"], "field_status": ["owner agreed"]})
    plan = make_plan(toy.study(), toy.layers)
    assert plan.public["site_id"].tolist() == ["P1-1"]
    assert len(plan.sites) == 3


def test_a_check_follows_its_place_when_the_id_has_passed_to_other_ground(
    toy: Toy, caplog: pytest.LogCaptureFixture
) -> None:
    toy.tables["woodland"] = table([block(490, 400, 20, 200)])  # the first park is cut in two: P1-1 west, P1-2 east
    sites, _, work = checked(toy, site_id=["P1-1"], field_status=["planted"], easting=[440_530.0], northing=[390_500.0])
    assert "P1-1" in set(sites["site_id"])
    assert "P1-2" not in set(sites["site_id"])
    assert work.lost == ()
    assert "follow the place" in caplog.text


def test_a_check_made_elsewhere_changes_nothing(toy: Toy) -> None:
    sites, _, work = checked(toy, site_id=["P1-1"], field_status=["planted"], easting=[449_000.0], northing=[390_500.0])
    assert len(sites) == 3
    assert work.lost == ("P1-1 (elsewhere)",)


def test_a_private_site_is_not_named_in_the_account_of_visits(toy: Toy) -> None:
    toy.tables["open_land"]["land_use"] = "other_sports"
    _, _, work = checked(toy, site_id=["P1-1", "P2-1"], field_status=["plantable", "owner agreed"])
    assert work.checks.set_index("site_id")["private"].to_dict() == {"P1-1": True, "P2-1": False}


def test_the_newest_of_several_files_counts(toy: Toy) -> None:
    sites, _, work = checked(
        toy,
        site_id=["P1-1", "P1-1", "P2-1", "P2-1", "P3-1"],
        field_status=["planted", "plantable", "visited", "planted", "desk"],
        checked_on=["2026-05-02", "2026-05-01", None, None, None],
    )
    assert sites["site_id"].tolist() == ["P3-1"]  # the later day, and of undated rows the later file
    assert len(work.checks) == 2


def test_a_place_given_by_half_is_no_place(toy: Toy) -> None:
    sites, _, work = checked(
        toy, site_id=["P1-1"], field_status=["planted"], easting=[449_000.0], northing=[float("nan")]
    )
    assert len(sites) == 2
    assert work.lost == ()


def test_the_only_site_of_a_ground_keeps_its_check_though_its_trees_have_moved(toy: Toy) -> None:
    sites, _, _ = checked(toy, site_id=["P1-1"], field_status=["planted"], easting=[440_580.0], northing=[390_500.0])
    assert "P1-1" not in set(sites["site_id"])  # 30 m beside the park


def test_the_piece_that_holds_the_place_goes_before_one_beside_it(toy: Toy) -> None:
    toy.tables["woodland"] = table([block(498, 400, 8, 200)])  # P1-1 and P1-2, 8 m apart
    sites, _, _ = checked(toy, site_id=["P1-1"], field_status=["planted"], easting=[440_507.0], northing=[390_500.0])
    assert "P1-1" in set(sites["site_id"])
    assert "P1-2" not in set(sites["site_id"])


def test_of_two_checks_of_one_piece_the_newer_counts(toy: Toy) -> None:
    _, _, work = checked(
        toy,
        site_id=["P1-7", "P1-1"],
        field_status=["plantable", "not plantable"],
        why_not=[None, "gas main"],
        checked_on=["2024-05-01", "2026-05-01"],
        easting=[440_500.0, 440_500.0],
        northing=[390_500.0, 390_500.0],
    )
    assert work.checks["field_status"].tolist() == ["not plantable"]


def test_ids_that_name_no_site_stay_out_of_what_is_published(toy: Toy) -> None:
    toy.tables["field_checks"] = pd.DataFrame({"site_id": ["P9-1"], "field_status": ["planted"]})
    plan = make_plan(toy.study(), toy.layers)
    assert plan.record()["field_checks"]["name_no_site"] == 1
    assert "P9-1" not in str(plan.record())
