"""What presentation attack detection adds to the cost of a watch, with somebody listed in view.

    scripts/bench presentation_cost --clips CLIP... [--picture MODEL] [--several MODEL] [--rounds 5]

From each clip the largest face of its first pictures is enrolled. Then the clip goes through the
whole route at --analyse-fps pictures a second, decoding included, as fast as it can: once with the
watchlist's rule off and once with hold, in turn, each time with a route of its own. CPU time is
that of the process, all threads. The models come from the folder of models; see `models add`.
"""

import argparse
import statistics
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from facewarden.capture.address import parse_address
from facewarden.capture.open import open_source
from facewarden.capture.source import Source
from facewarden.config.camera import CameraSettings
from facewarden.config.settings import Settings
from facewarden.data import Image, SubjectDetails
from facewarden.data.presentation import PresentationRule
from facewarden.pipeline.metrics import Metrics
from facewarden.pipeline.photographs import Photograph
from facewarden.pipeline.roster import Roster
from facewarden.store.open import Store
from facewarden.wiring.cameras import make_camera
from facewarden.wiring.enrolment import make_enroller
from facewarden.wiring.eyes import Eyes, make_eyes
from facewarden.wiring.roster import make_roster
from facewarden.wiring.route import make_route
from facewarden.wiring.stores import open_store_from

LIST = "bench"


def frames_of(clip: Path, fps: float) -> Source:
    """Return a source of the clip's pictures."""
    return open_source(parse_address(str(clip)), camera_id="bench", analyse_fps=fps)


def portrait(clip: Path, eyes: Eyes) -> Image:
    """Return what is around the largest face of the clip's first pictures."""
    best, found = 0.0, None
    for number, frame in enumerate(frames_of(clip, 5).frames()):
        faces = eyes.detector.detect(frame.image, size_px=960, min_confidence=0.7)
        if len(faces) and float(faces.height_px.max()) > best:
            row = int(np.argmax(faces.height_px))
            best = float(faces.height_px[row])
            x1, y1, x2, y2 = (int(value) for value in faces.boxes[row])
            reach = int(best * 0.6)
            top, left = max(0, y1 - reach), max(0, x1 - reach)
            found = frame.image[top : y2 + reach, left : x2 + reach].copy()
        if number >= 10:
            break
    if found is None:
        raise SystemExit(f"no face in {clip}")
    return found


def run(
    settings: Settings, eyes: Eyes, store: Store, clip: Path, roster: Roster, fps: float
) -> tuple[float, int, dict[str, tuple[int, float]]]:
    """Return CPU seconds, frames, and what each stage took."""
    metrics = Metrics()
    route = make_route(settings, eyes, store, metrics)
    camera = make_camera(
        CameraSettings(id="bench", source=str(clip), motion={"enabled": False})  # type: ignore[arg-type]
    )
    count = 0
    began = time.process_time()
    for frame in frames_of(clip, fps).frames():
        route.step([(camera, frame)], roster)
        count += 1
    route.finish(camera)
    return time.process_time() - began, count, metrics.snapshot()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, nargs="+", required=True)
    parser.add_argument("--picture", default=None)
    parser.add_argument("--several", default=None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--analyse-fps", type=float, default=5)
    arguments = parser.parse_args()
    for clip in arguments.clips:
        with tempfile.TemporaryDirectory(prefix="fw-") as folder:
            one_clip(clip, Path(folder), arguments)


def one_clip(clip: Path, folder: Path, arguments: argparse.Namespace) -> None:
    """Measure one clip and print a line, and the stages of presentation attack detection."""
    models = {"presentation_picture": arguments.picture, "presentation_clip": arguments.several}
    settings = Settings.model_validate({"store": {"data_dir": folder}, "models": models})
    with open_store_from(settings) as store:
        eyes = make_eyes(settings)
        file = folder / "portrait.png"
        cv2.imwrite(str(file), portrait(clip, eyes))
        enroller = make_enroller(eyes, store, LIST)
        (row,) = enroller.enrol([Photograph("portrait", file, SubjectDetails("Bench"), "largest")])
        plain = make_roster(store, eyes.embedder, [LIST], settings)
        rosters = {
            rule: replace(plain, presentation={LIST: rule})
            for rule in (PresentationRule.OFF, PresentationRule.HOLD)
        }
        spent: dict[PresentationRule, list[float]] = {rule: [] for rule in rosters}
        count, stages = 0, dict[str, tuple[int, float]]()
        for _ in range(arguments.rounds + 1):
            for rule, roster in rosters.items():
                cpu_s, count, took = run(settings, eyes, store, clip, roster, arguments.analyse_fps)
                spent[rule].append(1000 * cpu_s / count)
                if rule is PresentationRule.HOLD:
                    stages = took
    # The first round pays for what is loaded and compiled.
    off, hold = (spent[rule][1:] for rule in rosters)
    more = [100 * (b / a - 1) for a, b in zip(off, hold, strict=True)]
    print(
        f"{datetime.now(UTC):%Y-%m-%d} {clip.name} ({row.outcome.value}): {count} frames, "
        f"{statistics.median(off):.1f} ms of CPU a frame, with hold {statistics.median(hold):.1f}: "
        f"{statistics.median(more):+.1f} % ({min(more):+.1f} to {max(more):+.1f})"
    )
    for name, (items, seconds) in stages.items():
        if name.startswith("presentation"):
            print(f"  {name}: {items} times, {1000 * seconds / max(1, items):.2f} ms each")


if __name__ == "__main__":
    main()
