from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.toy import Toy
from treeplan.reasons import contributions, reasons_of, reasons_table
from treeplan.scoring import priority
from treeplan.settings import ScoringSettings
from treeplan.study import Study
from treeplan.vocabulary import AGGREGATORS, BENEFITS

EQUAL = np.full(8, 1 / 8)
THOUSANDTHS = st.integers(0, 1000).map(lambda n: n / 1000)


def table(benefits: Any, study: Study, lacking: Any = "") -> pd.DataFrame:
    """Sites S0, S1 … with these benefits, ranked as `scoring.score` ranks them."""
    weight = study.weights.relative()
    share = np.array([weight[name] for name in BENEFITS]) / sum(weight.values())
    rules, values = study.scoring, np.asarray(benefits, dtype=float)
    scores = pd.DataFrame(values, columns=[f"benefit_{name}" for name in BENEFITS])
    scores["site_id"] = [f"S{i:05}" for i in range(len(scores))]
    scores["priority"] = priority(values, share, rules.aggregator, rules.power, rules.epsilon)
    order = scores.sort_values(["priority", "site_id"], ascending=[False, True]).index
    scores.loc[order, "rank"] = np.arange(1.0, len(scores) + 1)
    return scores.assign(not_measured=lacking)


def two(toy: Toy, **scoring: Any) -> Study:
    """Carbon and heat alone have weight, three to one."""
    weights = {**dict.fromkeys(BENEFITS, 0), "carbon": 3, "heat": 1}
    return toy.study(weights=weights, scoring=scoring)


def row(carbon: float, heat: float) -> list[float]:
    return [carbon, heat, *[0.9] * 6]


def test_parts_of_the_geometric_mean_by_hand(toy: Toy) -> None:
    """ε + x is 0.1 and 1, ten and a hundred times ε: logarithms one to two, weights three to one."""
    scores = table([row(0.09, 0.99)], two(toy))
    told = reasons_table(scores, two(toy)).loc["S00000"]
    assert told[["part_carbon", "part_heat"]].tolist() == pytest.approx([3 / 5, 2 / 5])
    assert told["part_air"] == 0  # it has no weight


def test_parts_of_the_other_means_by_hand(toy: Toy) -> None:
    arithmetic = contributions(np.array([[0.2, 0.4]]), np.array([0.75, 0.25]), ScoringSettings(aggregator="arithmetic"))
    assert arithmetic[0].tolist() == pytest.approx([0.15 / 0.25, 0.1 / 0.25])
    rules = ScoringSettings(aggregator="power", power=-1, epsilon=0.1)
    power = contributions(np.array([[0.1, 0.4]]), np.array([0.5, 0.5]), rules)
    assert power[0].tolist() == pytest.approx([5 / 13, 8 / 13])  # 10 − 5 and 10 − 2


@pytest.mark.parametrize("aggregator", AGGREGATORS)
@settings(max_examples=40)
@given(
    benefits=arrays(float, (5, 8), elements=THOUSANDTHS),
    weight=arrays(float, 8, elements=st.floats(0, 1)).filter(lambda w: w.sum() > 0.1),
    power=st.floats(-5, 1),
)
def test_parts_add_up_to_the_priority(aggregator: Any, benefits: Any, weight: Any, power: float) -> None:
    share = weight / weight.sum()
    parts = contributions(benefits, share, ScoringSettings(aggregator=aggregator, power=power))
    nothing = (benefits * share).sum(axis=1) == 0
    assert parts.sum(axis=1) == pytest.approx(np.where(nothing, 0, 1))
    assert ((parts >= 0) & (parts <= 1 + 1e-9)).all()
    assert (parts[:, weight == 0] == 0).all()


def test_the_sum_behind_the_parts_is_that_of_the_priority() -> None:
    """Σ w · ln((ε + x) / ε) = ln((ε + P) / ε) for the geometric mean; the same with powers for the power mean."""
    benefits = np.random.default_rng(3).random((20, 8))
    mean = np.exp(np.log(0.01 + benefits) @ EQUAL) - 0.01
    parts = contributions(benefits, EQUAL, ScoringSettings())
    assert parts[:, 2] == pytest.approx(np.log1p(benefits[:, 2] / 0.01) / 8 / np.log1p(mean / 0.01))
    mean = ((0.01 + benefits) ** -2 @ EQUAL) ** (-1 / 2) - 0.01
    parts = contributions(benefits, EQUAL, ScoringSettings(aggregator="power", power=-2))
    assert parts[:, 2] == pytest.approx(
        ((0.01 + benefits[:, 2]) ** -2 - 0.01**-2) / 8 / ((0.01 + mean) ** -2 - 0.01**-2)
    )


def test_what_would_raise_a_site_by_hand(toy: Toy) -> None:
    """Eleven sites with carbon 0, 0.1 … 1 and heat the other way about: the 90th percentile of both is 0.9."""
    study = two(toy, aggregator="arithmetic")
    scores = table([row(i / 10, 1 - i / 10) for i in range(11)], study)
    middle = reasons_of(scores, study, "S00005")
    assert (middle.rank, middle.priority, middle.ranked) == (6, 0.5, 11)
    first, second = middle.would_raise
    assert (first.benefit, first.priority_if_good, first.rank_if_good) == ("carbon", 0.8, 1)  # 0.75 × 0.9 + 0.125
    assert (second.benefit, second.priority_if_good, second.rank_if_good) == ("heat", 0.6, 4)  # S00007 has 0.6 too
    best = reasons_of(scores, study, "S00010")
    assert [part.benefit for part in best.parts] == ["carbon", "heat"]
    assert best.would_raise == ()  # nobody is before it
    assert reasons_of(scores, study, "S00001").would_raise[0].rank_if_good == 1  # 0.75 × 0.9 + 0.25 × 0.9


def test_of_sites_with_one_priority_the_first_by_its_id_goes_before(toy: Toy) -> None:
    study = two(toy, aggregator="arithmetic")
    scores = table([row(0.4, 0.4), row(0.8, 0.0), row(0.4, 0.8), row(0.6, 0.0)], study)
    told = reasons_table(scores, study)
    assert scores["priority"].tolist() == [0.4, 0.6, 0.5, 0.45]
    # the 90th percentiles are 0.6 and 0.4
    assert told["priority_if_good_carbon"].tolist() == [0.55, 0.6, 0.65, 0.45]
    assert told["rank_if_good_carbon"].tolist() == [2, 1, 1, 3]
    assert told["priority_if_good_heat"].tolist() == [0.4, 0.7, 0.5, 0.55]
    tied = table([row(0.4, 0.4), row(0.5, 0.1), row(0.1, 0.9), row(0.5, 0.1)], study)
    assert reasons_table(tied, study)["rank_if_good_heat"].tolist() == [1, 1, 4, 1]  # 0.4, 0.475, 0.3, 0.475


@settings(max_examples=30)
@given(
    benefits=arrays(float, (9, 8), elements=st.integers(0, 20).map(lambda n: n / 20)),
    site=st.integers(0, 8),
    which=st.integers(0, 7),
    aggregator=st.sampled_from(AGGREGATORS),
)
def test_the_rank_if_good_is_the_rank_when_all_are_ranked_again(
    benefits: Any, site: int, which: int, aggregator: Any
) -> None:
    study = Toy().study(scoring={"aggregator": aggregator, "power": -1})
    scores = table(benefits, study)
    good = np.percentile(benefits[:, which], 90, method="lower")
    raised = benefits.copy()
    raised[site, which] = max(raised[site, which], good)
    name = list(BENEFITS)[which]
    told = reasons_table(scores, study).iloc[site]
    again = table(raised, study).iloc[site]
    assert told[f"priority_if_good_{name}"] == again["priority"]
    assert told[f"rank_if_good_{name}"] == again["rank"]


def test_the_order_of_rows_changes_no_reason(toy: Toy) -> None:
    study = toy.study()
    scores = table(np.random.default_rng(8).integers(0, 11, (40, 8)) / 10, study)
    told = reasons_table(scores, study)
    turned = reasons_table(scores.iloc[::-1].reset_index(drop=True), study)
    pd.testing.assert_frame_equal(turned.sort_index(), told.sort_index())


def test_a_site_without_a_rank_has_no_reasons_and_counts_for_no_other(toy: Toy) -> None:
    study = two(toy)
    scores = table([row(0.9, 0.9), row(0.2, 0.2), row(0.5, 0.5)], study, ["carbon", "", ""])
    scores.loc[0, ["priority", "rank"]] = np.nan
    scores.loc[[2, 1], "rank"] = [1.0, 2.0]
    lost = reasons_of(scores, study, "S00000")
    assert lost.would_raise == ()
    assert lost.not_measured == ("carbon",)
    assert all(math.isnan(part.share) and math.isnan(part.rank_if_good) for part in lost.parts)
    assert not lost.parts[0].measured or not lost.parts[1].measured
    assert reasons_of(scores, study, "S00001").ranked == 2
    assert reasons_of(scores, study, "S00001").would_raise == ()  # the 90th percentile of two is the lower one
    unranked = scores.assign(priority=np.nan, rank=np.nan)
    assert reasons_table(unranked, study).isna().all().all()


def test_one_site_and_sites_that_are_all_equal_have_reasons(toy: Toy) -> None:
    study = toy.study()
    for n in (1, 5):
        scores = table(np.full((n, 8), 0.5), study)
        told = reasons_of(scores, study, "S00000")
        assert [part.share for part in told.parts] == pytest.approx([1 / 8] * 8)
        assert told.would_raise == ()
    nothing = reasons_of(table(np.zeros((3, 8)), study), study, "S00002")
    assert (nothing.priority, nothing.rank) == (0, 3)
    assert [part.share for part in nothing.parts] == [0] * 8


def test_what_has_no_weight_is_no_reason(toy: Toy) -> None:
    study = toy.study(weights={**dict.fromkeys(BENEFITS, 0), "water": 2})
    scores = table(np.random.default_rng(2).random((6, 8)).round(3), study)
    told = reasons_of(scores, study, "S00003")
    assert [(part.benefit, part.weight, part.share) for part in told.parts] == [("water", 1, 1)]
