"""facewarden explain, asked over a real socket with real traces."""

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from facewarden.actor import actor
from facewarden.cli.explain import explain
from facewarden.config.load import load_settings
from facewarden.data import Decision, Verdict
from facewarden.decide.evidence import Evidence
from facewarden.decide.trace import trace
from facewarden.errors import StoreError
from facewarden.pipeline.control import ControlServer
from facewarden.watch_places import control_path
from facewarden.wiring.stores import open_store_from
from factories import after

VERDICTS = {3: Verdict.ALERT, 5: Verdict.BELOW_THRESHOLD, 7: Verdict.QUIET_PERIOD}
"""By track; 5 had alerted before its later looks were less alike."""

app = Typer()
app.command()(explain)


def story(track_id: int) -> dict[str, Any]:
    notes = Evidence("gate", track_id, after(track_id), after(track_id + 1))
    verdict = VERDICTS.get(track_id)
    if verdict is not None:
        notes.decisions["missing"] = Decision(
            verdict, "missing", 1, 1, 0.5, 0.4, 0.2, 1, "0a1b2c3d4e5f", 1
        )
    told: dict[str, Any] = json.loads(json.dumps(trace(notes, lambda _: "Anna").as_json()))
    return told


@pytest.fixture
def config() -> Iterator[Path]:
    """Settings of a watch that answers with 30 tracks; its path is short, as sockets need."""
    with tempfile.TemporaryDirectory(prefix="fw") as folder:
        path = Path(folder) / "facewarden.yaml"
        path.write_text(json.dumps({"store": {"data_dir": folder}}), encoding="utf-8")
        open_store_from(load_settings(path)).close()
        tracks = [story(track_id) for track_id in range(1, 31)]
        server = ControlServer(
            control_path(load_settings(path)), lambda _: {"tracks": tracks, "cameras": []}
        )
        server.start()
        yield path
        server.stop()


def run(config: Path, *words: str, columns: int = 200) -> str:
    result = CliRunner().invoke(
        app,
        [*words, "--config", str(config)],
        env={"COLUMNS": str(columns)},
        catch_exceptions=False,
    )
    assert result.exit_code == 0
    return result.stdout


TRACK = re.compile(r"^(ALERT )?gate track (\d+), ", re.MULTILINE)


def rows(shown: str) -> list[tuple[bool, int]]:
    """Return of every track told whether it is marked, and its number."""
    return [(bool(mark), int(track)) for mark, track in TRACK.findall(shown)]


def test_the_newest_come_first_and_are_few(config: Path) -> None:
    shown = run(config)
    assert [track for _, track in rows(shown)] == list(range(30, 10, -1))
    assert "the newest 20 of 30 tracks, 2 of which alerted" in shown


def test_tracks_that_alerted_are_marked(config: Path) -> None:
    shown = run(config, "--last", "30")
    assert {track for marked, track in rows(shown) if marked} == {3, 5}
    assert "more with" not in shown


def test_the_answer_has_the_width_of_the_terminal(config: Path) -> None:
    lines = run(config, "--last", "28", columns=80).splitlines()
    at = next(
        i for i, line in enumerate(lines) if line.startswith("ALERT gate track 3, 2026-03-01")
    )
    assert [line.strip() for line in lines[at + 2 : at + 4]] == [
        "missing: alert 0a1b2c3d (nearest Anna, similarity 0.500, threshold 0.400, 1",
        "look)",
    ]


def test_json_is_complete(config: Path) -> None:
    assert len(json.loads(run(config, "--json"))["tracks"]) == 30


def test_that_tracks_were_read_is_in_the_audit_log(config: Path) -> None:
    arguments = ["gate", "--config", str(config)]
    CliRunner().invoke(app, arguments, catch_exceptions=False)
    with open_store_from(load_settings(config)) as store:
        (newest,) = store.audit.tail(1)
    assert (newest.actor, newest.action, newest.object) == (actor(), "track.explain", "camera:gate")
    assert newest.details == {"origin": "console", "tracks": 30, "second_opinions": 0}


def test_what_cannot_be_written_down_is_not_told(config: Path) -> None:
    (config.parent / "facewarden.sqlite").unlink()
    shown = CliRunner().invoke(app, ["--config", str(config)])
    assert isinstance(shown.exception, StoreError)
    assert "Anna" not in shown.output
