"""The tables of the study file: what each setting means, its default and its bounds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from treeplan.vocabulary import (
    LAND_USES,
    NORMALISERS,
    TREE_EQUITY_INDICATORS,
    Aggregator,
    Normaliser,
)

Share = Annotated[float, Field(ge=0, le=1)]
TAKE_IN = tuple(use.takes_in for use in LAND_USES.values() if use.takes_in)


class Strict(BaseModel):
    """Settings that know their names and do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SourceSettings(Strict):
    """One file of the study: where it is, and what it does not say itself."""

    path: str | tuple[str, ...] = Field(
        description="the file, relative to the data folder; a list of files for a layer that gathers them, such as land "
        "registers; a folder of GeoTIFF tiles, or a list of them, for a raster",
        min_length=1,
    )
    columns: dict[str, str] = Field(
        default_factory=dict, description='its headings where they are not the publisher\'s: ours = "theirs"'
    )
    inside: str | None = Field(None, description="the table or layer wanted, in a file that holds several")
    crs: str | None = Field(
        None, description='the coordinate reference system, in a map file that does not say ("EPSG:27700")'
    )
    keep: str | None = Field(
        None, description='pattern that the area code must match ("E01*"); other rows are left out'
    )
    nodata: float | None = Field(
        None, allow_inf_nan=True, description='the value that means "not surveyed", in a raster that does not say'
    )
    warp: bool = Field(
        False,
        description="true warps a raster that is in degrees or another grid to British National Grid, by nearest neighbour; else "
        "it is refused",
    )
    features: int | None = Field(
        None, ge=1, description="how many features the publisher states; a file with fewer or more is refused"
    )
    covers: str | None = Field(
        None, description="a map file of the area this file is complete for, where that is not the whole study"
    )
    vintage: str | None = Field(None, description="the edition of this file, where it is not the one treeplan knows")

    @property
    def paths(self) -> tuple[str, ...]:
        """Its files."""
        return (self.path,) if isinstance(self.path, str) else self.path

    @model_validator(mode="after")
    def _counts_one_file(self) -> SourceSettings:
        if self.features is not None and len(self.paths) > 1:
            raise ValueError("features states the count of one file; leave it out where path is a list")
        return self


class ConstraintSettings(Strict):
    """A change to a constraint that treeplan declares, or one of the planner's own (then `path` and `class` are needed)."""

    keep_off_m: float | None = Field(None, ge=0, le=5_000, description="how far trees keep off, m")
    use: bool = Field(True, description="false switches the constraint off")
    path: str | None = Field(None, description="an own map file, relative to the data folder")
    class_: Literal["excluded", "major constraint", "sensitivities"] | None = Field(
        None, alias="class", description="what it means for a site"
    )
    reason: str | None = Field(None, description="the reason that is printed")


class CoefficientSettings(Strict):
    """A figure of the study's own in place of a shipped one."""

    low: float = Field(description="the smallest plausible figure")
    central: float = Field(description="the best figure")
    high: float = Field(description="the greatest plausible figure")
    source: str = Field(description="where the figure comes from; printed with the results")
    as_of: str | None = Field(
        None,
        pattern=r"^\d{4}(-\d{2}){0,2}$",
        description='its date: "2026", "2026-04" or "2026-04-01"; grant rates need one',
    )


class ScenarioSettings(Strict):
    """A change of the study, set beside it by `treeplan compare`: any of its settings, as they stand in the study file."""

    model_config = ConfigDict(extra="allow")

    label: str | None = Field(
        None, min_length=1, max_length=60, description="what it is called in tables; else its NAME in plain words"
    )
    note: str | None = Field(None, max_length=300, description="a sentence on what it changes, and why")

    @property
    def changes(self) -> dict[str, Any]:
        """The settings that it puts in place of the study's."""
        return dict(self.model_extra or {})


class LandSettings(Strict):
    """Which land may be planted."""

    take_in: tuple[str, ...] = Field((), description=f"land that is out unless named here: {', '.join(TAKE_IN)}")
    prefer: dict[str, str] = Field(
        default_factory=dict, description='the planting wanted on a kind of land, where it fits: grass = "tiny_forest"'
    )
    canopy_height_m: float = Field(2.5, ge=0.5, le=10, description="height from which vegetation counts as canopy, m")

    @field_validator("take_in")
    @classmethod
    def _known_land(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(value) - set(TAKE_IN))
        if unknown:
            raise ValueError(f"cannot take in {', '.join(unknown)}; it can take in {', '.join(TAKE_IN)}")
        return value

    @field_validator("prefer")
    @classmethod
    def _possible_types(cls, value: dict[str, str]) -> dict[str, str]:
        for use, kind in value.items():
            possible = LAND_USES[use].site_types if use in LAND_USES else ()
            if kind not in possible:
                uses = {name: facts.site_types for name, facts in LAND_USES.items() if len(facts.site_types) > 1}
                raise ValueError(
                    f"{use} cannot be {kind}; "
                    + (f"it can be {', '.join(possible)}" if possible else f"land to choose for: {', '.join(uses)}")
                )
        return value


class PeopleSettings(Strict):
    """Who is near a site."""

    walk_m: float = Field(500, ge=50, le=5_000, description="length of walk within which residents are served, m")
    straight_line: bool = Field(
        False,
        description="true measures walks as the straight line × the detour factor, even where ways to walk are mapped",
    )
    homes: Literal["buildings", "streets", "centroids", "even"] | None = Field(
        None,
        description="where residents are placed: in mapped homes, along residential streets, at population-weighted centroids, "
        "or evenly; else the first of these that the study has for a neighbourhood",
    )


class CanopySettings(Strict):
    """What counts as canopy, and which kind of source says so."""

    source: Literal["heights", "mask", "shapes", "land_cover", "classified"] | None = Field(
        None,
        description="the kind of source that canopy is taken from, where the study has several; else the first it has of "
        "heights, mask, shapes (woods and trees outside them; with tree points alone only when it is named here), classified "
        "image, land cover",
    )
    tree_classes: tuple[int, ...] = Field(
        (10,),
        min_length=1,
        description="the classes of a land-cover raster that count as trees; 10 is tree cover in ESA WorldCover",
    )
    goal_pct: float = Field(30, gt=0, le=100, description="canopy that every neighbourhood should come to, %")


class ClassifierSettings(Strict):
    """How trees are told apart in a picture from the air, by the points labelled tree or not tree."""

    block_m: float | None = Field(
        None,
        ge=50,
        le=50_000,
        description="side of the squares whose points are held back together when the map is tested, m; else more than 1 km "
        "where the points lie far enough apart, and as large as leaves five squares where not",
    )
    labels_are_random_sample: bool = Field(
        False,
        description="true confirms that the points were drawn at random from the whole study area, each spot as likely as any "
        "other; only then is canopy corrected for the map's errors",
    )
    texture_m: tuple[float, float] = Field(
        (5, 15), description="sides of the two windows in which texture is measured, m; at least three and five cells"
    )

    @field_validator("texture_m")
    @classmethod
    def _two_sizes(cls, value: tuple[float, float]) -> tuple[float, float]:
        if not 0 < value[0] < value[1] <= 200:
            raise ValueError("must be two sides above 0 and up to 200 m, the smaller first")
        return value


class NeedsSettings(Strict):
    """How needs of neighbourhoods are measured."""

    fill_missing: bool = Field(
        False,
        description="true fills values that a neighbourhood lacks from its likes, marks them and states the error; else they "
        "stay unknown",
    )
    types: int | None = Field(
        None,
        ge=2,
        le=12,
        description="how many kinds of neighbourhood are told apart; else the number from 3 to 7 that stand apart best",
    )
    for_benefit: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description='the needs that a benefit answers, in place of its own: health = ["illness_ratio"] (`treeplan needs` lists them)',
    )


class TreeEquitySettings(Strict):
    """How the Tree Equity Score is reproduced; what its makers have not published for the UK is a setting here."""

    baseline_pct: float = Field(30, gt=0, le=100, description="canopy goal before density counts, %")
    density_factors: tuple[tuple[float, float], ...] = Field(
        ((0, 1.2), (2_000, 1.0), (4_000, 0.8), (8_000, 0.5)),
        description="from so many residents per km², the goal is the baseline times this factor; the UK table is not published, "
        "these are the factors of the United States",
    )
    most_of_baseline: float = Field(1.5, ge=1, le=5, description="no goal is more than the baseline times this")
    gaps_within: Literal["district", "country"] = Field(
        "district",
        description="where the largest gap is looked for in the score that is banded and compared: both scores are worked out, and "
        "the study stands for the country",
    )
    indicators_within: Literal["district", "country"] = Field(
        "country",
        description="where the least and greatest value of an indicator are looked for; the study stands for the country",
    )
    floor: float = Field(0.1, ge=0, lt=1, description="least priority that a gap counts with, 0–1")
    weights: dict[str, float] = Field(
        default_factory=dict,
        description="weight of an indicator relative to the others, 1 where not named, 0 to leave it out: "
        + ", ".join(TREE_EQUITY_INDICATORS),
    )

    @field_validator("density_factors")
    @classmethod
    def _from_nought_upwards(cls, value: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        starts = [start for start, _ in value]
        if not starts or starts[0] != 0 or starts != sorted(set(starts)) or any(factor <= 0 for _, factor in value):
            raise ValueError(
                "must begin at 0 residents per km² and go upwards, with factors above 0: [[0, 1.2], [2000, 1.0]]"
            )
        return value

    @field_validator("weights")
    @classmethod
    def _known_indicators(cls, value: dict[str, float]) -> dict[str, float]:
        unknown = sorted(set(value) - set(TREE_EQUITY_INDICATORS))
        if unknown:
            raise ValueError(f"knows no indicator {', '.join(unknown)}; it knows {', '.join(TREE_EQUITY_INDICATORS)}")
        if min(value.values(), default=1) < 0 or not any(value.get(n, 1) for n in TREE_EQUITY_INDICATORS):
            raise ValueError("weights must be 0 or more, and one at least above 0")
        return value


class GrowthSettings(Strict):
    """How what is planted is looked after."""

    aftercare: bool = Field(
        True,
        description="whether it is watered and weeded in its first years; false leaves that out: fewer trees live, and it costs less",
    )


Mix = tuple[tuple[str, Annotated[int, Field(ge=2, le=24)], Share], ...]

URBAN_FRINGE: dict[str, Mix] = {
    "low": (("OK", 4, 1.0),),
    "central": (("SAB", 6, 0.5), ("SAB", 4, 0.25), ("OK", 4, 0.25)),
    "high": (("SAB", 8, 1.0),),
}
"""Species and yield classes of a wood at the edge of a town (METHODS.md 6.4): oak; sycamore, ash and birch."""


class CarbonSettings(Strict):
    """How the carbon of new woods is worked out."""

    mix: dict[str, Mix] = Field(
        URBAN_FRINGE,
        description="what grows in a new wood, for the low, central and high figures: species code of the Woodland Carbon Code, yield "
        "class, share; used with [sources.woodland_carbon_lookup]",
    )
    spacing_m: float = Field(
        2.5,
        gt=0,
        le=5,
        description="distance between the trees when planted, m; used with [sources.woodland_carbon_lookup]",
    )
    farmland: Literal["pasture", "arable"] = Field(
        "pasture", description="what farmland was used for; planting loses more carbon from the soil of pasture"
    )

    @field_validator("mix")
    @classmethod
    def _whole_mixes(cls, value: dict[str, Mix]) -> dict[str, Mix]:
        if sorted(value) != ["central", "high", "low"]:
            raise ValueError("must say low, central and high, each a list of [species, yield class, share]")
        for level, parts in value.items():
            whole = sum(share for _, _, share in parts)
            if abs(whole - 1) > 1e-6:
                raise ValueError(f"{level}: the shares come to {whole:g}; they must come to 1")
        return value


class ScoringSettings(Strict):
    """How what planting does becomes benefits of 0 to 1, and benefits one priority."""

    normaliser: Normaliser = Field(
        "percentile",
        description="how a benefit becomes 0 to 1: where a site stands among the candidate sites (percentile), or where it lies "
        "between the 2.5 and 97.5 percentiles of them, so that how far apart two sites are counts (winsorised)",
    )
    aggregator: Aggregator = Field(
        "geometric",
        description="the kind of weighted mean: geometric and power let one benefit make up for another in part only, arithmetic "
        "in full",
    )
    power: float = Field(
        0,
        ge=-5,
        le=1,
        description="the power of the power mean: 1 is arithmetic, 0 geometric, below that the weakest benefit counts most",
    )
    epsilon: float = Field(
        0.01,
        ge=0.0001,
        le=0.1,
        description="added to each benefit before a geometric or power mean, so that one benefit of nought does not wipe out the rest "
        "(assumption, to be verified)",
    )
    missing_percentile: float = Field(
        25,
        ge=0,
        le=50,
        description="a benefit that could not be measured counts as this percentile of the candidate sites, so that missing never helps",
    )
    reference: str | None = Field(
        None,
        min_length=1,
        description="the run.json of another run of this study, whose candidate sites benefits are compared with, so that no score moves "
        "because sites were added; else the study's own",
    )


class CertaintySettings(Strict):
    """How rank certainty is worked out."""

    draws: int = Field(
        10_000,
        ge=100,
        le=100_000,
        description="number of tries with other weights and figures; with 10,000 a share is known to 1 in 100",
    )
    concentration: float = Field(
        4,
        ge=0.1,
        le=1_000,
        description="how near the study's weights others are drawn, times the number of benefits: 1, with equal weights, draws any "
        "weights alike",
    )
    normalisers: tuple[Normaliser, ...] = Field(
        NORMALISERS, description="ways of making benefits 0 to 1 that are drawn, beside that of [scoring]"
    )
    aggregators: tuple[Aggregator, ...] = Field(
        ("geometric", "arithmetic"), description="kinds of mean that are drawn, beside that of [scoring]"
    )
    top: int | None = Field(
        None,
        ge=1,
        description='how many sites count as "the best"; else as many as the budget pays for in order of rank, at least 10; never more than half',
    )
