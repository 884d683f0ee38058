"""Alerts of what looks like a picture of somebody: kept for a human, told to no sink."""

import math
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from facewarden.data import (
    Presentation,
    PresentationRule,
    PresentationVerdict,
    Review,
    ReviewState,
    Snapshot,
    Watchlist,
)
from facewarden.errors import DataError, KeyRefused
from facewarden.store.alert_codec import from_text, to_text
from facewarden.store.alerts import AlertsWanted
from facewarden.store.open import Store
from facewarden.store.tables import presentation_picture, snapshot
from unit.store.making import NOW, PICTURE, a_look, an_alert, an_id

MODELS = ("minifasnet-v2", "clip-v1")
ATTACK = Presentation(PresentationVerdict.ATTACK, 0.12, 0.5, 0.2, 0.05, 5, MODELS)
LIVING = Presentation(PresentationVerdict.BONA_FIDE, 0.91, 0.5, 0.8, 0.95, 5, MODELS)
TOO_SMALL = Presentation(PresentationVerdict.NOT_ASSESSED, reason="the face has 31 px, 60 needed")
STRIP = Snapshot(b"\xff\xd8 five looks \xff\xd9" * 30, 1120, 224, (0, 0, 1120, 224))


def picture_of(store: Store, number: int = 1) -> Snapshot | None:
    return store.alerts.presentation_picture(an_id(number))


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(None, id="nobody asked"),
        pytest.param(ATTACK, id="attack"),
        pytest.param(TOO_SMALL, id="not assessed"),
        pytest.param(Presentation(PresentationVerdict.UNSETTLED, looks=2), id="unsettled"),
    ],
)
def test_what_was_said_comes_back(store: Store, said: Presentation | None) -> None:
    alert = an_alert(presentation=said)
    store.alerts.record(alert, ["desk"])
    assert store.alerts.get(alert.alert_id).alert == alert
    (waiting,) = store.alerts.pending("desk", NOW, 1)
    assert waiting.alert == alert
    assert from_text(to_text(alert), PICTURE) == alert


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("live", replace(ATTACK, live=math.nan)),
        ("threshold", replace(ATTACK, threshold=math.inf)),
        ("picture", replace(ATTACK, picture=math.nan)),
        ("clip", replace(ATTACK, clip=math.nan)),
    ],
)
def test_what_is_no_number_is_refused(store: Store, name: str, wrong: Presentation) -> None:
    with pytest.raises(DataError, match=f"presentation {name} does not fit"):
        store.alerts.record(an_alert(presentation=wrong), [])


def test_a_held_alert_is_kept_and_told_to_nobody(store: Store) -> None:
    store.alerts.record(an_alert(1, presentation=ATTACK, held=True), ["desk", "mail"])
    store.alerts.record(an_alert(2, presentation=LIVING), ["desk"])
    assert [one.sink for one in store.alerts.queues()] == ["desk"]
    for held, number in ((True, 1), (False, 2)):
        wanted = AlertsWanted(held=held)
        assert [one.alert.alert_id for one in store.alerts.page(wanted)] == [an_id(number)]
        assert store.alerts.count(wanted) == 1
    assert store.alerts.count() == 2


def test_one_that_turns_out_to_be_alive_goes_out_with_everything(store: Store) -> None:
    store.alerts.record(an_alert(presentation=ATTACK, held=True), ["desk"])
    later = an_alert(revision=2, presentation=LIVING, snapshot=None, similarity=0.7)
    store.alerts.record(later, ["desk"])
    (sent,) = store.alerts.pending("desk", NOW, 5)
    assert (sent.first, sent.alert.revision, sent.alert.snapshot) == (True, 2, PICTURE)
    assert (sent.alert.presentation, sent.alert.held) == (LIVING, False)
    stored = store.alerts.get(an_id(1)).alert
    assert (stored.held, stored.similarity, stored.snapshot) == (False, 0.7, PICTURE)
    store.alerts.accepted(sent, NOW)
    assert store.alerts.get(an_id(1)).alert.snapshot == PICTURE


def test_who_was_told_is_told_that_it_looks_like_an_attack(store: Store) -> None:
    store.alerts.record(an_alert(presentation=LIVING), ["desk"])
    store.alerts.record(an_alert(revision=2, presentation=ATTACK, held=True), ["desk"])
    (first,) = store.alerts.pending("desk", NOW, 1)
    store.alerts.accepted(first, NOW)
    (second,) = store.alerts.pending("desk", NOW, 1)
    assert (first.first, second.first) == (True, False)
    assert (second.alert.presentation, second.alert.held) == (ATTACK, False)
    assert store.alerts.get(an_id(1)).alert.held is False


def test_a_picture_of_somebody_does_not_silence_that_person(store: Store) -> None:
    of = (901, "missing", "gate")
    store.alerts.record(an_alert(1, held=True, presentation=ATTACK), [])
    assert store.alerts.latest(*of) is None
    store.alerts.record(an_alert(2), [])
    store.alerts.record(an_alert(3, held=True, presentation=ATTACK), [])
    found = store.alerts.latest(*of)
    assert found is not None
    assert found[0] == an_id(2)


def test_the_picture_comes_back_sealed_and_its_reading_is_audited(store: Store) -> None:
    store.alerts.record(an_alert(1, presentation=ATTACK), [], strip=STRIP)
    store.alerts.record(an_alert(2), [])
    before = store.audit.tail(1)
    assert [store.alerts.has_presentation_picture(an_id(n)) for n in (1, 2)] == [True, False]
    assert picture_of(store, 2) is None
    assert store.audit.tail(1) == before
    assert picture_of(store) == STRIP
    (event,) = store.audit.tail(1)
    assert (event.action, event.object, event.details) == (
        "alert.read_presentation_picture",
        f"alert:{an_id(1)}",
        {"subject": 901},
    )
    with store._database.read() as connection:
        sealed = connection.scalars(select(presentation_picture.c.sealed)).one()
    assert b"five looks" not in sealed


def test_a_later_picture_takes_the_place_of_an_earlier_one_until_a_verdict(store: Store) -> None:
    better = a_look(1).picture
    store.alerts.record(an_alert(presentation=ATTACK), [], strip=STRIP)
    store.alerts.record(an_alert(revision=2), [])
    assert picture_of(store) == STRIP
    store.alerts.record(an_alert(revision=3), [], strip=better)
    found = picture_of(store)
    assert found is not None
    assert (found.jpeg, found.box) == (better.jpeg, (0, 0, better.width_px, better.height_px))
    store.alerts.review(Review(an_id(1), ReviewState.REJECTED, "rita", "a photograph", NOW))
    store.alerts.record(an_alert(revision=4), [], strip=STRIP)
    assert picture_of(store) == found


def test_a_picture_that_was_moved_to_another_alert_is_refused(store: Store) -> None:
    for number in (1, 2):
        store.alerts.record(an_alert(number), [], strip=STRIP)
    with store._database.write() as connection:
        other = select(presentation_picture.c.sealed).where(
            presentation_picture.c.alert_id == an_id(2)
        )
        connection.execute(
            update(presentation_picture)
            .where(presentation_picture.c.alert_id == an_id(1))
            .values(sealed=other.scalar_subquery())
        )
    with pytest.raises(KeyRefused):
        picture_of(store)


def test_a_damaged_snapshot_does_not_hold_an_alert_for_ever(store: Store) -> None:
    store.alerts.record(an_alert(held=True, presentation=ATTACK), ["desk"])
    with store._database.write() as connection:
        connection.execute(update(snapshot).values(sealed=b"changed"))
    store.alerts.record(an_alert(revision=2, snapshot=None, presentation=LIVING), ["desk"])
    (waiting,) = store.alerts.pending("desk", NOW, 1)
    assert (waiting.alert.revision, waiting.alert.snapshot) == (2, None)


def test_what_a_watchlist_does_about_pictures_comes_back(store: Store) -> None:
    lists = store.watchlists
    before = lists.version()
    lists.configure("missing", 0.5, [], presentation=PresentationRule.HOLD)
    assert lists.all() == [Watchlist("missing", 0.5, presentation=PresentationRule.HOLD)]
    assert lists.version() == before + 1
    (event,) = store.audit.tail(1)
    assert event.details == {"threshold": 0.5, "sinks": [], "presentation": "hold"}
    lists.configure("missing", 0.5, [])
    assert lists.ensure("missing").presentation is PresentationRule.OFF
