"""A look-alike is rejected once, and alerts no more; the subject still does.

Hu Jintao and Wen Jiabao of LFW are look-alikes by themselves: below the calibrated threshold, and
above the low one that these watches are given.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from system.processes import WatchProcess, enrol, facewarden, stored, wait_for
from system.scenes import folder_camera

pytestmark = [pytest.mark.shared, pytest.mark.models, pytest.mark.slow]

SUBJECT, LOOK_ALIKE = "Hu_Jintao", "Wen_Jiabao"
THRESHOLD = 0.33
"""The look-alike reaches 0.45, and is above this in most of his photographs."""

TAKEN_UP_S = 20.0
AWAY = [None] * 8
"""Pictures of nobody, long enough for a track to end."""


class Street:
    """Photographs of the two, a home where the subject is enrolled, and cameras that show them."""

    def __init__(self, shared: Path, home: Path, folder: Path) -> None:
        self.images = shared / "data" / "lfw-dev" / "images"
        self.home, self.folder = home, folder
        self.config = folder / "facewarden.yaml"
        self.cameras: list[dict[str, Any]] = []
        self.recordings = 0
        enrol(home, "wanted", "--face", "largest", self.photograph(SUBJECT, 1))

    def photograph(self, person: str, number: int) -> Path:
        return self.images / person / f"{person}_{number:04d}.jpg"

    def recording(self, person: str, *numbers: int) -> Path:
        """Make a folder of pictures in which these photographs of a person are seen in turn."""
        shown: list[Path | None] = []
        for number in numbers:
            shown += [*[self.photograph(person, number)] * 2, *AWAY]
        self.recordings += 1
        return folder_camera(self.folder / f"recording-{self.recordings}", shown)

    def camera(self, camera_id: str, person: str, number: int) -> None:
        """Put a camera into the settings that shows one photograph again and again."""
        source = str(self.recording(person, number))
        plain = {"id": camera_id, "source": source, "realtime": True, "loop": True}
        self.cameras.append(plain | {"analyse_fps": 4, "motion": {"enabled": False}})

    def write(self) -> None:
        lines = {"name": "lines", "type": "jsonl", "path": "alerts.jsonl"}
        settings = {
            "cameras": self.cameras,
            "watchlists": [{"name": "wanted", "threshold": THRESHOLD}],
            "decision": {"quiet_period_s": 0, "min_quality": 0.2},
            "sinks": [lines | {"include_snapshot": False}],
        }
        self.config.write_text(json.dumps(settings))

    def watch(self, person: str, *numbers: int) -> list[dict[str, Any]]:
        """Watch a recording to its end; return the new alerts that it raised, not their updates."""
        began = datetime.now(UTC)
        self.write()
        source = self.recording(person, *numbers)
        done = facewarden(self.home, "watch", "--config", self.config, source)
        assert done.returncode == 0, done.stderr
        return [body for body in self.alerts(began) if body["revision"] == 1]

    def alerts(self, after: datetime | None = None) -> list[dict[str, Any]]:
        lines = self.folder / "alerts.jsonl"
        text = lines.read_text() if lines.exists() else ""
        bodies = [json.loads(line) for line in text.splitlines()]
        return [
            body
            for body in bodies
            if after is None or datetime.fromisoformat(body["times"]["decided"]) > after
        ]

    def reject(self, body: dict[str, Any]) -> None:
        done = facewarden(
            self.home, "alerts", "reject", body["alert_id"], "--reason", "not him"
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "raises no more alerts for this subject" in done.stderr


@pytest.fixture
def street(shared: Path, home: Path, tmp_path: Path, models_dir: Path) -> Street:
    return Street(shared, home, tmp_path)


def test_a_rejected_look_alike_passes_again_after_a_restart(street: Street) -> None:
    first = street.watch(LOOK_ALIKE, 9)
    assert {body["subject"]["name"] for body in first} == {"Hu Jintao"}
    assert "template" not in json.dumps(street.alerts())
    for body in first:  # once for each place he was seen in
        street.reject(body)
    with stored(street.home) as store:
        (anchor,) = store.anchors.of_subject(first[0]["subject"]["id"])
        assert set(anchor.alert_ids) == {body["alert_id"] for body in first}

    again = street.watch(LOOK_ALIKE, 9, 11, 13, 7)
    assert again == []
    report = facewarden(street.home, "report", "--since", "1h", "--format", "json")
    assert report.returncode == 0, report.stderr
    assert json.loads(report.stdout)["total"]["rejected_before"] >= 1

    himself = street.watch(SUBJECT, 2, 3)
    assert himself
    assert {body["subject"]["name"] for body in himself} == {"Hu Jintao"}

    for body in first:
        undone = facewarden(street.home, "alerts", "confirm", body["alert_id"])
        assert "held back" in undone.stderr
    assert "no longer held back" in undone.stderr  # the last of them
    assert street.watch(LOOK_ALIKE, 9)


@pytest.fixture
def running(street: Street) -> Iterator[WatchProcess]:
    street.camera("hall", LOOK_ALIKE, 9)
    street.camera("door", SUBJECT, 2)
    street.write()
    watch = WatchProcess(
        street.home, "--config", street.config, log=street.folder / "log", verbose=True
    )
    yield watch
    if watch.running:
        watch.kill()


def test_a_rejection_reaches_a_watch_that_is_running(street: Street, running: WatchProcess) -> None:
    def cameras(after: datetime | None = None) -> set[str]:
        return {body["camera"]["id"] for body in street.alerts(after)}

    running.wait_for_cameras(lambda cameras: set(cameras) == {"hall", "door"})
    wait_for(lambda: cameras() == {"hall", "door"}, TAKEN_UP_S)
    street.reject(next(body for body in street.alerts() if body["camera"]["id"] == "hall"))
    moment = datetime.now(UTC) + timedelta(seconds=3)  # until it has looked around

    def held_back() -> bool:
        told = facewarden(street.home, "explain", "hall", "--json")
        tracks = json.loads(told.stdout)["tracks"]
        return any("as not this person: alert" in line for t in tracks for line in t["answer"])

    wait_for(lambda: len([a for a in street.alerts(moment) if a["camera"]["id"] == "door"]) > 2, 30)
    assert held_back()
    assert cameras(after=moment) == {"door"}
    assert running.stop() == 0
    assert "Traceback" not in running.said()
    with stored(street.home) as store:
        assert {"anchor.create", "alert.review"} <= {e.action for e in store.audit.tail(50)}
        assert store.audit.verify() is None
