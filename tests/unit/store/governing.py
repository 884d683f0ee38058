"""A clock that tests move."""

from datetime import datetime

from unit.store.making import NOW


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now
