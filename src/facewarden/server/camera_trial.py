"""Trying a camera: it is opened for a moment in a process of its own, with limits on time."""

import json
import logging
import subprocess
import sys
import threading
from typing import Final

from facewarden.api.cameras import CameraTrial
from facewarden.config.camera import CameraSettings
from facewarden.config.models import ModelsSettings
from facewarden.server.problems import Unavailable
from facewarden.store.cameras import to_plain

log = logging.getLogger("facewarden.server")

WALL_S: Final = 30.0
"""2 s to start, 12 s for the first picture, 3 s to look, and the rest for a busy machine."""
AT_ONCE: Final = 2


class CameraTrials:
    """Tries cameras; used from many threads, two at once."""

    def __init__(self, models: ModelsSettings, *, wall_s: float = WALL_S) -> None:
        self._models = models
        self._wall_s = wall_s
        self._room = threading.BoundedSemaphore(AT_ONCE)

    def run(self, camera: CameraSettings) -> CameraTrial:
        """Open a camera and tell what came; what is wrong with it is an answer, not an error.

        Raises:
            Unavailable: two cameras are being tried already.
        """
        if not self._room.acquire(blocking=False):
            raise Unavailable("other cameras are being tried", remedy="try again in a moment")
        try:
            return self._run(camera)
        finally:
            self._room.release()

    def _run(self, camera: CameraSettings) -> CameraTrial:
        asked = {
            "camera": to_plain(camera),
            "models": self._models.model_dump(mode="json"),
        }
        try:
            done = subprocess.run(
                [sys.executable, "-m", "facewarden.server.camera_probe"],
                # On standard input: neither address nor password shows in the list of processes.
                input=json.dumps(asked).encode(),
                capture_output=True,
                timeout=self._wall_s,
                check=False,
            )
            return CameraTrial.model_validate_json(done.stdout)
        except subprocess.TimeoutExpired:
            return _failed(f"no picture came within {self._wall_s:g} s", self._wall_s)
        except ValueError:
            log.warning("trying camera %s ended with status %d", camera.id, done.returncode)
            return _failed("reading it crashed, or took too much of the processor", 0.0)


def _failed(problem: str, took_s: float) -> CameraTrial:
    return CameraTrial(works=False, problem=problem, took_s=took_s)
