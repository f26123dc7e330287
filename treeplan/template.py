"""The annotated study file and the page that explains every setting, both made from the Study model itself."""

from __future__ import annotations

import types
import typing
from typing import Any, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from treeplan.settings import (
    CoefficientSettings,
    ConstraintSettings,
    ScenarioSettings,
    SourceSettings,
)
from treeplan.study import Study
from treeplan.weight_settings import PRESETS

_OPEN_TABLES: dict[str, tuple[type[BaseModel], str]] = {
    "sources": (SourceSettings, "NAME"),
    "constraints": (ConstraintSettings, "NAME"),
    "coefficients": (CoefficientSettings, "NAME"),
    "scenarios": (ScenarioSettings, "NAME"),
}


def study_template(name: str, places: list[str], sources: dict[str, str]) -> str:
    """A study file with every setting, its meaning and its bounds; settings that may be left out are commented out.

    Parameters
    ----------
    name : str
        The place.
    places : list of str
        GSS codes of its districts.
    sources : dict
        Source name to what it is, for the list of files at the end.
    """
    lines = [f"# Study of {name}. Every setting is explained; lines that begin with '# ' may be left out.", ""]
    given = {"name": _toml(name), "places": _toml(places)}
    for key, field in _plain_fields(Study):
        lines += _setting(key, field, given.get(key))
    for key, model, optional in _tables(Study):
        lines += ["", "# Only where it is asked for:", f"# [{key}]"] if optional else ["", f"[{key}]"]
        if key == "weights":
            lines.append(
                f'# In place of this table, up to the next, a preset by name (weights = "…"): {", ".join(PRESETS)}'
            )
        for inner, field in _plain_fields(model):
            fallback = "1" if key == "weights" else "100_000" if inner == "budget_gbp" else None
            lines += _setting(inner, field, fallback if field.is_required() else None)
    lines += ["", "# The files: take the lines of those you have out of the comment, and correct the paths."]
    for source, title in sources.items():
        lines += [f"# {title}", f"# [sources.{source}]", '# path = "…"', ""]
    lines += [
        "# Scenarios: changes of this study that `treeplan compare` sets beside it; any setting above may stand in one.",
        "# [scenarios.street_trees_first]",
        '# label = "Street trees first"',
        '# land = { take_in = [], prefer = { grass = "green" } }',
    ]
    return "\n".join(lines).rstrip() + "\n"


def _setting(key: str, field: FieldInfo, value: str | None) -> list[str]:
    bounds = _bounds(field)
    said = f"# {field.description}{f' ({bounds})' if bounds else ''}"
    if value is not None:
        return [said, f"{key} = {value}"]
    default = _toml(field.get_default(call_default_factory=True))
    return [said, f"# {key} = {default}"]


def settings_page() -> str:
    """`docs/study-file.md`: every setting with its default, bounds and meaning, as a Markdown page."""
    lines = [
        "# The study file",
        "",
        "One TOML file says what to plan. This page is made from the model that checks it (`make docs`).",
        "Paths are relative to the data folder: `data_dir`, else the environment variable `TREEPLAN_DATA`, else the study file's own folder.",
        "",
        *_page_table(_plain_fields(Study)),
    ]
    for key, model, _ in _tables(Study):
        lines += _page_part(key, model)
        lines += _page_presets() if key == "weights" else []
    for key, (model, name) in _OPEN_TABLES.items():
        lines += _page_part(f"{key}.{name}", model)
    return "\n".join(lines) + "\n"


def _page_part(name: str, model: type[BaseModel]) -> list[str]:
    doc = (model.__doc__ or "").strip().split("\n\n")[0]
    return ["", f"## [{name}]", "", doc, "", *_page_table(_plain_fields(model))]


def _page_presets() -> list[str]:
    names = list(next(iter(PRESETS.values())).weights)
    rows = [
        f"| `{name}` | {' | '.join(f'{preset.weights[n]:g}' for n in names)} | {preset.audience} |"
        for name, preset in PRESETS.items()
    ]
    said = 'In place of the table, a preset may stand by its name, above the first table of the file: `weights = "people first"`.'
    mark = "Presets are judgements of our own to start a conversation from, not findings."
    return ["", said, mark, "", f"| preset | {' | '.join(names)} | for |", f"|---|{'---:|' * len(names)}---|", *rows]


def _page_table(fields: list[tuple[str, FieldInfo]]) -> list[str]:
    rows = ["| setting | default | bounds | meaning |", "|---|---|---|---|"]
    for key, field in fields:
        default = "needed" if field.is_required() else f"`{_toml(field.get_default(call_default_factory=True))}`"
        rows.append(f"| `{key}` | {default} | {_bounds(field) or '–'} | {field.description} |")
    return rows


def _plain_fields(model: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    return [
        (field.alias or key, field)
        for key, field in model.model_fields.items()
        if not field.exclude and key not in _OPEN_TABLES and _model_of(field.annotation) is None
    ]


def _tables(model: type[BaseModel]) -> list[tuple[str, type[BaseModel], bool]]:
    """Tables of settings: name, model, and whether leaving the table out leaves out what it is about."""
    found = [(key, _model_of(field.annotation), field.default is None) for key, field in model.model_fields.items()]
    return [(key, inner, optional) for key, inner, optional in found if inner is not None]


def _model_of(annotation: Any) -> type[BaseModel] | None:
    """The model of a table of settings, whether or not it may be left out; None for a plain setting."""
    parts = get_args(annotation) if get_origin(annotation) is types.UnionType else (annotation,)
    return next((p for p in parts if isinstance(p, type) and issubclass(p, BaseModel)), None)


def _bounds(field: FieldInfo) -> str:
    words = []
    for rule in field.metadata:
        if isinstance(rule, Ge):
            words.append(f"{_number(rule.ge)} or more")
        elif isinstance(rule, Gt):
            words.append(f"more than {_number(rule.gt)}")
        elif isinstance(rule, Le):
            words.append(f"{_number(rule.le)} or less")
        elif isinstance(rule, Lt):
            words.append(f"less than {_number(rule.lt)}")
        elif isinstance(rule, MaxLen) and not isinstance(rule, MinLen):
            words.append(f"at most {rule.max_length} characters")
    return ", ".join([*words, *_choices(field.annotation)])


def _choices(annotation: Any) -> list[str]:
    """The words of a closed choice: Literal, alone or in a union."""
    if get_origin(annotation) is typing.Literal:
        return [" or ".join(f'"{c}"' for c in get_args(annotation))]
    if get_origin(annotation) in (typing.Union, types.UnionType):
        return [words for part in get_args(annotation) for words in _choices(part)]
    return []


def _number(value: Any) -> str:
    return f"{value:,.0f}" if value >= 10_000 else f"{value:g}"


def _toml(value: Any) -> str:
    if value is None:
        return '""'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + " }" if value else "{}"
    return f"{value:g}" if isinstance(value, float) else str(value)
