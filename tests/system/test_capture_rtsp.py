"""Four RTSP cameras whose server is killed and started again, three times."""

import gc
import itertools
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from facewarden.capture.address import parse_address
from facewarden.capture.source import SourceState
from facewarden.capture.stream import LiveStream
from facewarden.data import Frame
from video_factory import make_video

pytestmark = pytest.mark.service

CAMERAS = 4
RESTARTS = 3
BACK_WITHIN_S = 10.0
# Three reconnects of four cameras with 640x480 decoders; a leaked decoder alone is over 5 MB.
MAX_GROWTH_MB = 24.0


class Server:
    """The RTSP server as a process of its own, always on one port."""

    def __init__(self, command: list[str], video: Path, *options: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._command = [*command, "--port", str(self.port), "--file", str(video), *options]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == f"listening on port {self.port}\n"

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._end()

    def stop(self) -> int:
        if self._process is None:
            return 0
        self._process.terminate()
        return self._end()

    def _end(self) -> int:
        assert self._process is not None
        assert self._process.stdout is not None
        code = self._process.wait(10)
        self._process.stdout.close()
        self._process = None
        return code


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rtsp") / "loop.mp4"
    return make_video(path, frames=75, width=640, height=480, key_every=25)


@pytest.fixture
def serve(rtsp_server_script: list[str], video: Path) -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*options: str) -> Server:
        servers.append(Server(rtsp_server_script, video, *options))
        servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


class Reader(threading.Thread):
    """Takes frames as the pipeline does and notes when the last one came."""

    def __init__(self, stream: LiveStream) -> None:
        super().__init__(daemon=True)
        self.stream = stream
        self.latest: Frame | None = None
        self.delays_s: list[float] = []
        self.start()

    def run(self) -> None:
        for frame in self.stream.frames():
            self.latest = frame
            self.delays_s.append((frame.received_at - frame.captured_at).total_seconds())

    def watching(self) -> bool:
        return self.latest is not None and self.stream.stats().state is SourceState.WATCHING


def wait_for(true: Callable[[], bool], limit_s: float) -> float:
    began_s = time.monotonic()
    while not true():
        if time.monotonic() - began_s > limit_s:
            pytest.fail(f"not within {limit_s} s")
        time.sleep(0.02)
    return time.monotonic() - began_s


def footprint() -> tuple[int, int, float]:
    """Return threads, open file descriptors and resident megabytes of this process."""
    gc.collect()
    descriptors = sum(1 for _ in Path("/proc/self/fd").iterdir())
    return threading.active_count(), descriptors, psutil.Process().memory_info().rss / 2**20


def test_four_cameras_come_back_after_every_restart(
    serve: Callable[..., Server], capsys: pytest.CaptureFixture[str]
) -> None:
    server = serve("--cameras", str(CAMERAS))
    readers = [
        Reader(
            LiveStream(
                parse_address(f"rtsp://127.0.0.1:{server.port}/cam{number}"),
                camera_id=f"cam{number}",
                analyse_fps=5.0,
            )
        )
        for number in range(1, CAMERAS + 1)
    ]
    first_s = wait_for(lambda: all(r.watching() for r in readers), BACK_WITHIN_S)
    time.sleep(1.0)
    threads, descriptors, memory_mb = footprint()
    back_s = []
    for restart in range(1, RESTARTS + 1):
        server.kill()
        wait_for(
            lambda: all(r.stream.stats().state is SourceState.DOWN for r in readers), BACK_WITHIN_S
        )
        time.sleep(restart)  # the longer it is away, the further the back-off has got
        server.start()

        def back(times: int = restart) -> bool:
            return all(r.stream.stats().reconnects == times and r.watching() for r in readers)

        back_s.append(wait_for(back, BACK_WITHIN_S))
    time.sleep(1.0)
    after_threads, after_descriptors, after_mb = footprint()
    with capsys.disabled():
        print(
            f"\nfirst pictures after {first_s:.2f} s; back after "
            + ", ".join(f"{seconds:.2f}" for seconds in back_s)
            + f" s; {memory_mb:.0f} -> {after_mb:.0f} MB, {threads} threads, {descriptors} files"
        )
    assert after_threads == threads
    assert after_descriptors == descriptors
    assert after_mb - memory_mb < MAX_GROWTH_MB
    for reader in readers:
        stats = reader.stream.stats()
        assert stats.reconnects == RESTARTS
        assert stats.problem == ""
        assert stats.down_s > RESTARTS
        assert stats.watched_s > 0
        assert min(reader.delays_s) >= 0
        assert max(reader.delays_s) <= 1.0
    for reader in readers:
        reader.stream.close()
    for reader in readers:
        reader.join(5)
    assert not any(thread.name.startswith("capture ") for thread in threading.enumerate())


def test_frames_keep_their_pace_and_times_over_the_loop(serve: Callable[..., Server]) -> None:
    server = serve()
    address = parse_address(f"rtsp://127.0.0.1:{server.port}/cam1")
    stream = LiveStream(address, camera_id="c", analyse_fps=5.0)
    frames = []
    for frame in stream.frames():
        frames.append(frame)
        if len(frames) == 22:  # the file's three seconds, and again
            break
    stream.close()
    steps = [
        (b.captured_at - a.captured_at).total_seconds() for a, b in itertools.pairwise(frames[2:])
    ]
    assert steps == pytest.approx([0.2] * len(steps), abs=0.06)
    assert server.stop() == 0


def test_a_path_that_is_not_there_is_said(serve: Callable[..., Server]) -> None:
    server = serve()
    stream = LiveStream(
        parse_address(f"rtsp://127.0.0.1:{server.port}/none"), camera_id="c", first_retry_s=0.1
    )
    Reader(stream)
    wait_for(lambda: stream.stats().state is SourceState.DOWN, 5)
    assert stream.stats().problem == "the camera has no stream at this path"
    stream.close()


@pytest.mark.parametrize(
    ("password", "state"),
    [("p@ss:w/rd#1", SourceState.WATCHING), ("hunter2", SourceState.DOWN)],
)
def test_login(serve: Callable[..., Server], password: str, state: SourceState) -> None:
    server = serve("--user", "guard", "--password", "p@ss:w/rd#1")
    address = parse_address(
        f"rtsp://127.0.0.1:{server.port}/cam1", username="guard", password=password
    )
    stream = LiveStream(address, camera_id="c")
    Reader(stream)
    wait_for(lambda: stream.stats().state is state, 5)
    assert password not in stream.stats().problem
    if state is SourceState.DOWN:
        assert stream.stats().problem == "the camera refuses the user name or password"
    stream.close()
