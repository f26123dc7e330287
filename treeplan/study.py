"""The study file: what to plan, where, with which files, weights and budget. One TOML file, typed, strict, frozen."""

from __future__ import annotations

import datetime as dt
import difflib
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError, model_validator

from treeplan.errors import StudyError
from treeplan.money_settings import Claims, GrantSettings, MoneySettings
from treeplan.plan_settings import PlanSettings
from treeplan.settings import (
    CanopySettings,
    CarbonSettings,
    CertaintySettings,
    ClassifierSettings,
    CoefficientSettings,
    ConstraintSettings,
    GrowthSettings,
    LandSettings,
    NeedsSettings,
    PeopleSettings,
    ScenarioSettings,
    ScoringSettings,
    SourceSettings,
    Strict,
    TreeEquitySettings,
)
from treeplan.vocabulary import CARBON_UNITS, CLAIMABLE, CLAIMS, EVERY_SITE, SITE_TYPES, present_district_code
from treeplan.weight_settings import Weights, WorkshopSettings

LAST_PLANTING_MONTH = 3
"""Bare-rooted trees are planted from November to March."""


class Study(Strict):
    """One study: a place, its files, its priorities and its budget.

    Paths in it are relative to the data folder: `data_dir`, else the environment variable TREEPLAN_DATA, else the folder
    of the study file.
    """

    name: str = Field(min_length=1, max_length=80, description="the place; results go to build/<name>/")
    places: tuple[Annotated[str, Field(pattern=r"^E(0[6-9]\d{6}|92000001)$")], ...] = Field(
        (),
        description="GSS codes of districts, old or new (E08000016 and E08000038 are both Barnsley), or E92000001 for all of England",
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
    workshop: WorkshopSettings = WorkshopSettings()
    plan: PlanSettings
    land: LandSettings = LandSettings()
    people: PeopleSettings = PeopleSettings()
    canopy: CanopySettings = CanopySettings()
    classifier: ClassifierSettings = ClassifierSettings()
    needs: NeedsSettings = NeedsSettings()
    tree_equity: TreeEquitySettings = TreeEquitySettings()
    growth: GrowthSettings = GrowthSettings()
    carbon: CarbonSettings = CarbonSettings()
    scoring: ScoringSettings = ScoringSettings()
    certainty: CertaintySettings = CertaintySettings()
    money: MoneySettings | None = None
    claims: Claims = Field(
        default_factory=dict,
        description='what the good of sites is claimed for, by type of planting, site_id or "all": woodland = ["woodland carbon units"]; '
        f"one claim at most for any site ({', '.join(CLAIMS)}); {CARBON_UNITS} are for {' and '.join(CLAIMABLE[CARBON_UNITS])} alone",
    )
    sources: dict[str, SourceSettings] = Field(
        default_factory=dict, description="the files: [sources.NAME], names as in `treeplan sources`"
    )
    constraints: dict[str, ConstraintSettings] = Field(
        default_factory=dict, description="constraints changed or added: [constraints.NAME]"
    )
    coefficients: dict[str, CoefficientSettings] = Field(default_factory=dict, description="figures of the study's own")
    scenarios: dict[str, ScenarioSettings] = Field(
        default_factory=dict, exclude=True, description="changes of the study to set beside it: [scenarios.NAME]"
    )
    folder: Path = Field(Path(), exclude=True, description="set on loading: the folder of the study file")

    @model_validator(mode="after")
    def _has_a_place(self) -> Study:
        if bool(self.places) == bool(self.area):
            raise ValueError("name either places (GSS codes) or area (a map file), one of the two")
        each = self.plan.min_share_by_district
        if not isinstance(each, dict) and each * len({present_district_code(code) for code in self.places}) > 1:
            raise ValueError(
                f"[plan] min_share_by_district ({each:.0%}) times {len(self.places)} districts is more than the whole budget"
            )
        if self.horizon_year <= self.planting_year:
            raise ValueError(f"horizon_year ({self.horizon_year}) must come after planting_year ({self.planting_year})")
        return self

    def scenario(self, name: str) -> Study:
        """The study as one of its scenarios has it: the settings that the scenario names in place of the study's.

        Tables are laid over one another setting by setting; a list, or any other value, takes the place of the study's. Where
        a scenario has weights of its own, a workshop's do not count in it, unless it says so.
        """
        own = self.model_dump(exclude_unset=True, by_alias=True)
        changes = self.scenarios[name].changes
        if "weights" in changes:
            changes = _laid_over({"workshop": {"use": False}}, changes)
        return Study.model_validate({**_laid_over(own, changes), "folder": self.folder})

    def label_of(self, scenario: str) -> str:
        """What a scenario is called: its label, else its name in plain words ("more_woods" → "More woods")."""
        plain = scenario.replace("_", " ").strip()
        return self.scenarios[scenario].label or plain[:1].upper() + plain[1:]

    def published(self) -> dict[str, Any]:
        """The settings as outputs may print them: no site by its id, which may be private land, and no folder of this computer."""
        told = self.model_dump(mode="json", by_alias=True, exclude={"folder", "data_dir", "scenarios"})
        named = [name for name in self.claims if name not in (EVERY_SITE, *SITE_TYPES)]
        told["claims"] = {name: claims for name, claims in told["claims"].items() if name not in named}
        if named:
            told["claims"]["sites named by id"] = len(named)
        for name in ("lock_in", "lock_out", "conflicts"):
            told["plan"][name] = f"{len(told['plan'][name])} named by id" if told["plan"][name] else []
        for table in (*told["sources"].values(), *told["constraints"].values()):
            if table.get("path"):
                paths = [table["path"]] if isinstance(table["path"], str) else table["path"]
                short = [printed_path(path) for path in paths]
                table["path"] = short[0] if isinstance(table["path"], str) else short
        if told["scoring"]["reference"]:
            told["scoring"]["reference"] = printed_path(told["scoring"]["reference"])
        return told

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


def require_planting_ahead(study: Study, today: dt.date) -> None:
    """Stop at a planting year that is over: until March it may be the last one, for the planting season then still runs.

    Raises
    ------
    StudyError
        The year is past.
    """
    first = today.year - (1 if today.month <= LAST_PLANTING_MONTH else 0)
    if study.planting_year < first:
        raise StudyError(
            f"planting_year is {study.planting_year}, which is past: this run is of {today:%-d %B %Y}",
            f"set planting_year to {first} or later (and see that horizon_year still comes after it); to repeat an old run as it was, "
            "set SOURCE_DATE_EPOCH to its date in seconds since 1970.",
        )


def printed_path(path: str) -> str:
    """A path as outputs may print it: one that begins at the root of a computer is told by its last part alone."""
    return Path(path).name if Path(path).is_absolute() else path


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
    cause: ValidationError | None = None
    try:
        study = Study.model_validate({**settings, "folder": folder})
        lines = _scenario_breaches(study)
    except ValidationError as err:
        cause, lines = err, [_breach(e) for e in err.errors()]
    if lines:
        raise StudyError(
            f"{origin} has settings that do not fit:\n  " + "\n  ".join(lines),
            "correct them; docs/study-file.md explains every setting.",
        ) from cause
    return study


def _laid_over(own: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Settings with changes put in their place, table by table."""
    merged = dict(own)
    for name, value in changes.items():
        both = isinstance(value, dict) and isinstance(merged.get(name), dict)
        merged[name] = _laid_over(merged[name], value) if both else value
    return merged


def _scenario_breaches(study: Study) -> list[str]:
    """What does not fit in the scenarios of a study, each told with the scenario's name."""
    lines = []
    labels = {study.name.casefold(): "the study"}
    for name, scenario in study.scenarios.items():
        where, label = f"scenarios.{name}", study.label_of(name)
        if label.casefold() in labels:
            lines.append(f"{where}.label: '{label}' is what {labels[label.casefold()]} is called; each needs its own")
        labels.setdefault(label.casefold(), where)
        if not scenario.changes:
            lines.append(f"{where}: changes no setting of the study")
        if "scenarios" in scenario.changes:
            lines.append(f"{where}.scenarios: a scenario holds no scenarios of its own")
            continue
        try:
            study.scenario(name)
        except ValidationError as err:
            lines += [_breach(e, ("scenarios", name)) for e in err.errors()]
    return lines


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


def _breach(error: Any, scenario: tuple[str, ...] = ()) -> str:
    """One breach in plain words; `scenario` goes before the place of a setting that stands in one."""
    where = ".".join(str(part) for part in (*scenario, *error["loc"])) or "study"
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(error["loc"][-1]), _names_at(error["loc"][:-1]), n=1)
        return f"{where}: no such setting" + (f"; did you mean '{near[0]}'?" if near else "")
    if error["type"] == "missing":
        return f"{where}: is missing"
    message = _PLAIN.get(error["type"], str(error["msg"]).removeprefix("Value error, "))
    if error["type"] in ("model_type", "dict_type"):
        message = _table_at(error["loc"], scenario)
    given = error.get("input")
    said = f" (found {given!r})" if isinstance(given, str | int | float | bool) else ""
    return f"{where}: {message[0].lower()}{message[1:]}{said}"


def _table_at(where: tuple[Any, ...], scenario: tuple[str, ...] = ()) -> str:
    """What to write where one value stands in place of a table of settings."""
    example = {
        "sources": 'path = "file"',
        "coefficients": 'low = …, central = …, high = …, source = "…"',
        "constraints": "keep_off_m = …",
        "scenarios": "land = { … }",
    }.get(str(where[0]), "")
    if not example or len(where) < 2:
        return f"must be a table: a line [{'.'.join(map(str, (*scenario, *where)))}], its settings below"
    return f"must be a table: {where[-1]} = {{ {example} }}"


def _names_at(where: tuple[Any, ...]) -> list[str]:
    """The settings there are at one place of the study file."""
    tables: dict[str, type[BaseModel]] = {
        "weights": Weights,
        "workshop": WorkshopSettings,
        "plan": PlanSettings,
        "land": LandSettings,
        "people": PeopleSettings,
        "canopy": CanopySettings,
        "classifier": ClassifierSettings,
        "needs": NeedsSettings,
        "tree_equity": TreeEquitySettings,
        "growth": GrowthSettings,
        "carbon": CarbonSettings,
        "scoring": ScoringSettings,
        "certainty": CertaintySettings,
        "money": GrantSettings if "grants" in where else MoneySettings,
        "sources": SourceSettings,
        "constraints": ConstraintSettings,
        "coefficients": CoefficientSettings,
        "scenarios": ScenarioSettings,
    }
    model = tables.get(str(where[0]), Study) if where else Study
    return [field.alias or name for name, field in model.model_fields.items()]
