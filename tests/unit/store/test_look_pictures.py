from dataclasses import replace

import pytest
from sqlalchemy import select, update

from facewarden.data import AlertLook, Opinion, Review, ReviewState
from facewarden.errors import DataError, KeyRefused
from facewarden.store.alert_codec import from_text, to_text
from facewarden.store.open import Store
from facewarden.store.tables import alert_look
from unit.store.making import NOW, SECOND, a_look, an_alert, an_id

ANSWERED = Opinion("dlib-resnet-v1", 0.95, looks=3, first=0.45)
LOOKS = [a_look(number) for number in (1, 2, 3)]


def numbers(looks: list[AlertLook]) -> list[int]:
    return [look.number for look in looks]


def test_looks_come_back_sealed_and_best_first(store: Store) -> None:
    best = a_look(9, quality=0.99, similarity=None)
    store.alerts.record(an_alert(), [], looks=[LOOKS[2], best, LOOKS[0]])
    assert store.alerts.looks(an_id(1)) == [best, LOOKS[0], LOOKS[2]]
    assert store.alerts.look_numbers(an_id(1)) == (1, 3, 9)
    with store._database.read() as connection:
        sealed = b"".join(connection.scalars(select(alert_look.c.sealed)))
    assert b"look" not in sealed
    assert store.alerts.looks(an_id(2)) == []


def test_that_looks_were_read_is_in_the_audit_log(store: Store) -> None:
    store.alerts.record(an_alert(1), [], looks=LOOKS)
    store.alerts.record(an_alert(2), [])
    before = store.audit.tail(1)
    store.alerts.look_numbers(an_id(1))
    store.alerts.looks(an_id(2))
    assert store.audit.tail(1) == before
    store.alerts.looks(an_id(1))
    (event,) = store.audit.tail(1)
    assert (event.action, event.object) == ("alert.read_looks", f"alert:{an_id(1)}")
    assert event.details == {"subject": 901, "looks": 3}


def test_later_looks_take_the_place_of_earlier_ones(store: Store) -> None:
    store.alerts.record(an_alert(), [], looks=LOOKS[:1])
    store.alerts.record(an_alert(revision=2), [], looks=LOOKS[:2])
    assert store.alerts.look_numbers(an_id(1)) == (1, 2)
    store.alerts.record(an_alert(revision=3), [])
    assert store.alerts.look_numbers(an_id(1)) == (1, 2)
    store.alerts.keep_looks(an_id(1), LOOKS[1:])
    assert numbers(store.alerts.looks(an_id(1))) == [2, 3]


def test_whoever_follows_alerts_hears_of_looks_that_joined(store: Store) -> None:
    store.alerts.record(an_alert(), [], looks=LOOKS[:1])
    first = store.alerts.get(an_id(1)).change
    store.alerts.keep_looks(an_id(1), LOOKS[:1])
    assert store.alerts.get(an_id(1)).change == first
    store.alerts.keep_looks(an_id(1), LOOKS)
    assert store.alerts.get(an_id(1)).change > first


@pytest.mark.parametrize("state", [ReviewState.CONFIRMED, ReviewState.REJECTED])
def test_none_join_after_a_verdict(store: Store, state: ReviewState) -> None:
    store.alerts.record(an_alert(), [], looks=LOOKS[:1])
    store.alerts.review(Review(an_id(1), state, "rita", "seen", NOW))
    store.alerts.keep_looks(an_id(1), LOOKS)
    store.alerts.record(an_alert(revision=2), [], looks=LOOKS)
    assert store.alerts.look_numbers(an_id(1)) == (1,)


def test_of_an_alert_that_is_gone_nothing_is_kept(store: Store) -> None:
    store.alerts.keep_looks(an_id(5), LOOKS)
    with store._database.read() as connection:
        assert connection.execute(select(alert_look)).all() == []


def test_a_picture_that_was_moved_to_another_alert_is_refused(store: Store) -> None:
    for number in (1, 2):
        store.alerts.record(an_alert(number), [], looks=LOOKS[:1])
    with store._database.write() as connection:
        other = select(alert_look.c.sealed).where(alert_look.c.alert_id == an_id(2))
        connection.execute(
            update(alert_look)
            .where(alert_look.c.alert_id == an_id(1))
            .values(sealed=other.scalar_subquery())
        )
    with pytest.raises(KeyRefused, match="look"):
        store.alerts.looks(an_id(1))


@pytest.mark.parametrize(
    "opinion",
    [
        pytest.param(None, id="not asked"),
        pytest.param(ANSWERED, id="answered"),
        pytest.param(Opinion("b", first=0.4, waiting=True), id="asked, no answer yet"),
        pytest.param(Opinion("b", first=0.4, problem="no answer within 2 s"), id="no answer"),
    ],
)
def test_a_second_opinion_is_kept_and_goes_out(store: Store, opinion: Opinion | None) -> None:
    one = an_alert(second_opinion=opinion)
    store.alerts.record(one, ["desk"])
    assert store.alerts.get(one.alert_id).alert == one
    (waiting,) = store.alerts.pending("desk", NOW, 1)
    assert waiting.alert == one
    store.alerts.record(an_alert(revision=2, decided_at=NOW + SECOND), [])
    assert store.alerts.get(one.alert_id).alert.second_opinion is None


def test_a_delivery_of_before_there_were_second_opinions(store: Store) -> None:
    text = to_text(replace(an_alert(), snapshot=None)).replace(', "second_opinion": null', "")
    assert "second_opinion" not in text
    assert from_text(text, None) == replace(an_alert(), snapshot=None)


def test_a_second_opinion_that_is_no_number_is_refused(store: Store) -> None:
    with pytest.raises(DataError, match="second similarity"):
        store.alerts.record(an_alert(second_opinion=replace(ANSWERED, similarity=float("nan"))), [])
