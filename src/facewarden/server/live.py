"""Live pictures for many viewers: one connection to the watch for all who see the same."""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from facewarden.pipeline.live_view import LENGTHS, MOST_FPS, LiveWish
from facewarden.server.problems import TooMany

log = logging.getLogger("facewarden.server.live")

WIDTHS: Final = (320, 480, 640, 960, 1280, 1920)
"""Few widths are shared by many viewers."""
MOST_VIEWERS: Final = 200
MOST_OF_ONE: Final = 100
"""Viewers of one person, so that they leave half to others; a wall of 48 cameras in two tabs."""
MOST_UPSTREAMS: Final = 48
"""Of 64 connections that one watch gives."""
SILENT_S: Final = 10.0
"""The watch speaks every 2 s; one that does not for so long has gone."""
AGAIN_S: Final = 0.5
LARGEST_BYTES: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class LiveKey:
    """What viewers share: the same pixels.

    Attributes:
        watchlists: whose candidates are told and left unblurred; None: everybody's.
        sharp: nobody is blurred.
    """

    camera: str
    width_px: int
    watchlists: frozenset[str] | None
    sharp: bool


@dataclass(frozen=True, slots=True)
class LiveMessage:
    """A picture with what is in it; without `jpeg`, that there is none."""

    header: dict[str, Any]
    jpeg: bytes
    watched: bool = True


class Viewer:
    """The newest message for one viewer; on the event loop only.

    Whoever is slow finds the newest picture when they come back: the rest is left out, and nobody
    waits for them.

    Attributes:
        user_id: whose it is; 0 where nobody counts.
    """

    def __init__(self, user_id: int = 0) -> None:
        self.user_id = user_id
        self._newest: LiveMessage | None = None
        self._some = asyncio.Event()

    def put(self, message: LiveMessage) -> None:
        """Replace what waits."""
        if message.jpeg or self._newest is None or not self._newest.jpeg:
            self._newest = message
        self._some.set()

    async def next(self, timeout_s: float) -> LiveMessage | None:
        """Return the newest message not returned before; None when none comes in time."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._some.wait()
        except TimeoutError:
            return None
        self._some.clear()
        newest, self._newest = self._newest, None
        return newest


class LiveHub:
    """Connects to watches while anybody looks; made anywhere, used on one event loop.

    Args:
        socket_of: where the pictures of a camera are to be had now; None: nobody watches it.
    """

    def __init__(self, socket_of: Callable[[str], Path | None]) -> None:
        self._socket_of = socket_of
        self._viewers: dict[LiveKey, set[Viewer]] = {}
        self._pumps: dict[LiveKey, asyncio.Task[None]] = {}
        self.stopping = False

    def start(self) -> None:
        """Begin; connections are made when somebody looks."""
        self.stopping = False

    def stop(self) -> None:
        """Have every stream end soon."""
        self.stopping = True

    @property
    def viewers(self) -> int:
        """How many look now."""
        return sum(map(len, self._viewers.values()))

    @property
    def upstreams(self) -> int:
        """How many connections to watches there are."""
        return len(self._pumps)

    def require_room(self, key: LiveKey, user_id: int = 0) -> None:
        """Check that one more may look.

        Raises:
            TooMany: as many look as can be served, or of one person.
        """
        theirs = sum(
            viewer.user_id == user_id for those in self._viewers.values() for viewer in those
        )
        if (
            self.viewers >= MOST_VIEWERS
            or (user_id and theirs >= MOST_OF_ONE)
            or (key not in self._pumps and self.upstreams >= MOST_UPSTREAMS)
        ):
            raise TooMany("too many live views are open", headers={"Retry-After": "5"})

    def look(self, key: LiveKey, user_id: int = 0) -> Viewer:
        """Begin to look; raises as `require_room`."""
        self.require_room(key, user_id)
        viewer = Viewer(user_id)
        self._viewers.setdefault(key, set()).add(viewer)
        if key not in self._pumps:
            self._pumps[key] = asyncio.get_running_loop().create_task(self._pump(key))
        return viewer

    def leave(self, key: LiveKey, viewer: Viewer) -> None:
        """End to look; with the last viewer the connection goes."""
        viewers = self._viewers.get(key, set())
        viewers.discard(viewer)
        if not viewers:
            self._viewers.pop(key, None)
            pump = self._pumps.pop(key, None)
            if pump is not None:
                pump.cancel()

    async def _pump(self, key: LiveKey) -> None:
        """Hand messages over for as long as anybody looks, whatever the watch does meanwhile."""
        while True:
            path = self._socket_of(key.camera)
            try:
                if path is None:
                    self._put(key, LiveMessage({"camera": key.camera}, b"", watched=False))
                else:
                    await self._follow(key, path)
            except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError) as error:
                log.debug("live view of %s: %s", key.camera, type(error).__name__)
            await asyncio.sleep(AGAIN_S)

    async def _follow(self, key: LiveKey, path: Path) -> None:
        reader, writer = await asyncio.open_unix_connection(path)
        try:
            wish = LiveWish(
                camera=key.camera,
                width_px=key.width_px,
                fps=MOST_FPS,
                watchlists=key.watchlists,
                sharp=key.sharp,
            )
            writer.write(wish.model_dump_json().encode() + b"\n")
            await writer.drain()
            while True:
                async with asyncio.timeout(SILENT_S):
                    lengths = LENGTHS.unpack(await reader.readexactly(LENGTHS.size))
                    if sum(lengths) > LARGEST_BYTES:
                        raise ValueError("a message that is too long")
                    header = json.loads(await reader.readexactly(lengths[0]))
                    jpeg = await reader.readexactly(lengths[1])
                self._put(key, LiveMessage(header, jpeg))
        finally:
            writer.close()

    def _put(self, key: LiveKey, message: LiveMessage) -> None:
        for viewer in self._viewers.get(key, ()):
            viewer.put(message)


def width_of(wanted_px: int) -> int:
    """Return the width that is served to somebody who wants this one: no smaller, if there is."""
    return next((width for width in WIDTHS if width >= wanted_px), WIDTHS[-1])
