from pathlib import Path

import cv2
import numpy as np
import pytest

from facewarden.capture.folder import ImageFolder
from facewarden.capture.put_right import PutRightSource
from facewarden.capture.source import Source, SourceState
from facewarden.config.camera import CameraSettings
from facewarden.errors import DataError
from facewarden.wiring.cameras import make_source


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One picture, 6 px wide and 4 high, its upper left corner white."""
    picture = np.zeros((4, 6, 3), np.uint8)
    picture[0, 0] = 255
    assert cv2.imwrite(str(tmp_path / "a.png"), picture)
    return tmp_path


@pytest.mark.parametrize(
    ("clockwise_deg", "size", "corner"),
    [(0, (4, 6), (0, 0)), (90, (6, 4), (0, 3)), (180, (4, 6), (3, 5)), (270, (6, 4), (5, 0))],
)
def test_a_camera_that_hangs_sideways(
    folder: Path, clockwise_deg: int, size: tuple[int, int], corner: tuple[int, int]
) -> None:
    settings = CameraSettings.model_validate(
        {"id": "hall", "source": str(folder), "rotate_deg": clockwise_deg}
    )
    source: Source = make_source(settings)
    (frame,) = source.frames()
    assert frame.image.shape[:2] == size
    assert frame.image.flags["C_CONTIGUOUS"]
    (white,) = np.argwhere(frame.image.all(axis=2))
    assert tuple(white) == corner
    assert (source.camera_id, source.live) == ("hall", False)
    assert (source.stats().state, source.stats().delivered) == (SourceState.ENDED, 1)


@pytest.mark.parametrize(
    ("aspect", "clockwise_deg", "size"),
    [
        (None, 0, (4, 6)),
        ("3:2", 0, (4, 6)),  # as it comes
        ("3:1", 0, (4, 12)),
        ("4:3", 0, (4, 6)),  # less than a pixel is missing
        ("3:4", 0, (8, 6)),
        ("3:4", 90, (6, 8)),  # the camera sees 3:4 and hangs sideways
    ],
)
def test_a_recorder_that_squeezes(
    folder: Path, aspect: str | None, clockwise_deg: int, size: tuple[int, int]
) -> None:
    settings = CameraSettings.model_validate(
        {"id": "hall", "source": str(folder), "rotate_deg": clockwise_deg, "aspect": aspect}
    )
    (frame,) = make_source(settings).frames()
    assert frame.image.shape == (*size, 3)
    assert frame.image.flags["C_CONTIGUOUS"]


def test_it_ends_when_closed(folder: Path) -> None:
    source = PutRightSource(ImageFolder(folder, camera_id="hall", loop=True), clockwise_deg=90)
    frames = source.frames()
    next(frames)
    source.close()
    assert list(frames) == []


def test_other_angles_are_refused(folder: Path) -> None:
    with pytest.raises(DataError, match="expected 0, 90, 180, 270, found 45"):
        PutRightSource(ImageFolder(folder, camera_id="hall"), clockwise_deg=45)
