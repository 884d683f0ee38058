"""On whose behalf, from where and why the store is used: it goes into every audit entry made.

The routes of a server call many methods of the store; each entry of theirs must say who asked.
Handing that through every signature would put it at risk of being forgotten: a context variable
follows the request, also into the threads that its work runs in (PEP 567).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from facewarden.errors import DataError

CONSOLE: Final = "console"
"""The origin of what is done at the machine itself."""

_REFERENCE: Final = re.compile(r"[a-z][a-z0-9_.-]{0,60}(:[A-Za-z0-9_.-]{1,64})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Access:
    """Who uses the store now.

    Attributes:
        login: who; empty: this process itself.
        origin: the network address they came from, or "console".
        purpose: why, as a word or as what holds the reason, such as "lookup:17" or "alert.review".
            Not free text, which may name somebody: an audit entry can never be rewritten.

    Raises:
        DataError: a purpose of another form.
    """

    login: str = ""
    origin: str = CONSOLE
    purpose: str = ""

    def __post_init__(self) -> None:
        if self.purpose and not _REFERENCE.fullmatch(self.purpose):
            raise DataError(
                "a purpose in the audit log is a word or a reference",
                expected="such as alert.review or lookup:17",
                found=f"{len(self.purpose)} characters",
                remedy="keep the text with the look-up or the alert",
            )


_CURRENT: ContextVar[Access | None] = ContextVar("facewarden_access", default=None)


def enter(access: Access) -> None:
    """Say it for the rest of this context, such as one request."""
    _CURRENT.set(access)


@contextmanager
def accessing(access: Access) -> Iterator[None]:
    """Say it for what is done inside the block."""
    token = _CURRENT.set(access)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current() -> Access | None:
    """Return what was said last in this context."""
    return _CURRENT.get()
