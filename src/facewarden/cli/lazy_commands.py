"""Commands that are imported when they are named, so that none waits for what others need."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup


def lazy_group(places: Mapping[str, str]) -> type[TyperGroup]:
    """Return a kind of group whose commands are at `places`: a name, and "module:attribute".

    The attribute is a function, as `Typer.command` takes it, or a `Typer` of several commands.
    """

    class LazyGroup(TyperGroup):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.commands: dict[str, Any] = dict.fromkeys(places)  # the names are suggested from

        def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  its name is click's
            if cmd_name in places and self.commands[cmd_name] is None:
                self.commands[cmd_name] = _imported(cmd_name, places[cmd_name])
            return self.commands.get(cmd_name)

    return LazyGroup


def _imported(name: str, place: str) -> Any:
    """Return what typer runs for the group of commands, or the function, at a place."""
    module, _, attribute = place.partition(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        group = typer.main.get_group(found)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False)
    alone.command(name)(found)
    return typer.main.get_command(alone)
