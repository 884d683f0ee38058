from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from facewarden.data.lookup import Authority, Lookup, LookupState
from facewarden.errors import DataError, StoreError
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store
from unit.store.governing import Clock
from unit.store.making import HOUR, NOW, SECOND

WARRANT = Authority("AZ 12/26", "Burglary of Quastenflosser", "Section 98c")
URGENT = Authority("", "Missing child", "Section 7", urgent=True)
PICTURE = b"\xff\xd8 an uploaded picture"
THUMBNAIL = b"\xff\xd8 small"
RESULT = {"faces": [{"subject": 4, "similarity": 0.7}]}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(url: str, key: TemplateKey, clock: Clock) -> Iterator[Store]:
    with open_store(url, key, actor="tester", clock=clock) as opened:
        yield opened


def begun(store: Store, authority: Authority = WARRANT) -> Lookup:
    found = store.lookups.begin(
        authority, "ada", watchlists=["missing"], image=PICTURE, thumbnail=THUMBNAIL, user_id=1
    )
    store.lookups.finish(found.lookup_id, RESULT)
    return store.lookups.get(found.lookup_id)


def test_with_a_reference_it_may_be_read(store: Store, path: Path) -> None:
    found = begun(store)
    assert (found.state, found.authority, found.answered) == ("authorised", WARRANT, True)
    assert store.lookups.result(found.lookup_id, "ada") == RESULT
    first, second = store.audit.tail(2)
    assert (first.action, first.actor, first.object) == ("lookup.begin", "ada", "lookup:1")
    assert first.position == found.audit_position
    assert first.details["digest"] == store.fingerprint(PICTURE)
    assert store.audit.picture(found.audit_position) == THUMBNAIL
    assert second.action == "lookup.read"
    kept = b"".join(file.read_bytes() for file in path.parent.iterdir())
    for words in (b"Quastenflosser", b"AZ 12/26", THUMBNAIL, b"0.7"):
        assert words not in kept


@pytest.mark.parametrize(
    "authority",
    [
        replace(WARRANT, reference=" "),
        replace(WARRANT, purpose=""),
        replace(WARRANT, legal_basis=""),
        replace(URGENT, purpose="\n"),
        replace(WARRANT, purpose="x" * 3000),
    ],
)
def test_without_authority_nothing_is_searched(store: Store, authority: Authority) -> None:
    with pytest.raises(DataError, match="look-up's"):
        store.lookups.begin(authority, "ada", watchlists=["m"], image=b"1", thumbnail=b"2")
    assert store.lookups.page() == []


def test_urgent_runs_first_and_is_authorised_in_time(store: Store, clock: Clock) -> None:
    found = begun(store, URGENT)
    assert (found.state, found.authorise_before) == (LookupState.PENDING, NOW + 48 * HOUR)
    assert store.lookups.result(found.lookup_id, "ada") == RESULT
    clock.now = NOW + 48 * HOUR - SECOND
    assert store.lookups.sweep(clock.now) == ()
    done = store.lookups.authorise(found.lookup_id, "bob", "AZ 13/26", user_id=2)
    assert (done.state, done.authorised_by) == (LookupState.AUTHORISED, "bob")
    assert done.authority == replace(URGENT, reference="AZ 13/26")
    clock.now = NOW + 100 * HOUR
    assert store.lookups.sweep(clock.now) == ()
    assert store.lookups.result(found.lookup_id, "ada") == RESULT


def test_not_authorised_in_time_is_locked_and_reported(store: Store, clock: Clock) -> None:
    found = begun(store, URGENT)
    clock.now = NOW + 48 * HOUR
    with pytest.raises(DataError, match="locked"):  # before any sweep
        store.lookups.result(found.lookup_id, "ada")
    assert store.lookups.sweep(clock.now) == (found.lookup_id,)
    assert store.lookups.sweep(clock.now) == ()
    assert store.audit.tail(1)[0].action == "lookup.lock"
    assert [one.lookup_id for one in store.lookups.page(state=LookupState.LOCKED)] == [1]
    with pytest.raises(DataError, match="does not wait"):
        store.lookups.authorise(found.lookup_id, "bob", "AZ 13/26")
    with pytest.raises(DataError, match="locked"):
        store.lookups.result(found.lookup_id, "ada")


def test_a_clock_that_was_ahead_once_locks_nothing(store: Store, clock: Clock) -> None:
    clock.now = NOW + 100_000 * HOUR
    store.audit.append("x", "y.z", "a:1", {})
    clock.now = NOW
    found = begun(store, URGENT)
    assert found.authorise_before == NOW + 48 * HOUR
    assert store.lookups.sweep(NOW + 48 * HOUR - SECOND) == ()
    assert store.lookups.result(found.lookup_id, "ada")
    clock.now = NOW + 48 * HOUR
    assert store.lookups.sweep(clock.now) == (found.lookup_id,)


def test_a_clock_set_back_wins_no_time(store: Store, clock: Clock) -> None:
    found = begun(store, URGENT)
    clock.now = NOW + 49 * HOUR
    store.audit.append("x", "y.z", "a:1", {})
    clock.now = NOW + HOUR
    with pytest.raises(DataError, match="does not wait"):
        store.lookups.authorise(found.lookup_id, "bob", "AZ 13/26")
    assert store.lookups.sweep(clock.now) == (found.lookup_id,)


@pytest.mark.parametrize(("login", "user_id"), [("ADA", 2), ("renamed", 1), ("", None)])
def test_nobody_authorises_their_own(store: Store, login: str, user_id: int | None) -> None:
    found = begun(store, URGENT)
    for decide in (store.lookups.authorise, store.lookups.refuse):
        with pytest.raises(DataError, match="second person"):
            decide(found.lookup_id, login, "words", user_id=user_id)


def test_refused_is_gone_at_once(store: Store) -> None:
    found = begun(store, URGENT)
    done = store.lookups.refuse(found.lookup_id, "bob", "no grounds")
    assert (done.state, done.refusal, done.answered) == (LookupState.REFUSED, "no grounds", False)
    with pytest.raises(DataError, match="locked"):
        store.lookups.result(found.lookup_id, "ada")


def test_pages(store: Store, clock: Clock) -> None:
    for _ in range(3):
        begun(store)
    assert [one.lookup_id for one in store.lookups.page(limit=2)] == [3, 2]
    assert [one.lookup_id for one in store.lookups.page(before=2)] == [1]
    assert store.lookups.page(requested_by="bob") == []
    with pytest.raises(StoreError, match="no look-up 4"):
        store.lookups.get(4)
