from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from facewarden.config.camera import CameraSettings
from facewarden.errors import KeyRefused, StoreError
from facewarden.store.camera_tables import camera
from facewarden.store.open import Store

SECRET, HOST = "hunter2-hunter2", "192.0.2.77"


def a_camera(camera_id: str = "gate", **more: Any) -> CameraSettings:
    plain: dict[str, Any] = {"id": camera_id, "source": f"rtsp://{HOST}/{camera_id}"} | more
    return CameraSettings.model_validate(plain)


FULL: dict[str, Any] = {
    "name": "Gate",
    "location": "North side",
    "username": "watch",
    "password": SECRET,
    "region": [[[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]]],
    "schedule": [
        {"days": ["mon"], "from": "22:30", "to": "06:00", "timezone": "Europe/Berlin"},
        {"from": "10:00", "to": "24:00"},
    ],
    "motion": {"threshold": 0.01},
    "watchlists": ["missing"],
    "group": "outside",
    "latitude": 52.5,
    "longitude": 13.4,
    "min_face_px": 32,
}


@pytest.mark.parametrize("more", [{}, FULL, {"ca_file": "/etc/ca.pem", "detect_size_px": 640}])
def test_what_was_kept_comes_back(store: Store, more: dict[str, Any]) -> None:
    wanted = a_camera(**more)
    made = store.cameras.create(wanted, actor="ada")
    assert made.version == 1
    assert store.cameras.get("gate") == made
    assert store.cameras.get("gate").settings == wanted
    assert store.cameras.all() == [made]
    assert store.cameras.all(["gate", "none"]) == [made]
    assert store.cameras.all([]) == []
    assert store.cameras.versions() == {"gate": 1}


def test_neither_address_nor_password_stand_in_the_files(store: Store, path: Path) -> None:
    store.cameras.create(a_camera(**FULL))
    store.cameras.update(a_camera(**FULL | {"password": SECRET * 2}))
    raw = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert SECRET.encode() not in raw
    assert HOST.encode() not in raw


def test_each_change_has_a_version_and_says_what_changed(store: Store) -> None:
    store.cameras.create(a_camera(**FULL), actor="ada")
    changed = a_camera(**FULL | {"password": "another", "name": "Old gate"})
    assert store.cameras.update(changed, version=1, actor="bob").version == 2
    assert store.cameras.update(changed, version=2).version == 2  # no change
    with pytest.raises(StoreError, match="meanwhile") as caught:
        store.cameras.update(a_camera(), version=1)
    assert "version 2" in caught.value.found
    with pytest.raises(StoreError, match="meanwhile"):
        store.cameras.remove("gate", version=1)
    assert store.cameras.get("gate").settings == changed
    store.cameras.remove("gate", version=2, actor="ada")
    assert store.cameras.find("gate") is None
    events = [(e.actor, e.action, e.object, dict(e.details)) for e in store.audit.tail(3)]
    assert sorted(events) == [
        ("ada", "camera.create", "camera:gate", {"group": "outside"}),
        ("ada", "camera.remove", "camera:gate", {}),
        ("bob", "camera.update", "camera:gate", {"changed": ["name", "password"], "version": 2}),
    ]
    assert store.audit.verify() is None


def test_what_is_not_there_or_there_twice_is_refused(store: Store) -> None:
    store.cameras.create(a_camera())
    for refused in (
        lambda: store.cameras.create(a_camera(name="other")),
        lambda: store.cameras.update(a_camera("door")),
        lambda: store.cameras.remove("door"),
        lambda: store.cameras.get("door"),
    ):
        with pytest.raises(StoreError, match="there is"):
            refused()


def test_pages_go_by_id_and_group(store: Store) -> None:
    for number in range(7):
        group = {"group": "inside"} if number % 2 else {}
        store.cameras.create(a_camera(f"c{number}", **group))
    first = store.cameras.page(limit=4)
    rest = store.cameras.page(limit=4, after=first[-1].camera_id)
    assert [c.camera_id for c in (*first, *rest)] == [f"c{n}" for n in range(7)]
    assert [c.camera_id for c in store.cameras.page(limit=9, groups=["inside"])] == [
        "c1",
        "c3",
        "c5",
    ]
    assert [c.group for c in store.cameras.page(limit=9, groups=[""])] == [""] * 4
    assert store.cameras.page(limit=9, groups=[]) == []


def test_a_sealed_camera_cannot_be_moved_to_another_row(store: Store) -> None:
    gate, door = store.cameras.create(a_camera()), store.cameras.create(a_camera("door"))
    assert replace(gate, settings=door.settings) != gate
    with store._database.write() as connection:
        row = connection.execute(camera.select().where(camera.c.camera_id == "gate")).one()
        connection.execute(
            update(camera).where(camera.c.camera_id == "door").values(sealed=row.sealed)
        )
    with pytest.raises(KeyRefused):
        store.cameras.get("door")
