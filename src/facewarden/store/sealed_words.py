"""Words about people, as the store keeps them: sealed, and found again by keyed digests only."""

import json
import logging
import unicodedata
from collections.abc import Mapping
from typing import Final

from facewarden.errors import KeyRefused
from facewarden.store.key import TemplateKey

log = logging.getLogger("facewarden.store")

DAMAGED: Final = "(unreadable: changed in the database)"
"""What stands for words that somebody has changed under their seal."""


def seal_words(key: TemplateKey, words: Mapping[str, str], purpose: str) -> bytes:
    """Seal `words` as one JSON object.

    Raises:
        UnicodeEncodeError: text that is not made of characters; `store_faults` translates it.
    """
    return key.seal(json.dumps(dict(words), ensure_ascii=False).encode(), purpose)


def open_words(key: TemplateKey, sealed: bytes, purpose: str) -> dict[str, str]:
    """Return what `seal_words` sealed.

    Raises:
        KeyRefused: another key or purpose, or bytes that were changed.
    """
    words: dict[str, str] = json.loads(key.unseal(sealed, purpose))
    return words


def seal_text(key: TemplateKey, text: str, purpose: str) -> bytes:
    """Seal one text; the empty one stays empty."""
    return key.seal(text.encode(), purpose) if text else b""


def open_text(key: TemplateKey, sealed: bytes | None, purpose: str) -> str:
    """Return what `seal_text` sealed; empty for None.

    Raises:
        KeyRefused: another key or purpose, or bytes that were changed.
    """
    return key.unseal(sealed, purpose).decode() if sealed else ""


def shown_text(key: TemplateKey, sealed: bytes | None, purpose: str) -> str:
    """Return what `seal_text` sealed, or `DAMAGED`: one row must not hide all others of a list."""
    try:
        return open_text(key, sealed, purpose)
    except KeyRefused as error:
        log.error("%s", error)  # noqa: TRY400
        return DAMAGED


def word_digest(key: TemplateKey, kind: str, text: str) -> str | None:
    """Return what finds `text` again among the words of a kind; None for the empty text.

    Equal up to Unicode's canonical composition (UAX 15, NFC), since the same name is typed and
    stored in either form. Whoever lacks the key can neither compute nor compare it with a name.
    """
    if not text:
        return None
    return key.digest(f"{kind}\0{unicodedata.normalize('NFC', text)}".encode())
