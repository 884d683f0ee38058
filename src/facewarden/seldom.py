"""Trouble that is met again and again is told now and then."""

import logging
import time
from collections.abc import Callable
from typing import Final

EVERY_S: Final = 60.0


class Seldom:
    """Logs the same words at most once in `every_s` seconds; for one thread.

    Args:
        log: where to.
        monotonic: seconds.
    """

    def __init__(
        self,
        log: logging.Logger,
        *,
        every_s: float = EVERY_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._every_s = every_s
        self._monotonic = monotonic
        self._told_s: dict[str, float] = {}

    def tell(self, level: int, words: str) -> None:
        """Log the words at a level of `logging`, unless they were told a short while ago."""
        now_s = self._monotonic()
        # Forgets what is long past, so that words that never come again are not kept.
        self._told_s = {
            said: at_s for said, at_s in self._told_s.items() if now_s - at_s < self._every_s
        }
        if words not in self._told_s:
            self._told_s[words] = now_s
            self._log.log(level, "%s", words)
