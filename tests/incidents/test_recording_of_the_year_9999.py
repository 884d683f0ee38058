"""A recording that said it was made at the end of the year 9999 ended with an OverflowError.

One that said 2099 put sightings into a future that retention would reach in 73 years.
"""

from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest

from facewarden.capture.recording import Recording

CLAIMS = {
    "end of the calendar": "9999-12-31T23:59:59.900000Z",
    "future": "2099-01-01T00:00:00Z",
    "before its time zone": "0001-01-01T00:00:00+14:00",
    "before video": "1904-01-01T00:00:00Z",
    "no time": "\x1b[31m",
}


def record(path: Path, creation_time: str) -> Path:
    with av.open(str(path), "w") as container:
        container.metadata["creation_time"] = creation_time
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(10):
            frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS.keys())
def test_a_time_that_cannot_be_is_not_believed(tmp_path: Path, claim: str) -> None:
    before = datetime.now(UTC)
    # NUT keeps whatever text it is given.
    frames = list(Recording(record(tmp_path / "a.nut", claim), camera_id="a").frames())
    assert len(frames) == 10
    assert before <= frames[0].captured_at <= datetime.now(UTC)


def test_a_time_that_can_be_is_believed(tmp_path: Path) -> None:
    path = record(tmp_path / "a.nut", "2024-02-29T12:00:00+01:00")
    first = next(iter(Recording(path, camera_id="a").frames()))
    assert first.captured_at == datetime(2024, 2, 29, 11, tzinfo=UTC)
