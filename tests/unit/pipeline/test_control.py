import json
import logging
import socket
import stat
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from facewarden.errors import InputError
from facewarden.pipeline.control import LIMIT_BYTES, LONGEST_PATH_BYTES, ControlServer, ask


@pytest.fixture
def path() -> Iterator[Path]:
    """A short path: pytest's own are too long for a socket on some machines."""
    with tempfile.TemporaryDirectory(prefix="fw") as folder:
        yield Path(folder) / "watch.socket"


def answer(question: dict[str, Any]) -> dict[str, Any]:
    if question.get("ask") == "break":
        raise RuntimeError("a secret")
    if question.get("ask") == "unspeakable":
        return {"value": object()}
    return {"asked": question["ask"]}


@pytest.fixture
def server(path: Path) -> Iterator[ControlServer]:
    control = ControlServer(path, answer)
    control.start()
    yield control
    control.stop()


def raw(path: Path, data: bytes) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    reply = json.loads(received)
    assert isinstance(reply, dict)
    return reply


def test_a_question_is_answered(server: ControlServer, path: Path) -> None:
    assert ask(path, {"ask": "status"}) == {"asked": "status"}
    assert ask(path, {"ask": "again"}) == {"asked": "again"}


def test_only_its_own_user_can_reach_it(server: ControlServer, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_stop_removes_it_and_ends_the_thread(path: Path) -> None:
    control = ControlServer(path, answer)
    control.start()
    control.stop()
    assert not path.exists()
    with pytest.raises(InputError, match="no running watch answered"):
        ask(path, {"ask": "status"})


def test_stop_before_start_does_nothing(path: Path) -> None:
    ControlServer(path, answer).stop()


def test_a_socket_left_over_is_replaced(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stale:
        stale.bind(str(path))
    control = ControlServer(path, answer)
    control.start()
    assert ask(path, {"ask": "status"}) == {"asked": "status"}
    control.stop()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"\n", "Expecting value"),
        (b"", "Expecting value"),
        (b"hello\n", "Expecting value"),
        (b"\x80abc\n", "decode"),
        (b"[1, 2]\n", "expected a JSON object"),
        (b'"status"\n', "expected a JSON object"),
        (b"null\n", "expected a JSON object"),
        (b"{}\n", "ask"),
        (b"[" * 60_000 + b"\n", "RecursionError"),
        (b"x" * (LIMIT_BYTES + 10) + b"\n", ""),
        (b'{"ask": "break"}\n', "RuntimeError"),
        (b'{"ask": "unspeakable"}\n', "not JSON serializable"),
    ],
    ids=[
        "empty line", "nothing", "words", "bytes", "a list", "a text", "null", "no question",
        "too deep", "too long", "one that breaks the answer", "an answer that is not JSON",
    ],
)  # fmt: skip
def test_garbage_gets_an_error_and_the_next_question_its_answer(
    server: ControlServer, path: Path, data: bytes, problem: str
) -> None:
    try:
        reply = raw(path, data)
    except (BrokenPipeError, ConnectionResetError):
        assert len(data) > LIMIT_BYTES
    else:
        assert problem in reply["error"]
        assert "a secret" not in reply["error"]
    assert ask(path, {"ask": "status"}) == {"asked": "status"}


def test_an_asker_that_leaves_does_not_matter(server: ControlServer, path: Path) -> None:
    for _ in range(3):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.connect(str(path))
            connection.sendall(b'{"ask": "status"}\n')
    assert ask(path, {"ask": "status"}) == {"asked": "status"}


def test_nobody_there_is_said_with_the_remedy(path: Path) -> None:
    with pytest.raises(InputError, match=r"no running watch answered.*watch --explain"):
        ask(path, {"ask": "status"})


def test_an_answer_of_another_kind_is_refused(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(path))
        listening.listen(1)

        def reply() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"[]\n")

        thread = threading.Thread(target=reply)
        thread.start()
        with pytest.raises(InputError, match="unknown form"):
            ask(path, {"ask": "status"})
        thread.join()


def test_a_path_too_long_is_said_by_both_ends(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / ("d" * 60) / ("e" * 60)
    folder.mkdir(parents=True)
    path = folder / "watch.socket"
    control = ControlServer(path, answer)
    with caplog.at_level(logging.WARNING):
        control.start()
    control.stop()
    (line,) = caplog.messages
    assert line.startswith("explain will not work: ")
    assert f"too long for a socket: expected at most {LONGEST_PATH_BYTES} bytes" in line
    assert "choose a shorter data_dir" in line
    with pytest.raises(InputError, match=r"too long for a socket.*shorter data_dir"):
        ask(path, {"ask": "status"})


def test_the_longest_path_allowed_works(path: Path) -> None:
    longest = path.parent / ("s" * (LONGEST_PATH_BYTES - len(str(path.parent)) - 1))
    control = ControlServer(longest, answer)
    control.start()
    assert ask(longest, {"ask": "status"}) == {"asked": "status"}
    control.stop()


def test_a_folder_that_is_not_there_is_said(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    control = ControlServer(path.parent / "absent" / "watch.socket", answer)
    control.start()
    control.stop()
    assert "explain will not work" in caplog.text
