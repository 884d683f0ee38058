from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
import pytest

from facewarden.data import NOBODY, GalleryEntry, Int64, SubjectDetails, Templates
from facewarden.errors import DataError
from facewarden.match.gallery import Gallery
from facewarden.pipeline.gallery_reading import ReferenceRegister, read_gallery
from facewarden.store.open import Store
from unit.store.making import MODEL, NOW, a_reference


class Counting:
    """Counts what is decrypted."""

    def __init__(self, register: ReferenceRegister) -> None:
        self._register = register
        self.decrypted: list[int] = []

    def owners(self, model_id: str, watchlists: Sequence[str]) -> Int64:
        return self._register.owners(model_id, watchlists)

    def templates(self, model_id: str, reference_ids: Sequence[int]) -> list[GalleryEntry]:
        self.decrypted += reference_ids
        return self._register.templates(model_id, reference_ids)

    def expiries(self) -> Mapping[int, datetime]:
        return self._register.expiries()

    def read(self, previous: Gallery | None = None, *lists: str) -> Gallery:
        owners = self.owners(MODEL, lists or ["missing"])
        return read_gallery(self, MODEL, owners, previous)


@pytest.fixture
def register(store: Store) -> Counting:
    return Counting(store.watchlists)


def enrol(store: Store, seed: int, watchlist: str = "missing", photographs: int = 1) -> list[int]:
    subject_id = store.watchlists.add_subject(SubjectDetails(f"Subject {seed}"), watchlist)
    new = [a_reference(100 * seed + i) for i in range(photographs)]
    return store.watchlists.add_references(subject_id, new)


def found(gallery: Gallery, seed: int, **asked: bool) -> int:
    probe = Templates(a_reference(seed).template[None], MODEL)
    result = gallery.search(probe, 1, NOW, **asked)
    return int(result.reference_id[0, 0]) if result.similarity[0, 0] > 0.99 else NOBODY


def test_only_what_is_new_is_decrypted(store: Store, register: Counting) -> None:
    (one,), (two, three) = enrol(store, 1), enrol(store, 2, photographs=2)
    first = register.read()
    assert register.decrypted == [one, two, three] == first.reference_ids.tolist()

    register.decrypted.clear()
    (four,) = enrol(store, 4)
    second = register.read(first)
    assert register.decrypted == [four]
    assert second.reference_ids.tolist() == [one, two, three, four]
    assert found(second, 400) == four
    assert found(first, 400) == NOBODY

    register.decrypted.clear()
    store.watchlists.remove_reference(two)
    third = register.read(second)
    assert register.decrypted == []
    assert third.reference_ids.tolist() == [one, three, four]
    assert (found(third, 200), found(third, 201)) == (NOBODY, three)


def test_lists_and_ends_are_followed(store: Store, register: Counting) -> None:
    store.watchlists.ensure("vip")
    (one,), (two,) = enrol(store, 1), enrol(store, 2, "vip")
    gallery = register.read(None, "missing", "vip")
    alone = register.read(gallery, "missing")
    assert alone.reference_ids.tolist() == [one]
    assert register.read(alone, "missing", "vip").reference_ids.tolist() == [one, two]

    owner = int(store.watchlists.owners(MODEL, ["missing"])[0, 0])
    details = SubjectDetails("Subject 1", expires_at=NOW - timedelta(seconds=1))
    store.watchlists.update_subject(owner, details)
    ended = register.read(gallery, "missing", "vip")
    assert (found(ended, 100), found(ended, 100, expired=True)) == (NOBODY, one)
    store.watchlists.update_subject(owner, SubjectDetails("Subject 1"))
    assert found(register.read(ended, "missing", "vip"), 100) == one


def test_a_gallery_of_another_model_is_not_used(store: Store, register: Counting) -> None:
    enrol(store, 1)
    other = read_gallery(register, "embedder-b", np.zeros((0, 2), np.int64))
    assert register.read(other).model_id == MODEL
    assert register.read(other).subjects == 1


def test_a_stored_template_that_is_no_vector_is_named(store: Store, register: Counting) -> None:
    subject_id = store.watchlists.add_subject(SubjectDetails("Anna"), "missing")
    good = a_reference(1)
    bad = type(good)("x", b"x", np.full_like(good.template, np.nan), MODEL, 0.5)
    _, reference_id = store.watchlists.add_references(subject_id, [good, bad])
    with pytest.raises(DataError, match=f"reference {reference_id} of subject {subject_id} "):
        register.read()


def test_more_references_than_one_question_can_name(store: Store) -> None:
    subject_id = store.watchlists.add_subject(SubjectDetails("Anna"), "missing")
    ids = store.watchlists.add_references(subject_id, [a_reference(1), a_reference(2)])
    asked = [*ids, *range(10**6, 10**6 + 40_000)]
    entries = store.watchlists.templates(MODEL, asked)
    assert [entry.reference_id for entry in entries] == ids
