"""Commands are imported when they are named."""

import subprocess
import sys

import pytest
import typer.main

from facewarden.cli.lazy_commands import help_of
from facewarden.cli.main import COMMANDS, app

HEAVY = ("matplotlib", "fastapi", "onnx", "openvino", "torch")
"""What takes long to import, and is needed by few commands."""


@pytest.mark.parametrize("name", COMMANDS)
def test_each_is_there(name: str) -> None:
    group = typer.main.get_group(app)
    command = group.get_command(typer.Context(group), name)
    assert command is not None
    assert command.name == name
    assert command.help == help_of(COMMANDS[name])
    assert group.get_command(typer.Context(group), name) is command


def test_none_else() -> None:
    group = typer.main.get_group(app)
    assert group.get_command(typer.Context(group), "wach") is None
    assert group.list_commands(typer.Context(group)) == list(COMMANDS)


@pytest.mark.parametrize(
    "words", [["--version"], ["--help"], ["watch", "--help"], ["subjects", "--help"]]
)
def test_nobody_waits_for_what_others_need(words: list[str]) -> None:
    asked = (
        "import sys; from facewarden.cli.main import app; "
        "app(sys.argv[1:], standalone_mode=False); "
        f"print('loaded:', [name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked, *words], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "loaded: []"
