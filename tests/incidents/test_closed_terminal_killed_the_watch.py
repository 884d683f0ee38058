"""The end of a terminal (SIGHUP) killed `watch` and `serve` at once: the watch ended without a word
in the audit log, and sinks got no time for what was left.
"""

import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from system.processes import WatchProcess, stored
from system.serving import ServeProcess
from video_factory import make_video

pytestmark = pytest.mark.models


@pytest.fixture(autouse=True)
def heeded() -> Iterator[None]:
    """Children heed SIGHUP also where these tests themselves run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def watch(home: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[WatchProcess]:
    video = make_video(tmp_path / "a.mp4", frames=50)
    before = getattr(request, "param", ())
    words = (video, "--realtime", "--loop")
    running = WatchProcess(home, *words, log=tmp_path / "log", before=before)
    running.wait_for_cameras(len)
    yield running
    running.kill()


@pytest.mark.usefixtures("models_dir")
def test_a_watch_ends_in_order(watch: WatchProcess) -> None:
    psutil.Process(watch.pid).send_signal(signal.SIGHUP)
    assert watch.wait(30) == 0
    with stored(watch.home) as store:
        assert "watch.end" in {event.action for event in store.audit.tail(3)}


@pytest.mark.usefixtures("models_dir")
@pytest.mark.parametrize("watch", [("nohup",)], indirect=True)
def test_under_nohup_it_goes_on(watch: WatchProcess) -> None:
    psutil.Process(watch.pid).send_signal(signal.SIGHUP)
    assert watch.cameras()
    assert watch.stop() == 0


def test_a_server_ends_in_order(home: Path, tmp_path: Path) -> None:
    server = ServeProcess(home, log=tmp_path / "log")
    server.start()
    assert server.process is not None
    server.process.send_signal(signal.SIGHUP)
    assert server.process.wait(30) in {0, -signal.SIGTERM}
