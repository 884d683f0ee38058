"""Start a real `facewarden watch` for a benchmark, and read what it costs from outside."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import yaml

from facewarden.errors import InputError
from facewarden.pipeline.control import ask

READY_S = 60.0


class RunningWatch:
    """A watch in a process of its own, with a store of its own."""

    def __init__(self, home: Path, process: "subprocess.Popen[bytes]") -> None:
        self.home = home
        self.process = psutil.Process(process.pid)
        self._popen = process

    def status(self) -> list[dict[str, Any]]:
        """Return what every camera is doing."""
        cameras: list[dict[str, Any]] = ask(self.home / "watch.socket", {"ask": "status"})[
            "cameras"
        ]
        return cameras

    def stages(self) -> dict[str, tuple[int, float]]:
        """Return what went through each stage of the route, and the seconds that it took."""
        told = ask(self.home / "watch.socket", {"ask": "status"})["stages"]
        return {entry["stage"]: (entry["items"], entry["seconds"]) for entry in told}

    def cpu_s(self) -> float:
        """Return user and system time spent so far."""
        spent = self.process.cpu_times()
        return float(spent.user + spent.system)

    def rss_mb(self) -> float:
        """Return resident memory in MB (10^6 bytes)."""
        return float(self.process.memory_info().rss) / 1e6

    def wait_for_frames(self) -> None:
        """Return once every camera has analysed something."""
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            if self._popen.poll() is not None:
                raise SystemExit(f"the watch ended with {self._popen.returncode}")
            try:
                cameras = self.status()
            except InputError:
                cameras = []
            if cameras and all(camera["analysed"] for camera in cameras):
                return
            time.sleep(0.2)
        raise SystemExit("the watch did not start in time")

    def stop(self) -> None:
        """End it as an operator would."""
        self._popen.send_signal(signal.SIGTERM)
        try:
            self._popen.wait(30)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()


def enrol(home: Path, photographs: Sequence[Path], watchlist: str) -> None:
    """Enrol photographs through the command line."""
    command = [sys.executable, "-m", "facewarden", "enrol", "--watchlist", watchlist]
    command += ["--face", "largest", *map(str, photographs)]
    done = subprocess.run(command, env=environment(home), capture_output=True, check=False)
    if done.returncode not in (0, 4):
        raise SystemExit(done.stderr.decode())


@contextmanager
def watching(settings: dict[str, Any], photographs: Sequence[Path]) -> Iterator[RunningWatch]:
    """Run a watch with these settings and these people enrolled, in a new folder."""
    with tempfile.TemporaryDirectory(prefix="fw-") as folder:
        home = Path(folder)
        if photographs:
            enrol(home, photographs, "bench")
        config = home / "facewarden.yaml"
        config.write_text(yaml.safe_dump(settings))
        command = [sys.executable, "-m", "facewarden", "watch", "--config", str(config), "--json"]
        process = subprocess.Popen(
            command, env=environment(home), stdout=subprocess.DEVNULL, stderr=sys.stderr
        )
        running = RunningWatch(home, process)
        try:
            running.wait_for_frames()
            yield running
        finally:
            running.stop()


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a facewarden whose data lies in `home`."""
    return {**os.environ, "FACEWARDEN_HOME": str(home)}
