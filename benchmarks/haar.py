"""Viola and Jones's detector, as a baseline: OpenCV 4's Haar cascade in a process of its own.

OpenCV 5, which facewarden runs on, has neither the class nor the cascade any more. A virtual
environment with OpenCV 4 in the user's cache folder has both.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from platformdirs import user_cache_path

from facewarden.data import Faces, Float32, Image
from facewarden.detect.detector import Detector

OPENCV = "opencv-python-headless==4.11.0.86"
LANDMARKS = ((0.31, 0.39), (0.69, 0.39), (0.50, 0.60), (0.34, 0.77), (0.66, 0.77))
"""Where a face has its landmarks, in sides of the box: medians of YuNet's on 307 images of lfw-dev,
every 20th (2026-11-22), made symmetric."""


class Haar(Detector):
    """Finds upright frontal faces, without landmarks.

    It has no landmarks and no confidence. The landmarks given are assumed: those of a mean face
    standing upright in the box (`LANDMARKS`). The confidence is w / (1 + w) of the cascade's last
    sum w: it orders detections and means nothing else.

    Attributes:
        cpu_s: processor time of each picture so far, in the other process, by size_px.
    """

    def __init__(self) -> None:
        self.cpu_s: dict[int, list[float]] = {}
        worker = Path(__file__).with_name("haar_worker.py")
        self._process = subprocess.Popen(
            [str(_environment()), str(worker)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    @property
    def model_id(self) -> str:
        """The name of OpenCV's file."""
        return "haarcascade-frontalface-default"

    def detect(self, image: Image, *, size_px: int, min_confidence: float) -> Faces:
        """Find the faces of one picture."""
        assert self._process.stdin
        assert self._process.stdout
        height, width = image.shape[:2]
        asked = {"height": height, "width": width, "size_px": size_px}
        self._process.stdin.write(json.dumps(asked).encode() + b"\n" + image.tobytes())
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        self.cpu_s.setdefault(size_px, []).append(answer["cpu_s"])
        boxes = np.array(answer["boxes"], np.float32).reshape(-1, 4)
        weight = np.maximum(np.array(answer["scores"], np.float32), 0)
        confidence = np.asarray(weight / (1 + weight), np.float32)
        faces = Faces.of(boxes, confidence, assumed_landmarks(boxes))
        best_first = np.argsort(-confidence, kind="stable")
        return faces.take(best_first[confidence[best_first] >= min_confidence])

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


def assumed_landmarks(boxes: Float32) -> Float32:
    """Return the (n, 5, 2) px of `LANDMARKS` in (n, 4) boxes."""
    sides = (boxes[:, 2:] - boxes[:, :2])[:, None]
    return np.asarray(boxes[:, None, :2] + np.array(LANDMARKS, np.float32) * sides, np.float32)


def _environment() -> Path:
    folder = user_cache_path("facewarden") / "benchmarks" / OPENCV
    python = folder / "bin" / "python"
    if not (folder / ".installed").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", OPENCV], check=True)
        (folder / ".installed").touch()
    return python
