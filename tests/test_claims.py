"""No good is claimed twice, carbon for sale is less its buffer, and a site on peat can claim nothing."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest

from tests.test_study import spoilt
from tests.toy import Toy, block, candidates, ground, open_land, table
from treeplan import make_plan
from treeplan.claims import with_claims
from treeplan.effects import measure_effects
from treeplan.errors import StudyError
from treeplan.study import make_study
from treeplan.vocabulary import CARBON_UNITS, NET_ZERO, SITE_TYPES

BNG_UNITS = "biodiversity net gain"


@pytest.fixture
def both(toy: Toy) -> gpd.GeoDataFrame:
    """A park of a hectare, and a hectare of farmland that becomes a wood."""
    toy.tables["open_land"] = open_land(
        ground(block(450, 450), "farmland", "F1"), ground(block(1450, 450), "park", "P1")
    )
    return candidates(toy, land={"take_in": ["farmland"]})


def claimed(toy: Toy, sites: gpd.GeoDataFrame, claims: dict[str, list[str]]) -> dict[str, str]:
    found = with_claims(sites, toy.layers, toy.study(claims=claims))
    return dict(zip(found["site_id"], found["claim"], strict=True))


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        (
            {"woodland": [CARBON_UNITS, BNG_UNITS, NET_ZERO]},
            "woodland under biodiversity net gain and council net zero and",
        ),
        ({"all": [NET_ZERO], "woodland": [CARBON_UNITS]}, "woodland under council net zero and woodland carbon units"),
        ({"all": [NET_ZERO, BNG_UNITS]}, "all under biodiversity net gain and council net zero"),
        ({"G12-1": [NET_ZERO, BNG_UNITS]}, "G12-1 under biodiversity net gain and council net zero"),
        ({"woodland": ["carbon credits"]}, "knows no claim carbon credits"),
    ],
)
def test_pitfall_17_one_good_under_two_claims_is_refused(claims: dict[str, Any], said: str) -> None:
    with pytest.raises(StudyError) as caught:
        make_study(spoilt(claims=claims))
    assert said in str(caught.value)


def test_pitfall_17_a_site_s_own_claim_beside_that_of_its_type_is_refused(toy: Toy, both: gpd.GeoDataFrame) -> None:
    with pytest.raises(StudyError, match=r"F1-1 \(woodland\) is under woodland carbon units and council net zero"):
        claimed(toy, both, {"woodland": [CARBON_UNITS], "F1-1": [NET_ZERO]})


def test_each_site_is_under_the_claim_of_its_type_or_its_own(toy: Toy, both: gpd.GeoDataFrame) -> None:
    assert claimed(toy, both, {"woodland": [CARBON_UNITS], "P1-1": [NET_ZERO]}) == {
        "F1-1": CARBON_UNITS,
        "P1-1": NET_ZERO,
    }
    assert claimed(toy, both, {"all": [NET_ZERO], "F1-1": [NET_ZERO]}) == {"F1-1": NET_ZERO, "P1-1": NET_ZERO}
    assert claimed(toy, both, {"park": [BNG_UNITS], "woodland": []}) == {"F1-1": "", "P1-1": BNG_UNITS}


@pytest.mark.parametrize("kind", ["street", "park", "tiny_forest", "hedgerow"])
def test_units_for_planting_that_the_code_does_not_cover_are_refused(kind: str) -> None:
    with pytest.raises(StudyError) as caught:
        make_study(spoilt(claims={kind: [CARBON_UNITS]}))
    assert f"for {SITE_TYPES[kind].label.lower()}, which can hold none" in str(caught.value)
    assert "woodland, riparian" in str(caught.value)
    assert make_study(spoilt(claims={kind: [NET_ZERO], "riparian": [CARBON_UNITS]})).claims


def test_units_for_one_park_are_refused(toy: Toy, both: gpd.GeoDataFrame) -> None:
    with pytest.raises(StudyError, match=r"P1-1 \(park trees\) is under woodland carbon units, and can hold none"):
        claimed(toy, both, {"P1-1": [CARBON_UNITS]})


def test_units_for_all_are_for_the_woods_only(toy: Toy, both: gpd.GeoDataFrame) -> None:
    assert claimed(toy, both, {"all": [CARBON_UNITS]}) == {"F1-1": CARBON_UNITS, "P1-1": ""}
    both_kinds = claimed(toy, both, {"all": [CARBON_UNITS], "park": [NET_ZERO]})
    assert both_kinds == {"F1-1": CARBON_UNITS, "P1-1": NET_ZERO}
    with pytest.raises(StudyError, match="F1-1"):
        claimed(toy, both, {"all": [CARBON_UNITS], "F1-1": [NET_ZERO]})


def test_a_study_that_claims_nothing_leaves_the_sites_as_they_are(toy: Toy, both: gpd.GeoDataFrame) -> None:
    assert with_claims(both, toy.layers, toy.study()) is both


def test_a_claim_for_a_site_that_is_not_there_is_told(toy: Toy, both: gpd.GeoDataFrame) -> None:
    with pytest.raises(StudyError, match=r"names F9-1, which is neither a type of planting nor a site.*\n.*F1-1"):
        claimed(toy, both, {"F9-1": [NET_ZERO]})


# ---------------------------------------------------------------- peat


def test_a_site_on_peat_can_claim_nothing(toy: Toy, both: gpd.GeoDataFrame, caplog: pytest.LogCaptureFixture) -> None:
    toy.tables["peat"] = table([block(540, 540, 100, 100)], depth_cm=[20.0])  # a corner of the wood
    assert claimed(toy, both, {"all": [NET_ZERO]}) == {"F1-1": "", "P1-1": NET_ZERO}
    assert "1 of 2 sites lie on mapped peat" in caplog.text


def test_peat_beside_a_site_is_not_in_it(toy: Toy, both: gpd.GeoDataFrame) -> None:
    toy.tables["peat"] = table([block(550, 450, 100, 100)])
    assert claimed(toy, both, {"all": [NET_ZERO]})["F1-1"] == NET_ZERO


def test_a_site_on_peat_that_is_named_is_refused(toy: Toy, both: gpd.GeoDataFrame) -> None:
    toy.tables["peat"] = table([block(540, 540, 100, 100)], depth_cm=[20.0])
    with pytest.raises(StudyError, match="names F1-1, on mapped peat"):
        claimed(toy, both, {"F1-1": [CARBON_UNITS]})


def test_deep_peat_claims_nothing_even_where_its_constraint_is_switched_off(toy: Toy) -> None:
    toy.tables["peat"] = table([block(400, 400, 300, 300)], depth_cm=[80.0])
    settings = {"constraints": {"peat": {"use": False}}, "claims": {"all": [NET_ZERO]}}
    plan = make_plan(toy.study(**settings), toy.layers)
    assert dict(zip(plan.sites["site_id"], plan.sites["claim"], strict=True))["P1-1"] == ""
    assert set(plan.sites["claim"]) == {"", NET_ZERO}
    assert "P1-1" not in make_plan(toy.study(claims={"all": [NET_ZERO]}), toy.layers).sites["site_id"].tolist()


# ---------------------------------------------------------------- carbon for sale


def test_carbon_for_sale_is_four_fifths_of_what_is_predicted_and_of_woods_only(
    toy: Toy, both: gpd.GeoDataFrame
) -> None:
    study = toy.study(claims={"all": [CARBON_UNITS]})
    effects = measure_effects(with_claims(both, toy.layers, study), toy.layers, study, toy.figures).at(2050)
    assert effects.loc["F1-1", "carbon_claimable_tco2e"] == pytest.approx(0.8 * effects.loc["F1-1", "carbon_tco2e"])
    assert effects.loc["P1-1", "carbon_tco2e"] > 0
    assert effects.loc["P1-1", "carbon_claimable_tco2e"] == 0


def test_no_carbon_is_for_sale_while_the_soil_is_in_debt(toy: Toy, both: gpd.GeoDataFrame) -> None:
    study = toy.study(claims={"woodland": [CARBON_UNITS]})
    effects = measure_effects(with_claims(both, toy.layers, study), toy.layers, study, toy.figures)
    soon = effects.at(2030)
    assert soon.loc["F1-1", "carbon_tco2e"] < 0
    assert soon.loc["F1-1", "carbon_claimable_tco2e"] == 0
    assert (np.diff(effects.values["carbon_claimable_tco2e"], axis=0) >= 0).all()


@pytest.mark.parametrize("claims", [{}, {"all": [NET_ZERO]}])
def test_where_no_carbon_is_sold_the_effect_is_absent(
    toy: Toy, both: gpd.GeoDataFrame, claims: dict[str, list[str]]
) -> None:
    study = toy.study(claims=claims)
    effects = measure_effects(with_claims(both, toy.layers, study), toy.layers, study, toy.figures)
    assert "carbon_claimable_tco2e" not in effects.values
