"""The parts of the study file on weights: how much each benefit matters, presets to start from, and what a workshop changes."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, model_validator

from treeplan.settings import Strict
from treeplan.vocabulary import BENEFITS


@dataclass(frozen=True)
class Preset:
    """Weights to start a conversation from, and whom they may suit. A preset is nobody's finding."""

    audience: str
    weights: dict[str, float]


def _preset(audience: str, **weights: float) -> Preset:
    return Preset(audience, {name: float(weights.get(name, 1)) for name in BENEFITS})


# Judgements of our own, to be changed in a room with people: assumption, to be verified.
PRESETS: dict[str, Preset] = {
    "equal": _preset("nobody in particular: every benefit counts the same"),
    "people first": _preset(
        "residents and ward councillors: health, fairness and heat before the rest",
        heat=3,
        air=2,
        health=3,
        equity=3,
        community=2,
    ),
    "health partners": _preset(
        "public health and the NHS: health, clean air and heat, where people are worst off",
        heat=3,
        air=3,
        health=4,
        equity=3,
    ),
    "cooling": _preset(
        "those who plan for heat waves: heat first, then who suffers from it", heat=4, health=2, equity=2
    ),
    "nature and carbon": _preset(
        "climate and wildlife officers, woodland funders: carbon and nature, then water", carbon=3, water=2, nature=3
    ),
    "flood and water": _preset(
        "flood authorities and water companies: rain held back, and the nature along it", water=4, nature=2
    ),
    "schools and groups": _preset(
        "schools, volunteers and community groups: what gives people work and skills near home",
        nature=2,
        health=2,
        equity=2,
        community=4,
    ),
}
"""Presets by the name that stands in a study file."""


class Weights(Strict):
    """How much each benefit matters, relative to the others; every one is named once, and 0 leaves one out."""

    carbon: float = Field(ge=0, description="carbon held by the horizon year")
    heat: float = Field(ge=0, description="cooler summers for people whom heat harms most")
    air: float = Field(ge=0, description="pollution taken up where the air is worst")
    water: float = Field(ge=0, description="rain kept out of the drains")
    nature: float = Field(ge=0, description="trees that join up woods and protected places")
    health: float = Field(ge=0, description="trees in reach of people in poor health")
    equity: float = Field(ge=0, description="trees in reach of the most deprived and least leafy places")
    community: float = Field(ge=0, description="work and skills for schools and groups nearby")

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        name = " ".join(given.casefold().split())
        if name not in PRESETS:
            near = difflib.get_close_matches(name, PRESETS, n=1)
            meant = f"did you mean '{near[0]}'? " if near else ""
            raise ValueError(f"names no preset; {meant}there are: {', '.join(PRESETS)}")
        return PRESETS[name].weights

    @model_validator(mode="after")
    def _some_weight(self) -> Weights:
        if sum(self.relative().values()) <= 0:
            raise ValueError("at least one benefit needs a weight above 0")
        return self

    def relative(self) -> dict[str, float]:
        """The weights as given, by benefit."""
        return {name: float(getattr(self, name)) for name in BENEFITS}


class WorkshopSettings(Strict):
    """What becomes of the weights that people gave in a workshop ([sources.workshop_weights])."""

    use: bool = Field(
        True,
        description="false leaves the people's weights out, and [weights] counts; so does a scenario that has weights of its own",
    )
    combine: Literal["people", "groups"] = Field(
        "people",
        description="whose mean the weights are: of all people, each counting the same, or of the groups, each counting the same",
    )
    leave_out_inconsistent: bool = Field(
        False,
        description="true leaves out people whose judgements by pairs contradict one another (consistency ratio 0.10 or more); "
        "else they are flagged and count",
    )
