"""facewarden enrol, with real models on a real store."""

import json
import shutil
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from facewarden.cli.enrol import enrol
from facewarden.config.load import load_settings
from facewarden.wiring.stores import open_store_from
from unit.pipeline.conftest import People, people

__all__ = ["people"]

app = Typer()
app.command()(enrol)


def settings_file(folder: Path, models_dir: Path) -> Path:
    """Write settings with a store of their own, and return their file."""
    config = folder / "facewarden.yaml"
    settings = {
        "store": {"data_dir": str(folder / "data")},
        "models": {"cache_dir": str(models_dir)},
    }
    config.write_text(json.dumps(settings), encoding="utf-8")
    return config


@pytest.mark.parametrize("words", [[], ["--json"]], ids=["table", "json"])
def test_each_refusal_is_a_line_on_standard_error(
    people: People,
    models_dir: Path,
    tmp_path: Path,
    words: list[str],
) -> None:
    folder = tmp_path / "photographs"
    folder.mkdir()
    shutil.copy(people.file("Al Pacino"), folder / "Al_Pacino.jpg")
    (folder / "Broken_One.jpg").write_bytes(b"no picture")
    config = settings_file(tmp_path, models_dir)
    result = CliRunner().invoke(
        app, [str(folder), "-w", "missing", "--config", str(config), *words], catch_exceptions=False
    )
    assert result.exit_code == 4
    (line,) = [line for line in result.stderr.splitlines() if "Broken_One.jpg" in line]
    assert "Broken_One.jpg: the file is not a picture of a format allowed" in line
    assert "Al_Pacino" not in result.stderr
    if words:
        assert len(json.loads(result.stdout)) == 2
    else:
        assert "1 added, 0 already there, 1 refused" in result.stdout


def test_a_refused_enrolment_leaves_no_watchlist(models_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "Broken_One.jpg").write_bytes(b"no picture")
    config = settings_file(tmp_path, models_dir)
    arguments = [str(tmp_path / "Broken_One.jpg"), "-w", "wantd", "--config", str(config)]
    assert CliRunner().invoke(app, arguments, catch_exceptions=False).exit_code == 4
    with open_store_from(load_settings(config)) as store:
        assert store.watchlists.all() == []
