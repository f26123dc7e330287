"""Weights of a run: the study's own, or the people's of a workshop, with nobody to be made out."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.toy import WEIGHTS, Toy
from treeplan.errors import StudyError
from treeplan.vocabulary import BENEFITS
from treeplan.weights import Weighting, group_shares, shares, weigh

NAMES = list(BENEFITS)


def person(k: int, group: str = "residents", method: str = "points", **answers: Any) -> dict[str, Any]:
    return {"row": k + 2.0, "person": str(k), "group": group, "method": method, "best": None, "worst": None, **answers}


def weighed(*people: dict[str, Any], toy: Toy | None = None, **workshop: Any) -> Weighting:
    study = (toy or Toy()).study(**({"workshop": workshop} if workshop else {}))
    return weigh(study, {"workshop_weights": pd.DataFrame(list(people))})


def some(count: int, group: str = "residents", first: int = 0, **answers: Any) -> list[dict[str, Any]]:
    return [person(first + k, group, **answers) for k in range(count)]


# ---------------------------------------------------------------- the study's own


def test_shares_are_parts_of_all(toy: Toy) -> None:
    study = toy.study(weights={**dict.fromkeys(WEIGHTS, 0), "heat": 3, "air": 1})
    assert {n: s for n, s in shares(study).items() if s} == {"heat": 0.75, "air": 0.25}


def test_without_a_workshop_the_study_s_own_weights_count(toy: Toy) -> None:
    study = toy.study()
    found = weigh(study, {})
    assert found.study is study
    assert found.shares == found.given == dict.fromkeys(NAMES, 0.125)
    assert (found.groups, found.clusters, len(found.people), len(found.spread)) == ({}, (), 0, 0)
    assert found.record() == {"from": "study file", "study_file": dict.fromkeys(NAMES, 0.125)}


def test_a_workshop_that_is_asked_for_must_be_there(toy: Toy) -> None:
    with pytest.raises(StudyError, match=r"no \[sources.workshop_weights\]") as caught:
        weigh(toy.study(workshop={"combine": "groups"}), {})
    assert "treeplan weights sheet" in caught.value.remedy
    assert weigh(toy.study(workshop={"use": False}), {}).used is False


# ---------------------------------------------------------------- people


def test_the_weights_are_the_mean_of_the_people() -> None:
    """Shares 1, 0.5 and 0 for heat: the mean is 0.5; for air 0, 0.5 and 1."""
    found = weighed(person(1, heat=10.0), person(2, heat=5.0, air=5.0), person(3, air=1.0))
    assert found.used
    assert {n: s for n, s in shares(found.study).items() if s} == pytest.approx({"heat": 0.5, "air": 0.5})
    assert found.given == dict.fromkeys(NAMES, 0.125)


def test_every_person_counts_the_same_or_every_group() -> None:
    """Three residents want heat, one officer wants air: 3 to 1 by people, 1 to 1 by groups."""
    people = [*some(3, heat=1.0), person(9, "officers", air=1.0)]
    assert weighed(*people).shares["heat"] == pytest.approx(0.75)
    assert weighed(*people, combine="groups").shares["heat"] == pytest.approx(0.5)


def test_each_method_gives_the_weights_in_mind() -> None:
    """Health 4, heat 2, carbon 1 of 7, in four ways of asking."""
    nothing = dict.fromkeys(NAMES, 0.0)
    people = [
        person(1, **nothing | {"health": 40.0, "heat": 20.0, "carbon": 10.0}),
        person(2, method="swing", **nothing | {"health": 100.0, "heat": 50.0, "carbon": 25.0}),
        person(3, method="pairs", **{"heat : carbon": 2.0, "health : heat": 2.0, "carbon : health": 0.25}),
        person(4, method="best-worst")
        | {"best": "health", "worst": "carbon", "best : heat": 2.0, "heat : worst": 2.0, "health : worst": 4.0},
    ]
    table = weighed(*people).people
    wanted = [4 / 7 if n == "health" else 2 / 7 if n == "heat" else 1 / 7 if n == "carbon" else 0 for n in NAMES]
    assert table[NAMES].to_numpy() == pytest.approx(np.array([wanted] * 4), abs=1e-9)
    assert table["consistency"].isna().tolist() == [True, True, False, False]
    assert table["consistency"].dropna().tolist() == pytest.approx([0, 0], abs=1e-9)


CIRCLE = {"heat : carbon": 9.0, "carbon : health": 9.0, "health : heat": 9.0}


def test_judgements_that_go_in_a_circle_are_flagged_and_count(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody leads in a circle, so the three share alike; CR is (λ − 3) / 2 / 0.58 with λ = 1 + 9 + 1/9."""
    found = weighed(person(1, heat=1.0), person(2, method="pairs", **CIRCLE))
    odd = found.people[~found.people["consistent"]]
    assert odd["person"].tolist() == ["2"]
    assert odd["consistency"].tolist() == pytest.approx([(1 + 9 + 1 / 9 - 3) / 2 / 0.58])
    assert odd["doubt"].iloc[0] == "carbon : heat is 0.11, the person's other answers say 1"
    assert found.shares["heat"] == pytest.approx((1 + 1 / 3) / 2)
    assert "the pairs of 1 person contradict" in caplog.text


def test_the_study_may_leave_out_who_contradicts_himself() -> None:
    people = [person(1, heat=1.0), person(2, method="pairs", **CIRCLE)]
    found = weighed(*people, leave_out_inconsistent=True)
    assert found.shares["heat"] == pytest.approx(1)
    assert found.people["counts"].tolist() == [True, False]
    with pytest.raises(StudyError, match="leaves out everybody"):
        weighed(people[1], leave_out_inconsistent=True)


def test_unlike_sets_of_benefits_are_told(caplog: pytest.LogCaptureFixture) -> None:
    weighed(person(1, heat=1.0), person(2, method="pairs", **{"heat : carbon": 3.0}))
    assert "not everybody compared the same benefits (1 compared 2, 1 compared 8)" in caplog.text


def test_a_study_may_read_a_workshop_and_not_use_it(toy: Toy) -> None:
    found = weighed(*some(5, heat=1.0), toy=toy, use=False)
    assert shares(found.study) == dict.fromkeys(NAMES, 0.125)
    assert found.shares["heat"] == 1
    assert found.record()["from"] == "study file"


def test_groups_spelt_in_capitals_are_one() -> None:
    assert weighed(*some(3, "Residents", heat=1.0), *some(3, "residents", first=5, air=1.0)).group_people == {
        "Residents": 6
    }


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(9)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    people = [person(k, "ab"[k % 2], **{NAMES[k % 8]: 3.0 + k, NAMES[(k + 3) % 8]: 1.0}) for k in range(9)]
    straight, turned = weighed(*people), weighed(*[people[k] for k in order])
    assert turned.study.weights == straight.study.weights
    assert turned.record() == straight.record()
    assert turned.people.equals(straight.people)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), min_size=8, max_size=8).filter(any), min_size=1, max_size=12))
def test_shares_add_to_one_and_lie_between_people(answers: list[list[int]]) -> None:
    found = weighed(*[person(k, **dict(zip(NAMES, map(float, own), strict=True))) for k, own in enumerate(answers)])
    assert sum(found.shares.values()) == pytest.approx(1)
    assert sum(shares(found.study).values()) == pytest.approx(1)
    for name in NAMES:
        assert found.people[name].min() - 1e-12 <= found.shares[name] <= found.people[name].max() + 1e-12


# ---------------------------------------------------------------- spread and groups


def test_how_far_people_differ() -> None:
    """Heat has 0, 0.25, 0.5, 0.75 and 1 of five people: mean 0.5, sd √(0.625 / 4), 5 % at 0.05, 95 % at 0.95."""
    found = weighed(*[person(k, heat=float(k), air=4.0 - k) for k in range(5)]).spread
    assert found.loc["heat"].tolist() == pytest.approx([0.5, (0.625 / 4) ** 0.5, 0.05, 0.95])
    assert found.loc["carbon"].tolist() == [0, 0, 0, 0]


def test_groups_have_means_of_their_own() -> None:
    found = weighed(*some(5, "east", heat=1.0, air=1.0), *some(6, "west", air=1.0))
    assert found.group_people == {"east": 5, "west": 6}
    assert found.groups["east"]["heat"] == found.groups["east"]["air"] == 0.5
    assert group_shares(found)["west"].tolist() == [float(n == "air") for n in NAMES]


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [
        ({"a": 5, "b": 5}, {"a": 5, "b": 5}),
        ({"a": 3, "b": 2, "c": 7}, {"others": 5, "c": 7}),
        ({"a": 3, "b": 6, "c": 7}, {"others": 9, "c": 7}),  # else the mean of all would tell what the three want
        ({"a": 4, "b": 9}, {"others": 13}),
        ({"a": 1, "b": 2}, {"others": 3}),
        ({"others": 9, "b": 2, "c": 8}, {"others": 11, "c": 8}),
        ({"a": 8}, {"a": 8}),
    ],
)
def test_groups_of_fewer_than_five_are_never_told_apart(sizes: dict[str, int], shown: dict[str, int]) -> None:
    start = itertools.count(step=50)
    people = [p for name, size in sizes.items() for p in some(size, name, next(start), heat=1.0)]
    found = weighed(*people)
    assert found.group_people == shown
    assert set(found.groups) == (set() if set(shown) == {"others"} else set(shown))


def test_a_workshop_of_few_people_tells_no_spread() -> None:
    found = weighed(*some(4, heat=1.0))
    assert found.spread.empty
    assert found.record()["people"] == "fewer than 5"
    assert "workshop" not in found.record()


# ---------------------------------------------------------------- clusters


def two_kinds(health: int, nature: int, odd: int = 0) -> list[dict[str, Any]]:
    return [
        *[person(k, health=6.0, equity=3.0 + k % 2, heat=1.0) for k in range(health)],
        *[person(100 + k, nature=6.0 + k % 2, carbon=3.0) for k in range(nature)],
        *[person(200 + k, community=1.0) for k in range(odd)],
    ]


def test_people_who_want_the_same_are_seen_together() -> None:
    first, second = weighed(*two_kinds(7, 6)).clusters
    assert (first.people, first.first) == (7, ("health", "equity"))
    assert (second.people, second.first) == (6, ("nature", "carbon"))
    # four people give health 6 of 10 points, three 6 of 11
    assert first.shares["health"] == pytest.approx((4 * 6 / 10 + 3 * 6 / 11) / 7)
    assert first.plain == "7 people put Health and Fairness first (58 % and 33 %)"


def test_few_odd_people_hide_no_cluster_and_make_none() -> None:
    assert [c.people for c in weighed(*two_kinds(7, 6, odd=3)).clusters] == [7, 6]


def test_a_cluster_has_five_people() -> None:
    assert weighed(*two_kinds(9, 4)).clusters == ()
    assert weighed(*two_kinds(5, 4)).clusters == ()
    assert weighed(*some(20, heat=1.0)).clusters == ()


# ---------------------------------------------------------------- privacy


def test_what_is_published_names_nobody() -> None:
    people = two_kinds(7, 6) + some(3, "the mayor's office", 300, air=1.0)
    for k, own in enumerate(people):
        own["person"] = f"nickname-{k}"
    told = json.dumps(weighed(*people).record())
    assert "nickname" not in told
    assert "mayor" not in told
