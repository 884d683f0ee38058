"""The disk of the store fills up during a watch, and is emptied again."""

import json
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psutil
import pytest

from system.processes import WatchProcess, enrol, stored, wait_for
from system.scenes import first_photographs, folder_camera

pytestmark = [pytest.mark.shared, pytest.mark.models, pytest.mark.slow]

PEOPLE = 6
DISK_MB = 24


class SmallDisk:
    """A file system of its own, filled with ballast."""

    def __init__(self, home: Path) -> None:
        self._ballast = home / "ballast"

    def fill(self, _watch: WatchProcess) -> None:
        with self._ballast.open("wb", buffering=0) as file:
            for size in (1 << 16, 1 << 12):
                while True:
                    try:
                        file.write(bytes(size))
                    except OSError:
                        break

    def empty(self, _watch: WatchProcess) -> None:
        self._ballast.unlink()


class SmallFiles:
    """No file of the watch may grow beyond what the largest of its store has now."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def fill(self, watch: WatchProcess) -> None:
        largest = max(file.stat().st_size for file in self._home.glob("facewarden.sqlite*"))
        psutil.Process(watch.pid).rlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))

    def empty(self, watch: WatchProcess) -> None:
        psutil.Process(watch.pid).rlimit(
            resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        )


@contextmanager
def small_disk(home: Path) -> Iterator[SmallDisk]:
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=0700", "tmpfs", str(home)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        # Not absent(): the limit on files tests the same wherever nobody may mount.
        pytest.skip("only root may mount a small disk")
    try:
        yield SmallDisk(home)
    finally:
        subprocess.run(["umount", str(home)], check=True)


@contextmanager
def small_files(home: Path) -> Iterator[SmallFiles]:
    yield SmallFiles(home)


@pytest.mark.parametrize("scarcity", [small_disk, small_files])
def test_the_watch_goes_on_says_it_once_and_loses_nothing(
    scarcity: Callable[[Path], AbstractContextManager[SmallDisk | SmallFiles]],
    shared: Path,
    models_dir: Path,
    home: Path,
    tmp_path: Path,
) -> None:
    photographs = first_photographs(shared, PEOPLE)
    hall = folder_camera(tmp_path / "hall", [*photographs, *[None] * 8])
    config = tmp_path / "facewarden.yaml"
    camera = {"id": "hall", "source": str(hall), "realtime": True, "loop": True, "analyse_fps": 4}
    lines = {"name": "lines", "type": "jsonl", "path": "alerts.jsonl", "include_snapshot": False}
    settings = {
        "cameras": [{**camera, "motion": {"enabled": False}}],
        "decision": {"quiet_period_s": 1},
        "sinks": [lines],
    }
    config.write_text(json.dumps(settings))
    home.mkdir(mode=0o700)

    def committed() -> int:
        store = stored(home)
        try:
            return len(store.alerts.find(limit=10_000))
        finally:
            store.close()

    with scarcity(home) as disk:
        enrol(home, "missing", "--face", "largest", *photographs)
        watch = WatchProcess(home, "--config", config, "--json", log=tmp_path / "log")
        try:
            wait_for(lambda: (tmp_path / "alerts.jsonl").exists(), 30, "a first alert")
            disk.fill(watch)
            watch.wait_until_said("kept in memory, trying again", 60)
            full_at = watch.cameras()["hall"]
            before = committed()
            # Two more rounds of the pictures, about seven seconds, which nothing can be written of.
            watch.wait_for_cameras(
                lambda cameras: cameras["hall"]["analysed"] > full_at["analysed"] + 28
            )
            assert committed() == before
            disk.empty(watch)
            watch.wait_until_said("the store can be written again", 30)
            wait_for(lambda: committed() >= before + PEOPLE, 30, "what was kept is written")
        finally:
            code = watch.stop()
        said = watch.said()
        summary = json.loads(said[said.index('{\n  "cameras"') :])
        store = stored(home)
        try:
            alerts, backlog = store.alerts.find(limit=10_000), store.alerts.backlog()
        finally:
            store.close()
    assert code == 0, said
    assert said.count("kept in memory, trying again") == 1, said
    assert said.count("the store can be written again") == 1
    assert "Traceback" not in said
    # Everything that was raised was written, and everything that was written was delivered.
    assert len(alerts) == sum(summary["alerts"].values())
    assert backlog == 0
    received = (tmp_path / "alerts.jsonl").read_text().splitlines()
    assert {json.loads(line)["alert_id"] for line in received} == {a.alert.alert_id for a in alerts}
