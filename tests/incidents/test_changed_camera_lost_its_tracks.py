"""A camera whose settings changed lost the tracks in view, their last updates and its counters.

It is removed and added again at once; the new one took the place of the old one before the
analysis thread had closed the old one's tracks, and nobody ever did.
"""

from pathlib import Path

import numpy as np

from facewarden.capture.recording import Recording
from unit.pipeline.conftest import Station, clip, store, store_file
from unit.pipeline.test_runner import Post

__all__ = ["store", "store_file"]


def test_both_stretches_of_watching_are_counted(station: Station, tmp_path: Path) -> None:
    room = clip(tmp_path / "room.mp4", [np.full((96, 128, 3), 60 + n, np.uint8) for n in range(6)])
    post = Post(station)
    first, second = Station.camera("gate"), Station.camera("gate")
    post.runner.add(first, Recording(room, camera_id="gate", loop=True))
    while not first.analysed:  # analysed by nobody yet: the loop is not running
        post.runner._step(post.runner._take())
    post.runner.remove("gate")
    post.runner.add(second, Recording(room, camera_id="gate"))
    post.run()
    assert first.analysed >= 1
    assert second.analysed == 6
    assert post.kept.total("gate", "analysed") == first.analysed + second.analysed
