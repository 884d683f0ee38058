from typing import Any

from facewarden.data import Presentation, PresentationVerdict, Review, ReviewState
from facewarden.data.report import CameraActivity, PresentationOutcome, WatchlistOutcome
from facewarden.store.open import Store
from unit.store.making import DAY, HOUR, NOW, SECOND, an_alert


def test_what_presentation_attack_detection_said_and_humans_of_what_it_held(store: Store) -> None:
    attack = Presentation(PresentationVerdict.ATTACK, 0.1)
    cases: list[tuple[Presentation | None, bool, ReviewState]] = [
        (None, False, ReviewState.UNREVIEWED),
        (attack, True, ReviewState.REJECTED),
        (attack, True, ReviewState.CONFIRMED),
        (attack, True, ReviewState.UNREVIEWED),
        (attack, False, ReviewState.REJECTED),
        (Presentation(PresentationVerdict.BONA_FIDE, 0.9), False, ReviewState.UNREVIEWED),
        (Presentation(PresentationVerdict.UNSETTLED), False, ReviewState.UNREVIEWED),
        (Presentation(PresentationVerdict.NOT_ASSESSED), False, ReviewState.UNREVIEWED),
    ]
    for number, (said, held, state) in enumerate(cases, 1):
        store.alerts.record(an_alert(number, presentation=said, held=held), ["desk"])
        if state is not ReviewState.UNREVIEWED:
            verdict = Review(an_alert(number).alert_id, state, "rita", "", NOW)
            store.alerts.review(verdict, anchor=False)
    (outcome,) = store.report_rows(NOW - HOUR, NOW + HOUR).outcomes
    assert (outcome.alerts, outcome.confirmed, outcome.rejected, outcome.open) == (8, 1, 2, 5)
    assert outcome.presentation == PresentationOutcome(1, 4, 1, 1, 1, 1, 1)
    assert (outcome.presentation.asked, outcome.presentation.held) == (7, 3)


def test_one_that_was_held_at_first_is_delivered_when_it_is_let_go(store: Store) -> None:
    store.alerts.record(an_alert(1, held=True), ["desk"])
    for revision in (2, 3):
        decided = NOW + revision * SECOND
        store.alerts.record(an_alert(1, revision=revision, decided_at=decided), ["desk"])
        (waiting,) = store.alerts.pending("desk", decided, 1)
        store.alerts.accepted(waiting, decided + 0.5 * SECOND)
    (outcome,) = store.report_rows(NOW - HOUR, NOW + HOUR).outcomes
    assert outcome.decided_to_delivered_s == {"desk": (0.5,)}


def test_counts_and_seconds(store: Store) -> None:
    alerts = store.alerts
    store.activity.add("gate", NOW, watched_s=60.0, analysed=300, faces=40, tracks=9)
    cases: list[tuple[int, dict[str, Any], ReviewState]] = [
        (1, {}, ReviewState.CONFIRMED),
        (2, {"received_at": NOW - 4 * SECOND}, ReviewState.REJECTED),
        (3, {}, ReviewState.UNREVIEWED),
        (4, {"watchlist": "vip"}, ReviewState.UNREVIEWED),
        (5, {"camera_id": "door"}, ReviewState.CONFIRMED),
        (6, {"decided_at": NOW - DAY}, ReviewState.CONFIRMED),
    ]
    for number, changes, state in cases:
        alerts.record(an_alert(number, **changes), ["desk", "mail"])
        alerts.review(Review(an_alert(number).alert_id, state, "rita", "", NOW))
    refined = an_alert(1, revision=2, decided_at=NOW + HOUR)
    alerts.record(refined, ["desk"])
    for delivery in alerts.pending("desk", NOW, 2):
        alerts.accepted(delivery, NOW + delivery.alert.track_id * SECOND / 7)
    for delivery in alerts.pending("desk", NOW, 1):
        alerts.accepted(delivery, NOW + 3 * SECOND)

    report = store.report_rows(NOW - HOUR, NOW + HOUR)

    assert report.cameras == (
        CameraActivity("gate", watched_s=60.0, analysed=300, faces=40, tracks=9),
    )
    assert report.outcomes == (
        WatchlistOutcome("door", "missing", 1, 1, 0, 0, (1.5,), {}),
        WatchlistOutcome("gate", "missing", 3, 1, 1, 1, (1.5, 4.0, 1.5), {"desk": (1.0, 1.0, 3.0)}),
        WatchlistOutcome("gate", "vip", 1, 0, 0, 1, (1.5,), {}),
    )
    assert (report.since, report.until) == (NOW - HOUR, NOW + HOUR)
    empty = store.report_rows(NOW + DAY, NOW + 2 * DAY)
    assert (empty.cameras, empty.outcomes) == ((), ())
