"""What seals a backup: a recovery key in a file, or a passphrase."""

import base64
import binascii
import secrets
import stat
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from facewarden.errors import ConfigError, KeyRefused
from facewarden.store.sealed_file import KEY_BYTES, Passphrase, RecoveryKey, Secret

SHORTEST: Final = 15
"""Characters; NIST SP 800-63B-4, 3.1.1.2, where nothing else protects. A backup can be guessed at
without end."""
LONGEST_FILE: Final = 4096

KeyOption = Annotated[
    Path | None,
    typer.Option("--recovery-key", help="File of the recovery key that seals the backup."),
]
PassphraseOption = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="File with the passphrase. Neither: it is asked for."),
]


def secret_from(key: Path | None, passphrase: Path | None, *, new: bool) -> Secret:
    """Return what the options name, or ask for a passphrase at the terminal.

    Args:
        new: it will seal a backup: a passphrase must be long, and is asked for twice.

    Raises:
        ConfigError: both or neither are given, or the passphrase is too short.
        KeyRefused: a file cannot be read, is open to others, or is no key.
    """
    if key is not None and passphrase is not None:
        raise ConfigError(
            "one thing opens a backup", expected="a key or a passphrase", found="both"
        )
    if key is not None:
        return RecoveryKey(_decoded(_read(key), key))
    if passphrase is not None:
        text = _read(passphrase).decode(errors="replace").strip("\r\n")
    elif sys.stdin.isatty():
        text = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=new, err=True)
    else:
        raise ConfigError(
            "nothing is given that opens the backup",
            expected="--recovery-key or --passphrase-file",
            remedy="facewarden backup new-key FILE makes a key",
        )
    if new and len(text) < SHORTEST:
        raise ConfigError(
            "the passphrase is too short",
            expected=f"{SHORTEST} characters or more",
            found=str(len(text)),
            remedy="several words make a long one; or facewarden backup new-key FILE",
        )
    return Passphrase(text)


def new_key_text() -> bytes:
    """Return a new recovery key as it stands in its file."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(path.stat().st_mode)
            # A secret that a container's runtime mounts may be read by its group.
            if mode & (stat.S_IRWXO | stat.S_IWGRP):
                raise KeyRefused(
                    f"{path} is open to others",
                    expected="mode 0600",
                    found=f"mode {mode:04o}",
                    remedy=f"chmod 600 {path}",
                )
            return file.read(LONGEST_FILE)
    except OSError as error:
        raise KeyRefused(
            f"{path} cannot be read",
            found=error.strerror or str(error),
            remedy="check the path",
        ) from error


def _decoded(text: bytes, path: Path) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        raise KeyRefused(
            f"{path} is not a recovery key",
            expected=f"{KEY_BYTES} bytes as base64",
            remedy="give the file that `facewarden backup new-key` made",
        ) from None
