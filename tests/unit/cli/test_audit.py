"""facewarden audit, on a real store."""

import json
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner, Result

from facewarden import wiring
from facewarden.actor import actor
from facewarden.cli.audit import app
from facewarden.data import SubjectDetails
from facewarden.store.tables import audit


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "facewarden.yaml"
    place = {"data_dir": str(tmp_path / "data"), "key_file": str(tmp_path / "key")}
    path.write_text(json.dumps({"store": place}), encoding="utf-8")
    with wiring.open_store_from(wiring.load(path)) as store:
        store.watchlists.ensure("missing")
        store.watchlists.add_subject(SubjectDetails("Anna"), "missing")
        store.watchlists.ensure("barred")
    return path


def invoke(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--config", str(config)], catch_exceptions=False)


def test_show_has_the_newest_entries(config: Path) -> None:
    plain = json.loads(invoke(config, "show", "--last", "2", "--json").stdout)
    assert [entry["action"] for entry in plain] == ["subject.add", "watchlist.create"]
    assert plain[0]["actor"] == actor()
    assert plain[0]["details"] == {"watchlist": "missing"}
    shown = invoke(config, "show").stdout
    assert "subject:1" in shown
    assert "Anna" not in shown


def test_verify_gives_what_to_note_elsewhere(config: Path) -> None:
    (last,) = json.loads(invoke(config, "show", "--last", "1", "--json").stdout)
    result = invoke(config, "verify")
    assert result.exit_code == 0
    assert f"intact: {last['position']} entries" in result.stdout
    assert last["hash"] in result.stdout
    plain = json.loads(invoke(config, "verify", "--json").stdout)
    assert plain == {
        "intact": True,
        "broken_at": None,
        "entries": last["position"],
        "last": last["position"],
        "hash": last["hash"],
    }


def test_a_changed_entry_is_named(config: Path) -> None:
    with wiring.open_store_from(wiring.load(config)) as store:
        (first,) = (e for e in store.audit.tail(10) if e.action == "subject.add")
        with store._database.write() as connection:
            change = update(audit).where(audit.c.position == first.position)
            connection.execute(change.values(actor="somebody else"))
    result = invoke(config, "verify")
    assert result.exit_code == 1
    assert f"entry {first.position} (subject.add)" in result.stderr
    assert json.loads(invoke(config, "verify", "--json").stdout)["broken_at"] == first.position
