"""Commands are imported when they are named."""

import subprocess
import sys

import pytest
import typer.main

from facewarden.cli.evaluate import main as evaluate
from facewarden.cli.lazy_commands import help_of
from facewarden.cli.main import COMMANDS, app
from facewarden.cli.pad import main as pad
from facewarden.cli.train import main as train

HEAVY = ("matplotlib", "fastapi", "onnx", "openvino", "torch")
"""What takes long to import, and is needed by few commands."""


GROUPS = {
    "facewarden": (app, COMMANDS),
    "evaluate": (evaluate.app, evaluate.COMMANDS),
    "pad": (pad.app, pad.COMMANDS),
    "train": (train.app, train.COMMANDS),
}
EACH = [(of, name) for of, (_, commands) in GROUPS.items() for name in commands]


@pytest.mark.parametrize(("of", "name"), EACH)
def test_each_is_there(of: str, name: str) -> None:
    made, commands = GROUPS[of]
    group = typer.main.get_group(made)
    command = group.get_command(typer.Context(group), name)
    assert command is not None
    assert command.name == name
    assert command.help == help_of(commands[name])
    assert group.get_command(typer.Context(group), name) is command


def test_none_else() -> None:
    group = typer.main.get_group(app)
    assert group.get_command(typer.Context(group), "wach") is None
    assert group.list_commands(typer.Context(group)) == list(COMMANDS)


@pytest.mark.parametrize(
    "words",
    [
        ["--version"],
        ["--help"],
        ["watch", "--help"],
        ["subjects", "--help"],
        ["evaluate", "--help"],
        ["train", "--help"],
    ],
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
