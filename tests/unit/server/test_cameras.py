import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from facewarden.access.principal import RIGHTS, Role, Scope
from facewarden.api.cameras import CameraSetup, Motion, Window
from facewarden.config.camera import CameraSettings, MotionSettings
from facewarden.config.schedule import WindowSettings
from facewarden.config.server import ServerSettings
from facewarden.config.settings import Settings
from facewarden.config.store import StoreSettings
from facewarden.data.deployment import DeploymentPlan
from facewarden.server.context import Context
from facewarden.server.supervisor import CameraState
from facewarden.store.open import Store
from unit.server.conftest import Login
from unit.server.signing import person, program

SECRET = "hunter2-hunter2"
GATE: dict[str, Any] = {
    "id": "gate",
    "password": SECRET,
    "setup": {
        "source": "rtsp://192.0.2.10/stream1?token=abc",
        "username": "watch",
        "name": "Gate",
        "group": "outside",
        "latitude": 52.5,
        "longitude": 13.4,
        "region": [[[0.1, 0.2], [0.9, 0.2], [0.5, 0.9]]],
        "schedule": [{"days": ["mon"], "from": "22:30", "to": "06:00", "timezone": "UTC"}],
    },
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    # Clips of tests lie in several folders.
    return Settings(
        store=StoreSettings(data_dir=tmp_path / "data"),
        server=ServerSettings(recordings=(Path("/"),)),
    )


@pytest.mark.parametrize(
    ("wire", "ours", "apart"),
    [
        (CameraSetup, CameraSettings, {"id", "password"}),
        (Motion, MotionSettings, set[str]()),
        (Window, WindowSettings, set[str]()),
    ],
)
def test_the_interface_has_every_setting_with_its_default(
    wire: Any, ours: Any, apart: set[str]
) -> None:
    assert set(wire.model_fields) == set(ours.model_fields) - apart
    given = {"source": "a.mp4"} if wire is CameraSetup else {}
    mine = wire(**given).model_dump(mode="json")
    known = {"id": "a"} if wire is CameraSetup else {}
    theirs = ours.model_validate(given | known).model_dump(mode="json", exclude=apart)
    assert mine == theirs


def test_made_read_changed_and_removed(administrator: httpx.Client, store: Store) -> None:
    made = administrator.post("/api/v1/cameras", json=GATE)
    assert made.status_code == 201, made.text
    assert made.json()["setup"]["source"] == "rtsp://192.0.2.10/stream1?..."
    assert made.json()["has_password"]
    assert SECRET not in made.text
    assert made.json()["health"] is None
    assert administrator.post("/api/v1/cameras", json=GATE).status_code == 409

    read = administrator.get("/api/v1/cameras/gate")
    assert read.json() == made.json()
    assert read.headers["etag"] == made.headers["etag"]
    listed = administrator.get("/api/v1/cameras").json()
    assert listed == {"items": [made.json()], "next": None}

    # What was shown, sent back with one change, keeps what was not shown.
    setup = read.json()["setup"] | {"name": "Old gate"}
    tag = {"If-Match": read.headers["etag"]}
    assert administrator.put("/api/v1/cameras/gate", json={"setup": setup}).status_code == 428
    changed = administrator.put("/api/v1/cameras/gate", json={"setup": setup}, headers=tag)
    assert changed.status_code == 200, changed.text
    assert changed.json()["version"] == 2
    kept = store.cameras.get("gate").settings
    assert kept.source == GATE["setup"]["source"]
    assert kept.password is not None
    assert kept.password.get_secret_value() == SECRET
    assert kept.name == "Old gate"
    assert administrator.put(
        "/api/v1/cameras/gate", json={"setup": setup}, headers=tag
    ).status_code == 412  # fmt: skip

    tag = {"If-Match": changed.headers["etag"]}
    assert administrator.delete("/api/v1/cameras/gate").status_code == 428
    assert administrator.delete("/api/v1/cameras/gate", headers=tag).status_code == 204
    assert administrator.get("/api/v1/cameras/gate").status_code == 404
    actions = [event.action for event in store.audit.tail(20)]
    assert {"camera.create", "camera.update", "camera.remove"} <= set(actions)
    assert store.audit.verify() is None


def test_a_repeated_request_makes_one_camera(administrator: httpx.Client, store: Store) -> None:
    headers = {"Idempotency-Key": "first-camera"}
    answers = [administrator.post("/api/v1/cameras", json=GATE, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert len(store.cameras.all()) == 1


def test_the_password_does_not_follow_to_another_address(
    administrator: httpx.Client, store: Store
) -> None:
    tag = administrator.post("/api/v1/cameras", json=GATE).headers["etag"]
    other = {"setup": GATE["setup"] | {"source": "rtsp://203.0.113.5/"}}
    refused = administrator.put("/api/v1/cameras/gate", json=other, headers={"If-Match": tag})
    assert refused.status_code == 422
    assert "password" in refused.json()["remedy"]
    for password in ("another one", ""):
        tag = administrator.get("/api/v1/cameras/gate").headers["etag"]
        body = {
            "setup": GATE["setup"] | {"source": f"rtsp://203.0.113.{len(password)}/"},
            "password": password,
        }
        taken = administrator.put("/api/v1/cameras/gate", json=body, headers={"If-Match": tag})
        assert taken.status_code == 200, taken.text
        assert taken.json()["has_password"] == bool(password)


@pytest.mark.parametrize(
    "changes",
    [
        {"source": "gopher://192.0.2.10/x"},
        {"source": "file:///etc/passwd"},
        {"source": "/nowhere/at/all.mp4"},
        {"source": "-i x"},
        {"source": "rtsp://192.0.2.10/x,protocol_whitelist=file"},
        {"source": "rtsp://***@192.0.2.10/x"},
        {"source": ""},
        {"latitude": 52.5, "longitude": None},
        {"watchlists": ["nobody"]},
        {"region": [[[0, 0], [1, 1]]]},
        {"region": [[[0, 0], [1, 1], [2, 0]]]},
        {"schedule": [{"from": "25:00"}]},
        {"schedule": [{"timezone": "Mars/Base"}]},
        {"name": "x" * 101},
        {"name": "a\nb"},
        {"analyse_fps": 1e9},
        {"surprise": 1},
    ],
    ids=lambda changes: "-".join(f"{k}" for k in changes),
)
def test_what_makes_no_sense_is_refused(
    administrator: httpx.Client, store: Store, changes: dict[str, Any]
) -> None:
    answer = administrator.post("/api/v1/cameras", json=GATE | {"setup": GATE["setup"] | changes})
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert SECRET not in answer.text
    assert store.cameras.all() == []


def test_a_camera_of_another_group_does_not_exist(
    administrator: httpx.Client, login: Login, store: Store, address: str
) -> None:
    for number, group in enumerate(("outside", "inside", None)):
        body = {"id": f"c{number}", "setup": {"source": "rtsp://192.0.2.1/", "group": group}}
        assert administrator.post("/api/v1/cameras", json=body).status_code == 201
    limited = login(Role.VIEWER, Scope(camera_groups=frozenset({"outside"})))
    assert [c["id"] for c in limited.get("/api/v1/cameras").json()["items"]] == ["c0"]
    assert limited.get("/api/v1/cameras/c0").status_code == 200
    theirs, nobody = (limited.get(f"/api/v1/cameras/{one}") for one in ("c1", "none"))
    assert theirs.status_code == nobody.status_code == 404
    assert theirs.content == nobody.content
    assert limited.post("/api/v1/cameras", json=GATE).status_code == 403
    assert limited.post("/api/v1/cameras/c0/test").status_code == 403
    ada = person(store, "ada")
    inside = Scope(camera_groups=frozenset({"inside"}))
    with program(store, address, ada, RIGHTS[Role.ADMINISTRATOR], inside) as near:
        assert near.post("/api/v1/cameras", json=GATE).status_code == 403
        tag = near.get("/api/v1/cameras/c1").headers["etag"]
        moved = {"setup": {"source": "rtsp://192.0.2.1/", "group": "outside"}}
        answer = near.put("/api/v1/cameras/c1", json=moved, headers={"If-Match": tag})
        assert answer.status_code == 403
        assert near.delete("/api/v1/cameras/c0", headers={"If-Match": tag}).status_code == 404


@pytest.fixture
def limited(store: Store, address: str) -> Iterator[httpx.Client]:
    """Somebody who may write cameras and sees the watchlists `seen` and `also` only."""
    for name in ("seen", "also", "hidden"):
        store.watchlists.ensure(name)
    scope = Scope(frozenset({"seen", "also"}))
    with program(store, address, person(store, "ada"), RIGHTS[Role.ADMINISTRATOR], scope) as made:
        yield made


@pytest.mark.parametrize(
    ("before", "shown", "wanted", "after"),
    [
        (["hidden", "seen"], ["seen"], ["seen"], ["hidden", "seen"]),
        (["hidden", "seen"], ["seen"], ["also"], ["also", "hidden"]),
        (["hidden", "seen"], ["seen"], [], []),
        (["hidden"], [], [], ["hidden"]),
        (["hidden"], [], ["seen"], ["seen", "hidden"]),
        (["seen"], ["seen"], ["also"], ["also"]),
        ([], [], [], []),
    ],
)
def test_hidden_watchlists_of_a_camera_stay_and_are_not_named(
    store: Store,
    limited: httpx.Client,
    before: list[str],
    shown: list[str],
    wanted: list[str],
    after: list[str],
) -> None:
    setup = GATE["setup"] | {"watchlists": before}
    store.cameras.create(CameraSettings.model_validate(setup | {"id": "gate"}))
    path = "/api/v1/cameras/gate"
    read = limited.get(path)
    (listed,) = limited.get("/api/v1/cameras").json()["items"]
    assert read.json()["setup"]["watchlists"] == listed["setup"]["watchlists"] == shown
    body = {"setup": read.json()["setup"] | {"watchlists": wanted, "name": "Old gate"}}
    changed = limited.put(path, json=body, headers={"If-Match": read.headers["etag"]})
    assert changed.status_code == 200, changed.text
    assert "hidden" not in changed.text
    assert list(store.cameras.get("gate").settings.watchlists) == after
    # To name one is to name what there is not.
    body["setup"]["watchlists"] = ["hidden"]
    named = limited.put(path, json=body, headers={"If-Match": changed.headers["etag"]})
    assert named.status_code == 422


def test_the_deployment_that_watches_a_camera_is_told_to_who_sees_it(
    administrator: httpx.Client,
    limited: httpx.Client,
    context: Context,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store.cameras.create(CameraSettings.model_validate(GATE["setup"] | {"id": "gate"}))
    counts = ("analysed", "dropped", "faces", "tracks", "reconnects", "watched_s", "down_s")
    told = dict.fromkeys(counts, 7) | {"state": "watching", "problem": ""}
    now = datetime.now(UTC)
    for number, name in enumerate(("seen", "hidden"), 1):
        plan = DeploymentPlan("p", "p", "l", ("gate",), (name,), now, now + timedelta(days=1), 1.0)
        found = store.deployments.propose(plan, "ada")
        assert found.deployment_id == number
    for number, shown in ((1, (1, 7, 7)), (2, (None, None, None))):
        state = CameraState(number, told, 5.0)
        monkeypatch.setattr(context.supervisor, "camera", lambda _, state=state: state)
        for client, expected in ((limited, shown), (administrator, (number, 7, 7))):
            health = client.get("/api/v1/cameras/gate").json()["health"]
            assert (health["deployment_id"], health["faces"], health["tracks"]) == expected
            assert (health["state"], health["dropped"]) == ("watching", 7)


def test_pages(administrator: httpx.Client) -> None:
    for number in range(5):
        body = {"id": f"c{number}", "setup": {"source": f"rtsp://192.0.2.1/{number}"}}
        administrator.post("/api/v1/cameras", json=body)
    ids, cursor = [], ""
    while cursor is not None:
        page = administrator.get(
            "/api/v1/cameras", params={"limit": 2, **({"cursor": cursor} if cursor else {})}
        ).json()
        ids += [camera["id"] for camera in page["items"]]
        cursor = page["next"]
    assert ids == [f"c{number}" for number in range(5)]


@pytest.mark.shared
@pytest.mark.models
def test_trying_a_recording_tells_what_it_is_and_shows_nobody(
    administrator: httpx.Client, shared: Path, models_dir: Path, store: Store
) -> None:
    clip = shared / "data" / "videos" / "person_d11.mp4"
    body = {"id": "door", "setup": {"source": str(clip)}}
    found = administrator.post("/api/v1/cameras/test", json=body).json()
    assert found["works"], found
    assert found["problem"] == ""
    assert found["fps"] > 5
    assert found["faces"] >= 1
    jpeg = base64.b64decode(found["thumbnail"])
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape[1] <= 640
    assert store.audit.tail(1)[0].action == "camera.test"
    assert store.cameras.all() == []


def test_trying_what_does_not_work_says_why_in_one_line(
    administrator: httpx.Client, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video at all" * 100)
    for source in (str(broken), "http://127.0.0.1:9/video.mjpg"):
        body = {"id": "door", "password": SECRET, "setup": {"source": source, "username": "a"}}
        answer = administrator.post("/api/v1/cameras/test", json=body)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert not found["works"]
        assert found["problem"]
        assert "\n" not in found["problem"]
        assert found["thumbnail"] is None
        assert SECRET not in answer.text
    assert administrator.post("/api/v1/cameras/none/test").status_code == 404
