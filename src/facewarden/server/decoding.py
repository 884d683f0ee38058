"""Uploaded pictures: decoded in a process of their own, never in the one with names and keys."""

import logging
import os
import queue
import selectors
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Final, TypeVar

import numpy as np
from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from facewarden.capture.clean_picture import LONGEST_PX
from facewarden.capture.image import MAX_BYTES, MAX_PIXELS
from facewarden.data import Image
from facewarden.errors import ImageRefused
from facewarden.server.decoding_worker import ANSWER, DONE, QUESTION
from facewarden.server.problems import Unavailable

log = logging.getLogger("facewarden.server.decoding")

WALL_S: Final = 30.0
START_S: Final = 30.0
"""Importing the decoders takes 0.5 s on an idle core."""
CHUNK: Final = 1 << 20
THREADS: Final = 8
"""That wait for workers: the other requests have threads of their own (40, as anyio gives)."""
WAITING: Final = 100
"""Requests that may wait for one of these; a dashboard asks for some 30 pictures at once."""

Answer = TypeVar("Answer")


class Decoder:
    """Decodes pictures in worker processes, which are replaced when they crash or hang.

    Used from many threads; each picture waits for a free worker.

    Args:
        workers: at most so many processes; started when first needed.
        wall_s: that a picture may take.
    """

    def __init__(self, *, workers: int = 2, wall_s: float = WALL_S) -> None:
        self._wall_s = wall_s
        self._free: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        self._number = workers
        self.failures = 0
        self._threads = CapacityLimiter(THREADS)
        for _ in range(workers):
            self._free.put(None)

    def start(self) -> None:
        """Begin; workers start with the first picture."""

    async def beside(self, work: Callable[[], Answer]) -> Answer:
        """Do what needs `decode` in a thread set aside for it, so that nothing else waits for it.

        Raises:
            Unavailable: too many others wait.
        """
        if self._threads.statistics().tasks_waiting >= WAITING:
            raise Unavailable("too many pictures are being read", remedy="try again in a moment")
        return await run_sync(work, limiter=self._threads)

    def decode(
        self, data: bytes, *, max_pixels: int = MAX_PIXELS, longest_px: int = LONGEST_PX
    ) -> Image:
        """Return the picture as (H, W, 3) uint8 BGR, upright, its longer side at most `longest_px`.

        Raises:
            ImageRefused: as `capture.image.decode_image`; or the worker crashed, needed too much
                memory, or took too long.
        """
        if len(data) > MAX_BYTES:
            raise ImageRefused(
                "the image file is too large",
                expected=f"at most {MAX_BYTES} bytes",
                found=f"{len(data)} bytes",
            )
        worker = self._free.get()
        try:
            if worker is None:
                worker = _Worker()
            return worker.decode(data, max_pixels, longest_px, self._wall_s)
        except _Broken as error:
            self.failures += 1
            log.warning("a picture could not be decoded: %s", error)
            if worker is not None:
                worker.kill()
                worker = None
            raise ImageRefused(
                "the picture cannot be decoded", found=str(error), remedy="export it anew as JPEG"
            ) from None
        except ImageRefused:
            self.failures += 1
            raise
        finally:
            self._free.put(worker)

    def stop(self) -> None:
        """End the workers, after what they are doing."""
        for _ in range(self._number):
            worker = self._free.get()
            if worker is not None:
                worker.kill()
        for _ in range(self._number):
            self._free.put(None)


class _Broken(Exception):
    """The worker did not answer as it should."""


class _Worker:
    """One process."""

    def __init__(self) -> None:
        known = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG")
        kept = {name: os.environ[name] for name in known if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "facewarden.server.decoding_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=kept | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            close_fds=True,
        )
        assert self._process.stdin is not None  # noqa: S101  as asked for
        assert self._process.stdout is not None  # noqa: S101
        self._in: IO[bytes] = self._process.stdin
        self._out: IO[bytes] = self._process.stdout
        self._fresh = True
        os.set_blocking(self._in.fileno(), False)
        os.set_blocking(self._out.fileno(), False)

    def decode(self, data: bytes, max_pixels: int, longest_px: int, wall_s: float) -> Image:
        deadline = time.monotonic() + wall_s + (START_S if self._fresh else 0.0)
        self._fresh = False
        self._write(QUESTION.pack(len(data), max_pixels, longest_px), deadline)
        self._write(data, deadline)
        outcome, first, second = ANSWER.unpack(self._read(ANSWER.size, deadline))
        if outcome == DONE:
            if not 0 < first <= longest_px or not 0 < second <= longest_px:
                raise _Broken("it answered with a size that cannot be")
            pixels = self._read(first * second * 3, deadline)
            return np.frombuffer(pixels, np.uint8).reshape(first, second, 3)
        if first > CHUNK:
            raise _Broken("it answered with a text that cannot be")
        words = self._read(first, deadline).decode(errors="replace").split("\0")
        what, expected, found, remedy = (words + [""] * 4)[:4]
        raise ImageRefused(what, expected=expected, found=found, remedy=remedy)

    def kill(self) -> None:
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
        for pipe in (self._in, self._out):
            with suppress(OSError):
                pipe.close()

    def _write(self, data: bytes, deadline: float) -> None:
        left = memoryview(data)
        while left:
            self._wait(self._in, selectors.EVENT_WRITE, deadline)
            try:
                left = left[os.write(self._in.fileno(), left[:CHUNK]) :]
            except BlockingIOError:
                continue
            except OSError:
                raise _Broken("the decoder crashed, or needed too much memory or time") from None

    def _read(self, length: int, deadline: float) -> bytearray:
        read = bytearray(length)
        at = 0
        while at < length:
            self._wait(self._out, selectors.EVENT_READ, deadline)
            try:
                got = os.readv(self._out.fileno(), [memoryview(read)[at:]])
            except BlockingIOError:
                continue
            if not got:
                raise _Broken("the decoder crashed, or needed too much memory or time")
            at += got
        return read

    def _wait(self, pipe: IO[bytes], event: int, deadline: float) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, event)
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise _Broken("it took too long")
