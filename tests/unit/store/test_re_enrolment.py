"""Templates of another model beside those that serve, and the switch."""

import numpy as np
import pytest

from facewarden.data import Float32, SubjectDetails
from facewarden.errors import StoreError
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store
from facewarden.store.re_enrolment import Waiting
from unit.store.making import MODEL, NOW, a_reference

NEW = "embedder-b"


@pytest.fixture
def ids(store: Store) -> list[int]:
    """References of two subjects: three of Anna, one of Bert."""
    lists = store.watchlists
    anna = lists.add_subject(SubjectDetails("Anna"), "missing")
    bert = lists.add_subject(SubjectDetails("Bert"), "missing")
    return [
        *lists.add_references(anna, [a_reference(seed) for seed in range(3)]),
        *lists.add_references(bert, [a_reference(3)]),
    ]


def vector(seed: int) -> Float32:
    return np.full(4, seed, np.float32)


def make(store: Store, waiting: list[Waiting]) -> None:
    store.re_enrolments.keep(NEW, [(one, vector(one.reference_id)) for one in waiting], [])


def test_a_whole_re_enrolment(store: Store, ids: list[int]) -> None:
    work, lists = store.re_enrolments, store.watchlists
    assert (work.serving(), work.progress()) == (None, None)
    version = lists.version()
    work.begin(NEW, serving=MODEL)
    assert work.serving() == MODEL
    first = work.take(NEW, 3)
    assert [one.reference_id for one in first] == ids[:3]
    held = a_reference(0)
    assert first[0].picture == held.source_bytes
    np.testing.assert_array_equal(first[0].template, held.template)
    make(store, first)
    found = work.progress(NEW)
    assert found is not None
    assert (found.total, found.done, found.refused, found.complete) == (4, 3, 0, False)
    # The old model serves as if nothing were going on.
    assert lists.version() == version
    assert len(lists.gallery(MODEL, ["missing"])) == 4
    with pytest.raises(StoreError, match="references wait"):
        work.switch(NEW)
    make(store, work.take(NEW, 3))
    assert work.take(NEW, 3) == []
    switched = work.switch(NEW)
    assert (switched.serving, switched.switched_at) == (NEW, NOW)
    assert (work.serving(), lists.version() > version) == (NEW, True)
    gallery = lists.gallery(NEW, ["missing"])
    assert [one.reference_id for one in gallery] == ids
    np.testing.assert_array_equal(gallery[0].template, vector(ids[0]))


def test_it_goes_on_where_it_was_after_a_restart(
    store: Store, ids: list[int], url: str, key: TemplateKey
) -> None:
    store.re_enrolments.begin(NEW, serving=MODEL)
    make(store, store.re_enrolments.take(NEW, 3))
    with open_store(url, key, clock=lambda: NOW) as again:
        again.re_enrolments.begin(NEW, serving="whatever the settings say now")
        assert again.re_enrolments.serving() == MODEL
        assert [one.reference_id for one in again.re_enrolments.take(NEW, 9)] == ids[3:]


def test_what_is_enrolled_meanwhile_waits(store: Store, ids: list[int]) -> None:
    work = store.re_enrolments
    work.begin(NEW, serving=MODEL)
    make(store, work.take(NEW, 9))
    (late,) = store.watchlists.add_references(1, [a_reference(8)])
    with pytest.raises(StoreError, match="references wait"):
        work.switch(NEW)
    assert [one.reference_id for one in work.take(NEW, 9)] == [late]


def test_what_is_removed_or_moved_meanwhile_is_left_out(store: Store, ids: list[int]) -> None:
    work = store.re_enrolments
    work.begin(NEW, serving=MODEL)
    taken = work.take(NEW, 9)
    store.watchlists.remove_reference(ids[0])
    bert = taken[3].subject_id
    moved = [
        Waiting(bert, one.reference_id, one.picture, one.template)
        if one.reference_id == ids[1]
        else one
        for one in taken
    ]
    make(store, moved)
    assert [one.reference_id for one in work.take(NEW, 9)] == [ids[1]]


def test_twice_the_same_work_is_no_fault(store: Store, ids: list[int]) -> None:
    work = store.re_enrolments
    work.begin(NEW, serving=MODEL)
    taken = work.take(NEW, 9)
    make(store, taken)
    make(store, taken)
    work.keep(NEW, [], [(taken[0], "no face")])
    found = work.progress(NEW)
    assert found is not None
    assert (found.done, found.refused) == (4, 0)


def test_refused_references_are_listed_not_lost(store: Store, ids: list[int]) -> None:
    work = store.re_enrolments
    work.begin(NEW, serving=MODEL)
    taken = work.take(NEW, 9)
    make(store, taken[:3])
    work.keep(NEW, [], [(taken[3], "no face is found any more")])
    assert [(one.reference_id, one.reason) for one in work.refused(NEW)] == [
        (ids[3], "no face is found any more")
    ]
    bert = taken[3].subject_id
    with pytest.raises(StoreError, match="no reference of 1 subjects"):
        work.switch(NEW)
    assert work.serving() == MODEL
    found = work.switch(NEW, accept_losses=True)
    assert (found.lost, found.serving) == ((bert,), NEW)
    assert len(store.watchlists.references(bert)) == 1
    assert work.try_again(NEW) == 1
    assert [one.reference_id for one in work.take(NEW, 9)] == [ids[3]]


def test_back_to_the_model_before(store: Store, ids: list[int]) -> None:
    work = store.re_enrolments
    work.begin(NEW, serving=MODEL)
    make(store, work.take(NEW, 9))
    work.switch(NEW)
    with pytest.raises(StoreError, match="serves already"):
        work.begin(NEW, serving=MODEL)
    work.begin(MODEL, serving=NEW)
    assert work.take(MODEL, 9) == []
    assert work.switch(MODEL).serving == MODEL


def test_it_is_in_the_audit_log(store: Store, ids: list[int]) -> None:
    work = store.re_enrolments
    work.begin(NEW, serving=MODEL)
    make(store, work.take(NEW, 9))
    work.begin(NEW, serving=MODEL)
    work.switch(NEW)
    found = [
        (entry.action, entry.object)
        for entry in store.audit.tail(20)
        if entry.action.startswith("re-enrolment")
    ]
    whole = ["re-enrolment.begin", "re-enrolment.read", "re-enrolment.go-on", "re-enrolment.switch"]
    assert found == [(action, f"model:{NEW}") for action in whole]
    assert store.audit.verify() is None


def test_nothing_was_begun(store: Store) -> None:
    with pytest.raises(StoreError, match="was begun"):
        store.re_enrolments.switch(NEW)
