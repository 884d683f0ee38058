"""Somebody looks at a camera that a deployment watches, through a real server."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import psutil
import pytest
from websockets.asyncio.client import connect

from facewarden.access.principal import Role
from facewarden.config.camera import CameraSettings
from facewarden.data import Image
from facewarden.data.deployment import DeploymentPlan
from facewarden.store.open import Store
from system.processes import enrol, stored, wait_for
from system.scenes import first_photographs
from system.serving import STARTED_S, ServeProcess, key_of

pytestmark = [pytest.mark.shared, pytest.mark.models, pytest.mark.slow]


@pytest.fixture
def server(home: Path, tmp_path: Path, shared: Path, models_dir: Path) -> Iterator[ServeProcess]:
    """A server with a deployment that watches one clip of one person again and again."""
    enrol(home, "missing", "--face", "largest", first_photographs(shared, 1)[0])
    with stored(home) as store:
        store.cameras.create(
            CameraSettings.model_validate(
                {
                    "id": "hall",
                    "source": str(shared / "data" / "videos" / "person_d11.mp4"),
                    "realtime": True,
                    "loop": True,
                    "group": "inside",
                }
            )
        )
        authorise(store, timedelta(hours=1))
    made = ServeProcess(home, log=tmp_path / "serve.log")
    made.start()
    yield made
    made.kill()


def authorise(store: Store, lasts: timedelta) -> int:
    now = datetime.now(UTC)
    plan = DeploymentPlan(
        "test", "hall", "consent", ("hall",), ("missing",), now, now + lasts
    )  # fmt: skip
    one = store.deployments.propose(plan, "ada").deployment_id
    store.deployments.authorise(one, "bob")
    return one


def health(client: httpx.Client) -> dict[str, Any]:
    found = client.get("/api/v1/cameras/hall").json()["health"]
    return found or {}


def parts(answer: httpx.Response) -> Iterator[bytes]:
    """Yield the JPEGs of a multipart stream."""
    waiting = b""
    for data in answer.iter_bytes():
        waiting += data
        while (end := waiting.find(b"\r\n\r\n")) >= 0:
            length = int(waiting[:end].rsplit(b"Content-Length: ", 1)[1])
            if len(waiting) < end + 4 + length + 2:
                break
            yield waiting[end + 4 : end + 4 + length]
            waiting = waiting[end + 4 + length + 2 :]


def decoded(jpeg: bytes) -> Image:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def roughness(picture: Image, box: list[int]) -> float:
    x1, y1, x2, y2 = (max(0, side) for side in box)
    return float(cv2.Laplacian(picture[y1:y2, x1:x2], cv2.CV_64F).std())


async def frames(
    server: ServeProcess, key: str, count: int, query: str = ""
) -> list[tuple[dict[str, Any], bytes]]:
    """Return the first pictures of a WebSocket on which somebody is seen, with their boxes."""
    found: list[tuple[dict[str, Any], bytes]] = []
    address = f"{server.address.replace('http', 'ws')}/api/v1/cameras/hall/live?{query}"
    async with connect(address, additional_headers={"Authorization": f"Bearer {key}"}) as socket:
        async with asyncio.timeout(60):
            while len(found) < count:
                header = json.loads(await socket.recv())
                if header["kind"] == "frame":
                    jpeg = await socket.recv()
                    assert isinstance(jpeg, bytes)
                    if header["boxes"]:
                        found.append((header, jpeg))
    return found


def test_looking_at_a_camera(server: ServeProcess, home: Path) -> None:
    with stored(home) as store:
        keys = {role: key_of(store, role.value, role) for role in Role}
    with ExitStack() as stack:
        viewer, supervisor, auditor = (
            stack.enter_context(server.client(keys[role]))
            for role in (Role.VIEWER, Role.SUPERVISOR, Role.AUDITOR)
        )
        look_at_it(server, home, keys, viewer, supervisor, auditor)


def look_at_it(
    server: ServeProcess,
    home: Path,
    keys: dict[Role, str],
    viewer: httpx.Client,
    supervisor: httpx.Client,
    auditor: httpx.Client,
) -> None:
    wait_for(lambda: health(viewer).get("state") == "watching", STARTED_S, server.said())
    wait_for(lambda: health(viewer).get("fps"), 30)
    assert 1 < health(viewer)["fps"] < 9  # five are due; the first seconds are uneven

    live = "/api/v1/cameras/hall/live.mjpeg"
    with viewer.stream("GET", live, params={"width": 300, "fps": 5}) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("multipart/x-mixed-replace")
        pictures = parts(answer)
        shapes = [decoded(next(pictures)).shape for _ in range(4)]
    assert {shape[1] for shape in shapes} == {320}

    # The same person at the same place: smooth for whoever may not see bystanders.
    blurred = asyncio.run(frames(server, keys[Role.VIEWER], 3))
    query = "unblurred=true&reason=incident:17"
    sharp = asyncio.run(frames(server, keys[Role.SUPERVISOR], 3, query))
    hidden = [roughness(decoded(jpeg), face["box"]) for head, jpeg in blurred
              for face in head["boxes"] if face["confidence"] > 0.8]  # fmt: skip
    shown = [roughness(decoded(jpeg), face["box"]) for head, jpeg in sharp
             for face in head["boxes"] if face["confidence"] > 0.8]  # fmt: skip
    assert max(hidden) < min(shown) / 2, (hidden, shown)

    assert viewer.get(live, params={"unblurred": True, "reason": "a"}).status_code == 403
    assert supervisor.get(live, params={"unblurred": True}).status_code == 422
    assert viewer.get("/api/v1/cameras/none/live.mjpeg").status_code == 404
    assert auditor.get(live).status_code == 403
    with stored(home) as store:
        looks = [e for e in store.audit.tail(200) if e.action == "camera.live"]
        assert [dict(e.details) for e in looks if e.actor == "supervisor"] == [
            {"blurred": False, "origin": "127.0.0.1", "reason": "incident:17"}
        ]
        assert len([e for e in looks if e.actor == "viewer"]) == 2
        assert store.audit.verify() is None

    # The watch dies: whoever looks sees on when it is back.
    with viewer.stream("GET", live, params={"fps": 10}) as answer:
        pictures = parts(answer)
        next(pictures)
        pid, _ = server.wait_for_watch()
        os.kill(pid, signal.SIGKILL)
        began_s = time.monotonic()
        gap_s = 0.0
        while gap_s < 1.0:  # the pause that the kill makes; what was buffered comes before it
            before_s = time.monotonic()
            next(pictures)
            gap_s = time.monotonic() - before_s
            assert time.monotonic() - began_s < 60

    # The right to look ends: so does the picture.
    with viewer.stream("GET", live) as answer:
        pictures = parts(answer)
        next(pictures)
        with stored(home) as store:
            account = next(a for a in store.people.page(limit=50) if a.login == "viewer")
            store.people.change(
                account.user_id, role=account.role, scope=account.scope, disabled=True, actor="ada"
            )
        began_s = time.monotonic()
        for _ in pictures:
            assert time.monotonic() - began_s < 30
    assert viewer.get(live).status_code == 401
    (pid, _) = server.wait_for_watch()
    # uvicorn ends in order, and then by the signal that it was sent.
    assert server.stop() in {0, -signal.SIGTERM}
    assert not psutil.pid_exists(pid)
    assert "Traceback" not in server.said()
