"""A camera whose device or recording was absent at the start was never tried again, and neither the
status nor the table at the end showed it.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from facewarden.capture.address import parse_address
from facewarden.capture.awaited import AwaitedSource
from facewarden.capture.open import open_source
from facewarden.capture.source import Source, SourceState
from facewarden.capture.timing import Timing
from facewarden.config.settings import Settings
from facewarden.pipeline.runner import LaneStatus
from facewarden.watch import Listeners, Watch
from video_factory import make_video


class Passing:
    """A clock whose time passes by waiting; something happens at each wait."""

    def __init__(self, *happens: Callable[[], object]) -> None:
        self.now_s = 50.0
        self.happens = list(happens)

    def wait(self, closed: threading.Event, seconds: float) -> bool:
        self.now_s += seconds
        self.happens.pop(0)()
        return closed.is_set()

    def timing(self) -> Timing:
        return Timing(monotonic=lambda: self.now_s, wait=self.wait)


def awaited(path: Path, clock: Passing, *, patient: bool = True) -> AwaitedSource:
    def make() -> Source:
        return open_source(parse_address(str(path)), camera_id="gate")

    return AwaitedSource(
        make, camera_id="gate", problem="nothing here", patient=patient, timing=clock.timing()
    )


def test_it_is_watched_when_it_comes(tmp_path: Path) -> None:
    video = tmp_path / "a.mp4"
    clock = Passing(list, lambda: make_video(video, frames=10))
    source = awaited(video, clock)
    assert (source.stats().state, source.stats().problem) == (SourceState.DOWN, "nothing here")
    assert source.live
    assert len(list(source.frames())) == 10
    assert not source.live
    assert source.stats().state is SourceState.ENDED
    assert source.stats().down_s == 20
    source.close()


def test_it_can_be_closed_before(tmp_path: Path) -> None:
    clock = Passing(list, lambda: source.close())
    source = awaited(tmp_path / "none.mp4", clock)
    assert not list(source.frames())
    assert source.stats().state is SourceState.ENDED
    assert "there is nothing at this path" in source.stats().problem


@pytest.mark.usefixtures("models_dir")
@pytest.mark.parametrize("until_ended", [False, True])
def test_a_watch_shows_it(
    home: Path, tmp_path: Path, until_ended: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    settings = Settings.model_validate(
        {
            "store": {"data_dir": str(home)},
            "cameras": [{"id": "gate", "source": str(tmp_path / "none.mp4")}],
        }
    )
    shown: list[str] = []

    def status(statuses: list[LaneStatus]) -> None:
        shown.extend(str(one.stats.state) for one in statuses)
        if len(shown) > 1:
            watch.stop()

    watch = Watch(settings, listeners=Listeners(status=status))
    summary = watch.run(until_ended=until_ended)  # comes to an end by itself, or is stopped
    assert "there is nothing at this path" in summary.cameras["gate"].problem
    if until_ended:
        assert summary.cameras["gate"].stats.state is SourceState.FAILED
    else:
        assert set(shown) == {"down"}
        told = [one.getMessage() for one in caplog.records if "camera gate" in one.getMessage()]
        assert len(told) == 1
        assert "camera gate is down: there is nothing at this path" in told[0]
