"""facewarden users, on a real store."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from facewarden.access.passwords import Passwords
from facewarden.cli.users import app
from facewarden.config.load import load_settings
from facewarden.errors import DataError, FacewardenError, StoreError
from facewarden.wiring.stores import open_store_from
from unit.server.signing import CHEAP, PASSWORD


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "facewarden.yaml"
    place = {"data_dir": str(tmp_path / "data"), "key_file": str(tmp_path / "key")}
    path.write_text(json.dumps({"store": place}), encoding="utf-8")
    return path


def invoke(config: Path, *words: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(
        app, [*words, "--config", str(config)], input=answer, catch_exceptions=False
    )


def run(config: Path, *words: str) -> str:
    result = invoke(config, *words)
    assert result.exit_code == 0
    return result.stdout


def accept(config: Path, token: str) -> bool:
    with open_store_from(load_settings(config)) as store:
        return store.invitations.take(token.strip(), Passwords(CHEAP).hashed(PASSWORD)) is not None


def test_a_user_is_made_disabled_and_brought_back(config: Path) -> None:
    token = run(config, "add", "grace", "--role", "operator", "-w", "missing")
    (entry,) = json.loads(run(config, "list", "--json"))
    expected = {
        "login": "grace",
        "role": "operator",
        "watchlists": ["missing"],
        "camera_groups": None,
        "has_password": False,
        "disabled": False,
    }
    assert entry.items() >= expected.items()
    assert "invited" in run(config, "list")
    assert accept(config, token)
    run(config, "disable", "GRACE")
    assert "disabled" in run(config, "list")
    token = run(config, "reset", "grace", "--yes")
    (entry,) = json.loads(run(config, "list", "--json"))
    assert entry.items() >= expected.items()
    assert accept(config, token)


def test_only_a_reset_gets_past_the_last_administrator(config: Path) -> None:
    assert accept(config, run(config, "add", "ada", "--role", "administrator"))
    with pytest.raises(StoreError, match="last administrator"):
        run(config, "disable", "ada")
    assert invoke(config, "reset", "ada", answer="n\n").exit_code == 1
    assert "password" in run(config, "list")
    assert accept(config, run(config, "reset", "ada", "--yes"))


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["disable", "nobody"], DataError),
        (["reset", "nobody", "--yes"], DataError),
        (["add", "ADA", "--role", "viewer"], StoreError),
        (["add", "two words", "--role", "viewer"], DataError),
        (["add", "eve", "--role", "administrator", "-w", "missing"], DataError),
    ],
)
def test_what_cannot_be_is_refused(
    config: Path, words: list[str], error: type[FacewardenError]
) -> None:
    run(config, "add", "ada", "--role", "operator")
    with pytest.raises(error):
        run(config, *words)
