"""facewarden watchlists, on a real store."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from facewarden.cli.watchlists import app


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "facewarden.yaml"
    place = {"data_dir": str(tmp_path / "data"), "key_file": str(tmp_path / "key")}
    path.write_text(json.dumps({"store": place}), encoding="utf-8")
    return path


def run(config: Path, *words: str) -> str:
    result = CliRunner().invoke(app, [*words, "--config", str(config)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_a_new_list_is_made_and_an_old_one_changed(config: Path) -> None:
    run(config, "set", "barred", "--threshold", "0.5", "--sink", "desk")
    expected = {"name": "barred", "threshold": 0.5, "sinks": ["desk"], "subjects": 0}
    assert json.loads(run(config, "list", "--json")) == [expected]
    run(config, "set", "barred")
    expected |= {"threshold": None, "sinks": []}
    assert json.loads(run(config, "list", "--json")) == [expected]
