"""A watch beside a server of other settings left its alerts to a process without its sinks, and a
sink that was renamed left its deliveries behind: nobody was told, and the end of a watch promised
that the next one would deliver them.
"""

import io
import json
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer import Typer
from typer.testing import CliRunner

from facewarden.cli import watch as watch_command
from facewarden.cli.doctor import doctor
from facewarden.cli.status import status
from facewarden.config.settings import Settings
from facewarden.duty import Duty
from facewarden.pipeline.control import ControlServer
from facewarden.server.delivering import Delivering
from facewarden.store.open import Store
from facewarden.unserved import sinks_of_deliverer
from facewarden.watch import Summary, Watch
from facewarden.watch_places import server_path
from facewarden.wiring.stores import open_store_from
from unit.store.making import an_alert

app = Typer()
app.command()(status)
app.command()(doctor)


def settings_of(home: Path) -> Settings:
    home.mkdir(mode=0o700)
    sinks = [{"type": "jsonl", "name": "desk", "path": str(home / "lines")}]
    plain = {"store": {"data_dir": str(home)}, "sinks": sinks}
    (home / "fw.yaml").write_text(json.dumps(plain), encoding="utf-8")
    return Settings.model_validate(plain)


@contextmanager
def server_without_sinks(settings: Settings, store: Store) -> Any:
    server = ControlServer(server_path(settings), lambda _: {"delivers": True, "sinks": []})
    server.start()
    with Duty(store, settings.store.data_dir, "deliver", "delivers") as duty:
        duty.take()
        yield
    server.stop()


def said(home: Path, *words: str) -> str:
    config = ["--config", str(home / "fw.yaml")]
    return CliRunner().invoke(app, [*words, *config], env={"COLUMNS": "4000"}).output


@pytest.mark.usefixtures("models_dir")
def test_a_watch_says_who_does_not_run_its_sinks(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_of(home)
    with open_store_from(settings) as store, server_without_sinks(settings, store):
        store.alerts.record(an_alert(1), ["desk"])
        summary = Watch(settings).run(until_ended=True)
        assert "delivers for this store and has no sink desk: alerts for it wait" in caplog.text
        assert "deliver" in said(home, "status")
        assert "1 delivery waits for sink desk" in said(home, "status")
        assert json.loads(said(home, "status", "--json"))["unserved"] == [
            {"sink": "desk", "waiting": 1}
        ]
    assert (summary.undelivered, summary.unserved) == (1, {"desk": 1})


@pytest.mark.usefixtures("models_dir")
def test_a_sink_that_is_gone_is_named(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = settings_of(home)
    told = "1 delivery waits for sink office, which is not among the sinks of the settings"
    with open_store_from(settings) as store:
        store.alerts.record(an_alert(1), ["office", "desk"])
        assert told in said(home, "doctor")
        summary = Watch(settings).run(until_ended=True)
        assert told in caplog.text
        assert (summary.undelivered, summary.unserved) == (1, {"office": 1})
        caplog.clear()
        Delivering(settings, store)
        assert told in caplog.text


def test_sinks_that_are_run_are_no_trouble(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = settings_of(home)
    with open_store_from(settings) as store:
        store.alerts.record(an_alert(1), ["desk"])
        assert "deliveries:" not in said(home, "doctor")
        Delivering(settings, store)
    assert "waits" not in caplog.text
    assert sinks_of_deliverer([home / "none.socket"]) is None


def test_the_end_of_a_watch_tells_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    console = Console(file=shown, width=4000)
    monkeypatch.setattr(watch_command, "results", lambda: console)
    watch_command._show(Summary(undelivered=3, unserved={"office": 2}), as_json=False)
    assert "1 deliveries wait in the outbox; the next watch or server with" in shown.getvalue()
    assert "2 deliveries wait for sink office" in shown.getvalue()
