"""Photographs that move, subjects that are merged and split."""

from collections.abc import Callable

import pytest

from facewarden.data import Review, ReviewState, SubjectDetails
from facewarden.errors import InputError, StoreError
from facewarden.store.anchors import MOST_ANCHORS
from facewarden.store.open import Store
from unit.store.making import DAY, MODEL, NOW, a_probe, a_reference, a_sighting, an_alert

ANNA = SubjectDetails("Anna Bloom", "CASE-1", "missing", "red coat", expires_at=NOW + DAY)
ANNE = SubjectDetails("Anne Blum", "", "", "blue coat", "Court order", "Judge Ito")


@pytest.fixture
def two(store: Store) -> Store:
    """Subjects 1 and 2 on lists of their own, with photographs 1, 2 and 3, 4."""
    store.watchlists.ensure("vip")
    for details, name, seeds in ((ANNA, "missing", (1, 2)), (ANNE, "vip", (3, 4))):
        one = store.watchlists.add_subject(details, name)
        new = [a_reference(seed, source=f"file {seed}".encode()) for seed in seeds]
        store.watchlists.add_references(one, new)
    return store


def owned(store: Store) -> dict[int, int]:
    """Return the owner of each photograph, all of them readable."""
    lists = ["missing", "vip"]
    found = {}
    for entry in store.watchlists.gallery(MODEL, lists):
        stored = store.watchlists.reference(entry.reference_id)
        assert stored.source_name == f"photograph-{entry.reference_id}.jpg"
        assert store.watchlists.reference_image(entry.reference_id) == (
            f"file {entry.reference_id}".encode()
        )
        assert (entry.template == a_reference(entry.reference_id).template).all()
        found[entry.reference_id] = entry.subject_id
    return found


def test_photographs_move(two: Store) -> None:
    lists = two.watchlists
    version = lists.version()
    lists.move_references([2, 3], 2)
    assert owned(two) == {1: 1, 2: 2, 3: 2, 4: 2}
    assert lists.version() > version
    assert [lists.subject(one).version for one in (1, 2)] == [3, 3]
    assert lists.holds_file(b"file 2") == (2, 2)
    version = lists.version()
    lists.move_references([2], 2)
    assert lists.version() == version
    (event,) = [one for one in two.audit.tail(20) if one.action == "reference.move"]
    assert (event.object, event.details) == ("subject:2", {"from": 1, "references": [2]})


def test_a_subject_is_split(two: Store) -> None:
    lists = two.watchlists
    lists.place(1, "vip")
    new = lists.split(1, [2], SubjectDetails("Bea Bloom", "CASE-2"))
    assert owned(two) == {1: 1, 2: new, 3: 2, 4: 2}
    made = lists.subject(new)
    assert (made.details, made.watchlists, made.references) == (
        SubjectDetails("Bea Bloom", "CASE-2"),
        ("missing", "vip"),
        1,
    )
    assert lists.subject(1).details == ANNA
    (event,) = [one for one in two.audit.tail(20) if one.action == "subject.split"]
    assert (event.object, event.details) == ("subject:1", {"new": new, "references": [2]})


def test_two_become_one(two: Store) -> None:
    lists, alerts = two.watchlists, two.alerts
    alerts.record(an_alert(1, subject_id=1), ["desk"], a_probe(1))
    alerts.record(an_alert(2, subject_id=2), [], a_probe(2))
    for number in (1, 2):
        alerts.review(Review(an_alert(number).alert_id, ReviewState.REJECTED, "rita", "no", NOW))
    for subject_id, sighting_id in ((1, "run:1"), (1, "run:2"), (2, "run:2")):
        two.sightings.record(a_sighting(subject_id=subject_id, sighting_id=sighting_id))
    head = alerts.head()

    lists.merge(2, 1)

    assert owned(two) == {1: 1, 2: 1, 3: 1, 4: 1}
    found = lists.subject(1)
    assert found.details == SubjectDetails(
        "Anna Bloom",
        "CASE-1",
        "missing",
        "red coat\nblue coat",
        "Court order",
        "Judge Ito",
        NOW + DAY,
    )
    assert found.watchlists == ("missing", "vip")
    with pytest.raises(StoreError, match="no subject 2"):
        lists.subject(2)
    assert {one.alert.subject_id for one in alerts.page()} == {1}
    assert [one.alert.alert_id for one in alerts.since(head)] == [an_alert(2).alert_id]
    assert [one.subject_id for one in two.anchors.of_model(MODEL)] == [1, 1]
    assert sorted(one.sighting_id for one in two.sightings.find()) == ["run:1", "run:2"]
    assert {one.subject_id for one in two.sightings.find()} == {1}
    (event,) = [one for one in two.audit.tail(20) if one.action == "subject.merge"]
    assert (event.object, event.details) == ("subject:1", {"merged": 2, "references": 2})
    assert two.audit.verify() is None
    assert "Bl" not in str(two.audit.tail(50))


def test_a_watch_with_the_old_gallery_alerts_for_who_it_is(two: Store) -> None:
    third = two.watchlists.add_subject(SubjectDetails("Third"), "vip")
    two.watchlists.merge(1, 2)
    two.watchlists.merge(2, third)
    for number, subject_id in ((1, 1), (2, 2)):
        two.alerts.record(an_alert(number, subject_id=subject_id), ["desk"])
    two.sightings.record(a_sighting(subject_id=1))
    assert {one.alert.subject_id for one in two.alerts.page()} == {third}
    assert two.sightings.find()[0].subject_id == third
    # and once that person is erased, nothing of the old ids is written any more
    two.watchlists.remove_subject(third)
    for number, subject_id in ((3, 1), (4, 2), (5, third)):
        two.alerts.record(an_alert(number, subject_id=subject_id), ["desk"])
    assert two.alerts.count() == 2
    assert two.alerts.backlog() == 0


def test_anchors_stay_bounded(two: Store) -> None:
    for number in range(MOST_ANCHORS + 6):
        alert = an_alert(number, subject_id=1 + number % 2)
        two.alerts.record(alert, [], a_probe(number))
        at = NOW + number * DAY
        two.alerts.review(Review(alert.alert_id, ReviewState.REJECTED, "rita", "no", at))
    two.watchlists.merge(1, 2)
    kept = two.anchors.of_subject(2)
    assert len(kept) == MOST_ANCHORS
    assert min(one.rejected_at for one in kept) == NOW + 6 * DAY


REFUSED: dict[str, tuple[Callable[[Store], object], str]] = {
    "merge with itself": (lambda s: s.watchlists.merge(1, 1), "into itself"),
    "merge nobody": (lambda s: s.watchlists.merge(9, 1), "no subject 9"),
    "merge into nobody": (lambda s: s.watchlists.merge(1, 9), "no subject 9"),
    "move to nobody": (lambda s: s.watchlists.move_references([1], 9), "no subject 9"),
    "move nothing there": (lambda s: s.watchlists.move_references([1, 77], 2), "no reference 77"),
    "split another's": (
        lambda s: s.watchlists.split(1, [2, 3], SubjectDetails("B")),
        "found photographs of subjects 1, 2",
    ),
    "split nothing": (lambda s: s.watchlists.split(1, [], SubjectDetails("B")), "found none"),
    "split into a taken case": (
        lambda s: s.watchlists.split(1, [2], SubjectDetails("B", "CASE-1")),
        "'CASE-1' is taken",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_and_changes_nothing(two: Store, name: str) -> None:
    attempt, words = REFUSED[name]
    before = two.watchlists.version(), two.watchlists.subjects(), len(two.audit.tail(100))
    with pytest.raises(StoreError, match=words):
        attempt(two)
    after = two.watchlists.version(), two.watchlists.subjects(), len(two.audit.tail(100))
    assert after == before


def test_notes_that_are_too_long_together_are_not_cut(store: Store) -> None:
    first, second = (
        store.watchlists.add_subject(SubjectDetails(name, notes=name * 3000), "missing")
        for name in "AB"
    )
    with pytest.raises(InputError, match="notes is too long"):
        store.watchlists.merge(first, second)
    assert len(store.watchlists.subjects()) == 2
