"""Write docs/configuration.md from the models: `python -m facewarden.config.reference > FILE`."""

import sys
import types
import typing
from datetime import datetime, time
from enum import Enum
from typing import Any

from pydantic import AliasChoices, BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from facewarden.config.settings import Settings

INTRODUCTION = """\
# Configuration

<!-- Written by `python -m facewarden.config.reference > docs/configuration.md`; do not edit. -->

One YAML file holds all settings; [facewarden.example.yaml](facewarden.example.yaml) is one.
Keys that are not listed here are refused, and everything that is wrong is reported at once, with
its line. Every section may be left out.

- A **secret** is text, `{env: NAME}` for an environment variable, or `{file: path}` for a file.
  It is never shown.
- A **path** that is relative starts at the folder of the settings file; `~` is the home folder.
- Plain values are read as YAML 1.2 reads them: `22:30` and `no` are text. Anchors and aliases are
  refused.
"""


def _parts(annotation: Any) -> list[Any]:
    """Take a type apart into all the types it is made of."""
    inner = [part for argument in typing.get_args(annotation) for part in _parts(argument)]
    return [annotation, *inner]


def _models(annotation: Any) -> list[type[BaseModel]]:
    return [
        part
        for part in _parts(annotation)
        if isinstance(part, type) and issubclass(part, BaseModel)
    ]


_NAMES = {
    SecretStr: "secret",
    bool: "true or false",
    float: "number",
    int: "whole number",
    str: "text",
    time: "time",
    datetime: "time with its offset",
}


def _type(annotation: Any) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(arguments[0])
    if origin in (types.UnionType, typing.Union):
        kinds = [_type(part) for part in arguments if part is not type(None)]
        return " or ".join(dict.fromkeys(kinds))
    if origin is tuple:
        entry = _type(arguments[0])
        return f"list of {entry}" if Ellipsis in arguments else f"[{entry}, {entry}]"
    if origin is typing.Literal:
        return ", ".join(f"`{choice}`" for choice in arguments)
    if issubclass(annotation, Enum):
        return ", ".join(f"`{choice.value}`" for choice in annotation)
    return _NAMES.get(annotation, "section" if issubclass(annotation, BaseModel) else "path")


def _default(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "default_text" in extra:
        return str(extra["default_text"])
    if field.is_required():
        return "**required**"
    value = field.default
    if isinstance(value, BaseModel) or value is PydanticUndefined:
        text = "its defaults"
    elif value in (None, (), ""):
        text = "empty"
    elif isinstance(value, tuple):
        text = ", ".join(f"`{one}`" for one in value)
    elif isinstance(value, time):
        text = f"`{value:%H:%M}`"
    else:
        text = f"`{str(value).lower()}`"
    return text


def _bounds(field: FieldInfo) -> str:
    words = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    constraints = [*field.metadata]
    for part in _parts(field.annotation):
        constraints += getattr(part, "__metadata__", ())
    flat = [inner for one in constraints for inner in getattr(one, "metadata", [one])]
    bounds = [
        f"{sign} {getattr(one, name)}"
        for one in flat
        for name, sign in words.items()
        if getattr(one, name, None) is not None
    ]
    return ", ".join(dict.fromkeys(bounds))


def _key(name: str, field: FieldInfo) -> str:
    alias = field.validation_alias
    return name if alias is None or isinstance(alias, AliasChoices) else str(alias)


def _table(model: type[BaseModel], path: str) -> str:
    title = path or "The sections"
    lines = [f"## {title}", "", (model.__doc__ or "").strip(), ""]
    lines += ["| key | type | default | bounds | meaning |", "|---|---|---|---|---|"]
    below: list[str] = []
    for name, field in model.model_fields.items():
        key = _key(name, field)
        cells = (f"`{key}`", _type(field.annotation), _default(field), _bounds(field))
        lines.append(f"| {' | '.join(cells)} | {field.description} |")
        for inner in dict.fromkeys(_models(field.annotation)):
            chosen = inner.model_fields.get("type")
            many = "[]" if "tuple" in str(field.annotation) else ""
            kind = f" of type {chosen.description}" if chosen else ""
            below.append(_table(inner, f"{path}.{key}{many}{kind}".lstrip(".")))
    return "\n".join(lines) + "\n\n" + "".join(below)


def render() -> str:
    """Return the reference of all settings as Markdown."""
    return f"{INTRODUCTION}\n{_table(Settings, '')}".rstrip("\n") + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
