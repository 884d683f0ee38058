"""Where words go: results to standard output, everything else to standard error."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from facewarden.text import shown


class PlainConsole(Console):
    """A console on which names and messages of strangers cannot act on the terminal.

    Rich escapes its own markup only; an escape sequence inside a name would reach the terminal.
    """

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Yield the segments of `renderable`, in each only characters that print."""
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable():
                yield segment
            else:
                yield Segment(shown(segment.text, keep="\n"), segment.style)

    def print_json(self, json: str | None = None, **how: Any) -> None:
        """Print JSON; what does not print is written as \\uXXXX, which says the same."""
        how.setdefault("ensure_ascii", json is not None and not json_is_plain(json))
        super().print_json(json, **how)


def json_is_plain(text: str) -> bool:
    """Tell whether JSON (of ASCII, as `json.dumps` writes it) stands for nothing unprintable."""
    from json import loads

    return _plain(loads(text))


def _plain(value: Any) -> bool:
    if isinstance(value, str):
        return shown(value, keep="\n\t\r") == value
    if isinstance(value, dict):
        return all(_plain(item) for pair in value.items() for item in pair)
    return not isinstance(value, list) or all(map(_plain, value))


@cache
def results() -> Console:
    """Return the console for what was asked for."""
    return PlainConsole(highlight=False)


@cache
def problems() -> Console:
    """Return the console for progress, warnings and errors."""
    return PlainConsole(stderr=True, highlight=False)
