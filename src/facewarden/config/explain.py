"""Turn a pydantic error into problems with a line, a path, what was expected and what was found."""

import difflib
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from facewarden.config.yamltext import Document, Problem, Where

LONGEST_FOUND = 60
_KINDS = {dict: "a group of keys", list: "a list", str: "text", bool: "true or false"}
_WANTED = {
    "model_type": "a group of keys",
    "model_attributes_type": "a group of keys",
    "tuple_type": "a list",
    "list_type": "a list",
    "string_type": "text (a number in quotes)",
    "missing": "a value",
    "path_type": "a path",
}
# Only these show what they found: wherever else text stands, it may be a password gone astray.
_SHOWN = ("greater_than", "less_than", "literal_error", "_parsing", "_from_float", "finite_number")


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    return _KINDS.get(type(value), "a number")


def _has(value: Any, part: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, dict) and part in value


def _descend(value: Any, loc: Where, kind: str) -> tuple[Where, Any]:
    """Follow `loc` through what was read; pydantic also puts the `type` of a sink into it."""
    where: Where = ()
    for position, part in enumerate(loc):
        if _has(value, part):
            value = value[part]
        elif kind != "missing" or position + 1 < len(loc):
            continue
        else:
            value = None
        where = (*where, part)
    return where, value


def _known_keys(model: type[BaseModel], loc: Where) -> list[str]:
    """Return the keys that the group at `loc` has, by the schema's own names."""
    schema = model.model_json_schema()
    at: dict[str, Any] = schema
    for part in loc:
        at = _deref(schema, at)
        if isinstance(part, int):
            prefix = at.get("prefixItems")
            at = at.get("items") or (prefix[part] if prefix else {})
        elif "discriminator" in at:
            at = {"$ref": at["discriminator"]["mapping"].get(part, "")}
        else:
            at = at.get("properties", {}).get(part, {})
    return list(_deref(schema, at).get("properties", {}))


def _meant(model: type[BaseModel], key: str, here: list[str]) -> str:
    """Return which key may be meant: of the very name elsewhere, else nearly of it; "" for none.

    Args:
        here: keys of the group that the unknown one stands in.
    """
    elsewhere: dict[str, list[str]] = {}
    for where in _every_key(model):
        elsewhere.setdefault(where[-1], []).append(".".join(where))
    # What stands in many groups, such as a name, says nothing.
    known = {name: places[0] for name, places in elsewhere.items() if len(places) == 1}
    if key in known:
        return known[key]
    for names in (here, list(known)):
        if close := difflib.get_close_matches(key, names, n=1):
            return close[0] if names is here else known[close[0]]
    return ""


def _every_key(model: type[BaseModel], before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the keys of a model and of the groups in it, not of what its lists hold."""
    for name, field in model.model_fields.items():
        yield (*before, field.alias or name)
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _every_key(inner, (*before, field.alias or name))


def _deref(schema: dict[str, Any], at: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in at:
        found: dict[str, Any] = schema["$defs"].get(at["$ref"].rpartition("/")[2], {})
        return found
    for choice in at.get("anyOf", ()):
        if "$ref" in choice:
            return _deref(schema, choice)
    return at


def _expected(model: type[BaseModel], error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "expectation":
        return str(context["expected"])
    if kind == "extra_forbidden":
        keys = _known_keys(model, error["loc"][:-1])
        close = _meant(model, str(error["loc"][-1]), keys)
        return f"{close}, perhaps" if close else "one of " + ", ".join(keys)
    if kind == "union_tag_not_found":
        return "a type"
    if kind == "union_tag_invalid":
        return f"a type of {context['expected_tags']}"
    if kind in ("too_short", "too_long"):
        least, most = context.get("min_length"), context.get("max_length")
        return f"at least {least} entries" if kind == "too_short" else f"at most {most} entries"
    message = error["msg"].split(", unable")[0]
    for opening in ("Input should be ", "Input should ", "String should "):
        message = message.removeprefix(opening)
    return _WANTED.get(kind, message)


def _found(error: ErrorDetails, value: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "expectation":
        return str(context["found"])
    if kind == "extra_forbidden":
        return "an unknown key"
    if kind in ("missing", "union_tag_not_found"):
        return "nothing"
    if kind == "union_tag_invalid":
        return ascii(context["tag"])[:LONGEST_FOUND]
    if any(part in kind for part in _SHOWN) and not isinstance(value, dict | list):
        return ascii(value)[:LONGEST_FOUND]
    return _kind(value)


def _follows(error: ErrorDetails, value: Any) -> bool:
    """Tell whether an error is only the echo of another: pydantic counts the valid entries."""
    least = error.get("ctx", {}).get("min_length", 0)
    short = error["type"] == "too_short" and isinstance(value, list) and len(value) >= least
    return short or error["type"] == "default_factory_not_called"


def explain(model: type[BaseModel], error: ValidationError, document: Document) -> list[Problem]:
    """List every problem of a validation, each at the line it was written on."""
    problems = []
    for details in error.errors(include_url=False):
        where, value = _descend(document.value, details["loc"], details["type"])
        if _follows(details, value):
            continue
        line = next(
            (
                document.lines[where[:length]]
                for length in range(len(where), -1, -1)
                if where[:length] in document.lines
            ),
            1,
        )
        problems.append(Problem(line, where, _expected(model, details), _found(details, value)))
    return problems
