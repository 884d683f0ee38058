"""`facewarden backup` and `facewarden restore` as an operator runs them."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from facewarden.cli.main import app
from facewarden.data import SubjectDetails
from facewarden.errors import FacewardenError
from facewarden.store.key import TemplateKey
from facewarden.store.open import open_store, sqlite_url


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


def facewarden(home: Path, *words: str | Path) -> Done:
    """Run a command as `cli.main.run` does: an error is one line and a code."""
    environment = {"FACEWARDEN_HOME": str(home), "FACEWARDEN_KEY": ""}
    result = CliRunner().invoke(app, [*map(str, words)], env=environment)
    if isinstance(result.exception, FacewardenError):
        error = result.exception
        return Done(error.exit_code, result.stdout, result.stderr + f"{error}\n")
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return Done(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def used(home: Path) -> Path:
    """A home whose store has one subject."""
    key = TemplateKey.load(home / "facewarden.key", env={}, create=True)
    with open_store(sqlite_url(home / "facewarden.sqlite"), key) as store:
        store.watchlists.ensure("missing")
        store.watchlists.add_subject(SubjectDetails("Anna Bloom"), "missing")
    return home


def test_a_store_goes_to_another_machine(used: Path, tmp_path: Path) -> None:
    recovery, file, other = tmp_path / "recovery.key", tmp_path / "a.backup", tmp_path / "other"
    done = facewarden(used, "backup", "new-key", recovery)
    assert (done.returncode, recovery.stat().st_mode & 0o777) == (0, 0o600)
    again = facewarden(used, "backup", "new-key", recovery)
    assert (again.returncode, "exists already" in again.stderr) == (5, True)
    done = facewarden(used, "backup", file, "--recovery-key", recovery, "--with-key")
    assert done.returncode == 0, done.stderr
    assert "1 subjects" in done.stdout
    assert "with the store's key" in " ".join(done.stdout.split())
    assert facewarden(used, "backup", "--recovery-key", recovery, file).returncode == 5
    done = facewarden(other, "backup", "verify", file, "--recovery-key", recovery, "--json")
    assert json.loads(done.stdout)["audit_intact"] is True
    done = facewarden(other, "restore", file, "--recovery-key", recovery)
    assert done.returncode == 0, done.stderr
    assert "remove again whoever was removed" in " ".join(done.stderr.split())
    assert "Anna Bloom" in facewarden(other, "subjects", "list").stdout
    assert "audit log intact" in facewarden(other, "audit", "verify").stdout
    assert "store.restore" in facewarden(other, "audit", "show", "--json").stdout
    again = facewarden(other, "restore", file, "--recovery-key", recovery)
    assert (again.returncode, again.stderr.count("\n")) == (5, 1)
    assert "is not empty" in again.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "expected --recovery-key or --passphrase-file"),
        (("--passphrase-file", "short"), 2, "too short: expected 15 characters or more, found 5"),
        (("--passphrase-file", "open"), 5, "is open to others: expected mode 0600"),
        (("--recovery-key", "short"), 5, "is not a recovery key"),
        (("--recovery-key", "none"), 5, "cannot be read"),
        (("--recovery-key", "short", "--passphrase-file", "short"), 2, "found both"),
    ],
)
def test_what_cannot_seal_is_refused(
    used: Path, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    for name, text, mode in (("short", "mouse", 0o600), ("open", "correct horse battery", 0o644)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(mode)
    given = [word if word.startswith("--") else str(tmp_path / word) for word in words]
    done = facewarden(used, "backup", tmp_path / "a.backup", *given)
    assert (done.returncode, done.stderr.count("\n")) == (code, 1), done.stderr
    assert said in done.stderr
    assert not (tmp_path / "a.backup").exists()


def test_a_wrong_passphrase_is_one_line(used: Path, tmp_path: Path) -> None:
    for name, text in (("right", "correct horse battery"), ("wrong", "correct horse batterz")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    file = tmp_path / "a.backup"
    done = facewarden(used, "backup", file, "--passphrase-file", tmp_path / "right")
    assert "the store's key is not in it" in " ".join(done.stderr.split())
    done = facewarden(used, "backup", "verify", file, "--passphrase-file", tmp_path / "wrong")
    assert (done.returncode, done.stderr.count("\n")) == (5, 1)
    assert "the passphrase does not open the backup" in done.stderr
