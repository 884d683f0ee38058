"""What is due, asked in a thread of its own: a store that is away holds nobody up."""

import logging
import threading
from collections.abc import Callable, Collection
from typing import Final

from facewarden.errors import FacewardenError

log = logging.getLogger("facewarden.server")

ASK_EVERY_S: Final = 0.25
JOIN_S: Final = 5.0
"""At the end; a question to a database that does not answer may take longer, and is left behind."""


class Due:
    """The newest answer to a question that may block for as long as the store does.

    Args:
        ask: returns ids of the deployments that should be watching now.
    """

    def __init__(self, ask: Callable[[], Collection[int]]) -> None:
        self._ask = ask
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="due", daemon=True)
        self._complained = ""
        self._known: frozenset[int] = frozenset()
        self._away = False

    @property
    def known(self) -> frozenset[int]:
        """What was due by the last answer; what was due stays due while there is none."""
        return self._known

    @property
    def away(self) -> bool:
        """Whether the last question failed: whoever needs the store cannot begin now."""
        return self._away

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(JOIN_S)

    def _run(self) -> None:
        while not self._stopping.wait(ASK_EVERY_S):
            try:
                self._known = frozenset(self._ask())
            except Exception as error:  # noqa: BLE001  whatever it is, what was due stays due
                if not self._stopping.is_set():
                    self._complain(error)
                self._away = True
            else:
                self._complained = ""
                self._away = False

    def _complain(self, error: Exception) -> None:
        if str(error) == self._complained:
            return
        self._complained = str(error)
        if isinstance(error, FacewardenError):
            log.error("%s; what was due stays due", error)
        else:
            log.error("what is due is not known; what was due stays due", exc_info=error)
