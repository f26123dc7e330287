"""What is drawn, and that a draw is scored as the pipeline would score it with the same choices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.test_certainty import made_up
from tests.toy import WEIGHTS, Toy
from treeplan.acceptability import accept
from treeplan.draws import RUNGS, Drawn, draw, draw_weights, kinds_of
from treeplan.formulas import FORMULAS
from treeplan.reference import populations
from treeplan.scoring import benefit_scores, priority
from treeplan.vocabulary import BENEFITS


def uneven(n: int = 40) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Sites whose low and high figures are of different widths, so that places move ranks."""
    scores, qualities = made_up(n)
    chance = np.random.default_rng(8)
    central = qualities["central"]
    low, high = central * chance.uniform(0.2, 1, central.shape), central * chance.uniform(1, 3, central.shape)
    return scores, {"low": low, "central": central, "high": high}


def drawn_for(toy: Toy, **settings: Any) -> tuple[Drawn, dict[str, pd.DataFrame]]:
    scores, qualities = uneven()
    study = toy.study(certainty={"draws": 200}, **settings)
    return draw(scores["site_id"], qualities, np.arange(len(scores)), study), qualities


@pytest.mark.parametrize("power", [0.0, 0.5, -2.0])
def test_every_draw_is_ranked_as_the_pipeline_scores_its_choices(toy: Toy, power: float) -> None:
    rules = {"aggregator": "power", "power": power} if power else {"aggregator": "geometric"}
    drawn, qualities = drawn_for(toy, scoring=rules)
    sites = drawn.scored.sites
    found = accept(drawn.scored, drawn.draws, drawn.means, 5, followed=range(sites))
    low, central, high = (qualities[level] for level in ("low", "central", "high"))
    for d in range(0, 200, 5):
        told = drawn.inputs.iloc[d]
        place = pd.Series({name: told[f"place_{FORMULAS[name].effect}"] for name in BENEFITS}, dtype=float)
        at = central + (high - central).mul(place.clip(lower=0)) + (central - low).mul(place.clip(upper=0))
        share = np.array([told[f"weight_{name}"] for name in BENEFITS], dtype=float)
        benefits = benefit_scores(at, told["normaliser"])
        order = np.argsort(-priority(benefits, share, told["aggregator"], power), kind="stable")
        assert (found.ranks[d, order] == np.arange(1, sites + 1)).all()


def test_weights_lie_around_those_given_and_0_stays_0(toy: Toy) -> None:
    """Dirichlet of 4 × 2 benefits × (1/4, 3/4): means 1/4 and 3/4, variance (1/4 × 3/4) / 9."""
    study = toy.study(certainty={"draws": 20_000})
    weight = draw_weights({"heat": 1, "air": 0, "water": 3}, ("heat", "air", "water"), study)
    assert (weight[:, 1] == 0).all()
    assert weight.sum(axis=1) == pytest.approx(1)
    assert weight.mean(axis=0) == pytest.approx([0.25, 0, 0.75], abs=0.005)
    assert weight[:, 0].var() == pytest.approx(0.1875 / 9, rel=0.05)


def test_one_weight_alone_is_always_1(toy: Toy) -> None:
    weight = draw_weights({"heat": 2.0}, ("heat",), toy.study())
    assert (weight == 1).all()


def test_one_effect_has_one_place_in_a_draw(toy: Toy) -> None:
    drawn, _ = drawn_for(toy)
    assert FORMULAS["health"].effect == FORMULAS["equity"].effect == "canopy_pp"
    places = [name for name in drawn.inputs if name.startswith("place_")]
    assert len(places) == len({formula.effect for formula in FORMULAS.values()}) == 7
    assert set(drawn.inputs["place_canopy_pp"]) <= set(np.linspace(-1, 1, RUNGS).round(3))


def test_places_are_triangular_but_for_their_rungs(toy: Toy) -> None:
    scores, qualities = uneven()
    inputs = draw(scores["site_id"], qualities, np.arange(40), toy.study(certainty={"draws": 20_000})).inputs
    place = inputs["place_runoff_m3"]
    width = 2 / (RUNGS - 1)
    assert place.mean() == pytest.approx(0, abs=0.01)
    assert place.var() == pytest.approx(1 / 6 + width**2 / 12, rel=0.03), "rounding adds a twelfth of a rung's square"


def test_a_factor_that_is_the_same_everywhere_makes_no_further_rows(toy: Toy) -> None:
    scores, qualities = made_up()
    drawn = draw(scores["site_id"], qualities, np.arange(40), toy.study())
    assert len(drawn.scored.rows) == 2 * len(BENEFITS), "one for each normaliser"


def test_the_studys_own_way_of_scoring_is_always_drawn(toy: Toy) -> None:
    assert len(kinds_of(toy.study())) == 4
    one = toy.study(
        scoring={"normaliser": "winsorised", "aggregator": "power", "power": 0.3},
        certainty={"normalisers": [], "aggregators": ["arithmetic"]},
    )
    assert kinds_of(one) == (("winsorised", "arithmetic"), ("winsorised", "power"))


def test_saved_reference_sites_move_with_the_figures(toy: Toy) -> None:
    """All figures twice as high, here and there, leave each benefit where it was: only one row for each benefit."""
    scores, qualities = made_up()
    study = toy.study(certainty={"normalisers": ["percentile"]})
    saved = populations(qualities["central"].iloc[:20] * 1.1)
    drawn = draw(scores["site_id"], qualities, np.arange(40), study, reference=saved)
    assert len(drawn.scored.rows) == len(BENEFITS)
    expected = np.rint(1_000 * benefit_scores(qualities["central"], "percentile", saved))
    assert (drawn.scored.rows[drawn.draws.row[0]] == expected.T).all()


def test_benefits_that_others_alone_weigh_are_scored_and_move_nothing_here(toy: Toy) -> None:
    scores, qualities = uneven()
    study = toy.study(weights=WEIGHTS | {"carbon": 0})
    alone, beside = (
        draw(scores["site_id"], qualities, np.arange(40), study, others) for others in ([], [WEIGHTS | {"heat": 0}])
    )
    assert beside.names == tuple(BENEFITS)
    assert alone.names == tuple(BENEFITS)[1:]
    pd.testing.assert_frame_equal(alone.inputs, beside.inputs)
    assert (beside.draws.weight[:, 0] == 0).all()
