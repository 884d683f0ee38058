"""Measure the lists of a large store: `scripts/bench alert_pages [--alerts N] [--url URL]`.

A new store gets N alerts of 40 cameras, 5 watchlists and 10,000 subjects over 90 days, each with
two deliveries and, of two in three, a verdict; then pages of 50 are read at the beginning, in the
middle and at the end of every kind of list, and subjects are searched by a part of their name. The
slowest of the given number of runs is printed beside the median, in milliseconds by the clock.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select

from facewarden.data import Alert, ReviewState, SubjectDetails
from facewarden.data.casework import CaseStatus
from facewarden.store.alert_codec import to_columns
from facewarden.store.alerts import AlertsWanted
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from facewarden.store.subject_codec import to_columns as subject_columns
from facewarden.store.tables import alert as alert_table
from facewarden.store.tables import alert_change, delivery, membership, review, subject

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 90
CAMERAS = [f"camera-{number:02}" for number in range(40)]
LISTS = [f"list-{number}" for number in range(5)]
SUBJECTS = 10_000
PAGE = 50
BATCH = 5_000
STATES = (ReviewState.UNREVIEWED, ReviewState.CONFIRMED, ReviewState.REJECTED)
FIRST = ("Anna", "Zoë", "Jürgen", "Maximiliane", "Wei", "Omar", "Ingrid", "José", "Aylin", "Bo")
LAST = ("Quast", "Ångström", "Müller", "Okafor", "Nguyen", "Silva", "Ito", "Haddad", "Kowalski")


def fill(store: Store, key: TemplateKey, alerts: int) -> None:
    """Write subjects and alerts in large transactions; the rows are those of real use."""
    chance = random.Random(1)
    for name in LISTS:
        store.watchlists.ensure(name)
    names = [
        f"{chance.choice(FIRST)} {chance.choice(LAST)}-{chance.choice(LAST)} {number}"
        for number in range(SUBJECTS)
    ]
    with store._database.write() as connection:
        times = {"created_at": START, "updated_at": START}
        connection.execute(
            insert(subject),
            [
                subject_columns(number + 1, SubjectDetails(name, f"CASE-{number}"), key)
                | {"subject_id": number + 1}
                | times
                for number, name in enumerate(names)
            ],
        )
        connection.execute(
            insert(membership),
            [
                {"subject_id": n + 1, "watchlist": LISTS[n % len(LISTS)], "placed_at": START}
                for n in range(SUBJECTS)
            ],
        )
    for start in range(0, alerts, BATCH):
        some = range(start, min(start + BATCH, alerts))
        _write(store, key, [_alert(chance, number, alerts, names) for number in some], start)
    if store._database.engine.dialect.name == "postgresql":
        # What the server does by itself within minutes, where rows come one by one.
        with store._database.write() as connection:
            connection.exec_driver_sql("ANALYZE")


def _alert(chance: random.Random, number: int, alerts: int, names: list[str]) -> Alert:
    at = START + timedelta(days=DAYS) * (number / alerts)
    who = chance.randrange(SUBJECTS)
    return Alert(
        alert_id=f"{chance.getrandbits(128):032x}",
        revision=1,
        camera_id=chance.choice(CAMERAS),
        camera_name="North entrance, left door",
        camera_location="Hall 2",
        track_id=number,
        watchlist=LISTS[who % len(LISTS)],
        subject_id=who + 1,
        subject_name=names[who],
        external_reference=f"CASE-{who}",
        category="missing person",
        reference_id=who + 1,
        similarity=0.6,
        threshold=0.45,
        margin=0.2,
        looks=4,
        model_id="sface-2021dec-centred",
        looks_model_id="sface-2021dec-centred",
        seen_at=at,
        last_seen_at=at,
        received_at=at,
        decided_at=at,
        state=STATES[number % 3],
    )


def _write(store: Store, key: TemplateKey, alerts: list[Alert], start: int) -> None:
    with store._database.write() as connection:
        connection.execute(
            insert(alert_table),
            [
                to_columns(one, key)
                | {"raised_at": one.decided_at, "created_at": one.decided_at}
                | {"snapshot_revision": 1, "change": start + place + 1}
                | _work(one)
                for place, one in enumerate(alerts)
            ],
        )
        connection.execute(alert_change.update().values(change=start + len(alerts)))
        connection.execute(
            insert(delivery),
            [
                {
                    "sink": sink,
                    "alert_id": one.alert_id,
                    "revision": 1,
                    "idempotency_key": f"{one.alert_id}:1:{sink}",
                    "attempts": 1,
                    "decided_at": one.decided_at,
                    "created_at": one.decided_at,
                    "delivered_at": one.decided_at,
                }
                for one in alerts
                for sink in ("desk", "mail")
            ],
        )
        connection.execute(
            insert(review),
            [
                {
                    "alert_id": one.alert_id,
                    "state": str(one.state),
                    "reviewer": "rita",
                    "reviewed_at": one.decided_at,
                    "reason": b"",
                }
                for one in alerts
                if one.state is not ReviewState.UNREVIEWED
            ],
        )


def _work(one: Alert) -> dict[str, str]:
    """Return how far people are with an alert."""
    work = CaseStatus.NEW if one.state is ReviewState.UNREVIEWED else CaseStatus(one.state.value)
    if work is CaseStatus.NEW and one.track_id % 1000 == 0:
        work = CaseStatus.ESCALATED
    return {"work": str(work), "assignee": "rita" if one.track_id % 500 == 0 else ""}


KINDS: dict[str, AlertsWanted] = {
    "all": AlertsWanted(),
    "one camera": AlertsWanted(cameras=CAMERAS[:1]),
    "12 cameras": AlertsWanted(cameras=CAMERAS[:12]),
    "a camera without alerts": AlertsWanted(cameras=["none"]),
    "one list": AlertsWanted(watchlists=LISTS[:1]),
    "open": AlertsWanted(states=[ReviewState.UNREVIEWED]),
    "new, or confirmed by one": AlertsWanted(
        work=[CaseStatus.NEW, CaseStatus.CONFIRMED_BY_ONE],
    ),
    "escalated, 1 in 1,000": AlertsWanted(work=[CaseStatus.ESCALATED]),
    "handed to one person, 1 in 500": AlertsWanted(assignee="rita"),
    "handed to nobody, escalated": AlertsWanted(work=[CaseStatus.ESCALATED], assignee=""),
    "handed to somebody without any": AlertsWanted(assignee="nobody"),
    "one subject": AlertsWanted(subject_id=17),
    "one day, 80 days ago": AlertsWanted(START + timedelta(days=10), START + timedelta(days=11)),
    "open of 12 cameras, 2 lists, 30 days": AlertsWanted(
        START + timedelta(days=30),
        START + timedelta(days=60),
        CAMERAS[:12],
        LISTS[:2],
        [ReviewState.UNREVIEWED],
    ),
}


def timed(runs: int, read: Callable[[], object]) -> tuple[float, float]:
    """Return the median and the slowest of `runs`, in milliseconds."""
    took = []
    for _ in range(runs):
        start = time.perf_counter()
        read()
        took.append((time.perf_counter() - start) * 1000)
    return statistics.median(took), max(took)


def measure(store: Store, runs: int) -> None:
    """Print a line for each kind of list."""
    with store._database.read() as connection:
        last = connection.execute(
            select(alert_table.c.position).order_by(alert_table.c.position.desc()).limit(1)
        ).scalar_one()
    places = {"first": None, "middle": last // 2, "last": PAGE + 1}
    print(f"{'list':40}{'first':>16}{'middle':>16}{'last':>16}{'count':>16}")
    for name, wanted in KINDS.items():
        cells = [
            timed(
                runs,
                lambda before=before, wanted=wanted: store.alerts.page(  # type: ignore[misc]
                    wanted, before=before, limit=PAGE
                ),
            )
            for before in places.values()
        ]
        cells.append(timed(runs, lambda wanted=wanted: store.alerts.count(wanted)))  # type: ignore[misc]
        print(f"{name:40}" + "".join(f"{middle:9.1f} {worst:6.1f}" for middle, worst in cells))
    for name, read in {
        "100 changes from the middle": lambda: store.alerts.since(last // 2, 100),
        "changes, none new": lambda: store.alerts.since(last, 100),
        "subjects, a page": lambda: store.watchlists.page_subjects(after=5000, limit=PAGE),
        "subjects by a part of a name": lambda: store.watchlists.page_subjects(
            text="angstrom", limit=PAGE
        ),
        "subjects by a part of no name": lambda: store.watchlists.page_subjects(
            text="nobody", limit=PAGE
        ),
        "every subject": store.watchlists.subjects,
    }.items():
        once = timed(1, read)[0]
        middle, worst = timed(runs, read)
        print(f"{name:40}{middle:9.1f} {worst:6.1f}   the first time {once:.1f}")


def main() -> None:
    """Fill a store and measure it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--url", default="", help="an empty database; default: a new SQLite file")
    given = parser.parse_args()
    key = TemplateKey(bytes(32))
    with tempfile.TemporaryDirectory() as folder:
        url = given.url or sqlite_url(Path(folder) / "store.sqlite")
        with open_store(url, key) as store:
            start = time.perf_counter()
            fill(store, key, given.alerts)
            size = sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
            print(
                f"{given.alerts} alerts written in {time.perf_counter() - start:.0f} s, "
                f"{size:.0f} MB; pages of {PAGE}, median and slowest of {given.runs}, ms"
            )
            measure(store, given.runs)


if __name__ == "__main__":
    main()
