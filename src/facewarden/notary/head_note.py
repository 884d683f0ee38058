"""What is noted of the audit log elsewhere, and how notes are read back."""

import json
import string
from collections.abc import Iterator
from datetime import datetime
from typing import Final, Protocol

from facewarden.errors import DataError
from facewarden.govern.chain import Noted

FORMAT: Final = "facewarden audit head 1"
LARGEST: Final = 64 << 20
"""Bytes of a file of notes: 150 each, one a minute for half a year fits."""


class Notary(Protocol):
    """A place outside of the store.

    Attributes:
        method: "file", "mqtt" or "http".
        target: where, without credentials.
    """

    @property
    def method(self) -> str:
        """Say by which way."""
        ...

    @property
    def target(self) -> str:
        """Say where, without credentials."""
        ...

    def note(self, text: bytes) -> str:
        """Keep one note, and return what proves it, at most 1,000 characters.

        Raises:
            SinkUnavailable: nobody answered.
            PayloadRejected: it was refused.
        """
        ...


def written(head: Noted, at: datetime) -> bytes:
    """Return a note as one line of JSON, without a line break."""
    note = {
        "format": FORMAT,
        "position": head.position,
        "hash": head.hash,
        "at": at.isoformat().replace("+00:00", "Z"),
    }
    return json.dumps(note, separators=(",", ":")).encode()


def read(text: str) -> Iterator[Noted]:
    """Return the notes of a file: one JSON object a line, or one that is indented.

    Raises:
        DataError: a line that is no note.
    """
    if len(text) > LARGEST:
        raise DataError("the file of notes is too large", expected=f"at most {LARGEST} bytes")
    whole = _noted(text)
    if whole is not None:
        yield whole
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            found = _noted(line)
            if found is None:
                raise DataError(
                    f"line {number} is no note of an audit log",
                    expected=f'an object with "format": "{FORMAT}", position and hash',
                )
            yield found


def _noted(text: str) -> Noted | None:
    try:
        note = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(note, dict) or note.get("format") != FORMAT:
        return None
    position, link = note.get("position"), note.get("hash")
    if type(position) is not int or position < 0 or not isinstance(link, str):
        return None
    if len(link) != 64 or not set(link) <= set(string.hexdigits.lower()):
        return None
    return Noted(position, link)
