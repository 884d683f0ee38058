"""Answers that are kept for a while, so that a repeated request gets the first one."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a request was answered with.

    Attributes:
        body_digest: of what was asked, SHA-256.
        answer: JSON.
    """

    body_digest: str
    status: int
    answer: bytes


class KeptAnswers(Protocol):
    """Where answers are kept for a while, by who asked, the route and the key."""

    def find(self, key: str, user_id: int, route: str) -> KeptAnswer | None:
        """Return the answer that was kept, None where there is none or it is too old."""
        ...

    def keep(self, key: str, user_id: int, route: str, kept: KeptAnswer) -> None:
        """Keep an answer."""
        ...


class RecentAnswers:
    """The newest answers of this process.

    Args:
        most: how many; each is a few kB.
    """

    def __init__(self, most: int = 1000) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, int, str], KeptAnswer] = OrderedDict()

    def find(self, key: str, user_id: int, route: str) -> KeptAnswer | None:
        """Return the answer that was kept."""
        return self._kept.get((key, user_id, route))

    def keep(self, key: str, user_id: int, route: str, kept: KeptAnswer) -> None:
        """Keep an answer, and forget the oldest."""
        self._kept[key, user_id, route] = kept
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)


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
