"""The poller behind the event stream: nothing ends it, and nobody hears of what came before."""

import asyncio
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from facewarden.api.events import EventKind
from facewarden.server import feed as feeding
from facewarden.server.feed import AlertFeed, Told
from facewarden.store.open import Store


class Everything:
    """Eyes for which everything exists."""

    def sees_alert(self, _watchlist: str, _camera_id: str) -> bool:
        return True

    def sees_camera(self, _camera_id: str) -> bool:
        return True


def feed_of(since: Callable[[int, int], list[Any]], head: int = 5) -> AlertFeed:
    alerts = SimpleNamespace(head=lambda: head, since=since)
    return AlertFeed(cast("Store", SimpleNamespace(alerts=alerts)))


def test_who_comes_while_it_reads_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.new_event_loop()
    asked: list[int] = []

    def since(change: int, _limit: int) -> list[Any]:
        asked.append(change)
        if len(asked) == 1:  # meanwhile the last follower left and another came
            feed.leave(first)
            feed.follow(Everything(), loop)
        return [SimpleNamespace(change=6)]

    feed = feed_of(since)
    told = Told(EventKind.ALERT, 6, "missing", "gate", "{}")
    monkeypatch.setattr(feed, "_told", lambda rows: [told for _ in rows])
    first = feed.follow(Everything(), loop)
    feed._poll()
    assert feed.head() == 5  # not 6: what was read belonged to those before
    feed._poll()
    assert asked == [5, 5]
    assert feed.head() == 6
    loop.close()


def test_a_fault_does_not_end_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(feeding, "POLL_S", 0.01)
    again = threading.Event()
    asked: list[int] = []

    def since(change: int, _limit: int) -> list[Any]:
        asked.append(change)
        if len(asked) == 1:
            raise ArithmeticError
        again.set()
        return []

    feed = feed_of(since)
    loop = asyncio.new_event_loop()
    feed.start()
    feed.follow(Everything(), loop)
    began = time.monotonic()
    assert again.wait(10), time.monotonic() - began
    feed.stop()
    loop.close()
    assert "could not be followed once" in caplog.text
