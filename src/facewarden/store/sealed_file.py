"""A sealed file: encrypted in chunks, of which each is authentic and the last one says so.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizar, CRYPTO 2015, section 7) with
AES-256-GCM: a chunk's nonce is its number and whether it is the last, so that chunks cannot be
changed, exchanged, left out or cut off. The key belongs to one file: it is derived from the secret
with a random salt and the file's own head.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from facewarden.errors import KeyRefused, StoreError

MAGIC: Final = b"facewarden sealed file 1\n"
CHUNK: Final = 64 * 1024
TAG: Final = 16
KEY_BYTES: Final = 32
CHECK_BYTES: Final = 32
LONGEST_HEAD: Final = 1000
SCRYPT: Final = {"n": 2**17, "r": 8, "p": 1}
"""OWASP Password Storage Cheat Sheet (2026): 128 MiB and about 0.4 s for every guess."""
LARGEST_N: Final = 2**20
"""A file of a stranger may ask for more memory than there is: 1 GiB at most."""
LIMITS: Final = {"n": LARGEST_N, "r": 8, "p": 4}


@dataclass(frozen=True, slots=True)
class Passphrase:
    """Words that a person remembers or keeps in a safe; slow to guess by scrypt (RFC 7914)."""

    text: str

    def __repr__(self) -> str:
        """Never show them."""
        return "Passphrase(...)"


@dataclass(frozen=True, slots=True)
class RecoveryKey:
    """256 random bits, kept in a file elsewhere."""

    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise KeyRefused(
                "the recovery key has the wrong length",
                expected=f"{KEY_BYTES} bytes as base64",
                found=f"{len(self.secret)} bytes",
                remedy="give the file that `facewarden backup new-key` made",
            )

    def __repr__(self) -> str:
        """Never show it."""
        return "RecoveryKey(...)"


Secret = Passphrase | RecoveryKey


class SealedWriter:
    """Seals what is written; without `finish` the file counts as cut off.

    Args:
        file: opened for writing bytes.
        secret: what opens it again.
    """

    def __init__(self, file: IO[bytes], secret: Secret) -> None:
        salt = secrets.token_bytes(16)
        told: dict[str, Any] = {"salt": base64.b64encode(salt).decode()}
        told |= {"by": "passphrase", **SCRYPT} if isinstance(secret, Passphrase) else {"by": "key"}
        head = MAGIC + json.dumps(told).encode() + b"\n"
        sealing, checking = _keys(secret, told, salt, head)
        self._file = file
        self._sealing = AESGCM(sealing)
        self._waiting = bytearray()
        self._number = 0
        file.write(head + hmac.new(checking, head, hashlib.sha256).digest())

    def write(self, content: bytes) -> None:
        """Add bytes."""
        self._waiting += content
        # The last chunk is sealed as such: it must not be empty where another stands before it.
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def finish(self) -> None:
        """Seal the last chunk; nothing can be written after it."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, plain: bytes, *, last: bool) -> None:
        self._file.write(self._sealing.encrypt(_nonce(self._number, last=last), plain, None))
        self._number += 1


class SealedReader:
    """Opens a sealed file; nothing that is not authentic is ever given out.

    Args:
        file: opened for reading bytes.

    Raises:
        StoreError: it is no sealed file, it was altered or cut off.
        KeyRefused: another secret seals it.
    """

    def __init__(self, file: IO[bytes], secret: Secret) -> None:
        if file.read(len(MAGIC)) != MAGIC:
            raise StoreError(
                "the file is not a backup of facewarden",
                remedy="give a file that `facewarden backup` wrote",
            )
        line = file.readline(LONGEST_HEAD)
        told, salt = _head(line)
        by_words = told.get("by") == "passphrase"
        if by_words is not isinstance(secret, Passphrase):
            wanted = "a passphrase" if by_words else "a recovery key"
            raise KeyRefused("the backup was sealed another way", expected=wanted)
        head = MAGIC + line
        sealing, checking = _keys(secret, told, salt, head)
        check = hmac.new(checking, head, hashlib.sha256).digest()
        if not hmac.compare_digest(file.read(CHECK_BYTES), check):
            what = "passphrase" if by_words else "recovery key"
            raise KeyRefused(
                f"the {what} does not open the backup",
                expected=f"the {what} it was made with, and a beginning that nobody changed",
                remedy="try another one, or an older backup",
            )
        self._file = file
        self._sealing = AESGCM(sealing)
        self._number = 0
        self._ahead = file.read(CHUNK + TAG)
        self._plain = b""
        self._place = 0
        self._ended = False

    def read(self, length: int) -> bytes:
        """Return exactly `length` bytes.

        Raises:
            StoreError: the file was altered or cut off, or ends before.
        """
        parts = []
        while length > 0:
            if self._place == len(self._plain):
                if self._ended:
                    raise _altered("it ends too early")
                self._open_next()
                continue
            part = self._plain[self._place : self._place + length]
            self._place += len(part)
            length -= len(part)
            parts.append(part)
        return b"".join(parts)

    def finish(self) -> None:
        """Check that everything was read, and that the end is the end.

        Raises:
            StoreError: there is more, or the file was altered or cut off.
        """
        while not self._ended:
            if self._place < len(self._plain):
                break
            self._open_next()
        if self._place < len(self._plain):
            raise _altered("there is more behind its end")

    def _open_next(self) -> None:
        sealed, self._ahead = self._ahead, self._file.read(CHUNK + TAG)
        last = not self._ahead
        try:
            self._plain = self._sealing.decrypt(_nonce(self._number, last=last), sealed, None)
        except (InvalidTag, ValueError):
            # ValueError: shorter than the tag.
            raise _altered(
                f"chunk {self._number + 1} was altered, or what follows it is missing"
            ) from None
        self._place = 0
        self._number += 1
        self._ended = last


def _altered(found: str) -> StoreError:
    return StoreError(
        "the backup is not what was written",
        expected="every chunk as it was sealed, to the last",
        found=found,
        remedy="take another copy of it, or an older backup",
    )


def _head(line: bytes) -> tuple[Mapping[str, Any], bytes]:
    try:
        told = json.loads(line)
        salt = base64.b64decode(told["salt"], validate=True)
        known = told["by"] == "key" or (
            told["by"] == "passphrase"
            and all(type(told[name]) is int and 0 < told[name] <= LIMITS[name] for name in LIMITS)
        )
    except (ValueError, KeyError, TypeError):
        known, told, salt = False, {}, b""
    if not known or not line.endswith(b"\n"):
        raise _altered("a head that is none")
    return told, salt


def _keys(secret: Secret, told: Mapping[str, Any], salt: bytes, head: bytes) -> tuple[bytes, bytes]:
    """Return the key that seals this file, and the one that proves the secret."""
    if isinstance(secret, Passphrase):
        slow = Scrypt(salt=salt, length=KEY_BYTES, n=told["n"], r=told["r"], p=told["p"])
        try:
            start = slow.derive(secret.text.encode())
        except (ValueError, MemoryError):
            raise _altered("a head that is none") from None
    else:
        start = secret.secret
    info = b"facewarden sealed file v1" + hashlib.sha256(head).digest()
    both = HKDF(algorithm=SHA256(), length=2 * KEY_BYTES, salt=salt, info=info).derive(start)
    return both[:KEY_BYTES], both[KEY_BYTES:]


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
