from collections.abc import Iterator
from pathlib import Path

import pytest

from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from unit.store.making import NOW


@pytest.fixture
def key() -> TemplateKey:
    return TemplateKey(bytes(range(32)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made" / "store.sqlite"


@pytest.fixture
def store(path: Path, key: TemplateKey) -> Iterator[Store]:
    with open_store(sqlite_url(path), key, actor="tester", clock=lambda: NOW) as opened:
        opened.watchlists.ensure("missing")
        yield opened
