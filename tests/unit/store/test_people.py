"""People, their credentials and what slows guessing, on every database."""

import threading
from datetime import timedelta

import pyotp
import pytest

from facewarden.access.lockout import Patience
from facewarden.access.principal import Permission, Role, Scope
from facewarden.access.tokens import KeyWords
from facewarden.errors import DataError, StoreError
from facewarden.store.attempts import Guesser
from facewarden.store.idempotency import StoredAnswer
from facewarden.store.open import Store
from unit.store.making import DAY, HOUR, NOW

SCOPE = Scope(frozenset({"missing", "müde"}), frozenset({"", "gate"}))
IDLE = timedelta(minutes=30)


@pytest.fixture
def ada(store: Store) -> int:
    made = store.people.create("Ada", Role.ADMINISTRATOR, Scope(), actor="tester")
    store.people.set_password(made.user_id, "kept", actor="tester")
    return made.user_id


def test_an_account_is_read_as_it_was_written(store: Store, ada: int) -> None:
    made = store.people.create("grace", Role.OPERATOR, SCOPE, actor="tester")
    assert store.people.get(made.user_id) == made
    assert (made.scope, made.created_at, made.version) == (SCOPE, NOW, 1)
    known = store.people.find("GRACE")
    assert known is not None
    assert known.account == made
    assert "kept" not in repr(store.people.find("ada"))
    assert [one.user_id for one in store.people.page(limit=10)] == [ada, made.user_id]
    assert store.people.page(after=ada, limit=10) == [made]
    changed = store.people.change(
        made.user_id, role=Role.VIEWER, scope=Scope(), disabled=False, actor="t"
    )
    assert (changed.role, changed.scope, changed.version) == (Role.VIEWER, Scope(), 2)
    assert store.people.get(999) is None
    with pytest.raises(DataError, match="no such user"):
        store.people.change(999, role=Role.VIEWER, scope=Scope(), disabled=False, actor="t")


def test_a_login_is_taken_however_it_is_spelled(store: Store, ada: int) -> None:
    for login in ("ada", "ADA", "\uff21da"):
        with pytest.raises(StoreError, match="taken"):
            store.people.create(login, Role.VIEWER, Scope(), actor="t")


def test_somebody_of_a_provider_is_one_account(store: Store, ada: int) -> None:
    enter = store.people.enter_by_oidc
    made = enter("https://one", "s", "grace", Role.VIEWER, SCOPE)
    assert enter("https://one", "s", "renamed", Role.VIEWER, SCOPE) == made
    other = enter("https://two", "s", "grace2", Role.VIEWER, SCOPE)
    assert other.user_id != made.user_id
    with pytest.raises(StoreError, match="taken"):
        enter("https://one", "t", "Ada", Role.VIEWER, SCOPE)
    with pytest.raises(DataError, match="no password here"):
        store.people.reset(made.user_id, actor="t")


def test_of_many_who_start_first_one_becomes_administrator(store: Store) -> None:
    token = store.invitations.first_start()
    assert token
    assert store.invitations.is_first_start(token)
    made = []

    def take(login: str) -> None:
        if account := store.invitations.take_first_start(token, login, "kept"):
            made.append(account)

    threads = [threading.Thread(target=take, args=(f"u{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.login for one in made] == [one.login for one in store.people.page(limit=9)]
    assert len(made) == 1
    assert not store.invitations.is_first_start(token)


def test_a_session_is_found_by_its_secret(store: Store, ada: int) -> None:
    secret, session = store.sessions.begin(
        ada, lasts=HOUR, address="a" * 300, agent="b" * 300, how="test"
    )
    found = store.sessions.find(secret, idle=IDLE)
    assert found is not None
    assert found[0] == session
    assert (len(session.address), len(session.agent)) == (100, 200)
    assert found[1].signed_in_at == NOW
    assert store.sessions.find(secret + "x", idle=IDLE) is None
    assert store.sessions.still(session.session_id, idle=IDLE) == found
    assert store.sessions.of(ada, idle=IDLE) == [session]
    assert not store.sessions.end(session.session_id, ada + 1, actor="t")
    assert store.sessions.end(session.session_id, ada, actor="t")
    assert store.sessions.find(secret, idle=IDLE) is None


def test_a_key_is_found_by_its_words(store: Store, ada: int) -> None:
    words, key = store.api_keys.create(
        ada, "report", frozenset({Permission.REPORT_READ}), SCOPE, NOW + DAY, actor="t"
    )
    found = store.api_keys.find(words)
    assert found is not None
    assert (found[0].key_id, found[0].permissions, found[0].scope) == (
        key.key_id,
        frozenset({Permission.REPORT_READ}),
        SCOPE,
    )
    assert store.api_keys.page(ada, limit=9)[0].used_at == NOW
    assert store.api_keys.find(KeyWords(words.key_id, "x" * 43)) is None
    assert store.api_keys.find(KeyWords("0" * 16, words.secret)) is None
    assert store.api_keys.revoke(words.key_id, ada, actor="t")
    assert store.api_keys.valid(words.key_id) is None


def test_a_code_is_accepted_by_one_of_many_at_once(store: Store, ada: int) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    totp = pyotp.TOTP(secret)
    store.second_factors.propose(ada, secret)
    codes = store.second_factors.confirm(ada, totp.at(NOW - timedelta(seconds=30)), actor="t")
    assert codes
    accepted = []

    def type_in(code: str) -> None:
        if store.second_factors.accept(ada, code):
            accepted.append(code)

    typed = [totp.at(NOW)] * 3 + [codes[0]] * 3
    threads = [threading.Thread(target=type_in, args=(code,)) for code in typed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(accepted) == sorted([totp.at(NOW), codes[0]])
    assert store.second_factors.codes_left(ada) == 9
    store.second_factors.remove(ada, actor="t")
    assert store.second_factors.codes_left(ada) == 0
    assert not store.second_factors.accept(ada, codes[1])


def test_attempts_at_the_same_moment_are_all_counted(store: Store) -> None:
    guesser = Guesser("login", "ada", Patience(free=3))
    waits = []
    threads = [
        threading.Thread(target=lambda: waits.append(store.attempts.begin([guesser])[0]))
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(wait > timedelta(0) for wait in waits) == [False] * 4 + [True] * 8
    store.attempts.take_back([guesser])
    assert store.attempts.begin([guesser]) == (timedelta(0), 4)
    store.attempts.forget(guesser)
    assert store.attempts.begin([guesser]) == (timedelta(0), 1)


def test_an_answer_is_kept_sealed_and_for_its_asker(store: Store, ada: int) -> None:
    kept = StoredAnswer("d" * 64, 201, b'{"name": "Quillfeather"}')
    store.idempotency.keep("k", ada, "POST /x", kept)
    store.idempotency.keep("k", ada, "POST /x", StoredAnswer("e" * 64, 200, b""))
    assert store.idempotency.find("k", ada, "POST /x") == kept
    assert store.idempotency.find("k", ada + 1, "POST /x") is None
    assert store.idempotency.find("k", ada, "POST /y") is None
    with store._database.read() as connection:
        rows = connection.exec_driver_sql("SELECT answer FROM idempotency").all()
    assert b"Quillfeather" not in bytes(rows[0][0])


def test_what_a_browser_carries_is_sealed_and_ends(store: Store) -> None:
    words = {"state": "s", "nonce": "n"}
    text = store.flows.seal(words, HOUR)
    assert store.flows.open(text) == words
    assert store.flows.open(store.flows.seal(words, timedelta(0))) is None
    for other in ("", "x", "ä", text[:-4], text[:-1] + "!", "A" * 500):
        assert store.flows.open(other) is None


def test_nobody_of_a_removed_account_is_left(store: Store, ada: int) -> None:
    """Rows that point to an account go with it, should a later version remove accounts."""
    store.sessions.begin(ada, lasts=HOUR, address="", agent="", how="t")
    store.api_keys.create(ada, "k", frozenset(), Scope(), NOW + DAY, actor="t")
    with store._database.write() as connection:
        connection.exec_driver_sql(f"DELETE FROM account WHERE user_id = {ada}")
        for table in ("web_session", "api_key", "invitation", "recovery_code", "idempotency"):
            assert connection.exec_driver_sql(f"SELECT 1 FROM {table}").first() is None
