"""Settings that are well-formed one by one and do not fit together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic_core import InitErrorDetails

from facewarden.config.section import expectation

Where = tuple[str | int, ...]


def _entries(given: Mapping[str, Any], section: str) -> Sequence[Any]:
    entries = given.get(section)
    return entries if isinstance(entries, list | tuple) else ()


def _value(entry: Any, key: str) -> Any:
    return entry.get(key) if isinstance(entry, Mapping) else getattr(entry, key, None)


def _text(entry: Any, key: str) -> str:
    value = _value(entry, key)
    return value.strip() if isinstance(value, str) else ""


def _repeated(given: Mapping[str, Any], section: str, key: str) -> Iterator[tuple[Where, str, str]]:
    first: dict[str, int] = {}
    for row, entry in enumerate(_entries(given, section)):
        text = _text(entry, key)
        if text and first.setdefault(text, row) != row:
            # An address may hold a password, so the value is not repeated here.
            yield (
                (section, row, key),
                f"{'a source' if key == 'source' else f'an {key}' if key == 'id' else f'a {key}'}"
                " of its own",
                f"that of {section}[{first[text]}]",
            )


def _unknown(given: Mapping[str, Any], section: str, key: str) -> Iterator[tuple[Where, str, str]]:
    """Find names in `section`'s `key` that no entry of the section called `key` has."""
    known = {_text(entry, "name") for entry in _entries(given, key)}
    for row, entry in enumerate(_entries(given, section)):
        names = _value(entry, key)
        for column, name in enumerate(names if isinstance(names, list | tuple) else ()):
            if isinstance(name, str) and name.strip() not in known:
                choices = ", ".join(sorted(known)) or f"none, as there are no {key}"
                yield (section, row, key, column), f"a name in {key} ({choices})", ascii(name)


def contradictions(given: Mapping[str, Any]) -> list[InitErrorDetails]:
    """Find what does not fit together in settings that need not be valid otherwise.

    Args:
        given: the sections as plain data or as models.
    """
    found = [
        *_repeated(given, "cameras", "id"),
        *_repeated(given, "cameras", "source"),
        *_repeated(given, "watchlists", "name"),
        *_repeated(given, "sinks", "name"),
        *_unknown(given, "cameras", "watchlists"),
        *_unknown(given, "watchlists", "sinks"),
    ]
    return [
        InitErrorDetails(type=expectation(expected, what), loc=where, input=None)
        for where, expected, what in found
    ]
