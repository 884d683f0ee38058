"""Stores of both kinds: what a test does with `store` it does on SQLite and on PostgreSQL.

A test that takes `path`, the file, or uses the fixture `sqlite_only`, is about SQLite alone.
"""

import inspect
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from postgres_server import PostgresServer
from unit.store.making import NOW


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" in metafunc.fixturenames:
        alone = "sqlite_only" in metafunc.fixturenames
        alone = alone or "path" in inspect.signature(metafunc.function).parameters
        metafunc.parametrize("backend", ["sqlite"] if alone else ["sqlite", "postgresql"])


@pytest.fixture
def sqlite_only() -> None:
    """Say that a test is about SQLite."""


@pytest.fixture(scope="session")
def empty_store(postgres: PostgresServer) -> str:
    """A database with the tables of a new store; tests get copies of it."""
    name = postgres.database()
    open_store(postgres.url(name), TemplateKey(bytes(range(32)))).close()
    return name


@pytest.fixture
def key() -> TemplateKey:
    return TemplateKey(bytes(range(32)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made" / "store.sqlite"


@pytest.fixture
def url(
    backend: str, path: Path, empty_file: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """The address of a store that `store` has open."""
    if backend == "sqlite":
        path.parent.mkdir(mode=0o700)
        shutil.copyfile(empty_file, path)
        path.chmod(0o600)
        yield sqlite_url(path)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.database(request.getfixturevalue("empty_store"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def store(url: str, key: TemplateKey) -> Iterator[Store]:
    with open_store(url, key, actor="tester", clock=lambda: NOW) as opened:
        opened.watchlists.ensure("missing")
        yield opened
