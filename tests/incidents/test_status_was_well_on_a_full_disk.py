"""While the disk of the store was full, `facewarden status` showed nothing of it."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import pytest
from typer import Typer
from typer.testing import CliRunner

from facewarden.cli.status import status
from facewarden.config.load import load_settings
from facewarden.errors import StoreFull
from facewarden.pipeline.control import ControlServer
from facewarden.pipeline.metrics import Metrics
from facewarden.pipeline.recorder import Recorder
from facewarden.pipeline.runner import Runner
from facewarden.store.open import Store
from facewarden.watch_answers import WatchAnswers
from facewarden.watch_places import control_path
from factories import alert

FULL = "the disk of the store is full"


class Idle:
    """A runner without cameras, and a store that cannot be written."""

    in_force: Mapping[str, object] = MappingProxyType({})

    @property
    def roster(self) -> "Idle":
        return self

    def status(self) -> list[object]:
        return []

    def record(self, *_: object) -> None:
        raise StoreFull(FULL)

    def report_rows(self, *_: object) -> None:
        raise StoreFull(FULL)


def test_what_cannot_be_written_is_shown(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    home.mkdir(mode=0o700)
    config = home / "fw.yaml"
    config.write_text(json.dumps({"store": {"data_dir": str(home)}}), encoding="utf-8")
    idle = cast("Any", Idle())
    recorder = Recorder(idle, idle, idle, sinks_of=lambda _: (), recorded=lambda _: None)
    recorder.start()
    with caplog.at_level(logging.CRITICAL):
        recorder.alert(alert())
        recorder.alert(alert(revision=2))
        while not recorder.problem:
            recorder.flush(0.01)
    recorder.lost = 5
    answers = WatchAnswers(
        cast("Runner", idle), recorder, None, cast("Store", idle), Metrics(), None
    )
    server = ControlServer(control_path(load_settings(config)), answers.answer)
    server.start()
    app = Typer()
    app.command()(status)
    words = ["--config", str(config)]
    try:
        shown = CliRunner().invoke(app, words, env={"COLUMNS": "400"}).stdout
        told = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    finally:
        server.stop()
        with caplog.at_level(logging.CRITICAL):
            recorder.stop(0.1)
    assert f"2 records wait to be written, 5 are lost: {FULL}" in shown
    assert told["records"] == [{"deployment": None, "waiting": 2, "lost": 5, "problem": FULL}]
