"""Who may write was asked before a photograph arrived, which can take minutes, and never again.

A session that ended meanwhile, or a key that was revoked, still enrolled it.
"""

import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from facewarden.access.principal import Role, Scope
from facewarden.data import SubjectDetails
from facewarden.store.open import Store
from unit.server.conftest import (
    address,
    app,
    client,
    context,
    key_of,
    settings,
    store,
)

__all__ = ["address", "app", "client", "context", "settings", "store"]


@pytest.mark.parametrize("what", ["revoked", "disabled", "limited"])
def test_it_is_refused(what: str, store: Store, address: str) -> None:
    store.watchlists.ensure("missing")
    subject_id = store.watchlists.add_subject(SubjectDetails("Ann"), "missing")
    store.people.create("root", Role.ADMINISTRATOR, Scope(), actor="t")
    words = key_of(store, "eve", Role.SUPERVISOR)
    account = store.people.find("eve")
    assert account is not None
    user_id = account.account.user_id
    begun, ended = threading.Event(), threading.Event()

    def body() -> Iterator[bytes]:
        yield b"\xff\xd8\xff" + b"a" * 100_000
        begun.set()
        ended.wait(20)
        yield b"rest"

    def end() -> None:
        begun.wait(20)
        while store.api_keys.page(user_id, after="", limit=2)[0].used_at is None:
            time.sleep(0.01)
        time.sleep(0.3)  # they were let in: now the rest of the body is waited for
        if what == "revoked":
            (key,) = store.api_keys.page(user_id, after="", limit=2)
            store.api_keys.revoke(key.key_id, user_id, actor="root")
        else:
            scope = Scope(frozenset({"barred"})) if what == "limited" else Scope()
            off = what == "disabled"
            store.people.change(
                user_id, role=Role.SUPERVISOR, scope=scope, disabled=off, actor="root"
            )
        ended.set()

    thread = threading.Thread(target=end)
    thread.start()
    answer = httpx.post(
        f"{address}/api/v1/subjects/{subject_id}/references",
        content=body(),
        headers={"Authorization": f"Bearer {words.written()}"},
        timeout=30,
    )
    thread.join()
    assert answer.status_code == 401, answer.text
    assert "while this arrived" in answer.text
    assert store.watchlists.references(subject_id) == []
