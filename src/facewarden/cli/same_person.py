"""Two names of one person, on the command line."""

from collections.abc import Sequence
from typing import Annotated

import typer

from facewarden.errors import ConfigError

SameOption = Annotated[
    list[str] | None,
    typer.Option(help="Two names of one person, as NAME=OTHER; repeat it."),
]


def same_people(pairs: Sequence[str] | None) -> dict[str, str]:
    """Return which name is read as which other.

    Raises:
        ConfigError: a pair that is none, or a name that is to be read as two others.
    """
    found: dict[str, str] = {}
    for pair in pairs or ():
        name, equals, other = pair.partition("=")
        if not (name and equals and other):
            raise ConfigError(
                "--same names two names of one person", expected="NAME=OTHER", found=pair
            )
        found[name] = other
    for name, other in found.items():
        if other in found:
            raise ConfigError(
                "--same names one person by more than two names",
                expected="one name for all of them after the sign =",
                found=f"{name}={other} and {other}={found[other]}",
            )
    return found
