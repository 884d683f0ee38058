"""facewarden audit, on a real store."""

import json
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from typer.testing import CliRunner, Result

from facewarden.actor import actor
from facewarden.cli.audit import app
from facewarden.config.load import load_settings
from facewarden.data import SubjectDetails
from facewarden.errors import ConfigError, DataError
from facewarden.store.governance_tables import audit_receipt
from facewarden.store.tables import audit
from facewarden.wiring.stores import open_store_from


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "facewarden.yaml"
    place = {"data_dir": str(tmp_path / "data"), "key_file": str(tmp_path / "key")}
    path.write_text(json.dumps({"store": place}), encoding="utf-8")
    with open_store_from(load_settings(path)) as store:
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


def shown(config: Path, *words: str) -> list[str]:
    return [one["action"] for one in json.loads(invoke(config, "show", "--json", *words).stdout)]


FILTERS = {
    ("--action", "subject"): ["subject.add"],
    ("--action", "watchlist.create"): ["watchlist.create", "watchlist.create"],
    ("--object", "watchlist:barred"): ["watchlist.create"],
    ("--actor", "nobody at all"): [],
    ("--from", "1h", "--action", "subject"): ["subject.add"],
    ("--to", "1h"): [],
}


@pytest.mark.parametrize("words", FILTERS)
def test_show_has_what_is_asked_for(config: Path, words: tuple[str, ...]) -> None:
    assert shown(config, *words) == FILTERS[words]


def test_a_filter_that_is_no_time_is_one_line(config: Path) -> None:
    with pytest.raises(ConfigError, match="not a moment"):
        invoke(config, "show", "--from", "yesterday-ish")


def test_an_extract_is_written_and_told_from_the_log(config: Path, tmp_path: Path) -> None:
    path = tmp_path / "extract.jsonl"
    assert invoke(config, "export", str(path), "--action", "subject").exit_code == 0
    head, *lines = (json.loads(line) for line in path.read_text().splitlines())
    assert head == {"format": "facewarden audit extract 1", "wanted": {"action": "subject"}}
    assert [line["action"] for line in lines] == ["subject.add"]
    assert shown(config, "--last", "1") == ["audit.export"]
    with pytest.raises(DataError, match="extract of an audit log"):
        invoke(config, "verify", "--export", str(path))


def test_verify_gives_what_to_note_elsewhere(config: Path) -> None:
    (last,) = json.loads(invoke(config, "show", "--last", "1", "--json").stdout)
    result = invoke(config, "verify")
    assert result.exit_code == 0
    assert f"intact: {last['position']} entries" in result.stdout
    assert last["hash"] in result.stdout
    plain = json.loads(invoke(config, "verify", "--json").stdout)
    assert plain == {
        "intact": True,
        "broken": None,
        "broken_at": None,
        "compared": 0,
        "older": 0,
        "entries": last["position"],
        "last": last["position"],
        "hash": last["hash"],
    }


def test_a_changed_entry_is_named(config: Path) -> None:
    with open_store_from(load_settings(config)) as store:
        (first,) = (e for e in store.audit.tail(10) if e.action == "subject.add")
        with store._database.write() as connection:
            change = update(audit).where(audit.c.position == first.position)
            connection.execute(change.values(actor="somebody else"))
    result = invoke(config, "verify")
    assert result.exit_code == 1
    assert f"entry {first.position}: this entry does not continue" in result.stderr
    assert json.loads(invoke(config, "verify", "--json").stdout)["broken_at"] == first.position


def test_an_export_is_checked_without_the_store(config: Path, tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    assert invoke(config, "export", str(path)).exit_code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    nowhere = tmp_path / "absent.yaml"
    nowhere.write_text("{}", encoding="utf-8")
    assert invoke(nowhere, "verify", "--export", str(path)).exit_code == 0
    lines = path.read_text().splitlines()
    for changed in (
        lines[:2] + lines[3:],
        [*lines[:2], lines[2].replace(actor(), "mallory", 1), *lines[3:]],
        [lines[0], lines[2], lines[1], *lines[3:]],
        [*lines[:2], lines[2].replace('"at": "2', '"at": "3', 1), *lines[3:]],
        lines[1:],
        ["null"],
    ):
        path.write_text("\n".join(changed) + "\n")
        told = CliRunner().invoke(app, ["verify", "--export", str(path)])
        assert told.exit_code == 1
        assert told.exception is None or isinstance(told.exception, SystemExit | DataError)


def test_noted_in_a_file_a_cut_off_tail_is_found(config: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes.jsonl"
    settings = json.loads(config.read_text())
    settings["audit"] = {"noted_at": [{"type": "file", "path": str(notes)}]}
    with pytest.raises(ConfigError, match="no place"):
        invoke(config, "note")
    config.write_text(json.dumps(settings), encoding="utf-8")
    assert "byte 0" in invoke(config, "note").stdout
    assert invoke(config, "verify", "--against", str(notes)).exit_code == 0
    assert "file" in invoke(config, "receipts").stdout
    store = open_store_from(load_settings(config))
    with store, store._database.write() as connection:
        connection.execute(delete(audit).where(audit.c.position >= 3))
        connection.execute(delete(audit_receipt))
    assert invoke(config, "verify").exit_code == 0
    cut = invoke(config, "verify", "--against", str(notes))
    assert cut.exit_code == 1
    assert "entry 3" in cut.stderr
