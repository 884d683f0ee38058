"""`doctor` called a SQLite file well of which a page was destroyed; and what is wrong with a store
was logged every second for as long as it lasted.
"""

import json
import logging
import sqlite3
from pathlib import Path
from typing import Any, cast

import pytest
from typer import Typer
from typer.testing import CliRunner

from facewarden.cli.doctor import doctor
from facewarden.config.settings import Settings
from facewarden.errors import StoreUnreachable
from facewarden.orders import DeploymentOrders
from facewarden.seldom import Seldom
from facewarden.wiring.stores import open_store_from


def told(home: Path) -> str:
    app = Typer()
    app.command()(doctor)
    words = (
        CliRunner().invoke(app, ["--config", str(home / "fw.yaml")], env={"COLUMNS": "4000"}).output
    )
    return next(line for line in words.splitlines() if " store: " in line)


def test_a_page_that_nobody_reads_is_looked_at(home: Path) -> None:
    home.mkdir(mode=0o700)
    plain = {"store": {"data_dir": str(home)}}
    (home / "fw.yaml").write_text(json.dumps(plain), encoding="utf-8")
    settings = Settings.model_validate(plain)
    open_store_from(settings).close()
    assert told(home).startswith("ok")
    file = settings.store.path
    with sqlite3.connect(file) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'sighting'"
        ).fetchone()
    connection.close()
    with file.open("r+b") as raw:
        raw.seek(size * (page - 1))
        raw.write(b"\xff" * size)
    line = told(home)
    assert line.startswith("wrong")
    assert "the store is damaged" in line
    assert "restore it from a backup" in line


def test_the_same_trouble_is_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now_s = [100.0]
    log = logging.getLogger("facewarden.watch")
    trouble = Seldom(log, monotonic=lambda: now_s[0])
    for at_s in range(100, 230):
        now_s[0] = at_s
        trouble.tell(logging.ERROR, "the database does not answer")
        if at_s == 110:
            trouble.tell(logging.ERROR, "the store is damaged")
    assert [record.getMessage().split()[-1] for record in caplog.records] == [
        "answer",
        "damaged",
        "answer",
        "answer",
    ]


class Gone:
    """A store that does not answer."""

    def __getattr__(self, name: str) -> Any:
        raise StoreUnreachable("the database does not answer")


def test_a_deployment_whose_database_is_away_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    orders = DeploymentOrders(1)
    for _ in range(5):
        orders.over(cast("Any", Gone()))
    assert len(caplog.records) == 1
