"""The parts of the study file on money and on claims: what is valued, which grants stand beside, what the good of sites is claimed for."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, field_validator, model_validator

from treeplan.settings import Strict
from treeplan.vocabulary import (
    CLAIMABLE,
    CLAIMS,
    EVERY_SITE,
    GRANT_RATES_SINCE,
    PRICE_YEAR,
    SITE_TYPES,
    VALUE_STREAMS,
)


class GrantSettings(Strict):
    """A grant and its rate. It moves money from one purse to another: shown beside what planting is worth, never in it."""

    gbp_per_ha: float = Field(gt=0, le=100_000, description="rate, £ per ha planted")
    as_of: str = Field(
        pattern=r"^20\d\d(-\d\d){0,2}$",
        description=f'when the rate was in force: "2026-04"; rates of before {GRANT_RATES_SINCE} are refused',
    )
    site_types: tuple[str, ...] = Field(
        ("woodland",), min_length=1, description="the types of planting that it pays for"
    )
    source: str = Field("the study file", description="where the rate comes from; printed with it")

    @field_validator("as_of")
    @classmethod
    def _in_force(cls, value: str) -> str:
        if value < GRANT_RATES_SINCE:
            raise ValueError(
                f"is an old rate: grants for new woods pay other rates since {GRANT_RATES_SINCE}; look up the present one, and give "
                "its date with the month"
            )
        return value

    @field_validator("site_types")
    @classmethod
    def _known_types(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(value) - set(SITE_TYPES))
        if unknown:
            raise ValueError(f"knows no type {', '.join(unknown)}; it knows {', '.join(SITE_TYPES)}")
        return value


class MoneySettings(Strict):
    """What planting is worth in money. Without this table nothing but cost is stated in money."""

    count: tuple[str, ...] = Field(
        ("carbon", "air"),
        min_length=1,
        description=f"what is counted: {', '.join(VALUE_STREAMS)}; wellby only alone, cavat never",
    )
    years: int = Field(50, ge=1, le=75, description="years from planting that are counted")
    price_year: int = Field(
        PRICE_YEAR, ge=2010, le=2060, description="the year whose prices are used; another than 2022 needs `deflator`"
    )
    deflator: float | None = Field(
        None,
        gt=0.5,
        lt=5,
        description="prices of price_year over those of 2022, for worth and cost, by HM Treasury's GDP deflator: 1.105 for 2024 (100 over 90.5)",
    )
    cost_factor: float = Field(
        1,
        gt=0.2,
        lt=5,
        description="what costs of planting and of the first years' care are multiplied by, where they are dearer or cheaper here",
    )
    health_as_association: bool = Field(
        False,
        description="true confirms that wellby, counted alone, says what goes with trees and not what they cause",
    )
    grants: dict[str, GrantSettings] = Field(
        default_factory=dict,
        description='grants shown beside: ewco = { gbp_per_ha = …, as_of = "…", source = "…", site_types = ["woodland"] }',
    )

    @field_validator("count")
    @classmethod
    def _can_be_added(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(value) - set(VALUE_STREAMS))
        if unknown:
            raise ValueError(f"knows no {', '.join(unknown)}; it knows {', '.join(VALUE_STREAMS)}")
        if len(set(value)) < len(value):
            raise ValueError("names one thing twice, which would count it twice")
        if "cavat" in value:
            raise ValueError(
                "cannot hold cavat: CAVAT is what the loss of a standing tree would cost, and the trees of this study do not stand "
                "yet; in one total with carbon or a net present value it would count one tree twice. Leave it out, and use it where "
                "standing trees are to be felled"
            )
        if "wellby" in value and len(value) > 1:
            raise ValueError(
                "cannot add wellby to anything: better health goes with trees, but nobody can say that they cause it, and cleaner air "
                'and visits are part of it already. Ask for it alone (count = ["wellby"]), or leave it out'
            )
        return value

    @model_validator(mode="after")
    def _says_what_it_means(self) -> MoneySettings:
        if (self.price_year != PRICE_YEAR) != (self.deflator is not None):
            raise ValueError(
                f"price_year {self.price_year} needs deflator, its prices over those of {PRICE_YEAR} (HM Treasury, GDP deflators)"
                if self.deflator is None
                else f"deflator goes with a price_year other than {PRICE_YEAR}"
            )
        if ("wellby" in self.count) != self.health_as_association:
            raise ValueError(
                'health_as_association goes with count = ["wellby"] alone'
                if self.health_as_association
                else "wellby is association only, no effect of these trees; say that you know: health_as_association = true"
            )
        return self


def _claimed_once(value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """What can be told of claims before there are sites; `claims.with_claims` tells the rest."""
    unknown = sorted({claim for claims in value.values() for claim in claims} - set(CLAIMS))
    if unknown:
        raise ValueError(f"knows no claim {', '.join(unknown)}; it knows {', '.join(CLAIMS)}")
    for name, claims in value.items():
        label = SITE_TYPES[name].label.lower() if name in SITE_TYPES else name
        if name in SITE_TYPES:
            nothing = [claim for claim in claims if name not in CLAIMABLE[claim]]
            if nothing:
                raise ValueError(
                    f"claims {nothing[0]} for {label}, which can hold none; it is for {', '.join(CLAIMABLE[nothing[0]])}"
                )
        for_all = value.get(EVERY_SITE, ()) if name in (*SITE_TYPES, EVERY_SITE) else ()
        together = sorted({*claims, *(claim for claim in for_all if name == EVERY_SITE or name in CLAIMABLE[claim])})
        if len(together) > 1:
            raise ValueError(f"sells the same good twice: {label} under {' and '.join(together)}; leave it one claim")
    return value


Claims = Annotated[dict[str, tuple[str, ...]], AfterValidator(_claimed_once)]
"""Claims by type of planting, `site_id` or "all"."""
