"""`[plan]`: contradictions are refused before anything is read."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from treeplan.plan_settings import PlanSettings


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"lock_in": ["a", "b"], "lock_out": ["b"]}, "b cannot be in both lock_in and lock_out"),
        (
            {"lock_in": ["a", "b"], "conflicts": [["b", "c", "a"]]},
            "lock_in holds b and a, of which conflicts allows one",
        ),
        ({"lock_in": ["a", "a"]}, "names a twice"),
        ({"conflicts": [["a"]]}, "two or more sites"),
        ({"conflicts": [["a", "a"]]}, "two or more sites"),
        ({"min_share_by_ward": {"W": 0.6, "X": 0.5}}, "min_share_by_ward adds up to 110% of the budget"),
        (
            {"min_share_by_setting": {"rural": 0.5}, "max_share_by_setting": {"rural": 0.4}},
            "asks 50% for rural, max_share_by_setting allows 40%",
        ),
        ({"min_share_by_ward": 0.2, "max_share_by_ward": 0.1}, "asks 20% for each ward"),
        ({"min_share_by_ward": 0.2, "max_share_by_ward": {"W": 0.1}}, "asks 20% for W"),
        ({"min_share_by_setting": {"suburban": 0.1}}, "knows no setting suburban; it knows urban, rural"),
        ({"max_share_by_site_type": {"tree": 0.1}}, "knows no site type tree"),
        ({"max_share_by_owner_tier": {"5": 0.1}}, "knows no owner tier 5"),
        ({"phases": {"2027": 60, "2028": 30}}, "phases come to £90; they must come to budget_gbp, £100"),
        ({"phases": {"next year": 100}}, "knows no year next year"),
        ({"objective": "least shortfall"}, "needs targets"),
        ({"targets": {"heat": 0.5}}, "targets count only with"),
        ({"objective": "least shortfall", "targets": {"shade": 0.5}}, "knows no benefit shade"),
        ({"min_share_by_district": 1.5}, "less than or equal to 1"),
        ({"min_share_by_district": {"D": -0.1}}, "greater than or equal to 0"),
    ],
)
def test_what_does_not_fit_is_refused(plan: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        PlanSettings(budget_gbp=100, **plan)


def test_only_what_is_asked_for_counts() -> None:
    plan = PlanSettings(
        budget_gbp=1,
        min_share_by_district=0.1,
        max_share_by_ward={"W": 0.5},
        min_share_by_setting={},
        max_share_by_site_type=1,
    )
    assert plan.asks_by_group == (("min_share_by_district", "district", False), ("max_share_by_ward", "ward", True))
    assert plan.share_of("max_share_by_ward", "W") == 0.5
    assert plan.share_of("max_share_by_ward", "X") == 1
    assert plan.share_of("min_share_by_district", "D") == 0.1
