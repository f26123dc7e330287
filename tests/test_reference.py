from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.outputs.plans import small_plan
from tests.toy import Toy
from treeplan.errors import DataError, StudyError
from treeplan.geo import midrank_share
from treeplan.plan import Plan
from treeplan.reference import KEY, Reference, population, populations, read_reference, saved_reference
from treeplan.scoring import benefit_scores
from treeplan.study import Study
from treeplan.vocabulary import BENEFITS, NORMALISERS

NUMBERS = st.floats(-1e6, 1e6).map(lambda v: float(f"{v:.6g}"))


def table(values: Any) -> pd.DataFrame:
    return pd.DataFrame(dict.fromkeys(BENEFITS, np.asarray(values, dtype=float)))


def saved(study: Study, qualities: pd.DataFrame, path: Path) -> Reference:
    """The reference sites of a run, written to its run.json and read again."""
    own = saved_reference(study, "0123456789ab", list(qualities), populations(qualities))
    path.write_text(json.dumps({KEY: own.record()}), encoding="utf-8")
    named = study.model_copy(update={"scoring": study.scoring.model_copy(update={"reference": str(path)})})
    read = read_reference(named)
    assert read is not None
    return read


# ---------------------------------------------------------------- populations


def test_a_population_by_hand() -> None:
    sites = population(np.array([3.0, 1, 1, np.nan, 2]))
    assert sites is not None
    assert sites.values.tolist() == [1, 2, 3]
    assert sites.below.tolist() == [0, 2, 3]
    assert sites.up_to.tolist() == [2, 3, 4]
    assert sites.sites == 4
    assert sites.percentile_share(np.array([0.5, 1, 1.5, 2, 3, 9])).tolist() == [0, 0.25, 0.5, 0.625, 0.875, 1]
    assert sites.at_percentile(25) == 1  # the first of three steps between four sites
    assert sites.at_percentile(50) == 1  # between the second and third: the lower
    assert sites.at_percentile(67) == 2
    assert sites.at_percentile(100) == 3


def test_of_nothing_there_is_no_population() -> None:
    assert population(np.array([np.nan])) is None
    assert set(populations(table([np.nan, 1]).assign(air=np.nan))) == set(BENEFITS) - {"air"}


@given(st.lists(NUMBERS, min_size=1, max_size=40), st.lists(NUMBERS, max_size=10))
def test_shares_are_those_of_midranks(among: list[float], others: list[float]) -> None:
    sites = population(np.array(among))
    assert sites is not None
    values = np.array(among + others)
    assert sites.percentile_share(values).tolist() == midrank_share(values, np.array(among)).tolist()
    percentile = np.percentile(among, 25, method="lower")
    assert sites.at_percentile(25) == percentile


@pytest.mark.parametrize("normaliser", NORMALISERS)
@pytest.mark.parametrize("seed", range(3))
def test_saved_sites_give_the_scores_of_the_run_itself(normaliser: Any, seed: int, toy: Toy, tmp_path: Path) -> None:
    """Twenty thousand sites: a third does nothing, many are equal, some are not known; within a step, most the same."""
    random = np.random.default_rng(seed)
    values = random.lognormal(size=20_000)
    values[random.random(20_000) < 0.3] = 0
    values[random.random(20_000) < 0.2] = 1.5
    values[random.random(20_000) < 0.05] = np.nan
    found = table(values)
    own = benefit_scores(found, normaliser)
    read = saved(toy.study(), found, tmp_path / "run.json")
    again = benefit_scores(found, normaliser, read.populations)
    assert np.abs(again - own).max() <= 0.001 + 1e-9
    assert (again == own).mean() > 0.9
    assert max(len(sites.values) for sites in read.populations.values()) < 1_100


@pytest.mark.parametrize("normaliser", NORMALISERS)
def test_few_sites_are_saved_whole(normaliser: Any, toy: Toy, tmp_path: Path) -> None:
    found = table(np.random.default_rng(1).random(900))
    read = saved(toy.study(), found, tmp_path / "run.json")
    again = benefit_scores(found, normaliser, read.populations)
    assert again.tolist() == benefit_scores(found, normaliser).tolist()


@pytest.mark.parametrize("normaliser", NORMALISERS)
def test_sites_that_are_added_move_no_score(normaliser: Any, toy: Toy, tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    before, added = random.random(5_000), 1 + random.random(2_000)
    read = saved(toy.study(), table(before), tmp_path / "run.json")
    own = benefit_scores(table(before), normaliser)
    more = table(np.append(before, added))
    after = benefit_scores(more, normaliser, read.populations)
    assert np.abs(after[:5_000] - own).max() <= 0.001 + 1e-9
    assert (after[5_000:] == 1).all()  # better than all that were there
    assert np.abs(benefit_scores(more, normaliser)[:5_000] - own).max() > 0.2  # so they would have moved


# ---------------------------------------------------------------- from run to run


def with_reference(toy_or_study: Any, path: Path, **changes: Any) -> Study:
    return toy_or_study.study(**{**changes, "scoring": {"reference": str(path)}})


def record_of(plan: Plan, path: Path, **changes: Any) -> Path:
    told = json.loads(json.dumps(plan.record(), default=str))
    path.write_text(json.dumps({**told, **changes}), encoding="utf-8")
    return path


def test_a_run_with_its_own_saved_sites_is_the_same(tmp_path: Path) -> None:
    plan = small_plan()
    path = record_of(plan, tmp_path / "run.json")
    again = small_plan(study={"scoring": {"reference": str(path)}}, anew=True)
    pd.testing.assert_frame_equal(pd.DataFrame(again.sites), pd.DataFrame(plan.sites))
    assert again.record()[KEY] == plan.record()[KEY]  # it hands on what it was compared with
    assert again.record()[KEY]["run"] == plan.config_hash
    assert again.config_hash != plan.config_hash
    assert again.record()["study"]["scoring"]["reference"] == "run.json"  # no folder of this computer


def test_a_site_keeps_its_score_when_others_join_it(tmp_path: Path) -> None:
    few = small_plan(sites=6)
    path = record_of(few, tmp_path / "run.json")
    many = small_plan(sites=14, study={"scoring": {"reference": str(path)}})
    names = [f"benefit_{name}" for name in BENEFITS]
    before = few.sites.set_index("site_id")[names]
    assert many.sites.set_index("site_id").loc[before.index, names].equals(before)
    alone = small_plan(sites=14).sites.set_index("site_id").loc[before.index, names]
    assert not alone.equals(before)


def test_without_a_file_the_message_says_what_to_give(toy: Toy, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"\[scoring\] reference: nowhere.json is no file") as caught:
        read_reference(with_reference(toy, tmp_path / "nowhere.json"))
    assert "leave the setting out" in caught.value.remedy
    assert read_reference(toy.study()) is None


@pytest.mark.parametrize(
    "content",
    [
        "not json",
        "[]",
        "{}",
        json.dumps({KEY: None}),
        json.dumps({KEY: {"run": "x", "settings": {}, "benefits": {}}}),
        json.dumps({"reference_quantiles": {"carbon": [1, 2]}}),
        json.dumps({KEY: {"run": "x", "settings": {}, "benefits": {"air": {"values": [2, 1], "below": [0, 1]}}}}),
    ],
)
def test_a_file_that_is_no_record_of_a_run_is_refused(content: str, toy: Toy, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=r"is not a run\.json that holds reference sites") as caught:
        read_reference(with_reference(toy, path))
    assert "run that study again" in caught.value.remedy


def test_damaged_figures_are_refused(tmp_path: Path, toy: Toy) -> None:
    told = json.loads(json.dumps(small_plan().record(), default=str))
    told[KEY]["benefits"]["water"]["values"].reverse()
    path = tmp_path / "run.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(DataError, match="the figures of water are damaged"):
        read_reference(with_reference(toy, path))


def test_what_cannot_be_compared_is_told_in_one_message(tmp_path: Path) -> None:
    plan = small_plan()
    told = plan.record()[KEY]
    told["settings"] = {**told["settings"], "horizon_year": 2060, "places": ["E08000009"]}
    told["benefits"] = {n: b for n, b in told["benefits"].items() if n != "water"}
    told["benefits"]["air"] = {**told["benefits"]["air"], "formula": "pollution_kg_per_ha ÷ canopy ha"}
    path = record_of(plan, tmp_path / "run.json", **{KEY: told})
    with pytest.raises(StudyError) as caught:
        small_plan(study={"scoring": {"reference": str(path)}}, anew=True)
    for said in (
        "horizon_year is 2050 here, 2060 there",
        "places is ['E08000001', 'E08000002'] here, ['E08000009'] there",
        "water was not measured there",
        "air is Σ residents served",
    ):
        assert said in caught.value.problem
    assert "run that study again" in caught.value.remedy


def test_a_benefit_of_no_weight_need_not_be_among_the_saved(tmp_path: Path) -> None:
    plan = small_plan()
    told = plan.record()[KEY]
    told["benefits"] = {n: b for n, b in told["benefits"].items() if n != "water"}
    path = record_of(plan, tmp_path / "run.json", **{KEY: told})
    weights = {**plan.study.weights.relative(), "water": 0}
    again = small_plan(study={"weights": weights, "scoring": {"reference": str(path)}}, anew=True)
    assert (again.sites["benefit_water"] == 0).all()
    assert again.sites["rank"].notna().all()
