from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.access.account import (
    Account,
    ApiKey,
    both,
    folded,
    require_login,
    require_scope,
)
from facewarden.access.principal import RIGHTS, UNLIMITED, Permission, Role, Scope
from facewarden.errors import DataError

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = st.none() | st.frozensets(st.sampled_from(["a", "b", "c"]))
SCOPES = st.builds(Scope, NAMES, NAMES)


def an_account(role: Role = Role.OPERATOR, scope: Scope = Scope()) -> Account:  # noqa: B008
    return Account(7, "ada", role, scope, True, False, "", False, 1, NOW, None)


def a_key(permissions: frozenset[Permission], scope: Scope = Scope()) -> ApiKey:  # noqa: B008
    return ApiKey("0" * 16, 7, "report", permissions, scope, NOW, NOW + timedelta(days=1), None)


@given(SCOPES, SCOPES)
def test_both_scopes_allow_what_each_allows(one: Scope, other: Scope) -> None:
    found = both(one, other)
    for name in "abcd":
        allowed = [
            scope.watchlists is None or name in scope.watchlists for scope in (one, other, found)
        ]
        assert allowed[2] == (allowed[0] and allowed[1])
        allowed = [
            scope.camera_groups is None or name in scope.camera_groups
            for scope in (one, other, found)
        ]
        assert allowed[2] == (allowed[0] and allowed[1])


@pytest.mark.parametrize("role", Role)
def test_a_key_never_may_more_than_its_owner(role: Role) -> None:
    principal = a_key(frozenset(Permission)).principal(an_account(role))
    assert principal.permissions == RIGHTS[role]
    assert principal.credential == "key:" + "0" * 16


def test_a_key_has_fewer_rights_and_sees_less() -> None:
    owner = an_account(scope=Scope(frozenset({"a", "b"}), frozenset({"gate"})))
    key = a_key(frozenset({Permission.ALERT_READ}), Scope(frozenset({"b", "c"})))
    principal = key.principal(owner)
    assert principal.permissions == {Permission.ALERT_READ}
    assert principal.scope == Scope(frozenset({"b"}), frozenset({"gate"}))


@pytest.mark.parametrize("login", ["ada", "ada@tower", "Αδα", "張三", "o'neil", "a" * 100])
def test_logins_of_every_script(login: str) -> None:
    require_login(login)


@pytest.mark.parametrize(
    "login", ["", " ada", "ada lovelace", "ada\n", "ada\x1b[1m", "a\u202eda", "a" * 101, "ﷺ" * 50]
)
def test_logins_that_cannot_be_shown_or_kept_are_refused(login: str) -> None:
    with pytest.raises(DataError, match="login"):
        require_login(login)


def test_logins_that_look_alike_are_the_same() -> None:
    assert folded("ADA") == folded("ada") == folded("\uff41da") == folded(" ada ")


def test_an_administrator_cannot_be_limited() -> None:
    require_scope(Role.ADMINISTRATOR, Scope())
    require_scope(Role.OPERATOR, Scope(frozenset(), frozenset()))
    with pytest.raises(DataError, match="administrator"):
        require_scope(Role.ADMINISTRATOR, Scope(frozenset({"a"})))


@pytest.mark.parametrize("scope", [Scope(frozenset({"a"})), Scope(None, frozenset())])
def test_who_is_limited_has_no_right_over_the_whole(scope: Scope) -> None:
    auditor = an_account(Role.AUDITOR, scope).principal("session:x")
    assert Permission.AUDIT_READ not in auditor.permissions
    assert Permission.REPORT_READ in auditor.permissions
    key = a_key(frozenset(Permission), scope).principal(an_account(Role.ADMINISTRATOR))
    assert key.permissions == frozenset(Permission) - UNLIMITED
