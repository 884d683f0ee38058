"""Server and watch are killed at random: what was told stays, and the watch comes back."""

import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from facewarden.access.principal import Role
from facewarden.config.camera import CameraSettings
from facewarden.data.deployment import DeploymentPlan
from system.processes import enrol, stored, wait_for
from system.scenes import first_photographs, folder_camera
from system.serving import ServeProcess, key_of

pytestmark = [pytest.mark.shared, pytest.mark.models, pytest.mark.slow]

PEOPLE = 12
KILLS = 20
BACK_S = 5.0
"""What is promised: the supervisor starts a watch again within 5 s of its death."""
SEED = 20261122


def told(client: httpx.Client) -> set[str]:
    """Return the ids of the alerts that the server has told somebody of."""
    answer = client.get("/api/v1/alerts", params={"limit": 200})
    return {alert["alert_id"] for alert in answer.json()["items"]} if answer.is_success else set()


def watching(client: httpx.Client) -> bool:
    """Tell whether pictures are analysed."""
    answer = client.get("/api/v1/cameras/hall")
    return answer.is_success and bool((answer.json()["health"] or {}).get("analysed"))


def test_nothing_told_is_lost_and_the_watch_comes_back(
    shared: Path,
    models_dir: Path,
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    chance = random.Random(SEED)
    photographs = first_photographs(shared, PEOPLE)
    enrol(home, "missing", "--face", "largest", *photographs)
    folder = folder_camera(tmp_path / "hall", photographs)
    with stored(home) as store:
        store.cameras.create(
            CameraSettings.model_validate(
                {
                    "id": "hall",
                    "source": str(folder),
                    "realtime": True,
                    "loop": True,
                    "analyse_fps": 4,
                    "motion": {"enabled": False},
                }
            )
        )
        now = datetime.now(UTC)
        plan = DeploymentPlan(
            *("test", "hall", "consent", ("hall",), ("missing",), now, now + timedelta(hours=1))
        )
        one = store.deployments.propose(plan, "ada").deployment_id
        store.deployments.authorise(one, "bob")
        key = key_of(store, "operator", Role.OPERATOR)
    lines = tmp_path / "lines.yaml"
    lines.write_text("decision: {quiet_period_s: 2}\n")
    server = ServeProcess(home, "--config", lines, log=tmp_path / "serve.log")
    server.start()
    known: set[str] = set()
    reviewed: set[str] = set()
    backs: list[float] = []
    kinds: Counter[str] = Counter()
    try:
        with server.client(key) as client:
            wait_for(lambda: told(client), 60, server.said())  # once it has really watched
            for number in range(KILLS):
                pid, _ = server.wait_for_watch()
                if number % 5 == 0:  # in the depths; else at its start
                    wait_for(lambda: watching(client), 60, server.said())
                time.sleep(chance.uniform(0.0, 1.0))
                known |= told(client)
                fresh = sorted(known - reviewed)
                if fresh:
                    verdict = {"state": "confirmed", "reason": "it is them"}
                    path = f"/api/v1/alerts/{fresh[0]}/reviews"
                    if client.post(path, json=verdict).is_success:
                        reviewed.add(fresh[0])
                if number % 4 < 3:
                    kinds["watch"] += 1
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                    backs.append(server.wait_for_watch(not_this=pid)[1])
                else:
                    kinds["server"] += 1
                    server.kill()
                    server.start()
            wait_for(lambda: told(client) - known, 90, server.said())  # it still alerts
            known |= told(client)
            server.stop()
    finally:
        server.kill()
    with stored(home) as store:
        kept = {alert.alert.alert_id: alert for alert in store.alerts.find(limit=1000)}
        events = store.audit.tail(10_000)
        assert store.audit.verify() is None
    assert known <= set(kept)
    for alert_id in reviewed:
        assert [review.reviewer for review in kept[alert_id].reviews] == ["operator"]
    audited = {event.object for event in events if event.action == "alert.review"}
    assert {f"alert:{alert_id}" for alert_id in reviewed} <= audited
    assert max(backs) < BACK_S
    with capsys.disabled():
        print(
            f"\n{dict(kinds)} kills; {len(known)} alerts told, {len(reviewed)} reviewed, none "
            f"lost; a watch was back after {sum(backs) / len(backs):.1f} s on average, after "
            f"{max(backs):.1f} s at most"
        )
    assert "Traceback" not in server.said()
