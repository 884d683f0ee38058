"""PostgreSQL is killed at random: what was acknowledged is there, and work goes on by itself."""

import random
import threading
import time

import pytest

from facewarden.data import Review, ReviewState
from facewarden.errors import StoreError
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store
from postgres_server import PostgresServer
from unit.store.making import NOW, an_alert

pytestmark = pytest.mark.slow

KEY = TemplateKey(bytes(range(32)))
KILLS = 20
SEED = 20261122


class Worker:
    """Raises alerts and reviews them, and remembers what the store has said yes to."""

    def __init__(self, store: Store, first: int) -> None:
        self.alerts: set[str] = set()
        self.reviews: set[str] = set()
        self.events: set[int] = set()
        self.failures = 0
        self._store, self._number = store, first
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._number += 1
            alert = an_alert(self._number)
            try:
                self._store.alerts.record(alert, ["desk"])
                self.alerts.add(alert.alert_id)
                verdict = Review(alert.alert_id, ReviewState.CONFIRMED, "rita", "", NOW)
                self._store.alerts.review(verdict)
                self.reviews.add(alert.alert_id)
                self.events.add(self._store.audit.append("rita", "test.note", "test", {}))
            except StoreError:
                self.failures += 1
                time.sleep(0.02)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()


def test_nothing_acknowledged_is_lost(postgres: PostgresServer) -> None:
    chance = random.Random(SEED)
    url = postgres.url(postgres.database())
    with open_store(url, KEY, busy_s=2) as store:
        store.watchlists.ensure("missing")
        workers = [Worker(store, first) for first in (0, 1_000_000)]
        try:
            for _ in range(KILLS):
                time.sleep(chance.uniform(0.05, 0.3))
                postgres.kill()
                postgres.start()
            before = [len(one.alerts) for one in workers]
            time.sleep(1.5)
        finally:
            for one in workers:
                one.stop()
        assert sum(one.failures for one in workers) > 0
        after = [len(one.alerts) for one in workers]
        assert all(new > old for old, new in zip(before, after, strict=True))  # by itself
        for one in workers:
            assert one.alerts
            for alert_id in one.alerts:
                kept = store.alerts.get(alert_id)
                assert [record.sink for record in kept.deliveries] == ["desk"]
                assert bool(kept.reviews) or alert_id not in one.reviews
        events = {event.position for event in store.audit.tail(1_000_000)}
        assert set().union(*(one.events for one in workers)) <= events
        assert store.audit.verify() is None
