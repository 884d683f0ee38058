"""Secrets that this system makes: of sessions, API keys, invitations and recovery."""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Final

SECRET_BYTES: Final = 32
"""256 bits: nobody guesses them, so that a plain hash is enough to keep them."""
IDENTITY_BYTES: Final = 8
RECOVERY_CODES: Final = 10
_RECOVERY_BYTES: Final = 10  # 80 bits, 16 characters of base 32
_KEY: Final = re.compile(r"fw_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")


def new_secret() -> str:
    """Return 256 random bits as 43 characters that fit a header, a cookie and an address."""
    return secrets.token_urlsafe(SECRET_BYTES)


def new_identity() -> str:
    """Return 64 random bits as 16 hexadecimal digits: a name that may be shown."""
    return secrets.token_hex(IDENTITY_BYTES)


def digest(secret: str) -> str:
    """Return the SHA-256 of a secret of ours, the only thing of it that is kept; 64 digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def csrf_token(session_secret: str) -> str:
    """Return what proves that a request by cookie came from a page of ours.

    It follows from the session's secret, so that nothing more need be kept; the secret does not
    follow from it.
    """
    return hmac.new(session_secret.encode(), b"facewarden csrf v1", hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare two secrets in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


@dataclass(frozen=True, slots=True)
class KeyWords:
    """An API key, parted: `fw_<id>_<secret>`."""

    key_id: str
    secret: str

    def __repr__(self) -> str:
        """Say which key it is, never its secret."""
        return f"KeyWords({self.key_id})"

    def written(self) -> str:
        """Return the key as its owner keeps it."""
        return f"fw_{self.key_id}_{self.secret}"


def new_key() -> KeyWords:
    """Make an API key."""
    return KeyWords(new_identity(), new_secret())


def parse_key(text: str) -> KeyWords | None:
    """Part an API key; None for anything else."""
    found = _KEY.fullmatch(text)
    return KeyWords(found[1], found[2]) if found else None


def new_recovery_code() -> str:
    """Return 80 random bits in four groups of four letters and digits."""
    text = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def plain_recovery_code(typed: str) -> str:
    """Return a recovery code as it was made, however it was typed."""
    return re.sub(r"[\s-]", "", typed).lower()
