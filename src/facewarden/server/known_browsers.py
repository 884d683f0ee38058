"""Browsers in which somebody has signed in before: others' guesses do not keep them waiting.

Device cookies, as OWASP describes them ("Slow Down Online Guessing Attacks with Device Cookies"): a
sign-in from such a browser is counted by the browser, not by login and address, so that a stranger
who guesses for days shuts nobody out. The cookie alone opens nothing: who has stolen one may guess
as often as a stranger, in a count of their own.
"""

from datetime import timedelta
from typing import Final

from facewarden.access.account import folded
from facewarden.access.tokens import new_identity
from facewarden.store.flows import Flows

CARRIED: Final = "facewarden_browser"
PATH: Final = "/api/v1/session"
LASTS: Final = timedelta(days=90)
"""Since the last sign-in: longer than anybody's holidays."""
PURPOSE: Final = "a browser that is known"


class KnownBrowsers:
    """Makes and reads the cookies; nothing of them is kept.

    Args:
        flows: seals them.
    """

    def __init__(self, flows: Flows) -> None:
        self._flows = flows

    def name(self, carried: str, login: str) -> str:
        """Return the name of a browser in which `login` has signed in; empty: it is not known."""
        words = self._flows.open(carried, PURPOSE) if carried else None
        return words["browser"] if words and words["login"] == folded(login) else ""

    def carry(self, login: str, name: str = "") -> str:
        """Return what the browser shall carry, a name kept or made for it."""
        words = {"login": folded(login), "browser": name or new_identity()}
        return self._flows.seal(words, LASTS, PURPOSE)
