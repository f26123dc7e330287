from __future__ import annotations

import math

import pandas as pd
import pytest

from tests.needs import needs
from tests.toy import CODES, WEIGHTS, Toy
from treeplan.errors import DataError, StudyError
from treeplan.needs import measure_needs, require_deprivation
from treeplan.needs.deprivation import DOMAIN_WEIGHTS, domain_table, transformed


def test_rank_one_is_a_hundred_and_the_last_rank_is_nearly_nought() -> None:
    index = transformed(pd.Series([1.0, 33_755.0]), 33_755)
    assert index.iloc[0] == pytest.approx(100)
    assert 0 < index.iloc[1] < 0.01


def test_the_neighbourhood_at_rank_one_needs_most(toy: Toy) -> None:
    table_ = needs(toy)
    assert table_["need_deprivation"].idxmax() == CODES[0]
    assert table_["deprivation"].is_monotonic_decreasing


def test_deprivation_by_hand(toy: Toy) -> None:
    share = (33_755 - 15_000 + 1) / 33_755  # every domain at rank 15,000: the weighted mean is that of one domain
    assert needs(toy)["deprivation"].iloc[1] == pytest.approx(-23 * math.log(1 - share * (1 - math.exp(-100 / 23))))


def test_health_and_living_environment_do_not_count_twice(toy: Toy) -> None:
    before = needs(toy)["deprivation"]
    toy.tables["deprivation"] = toy.tables["deprivation"].assign(health_rank=1.0, environment_rank=1.0, imd_rank=1.0)
    assert needs(toy)["deprivation"].tolist() == before.tolist()


def weights(counted: list[str], full: bool = False) -> dict[str, float]:
    return {row["domain"]: row["weight"] for row in domain_table(counted, full)}


def test_domains_left_out_share_their_weight_among_the_others() -> None:
    # Without health and living environment 0.771 is left of 0.999: 0.225 / 0.771, 0.135 / 0.771, 0.093 / 0.771.
    found = weights(["bad_health_ratio", "no2_ugm3"])
    assert (found["health"], found["environment"]) == (0, 0)
    assert found["income"] == pytest.approx(0.225 / 0.771)
    assert found["education"] == pytest.approx(0.135 / 0.771)
    assert found["crime"] == pytest.approx(0.093 / 0.771)
    assert sum(found.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("counted", "out"),
    [
        ([], set()),
        (["young_and_old_pct", "canopy_pct", "heat_risk"], set()),
        (["mental_health"], {"health"}),
        (["illness_ratio", "local_health"], {"health"}),
        (["pm25_ugm3"], {"environment"}),
        (["no_garden_pct"], {"environment"}),
        (["bad_health_pct", "no2_ugm3"], {"health", "environment"}),
    ],
)
def test_a_domain_is_left_out_only_where_a_need_of_its_own_counts(counted: list[str], out: set[str]) -> None:
    assert {name for name, weight in weights(counted).items() if weight == 0} == out
    assert all(weights(counted, full=True).values())


def test_a_need_of_no_weight_takes_no_domain_out(toy: Toy) -> None:
    toy.tables["deprivation"] = toy.tables["deprivation"].assign(health_rank=[1.0, 2.0, 3.0])
    measured = measure_needs(toy.layers, toy.study(weights={**WEIGHTS, "health": 0}), toy.figures)
    kept = {row["domain"] for row in measured.attrs["needs"]["domains"] if row["weight"] > 0}
    assert kept == set(DOMAIN_WEIGHTS) - {"environment"}
    # Health at rank 3 counts 0.135 of 0.906; the other five domains stand at rank 33,000.
    rest, ill = transformed(pd.Series([33_000.0, 3.0]), 33_755)
    assert measured["deprivation"].iloc[2] == pytest.approx((0.771 * rest + 0.135 * ill) / 0.906)


def test_without_needs_of_its_own_the_whole_index_may_stand(toy: Toy) -> None:
    toy.tables["deprivation"] = toy.tables["deprivation"][["lsoa21_code", "imd_rank"]]
    found = needs(toy, weights={**WEIGHTS, "health": 0, "air": 0})["deprivation"]
    assert found.iloc[0] == pytest.approx(transformed(pd.Series([100.0]), 33_755).iloc[0])


def test_allow_full_imd_keeps_every_domain_and_says_so(toy: Toy, caplog: pytest.LogCaptureFixture) -> None:
    toy.tables["deprivation"] = toy.tables["deprivation"].assign(health_rank=1.0, environment_rank=1.0)
    apart = needs(toy)["deprivation"].iloc[2]
    assert "count twice" not in caplog.text
    assert needs(toy, allow_full_imd=True)["deprivation"].iloc[2] > apart + 20  # 0.228 of the weight is at 100
    assert (
        "health (bad_health_pct) and environment (no2_ugm3, pm25_ugm3), which are part of it, count twice"
        in caplog.text
    )


def scores(**changes: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"lsoa21_code": CODES, **{name: [90.0, 50.0, 10.0] for name in DOMAIN_WEIGHTS}, **changes})


def test_published_scores_of_domains_go_before_transformed_ranks(toy: Toy) -> None:
    toy.tables["domain_scores"] = scores(income=[90.0, 50.0, 40.0])
    # Income has 0.225 of 0.771 of the weight: (0.225 × 40 + 0.546 × 10) / 0.771.
    assert needs(toy)["deprivation"].tolist() == pytest.approx([90, 50, (0.225 * 40 + 0.546 * 10) / 0.771])


def test_a_score_that_is_a_rank_is_told(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("treeplan.needs.deprivation.LEAST_JUDGED", 3)
    toy.tables["domain_scores"] = scores(crime=[10.0, 50.0, 90.0])
    with pytest.raises(
        DataError, match=r"domain_scores: crime falls where its rank(.|\n)*is -1\.00 in 3 neighbourhoods"
    ):
        needs(toy)


def test_the_whole_index_is_refused_unless_forced(toy: Toy, caplog: pytest.LogCaptureFixture) -> None:
    toy.tables["deprivation"] = toy.tables["deprivation"][["lsoa21_code", "imd_rank"]]
    with pytest.raises(DataError, match="count twice"):
        needs(toy)
    assert needs(toy, allow_full_imd=True)["deprivation"].notna().all()
    assert "count twice" in caplog.text


def test_the_most_deprived_fifth_is_of_england(toy: Toy) -> None:
    assert needs(toy)["most_deprived_fifth"].tolist() == [True, False, False]


def test_a_floor_for_the_most_deprived_needs_to_know_them(toy: Toy) -> None:
    del toy.tables["deprivation"]
    study = toy.study(plan={"budget_gbp": 1, "min_share_most_deprived_fifth": 0.3})
    with pytest.raises(StudyError, match="no deprivation layer"):
        require_deprivation(toy.layers, study)
