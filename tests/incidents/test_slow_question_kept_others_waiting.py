"""A question that trickled in, a byte every few seconds, kept status and explain from everybody.

The time allowed counted anew with each byte. A pipe as the file of a JSON-lines sink held the
sink's thread in the same way, for ever.
"""

import os
import socket
import time
from pathlib import Path

import pytest

from facewarden.alert.jsonl_sink import JsonlOptions, JsonlSink
from facewarden.data import Delivery
from facewarden.errors import SinkUnavailable
from facewarden.pipeline import control
from facewarden.pipeline.control import ControlServer, ask
from unit.store.making import an_alert


def test_a_question_has_one_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "QUESTION_S", 0.5)
    server = ControlServer(tmp_path / "s", lambda _: {"ok": True})
    server.start()
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as slow:
            slow.connect(str(tmp_path / "s"))
            broken = False
            for _ in range(30):
                try:
                    slow.sendall(b" ")
                except BrokenPipeError:
                    broken = True
                    break
                time.sleep(0.1)
            assert broken
        assert ask(tmp_path / "s", {"ask": "status"}) == {"ok": True}
    finally:
        server.stop()


def test_a_pipe_is_no_file_of_lines(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    sink = JsonlSink("lines", JsonlOptions(tmp_path / "pipe"))
    with pytest.raises(SinkUnavailable, match="not a regular file"):
        sink.deliver(Delivery(1, "lines", "key", 0, an_alert()))
    sink.close()
