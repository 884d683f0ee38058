"""The examples of the user guide run as they are printed."""

import json
import re
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from facewarden.alert.webhook_signature import sign
from facewarden.errors import PayloadRejected, SinkUnavailable
from unit.alert.samples import make_delivery

DOCS = Path(__file__).parents[3] / "docs"


def example(page: str) -> dict[str, Any]:
    """Run the first Python block of a page and return what it defines."""
    found = re.search(r"```python\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
    assert found
    names: dict[str, Any] = {}
    exec(compile(found[1], page, "exec"), names)
    return names


@pytest.mark.parametrize(
    ("key", "body", "age_s", "accepted"),
    [
        pytest.param("key", b"body", 0, True, id="genuine"),
        pytest.param("other", b"body", 0, False, id="key"),
        pytest.param("key", b"tampered", 0, False, id="body"),
        pytest.param("key", b"body", 3600, False, id="old"),
    ],
)
def test_the_receiver_of_a_webhook(key: str, body: bytes, age_s: int, *, accepted: bool) -> None:
    # Signed here and not in the table: a long run of tests outlasts the receiver's tolerance.
    header = sign(key, body, int(time.time()) - age_s)
    assert example("sinks.md")["genuine"](b"key", header, b"body") is accepted


@pytest.mark.parametrize("header", ["", "t=,v1=", "v1=00", "\u0663"])
def test_the_receiver_refuses_what_is_no_signature(header: str) -> None:
    assert example("sinks.md")["genuine"](b"key", header, b"body") is False


def test_a_sink_of_ones_own(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    sink = example("extend/sink.md")["SocketSink"]("mine", path)
    with pytest.raises(SinkUnavailable):
        sink.deliver(make_delivery())
    lines = []
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()

        def serve() -> None:
            for answer in (b"ok", b"no"):
                peer, _ = server.accept()
                with peer, peer.makefile("rb") as stream:
                    lines.append(stream.readline())
                    peer.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        delivery = make_delivery()
        sink.deliver(delivery)
        with pytest.raises(PayloadRejected):
            sink.deliver(make_delivery())
        thread.join()
    sink.close()
    assert json.loads(lines[0])["alert_id"] == delivery.alert.alert_id
