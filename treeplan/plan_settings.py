"""The study file's `[plan]`: what may be spent, how it must be shared out, and what the plan is to reach."""

from __future__ import annotations

import itertools
import re
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from treeplan.settings import Share, Strict
from treeplan.vocabulary import BENEFITS, OWNER_TIERS, SETTINGS, SITE_TYPES


def _kind(given: object) -> str:
    return "by name" if isinstance(given, dict) else "each"


ByGroup = Annotated[Annotated[Share, Tag("each")] | Annotated[dict[str, Share], Tag("by name")], Discriminator(_kind)]
"""A share of the budget: one number for each group, or a table by name."""

Gbp = Annotated[float, Field(ge=0, le=1e9)]

GROUPINGS: dict[str, tuple[str, ...] | None] = {
    "district": None,
    "ward": None,
    "owner_tier": tuple(str(tier) for tier in OWNER_TIERS),
    "site_type": tuple(SITE_TYPES),
    "setting": tuple(SETTINGS),
}
"""What floors and caps may be by, and the names that are known beforehand."""

_EACH = "one number for each, or a table by name"


class PlanSettings(Strict):
    """What may be spent, how it must be shared out, and what the plan is to reach."""

    budget_gbp: float = Field(
        gt=0, le=1e9, description="what may be spent on planting and care, £ in prices of 2022, as costs are"
    )
    min_share_most_deprived_fifth: Share = Field(
        0, description="least part of the budget for the most deprived fifth of neighbourhoods in England"
    )
    min_share_by_district: ByGroup = Field(0.0, description=f"least part of the budget for each district; {_EACH}")
    min_share_by_ward: ByGroup = Field(0.0, description=f"least part of the budget for wards that have sites; {_EACH}")
    min_share_by_owner_tier: ByGroup = Field(
        0.0, description=f'least part of the budget by owner tier, "1" (public) to "4"; {_EACH}'
    )
    min_share_by_site_type: ByGroup = Field(0.0, description=f"least part of the budget by type of site; {_EACH}")
    min_share_by_setting: ByGroup = Field(
        0.0, description=f"least part of the budget for urban or rural sites; {_EACH}"
    )
    max_share_by_district: ByGroup = Field(1.0, description=f"most of the budget for each district; {_EACH}")
    max_share_by_ward: ByGroup = Field(1.0, description=f"most of the budget for each ward; {_EACH}")
    max_share_by_owner_tier: ByGroup = Field(1.0, description=f"most of the budget by owner tier; {_EACH}")
    max_share_by_site_type: ByGroup = Field(1.0, description=f"most of the budget by type of site; {_EACH}")
    max_share_by_setting: ByGroup = Field(
        default_factory=dict, description=f"most of the budget for urban or rural sites; {_EACH}"
    )
    min_trees: int = Field(0, ge=0, le=100_000_000, description="least number of trees that the plan must come to")
    min_hectares: float = Field(0, ge=0, le=1e6, description="least land that the plan must plant, ha")
    lock_in: tuple[str, ...] = Field((), description="ids of sites that must be in the plan")
    lock_out: tuple[str, ...] = Field((), description="ids of sites that must not be in the plan")
    conflicts: tuple[tuple[str, ...], ...] = Field(
        (), description="lists of ids of sites of which at most one may be chosen, such as two designs for one place"
    )
    closeness: Share = Field(
        0,
        description="a chosen site counts up to this part more where the four nearest sites are chosen too; 0 leaves that out",
    )
    closeness_m: float = Field(300, gt=0, le=5_000, description="how near sites are that count as near one another, m")
    phases: dict[str, Gbp] = Field(
        default_factory=dict,
        description="what comes in each year, £, together the budget: 2027 = 100000; what is not spent goes on to the next year",
    )
    objective: Literal["most", "least shortfall"] = Field(
        "most", description="whether the plan does most in all, or stays least short of the targets"
    )
    targets: dict[str, Annotated[float, Field(gt=0, le=1)]] = Field(
        default_factory=dict,
        description="for the least shortfall: benefit to the part wanted of the most that the budget could do for it alone",
    )
    seconds: float = Field(20, gt=0, le=600, description="time the search for the best plan may take, s")

    @field_validator("lock_in", "lock_out")
    @classmethod
    def _named_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({site for site in value if value.count(site) > 1})
        if twice:
            raise ValueError(f"names {', '.join(twice)} twice")
        return value

    @field_validator("conflicts")
    @classmethod
    def _sets_of_two(cls, value: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        for sites in value:
            if len(set(sites)) < 2 or len(set(sites)) < len(sites):
                raise ValueError("each list must name two or more sites, each once")
        return value

    @field_validator("phases")
    @classmethod
    def _years(cls, value: dict[str, float]) -> dict[str, float]:
        wrong = sorted(year for year in value if not re.fullmatch(r"2\d{3}", year))
        if wrong:
            raise ValueError(f"knows no year {', '.join(wrong)}; write 2027 = 100000")
        return value

    @field_validator("targets")
    @classmethod
    def _known_benefits(cls, value: dict[str, float]) -> dict[str, float]:
        unknown = sorted(set(value) - set(BENEFITS))
        if unknown:
            raise ValueError(f"knows no benefit {', '.join(unknown)}; it knows {', '.join(BENEFITS)}")
        return value

    @model_validator(mode="after")
    def _known_groups(self) -> PlanSettings:
        for grouping, known in GROUPINGS.items():
            for setting in (f"min_share_by_{grouping}", f"max_share_by_{grouping}"):
                given = getattr(self, setting)
                unknown = sorted(set(given) - set(known)) if known and isinstance(given, dict) else []
                if unknown:
                    what = grouping.replace("_", " ")
                    raise ValueError(
                        f"{setting} knows no {what} {', '.join(unknown)}; it knows {', '.join(known or ())}"
                    )
        return self

    @model_validator(mode="after")
    def _floors_within_caps(self) -> PlanSettings:
        for grouping in GROUPINGS:
            low, high = self.share(f"min_share_by_{grouping}"), self.share(f"max_share_by_{grouping}")
            names = {*(low if isinstance(low, dict) else ()), *(high if isinstance(high, dict) else ())}
            if isinstance(low, dict) and sum(low.values()) > 1 + 1e-9:
                raise ValueError(f"min_share_by_{grouping} adds up to {sum(low.values()):.0%} of the budget")
            for name in sorted(names) or [""]:
                least, most = (
                    self.share_of(f"min_share_by_{grouping}", name),
                    self.share_of(f"max_share_by_{grouping}", name),
                )
                if least > most:
                    whose = name or f"each {grouping.replace('_', ' ')}"
                    raise ValueError(
                        f"min_share_by_{grouping} asks {least:.0%} for {whose}, max_share_by_{grouping} allows {most:.0%}"
                    )
        return self

    @model_validator(mode="after")
    def _no_contradiction(self) -> PlanSettings:
        both = sorted(set(self.lock_in) & set(self.lock_out))
        if both:
            raise ValueError(f"{', '.join(both)} cannot be in both lock_in and lock_out")
        for sites in self.conflicts:
            together = [site for site in sites if site in self.lock_in]
            if len(together) > 1:
                raise ValueError(f"lock_in holds {' and '.join(together)}, of which conflicts allows one at most")
        return self

    @model_validator(mode="after")
    def _phases_are_the_budget(self) -> PlanSettings:
        total = sum(self.phases.values())
        if self.phases and abs(total - self.budget_gbp) > 1:
            raise ValueError(f"phases come to £{total:,.0f}; they must come to budget_gbp, £{self.budget_gbp:,.0f}")
        return self

    @model_validator(mode="after")
    def _targets_with_their_objective(self) -> PlanSettings:
        if self.objective == "least shortfall" and not self.targets:
            raise ValueError('objective = "least shortfall" needs targets, such as { heat = 0.5 }')
        if self.targets and self.objective != "least shortfall":
            raise ValueError('targets count only with objective = "least shortfall"')
        return self

    def share(self, setting: str) -> ByGroup:
        """A floor or cap as it was given."""
        given: ByGroup = getattr(self, setting)
        return given

    def share_of(self, setting: str, group: str) -> float:
        """A floor or cap as it stands for one group: 0 or 1 where none is asked for."""
        given = self.share(setting)
        return given.get(group, float(setting.startswith("max"))) if isinstance(given, dict) else given

    @property
    def asks_by_group(self) -> tuple[tuple[str, str, bool], ...]:
        """Setting, grouping, and whether it is a cap, of every floor and cap that is asked for."""
        asked = []
        for grouping, at_most in itertools.product(GROUPINGS, (False, True)):
            setting = f"{'max' if at_most else 'min'}_share_by_{grouping}"
            given = self.share(setting)
            if given if isinstance(given, dict) or not at_most else given < 1:
                asked.append((setting, grouping, at_most))
        return tuple(asked)
