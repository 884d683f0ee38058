"""Real recordings, real detector: one person in view is one track."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest

from facewarden.detect.yunet import YuNet
from facewarden.track.columnar import ColumnarTracker

# Tracks of a clip. One each, but for person_d20, where the detector also finds a second face
# (0.78) in the upper left corner. Measured on 2026-11-22 at 5 pictures a second.
CLIPS = {
    "person_d0": 1,
    "person_d11": 1,
    "person_d18": 1,
    "person_d20": 2,
    "person_s13": 1,
    "person_s20": 1,
    "person_s32": 1,
}


@pytest.mark.shared
@pytest.mark.models
@pytest.mark.parametrize("clip", CLIPS)
def test_one_person_is_one_track(shared: Path, detector: YuNet, clip: str) -> None:
    tracker = ColumnarTracker()
    start = datetime(2026, 11, 22, tzinfo=UTC)
    due_s, seen = 0.0, set()
    with av.open(str(shared / "data" / "videos" / f"{clip}.mp4")) as recording:
        for picture in recording.decode(video=0):
            if picture.time is None or picture.time < due_s:
                continue
            due_s += 0.2
            image = picture.to_ndarray(format="bgr24").astype(np.uint8, copy=False)
            faces = detector.detect(image, size_px=640, min_confidence=0.4)
            found = tracker.update(faces, start + timedelta(seconds=picture.time))
            seen.update(found.track_id[found.track_id > 0].tolist())
    assert len(seen) == CLIPS[clip]
