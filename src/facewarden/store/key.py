"""The key that protects templates and pictures at rest."""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from facewarden.errors import KeyRefused
from facewarden.store.private import private_folder

ENVIRONMENT_VARIABLE: Final = "FACEWARDEN_KEY"
KEY_BYTES: Final = 32  # AES-256
NONCE_BYTES: Final = 12  # NIST SP 800-38D, 5.2.1.1: 96 bits is the length to use
PREFIX: Final = b"fw1:"  # names the construction, so that a later one can stand beside it
LONGEST_KEY_FILE: Final = 4096  # a key is 44 characters; anything longer is another file


class TemplateKey:
    """Seals and fingerprints bytes with sub-keys of one 256-bit secret.

    Sealing is AES-256-GCM (NIST SP 800-38D) under a random nonce with the purpose as associated
    data, so that a sealed template cannot be moved to another row. Sub-keys come from HKDF
    (RFC 5869). Use from several threads is safe.
    """

    def __init__(self, secret: bytes, *, origin: str = "the key given") -> None:
        if len(secret) != KEY_BYTES:
            raise KeyRefused(
                f"{origin} has the wrong length",
                expected=f"{KEY_BYTES} bytes as base64",
                found=f"{len(secret)} bytes",
                remedy="restore the key this store was made with",
            )
        self.origin = origin
        self._sealing = AESGCM(_sub_key(secret, b"facewarden seal v1"))
        self._digesting = _sub_key(secret, b"facewarden digest v1")

    def __repr__(self) -> str:
        """Say where the key came from, never what it is."""
        return f"TemplateKey(from {self.origin})"

    @classmethod
    def load(cls, path: Path, *, env: Mapping[str, str] = os.environ, create: bool) -> Self:
        """Read the key from FACEWARDEN_KEY or else from `path`, 32 bytes as base64.

        Args:
            path: the key file; only its owner may read it.
            env: the environment; its FACEWARDEN_KEY wins over the file.
            create: make a new random key file (mode 0600) when there is neither. A store that
                exists already will refuse the new key.

        Raises:
            KeyRefused: no key, or one that is unreadable, malformed or readable by others.
        """
        if env.get(ENVIRONMENT_VARIABLE):
            origin = f"the environment variable {ENVIRONMENT_VARIABLE}"
            return cls(_decoded(env[ENVIRONMENT_VARIABLE].encode(), origin), origin=origin)
        try:
            if create and not path.exists():
                _create(path)
            text = _read(path)
        except OSError as error:
            raise KeyRefused(
                f"the key file {path} cannot be read",
                found=error.strerror or str(error),
                remedy=f"restore the file, or set {ENVIRONMENT_VARIABLE}",
            ) from error
        return cls(_decoded(text, f"the key file {path}"), origin=f"the key file {path}")

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """Encrypt `plain`; only `unseal` with the same key and purpose opens it."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return PREFIX + nonce + self._sealing.encrypt(nonce, plain, PREFIX + purpose.encode())

    def unseal(self, sealed: bytes, purpose: str) -> bytes:
        """Return what was sealed for `purpose`.

        Raises:
            KeyRefused: another key, another purpose, or bytes that were changed.
        """
        start = len(PREFIX) + NONCE_BYTES
        if sealed[: len(PREFIX)] != PREFIX or len(sealed) < start:
            raise self._not_opened(purpose)
        nonce, body = sealed[len(PREFIX) : start], sealed[start:]
        try:
            return self._sealing.decrypt(nonce, body, PREFIX + purpose.encode())
        except InvalidTag:
            raise self._not_opened(purpose) from None

    def _not_opened(self, purpose: str) -> KeyRefused:
        return KeyRefused(
            f"{purpose} cannot be opened with {self.origin}",
            expected="the key it was sealed with, and bytes nobody changed",
            remedy="use the key this store was made with, or restore the store from a backup",
        )

    def digest(self, data: bytes) -> str:
        """Return the HMAC-SHA256 of `data` as 64 hexadecimal digits; needs the key to compare."""
        return hmac.new(self._digesting, data, hashlib.sha256).hexdigest()


def _sub_key(secret: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(secret)


def _decoded(text: bytes, origin: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except binascii.Error as error:
        raise KeyRefused(
            f"{origin} is not a key",
            expected=f"{KEY_BYTES} bytes as base64",
            remedy="restore the key this store was made with",
        ) from error


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeyRefused(
                f"the key file {path} is open to others",
                expected="mode 0600",
                found=f"mode {mode:04o}",
                remedy=f"chmod 600 {path}, and consider the key known to whoever could read it",
            )
        return file.read(LONGEST_KEY_FILE)


def _create(path: Path) -> None:
    """Put a new key at `path` all at once; when another process is first, leave its key there."""
    private_folder(path.parent)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
    # Losing the directory entry in a power cut would lose every template sealed until then.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
