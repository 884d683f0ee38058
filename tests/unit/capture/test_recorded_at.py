"""When a recording began, as its owner says."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from facewarden.config.camera import CameraSettings
from facewarden.wiring.cameras import make_source

BEGAN = datetime(2026, 11, 20, 13, tzinfo=UTC)


def camera(folder: Path, **more: Any) -> CameraSettings:
    given = {"id": "hall", "source": str(folder), "analyse_fps": 2}
    return CameraSettings.model_validate(given | more)


def test_pictures_are_of_then(tmp_path: Path) -> None:
    for name in "ab":
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.zeros((4, 6, 3), np.uint8))
    settings = camera(tmp_path, recorded_at="2026-11-20T14:00:00+01:00")
    times = [frame.captured_at for frame in make_source(settings).frames()]
    assert times == [BEGAN, BEGAN + timedelta(seconds=0.5)]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("1969-12-31T23:59:59Z", "between 1970 and now"),
        ("2200-01-01T00:00:00Z", "between 1970 and now"),
        ("0001-01-01T00:00:00+14:00", "between 1970 and now"),
        ("9999-12-31T23:59:59-14:00", "between 1970 and now"),
        ("2026-11-20T14:00:00", "timezone"),
        ("yesterday", "datetime"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, given: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        camera(tmp_path, recorded_at=given)
