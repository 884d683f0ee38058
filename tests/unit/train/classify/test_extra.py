"""facewarden without the laboratory's libraries."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from facewarden.cli.main import app
from facewarden.errors import ConfigError


@pytest.mark.parametrize("library", ["torch", "sklearn"])
@pytest.mark.parametrize("command", [["classify", "faces"], ["preview", "faces", "sheet.png"]])
def test_what_to_install_is_said(
    library: str, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)  # as Python marks what cannot be imported
    error = CliRunner().invoke(app, ["train", *command]).exception
    assert isinstance(error, ConfigError)
    assert f"found no {library}; pip install 'facewarden[train]'" in str(error)
    assert "\n" not in str(error)


def test_the_command_line_starts_without_them() -> None:
    program = (
        "import sys\nimport facewarden.cli.main\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'sklearn', 'tensorboard')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
