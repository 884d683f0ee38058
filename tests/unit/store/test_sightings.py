from dataclasses import replace

from facewarden.data.sighting import Sighting
from facewarden.store.open import Store
from unit.store.making import NOW, SECOND, a_sighting


def test_one_row_for_a_track_that_only_widens(store: Store) -> None:
    first = a_sighting()
    store.sightings.record(first)
    assert store.sightings.find() == [first]
    later = a_sighting(last_seen_at=NOW + 9 * SECOND, similarity=0.7, looks=5, alert_id="a" * 32)
    store.sightings.record(later)
    store.sightings.record(
        a_sighting(
            first_seen_at=NOW - SECOND, last_seen_at=NOW, alert_id="", similarity=0.6, looks=6
        )
    )
    assert store.sightings.find() == [
        replace(later, first_seen_at=NOW - SECOND, similarity=0.6, looks=6)
    ]


def test_another_track_camera_subject_or_list_is_another_row(store: Store) -> None:
    rows = [
        a_sighting(),
        a_sighting(sighting_id="run-1:8"),
        a_sighting(camera_id="door"),
        a_sighting(subject_id=902),
        a_sighting(watchlist="vip"),
    ]
    for row in rows:
        store.sightings.record(row)
    found = store.sightings.find()
    assert len(found) == 5
    assert set(map(repr, found)) == set(map(repr, rows))


def test_find(store: Store) -> None:
    def at(second: int, **changes: object) -> Sighting:
        start = NOW + second * SECOND
        return a_sighting(
            sighting_id=f"run:{second}",
            first_seen_at=start,
            last_seen_at=start + 2 * SECOND,
            **changes,
        )

    rows = [at(0), at(10, camera_id="door"), at(20, watchlist="vip"), at(30, subject_id=902)]
    for row in rows:
        store.sightings.record(row)
    assert store.sightings.find() == rows[::-1]
    assert store.sightings.find(since=NOW + 12 * SECOND, until=NOW + 30 * SECOND) == [
        rows[2],
        rows[1],
    ]
    assert store.sightings.find(since=NOW + SECOND, until=NOW + SECOND) == rows[:1]
    assert store.sightings.find(camera="door") == [rows[1]]
    assert store.sightings.find(watchlist="vip") == [rows[2]]
    assert store.sightings.find(subject_id=902) == [rows[3]]
    assert store.sightings.find(limit=2, offset=1) == [rows[2], rows[1]]


def test_those_of_an_alert_are_found_however_many_came_later(store: Store) -> None:
    for number in range(5):
        seen = NOW + number * SECOND
        store.sightings.record(
            a_sighting(
                sighting_id=f"run:{number}", alert_id=str(number),
                first_seen_at=seen, last_seen_at=seen,
            )
        )  # fmt: skip
    (found,) = store.sightings.find(since=NOW, alert_id="0", limit=2)
    assert found.sighting_id == "run:0"
