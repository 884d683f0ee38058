"""In a container whose user has no name, identify, alerts and watch ended with a KeyError."""

import os
import subprocess
import sys

import pytest

from facewarden.actor import actor

NAMES = ("LOGNAME", "USER", "LNAME", "USERNAME")


def test_the_name_of_this_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "rita")
    assert actor() == "rita"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become a user without a name")
def test_a_user_without_a_name_has_a_number() -> None:
    code = "import os; from facewarden.actor import actor; os.setuid(4123987); print(actor())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={name: value for name, value in os.environ.items() if name not in NAMES},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "uid 4123987"
