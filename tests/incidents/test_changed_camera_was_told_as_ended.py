"""The broker kept "ended" for a camera that was watched: that of the one it replaced came last."""

from pathlib import Path

import numpy as np

from facewarden.capture.recording import Recording
from facewarden.capture.source import SourceState
from unit.pipeline.conftest import Station, clip, store, store_file
from unit.pipeline.test_runner import Post

__all__ = ["store", "store_file"]


def test_its_own_state_is_told_last(station: Station, tmp_path: Path) -> None:
    room = clip(tmp_path / "room.mp4", [np.full((96, 128, 3), 60, np.uint8)] * 6)
    post = Post(station)
    for _ in range(2):
        camera = Station.camera("gate")
        post.runner.add(camera, Recording(room, camera_id="gate", loop=True))
        while not camera.analysed:  # the loop is not running: one step after the other
            post.runner._step(post.runner._take())
        post.runner._tell_states()
    post.runner._retire()
    post.runner._tell_states()
    assert [state for _, state, _ in post.states] == [
        SourceState.WATCHING,
        SourceState.WATCHING,
        SourceState.ENDED,
        SourceState.WATCHING,
    ]
    post.runner.stop()
    post.run()
