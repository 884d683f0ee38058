"""Where words go: results to standard output, everything else to standard error."""

from functools import cache

from rich.console import Console


@cache
def results() -> Console:
    """Return the console for what was asked for."""
    return Console(highlight=False)


@cache
def problems() -> Console:
    """Return the console for progress, warnings and errors."""
    return Console(stderr=True, highlight=False)
