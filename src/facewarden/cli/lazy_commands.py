"""Commands that are imported when they are named, so that none waits for what others need."""

import ast
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


def lazy_group(places: Mapping[str, str]) -> type[TyperGroup]:
    """Return a kind of group whose commands are at `places`: a name, and "module:attribute".

    The attribute is a function, as `Typer.command` takes it, or a `Typer` of several commands. The
    help of the group, which has a line of each, is read from their files without importing them.
    """

    class LazyGroup(TyperGroup):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.commands: dict[str, Any] = dict.fromkeys(places)  # the names are suggested from
            self._telling = False

        def format_help(self, ctx: Any, formatter: Any) -> None:
            self._telling = True
            try:
                super().format_help(ctx, formatter)
            finally:
                self._telling = False

        def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  its name is click's
            if cmd_name in places and self.commands[cmd_name] is None:
                if self._telling:
                    return TyperCommand(cmd_name, help=help_of(places[cmd_name]))
                self.commands[cmd_name] = _imported(cmd_name, places[cmd_name])
            return self.commands.get(cmd_name)

    return LazyGroup


def lazy_app(name: str, places: Mapping[str, str], *, help: str) -> typer.Typer:  # noqa: A002
    """Return a group of such commands; without words it prints its help."""
    app = typer.Typer(name=name, help=help, cls=lazy_group(places), no_args_is_help=True)
    app.callback()(lambda: None)  # typer wants one where no command is registered
    return app


def help_of(place: str) -> str:
    """Return what the command at a place says of itself, read from its file.

    That is the docstring of a function, or what a `Typer`, or `lazy_app`, is given as `help`.
    """
    module, _, attribute = place.partition(":")
    found = find_spec(module)
    if found is None or found.origin is None:
        raise ImportError(place)
    for node in ast.parse(Path(found.origin).read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name) if name == attribute:
                return ast.get_docstring(node) or ""
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(keywords=words)):
                if name == attribute:
                    told = [word.value for word in words if word.arg == "help"]
                    return str(ast.literal_eval(told[0])) if told else ""
    raise ImportError(place)


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
