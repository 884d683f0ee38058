"""A real store, the real application, and a client that speaks to it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from facewarden.config.settings import Settings
from facewarden.config.store import StoreSettings
from facewarden.server.app import create_app
from facewarden.server.context import Context
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from loopback import served


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=StoreSettings(data_dir=tmp_path / "data"))


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    key = TemplateKey(bytes(range(32)))
    with open_store(sqlite_url(settings.store.path), key, actor="tester") as opened:
        yield opened


@pytest.fixture
def context(settings: Settings, store: Store) -> Context:
    return Context(settings, store)


@pytest.fixture
def app(context: Context) -> FastAPI:
    return create_app(context)


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    """Return where the application is served; its lifetimes run."""
    with served(app) as url:
        yield url


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    """Return a client without a credential."""
    with httpx.Client(base_url=address) as opened:
        yield opened
