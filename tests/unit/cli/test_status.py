"""facewarden status and explain, asked over real sockets of several watches and a server."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from facewarden.cli.explain import explain
from facewarden.cli.status import status
from facewarden.config.load import load_settings
from facewarden.config.settings import Settings
from facewarden.errors import InputError
from facewarden.pipeline.control import ControlServer
from facewarden.watch_places import control_path, live_path, server_path

app = Typer()
app.command()(status)
app.command()(explain)


@pytest.fixture
def config(home: Path) -> Path:
    home.mkdir(mode=0o700)
    path = home / "facewarden.yaml"
    path.write_text(json.dumps({"store": {"data_dir": str(home)}}), encoding="utf-8")
    return path


def camera(name: str) -> dict[str, Any]:
    return {
        "camera": name, "name": "", "state": "watching", "analysed": 5, "dropped": 0, "faces": 2,
        "tracks": 1, "down_s": 0.0, "problem": "",
    }  # fmt: skip


def watch(deployment: int | None, name: str) -> dict[str, Any]:
    stages = [{"stage": "detect", "items": 5, "seconds": 0.5}]
    lists = [
        {
            "watchlist": "missing", "threshold": 0.4, "follows": "set by hand", "problem": "",
            "budget": None,
        }
    ]  # fmt: skip
    return {
        "deployment": deployment, "cameras": [camera(name)], "sinks": [], "stages": stages,
        "watchlists": lists, "tracks": [],
        "records": [{"waiting": 0, "lost": 0, "problem": ""}],
        "presentation": [{"outcome": "bona fide", "count": 3}, {"outcome": "held", "count": 1}],
    }  # fmt: skip


@pytest.fixture
def running(config: Path) -> Iterator[Settings]:
    """Run a watch by hand, watches of two deployments, a server, and what one left that died."""
    settings = load_settings(config)
    sinks = [
        {"sink": "desk", "healthy": False, "delivered": 3, "failed": 1, "problem": "no answer"}
    ]
    with ExitStack() as stack:
        for path, answer in (
            (control_path(settings), watch(None, "hall")),
            (control_path(settings, 7), watch(7, "gate")),
            (control_path(settings, 12), watch(12, "door")),
            (server_path(settings), {"delivers": True, "sinks": sinks}),
            (live_path(settings, 7), {"error": "pictures, not answers"}),
        ):
            server = ControlServer(path, lambda _, answer=answer: answer)  # type: ignore[misc]
            server.start()
            stack.callback(server.stop)
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(control_path(settings, 3)))
        yield settings


def run(config: Path, *words: str, columns: int = 200) -> str:
    result = CliRunner().invoke(
        app,
        [*words, "--config", str(config)],
        env={"COLUMNS": str(columns)},
        catch_exceptions=False,
    )
    assert result.exit_code == 0
    return result.stdout


@pytest.mark.usefixtures("running")
def test_every_watch_is_asked_and_its_deployment_named(config: Path) -> None:
    told = json.loads(run(config, "status", "--json"))
    assert [(one["deployment"], one["camera"]) for one in told["cameras"]] == [
        (None, "hall"),
        (12, "door"),
        (7, "gate"),
    ]
    assert [one["deployment"] for one in told["watchlists"]] == [None, 12, 7]
    assert [one["sink"] for one in told["sinks"]] == ["desk"]
    told = json.loads(run(config, "explain", "--json"))
    assert {(one["deployment"], one["camera"]) for one in told["cameras"]} == {
        (None, "hall"),
        (7, "gate"),
        (12, "door"),
    }


@pytest.mark.usefixtures("running")
def test_in_tables(config: Path) -> None:
    shown = run(config, "status")
    assert "no answer" in shown
    rows = [line.split() for line in shown.splitlines()]
    assert ["7", "gate", "watching"] in [row[:3] for row in rows]
    assert ["-", "hall", "watching"] in [row[:3] for row in rows]
    assert ["│", "detect", "│", "15", "│", "100.00"] in [row[:6] for row in rows]
    assert "of tracks that are over: 9 bona fide; alerts held: 3" in shown
    assert "gate (deployment 7): watching, 5 frames analysed" in run(config, "explain", "gate")


@pytest.mark.usefixtures("running")
def test_in_a_narrow_terminal_nothing_is_cut(config: Path) -> None:
    shown = run(config, "status", columns=80)
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "deployment camera state frames dropped faces tracks down" in lines
    assert "deployment watchlist threshold tracks expected rejected unreviewed" in lines
    assert "missing: nothing to expect yet; threshold: set by hand" in lines
    assert "…" not in shown


def test_a_server_without_watches_says_how_the_sinks_are(config: Path) -> None:
    server = ControlServer(server_path(load_settings(config)), lambda _: {"sinks": []})
    server.start()
    try:
        assert json.loads(run(config, "status", "--json"))["cameras"] == []
        with pytest.raises(InputError, match="no running watch answered"):
            run(config, "explain")
    finally:
        server.stop()


def test_nobody_is_there(config: Path) -> None:
    with pytest.raises(InputError, match="no running watch answered"):
        run(config, "status")
