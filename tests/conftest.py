"""What tests need from outside the repository, and the reason when it is absent.

Set FACEWARDEN_NO_SKIPS=1, as .ci/run does, to turn every such skip into a failure.
"""

import os
import shutil
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("FACEWARDEN_SHARED", Path(__file__).parents[2] / "shared"))


def absent(what: str) -> None:
    """Skip the test, or fail it where nothing may be skipped."""
    if os.environ.get("FACEWARDEN_NO_SKIPS"):
        pytest.fail(f"nothing may be skipped here, but absent: {what}")
    pytest.skip(what)


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
