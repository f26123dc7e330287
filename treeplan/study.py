"""The study file: what to plan, where, with which files, weights and budget. One TOML file, typed, strict, frozen."""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from treeplan.errors import StudyError
from treeplan.vocabulary import BENEFITS, LAND_USES, SETTINGS, present_district_code

Share = Annotated[float, Field(ge=0, le=1)]
TAKE_IN = tuple(use.takes_in for use in LAND_USES.values() if use.takes_in)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SourceSettings(_Strict):
    """One file of the study: where it is, and what it does not say itself."""

    path: str | tuple[str, ...] = Field(
        description="the file, relative to the data folder; a list of files for a layer that gathers them, such as land registers",
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


class ConstraintSettings(_Strict):
    """A change to a constraint that treeplan declares, or one of the planner's own (then `path` and `class` are needed)."""

    keep_off_m: float | None = Field(None, ge=0, le=5_000, description="how far trees keep off, m")
    use: bool = Field(True, description="false switches the constraint off")
    path: str | None = Field(None, description="an own map file, relative to the data folder")
    class_: Literal["excluded", "major constraint", "sensitivities"] | None = Field(
        None, alias="class", description="what it means for a site"
    )
    reason: str | None = Field(None, description="the reason that is printed")


class CoefficientSettings(_Strict):
    """A figure of the study's own in place of a shipped one."""

    low: float = Field(description="the smallest plausible figure")
    central: float = Field(description="the best figure")
    high: float = Field(description="the greatest plausible figure")
    source: str = Field(description="where the figure comes from; printed with the results")


class Weights(_Strict):
    """How much each benefit matters, relative to the others; every one is named once, and 0 leaves one out."""

    carbon: float = Field(ge=0, description="carbon held by the horizon year")
    heat: float = Field(ge=0, description="cooler summers for people whom heat harms most")
    air: float = Field(ge=0, description="pollution taken up where the air is worst")
    water: float = Field(ge=0, description="rain kept out of the drains")
    nature: float = Field(ge=0, description="trees that join up woods and protected places")
    health: float = Field(ge=0, description="trees in reach of people in poor health")
    equity: float = Field(ge=0, description="trees in reach of the most deprived and least leafy places")
    community: float = Field(ge=0, description="work and skills for schools and groups nearby")

    @model_validator(mode="after")
    def _some_weight(self) -> Weights:
        if sum(self.relative().values()) <= 0:
            raise ValueError("at least one benefit needs a weight above 0")
        return self

    def relative(self) -> dict[str, float]:
        """The weights as given, by benefit."""
        return {name: float(getattr(self, name)) for name in BENEFITS}


class PlanSettings(_Strict):
    """What may be spent, and how it must be shared out."""

    budget_gbp: float = Field(gt=0, le=1e9, description="what may be spent on planting and three years of care, £")
    min_share_most_deprived_fifth: Share = Field(
        0, description="least part of the budget for the most deprived fifth of neighbourhoods in England"
    )
    min_share_by_district: Share = Field(0, description="least part of the budget for each district")
    max_share_by_setting: dict[str, Share] = Field(
        default_factory=dict, description="most of the budget for urban or rural sites"
    )
    seconds: float = Field(20, gt=0, le=600, description="time the search for the best plan may take, s")

    @field_validator("max_share_by_setting")
    @classmethod
    def _known_settings(cls, value: dict[str, float]) -> dict[str, float]:
        unknown = sorted(set(value) - set(SETTINGS))
        if unknown:
            raise ValueError(f"knows no setting {', '.join(unknown)}; it knows {', '.join(SETTINGS)}")
        return value


class LandSettings(_Strict):
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


class PeopleSettings(_Strict):
    """Who is near a site."""

    walk_m: float = Field(500, ge=50, le=5_000, description="length of walk within which residents are served, m")


class CertaintySettings(_Strict):
    """How rank certainty is worked out."""

    draws: int = Field(2_000, ge=100, le=100_000, description="number of tries with other weights and figures")
    top: int | None = Field(
        None,
        ge=1,
        description='how many sites count as "the best"; else as many as the budget pays for in order of rank, at least 10; never more than half',
    )


class Study(_Strict):
    """One study: a place, its files, its priorities and its budget.

    Paths in it are relative to the data folder: `data_dir`, else the environment variable TREEPLAN_DATA, else the folder
    of the study file.
    """

    name: str = Field(min_length=1, max_length=80, description="the place; results go to build/<name>/")
    places: tuple[Annotated[str, Field(pattern=r"^E0[6-9]\d{6}$")], ...] = Field(
        (), description="GSS codes of districts, old or new (E08000016 and E08000038 are both Barnsley)"
    )
    area: str | None = Field(None, description="a map file with the study area, in place of codes")
    data_dir: str | None = Field(
        None, description="the folder of the data, from the study file's own; goes before TREEPLAN_DATA"
    )
    invented: bool = Field(False, description="true says on every output that the data are made up and nobody's")
    note: str | None = Field(None, max_length=300, description="a sentence printed at the head of every output")
    horizon_year: int = Field(2050, ge=2030, le=2125, description="the year for which effects are stated")
    planting_year: int = Field(2027, ge=2025, le=2060, description="the year of planting")
    seed: int = Field(1, ge=0, description="seed of the random draws: the same seed gives the same answer")
    reference: Literal["study", "england"] = Field(
        "study", description="the neighbourhoods that needs are compared with: the study's own, or all of England's"
    )
    allow_full_imd: bool = Field(
        False,
        description="use the whole deprivation index although health and air, which are part of it, count on their own too",
    )
    weights: Weights
    plan: PlanSettings
    land: LandSettings = LandSettings()
    people: PeopleSettings = PeopleSettings()
    certainty: CertaintySettings = CertaintySettings()
    sources: dict[str, SourceSettings] = Field(
        default_factory=dict, description="the files: [sources.NAME], names as in `treeplan sources`"
    )
    constraints: dict[str, ConstraintSettings] = Field(
        default_factory=dict, description="constraints changed or added: [constraints.NAME]"
    )
    coefficients: dict[str, CoefficientSettings] = Field(default_factory=dict, description="figures of the study's own")
    folder: Path = Field(Path(), exclude=True, description="set on loading: the folder of the study file")

    @model_validator(mode="after")
    def _has_a_place(self) -> Study:
        if bool(self.places) == bool(self.area):
            raise ValueError("name either places (GSS codes) or area (a map file), one of the two")
        if self.plan.min_share_by_district * len({present_district_code(code) for code in self.places}) > 1:
            raise ValueError(
                f"[plan] min_share_by_district ({self.plan.min_share_by_district:.0%}) times {len(self.places)} districts is more "
                "than the whole budget"
            )
        if self.horizon_year <= self.planting_year:
            raise ValueError(f"horizon_year ({self.horizon_year}) must come after planting_year ({self.planting_year})")
        return self

    @property
    def slug(self) -> str:
        """The name as a folder: "South Yorkshire" → "south_yorkshire"."""
        return "".join(c if c.isalnum() else "_" for c in self.name.casefold()).strip("_") or "study"

    @property
    def data_folder(self) -> Path:
        """Where relative paths start: `data_dir`, else TREEPLAN_DATA, else the folder of the study file."""
        if self.data_dir:
            return self.folder / self.data_dir
        return Path(os.environ["TREEPLAN_DATA"]) if os.environ.get("TREEPLAN_DATA") else self.folder

    def find(self, path: str) -> Path:
        """The file a relative path means: in the data folder, else beside the study file."""
        inside = self.data_folder / path
        beside = self.folder / path
        return beside if not inside.exists() and beside.exists() else inside


def load_study(path: str | Path) -> Study:
    """Read and check a study file.

    Raises
    ------
    StudyError
        The file is missing or not TOML, or settings are unknown, missing or out of bounds: all breaches in one message.
    """
    path = Path(path)
    if not path.is_file():
        near = difflib.get_close_matches(path.name, [p.name for p in path.parent.glob("*.toml")], n=1)
        hint = (
            f"did you mean {path.parent / near[0]}?"
            if near
            else "give the path of a study file, or make one: treeplan new mine.toml"
        )
        raise StudyError(f"there is no study file {path}", hint)
    try:
        raw = path.read_bytes()
        settings = tomllib.loads(raw.decode("utf-8-sig"))
    except OSError as err:
        raise StudyError(
            f"{path} cannot be read ({err.strerror or err})", "see that you may read it, or copy it elsewhere."
        ) from err
    except UnicodeDecodeError as err:
        line = raw[: err.start].count(b"\n") + 1
        raise StudyError(
            f"{path} is not valid TOML: line {line} holds a letter that is not UTF-8 "
            f"({raw.splitlines()[line - 1][:60].decode('cp1252', errors='replace')})",
            "save the file as UTF-8 (Notepad: Save as, Encoding), or write that letter plainly.",
        ) from err
    except tomllib.TOMLDecodeError as err:
        raise StudyError(
            f"{path} is not valid TOML: {err}", "mend that line; `treeplan new` writes a correct example."
        ) from err
    return make_study(settings, folder=path.resolve().parent, origin=str(path))


def make_study(settings: dict[str, Any], folder: Path = Path(), origin: str = "the study") -> Study:
    """A study from settings held in memory, under the same rules as a file.

    Raises
    ------
    StudyError
        As `load_study`.
    """
    try:
        return Study.model_validate({**settings, "folder": folder})
    except ValidationError as err:
        lines = [_breach(e) for e in err.errors()]
        raise StudyError(
            f"{origin} has settings that do not fit:\n  " + "\n  ".join(lines),
            "correct them; docs/study-file.md explains every setting.",
        ) from err


_PLAIN = {
    "float_parsing": "must be a number",
    "int_parsing": "must be a whole number",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "bool_parsing": "must be true or false",
    "string_type": "must be words in quotation marks",
    "tuple_type": 'must be a list in square brackets: ["…"]',
    "list_type": 'must be a list in square brackets: ["…"]',
    "string_pattern_mismatch": "must be a GSS code of an English district, such as E08000038",
}


def _breach(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"]) or "study"
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(error["loc"][-1]), _names_at(error["loc"][:-1]), n=1)
        return f"{where}: no such setting" + (f"; did you mean '{near[0]}'?" if near else "")
    if error["type"] == "missing":
        return f"{where}: is missing"
    message = _PLAIN.get(error["type"], str(error["msg"]).removeprefix("Value error, "))
    if error["type"] in ("model_type", "dict_type"):
        message = _table_at(error["loc"])
    given = error.get("input")
    said = f" (found {given!r})" if isinstance(given, str | int | float | bool) else ""
    return f"{where}: {message[0].lower()}{message[1:]}{said}"


def _table_at(where: tuple[Any, ...]) -> str:
    """What to write where one value stands in place of a table of settings."""
    example = {
        "sources": 'path = "file"',
        "coefficients": 'low = …, central = …, high = …, source = "…"',
        "constraints": "keep_off_m = …",
    }.get(str(where[0]), "")
    if not example or len(where) < 2:
        return f"must be a table: a line [{'.'.join(map(str, where))}], its settings below"
    return f"must be a table: {where[-1]} = {{ {example} }}"


def _names_at(where: tuple[Any, ...]) -> list[str]:
    """The settings there are at one place of the study file."""
    tables: dict[str, type[BaseModel]] = {
        "weights": Weights,
        "plan": PlanSettings,
        "land": LandSettings,
        "people": PeopleSettings,
        "certainty": CertaintySettings,
        "sources": SourceSettings,
        "constraints": ConstraintSettings,
        "coefficients": CoefficientSettings,
    }
    model = tables.get(str(where[0]), Study) if where else Study
    return [field.alias or name for name, field in model.model_fields.items()]
