import asyncio
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from facewarden.geometry.region import Region
from facewarden.pipeline.camera import CameraPlan, WatchedCamera
from facewarden.pipeline.live_view import LiveView
from facewarden.pipeline.look import View
from facewarden.server.live import WIDTHS, LiveHub, LiveKey, LiveMessage, Viewer, width_of
from facewarden.track.columnar import ColumnarTracker
from factories import faces, frame, picture


class Watch:
    """A watch's live view, and views offered to it for as long as it is there."""

    def __init__(self, path: Path) -> None:
        self.live = LiveView(path, silence_s=0.2)
        plan = CameraPlan("gate", "", "", 640, 0.6, 32.0, Region())
        self._camera = WatchedCamera(plan, ColumnarTracker(), None, "run")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._offer, daemon=True)
        self.live.start()
        self._thread.start()

    def _offer(self) -> None:
        number = 0
        while not self._over.wait(0.02):
            number += 1
            shown = frame("gate", number, image=picture(number % 3, 640, 360))
            tracked = self._camera.tracker.update(faces(1, 2), shown.captured_at)
            self.live.offer(View(self._camera, shown, tracked))

    def end(self) -> None:
        self._over.set()
        self._thread.join(5)
        self.live.stop()


@pytest.fixture
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fw") as folder:
        yield Path(folder) / "live.socket"


async def a_picture(viewer: Viewer) -> LiveMessage:
    async with asyncio.timeout(10):
        while True:
            message = await viewer.next(1.0)
            if message is not None and message.jpeg:
                return message


KEY = LiveKey("gate", 320, None, sharp=False)


def test_viewers_of_the_same_share_one_connection(path: Path) -> None:
    watch = Watch(path)

    async def look() -> None:
        hub = LiveHub(lambda _: path)
        viewers = [hub.look(KEY) for _ in range(20)]
        other_key = LiveKey("gate", 320, frozenset({"missing"}), sharp=False)
        other = hub.look(other_key)
        seen = [await a_picture(viewer) for viewer in (*viewers, other)]
        assert {message.header["width_px"] for message in seen} == {320}
        assert (hub.viewers, hub.upstreams, watch.live.lookers) == (21, 2, 2)
        for viewer in viewers:
            hub.leave(KEY, viewer)
        hub.leave(other_key, other)
        assert (hub.viewers, hub.upstreams) == (0, 0)
        async with asyncio.timeout(10):
            while watch.live.lookers:
                await asyncio.sleep(0.05)

    asyncio.run(look())
    watch.end()


def test_a_slow_viewer_gets_the_newest_and_holds_nobody_up(path: Path) -> None:
    watch = Watch(path)

    async def look() -> None:
        hub = LiveHub(lambda _: path)
        slow, quick = hub.look(KEY), hub.look(KEY)
        first = (await a_picture(slow)).header["sequence"]
        for _ in range(10):
            latest = (await a_picture(quick)).header["sequence"]
        assert (await a_picture(slow)).header["sequence"] >= latest > first + 5
        hub.leave(KEY, slow)
        hub.leave(KEY, quick)

    asyncio.run(look())
    watch.end()


def test_a_watch_that_comes_back_is_found_again(path: Path) -> None:
    async def look() -> None:
        where: list[Path] = []
        hub = LiveHub(lambda _: where[0] if where else None)
        viewer = hub.look(KEY)
        silence = await viewer.next(5.0)
        assert silence is not None
        assert (silence.watched, silence.jpeg) == (False, b"")
        where.append(path)
        for _ in range(2):
            watch = await asyncio.to_thread(Watch, path)
            await a_picture(viewer)
            await asyncio.to_thread(watch.end)
            await viewer.next(0.1)  # what was on its way
        hub.leave(KEY, viewer)

    asyncio.run(look())


@pytest.mark.parametrize(("wanted", "served"), [(64, 320), (320, 320), (321, 480), (5000, 1920)])
def test_widths(wanted: int, served: int) -> None:
    assert width_of(wanted) == served
    assert served in WIDTHS
