"""Passwords: what is accepted as one, and how it is kept."""

import base64
import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from argon2 import Parameters, PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from facewarden.access.common_passwords import is_common
from facewarden.errors import DataError, StoreBusy

SHORTEST: Final = 12
"""Characters; NIST SP 800-63B-4, 3.1.1.2 asks for 8 beside a second factor and 15 alone."""
LONGEST: Final = 200
"""Characters; hashing takes as long for any length, but a megabyte is not a password."""
AT_ONCE: Final = 2
"""Verifications at once: each takes 64 MiB, and 0.18 s of a core (measured 2026-11, Xeon)."""
PATIENCE_S: Final = 5.0


def _normal(password: str) -> str:
    """Return the form that two keyboards agree on (NFKC, NIST SP 800-63B-4, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def require_password(login: str, password: str) -> None:
    """Accept `password` as a new password of `login`.

    Raises:
        DataError: shorter than 12 or longer than 200 characters, the login in it or around it, one
            character again and again, or among the commonest. The message never repeats it.
    """
    plain = _normal(password)
    if not SHORTEST <= len(plain) <= LONGEST:
        raise DataError(
            "the password cannot be used",
            expected=f"{SHORTEST} to {LONGEST} characters",
            found=f"{len(plain)}",
            remedy="several words make a long password that can be remembered",
        )
    folded, name = plain.casefold(), _normal(login).casefold()
    if name in folded and len(folded) - len(name) < SHORTEST:
        raise DataError(
            "the password cannot be used",
            found="little more than the login",
            remedy="take words that have nothing to do with the login",
        )
    if is_common(folded):
        raise DataError(
            "the password cannot be used",
            found="one of those that are tried first",
            remedy="take several words that nobody has put together before",
        )


class Passwords:
    """Hashes and verifies passwords with argon2id, few at once.

    Args:
        parameters: of argon2id; the second recommendation of RFC 9106 (section 4: 3 passes over
            64 MiB, 4 lanes). Passwords hashed with others are verified, and `outdated`.
        at_once: how many threads may hash at the same time; others wait.
        patience_s: how long they wait before StoreBusy.
    """

    def __init__(
        self,
        parameters: Parameters = RFC_9106_LOW_MEMORY,
        *,
        at_once: int = AT_ONCE,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._hasher = PasswordHasher.from_parameters(parameters)
        self._turns = threading.BoundedSemaphore(at_once)
        self._patience_s = patience_s
        self._nobody = _of_nobody(parameters)

    def hashed(self, password: str) -> str:
        """Return what is kept of `password`: argon2id with its parameters and a random salt."""
        with self._turn():
            return self._hasher.hash(_normal(password))

    def verify(self, kept: str, password: str) -> bool:
        """Tell whether `kept` was made from `password`; takes as long when there is nothing kept.

        Args:
            kept: what `hashed` returned; empty for nobody, or somebody without a password.

        Raises:
            StoreBusy: too many others are being verified.
        """
        with self._turn():
            try:
                same = self._hasher.verify(kept or self._nobody, _normal(password)[:LONGEST])
            except (VerificationError, InvalidHashError):
                return False
        return same and bool(kept)

    def outdated(self, kept: str) -> bool:
        """Tell whether `kept` was hashed with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=self._patience_s):
            raise StoreBusy("too many people are signing in at once", remedy="try again")
        try:
            yield
        finally:
            self._turns.release()


def _of_nobody(parameters: Parameters) -> str:
    """Return a hash that belongs to no password, to compare unknown logins with as slowly.

    Random bytes in the form of argon2's own encoding (PHC string format).
    """
    salt, digest = (
        base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=")
        for length in (parameters.salt_len, parameters.hash_len)
    )
    cost = f"m={parameters.memory_cost},t={parameters.time_cost},p={parameters.parallelism}"
    return f"$argon2id$v={parameters.version}${cost}${salt}${digest}"
