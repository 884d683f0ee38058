"""What a browser carries for us, sealed: nothing need be kept until it is back."""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import timedelta

from facewarden.errors import KeyRefused
from facewarden.store.columns import to_micros
from facewarden.store.database import Database
from facewarden.store.key import TemplateKey

PURPOSE = "a sign-in at a provider"


class Flows:
    """Seals words for a while, so that nothing need be kept until the browser is back."""

    def __init__(self, database: Database, key: TemplateKey) -> None:
        self._database = database
        self._key = key

    def seal(self, words: Mapping[str, str], lasts: timedelta, purpose: str = PURPOSE) -> str:
        """Return `words` as text that fits a cookie and only we can read, for so long.

        Args:
            purpose: what was sealed for one cannot be opened for another.
        """
        end = to_micros(self._database.clock() + lasts)
        sealed = self._key.seal(json.dumps([end, dict(words)]).encode(), purpose)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, text: str, purpose: str = PURPOSE) -> dict[str, str] | None:
        """Return the words; None when we did not seal them, or they are too old."""
        try:
            sealed = base64.b64decode(
                text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True
            )
            end, words = json.loads(self._key.unseal(sealed, purpose))
        except (binascii.Error, UnicodeEncodeError, KeyRefused):
            return None
        return words if end > to_micros(self._database.clock()) else None
