import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from facewarden.data.report import CameraActivity
from facewarden.errors import StoreBusy
from facewarden.store.activity import FLUSH_S, Activity
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from facewarden.store.tables import activity, impostor_bin, metadata, passage

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_counts_add_up_by_camera_and_minute(store: Store) -> None:
    add = store.activity.add
    add("gate", NOON, watched_s=1.5, analysed=10, dropped=1, faces=3, tracks=1)
    add("gate", NOON + timedelta(seconds=59.9), watched_s=0.5, down_s=2.0, analysed=5)
    store.activity.flush()
    add("gate", NOON + timedelta(seconds=30), analysed=1, tracks=2)
    add("gate", NOON + MINUTE, analysed=100)
    add("door", NOON, down_s=60.0)
    assert store.activity.totals(NOON, NOON + MINUTE) == [
        CameraActivity("door", down_s=60.0),
        CameraActivity(
            "gate", watched_s=2.0, down_s=2.0, analysed=16, dropped=1, faces=3, tracks=3
        ),
    ]
    assert [one.analysed for one in store.activity.totals(NOON, NOON + 2 * MINUTE)] == [0, 116]
    assert store.activity.totals(NOON + 2 * MINUTE, NOON + 3 * MINUTE) == []
    with store._database.read() as connection:
        rows = connection.execute(
            activity.select().order_by(activity.c.minute, activity.c.camera_id)
        ).all()
    assert [(row.camera_id, row.minute) for row in rows] == [
        ("door", NOON),
        ("gate", NOON),
        ("gate", NOON + MINUTE),
    ]


def test_written_every_few_seconds_and_at_the_end(path: Path, key: TemplateKey) -> None:
    clock = [0.0]
    with open_store(sqlite_url(path), key) as store, open_store(sqlite_url(path), key) as other:
        counting = Activity(store._database, monotonic=lambda: clock[0])

        def seen() -> list[int]:
            return [one.analysed for one in other.activity.totals(NOON, NOON + MINUTE)]

        counting.add("gate", NOON, analysed=1)
        assert seen() == []
        clock[0] = FLUSH_S
        counting.add("gate", NOON, analysed=1)
        assert seen() == [1]
        store.activity.add("gate", NOON, analysed=40)
        store.close()
        assert seen() == [41]


def test_nothing_is_lost_or_counted_twice_when_the_store_is_busy(
    path: Path, key: TemplateKey
) -> None:
    clock = [0.0]
    with open_store(sqlite_url(path), key, busy_s=0.05) as store:
        counting = Activity(store._database, monotonic=lambda: clock[0])
        counting.add("gate", NOON, analysed=1)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        clock[0] = FLUSH_S
        with pytest.raises(StoreBusy):
            counting.add("gate", NOON, analysed=10)
        other.execute("ROLLBACK")
        other.close()
        counting.add("gate", NOON, analysed=10)  # what a caller does who was told to try again
        assert [one.analysed for one in counting.totals(NOON, NOON + MINUTE)] == [11]


def test_threads_count_together(store: Store) -> None:
    def count() -> None:
        for _ in range(500):
            store.activity.add("gate", NOON, analysed=1)
            if _ % 100 == 0:
                store.activity.flush()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.analysed for one in store.activity.totals(NOON, NOON + MINUTE)] == [2000]


def test_no_table_can_describe_a_person_who_matched_nobody() -> None:
    # Every table that has anything to do with a face hangs on a subject or on an alert of one;
    # those that count faces of strangers hold counters and nothing else. A new column must be
    # judged here.
    of_a_subject = {
        name
        for name, table in metadata.tables.items()
        if "subject_id" in table.c
        or {key.column.table.name for key in table.foreign_keys} & {"alert", "reference"}
    }
    # `anchor_alert` only has ids and a time; its anchor hangs on a subject. `lookup` and
    # `audit_picture` keep, sealed, what somebody was searched with, and on whose authority.
    # `re_enrolment` and `serving_model` name models.
    assert set(metadata.tables) - of_a_subject == {
        "account",
        "activity",
        "alert_change",
        "anchor_alert",
        "api_key",
        "audit",
        "audit_anchor",
        "audit_picture",
        "audit_receipt",
        "camera",
        "deployment",
        "failed_attempt",
        "gallery_version",
        "idempotency",
        "impostor_bin",
        "invitation",
        "lookup",
        "passage",
        "re_enrolment",
        "recovery_code",
        "serving_model",
        "store_info",
        "watchlist",
        "web_session",
    }
    assert set(activity.c.keys()) == {
        "camera_id",
        "minute",
        "watched_s",
        "down_s",
        "analysed",
        "dropped",
        "faces",
        "tracks",
        "rejected_before",
    }
    # Written for fifty tracks or more at once, without a time: see store/impostors.py.
    assert set(impostor_bin.c.keys()) == {"watchlist", "camera_group", "model", "bin", "tracks"}
    assert set(passage.c.keys()) == {"watchlist", "camera_id", "minute", "tracks", "expected"}
    assert not activity.c.minute.nullable
