"""Whatever is recorded, accepted and refused in whatever order, the outbox is its slow twin."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from facewarden.store.outbox import LONGEST_WAIT
from reference.slow_outbox import SlowOutbox
from unit.store.making import NOW, SECOND, an_alert

SINKS = ["desk", "mail"]

RECORD = st.tuples(
    st.just("record"),
    st.integers(0, 3),
    st.integers(1, 4),
    st.lists(st.sampled_from(SINKS), min_size=1, unique=True),
)
ACCEPT = st.tuples(st.just("accept"), st.sampled_from(SINKS), st.integers(0, 3))
FAIL = st.tuples(
    st.just("fail"),
    st.sampled_from(SINKS),
    st.integers(0, 3),
    st.sampled_from([timedelta(), 5 * SECOND, 60 * SECOND]),
)
# Also backwards, and by more than any wait.
CLOCK = st.tuples(
    st.just("clock"),
    st.sampled_from([SECOND, 10 * SECOND, -30 * SECOND, timedelta(days=9), timedelta(days=-9)]),
)
STEPS = st.lists(st.one_of(RECORD, RECORD, ACCEPT, FAIL, CLOCK), max_size=25)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("outbox") / "store.sqlite"
    with open_store(sqlite_url(path), TemplateKey(bytes(32))) as opened:
        yield opened


@pytest.fixture(scope="module")
def runs() -> list[int]:
    return [0]


@settings(max_examples=30, deadline=None)
@given(steps=STEPS)
def test_same_deliveries_in_the_same_order(
    store: Store, runs: list[int], steps: list[tuple[object, ...]]
) -> None:
    runs[0] += 1  # other ids and sinks for each example: all share one store
    prefix = f"run{runs[0]}"
    twin = SlowOutbox(LONGEST_WAIT)
    now = NOW
    for step in steps:
        match step:
            case ("record", int(number), int(revision), list(sinks)):
                alert = an_alert(runs[0] * 10 + number, revision=revision, looks=revision)
                store.alerts.record(alert, [prefix + sink for sink in sinks])
                twin.record(alert.alert_id, revision, sinks)
            case ("clock", timedelta() as change):
                now += change
            case ("accept" | "fail" as word, str(sink), int(place), *wait):
                waiting = twin.pending(sink, now, 10)
                if not waiting:
                    continue
                row = waiting[place % len(waiting)]
                delivery = store.alerts.pending(prefix + sink, now, 10)[place % len(waiting)]
                if word == "accept":
                    store.alerts.accepted(delivery, now)
                    row.delivered = True
                else:
                    (later,) = wait
                    assert isinstance(later, timedelta)
                    store.alerts.failed(delivery, "refused", now + later)
                    row.retry_at = now + later
                    row.attempts += 1
        for sink in SINKS:
            found = store.alerts.pending(prefix + sink, now, 3)
            assert [
                (one.alert.alert_id, one.alert.revision, one.alert.looks, one.attempts)
                for one in found
            ] == [
                (row.alert_id, row.revision, row.revision, row.attempts)
                for row in twin.pending(sink, now, 3)
            ]
            assert store.alerts.backlog(prefix + sink) == sum(
                row.sink == sink and not row.delivered for row in twin.rows
            )
