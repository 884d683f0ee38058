"""A real store, the real application, and a client that speaks to it."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Protocol

import httpx
import pytest
from fastapi import FastAPI

from facewarden.access.principal import RIGHTS, Role, Scope
from facewarden.access.tokens import KeyWords
from facewarden.config.settings import Settings
from facewarden.config.store import StoreSettings
from facewarden.server.app import create_app
from facewarden.server.context import Context
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from facewarden.wiring.eyes import Eyes, make_eyes
from loopback import served


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=StoreSettings(data_dir=tmp_path / "data"))


@pytest.fixture
def url(settings: Settings, empty_file: Path) -> str:
    """The address of a new store."""
    settings.store.data_dir.mkdir(mode=0o700)
    shutil.copyfile(empty_file, settings.store.path)
    settings.store.path.chmod(0o600)
    return sqlite_url(settings.store.path)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    key = TemplateKey(bytes(range(32)))
    with open_store(url, key, actor="tester") as opened:
        yield opened


@cache
def eyes() -> Eyes:
    """Load the default models once for all tests."""
    return make_eyes(Settings())


@pytest.fixture
def context(settings: Settings, store: Store) -> Context:
    return Context(settings, store, load_eyes=lambda _: eyes())


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


EVERYTHING = Scope()


class Login(Protocol):
    """Makes somebody and returns a client with an API key of theirs."""

    def __call__(self, role: Role, scope: Scope = EVERYTHING) -> httpx.Client: ...


def key_of(store: Store, login: str, role: Role, scope: Scope = EVERYTHING) -> KeyWords:
    """Make somebody, and a key of theirs with all their rights."""
    account = store.people.create(login, role, scope, actor="tester")
    ends = datetime.now(UTC) + timedelta(days=1)
    words, _ = store.api_keys.create(
        account.user_id, "tests", RIGHTS[role], Scope(), ends, actor="tester"
    )
    return words


@pytest.fixture
def login(store: Store, address: str) -> Iterator[Login]:
    """Return what makes somebody of a role, limited to a scope."""
    numbers = count(1)
    with ExitStack() as stack:

        def make(role: Role, scope: Scope = EVERYTHING) -> httpx.Client:
            words = key_of(store, f"{role}-{next(numbers)}", role, scope)
            headers = {"Authorization": f"Bearer {words.written()}"}
            return stack.enter_context(httpx.Client(base_url=address, headers=headers, timeout=60))

        yield make


@pytest.fixture
def administrator(login: Login) -> httpx.Client:
    return login(Role.ADMINISTRATOR)
