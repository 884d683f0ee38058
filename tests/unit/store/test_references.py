from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from facewarden.data import SubjectDetails
from facewarden.errors import DataError, KeyRefused, StoreError
from facewarden.store.open import Store
from facewarden.store.tables import reference, reference_image, template
from unit.store.making import MODEL, NOW, a_reference


@pytest.fixture
def anna(store: Store) -> int:
    return store.watchlists.add_subject(SubjectDetails("Anna"), "missing")


def test_references_come_back_in_order(store: Store, anna: int) -> None:
    new = [a_reference(seed) for seed in range(30)]
    ids = store.watchlists.add_references(anna, new)
    assert ids == sorted(set(ids))
    found = store.watchlists.references(anna)
    assert [one.reference_id for one in found] == ids
    assert [one.source_name for one in found] == [one.source_name for one in new]
    assert {(one.subject_id, one.quality, one.model_ids, one.created_at) for one in found} == {
        (anna, 0.75, (MODEL,), NOW)
    }
    for reference_id, one in zip(ids, new, strict=True):
        assert store.watchlists.reference_image(reference_id) == one.source_bytes


def test_gallery_holds_the_subjects_of_its_lists_and_model(store: Store, anna: int) -> None:
    lists = store.watchlists
    lists.ensure("vip")
    lists.place(anna, "vip")
    bert = lists.add_subject(SubjectDetails("Bert"), "vip")
    first, second, third = a_reference(1), a_reference(2), a_reference(3, model_id="embedder-b")
    (one,) = lists.add_references(anna, [first])
    two, three = lists.add_references(bert, [second, third])

    def ids(model_id: str, *names: str) -> list[tuple[int, int]]:
        return [(entry.subject_id, entry.reference_id) for entry in lists.gallery(model_id, names)]

    assert ids(MODEL, "missing") == [(anna, one)]
    assert ids(MODEL, "missing", "vip") == [(anna, one), (bert, two)]
    assert ids("embedder-b", "missing", "vip") == [(bert, three)]
    assert ids("embedder-c", "vip") == []
    assert ids(MODEL) == []
    entry = lists.gallery(MODEL, ["missing"])[0]
    assert entry.template.dtype == np.float32
    np.testing.assert_array_equal(entry.template, first.template)


def test_same_file_is_found_again(store: Store, anna: int) -> None:
    lists = store.watchlists
    (kept,) = lists.add_references(anna, [a_reference(1, source=b"the file")])
    lists.add_references(anna, [a_reference(2, source=b"the file")])
    assert lists.holds_file(b"the file") == (anna, kept)
    assert lists.holds_file(b"another file") is None
    lists.remove_subject(anna)
    assert lists.holds_file(b"the file") is None


def test_all_or_nothing(store: Store, anna: int) -> None:
    bad = a_reference(2)
    object.__setattr__(bad, "model_id", None)
    before = store.watchlists.version()
    with pytest.raises(DataError, match="does not fit"):
        store.watchlists.add_references(anna, [a_reference(1), bad])
    assert store.watchlists.references(anna) == []
    assert store.watchlists.version() == before


def test_nothing_biometric_is_readable_in_the_file(store: Store, anna: int, path: Path) -> None:
    new = a_reference(1)
    store.watchlists.add_references(anna, [new])
    raw = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert new.source_bytes[:64] not in raw
    assert new.template.tobytes()[:64] not in raw


def test_template_moved_to_another_row_is_refused(store: Store, anna: int) -> None:
    lists = store.watchlists
    bert = lists.add_subject(SubjectDetails("Bert"), "missing")
    one, two = lists.add_references(anna, [a_reference(1), a_reference(2)])
    moves = {
        "sealed bytes of one reference under another": template.update()
        .where(template.c.reference_id == two)
        .values(
            sealed=template.select()
            .with_only_columns(template.c.sealed)
            .where(template.c.reference_id == one)
            .scalar_subquery()
        ),
        "reference given to somebody else": reference.update()
        .where(reference.c.reference_id == one)
        .values(subject_id=bert),
    }
    for statement in moves.values():
        with store._database.write() as connection:
            connection.execute(statement)
        with pytest.raises(KeyRefused, match="template:"):
            lists.gallery(MODEL, ["missing"])
    with pytest.raises(KeyRefused, match="image:"):
        lists.reference_image(one)


def test_absent_reference_is_named(store: Store) -> None:
    with pytest.raises(StoreError, match="no reference 5"):
        store.watchlists.reference_image(5)
    assert store.watchlists.references(5) == []


def test_image_has_one_row_for_each_reference(store: Store, anna: int) -> None:
    ids = store.watchlists.add_references(anna, [a_reference(seed) for seed in range(3)])
    with store._database.read() as connection:
        stored = connection.scalars(reference_image.select()).all()
    assert list(stored) == ids


def test_a_removed_reference_leaves_nothing_but_its_subject(
    store: Store, anna: int, path: Path
) -> None:
    lists = store.watchlists
    wrong, right = lists.add_references(anna, [a_reference(7), a_reference(8)])
    with store._database.read() as connection:
        query = select(template.c.sealed).where(template.c.reference_id == wrong)
        sealed = connection.execute(query).scalar_one()
        named = select(reference.c.source_name).order_by(reference.c.reference_id)
        name_of_wrong, name_of_right = connection.scalars(named)
    version = lists.version()
    lists.remove_reference(wrong)
    left = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert name_of_wrong not in left
    assert sealed[:40] not in left
    assert name_of_right in left
    assert [one.reference_id for one in lists.references(anna)] == [right]
    assert [entry.reference_id for entry in lists.gallery(MODEL, ["missing"])] == [right]
    assert lists.holds_file(a_reference(7).source_bytes) is None
    assert lists.version() > version
    (event,) = store.audit.tail(1)
    assert (event.action, event.object) == ("reference.remove", f"reference:{wrong}")
    assert event.details == {"subject": anna}
    lists.remove_reference(right)
    assert lists.subject(anna).references == 0
    (later,) = lists.add_references(anna, [a_reference(9)])
    assert later > right


def test_an_unknown_reference_is_told(store: Store) -> None:
    for ask in (store.watchlists.reference, store.watchlists.remove_reference):
        with pytest.raises(StoreError, match="no reference 17"):
            ask(17)
