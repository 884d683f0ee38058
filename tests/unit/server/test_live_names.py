"""Names of candidates in live pictures."""

import asyncio
from typing import Any

from facewarden.data import SubjectDetails
from facewarden.server.live_names import LiveNames, names_in
from facewarden.store.open import Store
from unit.store.making import an_alert, an_id


def a_header(*alert_ids: str) -> dict[str, Any]:
    return {
        "camera": "gate",
        "boxes": [
            {"track": 1, "candidates": []},
            {"track": 2, "candidates": [{"alert": one, "subject": 1} for one in alert_ids]},
        ],
    }


def names(header: dict[str, Any]) -> list[str]:
    return [one["name"] for box in header["boxes"] for one in box["candidates"]]


def test_a_candidate_has_the_name_of_its_alert_once_it_is_stored(store: Store) -> None:
    store.watchlists.ensure("missing")
    subject_id = store.watchlists.add_subject(SubjectDetails("Anna"), "missing")
    asked = []
    name_of = names_in(store)

    def counted(alert_id: str) -> str:
        asked.append(alert_id)
        return name_of(alert_id)

    given = LiveNames(counted)
    header = a_header(an_id(1))

    async def look() -> None:
        assert names(await given.added(header)) == [""]  # raised, not stored yet
        store.alerts.record(an_alert(1, subject_id=subject_id, subject_name="Anna"), [])
        assert names(await given.added(header)) == ["Anna"]
        assert names(await given.added(header)) == ["Anna"]
        assert await given.added(a_header()) == a_header()

    asyncio.run(look())
    assert asked == [an_id(1)] * 2  # known from then on
    assert header == a_header(an_id(1))  # others share it


def test_what_is_kept_is_bounded() -> None:
    given = LiveNames(lambda alert_id: f"name of {alert_id}")

    async def look() -> None:
        for start in range(0, 5000, 50):
            ids = [an_id(number) for number in range(start, start + 50)]
            assert names(await given.added(a_header(*ids))) == [f"name of {one}" for one in ids]

    asyncio.run(look())
    assert len(given._names) <= 1000
