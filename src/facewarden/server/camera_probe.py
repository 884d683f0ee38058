"""The process in which a camera is tried: what hangs or breaks there harms no request.

Run as `python -m facewarden.server.camera_probe`, by `camera_trial.py` only: settings as JSON on
standard input, `{"camera": ..., "models": ...}`; the answer as JSON on standard output.
"""

import base64
import json
import resource
import sys
import threading
import time
from typing import Any, Final

import numpy as np

from facewarden.alert.live_picture import live_picture
from facewarden.capture.source import Source
from facewarden.config.camera import CameraSettings
from facewarden.config.models import ModelsSettings
from facewarden.data import Frame, Image
from facewarden.detect.size import detect_size_px
from facewarden.errors import FacewardenError, ModelError
from facewarden.models.open_session import open_stages
from facewarden.models.registry import Registry
from facewarden.pipeline.route import DOUBTFUL_CONFIDENCE
from facewarden.wiring.cameras import make_source
from facewarden.wiring.eyes import make_detector

LOOK_S: Final = 3.0
MOST_FRAMES: Final = 90
FIRST_S: Final = 12.0
"""For the first picture: a stream may wait for a key frame, which some cameras send every 10 s."""
CPU_S: Final = 30
"""Decoding three seconds of 4K and loading a detector take about 5 s of this machine."""
THUMBNAIL_PX: Final = 640


def probe(camera: CameraSettings, models: ModelsSettings) -> dict[str, Any]:
    """Open a camera, look for a moment, and tell what came."""
    began_s = time.monotonic()
    frames: list[Frame] = []
    took_s = 0.0
    try:
        source = make_source(
            camera.model_copy(update={"analyse_fps": 60.0, "realtime": False, "loop": False})
        )
        # A camera that is down is tried again for ever: for a trial the first failure is enough.
        threading.Thread(target=_close_when_down, args=(source, frames), daemon=True).start()
        for frame in source.frames():
            took_s = took_s or time.monotonic() - began_s
            frames[1:] = [frame]  # the first and the newest one
            if time.monotonic() - began_s > took_s + LOOK_S or frame.sequence >= MOST_FRAMES:
                break
        problem = source.stats().problem
        source.close()
    except FacewardenError as error:
        return _failed(str(error), time.monotonic() - began_s)
    if not frames:
        return _failed(problem or "no picture came", time.monotonic() - began_s)
    image = frames[-1].image
    found: dict[str, Any] = {
        "works": True,
        "problem": "",
        "took_s": round(took_s, 3),
        "width_px": image.shape[1],
        "height_px": image.shape[0],
        "fps": _rate(frames),
    }
    return found | _thumbnail(image, camera, models)


def _close_when_down(source: Source, frames: list[Frame]) -> None:
    end_s = time.monotonic() + FIRST_S
    while not frames:
        if source.stats().problem or time.monotonic() > end_s:
            source.close()
            return
        time.sleep(0.05)


def _rate(frames: list[Frame]) -> float | None:
    first, last = frames[0], frames[-1]
    seconds = (last.captured_at - first.captured_at).total_seconds()
    return round((last.sequence - first.sequence) / seconds, 2) if seconds > 0 else None


def _thumbnail(image: Image, camera: CameraSettings, models: ModelsSettings) -> dict[str, Any]:
    """Blur every face; without a detector there is no thumbnail."""
    try:
        stages = open_stages(Registry(models.cache_dir), models.detector, engine="onnxruntime")
        detector = make_detector(stages)
    except ModelError:
        return {"faces": None, "thumbnail": None}
    longer_px = max(image.shape[:2])
    size_px = camera.detect_size_px or detect_size_px(longer_px, camera.min_face_px)
    faces = detector.detect(image, size_px=size_px, min_confidence=DOUBTFUL_CONFIDENCE)
    none = np.zeros((0, 4), np.float32)
    picture = live_picture(image, hidden=faces.boxes, shown=none, width_px=THUMBNAIL_PX)
    return {
        "faces": int((faces.confidence >= camera.min_confidence).sum()),
        "thumbnail": base64.b64encode(picture.jpeg).decode(),
    }


def _failed(problem: str, took_s: float) -> dict[str, Any]:
    return {"works": False, "problem": problem, "took_s": round(took_s, 3)}


def main() -> None:
    """Answer one question."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    asked = json.loads(sys.stdin.buffer.read())
    answer = probe(
        CameraSettings.model_validate(asked["camera"]),
        ModelsSettings.model_validate(asked["models"]),
    )
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
