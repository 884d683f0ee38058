"""Retention waited for a backup to end, and nobody could write an alert meanwhile."""

import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from facewarden.errors import StoreBusy
from facewarden.store.key import TemplateKey
from facewarden.store.open import open_store, sqlite_url
from unit.store.making import NOW, an_alert
from unit.store.test_retention import KEEP


def test_alerts_are_written_while_a_reader_keeps_the_log(tmp_path: Path) -> None:
    path, key = tmp_path / "store.sqlite", TemplateKey(bytes(range(32)))
    with open_store(sqlite_url(path), key) as store, open_store(sqlite_url(path), key) as other:
        store.alerts.record(an_alert(1), ["desk"])
        with other._database.read() as reader:
            reader.exec_driver_sql("SELECT count(*) FROM alert").scalar_one()
            store.alerts.record(an_alert(2), ["desk"])  # what the reader must not see
            refused: list[StoreBusy] = []

            def purge() -> None:
                with pytest.raises(StoreBusy, match="log") as busy:
                    store.purge(replace(KEEP, deliveries=timedelta()), NOW)
                refused.append(busy.value)

            began = time.monotonic()
            purging = threading.Thread(target=purge)
            purging.start()
            for number in range(3, 6):
                store.alerts.record(an_alert(number), ["desk"])
            purging.join()
            # It would be the whole patience of the store, 30 s.
            assert time.monotonic() - began < 10
        assert refused
        assert store.alerts.count() == 5
