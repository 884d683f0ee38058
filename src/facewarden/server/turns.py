"""Turns: of two equal requests at the same time the second waits for the first."""

import threading


class Turns:
    """A lock for each key in use: of two equal requests the second waits for the first."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[tuple[str, int, str], tuple[threading.Lock, int]] = {}

    def take(self, name: tuple[str, int, str]) -> threading.Lock:
        """Return the lock of this name, taken."""
        with self._guard:
            lock, users = self._locks.get(name, (threading.Lock(), 0))
            self._locks[name] = (lock, users + 1)
        lock.acquire()
        return lock

    def give(self, name: tuple[str, int, str]) -> None:
        """Give the lock back; it goes when nobody else waits for it."""
        with self._guard:
            lock, users = self._locks[name]
            if users == 1:
                del self._locks[name]
            else:
                self._locks[name] = (lock, users - 1)
        lock.release()
