"""One question that was JSON but no object ended the control thread: explain was dead till restart.

The answer looked for a key in a list, raised AttributeError, and nothing caught it.
"""

import socket
import tempfile
from pathlib import Path

import pytest

from facewarden.pipeline.control import ControlServer, ask


@pytest.mark.parametrize("garbage", [b"[]\n", b"5\n", b"[" * 60_000 + b"\n"])
def test_the_next_question_is_answered(garbage: bytes) -> None:
    with tempfile.TemporaryDirectory(prefix="fw") as folder:
        path = Path(folder) / "watch.socket"
        control = ControlServer(path, lambda question: {"camera": question.get("camera")})
        control.start()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.connect(str(path))
            connection.sendall(garbage)
            assert b"could not be answered" in connection.recv(1000)
        assert ask(path, {"camera": "gate"}) == {"camera": "gate"}
        control.stop()
