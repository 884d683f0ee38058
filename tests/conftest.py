"""What tests need from outside the repository, and the reason when it is absent.

Set FACEWARDEN_NO_SKIPS=1, as .ci/run does, to turn every such skip into a failure.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from facewarden.cli import consoles
from facewarden.detect.yunet import YuNet
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.models.builtin import DEFAULT_DETECTOR, DEFAULT_EMBEDDER
from facewarden.models.fetch import missing
from facewarden.models.open_session import open_session
from facewarden.models.registry import Registry
from facewarden.models.registry import models_dir as find_models_dir
from facewarden.store.key import TemplateKey
from facewarden.store.open import open_store, sqlite_url
from postgres_server import PostgresServer, programs, running

SHARED = Path(os.environ.get("FACEWARDEN_SHARED", Path(__file__).parents[2] / "shared"))


def absent(what: str) -> None:
    """Skip the test, or fail it where nothing may be skipped."""
    if os.environ.get("FACEWARDEN_NO_SKIPS"):
        pytest.fail(f"nothing may be skipped here, but absent: {what}")
    pytest.skip(what)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that processes side by side end together."""
    items.sort(key=lambda item: not {"system", "browser"} & set(item.path.parts))


@pytest.fixture(autouse=True)
def fresh_consoles() -> Iterator[None]:
    """Consoles that take the width that a test gives them, not one of a test before."""
    yield
    consoles.results.cache_clear()
    consoles.problems.cache_clear()


@pytest.fixture
def home() -> Iterator[Path]:
    """A FACEWARDEN_HOME with a short path: pytest's own are too long for a watch's socket."""
    with tempfile.TemporaryDirectory(prefix="fw") as folder:
        yield Path(folder) / "home"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of faces and videos for testing."""
    if not (SHARED / "data").is_dir():
        absent(f"no faces and videos at {SHARED} (set FACEWARDEN_SHARED)")
    return SHARED


@pytest.fixture(scope="session")
def mosquitto() -> str:
    """The path of a real MQTT broker."""
    found = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found is None:
        absent("no mosquitto (Debian: apt-get install mosquitto)")
    assert found
    return found


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this session's own; whoever kills it starts it again."""
    found = programs()
    if found is None:
        absent("no PostgreSQL (Debian: apt-get install postgresql)")
    assert found
    with running(found) as server:
        yield server


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new store in a file; tests get copies of it, since migrations take longer."""
    path = tmp_path_factory.mktemp("empty") / "store.sqlite"
    open_store(sqlite_url(path), TemplateKey(bytes(range(32)))).close()
    return path


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The cache with the default models."""
    cache = find_models_dir()
    if missing(Registry(cache)):
        absent(f"the default models are not in {cache} (facewarden models fetch)")
    return cache


@pytest.fixture(scope="session")
def detector(models_dir: Path) -> YuNet:
    """The default detector, on the engine that the probe chooses."""
    card, session = open_session(Registry(models_dir), DEFAULT_DETECTOR)
    return YuNet(session, card)


@pytest.fixture(scope="session")
def embedder(models_dir: Path) -> OnnxEmbedder:
    """The default embedder, on the engine that the probe chooses."""
    card, session = open_session(Registry(models_dir), DEFAULT_EMBEDDER)
    return OnnxEmbedder(session, card)
