"""Watch, server and database are killed at random: what was told stays, the watch comes back."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from facewarden.access.principal import Role
from facewarden.config.camera import CameraSettings
from facewarden.config.store import URL_VARIABLE
from facewarden.data.deployment import DeploymentPlan
from facewarden.store.open import Store
from postgres_server import PostgresServer
from system.processes import COMMAND, enrol, environment, stored, wait_for
from system.scenes import first_photographs, folder_camera
from system.serving import ServeProcess, key_of

pytestmark = [pytest.mark.shared, pytest.mark.models, pytest.mark.slow]

PEOPLE = 8
"""Shown for 2 s in turn: each is away for longer than the quiet period, and alerts anew."""
VICTIMS = {
    "sqlite": (*("watch", "watch", "watch", "server") * 3, "watch of a locked store"),
    # Two in a row: a watch that has just come back is waited for once.
    "postgresql": (*("watch", "server", "database", "database") * 2, "database and watch"),
}
BACK_S = 5.0
"""What is promised: the supervisor starts a watch again within 5 s of its death, and a watch whose
database was away goes on within 5 s of its return."""
AWAY_S = 6.0
"""Longer than the supervisor's question and its first delays; a watch fails to begin meanwhile."""
SEED = 20261122


def told(client: httpx.Client) -> set[str]:
    """Return the ids of the alerts that the server has told somebody of."""
    answer = client.get("/api/v1/alerts", params={"limit": 200})
    return {alert["alert_id"] for alert in answer.json()["items"]} if answer.is_success else set()


def analysed(client: httpx.Client) -> int:
    """Return how many pictures the watch of now has analysed."""
    answer = client.get("/api/v1/cameras/hall")
    health = answer.json()["health"] if answer.is_success else None
    return int((health or {}).get("analysed") or 0)


def beyond(client: httpx.Client, count: int) -> bool:
    """Tell whether the watch has gone on since it had analysed so many."""
    return analysed(client) > count


def review(client: httpx.Client, alert_id: str) -> bool:
    """Confirm an alert; tell whether that was acknowledged."""
    verdict = {"state": "confirmed", "reason": "it is them"}
    return client.post(f"/api/v1/alerts/{alert_id}/reviews", json=verdict).is_success


def deploy(store: Store, folder: Path) -> str:
    """Have a folder of pictures watched as if it were a camera; return the key of an operator."""
    camera = {
        "id": "hall", "source": str(folder), "realtime": True, "loop": True, "analyse_fps": 4,
        "motion": {"enabled": False},
    }  # fmt: skip
    store.cameras.create(CameraSettings.model_validate(camera))
    now = datetime.now(UTC)
    plan = DeploymentPlan(
        *("test", "hall", "consent", ("hall",), ("missing",), now, now + timedelta(hours=1))
    )
    one = store.deployments.propose(plan, "ada").deployment_id
    store.deployments.authorise(one, "bob")
    return key_of(store, "operator", Role.OPERATOR)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of writers of a SQLite store."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA busy_timeout=10000")
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def refused_beside(home: Path, **more: str) -> Iterator[None]:
    """Check meanwhile that a second server for the same store ends at once."""
    words = [*COMMAND, "serve", "--port", "0"]
    second = subprocess.Popen(
        words, env=environment(home, **more), stderr=subprocess.PIPE, text=True
    )
    yield
    _, said = second.communicate(timeout=60)
    assert second.returncode == 5
    assert "another process serves for this store" in said


@pytest.mark.parametrize("kind", VICTIMS)
def test_nothing_told_is_lost_and_the_watch_comes_back(
    kind: str,
    shared: Path,
    models_dir: Path,
    home: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    chance = random.Random(SEED)
    url = ""
    more: dict[str, Any] = {}
    if kind == "postgresql":
        database: PostgresServer = request.getfixturevalue("postgres")
        url = database.url(database.database())
        more = {URL_VARIABLE: url}
    photographs = first_photographs(shared, PEOPLE)
    enrol(home, "missing", "--face", "largest", *photographs, **more)
    with stored(home, url) as store:
        key = deploy(store, folder_camera(tmp_path / "hall", photographs))
    delivered = tmp_path / "delivered"
    sink = {"type": "jsonl", "name": "desk", "path": str(delivered), "include_snapshot": False}
    config = tmp_path / "facewarden.yaml"
    config.write_text(json.dumps({"decision": {"quiet_period_s": 1}, "sinks": [sink]}))
    server = ServeProcess(home, "--config", config, log=tmp_path / "serve.log", **more)
    server.start()
    known: set[str] = set()
    reviewed: set[str] = set()
    backs: list[float] = []
    try:
        with server.client(key) as client:
            with refused_beside(home, **more):
                wait_for(lambda: told(client), 60, server.said())  # once it has really watched
            for number, victim in enumerate(VICTIMS[kind]):
                pid, _ = server.wait_for_watch()
                if victim.startswith("database") or number % 5 == 0:  # in the depths
                    wait_for(lambda: analysed(client), 60, server.said())
                time.sleep(chance.uniform(0.0, 0.5))
                known |= told(client)
                fresh = sorted(known - reviewed)
                if fresh and review(client, fresh[0]):
                    reviewed.add(fresh[0])
                if victim == "watch":
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                    backs.append(server.wait_for_watch(not_this=pid)[1])
                elif victim == "server":
                    server.kill()
                    server.start()
                elif victim == "watch of a locked store":
                    with locked(home / "facewarden.sqlite"):
                        os.kill(pid, signal.SIGKILL)
                        pid, took_s = server.wait_for_watch(not_this=pid)
                        backs.append(took_s)
                        time.sleep(AWAY_S)  # the server waits for the lock, too
                        os.kill(pid, signal.SIGKILL)
                        backs.append(server.wait_for_watch(not_this=pid)[1])
                    wait_for(lambda: analysed(client), 60, server.said())
                elif victim == "database and watch":
                    database.kill()
                    os.kill(pid, signal.SIGKILL)
                    time.sleep(AWAY_S)
                    database.start()
                    backs.append(wait_for(server.watches, 60, server.said()))
                    wait_for(lambda: analysed(client), 60, server.said())
                else:
                    before = analysed(client)
                    database.kill()
                    time.sleep(chance.uniform(0.0, 1.5))
                    database.start()
                    backs.append(wait_for(partial(beyond, client, before), 60, server.said()))
                    assert server.watches() == [pid], server.said()  # it has lived through it
                    assert psutil.pid_exists(pid)
            wait_for(lambda: told(client) - known, 90, server.said())  # it still alerts
            known |= told(client)
            server.stop()
    finally:
        server.kill()
    with stored(home, url) as store:
        kept = {alert.alert.alert_id: alert for alert in store.alerts.find(limit=1000)}
        events = store.audit.tail(10_000)
        assert store.audit.verify() is None
        assert store.alerts.backlog() == 0
    sent = [json.loads(line)["alert_id"] for line in delivered.read_text().splitlines()]
    assert set(kept) <= set(sent)
    assert known <= set(kept)
    assert reviewed
    for alert_id in reviewed:
        assert [one.reviewer for one in kept[alert_id].reviews] == ["operator"]
    audited = {event.object for event in events if event.action == "alert.review"}
    assert {f"alert:{alert_id}" for alert_id in reviewed} <= audited
    assert max(backs) < BACK_S
    with capsys.disabled():
        print(
            f"\n{kind}: {dict(Counter(VICTIMS[kind]))} kills; {len(known)} alerts told, "
            f"{len(reviewed)} reviewed, none lost, {len(sent)} sent for {len(kept)}; a watch was "
            f"back after {sum(backs) / len(backs):.1f} s on average, "
            f"after {max(backs):.1f} s at most"
        )
    assert "Traceback" not in server.said()
