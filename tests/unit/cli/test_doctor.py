"""facewarden doctor: which store and which models it looked at."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from facewarden.cli.doctor import doctor
from postgres_server import PASSWORD, PostgresServer

app = Typer()
app.command()(doctor)


def told(home: Path, line: str = "store", **store: Any) -> str:
    home.mkdir(mode=0o700)
    config = home / "facewarden.yaml"
    config.write_text(json.dumps({"store": {"data_dir": str(home), **store}}), encoding="utf-8")
    # Each line is there whatever is found of the others.
    words = CliRunner().invoke(app, ["--config", str(config)], env={"COLUMNS": "4000"}).output
    return next(one for one in words.splitlines() if f" {line}: " in one)


def test_a_file_is_named_by_the_library(home: Path) -> None:
    assert "audit log intact, SQLite 3." in told(home)


def test_our_model_against_pictures_is_named(home: Path, models_dir: Path) -> None:
    assert told(home, "presentation attacks").endswith(": presentation-clip-v2")


def test_no_model_against_pictures(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEWARDEN_MODELS", str(tmp_path / "none"))
    assert "no model; a watchlist that asks needs one" in told(home, "presentation attacks")


@pytest.mark.parametrize("driver", ["postgresql", "postgresql+psycopg"])
def test_a_database_is_named_without_its_password(
    home: Path, postgres: PostgresServer, driver: str
) -> None:
    name = postgres.database()
    url = postgres.url(name).replace("postgresql+psycopg", driver)
    line = told(home, url=url)
    assert "SQLite" not in line
    assert f"/{name}" in line
    assert PASSWORD not in line
