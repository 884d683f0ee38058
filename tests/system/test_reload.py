"""Settings and watchlists change while a watch runs."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from system.processes import WatchProcess, enrol, facewarden, stored, wait_for
from system.scenes import first_photographs, folder_camera

pytestmark = [pytest.mark.shared, pytest.mark.models, pytest.mark.slow]

TAKEN_UP_S = 10.0
"""The watch looks around once a second; the rest is for a busy machine."""


@pytest.fixture(scope="module")
def people(shared: Path) -> list[Path]:
    return first_photographs(shared, 4)


class Running:
    """A watch of folders that are shown again and again, and the file of its settings."""

    def __init__(self, home: Path, folder: Path, people: list[Path]) -> None:
        self.home, self.folder, self.people = home, folder, people
        self.config = folder / "facewarden.yaml"
        self.cameras: dict[str, dict[str, Any]] = {}
        self.watch: WatchProcess | None = None

    def camera(self, camera_id: str, **more: Any) -> None:
        """Put a camera into the settings, or change it."""
        source = self.folder / camera_id
        if not source.exists():
            # Everybody is away long enough between two rounds for their track to end.
            folder_camera(source, [*self.people, *[None] * 8])
        plain = {"id": camera_id, "source": str(source), "realtime": True, "loop": True}
        self.cameras[camera_id] = {**plain, "analyse_fps": 4, "motion": {"enabled": False}, **more}

    def write(self, text: str = "") -> None:
        """Write the settings, or `text` in their place, all at once as editors do."""
        settings = {
            "cameras": list(self.cameras.values()),
            "decision": {"quiet_period_s": 1},
            "sinks": [
                {
                    "name": "lines",
                    "type": "jsonl",
                    "path": "alerts.jsonl",
                    "include_snapshot": False,
                }
            ],
        }
        draft = self.config.with_suffix(".draft")
        draft.write_text(text or json.dumps(settings))
        draft.replace(self.config)

    def start(self) -> WatchProcess:
        self.watch = WatchProcess(
            self.home, "--config", self.config, log=self.folder / "log", verbose=True
        )
        self.watch.wait_for_cameras(lambda cameras: set(cameras) == set(self.cameras))
        return self.watch

    def alerts(self, after: datetime | None = None) -> list[dict[str, Any]]:
        lines = self.folder / "alerts.jsonl"
        text = lines.read_text() if lines.exists() else ""
        bodies = [json.loads(line) for line in text.splitlines()]
        return [
            body
            for body in bodies
            if after is None or datetime.fromisoformat(body["times"]["decided"]) > after
        ]

    def alerted(self, after: datetime | None = None) -> set[str]:
        return {body["subject"]["name"] for body in self.alerts(after)}


@pytest.fixture
def running(home: Path, tmp_path: Path, people: list[Path], models_dir: Path) -> Iterator[Running]:
    running = Running(home, tmp_path, people)
    yield running
    if running.watch is not None and running.watch.running:
        running.watch.kill()


def name_of(photograph: Path) -> str:
    return photograph.parent.name.replace("_", " ")


def test_cameras_are_added_changed_and_removed(running: Running, people: list[Path]) -> None:
    enrol(running.home, "missing", "--face", "largest", people[0])
    running.camera("door")
    running.camera("hall")
    running.write()
    watch = running.start()
    watch.wait_for_cameras(lambda cameras: all(c["analysed"] for c in cameras.values()))

    running.camera("yard")
    running.write()
    watch.wait_for_cameras(lambda c: set(c) == {"door", "hall", "yard"}, TAKEN_UP_S)
    kept = watch.cameras()["hall"]["analysed"]

    running.camera("door", name="Back door", analyse_fps=8)
    del running.cameras["yard"]
    running.write()
    watch.wait_for_cameras(lambda cameras: set(cameras) == {"door", "hall"}, TAKEN_UP_S)
    watch.wait_until_said("1 changed, 1 removed")

    def renamed() -> bool:
        return any(a["camera"] == {"id": "door", "name": "Back door", "location": ""}
                   for a in running.alerts())  # fmt: skip

    wait_for(renamed, TAKEN_UP_S)
    # The camera that did not change went on: its counters were never put back.
    assert watch.cameras()["hall"]["analysed"] > kept
    assert {a["camera"]["id"] for a in running.alerts()} == {"door", "hall", "yard"}

    running.camera("door", name="Back door", analyse_fps=8, enabled=False)
    running.write()
    watch.wait_for_cameras(lambda cameras: set(cameras) == {"hall"}, TAKEN_UP_S)
    running.camera("door", name="Back door", analyse_fps=8)
    running.write()
    watch.wait_for_cameras(lambda cameras: set(cameras) == {"door", "hall"}, TAKEN_UP_S)
    assert watch.stop() == 0
    assert "Traceback" not in watch.said()


def test_broken_settings_are_said_in_one_line_and_the_old_ones_stay(running: Running) -> None:
    running.camera("door")
    running.write()
    watch = running.start()
    # Nothing: editors empty a file before they write it.
    for text, place, words in (
        ("cameras: [\n", ":2:", "expected"),
        ("cameras:\n  - {id: door, sauce: x}\n", ":2:", "sauce"),
        (" ", ":1:", "an empty file"),
    ):
        before = len(watch.said())
        running.write(text)
        watch.wait_until_said("the old settings stay", TAKEN_UP_S, after=before)
        time.sleep(1.5)  # another look around says nothing more
        said = [line for line in watch.said()[before:].splitlines() if line.strip()]
        told = [line for line in said if "facewarden.yaml" in line]
        assert words in " ".join(told), said
        assert any(place in line for line in told), said
        assert sum("the old settings stay" in line for line in said) == 1
        assert set(watch.cameras()) == {"door"}
    running.config.unlink()
    watch.wait_until_said("cannot read", TAKEN_UP_S)
    assert set(watch.cameras()) == {"door"}
    running.camera("hall")
    running.write()
    watch.wait_for_cameras(lambda cameras: set(cameras) == {"door", "hall"}, TAKEN_UP_S)
    assert watch.stop() == 0
    assert "Traceback" not in watch.said()


def test_people_enrolled_removed_or_expired_while_it_runs(
    running: Running, people: list[Path]
) -> None:
    first, second, third, _ = (name_of(person) for person in people)
    enrol(running.home, "missing", "--face", "largest", people[0])
    running.camera("door")
    running.write()
    watch = running.start()
    wait_for(lambda: running.alerted() == {first}, TAKEN_UP_S)

    # Beside the running watch, on a watchlist that is new to it.
    enrol(running.home, "barred", "--face", "largest", people[1])
    wait_for(lambda: running.alerted() == {first, second}, TAKEN_UP_S)
    assert {a["watchlist"] for a in running.alerts()} == {"missing", "barred"}

    def subject_id(name: str) -> str:
        store = stored(running.home)
        try:
            (found,) = [s.subject_id for s in store.watchlists.subjects() if s.details.name == name]
        finally:
            store.close()
        return str(found)

    gone = facewarden(running.home, "subjects", "remove", "--yes", subject_id(first))
    assert gone.returncode == 0, gone.stderr
    expiry = datetime.now(UTC) + timedelta(seconds=4)
    set_ = facewarden(
        running.home, "subjects", "set", subject_id(second), "--expires", expiry.isoformat()
    )
    assert set_.returncode == 0, set_.stderr
    # Somebody who stays shows that the camera still finds people after that.
    enrol(running.home, "missing", "--face", "largest", people[2])
    moment = max(expiry, datetime.now(UTC)) + timedelta(seconds=2)
    wait_for(lambda: datetime.now(UTC) > moment + timedelta(seconds=6), 30)
    assert running.alerted(after=moment) == {third}
    assert watch.stop() == 0
    assert "Traceback" not in watch.said()
