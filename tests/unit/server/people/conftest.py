"""The application with a clock that tests set, and passwords that hash quickly."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI

from facewarden.config.settings import Settings
from facewarden.server.app import create_app
from facewarden.server.context import Context
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store
from unit.server.signing import cheaply


class Clock:
    """A clock that stands still unless it is told to go on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(url: str, clock: Clock) -> Iterator[Store]:
    key = TemplateKey(bytes(range(32)))
    with open_store(url, key, actor="tester", clock=clock) as opened:
        yield opened


@pytest.fixture
def context(settings: Settings, store: Store, clock: Clock) -> Context:
    return Context(settings, store, clock=clock)


@pytest.fixture
def app(context: Context) -> FastAPI:
    made = create_app(context)
    cheaply(made, context)
    return made
