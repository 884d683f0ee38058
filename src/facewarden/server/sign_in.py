"""Signing in: a password, a code where one is asked for, and no faster for who guesses."""

from typing import Final, NoReturn

from facewarden.access.account import Account, folded
from facewarden.access.lockout import ADDRESS_PATIENCE, LOGIN_PATIENCE
from facewarden.access.passwords import Passwords
from facewarden.server.known_browsers import KnownBrowsers
from facewarden.server.limits import network, too_many
from facewarden.server.problems import Unauthenticated
from facewarden.store.attempts import NO_WAIT, Guesser
from facewarden.store.open import Store

STRANGER: Final = "nobody"
"""Who the audit log names for an attempt that failed: whoever it was did not prove to be more."""


class SignIn:
    """Checks who somebody says they are; known or not, the work done is the same."""

    def __init__(self, store: Store, passwords: Passwords) -> None:
        self._store = store
        self._passwords = passwords
        self._browsers = KnownBrowsers(store.flows)

    def check(
        self, login: str, password: str, code: str, address: str, carried: str = ""
    ) -> tuple[Account, str] | None:
        """Return who it is and what they showed; None: the password is right, a code is needed.

        Args:
            code: of the authenticator, or a recovery code; empty: none was given.
            carried: by the browser since they signed in there before, if they did.

        Raises:
            Unauthenticated: login, password or code is wrong, or the account disabled.
            TooMany: somebody has guessed too often; nothing was checked.
            StoreBusy: too many others are signing in.
        """
        guessers = [
            Guesser("login", folded(login), LOGIN_PATIENCE),
            Guesser("address", network(address), ADDRESS_PATIENCE),
        ]
        if browser := self._browsers.name(carried, login):
            guessers = [Guesser("browser", browser, LOGIN_PATIENCE)]
        failures = self._attempt(guessers)
        known = self._store.people.find(login)
        usable = known if known and not known.account.disabled else None
        kept = usable.password if usable else ""
        if not self._passwords.verify(kept, password) or usable is None:
            self._refuse(known.account.user_id if known else 0, failures)
        account = usable.account
        how = "password"
        if account.has_totp:
            if not code:
                self._store.attempts.take_back(guessers)
                return None
            if not self._store.second_factors.accept(account.user_id, code):
                self._refuse(account.user_id, failures)
            how = "password+code"
        self._store.attempts.forget(guessers[0])
        self._store.attempts.take_back(guessers[1:])
        if self._passwords.outdated(kept):
            self._store.people.rehash(account.user_id, kept, self._passwords.hashed(password))
        return account, how

    def known(self, account: Account, carried: str) -> str:
        """Return what the browser of somebody who has signed in shall carry from now on."""
        return self._browsers.carry(account.login, self._browsers.name(carried, account.login))

    def confirm(self, account: Account, password: str) -> None:
        """Check the password of somebody who is signed in, before what a thief must not do.

        Raises:
            Unauthenticated: it is wrong.
            TooMany: it was wrong too often.
        """
        guessers = [Guesser("confirm", str(account.user_id), LOGIN_PATIENCE)]
        failures = self._attempt(guessers)
        kept = self._store.people.password_of(account.user_id)
        if not self._passwords.verify(kept, password):
            self._refuse(account.user_id, failures)
        self._store.attempts.forget(guessers[0])

    def confirm_code(self, account: Account, code: str) -> None:
        """Check a code of somebody who is signed in; raises as `confirm`."""
        guessers = [Guesser("confirm code", str(account.user_id), LOGIN_PATIENCE)]
        failures = self._attempt(guessers)
        if not self._store.second_factors.accept(account.user_id, code):
            self._refuse(account.user_id, failures)
        self._store.attempts.forget(guessers[0])

    def _attempt(self, guessers: list[Guesser]) -> int:
        wait, failures = self._store.attempts.begin(guessers)
        if wait > NO_WAIT:
            raise too_many("too many attempts failed", wait.total_seconds())
        return failures

    def _refuse(self, user_id: int, failures: int) -> NoReturn:
        self._store.audit.append(
            STRANGER, "session.fail", f"user:{user_id}", {"failures": failures}
        )
        raise Unauthenticated(
            "login, password or code is wrong", remedy="a code can be used only once"
        )
