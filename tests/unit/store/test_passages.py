"""What was to be expected of thresholds, budgets of watchlists, and how alike strangers are."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from facewarden.data import Watchlist
from facewarden.data.report import Expectation
from facewarden.errors import DataError
from facewarden.store.impostors import LEAST_AT_ONCE, LEAST_EVER, HistogramOf
from facewarden.store.open import Store
from unit.store.making import DAY, HOUR, NOW

OF = HistogramOf("missing", "", "embedder-a openvino float32")


def rows(path: Path, table: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        return connection.execute(f"SELECT * FROM {table}").fetchall()


def test_expectations_add_up_by_camera_and_list(store: Store) -> None:
    for at, expected in ((NOW, 1e-3), (NOW + HOUR, 2e-3), (NOW - 40 * DAY, 1.0)):
        store.passages.add("missing", "gate", at, expected)
    store.passages.add("missing", "hall", NOW, 0.5)
    assert store.passages.totals(NOW, NOW + DAY) == [
        Expectation("gate", "missing", 2, 3e-3),
        Expectation("hall", "missing", 1, 0.5),
    ]
    assert store.report_rows(NOW, NOW + DAY).expected == tuple(
        store.passages.totals(NOW, NOW + DAY)
    )


def test_a_track_counts_once_as_traffic_however_many_lists(store: Store) -> None:
    for name in ("missing", "vip"):
        for _ in range(3):
            store.passages.add(name, "gate", NOW, 0.1)
    store.passages.add("vip", "hall", NOW, 0.1)
    assert store.passages.traffic(["gate"], NOW - HOUR) == {"gate": 3}
    assert store.passages.traffic(["gate", "hall"], NOW + HOUR) == {}


def test_histograms_are_written_for_many_tracks_at_once(store: Store, path: Path) -> None:
    for _ in range(LEAST_AT_ONCE):
        store.impostors.add(OF, -2)
    assert rows(path, "impostor_bin") == []
    store.impostors.add(OF, 3)  # the next one sends the fifty before it
    assert rows(path, "impostor_bin") == [(*OF, -2, LEAST_AT_ONCE)]


def test_histograms_are_told_from_a_number_of_tracks_on(store: Store) -> None:
    for _ in range(LEAST_EVER):
        store.impostors.add(OF, 1)
    assert store.impostors.counts("missing", OF.model) == {}
    store.impostors.add(OF, 1)
    assert store.impostors.counts("missing", OF.model) == {"": {1: LEAST_EVER}}
    assert store.impostors.counts("missing", "another model") == {}
    assert store.impostors.counts("vip", OF.model) == {}


def test_budgets_come_back(store: Store) -> None:
    lists = store.watchlists
    before = lists.version()
    lists.configure("missing", None, ["desk"], fpir=1e-3)
    assert lists.all() == [Watchlist("missing", None, ("desk",), fpir=1e-3)]
    lists.configure("missing", None, ["desk"], false_alerts_per_day=2.5)
    assert lists.ensure("missing").false_alerts_per_day == 2.5
    assert lists.version() == before + 2


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"threshold": 0.5, "fpir": 1e-3}, id="threshold and share"),
        pytest.param({"fpir": 1e-3, "false_alerts_per_day": 1.0}, id="two budgets"),
    ],
)
def test_one_way_only(store: Store, given: dict[str, Any]) -> None:
    budget = {name: value for name, value in given.items() if name != "threshold"}
    with pytest.raises(DataError, match="one of them"):
        store.watchlists.configure("missing", given.get("threshold"), [], **budget)
