"""What the stages cost and how much went through them."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Metrics:
    """Wall time and items per stage, and counts.

    Cheap enough to be always on; used from several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: dict[str, float] = defaultdict(float)
        self._items: dict[str, int] = defaultdict(int)
        self._counts: dict[str, int] = defaultdict(int)

    @contextmanager
    def stage(self, name: str, items: int = 1) -> Iterator[None]:
        """Time one stage over `items` things."""
        started = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - started
            with self._lock:
                self._seconds[name] += spent
                self._items[name] += items

    def count(self, name: str) -> None:
        """Count one more of something that no stage is timed for."""
        with self._lock:
            self._counts[name] += 1

    def counts(self) -> dict[str, int]:
        """Return what was counted, by name."""
        with self._lock:
            return dict(self._counts)

    def snapshot(self) -> dict[str, tuple[int, float]]:
        """Return items and seconds by stage."""
        with self._lock:
            return {name: (self._items[name], self._seconds[name]) for name in self._seconds}
