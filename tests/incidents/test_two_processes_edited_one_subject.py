"""The version that a change was made from was compared before the write, not with it.

A lock of the server stood in between, which the console, another process, does not know: what it
wrote between the two was overwritten unseen. Now the store compares inside the transaction.
"""

from collections.abc import Callable

import numpy as np
import pytest

from facewarden.access.principal import Role, Scope
from facewarden.data import NewReference, SubjectDetails, Watchlist
from facewarden.data.casework import WatchlistRules
from facewarden.errors import StoreStale
from facewarden.server.problems import answer_to
from facewarden.store.open import Store
from unit.server.conftest import settings, store

__all__ = ["settings", "store"]

ANN, BEA = SubjectDetails("Ann"), SubjectDetails("Bea")
Change = Callable[[Store], object]


def _account(store: Store, version: int | None) -> None:
    role, scope = Role.VIEWER, Scope()
    store.people.change(1, role=role, scope=scope, disabled=False, actor="t", version=version)


CHANGES: dict[str, tuple[Change, Change]] = {
    "subject changed": (
        lambda s: s.watchlists.place(1, "barred"),
        lambda s: s.watchlists.update_subject(1, BEA, version=1),
    ),
    "subject removed": (
        lambda s: s.watchlists.update_subject(1, BEA),
        lambda s: s.watchlists.remove_subject(1, version=1),
    ),
    "subject split": (
        lambda s: s.watchlists.update_subject(1, BEA),
        lambda s: s.watchlists.split(1, [1], BEA, version=1),
    ),
    "subject merged": (
        lambda s: s.watchlists.update_subject(1, BEA),
        lambda s: s.watchlists.merge(1, 2, version=1),
    ),
    "subject merged into": (
        lambda s: s.watchlists.update_subject(2, BEA),
        lambda s: s.watchlists.merge(1, 2, into_version=1),
    ),
    "photograph removed": (
        lambda s: s.watchlists.move_references([1], 2),
        lambda s: s.watchlists.remove_reference(1, of=1),
    ),
    "watchlist set": (
        lambda s: s.watchlists.configure("missing", 0.5, []),
        lambda s: s.watchlists.configure("missing", 0.6, [], before=Watchlist("missing")),
    ),
    "rules of a watchlist set": (
        lambda s: s.casework.set_rules("missing", WatchlistRules(sound=True)),
        lambda s: s.casework.set_rules(
            "missing", WatchlistRules(two_person=True), before=WatchlistRules()
        ),
    ),
    "account changed": (lambda s: _account(s, None), lambda s: _account(s, 1)),
}


@pytest.fixture
def filled(store: Store) -> Store:
    for name in ("missing", "barred"):
        store.watchlists.ensure(name)
    for details in (ANN, SubjectDetails("Cay")):
        store.watchlists.add_subject(details, "missing")
    photograph = NewReference("a.jpg", b"image", np.full(4, 0.5, np.float32), "model", 0.9)
    store.watchlists.add_references(1, [photograph])
    store.people.create("eve", Role.OPERATOR, Scope(), actor="t")
    return store


@pytest.mark.parametrize("name", CHANGES)
def test_the_second_is_refused_and_changes_nothing(name: str, filled: Store) -> None:
    meanwhile, late = CHANGES[name]
    meanwhile(filled)
    before = (filled.watchlists.subjects(), filled.watchlists.all(), filled.audit.count())
    with pytest.raises(StoreStale) as refusal:
        late(filled)
    assert (filled.watchlists.subjects(), filled.watchlists.all(), filled.audit.count()) == before
    assert answer_to(refusal.value).status_code == 412
