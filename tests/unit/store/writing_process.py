"""A process of its own that writes to a store: python writing_process.py URL MODE FIRST COUNT.

Prints "ready", waits for a line, then does what MODE says, printing after each commit.
"""

import sys
import time

from sqlalchemy import insert

from facewarden.data import SubjectDetails
from facewarden.store.alert_codec import to_columns
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store
from facewarden.store.tables import alert as alert_table
from unit.store.making import NOW, a_reference, an_alert

KEY = TemplateKey(bytes(range(32)))


def raise_alerts(store: Store, first: int, count: int) -> None:
    for number in range(first, first + count):
        alert = an_alert(number)
        store.alerts.record(alert, ["desk", "mail"])
        print(alert.alert_id, flush=True)


def enrol(store: Store, first: int, count: int) -> None:
    for number in range(first, first + count):
        subject_id = store.watchlists.add_subject(SubjectDetails(f"N{number}"), "missing")
        store.watchlists.add_references(
            subject_id, [a_reference(number), a_reference(number + 5000)]
        )
        print(subject_id, flush=True)


def stop_halfway(store: Store, first: int, _count: int) -> None:
    with store._database.write() as connection:
        row = {"raised_at": NOW, "created_at": NOW, "snapshot_revision": 0}
        connection.execute(insert(alert_table).values(**to_columns(an_alert(first), KEY) | row))
        print("halfway", flush=True)
        time.sleep(60)


if __name__ == "__main__":
    url, mode, first, count = sys.argv[1:]
    with open_store(url, KEY) as opened:
        print("ready", flush=True)
        sys.stdin.readline()
        {"alerts": raise_alerts, "enrol": enrol, "halfway": stop_halfway}[mode](
            opened, int(first), int(count)
        )
